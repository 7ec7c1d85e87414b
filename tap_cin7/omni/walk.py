"""The lossless walk over a list that changes while it is read.

Page numbers lose rows: a record edited during the walk moves to the end, every later row slides
up by one, and the row at the page border is never sent. So the walk goes by stamp, from second
to second: a second is *complete* once every row has been read that carries a stamp up to its
end and is not edited during the walk. (What is edited carries a later stamp, at which the walk
or the next run finds it.) Each request relies on one order, and none on the order of ties,
which nobody promises:

- **From a second on** (``>=``, by stamp, page 1): a full page completes all seconds before that
  of its last row, whatever the order within a second. The next request begins with that second.
- **A crowded second**, which fills a whole page by itself, is read by key with the second as both
  bounds: an order that is total and that no edit changes. See ``numbered.py`` for its proof.
- **Windows ahead** (by stamp, later pages of 250) keep several requests under way where answers
  take so long that asking one after the other would leave quota unused. A window holds all rows
  between its first and its last second, so it completes them when its first second is complete
  already. Where it is not, because rows have slid over the border or because the border lies
  inside a second, the seconds in between are read by themselves, as above, with both bounds. So
  that this is rare, a window begins a few rows, and about a second's worth, before the end of the
  one before it. Since windows under way may be answered in any order, a row can be edited behind
  the one and before the other: after them the walk ends with a request of its own.

Nothing but a short page says where a list ends. A walk of several pages, and one that brings
fewer rows than the reading before, therefore asks once more from its last second on: more rows
there are read on, and where the last row is missing nothing is proven.

Bounds are whole seconds because ``where`` takes no fractions. The upper one is the second after,
which ``<`` may include as ``>`` includes its bound (seen on live accounts): rows of it that come
along are left for later.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from tap_cin7.errors import StreamFailed
from tap_cin7.instants import moved, whole_second
from tap_cin7.omni.numbered import SLACK, Numbered, Place
from tap_cin7.omni.windows import FIRST_PAGE, PAGE_ROWS, Window, ahead, allowed

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

Raw = TypeVar("Raw")
Row = TypeVar("Row")

UNSTAMPED = ""
"""What stands for the second of rows without a stamp: before all others, as Cin7 sorts them."""
FIRST_SECOND = "1900-01-01T00:00:00Z"
"""Stamps before this stand for "no date"; day one of year one is the one that is known."""
_MOST_SHARED = PAGE_ROWS // 2
_MOST_DOUBTS = 3
"""Later pages that begin like the first one, after which no more of them are asked for."""


class OrderIgnored(StreamFailed):
    """Rows came in another order than the one that was asked for."""


@dataclass(frozen=True)
class Ask:
    """One request of a walk.

    Attributes:
        since: First second wanted; ``UNSTAMPED`` for the whole list.
        until: Last second wanted, fractions included; None for no bound.
        by_key: Whether to go by key instead of by stamp.
        window: The page.

    """

    since: str
    until: str | None = None
    by_key: bool = False
    window: Window = FIRST_PAGE


@dataclass(frozen=True)
class Stretch(Generic[Row]):
    """Rows that have not been sent yet, and how far the walk is with them.

    Attributes:
        rows: The rows.
        reached: A walk that begins with the second of this stamp finds all that follows; empty
            before the first stamp.
        place: How far the walk is in a crowded second; None outside of one.

    """

    rows: list[Row]
    reached: str
    place: Place | None = None


class _Placed(NamedTuple):
    """A request, and the place of its first row counted from the start of the walk."""

    ask: Ask
    place: int


@dataclass
class Walk(Generic[Raw, Row]):
    """One walk in the order of a stamp.

    Attributes:
        fetch: Answers an ``Ask``; called on several threads when ``width`` says so.
        read: Makes rows of what Cin7 sent, None where one has no key.
        key_of: Returns the primary key of a row.
        group_of: Returns what the order by key goes by.
        stamp_of: Returns the canonical stamp of a row, None where it has none.
        warn: Takes a line about something that the user should know.
        width: Tells how many windows to have under way; 1 asks one after the other.
        rows_before: How many rows the reading before brought, None where that tells nothing.
        duplicates: How many rows were dropped because they had been sent.
        is_proven: Whether every row that was there all the time has come, as far as was read.

    """

    fetch: Callable[[Ask], Sequence[Raw]]
    read: Callable[[Sequence[Raw]], list[Row | None]]
    key_of: Callable[[Row], Hashable]
    group_of: Callable[[Row], Hashable]
    stamp_of: Callable[[Row], str | None]
    warn: Callable[[str], None]
    width: Callable[[], int] = lambda: 1
    rows_before: int | None = None
    duplicates: int = 0
    is_proven: bool = True
    _open: str = UNSTAMPED
    """The first second that is not complete yet."""
    _is_over: bool = False
    _is_confirmed: bool = False
    _last_row: Row | None = None
    _answers: int = 0
    _rows_sent: int = 0
    _reached: str = ""
    _doubts: int = 0
    _full: int = 0
    _slack: int = SLACK
    _shared: int = SLACK + 1
    _last: _Placed | None = None
    _starts: list[tuple[str, int]] = field(default_factory=list)
    """Seconds of the last page, each with the place of its first row."""
    _sent: defaultdict[str, set[tuple[Hashable, str | None]]] = field(
        default_factory=lambda: defaultdict(set)
    )
    """Keys and stamps of the rows that were sent, by second."""

    def pages(self, since: str | None, resumed: Place | None = None) -> Iterator[Stretch[Row]]:
        """Yield the rows of each answer that have not been sent yet, until the list ends.

        Args:
            since: Whole second to start from, or None for everything.
            resumed: How far an earlier run was in that second, None where it was not crowded.

        Raises:
            OrderIgnored: If Cin7 ignores the order.
            StreamFailed: If it ignores the filter.

        """
        self._open = since or UNSTAMPED
        if resumed is not None:
            yield from self._crowd(self._open, resumed)
            self._open = second_after(self._open)
        while not self._is_over:
            self._starts = []
            self._last = None
            yield from self._series()

    # By stamp.

    def _series(self) -> Iterator[Stretch[Row]]:
        """Read from the first open second on, as far as the windows ahead hold together."""
        for placed, raws, is_alone in ahead(self._following, self._fetch_placed, self._allowed):
            ask, found = placed.ask, self.read(raws)
            rows = [row for row in found if row is not None]
            self._check_order(rows)
            self._answers += 1
            is_first_page = ask.window.page == 1
            if not is_first_page:
                if not rows:
                    return
                first = self._second(rows[0])
                if first == ask.since:
                    self._doubt_pages()
                    return
                yield from self._joining(first)
            new = self._unsent(rows)
            yield self._stretch(new, rows)
            if len(raws) < ask.window.rows:
                if is_alone:
                    yield from self._confirmed(rows)
                return
            self._full += 1
            if is_first_page:
                yield from self._completed_by(ask, rows)
                if self._is_over:
                    return
            else:
                self._open = max(self._open, self._second(rows[-1]))
            self._note_starts(placed, found)

    def _check_order(self, rows: list[Row]) -> None:
        """Look whether rows come by their stamps; those without one may come first or last."""
        seconds = [second for second in map(self._second, rows) if second]
        if seconds != sorted(seconds):
            raise OrderIgnored(
                "asked for rows in the order of their stamps, Cin7 sent others: it ignores the "
                "order, so that rows might be lost"
            )

    def _confirmed(self, rows: list[Row]) -> Iterator[Stretch[Row]]:
        """End the walk after a short page, asking once more where that may not be its end."""
        last = rows[-1] if rows else self._last_row
        has_fewer = self.rows_before is not None and self._rows_sent < self.rows_before
        self._is_over = True
        if self._is_confirmed or last is None or not (self._answers > 1 or has_fewer):
            return
        self._is_confirmed = True
        ask = Ask(self._second(last))
        raws = self.fetch(ask)
        behind = self._rows(raws)
        self._check_order(behind)
        if len(raws) == ask.window.rows and {*map(self._second, behind)} == {ask.since}:
            # A crowded second, of which a page need not hold the last row: what follows counts.
            self._open = second_after(ask.since)
            self._is_over = False
            return
        if all(self.key_of(row) != self.key_of(last) for row in behind):
            self.is_proven = False
            self.warn("the last rows are missing when they are asked for once more")
            return
        new = self._unsent(behind)
        yield self._stretch(new, behind)
        self._is_over = len(raws) < ask.window.rows
        if not self._is_over:
            yield from self._completed_by(ask, behind)

    def _doubt_pages(self) -> None:
        """Note that a later page begins with the second that the first one begins with.

        That second is crowded, or Cin7 does not turn pages: go on without windows ahead.
        """
        self._doubts += 1
        self._full = 0

    def _joining(self, first: str) -> Iterator[Stretch[Row]]:
        """Read the seconds that a window leaves open which begins with a second."""
        if first < self._open:
            return
        self._slack = min(2 * self._slack, _MOST_SHARED)
        while self._open <= first:
            ask = Ask(self._open, until=first)
            raws = self.fetch(ask)
            rows = self._rows(raws)
            yield self._stretch(self._unsent(rows), rows)
            if len(raws) < ask.window.rows:
                break
            yield from self._completed_by(ask, rows)
        self._open = second_after(first)

    def _completed_by(self, ask: Ask, rows: list[Row]) -> Iterator[Stretch[Row]]:
        """Move to the first second that a full first page leaves open."""
        first, last = self._bounds(ask, rows)
        if first != last:
            self._open = last
            return
        yield from self._crowd(last)
        self._open = second_after(last)
        self._is_over = self._open == last

    def _bounds(self, ask: Ask, rows: list[Row]) -> tuple[str, str]:
        """Return the first and the last second of a page."""
        seconds = [second for second in map(self._second, rows) if second >= ask.since]
        if not seconds:
            raise StreamFailed(
                f"asked for rows from {ask.since} on, Cin7 sent a page of older ones: it ignores "
                "the filter, so that rows might be lost"
            )
        # Rows without a stamp would be no end of the page, should Cin7 sort them last.
        return seconds[0], ([second for second in seconds if second] or seconds)[-1]

    # A crowded second.

    def _crowd(self, second: str, resumed: Place | None = None) -> Iterator[Stretch[Row]]:
        """Read all rows of one second in the order of their keys."""
        numbered = Numbered(
            fetch=lambda window: self.fetch(Ask(second, second, by_key=True, window=window)),
            read=self.read,
            group_of=self.group_of,
            width=self.width,
            resumed=resumed,
        )
        for rows in numbered.pages():
            own = [row for row in rows if self._second(row) == second]
            if rows and not own and all(self._second(row) != second_after(second) for row in rows):
                raise StreamFailed(
                    f"asked for rows of {second or 'no date'}, Cin7 sent others: it ignores the "
                    "filter, so that rows might be lost"
                )
            self.is_proven &= numbered.is_proven and numbered.turns_pages
            stretch = self._stretch(self._unsent(own), own)
            yield replace(stretch, reached=max(stretch.reached, second), place=numbered.place)
        self._judge(second, numbered)

    def _judge(self, second: str, numbered: Numbered[Raw, Row]) -> None:
        if numbered.is_proven and numbered.turns_pages:
            return
        self.is_proven = False
        rows = f"rows dated {second}" if second else "rows without a date"
        if numbered.turns_pages:
            self.warn(f"{rows} move faster than they can be read: some may be missing")
        else:
            self.warn(
                f"{rows} fill more than one page and this resource does not turn pages: some of "
                "them may be missing"
            )

    # Requests.

    def _fetch_placed(self, placed: _Placed) -> Sequence[Raw]:
        return self.fetch(placed.ask)

    def _allowed(self) -> int:
        if self._doubts == _MOST_DOUBTS or self._ahead_of(self._last) is None:
            return 1
        return allowed(self.width(), self._full)

    def _following(self, last: _Placed | None) -> _Placed:
        """Return the next request, given the last one under way."""
        window = None if last is None else self._ahead_of(last)
        if window is None:
            places = dict(self._starts)
            if self._open not in places:
                self._starts = []
            window = _Placed(Ask(self._open), places.get(self._open, 0))
        self._last = window
        return window

    def _ahead_of(self, last: _Placed | None) -> _Placed | None:
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
        return _Placed(Ask(since, window=Window(page)), place)

    def _note_starts(self, placed: _Placed, found: list[Row | None]) -> None:
        """Keep where the seconds of a full page start, and how many rows the largest has."""
        starts: list[tuple[str, int]] = []
        sizes: Counter[str] = Counter()
        for index, row in enumerate(found):
            if row is None:
                continue
            second = self._second(row)
            if second not in sizes:
                starts.append((second, placed.place + index))
            sizes[second] += 1
        # Only on a first page is the first row of a second known to be that.
        self._starts = (starts if placed.ask.window.page == 1 else starts[1:]) or self._starts
        self._shared = min(self._slack + max(sizes.values(), default=1), _MOST_SHARED)

    # Rows.

    def _rows(self, raws: Sequence[Raw]) -> list[Row]:
        return [row for row in self.read(raws) if row is not None]

    def _stretch(self, new: list[Row], rows: list[Row]) -> Stretch[Row]:
        stamps = filter(None, map(self.stamp_of, reversed(rows)))
        self._reached = max(self._reached, next(stamps, ""))
        return Stretch(new, self._reached)

    def _unsent(self, rows: list[Row]) -> list[Row]:
        new = []
        for row in rows:
            stamp = self.stamp_of(row)
            ident, sent = (self.key_of(row), stamp), self._sent[_second_of(stamp)]
            if ident in sent:
                self.duplicates += 1
            else:
                sent.add(ident)
                new.append(row)
        self._rows_sent += len(new)
        if rows:
            self._last_row = rows[-1]
            self._forget_before(self._second(rows[0]))
        return new

    def _forget_before(self, second: str) -> None:
        """Forget rows that no later request can bring again; memory stays that of a page."""
        for past in [one for one in self._sent if one < second]:
            del self._sent[past]

    def _second(self, row: Row) -> str:
        return _second_of(self.stamp_of(row))


def _second_of(stamp: str | None) -> str:
    return whole_second(stamp) if stamp and stamp >= FIRST_SECOND else UNSTAMPED


def second_after(second: str) -> str:
    """Return the second that comes after one; ``UNSTAMPED`` is before the first."""
    return moved(second, 1) if second else FIRST_SECOND
