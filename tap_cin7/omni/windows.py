"""Windows of Omni: which pages an ordered scan requests, and which of them it prefetches.

Where responses take so long that one request after the other would leave quota unused, an ordered
scan requests later pages of 250 before the earlier ones are in. So that seconds rarely have to be
read separately, such a window begins a few rows, and about a second's worth, before the end of the
previous one: its page number counts from whichever second of the last response fits best.

Relies on: omni-page-size, omni-pages.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tap_cin7.reading.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PAGE_ROWS = 250
"""The most rows that Omni gives in one response (documented)."""
SLACK = 2
"""Rows that two windows share beside the group at the border: so many may slide up safely."""
_LONG_LIST_PAGES = 6
"""Full pages after which a list counts as long."""
_MOST_SHARED = PAGE_ROWS // 2
_MOST_SUSPECTS = 3
"""Later pages that begin like the first one, after which no more of them are requested."""


FIRST_PAGE = Window(1, PAGE_ROWS)


def allowed(width: int, full_pages: int) -> int:
    """Return how many requests to have in flight after so many full pages.

    Windows past the end of a list are wasted, and the end is unknown: so short lists are read one
    page after the other, and of long ones at most a third of what is read is requested ahead.

    Args:
        width: How many the quota needs to be used.
        full_pages: How many full pages have come.

    """
    return min(width, full_pages // 3) if full_pages >= _LONG_LIST_PAGES else 1


@dataclass(frozen=True)
class Request:
    """One request of an ordered scan.

    Attributes:
        since: First second wanted; empty for the whole list.
        until: Last second wanted, fractions included; None for no bound.
        window: The page.
        place: Position of its first row, counted from the start of the scan.

    """

    since: str
    until: str | None = None
    window: Window = FIRST_PAGE
    place: int = 0


@dataclass
class Lookahead:
    """Chooses the pages that an ordered scan requests ahead.

    Attributes:
        width: Returns how many requests the quota needs to be used; 1 for one after the other.

    """

    width: Callable[[], int]
    _full: int = 0
    _suspects: int = 0
    _slack: int = SLACK
    _shared: int = SLACK + 1
    _last: Request | None = None
    """The last request in flight, None when all responses are in."""
    _starts: dict[str, int] = field(default_factory=dict)
    """Seconds of the last page -> position of the first row."""

    def begin(self) -> None:
        """Begin anew with a first page."""
        self._starts, self._last = {}, None

    def allowed(self) -> int:
        """Return how many requests to have in flight."""
        if self._suspects == _MOST_SUSPECTS or self._window_behind() is None:
            return 1
        return allowed(self.width(), self._full)

    def following(self, first_open: str) -> Request:
        """Return the next request: a first page when all responses are in, else a later one.

        Args:
            first_open: The first second that is not complete.

        """
        request = self._window_behind()
        if request is None:
            if first_open not in self._starts:
                self._starts = {}
            request = Request(first_open, place=self._starts.get(first_open, 0))
        self._last = request
        return request

    def _window_behind(self) -> Request | None:
        """Return the window that begins just before the end of the last; None where none fits.

        Pages are 250 rows apart, counted from the second that bounds them: of the known seconds,
        the one whose pages fit best.
        """
        last = self._last
        if last is None or not self._starts:
            return None
        target = last.place + PAGE_ROWS - self._shared
        since, start = min(self._starts.items(), key=lambda one: (target - one[1]) % PAGE_ROWS)
        page = (target - start) // PAGE_ROWS + 1
        place = start + (page - 1) * PAGE_ROWS
        if page == 1 or place < last.place + PAGE_ROWS - _MOST_SHARED:
            return None
        return Request(since, window=Window(page, PAGE_ROWS), place=place)

    def note_suspect_page(self) -> None:
        """Note that a later page begins with the same second as the first one.

        That second is crowded, or Cin7 ignores page numbers: request no windows ahead for now.
        """
        self._suspects += 1
        self._full = 0

    def widen(self) -> None:
        """Let windows share more rows, after two that did not overlap."""
        self._slack = min(2 * self._slack, _MOST_SHARED)

    def note(self, request: Request, seconds: Sequence[str | None]) -> None:
        """Note where the seconds of a full page start, and how many rows the largest has.

        Args:
            request: What was requested.
            seconds: The second of each row, None where a row has no key.

        """
        if request is self._last:
            self._last = None
        self._full += 1
        starts: dict[str, int] = {}
        for index, second in enumerate(seconds):
            if second is not None:
                starts.setdefault(second, request.place + index)
        # A later page may begin in the middle of its first second.
        known = list(starts.items())[request.window.page > 1 :]
        self._starts = dict(known) or self._starts
        sizes = Counter(second for second in seconds if second is not None)
        self._shared = min(self._slack + max(sizes.values(), default=1), _MOST_SHARED)
