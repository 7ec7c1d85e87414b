"""Lists read by page number, in the order of the key, in which rows keep their places.

When a row vanishes, all rows after it slide up, over the border between a page that was read and
one that was not. So each window begins before the end of the previous one, and its first row proves
that nothing lies between: it must be known already.

The order relied on is that of the group: the columns of the key whose order is certain. Rows of
one group may come in another order with each request. A group is complete when a window contains it
that neither begins nor ends in it; a window is proven when the group that it begins in is complete
already, since then all groups between its first and its last are complete as well. Where that
fails, the next window begins further back, until it holds. Where steps back bring the reading no
further, in one run or in several, the order is given up: the rest is read page after page, and
proven by nothing.

Only a short page says where such a list ends. Where that may be wrong, it is requested once more: a
full page there is read on, and without its last row nothing is proven. An interrupted reading is
resumed behind the last complete group: the window must contain it, or one before it where the
order is that of numbers, which must show in the rows.

Relies on: omni-end, omni-order, omni-pages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import msgspec

from tap_cin7.omni.windows import PAGE_ROWS, SLACK, allowed
from tap_cin7.reading.keyset import KeySet
from tap_cin7.reading.prefetch import in_order
from tap_cin7.reading.windows import Window, window_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_cin7.omni.listing import Listing
    from tap_cin7.rows.codec import Row

T = TypeVar("T")
Group: TypeAlias = "tuple[Any, ...]"
"""The columns of a row that the order relies on."""
_MOST_STEPS_BACK = 12


class KeyPlace(msgspec.Struct, frozen=True, array_like=True):
    """How far a reading by key has come.

    Attributes:
        group: The last complete group, as its columns.
        end: How many rows of the list come before the rest.
        last: The group at the end of a short page that is requested once more; empty for an empty
            page, None where there is none.
        furthest: How many rows came before the rest when it had come furthest.
        steps_back: Windows since then that began further back than the one before.
        known_pages: Full pages in a row that brought no new group.
        is_ascending: Whether groups of numbers have come in their order; if not, no later run can
            tell what has come.
        first: The first group of all, and how many rows it ends behind.

    """

    group: tuple[Any, ...]
    end: int
    last: tuple[Any, ...] | None = None
    furthest: int = 0
    steps_back: int = 0
    known_pages: int = 0
    is_ascending: bool = True
    first: tuple[tuple[Any, ...], int] = ((), 0)

    def json(self) -> str:
        """Return it as text of state."""
        return msgspec.json.encode(self).decode()


BEGIN = KeyPlace((), 0)


def in_state(text: str, kind: type[T]) -> T | None:
    """Return the decoded text of state; None where it is empty, or another reader's."""
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.MsgspecError:
        return None


