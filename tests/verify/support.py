"""Verifications, in this process or from the command line, and what they tell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tap_cin7.tap import TapCin7
from tap_cin7.verify.verification import CALLS, verify
from tests.support import config_for, run_cli
from tests.support_core import settings
from tests.support_run import files

if TYPE_CHECKING:
    from sandbox import Sandbox
    from tap_cin7.verify.verification import Verification
    from tests.support import Result, Row


def config(server: Sandbox, api: str, **overrides: object) -> Row:
    """Return the configuration of an API of a sandbox."""
    overrides = {"retry_wait_seconds": 0, **overrides}
    if api == "omni":
        return config_for(server, **overrides)
    return config_for(server, **settings(server, api=api, **overrides))


def verified(server: Sandbox, api: str, calls: int = CALLS, **overrides: object) -> Verification:
    """Return what is found out about an account, in this process."""
    tap = TapCin7(config=config(server, api, **overrides), parse_env_config=False)
    return verify(tap.run, calls)


def refuted(report: Verification) -> dict[str, str]:
    """Return the assumptions that do not hold, and the evidence."""
    return {one.assumption.id: one.evidence for one in report.findings if one.verdict == "refuted"}


def verdicts(report: Verification) -> dict[str, str]:
    """Return the verdict on each assumption."""
    return {one.assumption.id: one.verdict for one in report.findings}


def run_verify(config: Row, *options: str, **variables: str) -> Result:
    """Run ``--verify`` from the command line."""
    with files(config=config) as arguments:
        return run_cli(*arguments, *(options or ("--verify=json",)), **variables)


def told(result: Result) -> Row:
    """Return the object that stdout holds, which nothing else may be on."""
    found: Row = json.loads(result.stdout)
    return found
