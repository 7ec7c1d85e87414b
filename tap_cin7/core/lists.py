"""Lists of Core: read to their end, whatever the page size, the order or the ``Total``.

Cin7 promises no order, pages may be smaller than asked, rows move between pages while data
change, and ``Total`` is missing or wrong on some lists. So a list is read until an empty page
or until ``Total`` rows are in; rows are told apart by key; and when rows are missing, it is
read again until the numbers agree or two reads agree with each other. The bookmark moves only
when the whole list is in, and never past the start of the run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_cin7 import values
from tap_cin7.ahead import in_order
from tap_cin7.bookmarks import (
    READ_SINCE,
    VALUE,
    configured_start,
    starting_point,
    whole_read_done,
    whole_read_due,
)
from tap_cin7.core.answers import RawPage, core_page, rows_of
from tap_cin7.core.stream import CoreStream
from tap_cin7.errors import RecordGone
from tap_cin7.seen import Seen
from tap_cin7.stream import Expected, Page

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    import msgspec

    from tap_cin7.outline import Outline
    from tap_cin7.shape import Row
    from tap_cin7.tap import TapCin7

PAGE_ROWS = 1_000
"""The most rows that a page can have (documented); real pages may hold fewer (seen)."""
_MOST_READS = 5
_YEARS_BACK = 2
_PAGE_SIZES = (100, 500, 1_000)
"""Page sizes that were seen on live accounts."""


@dataclass
class Reading:
    """One reading of a list, however many times it takes.

    Attributes:
        keys: The keys that were found, in the first read or in one after it.
        versions: The keys with their stamps.
        total: The largest ``Total`` that was announced.
        moved: Whether a row came twice in one read, so that others may have slipped through.

    """

    keys: Seen = field(default_factory=Seen)
    versions: Seen = field(default_factory=Seen)
    total: int | None = None
    moved: bool = False


class ListStream(CoreStream):
    """A list: paged or not, read to its end."""

    since_param: ClassVar[str | None] = None
    """Query parameter that filters by modification time, where the server has one."""
    until_param: ClassVar[str | None] = None
    """Query parameter that freezes the window, where the server has one."""
    page_param: ClassVar[str] = "Page"
    limit_param: ClassVar[str] = "Limit"
    paged: ClassVar[bool] = True
    """False for lists without Page and Limit and for single objects."""
    total_is_right: ClassVar[bool] = True
    """False where the envelope has no Total or a wrong one."""
    years: ClassVar[bool] = False
    """Whether the list is asked for year by year."""
    pages_ahead = 1  # as many rows as four pages of Omni have
    flags: ClassVar[dict[str, str]] = {}
    """Query parameters that settings switch on: parameter -> setting."""

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Know the filterless lists by their missing replication key."""
        super().__init_subclass__(**kwargs)
        if "schema" in vars(cls) and "replication_key" not in vars(cls):
            cls.replication_key = None  # type: ignore[method-assign,assignment]
        if "schema" in vars(cls):
            cls.stamp_column = vars(cls)["replication_key"]
            cls.outline_fields = (cls.stamp_column,) if cls.stamp_column else ()

    def __init__(self, tap: TapCin7) -> None:
        """Set up the stream."""
        super().__init__(tap)
        self._flags = {
            parameter: "true"
            for parameter, setting in self.flags.items()
            if self.config.get(setting)
        }

    @override
    def pages(self) -> Iterator[Page]:
        began = values.now()
        if not self.paged:
            yield from self._unpaged()
            return
        first = self._since() is None
        whole = whole_read_due(self, began)
        since = configured_start(self) if whole else self._since()
        reached = ""
        for rows in self.read(since, began, self._flags):
            if self.stamp_column:
                stamps = (row.fields.get(self.stamp_column) for row in rows)
                reached = max([reached, *filter(None, stamps)])
            yield Page(rows)
        bookmark = self._bookmark(reached, began)
        yield Page([], bookmark | whole_read_done(self, began, whole=whole or first))

    @override
    def probe(self) -> Expected | None:
        return self.expected(self._since())

    def expected(self, since: str | None) -> Expected | None:
        """Ask for one row and return what the list announces; None when it announces nothing."""
        if not self.paged:
            self.get(self._years()[0] if self.years else {})
            return None
        filters = self._filters(since, values.now())
        _, total = self._asked(1, 1, filters)
        return None if total is None else Expected(total, max(1, math.ceil(total / PAGE_ROWS)))

    def _since(self) -> str | None:
        if self.stamp_column:
            return starting_point(self)
        bookmark = self.family[0].stream_state.get(READ_SINCE) if self.since_param else None
        return self.overlap_start(bookmark) if bookmark else None

    def _bookmark(self, reached: str, began: str) -> dict[str, Any]:
        if self.stamp_column is None:
            return {READ_SINCE: began} if self.since_param else {}
        before = self.family[0].stream_state.get(VALUE) or ""
        latest = max(before, min(reached, began))
        return {VALUE: latest} if latest else {}

    def _unpaged(self) -> Iterator[Page]:
        for params in self._years() if self.years else [{}]:
            try:
                body = self.get(params)
            except RecordGone:
                if not self.years:
                    raise
                continue
            yield Page(self.shaped(rows_of(body, self.records_key)))

    def _years(self) -> list[dict[str, str | int]]:
        this_year = int(values.now()[:4])
        start = configured_start(self)
        first = int(start[:4]) if start else this_year - _YEARS_BACK
        return [{"Year": year} for year in range(first, this_year + 2)]

    def shaped(self, rows: list[Row]) -> list[Row]:
        """Return decoded rows in their canonical shape, those without a key left out."""
        return [row for row in rows if self.shape(row)]

    def outlined(self, rows: list[msgspec.Raw]) -> list[Outline]:
        """Return the outlines of rows, those without a key left out."""
        return self.with_key(self.outlines(rows))

    # The reading itself, which details use for their headers too.

    def read(
        self,
        since: str | None,
        until: str,
        flags: dict[str, str] | None = None,
    ) -> Iterator[list[Outline]]:
        """Yield the list's rows, each key once for each of its stamps.

        Args:
            since: Canonical instant from which changes are wanted; None for all rows. Where
                the server can't filter by the row's own stamp, it is compared here.
            until: Canonical instant at which the window is frozen, where it can be.
            flags: More query parameters.

        """
        filters = {**(flags or {}), **self._filters(since, until)}
        reading = Reading()
        found, previous = reading.keys, None
        for attempt in range(1, _MOST_READS + 1):
            self.outliner.shape.forget_occurrences()
            for rows in self._read_once(filters, reading, found):
                new = self._unsent(rows, reading)
                yield [row for row in new if self._is_wanted(row, since)]
            if self._is_whole(reading) or found == previous:
                break
            found, previous = Seen(), found.copy()
            if attempt < _MOST_READS:
                self.logger.info("%s: rows moved while they were read, reading again", self.name)
        self.tally.announced = reading.total
        if self.total_is_right and reading.total is not None and len(reading.keys) < reading.total:
            self.logger.warning(
                "%s: Cin7 announced %d rows and gave %d",
                self.name,
                reading.total,
                len(reading.keys),
            )

    def _filters(self, since: str | None, until: str) -> dict[str, str]:
        if not since or not self.since_param:
            return {}
        filters = {self.since_param: values.whole_second(since)}
        if self.until_param:
            filters[self.until_param] = values.whole_second(until)
        return filters

    def _is_whole(self, reading: Reading) -> bool:
        if self.total_is_right and reading.total is not None:
            return len(reading.keys) >= reading.total
        return not reading.moved

    def _is_wanted(self, row: Outline, since: str | None) -> bool:
        """Compare a row's own stamp where the server has no filter for it."""
        if since is None or self.since_param is not None or self.stamp_column is None:
            return True
        stamp = row.fields.get(self.stamp_column)
        return stamp is None or stamp >= since

    def _unsent(self, rows: list[Outline], reading: Reading) -> list[Outline]:
        new = [row for row in rows if reading.versions.add(self._version_of(row))]
        self.tally.duplicates += len(rows) - len(new)
        return new

    def _version_of(self, row: Outline) -> Hashable:
        return self._key_of(row), row.fields.get(self.stamp_column or "")

    def _read_once(
        self, filters: dict[str, str], reading: Reading, found: Seen
    ) -> Iterator[list[Outline]]:
        """Yield the pages of one read; ``found`` collects its keys."""
        asked = self._page_getter(filters)
        rows, total = asked(1)
        if total == len(rows) and total in _PAGE_SIZES:
            total = None  # a Total that is the page size in truth was seen: look at page 2
        yield self._noted(rows, total, reading, found)
        page = 1
        if rows and total is not None and len(found) < total:
            last = math.ceil(total / len(rows))
            for rows, total in in_order(asked, range(2, last + 1), self.calls_to_use_the_quota):
                page += 1
                yield self._noted(rows, total, reading, found)
        while rows and not (total is not None and len(found) >= total):
            before = len(found)
            page += 1
            rows, total = asked(page)
            yield self._noted(rows, total, reading, found)
            if len(found) == before:
                return

    def _page_getter(
        self, filters: dict[str, str]
    ) -> Callable[[int], tuple[list[msgspec.Raw], int | None]]:
        return lambda page: self._asked(page, PAGE_ROWS, filters)

    def _asked(
        self, page: int, rows: int, filters: dict[str, str]
    ) -> tuple[list[msgspec.Raw], int | None]:
        """Ask for a page; return its rows and the ``Total`` where it can be trusted."""
        answer: RawPage = self.get(
            {self.page_param: page, self.limit_param: rows, **filters},
            take=lambda response: core_page(response, self.records_key),
        )
        return answer.rows, answer.total if self.total_is_right else None

    def _noted(
        self, rows: list[msgspec.Raw], total: int | None, reading: Reading, found: Seen
    ) -> list[Outline]:
        if total is not None:
            reading.total = max(total, reading.total or 0)
        outlined = self.outlined(rows)
        for key in map(self._key_of, outlined):
            if not found.add(key):
                reading.moved = True
            if found is not reading.keys:
                reading.keys.add(key)
        return outlined

    def _key_of(self, row: Outline) -> Hashable:
        return self.key_of(row.fields)
