"""A verification: the probes of an API one after the other, and what came of them.

The rule: whatever goes wrong ends its own probe and no other. Only what nobody can get past ends
the verification: wrong credentials, no network, no calls or no time left. What was not seen by then
is told as unseen.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tap_cin7.errors import (
    Cin7Error,
    RunStopped,
    Terminated,
    TimeUsed,
    WrongCredentials,
)
from tap_cin7.verify.account import CALLS, Account, CallsUsed
from tap_cin7.verify.core import Core
from tap_cin7.verify.omni import Omni
from tap_cin7.verify.together import failed, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_cin7.run.run import Run
    from tap_cin7.verify.findings import Finding, Findings

__all__ = ["CALLS", "Verification", "verify"]

_log = logging.getLogger("tap-cin7")


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
    judge(account)
    return Verification(
        api=run.api.service.name,
        base_url=run.client.base_url,
        calls=account.metrics.calls,
        lists=len(account.lists),
        findings=account.findings.all(run.api.service.name, otherwise),
        fields=account.findings,
        problems=[f"{why}: {', '.join(names)}" for why, names in failed(account).items()],
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
