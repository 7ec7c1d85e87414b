"""Lists of Core: whole whatever their pages, order and Total, and followed where they can be."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Sandbox
from sandbox.core.resources import lists
from sandbox.stamps import TICKS_PER_SECOND, from_ticks, to_ticks
from tests.support import bookmarks
from tests.support_core import (
    asked,
    canonical,
    listed,
    records,
    run_core,
    select,
    unique,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support import Result, Row

DAY = 86_400
MOVING = {
    "sale_list": 2_300,
    "stock_transfer_list": 2_300,
    "journals": 2_300,
    "product_availability": 2_300,
    "customer_credits": 2_300,
    "purchase_list": 1_200,
    "payment_terms": 1_200,
    "customers": 450,
    "locations": 1_200,
    "products": 1_200,
}
EDITS = 1


def now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def earlier(stamp: str, seconds: int) -> str:
    return from_ticks(to_ticks(stamp) - seconds * TICKS_PER_SECOND)


def expected_keys(server: Sandbox, stream: str) -> int:
    return len(server.core.store.keys(stream))


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    """Serve data that no test changes."""
    rows = {
        "customer_credits": 1_500,
        "customers": 450,
        "locations": 1_100,
        "payment_terms": 2_100,
        "product_availability": 300,
        "products": 1_100,
        "transactions": 400,
    }
    with Sandbox(default_rows=40, rows=rows) as running:
        yield running


@pytest.fixture(scope="module")
def twice(server: Sandbox) -> tuple[Result, Result]:
    """Two runs over lists that are read whole, and over some that are not."""
    catalog = select(*lists())
    first = run_core(server, catalog)
    assert first.exit_code == 0, first.stderr
    second = run_core(server, catalog, first.states[-1], transactions_lookback_days=3_650)
    assert second.exit_code == 0, second.stderr
    return first, second


def test_rows_that_move_between_pages_while_they_are_read_are_not_lost() -> None:
    catalog = select(*MOVING, slim=set(MOVING) - {"sale_list", "purchase_list"})
    with Sandbox(rows=MOVING, default_rows=20, edits_per_call=EDITS) as server:
        first = run_core(server, catalog)
        assert first.exit_code == 0, first.stderr
        server.reset_calls()
        second = run_core(server, catalog, first.states[-1])
        assert second.exit_code == 0, second.stderr
        for stream in MOVING:
            assert len(unique(stream, first, second)) == expected_keys(server, stream), stream
        # What changed after the pages of the second run, nobody can have; all else is in.
        for stream, key, stamp in (
            ("sale_list", "SaleID", "Updated"),
            ("purchase_list", "ID", "LastUpdatedDate"),
        ):
            missing = listed(server, stream) - written(stream, key, stamp, first, second)
            pages = sum(call.stream == stream for call in server.calls)
            assert 0 < pages < 4
            edited = server.core.store.versions(stream)[-pages * EDITS :]
            assert missing <= {(entry.key[0], canonical(entry.stamp)) for entry in edited}
            versions = Counter((row[key], row[stamp]) for row in records(stream, first))
            assert versions.most_common(1)[0][1] == 1


def test_every_list_is_whole_whatever_its_pages_and_its_total(
    server: Sandbox, twice: tuple[Result, Result]
) -> None:
    first, _ = twice
    for stream in lists():
        assert len(unique(stream, first)) == expected_keys(server, stream), stream
        assert len(records(stream, first)) == expected_keys(server, stream), stream
    kinds = {one.total for one in lists().values()}
    assert kinds == {"right", "missing", "limit"}
    assert not first.warnings


def test_a_page_is_asked_for_with_1000_rows_and_may_bring_fewer() -> None:
    rows = {"customers": 250, "locations": 1_100, "products": 700, "brands": 100}
    with Sandbox(rows=rows, default_rows=20) as server:
        result = run_core(server, select(*rows))
        assert result.exit_code == 0, result.stderr
        pages = {
            path: [query["Page"] for query in asked(server, path)]
            for path in ("/customer", "/ref/location", "/product", "/ref/brand")
        }
        first = [call.query["Limit"] for call in server.calls if call.query["Page"] == "1"]
        assert first == ["1000"] * len(rows)
        for stream, count in rows.items():
            assert len(unique(stream, result)) == count
    assert sorted(pages["/customer"]) == ["1", "2", "3"]
    assert sorted(pages["/ref/location"]) == ["1", "2", "3"]
    assert sorted(pages["/product"]) == ["1", "2"]
    # A Total that equals a page size may be that instead: one more look.
    assert sorted(pages["/ref/brand"]) == ["1", "2"]


def test_rows_of_availability_have_a_key_of_their_own(
    server: Sandbox, twice: tuple[Result, Result]
) -> None:
    first, second = (records("product_availability", result) for result in twice)
    assert len(first) == len(second) == 300
    assert len({row["record_key"] for row in first}) == 300
    assert {row["record_key"] for row in first} == {row["record_key"] for row in second}
    grain = ("ID", "Location", "Bin", "Batch", "ExpiryDate")
    assert len({tuple(row[name] for name in grain[:2]) for row in first}) == 100
    standing = server.core.store.rows("product_availability")
    assert Counter(row["Batch"] for row in first) == Counter(row["Batch"] for row in standing)


def test_ledger_lines_that_are_equal_stay_as_many_as_they_are(
    twice: tuple[Result, Result],
) -> None:
    first, second = (records("transactions", result) for result in twice)
    assert len(first) == len({row["record_key"] for row in first}) == 400
    contents = Counter(
        str(sorted((name, value) for name, value in row.items() if name != "record_key"))
        for row in first
    )
    assert list(contents.values()).count(2) == 40
    dated = {row["record_key"] for row in first if row["EffectiveDate"]}
    assert dated <= {row["record_key"] for row in second} <= {row["record_key"] for row in first}
    assert len(second) == len({row["record_key"] for row in second})


def test_a_second_run_asks_for_changes_where_a_list_can_tell_them(
    server: Sandbox, twice: tuple[Result, Result]
) -> None:
    first, second = twice
    for stream in ("products", "customers", "suppliers", "product_families", "sale_list"):
        stamp = str(lists()[stream].stamp)
        bookmark = bookmarks(first)[stream]["replication_key_value"]
        assert bookmark == max(row[stamp] for row in records(stream, first))
        assert {row[stamp] >= earlier(bookmark, 300) for row in records(stream, second)} == {True}
        assert len(records(stream, second)) < 10
        assert bookmarks(second)[stream] == bookmarks(first)[stream]
    for stream in ("brands", "journals", "production_order_list", "product_availability"):
        assert len(records(stream, second)) == expected_keys(server, stream)
        assert stream not in bookmarks(second)


FILTERED = {
    "products": ("/product", "ModifiedSince"),
    "customers": ("/customer", "ModifiedSince"),
    "suppliers": ("/supplier", "ModifiedSince"),
    "product_families": ("/productFamily", "ModifiedSince"),
    "sale_list": ("/saleList", "UpdatedSince"),
    "sale_credit_note_list": ("/saleCreditNoteList", "UpdatedSince"),
    "purchase_list": ("/purchaseList", "UpdatedSince"),
    "purchase_credit_note_list": ("/purchaseCreditNoteList", "UpdatedSince"),
}


def test_the_filter_overlaps_the_bookmark(
    own: Sandbox,
) -> None:
    first = run_core(own, select(*FILTERED))
    for stream in FILTERED:
        own.core.store.edit(stream, own.core.store.keys(stream)[0])
    own.reset_calls()
    second = run_core(own, select(*FILTERED), first.states[-1], lookback_seconds=900)
    assert second.exit_code == 0, second.stderr
    for stream, (path, since) in FILTERED.items():
        (query,) = asked(own, path)
        bookmark = bookmarks(first)[stream]["replication_key_value"]
        assert query[since] == earlier(bookmark, 900)[:19] + "Z"
        key, stamp = lists()[stream].keys[0], str(lists()[stream].stamp)
        assert not listed(own, stream) - written(stream, key, stamp, first, second)


def test_deprecated_and_used_up_rows_are_asked_for(own: Sandbox) -> None:
    streams = ("products", "customers", "suppliers", "customer_credits", "supplier_deposits")
    run_core(own, select(*streams))
    assert asked(own, "/product")[0]["IncludeDeprecated"] == "true"
    assert asked(own, "/customer")[0]["IncludeDeprecated"] == "true"
    assert asked(own, "/supplier")[0]["IncludeDeprecated"] == "true"
    assert asked(own, "/ref/customer/credits")[0]["ShowUsedCredits"] == "true"
    assert asked(own, "/ref/supplier/deposits")[0]["ShowUsedDeposits"] == "true"


def test_lists_that_show_no_change_time_are_followed_by_the_start_of_the_run(
    own: Sandbox,
) -> None:
    streams = {"crm_leads": "/crm/lead", "crm_opportunities": "/crm/opportunity"}
    before = now()
    first = run_core(own, select(*streams))
    after = now()
    own.reset_calls()
    # The store's clock follows the newest stamp: this puts it past the bookmark.
    newest = own.core.store.keys("sale_list")[0]
    own.core.store.edit("sale_list", newest, Updated=f"{int(after[:4]) + 1}-01-01T00:00:00Z")
    changed = {stream: own.core.store.keys(stream)[3][0] for stream in streams}
    for stream, key in changed.items():
        own.core.store.edit(stream, key)
    second = run_core(own, select(*streams), first.states[-1])
    for stream, path in streams.items():
        read_since = bookmarks(first)[stream]["read_since"]
        # The Date header has whole seconds, and an answer may have been long under way.
        assert earlier(before, 60) <= read_since[:19] + "Z" <= after
        assert len(records(stream, first)) == 20
        (query,) = asked(own, path)
        assert query["ModifiedSince"] == earlier(read_since[:19] + "Z", 300)
        assert [row["ID"] for row in records(stream, second)] == [changed[stream]]
        # Cin7's clock is known to the second: two runs in one may find it in either order.
        assert bookmarks(second)[stream]["read_since"] >= earlier(read_since[:19] + "Z", 1)


@pytest.mark.parametrize("days", [0, 60])
def test_transactions_are_read_again_some_days_back(days: int) -> None:
    with Sandbox(rows={"transactions": 200}, default_rows=20) as server:
        first = run_core(server, select("transactions"))
        bookmark = bookmarks(first)["transactions"]["replication_key_value"]
        bound = earlier(bookmark, days * DAY)
        back_dated = f"{bound[:10]}T00:00:00"
        server.core.store.add("transactions", {"EffectiveDate": back_dated, "Reference": "late"})
        server.reset_calls()
        second = run_core(
            server, select("transactions"), first.states[-1], transactions_lookback_days=days
        )
        assert second.exit_code == 0, second.stderr
        (query,) = asked(server, "/transactions")
        assert query["FromDate"] <= earlier(bookmark, days * DAY)
        assert query["FromDate"] >= earlier(bookmark, (days + 1) * DAY)
        assert "late" in {row["Reference"] for row in records("transactions", second)}
        assert len(records("transactions", second)) < 140
        # New or not, a line keeps its key.
        known = {row["record_key"] for row in records("transactions", first)}
        assert len(unique("transactions", second) - {(key,) for key in known}) == 1


def test_a_start_date_bounds_the_lists_that_can_be_filtered() -> None:
    with Sandbox(rows={"sale_list": 200}, default_rows=20) as server:
        result = run_core(server, select("sale_list", "brands"), start_date="2026-04-01")
        assert asked(server, "/saleList")[0]["UpdatedSince"] == "2026-04-01T00:00:00Z"
        due = {one for one in listed(server, "sale_list") if str(one[1]) >= "2026-04-01"}
        assert 0 < len(due) < 200
        assert written("sale_list", "SaleID", "Updated", result) == due
        assert len(result.records["brands"]) == expected_keys(server, "brands")


def test_a_whole_read_is_done_when_it_is_due() -> None:
    with Sandbox(rows={"sale_list": 50}, default_rows=20) as server:
        first = run_core(server, select("sale_list"), full_refresh_days=30)
        kept = first.states[-1]["bookmarks"]["sale_list"]
        soon = run_core(server, select("sale_list"), first.states[-1], full_refresh_days=30)
        assert len(records("sale_list", soon)) < 10
        assert bookmarks(soon)["sale_list"]["whole_read_at"] == kept["whole_read_at"]

        kept["whole_read_at"] = "2026-01-01T00:00:00.000000Z"
        # A change that the filter can't see: its stamp is old.
        row = server.core.store.rows("sale_list")[0]
        server.core.store.edit(
            "sale_list", row["SaleID"], Updated=row["Updated"], CustomerReference="missed"
        )
        due = run_core(server, select("sale_list"), first.states[-1], full_refresh_days=30)
        # What changed since the last run comes before all of it.
        assert len(unique("sale_list", due)) == 50
        assert len(records("sale_list", due)) < 60
        assert "missed" in {one["CustomerReference"] for one in records("sale_list", due)}
        assert bookmarks(due)["sale_list"]["whole_read_at"] > kept["whole_read_at"]
        assert bookmarks(due)["sale_list"]["replication_key_value"] == kept["replication_key_value"]


# --- values ----------------------------------------------------------------------------------


def by_key(server: Sandbox, stream: str) -> dict[Any, Row]:
    name = lists()[stream].keys[0]
    return {row[name]: row for row in server.core.store.rows(stream)}


def test_price_tiers_keep_the_names_of_the_tenant(
    server: Sandbox, twice: tuple[Result, Result]
) -> None:
    standing = by_key(server, "products")
    for row in records("products", twice[0]):
        assert row["PriceTiers"] == standing[row["ID"]]["PriceTiers"]
        assert "O'Neill VIP" in row["PriceTiers"]


def test_instants_leave_with_z_whether_they_came_with_it_or_not(
    server: Sandbox, twice: tuple[Result, Result]
) -> None:
    for stream, key, column in (
        ("sale_list", "SaleID", "Updated"),
        ("purchase_list", "ID", "LastUpdatedDate"),
        ("products", "ID", "CreatedDate"),
        ("products", "ID", "LastModifiedOn"),
        ("sale_list", "SaleID", "OrderDate"),
    ):
        standing = by_key(server, stream)
        found = {row[key]: row[column] for row in records(stream, twice[0])}
        assert found == {one: canonical(row[column]) for one, row in standing.items()}
        assert {len(stamp) for stamp in found.values() if stamp} == {27}


def test_numbers_and_booleans_that_came_as_text_leave_as_what_they_are(
    server: Sandbox, twice: tuple[Result, Result]
) -> None:
    sent = {row["TotalAmount"] for row in server.core.store.rows("money_task_list")}
    assert any(isinstance(one, str) for one in sent)
    for row in records("accounts", twice[0]):
        assert row["ForPayments"] in (True, False, None)
    tasks = by_key(server, "money_task_list")
    for row in records("money_task_list", twice[0]):
        raw = tasks[row["TaskID"]]["TotalAmount"]
        assert row["TotalAmount"] == (None if raw in ("", None) else Decimal(str(raw)))


def test_blank_dates_leave_as_null(server: Sandbox, twice: tuple[Result, Result]) -> None:
    raw = [row["ExpiryDate"] for row in server.core.store.rows("product_availability")]
    assert "" in raw
    found = Counter(row["ExpiryDate"] for row in records("product_availability", twice[0]))
    assert "" not in found
    assert found[None] == raw.count("") + raw.count(None)


def test_webhooks_leave_without_their_credentials(
    server: Sandbox, twice: tuple[Result, Result]
) -> None:
    assert "sandbox-webhook-password" in str(server.core.store.rows("webhooks"))
    webhooks = records("webhooks", twice[0])
    assert len(webhooks) == 4
    for secret in ("password", "user", "token", "header"):
        assert f"sandbox-webhook-{secret}" not in twice[0].stdout.decode() + twice[0].stderr
    assert not {"ExternalPassword", "ExternalHeaders"} & webhooks[0].keys()
