"""The rows of one stream, kept in the two orders that lists are read in, and their history."""

from __future__ import annotations

from bisect import bisect_left, insort
from heapq import heapify, heappop, heappush
from operator import attrgetter
from typing import TYPE_CHECKING

from sandbox.entry import Entry, Key, Row, sortable
from sandbox.stamps import NULL_TICKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_BY_ID = attrgetter("by_id")
_BY_STAMP = attrgetter("by_stamp")


class Table:
    """The rows of one stream.

    ``by_key`` holds the rows as they stand, ``by_id`` and ``by_stamp`` what lists show: the same
    unless a change is due later than it was made.
    """

    def __init__(
        self,
        name: str,
        keys: tuple[str, ...],
        stamp: str | None,
        entries: Iterable[Entry],
        make: Callable[[int, str | None], Row] | None = None,
    ) -> None:
        """Take the rows a table starts with.

        Args:
            name: The stream.
            keys: Columns that identify a row.
            stamp: Column that moves with each edit, if there is one.
            entries: The rows, in any order.
            make: Makes one more row from its number and stamp.

        """
        self.name = name
        self.keys = keys
        self.stamp = stamp
        self.make = make
        self.by_key = {entry.key: entry for entry in entries}
        self.by_id = sorted(self.by_key.values(), key=_BY_ID)
        self.by_stamp = sorted(self.by_id, key=_BY_STAMP)
        self.history = list(self.by_id)
        self.revision = 0
        self._started_with = len(self.by_key)
        self._added = 0
        self._waiting: list[tuple[int, int, Entry]] = []
        # What lists show of the keys that have a version waiting.
        self._shown: dict[Key, Entry | None] = {}

    def next_number(self) -> int:
        """Return the number of the next row to make."""
        self._added += 1
        return self._started_with + self._added - 1

    def put(self, entry: Entry, now: int, due: int | None = None) -> None:
        """Add a row or replace the one with the same key.

        Args:
            entry: The row.
            now: The time.
            due: When lists show it, if not at once.

        """
        before = self.by_key.get(entry.key)
        self.by_key[entry.key] = entry
        self.history.append(entry)
        if due is None and entry.key not in self._shown:
            self._replace(before, entry, now)
            return
        self._shown.setdefault(entry.key, before)
        heappush(self._waiting, (due or now, len(self.history), entry))
        entry.born = -1

    def settle(self, now: int) -> None:
        """Let lists show what is due."""
        while self._waiting and self._waiting[0][0] <= now:
            due, _, entry = heappop(self._waiting)
            if entry.key in self._shown:
                self._replace(self._shown[entry.key], entry, due)
                self._shown[entry.key] = entry
                if entry is self.by_key[entry.key]:
                    # What waits still is older: it is never seen.
                    del self._shown[entry.key]

    def drop(self, key: Key, now: int) -> None:
        """Remove a row; its versions stay in the history."""
        entry = self.by_key.pop(key)
        shown = self._shown.pop(key, entry)
        if shown is not entry:
            self._waiting = [one for one in self._waiting if one[2].key != key]
            heapify(self._waiting)
        self._replace(shown, None, now)

    def shown(self, key: Key) -> Entry:
        """Return a row as lists show it.

        Raises:
            KeyError: They do not show it.

        """
        entry = self._shown[key] if key in self._shown else self.by_key[key]
        if entry is None:
            raise KeyError(key)
        return entry

    def at(self, key: Key, moment: int) -> Entry:
        """Return the version of a row that lists showed at a moment.

        Raises:
            KeyError: They showed none.

        """
        for one in reversed(self.history):
            if one.key == key and 0 <= one.born <= moment:
                return one
        raise KeyError(key)

    def alive(self, moment: int) -> list[Entry]:
        """Return what lists showed at a moment."""
        return [
            one
            for one in self.history
            if 0 <= one.born <= moment and (one.died is None or one.died > moment)
        ]

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

    def _replace(self, before: Entry | None, after: Entry | None, now: int) -> None:
        if before is not None:
            before.died = now
            del self.by_id[bisect_left(self.by_id, before.by_id, key=_BY_ID)]
            del self.by_stamp[bisect_left(self.by_stamp, before.by_stamp, key=_BY_STAMP)]
        if after is not None:
            after.born = now
            insort(self.by_id, after, key=_BY_ID)
            insort(self.by_stamp, after, key=_BY_STAMP)
        self.revision += 1
