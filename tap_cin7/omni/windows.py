"""Windows: the pages that Omni gives by number, and which of them to prefetch.

Cin7 takes a page number and a page size of at most 250. Two pages of one size never overlap, two
of different sizes may: that is how a window can begin before the one before it ends.

Where responses take so long that one request after the other would leave quota unused, an ordered
scan requests later pages of 250 before the pages before them are in. So that seconds rarely have to
be read by themselves, such a window begins a few rows, and about a second's worth, before the end
of the one before it: it is counted from whichever second of the last response fits best.

Relies on: omni-page-size, omni-pages.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from tap_cin7.reading.prefetch import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

A = TypeVar("A")
T = TypeVar("T")

PAGE_ROWS = 250
"""The most rows that Omni gives in one response (documented)."""
SLACK = 2
"""Rows that two windows share beside the group at the border: so many may slide up unharmed."""
_LONG = 6
"""Full pages after which a list counts as long."""
_MOST_SHARED = PAGE_ROWS // 2
_MOST_DOUBTS = 3
"""Later pages that begin like the first one, after which no more of them are requested."""


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
    """Yield requests with their responses, in order, without an end of its own.

    Args:
        following: Returns the next request, given the last one that is still under way; None
            when all responses are in.
        fetch: Sends a request; called on several threads when ``width`` says so.
        width: Returns how many requests to have under way.

    Yields:
        A request, its response, and whether it was sent when all responses before it were in.

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

    def fetched(request: tuple[A, bool]) -> tuple[A, T, bool]:
        return request[0], fetch(request[0]), request[1]

    for response in in_order(fetched, requests(), width):
        under_way -= 1
        yield response


@dataclass(frozen=True)
class Request:
    """One request of an ordered scan.

    Attributes:
        since: First second wanted; empty for the whole list.
        until: Last second wanted, fractions included; None for no bound.
        window: The page.
        place: The place of its first row counted from the start of the scan.

    """

    since: str
    until: str | None = None
    window: Window = FIRST_PAGE
    place: int = 0


@dataclass
class Lookahead:
    """Which pages an ordered scan requests before the responses before them are in.

    Attributes:
        width: Returns how many requests would use the quota; 1 asks one after the other.

    """

    width: Callable[[], int]
    _full: int = 0
    _doubts: int = 0
    _slack: int = SLACK
    _shared: int = SLACK + 1
    _last: Request | None = None
    _starts: list[tuple[str, int]] = field(default_factory=list)
    """Seconds of the last page, each with the place of its first row."""

    def begin(self) -> None:
        """Begin anew with the first page from a second."""
        self._starts, self._last = [], None

    def allowed(self) -> int:
        """Return how many requests to have under way."""
        if self._doubts == _MOST_DOUBTS or self._window_behind(self._last) is None:
            return 1
        return allowed(self.width(), self._full)

    def following(self, last: Request | None, first_open: str) -> Request:
        """Return the next request.

        Args:
            last: The last one under way; None when all responses are in.
            first_open: The first second that is not complete.

        """
        request = self._window_behind(last)
        if request is None:
            places = dict(self._starts)
            if first_open not in places:
                self._starts = []
            request = Request(first_open, place=places.get(first_open, 0))
        self._last = request
        return request

    def _window_behind(self, last: Request | None) -> Request | None:
        """Return the window that begins just before the end of another; None where none fits.

        Pages are 250 rows apart, counted from the second that they are asked from: of the
        seconds at hand, the one whose pages fit best.
        """
        if last is None or not self._starts:
            return None
        target = last.place + PAGE_ROWS - self._shared
        since, start = min(self._starts, key=lambda one: (target - one[1]) % PAGE_ROWS)
        page = (target - start) // PAGE_ROWS + 1
        place = start + (page - 1) * PAGE_ROWS
        if page == 1 or place < last.place + PAGE_ROWS - _MOST_SHARED:
            return None
        return Request(since, window=Window(page), place=place)

    def doubt(self) -> None:
        """Note that a later page begins with the second that the first one begins with.

        That second is crowded, or Cin7 does not turn pages: go on without windows ahead.
        """
        self._doubts += 1
        self._full = 0

    def widen(self) -> None:
        """Let windows share more rows: the last two did not overlap."""
        self._slack = min(2 * self._slack, _MOST_SHARED)

    def note(self, request: Request, seconds: Sequence[str | None]) -> None:
        """Keep where the seconds of a full page start, and how many rows the largest has.

        Args:
            request: What was requested.
            seconds: The second of each row, None where a row has no key.

        """
        self._full += 1
        starts: dict[str, int] = {}
        for index, second in enumerate(seconds):
            if second is not None:
                starts.setdefault(second, request.place + index)
        # Only on a first page is the first row of a second known to be that.
        known = list(starts.items())[request.window.page > 1 :]
        self._starts = known or self._starts
        sizes = Counter(second for second in seconds if second is not None)
        self._shared = min(self._slack + max(sizes.values(), default=1), _MOST_SHARED)
