"""Absence needs two witnesses: which version records carry, and when older ones are gone.

The rule: a whole reading gives its records a new version. When it is over and believed, it ends
with ACTIVATE_VERSION of the version of the whole reading **before** it, and loaders remove or mark
what has a smaller one or none: a row goes only when two whole readings in a row did not bring it.
One broken reading removes nothing, whatever it broke on.

A reading is believed when its reader has proven it whole, it reached the bookmark that it had
before, and it brought at least half of the rows of the last one that was believed; else those after
it must say the same (``reading.position``). One that is not believed reports nothing, its stream
is incomplete, and the next run reads anew. Between whole readings records carry the version of the
last; records that leave beside regular runs carry the time of their own run. Where two streams
leave into one table, neither has versions: they would remove each other's rows.

Relies on: two-readings.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from singer_sdk.mapper import RemoveRecordTransform

from tap_cin7.errors import Incomplete
from tap_cin7.reading.position import (
    BOOKMARK,
    DOUBTED,
    ROWS_OF_READING,
    VERSION,
    VERSION_BEFORE,
    VERSION_OF_READING,
    WHOLE_REACHED,
    WHOLE_ROWS,
    doubts,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_cin7.reading.reader import Page, Reader
    from tap_cin7.singer.stream import Cin7Stream, StreamGroup

_TOO_EARLY = 3
_NONE = 0
"""Version of a whole reading of which some rows left without one, or were kept back."""


def shared_tables(streams: Iterable[Cin7Stream]) -> frozenset[str]:
    """Return the tables into which several of some streams leave."""
    counts = Counter(table for stream in streams for table in set(tables_of(stream)))
    return frozenset(table for table, count in counts.items() if count > 1)


def tables_of(stream: Cin7Stream) -> Iterator[str]:
    """Yield the tables into which a stream leaves, by the user's stream maps."""
    for one in stream.stream_maps:
        if not isinstance(one, RemoveRecordTransform):
            yield one.stream_alias


class Witness:
    """The versions of the streams of a group in one run, and whether its reading is believed.

    Attributes:
        versions: The version that the records of a stream carry, where they carry one.

    """

    def __init__(self, group: StreamGroup, reader: Reader, shared: frozenset[str]) -> None:
        """Give versions; nothing is read yet.

        Args:
            group: The streams.
            reader: Tells whether the reading sets out to bring every row.
            shared: Tables into which several streams leave.

        """
        self._head = group.source.stream_state
        self._streams = group.streams
        self._reader = reader
        self._without = [
            stream
            for stream in group.streams
            if not stream.settings.emit_activate_version_messages
            or not shared.isdisjoint(tables_of(stream))
        ]
        self._disqualified = {
            stream.name
            for stream in group.streams
            if reader.is_resumed and stream.stream_state.get(VERSION_OF_READING) == _NONE
        }
        now = time.time_ns() // 1_000_000
        self.versions = {
            stream.name: version
            for stream in group.streams
            if stream.resource.shows_what_is_gone and stream not in self._without
            if (version := self._version_of(stream, now)) is not None
        }
        bookmarks: list[Any] = [stream.stream_state.get(BOOKMARK) for stream in group.streams]
        self._bookmark = min(bookmarks) if all(bookmarks) else ""
        self._rows_of_reading = self._head.get(ROWS_OF_READING, 0)

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
        """Take a reading for no witness of a stream: not all of its rows left with the version."""
        self._disqualified.add(stream.name)
        if self._reader.is_whole:
            stream.stream_state[VERSION_OF_READING] = _NONE

    def note(self, rows: int) -> None:
        """Note how far a reading of every row has come, for the runs that go on with it.

        Args:
            rows: How many rows this run has read.

        """
        if rows:
            self._forget_versions()
        if not self._reader.is_whole:
            return
        before = self._rows_of_reading if self._reader.is_resumed else 0
        self._head[ROWS_OF_READING] = before + rows
        for stream in self._streams:
            if stream.name in self.versions and stream.name not in self._disqualified:
                stream.stream_state[VERSION_OF_READING] = self.versions[stream.name]

    def _forget_versions(self) -> None:
        """Begin anew with streams whose rows leave without a version.

        Any ACTIVATE_VERSION would remove those rows, after a single reading that misses them.
        """
        for stream in self._without:
            state = stream.stream_state
            if state.get(VERSION) is not None:
                state[VERSION] = state[VERSION_BEFORE] = None
            if self._reader.is_whole or state.get(VERSION_OF_READING):
                state[VERSION_OF_READING] = _NONE

    def believe(self, rows: int, page: Page, now: str) -> None:
        """Take a reading that is proven whole for a witness.

        Args:
            rows: How many rows this run brought of it.
            page: Its last page.
            now: Cin7's time.

        Raises:
            Incomplete: If it is not believed.

        """
        head, reached = self._head, page.reached
        before, least = head.get(WHOLE_ROWS), rows
        if self._reader.is_resumed:
            rows += self._rows_of_reading
            if page.announced:
                rows = least = min(rows, page.announced)
        doubted = head.get(DOUBTED) or []
        words = f"it brought {rows} rows, the last whole reading {before}"
        found = doubts(rows, before, doubted, now)
        if reached is not None and 2 * rows >= (before or 0):
            found = self._too_early(reached, doubted, now)
            words = f"it ends at {reached or 'no stamp'}, the one before at {self._bookmark}"
        head[DOUBTED] = found
        if found:
            raise Incomplete(f"{words}: that is not believed before the next run says so too")
        # Each run of a reading counts what changed since the one before: of all that it may have
        # brought, what the reading before did is the likeliest.
        head[WHOLE_ROWS] = min(rows, max(least, before or rows))
        if reached is not None:
            head[WHOLE_REACHED] = [self._bookmark, reached]

    def _too_early(self, reached: str, doubted: list[str], now: str) -> list[str]:
        """Return the readings in a row that end before the bookmark and are not believed.

        The fourth is: the row with the latest stamp may be gone for good, and then no reading
        comes as far as the bookmark again.
        """
        bookmark, believed = self._head.get(WHOLE_REACHED) or ("", "")
        least = believed if bookmark == self._bookmark else self._bookmark
        if not self._bookmark or reached >= least or len(doubted) >= _TOO_EARLY:
            return []
        return [*doubted, now]

    def gone_before(self, stream: Cin7Stream) -> int | None:
        """Move a stream to the version of a reading that is believed.

        Returns:
            The version of the whole reading before: what has a smaller one is gone. None where
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
