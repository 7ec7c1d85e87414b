"""Counting different keys, in the least time and memory.

The key of every record is counted, and how many are different is asked once, when the stream
ends. So keys are only put down as they come, eight bytes each, in parts of which one at a time
is looked through in the end.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from tap_cin7.rows.seen import mark_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

_PARTS = 64


class Distinct:
    """Counts different keys."""

    def __init__(self) -> None:
        """Start with none."""
        self._parts = [array("Q") for _ in range(_PARTS)]

    def __len__(self) -> int:
        """Return how many different keys there are."""
        return sum(len(set(part)) for part in self._parts)

    def update(self, keys: Iterable[Hashable]) -> None:
        """Add some keys."""
        appends = [part.append for part in self._parts]
        for mark in map(mark_of, keys):
            appends[mark % _PARTS](mark)
