"""C1, C2, C6, C7: every reading gets on, however few calls a run may make."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING
from uuid import NAMESPACE_OID, uuid5

import pytest

from tests.absence.accounts import (
    BRANDS,
    PRODUCTS,
    PURCHASE,
    PURCHASE_LIST,
    STOCK,
    answered,
    availability,
    changed,
    core,
    from_call,
    of_brands,
    of_headers,
    of_orders,
    of_products,
    of_sales,
    of_stock,
    omni,
    out_of_order,
    products,
    purchases,
    stock,
)
from tests.absence.pipeline import DAY, HOUR, RUNS, Pipeline, Watched, activated, runs
from tests.losses.accounts import ORDERS, SALE, adjustments, brands, guid, orders, sale, sales
from tests.losses.harness import only
from tests.losses.standin import Reply, stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from tests.losses.harness import Result
    from tests.losses.standin import Call, Core, Omni, Row

WEEKLY = {"full_refresh_days": 7}


def until_done(pipeline: Pipeline, calls: int, *, within: int, days: float = 1.0) -> list[Result]:
    """Return the runs of so many calls that it takes until one is a success."""
    results = []
    for _ in range(within):
        pipeline.server.now += days * DAY
        results.append(pipeline.run(requests_per_day=calls))
        assert len(results[-1].calls) <= calls
        if results[-1].exit_code == 0:
            break
        assert any("requests_per_day" in line for line in results[-1].errors)
    assert results[-1].exit_code == 0, results[-1].stderr
    return results


# C1: ``full_refresh_days`` on a list that is longer than a run.


def test_a_whole_pass_goes_on_over_several_runs_and_changes_come_first() -> None:
    with omni() as server:
        pipeline = of_orders(server, 3_000, settings=WEEKLY)
        (watched,) = pipeline.watched
        assert pipeline.run().exit_code == 0
        server.now += 8 * DAY
        watched.table.drop(1_500)
        for number in range(9):
            key = 100 + number
            watched.table.edit(key, reference=f"edited {number}")
            server.now += 600
            result = pipeline.run(requests_per_day=5)
            edited = {row["reference"] for row in result.records("sales_orders")}
            assert f"edited {number}" in edited
            server.now += DAY / 4
            if result.exit_code == 0:
                break
        assert result.exit_code == 0, result.stderr
        assert not pipeline.missing()


def test_what_is_gone_is_told_by_readings_of_several_runs() -> None:
    with omni() as server:
        pipeline = of_orders(server, 1_500, settings=WEEKLY)
        (watched,) = pipeline.watched
        assert pipeline.run().exit_code == 0
        server.now += 8 * DAY
        watched.table.drop(700)
        for _ in range(2):
            results = until_done(pipeline, 4, within=6, days=0.1)
            assert len(results) > 1
            server.now += 8 * DAY
        assert not pipeline.extra()
        assert not pipeline.missing()


@pytest.mark.parametrize("calls", [3, 5])
def test_a_full_table_longer_than_a_run_gets_to_its_end(calls: int) -> None:
    with omni() as server:
        pipeline = of_orders(server, 2_000, full=["sales_orders"])
        results = until_done(pipeline, calls, within=3 * 9 // (calls - 1))
        assert len(results) > 1
        assert not pipeline.missing()


def test_stock_longer_than_a_run_gets_to_its_end() -> None:
    with omni() as server:
        pipeline = of_stock(server, 2_000)
        until_done(pipeline, 4, within=8)
        assert not pipeline.missing()


def incremental(pipeline: Pipeline, stream: str) -> None:
    """Let the catalog say what discovery says with the setting."""
    for entry in pipeline.catalog["streams"]:
        if entry["tap_stream_id"] == stream:
            entry |= {"replication_method": "INCREMENTAL", "replication_key": "modifiedDate"}
            for item in entry["metadata"]:
                item["metadata"].pop("forced-replication-method", None)


def of_incremental_stock(server: Omni, count: int) -> Pipeline:
    """Return a pipeline of stock by its changes, and its snapshots."""
    settings = {"stock_incremental": True}
    pipeline = of_stock(server, count, more=["stock_snapshots"], settings=settings)
    incremental(pipeline, "stock")
    return pipeline


def test_stock_by_its_changes_gets_on_while_a_snapshot_is_due() -> None:
    """A run that goes on with an earlier reading takes none, so that it stays due."""
    with omni() as server:
        pipeline = of_incremental_stock(server, 2_000)
        (watched,) = pipeline.watched
        until_done(pipeline, 4, within=4)
        assert not pipeline.missing()
        assert pipeline.state is not None
        bookmarks, goes_on = [], False
        for number in range(8):
            server.now += 2 * DAY
            watched.table.edit("C5", available=90_000 + number)
            server.now += HOUR
            result = pipeline.run(requests_per_day=4)
            held = {row["code"]: row["available"] for row in pipeline.loader.rows("stock")}
            # Only a run that begins with all rows does not begin with the changes.
            assert held["C5"] == 90_000 + number or not goes_on
            goes_on = result.exit_code != 0
            assert not result.records("stock_snapshots")
            bookmarks.append(result.bookmark("stock")["replication_key_value"])
        assert bookmarks == sorted(bookmarks)
        assert len(set(bookmarks)) > 1
        server.now += 2 * DAY
        for _ in range(2):
            result = pipeline.run()
        assert len(pipeline.loader.rows("stock_snapshots")) == 2_000
        assert not pipeline.missing()


def test_a_snapshot_of_stock_by_its_changes_costs_no_call_of_its_own() -> None:
    """And holds each row once, those too that changed since the last run."""
    with omni() as server:
        pipeline = of_incremental_stock(server, 600)
        (watched,) = pipeline.watched
        calls = len(pipeline.run().calls)
        assert len(pipeline.loader.rows("stock_snapshots")) == 600
        assert pipeline.state is not None
        pipeline.state["bookmarks"]["stock_snapshots"]["snapshot_at"] = (
            "2026-01-01T06:00:00.000000Z"
        )
        server.now += DAY
        watched.table.edit("C5", available=90_000)
        watched.table.edit("C6", available=90_001)
        server.now += HOUR
        bookmark = pipeline.state["bookmarks"]["stock"]["replication_key_value"]
        result = pipeline.run()
        assert result.exit_code == 0
        assert len(result.calls) == calls
        for stream in ("stock", "stock_snapshots"):
            assert len(result.records(stream)) == 600
        assert result.bookmark("stock")["replication_key_value"] > bookmark
        server.now += 60
        after = pipeline.run()
        assert len(after.calls) == 1
        assert not after.records("stock_snapshots")


def test_a_snapshot_that_is_not_believed_leaves_the_bookmark_of_stock() -> None:
    """What it did not bring may have changed: the next run for changes has to bring it."""
    with omni() as server:
        pipeline = of_incremental_stock(server, 200)
        (watched,) = pipeline.watched
        bookmark = pipeline.run().bookmark("stock")["replication_key_value"]
        assert pipeline.state is not None
        pipeline.state["bookmarks"]["stock_snapshots"]["snapshot_at"] = (
            "2026-01-01T06:00:00.000000Z"
        )
        server.now += 2 * DAY
        watched.table.edit("C150", available=90_000)
        server.now += HOUR
        watched.table.edit("C5", available=90_001)
        server.now += HOUR
        few = {f"C{number}" for number in range(60)}
        server.after(STOCK, None, changed(lambda rows: [r for r in rows if r["code"] in few]))
        result = pipeline.run()
        assert result.exit_code == 1
        assert "it brought 60 rows" in result.stderr
        assert result.bookmark("stock")["replication_key_value"] == bookmark
        server.calm()
        server.now += HOUR
        pipeline.catalog = only("omni", "stock", RUNS)
        incremental(pipeline, "stock")
        hourly = pipeline.run()
        assert hourly.exit_code == 0
        held = {row["code"]: row["available"] for row in pipeline.loader.rows("stock")}
        assert held["C150"] == 90_000
        assert len(hourly.calls) == 1


@pytest.mark.parametrize("calls", [1, 2, 4])
def test_stock_gets_on_where_the_row_is_gone_at_which_it_was_cut(calls: int) -> None:
    """Half of its rows have no option, and nobody knows where null sorts."""
    with omni(random_ties=False) as server:
        pipeline = of_stock(server, 1_500)
        (watched,) = pipeline.watched
        for row in watched.table.visible():
            if row["productId"] % 2:
                watched.table.put({**row, "productOptionId": None})
        pipeline.run(requests_per_day=1)
        for _ in range(2):
            result = pipeline.run(requests_per_day=calls)
            server.now += DAY
            (product, *_), *_ = json.loads(result.bookmark("stock")["load"]["position"][1])
            watched.table.drop(*{f"C{product}"} & watched.at_cin7())
        until_done(pipeline, calls, within=14)
        assert not pipeline.missing()
        # It is not the rows that came twice that count.
        assert pipeline.run().exit_code == 0


def test_a_whole_pass_over_sales_goes_on_and_changes_come_first() -> None:
    with core() as server:
        pipeline = of_sales(server, 60, settings=WEEKLY)
        (watched, _) = pipeline.watched
        assert pipeline.run().exit_code == 0
        server.now += 8 * DAY
        for number in range(9):
            watched.table.edit(guid(number), Status=f"S{number}")
            server.now += 600
            result = pipeline.run(requests_per_day=15)
            assert guid(number) in result.keys("sales", "ID"), result.stderr
            server.now += DAY / 8
            if result.exit_code == 0:
                break
        assert result.exit_code == 0, result.stderr
        # Two a run for the list and the change.
        assert number <= 7


# C2: a list of Core that is longer than a run.


@pytest.mark.parametrize("calls", [3, 6])
def test_a_list_of_core_longer_than_a_run_goes_on_where_it_stopped(calls: int) -> None:
    with core() as server:
        pipeline = of_brands(server, 5_000, served={"most": 500})
        results = until_done(pipeline, calls, within=30 // calls)
        assert len(results) > 1
        assert not pipeline.missing()


def test_a_list_of_core_in_which_cin7_goes_down_goes_on_where_it_stopped() -> None:
    with core() as server:
        pipeline = of_products(server, 2_500, served={"most": 250})
        for _ in range(10):
            from_call(server, PRODUCTS, 6, answered({}, 503))
            result = pipeline.run()
            server.calm()
            if result.exit_code == 0:
                break
        assert result.exit_code == 0, result.stderr
        assert not pipeline.missing()


def test_a_whole_pass_that_can_not_get_on_holds_up_no_change() -> None:
    with core() as server:
        pipeline = of_products(server, 3_500, settings={"full_refresh_days": 1})
        (watched,) = pipeline.watched
        assert pipeline.run().exit_code == 0

        def down(call: Call) -> Reply | None:
            query = call.query
            is_far = int(query["Page"]) * int(query["Limit"]) > 2_000
            return Reply(b"down", 503) if is_far and "ModifiedSince" not in query else None

        server.before(PRODUCTS, None, down)
        for number in range(6):
            server.now += 2 * DAY
            watched.table.edit(guid(0), Name=f"edit {number}")
            server.now += HOUR
            pipeline.run()
        held = {row["Name"] for row in pipeline.loader.rows("products")}
        assert held & {"edit 4", "edit 5"}


def test_headers_longer_than_a_run_go_on_where_they_stopped() -> None:
    with core() as server:
        pipeline = of_headers(server, 5_000)
        server.lists["/saleList"].most = 500
        until_done(pipeline, 4, within=8)
        assert not pipeline.missing()


def test_what_stands_behind_a_long_list_begins_too() -> None:
    with core() as server:
        long = brands(server, 5_000, most=250).table
        watched = [
            Watched("brands", long, "ID"),
            Watched("products", products(server, 40).table, "ID"),
            Watched("product_availability", availability(server, 40).table, "ID"),
            Watched("purchases", purchases(server, 5).table, "ID"),
        ]
        pipeline = Pipeline(server, watched)
        pipeline.run(requests_per_day=10)
        server.now += DAY
        pipeline.run(requests_per_day=10)
        for stream in ("products", "product_availability"):
            assert not pipeline.missing(stream), stream
        assert server.count(PURCHASE_LIST)
        until_done(pipeline, 10, within=8)
        assert not pipeline.missing()


def test_a_long_list_takes_in_what_changes_while_it_takes_several_runs() -> None:
    with core() as server:
        pipeline = of_brands(server, 3_000, served={"most": 300})
        (watched,) = pipeline.watched
        for number in range(4):
            pipeline.run(requests_per_day=4)
            watched.table.drop(guid(number * 200))
            watched.table.put({"ID": guid(9_000 + number), "Name": "new"})
            server.now += DAY
        for _ in range(12):
            result = pipeline.run(requests_per_day=14)
            server.now += DAY
            if result.exit_code == 0 and not pipeline.missing():
                break
        assert result.exit_code == 0, result.stderr
        assert not pipeline.missing()


@pytest.mark.parametrize("make", [of_brands, of_products])
def test_a_long_list_that_moves_between_all_runs_gets_on(make: Callable[..., Pipeline]) -> None:
    """Its new rows come first, so that nothing stands where the last run left it."""
    with core() as server:
        pipeline = make(server, 500, served={"most": 50, "order": "newest first"})
        (watched,) = pipeline.watched
        for number in range(9):
            result = pipeline.run(requests_per_day=6)
            # Nothing proves a list that moved.
            assert result.exit_code == 1
            assert "replication_key_value" not in result.bookmark(watched.stream)
            server.now += DAY
            new = {"ID": guid(1_000 + number), "SKU": f"N{number}", "Name": f"N{number}"}
            watched.table.put({**new, "LastModifiedOn": stamp(server.now)})
        assert pipeline.missing() <= {guid(1_000 + number) for number in range(9)}
        until_done(pipeline, 6, within=7)
        assert not pipeline.missing()


def test_a_long_list_that_moves_between_all_runs_brings_edits_and_removes_nothing() -> None:
    """Rows that go move others up, to where the last run has been."""
    with core() as server:
        pipeline = of_brands(server, 500, served={"most": 50})
        (watched,) = pipeline.watched
        for _ in range(2):
            assert pipeline.run().exit_code == 0
            server.now += DAY
        for number in range(12):
            watched.table.drop(*(guid(10 * number + one) for one in range(5)))
            watched.table.edit(guid(100 + 20 * number), Name=f"edit {number}")
            pipeline.run(requests_per_day=6)
            server.now += DAY
        until_done(pipeline, 6, within=7)
        assert not pipeline.missing()
        held = {row["Name"] for row in pipeline.loader.rows("brands")}
        assert held >= {f"edit {number}" for number in range(12)}
        pipeline.settle(within=1)
        pipeline.settle(within=1)
        assert not pipeline.extra()


def test_a_long_list_that_shrinks_between_two_runs_is_read_anew() -> None:
    with core() as server:
        pipeline = of_brands(server, 500, served={"most": 50})
        (watched,) = pipeline.watched
        pipeline.run(requests_per_day=6)
        watched.table.drop(*(guid(number) for number in range(100, 500)))
        server.now += DAY
        until_done(pipeline, 6, within=2)
        assert not pipeline.missing()


@pytest.mark.parametrize(
    "total", [lambda _right: 400, lambda right: right + 1], ids=["of all rows", "one too high"]
)
def test_changes_that_are_incomplete_do_not_hold_up_the_rest_of_a_long_list(
    total: Callable[[int], int],
) -> None:
    """Their ``Total`` is that of the whole list, or one too high."""
    with core() as server:
        pipeline = of_products(server, 400, served={"most": 50})
        pipeline.run(requests_per_day=6)

        def of_changes(call: Call, reply: Reply) -> Reply:
            body = json.loads(reply.body)
            if "ModifiedSince" in call.query:
                reply.body = json.dumps({**body, "Total": total(body["Total"])}).encode()
            return reply

        server.after(PRODUCTS, None, of_changes)
        for _ in range(4):
            server.now += DAY
            result = pipeline.run(requests_per_day=6)
            assert result.exit_code == 1
            assert not activated(result, "products")
        assert not pipeline.missing()
        pipeline.settle(within=1)


# C6: a crowded second, and a crowded lookback.


@pytest.mark.parametrize("apart", [0.0, 0.05], ids=["one second", "within the lookback"])
def test_more_rows_than_a_run_may_ask_for_come_in_several(apart: float) -> None:
    with omni() as server:
        pipeline = of_orders(server, 5_000, apart=apart)
        results = until_done(pipeline, 8, within=8)
        assert len(results) > 2
        assert not pipeline.missing()


def test_a_second_that_is_crowded_by_a_bulk_edit_is_gone_through_in_several_runs() -> None:
    with omni() as server:
        pipeline = of_orders(server, 3_000)
        (watched,) = pipeline.watched
        assert pipeline.run().exit_code == 0
        server.now += DAY
        for number in range(1, 2_501):
            watched.table.edit(number, reference="bulk")
        server.now += HOUR
        until_done(pipeline, 5, within=8)
        held = Counter(row["reference"] for row in pipeline.loader.rows("sales_orders"))
        assert held["bulk"] == 2_500


@pytest.mark.parametrize("calls", [1, 2, 4])
def test_rows_without_a_stamp_come_with_the_run_that_ends_what_a_cut_one_began(calls: int) -> None:
    with omni() as server:
        table = server.table("/v1/Payments")

        def pay(number: int, ago: float, *, is_stamped: bool) -> None:
            moment = stamp(server.now - ago)
            row = {"id": number, "createdDate": moment, "transactionRef": f"P{number}"}
            table.put({**row, "modifiedDate": moment if is_stamped else None})

        for number in range(1, 101):
            pay(number, 600 + (100 - number) * 60, is_stamped=bool(number % 3))
        pipeline = Pipeline(server, [Watched("payments", table, "id")])
        assert pipeline.run().exit_code == 0
        server.now += DAY
        for number in range(1_000, 1_900):
            pay(number, HOUR + (1_900 - number) * 2, is_stamped=True)
        server.now += HOUR
        for number in range(12):
            server.now += HOUR
            pay(2_000 + number, 10, is_stamped=False)
            server.now += DAY
            result = pipeline.run(requests_per_day=calls)
            if result.exit_code == 0:
                break
        assert result.exit_code == 0
        assert not pipeline.missing()


def test_payments_get_on_where_runs_have_a_call_for_one_list() -> None:
    """A run that begins them and has no call left for them leaves their place as it was."""
    with omni() as server:
        payments = orders(server, 300, path="/v1/Payments", text="transactionRef")
        watched = [
            Watched("stock", stock(server, 300), "code"),
            Watched("payments", payments, "id"),
        ]
        pipeline = Pipeline(server, watched)
        for _ in range(14):
            pipeline.run(requests_per_day=1)
            server.now += DAY
        assert not pipeline.missing()


@pytest.mark.parametrize("calls", [1, 2])
def test_the_smallest_day_still_gets_on(calls: int) -> None:
    with omni() as server:
        pipeline = of_orders(server, 1_000)
        held = 0
        for _ in range(12):
            result = pipeline.run(requests_per_day=calls)
            now = len(pipeline.loader.rows("sales_orders"))
            assert now > held or now == 1_000, result.stderr
            held = now
            server.now += DAY
        assert held == 1_000


@pytest.mark.parametrize("calls", [1, 2])
def test_the_smallest_day_gets_on_in_a_list_of_core(calls: int) -> None:
    with core() as server:
        pipeline = of_products(server, 250, served={"most": 100})
        for _ in range(8):
            pipeline.run(requests_per_day=calls)
            server.now += DAY
        assert not pipeline.missing()


def test_a_start_date_that_moves_back_moves_a_list_that_gets_a_call_a_run() -> None:
    with core() as server:
        pipeline = of_headers(server, 25, served={"most": 10})
        late, early = stamp(server.now - 10 * DAY), stamp(server.now - 100 * DAY)
        pipeline.run(requests_per_day=1, start_date=late)
        for _ in range(12):
            server.now += DAY
            pipeline.run(requests_per_day=1, start_date=early)
        assert not pipeline.missing()


def test_changes_and_a_whole_pass_over_a_list_take_turns_where_a_run_has_calls_for_one() -> None:
    with core() as server:
        pipeline = of_products(server, 250, served={"most": 100})
        (watched,) = pipeline.watched
        until_done(pipeline, 4, within=3)
        watched.table.drop(guid(7))
        for number in range(20):
            watched.table.edit(guid(100 + number), Name=f"edit {number}")
            server.now += HOUR
            pipeline.run(requests_per_day=2, full_refresh_days=1)
            if not pipeline.extra():
                break
            server.now += DAY
        assert not pipeline.extra()
        assert not pipeline.missing()
        held = {row["Name"] for row in pipeline.loader.rows("products")}
        assert held >= {f"edit {one}" for one in range(number - 2)}


def test_changes_in_a_list_that_are_more_than_a_run_may_ask_for_come_in_several() -> None:
    """C6, on Core."""
    with core() as server:
        pipeline = of_products(server, 2_500, served={"most": 100})
        (watched,) = pipeline.watched
        pipeline.run()
        server.now += DAY
        for number in range(2_500):
            watched.table.edit(guid(number), Name="bulk")
        until_done(pipeline, 12, within=4)
        held = Counter(row["Name"] for row in pipeline.loader.rows("products"))
        assert held["bulk"] == 2_500


def test_an_edit_among_changes_that_a_cut_run_has_read_comes_with_the_run_that_ends_them() -> None:
    with core() as server:
        pipeline = of_products(server, 500, served={"most": 50})
        (watched,) = pipeline.watched
        assert pipeline.run().exit_code == 0
        server.now += DAY
        for number in range(400):
            watched.table.edit(guid(number), Name="bulk")
        server.now += HOUR
        assert pipeline.run(requests_per_day=4).exit_code == 1
        server.now += HOUR
        watched.table.edit(guid(60), Name="after the cut")
        server.now += HOUR
        quiet = pipeline.run()
        assert quiet.exit_code == 0, quiet.stderr
        held = {row["ID"]: row["Name"] for row in pipeline.loader.rows("products")}
        assert held[guid(60)] == "after the cut"
        assert held[guid(399)] == "bulk"


# Rows whose order does not hold.


@pytest.mark.parametrize("full", [[], ["sales_orders"]], ids=["first load", "full table"])
@pytest.mark.parametrize("calls", [1, 3])
def test_rows_out_of_order_are_all_handed_over_in_several_runs(calls: int, full: list[str]) -> None:
    with omni() as server:
        pipeline = of_orders(server, 1_000, full=full)
        out_of_order(server, ORDERS)
        for _ in range(6 // calls):
            result = pipeline.run(requests_per_day=calls)
            assert result.exit_code == 1
            server.now += DAY
        assert not pipeline.missing()
        pipeline.settle()


@pytest.mark.parametrize(
    ("rows", "calls", "added", "within"),
    [(2_000, 1, 0, 12), (2_000, 3, 300, 6), (8_000, 20, 300, 3)],
)
@pytest.mark.parametrize("order", ["id DESC", "createdDate ASC", "modifiedDate DESC"])
def test_rows_in_an_order_of_their_own_are_all_handed_over_in_several_runs(
    order: str, rows: int, calls: int, added: int, within: int
) -> None:
    with omni() as server:
        pipeline = of_orders(server, rows)
        table = pipeline.watched[0].table
        for row in table.visible():
            moment = stamp(server.now - DAY - 389 * row["id"] % rows)
            table.put({**row, "createdDate": moment})
        before = pipeline.watched[0].at_cin7()

        def own_order(call: Call) -> None:
            call.query["order"] = order

        server.before(ORDERS, None, own_order)
        for number in range(within):
            assert pipeline.run(requests_per_day=calls).exit_code == 1
            server.now += DAY
            for key in range(added):
                moment = stamp(server.now + key)
                row = {"id": 10_000 + 1_000 * number + key, "createdDate": moment}
                table.put({**row, "modifiedDate": moment})
            server.now += HOUR
        assert before <= pipeline.loader.keys("sales_orders", "id")
        pipeline.settle()


def test_a_second_that_fills_the_first_page_hides_no_row_where_the_order_is_ignored() -> None:
    with omni() as server:
        pipeline = of_orders(server, 900)
        table = pipeline.watched[0].table
        for number in range(601, 901):
            table.edit(number, reference="bulk")

        def newest_first(call: Call) -> None:
            call.query["order"] = "id DESC"

        server.before(ORDERS, None, newest_first)
        server.now += HOUR
        assert pipeline.run().exit_code == 1
        assert not pipeline.missing()


def test_changes_out_of_order_are_all_handed_over_and_the_bookmark_stays_meanwhile() -> None:
    with omni() as server:
        pipeline = of_orders(server, 1_200)
        bookmark = pipeline.run().bookmark("sales_orders")["replication_key_value"]
        server.now += DAY
        for number in range(1, 1_001):
            pipeline.watched[0].table.edit(number, reference="bulk")
            server.now += 1
        server.now += HOUR
        out_of_order(server, ORDERS)
        for _ in range(4):
            result = pipeline.run(requests_per_day=2)
            assert result.exit_code == 1
            assert result.bookmark("sales_orders")["replication_key_value"] == bookmark
            server.now += DAY
        held = Counter(row["reference"] for row in pipeline.loader.rows("sales_orders"))
        assert held["bulk"] == 1_000
        pipeline.settle()


def test_rows_that_come_in_order_again_while_they_are_handed_over_are_read_as_ever() -> None:
    with omni() as server:
        pipeline = of_orders(server, 1_000)
        out_of_order(server, ORDERS)
        pipeline.run(requests_per_day=3)
        pipeline.settle()
        server.now += DAY
        quiet = pipeline.run()
        assert quiet.exit_code == 0
        assert len(quiet.calls) == 1


# C7: kinds take turns.


@pytest.mark.parametrize("calls", [2, 3])
def test_documents_get_a_turn_where_no_run_has_calls_for_all_lists(calls: int) -> None:
    with core() as server:
        lists = (products(server, 5), availability(server, 5), brands(server, 5))
        names = ("products", "product_availability", "brands")
        watched = [Watched(n, one.table, "ID") for n, one in zip(names, lists, strict=True)]
        watched += [
            Watched("sales", sales(server, 4).table, "ID", "SaleID"),
            Watched("purchases", purchases(server, 4).table, "ID"),
        ]
        pipeline = Pipeline(server, watched)
        for _ in range(40):
            pipeline.run(requests_per_day=calls)
            server.now += DAY
        assert not pipeline.missing()


@pytest.mark.parametrize(("calls", "pages"), [(9, 3), (16, 6), (60, 12)])
def test_documents_come_in_every_run_that_has_calls_for_the_list_of_one_kind(
    calls: int, pages: int
) -> None:
    """Lists of other kinds that are fetched ahead don't take its calls."""
    with core() as server:
        watched = [
            Watched("sales", sales(server, 10 * pages, most=10).table, "ID", "SaleID"),
            Watched("purchases", purchases(server, 10 * pages, most=10).table, "ID"),
            Watched("stock_adjustments", adjustments(server, 10 * pages, most=10).table, "TaskID"),
        ]
        pipeline = Pipeline(server, watched)
        for _ in range(6):
            result = pipeline.run(requests_per_day=calls)
            assert [result.records(one.stream) for one in watched if result.records(one.stream)]
            server.now += DAY