@dataclass
class PagedByKey:
    """One reading of a list by page number, in the order of the key.

    Attributes:
        listing: The list.
        where: The condition of its rows; empty for all.
        resumed: Where an earlier run stopped.
        may_end: Returns, from the number of rows and of full pages, whether a short page is
            believed at once to be the last one.
        is_proven: Whether every row that was there all the time has come, as far as was read. If
            not, the reading gets to the end of the list all the same.
        turns_pages: Whether Cin7 obeys page numbers; if not, nothing is proven.
        place: How far the reading has come.
        rows: How many rows the list has, known at its end.

    """

    listing: Listing
    where: str = ""
    resumed: KeyPlace = BEGIN
    may_end: Callable[[int, int], bool] = lambda _rows, _full: True
    is_proven: bool = True
    turns_pages: bool = True
    place: KeyPlace = BEGIN
    rows: int = 0
    _complete: KeySet = field(default_factory=KeySet)
    _end: int = 0
    _shared: int = SLACK + 1
    _full: int = 0
    _is_over: bool = False
    _are_numbers: bool = True
    _is_ascending: bool = True

    def pages(self) -> Iterator[list[Row]]:
        """Yield the rows of each window; those in which two windows overlap come twice."""
        self.place, self._end = self.resumed, self.resumed.end
        self._is_ascending = self.resumed.is_ascending
        while not self._is_over:
            for window, raws in in_order(self._fetched, self._windows(), self._allowed):
                rows = [row for row in self.listing.read(raws) if row is not None]
                groups = [self.listing.group_of(row) for row in rows]
                # Where null sorts is not certain.
                self._are_numbers = all(type(one) is int for group in groups for one in group)
                self._is_ascending &= not self._are_numbers or groups == sorted(groups)
                if self.resumed.group and not self._is_ascending:
                    self.is_proven = False  # only the order tells what an earlier run has read
                is_full = len(raws) == window.limit
                self.turns_pages = not self._begins_anew(window, groups)
                if self.resumed.group in groups:  # what comes before it is complete
                    self._complete.update(groups[: groups.index(self.resumed.group) + 1])
                if not self._adjoins(window, groups):
                    may_step_back = self.place.steps_back < _MOST_STEPS_BACK
                    if self.is_proven and self.turns_pages and may_step_back:
                        self._step_back()
                        yield []
                        break
                    self.is_proven = False
                if not self.turns_pages:
                    self._is_over = True
                elif is_full:
                    self._take(window, groups)
                else:
                    self._end_at(window.start + len(raws), groups)
                yield rows
                if self._is_over or not is_full:
                    break

    def _fetched(self, window: Window) -> tuple[Window, list[msgspec.Raw]]:
        return window, self.listing.page(self.where, self.listing.by_key, window)

    def _allowed(self) -> int:
        return allowed(self.listing.width(), self._full)

    def _windows(self) -> Iterator[Window]:
        """Yield the windows that follow what is read, assuming that all are full."""
        end = self._end
        while True:
            window = window_at(max(end - self._shared, 0), PAGE_ROWS)
            yield window
            end = window.end

    def _begins_anew(self, window: Window, groups: list[Group]) -> bool:
        """Return whether a later page is the first one again.

        Rows may vanish before its first row, but that can't move to a later place.
        """
        first, end = self.place.first
        return window.start >= end > 0 and groups[:1] == [first]

    def _adjoins(self, window: Window, groups: list[Group]) -> bool:
        """Return whether no row can lie between a window and what was read before it."""
        return self.turns_pages and (
            window.start == 0 or (bool(groups) and self._is_complete(groups[0]))
        )

    def _is_complete(self, group: Group) -> bool:
        # The order of numbers is certain, even if the group itself has vanished.
        return group in self._complete or self._is_below(group, self.resumed.group)

    def _is_below(self, group: Group, other: Group) -> bool:
        """Return whether a group of the window comes before another one, as numbers do."""
        are_numbers = self._are_numbers and all(type(one) is int for one in other)
        return are_numbers and self._is_ascending and group < other

    def _step_back(self) -> None:
        """Let the next window begin further back, even in the next run if interrupted."""
        least = 0 if self._full else PAGE_ROWS // 2 << self.place.steps_back
        self._shared = max(2 * self._shared, least)
        end = max(self._end - self._shared, 0)
        self.place = msgspec.structs.replace(
            self.place, end=end, steps_back=self.place.steps_back + 1
        )

    def _new_groups(self, groups: list[Group]) -> list[Group]:
        """Return the groups that a full page completes.

        Two places of one group, or new groups before known ones, prove that the order is ignored.
        """
        runs = [group for group, _ in groupby(groups)]
        known = [self._is_complete(group) for group in runs]
        is_in_order = len(runs) == len(set(runs)) and known == sorted(known, reverse=True)
        self.is_proven &= is_in_order
        return [run for run, is_known in zip(runs[:-1], known, strict=False) if not is_known]

    def _take(self, window: Window, groups: list[Group]) -> None:
        """Go on behind a full page."""
        news = self._new_groups(groups)
        known_pages = 0 if news else self.place.known_pages + 1
        if known_pages > _MOST_STEPS_BACK:
            self.turns_pages = self.is_proven = False
            self._is_over = True
        self._complete.update([group for group in groups if group != groups[-1]])
        self._end = window.end
        self._shared = (groups.count(groups[-1]) if groups else 0) + SLACK
        self._full += 1
        before, first = self.place, self.place.first
        if groups and window.start == 0:
            first = groups[0], groups.count(groups[0])
        self.place = KeyPlace(
            group=(news or [before.group])[-1],
            end=self._end - self._shared,
            furthest=max(self._end, before.furthest),
            steps_back=0 if self._end > before.furthest else before.steps_back,
            known_pages=known_pages,
            is_ascending=self._is_ascending,
            first=first,
        )

    def _end_at(self, end: int, groups: list[Group]) -> None:
        """End with a short page, or request it once more where it may not be the last one."""
        self._new_groups(groups)
        if groups and self._is_below(groups[-1], self.place.group):
            self.is_proven = False  # what has been read is gone, or elsewhere
        self.rows = end
        ends, last = groups or [()], self.place.last
        if last in ends or (last is None and self.may_end(end, self._full)):
            self._is_over = True
        elif last is None or (self.is_proven and last == self.resumed.last):
            # That of an earlier run may be gone.
            self.place = msgspec.structs.replace(self.place, last=ends[-1])
        else:
            # It contradicts the page before.
            self._is_over, self.is_proven = True, False
