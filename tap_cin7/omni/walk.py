"""The lossless walk over a list that changes while it is read.

Page numbers lose rows: a record edited during the walk moves to the end, every later row
slides up by one, and the row at the page border is never sent. So the walk goes by stamp: it
always asks for page 1 again, from the second of the last row it got, inclusive, and drops
what it has sent. Page numbers serve in two places only, and there each window overlaps the one
before: when its first row is not known yet, rows have slid over the border, and the walk asks
from the last row that it can be sure of. Those places are a second that holds more than a page,
and a long list whose answers take so long that asking one after the other would leave quota
unused: then several windows are under way at once.

Why the overlap is proof: rows only leave a place to reappear at the end. Each window is whole
at its own moment; when the first row of one stands in the one before, every row that has not
moved lies in one of the two, whichever of them was answered first.

Bounds are whole seconds and inclusive because ``where`` takes no fractions and ``>`` behaves
like ``>=`` (seen on live accounts).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from tap_cin7.ahead import in_order
from tap_cin7.errors import StreamFailed
from tap_cin7.values import moved, whole_second

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

Row: TypeAlias = Any

PAGE_ROWS = 250
"""The most rows that Omni gives in one answer (documented)."""
_OVERLAP = 4
"""Rows that two windows inside one second share: so many may slide up unharmed."""
_MOST_SLIDES = 20
_SERIES = 64
"""Windows that are asked for from one anchor before the walk starts from a new one."""


@dataclass(frozen=True)
class Ask:
    """One request of a walk.

    Attributes:
        since: Whole second to start from, inclusive; None for the start of the list.
        page: Page number, from 1.
        rows: Page size.

    """

    since: str | None
    page: int = 1
    rows: int = PAGE_ROWS


@dataclass
class Walk:
    """One walk in the order of a stamp.

    Attributes:
        fetch: Answers an ``Ask`` with rows in ascending order of their stamp; called on
            several threads when ``width`` says so.
        key_of: Returns the primary key of a row.
        stamp_of: Returns the canonical stamp of a row, None where it has none.
        warn: Takes a line about something that the user should know.
        width: Tells how many windows to have under way; 1 asks one after the other.
        duplicates: How many rows were dropped because they had been sent.

    """

    fetch: Callable[[Ask], list[Row]]
    key_of: Callable[[Row], Hashable]
    stamp_of: Callable[[Row], str | None]
    warn: Callable[[str], None]
    width: Callable[[], int] = lambda: 1
    duplicates: int = 0
    _full: int = 0
    _ground: int = 0
    _reached: str | None = None
    _sent: dict[tuple[Hashable, str | None], None] = field(default_factory=dict)

    def pages(self, since: str | None) -> Iterator[list[Row]]:
        """Yield the rows of each answer that have not been sent yet, until the list ends.

        Args:
            since: Whole second to start from, or None for everything.

        Raises:
            StreamFailed: If Cin7 ignores the filter.

        """
        ask: Ask | None = Ask(since)
        width, slides = 1, 0
        while ask is not None:
            anchor, following, slid = ask.since, None, False
            for asked, rows in self._answers(ask, width):
                if asked.page > 1 and not self._adjoins(rows):
                    slid = True
                    slides += 1
                    if slides <= _MOST_SLIDES:
                        following = Ask(self._reached)
                        break
                    self.warn(f"rows dated {asked.since} move faster than they can be read")
                new = self._unsent(rows)
                yield new
                if len(rows) < asked.rows:
                    return
                self._full += 1
                following = self._following(asked, rows, new)
            slides = slides if following is None or following.since == anchor else 0
            ask = following
            is_long = ask is not None and ask.page == 1 and ask.since is not None and not slid
            # No more windows than a quarter of what is read: past the end they are wasted.
            width = min(self.width(), 1 + self._full // 4) if is_long else 1

    def _answers(self, ask: Ask, width: int) -> Iterator[tuple[Ask, list[Row]]]:
        """Yield a request with its answer; with a width, those of the windows after it too."""
        windows = islice(_windows(ask), 1 if width == 1 else min(self._full, _SERIES))
        return in_order(lambda window: (window, self.fetch(window)), windows, lambda: width)

    def _adjoins(self, rows: list[Row]) -> bool:
        """Tell whether a window begins with a row that is known, so that none is between."""
        return bool(rows) and self._ident(rows[0]) in self._sent

    def _following(self, ask: Ask, rows: list[Row], new: list[Row]) -> Ask | None:
        """Return the request that comes after a full answer; None when nothing can come."""
        last = self._reached = self._last_second(ask, rows)
        first = self._second(rows[0])
        if first is not None:
            self._forget_before(first)
        if last != ask.since:
            self._ground = 0
            if ask.page == 1 and first == last:
                return _window_after(last, len(rows))
            return Ask(last)
        ground, self._ground = self._ground, max(self._ground, ask.page * ask.rows)
        # A second that is read again brings known rows, until it comes to new ground.
        if ask.page > 1 and not new and self._ground > ground:
            return self._past(ask)
        return _window_after(ask.since, ask.page * ask.rows)

    def _last_second(self, ask: Ask, rows: list[Row]) -> str | None:
        """Return the second of the last row; a walk never goes back behind its own start."""
        if ask.since is None:
            return self._second(rows[-1])
        for row in reversed(rows):
            second = self._second(row)
            if second is not None and second >= ask.since:
                return second
        raise StreamFailed(
            f"asked for rows from {ask.since} on, Cin7 sent a page of older ones: it ignores the "
            "filter, so that rows might be lost"
        )

    def _past(self, ask: Ask) -> Ask | None:
        """Return the way out of a second whose further pages repeat what is known."""
        if ask.since is None:
            return None
        self.warn(
            f"the second {ask.since} holds more rows than one page and this resource does not "
            "turn pages: rows of that second may be missing"
        )
        return Ask(moved(ask.since, 1))

    def _unsent(self, rows: list[Row]) -> list[Row]:
        new = []
        for row in rows:
            ident = self._ident(row)
            if ident in self._sent:
                self.duplicates += 1
            else:
                self._sent[ident] = None
                new.append(row)
        return new

    def _ident(self, row: Row) -> tuple[Hashable, str | None]:
        return self.key_of(row), self.stamp_of(row)

    def _second(self, row: Row) -> str | None:
        stamp = self.stamp_of(row)
        return None if stamp is None else whole_second(stamp)

    def _forget_before(self, second: str) -> None:
        """Forget rows that no later request can bring again; memory stays that of a page."""
        self._sent = {
            ident: None
            for ident in self._sent
            if ident[1] is not None and whole_second(ident[1]) >= second
        }


def _windows(ask: Ask) -> Iterator[Ask]:
    """Yield a request and the windows that follow it, each overlapping the one before."""
    while True:
        yield ask
        ask = _window_after(ask.since, ask.page * ask.rows)


def _window_after(since: str | None, covered: int) -> Ask:
    """Return the request for the window that follows the first ``covered`` rows.

    Among the page sizes whose grid has a border just before the end of what is covered, the
    one that reaches furthest.
    """
    rows = max(
        range(PAGE_ROWS // 2, PAGE_ROWS + 1),
        key=lambda size: ((covered - _OVERLAP) // size + 1) * size,
    )
    return Ask(since, page=(covered - _OVERLAP) // rows + 1, rows=rows)