# Documents without a stamp, of which state keeps a digest by day.


def of_busy_days(server: Core, count: int) -> Pipeline:
    """Return a pipeline of adjustments: so many of today, two of each day of a year before."""
    server.now += 12 * HOUR - server.now % DAY  # today is to be the same day for some hours
    table = adjustments(server, 0).table
    for number in range(count):
        table.put(_adjustment(server, guid(10 * number)))
    for number in range(742):
        # Ids at random, so that there is room for one digest a day and no more.
        table.put(_adjustment(server, str(uuid5(NAMESPACE_OID, str(number))), 1 + number // 2))
    watched = [Watched("stock_adjustments", table, "TaskID")]
    return Pipeline(server, watched, settings={"recheck_days": 0})


def _adjustment(server: Core, task: str, days: int = 0) -> Row:
    day = stamp(server.now - days * DAY)[:10]
    return {"TaskID": task, "EffectiveDate": f"{day}T00:00:00Z", "Status": "COMPLETED"}


def test_new_documents_of_a_long_day_come_with_the_run_that_sees_them() -> None:
    with core() as server:
        pipeline = of_busy_days(server, 60)
        (watched,) = pipeline.watched
        assert pipeline.run().exit_code == 0
        for number in range(8):
            server.now += 600
            for place in (70, 310, 555):
                watched.table.put(_adjustment(server, guid(place + number)))
            result = pipeline.run(requests_per_day=10)
            assert not pipeline.missing()
        # The list, and what was fetched soon after its list showed it.
        assert len(result.calls) <= 8


def test_every_document_of_a_day_that_changes_before_each_run_comes_in_some_runs() -> None:
    """More are new than are told from those that are in, and each run has calls for eight."""
    with core() as server:
        pipeline = of_busy_days(server, 60)
        (watched,) = pipeline.watched
        assert pipeline.run().exit_code == 0
        for number in range(9):
            watched.table.put(_adjustment(server, guid(60 * number + 5)))
        watched.table.edit(guid(590), Reference="the last")
        watched.table.edit(str(uuid5(NAMESPACE_OID, "700")), Reference="of an older day")
        for number in range(20):
            server.now += 600
            watched.table.edit(guid(0), Reference=f"edit {number}")
            watched.table.edit(guid(300), Reference=f"edit {number}")
            pipeline.run(requests_per_day=10)
        held = {row.get("Reference") for row in pipeline.loader.rows("stock_adjustments")}
        assert held >= {"the last", "of an older day"}
        assert not pipeline.missing()


# What Cin7 never gives.


def never(pipeline: Pipeline, path: str, numbers: Collection[int], reply: Reply) -> set[str]:
    """Have Cin7 never give some documents."""
    ids = {guid(number) for number in numbers}
    pipeline.server.before(path, None, lambda call: reply if call.query["ID"] in ids else None)
    return ids


@pytest.mark.parametrize(
    ("lost", "calls", "reply"),
    [
        (1, 3, Reply(b"{}")),
        (1, 4, Reply(b"x", 503)),
        (1, 6, Reply(b"x", 503)),
        (12, 20, Reply(b"{}")),
        (12, 20, Reply(b"x", 503)),
        (19, 9, Reply(b"x", 503)),
    ],
)
def test_the_newest_documents_hold_up_no_other_where_a_run_has_no_calls_for_their_tries(
    lost: int, calls: int, reply: Reply
) -> None:
    with core() as server:
        pipeline = of_sales(server, 24)
        (watched, _) = pipeline.watched
        ids = never(pipeline, SALE, range(24 - lost, 24), reply)
        for _ in range(60):
            result = pipeline.run(requests_per_day=calls)
            server.now += DAY
            if pipeline.missing("sales") == ids:
                break
        assert pipeline.missing("sales") == ids
        for number in range(3):
            watched.table.edit(guid(2), Status=f"edit {number}")
            server.now += DAY
            result = pipeline.run(requests_per_day=calls)
            assert result.exit_code == 1
            assert guid(2) in result.keys("sales", "ID")
        assert len(result.bookmark("sales")["owed"]) == lost


def test_an_owed_sale_that_changed_while_it_was_not_given_has_its_latest_stamp() -> None:
    with core() as server:
        pipeline = of_sales(server, 10)
        (watched, _) = pipeline.watched
        (owed,) = never(pipeline, SALE, range(5, 6), Reply(b"{}"))
        assert pipeline.run().exit_code == 1
        server.now += HOUR
        watched.table.edit(owed, Status="edit")
        server.now += HOUR
        watched.table.edit(guid(2), Status="a later edit")
        assert pipeline.run().exit_code == 1
        server.now += DAY
        server.calm()
        result = pipeline.run()
        assert result.exit_code == 0, result.stderr
        (row,) = [row for row in result.records("sales") if row["ID"] == owed]
        (listed,) = [row for row in watched.table.visible() if row["SaleID"] == owed]
        assert row["header_modified"][:19] == listed["Updated"][:19]


def test_an_outage_costs_no_document_however_many_runs_it_cuts() -> None:
    with core() as server:
        pipeline = of_sales(server, 250)
        server.before(SALE, None, answered(b"x", 503))
        for _ in range(30):
            pipeline.run(requests_per_day=30)
            server.now += DAY
        assert len(pipeline.missing("sales")) == 250
        server.calm()
        until_done(pipeline, 80, within=8)
        assert not pipeline.missing()


def test_what_is_owed_and_what_changes_both_get_on_where_a_run_has_calls_for_few() -> None:
    with core() as server:
        pipeline = of_sales(server, 40)
        (watched, _) = pipeline.watched
        never(pipeline, SALE, range(0, 20, 2), Reply(b"{}"))
        pipeline.run()
        for number in range(12):
            server.now += DAY
            watched.table.edit(guid(31), Status=f"edit {number}")
            if number == 3:
                server.calm()
                never(pipeline, SALE, range(0, 18, 2), Reply(b"{}"))
            result = pipeline.run(requests_per_day=6)
            assert guid(31) in result.keys("sales", "ID"), number
        assert len(pipeline.missing("sales")) == 9


@pytest.mark.parametrize(("owed", "new"), [(10, 10), (12, 19)])
def test_what_is_owed_and_what_is_new_and_never_comes_hold_up_no_other(owed: int, new: int) -> None:
    with core() as server:
        pipeline = of_sales(server, 40)
        (watched, _) = pipeline.watched
        ids = never(pipeline, SALE, [*range(owed), *range(100, 100 + new)], Reply(b"{}"))
        pipeline.run()
        server.now += DAY
        for number in [*range(100, 100 + new), *range(200, 205)]:
            watched.table.put(sale(number, stamp(server.now - 300 + number)))
        server.now += DAY
        result = pipeline.run()
        assert pipeline.missing("sales") == ids
        assert len(result.bookmark("sales")["owed"]) == owed + new


def test_an_outage_while_much_is_owed_costs_few_calls() -> None:
    with core() as server:
        pipeline = of_sales(server, 250)
        (watched, _) = pipeline.watched
        never(pipeline, SALE, range(0, 120, 2), Reply(b"{}"))
        pipeline.run()
        server.now += DAY
        for number in range(120, 250):
            watched.table.edit(guid(number), Status="EDITED")
        server.before(SALE, None, answered(b"{}"))
        server.now += DAY
        result = pipeline.run()
        assert result.exit_code == 1
        assert len(result.calls) < 70
        assert len(result.bookmark("sales")["owed"]) == 60
        pipeline.settle()


def test_purchases_that_need_many_tries_hold_up_no_other() -> None:
    with core() as server:
        served = purchases(server, 12)
        parameter, find = server.documents[PURCHASE]
        shells = {guid(number) for number in range(0, 12, 3)}

        def found(wanted: str) -> Row | None:
            row = find(wanted)
            return {"ID": wanted, "Status": "", "Order": None} if row and wanted in shells else row

        server.details(PURCHASE, parameter, found)
        server.before("/purchase", None, answered(b"x", 503))
        pipeline = Pipeline(server, [Watched("purchases", served.table, "ID")])
        for _ in range(8):
            pipeline.run(requests_per_day=11)
            server.now += DAY
        assert pipeline.missing() == shells


KINDS = {SALE: "sales", PURCHASE: "purchases", "/stockadjustment": "stock_adjustments"}
CALLS = 60


def test_sales_that_change_faster_than_they_are_fetched_starve_nobody() -> None:
    with core() as server:
        sold = sales(server, 140).table
        watched = [
            Watched("sales", sold, "ID", "SaleID"),
            Watched("purchases", purchases(server, 30).table, "ID"),
            Watched("stock_adjustments", adjustments(server, 30).table, "TaskID"),
        ]
        pipeline = Pipeline(server, watched)
        untouched = {guid(number) for number in range(40)}
        for _ in range(15):
            result = pipeline.run(requests_per_day=CALLS)
            asked = Counter(KINDS[call.path] for call in result.calls if call.path in KINDS)
            for stream in KINDS.values():
                waits = bool(pipeline.missing(stream))
                # One call in ten, that for the list included.
                assert not waits or asked[stream] >= CALLS // 10 - 1, (stream, asked)
            server.now += DAY
            for number in range(40, 140):
                sold.edit(guid(number), Status="CHANGED")
        assert not untouched & pipeline.missing("sales")
        assert not pipeline.missing("purchases")
        assert not pipeline.missing("stock_adjustments")


def test_a_list_that_a_cut_run_had_read_counts_as_read() -> None:
    with core() as server:
        watched = [
            Watched("brands", brands(server, 40).table, "ID"),
            Watched("purchases", purchases(server, 60).table, "ID"),
        ]
        pipeline = Pipeline(server, watched)
        first = pipeline.run(requests_per_day=20)
        assert runs(first)["brands"]["complete"] is True
        assert runs(first)["purchases"]["complete"] is False
        results = until_done(pipeline, 20, within=6)
        # One of the lists, and the rest for documents that were not fetched before.
        fetched = Counter(call.query.get("ID") for call in server.calls if call.path == PURCHASE)
        assert max(fetched.values()) == 1
        assert len(results) <= 4
        assert server.count(BRANDS) <= 1 + len(results)
        assert server.count(PURCHASE_LIST) <= 1 + len(results)


def test_orders_that_change_faster_than_they_are_read_leave_calls_for_others() -> None:
    with omni() as server:
        pipeline = of_orders(server, 4_000, apart=1.0, more=["contacts", "users"])
        table = next(iter(pipeline.watched)).table
        server.table("/v1/Contacts").put({"id": 1, "modifiedDate": stamp(server.now - DAY)})
        server.table("/v1/Users").put({"id": 1})
        for _ in range(3):
            pipeline.run(requests_per_day=10)
            server.now += DAY
            for number in range(1, 3_900):
                table.edit(number, reference="changed")
        assert server.count("/v1/Contacts")
        assert server.count("/v1/Users")
        assert server.count(ORDERS)


@pytest.mark.parametrize("calls", [3, 4, 5])
@pytest.mark.parametrize("count", [2, 3])
def test_lists_that_never_end_leave_calls_for_others(count: int, calls: int) -> None:
    with omni() as server:
        paths = {"sales_orders": ORDERS, "purchase_orders": "/v1/PurchaseOrders"}
        paths["quotes"] = "/v1/Quotes"
        endless = [
            Watched(name, orders(server, 1_500, path=path, apart=1.0), "id")
            for name, path in [*paths.items()][:count]
        ]
        contacts = Watched("contacts", orders(server, 5, path="/v1/Contacts"), "id")
        pipeline = Pipeline(
            server, [*endless, contacts, Watched("stock", stock(server, 30), "code")]
        )
        for _ in range(8):
            pipeline.run(requests_per_day=calls)
            server.now += DAY
            for one in endless:
                for number in range(1, 1_401):
                    one.table.edit(number, reference=f"at {server.now}")
        assert not pipeline.missing("contacts")
        assert not pipeline.missing("stock")


@pytest.mark.parametrize("calls", [4, 6])
def test_every_long_list_gets_on_while_others_are_long_too(calls: int) -> None:
    with omni() as server:
        paths = {"sales_orders": ORDERS, "purchase_orders": "/v1/PurchaseOrders"}
        paths |= {"quotes": "/v1/Quotes", "contacts": "/v1/Contacts"}
        watched = [
            Watched(name, orders(server, 2_000, path=path), "id") for name, path in paths.items()
        ]
        pipeline = Pipeline(server, [*watched, Watched("stock", stock(server, 300), "code")])
        for _ in range(7):
            pipeline.run(requests_per_day=calls)
            server.now += DAY
        assert all(pipeline.loader.rows(one.stream) for one in pipeline.watched)
