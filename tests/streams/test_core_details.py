"""Documents that cost a call each: fetched once, resumed, followed by their header's stamp."""

from __future__ import annotations

import json
import signal
from collections import Counter
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from sandbox import Sandbox
from sandbox.stamps import TICKS_PER_SECOND, from_ticks, to_ticks
from tests.support import bookmarks
from tests.support_core import (
    asked,
    canonical,
    listed,
    peak_memory,
    records,
    run_core,
    select,
    started_core,
    warned,
    written,
)

if TYPE_CHECKING:
    from tests.support import Result

PARALLEL = 5


def sales_of(*results: Result) -> set[tuple[str, str]]:
    return written("sales", "ID", "header_modified", *results)


def earlier(stamp: str, seconds: int) -> str:
    return from_ticks(to_ticks(stamp) - seconds * TICKS_PER_SECOND)


def now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def sale_ids(server: Sandbox) -> list[str]:
    return [key[0] for key in server.core.store.keys("sale_list")]


def test_300_sales_take_a_call_each_and_a_second_run_next_to_none() -> None:
    with Sandbox(rows={"sale_list": 300}, default_rows=20) as server:
        first = run_core(server, select("sales"))
        assert first.exit_code == 0, first.stderr
        assert len(server.calls) <= 305
        assert sales_of(first) == listed(server, "sale_list")
        assert len(records("sales", first)) == 300

        server.reset_calls()
        second = run_core(server, select("sales"), first.states[-1])
        assert second.exit_code == 0, second.stderr
        assert len(server.calls) <= 12
        assert bookmarks(second) == bookmarks(first)


def test_a_first_load_brings_the_newest_sales_first() -> None:
    with Sandbox(rows={"sale_list": 120}, default_rows=20) as server:
        result = run_core(server, select("sales"))
    stamps = [row["header_modified"] for row in result.records["sales"]]
    assert stamps == sorted(stamps, reverse=True)
    assert all(row["header_modified"] == row["LastModifiedOn"] for row in result.records["sales"])


def test_a_backfill_that_is_killed_three_times_loses_nothing_and_repeats_a_second_each() -> None:
    catalog = select("sales", slim=["sales"])
    speed = 60
    with Sandbox(rows={"sale_list": 500}, default_rows=20) as server:
        state, results = None, []
        for _ in range(3):
            with started_core(
                server,
                catalog,
                state,
                max_parallel_requests=PARALLEL,
                requests_per_second=speed,
            ) as running:
                running.read_records(120)
                results.append(running.kill())
            assert results[-1].exit_code == -signal.SIGKILL
            state = results[-1].states[-1]
            assert 0 < len(sales_of(*results)) < 500
        results.append(run_core(server, catalog, state))
        assert results[-1].exit_code == 0, results[-1].stderr
        assert sales_of(*results) == listed(server, "sale_list")
        fetched = Counter(query["ID"] for query in asked(server, "/sale"))
    assert fetched.keys() == {sale for sale, _ in sales_of(*results)}
    # State follows once a second.
    assert fetched.total() - len(fetched) <= 3 * (speed + PARALLEL + 2)
    states = [state for result in results for state in result.states]
    assert max(len(json.dumps(state)) for state in states) < 20_000


def test_a_backfill_that_is_terminated_leaves_its_place_in_state() -> None:
    catalog = select("sales", slim=["sales"])
    with Sandbox(rows={"sale_list": 600}, default_rows=20) as server:
        with started_core(server, catalog, max_parallel_requests=PARALLEL) as running:
            running.read_records(200)
            running.send(signal.SIGTERM)
            first = running.finish()
        assert first.exit_code == 128 + signal.SIGTERM
        assert first.messages[-1]["type"] == "STATE"
        stopped_at = first.states[-1]["bookmarks"]["sales"]["load"]["position"]
        last = first.records["sales"][-1]
        assert stopped_at == [last["header_modified"], last["ID"]]

        second = run_core(server, catalog, first.states[-1])
        assert second.exit_code == 0, second.stderr
        assert sales_of(first, second) == listed(server, "sale_list")
        fetched = Counter(query["ID"] for query in asked(server, "/sale"))
        assert fetched.total() - len(fetched) <= PARALLEL + 2
        assert not {row["ID"] for row in first.records["sales"]} & {
            row["ID"] for row in second.records["sales"]
        }
        assert bookmarks(second)["sales"]["load"]["over"]


