"""Sets and counts of keys, in a few bytes each.

A run over 200,000 rows has to keep each of their keys, several times over. A ``set`` takes 75
bytes for one, which adds up to more than all the rest of the tap. Here a key is a number of 64
bits in a table with open addressing: 10 to 20 bytes, whatever the key is. Positive integers stand
for themselves, other keys are hashed; a collision would merge two keys, which among a million rows
happens once in 18 million runs.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from tap_cin7.rows.encoding import as_json

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable

_BITS = 64
_FEWEST_BITS = 6
_BUCKETS = 64
_ALL_BITS = (1 << _BITS) - 1
_MULTIPLIER = 0x9E37_79B9_7F4A_7C15
"""An odd number near 2**64 over the golden ratio: spreads keys at regular steps."""
_FREE = 0
_HASHED = 1 << (_BITS - 1)
"""The bit that distinguishes hashes from numbers."""


class KeySet:
    """A set of keys that can only grow."""

    def __init__(self) -> None:
        """Start empty."""
        self._count = 0
        self._table = array("Q")
        self._make_room(0)

    def __len__(self) -> int:
        """Return how many different keys there are."""
        return self._count

    def __contains__(self, key: Hashable) -> bool:
        """Return whether a key was added."""
        return self._table[self._place(mark_of(key))] != _FREE

    def copy(self) -> KeySet:
        """Return another set with the same keys."""
        other = KeySet()
        other.__dict__.update(self.__dict__, _table=self._table[:])
        return other

    def __eq__(self, other: object) -> bool:
        """Return whether another set has the same keys."""
        if not isinstance(other, KeySet) or len(self) != len(other):
            return False
        return set(self._table) == set(other._table)

    __hash__ = None  # type: ignore[assignment]

    def add(self, key: Hashable) -> bool:
        """Add a key; return whether it was new."""
        before = self._count
        self.update((key,))
        return self._count != before

    def update(self, keys: Collection[Hashable]) -> None:
        """Add some keys."""
        if 5 * (self._count + len(keys)) > 4 * len(self._table):
            self._make_room(self._count + len(keys))
        table, shift, last = self._table, self._shift, len(self._table) - 1
        for key in keys:
            # ``mark_of`` and ``_place`` inlined: this runs for every record.
            mark = key if type(key) is int and _FREE < key < _HASHED else mark_of(key)
            place = (mark * _MULTIPLIER & _ALL_BITS) >> shift
            while (found := table[place]) and found != mark:
                place = (place + 1) & last
            if not found:
                table[place] = mark
                self._count += 1

    def _make_room(self, keys: int) -> None:
        """Rehash into a table with room for so many keys."""
        marks, bits = self._table, _FEWEST_BITS
        while 5 * keys > 4 << bits:
            bits += 1
        self._shift = _BITS - bits
        # Not from a bytes object: that would take as much memory again.
        self._table = array("Q", (_FREE,)) * (1 << bits)
        for mark in filter(None, marks):
            self._table[self._place(mark)] = mark

    def _place(self, mark: int) -> int:
        """Return the index of a mark, or the free one for it."""
        table = self._table
        last = len(table) - 1
        place = (mark * _MULTIPLIER & _ALL_BITS) >> self._shift
        # A free place, 0, ends the search as the mark itself does.
        while (found := table[place]) and found != mark:
            place = (place + 1) & last
        return place


def mark_of(key: Hashable) -> int:
    """Return the number of 64 bits, not 0, that stands for a key."""
    if type(key) is int and _FREE < key < _HASHED:
        return key
    # Python's hashes of -1 and -2 are equal, and so are those of tuples that have them. (No stream
    # has keys that are nested deeper.)
    if type(key) is tuple:
        return hash(as_json(key) if -1 in key else key) & _ALL_BITS | _HASHED
    return hash(key if type(key) is str else (repr(key),)) & _ALL_BITS | _HASHED


class KeyCount:
    """Counts keys, all and different ones, fast and in little memory.

    Every record adds its key, and the count is read once, when the stream ends. So keys are only
    appended, eight bytes each, to buckets that are deduplicated one at a time in the end.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._buckets = [array("Q") for _ in range(_BUCKETS)]

    @property
    def rows(self) -> int:
        """How many keys were added."""
        return sum(map(len, self._buckets))

    @property
    def unique_keys(self) -> int:
        """How many of them differ."""
        return sum(len(set(bucket)) for bucket in self._buckets)

    def update(self, keys: Iterable[Hashable]) -> None:
        """Add some keys."""
        appends = [bucket.append for bucket in self._buckets]
        for mark in map(mark_of, keys):
            appends[mark % _BUCKETS](mark)
