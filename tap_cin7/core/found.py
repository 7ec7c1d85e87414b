"""Found rows: what a list has shown so far, and which of the rows of an answer are new."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_cin7.core.evidence import Evidence
from tap_cin7.rows.keys import KeySet

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    import msgspec

    from tap_cin7.rows.codec import Row, RowCodec

_AT_ONCE = 50
"""Rows that are made before they are handed on: records take more memory than rows."""


class Entry(NamedTuple):
    """A row that was found, and its bytes."""

    row: Row
    raw: msgspec.Raw


class Answer(NamedTuple):
    """The rows of an answer, or some of them.

    Attributes:
        rows: The rows.
        marks: A hash of each, by which answers are held against each other.

    """

    rows: Sequence[msgspec.Raw]
    marks: Sequence[int]

    @classmethod
    def of(cls, rows: Sequence[msgspec.Raw]) -> Answer:
        """Return rows with their marks."""
        return cls(rows, [hash(bytes(row)) for row in rows])

    def since(self, place: int) -> Answer:
        """Return the rows from a place on."""
        return Answer(self.rows[place:], self.marks[place:]) if place else self


class FoundRows:
    """The rows of one reading of a list, however many reads it takes.

    Attributes:
        keys: The keys of all rows that were found.
        duplicates: Rows that came again unchanged.

    """

    def __init__(self, codec: RowCodec, added: Callable[[], Mapping[str, Any] | None]) -> None:
        """Start with none.

        Args:
            codec: Tells the key of a row.
            added: Tells the columns to add; asked once there is an answer.

        """
        self.keys = KeySet()
        self.duplicates = 0
        self._codec = codec
        self._added = added
        self._versions = KeySet()

    def begin(self, before: Evidence | None) -> Evidence:
        """Begin a read.

        Args:
            before: The read before it.

        Returns:
            What takes its evidence.

        """
        self._codec.start_again()
        if before is None:
            # All that the first read finds is all that was found: one set for both.
            return Evidence(self.keys)
        if before.keys is self.keys:
            self.keys = self.keys.copy()
        return Evidence()

    def new(self, answer: Answer, read: Evidence) -> Iterator[list[Entry]]:
        """Yield the rows of an answer that were not found before as they are now.

        Args:
            answer: The rows.
            read: Takes their keys.

        """
        here: set[Hashable] = set()
        came: Counter[str] = Counter()
        for place in range(0, len(answer.rows), _AT_ONCE):
            raws = answer.rows[place : place + _AT_ONCE]
            marks = answer.marks[place : place + _AT_ONCE]
            rows = self._codec.rows(raws, self._added(), came)
            keys = [
                ("", mark) if row is None else row.key
                for row, mark in zip(rows, marks, strict=True)
            ]
            for key in keys:
                read.repeated += key in here
                here.add(key)
            self.keys.update(keys)
            if read.keys is not self.keys:
                read.keys.update(keys)
            entries = []
            for row, raw, key, mark in zip(rows, raws, keys, marks, strict=True):
                if row is None:
                    continue
                if self._versions.add((key, mark)):
                    entries.append(Entry(row, raw))
                else:
                    self.duplicates += 1
            yield entries
