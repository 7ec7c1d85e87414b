"""The run's clock ends waits; Cin7's clock is never ahead of Cin7."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_cin7.client.clock import RunClock, ServerClock
from tap_cin7.errors import Terminated, TimeUsed
from tests.unit.client.support import QuickClock

SIGTERM = Terminated("SIGTERM", 15)
NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


# --- the run -----------------------------------------------------------------------------------


def test_a_wait_ends_when_the_run_is_told_to_stop() -> None:
    clock = RunClock()
    threading.Timer(0.05, clock.end, (SIGTERM,)).start()
    began = time.monotonic()
    with pytest.raises(Terminated, match="SIGTERM"):
        clock.wait(30)
    assert time.monotonic() - began < 20


def test_whatever_checks_the_clock_raises_what_ended_the_run() -> None:
    clock = RunClock()
    clock.check()
    clock.end(TimeUsed("over"))
    for ask in (clock.check, lambda: clock.wait(1)):
        with pytest.raises(TimeUsed, match="over"):
            ask()


def test_a_run_ends_at_its_moment_and_waits_no_longer() -> None:
    clock = QuickClock()
    clock.end_at(clock.now() + 100, TimeUsed("over"))
    clock.wait(60)
    clock.check()
    assert clock.stop is None
    with pytest.raises(TimeUsed):
        clock.wait(60)
    assert clock.waits == [60, 40]
    assert isinstance(clock.stop, TimeUsed)


def test_a_signal_comes_before_the_moment_that_was_set() -> None:
    clock = QuickClock()
    clock.end_at(clock.now() + 100, TimeUsed("over"))
    clock.end(SIGTERM)
    with pytest.raises(Terminated, match="SIGTERM"):
        clock.wait(200)


def test_what_waits_for_data_is_interrupted_at_once() -> None:
    clock = RunClock()
    clock.end(SIGTERM)
    with pytest.raises(Terminated), clock.interruptible():
        clock.interrupt()


def test_what_writes_is_not_interrupted_but_waits_no_more() -> None:
    clock = RunClock()
    clock.end(SIGTERM)
    clock.interrupt()
    with pytest.raises(Terminated), clock.interruptible():
        pytest.fail("data was waited for")


def test_the_end_of_a_run_leaves_time_for_what_is_under_way() -> None:
    clock = RunClock()
    clock.end(SIGTERM)
    arrived = []
    with clock.interruptible():
        arrived.append("page")
    assert arrived


# --- Cin7 --------------------------------------------------------------------------------------


def server_clock(ahead_of_cin7: timedelta = timedelta(0)) -> tuple[ServerClock, QuickClock]:
    clock = QuickClock()
    start = clock.now()

    def wall() -> datetime:
        return NOON + timedelta(seconds=clock.now() - start) + ahead_of_cin7

    return ServerClock(clock, wall), clock


def date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def test_before_any_answer_this_machines_clock_stands_in() -> None:
    cin7, clock = server_clock()
    clock.time += 5
    assert cin7.now() == stamp(NOON + timedelta(seconds=5))
    assert cin7.at(clock.now() - 5) == stamp(NOON)


@pytest.mark.parametrize("ahead", [timedelta(minutes=-15), timedelta(minutes=15)])
def test_cin7s_clock_counts_whatever_this_machine_says(ahead: timedelta) -> None:
    cin7, clock = server_clock(ahead)
    asked = clock.now()
    clock.time += 2.5
    cin7.note_date(date(NOON), clock.now())
    assert cin7.at(asked) == stamp(NOON - timedelta(seconds=2.5))
    clock.time += 60
    assert cin7.now() == stamp(NOON + timedelta(seconds=60))


def test_the_latest_answer_counts() -> None:
    cin7, clock = server_clock()
    cin7.note_date(date(NOON), clock.now())
    cin7.note_date(date(NOON - timedelta(seconds=90)), clock.now())
    assert cin7.now() == stamp(NOON - timedelta(seconds=90))


@pytest.mark.parametrize(
    "text",
    [None, "", "soon", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "0" * 99],
)
def test_a_date_that_tells_nothing_changes_nothing(text: str | None) -> None:
    cin7, clock = server_clock()
    cin7.note_date(text, clock.now())
    assert cin7.now() == stamp(NOON)


def test_a_date_in_another_zone_or_without_one_is_read() -> None:
    cin7, clock = server_clock()
    cin7.note_date("Thu, 01 Jan 2026 13:00:00 +0100", clock.now())
    assert cin7.now() == stamp(NOON)
    cin7.note_date("Thu, 01 Jan 2026 12:00:00 -0000", clock.now())
    assert cin7.now() == stamp(NOON)


@given(
    st.lists(
        st.tuples(st.floats(0, 600), st.floats(0, 60), st.floats(0, 60)), min_size=1, max_size=20
    )
)
def test_a_moment_is_never_later_than_it_was_at_cin7(
    calls: list[tuple[float, float, float]],
) -> None:
    cin7, clock = server_clock(timedelta(minutes=10))
    epoch = clock.now()

    def at_cin7(moment: float) -> datetime:
        return NOON + timedelta(seconds=moment - epoch)

    for pause, there, back in calls:
        clock.time += pause
        asked = clock.now()
        made = at_cin7(clock.now() + there)
        clock.time += there + back
        cin7.note_date(date(made), clock.now())
        assert cin7.at(asked) <= stamp(at_cin7(asked))
        assert cin7.now() <= stamp(at_cin7(clock.now()))
        slack = timedelta(seconds=back + 1.001)
        assert cin7.now() >= stamp(at_cin7(clock.now()) - slack)
