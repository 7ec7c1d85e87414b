"""``--check``: estimate what a run would read and cost, with a fraction of its calls.

The report says whether the credentials are right, which of the selected streams can be read, and
how many rows, calls and minutes the run would take: errors first, the rest on one screen, and what
to do next at the end. The costliest streams are checked first; those that would make the check too
expensive compared with the run are listed, but not requested.
"""

from __future__ import annotations

import json
import logging
import math
import textwrap
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from tap_cin7.client.redaction import one_line
from tap_cin7.errors import Cin7Error, RunStopped, StreamSkipped, Terminated, WrongCredentials
from tap_cin7.reading.position import BOOKMARK, ROWS_OF_READING
from tap_cin7.run.progress import every, waiting_for
from tap_cin7.run.sync import NOTHING_SELECTED
from tap_cin7.singer.stream import groups_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_cin7.run.run import Run
    from tap_cin7.singer.stream import Cin7Stream, StreamGroup

READABLE = "readable"
NOT_PERMITTED = "not permitted or not available"
FAILED = "failed"
NOT_ASKED = "not asked"
LEFT_OUT = "left out to keep the check short"
_MOST_CALLS = 5
"""Most calls for the estimate of one stream."""
_FEW_CALLS = 20
"""Calls that a check may always make, however few the run needs."""
_SHARE = 4
"""Calls of the run for each call that a check may make."""
_MOST_LINES = 10
"""Streams that get a line of their own; with header and footer they fill a screen."""
_WIDTH = 80
_INTERVAL = 5.0
"""Seconds between two progress lines of a check."""
_MANY_MINUTES = 60
_log = logging.getLogger("tap-cin7")


