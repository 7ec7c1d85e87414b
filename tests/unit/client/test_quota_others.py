"""Another client on the same limit, on a clock whose waits only move its hands."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, field

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tap_cin7.client.quota import Limits, Quota
from tap_cin7.core.api import CORE as CORE_SERVICE
from tap_cin7.omni.api import OMNI as OMNI_SERVICE

OMNI, CORE = OMNI_SERVICE.limits, CORE_SERVICE.limits
MINUTE = 60.0


@dataclass
class Cin7:
    """Admits 60 calls in any minute, and in any second as many as the API allows."""

    limits: Limits
    admitted: deque[float] = field(default_factory=deque)

    def admits(self, now: float) -> bool:
        while self.admitted and now - self.admitted[0] >= MINUTE:
            self.admitted.popleft()
        last_second = sum(now - one < 1 for one in self.admitted)
        if len(self.admitted) >= 60 or last_second >= (self.limits.per_second or 60):
            return False
        self.admitted.append(now)
        return True


@dataclass
class Shared:
    """Time in which another client asks every so many seconds, whatever the tap does."""

    cin7: Cin7
    period: float
    next: float
    until: float
    time: float = 0.0
    asked: list[tuple[float, bool]] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float) -> None:
        end = self.time + seconds
        while self.next <= min(end, self.until):
            self.asked.append((self.next, self.cin7.admits(self.next)))
            self.next += self.period
        self.time = end

    def granted(self, since: float, until: float) -> int:
        return sum(is_granted for at, is_granted in self.asked if since <= at < until)


@dataclass
class Outcome:
    quota: Quota
    shared: Shared
    mine: list[float]

    def refused_late(self) -> float:
        """Return the share of the other's calls refused from a minute after the first refusal."""
        first = next((at for at, is_granted in self.shared.asked if not is_granted), None)
        if first is None:
            return 0.0
        late = [
            is_granted
            for at, is_granted in self.shared.asked
            if first + MINUTE <= at < first + 5 * MINUTE
        ]
        return late.count(False) / len(late)

    def use(self, since: float, until: float) -> float:
        """Return what the tap used of what the other left."""
        left = (until - since) - self.shared.granted(since, until)
        return sum(since <= at < until for at in self.mine) / left


def read(  # noqa: PLR0913
    limits: Limits,
    *,
    begins: float = 0.0,
    period: float = 2.0,
    asked: float | None = None,
    minutes: float = 6,
    others_minutes: float = 1_000,
) -> Outcome:
    """Let the tap read beside another client.

    Args:
        limits: The API.
        begins: When the other begins, in seconds; before 0 it was there first.
        period: Seconds between the other's calls.
        asked: What a refusal asks the tap to wait.
        minutes: How long the tap reads.
        others_minutes: When the other stops.

    """
    shared = Shared(Cin7(limits), period, begins, others_minutes * MINUTE, time=min(begins, 0.0))
    shared.wait(-shared.time)
    quota = Quota(limits, shared)
    mine: list[float] = []
    while True:
        quota.acquire()
        shared.wait(1e-6)
        if shared.time > minutes * MINUTE:
            return Outcome(quota, shared, mine)
        if shared.cin7.admits(shared.time):
            mine.append(shared.time)
            quota.refusal_over()
        else:
            quota.refused(asked)


@pytest.mark.parametrize(("limits", "asked"), [(OMNI, None), (CORE, None), (CORE, 60.0)])
@pytest.mark.parametrize("begins", [0.0, -0.7, -2.0, -11.0, -30.0, -60.0])
def test_another_client_gets_its_calls_and_the_tap_what_is_left(
    limits: Limits, asked: float | None, begins: float
) -> None:
    outcome = read(limits, begins=begins, asked=asked)
    assert outcome.refused_late() <= 0.05
    # A refusal that asks for a minute costs a minute.
    assert outcome.use(120.0 if asked else 60.0, 360) >= 0.8


@pytest.mark.large
@pytest.mark.parametrize("limits", [OMNI, CORE])
@given(begins=st.floats(-60, 0), period=st.floats(1.5, 12))
@example(begins=0.0, period=11.9609375)
@example(begins=-37.78125, period=2.06640625)
@settings(deadline=None, max_examples=60)
def test_the_share_of_others_is_found_whatever_they_use(
    limits: Limits, begins: float, period: float
) -> None:
    outcome = read(limits, begins=begins, period=period, minutes=10)
    assert outcome.refused_late() <= 0.2
    assert outcome.use(180, 600) >= 0.8


@pytest.mark.parametrize("limits", [OMNI, CORE])
def test_more_is_asked_for_once_the_others_are_quiet(limits: Limits) -> None:
    outcome = read(limits, minutes=25, others_minutes=5)
    assert outcome.use(300, 600) < 0.6
    assert outcome.use(21 * MINUTE, 24 * MINUTE) > 0.95


@pytest.mark.parametrize("limits", [OMNI, CORE])
def test_the_calls_of_a_run_just_before_cost_a_few_minutes_only(limits: Limits) -> None:
    outcome = read(limits, begins=-20, period=0.5, others_minutes=0, minutes=5)
    assert outcome.quota.refusals > 0
    assert outcome.use(180, 300) > 0.95


@pytest.mark.parametrize(("limits", "calls"), [(OMNI, 240), (CORE, 236)])
def test_alone_the_tap_uses_all_and_is_never_refused(limits: Limits, calls: int) -> None:
    outcome = read(limits, others_minutes=-1, minutes=4)
    assert outcome.quota.refusals == 0
    assert len(outcome.mine) >= calls
    assert outcome.quota.shared() == ""


def test_the_log_says_once_that_others_are_there_and_the_summary_what_it_cost(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    outcome = read(OMNI)
    told = [one.message for one in caplog.records if "use the same key or account" in one.message]
    assert len(told) == 1
    assert "takes 28 a minute for now" in told[0]
    refusals = outcome.quota.refusals
    assert outcome.quota.shared().startswith(
        f"others used the call limit too: {refusals} calls were refused, and this run went down to"
    )
