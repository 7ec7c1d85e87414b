"""The quota on a clock whose waits only move its hands."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from contextlib import suppress
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_cin7.client.quota import Limits, Quota
from tap_cin7.core.api import CORE as CORE_SERVICE
from tap_cin7.core_v1.api import CORE_V1 as V1_SERVICE
from tap_cin7.errors import DailyQuotaUsed, Terminated
from tap_cin7.omni.api import OMNI as OMNI_SERVICE

DAY = 86_400.0
MIDNIGHT = datetime(2026, 1, 1, tzinfo=timezone.utc)
OMNI, CORE, V1 = (service.limits for service in (OMNI_SERVICE, CORE_SERVICE, V1_SERVICE))


class FakeClock:
    def __init__(self) -> None:
        self.time = 0.0
        self.stopped_by: Terminated | None = None

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float) -> None:
        assert seconds > 0
        if self.stopped_by is not None:
            raise self.stopped_by
        self.time += seconds

    def wall(self) -> datetime:
        return MIDNIGHT + timedelta(seconds=self.time)


def gate(limits: Limits) -> tuple[Quota, FakeClock]:
    clock = FakeClock()
    return Quota(limits, clock, wall=clock.wall), clock


def waited(quota: Quota, clock: FakeClock) -> float:
    """Return the seconds that the next call waits."""
    began = clock.time
    quota.acquire()
    return clock.time - began


def starts(limits: Limits, calls: int) -> list[float]:
    """Return when each of some calls starts that want to start at once."""
    quota, clock = gate(limits)
    times = []
    for _ in range(calls):
        quota.acquire()
        times.append(clock.time)
    return times


def busiest(times: list[float], window: float) -> int:
    """Return the most calls that any window of some seconds holds."""
    most, inside = 0, deque[float]()
    for time in times:
        inside.append(time)
        while time - inside[0] >= window:
            inside.popleft()
        most = max(most, len(inside))
    return most


def assert_within(times: list[float], limits: Limits) -> None:
    if limits.per_second is not None:
        assert busiest(times, 1.0) <= limits.per_second
    assert busiest(times, 60.0) <= limits.per_minute
    if limits.per_day is not None:
        assert busiest(times, DAY) <= limits.per_day


@given(
    per_second=st.none() | st.integers(1, 20),
    per_minute=st.integers(1, 200),
    per_day=st.none() | st.integers(300, 100_000),
    pauses=st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.01, 0.4, 1.0, 7.3, 59.0]), max_size=250),
)
def test_no_window_ever_holds_more_calls_than_allowed(
    per_second: int | None, per_minute: int, per_day: int | None, pauses: list[float]
) -> None:
    limits = Limits(per_second, per_minute, per_day)
    quota, clock = gate(limits)
    times = []
    for pause in pauses:
        clock.time += pause
        quota.acquire()
        times.append(clock.time)
    assert_within(times, limits)


@pytest.mark.parametrize("limits", [OMNI, CORE, V1])
def test_published_limits_hold_for_ten_minutes_and_leave_little_unused(limits: Limits) -> None:
    times = starts(limits, 600)
    assert_within(times, limits)
    assert times[-1] < 10 * 60 * 1.02


@pytest.mark.parametrize("limits", [OMNI, CORE])
def test_at_least_58_of_60_calls_pass_in_the_first_minute(limits: Limits) -> None:
    assert sum(time < 60 for time in starts(limits, 61)) >= 58


@given(per_second=st.none() | st.integers(1, 20), per_minute=st.integers(1, 200))
def test_nobody_waits_without_need(per_second: int | None, per_minute: int) -> None:
    times = starts(Limits(per_second, per_minute, None), 3 * per_minute)
    possible = min(per_minute, 60 * (per_second or per_minute))
    passed = sum(time < 120 for time in times)
    assert passed >= min(len(times), 2 * possible) * 0.9 - 2


def test_the_first_call_starts_at_once_and_the_second_waits() -> None:
    quota, clock = gate(CORE)
    assert waited(quota, clock) == 0
    assert 1.0 <= waited(quota, clock) < 1.1
    assert quota.calls == 2


def test_calls_that_come_late_do_not_wait() -> None:
    quota, clock = gate(OMNI)
    for _ in range(100):
        clock.time += 1.1
        assert waited(quota, clock) == 0


def test_calls_of_several_threads_share_one_quota() -> None:
    quota, clock = gate(Limits(per_second=10, per_minute=1_000, per_day=None))

    def work() -> None:
        for _ in range(10):
            quota.acquire()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert quota.calls == 40
    assert clock.time >= 39 * 0.1


def test_a_wait_that_is_told_to_stop_lets_others_through_afterwards() -> None:
    quota, clock = gate(CORE)
    quota.acquire()
    clock.stopped_by = Terminated("SIGTERM", 15)
    with pytest.raises(Terminated):
        quota.acquire()
    clock.stopped_by = None
    quota.acquire()
    assert quota.calls == 2


# The day.


def test_the_daily_limit_ends_the_run_and_tells_when_to_run_again() -> None:
    quota, clock = gate(Limits(per_second=3, per_minute=60, per_day=5))
    clock.time = 3_600.0
    for _ in range(5):
        quota.acquire()
    with pytest.raises(DailyQuotaUsed, match=r"requests_per_day.*2026-01-02 01:00 UTC") as caught:
        quota.acquire()
    assert "state is saved" in str(caught.value)
    assert "the 5 calls" in str(caught.value)
    assert quota.calls == 5


def test_the_daily_limit_counts_any_24_hours() -> None:
    limits = Limits(per_second=3, per_minute=60, per_day=100)
    quota, clock = gate(limits)
    times = []
    for _ in range(3 * 24 * 4):
        with suppress(DailyQuotaUsed):
            quota.acquire()
            times.append(clock.time)
        clock.time += 600
    assert busiest(times, DAY) <= 100
    assert len(times) > 150


def test_a_day_that_is_over_within_a_minute_is_waited_for() -> None:
    quota, clock = gate(Limits(per_second=3, per_minute=60, per_day=1))
    quota.acquire()
    clock.time = DAY - 30
    assert waited(quota, clock) == pytest.approx(30, abs=0.1)


def test_a_day_without_limit_never_ends() -> None:
    assert len(starts(CORE, 6_000)) == 6_000


# Refusals.


def test_a_refusal_holds_every_call_back_for_as_long_as_it_asks() -> None:
    quota, clock = gate(CORE)
    quota.refused(31.0)
    assert waited(quota, clock) == pytest.approx(31.0)
    assert quota.refusals == 1
    assert clock.time == pytest.approx(31.0)


def test_a_refusal_that_does_not_say_how_long_holds_back_past_the_second_window() -> None:
    quota, clock = gate(OMNI)
    quota.refused(None)
    assert 1.0 < waited(quota, clock) < 3.0


def test_refusals_in_a_row_hold_back_longer_and_longer() -> None:
    quota, clock = gate(OMNI)
    waits = []
    for _ in range(4):
        quota.refused(None)
        waits.append(waited(quota, clock))
    assert all(later > earlier for earlier, later in itertools.pairwise(waits))


def test_an_answer_ends_a_row_of_refusals() -> None:
    quota, clock = gate(OMNI)
    quota.refused(None)
    first = waited(quota, clock)
    quota.refused(None)
    quota.acquire()
    clock.time += 10
    quota.refusal_over()
    quota.refused(None)
    assert waited(quota, clock) == pytest.approx(first)


def test_a_shorter_refusal_does_not_end_a_longer_one() -> None:
    quota, clock = gate(CORE)
    quota.refused(40.0)
    quota.refused(0.0)
    assert waited(quota, clock) == pytest.approx(40.0)


def test_the_pauses_cover_the_minute_window_before_the_day_is_given_up() -> None:
    quota, clock = gate(OMNI)

    def be_refused_for_ever() -> None:
        while True:
            quota.refused(None)
            quota.acquire()

    with pytest.raises(DailyQuotaUsed, match="goes on refusing") as caught:
        be_refused_for_ever()
    assert 60 < clock.time < 90
    assert "tomorrow" in str(caught.value)
    assert quota.refusals < 10


def test_refusals_with_answers_between_them_never_mean_that_the_day_is_over() -> None:
    quota, clock = gate(OMNI)
    for _ in range(50):
        quota.refused(None)
        quota.acquire()
        quota.refusal_over()
    assert clock.time > 60


def test_a_refusal_far_beyond_a_minute_means_the_day_and_tells_when_to_run_again() -> None:
    quota, _ = gate(OMNI)
    with pytest.raises(DailyQuotaUsed, match="2026-01-01 02:00 UTC"):
        quota.refused(7_200.0)


# A share for others.


def test_a_reserve_leaves_that_share_of_every_limit() -> None:
    whole = Limits(per_second=4, per_minute=60, per_day=5_000)
    rest = whole.reserving(25)
    assert (rest.per_minute, rest.per_day) == (45, 3_750)
    assert rest.gap_ms == pytest.approx(whole.gap_ms / 0.75, abs=1)
    assert Limits(None, 60, None).reserving(50).gap_ms == pytest.approx(2 * 61_000 / 60, abs=1)


@pytest.mark.parametrize("percent", [0, 1, 50, 90])
def test_a_reserve_never_leaves_nothing(percent: int) -> None:
    rest = Limits(per_second=1, per_minute=1, per_day=1).reserving(percent)
    assert (rest.per_minute, rest.per_day) == (1, 1)


# What is left.


def test_what_is_left_of_the_minute_comes_back_with_it() -> None:
    quota, clock = gate(CORE)
    assert quota.left() == (60, None)
    for _ in range(10):
        quota.acquire()
    assert quota.left() == (50, None)
    clock.time += 62
    assert quota.left() == (60, None)


def test_what_is_left_of_the_minute_is_never_more_than_of_the_day() -> None:
    quota, clock = gate(Limits(per_second=3, per_minute=60, per_day=5))
    quota.acquire()
    assert quota.left() == (4, 4)
    clock.time += 3_600
    assert quota.left() == (4, 4)


@pytest.mark.parametrize("limits", [OMNI, CORE, V1])
def test_at_full_pace_little_is_left_of_the_minute(limits: Limits) -> None:
    quota, _ = gate(limits)
    for _ in range(90):
        quota.acquire()
    assert quota.left()[0] <= 1
