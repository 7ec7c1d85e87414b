"""Reading a list whole: what proves that no row slipped through, at the least cost in calls.

Cin7 promises no order, pages may be smaller than asked, rows come, go and move while a list is
read, and ``Total`` is missing or wrong on some lists. The rule: a full page is always followed
by the next, an empty page ends a list, and a list is whole when one of these holds:

- One answer brings as many rows as the ``Total`` beside them, and that is no page size. It is a
  picture of one moment. One call, as most lists of most accounts take.
- The pages overlap (``windows``), each begins with just the rows that the one before it ended
  with, and ``Total`` stays the number of rows found. What slides, moves to the top or to the
  end, comes or goes in between shows in one of the two. No call more than without a proof, save
  the one in a hundred pages that the overlaps make up.
- Something slid, or there is no ``Total`` to go by, but every page still joins the one before
  it, so that the order is one that holds; then the first page is asked for again, because a row
  that is changed may have moved there. One call more; two for a page whose rows slid far.
- The order is another one with each answer: rows are collected until there are ``Total`` of
  them, twice, and both collections are the same. (Were a row missing in both, another one in both
  would not exist between them.) Up to 60 calls, and only for lists of a few pages.

Else the list is incomplete: what was found is handed on, and the reading fails. The proofs take
for granted that a row that is gone does not come back, and that where rows are sorted by a name
no renamed row moves up in the second in which another one vanishes and a third one appears.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_cin7.core.evidence import Evidence
from tap_cin7.core.windows import OVERLAP, Window, joint, window_after
from tap_cin7.errors import Incomplete
from tap_cin7.reading.prefetch import in_order
from tap_cin7.rows.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Hashable, Iterator, Mapping, Sequence

    from tap_cin7.core.replies import RawPage
    from tap_cin7.rows.codec import Row, RowCodec

PAGE_ROWS = 1_000
"""The most rows that a page can have (documented); real pages may hold fewer (seen)."""
PAGE_SIZES = frozenset({100, 500, 1_000})
"""Page sizes that were seen on live accounts."""
_READS = 6
"""Reads of a list before it is given up."""
_READS_TO_JOIN = 2
"""Reads whose pages do not join before the order is taken for one that does not hold."""
_CALLS_TO_COLLECT = 60
"""Calls after which a list whose order does not hold is given up."""
_PAGES_TO_COLLECT = 5
"""Pages of the longest list for which so many calls are of use."""
_ALL_BITS = (1 << 64) - 1


@dataclass(frozen=True)
class Paging:
    """How a list is asked for, and by which sizes its pages are judged.

    Attributes:
        ask: Asks for a page.
        width: Tells how many calls may be under way at once.
        is_filtered: Whether a filter by change leaves only what changed: what moves to the top
            while it is read is then newer than the bookmark and comes with the next run.
        is_numbered: Whether equal rows are told apart by counting them, so that none may be
            looked at twice in one read.
        most: Rows to ask for.
        sizes: Page sizes that are known; a list of so many rows may be longer.

    """

    ask: Callable[[Window], RawPage]
    width: Callable[[], int]
    is_filtered: bool = False
    is_numbered: bool = False
    most: int = PAGE_ROWS
    sizes: frozenset[int] = PAGE_SIZES


class Entry(NamedTuple):
    """A row that was found, and its bytes."""

    row: Row
    raw: bytes


class WholeList:
    """One reading of a list, however many reads it takes.

    Attributes:
        total: The ``Total`` that Cin7 named last, None where it names none that can be right.
        keys: The keys of all rows that were found.
        duplicates: Rows that came again unchanged.

    """

    def __init__(
        self,
        paging: Paging,
        codec: RowCodec,
        warn: Callable[[str], None],
        added: Callable[[], Mapping[str, Any] | None] = lambda: None,
    ) -> None:
        """Set up; nothing is asked yet.

        Args:
            paging: How to ask.
            codec: Tells the key of a row.
            warn: Takes what the user should know.
            added: Tells the columns to add; asked once there is an answer.

        """
        self.total: int | None = None
        self.keys = Seen()
        self.duplicates = 0
        self._paging = paging
        self._codec = codec
        self._warn = warn
        self._added = added
        self._versions = Seen()
        self._calls = 0
        self._page_rows = paging.most
        self._trusts_total = True

    def entries(self) -> Iterator[list[Entry]]:
        """Yield the rows, each once for each of its versions, as the answers come in.

        Raises:
            Incomplete: At the end, if rows are missing or nothing proves that none is.

        """
        before: Evidence | None = None
        says_the_same = False
        for attempt in range(1, _READS + 1):
            if attempt > _READS_TO_JOIN and before and not before.is_joined:
                break
            # All that the first read finds is all that was found: one set for both.
            read = Evidence(self.keys) if before is None else Evidence()
            if before is not None and before.keys is self.keys:
                self.keys = self.keys.copy()
            known = len(self.keys)
            self._codec.start_again()
            yield from self._read(read, may_stop=attempt <= _READS_TO_JOIN)
            if read.proves(self.total, is_filtered=self._paging.is_filtered):
                return
            brought_new = len(self.keys) > known
            if before and read.agrees(before, self.total, known=None if brought_new else known):
                return
            # The same once more: asking again would not bring more.
            if before and before.is_joined and read.is_joined and before.keys == read.keys:
                says_the_same = True
                break
            before = read
        if not says_the_same and self._can_collect() and (yield from self._collected()):
            return
        if self.total is not None and len(self.keys) < self.total:
            raise Incomplete(f"Cin7 announced {self.total} rows and gave {len(self.keys)}")
        raise Incomplete("its rows move faster than they can be read, so that some may be missing")

    # One read.

    def _read(self, read: Evidence, *, may_stop: bool) -> Iterator[list[Entry]]:
        """Yield the pages of one read.

        Args:
            read: Takes what they show.
            may_stop: Whether a page that does not join the one before it ends the read, because
                there will be another.

        """
        most, sizes = self._paging.most, self._paging.sizes
        first = self._asked(read, Window(1, most))
        yield self._new(first, read)
        count = len(first)
        if not count or (self.total == count and count not in sizes):
            read.end = count
            read.is_picture = not self.total or self.total == count
            return
        if self.total is None and count not in sizes:
            beyond = self._asked(read, Window(2, most))
            if not {*beyond} - {*first}:
                read.is_picture = True
                return
        self._page_rows = min(count, most)
        yield from self._further_pages(first, read, may_stop=may_stop)
        if read.is_joined and read.needs_top(self.total, is_filtered=self._paging.is_filtered):
            yield from self._top(first, read)

    def _further_pages(
        self, first: list[bytes], read: Evidence, *, may_stop: bool
    ) -> Iterator[list[Entry]]:
        before, covered, is_wide = first, len(first), False
        while read.end is None:
            for window, answer in self._ahead(covered, self._page_rows if is_wide else OVERLAP):
                page = self._noted(read, window, answer)
                join = joint(before, page, covered - window.start)
                if join is None and not is_wide:
                    is_wide = True
                    break
                read.is_exact &= join is not None and join.is_exact
                if join is None or (self._paging.is_numbered and not join.reaches_end):
                    read.is_joined = False
                    if may_stop or self._paging.is_numbered:
                        return
                known = len(read.keys)
                new_rows = page[join.known if join else 0 :]
                found = len(read.keys) + read.repeated
                yield self._new(new_rows, read)
                read.moved += len(new_rows) - (len(read.keys) + read.repeated - found)
                before, covered = page, window.start + len(page)
                if len(page) < window.limit:
                    read.end = covered
                    break
                if len(read.keys) == known:
                    # Full of known rows: the server does not turn pages.
                    read.is_joined = False
                    return

    def _ahead(self, covered: int, overlap: int) -> Iterator[tuple[Window, RawPage]]:
        """Yield the windows that follow and what they hold, several on their way at once.

        Only as far as ``Total`` says that there are rows: else one after the other.
        """

        def windows() -> Iterator[Window]:
            reach = covered
            while True:
                window = window_after(reach, self._page_rows, overlap) or Window(
                    reach // self._page_rows + 1, self._page_rows
                )
                yield window
                reach = window.page * window.limit
                if self.total is None or reach >= self.total:
                    return

        def asked(window: Window) -> tuple[Window, RawPage]:
            return window, self._paging.ask(window)

        return in_order(asked, windows(), self._paging.width)

    def _top(self, first: list[bytes], read: Evidence) -> Iterator[list[Entry]]:
        """Ask for the first page again: what moved there while the others were read is on it."""
        page = self._asked(read, Window(1, self._paging.most))
        known = {*first}
        start = next((place for place, row in enumerate(page) if row in known), len(page))
        join = joint(first, page[start:], len(first) if start == 0 else 0)
        if join is None or (self._paging.is_numbered and not join.is_exact):
            read.is_joined = False
            return
        read.is_topped = True
        read.is_exact &= join.is_exact
        yield self._new(page[join.known :] if join.is_exact else page, read)

    # Rows in any order.

    def _can_collect(self) -> bool:
        if self.total is None or self._paging.is_numbered:
            return False
        return math.ceil(self.total / self._page_rows) <= _PAGES_TO_COLLECT

    def _collected(self) -> Generator[list[Entry], None, bool]:
        """Yield pages until two collections of ``Total`` rows are the same; return whether so."""
        before: Seen | None = None
        read = Evidence()
        while self._calls < _CALLS_TO_COLLECT and self.total is not None:
            for page in range(1, math.ceil(self.total / self._page_rows) + 1):
                yield self._new(self._asked(read, Window(page, self._page_rows)), read)
                if not self._trusts_total:
                    return False
            if {*read.totals} != {self.total} or len(read.keys) > self.total:
                before, read = None, Evidence()
            elif len(read.keys) == self.total:
                if before == read.keys:
                    return True
                before, read = read.keys, Evidence()
        return False

    # Rows.

    def _asked(self, read: Evidence, window: Window) -> list[bytes]:
        return self._noted(read, window, self._paging.ask(window))

    def _noted(self, read: Evidence, window: Window, answer: RawPage) -> list[bytes]:
        """Take note of an answer; return its rows."""
        self._calls += 1
        self.total = answer.total if self._trusts_total else None
        least = window.start + len(answer.rows) if answer.rows else 0
        if self.total is not None and self.total < least:
            # It denies the rows beside it: too low, late, or the size of the page in truth.
            self._warn(f"Cin7 announced {self.total} rows and gave {least}: its Total is not used")
            self._trusts_total = False
            self.total = None
        read.totals.append(self.total)
        return [bytes(row) for row in answer.rows]

    def _new(self, rows: Sequence[bytes], read: Evidence) -> list[Entry]:
        """Return the rows that were not found before as they are now."""
        new = []
        added = self._added() if rows else None
        here: set[Hashable] = set()
        for raw in rows:
            row = self._codec.row(raw, added)
            key = ("", raw) if row is None else row.key
            if key in here:
                read.repeated += 1
            here.add(key)
            read.keys.add(key)
            self.keys.add(key)
            if row is None:
                continue
            if self._versions.add(hash((key, raw)) & _ALL_BITS):
                new.append(Entry(row, raw))
            else:
                self.duplicates += 1
        return new
