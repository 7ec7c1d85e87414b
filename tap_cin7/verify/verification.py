"""A verification: the probes of an API one after the other, and what all answers show together.

The rule: whatever goes wrong ends its own probe and no other. Only what nobody can get past ends
the verification: wrong credentials, no network, no calls or no time left. What was not seen by then
is told as unseen.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from tap_cin7.errors import (
    Cin7Error,
    GaveUp,
    RecordGone,
    RunStopped,
    StreamSkipped,
    Terminated,
    TimeUsed,
    WrongCredentials,
)
from tap_cin7.instants import now
from tap_cin7.verify.account import CALLS, Account, CallsUsed, seconds_between
from tap_cin7.verify.core import Core
from tap_cin7.verify.omni import Omni

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_cin7.run.run import Run
    from tap_cin7.verify.findings import Finding, Findings

__all__ = ["CALLS", "Verification", "verify"]

_log = logging.getLogger("tap-cin7")
_REFUSED, _DOWN, _ODD = "not permitted or not available", "no answer", "another answer than a list"
_MANY = 3
"""Lists that are named where several share a fate."""


class Probes(Protocol):
    """The probes of one API."""

    def probes(self) -> Iterator[Callable[[], None]]:
        """Yield the probes."""


@dataclass(frozen=True)
class Verification:
    """What was found out about an account.

    Attributes:
        api: Which API was asked.
        base_url: Its address.
        calls: Calls that it took.
        lists: Lists that answered.
        findings: One for each assumption.
        fields: What was found out about fields.
        problems: What could not be read, a line each.
        stopped: What ended it early; empty if nothing did.
        is_cut: Whether Cin7 could not be asked any more.

    """

    api: str
    base_url: str
    calls: int
    lists: int
    findings: list[Finding]
    fields: Findings
    problems: list[str]
    stopped: str
    is_cut: bool

    @property
    def is_over(self) -> bool:
        """Whether it ended before anything could be seen."""
        return self.is_cut and not self.lists

    @property
    def is_good(self) -> bool:
        """Whether Cin7 could be asked to the end, and nothing is refuted."""
        return not self.is_cut and all(one.verdict != "refuted" for one in self.findings)


def verify(run: Run, most_calls: int = CALLS) -> Verification:
    """Test the assumptions on an account, and return what was found.

    Args:
        run: A run that reads nothing else.
        most_calls: How many calls it may take.

    Raises:
        Terminated: If a signal ends it.

    """
    # Its debug lines hold the query of each call, with ids and times of the account.
    logging.getLogger("urllib3").setLevel(logging.INFO)
    account = Account(run, most_calls)
    api: Probes = Omni(account) if run.api.service.name == "omni" else Core(account)
    stopped, is_cut, otherwise = "", False, "no list that would show it answered"
    try:
        # What takes no call is judged also when they, or the time, are used up.
        ended = list(filter(None, map(_end_of, api.probes())))
        otherwise = "a call that it takes failed" if ended else otherwise
        for error in ended:
            if isinstance(error, TimeUsed):
                stopped = otherwise = str(error)
            elif isinstance(error, CallsUsed):
                stopped = otherwise = f"{most_calls} calls are used up: --verify-calls allows more"
    except Terminated:
        raise
    except RunStopped as stop:
        is_cut, stopped = True, str(stop)
        otherwise = _why_stopped(stop)
    _judge_all(account)
    return Verification(
        api=run.api.service.name,
        base_url=run.client.base_url,
        calls=account.tally.calls,
        lists=len(account.lists),
        findings=account.findings.all(run.api.service.name, otherwise),
        fields=account.findings,
        problems=list(_problems(account)),
        stopped=stopped,
        is_cut=is_cut,
    )


def _end_of(probe: Callable[[], None]) -> Exception | None:
    """Return what ended a probe early, None if nothing did."""
    try:
        probe()
    except TimeUsed as used:
        return used
    except RunStopped:
        raise
    except Exception as error:  # noqa: BLE001 - a traceback might show values of the account
        if not isinstance(error, Cin7Error):
            _log.error("a probe failed unexpectedly: %s", type(error).__name__)
        return error
    return None


def _why_stopped(stop: RunStopped) -> str:
    if isinstance(stop, WrongCredentials):
        return "the credentials are not accepted"
    return "Cin7 could not be asked"


def _problems(account: Account) -> Iterator[str]:
    """Yield a line for each reason why lists did not answer."""
    for reason, names in _failed(account).items():
        yield f"{reason}: {', '.join(names)}"


def _failed(account: Account) -> dict[str, list[str]]:
    """Return the lists that did not answer, by the reason."""
    reasons: dict[str, list[str]] = {}
    for name, error in account.failed.items():
        reasons.setdefault(_reason(error, account.run.api.service.name), []).append(name)
    return reasons


def _is_refusal(error: Cin7Error, api: str) -> bool:
    """Return whether an account may not or cannot read a list; Core has 404 for that too."""
    return isinstance(error, StreamSkipped) or (isinstance(error, RecordGone) and api != "omni")


def _reason(error: Cin7Error, api: str) -> str:
    if _is_refusal(error, api):
        return _REFUSED
    return _DOWN if isinstance(error, GaveUp) else _ODD


def _judge_all(account: Account) -> None:
    """Judge what all answers show together."""
    found, seen = account.findings, account.wire.seen
    refused = [name for name, one in account.failed.items() if isinstance(one, StreamSkipped)]
    odd = [
        name for name, one in account.failed.items() if not isinstance(one, (StreamSkipped, GaveUp))
    ]
    down = [name for name, one in account.failed.items() if isinstance(one, GaveUp)]
    if refused:
        forms = sorted({one.form.split()[0] for one in seen if not _is_success(one.form)})
        found.holds("refusals", f"{_named(refused)}: refused ({', '.join(forms) or '200, HTML'})")
    elif account.lists:
        found.unseen("refusals", "nothing was refused")
    if odd:
        found.refuted("answers", f"{_named(odd)}: not with a list of rows")
    elif account.lists:
        slowest = max((one.seconds for one in seen), default=0.0)
        most = max((one.size for one in seen), default=0)
        packed = sum(one.is_packed for one in seen)
        lacking = f", none from {_named(down)}" if down else ""
        found.holds(
            "answers",
            f"{len(account.lists)} lists answered{lacking}; at most {slowest:.1f} s and "
            f"{most / 1000:,.0f} kB, {packed} of {len(seen)} answers compressed",
        )
    if not account.lists:
        return
    rows = sum(len(one.rows) for one in account.lists.values())
    _judge_fields(found, rows)
    _judge_clock(account)
    if account.client.quota.refusals:
        count = account.client.quota.refusals
        found.refuted("limits", f"{count} calls were refused although this run kept to the limits")
    else:
        pace = account.client.quota.limits.per_minute
        found.holds("limits", f"{account.tally.calls} calls at {pace} a minute, none was refused")


def _judge_fields(found: Findings, rows: int) -> None:
    for assumption, paths in (("known-fields", found.unknown), ("known-types", found.misfits)):
        if paths:
            found.refuted(assumption, f"{len(paths)} paths deviate in {rows:,} rows")
        elif rows:
            found.holds(assumption, f"{rows:,} rows, no path deviates")
        else:
            found.unseen(assumption, "no row came")


def _judge_clock(account: Account) -> None:
    seen = account.wire.seen
    lacking = sum(not one.has_date for one in seen)
    if not account.client.server_clock.is_known:
        account.findings.refuted("clock", f"{lacking} of {len(seen)} answers have no Date")
        return
    ahead = seconds_between(now(), account.client.server_clock.now())
    account.findings.holds(
        "clock",
        f"{len(seen) - lacking} of {len(seen)} answers have a Date; Cin7's clock is "
        f"{abs(ahead):,.0f} s {'ahead of' if ahead > 0 else 'behind'} this machine's",
    )


def _is_success(form: str) -> bool:
    return form.startswith(str(HTTPStatus.OK.value))


def _named(names: list[str]) -> str:
    more = len(names) - _MANY
    return ", ".join(names[:_MANY]) + (f" and {more} more" if more > 0 else "")
