"""A pytest plugin of `make test`: tests whose service is not installed are named at the end.

A test that raises one of ``MISSING`` counts as not run, and the last lines say how to run it. With
``CI=true`` it fails: there, everything has to run.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from _pytest.terminal import TerminalReporter

MISSING = {"BrowserMissingError", "PostgresMissingError", "RedisMissingError"}
_ALL_MUST_RUN = os.environ.get("CI") == "true"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Take a test that lacks its service for one that did not run."""
    report = yield
    error = call.excinfo
    if error is not None and error.typename in MISSING and not _ALL_MUST_RUN:
        report.outcome = "skipped"
        report.longrepr = (str(item.path), 0, str(error.value))
    return report


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Name what did not run, and how to run it."""
    reports = terminalreporter.getreports("skipped")
    reasons = Counter(report.longrepr[2] for report in reports)
    for reason, count in reasons.items():
        terminalreporter.write_line(f"{count} tests did not run: {reason}", yellow=True)
