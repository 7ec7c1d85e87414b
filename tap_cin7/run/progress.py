"""Progress: one line every 30 seconds, for people and for JSON logs.

The line says how far the present stream is, how far the run is, and how long both will take under
the call limits as far as that is known: documents are counted as done of all, since each costs a
call; a list that announces a total is counted in rows. On a terminal the same line is shown live
instead, on stderr.
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

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_cin7.client.metrics import Tally
    from tap_cin7.run.run import Run
    from tap_cin7.singer.emission import Emission
    from tap_cin7.singer.stream import StreamGroup

_INTERVAL = 30.0
_LIVE_INTERVAL = 0.5
_log = logging.getLogger("tap-cin7")


@dataclass(frozen=True)
class Numbers:
    """How far a run is.

    Attributes:
        stream: The stream that is being written.
        rows: Its records so far, those cut from it left out.
        calls: Calls made for it so far.
        documents_done: Documents written, of those that are fetched one by one.
        documents: How many those are; 0 where the stream has none.
        seconds_left: How long the stream will take, None where nothing tells.
        place: Which group of streams this is, from 1.
        groups: How many there are.
        run_seconds_left: How long the calls will take that are known to be left in the run.
        day_left: Calls left in the day, None without a daily limit.

    """

    stream: str
    rows: int
    calls: int
    documents_done: int
    documents: int
    seconds_left: int | None
    place: int
    groups: int
    run_seconds_left: int | None
    day_left: int | None

    def line(self) -> str:
        """Return the line that people read."""
        done = f"{self.rows} rows"
        if self.documents:
            done = f"{self.documents_done} of {self.documents} documents"
        left = "" if self.seconds_left is None else f", {_about(self.seconds_left)} left"
        run = "" if self.run_seconds_left is None else f", {_about(self.run_seconds_left)} left"
        day = "" if self.day_left is None else f"; {self.day_left} calls left today"
        return (
            f"{self.stream}: {done}, {self.calls} calls{left}; "
            f"run: {self.place} of {self.groups} streams{run}{day}"
        )


class Progress:
    """Reports how a run gets on."""

    def __init__(self, run: Run, groups: Sequence[StreamGroup]) -> None:
        """Watch a run; nothing is reported before a stream begins."""
        self._run = run
        self._groups = groups
        self._present: tuple[int, StreamGroup, Emission] | None = None
        self._since = 0.0
        self._over = threading.Event()

    def begin(self, place: int, group: StreamGroup, emission: Emission) -> None:
        """Follow a group of streams from now on.

        Args:
            place: Its place in the run, from 1.
            group: The streams.
            emission: Counts their records.

        """
        self._present, self._since = (place, group, emission), time.monotonic()

    def numbers(self) -> Numbers | None:
        """Return how far the run is, None before it begins."""
        if self._present is None:
            return None
        place, group, emission = self._present
        tally = self._run.tally(group)
        try:
            _, day_left = self._run.client.quota.left()
        except RunStopped:
            return None
        rows = emission.written[0].rows if emission.written else 0
        left = [self._seconds_left(self._run.tally(one)) for one in self._groups[place - 1 :]]
        own = left[0]
        if own is None:
            own = self._by_rows(rows, tally)
        known = [seconds for seconds in left if seconds is not None]
        return Numbers(
            stream=group.source.name,
            rows=rows,
            calls=tally.calls,
            documents_done=tally.documents_done,
            documents=tally.documents,
            seconds_left=own,
            place=place,
            groups=len(self._groups),
            run_seconds_left=sum(known) if known else None,
            day_left=day_left,
        )

    def _seconds_left(self, tally: Tally) -> int | None:
        """Return how long the calls of a stream take that are known to be left."""
        interval = self._run.client.quota.limits.sustained_interval
        if tally.documents:
            return round(max(tally.documents - tally.documents_done, 0) * interval)
        if tally.calls_expected is not None:
            return round(max(tally.calls_expected - tally.calls, 0) * interval)
        return None

    def _by_rows(self, rows: int, tally: Tally) -> int | None:
        total = tally.announced
        if not total or not rows or total <= rows:
            return None
        return round((total - rows) * (time.monotonic() - self._since) / rows)

    def report(self) -> None:
        """Log one line, its numbers as fields of structured logs too."""
        numbers = self.numbers()
        if numbers is not None:
            _log.info("PROGRESS %s", numbers.line(), extra={"progress": asdict(numbers)})

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Report regularly while the block runs."""
        live = sys.stderr.isatty()
        watch = self._show_live if live else self._report_regularly
        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            self._over.set()
            watcher.join()

    def _report_regularly(self) -> None:
        while not self._over.wait(_INTERVAL):
            self.report()

    def _show_live(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
        from rich.live import Live  # noqa: PLC0415

        console = Console(stderr=True)
        # stdout carries Singer messages, which a display must not touch.
        with (
            Live(
                console=console, transient=True, auto_refresh=False, redirect_stdout=False
            ) as live,
            _handlers_on(sys.stderr),
        ):
            while not self._over.wait(_LIVE_INTERVAL):
                numbers = self.numbers()
                if numbers is not None:
                    live.update(numbers.line(), refresh=True)


@contextmanager
def _handlers_on(stream: TextIO) -> Iterator[None]:
    """Let log lines go through the live display, which puts them above itself."""
    handlers = [
        handler
        for handler in logging.getLogger().handlers
        if isinstance(handler, logging.StreamHandler)
    ]
    before = [handler.setStream(stream) for handler in handlers]
    try:
        yield
    finally:
        for handler, old in zip(handlers, before, strict=True):
            if old is not None:
                handler.setStream(old)


def _about(seconds: int) -> str:
    """Return a duration as people say it."""
    if seconds < 90:  # noqa: PLR2004 - a minute and a half is where seconds stop to matter
        return f"about {seconds} s"
    minutes = round(seconds / 60)
    if minutes < 90:  # noqa: PLR2004 - likewise for hours
        return f"about {minutes} min"
    return f"about {minutes / 60:.1f} h"
