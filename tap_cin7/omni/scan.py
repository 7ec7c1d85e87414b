"""The ordered scan: a list that changes while it is read loses no row.

Page numbers lose rows: a record edited during the scan moves to the end, every later row slides
up by one, and the row at the page border is never sent. So the scan goes by stamp, from second
to second: a second is *complete* once every row has been read that carries a stamp up to its
end and is not edited during the scan. (What is edited carries a later stamp, at which the scan
or the next run finds it.) Each request relies on one order, and none on the order of ties,
which nobody promises:

- **From a second on** (``>=``, by stamp, page 1): a full page completes all seconds before that
  of its last row, whatever the order within a second. The next request begins with that second.
- **A crowded second**, which fills a whole page by itself, is read by key with the second as both
  bounds: an order that is total and that no edit changes. See ``numbered.py`` for its proof.
- **Windows ahead** (by stamp, later pages of 250, see ``windows.py``): a window holds all rows
  between its first and its last second, so it completes them when its first second is complete
  already. Where it is not, because rows have slid over the border or because the border lies
  inside a second, the seconds in between are read by themselves, as above, with both bounds.
  Since windows under way may be answered in any order, a row can be edited behind the one and
  before the other: after them the scan ends with a request of its own.

Nothing but a short page says where a list ends, and it may be short because rows are missing in
it. A scan of several pages, and one that brings fewer rows than the reading before, asks for it
once more: a full page is read on, and an end holds once two answers in a row agree on its last row.
Until then no position moves.

Bounds are whole seconds because ``where`` takes no fractions. The upper one is the second after,
which ``<`` may include as ``>`` includes its bound (seen on live accounts): rows of it that come
along are left for later.

Relies on: omni-end, omni-ids, omni-order, omni-where.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Generic, TypeVar

from tap_cin7.errors import StreamFailed
from tap_cin7.instants import moved, whole_second
from tap_cin7.omni.numbered import Numbered, Place
from tap_cin7.omni.windows import Lookahead, Request, ahead

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

Raw = TypeVar("Raw")
Row = TypeVar("Row")

UNSTAMPED = ""
"""What stands for the second of rows without a stamp: before all others, as Cin7 sorts them."""
FIRST_SECOND = "1900-01-01T00:00:00Z"
"""Stamps before this stand for "no date"; day one of year one is the one that is known."""
BEGIN = Place((), 0)
"""Where a crowded second begins."""
_MOST_SHORT_PAGES = 3
"""Short pages in a row that may disagree on the last row of a list."""


class OrderIgnored(StreamFailed):
    """Rows came in another order than the one that was asked for."""


class FilterIgnored(StreamFailed):
    """Rows came that were not asked for."""


@dataclass(frozen=True)
class Batch(Generic[Row]):
    """Rows that have not been sent yet, and how far the scan is with them.

    Attributes:
        rows: The rows.
        reached: The stamp up to which all rows are in, those of its second apart; empty before
            the first one.
        first_open: The first second that is not complete.
        place: How far the scan is in that second by key; None where it is not crowded.
        last: The last row of a short page that is asked for once more; empty for others.

    """

    rows: list[Row]
    reached: str = ""
    first_open: str = UNSTAMPED
    place: Place | None = None
    last: str = ""


@dataclass
class OrderedScan(Generic[Raw, Row]):
    """One scan in the order of a stamp.

    Attributes:
        fetch: Answers a ``Request``; called on several threads when ``width`` says so.
        read: Makes rows of what Cin7 sent, None where one has no key.
        key_of: Returns the primary key of a row.
        group_of: Returns what the order by key goes by.
        stamp_of: Returns the canonical stamp of a row, None where it has none.
        warn: Takes a line about something that the user should know.
        width: Tells how many windows to have under way; 1 asks one after the other.
        rows_before: How many rows the reading before brought, None where that says nothing.
        lowest: First second wanted of rows with a stamp, where those without one come first.
        last: The last row of the short page at which an earlier run was cut.
        duplicates: How many rows were dropped because they had been sent.
        is_proven: Whether every row that was there all the time has come, as far as was read.
        refuted: Takes the ids of the assumptions that answers refute.

    """

    fetch: Callable[[Request], Sequence[Raw]]
    read: Callable[[Sequence[Raw]], list[Row | None]]
    key_of: Callable[[Row], Hashable]
    group_of: Callable[[Row], Hashable]
    stamp_of: Callable[[Row], str | None]
    warn: Callable[[str], None]
    width: Callable[[], int] = lambda: 1
    rows_before: int | None = None
    lowest: str = ""
    last: str = ""
    duplicates: int = 0
    is_proven: bool = True
    refuted: set[str] = field(default_factory=set)
    _open: str = UNSTAMPED
    """The first second that is not complete yet."""
    _is_over: bool = False
    _last_row: Row | None = None
    _answers: int = 0
    _short_pages: int = 0
    _rows_sent: int = 0
    _reached: str = ""
    _sent: defaultdict[str, set[tuple[Hashable, str | None]]] = field(
        default_factory=lambda: defaultdict(set)
    )
    """Keys and stamps of the rows that were sent, by second."""

    def __post_init__(self) -> None:
        """Begin without windows ahead."""
        self._lookahead = Lookahead(self.width)

    def batches(self, since: str | None, resumed: Place | None = None) -> Iterator[Batch[Row]]:
        """Yield the rows of each answer that have not been sent yet, until the list ends.

        Args:
            since: Whole second to start from, or None for everything.
            resumed: How far an earlier run was in that second, None where it was not crowded.

        Raises:
            OrderIgnored: If Cin7 ignores the order.
            FilterIgnored: If it ignores the filter.

        """
        self._open = since or UNSTAMPED
        if resumed is not None:
            self._answers += 1
            yield from self._crowded(self._open, resumed)
        while not self._is_over:
            self._lookahead.begin()
            yield from self._series()

    # By stamp.

    def _series(self) -> Iterator[Batch[Row]]:
        """Read from the first open second on, as far as the windows ahead hold together."""
        for placed, raws, is_alone in ahead(
            lambda last: self._lookahead.following(last, self._open),
            lambda placed: self.fetch(placed.request),
            self._lookahead.allowed,
        ):
            request, found = placed.request, self.read(raws)
            rows = [row for row in found if row is not None]
            self._check_order(rows)
            self._answers += 1
            is_first_page = request.window.page == 1
            if not is_first_page:
                if not rows:
                    return
                if self._second(rows[0]) == request.since:
                    self._lookahead.doubt()
                    return
                yield from self._joined(rows[0])
            if len(raws) < request.window.rows:
                if is_alone:
                    yield self._end(rows)
                else:  # it is asked for once more, by itself
                    self.last, self._short_pages = self._name(rows[-1]), 1
                    yield self._held(rows)
                return
            self._short_pages, self.last = 0, ""
            if is_first_page:
                yield from self._completed_by(request, rows)
                if self._is_over:
                    return
            else:
                self._open = max(self._open, self._second(rows[-1]))
                yield self._batch(rows)
            self._lookahead.note(
                placed, [None if row is None else self._second(row) for row in found]
            )

    def _check_order(self, rows: list[Row]) -> None:
        """Look whether rows come by their stamps; those without one may come first or last."""
        seconds = [second for second in map(self._second, rows) if second]
        if seconds != sorted(seconds):
            self.refuted.add("omni-order")
            raise OrderIgnored(
                "asked for rows in the order of their stamps, Cin7 sent others: it ignores the "
                "order, so that some may be missing"
            )

    def _end(self, rows: list[Row]) -> Batch[Row]:
        """End with a short page, or let it be asked for once more where it need not be the end."""
        last = rows[-1] if rows else self._last_row
        is_asked_for = last is not None and self._second(last) >= self._open
        name = self._name(last) if last is not None and is_asked_for else ""
        held = self._held(rows)
        has_fewer = self.rows_before is not None and self._rows_sent < self.rows_before
        is_doubtful = self._answers > 1 or has_fewer or bool(self.last)
        is_confirmed = bool(self._short_pages or self.last) and (
            self.last in map(self._name, rows) if self.last else not rows
        )
        self._short_pages += 1
        if not is_doubtful or is_confirmed:
            self._is_over = True
            return replace(self._batch(rows), rows=held.rows)
        if self._short_pages < _MOST_SHORT_PAGES:
            self.last = name
            return replace(held, last=name)
        self._is_over, self.is_proven = True, False
        self.refuted.add("omni-end")
        self.warn("the last rows are missing when they are asked for once more")
        return held

    def _joined(self, row: Row) -> Iterator[Batch[Row]]:
        """Read the seconds that a window leaves open which begins with a row."""
        first = self._second(row)
        if first < self._open:
            return
        self._lookahead.widen()
        while self._open <= first:
            request = Request(self._open, until=first)
            raws = self.fetch(request)
            rows = self._rows(raws)
            self._check_order(rows)
            if len(raws) < request.window.rows:
                # Without the row that shows that there is more, rows are missing.
                self.is_proven &= self._name(row) in map(self._name, rows)
                yield self._batch(rows)
                break
            yield from self._completed_by(request, rows)
        self._open = second_after(first)

    def _completed_by(self, request: Request, rows: list[Row]) -> Iterator[Batch[Row]]:
        """Move to the first second that a full first page leaves open."""
        first, self._open = self._bounds(request, rows)
        if first != self._open:
            yield self._batch(rows)
            return
        yield replace(self._held(rows), place=BEGIN)
        yield from self._crowded(self._open, BEGIN)

    def _bounds(self, request: Request, rows: list[Row]) -> tuple[str, str]:
        """Return the first and the last second of a page."""
        seconds = [second for second in map(self._second, rows) if second >= request.since]
        if not seconds:
            self.refuted.add("omni-where")
            raise FilterIgnored(
                f"asked for rows from {request.since} on, Cin7 sent a page of older ones: it "
                "ignores the filter, so that rows might be lost"
            )
        # Rows without a stamp would be no end of the page, should Cin7 sort them last.
        return seconds[0], ([second for second in seconds if second] or seconds)[-1]

    # A crowded second.

    def _crowded(self, second: str, resumed: Place) -> Iterator[Batch[Row]]:
        """Read all rows of one second in the order of their keys, and go on behind it."""
        numbered = Numbered(
            fetch=lambda window: self.fetch(Request(second, second, by_key=True, window=window)),
            read=self.read,
            group_of=self.group_of,
            width=self.width,
            resumed=resumed,
            may_end=lambda _rows, full: not full,
        )
        highest = ""
        for rows in numbered.pages():
            own = [row for row in rows if self._second(row) == second]
            if rows and not own and all(self._second(row) != second_after(second) for row in rows):
                self.refuted.add("omni-where")
                raise FilterIgnored(
                    f"asked for rows of {second or 'no date'}, Cin7 sent others: it ignores the "
                    "filter, so that rows might be lost"
                )
            self.is_proven &= numbered.is_proven and numbered.turns_pages
            highest = max([highest, *(self.stamp_of(row) or "" for row in own)])
            yield replace(self._held(own), place=numbered.place)
        self._judge(second, numbered)
        following = second_after(second)
        self._is_over = following == second
        self._open = max(following, self.lowest)
        self._reached = max(self._reached, highest)
        yield Batch([], self._reached, self._open)

    def _judge(self, second: str, numbered: Numbered[Raw, Row]) -> None:
        if numbered.is_proven and numbered.turns_pages:
            return
        self.is_proven = False
        self.refuted.add("omni-order" if numbered.turns_pages else "omni-pages")
        rows = f"rows dated {second}" if second else "rows without a date"
        if numbered.turns_pages:
            self.warn(f"{rows} move faster than they can be read: some may be missing")
        else:
            self.warn(
                f"{rows} fill more than one page and this resource does not turn pages: some of "
                "them may be missing"
            )

    # Rows.

    def _rows(self, raws: Sequence[Raw]) -> list[Row]:
        return [row for row in self.read(raws) if row is not None]

    def _batch(self, rows: list[Row]) -> Batch[Row]:
        """Return the new ones of rows with which seconds are complete."""
        new = self._unsent(rows)
        stamps = filter(None, map(self.stamp_of, reversed(rows)))
        self._reached = max(self._reached, next(stamps, ""))
        return Batch(new, self._reached, self._open)

    def _held(self, rows: list[Row]) -> Batch[Row]:
        """Return the new ones of rows among which some may be missing."""
        return Batch(self._unsent(rows), self._reached, self._open)

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

    def _name(self, row: Row) -> str:
        return repr(self.key_of(row))

    def _second(self, row: Row) -> str:
        return _second_of(self.stamp_of(row))


def _second_of(stamp: str | None) -> str:
    return whole_second(stamp) if stamp and stamp >= FIRST_SECOND else UNSTAMPED


def second_after(second: str) -> str:
    """Return the second that comes after one; ``UNSTAMPED`` is before the first."""
    return moved(second, 1) if second else FIRST_SECOND
