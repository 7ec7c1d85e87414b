"""One run over all selected streams, in the order of ``turns``.

The rule: one bad stream does not spoil the others. What ends a stream early is reported and kept,
the streams after it run, and the process ends non-zero when any of them failed. Only what no
stream can get past ends the run: wrong credentials, the daily quota, a signal, the end of its
time. A run that could read nothing at all is a failure. State is written whatever happens.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

import msgspec
from singer_sdk.singerlib import StateMessage

from tap_cin7.errors import (
    Cin7Error,
    DailyQuotaUsed,
    RunStopped,
    StreamFailed,
    StreamSkipped,
    Terminated,
    TimeUsed,
)
from tap_cin7.instants import now
from tap_cin7.reading.position import TURNS
from tap_cin7.reading.prefetch import MemoryBudget, PrefetchQueue, Source
from tap_cin7.run.progress import Progress
from tap_cin7.run.record import write_record
from tap_cin7.run.summary import FOR_PARTS, Before, Summary, notes_of, overall, some_of
from tap_cin7.run.turns import Left, Turns, left_by
from tap_cin7.singer.emission import Emission
from tap_cin7.singer.state import keep
from tap_cin7.singer.witness import shared_tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from singer_sdk.helpers.types import TapState

    from tap_cin7.reading.reader import Page, Reader
    from tap_cin7.run.run import Run
    from tap_cin7.singer.output import Writer
    from tap_cin7.singer.stream import Cin7Stream, StreamGroup

_log = logging.getLogger("tap-cin7")
_BYTES_AHEAD = 24 << 20
"""Bytes of records that may wait to leave: those of some two thousand orders with their lines."""
_ROW_BYTES = 500
"""What a row takes beside its records."""
_GOES_ON = (TimeUsed, DailyQuotaUsed, Terminated)
"""What ends a run that the next one goes on with."""
NOTHING_SELECTED = (
    "no stream is selected, so there is nothing to read: select streams in the catalog (meltano "
    "select <extractor> <stream> '*'), or take the default selection (meltano select --clear "
    "<extractor>, or a run without a catalog)"
)
_STATE_INTERVAL = 1.0
"""Seconds between two STATE messages while documents are fetched one by one."""


class _Reading:
    """The reading of one group: where it stands, and what ended it.

    Attributes:
        group: The streams.
        emission: Writes their records.
        is_over: Whether there is nothing left of it to read.
        error: What ended it early.

    """

    def __init__(self, group: StreamGroup, emission: Emission, pages: Iterator[Page]) -> None:
        self.group = group
        self.emission = emission
        self.pages = pages
        self.is_begun = False
        self.is_over = False
        self.error: Cin7Error | None = None


class Sync:
    """Run the streams in order and collect the results.

    Attributes:
        summaries: What became of the streams.

    """

    def __init__(
        self,
        run: Run,
        groups: list[StreamGroup],
        writer: Writer,
        state: TapState,
        record: Cin7Stream | None = None,
    ) -> None:
        """Plan the run; nothing is asked of Cin7 yet.

        Args:
            run: What the streams share.
            groups: What to read, in the order of a run that nothing was left to.
            writer: Takes the messages.
            state: The tap's state, to which the streams' entries belong.
            record: The stream of ``TapCin7Runs``, if it is selected.

        Raises:
            BadInput: If state can't be read.

        """
        self._run = run
        self._turns = Turns(groups, left_by(cast("Mapping[str, Any]", state)))
        self._groups = self._turns.all
        self._writer = writer
        self._state = state
        self._record = record
        self._began, self._since = now(), time.monotonic()
        self._readers: dict[str, Reader] = {
            group.source.name: run.reader(group) for group in self._groups
        }
        taking_turns = {group.source.name for group in self._turns.in_turns}
        sources = [
            Source(name, reader.pages, name in taking_turns)
            for name, reader in self._readers.items()
        ]
        budget: MemoryBudget[Page] = MemoryBudget(_BYTES_AHEAD, _size_of, attrgetter("ends_turn"))
        self._queue = PrefetchQueue(sources, run.client.parallel, budget)
        run.client.concurrency = self._queue.concurrency
        shared = shared_tables(stream for group in groups for stream in group.streams)
        self._readings = {
            group.source.name: _Reading(
                group,
                Emission(group, writer, run.settings, self._readers[group.source.name], shared),
                self._pages(group.source.name),
            )
            for group in self._groups
        }
        self._progress = Progress(run, self._groups)
        self._turn = ""
        self._stopped: RunStopped | None = None
        self._state_written = 0.0
        self._has_new_state = False
        self._before: dict[str, Before] = {}
        self.summaries: list[Summary] = []

    def all(self) -> int:
        """Read every group.

        Returns:
            The exit code of the process.

        """
        if not self._groups:
            _log.error("%s", NOTHING_SELECTED)
            return 1
        try:
            with self._progress.shown(self.summaries):
                try:
                    self._in_order()
                    self._stopped = self._stopped or self._told_to_end()
                finally:
                    self._queue.close()
                    self._note_what_is_left()
        finally:
            if self._record is not None:
                write_record(self._record, self._writer, self._began, self.summaries)
            # The last line of every run is its state, written before or not.
            self._write_state()
        return self._conclude()

    def _in_order(self) -> None:
        for group in self._turns.one_by_one:
            self._to_the_end(group)
        waiting = deque(self._turns.in_turns)
        while waiting and self._stopped is None:
            group = waiting.popleft()
            self._turn = group.source.name
            if not self._one_turn(group):
                waiting.append(group)
        for group in self._turns.at_last:
            self._to_the_end(group)

    def _to_the_end(self, group: StreamGroup) -> None:
        while self._stopped is None and not self._one_turn(group):
            pass

    @property
    def errors(self) -> list[Cin7Error]:
        """What ended groups or the run early."""
        ended = (reading.error for reading in self._readings.values())
        return [error for error in (*ended, self._stopped) if error is not None]

    @property
    def _is_kept_out(self) -> bool:
        """Whether nothing could be read for a reason that says it all, such as a wrong key."""
        if self._stopped is None or isinstance(self._stopped, _GOES_ON):
            return False
        emissions = (reading.emission for reading in self._readings.values())
        return not any(written.rows for one in emissions for written in one.written)

    def _told_to_end(self) -> RunStopped | None:
        """Return the signal of a run that needed no call any more when it came."""
        stop = self._run.client.clock.stop
        return stop if isinstance(stop, Terminated) else None

    def _one_turn(self, group: StreamGroup) -> bool:
        """Read a group until its turn is over; return whether nothing is left of it."""
        reading = self._readings[group.source.name]
        self._progress.begin(self._groups.index(group) + 1, group, reading.emission)
        try:
            if not reading.is_begun:
                self._begin(reading)
            reading.is_over = self._read(reading)
        except RunStopped as stop:
            self._stopped = reading.error = stop
        except Cin7Error as error:
            reading.error = error
        except Exception as raised:  # noqa: BLE001 - the streams after it deserve their turn
            _log.debug("%s", group.names, exc_info=True)
            reading.error = StreamFailed(f"unexpected {type(raised).__name__}: {raised}")
        if isinstance(reading.error, StreamSkipped) and any(
            written.rows for written in reading.emission.written
        ):
            reading.error = StreamFailed(f"refused after rows had come: {reading.error}")
        if reading.error is not None:
            reading.is_over = True
        if reading.is_over:
            self._report(reading)
        return reading.is_over

    def _begin(self, reading: _Reading) -> None:
        began = now()
        for stream in (reading.group.source, *reading.group.streams):
            self._before[stream.name] = Before.of(stream, began)
        reading.is_begun = True

    def _read(self, reading: _Reading) -> bool:
        """Write pages until the turn is over; return whether there is none left."""
        group = reading.group
        metrics = self._run.metrics(group)
        for number, page in enumerate(reading.pages):
            if number == 0:
                self._run.check_start(group)
            reading.emission.begin()
            reading.emission.write(page)
            if page.is_whole:
                self._has_new_state = True
                time_of_cin7 = self._run.client.server_clock.now()
                reading.emission.announce_what_is_gone(page.reached, time_of_cin7)
            if page.position is not None:
                self._has_new_state = True
                keep(
                    page.position,
                    group.source.stream_state,
                    [(stream.stream_state, stream.bookmark_key) for stream in group.streams],
                )
                if not metrics.documents or self._is_due():
                    self._write_state()
            if page.ends_turn and len(self._turns.in_turns) > 1:
                return False
        reading.emission.begin()
        if self._has_new_state:
            self._write_state()
        return True

    def _pages(self, name: str) -> Iterator[Page]:
        pages = self._queue.items(name)
        while True:
            # Only waiting for data may be cut short by a signal: half a line on stdout would
            # spoil the message after it.
            with self._run.client.clock.interruptible():
                page = next(pages, None)
            if page is None:
                return
            yield page

    def _is_due(self) -> bool:
        return time.monotonic() - self._state_written >= _STATE_INTERVAL

    def _note_what_is_left(self) -> None:
        """Report what was not read to its end, and leave the next run its turn."""
        for reading in self._readings.values():
            if reading.is_over and not self._is_kept_out:
                reading.emission.begin()  # what could not be read has a table too
            if not reading.is_over:
                reading.error = self._stopped
                self._report(reading)
        if self._run.settings.only_ids is not None:
            return
        if isinstance(self._stopped, _GOES_ON):
            ended = [n for n, one in self._readings.items() if one.is_begun and one.error is None]
            begun = [n for n, one in self._readings.items() if one.is_begun]
            left = self._turns.left(ended, begun, self._turn)
            self._state[TURNS] = msgspec.to_builtins(left)  # type: ignore[literal-required]
        elif TURNS in self._state:
            self._state[TURNS] = msgspec.to_builtins(Left())  # type: ignore[literal-required]

    def _write_state(self) -> None:
        # The SDK makes an entry for each stream that is looked at.
        entries = {name: one for name, one in self._state["bookmarks"].items() if one}
        self._writer.write_message(StateMessage(value={**self._state, "bookmarks": entries}))
        self._state_written = time.monotonic()
        self._has_new_state = False

    def _report(self, reading: _Reading) -> None:
        """Log how a group ended, what was odd in its rows, and a summary of each stream."""
        group, error = reading.group, reading.error
        if isinstance(error, StreamSkipped):
            _log.warning("%s: skipped, %s", group.names, error)
        elif error is not None and not isinstance(error, RunStopped):
            _log.error("%s: failed, %s", group.names, error)
        metrics = self._run.metrics(group)
        note = _note(reading)
        nothing = Before(now(), None)
        summaries = []
        if group.source not in group.streams and reading.is_begun:
            before = self._before[group.source.name]
            of_source = note or FOR_PARTS
            summaries.append(
                Summary.of(group.source, before, written=None, metrics=metrics, note=of_source)
            )
        for stream, written in zip(group.streams, reading.emission.written, strict=True):
            for line in notes_of(stream.name, stream.notes):
                _log.warning("%s", line)
            summaries.append(
                Summary.of(
                    stream,
                    self._before.get(stream.name) or nothing,
                    written=written,
                    metrics=metrics if stream is group.source else None,
                    note=note,
                )
            )
        if reading.is_begun and not self._is_kept_out:
            for summary in summaries:
                _log.info("%s", summary.line(), extra={"summary": summary.as_dict()})
        self.summaries += summaries

    def _conclude(self) -> int:
        """Log what came of the run as a whole; return the exit code."""
        if shared := self._run.client.quota.shared():
            _log.info("%s", shared)
        readings = self._readings.values()
        failed = [one.group.names for one in readings if isinstance(one.error, StreamFailed)]
        # What is owed is incomplete, also where the run had no time to come to its end.
        failed += [
            one.group.names
            for one in readings
            if isinstance(one.error, TimeUsed) and one.group.source.stream_state.get("owed")
        ]
        if failed:
            _log.error("streams that failed: %s", ", ".join(failed))
        if self._is_kept_out:
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

    def _following(self) -> str:
        """Return what the next run does."""
        if self._run.settings.only_ids is not None:
            return "no bookmark moved"
        if any(one.note in ("incomplete", "not begun") for one in self.summaries):
            return "the next run goes on from there"
        return "the next run brings what changes from now on"

    def _stopped_by(self, stop: RunStopped) -> int:
        """Log what ended the run early, and what is left; return the exit code that it makes."""
        open_ones = [one for one in self._readings.values() if isinstance(one.error, RunStopped)]
        cut_short = [one.group.names for one in open_ones if one.is_begun]
        left = [one.group.names for one in open_ones if not one.is_begun]
        lines = [
            str(stop),
            *([f"not finished: {some_of(cut_short)}"] if cut_short else []),
            *([f"not begun: {some_of(left)}"] if left else []),
        ]
        is_success = isinstance(stop, TimeUsed)
        _log.log(logging.INFO if is_success else logging.ERROR, "%s", "; ".join(lines))
        if is_success:
            return 0
        return stop.exit_code if isinstance(stop, Terminated) else 1


def _size_of(page: Page) -> int:
    """Return about how many bytes a page takes."""
    large = sum(row.large for row in page.rows)
    records = (made.jsons for row in page.rows if not row.large for made in row.records)
    return _ROW_BYTES * len(page.rows) + large + sum(sum(map(len, jsons)) for jsons in records)


def _note(reading: _Reading) -> str:
    if reading.error is None:
        return ""
    if isinstance(reading.error, StreamSkipped):
        return "skipped"
    return "incomplete" if reading.is_begun else "not begun"
