"""Lists by page number, in an order in which rows keep their places.

A row that vanishes lets all rows after it slide up, over the border between a page that was
read and one that was not. So each window begins before the end of the one before it, and its
first row proves that nothing lies between: it must be known already.

The order relied on is that of the group: the columns of the key whose order is certain. Rows of
one group may come in another order with each request. A group is complete when a window holds
it that neither begins nor ends in it; a window proves itself when the group that it begins in
is complete already, since then all groups between its first and its last are complete as well.
Where that fails, the next window begins further back, until it holds.

Nothing but a short page says where such a list ends. Where that may be wrong, the last rows are
asked for once more: with more rows behind them the list goes on, without them nothing is proven.
A reading that was cut goes on behind the last complete group.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from tap_cin7.omni.windows import Window, ahead, allowed, window_at
from tap_cin7.rows.keys import KeySet

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

Raw = TypeVar("Raw")
Row = TypeVar("Row")

SLACK = 2
"""Rows that two windows share beside the group at the border: so many may slide up unharmed."""
_MOST_STEPS_BACK = 12


class Place(msgspec.Struct, frozen=True, array_like=True):
    """How far a reading by key has come.

    Attributes:
        group: The last complete group, as its columns.
        end: How many rows of the list lie before what follows.

    """

    group: tuple[Any, ...]
    end: int


@dataclass
class Numbered(Generic[Raw, Row]):
    """One reading of a list by page number.

    Attributes:
        fetch: Answers a window; called on several threads when ``width`` says so.
        read: Makes rows of what Cin7 sent, None where one has no key.
        group_of: Returns what the order goes by.
        width: Tells how many windows to have under way.
        resumed: Where an earlier run stopped; None to begin.
        may_end: Tells, from the number of rows and of full pages, whether a short page is
            believed to be the last one.
        is_proven: Whether every row that was there all the time has come, as far as was read.
        turns_pages: Whether Cin7 turned the pages as asked.
        place: How far the reading has come, None before the first full page.

    """

    fetch: Callable[[Window], Sequence[Raw]]
    read: Callable[[Sequence[Raw]], list[Row | None]]
    group_of: Callable[[Row], Hashable]
    width: Callable[[], int] = lambda: 1
    resumed: Place | None = None
    may_end: Callable[[int, int], bool] = lambda _rows, _full: True
    is_proven: bool = True
    turns_pages: bool = True
    place: Place | None = None
    _complete: KeySet = field(default_factory=KeySet)
    _first: tuple[Hashable, int] = (None, 0)
    _end: int = 0
    _shared: int = 0
    _full: int = 0

    def pages(self) -> Iterator[list[Row]]:
        """Yield the rows of each window; those in which two windows overlap come twice."""
        steps_back = 0
        last: Hashable = None
        if self.resumed is not None:
            self._end, self._shared = self.resumed.end, SLACK + 1
        while True:
            for window, raws, _ in ahead(self._following, self.fetch, self._allowed):
                rows = [row for row in self.read(raws) if row is not None]
                groups = [self.group_of(row) for row in rows]
                self.turns_pages = not self._begins_anew(window, groups)
                if last is not None and last not in groups:
                    self.is_proven = False  # it contradicts the page before
                    return
                if not self._adjoins(window, groups):
                    if steps_back < _MOST_STEPS_BACK and self.turns_pages:
                        steps_back += 1
                        self._shared *= 2
                        break
                    self.is_proven = False
                steps_back = 0
                yield rows
                if not self.turns_pages:
                    return
                if len(raws) < window.rows:
                    end = window.begin + len(raws)
                    if last is not None or not rows or self.may_end(end, self._full):
                        return
                    last = groups[-1]
                    self._take(window, groups)
                    self._end = end
                    break
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
            window.begin == 0 or (bool(groups) and self._is_complete(groups[0]))
        )

    def _is_complete(self, group: Hashable) -> bool:
        if group in self._complete:
            return True
        if self.resumed is None:
            return False
        try:
            return _columns(group) <= self.resumed.group
        except TypeError:  # a column that is null has no order
            return False

    def _take(self, window: Window, groups: list[Hashable]) -> None:
        runs = [group for group, _ in groupby(groups)]
        known = [self._is_complete(group) for group in runs]
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
        if runs[:-1] and self.is_proven:
            self.place = Place(_columns(runs[-2]), self._end - self._shared)


def _columns(group: Hashable) -> tuple[Any, ...]:
    return group if isinstance(group, tuple) else (group,)