@dataclass
class StreamReport:
    """What a check found out about a stream and its parts.

    Attributes:
        stream: The stream that is requested.
        with_it: Selected streams that its rows fill without calls of their own.
        status: The outcome: one of the texts above.
        bookmark: Where the run starts from, None for everything.
        rows: Expected rows; None if unknown.
        calls: Expected calls; None if unknown.
        minutes: Minutes that those calls take under the call limits.
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
        """Least number of calls: one if the number is unknown."""
        if self.calls is None:
            return int(self.status in (READABLE, LEFT_OUT))
        return self.calls


@dataclass
class Report:
    """What a check found out about the account.

    Attributes:
        api: The API.
        base_url: Its address.
        selection: Which selection was used.
        state: Which state was used.
        next: The command of the run.
        credentials: ``accepted``, ``refused`` or ``unknown``.
        streams: One entry for each stream that a run would request.
        calls: Least number of calls of the run.
        minutes: Minutes that those calls take under the call limits.
        runs: How many runs of ``max_run_minutes`` that takes; None without that setting.
        limit: Whether others use the call limit too, or how Cin7 counts.
        message: What stopped the check, if anything did.

    """

    api: str
    base_url: str
    selection: str
    state: str
    next: str
    credentials: str = "unknown"
    streams: list[StreamReport] = field(default_factory=list)
    calls: int = 0
    minutes: float = 0.0
    runs: int | None = None
    limit: str = ""
    message: str = ""

    @property
    def is_good(self) -> bool:
        """Whether a run would read anything."""
        return any(entry.status == READABLE for entry in self.streams)


def check(run: Run, streams: list[Cin7Stream], source: str, state: str, following: str) -> Report:
    """Check groups of streams.

    Args:
        run: The run to estimate.
        streams: The streams of the tap.
        source: Where the selection comes from, for the report.
        state: Which state is used, for the report.
        following: The command of the run, for the report.

    Raises:
        Terminated: If a signal ends it.

    """
    client = run.client
    groups = groups_of(streams)
    selection = f"{source}: {sum(bool(one.selected) for one in streams)} of {len(streams)} streams"
    report = Report(client.service.name, client.base_url, selection, state, following)
    interval = client.quota.limits.sustained_interval
    for group in groups:
        with_it = [stream.name for stream in group.streams if stream is not group.source]
        bookmark = group.source.stream_state.get(BOOKMARK)
        report.streams.append(StreamReport(group.source.name, with_it, bookmark=bookmark))
    found = report.streams
    costliest_first = sorted(
        zip(groups, found, strict=True), key=lambda one: not one[0].resource.one_by_one
    )

    def log_progress() -> None:
        asked = sum(entry.status != NOT_ASKED for entry in found)
        counts = f"CHECK {asked} of {len(found)} streams, {client.quota.calls} calls"
        _log.info("%s", "; ".join(filter(None, [counts, waiting_for(client)])))

    with every(_INTERVAL, log_progress):
        for group, entry in costliest_first:
            expected = sum(one.least_calls for one in found)
            left = max(_FEW_CALLS, expected // _SHARE) - client.quota.calls
            if report.message:
                break
            if left > 0:
                _estimate(run, group, entry, report, min(left, _MOST_CALLS))
            else:
                entry.status = LEFT_OUT
            if entry.calls is not None:
                entry.minutes = _minutes(entry.calls, interval)
    if isinstance(client.clock.stop, Terminated):
        raise client.clock.stop
    report.calls = sum(entry.least_calls for entry in found)
    report.minutes = _minutes(report.calls, interval)
    if run.settings.max_run_minutes:
        report.runs = max(1, math.ceil(report.minutes / run.settings.max_run_minutes))
    report.limit = client.quota.shared() or (
        f"{client.quota.limits.per_minute} calls a minute, counted {client.service.counted}"
    )
    if not found:
        report.message = NOTHING_SELECTED
    return report


def _estimate(
    run: Run, group: StreamGroup, entry: StreamReport, report: Report, most_calls: int
) -> None:
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
        entry.status, entry.message = NOT_PERMITTED, str(error)
    except Cin7Error as error:
        entry.status, entry.message = FAILED, str(error)
    else:
        report.credentials = "accepted"
        entry.status = READABLE
        if expected is not None:
            read = group.source.stream_state.get(ROWS_OF_READING, 0)
            goes_on = group.resource.one_by_one and reader.is_resumed
            done = min(read, expected.rows) if goes_on else 0
            entry.rows, entry.calls = expected.rows - done, expected.calls - done


def _minutes(calls: int, interval: float) -> float:
    return math.ceil(calls * interval / 6) / 10


def as_json(report: Report) -> str:
    """Return a report as JSON."""
    return json.dumps(asdict(report), indent=2)


def as_text(report: Report) -> str:
    """Return a report as text for a terminal."""
    lines = [f"{report.api} at {report.base_url}: credentials {report.credentials}"]
    if report.message:
        return "\n".join([one_line(report.message), "", *lines])
    lines.append(f"selection: {report.selection}; state: {report.state}")
    lines.append(f"call limit: {report.limit}")
    for status in (FAILED, NOT_PERMITTED):
        lines += _problems(status, [one for one in report.streams if one.status == status])
    readable = [entry for entry in report.streams if entry.status == READABLE]
    lines += ["", *_table(readable)]
    left_out = [entry.stream for entry in report.streams if entry.status == LEFT_OUT]
    if left_out:
        lines += wrapped(f"{LEFT_OUT}: {', '.join(left_out)}")
    least = "at least " if left_out or any(one.calls is None for one in readable) else ""
    total = f"{least}{report.calls:,} calls, {_time(report.minutes)} under the call limits"
    if report.runs is not None:
        total += f": {report.runs} runs of max_run_minutes"
    return "\n".join([*lines, "", f"this run: {total}", f"next: {_advice(report)}"])


def _advice(report: Report) -> str:
    """Return the advice that ends a report."""
    if not report.is_good:
        return "fix what is named above, and check again"
    advice = report.next
    if any(one.status == NOT_PERMITTED for one in report.streams):
        advice += ", which skips what it may not read"
    if report.minutes > _MANY_MINUTES and report.runs is None:
        advice += "; fewer streams make it shorter, max_run_minutes loads in parts"
    return advice


def wrapped(line: str) -> list[str]:
    """Wrap a line of a report to the width of a terminal, with a hanging indent."""
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.wrap(line, _WIDTH, subsequent_indent=indent, break_on_hyphens=False) or [""]


def _problems(status: str, entries: Sequence[StreamReport]) -> list[str]:
    """Return a line for each reason, with its streams."""
    reasons: dict[str, list[str]] = {}
    for entry in entries:
        reasons.setdefault(entry.message, []).append(entry.stream)
    return [
        f"{status}: {', '.join(names)}: {one_line(reason)}" for reason, names in reasons.items()
    ]


def _table(entries: Sequence[StreamReport]) -> list[str]:
    costly = sorted(entries, key=lambda entry: -(entry.calls or 0))
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
    if minutes < 90:  # noqa: PLR2004 - longer times read better in hours
        return f"{minutes:.1f} min"
    return f"{minutes / 60:.1f} h"
