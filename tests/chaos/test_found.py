"""Schedules that have failed, shortened: with a bug that was there, or one that was planted.

Planted bugs tell whether the state machines would see them; each test says which one it catches.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.chaos.accounts import CORE, OMNI
from tests.chaos.runs import End
from tests.chaos.schedule import (
    DAYS_BEHIND,
    QUIET,
    CoreSchedule,
    Event,
    OmniSchedule,
    Plan,
    Schedule,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def played(schedule: Schedule) -> Iterator[Schedule]:
    """Let the test play a schedule; then compare the target with Cin7."""
    try:
        yield schedule
        schedule.finish()
    finally:
        schedule.close()


def test_a_signal_that_ends_a_run_is_its_exit_code_though_the_process_takes_its_time() -> None:
    # The timer that cuts waiting short after SIGTERM went off while Python was shutting down.
    with played(OmniSchedule()) as schedule:
        schedule.open(2)
        for number in range(2, 8):
            result = schedule.run(Plan(end=End("TERM", "call", number), parallel=1))
            assert result.exit_code in (0, 128 + signal.SIGTERM, -signal.SIGTERM)


def test_rows_that_show_late_come_with_the_next_run() -> None:
    # Planted: no lookback.
    with played(OmniSchedule()) as schedule:
        schedule.open(0, late=20)
        schedule.run(QUIET)
        schedule.happen(Event("trickle", "sales_orders", 30))
        schedule.run(QUIET)
        schedule.wait(30)


def test_sales_that_show_late_come_with_the_next_run() -> None:
    # Planted: no lookback.
    with played(CoreSchedule()) as schedule:
        schedule.open(1, late=20)
        schedule.run(QUIET)
        schedule.happen(Event("trickle", "sale_list", 30))
        schedule.run(QUIET)
        schedule.wait(30)


def test_a_target_that_crashes_after_a_state_has_all_that_it_stands_for() -> None:
    # Planted: state before the records it stands for.
    with played(OmniSchedule()) as schedule:
        schedule.open(2)
        for lost in (6, 3, 2, 1):
            schedule.run(Plan(lost=lost, crash=True))


def test_a_part_that_is_selected_later_brings_its_past() -> None:
    # Planted: the greatest bookmark of the streams that are read together, not the least.
    with played(OmniSchedule()) as schedule:
        schedule.open(0)
        schedule.run(Plan(left_out=frozenset({"sales_order_lines"})))


def test_a_row_dated_in_the_future_hides_no_edit() -> None:
    # Planted: a bookmark past the moment at which the reading began.
    with played(OmniSchedule()) as schedule:
        schedule.open(0)
        for count in (1, 3, 30, 300):
            schedule.happen(Event("misdate", "sales_orders", count))
        schedule.run(QUIET)
        schedule.happen(Event("edit", "sales_orders", 3))
        schedule.run(QUIET)


def test_a_run_that_reads_changes_announces_nothing_as_gone() -> None:
    # Planted: every reading counts as whole.
    with played(OmniSchedule()) as schedule:
        schedule.open(1)
        schedule.run(QUIET)
        schedule.wait(2_000)
        schedule.run(QUIET)


def test_a_list_that_moves_while_it_is_read_is_not_taken_for_whole() -> None:
    # Planted: every read of a Core list counts as proven.
    others = frozenset(CORE.by_name) - {"products", "sale_list"}
    with played(CoreSchedule()) as schedule:
        schedule.open(1, page=5)
        for table in ("products", "sale_list"):
            schedule.behave(table, "order", "random")
            schedule.behave(table, "total", "missing")
        schedule.run(Plan(churn=3, left_out=others))
        schedule.run(Plan(churn=3, left_out=others))


# Answers that are not what was asked for.


@pytest.mark.parametrize("kind", ["null", "shell", "foreign", "not-found"])
def test_documents_that_are_answered_with_something_else_come_later(kind: str) -> None:
    # All of them were lost: the document was gone, or without a key, and its change was behind.
    with played(CoreSchedule()) as schedule:
        schedule.open(1, DAYS_BEHIND)
        schedule.run(Plan(spoilt=(30, kind)))
        schedule.happen(Event("edit", "sale_list", 30))
        schedule.happen(Event("edit", "stock_adjustment_list", 3))
        schedule.happen(Event("delete", "sale_list", 3))
        schedule.run(Plan(spoilt=(30, kind)))


@pytest.mark.parametrize("left_out", ["sales", "sale_payments", "stock_adjustment_lines"])
def test_what_a_run_leaves_out_is_still_owed_what_the_others_get(left_out: str) -> None:
    # The documents were owed no more once the other streams made of them had their rows.
    with played(CoreSchedule()) as schedule:
        schedule.open(0, DAYS_BEHIND)
        schedule.run(Plan(spoilt=(100, "message")))
        schedule.run(Plan(left_out=frozenset({left_out})))


@pytest.mark.parametrize("kind", ["null", "error-row", "no-rows", "half"])
def test_lists_that_are_answered_with_something_else_lose_nothing(kind: str) -> None:
    # An error was a row, and null an empty list.
    with played(CoreSchedule()) as schedule:
        schedule.open(1, DAYS_BEHIND)
        schedule.run(QUIET)
        schedule.happen(Event("edit", "sale_list", 3))
        schedule.happen(Event("add", "brands", 3))
        tables = tuple((one.table, kind) for one in CORE.tables)
        schedule.run(Plan(broken=tables))
        schedule.run(Plan(wrong_rate=20, parallel=1))


@pytest.mark.parametrize("kind", ["hollow", "error-row"])
def test_lists_of_omni_that_are_answered_with_something_else_lose_nothing(kind: str) -> None:
    # An error in a list was a row without a key, left out.
    with played(OmniSchedule()) as schedule:
        schedule.open(1)
        schedule.run(Plan(broken=tuple((one.table, kind) for one in OMNI.tables)))
        schedule.happen(Event("edit", "sales_orders", 3))
        schedule.run(Plan(wrong_rate=20))


def test_documents_that_are_behind_their_list_are_fetched_again() -> None:
    with played(CoreSchedule()) as schedule:
        schedule.open(1, DAYS_BEHIND)
        schedule.run(QUIET)
        for table in ("sale_list", "stock_adjustment_list", "money_task_list"):
            schedule.behave(table, "behind_seconds", 20)
            schedule.happen(Event("edit", table, 3))
            schedule.happen(Event("add", table, 1))
        schedule.run(QUIET)


@pytest.mark.parametrize("full", [frozenset[str](), frozenset({"products"})])
def test_the_run_that_ends_a_list_brings_what_changed_since_it_was_begun(
    full: frozenset[str],
) -> None:
    # What an earlier run had read of it stayed as it was then.
    others = frozenset(CORE.by_name) - {"products"}
    with played(CoreSchedule()) as schedule:
        schedule.open(1, page=10)
        cut = Plan(end=End("TERM", "line", 20), parallel=1, left_out=others, full=full)
        read = [one["record"]["ID"] for one in schedule.run(cut).messages if "record" in one]
        with schedule.store.lock:
            schedule.store.edit("products", read[7], Name="edited")
        schedule.run(Plan(left_out=others, full=full))
        assert schedule.target.rows("products")[read[7],]["Name"] == "edited"


@pytest.mark.parametrize("parallel", [1, 5])
def test_documents_do_not_wait_for_a_list_whose_turn_is_over(parallel: int) -> None:
    # They waited for its rows, and the list for its next turn.
    others = frozenset(CORE.by_name) - {"sale_list", "sales", "stock_adjustments"}
    with played(CoreSchedule()) as schedule:
        schedule.open(1, page=10)
        schedule.happen(Event("add", "sale_list", 30))
        schedule.happen(Event("add", "sale_list", 30))
        broken = (("sale_list", "message"),)
        schedule.run(Plan(broken=broken, end=End("TERM", "call", 1), left_out=others))
        schedule.run(Plan(parallel=parallel, left_out=others))


def test_what_is_gone_is_owed_to_no_stream_once_a_run_with_it_has_looked() -> None:
    # The list had been looked at that day, for the other streams.
    with played(CoreSchedule()) as schedule:
        schedule.open(0, DAYS_BEHIND)
        schedule.run(Plan(spoilt=(100, "null")))
        schedule.happen(Event("delete", "sale_list", 1))
        schedule.run(Plan(left_out=frozenset({"sale_payments"})))
        assert schedule.run(QUIET).exit_code == 0
