"""Lists by page number, in an order in which rows keep their places.

A row that vanishes lets all rows after it slide up, over the border between a page that was
read and one that was not. So each window begins before the end of the one before it, and its
first row proves that nothing lies between: it must be known already.

The order relied on is that of the group: the columns of the key whose order is certain. Rows of
one group may come in another order with each request. A group is complete when a window holds
it that neither begins nor ends in it; a window proves itself when the group that it begins in
is complete already, since then all groups between its first and its last are complete as well.
Where that fails, the next window begins further back, until it holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Generic, TypeVar

from tap_cin7.omni.windows import Window, ahead, allowed, window_at
from tap_cin7.rows.keys import KeySet

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

Raw = TypeVar("Raw")
Row = TypeVar("Row")

SLACK = 2
"""Rows that two windows share beside the group at the border: so many may slide up unharmed."""
_MOST_STEPS_BACK = 12


@dataclass
class Numbered(Generic[Raw, Row]):
    """One reading of a list by page number.

    Attributes:
        fetch: Answers a window; called on several threads when ``width`` says so.
        read: Makes rows of what Cin7 sent, None where one has no key.
        group_of: Returns what the order goes by.
        width: Tells how many windows to have under way.
        is_proven: Whether every row that was there all the time has come, as far as was read.
        turns_pages: Whether Cin7 turned the pages as asked.

    """

    fetch: Callable[[Window], Sequence[Raw]]
    read: Callable[[Sequence[Raw]], list[Row | None]]
    group_of: Callable[[Row], Hashable]
    width: Callable[[], int] = lambda: 1
    is_proven: bool = True
    turns_pages: bool = True
    _complete: KeySet = field(default_factory=KeySet)
    _first: tuple[Hashable, int] = (None, 0)
    _end: int = 0
    _shared: int = 0
    _full: int = 0

    def pages(self) -> Iterator[list[Row]]:
        """Yield the rows of each window; those in which two windows overlap come twice."""
        steps_back = 0
        while True:
            for window, raws, _ in ahead(self._following, self.fetch, self._allowed):
                rows = [row for row in self.read(raws) if row is not None]
                groups = [self.group_of(row) for row in rows]
                self.turns_pages = not self._begins_anew(window, groups)
                if not self._adjoins(window, groups):
                    if steps_back < _MOST_STEPS_BACK and self.turns_pages:
                        steps_back += 1
                        self._shared *= 2
                        break
                    self.is_proven = False
                steps_back = 0
                yield rows
                if len(raws) < window.rows or not self.turns_pages:
                    return
                self._take(window, groups)

    def _allowed(self) -> int:
        return allowed(self.width(), self._full)

    def _following(self, last: Window | None) -> Window:
        end = self._end if last is None else last.end
        return window_at(max(end - self._shared, 0))

    def _begins_anew(self, window: Window, groups: list[Hashable]) -> bool:
        """Tell whether a later page is the first one again.

        Rows may vanish before the first one of a list, but it can't come to a later place.
        """
        first, size = self._first
        return window.begin >= size > 0 and groups[:1] == [first]

    def _adjoins(self, window: Window, groups: list[Hashable]) -> bool:
        """Tell whether no row can lie between a window and what was read before it."""
        return self.turns_pages and (
            window.begin == 0 or (bool(groups) and groups[0] in self._complete)
        )

    def _take(self, window: Window, groups: list[Hashable]) -> None:
        runs = [group for group, _ in groupby(groups)]
        known = [group in self._complete for group in runs]
        # A group in two places, or a known one after a new one: Cin7 went by another order.
        is_in_order = len(runs) == len(set(runs)) and known == sorted(known, reverse=True)
        self.is_proven &= is_in_order
        for group in runs[:-1]:
            self._complete.add(group)
        if window.begin == 0 and groups:
            self._first = groups[0], groups.count(groups[0])
        self._end = window.end
        self._shared = (groups.count(groups[-1]) if groups else 0) + SLACK
        self._full += 1
