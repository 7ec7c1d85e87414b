"""One run over all selected streams.

The rule: one bad stream does not spoil the others. What ends a stream early is reported and kept,
the streams after it run, and the process ends non-zero when any of them failed. Only what no
stream can get past ends the run: wrong credentials, the daily quota, a signal, the end of its
time. A run that could read nothing at all is a failure. State is written whatever happens.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from singer_sdk.singerlib import StateMessage

from tap_cin7.errors import (
    Cin7Error,
    RunStopped,
    StreamFailed,
    StreamSkipped,
    Terminated,
    TimeUsed,
)
from tap_cin7.instants import now
from tap_cin7.reading.prefetch import Plan, Source
from tap_cin7.run.progress import Progress
from tap_cin7.run.record import write_record
from tap_cin7.run.summary import Before, Summary, notes_of
from tap_cin7.singer.emission import Emission
from tap_cin7.singer.state import keep

if TYPE_CHECKING:
    from collections.abc import Iterator

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
_STATE_INTERVAL = 1.0
"""Seconds between two STATE messages while documents are fetched one by one."""


class Sync:
    """The order of one run, and what came of it.

    Attributes:
        summaries: What became of the streams that were begun.

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
            groups: What to read, in this order.
            writer: Takes the messages.
            state: The tap's state, to which the streams' entries belong.
            record: The stream of ``TapCin7Runs``, if it is selected.

        """
        self._run = run
        self._groups = groups
        self._writer = writer
        self._state = state
        self._record = record
        self._began = now()
        self._readers: dict[str, Reader] = {
            group.source.name: run.reader(group) for group in groups
        }
        self._plan: Plan[Page] = Plan(
            (
                Source(name, reader.pages, group.resource.one_by_one)
                for (name, reader), group in zip(self._readers.items(), groups, strict=True)
            ),
            width=run.client.parallel,
            room=_BYTES_AHEAD,
            size_of=_size_of,
        )
        run.client.sharing = self._plan.sharing
        self._ended: dict[str, Cin7Error | None] = {}
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
            _log.error(
                "no stream is selected, so there is nothing to read: select streams in the "
                "catalog, or run without one for the default selection"
            )
            return 1
        progress = Progress(self._run, self._groups)
        try:
            with progress.shown():
                for place, group in enumerate(self._groups, start=1):
                    emission = self._emission(group)
                    progress.begin(place, group, emission)
                    error = self._ended[group.source.name] = self._one(group, emission)
                    if isinstance(error, RunStopped):
                        self._stopped = error
                        break
            self._stopped = self._stopped or self._told_to_end()
        finally:
            self._plan.close()
            if self._record is not None:
                write_record(self._record, self._writer, self._began, self.summaries)
            # The last line of every run is its state, written before or not.
            self._write_state()
        return self._conclude()

    @property
    def errors(self) -> list[Cin7Error]:
        """What ended groups or the run early."""
        return [error for error in (*self._ended.values(), self._stopped) if error is not None]

    def _told_to_end(self) -> RunStopped | None:
        """Return the signal of a run that needed no call any more when it came."""
        stop = self._run.client.clock.stop
        return stop if isinstance(stop, Terminated) else None

    def _emission(self, group: StreamGroup) -> Emission:
        is_whole = self._readers[group.source.name].is_whole
        return Emission(group, self._writer, self._run.settings, is_whole=is_whole)

    def _one(self, group: StreamGroup, emission: Emission) -> Cin7Error | None:
        """Read one group, report it, and return what ended it early."""
        error: Cin7Error | None = None
        began = now()
        for stream in (group.source, *group.streams):
            self._before[stream.name] = Before.of(stream, began)
        try:
            self._read(group, emission)
        except Cin7Error as raised:
            error = raised
        except Exception as raised:  # noqa: BLE001 - the streams after it deserve their turn
            _log.debug("%s", group.names, exc_info=True)
            error = StreamFailed(f"unexpected {type(raised).__name__}: {raised}")
        self._report(group, emission, error)
        return error

    def _read(self, group: StreamGroup, emission: Emission) -> None:
        tally = self._run.tally(group)
        emission.begin()
        for number, page in enumerate(self._pages(group.source.name)):
            if number == 0:
                self._run.check_start(group)
            emission.write(page)
            if page.is_whole:
                emission.announce_what_is_gone()
                self._has_new_state = True
            if page.position is not None:
                self._has_new_state = True
                keep(
                    page.position,
                    group.source.stream_state,
                    [(stream.stream_state, stream.bookmark_key) for stream in group.streams],
                )
                if not tally.documents or self._is_due():
                    self._write_state()
        if self._has_new_state:
            self._write_state()

    def _pages(self, name: str) -> Iterator[Page]:
        pages = self._plan.items(name)
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

    def _write_state(self) -> None:
        self._writer.write_message(StateMessage(value=self._state))
        self._state_written = time.monotonic()
        self._has_new_state = False

    def _report(self, group: StreamGroup, emission: Emission, error: Cin7Error | None) -> None:
        """Log how a group ended, what was odd in its rows, and a summary of each stream."""
        if isinstance(error, StreamSkipped):
            _log.warning("%s: skipped, %s", group.names, error)
        elif error is not None and not isinstance(error, RunStopped):
            _log.error("%s: failed, %s", group.names, error)
        tally = self._run.tally(group)
        summaries = []
        if group.source not in group.streams:
            before, note = self._before[group.source.name], "read for its parts"
            summaries.append(Summary.of(group.source, before, written=None, tally=tally, note=note))
        for stream, written in zip(group.streams, emission.written, strict=True):
            for line in notes_of(stream.name, stream.notes):
                _log.warning("%s", line)
            summaries.append(
                Summary.of(
                    stream,
                    self._before[stream.name],
                    written=written,
                    tally=tally if stream is group.source else None,
                    note=_note(error),
                )
            )
        for summary in summaries:
            _log.info("%s", summary.line(), extra={"summary": summary.as_dict()})
        self.summaries += summaries

    def _conclude(self) -> int:
        """Log what came of the run as a whole; return the exit code."""
        ended = self._ended
        if shared := self._run.client.quota.shared():
            _log.info("%s", shared)
        failed = [
            g.names for g in self._groups if isinstance(ended.get(g.source.name), StreamFailed)
        ]
        if failed:
            _log.error("streams that failed: %s", ", ".join(failed))
        if self._stopped is not None:
            return self._stopped_by(self._stopped, bool(failed))
        if all(isinstance(error, StreamSkipped) for error in ended.values()):
            _log.error(
                "no stream could be read: check what this account may read, and that base_url "
                "(%s) is the address of %s",
                self._run.client.base_url,
                self._run.api.service.title,
            )
            return 1
        return 1 if failed else 0

    def _stopped_by(self, stop: RunStopped, has_failed: bool) -> int:  # noqa: FBT001
        cut_short = [
            group.names
            for group in self._groups
            if isinstance(self._ended.get(group.source.name), RunStopped)
        ]
        left = [group.names for group in self._groups if group.source.name not in self._ended]
        lines = [
            str(stop),
            *([f"not finished: {', '.join(cut_short)}"] if cut_short else []),
            *([f"not begun: {', '.join(left)}"] if left else []),
        ]
        if isinstance(stop, TimeUsed):
            _log.info("%s", "; ".join(lines))
            return 1 if has_failed else 0
        _log.error("%s", "; ".join(lines))
        return stop.exit_code if isinstance(stop, Terminated) else 1


def _size_of(page: Page) -> int:
    """Return about how many bytes a page takes."""
    records = (made.jsons for row in page.rows for made in row.records)
    return _ROW_BYTES * len(page.rows) + sum(sum(map(len, jsons)) for jsons in records)


def _note(error: Cin7Error | None) -> str:
    if error is None:
        return ""
    return "skipped" if isinstance(error, StreamSkipped) else "incomplete"
