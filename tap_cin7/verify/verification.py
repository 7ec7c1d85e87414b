"""A verification: run the probes of an API one after the other, and collect their findings.

The rule: an error ends its own probe and no other. Only an error that stops every probe ends the
verification: wrong credentials, no network, no calls or no time left. What was not seen by then is
reported as unseen.
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
    """The result of a verification.

    Attributes:
        api: The API.
        base_url: Its address.
        calls: Calls that it took.
        lists: Number of lists that could be read.
        findings: One for each assumption.
        fields: Evidence on fields.
        problems: What could not be read, one line per reason.
        stopped: What ended it early; empty if nothing did.
        is_cut: Whether an error ended it before all probes had run.

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
        """Whether all probes ran, at least one list was read, and nothing is refuted."""
        is_whole = not self.is_cut and self.lists > 0
        return is_whole and all(one.verdict != "refuted" for one in self.findings)


def verify(run: Run, most_calls: int = CALLS) -> Verification:
    """Test the assumptions on an account.

    Args:
        run: A run that reads nothing else.
        most_calls: Most calls that it may make.

    Raises:
        Terminated: If a signal ends it.

    """
    # Debug lines of urllib3 hold the query of each call, with ids and times of the account.
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
        # Probes that need no call run even after the calls or the time are used up.
        ended = [error for probe in probes if (error := _run_probe(probe, account))]
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
        _run_probe(probe, account)
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


def _run_probe(probe: Probe, account: Account[Any]) -> Exception | None:
    """Run a probe; return the error that ended it early, None if there was none."""
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
