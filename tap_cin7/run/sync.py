"""One run over all selected streams, in the order of ``turns``.

The rule: one bad stream does not spoil the others. An error that ends a stream early is reported,
the streams after it run, and the process exits non-zero if any of them failed. Only an error that
stops every stream ends the run: wrong credentials, the daily quota, a signal, the end of its time.
A run that could read nothing at all is a failure. State is written whatever happens.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

import msgspec
from singer_sdk.singerlib import StateMessage

from tap_cin7.client.metrics import StreamMetrics
from tap_cin7.errors import (
    RESUMABLE,
    Cin7Error,
    RunStopped,
    StreamFailed,
    StreamSkipped,
    Terminated,
    TimeUsed,
)
from tap_cin7.instants import now
from tap_cin7.reading.keyset import KeyCount
from tap_cin7.reading.position import BOOKMARK, TURNS
from tap_cin7.reading.prefetch import MemoryBudget, PrefetchQueue, Source
from tap_cin7.run.progress import Progress
from tap_cin7.run.shutdown import limit_time
from tap_cin7.run.summary import FOR_PARTS, Before, Summary, notes_of, overall, some_of
from tap_cin7.run.turns import Carryover, Turns, carryover_of
from tap_cin7.singer.group_writer import GroupWriter
from tap_cin7.singer.state import merge_position

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from singer_sdk.helpers.types import TapState

    from tap_cin7.reading.reader import Page
    from tap_cin7.run.run import Run
    from tap_cin7.run.run_log import RunLog
    from tap_cin7.singer.output import Writer
    from tap_cin7.singer.stream import StreamGroup

_log = logging.getLogger("tap-cin7")
_PREFETCH_BYTES = 24 << 20
"""Bytes of prefetched records: those of some two thousand orders with their lines."""
_ROW_BYTES = 500
"""Bytes that a row takes beside its records."""
NOTHING_SELECTED = (
    "no stream is selected, so there is nothing to read: select streams in the catalog (meltano "
    "select <extractor> <stream> '*'), or take the default selection (meltano select --clear "
    "<extractor>, or a run without a catalog)"
)
_STATE_INTERVAL = 1.0
"""Least seconds between STATE messages while documents are fetched one by one."""


@dataclass(eq=False)
class _GroupReading:
    """The progress and outcome of reading one group.

    Attributes:
        group: The streams.
        writer: Writes their records.
        pages: The pages that are left to read.
        before: State of each stream before it was read; empty until reading has begun.
        is_over: Whether no page is left to read.
        error: What ended it early.

    """

    group: StreamGroup
    writer: GroupWriter
    pages: Iterator[Page]
    before: dict[str, Before] = field(default_factory=dict)
    is_over: bool = False
    error: Cin7Error | None = None

    @property
    def has_rows(self) -> bool:
        """Whether any of its records were written."""
        return any(counts.rows for counts in self.writer.counts)

    @property
    def note(self) -> str:
        """How it ended when it is not simply complete; empty otherwise."""
        if self.error is None and self.is_over:
            return ""
        if isinstance(self.error, StreamSkipped):
            return "skipped"
        return "incomplete" if self.before else "not begun"


class Sync:
    """Runs the streams in order and collects the results.

    Attributes:
        summaries: Summaries of the streams.

    """

    def __init__(
        self,
        run: Run,
        groups: list[StreamGroup],
        writer: Writer,
        state: TapState,
        run_log: RunLog | None = None,
    ) -> None:
        """Plan the run; nothing is requested yet.

        Args:
            run: What the streams share.
            groups: What to read, in the order of a run without a carryover.
            writer: Takes the messages.
            state: The tap's state, to which the streams' entries belong.
            run_log: The run log, if it is selected.

        Raises:
            BadInput: If state can't be read.

        """
        self._run, self._writer, self._state, self._run_log = run, writer, state, run_log
        self._turns = Turns(groups, carryover_of(cast("Mapping[str, Any]", state)))
        self._began, self._since = now(), time.monotonic()
        sources: list[Source[Page]] = []
        self._readings: dict[str, _GroupReading] = {}
        for group in self._turns.all:
            name = group.source.name
            reader = run.reader(group, comes_first=group in self._turns.lists_first)
            sources.append(Source(name, reader.pages, group in self._turns.in_turns))
            group_writer = GroupWriter(group, writer, reader)
            self._readings[name] = _GroupReading(group, group_writer, self._pages(name))
        budget: MemoryBudget[Page] = MemoryBudget(
            _PREFETCH_BYTES, _size_of, attrgetter("ends_turn")
        )
        # With few calls a day, prefetching would use up those of the streams that come first.
        calls, parallel = run.client.quota.limits.per_day, run.client.parallel
        width = 1 if calls is not None and calls < 2 * parallel else parallel
        self._queue = PrefetchQueue(sources, width, budget)
        run.client.concurrency = self._queue.concurrency
        self._progress = Progress(run, self._turns.all)
        self._turn = ""
        self._stopped: RunStopped | None = None
        self._state_written = 0.0
        self._has_new_state = False
        self.summaries: list[Summary] = []

    def all(self) -> int:
        """Read every group.

        Returns:
            The exit code of the process.

        """
        if not self._readings:
            _log.error("%s", NOTHING_SELECTED)
            return 1
        limit_time(self._run.client.clock, self._run.settings.max_run_minutes)
        try:
            with self._progress.shown(self.summaries):
                try:
                    self._in_order()
                    # A signal may have come after the last call.
                    stop = self._run.client.clock.stop
                    if isinstance(stop, Terminated):
                        self._stopped = self._stopped or stop
                finally:
                    self._queue.close()
                    self._note_unfinished()
        finally:
            if self._run_log is not None:
                self._run_log.write(self._writer, self._began, self.summaries)
            # The last line of every run is its state, even if that was written before.
            self._write_state()
        return self._conclude()

    def _in_order(self) -> None:
        for groups in (self._turns.lists_first, self._turns.in_turns, self._turns.at_last):
            waiting = deque(groups)
            while waiting and self._stopped is None:
                group = waiting.popleft()
                if groups is self._turns.in_turns:
                    self._turn = group.source.name
                if not self._one_turn(group):
                    waiting.append(group)

    @property
    def errors(self) -> list[Cin7Error]:
        """The errors that ended groups or the run early."""
        ended = (reading.error for reading in self._readings.values())
        return [error for error in (*ended, self._stopped) if error is not None]

    @property
    def _failed_outright(self) -> bool:
        """Whether nothing was read for a reason that all streams share, such as a wrong key."""
        if self._stopped is None or isinstance(self._stopped, RESUMABLE):
            return False
        return not any(reading.has_rows for reading in self._readings.values())

    def _one_turn(self, group: StreamGroup) -> bool:
        """Read a group until its turn is over; return whether it is read to its end."""
        reading = self._readings[group.source.name]
        self._progress.begin(group, reading.writer)
        try:
            if not reading.before:
                began = now()
                reading.before = {
                    one.name: Before(began, one.stream_state.get(BOOKMARK))
                    for one in (group.source, *group.streams)
                }
            reading.is_over = self._read(reading)
        except RunStopped as stop:
            self._stopped = reading.error = stop
        except Cin7Error as error:
            reading.error = error
            if isinstance(error.__cause__, RunStopped):  # rows may be missing in what it ended
                self._stopped = error.__cause__
        except Exception as raised:  # noqa: BLE001 - the streams after it deserve their turn
            _log.debug("%s", group.names, exc_info=True)
            reading.error = StreamFailed(f"unexpected {type(raised).__name__}: {raised}")
        has_rows = reading.has_rows or self._owes(group)
        if isinstance(reading.error, StreamSkipped) and has_rows:
            reading.error = StreamFailed(f"refused after rows had come: {reading.error}")
        reading.is_over |= reading.error is not None
        if reading.is_over:
            self._report(reading)
        return reading.is_over

    def _read(self, reading: _GroupReading) -> bool:
        """Write pages until the turn is over; return whether none is left."""
        group = reading.group
        metrics = self._run.metrics(group)
        for number, page in enumerate(reading.pages):
            if number == 0:
                self._run.check_start(group)
            reading.writer.write(page)
            if page.is_whole or page.position is not None:
                self._has_new_state = True
            if page.is_whole:
                time_of_cin7 = self._run.client.server_clock.now()
                reading.writer.announce_what_is_gone(page, time_of_cin7)
            if page.position is not None:
                merge_position(
                    page.position,
                    group.source.stream_state,
                    [(stream.stream_state, stream.bookmark_key) for stream in group.streams],
                )
                is_due = time.monotonic() - self._state_written >= _STATE_INTERVAL
                if is_due or not metrics.documents:
                    self._write_state()
            has_turn = self._turn == group.source.name and len(self._turns.in_turns) > 1
            if page.ends_turn and has_turn:
                return False
        reading.writer.begin()
        if self._has_new_state:
            self._write_state()
        return True

    def _pages(self, name: str) -> Iterator[Page]:
        pages = self._queue.items(name)
        while True:
            # A signal may interrupt only the wait for data: half a line on stdout would spoil
            # the next message.
            with self._run.client.clock.interruptible():
                page = next(pages, None)
            if page is None:
                return
            yield page

    def _note_unfinished(self) -> None:
        """Report the groups that were not read to their end; store whose turn is next."""
        for reading in self._readings.values():
            if reading.is_over and not self._failed_outright:
                reading.writer.begin()  # a stream that could not be read gets a table too
            if not reading.is_over:
                reading.error = self._stopped
                self._report(reading)
        if self._run.settings.only_ids is not None:
            return
        if isinstance(self._stopped, RESUMABLE):
            begun = {name: one for name, one in self._readings.items() if one.before}
            ended = [name for name, one in begun.items() if one.error is None]
            got_on = [
                name
                for name, one in begun.items()
                if one.has_rows or one.error is not self._stopped
            ]
            carryover = self._turns.carryover(ended, begun, got_on, self._turn)
            self._state[TURNS] = msgspec.to_builtins(carryover)  # type: ignore[literal-required]
        elif TURNS in self._state:
            self._state[TURNS] = msgspec.to_builtins(Carryover())  # type: ignore[literal-required]

    def _write_state(self) -> None:
        # The SDK adds an empty entry for each stream that is accessed.
        entries = {name: one for name, one in self._state["bookmarks"].items() if one}
        self._writer.write_message(StateMessage(value={**self._state, "bookmarks": entries}))
        self._state_written = time.monotonic()
        self._has_new_state = False

    def _report(self, reading: _GroupReading) -> None:
        """Log how a group ended, the oddities of its rows, and a summary of each stream."""
        group, error = reading.group, reading.error
        if isinstance(error, StreamSkipped):
            _log.warning("%s: skipped, %s", group.names, error)
        elif error is not None and not isinstance(error, RunStopped):
            _log.error("%s: failed, %s", group.names, error)
        metrics = self._run.metrics(group)
        nothing = Before(now(), None)
        members = [*zip(group.streams, reading.writer.counts, strict=True)]
        if group.source not in group.streams and reading.before:
            members.insert(0, (group.source, KeyCount()))
        summaries = []
        for stream, counts in members:
            for line in notes_of(stream.name, stream.notes):
                _log.warning("%s", line)
            before = reading.before.get(stream.name, nothing)
            own = metrics if stream is group.source else StreamMetrics(stream.name)
            note = reading.note or ("" if stream in group.streams else FOR_PARTS)
            summaries.append(Summary.of(stream, before, counts, own, note))
        if reading.before and not self._failed_outright:
            for summary in summaries:
                _log.info("%s", summary.line(), extra={"summary": summary.as_dict()})
        self.summaries += summaries

    def _conclude(self) -> int:
        """Log the outcome of the run; return its exit code."""
        if shared := self._run.client.quota.shared():
            _log.info("%s", shared)
        readings = self._readings.values()
        failed = [one.group.names for one in readings if isinstance(one.error, StreamFailed)]
        # A stream that is owed documents is incomplete, also if the run had no time for its end.
        failed += [
            one.group.names
            for one in readings
            if isinstance(one.error, TimeUsed) and self._owes(one.group)
        ]
        if failed:
            _log.error("streams that failed: %s", ", ".join(failed))
        if self._failed_outright:
            _log.error("%s", self._stopped)
            return 1
        exit_code = 1 if failed else 0
        if self._stopped is not None:
            exit_code = self._stopped_by(self._stopped) or exit_code
        elif all(isinstance(one.error, StreamSkipped) for one in readings):
            _log.error(
                "no stream could be read: check what this account may read, and that base_url "
                "(%s) is the address of %s",
                self._run.client.base_url,
                self._run.api.service.title,
            )
            exit_code = 1
        seconds = time.monotonic() - self._since
        calls = sum(self._run.metrics(one.group).calls for one in readings)
        _log.info("%s", overall(self.summaries, calls, seconds, self._following()))
        return exit_code

    def _owes(self, group: StreamGroup) -> bool:
        """Return whether documents are owed that ``skip_ids`` does not name."""
        skipped = self._run.settings.skipped(group.source.name)
        owed = (stream.stream_state.get("owed") or () for stream in group.streams)
        return any(debt[0].lower() not in skipped for debts in owed for debt in debts)

    def _following(self) -> str:
        """Return what the next run does, for the log."""
        if self._run.settings.only_ids is not None:
            return "no bookmark moved"
        if any(one.note in ("incomplete", "not begun") for one in self.summaries):
            return "the next run goes on from there"
        return "the next run brings what changes from now on"

    def _stopped_by(self, stop: RunStopped) -> int:
        """Log what ended the run early, and the streams left; return its exit code."""
        open_ones = [one for one in self._readings.values() if isinstance(one.error, RunStopped)]
        lines = [str(stop)]
        for what, is_begun in (("not finished", True), ("not begun", False)):
            names = [one.group.names for one in open_ones if bool(one.before) is is_begun]
            if names:
                lines.append(f"{what}: {some_of(names)}")
        level = logging.ERROR if stop.exit_code else logging.INFO
        _log.log(level, "%s", "; ".join(lines))
        return stop.exit_code


def _size_of(page: Page) -> int:
    """Return the approximate size of a page in bytes."""
    large = sum(row.large for row in page.rows)
    records = (made.jsons for row in page.rows if not row.large for made in row.records)
    return _ROW_BYTES * len(page.rows) + large + sum(sum(map(len, jsons)) for jsons in records)
