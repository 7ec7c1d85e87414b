"""``--check``: what a run would find and cost, at a few calls a stream.

Says whether the credentials are right, which of the selected streams can be read, and how many
rows, calls and minutes the run would take: the reason first when something is wrong, the rest on
one screen.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from tap_cin7.client.redaction import one_line
from tap_cin7.errors import Cin7Error, RunStopped, StreamSkipped, WrongCredentials
from tap_cin7.reading.position import BOOKMARK

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tap_cin7.run.run import Run
    from tap_cin7.singer.stream import StreamGroup

READABLE = "readable"
NOT_PERMITTED = "not permitted or not available"
FAILED = "failed"
NOT_ASKED = "not asked"
_MOST_CALLS = 5
"""Calls that the estimate of one stream may take."""
_MOST_LINES = 14
"""Streams that get a line of their own; with head and foot that fills a screen."""


@dataclass
class Finding:
    """What was found out about a stream and those that are cut from it.

    Attributes:
        stream: The stream that is asked for.
        with_it: Selected streams that its rows fill at no call of their own.
        status: ``readable``, ``not permitted or not available``, ``failed`` or ``not asked``.
        bookmark: Where the run starts from, None for everything.
        rows: Rows to expect; None where nothing tells.
        calls: Calls to expect; None where nothing tells.
        minutes: Minutes that the call limits make those calls take.
        message: Why the stream can't be read.

    """

    stream: str
    with_it: list[str]
    status: str = NOT_ASKED
    bookmark: str | None = None
    rows: int | None = None
    calls: int | None = None
    minutes: float | None = None
    message: str = ""

    @property
    def least_calls(self) -> int:
        """Calls that it takes at least: a page where nothing tells how many."""
        if self.calls is None:
            return int(self.status == READABLE)
        return self.calls


@dataclass
class Report:
    """What was found out about the account.

    Attributes:
        api: Which API was asked.
        base_url: Its address.
        selection: Which selection was used.
        credentials: ``accepted``, ``refused`` or ``unknown``.
        streams: One finding for each stream that a run would ask for.
        calls: Calls of the run, at least.
        minutes: Minutes that the call limits make those calls take.
        runs: How many runs of ``max_run_minutes`` that is; None without that setting.
        limit: Whether others use the call limit too, or how Cin7 counts.
        message: What stopped the check, if anything did.

    """

    api: str
    base_url: str
    selection: str
    credentials: str = "unknown"
    streams: list[Finding] = field(default_factory=list)
    calls: int = 0
    minutes: float = 0.0
    runs: int | None = None
    limit: str = ""
    message: str = ""

    @property
    def is_good(self) -> bool:
        """Whether a run would read anything."""
        return any(finding.status == READABLE for finding in self.streams)


def check(run: Run, groups: Iterable[StreamGroup], selection: str) -> Report:
    """Ask for each group of streams and return what was found.

    Args:
        run: The run that would be made.
        groups: What it would read.
        selection: Where the selection comes from, for the report.

    """
    service = run.client.service
    report = Report(service.name, run.client.base_url, selection)
    interval = run.client.quota.limits.sustained_interval
    for group in groups:
        finding = Finding(
            group.source.name,
            [stream.name for stream in group.streams if stream is not group.source],
            bookmark=group.source.stream_state.get(BOOKMARK),
        )
        report.streams.append(finding)
        if not report.message:
            _ask(run, group, finding, report)
        if finding.calls is not None:
            finding.minutes = _minutes(finding.calls, interval)
    report.calls = sum(finding.least_calls for finding in report.streams)
    report.minutes = _minutes(report.calls, interval)
    if run.settings.max_run_minutes:
        report.runs = max(1, math.ceil(report.minutes / run.settings.max_run_minutes))
    report.limit = run.client.quota.shared() or (
        f"{run.client.quota.limits.per_minute} calls a minute, counted {service.counted}"
    )
    if not report.streams:
        report.message = "no stream is selected, so there is nothing to read"
    return report


def _ask(run: Run, group: StreamGroup, finding: Finding, report: Report) -> None:
    run.tally(group).tries = 1
    try:
        expected = run.reader(group).estimate(_MOST_CALLS)
    except WrongCredentials as error:
        report.credentials, report.message = "refused", str(error)
    except RunStopped as error:
        report.message = str(error)
    except StreamSkipped as error:
        report.credentials = "accepted"
        finding.status, finding.message = NOT_PERMITTED, str(error)
    except Cin7Error as error:
        finding.status, finding.message = FAILED, str(error)
    else:
        report.credentials = "accepted"
        finding.status = READABLE
        if expected is not None:
            finding.rows, finding.calls = expected.rows, expected.calls


def _minutes(calls: int, interval: float) -> float:
    return math.ceil(calls * interval / 6) / 10


def as_json(report: Report) -> str:
    """Return a report for machines."""
    return json.dumps(asdict(report), indent=2)


def as_text(report: Report) -> str:
    """Return a report for people."""
    lines = [f"{report.api} at {report.base_url}: credentials {report.credentials}"]
    if report.message:
        return "\n".join([one_line(report.message), "", *lines])
    lines.append(f"selection: {report.selection}")
    lines.append(f"call limit: {report.limit}")
    for status in (FAILED, NOT_PERMITTED):
        lines += _problems(status, [one for one in report.streams if one.status == status])
    readable = [finding for finding in report.streams if finding.status == READABLE]
    lines += ["", *_table(readable)]
    least = "at least " if any(one.calls is None for one in readable) else ""
    total = f"{least}{report.calls:,} calls, {_time(report.minutes)} under the call limits"
    if report.runs is not None:
        total += f": {report.runs} runs of max_run_minutes"
    return "\n".join([*lines, "", f"this run: {total}"])


def _problems(status: str, findings: Sequence[Finding]) -> list[str]:
    """Return a line for each reason, with the streams that it holds for."""
    reasons: dict[str, list[str]] = {}
    for finding in findings:
        reasons.setdefault(finding.message, []).append(finding.stream)
    return [
        f"{status}: {', '.join(names)}: {one_line(reason)}" for reason, names in reasons.items()
    ]


def _table(findings: Sequence[Finding]) -> list[str]:
    costly = sorted(findings, key=lambda finding: -(finding.calls or 0))
    shown, rest = costly[:_MOST_LINES], costly[_MOST_LINES:]
    lines = [f"{'stream':36}{'rows':>12}{'calls':>10}{'time':>12}"]
    for one in shown:
        parts = f" (+{len(one.with_it)} cut from it)" if one.with_it else ""
        rows = "?" if one.rows is None else f"{one.rows:,}"
        calls = "?" if one.calls is None else f"{one.calls:,}"
        time = "" if one.minutes is None else _time(one.minutes)
        lines.append(f"{one.stream + parts:36}{rows:>12}{calls:>10}{time:>12}")
    if rest:
        rest_rows = sum(one.rows or 0 for one in rest)
        rest_calls = sum(one.calls or 0 for one in rest)
        counts = f"{rest_rows:>12,}{rest_calls:>10,}" if rest_calls else f"{'?':>12}{'?':>10}"
        lines.append(f"{f'{len(rest)} more streams':36}{counts}")
    return lines


def _time(minutes: float) -> str:
    if minutes < 90:  # noqa: PLR2004 - where people begin to count in hours
        return f"{minutes:.1f} min"
    return f"{minutes / 60:.1f} h"
