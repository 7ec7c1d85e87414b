"""Absence needs two witnesses: which version records carry, and when rows are gone.

The rule: a whole reading gives its records a new version. When it is over and believed, it ends
with ACTIVATE_VERSION of the version of the whole reading **before** it, and loaders remove or mark
rows with a smaller version or none: a row goes only when two whole readings in a row lack it. One
broken reading removes nothing, however it broke.

A reading is believed if its reader has proven it whole, it reached the previous bookmark, and it
brought at least half the rows of the last one that was believed; otherwise the next ones must
confirm it (``reading.position``). One that is not believed reports nothing, its stream is
incomplete, and the next run reads anew. Between whole readings records carry the version of the
last; records that are read outside regular runs (``only_ids``) carry the time of their own run. If
two streams write to one table, in one run or in two, neither has versions: they would remove each
other's rows.

Relies on: two-readings.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tap_cin7.errors import Incomplete
from tap_cin7.reading.position import (
    BOOKMARK,
    ROWS_OF_READING,
    TOO_EARLY,
    TOO_FEW,
    VERSION,
    VERSION_BEFORE,
    VERSION_OF_READING,
    WHOLE_REACHED,
    WHOLE_ROWS,
    doubts,
)

if TYPE_CHECKING:
    from tap_cin7.reading.reader import Page, Reader
    from tap_cin7.singer.stream import Cin7Stream, StreamGroup

_MOST_EARLY = 3
"""Readings in a row that end before the bookmark and are not believed; the next one is."""
_DISQUALIFIED = 0
"""Version of a whole reading that had rows without a version, or filtered out."""


class Witness:
    """The versions of the streams of a group in one run, and whether its reading is believed.

    Attributes:
        versions: Stream -> version of its records; without the streams that have none.
        rows: How many rows of the reading this run has brought.

    """

    rows = 0

    def __init__(self, group: StreamGroup, reader: Reader) -> None:
        """Choose versions; nothing is read yet.

        Args:
            group: The streams.
            reader: Says whether the reading is to bring every row.

        """
        self._source_state = group.source.stream_state
        self._streams = group.streams
        self._reader = reader
        self._unversioned = [
            stream
            for stream in group.streams
            if not stream.settings.emit_activate_version_messages or stream.shares_table
        ]
        self._disqualified = {
            stream.name
            for stream in group.streams
            if reader.is_resumed and stream.stream_state.get(VERSION_OF_READING) == _DISQUALIFIED
        }
        now = time.time_ns() // 1_000_000
        self.versions = {
            stream.name: version
            for stream in group.streams
            if stream.resource.shows_what_is_gone and stream not in self._unversioned
            if (version := self._version_of(stream, now)) is not None
        }
        kept = [stream for stream in group.streams if stream not in group.snapshots]
        bookmarks: list[Any] = [stream.stream_state.get(BOOKMARK) for stream in kept]
        self._bookmark = min(bookmarks, default="") if all(bookmarks) else ""
        self._rows_of_reading = self._source_state.get(ROWS_OF_READING, 0)

    def _version_of(self, stream: Cin7Stream, now: int) -> int | None:
        state = stream.stream_state
        last: int | None = state.get(VERSION)
        if stream.settings.only_ids is not None:
            return now if last is None else max(now, last)
        if not self._reader.is_whole:
            return last
        begun: int | None = state.get(VERSION_OF_READING) if self._reader.is_resumed else None
        return begun or (now if last is None else max(now, last + 1))

    def disqualify(self, stream: Cin7Stream) -> None:
        """Disqualify a reading as witness of a stream: not all of its rows carry the version."""
        self._disqualified.add(stream.name)
        if self._reader.is_whole:
            stream.stream_state[VERSION_OF_READING] = _DISQUALIFIED

    def note(self, page: Page) -> None:
        """Note the progress of a reading of every row, for the runs that resume it."""
        if page.rows:
            self._forget_versions()
        if not self._reader.is_whole:
            return
        self.rows += 0 if page.is_beside else len(page.rows)
        before = self._rows_of_reading if self._reader.is_resumed else 0
        self._source_state[ROWS_OF_READING] = before + self.rows
        for stream in self._streams:
            if stream.name in self.versions and stream.name not in self._disqualified:
                stream.stream_state[VERSION_OF_READING] = self.versions[stream.name]

    def _forget_versions(self) -> None:
        """Reset the versions of streams whose rows carry none.

        Otherwise ACTIVATE_VERSION would remove those rows after a single reading that lacks them.
        """
        for stream in self._unversioned:
            state = stream.stream_state
            if state.get(VERSION) is not None:
                state[VERSION] = state[VERSION_BEFORE] = None
            if self._reader.is_whole or state.get(VERSION_OF_READING):
                state[VERSION_OF_READING] = _DISQUALIFIED

    def believe(self, rows: int, page: Page, now: str) -> None:
        """Accept a reading that is proven whole as a witness.

        Args:
            rows: How many different rows this run brought.
            page: Its last page.
            now: Cin7's time.

        Raises:
            Incomplete: If it is not believed.

        """
        source_state, reached = self._source_state, page.reached
        before, least = source_state.get(WHOLE_ROWS), rows
        if self._reader.is_resumed:
            rows = max(rows, self._rows_of_reading + self.rows)
            if page.announced:
                rows = least = min(rows, page.announced)
        words = f"it brought {rows} rows, the last whole reading {before}"
        known = source_state.get(TOO_FEW) or []
        few, early = doubts(rows, before, known, now), list[str]()
        if reached is not None and rows:
            early = self._too_early(reached, source_state.get(TOO_EARLY) or [], now)
        if early and not few:
            words = f"it ends at {reached or 'no stamp'}, the one before at {self._bookmark}"
            # Where few rows are confirmed, they stay so until the early end is.
            few = known if 2 * rows < (before or 0) else []
        source_state[TOO_FEW], source_state[TOO_EARLY] = few, early
        if few or early:
            raise Incomplete(f"{words}: that is not believed before the next run says so too")
        # What changes in a reading of several runs may come twice, or beside it only: the count of
        # the previous reading is the likeliest.
        source_state[WHOLE_ROWS] = min(rows, max(least, before or rows))
        if reached is not None:
            source_state[WHOLE_REACHED] = [self._bookmark, reached]

    def _too_early(self, reached: str, doubted: list[str], now: str) -> list[str]:
        """Return the times of the readings in a row that end before the bookmark, up to now.

        Empty if this one is believed, as the fourth in a row is: the row with the latest stamp may
        be gone for good, and then no reading reaches the bookmark again.
        """
        bookmark, believed = self._source_state.get(WHOLE_REACHED) or ("", "")
        least = believed if bookmark == self._bookmark else self._bookmark
        if not self._bookmark or reached >= least or len(doubted) >= _MOST_EARLY:
            return []
        return [*doubted, now]

    def advance_version(self, stream: Cin7Stream) -> int | None:
        """Set the version of a stream to that of a reading that is believed.

        Returns:
            The version of the whole reading before it: rows with a smaller one are gone. None if
            there was none.

        """
        if stream.name not in self.versions or stream.name in self._disqualified:
            return None
        state = stream.stream_state
        last: int | None = state.get(VERSION)
        if last is not None:
            state[VERSION_BEFORE] = last
        state[VERSION] = self.versions[stream.name]
        return last
