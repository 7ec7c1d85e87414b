"""Progress: one line every 30 seconds, for people and for JSON logs.

The line says how far the current stream and the run are, and, if known, how long both will take
under the call limits: a stream of documents counts these, since each costs a call; a list that
announces a total counts rows. A wait is reported with its cause and length, so that no two lines
are equal. On a terminal (stderr) the same line is shown live instead, and a table at the end
replaces the summary lines of the streams.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, TextIO

from tap_cin7.errors import RunStopped
from tap_cin7.run.summary import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tap_cin7.client.client import Client
    from tap_cin7.client.metrics import StreamMetrics
    from tap_cin7.run.run import Run
    from tap_cin7.run.summary import Summary
    from tap_cin7.singer.group_writer import GroupWriter
    from tap_cin7.singer.stream import StreamGroup

    _Handler = logging.StreamHandler[TextIO]

_INTERVAL = 30.0
_LIVE_INTERVAL = 0.5
_SHORT = 5
"""Seconds; shorter waits are not reported."""
_log = logging.getLogger("tap-cin7")


@dataclass(frozen=True)
class Numbers:
    """How far a run is.

    Attributes:
        stream: The stream that is being written.
        rows: Its records so far, without those of its parts.
        calls: Calls made for it so far.
        documents_done: Documents written, of those that are fetched one by one.
        documents: Number of such documents; 0 where the stream has none.
        total: Rows that Cin7 announced; None where it announces none, or has sent more.
        seconds_left: How long the stream will take, None if unknown.
        place: Number of this group of streams, from 1.
        groups: Number of groups.
        run_seconds_left: How long the known remaining calls of the run will take.
        day_left: Calls left in the day, None without a daily limit.
        waiting: What the run waits for and how long, empty if it does not wait.

    """

    stream: str
    rows: int
    calls: int
    documents_done: int
    documents: int
    total: int | None
    seconds_left: int | None
    place: int
    groups: int
    run_seconds_left: int | None
    day_left: int | None
    waiting: str = ""

    def line(self) -> str:
        """Return the progress line."""
        done = f"{self.rows} rows"
        if self.documents:
            done = _of(self.documents_done, self.documents, "documents")
        elif self.total:
            done = _of(self.rows, self.total, "rows")
        left = "" if self.seconds_left is None else f", {_about(self.seconds_left)} left"
        run = "" if self.run_seconds_left is None else f", {_about(self.run_seconds_left)} left"
        day = "" if self.day_left is None else f"; {self.day_left} calls left today"
        waiting = f"; {self.waiting}" if self.waiting else ""
        return (
            f"{self.stream}: {done}, {self.calls} calls{left}; "
            f"run: {self.place} of {self.groups} streams{run}{day}{waiting}"
        )


class Progress:
    """Reports progress."""

    def __init__(self, run: Run, groups: Sequence[StreamGroup]) -> None:
        """Set up; nothing is reported before a stream begins."""
        self._run = run
        self._groups = groups
        self._present: tuple[StreamGroup, GroupWriter] | None = None
        self._since = 0.0
        self._counts: tuple[int, ...] = ()
        self._counts_since = 0.0

    def begin(self, group: StreamGroup, writer: GroupWriter) -> None:
        """Report on a group of streams from now on.

        Args:
            group: The streams.
            writer: Counts their records.

        """
        self._present, self._since = (group, writer), time.monotonic()

    def numbers(self) -> Numbers | None:
        """Return how far the run is, None before it begins."""
        if self._present is None:
            return None
        group, writer = self._present
        place = self._groups.index(group)
        metrics = self._run.metrics(group)
        try:
            _, day_left = self._run.client.quota.left()
        except RunStopped:
            return None
        rows = writer.counts[0].rows
        total = metrics.announced if metrics.announced and metrics.announced >= rows else None
        left = [self._seconds_left(self._run.metrics(one)) for one in self._groups[place:]]
        own = left[0]
        if own is None and total and 0 < rows < total:
            own = round((total - rows) * (time.monotonic() - self._since) / rows)
        known = [seconds for seconds in left if seconds is not None]
        return Numbers(
            stream=group.source.name,
            rows=rows,
            calls=metrics.calls,
            documents_done=metrics.documents_done,
            documents=metrics.documents,
            total=total,
            seconds_left=own,
            place=place + 1,
            groups=len(self._groups),
            run_seconds_left=sum(known) if known else None,
            day_left=day_left,
            waiting=self._waiting(rows, metrics),
        )

    def _waiting(self, rows: int, metrics: StreamMetrics) -> str:
        """Return what the run waits for, and how long that will take or has taken."""
        client, now = self._run.client, time.monotonic()
        counts = (rows, metrics.calls, metrics.documents_done, client.quota.calls)
        if counts != self._counts:
            self._counts, self._counts_since = counts, now
        seconds = now - self._counts_since
        if client.wait() is not None or seconds < _SHORT:
            return waiting_for(client)
        whom = "Cin7's answer" if client.calling_threads else "the loader"
        return f"waiting for {whom} for {seconds:.0f} s"

    def _seconds_left(self, metrics: StreamMetrics) -> int | None:
        """Return how long the known remaining calls of a stream will take."""
        calls, done = metrics.calls_expected, metrics.calls
        if metrics.documents:
            calls, done = metrics.documents, metrics.documents_done
        if calls is None:
            return None
        return round(max(calls - done, 0) * self._run.client.quota.limits.sustained_interval)

    def report(self) -> None:
        """Log one line, its numbers as fields of structured logs too."""
        if (numbers := self.numbers()) is not None:
            _log.info("PROGRESS %s", numbers.line(), extra={"progress": asdict(numbers)})

    @contextmanager
    def shown(self, summaries: Sequence[Summary]) -> Iterator[None]:
        """Report regularly while the block runs.

        Args:
            summaries: Summaries of the streams, shown at the end on a terminal.

        """
        if not sys.stderr.isatty():
            with every(_INTERVAL, self.report):
                yield
            return
        from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
        from rich.live import Live  # noqa: PLC0415 - as above

        console = Console(stderr=True)
        handlers = [
            one
            for one in logging.getLogger().handlers
            if isinstance(one, logging.StreamHandler) and one.stream is sys.stderr
        ]
        # stdout carries Singer messages, which a display must not touch.
        live = Live(console=console, transient=True, auto_refresh=False, redirect_stdout=False)

        def show() -> None:
            if (numbers := self.numbers()) is not None:
                live.update(numbers.line(), refresh=True)

        with live, _through(sys.stderr, handlers), every(_LIVE_INTERVAL, show):
            yield
        if any(one.rows for one in summaries):
            console.print(table(summaries))


@contextmanager
def every(seconds: float, act: Callable[[], None]) -> Iterator[None]:
    """Call a function at regular intervals while the block runs.

    Args:
        seconds: Seconds before the first call and between calls.
        act: The function.

    """
    over = threading.Event()

    def watch() -> None:
        while not over.wait(seconds):
            act()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def waiting_for(client: Client) -> str:
    """Return what calls wait for and how long; empty if the wait is short."""
    wait = client.wait()
    seconds = 0.0 if wait is None else wait.until - client.clock.now()
    return "" if wait is None or seconds < _SHORT else f"waiting {seconds:.0f} s for {wait.what}"


@contextmanager
def _through(display: TextIO, handlers: Sequence[_Handler]) -> Iterator[None]:
    """Show log lines above the live display, without the summaries of streams."""
    before = [handler.setStream(display) for handler in handlers]
    for handler in handlers:
        handler.addFilter(_is_no_summary)
    try:
        yield
    finally:
        for handler, stream in zip(handlers, before, strict=True):
            handler.removeFilter(_is_no_summary)
            if stream is not None:
                handler.setStream(stream)


def _is_no_summary(record: logging.LogRecord) -> bool:
    return not hasattr(record, "summary")


def _of(done: int, of_all: int, what: str) -> str:
    """Return a count with its percentage."""
    return f"{done} of {of_all} {what} ({100 * done // of_all} %)"


def _about(seconds: int) -> str:
    """Return a rounded duration as text."""
    if seconds < 90:  # noqa: PLR2004 - beyond a minute and a half, seconds do not matter
        return f"about {seconds} s"
    minutes = round(seconds / 60)
    if minutes < 90:  # noqa: PLR2004 - likewise for hours
        return f"about {minutes} min"
    return f"about {minutes / 60:.1f} h"
