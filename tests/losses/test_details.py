"""Rows 10, 11, 14 and 17: documents that are fetched one by one, interrupted and gone on with."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.losses.accounts import SALE, adjustments, guid, sales
from tests.losses.harness import Result, Target, merged, only, run
from tests.losses.standin import Core

if TYPE_CHECKING:
    from tests.losses.standin import List, Row

ENDS = [signal.SIGTERM, signal.SIGKILL]
STATE_INTERVAL = 1.0
"""Seconds after which records and their state leave; a kill before then loses both."""


def interrupted(
    server: Core, after: int, end: signal.Signals = signal.SIGTERM, state: Row | None = None
) -> Result:
    """Run until some documents are in, and their state."""
    server.before(SALE, after - 5, lambda _call: time.sleep(STATE_INTERVAL))
    result = run(server, "sales", state, end=(SALE, after, end), max_parallel_requests=1)
    server.calm()
    assert 0 < len(result.records("sales")) < 60
    assert result.state is not None
    return result


def current(served: List, target: Target) -> list[str]:
    """Return the sales of which the target does not hold what the account shows now."""
    held = {row["ID"]: row["Order"]["Status"] for row in target.rows("sales")}
    return [
        row["SaleID"] for row in served.table.visible() if held.get(row["SaleID"]) != row["Status"]
    ]


def edit(server: Core, served: List, numbers: range, status: str) -> None:
    """Change some sales some time later."""
    server.now += 900
    for number in numbers:
        served.table.edit(guid(number), Status=status)
    server.now += 900


@pytest.mark.parametrize("end", ENDS)
def test_a_full_table_goes_on_where_a_reading_of_all_was_interrupted(end: signal.Signals) -> None:
    with Core(ahead=-20_000) as server:
        served = sales(server, 60)
        first = interrupted(server, 35, end)
        loaded = first.keys("sales", "ID")
        fetched = max(loaded)
        edit(server, served, range(int(fetched[:8]), int(fetched[:8]) + 1), "SHIPPED")
        catalog = only("core", "sales", full=["sales"])
        rest = run(server, catalog, first.state)
        assert rest.exit_code == 0, rest.stderr
        left = {guid(number) for number in range(60)} - loaded
        assert left | {fetched} <= rest.keys("sales", "ID")
        again = run(server, catalog, rest.state)
        assert again.exit_code == 0, again.stderr
        assert len(again.keys("sales", "ID")) == 60


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("state_is", ["replaced", "merged"])
@pytest.mark.parametrize("reading", ["first load", "incremental"])
def test_the_run_after_an_interruption_brings_what_was_left_and_what_is_new(
    end: signal.Signals, state_is: str, reading: str
) -> None:
    with Core() as server:
        served = sales(server, 60)
        target, state = Target(), None
        if reading == "incremental":
            quiet = run(server, "sales")
            target.take(quiet)
            state = quiet.state
            for number in range(40):
                served.table.edit(guid(number), Status="PICKED")
        first = interrupted(server, 25, end, state)
        edit(server, served, range(10, 45), "SHIPPED")
        after = merged(state, first.state) if state_is == "merged" else first.state
        second = run(server, "sales", after)
        assert second.exit_code == 0, second.stderr
        target.take(first, second)
        assert not current(served, target)


def test_changes_come_before_what_an_interrupted_load_left() -> None:
    with Core(ahead=-20_000) as server:
        served = sales(server, 60)
        first = interrupted(server, 20)
        left = {guid(number) for number in range(60)} - first.keys("sales", "ID")
        fetched = sorted(first.keys("sales", "ID"))[5]
        server.now += 900
        served.table.edit(fetched, Status="SHIPPED")
        second = run(server, "sales", first.state, max_parallel_requests=1)
        order = [call.query["ID"] for call in second.calls if call.path == SALE]
        assert set(order) == left | {fetched}
        assert order[0] == fetched


def test_a_first_load_goes_from_the_newest_to_the_oldest() -> None:
    with Core(ahead=-20_000) as server:
        sales(server, 30)
        result = run(server, "sales", max_parallel_requests=1)
        order = [call.query["ID"] for call in result.calls if call.path == SALE]
        assert order == [guid(number) for number in reversed(range(30))]


@pytest.mark.parametrize("times", [4])
def test_a_load_that_is_interrupted_again_and_again_ends_whole(times: int) -> None:
    with Core(ahead=-20_000) as server:
        served = sales(server, 60)
        target, state, fetched = Target(), None, 0
        for number in range(times):
            end = (SALE, 12, ENDS[number % 2])
            result = run(server, "sales", state, end=end, max_parallel_requests=1)
            server.calm()
            target.take(result)
            fetched += len(result.records("sales"))
            state = merged(state, result.state)
            edit(server, served, range(number * 7, number * 7 + 3), f"EDITED {number}")
        last = run(server, "sales", state)
        target.take(last)
        assert last.exit_code == 0, last.stderr
        assert not current(served, target)
        assert fetched + len(last.records("sales")) <= 60 + times * (3 + 3)


def test_a_state_that_is_merged_keeps_no_reading_open_that_is_over() -> None:
    """The tap takes its marker out; who merges states instead of replacing them keeps it in."""
    with Core(ahead=-20_000) as server:
        served = sales(server, 60)
        target = Target()
        first = interrupted(server, 25)
        second = run(server, "sales", first.state)
        target.take(first, second)
        state = merged(first.state, second.state)
        for number in range(4):
            edit(server, served, range(number * 15, number * 15 + 15, 4), f"EDITED {number}")
            result = run(server, "sales", state)
            assert result.exit_code == 0, result.stderr
            target.take(result)
            assert not current(served, target), f"old after run {number + 1}"
            # The calls stay those of a quiet account, too.
            assert len(result.calls) <= 1 + 4 + 4
            state = merged(state, result.state)


def test_merged_state_after_a_full_refresh_reads_all_once_and_no_more() -> None:
    with Core(ahead=-20_000) as server:
        sales(server, 30)
        quiet = run(server, "sales")
        refreshed = run(server, "sales", end=(SALE, 10, signal.SIGTERM))
        server.calm()
        state = merged(quiet.state, refreshed.state)
        ended = run(server, "sales", state)
        state = merged(state, ended.state)
        last = run(server, "sales", state)
        assert last.exit_code == 0
        assert len(last.calls) <= 8


def test_documents_without_a_stamp_survive_an_interruption_and_a_merge() -> None:
    path = "/stockadjustment"
    with Core(ahead=-20_000) as server:
        served = adjustments(server, 60)
        target = Target()
        first = run(
            server, "stock_adjustments", end=(path, 25, signal.SIGTERM), max_parallel_requests=1
        )
        server.calm()
        server.now += 900
        for number in range(20, 45):
            row = {**served.table.visible()[number], "Reference": "edited"}
            served.table.put(row)
        second = run(server, "stock_adjustments", first.state)
        target.take(first, second)
        server.now += 60
        state = merged(first.state, second.state)
        third = run(server, "stock_adjustments", state)
        fourth = run(server, "stock_adjustments", merged(state, third.state))
        for result in (second, third, fourth):
            assert result.exit_code == 0, result.stderr
        held = {row["TaskID"]: row["Reference"] for row in target.rows("stock_adjustments")}
        assert held == {row["TaskID"]: row["Reference"] for row in served.table.visible()}
        # Documents of periods that were in and changed may have been behind their list: once more.
        assert sum(call.path == path for call in third.calls) <= 25
        # Nothing is new, so no document that is final is fetched again.
        assert sum(call.path == path for call in fourth.calls) == 0


def test_the_lines_of_a_sale_tell_which_of_them_are_stale() -> None:
    """The query that the docs show: lines whose ``parent_modified`` is the newest of the sale."""
    with Core(ahead=-20_000) as server:
        served = sales(server, 3)
        server.now += 60
        served.table.edit(guid(1), _skus=["A", "B", "C"])
        target = Target()
        first = run(server, "sale_order_lines")
        server.now += 900
        served.table.edit(guid(1), _skus=["B", "C"])
        target.take(first, run(server, "sale_order_lines", first.state))
        assert _standing(target, "sale_order_lines", "SaleID") == ["B", "C"]


def test_the_lines_of_a_document_without_a_stamp_tell_which_of_them_are_stale() -> None:
    with Core(ahead=-20_000) as server:
        served = adjustments(server, 3)
        served.table.edit(guid(1), _skus=["A", "B", "C"])
        target = Target()
        first = run(server, "stock_adjustment_lines")
        server.now += 900
        served.table.edit(guid(1), _skus=["B", "C"], Comment="a line less")
        second = run(server, "stock_adjustment_lines", first.state)
        target.take(first, second)
        held = [row["SKU"] for row in target.rows("stock_adjustment_lines") if _is_of_1(row)]
        # Either the target was told what is gone, or the rows tell it.
        if sorted(held) != ["B", "C"]:
            assert _standing(target, "stock_adjustment_lines", "TaskID") == ["B", "C"]


def _is_of_1(row: Row) -> bool:
    return guid(1) in (row.get("SaleID"), row.get("TaskID"))


def _standing(target: Target, stream: str, parent: str) -> list[str]:
    rows = [row for row in target.rows(stream) if row[parent] == guid(1)]
    told = [row["parent_modified"] for row in rows]
    assert all(told), f"no parent_modified: {rows}"
    return sorted(row["SKU"] for row in rows if row["parent_modified"] == max(told))


def test_a_transaction_that_was_corrected_leaves_its_old_row_behind_recognisably() -> None:
    """10 became 12: of each period the newest reading counts."""
    with Core(ahead=-20_000) as server:
        served = server.list("/transactions", "Transactions", "n", "EffectiveDate")
        served.table.put(
            *({"n": n, "TaskID": guid(n), "Amount": 10, "EffectiveDate": day} for n, day in _DAYS)
        )
        target = Target()
        first = run(server, "transactions")
        assert first.exit_code == 0, first.stderr
        server.now += 86_400 / 4
        served.table.put({"n": 2, "TaskID": guid(2), "Amount": 12, "EffectiveDate": _DAYS[2][1]})
        second = run(server, "transactions", first.state, transactions_lookback_days=400)
        target.take(first, second)
        rows = [row for row in target.rows("transactions") if row["TaskID"] == guid(2)]
        assert all(row["read_at"] for row in rows)
        newest = max(row["read_at"] for row in target.rows("transactions"))
        assert [int(row["Amount"]) for row in rows if row["read_at"] == newest] == [12]


_DAYS = [(n, f"2026-{n + 1:02d}-03T00:00:00Z") for n in range(9)]
