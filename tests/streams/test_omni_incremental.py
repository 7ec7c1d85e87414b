from __future__ import annotations

import pytest

from sandbox import Sandbox
from sandbox.stamps import NO_DATE, TICKS_PER_SECOND, from_ticks, to_ticks
from tests.support import (
    Result,
    bookmarks,
    calls,
    canonical,
    every_list,
    lost,
    only,
    run_tap,
    sent,
    standing,
)


def earlier(stamp: str, seconds: int) -> str:
    return from_ticks(to_ticks(stamp) - seconds * TICKS_PER_SECOND, digits=6)


def bookmark(result: Result, stream: str) -> str:
    return str(bookmarks(result)[stream]["replication_key_value"])


def dates(result: Result) -> dict[str, str]:
    """Return the bookmarks of the streams that have one."""
    held = bookmarks(result)
    return {name: bookmark(result, name) for name in held if "replication_key_value" in held[name]}


def test_a_second_run_with_nothing_new_asks_once_per_stream_and_sends_the_overlap() -> None:
    with Sandbox(default_rows=60) as server:
        first = run_tap(server, every_list(server))
        server.reset_calls()
        second = run_tap(server, every_list(server), first.states[-1])
        assert second.exit_code == 0, second.stderr
        assert calls(server) == dict.fromkeys(server.store.tables, 1)
        for stream in server.store.tables:
            rows = standing(server, stream)
            if stream in dates(first):
                overlap = earlier(bookmark(first, stream), 300)[:19]
                rows = {(key, stamp) for key, stamp in rows if stamp and stamp >= overlap}
            # What has no stamp has tests of its own below.
            found = set(sent(server, stream, second))
            assert rows == {one for one in found if one[1] or stream != "payments"}, stream
    assert dates(second) == dates(first)


def test_a_third_run_keeps_the_bookmarks_of_the_second() -> None:
    with Sandbox(default_rows=20) as server:
        state = None
        seen = []
        for _ in range(3):
            result = run_tap(server, every_list(server), state)
            state = result.states[-1]
            seen.append(dates(result))
    assert seen[0] == seen[1] == seen[2]


def test_what_is_new_and_what_is_edited_arrive_with_the_next_run() -> None:
    with Sandbox(default_rows=60) as server:
        first = run_tap(server, every_list(server))
        store = server.store
        for stream, table in store.tables.items():
            if table.stamp and stream not in ("payment_fees", "payouts"):
                for key in store.keys(stream)[:3]:
                    store.edit(stream, key)
        newcomer = store.rows("sales_orders")[0] | {"id": 900_001}
        del newcomer["modifiedDate"]
        store.add("sales_orders", newcomer)
        second = run_tap(server, every_list(server), first.states[-1])
        assert second.exit_code == 0
        assert {row["id"] for row in second.records["sales_orders"]} >= {900_001}
        assert not lost(server, first, second)


def test_the_overlap_is_as_long_as_lookback_seconds_says() -> None:
    with Sandbox(rows={"sales_orders": 100}, crowd=1, default_rows=20) as server:
        first = run_tap(server, only("sales_orders"))
        last = bookmark(first, "sales_orders")
        for seconds in (0, 86_400 * 20):
            again = run_tap(
                server, only("sales_orders"), first.states[-1], lookback_seconds=seconds
            )
            bound = earlier(last, seconds)[:19]
            assert {row["modifiedDate"] for row in again.records["sales_orders"]} == {
                stamp for _, stamp in standing(server, "sales_orders") if stamp and stamp >= bound
            }
            assert bookmark(again, "sales_orders") == last


@pytest.mark.parametrize(
    "start", ["2026-04-01", "2026-04-01T13:00:00+13:00", "2026-04-01T00:00:00Z"]
)
def test_start_date_bounds_the_first_run(start: str) -> None:
    with Sandbox(rows={"sales_orders": 300}, default_rows=20) as server:
        result = run_tap(server, only("sales_orders"), start_date=start)
        wanted = {
            (key, stamp)
            for key, stamp in standing(server, "sales_orders")
            if stamp and stamp >= "2026-04-01T00:00:00"
        }
        assert 0 < len(wanted) < 300
        assert set(sent(server, "sales_orders", result)) == wanted


def test_a_start_date_later_than_everything_gives_an_empty_success() -> None:
    with Sandbox(default_rows=20) as server:
        result = run_tap(server, only("sales_orders"), start_date="2026-07-01")
    assert result.exit_code == 0
    assert result.records == {}
    assert "sales_orders" in result.schemas


