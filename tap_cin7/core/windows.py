"""Windows onto a list: pages that overlap, and what the overlap says.

A server that knows ``Page`` and ``Limit`` only can still be asked for pages that overlap: with
another ``Limit`` its pages have their borders elsewhere. The rows that two neighbouring pages
share tell whether anything slid between the two answers, at no call of their own.

Relies on: core-pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

OVERLAP = 10
"""Rows that two neighbouring pages share: 1 % of a page, and more than slide in a second or two."""
_ANCHOR = 5
"""Shared rows in a row that make two pages neighbours: by chance, in a list of N rows in random
order, it happens once in N**4 times."""


class Window(NamedTuple):
    """A page to ask for."""

    page: int
    limit: int

    @property
    def start(self) -> int:
        """Position of its first row in the list, from 0."""
        return (self.page - 1) * self.limit


class Joint(NamedTuple):
    """How a page joins the one before it.

    Attributes:
        known: How many of its leading rows the page before it has too.
        is_exact: Whether they are just the rows that stood there before, so that no row was
            added, removed or moved across the border between the two answers.
        reaches_end: Whether they go on to the last row of the page before.

    """

    known: int
    is_exact: bool
    reaches_end: bool


def window_after(covered: int, most: int, overlap: int = OVERLAP) -> Window | None:
    """Return the window that overlaps what is covered and reaches furthest beyond it.

    Args:
        covered: How many rows from the start of the list were read.
        most: Rows that the server gives at once.
        overlap: Rows to share at least; fewer where the pages are too small for it.

    Returns:
        The window; None when no window of these sizes overlaps and reaches further.

    """
    shared = max(1, min(overlap, covered * 2 // 5, most * 2 // 5))
    last = covered - shared
    best: Window | None = None
    reach = covered
    for limit in range(most, most // 2, -1):
        page = last // limit + 1
        if page * limit > reach:
            best, reach = Window(page, limit), page * limit
    return best


def joint(before: Sequence[Hashable], after: Sequence[Hashable], shared: int) -> Joint | None:
    """Return how a page joins the one before it; None when they do not show it.

    Args:
        before: The rows of the page before, or what stands for each.
        after: The same of the page.
        shared: How many rows they share if nothing has moved.

    """
    if shared and len(after) >= shared and list(before[-shared:]) == list(after[:shared]):
        return Joint(shared, is_exact=True, reaches_end=True)
    for place, row in enumerate(before):
        if after and row == after[0]:
            known = _run(before, place, after)
            if known >= _ANCHOR:
                return Joint(known, is_exact=False, reaches_end=place + known == len(before))
    return None


def _run(before: Sequence[Hashable], place: int, after: Sequence[Hashable]) -> int:
    known = 0
    for one, other in zip(before[place:], after, strict=False):
        if one != other:
            break
        known += 1
    return known
