"""The ordered scan: reads a list that changes meanwhile, without losing a row.

Page numbers lose rows: a record edited during the scan moves to the end, every later row slides
up by one, and the row at the page border is never sent. So the scan goes by stamp, from second to
second: a second is *complete* once every row has been read that has a stamp up to its end and is
not edited during the scan. (What is edited gets a later stamp, at which the scan or the next run
finds it.) Each request relies on one order, and none on the order of ties, which nothing
promises:

- **From a second on** (``>=``, by stamp, page 1): a full page completes all seconds before that of
  its last row, whatever the order within a second. The next request begins with that second.
- **A crowded second**, which fills a whole page by itself, is read by key with the second as both
  bounds: an order that is total and that no edit changes. See ``paged_by_key.py`` for its proof.
  Such a page is in order even if Cin7 ignores the order: what may lie before it is requested, too.
- **Windows ahead** (by stamp, later pages of 250, see ``windows.py``): a window contains all rows
  between its first and its last second, so it completes them when its first second is complete
  already. Where it is not, because rows have slid over the border or because the border lies
  inside a second, the seconds in between are read separately, as above, with both bounds. Since
  requests in flight may be served in any order, a row can be edited behind one window and before
  the other: after them the scan ends with a request of its own.

Only a short page says where a list ends, and it may be short because rows are missing in it. A scan
of several pages, and one that brings fewer rows than the reading before, requests it once more: a
full page is read on, and an end is believed once two responses in a row agree on its last row.
Until then no position moves.

Bounds are whole seconds because ``where`` takes no fractions. The upper one is the next second,
which ``<`` may include as ``>`` includes its bound (seen on live accounts): rows of it that come
along are left for later.

Relies on: omni-end, omni-ids, omni-order, omni-where.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING

from tap_cin7.errors import StreamFailed
from tap_cin7.instants import shifted, whole_second
from tap_cin7.omni.listing import FIRST_SECOND, UNSTAMPED, alternatives, bounds_of, second_after
from tap_cin7.omni.paged_by_key import BEGIN, KeyPlace, PagedByKey
from tap_cin7.omni.windows import Lookahead, Request
from tap_cin7.reading.prefetch import in_order

if TYPE_CHECKING:
    from collections.abc import Generator, Hashable, Iterator, Sequence

    import msgspec

    from tap_cin7.omni.listing import Listing
    from tap_cin7.rows.codec import Row

_TO_SECOND = len("2026-01-01T00:00:00")
_NO_ROW = "()"
"""Last row of an empty page, behind which no row is known."""
ORDER_IGNORED = (
    "asked for rows in the order of their stamps, Cin7 sent others: it ignores the order, so that "
    "some may be missing"
)
_MOST_SHORT_PAGES = 3
"""Short pages in a row that disagree on the last row before the end is given up."""


class OrderIgnored(StreamFailed):
    """Rows came in another order than the one that was requested."""


class FilterIgnored(StreamFailed):
    """Rows came that were not requested."""


@dataclass(frozen=True)
class Batch:
    """Rows that have not been sent yet, and how far the scan is with them.

    Attributes:
        rows: The rows.
        reached: The stamp up to which all rows are in, except those of its second; empty before
            the first one.
        first_open: The first second that is not complete.
        place: How far the scan is in that second by key; a later second that is crowded, if those
            before it are read next; None otherwise.
        last: The last row of a short page that is requested once more; ``()`` if it may have none,
            empty for others.

    """

    rows: list[Row]
    reached: str = ""
    first_open: str = UNSTAMPED
    place: KeyPlace | str | None = None
    last: str = ""


@dataclass
class OrderedScan:
    """One scan in the order of a stamp.

    Attributes:
        listing: The list.
        stamp: The field with the stamp, or with the creation time of rows without one.
        clauses: Conditions of which the rows match one; none matches all rows.
        rows_before: How many rows the reading before brought, None where that proves nothing.
        lowest: First second wanted of rows with a stamp, where those without one come first.
        last: The last row of the short page at which an earlier run was interrupted.
        is_proven: Whether every row that was there all the time has come, as far as was read. If
            not, the scan gets to the end of the list all the same.

    """

    listing: Listing
    stamp: str
    clauses: Sequence[str] = ()
    rows_before: int | None = None
    lowest: str = ""
    last: str = ""
    is_proven: bool = True
    _first_open: str = UNSTAMPED
    """The first second that is not complete yet."""
    _is_over: bool = False
    _last_row: tuple[str, str] = _NO_ROW, UNSTAMPED
    """Key and second of the last row that came."""
    _responses: int = 0
    _short_pages: int = 0
    _rows_sent: int = 0
    _reached: str = ""
    _sent: set[tuple[Hashable, str | None]] = field(default_factory=set)
    """Keys and stamps of the rows that were sent and may come again."""
    _sent_from: str = ""

    def __post_init__(self) -> None:
        """Begin without windows ahead."""
        self._lookahead = Lookahead(self.listing.width)

    def batches(
        self,
        since: str,
        resumed: KeyPlace | str | None = None,
        first: list[Row | None] | None = None,
    ) -> Iterator[Batch]:
        """Yield the rows of each response that have not been sent yet, until the list ends.

        Args:
            since: Whole second to start from; empty for everything.
            resumed: How far an earlier run was in that second, as in ``Batch``.
            first: The rows of the first page, where they are known already.

        Raises:
            OrderIgnored: If Cin7 ignores the order.
            FilterIgnored: If it ignores the filter.

        """
        self._first_open = since
        if resumed is not None:
            self._responses += 1
            if isinstance(resumed, str):
                resumed = yield from self._before(resumed)
            yield from self._crowded(self._first_open, resumed)
        if first is not None:
            yield from self._take_page(Request(self._first_open), first)
        ahead = self._lookahead
        while not self._is_over:
            ahead.begin()
            requests = (ahead.following(self._first_open) for _ in count())
            # From the first open second on, as long as the windows ahead join.
            for request, raws in in_order(self._fetched, requests, ahead.allowed):
                if not (yield from self._take_page(request, self.listing.read(raws))):
                    break

    # By stamp.

    def _fetched(self, request: Request) -> tuple[Request, list[msgspec.Raw]]:
        where = self._where(request)
        return request, self.listing.page(where, f"{self.stamp} ASC", request.window)

    def _where(self, request: Request) -> str:
        return alternatives(self.clauses, bounds_of(self.stamp, request))

    def _take_page(self, request: Request, found: list[Row | None]) -> Generator[Batch, None, bool]:
        """Process a page; return whether the windows after it can still join it."""
        rows = [row for row in found if row is not None]
        self._check_order(rows)
        self._responses += 1
        is_first_page = request.window.page == 1
        if not is_first_page:
            if not rows:
                return False
            first = self._second(rows[0])
            if first == request.since:
                self._lookahead.note_suspect_page()
                return False
            if first >= self._first_open:
                self._lookahead.widen()
                yield from self._fill(first, rows[0])
        if len(found) < request.window.limit:
            if is_first_page:
                yield self._end(rows)
            else:  # it is requested once more, separately
                self.last, self._short_pages = repr(rows[-1].key), 1
                yield self._batch(rows)
            return False
        self._short_pages, self.last = 0, ""
        if is_first_page:
            yield from self._completed_by(request, rows)
            if self._is_over:
                return False
        else:
            self._first_open = max(self._first_open, self._second(rows[-1]))
            self._reach(rows)
            yield self._batch(rows)
        self._lookahead.note(request, [None if row is None else self._second(row) for row in found])
        return True

    def _check_order(self, rows: list[Row]) -> None:
        """Check that rows come by their stamps; those without one may come first or last."""
        seconds = [second for second in map(self._second, rows) if second]
        if seconds != sorted(seconds):
            self.listing.metrics.refuted.add("omni-order")
            raise OrderIgnored(ORDER_IGNORED)

    def _end(self, rows: list[Row]) -> Batch:
        """End with a short page, or let it be requested once more where it may not be the end."""
        batch = self._batch(rows)
        has_fewer = self.rows_before is not None and self._rows_sent < self.rows_before
        is_doubtful = self._responses > 1 or has_fewer or bool(self.last)
        is_confirmed = self.last in ([repr(row.key) for row in rows] or [_NO_ROW])
        self._short_pages += 1
        if not is_doubtful or is_confirmed:
            self._is_over = True
            self._reach(rows)
            return replace(batch, reached=self._reached)
        if self._short_pages < _MOST_SHORT_PAGES:
            name, second = self._last_row
            self.last = name if second >= self._first_open else _NO_ROW
            return replace(batch, last=self.last)
        self._is_over, self.is_proven = True, False
        self.listing.metrics.refuted.add("omni-end")
        self.listing.warn("the last rows are missing when they are asked for once more")
        return batch

    def _fill(self, until: str, known: Row | None = None) -> Iterator[Batch]:
        """Read the open seconds up to another one.

        Args:
            until: The last of them.
            known: A row of the last one that is known to exist; None where all may be empty.

        """
        while self._first_open <= until:
            request = Request(self._first_open, until=until)
            _, raws = self._fetched(request)
            rows = [row for row in self.listing.read(raws) if row is not None]
            self._check_order(rows)
            if known is None and not any("" < self._second(row) <= until for row in rows):
                break
            if len(raws) < request.window.limit:
                if known is not None:
                    # Without that row, rows are missing.
                    self.is_proven &= repr(known.key) in [repr(row.key) for row in rows]
                    self._reach(rows)
                yield self._batch(rows)
                break
            yield from self._completed_by(request, rows)
        self._first_open = second_after(until)

    def _completed_by(self, request: Request, rows: list[Row]) -> Iterator[Batch]:
        """Move to the first second that a full first page does not complete."""
        seconds = [second for second in map(self._second, rows) if second >= request.since]
        if not seconds:
            self.listing.metrics.refuted.add("omni-where")
            raise FilterIgnored(
                f"asked for rows from {request.since} on, Cin7 sent a page of older ones: it "
                "ignores the filter, so that rows might be lost"
            )
        # The last row with a stamp counts, should Cin7 sort those without one last.
        self._first_open = ([second for second in seconds if second] or seconds)[-1]
        if seconds[0] != self._first_open:
            self._reach(rows)
            yield self._batch(rows)
        else:
            second, self._first_open = self._first_open, request.since
            if second == request.since:
                yield replace(self._batch(rows), place=BEGIN)
            else:
                yield replace(self._batch(rows), place=second)
                yield from self._before(second)
            yield from self._crowded(second, BEGIN)

    def _before(self, second: str) -> Generator[Batch, None, KeyPlace]:
        """Read what comes before a crowded second: if the order is ignored, it may be missing."""
        yield from self._fill(shifted(second, -1))
        yield replace(self._batch([]), place=BEGIN)
        return BEGIN

    # A crowded second.

    def _crowded(self, second: str, resumed: KeyPlace) -> Iterator[Batch]:
        """Read all rows of one second in the order of their keys, and move past it."""
        paged = PagedByKey(
            self.listing,
            self._where(Request(second, second)),
            resumed=resumed,
            # An earlier page or an earlier run has read rows of it.
            may_end=lambda _rows, _full: False,
            is_proven=self.is_proven,
        )
        was_proven, highest = self.is_proven, ""
        for rows in paged.pages():
            own = [row for row in rows if self._second(row) == second]
            if rows and not own and all(self._second(row) != second_after(second) for row in rows):
                self.listing.metrics.refuted.add("omni-where")
                raise FilterIgnored(
                    f"asked for rows of {second or 'no date'}, Cin7 sent others: it ignores the "
                    "filter, so that rows might be lost"
                )
            self.is_proven &= paged.is_proven
            highest = max([highest, *(self._stamp_of(row) or "" for row in own)])
            yield replace(self._batch(own), place=paged.place)
        rows_of = f"rows dated {second}" if second else "rows without a date"
        if not paged.turns_pages:
            self.listing.metrics.refuted.add("omni-pages")
            self.listing.warn(
                f"{rows_of} fill more than one page and this resource does not turn pages: "
                "some of them may be missing"
            )
        elif was_proven and not paged.is_proven:
            self.listing.metrics.refuted.add("omni-order")
            self.listing.warn(f"{rows_of} move faster than they can be read: some may be missing")
        following = second_after(second)
        self._is_over = following == second
        self._first_open = max(following, self.lowest)
        self._reached = max(self._reached, highest)
        yield Batch([], self._reached, self._first_open)

    # Rows.

    def _reach(self, rows: list[Row]) -> None:
        """Move to the last stamp of rows that complete all seconds before it."""
        stamps = filter(None, map(self._stamp_of, reversed(rows)))
        self._reached = max(self._reached, next(stamps, ""))

    def _batch(self, rows: list[Row]) -> Batch:
        """Return the rows that have not been sent yet."""
        new = []
        for row in rows:
            ident = (row.key, self._stamp_of(row))
            if ident in self._sent:
                self.listing.metrics.duplicates += 1
            else:
                self._sent.add(ident)
                new.append(row)
        self._rows_sent += len(new)
        if rows:
            self._last_row = repr(rows[-1].key), self._second(rows[-1])
            # No later request brings earlier rows again; memory stays that of a page.
            first = self._second(rows[0])[:_TO_SECOND]
            if first > self._sent_from:
                self._sent = {one for one in self._sent if (one[1] or "")[:_TO_SECOND] >= first}
            self._sent_from = first
        return Batch(new, self._reached, self._first_open)

    def _stamp_of(self, row: Row) -> str | None:
        stamp: str | None = row.values.get(self.stamp)
        return stamp

    def _second(self, row: Row) -> str:
        stamp = self._stamp_of(row)
        return whole_second(stamp) if stamp and stamp >= FIRST_SECOND else UNSTAMPED
