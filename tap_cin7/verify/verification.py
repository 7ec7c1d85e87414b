"""A verification: the probes of an API one after the other, and what came of them.

The rule: whatever goes wrong ends its own probe and no other. Only what nobody can get past ends
the verification: wrong credentials, no network, no calls or no time left. What was not seen by then
is reported as unseen.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_cin7.errors import Cin7Error, RunStopped, Terminated, TimeUsed, WrongCredentials
from tap_cin7.verify import common, core_documents, core_lists, omni
from tap_cin7.verify.account import CALLS, Account, CallsUsed
from tap_cin7.verify.omni_account import Omni

if TYPE_CHECKING:
    from tap_cin7.run.run import Run
    from tap_cin7.verify.findings import Finding, Findings, Probe

__all__ = ["CALLS", "Verification", "verify"]

_log = logging.getLogger("tap-cin7")


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
        """Whether Cin7 could be asked to the end, gave a list, and nothing is refuted."""
        is_whole = not self.is_cut and self.lists > 0
        return is_whole and all(one.verdict != "refuted" for one in self.findings)


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
    api = run.api.service.name
    account: Account[Any]
    if api == "omni":
        account, probes = Omni(run, most_calls), [*omni.PROBES]
    else:
        account = core_lists.Core(run, most_calls)
        probes = [*core_lists.PROBES, *core_documents.PROBES]
    is_cut = False
    try:
        # What takes no call is looked at also when they, or the time, are used up.
        ended = [error for probe in probes if (error := _end_of(probe, account))]
    except Terminated:
        raise
    except RunStopped as stop:
        is_cut, stopped, otherwise = True, str(stop), "Cin7 could not be asked"
        if isinstance(stop, WrongCredentials):
            otherwise = "the credentials are not accepted"
    else:
        used = [str(error) for error in ended if isinstance(error, (CallsUsed, TimeUsed))]
        stopped = used[-1] if used else ""
        failed = "a call that it takes failed" if ended else "no list that would show it answered"
        otherwise = stopped or failed
    for probe in common.PROBES:
        _end_of(probe, account)
    return Verification(
        api=api,
        base_url=run.client.base_url,
        calls=account.metrics.calls,
        lists=len(account.lists),
        findings=account.findings.all(api, otherwise),
        fields=account.findings,
        problems=[f"{why}: {', '.join(streams)}" for why, streams in account.failed.items()],
        stopped=stopped,
        is_cut=is_cut,
    )


def _end_of(probe: Probe, account: Account[Any]) -> Exception | None:
    """Return what ended a probe early, None if nothing did."""
    try:
        for evidence in probe.look(account):
            account.findings.add(evidence, probe)
        account.findings.end(probe)
    except (CallsUsed, TimeUsed) as used:
        return used
    except RunStopped:
        raise
    except Exception as error:  # noqa: BLE001 - a traceback might show values of the account
        if not isinstance(error, Cin7Error):
            _log.error("a probe failed unexpectedly: %s", type(error).__name__)
        return error
    return None
