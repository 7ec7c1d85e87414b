"""Probes of either API, on all responses that the other probes have requested."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_cin7.instants import now
from tap_cin7.verify.account import NO_LIST, REFUSED, Account, seconds_between
from tap_cin7.verify.findings import Probes, holds, refuted, unseen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_cin7.verify.findings import Evidence

PROBES: Probes[Account[Any]] = Probes()


@PROBES.declare("answers")
def answers(account: Account[Any]) -> Iterator[Evidence]:
    """Report what did not respond with a list, and the size and speed of what did."""
    for stream, shape in account.failed.get(REFUSED, {}).items():
        yield holds(shape, stream, assumption="refusals")
    for stream, shape in account.failed.get(NO_LIST, {}).items():
        yield refuted(shape, stream)
    if not account.lists:
        return
    if REFUSED not in account.failed:
        yield unseen("nothing was refused", assumption="refusals")
    observed = account.responses.observed
    slowest = max(one.seconds for one in observed)
    largest = max(one.size for one in observed)
    compressed = sum(one.is_compressed for one in observed)
    yield holds(
        f"{len(account.lists)} lists; at most {slowest:.1f} s and {largest / 1000:,.0f} kB, "
        f"{compressed} of {len(observed)} answers compressed",
    )


@PROBES.declare("clock")
def clock(account: Account[Any]) -> Iterator[Evidence]:
    """Compare Cin7's clock with this machine's."""
    if not account.lists:
        return
    observed, server_clock = account.responses.observed, account.client.server_clock
    if not server_clock.is_known:
        yield refuted(f"{len(observed)} answers, none has a Date to go by")
        return
    dated = sum(one.has_date for one in observed)
    ahead = seconds_between(now(), server_clock.now())
    side = "ahead of" if ahead > 0 else "behind"
    yield holds(
        f"{dated} of {len(observed)} answers have a Date; Cin7's clock is {abs(ahead):,.0f} s "
        f"{side} this machine's",
    )


@PROBES.declare("limits")
def limits(account: Account[Any]) -> Iterator[Evidence]:
    """Look for calls that were refused for a limit."""
    if account.lists:
        quota = account.client.quota
        verdict = refuted if quota.refusals else holds
        pace = f"{account.metrics.calls} calls at {quota.limits.per_minute} a minute"
        yield verdict(f"{pace}, {quota.refusals or 'none'} refused")