def test_what_changes_between_the_two_halves_of_a_backfill_arrives_as_it_is_at_the_end() -> None:
    catalog = select("sales", slim=["sales"])
    with Sandbox(rows={"sale_list": 300}, default_rows=20) as server:
        with started_core(server, catalog) as running:
            running.read_records(100)
            first = running.kill()
        done = [row["ID"] for row in first.records["sales"][:10]]
        for sale in (*done, *sale_ids(server)[:10]):
            server.core.store.void("sale_list", sale)
        second = run_core(server, catalog, first.states[-1])
        assert not listed(server, "sale_list") - sales_of(first, second)
        latest = {row["ID"]: row["Status"] for row in records("sales", first, second)}
        assert {latest[sale] for sale in done} == {"VOIDED"}


def test_sales_that_are_edited_and_voided_while_they_are_read_arrive_with_the_next_run() -> None:
    with Sandbox(rows={"sale_list": 300}, default_rows=20) as server:
        store = server.core.store
        with started_core(server, select("sales")) as running:
            running.read_records(40)
            for sale in sale_ids(server)[::3]:
                store.edit("sale_list", sale, CustomerReference="edited")
            for sale in sale_ids(server)[::7]:
                store.void("sale_list", sale)
            first = running.finish()
        assert first.exit_code == 0, first.stderr
        second = run_core(server, select("sales"), first.states[-1])
        assert second.exit_code == 0, second.stderr
        latest = {row["ID"]: row for row in records("sales", first, second)}
        assert set(latest) == set(sale_ids(server))
        for sale, row in latest.items():
            standing = store.detail("sales", sale)
            assert row["Status"] == standing["Status"]
            assert row["LastModifiedOn"] == canonical(standing["LastModifiedOn"])


def test_a_sale_that_vanished_is_owed_until_its_list_names_it_no_more() -> None:
    with Sandbox(rows={"sale_list": 40}, default_rows=20) as server:
        gone = sale_ids(server)[7]
        server.core.vanish("sales", gone)
        result = run_core(server, select("sales"))
        assert result.exit_code == 1
        assert {row["ID"] for row in result.records["sales"]} == set(sale_ids(server)) - {gone}
        assert warned(result, "sales", "could not be had, and is owed", gone)
        assert any("could not be had and are owed" in line for line in result.errors)
        assert len(asked(server, "/sale")) == 40 + 1  # it is asked for once more
        assert bookmarks(result)["sales"]["load"]["over"]

        server.core.store.delete("sale_list", gone)
        second = run_core(server, select("sales"), result.states[-1])
        assert second.exit_code == 0, second.stderr
        assert warned(second, "sales", "owed no longer", gone)
        assert "owed" not in bookmarks(second)["sales"] or not bookmarks(second)["sales"]["owed"]


def test_a_second_run_asks_for_an_overlap() -> None:
    with Sandbox(rows={"sale_list": 60}, default_rows=20) as server:
        first = run_core(server, select("sales", "sale_list"))
        bookmark = bookmarks(first)["sales"]["replication_key_value"]
        assert all("UpdatedSince" not in query for query in asked(server, "/saleList"))

        server.reset_calls()
        second = run_core(
            server, select("sales", "sale_list"), first.states[-1], lookback_seconds=3_600
        )
        assert second.exit_code == 0, second.stderr
        queries = asked(server, "/saleList")
        assert len(queries) == 2
        for query in queries:
            assert query["UpdatedSince"] == earlier(bookmark, 3_600)
        due = {
            one for one in listed(server, "sale_list") if str(one[1]) >= earlier(bookmark, 3_600)
        }
        assert written("sale_list", "SaleID", "Updated", second) == due
        # Documents of the overlap that were fetched as they are need not be fetched again.
        assert not asked(server, "/sale")


def test_no_bookmark_is_later_than_the_start_of_its_run() -> None:
    with Sandbox(rows={"sale_list": 30, "stock_transfer_list": 30}, default_rows=20) as server:
        store = server.core.store
        ahead = "2035-01-01T00:00:00Z"
        store.edit("sale_list", sale_ids(server)[0], Updated=ahead)
        transfer = store.keys("stock_transfer_list")[0]
        store.edit("stock_transfer_list", transfer, LastModifiedOn=ahead)
        streams = ("sales", "sale_list", "stock_transfers", "stock_transfer_list")
        before = now()
        result = run_core(server, select(*streams))
        assert result.exit_code == 0, result.stderr
        kept = bookmarks(result)
        for stream in streams:
            value = kept[stream]["replication_key_value"]
            # The Date header has whole seconds, and an answer may have been long under way.
            assert earlier(before, 60) <= f"{value[:19]}Z" <= now() < ahead


