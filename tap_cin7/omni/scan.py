"""The ordered scan: a list that changes while it is read loses no row.

Page numbers lose rows: a record edited during the scan moves to the end, every later row slides
up by one, and the row at the page border is never sent. So the scan goes by timestamp, from second
to second: a second is *complete* once every row has been read with a timestamp up to its
end and is not edited during the scan. (What is edited carries a later timestamp, at which the scan
or the next run finds it.) Each request relies on one order, and none on the order of ties,
which nobody promises:

- **From a second on** (``>=``, by timestamp, page 1): a full page completes all seconds before that
  of its last row, whatever the order within a second. The next request begins with that second.
- **A crowded second**, which fills a whole page by itself, is read by key with the second as both
  bounds: an order that is total and that no edit changes. See ``numbered.py`` for its proof.
- **Windows ahead** (by timestamp, later pages of 250, see ``windows.py``): a window holds all rows
  between its first and its last second, so it completes them when its first second is complete
  already. Where it is not, because rows have slid over the border or because the border lies
  inside a second, the seconds in between are read by themselves, as above, with both bounds.
  Since windows under way may be served in any order, a row can be edited behind the one and
  before the other: after them the scan ends with a request of its own.

Nothing but a short page says where a list ends, and it may be short because rows are missing in
it. A scan of several pages, and one that brings fewer rows than the reading before, asks for it
once more: a full page is read on, and an end holds once two responses in a row agree on its last
row. Until then no position moves.

Bounds are whole seconds because ``where`` takes no fractions. The upper one is the second after,
which ``<`` may include as ``>`` includes its bound (seen on live accounts): rows of it that come
along are left for later.

Relies on: omni-end, omni-ids, omni-order, omni-where.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING

from tap_cin7.errors import StreamFailed
from tap_cin7.instants import whole_second
from tap_cin7.omni.listing import FIRST_SECOND, UNSTAMPED, alternatives, bounds_of, second_after
from tap_cin7.omni.numbered import BEGIN, Numbered, Place
from tap_cin7.omni.windows import Lookahead, Request
from tap_cin7.reading.prefetch import in_order

if TYPE_CHECKING:
    from collections.abc import Generator, Hashable, Iterator, Sequence

    import msgspec

    from tap_cin7.omni.listing import Listing
    from tap_cin7.rows.codec import Row

_TO_SECOND = len("2026-01-01T00:00:00")
_MOST_SHORT_PAGES = 3
"""Short pages in a row that may disagree on the last row of a list."""


class OrderIgnored(StreamFailed):
    """Rows came in another order than the one that was asked for."""


class FilterIgnored(StreamFailed):
    """Rows came that were not asked for."""


@dataclass(frozen=True)
class Batch:
    """Rows that have not been sent yet, and how far the scan is with them.

    Attributes:
        rows: The rows.
        reached: The timestamp up to which all rows are in, those of its second apart; empty before
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
class OrderedScan:
    """One scan in the order of a timestamp.

    Attributes:
        listing: The list.
        stamp: The field with the timestamp.
        clauses: Conditions of which the rows meet one; none stands for all rows.
        rows_before: How many rows the reading before brought, None where that says nothing.
        lowest: First second wanted of rows with a timestamp, where those without one come first.
        last: The last row of the short page at which an earlier run was cut.
        is_proven: Whether every row that was there all the time has come, as far as was read.

    """

    listing: Listing
    stamp: str
    clauses: Sequence[str] = ()
    rows_before: int | None = None
    lowest: str = ""
    last: str = ""
    is_proven: bool = True
    _open: str = UNSTAMPED
    """The first second that is not complete yet."""
    _is_over: bool = False
    _last_row: Row | None = None
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
        self, since: str, resumed: Place | None = None, first: list[Row | None] | None = None
    ) -> Iterator[Batch]:
        """Yield the rows of each response that have not been sent yet, until the list ends.

        Args:
            since: Whole second to start from; empty for everything.
            resumed: How far an earlier run was in that second, None where it was not crowded.
            first: The rows of the first page, where they are known already.

        Raises:
            OrderIgnored: If Cin7 ignores the order.
            FilterIgnored: If it ignores the filter.

        """
        self._open = since
        if resumed is not None:
            self._responses += 1
            yield from self._crowded(self._open, resumed)
        if first is not None:
            yield from self._page(Request(self._open), first)
        ahead = self._lookahead
        while not self._is_over:
            ahead.begin()
            requests = (ahead.following(self._open) for _ in count())
            # From the first open second on, as far as the windows ahead hold together.
            for request, raws in in_order(self._fetched, requests, ahead.allowed):
                if not (yield from self._page(request, self.listing.read(raws))):
                    break

    # By timestamp.

    def _fetched(self, request: Request) -> tuple[Request, list[msgspec.Raw]]:
        return request, self._fetch(request)

    def _fetch(self, request: Request) -> list[msgspec.Raw]:
        return self.listing.page(self._where(request), f"{self.stamp} ASC", request.window)

    def _where(self, request: Request) -> str:
        return alternatives(self.clauses, bounds_of(self.stamp, request))

    def _page(self, request: Request, found: list[Row | None]) -> Generator[Batch, None, bool]:
        """Take in a page; return whether the windows after it hold together with it."""
        rows = [row for row in found if row is not None]
        self._check_order(rows)
        self._responses += 1
        is_first_page = request.window.page == 1
        if not is_first_page:
            if not rows:
                return False
            if self._second(rows[0]) == request.since:
                self._lookahead.doubt()
                return False
            yield from self._joined(rows[0])
        if len(found) < request.window.limit:
            if is_first_page:
                yield self._end(rows)
            else:  # it is asked for once more, by itself
                self.last, self._short_pages = self._name(rows[-1]), 1
                yield self._batch(rows)
            return False
        self._short_pages, self.last = 0, ""
        if is_first_page:
            yield from self._completed_by(request, rows)
            if self._is_over:
                return False
        else:
            self._open = max(self._open, self._second(rows[-1]))
            self._reach(rows)
            yield self._batch(rows)
        self._lookahead.note(request, [None if row is None else self._second(row) for row in found])
        return True

    def _check_order(self, rows: list[Row]) -> None:
        """Check that rows come by their timestamps; those without one may come first or last."""
        seconds = [second for second in map(self._second, rows) if second]
        if seconds != sorted(seconds):
            self.listing.metrics.refuted.add("omni-order")
            raise OrderIgnored(
                "asked for rows in the order of their stamps, Cin7 sent others: it ignores the "
                "order, so that some may be missing"
            )

    def _end(self, rows: list[Row]) -> Batch:
        """End with a short page, or let it be asked for once more where it need not be the end."""
        last = rows[-1] if rows else self._last_row
        name = self._name(last) if last is not None and self._second(last) >= self._open else ""
        batch = self._batch(rows)
        has_fewer = self.rows_before is not None and self._rows_sent < self.rows_before
        is_doubtful = self._responses > 1 or has_fewer or bool(self.last)
        is_confirmed = self._short_pages > 0 and not rows
        if self.last:
            is_confirmed = self.last in map(self._name, rows)
        self._short_pages += 1
        if not is_doubtful or is_confirmed:
            self._is_over = True
            self._reach(rows)
            return replace(batch, reached=self._reached)
        if self._short_pages < _MOST_SHORT_PAGES:
            self.last = name
            return replace(batch, last=name)
        self._is_over, self.is_proven = True, False
        self.listing.metrics.refuted.add("omni-end")
        self.listing.warn("the last rows are missing when they are asked for once more")
        return batch

    def _joined(self, row: Row) -> Iterator[Batch]:
        """Read the seconds that a window leaves open which begins with a row."""
        first = self._second(row)
        if first < self._open:
            return
        self._lookahead.widen()
        while self._open <= first:
            request = Request(self._open, until=first)
            raws = self._fetch(request)
            rows = [one for one in self.listing.read(raws) if one is not None]
            self._check_order(rows)
            if len(raws) < request.window.limit:
                # Without the row that shows that there is more, rows are missing.
                self.is_proven &= self._name(row) in map(self._name, rows)
                self._reach(rows)
                yield self._batch(rows)
                break
            yield from self._completed_by(request, rows)
        self._open = second_after(first)

    def _completed_by(self, request: Request, rows: list[Row]) -> Iterator[Batch]:
        """Move to the first second that a full first page leaves open."""
        seconds = [second for second in map(self._second, rows) if second >= request.since]
        if not seconds:
            self.listing.metrics.refuted.add("omni-where")
            raise FilterIgnored(
                f"asked for rows from {request.since} on, Cin7 sent a page of older ones: it "
                "ignores the filter, so that rows might be lost"
            )
        # Rows without a timestamp would be no end of the page, should Cin7 sort them last.
        self._open = ([second for second in seconds if second] or seconds)[-1]
        if seconds[0] != self._open:
            self._reach(rows)
            yield self._batch(rows)
        else:
            yield replace(self._batch(rows), place=BEGIN)
            yield from self._crowded(self._open, BEGIN)

    # A crowded second.

    def _crowded(self, second: str, resumed: Place) -> Iterator[Batch]:
        """Read all rows of one second in the order of their keys, and go on behind it."""
        numbered = Numbered(
            self.listing,
            self._where(Request(second, second)),
            resumed=resumed,
            may_end=lambda _rows, full: not full,
        )
        highest = ""
        for rows in numbered.pages():
            own = [row for row in rows if self._second(row) == second]
            if rows and not own and all(self._second(row) != second_after(second) for row in rows):
                self.listing.metrics.refuted.add("omni-where")
                raise FilterIgnored(
                    f"asked for rows of {second or 'no date'}, Cin7 sent others: it ignores the "
                    "filter, so that rows might be lost"
                )
            self.is_proven &= numbered.is_proven
            highest = max([highest, *(self._stamp_of(row) or "" for row in own)])
            yield replace(self._batch(own), place=numbered.place)
        rows_of = f"rows dated {second}" if second else "rows without a date"
        if not numbered.turns_pages:
            self.listing.metrics.refuted.add("omni-pages")
            self.listing.warn(
                f"{rows_of} fill more than one page and this resource does not turn pages: "
                "some of them may be missing"
            )
        elif not numbered.is_proven:
            self.listing.metrics.refuted.add("omni-order")
            self.listing.warn(f"{rows_of} move faster than they can be read: some may be missing")
        following = second_after(second)
        self._is_over = following == second
        self._open = max(following, self.lowest)
        self._reached = max(self._reached, highest)
        yield Batch([], self._reached, self._open)

    # Rows.

    def _reach(self, rows: list[Row]) -> None:
        """Move to the last timestamp of rows with which all seconds before it are complete."""
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
            self._last_row = rows[-1]
            # No later request can bring rows before these again; memory stays that of a page.
            first = self._second(rows[0])[:_TO_SECOND]
            if first > self._sent_from:
                self._sent = {one for one in self._sent if (one[1] or "")[:_TO_SECOND] >= first}
            self._sent_from = first
        return Batch(new, self._reached, self._open)

    def _name(self, row: Row) -> str:
        return repr(row.key)

    def _stamp_of(self, row: Row) -> str | None:
        stamp: str | None = row.values.get(self.stamp)
        return stamp

    def _second(self, row: Row) -> str:
        return _second_of(self._stamp_of(row))


def _second_of(stamp: str | None) -> str:
    return whole_second(stamp) if stamp and stamp >= FIRST_SECOND else UNSTAMPED
