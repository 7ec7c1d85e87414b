"""Complete lists: read until it is proven that no row was missed, in as few calls as possible.

Cin7 promises no order, pages may be smaller than requested, rows come, go and move while a list is
read, and ``Total`` is missing or wrong on some lists. The rule: a full page is always followed
by the next, an empty page ends a list, and a list is complete when one of these holds:

- A single page has as many rows as the ``Total`` beside them, and that is no page size. One
  call, as most lists of most accounts take.
- The pages overlap (with another ``Limit`` they have their borders elsewhere), each begins with
  just the rows that the one before it ended with, and ``Total`` stays the number of rows found.
  A row that slides, moves to the top or to the end, comes or goes in between shows in one of the
  two. No call more than without a proof, except one in a hundred pages for the overlaps.
- Something slid, or there is no usable ``Total``, but every page still joins the one before it, so
  that the order is stable; then the first page is requested again, because a row that is changed
  may have moved there. One call more; two for a page whose rows slid far.
- The order is another one in each response: rows are collected until there are ``Total`` of
  them, twice, both collections are the same, and no row lies behind them. (Were a row missing in
  both, another one in both would not exist between them.) Up to 60 calls, and only for lists of a
  few pages.

Where no ``Total`` says where a list of several pages ends, a first reading, and one that brings
fewer rows than the reading before, requests once more what lies behind the last row. A response
that brings or announces far fewer rows than had come before proves nothing.

Otherwise the list is incomplete: all its rows are yielded once, and the reading fails. A reading
that a run could not finish is resumed by the next one behind the rows that it has, whether these
are still there or not: a list to whose top rows come all the time would never get on. It is
complete if they are, nothing slid, the list begins as it did, and ``Total`` stayed the same all the
time; otherwise it is read anew once its end is reached. The proofs assume that a row that is gone
does not come back, and that where rows are sorted by a name no renamed row moves up in the second
in which another one vanishes and a third one appears.

Relies on: core-names, core-order, core-page-size, core-pages, core-total.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from dataclasses import dataclass, field
from itertools import count, takewhile
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from tap_cin7.errors import Incomplete
from tap_cin7.reading.keyset import KeySet
from tap_cin7.reading.position import ListPlace
from tap_cin7.reading.prefetch import in_order
from tap_cin7.reading.windows import Window, window_at

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Hashable, Iterator, Mapping, Sequence

    import msgspec

    from tap_cin7.core.endpoints import ListEndpoint
    from tap_cin7.core.responses import RawRows
    from tap_cin7.rows.codec import Row, RowCodec

_OVERLAP = 10
"""Rows that two neighbouring pages share: 1 % of a page, and more than slide in a second or two."""
_ANCHOR = 5
"""Shared rows in a row that make two pages neighbours: by chance, in a list of N rows in random
order, it happens once in N**4 times."""
_MOST_GONE = 10
"""Rows that may go from a list while it is read several times."""
_CHUNK_ROWS = 50
"""Rows that are decoded at once: records take more memory than rows."""
_READS = 6
"""Reads of a list before it is given up."""
_READS_TO_JOIN = 2
"""Reads whose pages do not join before the order is considered unstable."""
_CALLS_TO_COLLECT = 60
"""Calls after which a list in an unstable order is given up."""
_PAGES_TO_COLLECT = 5
"""Pages of the longest list for which so many calls are of use."""
_TOP = 5
"""Rows at the top of a list that are remembered."""
_MOVED = -1
"""``Total`` of a place before which rows slid: it never equals that of a response."""


Entries: TypeAlias = "list[tuple[Row, msgspec.Raw]]"
"""Rows of the list, and their bytes."""


class Join(NamedTuple):
    """How a page joins the one before it.

    Attributes:
        known: How many of its leading rows are in the page before it too; 0 if that does not show
            how the two join.
        is_exact: Whether these are in their old places, so that no row was added, removed or moved
            across the border between the two responses.
        reaches_end: Whether they reach the last row of the page before.

    """

    known: int = 0
    is_exact: bool = False
    reaches_end: bool = False


class HashedRows(NamedTuple):
    """The rows of a page, and their hashes, by which pages are compared."""

    raws: Sequence[msgspec.Raw]
    hashes: Sequence[int]


@dataclass
class Read:
    """The findings of one read of the list so far.

    Attributes:
        keys: The keys that it found.
        may_stop: Whether a page that does not join the one before it ends the read, because
            another read will follow.
        repeated: Rows whose key another row of the same page has too.
        displaced: Rows that came in two pages outside of their overlap: they changed places, and
            so may others that came in none.
        totals: The ``Total`` of each response.
        end: Position after the last row; None while the end was not seen.
        is_exact: Whether no row moved across a page boundary.
        is_joined: Whether each page joins the one before it.
        is_top_rechecked: Whether the first page was read again at the end, or is the only one.
        is_confirmed: Whether what lies behind the last row was requested once more and found empty,
            or need not be.
        is_contradicted: Whether it announced far fewer rows than had come before.

    """

    keys: KeySet = field(default_factory=KeySet)
    may_stop: bool = False
    repeated: int = 0
    displaced: int = 0
    totals: list[int | None] = field(default_factory=list)
    end: int | None = None
    is_exact: bool = True
    is_joined: bool = True
    is_top_rechecked: bool = False
    is_confirmed: bool = False
    is_contradicted: bool = False

    @property
    def found(self) -> int:
        """How many rows came."""
        return len(self.keys) + self.repeated

    @property
    def rows(self) -> int:
        """How many rows the list has, by this read."""
        if self.end is None or not (self.is_exact and self.is_joined):
            return self.found
        return self.end

    def is_steady(self, total: int | None) -> bool:
        """Whether nothing slid, and each response announced as many rows as came."""
        return (
            self.is_joined
            and self.is_exact
            and not self.displaced
            and {*self.totals} == {total}
            and self.end is not None
            and total in (None, self.end)
        )

    def proves(self, total: int | None, known: int, *, is_filtered: bool) -> bool:
        """Return whether the list is complete.

        Args:
            total: The latest ``Total``, None where none is usable.
            known: How many keys all reads found: an empty or short response never proves what
                an earlier page contradicts.
            is_filtered: Whether rows that move to the top come with the next run anyway.

        """
        if self.is_contradicted or self.rows < known - _MOST_GONE:
            return False
        if total is not None and self.is_steady(total):
            return True
        return (
            self.is_joined
            and not self.displaced
            and self.end is not None
            and (self.is_top_rechecked or is_filtered)
            and (self.is_confirmed if total is None else self.rows >= total)
        )

    def agrees(self, before: Read, total: int | None, known: int | None) -> bool:
        """Return whether two reads of a list whose rows move, or share their keys, agree.

        Args:
            before: The read before this one.
            total: As for ``proves``.
            known: How many keys all reads found; None if this one found another.

        """
        are_joined = before.is_joined and self.is_joined and self.end is not None
        if not self.displaced or not are_joined or before.is_contradicted or self.is_contradicted:
            return False
        if before.keys == self.keys and self.end == total:
            return True
        return known is not None and (total is None or known >= total)


class CompleteList:
    """One reading of a list, in as many reads as it takes.

    Attributes:
        endpoint: What is read.
        total: The latest ``Total``, None where none is usable.
        duplicates: How many rows came again unchanged.
        place: How far the first read has come, so that the next run can resume there; None if it
            can't.
        begins_anew: Whether the list is read anew, after what an earlier run had left of it, which
            proved nothing.

    """

    def __init__(
        self,
        endpoint: ListEndpoint,
        codec: RowCodec,
        *,
        added: Callable[[], Mapping[str, Any] | None] = lambda: None,
        rows_before: int | None = None,
        resumed: ListPlace | None = None,
    ) -> None:
        """Set up; nothing is requested yet.

        Args:
            endpoint: What is read. Where it filters by change, what moves to the top while it is
                read is newer than the bookmark and comes with the next run.
            codec: Decodes rows.
            added: Returns the columns to add; called once there is a response.
            rows_before: How many rows the reading before brought, None where there was none.
            resumed: How far an earlier run has come.

        """
        self.total: int | None = None
        self.endpoint, self._codec, self._added = endpoint, codec, added
        self._refuted = endpoint.reading.metrics.refuted
        # Rows that only a count distinguishes must not be read twice in one read.
        fields = endpoint.resource.schema.fields.values()
        self._is_numbered = any(field.record_key_parts == () for field in fields)
        self._rows_before, self._resumed = rows_before, resumed
        self._page_rows = endpoint.page_rows
        self._calls = 0
        self._trusts_total = True
        self._top_hashes: tuple[str, ...] = ()
        self.begins_anew = False
        self._reset()

    def _reset(self) -> None:
        self.place: ListPlace | None = None
        self.duplicates = 0
        self._keys = KeySet()
        self._versions = KeySet()

    def entries(self) -> Iterator[Entries]:
        """Yield the rows, each once for each of its versions, as the responses come in.

        Raises:
            Incomplete: At the end, if rows are missing or nothing proves that none is.

        """
        if self._resumed is not None:
            if (yield from self._resume(self._resumed)):
                return
            # It changed between the runs: all its rows are yielded.
            self.begins_anew = True
            self._reset()
        before: Read | None = None
        for attempt in range(1, _READS + 1):
            if attempt > _READS_TO_JOIN and before and not before.is_joined:
                break
            known = len(self._keys)
            read = self._begin()
            read.may_stop = attempt <= _READS_TO_JOIN
            yield from self._read(read)
            self.place = None
            is_filtered = bool(self.endpoint.filters)
            if read.proves(self.total, len(self._keys), is_filtered=is_filtered):
                return
            is_known = len(self._keys) == known
            if before and read.agrees(before, self.total, known if is_known else None):
                return
            # The same keys once more: another read would not bring more.
            if before and before.is_joined and read.is_joined and before.keys == read.keys:
                raise self._incomplete()
            before = read
        self._refuted.add("core-order")
        if (yield from self._collected()):
            return
        yield from self._all_pages(self._begin())
        raise self._incomplete()

    def _incomplete(self) -> Incomplete:
        rows = len(self._keys)
        if self.total is not None and rows < self.total:
            self._refuted.add("core-total")
            return Incomplete(f"Cin7 announced {self.total} rows and gave {rows}")
        return Incomplete(
            "its rows move faster than they can be read, or its pages contradict each other, so "
            "that some may be missing"
        )

    def _begin(self) -> Read:
        """Begin a read."""
        self._codec.start_again()
        self._keys = self._keys.copy()  # the first read keeps what it found
        # The first read shares its set with the list: both hold all that was found.
        return Read(KeySet() if self._keys else self._keys)

    def _resume(self, place: ListPlace) -> Generator[Entries, None, bool]:
        """Resume where an earlier run stopped; return whether that proves the list complete."""
        self._page_rows = place.page_rows
        window = window_after(place.covered, place.page_rows)
        if window is None:
            return False
        read = self._begin()
        page = self._request(read, window)
        shared = place.covered - window.start
        end = _fingerprints(page.raws[:shared][-len(place.end) :])
        if place.total == _MOVED or place.end[-shared:] != end:
            shared, read.is_exact = 0, False  # what is left comes all the same
        self._top_hashes = place.top
        yield from self._new_rows(page, read, shared)
        read.totals.append(place.total)
        covered = window.start + len(page.raws)
        yield from self._is_over(read, window, page, is_new=True)
        yield from self._more_pages(page.hashes, read, covered)
        if read.is_contradicted or not read.is_steady(self.total):
            return False
        # The list must begin as it did: new rows may come at its top.
        first = self._request(read, Window(1, self.endpoint.page_rows))
        return self._top_hashes == _fingerprints(first.raws[: len(self._top_hashes)])

    # One read.

    def _read(self, read: Read) -> Iterator[Entries]:
        """Yield the rows of one read; note in it what its pages show."""
        first = self._request(read, Window(1, self.endpoint.page_rows))
        yield from self._new_rows(first, read)
        rows = len(first.raws)
        is_page_size = rows in self.endpoint.page_sizes
        is_all = not rows or (self.total == rows and not is_page_size)
        if self.total is None and rows and not is_page_size:
            beyond = self._request(read, Window(2, self.endpoint.page_rows))
            is_all = not {*beyond.hashes} - {*first.hashes}
        if is_all:
            read.end = rows
            read.is_top_rechecked = read.is_confirmed = True
            return
        self._page_rows = min(rows, self.endpoint.page_rows)
        hashes = first.hashes
        self._top_hashes = _fingerprints(first.raws[:_TOP])
        yield from self._place_noted(read, rows, first)
        del first  # frees its body while the other pages come
        yield from self._more_pages(hashes, read, rows)
        if not read.is_joined or (self.total is not None and read.is_steady(self.total)):
            return
        if not self.endpoint.filters or (self.total or 0) > read.rows:
            yield from self._top_again(hashes, read)

    def _more_pages(self, before: Sequence[int], read: Read, covered: int) -> Iterator[Entries]:
        """Yield the rows of the pages after those that are read, and of what lies behind the end.

        Args:
            before: The hashes of the page before.
            read: Notes what the pages show.
            covered: How many rows are read.

        """
        is_wide = False
        while read.is_joined and not read.is_confirmed:
            for window, response in self._ahead(covered, self._page_rows if is_wide else _OVERLAP):
                page = self._noted(read, window, response)
                join = find_join(before, page.hashes, covered - window.start)
                if not join.known and not self._is_numbered:
                    yield from self._new_rows(page, read)  # even if the read fails
                if not join.known and not is_wide:
                    is_wide = True
                    break
                read.is_exact &= join.is_exact
                if not join.known or (self._is_numbered and not join.reaches_end):
                    read.is_joined = False
                    if read.may_stop or self._is_numbered:
                        return
                known, found = len(read.keys), read.found
                yield from self._new_rows(page, read, join.known)
                read.displaced += len(page.raws) - join.known - (read.found - found)
                before, covered = page.hashes, window.start + len(page.raws)
                is_new = len(read.keys) > known
                if (yield from self._is_over(read, window, page, is_new=is_new)):
                    break

    def _is_over(
        self, read: Read, window: Window, page: HashedRows, *, is_new: bool
    ) -> Generator[Entries, None, bool]:
        """Note the end of a page; return whether to drop the pages requested ahead."""
        covered = window.start + len(page.raws)
        if len(page.raws) >= window.limit and read.end is None:
            yield from self._place_noted(read, covered, page)
            # Only known rows: the server ignores Page.
            read.is_joined &= is_new
            return not is_new
        # Total says where the list ends, or the reading before brought no more rows.
        most = self._rows_before
        is_known = self.total is not None or (most is not None and read.found >= most)
        read.is_confirmed = is_known or (read.end is not None and not is_new)
        read.end = covered
        self.place = None
        return True

    def _ahead(self, covered: int, overlap: int) -> Iterator[tuple[Window, RawRows]]:
        """Yield the windows that follow with their responses, requesting several at once.

        Only as far as ``Total`` announces rows; otherwise one after the other.
        """

        def windows() -> Iterator[Window]:
            reach = covered
            while True:
                usual = Window(reach // self._page_rows + 1, self._page_rows)
                window = window_after(reach, self._page_rows, overlap) or usual
                yield window
                reach = window.end
                if self.total is None or reach >= self.total:
                    return

        page = self.endpoint.page
        return in_order(lambda one: (one, page(*one)), windows(), self.endpoint.width)

    def _top_again(self, first: Sequence[int], read: Read) -> Iterator[Entries]:
        """Request the first page again, for rows that moved there meanwhile."""
        page = self._request(read, Window(1, self.endpoint.page_rows))
        known = {*first}
        places = (place for place, one in enumerate(page.hashes) if one in known)
        start = next(places, len(page.hashes))
        join = find_join(first, page.hashes[start:], len(first) if start == 0 else 0)
        if not join.known or (self._is_numbered and not join.is_exact):
            read.is_joined = False
            return
        read.is_top_rechecked = True
        read.is_exact &= join.is_exact
        yield from self._new_rows(page, read, join.known if join.is_exact else 0)

    # Rows in any order.

    def _collected(self) -> Generator[Entries, None, bool]:
        """Yield pages until two collections of ``Total`` rows are equal; return whether so."""
        pages = math.ceil((self.total or 0) / self._page_rows)
        if self._is_numbered or pages > _PAGES_TO_COLLECT:
            return False
        before: KeySet | None = None
        read = Read()
        while self._calls < _CALLS_TO_COLLECT and self.total:
            for page in range(1, math.ceil(self.total / self._page_rows) + 1):
                response = self._request(read, Window(page, self._page_rows))
                yield from self._new_rows(response, read)
                if not self._trusts_total:
                    return False
            if {*read.totals} != {self.total} or len(read.keys) > self.total:
                before, read = None, Read()
            elif len(read.keys) == self.total:
                if before == read.keys:
                    beyond = self._request(read, Window(page + 1, self._page_rows))
                    yield from self._new_rows(beyond, read)
                    return not beyond.raws
                before, read = read.keys, Read()
        return False

    def _all_pages(self, read: Read) -> Iterator[Entries]:
        """Yield the rows page by page, in any order, so that each is yielded once."""
        for number in count(1):
            known = len(read.keys)
            page = self._request(read, Window(number, self._page_rows))
            yield from self._new_rows(page, read)
            if len(page.raws) < self._page_rows or len(read.keys) == known:
                return

    # Responses.

    def _new_rows(self, page: HashedRows, read: Read, start: int = 0) -> Iterator[Entries]:
        """Yield the new or changed rows of a page, from an index on."""
        here: set[Hashable] = set()
        came: Counter[str] = Counter()
        for place in range(start, len(page.raws), _CHUNK_ROWS):
            chunk = slice(place, place + _CHUNK_ROWS)
            raws, hashes = page.raws[chunk], page.hashes[chunk]
            rows = self._codec.rows(raws, self._added(), came)
            keys = [
                ("", one) if row is None else row.key for row, one in zip(rows, hashes, strict=True)
            ]
            here.update(keys)
            self._keys.update(keys)
            if read.keys is not self._keys:
                read.keys.update(keys)
            entries = [
                (row, raw)
                for row, raw, key, one in zip(rows, raws, keys, hashes, strict=True)
                if row is not None and self._versions.add((key, one))
            ]
            self.duplicates += len(rows) - rows.count(None) - len(entries)
            yield entries
        read.repeated += len(page.raws[start:]) - len(here)

    def _place_noted(self, read: Read, covered: int, page: HashedRows) -> Iterator[Entries]:
        """Note where the next run can resume, and whether that can still prove anything.

        Yields no rows, so that the place is kept before the next request, which may be the last.
        """
        if self._is_numbered:  # equal rows would be numbered anew: it only tells that more follows
            self.place = ListPlace(0, self._page_rows, None, (), ())
        else:
            total = self.total if read.is_joined and read.is_exact else _MOVED
            end = _fingerprints(page.raws[-_OVERLAP:])
            self.place = ListPlace(covered, self._page_rows, total, self._top_hashes, end)
        yield []

    def _request(self, read: Read, window: Window) -> HashedRows:
        return self._noted(read, window, self.endpoint.page(*window))

    def _noted(self, read: Read, window: Window, response: RawRows) -> HashedRows:
        """Note what a response announces; return its rows."""
        self._calls += 1
        self.total = response.total if self._trusts_total else None
        least = window.start + len(response.rows) if response.rows else 0
        if self.total is not None and self.total < least:
            self.endpoint.reading.log.warning(
                "Cin7 announced %d rows and gave %d: its Total is not used", self.total, least
            )
            self._refuted.add("core-total")
            self._trusts_total = False
            self.total = None
        read.is_contradicted |= self.total is not None and self.total < len(self._keys) - _OVERLAP
        read.totals.append(self.total)
        return HashedRows(response.rows, [hash(bytes(row)) for row in response.rows])


def window_after(covered: int, most: int, overlap: int = _OVERLAP) -> Window | None:
    """Return the window that overlaps what is covered and reaches furthest beyond it.

    Args:
        covered: How many rows from the start of the list were read.
        most: The most rows that a page can have.
        overlap: Rows to share at least; fewer where the pages are too small for it.

    Returns:
        The window; None when no window of these sizes overlaps and reaches further.

    """
    most_shared = max(1, min(overlap, covered * 2 // 5, most * 2 // 5))
    for shared in range(most_shared, 0, -1):
        best = window_at(covered - shared, most)
        if best.end > covered:
            return best
    return None


def find_join(before: Sequence[int], after: Sequence[int], shared: int) -> Join:
    """Find out how a page joins the one before it.

    Args:
        before: The hashes of the page before.
        after: Those of the page.
        shared: How many rows they share if nothing has moved.

    """
    if shared and len(after) >= shared and before[-shared:] == after[:shared]:
        return Join(shared, is_exact=True, reaches_end=True)
    for place, one in enumerate(before):
        if after and one == after[0]:
            pairs = zip(before[place:], after, strict=False)
            known = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
            if known >= _ANCHOR:
                return Join(known, reaches_end=place + known == len(before))
    return Join()


def _fingerprints(raws: Sequence[msgspec.Raw]) -> tuple[str, ...]:
    """Return hashes of rows that are the same in every run."""
    return tuple(hashlib.blake2b(bytes(raw), digest_size=6).hexdigest() for raw in raws)
