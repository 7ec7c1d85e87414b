"""The data of one API: tables of rows that tests look at and change."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, Any

from sandbox.clock import Clock, EditClock
from sandbox.entry import Entry, Key, Row
from sandbox.habits import HabitBook
from sandbox.stamps import TICKS_PER_SECOND, from_ticks, ticks_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.table import Table


class Store:
    """All streams of one API. Safe to use from several threads.

    Keys are given as a single value or, where the key has several columns, as a tuple.
    """

    void_fields: Mapping[str, Any] = {"isVoid": True, "status": "VOID"}
    """What voids a document."""
    status_field = "status"

    def __init__(self, tables: Iterable[Table]) -> None:
        """Take the tables, one per stream."""
        self.tables = {table.name: table for table in tables}
        self.lock = threading.RLock()
        self.habits = HabitBook()
        self.clock = Clock()
        self._stamps_by_clock = False
        self._edits = EditClock()
        self._luck = random.Random(len(self.tables))
        for table in self.tables.values():
            if table.by_stamp:
                self._edits.saw(table.by_stamp[-1].by_stamp[0])

    def live_in(self, habits: HabitBook, clock: Clock, *, stamps_by_clock: bool) -> None:
        """Take over how lists behave, and the time.

        Args:
            habits: What lists do.
            clock: What late changes wait by.
            stamps_by_clock: Whether edits take their stamps from it too.

        """
        self.habits, self.clock, self._stamps_by_clock = habits, clock, stamps_by_clock

    def rows(self, stream: str) -> list[Row]:
        """Return the rows as lists show them, by key."""
        with self.lock:
            return [entry.row for entry in self.tables[stream].by_id]

    def keys(self, stream: str) -> list[Key]:
        """Return the keys of the rows as lists show them, without making the rows."""
        with self.lock:
            return [entry.key for entry in self.tables[stream].by_id]

    def all_keys(self, stream: str) -> list[Key]:
        """Return the keys of the rows as they stand, visible yet or not."""
        with self.lock:
            return sorted(self.tables[stream].by_key, key=repr)

    def row(self, stream: str, key: object) -> Row:
        """Return one row as it stands."""
        with self.lock:
            return self.tables[stream].by_key[_key(key)].row

    def versions(self, stream: str) -> list[Entry]:
        """Return every version that ever existed, the starting ones first."""
        with self.lock:
            return list(self.tables[stream].history)

    def settle(self, stream: str) -> None:
        """Let the lists of a stream show what is due."""
        table = self.tables.get(stream)
        if table is not None:
            table.settle(self.clock.ticks())

    def edit(self, stream: str, key: object, **changes: Any) -> Entry:  # noqa: ANN401
        """Change fields of a row; its stamp moves to the present unless it is given."""
        with self.lock:
            table = self.tables[stream]
            row = table.by_key[_key(key)].row | changes
            if table.stamp is not None and table.stamp not in changes:
                row[table.stamp] = self._next_stamp(table)
            # Without key columns a row is known by its key alone.
            return self._put(table, row, None if table.keys else _key(key))

    def touch(self, stream: str, *keys: object, **changes: Any) -> str:  # noqa: ANN401
        """Move the stamps of some rows to one and the same new second and return it."""
        with self.lock:
            table = self.tables[stream]
            stamp = self._next_stamp(table)
            if table.stamp is not None:
                for key in keys:
                    self.edit(stream, key, **changes, **{table.stamp: stamp})
            return stamp

    def misdate(self, stream: str, *keys: object, stamp: str = "2099-01-01T00:00:00Z") -> None:
        """Give rows a stamp that somebody's wrong clock made; later edits don't follow it."""
        with self.lock:
            present = self._edits.second
            name = self.tables[stream].stamp
            if name is not None:
                for key in keys:
                    self.edit(stream, key, **{name: stamp})
            self._edits.second = present

    def add(self, stream: str, row: Mapping[str, Any] | None = None) -> Entry:
        """Add a row, stamped with the present unless it brings a stamp.

        What it lacks is made as for the other rows.
        """
        with self.lock:
            table = self.tables[stream]
            given = dict(row or {})
            if table.stamp is not None and table.stamp not in given:
                given[table.stamp] = self._next_stamp(table)
            return self._put(table, self._made(table) | given)

    def void(self, stream: str, key: object) -> Entry:
        """Void a document: it stays listed."""
        return self.edit(stream, key, **self.void_fields)

    def is_draft(self, stream: str, key: object) -> bool:
        """Tell whether a document is a draft, which may vanish."""
        return self.row(stream, key).get(self.status_field) == "DRAFT"

    def delete(self, stream: str, key: object) -> None:
        """Remove a row for good."""
        with self.lock:
            self.tables[stream].drop(_key(key), self.clock.ticks())

    def warm(self, *streams: str) -> None:
        """Make all rows now, so that the first read is as fast as the later ones."""
        with self.lock:
            for stream in streams or self.tables:
                for entry in self.tables[stream].by_id:
                    _ = entry.body

    def is_editable(self, stream: str) -> bool:
        """Tell whether an edit of a stream's rows would show: only a stamp shows it."""
        return self.tables[stream].stamp is not None

    def _made(self, table: Table) -> Row:
        return {} if table.make is None else table.make(table.next_number(), None)

    def _next_stamp(self, _table: Table) -> str:
        ticks = self._next_ticks()
        return from_ticks(ticks - ticks % TICKS_PER_SECOND)

    def _next_ticks(self) -> int:
        return self.clock.ticks() if self._stamps_by_clock else self._edits.advance()

    def _ticks(self, _table: Table, stamp: object) -> int:
        return ticks_of(stamp)

    def _put(self, table: Table, row: Row, key: Key | None = None) -> Entry:
        stamp = row[table.stamp] if table.stamp is not None else None
        ticks = self._ticks(table, stamp)
        found = tuple(row[name] for name in table.keys) if key is None else key
        entry = Entry(found, stamp, ticks, lambda: row)
        _ = entry.body  # the caller's nested values may change later
        now = self.clock.ticks()
        self._edits.saw(ticks)
        table.put(entry, now, self._due(table, now))
        return entry

    def _due(self, table: Table, now: int) -> int | None:
        low, high = self.habits.of(table.name).late_seconds
        return now + round(self._luck.uniform(low, high) * TICKS_PER_SECOND) if high else None


def _key(key: object) -> Key:
    return key if isinstance(key, tuple) else (key,)
