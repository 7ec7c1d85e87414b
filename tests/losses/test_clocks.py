"""Rows 1, 2, 3 and 9: stamps and state in the future, walks that pause, clocks that differ."""

from __future__ import annotations

import threading
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from tests.losses.accounts import ORDERS, SALE_LIST, guid, orders, sale_list
from tests.losses.harness import only, run
from tests.losses.standin import Core, Omni, stamp

if TYPE_CHECKING:
    from tests.losses.standin import Call, Row

FAR = "2099-01-01T00:00:00Z"


def seconds(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


@pytest.mark.parametrize(
    "ahead", [2 * 3_600, 20 * 86_400, None], ids=["2 hours", "20 days", "2099"]
)
def test_a_stamp_in_the_future_holds_no_later_edit_back(ahead: float | None) -> None:
    with Omni() as server:
        table = orders(server, 10)
        future = FAR if ahead is None else stamp(server.now + ahead)
        table.put({"id": 7_000_001, "modifiedDate": future, "reference": "odd"})
        began = server.now
        first = run(server, "sales_orders")
        assert first.exit_code == 0, first.stderr
        assert first.keys("sales_orders") == {*range(1, 11), 7_000_001}
        assert seconds(first.bookmark("sales_orders")["replication_key_value"]) <= began
        named = [line for line in first.warnings if "7000001" in line]
        assert len(named) == 1, first.stderr
        assert "sales_orders" in named[0]
        server.now += 900
        table.edit(3, reference="edited")
        second = run(server, "sales_orders", first.state)
        assert second.exit_code == 0, second.stderr
        edited = [row for row in second.records("sales_orders") if row["id"] == 3]
        assert [row["reference"] for row in edited] == ["edited"]


def test_a_future_stamp_that_comes_again_in_a_crowded_second_does_not_stall_the_walk() -> None:
    with Omni() as server:
        table = orders(server, 300)
        for number in range(600):
            table.put({"id": 9_000 + number, "modifiedDate": FAR})
        result = run(server, "sales_orders")
        assert result.exit_code == 0, result.stderr
        assert len(result.keys("sales_orders")) == 900
        assert len(result.calls) < 40
        assert seconds(result.bookmark("sales_orders")["replication_key_value"]) <= server.now
        # A whole crowd from the future gets no line for each of its rows.
        assert len(result.warnings) < 20, result.stderr


@pytest.mark.parametrize("stream", ["product_list", "sale_list"])
def test_a_stamp_in_the_future_is_named_in_lists_of_core(stream: str) -> None:
    with Core() as server:
        if stream == "sale_list":
            served, path, key = sale_list(server, 5), SALE_LIST, "SaleID"
        else:
            stream, path, key = "products", "/product", "ID"
            served = server.list(path, "Products", key, "LastModifiedOn", "ModifiedSince")
            for number in range(5):
                moment = stamp(server.now - 600 - number)
                served.table.put({"ID": guid(number), "SKU": "S", "LastModifiedOn": moment})
        assert served.table.stamp is not None
        odd = dict(served.table.visible()[0])
        odd[key], odd[served.table.stamp] = guid(777), FAR
        served.table.put(odd)
        began = server.now
        first = run(server, stream)
        assert first.exit_code == 0, first.stderr
        assert guid(777) in first.keys(stream, key)
        assert len([line for line in first.warnings if guid(777) in line]) == 1, first.stderr
        assert seconds(first.bookmark(stream)["replication_key_value"]) <= began
        server.now += 900
        served.table.edit(guid(2))
        second = run(server, stream, first.state)
        assert guid(2) in second.keys(stream, key)


def test_a_stamp_a_few_seconds_ahead_is_nothing_to_warn_of() -> None:
    with Omni() as server:
        table = orders(server, 10)
        table.put({"id": 11, "modifiedDate": stamp(server.now + 20)})
        result = run(server, "sales_orders")
        assert result.exit_code == 0
        assert 11 in result.keys("sales_orders")
        assert not result.warnings
        assert seconds(result.bookmark("sales_orders")["replication_key_value"]) <= server.now


def state_at(moment: str, stream: str = "sales_orders", column: str = "modifiedDate") -> Row:
    return {"bookmarks": {stream: {"replication_key": column, "replication_key_value": moment}}}


@pytest.mark.parametrize("ahead", [2 * 86_400, 70 * 365 * 86_400])
def test_a_state_in_the_future_is_refused(ahead: float) -> None:
    with Omni() as server:
        orders(server, 10)
        moment = stamp(server.now + ahead)
        result = run(server, "sales_orders", state_at(moment))
        result.failed_with_one_line("sales_orders", moment[:10])
        assert not result.records("sales_orders")


def test_a_state_beyond_the_clock_of_cin7_is_refused() -> None:
    with Omni(ahead=-7_200) as server:
        orders(server, 10)
        moment = stamp(server.now + 7_000)
        result = run(server, "sales_orders", state_at(moment))
        result.failed_with_one_line("sales_orders", moment[:10])


def test_a_state_a_moment_ahead_of_the_clock_of_cin7_is_taken() -> None:
    # Several machines answer for Cin7, their clocks a little apart.
    with Omni() as server:
        orders(server, 10)
        result = run(server, "sales_orders", state_at(stamp(server.now + 3)))
        assert result.exit_code == 0, result.stderr


def test_a_resume_marker_from_the_future_is_refused() -> None:
    with Core() as server:
        sale_list(server, 3)
        state = {
            "bookmarks": {
                "sales": {
                    "replication_key": "header_modified",
                    "replication_key_value": FAR,
                }
            }
        }
        run(server, "sales", state).failed_with_one_line("sales", "2099")


@pytest.mark.parametrize("start", ["2099-01-01", FAR])
def test_a_start_date_in_the_future_is_refused(start: str) -> None:
    with Omni() as server:
        orders(server, 10)
        result = run(server, "sales_orders", start_date=start)
        result.failed_with_one_line("start_date", "2099")
        assert not result.calls


def test_a_start_date_beyond_the_clock_of_cin7_is_refused() -> None:
    with Omni(ahead=-7_200) as server:
        orders(server, 10)
        start = stamp(server.now + 7_000)
        run(server, "sales_orders", start_date=start).failed_with_one_line("start_date")


def test_what_a_walk_passed_before_it_paused_comes_with_the_next_run() -> None:
    """The look-ahead begins a walk, a slow stream holds it up for six minutes."""
    with Omni(random_ties=False) as server:
        orders(server, 2_000, path="/v1/Adjustments", apart=1.0)
        table = server.table(ORDERS)
        second = stamp(server.now - 5)
        for number in range(1_500):
            # Those that show late are spread over the pages that are read early.
            late = 20.0 if number < 1_000 and number % 100 == 50 else -60.0
            table.put({"id": number + 1, "modifiedDate": second}, late=late)

        def hold(_call: Call) -> None:
            wait = threading.Event()
            for _ in range(40):
                if server.count(ORDERS) >= 4:
                    break
                wait.wait(0.05)

        def six_minutes(_call: Call) -> None:
            server.now += 360
            for number in range(5):
                table.put({"id": 5_000 + number, "modifiedDate": stamp(server.now - 5)})

        server.before("/v1/Adjustments", 3, hold)
        server.before("/v1/Adjustments", 5, six_minutes)
        catalog = only("omni", "adjustments", "sales_orders")
        first = run(server, catalog)
        assert first.exit_code == 0, first.stderr
        server.calm()
        server.now += 60
        second_run = run(server, catalog, first.state)
        sent = first.keys("sales_orders") | second_run.keys("sales_orders")
        assert sent == {row["id"] for row in table.visible()}


@pytest.mark.parametrize("off", [-600, -900, 900])
def test_lists_that_show_no_stamp_go_by_the_clock_of_cin7(off: float) -> None:
    """Cin7's clock is behind or ahead of ours; what changed right after a run must come."""
    with Core(ahead=off) as server:
        served = server.list("/crm/lead", "LeadList", "ID", "_changed", "ModifiedSince")
        for number in range(20):
            moment = stamp(server.now - 6_000 - number)
            served.table.put({"ID": guid(number), "Name": "n", "_changed": moment})
        first = run(server, "crm_leads")
        assert first.exit_code == 0, first.stderr
        server.now += 5
        served.table.edit(guid(4), Name="edited")
        second = run(server, "crm_leads", first.state, lookback_seconds=60)
        assert guid(4) in second.keys("crm_leads", "ID")
        asked = next(call.query["ModifiedSince"] for call in second.calls)
        assert server.now - 200 < seconds(asked) <= server.now - 65


@pytest.mark.parametrize("off", [-900, 900])
def test_lists_with_stamps_and_a_frozen_window_go_by_the_clock_of_cin7(off: float) -> None:
    with Core(ahead=off) as server:
        served = sale_list(server, 20)
        first = run(server, "sale_list")
        assert first.exit_code == 0, first.stderr
        server.now += 60
        served.table.edit(guid(4), Status="SHIPPED")
        second = run(server, "sale_list", first.state)
        assert guid(4) in second.keys("sale_list", "SaleID"), second.calls


def test_rows_that_change_between_the_calls_of_one_reading_come_at_last() -> None:
    """A bookmark is the begin of the reading, not its end, when rows move meanwhile."""
    with Core(seconds_per_call=400.0) as server:
        served = sale_list(server, 2_500, apart=1.0)
        served.table.put({**served.table.visible()[0], "Updated": stamp(server.now - 1)}, late=700)
        first = run(server, "sale_list")
        assert first.exit_code == 0, first.stderr
        second = run(server, "sale_list", first.state)
        stamps = {
            row["Updated"][:19]
            for result in (first, second)
            for row in result.records("sale_list")
            if row["SaleID"] == guid(0)
        }
        assert served.table.visible()[0]["Updated"][:19] in stamps


def test_a_bookmark_is_never_ahead_of_the_date_header() -> None:
    with Omni(ahead=-800) as server:
        table = orders(server, 5)
        table.put({"id": 6, "modifiedDate": stamp(server.now + 300)})
        began = server.now
        result = run(server, "sales_orders")
        assert seconds(result.bookmark("sales_orders")["replication_key_value"]) <= began
        assert any(" 6" in line or "6" in line.split(":")[-1] for line in result.warnings)
        assert datetime.now(timezone.utc).timestamp() > began
