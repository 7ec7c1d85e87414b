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

Where no ``Total`` says where a list of several pages ends, a first reading, and one that brings
fewer rows than the reading before, asks once more for what lies behind the last row. An answer that
brings or announces far fewer rows than had come before proves nothing.

Else the list is incomplete: all its rows are handed on once, and the reading fails. A reading that
a run could not end goes on in the next one behind the rows that it has, if these are still there;
it is whole if nothing slid, it begins as it did, and ``Total`` stayed the same all the time; else
it is read anew. The proofs take for granted
that a row that is gone does not come back, and that where rows are sorted by a name no renamed row
moves up in the second in which another one vanishes and a third one appears.

Relies on: core-names, core-order, core-page-size, core-pages, core-total.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from tap_cin7.core.evidence import Evidence
from tap_cin7.core.found import Answer, FoundRows
from tap_cin7.core.windows import OVERLAP, Window, joint, window_after
from tap_cin7.errors import Incomplete
from tap_cin7.reading.position import ListPlace
from tap_cin7.reading.prefetch import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

    import msgspec

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
_TOP = 5
"""Rows at the top of a list that are remembered."""


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
        rows_before: How many rows the reading before brought, None where there was none.
        most: Rows to ask for.
        sizes: Page sizes that are known; a list of so many rows may be longer.

    """

    ask: Callable[[Window], RawPage]
    width: Callable[[], int]
    is_filtered: bool = False
    is_numbered: bool = False
    rows_before: int | None = None
    most: int = PAGE_ROWS
    sizes: frozenset[int] = PAGE_SIZES


def _lasting(rows: Sequence[msgspec.Raw]) -> tuple[str, ...]:
    """Return marks of rows that are the same in every run."""
    return tuple(hashlib.blake2b(bytes(row), digest_size=6).hexdigest() for row in rows)


class WholeList:
    """One reading of a list, however many reads it takes.

    Attributes:
        total: The ``Total`` that Cin7 named last, None where it names none that can be right.
        place: How far the first read has come, so that the next run can go on there; None where
            it could not.
        is_resumed: Whether it goes on where an earlier run stopped; known from the first rows on.
        refuted: Takes the ids of the assumptions that answers refute.

    """

    def __init__(
        self,
        paging: Paging,
        codec: RowCodec,
        warn: Callable[[str], None],
        added: Callable[[], Mapping[str, Any] | None] = lambda: None,
        resumed: ListPlace | None = None,
    ) -> None:
        """Set up; nothing is asked yet.

        Args:
            paging: How to ask.
            codec: Tells the key of a row.
            warn: Takes what the user should know.
            added: Tells the columns to add; asked once there is an answer.
            resumed: How far an earlier run has come.

        """
        self.place: ListPlace | None = None
        self.is_resumed = False
        self.refuted: set[str] = set()
        self._resumed = resumed
        self._top_marks: tuple[str, ...] = ()
        self.total: int | None = None
        self._paging = paging
        self._warn = warn
        self._codec, self._added = codec, added
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
        if self._resumed is not None and (yield from self._gone_on(self._resumed)):
            return
        before: Evidence | None = None
        says_the_same = False
        for attempt in range(1, _READS + 1):
            if attempt > _READS_TO_JOIN and before and not before.is_joined:
                break
            read = self._found.begin(before)
            known = len(self._found.keys)
            yield from self._read(read, may_stop=attempt <= _READS_TO_JOIN)
            self.place = None
            if read.proves(self.total, len(self._found.keys), is_filtered=self._paging.is_filtered):
                return
            brought_new = len(self._found.keys) > known
            if before and read.agrees(before, self.total, known=None if brought_new else known):
                return
            # The same once more: asking again would not bring more.
            if before and before.is_joined and read.is_joined and before.keys == read.keys:
                says_the_same = True
                break
            before = read
        if not says_the_same:
            self.refuted.add("core-order")
            if self._can_collect() and (yield from self._collected()):
                return
            yield from self._swept(self._found.begin(before))
        self._fail()

    def _fail(self) -> None:
        rows = len(self._found.keys)
        if self.total is not None and rows < self.total:
            self.refuted.add("core-total")
            raise Incomplete(f"Cin7 announced {self.total} rows and gave {rows}")
        raise Incomplete(
            "its rows move faster than they can be read, or its pages contradict each other, so "
            "that some may be missing"
        )

    def _gone_on(self, place: ListPlace) -> Generator[list[Entry], None, bool]:
        """Go on where an earlier run stopped; return whether that proves the list whole."""
        self._page_rows = place.page_rows
        window = window_after(place.covered, place.page_rows)
        if window is None:
            return False
        read = self._found.begin(None)
        answer = self._asked(read, window)
        shared = place.covered - window.start
        if place.end[-shared:] != _lasting(answer.rows[:shared][-len(place.end) :]):
            return False
        self.is_resumed = True
        self._top_marks = place.top
        further = answer.since(shared)
        yield from self._found.new(further, read)
        read.totals.append(place.total)
        covered = window.start + len(answer.rows)
        self._note_place(read, covered, answer)
        if len(answer.rows) < window.limit:
            read.end = covered
        else:
            yield from self._further_pages(answer.marks, read, covered=covered, may_stop=False)
        if self._is_proven_to_the_end(read) and self._has_same_top(read):
            return True
        # It changed between the runs: all its rows are handed on, and it is read anew.
        self.place, self.is_resumed = None, False
        self._found = FoundRows(self._codec, self._added)
        return False

    def _is_proven_to_the_end(self, read: Evidence) -> bool:
        return (
            read.is_joined
            and read.is_exact
            and not read.moved
            and not read.is_contradicted
            and {*read.totals} == {self.total}
            and read.end is not None
            and (self.total is None or read.end == self.total)
        )

    def _has_same_top(self, read: Evidence) -> bool:
        """Tell whether the list begins as it did: new rows may come at its top."""
        page = self._asked(read, Window(1, self._paging.most))
        return self._top_marks == _lasting(page.rows[: len(self._top_marks)])

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
        rows = len(first.rows)
        if not rows or (self.total == rows and rows not in sizes):
            read.end = rows
            read.is_picture = not self.total or self.total == rows
            return
        if self.total is None and rows not in sizes:
            beyond = self._asked(read, Window(2, most))
            if not {*beyond.marks} - {*first.marks}:
                read.is_picture = True
                return
        self._page_rows = min(rows, most)
        marks = first.marks
        self._top_marks = _lasting(first.rows[:_TOP])
        self._note_place(read, rows, first)
        del first  # frees its body while the other pages come
        yield from self._further_pages(marks, read, covered=rows, may_stop=may_stop)
        if read.is_joined and read.needs_top(self.total, is_filtered=self._paging.is_filtered):
            yield from self._top(marks, read)

    def _further_pages(
        self, before: Sequence[int], read: Evidence, *, covered: int, may_stop: bool
    ) -> Iterator[list[Entry]]:
        """Yield the pages behind those that are read, and what lies behind the last row.

        Args:
            before: The rows of the page before.
            read: Takes what the pages show.
            covered: How many rows are read.
            may_stop: Whether a page that does not join the one before it ends the read, because
                there will be another.

        """
        is_wide = False
        while not read.is_confirmed:
            for window, answer in self._ahead(covered, self._page_rows if is_wide else OVERLAP):
                page = self._noted(read, window, answer)
                join = joint(before, page.marks, covered - window.start)
                if join is None and not self._paging.is_numbered:
                    yield from self._found.new(page, read)  # whatever comes of the read
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
                if self._is_over(read, window, page, is_new=len(read.keys) > known):
                    break
            if not read.is_joined:
                return

    def _is_over(self, read: Evidence, window: Window, page: Answer, *, is_new: bool) -> bool:
        """Take note of the end of a page; return whether no further one is asked for in a row."""
        covered = window.start + len(page.rows)
        if len(page.rows) < window.limit or read.end is not None:
            read.is_confirmed = self._is_end_told(read) or (read.end is not None and not is_new)
            read.end = covered
            self.place = None
            return True
        self._note_place(read, covered, page)
        # Full of known rows: the server does not turn pages.
        read.is_joined &= is_new
        return not is_new

    def _is_end_told(self, read: Evidence) -> bool:
        """Tell whether nobody need ask what lies behind the last row.

        ``Total`` says it, or the reading before brought no more rows.
        """
        if self.total is not None:
            return True
        before = self._paging.rows_before
        return before is not None and len(read.keys) + read.repeated >= before

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
            pages = math.ceil(self.total / self._page_rows)
            if not pages:
                return False
            for page in range(1, pages + 1):
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

    def _swept(self, read: Evidence) -> Iterator[list[Entry]]:
        """Yield the rows page by page, whatever their order, so that each is handed on once."""
        for number in count(1):
            known = len(read.keys)
            answer = self._asked(read, Window(number, self._page_rows))
            yield from self._found.new(answer, read)
            if len(answer.rows) < self._page_rows or len(read.keys) == known:
                return

    # Answers.

    def _note_place(self, read: Evidence, covered: int, page: Answer) -> None:
        """Note where the next run can go on, as long as the pages join each other."""
        if read.is_joined and read.is_exact and not self._paging.is_numbered:
            end = _lasting(page.rows[-OVERLAP:])
            self.place = ListPlace(covered, self._page_rows, self.total, self._top_marks, end)

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
            self.refuted.add("core-total")
            self.total = None
        read.is_contradicted |= (
            self.total is not None and self.total < len(self._found.keys) - OVERLAP
        )
        read.totals.append(self.total)
        return Answer.of(answer.rows)
