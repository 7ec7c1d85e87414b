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
from typing import TYPE_CHECKING, Any

from tap_cin7.core.evidence import Evidence
from tap_cin7.core.found import Answer, FoundRows
from tap_cin7.core.windows import OVERLAP, Window, joint, window_after
from tap_cin7.errors import Incomplete
from tap_cin7.reading.prefetch import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

    from tap_cin7.core.found import Entry
    from tap_cin7.core.replies import RawPage
    from tap_cin7.rows.codec import RowCodec
    from tap_cin7.rows.keys import KeySet

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


class WholeList:
    """One reading of a list, however many reads it takes.

    Attributes:
        total: The ``Total`` that Cin7 named last, None where it names none that can be right.

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
        self._paging = paging
        self._warn = warn
        self._found = FoundRows(codec, added)
        self._calls = 0
        self._page_rows = paging.most
        self._trusts_total = True

    @property
    def duplicates(self) -> int:
        """How many rows came again unchanged."""
        return self._found.duplicates

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
            read = self._found.begin(before)
            known = len(self._found.keys)
            yield from self._read(read, may_stop=attempt <= _READS_TO_JOIN)
            if read.proves(self.total, is_filtered=self._paging.is_filtered):
                return
            brought_new = len(self._found.keys) > known
            if before and read.agrees(before, self.total, known=None if brought_new else known):
                return
            # The same once more: asking again would not bring more.
            if before and before.is_joined and read.is_joined and before.keys == read.keys:
                says_the_same = True
                break
            before = read
        if not says_the_same and self._can_collect() and (yield from self._collected()):
            return
        rows = len(self._found.keys)
        if self.total is not None and rows < self.total:
            raise Incomplete(f"Cin7 announced {self.total} rows and gave {rows}")
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
        yield from self._found.new(first, read)
        count = len(first.rows)
        if not count or (self.total == count and count not in sizes):
            read.end = count
            read.is_picture = not self.total or self.total == count
            return
        if self.total is None and count not in sizes:
            beyond = self._asked(read, Window(2, most))
            if not {*beyond.marks} - {*first.marks}:
                read.is_picture = True
                return
        self._page_rows = min(count, most)
        marks = first.marks
        del first  # frees its body while the other pages come
        yield from self._further_pages(marks, read, may_stop=may_stop)
        if read.is_joined and read.needs_top(self.total, is_filtered=self._paging.is_filtered):
            yield from self._top(marks, read)

    def _further_pages(
        self, first: Sequence[int], read: Evidence, *, may_stop: bool
    ) -> Iterator[list[Entry]]:
        before, covered, is_wide = first, len(first), False
        while read.end is None:
            for window, answer in self._ahead(covered, self._page_rows if is_wide else OVERLAP):
                page = self._noted(read, window, answer)
                join = joint(before, page.marks, covered - window.start)
                if join is None and not is_wide:
                    is_wide = True
                    break
                read.is_exact &= join is not None and join.is_exact
                if join is None or (self._paging.is_numbered and not join.reaches_end):
                    read.is_joined = False
                    if may_stop or self._paging.is_numbered:
                        return
                known = len(read.keys)
                further = page.since(join.known if join else 0)
                found = len(read.keys) + read.repeated
                yield from self._found.new(further, read)
                read.moved += len(further.rows) - (len(read.keys) + read.repeated - found)
                before, covered = page.marks, window.start + len(page.rows)
                if len(page.rows) < window.limit:
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

    def _top(self, first: Sequence[int], read: Evidence) -> Iterator[list[Entry]]:
        """Ask for the first page again: what moved there while the others were read is on it."""
        page = self._asked(read, Window(1, self._paging.most))
        known = {*first}
        places = (place for place, mark in enumerate(page.marks) if mark in known)
        start = next(places, len(page.marks))
        join = joint(first, page.marks[start:], len(first) if start == 0 else 0)
        if join is None or (self._paging.is_numbered and not join.is_exact):
            read.is_joined = False
            return
        read.is_topped = True
        read.is_exact &= join.is_exact
        yield from self._found.new(page.since(join.known if join.is_exact else 0), read)

    # Rows in any order.

    def _can_collect(self) -> bool:
        if self.total is None or self._paging.is_numbered:
            return False
        return math.ceil(self.total / self._page_rows) <= _PAGES_TO_COLLECT

    def _collected(self) -> Generator[list[Entry], None, bool]:
        """Yield pages until two collections of ``Total`` rows are the same; return whether so."""
        before: KeySet | None = None
        read = Evidence()
        while self._calls < _CALLS_TO_COLLECT and self.total is not None:
            for page in range(1, math.ceil(self.total / self._page_rows) + 1):
                answer = self._asked(read, Window(page, self._page_rows))
                yield from self._found.new(answer, read)
                if not self._trusts_total:
                    return False
            if {*read.totals} != {self.total} or len(read.keys) > self.total:
                before, read = None, Evidence()
            elif len(read.keys) == self.total:
                if before == read.keys:
                    return True
                before, read = read.keys, Evidence()
        return False

    # Answers.

    def _asked(self, read: Evidence, window: Window) -> Answer:
        return self._noted(read, window, self._paging.ask(window))

    def _noted(self, read: Evidence, window: Window, answer: RawPage) -> Answer:
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
        return Answer.of(answer.rows)
