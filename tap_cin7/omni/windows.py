"""Windows: the pages that Omni gives by number, and several requests under way in order.

Cin7 takes a page number and a page size of at most 250. Two pages of one size never overlap, two
of different sizes may: that is how a window can begin before the one before it ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from tap_cin7.reading.prefetch import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

A = TypeVar("A")
T = TypeVar("T")

PAGE_ROWS = 250
"""The most rows that Omni gives in one answer (documented)."""


_LONG = 6
"""Full pages after which a list counts as long."""


class Window(NamedTuple):
    """A page by number.

    Attributes:
        page: Page number, from 1.
        rows: Page size.

    """

    page: int = 1
    rows: int = PAGE_ROWS

    @property
    def begin(self) -> int:
        """How many rows of the list lie before it."""
        return (self.page - 1) * self.rows

    @property
    def end(self) -> int:
        """How many rows of the list lie before what follows it."""
        return self.page * self.rows


FIRST_PAGE = Window()


def allowed(width: int, full_pages: int) -> int:
    """Return how many requests to have under way after so many full pages.

    Windows past the end of a list are wasted, and nobody knows where it ends: so short lists are
    read one page after the other, and of long ones no more is asked for ahead than a third of
    what is read.

    Args:
        width: How many would use the quota.
        full_pages: How many full pages have come.

    """
    return min(width, full_pages // 3) if full_pages >= _LONG else 1


def window_at(begin: int) -> Window:
    """Return the window that reaches furthest among those that hold a place of the list.

    It begins at that place or before it.
    """
    rows = max(
        range(PAGE_ROWS // 2, PAGE_ROWS + 1), key=lambda size: ((begin // size + 1) * size, size)
    )
    return Window(begin // rows + 1, rows)


def ahead(
    following: Callable[[A | None], A], fetch: Callable[[A], T], width: Callable[[], int]
) -> Iterator[tuple[A, T, bool]]:
    """Yield requests with their answers, in order, without an end of its own.

    Args:
        following: Returns the next request, given the last one that is still under way; None
            when all answers are in.
        fetch: Answers a request; called on several threads when ``width`` says so.
        width: Tells how many requests to have under way.

    Yields:
        A request, its answer, and whether it was asked when all answers before it were in.

    """
    under_way = 0
    last: A | None = None

    def requests() -> Iterator[tuple[A, bool]]:
        nonlocal last, under_way
        while True:
            alone = under_way == 0
            last = following(None if alone else last)
            under_way += 1
            yield last, alone

    def answered(request: tuple[A, bool]) -> tuple[A, T, bool]:
        return request[0], fetch(request[0]), request[1]

    for answer in in_order(answered, requests(), width):
        under_way -= 1
        yield answer