@pytest.mark.parametrize(
    ("stream", "header", "detail_path", "list_path"),
    [
        ("stock_transfers", "stock_transfer_list", "/stockTransfer", "/stockTransferList"),
        ("stocktakes", "stocktake_list", "/stocktake", "/stockTakeList"),
    ],
)
def test_where_no_filter_exists_the_whole_list_is_read_and_only_changes_are_fetched(
    stream: str, header: str, detail_path: str, list_path: str
) -> None:
    with Sandbox(rows={header: 150}, default_rows=20) as server:
        first = run_core(server, select(stream))
        assert first.exit_code == 0, first.stderr
        assert len(asked(server, detail_path)) == 150
        changed = {key[0] for key in server.core.store.keys(header)[:4]}
        for key in changed:
            server.core.store.edit(header, key)
        server.reset_calls()
        second = run_core(server, select(stream), first.states[-1])
        (query,) = asked(server, list_path)
        assert query.keys() == {"Page", "Limit"}
        fetched = {query["TaskID"] for query in asked(server, detail_path)}
        assert changed <= fetched
        assert len(fetched) <= 6
        assert not listed(server, header) - written(
            stream, "TaskID", "header_modified", first, second
        )


@pytest.mark.parametrize("days", [0, 7])
def test_a_whole_read_is_done_when_it_is_due_and_fetches_every_document(days: int) -> None:
    with Sandbox(rows={"sale_list": 120}, default_rows=20) as server:
        first = run_core(server, select("sales"), full_refresh_days=days)
        kept = first.states[-1]["bookmarks"]["sales"]
        assert ("whole_read_at" in kept) == bool(days)

        server.reset_calls()
        soon = run_core(server, select("sales"), first.states[-1], full_refresh_days=days)
        assert len(server.calls) <= 12
        assert bookmarks(soon) == bookmarks(first)

        kept["whole_read_at"] = "2026-06-01T00:00:00.000000Z"
        server.reset_calls()
        due = run_core(server, select("sales"), first.states[-1], full_refresh_days=days)
        assert due.exit_code == 0, due.stderr
        if not days:
            assert len(server.calls) <= 12
            return
        (query,) = asked(server, "/saleList")
        assert "UpdatedSince" not in query
        assert {query["ID"] for query in asked(server, "/sale")} == set(sale_ids(server))
        assert bookmarks(due)["sales"]["whole_read_at"] > kept["whole_read_at"]
        assert bookmarks(due)["sales"]["replication_key_value"] == kept["replication_key_value"]


def test_a_simple_purchase_that_comes_as_a_shell_is_taken_from_the_other_endpoint() -> None:
    with Sandbox(rows={"purchase_list": 60}, default_rows=20) as server:
        result = run_core(server, select("purchases", "purchase_stock_received"))
        assert result.exit_code == 0, result.stderr
        second = {query["ID"] for query in asked(server, "/purchase")}
        first = {query["ID"] for query in asked(server, "/advanced-purchase")}
        assert first == {key[0] for key in server.core.store.keys("purchase_list")}
        purchases = {row["ID"]: row for row in result.records["purchases"]}
        assert purchases.keys() == first
        assert 5 <= len(second) <= 30
        types = {row["ID"]: row["Type"] for row in server.core.store.rows("purchase_list")}
        assert {types[key] for key in second} == {"Simple Purchase"}
        for key in second:
            full = server.core.store.detail("purchases", key)
            (receipt,) = purchases[key]["StockReceived"]
            assert receipt["TaskID"] == key
            assert len(receipt["Lines"]) == len(full["StockReceived"][0]["Lines"]) > 0
            assert {block["TaskID"] for block in purchases[key]["Invoice"]} == {key}
        received = {row["TaskID"] for row in result.records["purchase_stock_received"]}
        assert second <= received


def test_memory_does_not_grow_with_the_number_of_documents() -> None:
    peaks = []
    for count in (300, 1_800):
        with Sandbox(rows={"stock_transfer_list": count}, default_rows=20) as server:
            peaks.append(peak_memory(server, select("stock_transfers")))
    assert peaks[1] - peaks[0] < 6_000
