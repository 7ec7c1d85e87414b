"""``--check``: what a run would find and cost, at no more than a share of its calls.

Says whether the credentials are right, which of the selected streams can be read, and how many
rows, calls and minutes the run would take: the reason first when something is wrong, the rest on
one screen, and what to do next at the end. The costliest streams are asked first; those that would
make the check cost too much beside the run are named, and not asked.
"""

from __future__ import annotations

import json
import logging
import math
import textwrap
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from tap_cin7.client.redaction import one_line
from tap_cin7.errors import Cin7Error, RunStopped, StreamSkipped, WrongCredentials
from tap_cin7.reading.position import BOOKMARK, ROWS_OF_READING
from tap_cin7.run.progress import every, waiting_for
from tap_cin7.run.sync import NOTHING_SELECTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_cin7.run.run import Run
    from tap_cin7.singer.stream import StreamGroup

READABLE = "readable"
NOT_PERMITTED = "not permitted or not available"
FAILED = "failed"
NOT_ASKED = "not asked"
LEFT_OUT = "left out to keep the check short"
_MOST_CALLS = 5
"""Calls that the estimate of one stream may take."""
_FEW_CALLS = 20
"""Calls that a check may make however few the run would."""
_SHARE = 4
"""A check may make one call for so many of the run."""
_MOST_LINES = 10
"""Streams that get a line of their own; with head and foot that fills a screen."""
_WIDTH = 80
_INTERVAL = 5.0
"""Seconds between two lines that say how far a check is."""
_MANY_MINUTES = 60
_log = logging.getLogger("tap-cin7")


@dataclass
class Finding:
    """What was found out about a stream and those that are cut from it.

    Attributes:
        stream: The stream that is asked for.
        with_it: Selected streams that its rows fill without calls of their own.
        status: The outcome: one of the texts above.
        bookmark: Where the run starts from, None for everything.
        rows: Rows to expect; None if unknown.
        calls: Calls to expect; None if unknown.
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
        """Calls that it takes at least: one where the number is unknown."""
        if self.calls is None:
            return int(self.status in (READABLE, LEFT_OUT))
        return self.calls


@dataclass
class Report:
    """What was found out about the account.

    Attributes:
        api: Which API was asked.
        base_url: Its address.
        selection: Which selection was used.
        state: Which state was used.
        next: The command of the run.
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
    state: str
    next: str
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


def check(
    run: Run, groups: Sequence[StreamGroup], selection: str, state: str, following: str
) -> Report:
    """Ask for groups of streams.

    Args:
        run: The run that would be made.
        groups: What it would read.
        selection: Which selection that is, for the report.
        state: Which state is used.
        following: The command of the run.

    """
    client = run.client
    report = Report(client.service.name, client.base_url, selection, state, following)
    interval = client.quota.limits.sustained_interval
    for group in groups:
        with_it = [stream.name for stream in group.streams if stream is not group.source]
        bookmark = group.source.stream_state.get(BOOKMARK)
        report.streams.append(Finding(group.source.name, with_it, bookmark=bookmark))
    found = report.streams
    costliest_first = sorted(
        zip(groups, found, strict=True), key=lambda one: not one[0].resource.one_by_one
    )

    def log_progress() -> None:
        asked = sum(finding.status != NOT_ASKED for finding in found)
        counts = f"CHECK {asked} of {len(found)} streams, {client.quota.calls} calls"
        _log.info("%s", "; ".join(filter(None, [counts, waiting_for(client)])))

    with every(_INTERVAL, log_progress):
        for group, finding in costliest_first:
            expected = sum(one.least_calls for one in found)
            left = max(_FEW_CALLS, expected // _SHARE) - client.quota.calls
            if report.message:
                break
            if left > 0:
                _ask(run, group, finding, report, min(left, _MOST_CALLS))
            else:
                finding.status = LEFT_OUT
            if finding.calls is not None:
                finding.minutes = _minutes(finding.calls, interval)
    report.calls = sum(finding.least_calls for finding in found)
    report.minutes = _minutes(report.calls, interval)
    if run.settings.max_run_minutes:
        report.runs = max(1, math.ceil(report.minutes / run.settings.max_run_minutes))
    report.limit = client.quota.shared() or (
        f"{client.quota.limits.per_minute} calls a minute, counted {client.service.counted}"
    )
    if not found:
        report.message = NOTHING_SELECTED
    return report


def _ask(run: Run, group: StreamGroup, finding: Finding, report: Report, most_calls: int) -> None:
    run.metrics(group).tries = 1
    reader = run.reader(group)
    try:
        expected = reader.estimate(most_calls)
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
            read = group.source.stream_state.get(ROWS_OF_READING, 0)
            goes_on = group.resource.one_by_one and reader.is_resumed
            done = min(read, expected.rows) if goes_on else 0
            finding.rows, finding.calls = expected.rows - done, expected.calls - done


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
    lines.append(f"selection: {report.selection}; state: {report.state}")
    lines.append(f"call limit: {report.limit}")
    for status in (FAILED, NOT_PERMITTED):
        lines += _problems(status, [one for one in report.streams if one.status == status])
    readable = [finding for finding in report.streams if finding.status == READABLE]
    lines += ["", *_table(readable)]
    left_out = [finding.stream for finding in report.streams if finding.status == LEFT_OUT]
    if left_out:
        lines += wrapped(f"{LEFT_OUT}: {', '.join(left_out)}")
    least = "at least " if left_out or any(one.calls is None for one in readable) else ""
    total = f"{least}{report.calls:,} calls, {_time(report.minutes)} under the call limits"
    if report.runs is not None:
        total += f": {report.runs} runs of max_run_minutes"
    return "\n".join([*lines, "", f"this run: {total}", f"next: {_advice(report)}"])


def _advice(report: Report) -> str:
    """Return what to do after a check."""
    if not report.is_good:
        return "fix what is named above, and check again"
    advice = report.next
    if any(one.status == NOT_PERMITTED for one in report.streams):
        advice += ", which skips what it may not read"
    if report.minutes > _MANY_MINUTES and report.runs is None:
        advice += "; fewer streams make it shorter, max_run_minutes loads in parts"
    return advice


def wrapped(line: str) -> list[str]:
    """Return a line of a report as lines that fit a terminal, all but the first indented more."""
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.wrap(line, _WIDTH, subsequent_indent=indent, break_on_hyphens=False) or [""]


def _problems(status: str, findings: Sequence[Finding]) -> list[str]:
    """Return a line for each reason, with the streams that it concerns."""
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
        lines.append(f"{f'{len(rest)} others':36}{counts}")
        lines += wrapped(f"others: {', '.join(one.stream for one in rest)}")
    return lines


def _time(minutes: float) -> str:
    if minutes < 90:  # noqa: PLR2004 - where people begin to count in hours
        return f"{minutes:.1f} min"
    return f"{minutes / 60:.1f} h"