def test_a_change_that_becomes_visible_20_seconds_late_is_caught() -> None:
    with Sandbox(rows={"sales_orders": 100}, crowd=1, default_rows=20) as server:
        store = server.store
        late = store.row("sales_orders", store.keys("sales_orders")[7])
        store.delete("sales_orders", late["id"])
        first = run_tap(server, only("sales_orders"))
        stamp = earlier(bookmark(first, "sales_orders"), 20)
        store.add("sales_orders", {**late, "modifiedDate": stamp})
        second = run_tap(server, only("sales_orders"), first.states[-1])
        assert ((late["id"],), stamp) in sent(server, "sales_orders", second)


@pytest.mark.parametrize("rows", [40, 250, 900])
def test_payments_without_a_stamp_arrive_once_each_run_needs_them(rows: int) -> None:
    with Sandbox(rows={"payments": rows}, default_rows=20) as server:
        store = server.store
        unstamped = [row for row in store.rows("payments") if row["modifiedDate"] is None]
        assert len(unstamped) > rows / 5
        first = run_tap(server, only("payments"))
        assert first.exit_code == 0, first.stderr
        assert not standing(server, "payments") - set(sent(server, "payments", first))
        assert len(sent(server, "payments", first)) == rows

        newest = max(row["createdDate"] for row in store.rows("payments"))
        for number in range(3):
            fresh = from_ticks(to_ticks(newest) + number * 3_600 * TICKS_PER_SECOND)
            store.add(
                "payments",
                {**unstamped[0], "id": 90_000 + number, "createdDate": fresh},
            )
        server.reset_calls()
        second = run_tap(server, only("payments"), first.states[-1])
        assert len(server.calls) == 1
        found = {row["id"] for row in second.records["payments"]}
        assert found >= {90_000, 90_001, 90_002}
        assert len(found) < 20

        server.reset_calls()
        third = run_tap(server, only("payments"), second.states[-1])
        assert third.exit_code == 0
        assert len(server.calls) == 1
        assert bookmarks(third) == bookmarks(second)
        assert not lost(server, first, second, third).get("payments")


def test_a_payment_that_gets_its_first_stamp_is_sent_again() -> None:
    with Sandbox(rows={"payments": 60}, default_rows=20) as server:
        first = run_tap(server, only("payments"))
        key = next(key for key, stamp in standing(server, "payments") if stamp is None)
        server.store.edit("payments", key)
        second = run_tap(server, only("payments"), first.states[-1])
        assert not lost(server, first, second).get("payments")


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_rows_without_a_stamp_do_not_stall_a_stream_that_should_have_none(share: float) -> None:
    with Sandbox(
        rows={"contacts": 700}, default_rows=20, null_stamps={"contacts": share}
    ) as server:
        first = run_tap(server, only("contacts"))
        assert first.exit_code == 0, first.stderr
        assert sorted(sent(server, "contacts", first), key=str) == sorted(
            standing(server, "contacts"), key=str
        )
        assert len(server.calls) < 12
        second = run_tap(server, only("contacts"), first.states[-1])
        assert second.exit_code == 0
        assert not lost(server, first, second).get("contacts")


def test_stamps_that_say_no_date_do_not_stall_a_stream() -> None:
    with Sandbox(rows={"sales_orders": 600}, crowd=1, default_rows=20) as server:
        for key in server.store.keys("sales_orders")[:300]:
            server.store.edit("sales_orders", key, modifiedDate=NO_DATE)
        result = run_tap(server, only("sales_orders"))
        assert result.exit_code == 0, result.stderr
        assert not standing(server, "sales_orders") - set(sent(server, "sales_orders", result))
        assert len(server.calls) < 8
        assert bookmark(result, "sales_orders") == max(
            canonical(row["modifiedDate"]) or "" for row in server.store.rows("sales_orders")
        )


def test_full_table_streams_are_whole_in_every_run() -> None:
    whole = ("product_categories", "serial_numbers", "size_ranges", "stock", "users", "vouchers")
    with Sandbox(default_rows=300) as server:
        first = run_tap(server, only(*whole))
        second = run_tap(server, only(*whole), first.states[-1])
        for stream in whole:
            assert set(sent(server, stream, second)) == standing(server, stream)


def test_fees_and_payouts_go_by_their_creation() -> None:
    with Sandbox(default_rows=60) as server:
        first = run_tap(server, only("payouts"))
        fresh = {**server.store.rows("payouts")[0], "id": 90_001}
        del fresh["createdDate"]
        server.store.add("payouts", fresh)
        server.reset_calls()
        second = run_tap(server, only("payouts"), first.states[-1])
        assert len(server.calls) == 1
        assert 90_001 in {row["id"] for row in second.records["payouts"]}
        assert len(second.records["payouts"]) < 10
