"""The data: tables of rows kept in the two orders that lists are read in, and their history."""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sandbox.clock import StoreClock
from sandbox.entry import Entry, Key, Row, sortable
from sandbox.stamps import NULL_TICKS, from_ticks, ticks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_BY_ID = attrgetter("by_id")
_BY_STAMP = attrgetter("by_stamp")


class Table:
    """The rows of one stream, sorted by key and by stamp at any time."""

    def __init__(
        self, name: str, keys: tuple[str, ...], stamp: str | None, entries: Iterable[Entry]
    ) -> None:
        """Take the rows a table starts with.

        Args:
            name: The stream.
            keys: Columns that identify a row.
            stamp: Column that moves with each edit, if there is one.
            entries: The rows, in any order.

        """
        self.name = name
        self.keys = keys
        self.stamp = stamp
        self.by_key = {entry.key: entry for entry in entries}
        self.by_id = sorted(self.by_key.values(), key=_BY_ID)
        self.by_stamp = sorted(self.by_id, key=_BY_STAMP)
        self.history = list(self.by_id)
        self.revision = 0

    def put(self, entry: Entry) -> None:
        """Add a row or replace the one with the same key."""
        if entry.key in self.by_key:
            self.drop(entry.key)
        self.by_key[entry.key] = entry
        insort(self.by_id, entry, key=_BY_ID)
        insort(self.by_stamp, entry, key=_BY_STAMP)
        self.history.append(entry)
        self.revision += 1

    def drop(self, key: Key) -> None:
        """Remove a row; its versions stay in the history."""
        entry = self.by_key.pop(key)
        del self.by_id[bisect_left(self.by_id, entry.by_id, key=_BY_ID)]
        del self.by_stamp[bisect_left(self.by_stamp, entry.by_stamp, key=_BY_STAMP)]
        self.revision += 1

    def first(self, value: object) -> Entry | None:
        """Return the first row whose key starts with a value."""
        index = bisect_left(self.by_id, sortable((value,)), key=_BY_ID)
        found = self.by_id[index] if index < len(self.by_id) else None
        return found if found is not None and found.key[0] == value else None

    def between(self, low: int | None, high: int | None) -> tuple[int, int]:
        """Return the slice of ``by_stamp`` between two instants, both inclusive."""
        start = 0 if low is None else bisect_left(self.by_stamp, (low,), key=_BY_STAMP)
        if high is None:
            return start, len(self.by_stamp)
        # A null stamp fulfils no comparison, so an upper bound alone leaves it out too.
        start = max(start, bisect_left(self.by_stamp, (NULL_TICKS + 1,), key=_BY_STAMP))
        return start, max(start, bisect_left(self.by_stamp, (high + 1,), key=_BY_STAMP))


class Store:
    """All streams of one API. Safe to use from several threads.

    Keys are given as a single value or, where the key has several columns, as a tuple.
    """

    def __init__(
        self, tables: Iterable[Table], *, stamp_text: Callable[[int], str] = from_ticks
    ) -> None:
        """Take the tables.

        Args:
            tables: One per stream.
            stamp_text: How this API writes the stamp of an edit.

        """
        self.tables = {table.name: table for table in tables}
        self.lock = threading.RLock()
        self._stamp_text = stamp_text
        self._clock = StoreClock()
        for table in self.tables.values():
            if table.by_stamp:
                self._clock.saw(table.by_stamp[-1].by_stamp[0])

    def rows(self, stream: str) -> list[Row]:
        """Return the rows as they stand, by key."""
        with self.lock:
            return [entry.row for entry in self.tables[stream].by_id]

    def keys(self, stream: str) -> list[Key]:
        """Return the keys of the rows as they stand, without making the rows."""
        with self.lock:
            return [entry.key for entry in self.tables[stream].by_id]

    def row(self, stream: str, key: object) -> Row:
        """Return one row."""
        with self.lock:
            return self.tables[stream].by_key[_key(key)].row

    def versions(self, stream: str) -> list[Entry]:
        """Return every version that ever existed, the starting ones first."""
        with self.lock:
            return list(self.tables[stream].history)

    def edit(self, stream: str, key: object, **changes: Any) -> Entry:  # noqa: ANN401
        """Change fields of a row; its stamp moves to the store clock unless it is given."""
        with self.lock:
            table = self.tables[stream]
            row = table.by_key[_key(key)].row | changes
            if table.stamp is not None and table.stamp not in changes:
                row[table.stamp] = self._next_stamp(table)
            # Without key columns a row is known by its key alone.
            return self._put(table, row, None if table.keys else _key(key))

    def touch(self, stream: str, *keys: object) -> str:
        """Move the stamps of some rows to one and the same new second and return it."""
        with self.lock:
            table = self.tables[stream]
            stamp = self._next_stamp(table)
            if table.stamp is not None:
                for key in keys:
                    self.edit(stream, key, **{table.stamp: stamp})
            return stamp

    def add(self, stream: str, row: Row) -> Entry:
        """Add a row, stamped by the store clock unless it brings a stamp."""
        with self.lock:
            table = self.tables[stream]
            if table.stamp is not None and table.stamp not in row:
                row = {**row, table.stamp: self._next_stamp(table)}
            return self._put(table, dict(row))

    def delete(self, stream: str, key: object) -> None:
        """Remove a row for good."""
        with self.lock:
            self.tables[stream].drop(_key(key))

    def warm(self, *streams: str) -> None:
        """Make all rows now, so that the first read is as fast as the later ones."""
        with self.lock:
            for stream in streams or self.tables:
                for entry in self.tables[stream].by_id:
                    _ = entry.body

    def is_editable(self, stream: str) -> bool:
        """Tell whether an edit of a stream's rows would show: only a stamp shows it."""
        return self.tables[stream].stamp is not None

    def _next_stamp(self, _table: Table) -> str:
        return self._stamp_text(self._clock.advance())

    def _ticks(self, _table: Table, stamp: object) -> int:
        return ticks_of(stamp)

    def _put(self, table: Table, row: Row, key: Key | None = None) -> Entry:
        stamp = row[table.stamp] if table.stamp is not None else None
        ticks = self._ticks(table, stamp)
        found = tuple(row[name] for name in table.keys) if key is None else key
        entry = Entry(found, stamp, ticks, lambda: row)
        _ = entry.body  # the caller's nested values may change later
        self._clock.saw(ticks)
        table.put(entry)
        return entry


def _key(key: object) -> Key:
    return key if isinstance(key, tuple) else (key,)
