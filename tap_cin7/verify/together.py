"""Together: what all answers show, whichever probe asked for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_cin7.errors import GaveUp, RecordGone, StreamSkipped
from tap_cin7.instants import now
from tap_cin7.verify.account import seconds_between

if TYPE_CHECKING:
    from tap_cin7.errors import Cin7Error
    from tap_cin7.verify.account import Account

_REFUSED, _DOWN, _ODD = "not permitted or not available", "no answer", "another answer than a list"


def failed(account: Account) -> dict[str, list[str]]:
    """Return what did not answer, by the reason."""
    reasons: dict[str, list[str]] = {}
    for name, failure in account.failed.items():
        reasons.setdefault(_reason(failure.error, account), []).append(name)
    return reasons


def _reason(error: Cin7Error, account: Account) -> str:
    # Core has 404 for modules that an account lacks.
    is_lacking = isinstance(error, RecordGone) and account.run.api.service.name != "omni"
    if isinstance(error, StreamSkipped) or is_lacking:
        return _REFUSED
    return _DOWN if isinstance(error, GaveUp) else _ODD


def judge(account: Account) -> None:
    """Judge what all answers show together."""
    _judge_answers(account)
    if account.lists:
        _judge_clock(account)
        _judge_limits(account)


def _judge_answers(account: Account) -> None:
    found, seen, reasons = account.findings, account.wire.seen, failed(account)
    for name in reasons.get(_REFUSED, ()):
        found.holds("refusals", account.failed[name].form, name)
    for name in reasons.get(_ODD, ()):
        found.refuted("answers", account.failed[name].form, name)
    if not account.lists:
        return
    if _REFUSED not in reasons:
        found.unseen("refusals", "nothing was refused")
    slowest = max(one.seconds for one in seen)
    most = max(one.size for one in seen)
    packed = sum(one.is_packed for one in seen)
    found.holds(
        "answers",
        f"{len(account.lists)} lists; at most {slowest:.1f} s and {most / 1000:,.0f} kB, "
        f"{packed} of {len(seen)} answers compressed",
    )


def _judge_clock(account: Account) -> None:
    seen = account.wire.seen
    if not account.client.server_clock.is_known:
        account.findings.refuted("clock", f"{len(seen)} answers, none has a Date to go by")
        return
    dated = sum(one.has_date for one in seen)
    ahead = seconds_between(now(), account.client.server_clock.now())
    side = "ahead of" if ahead > 0 else "behind"
    account.findings.holds(
        "clock",
        f"{dated} of {len(seen)} answers have a Date; Cin7's clock is {abs(ahead):,.0f} s {side} "
        "this machine's",
    )


def _judge_limits(account: Account) -> None:
    quota = account.client.quota
    pace = f"{account.metrics.calls} calls at {quota.limits.per_minute} a minute"
    verdict = account.findings.refuted if quota.refusals else account.findings.holds
    verdict("limits", f"{pace}, {quota.refusals or 'none'} refused")
