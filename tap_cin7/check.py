"""``--check``: what a run would find, told before it runs, at one call a stream at most.

Says whether the credentials are right, which of the selected streams can be read, where their
bookmarks stand, and, where the API tells a total, how many rows and calls to expect and how
long the quota makes that take.
"""

from __future__ import annotations

import json
import math
import sys
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from tap_cin7.apis import APIS
from tap_cin7.bookmarks import VALUE
from tap_cin7.errors import Cin7Error, RunStopped, StreamSkipped, WrongCredentials
from tap_cin7.sync import heads_of

if TYPE_CHECKING:
    from tap_cin7.stream import Cin7Stream
    from tap_cin7.tap import TapCin7

READABLE = "readable"
NOT_PERMITTED = "not permitted or not available"
FAILED = "failed"
NOT_ASKED = "not asked"


@dataclass
class Finding:
    """What was found out about one stream.

    Attributes:
        stream: Its name.
        status: ``readable``, ``not permitted or not available``, ``failed`` or ``not asked``.
        bookmark: Where the next run starts from, None for a whole read.
        rows: Rows to expect; None where the API tells no total.
        calls: Calls to expect; None where the API tells no total.
        minutes: Minutes that the quota makes those calls take.
        message: Why the stream can't be read.

    """

    stream: str
    status: str
    bookmark: str | None = None
    rows: int | None = None
    calls: int | None = None
    minutes: float | None = None
    message: str = ""


@dataclass
class Report:
    """What was found out about the account.

    Attributes:
        api: Which API was asked.
        credentials: ``accepted``, ``refused`` or ``unknown``.
        streams: One finding for each selected stream.
        message: What stopped the check, if anything did.

    """

    api: str
    credentials: str = "unknown"
    streams: list[Finding] = field(default_factory=list)
    message: str = ""

    @property
    def is_good(self) -> bool:
        """Whether a run would read anything."""
        return any(finding.status == READABLE for finding in self.streams)


def check(tap: TapCin7) -> Report:
    """Ask once for each selected stream and return what was found.

    Raises:
        BadInput: If the settings lack what a run needs.

    """
    run = tap.run
    report = Report(api=next(name for name, api in APIS.items() if api is run.api))
    for head in heads_of(tap):
        finding = _finding(head, report) if not report.message else Finding("", NOT_ASKED)
        for member in head.family:
            bookmark = member.stream_state.get(VALUE)
            report.streams.append(
                Finding(**{**asdict(finding), "stream": member.name, "bookmark": bookmark})
            )
    return report


def _finding(head: Cin7Stream, report: Report) -> Finding:
    head.tries = 1
    try:
        expected = head.probe()
    except WrongCredentials as error:
        report.credentials, report.message = "refused", str(error)
        return Finding(head.name, NOT_ASKED, message=str(error))
    except RunStopped as error:
        report.message = str(error)
        return Finding(head.name, NOT_ASKED, message=str(error))
    except StreamSkipped as error:
        report.credentials = "accepted"
        return Finding(head.name, NOT_PERMITTED, message=str(error))
    except Cin7Error as error:
        return Finding(head.name, FAILED, message=str(error))
    report.credentials = "accepted"
    if expected is None:
        return Finding(head.name, READABLE)
    interval = head.run.quota.limits.sustained_interval
    minutes = math.ceil(expected.calls * interval / 6) / 10
    return Finding(head.name, READABLE, rows=expected.rows, calls=expected.calls, minutes=minutes)


def show(report: Report, *, as_json: bool) -> None:
    """Print a report: for people on stderr, for machines as JSON on stdout."""
    if as_json:
        sys.stdout.write(json.dumps(asdict(report), indent=2) + "\n")
        return
    from rich.console import Console  # noqa: PLC0415 - only this option shows a table
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=f"{report.api}: credentials {report.credentials}")
    for column in ("stream", "status", "bookmark", "rows", "calls", "minutes", "why"):
        table.add_column(column, overflow="fold")
    for finding in report.streams:
        numbers = (finding.rows, finding.calls, finding.minutes)
        shown = ["unknown" if number is None else str(number) for number in numbers]
        if finding.status != READABLE:
            shown = ["", "", ""]
        table.add_row(
            finding.stream, finding.status, finding.bookmark or "", *shown, escape(finding.message)
        )
    console = Console(stderr=True)
    console.print(table)
    if report.message:
        console.print(report.message, markup=False, highlight=False)
