"""Documents of Core: one call each, so only those that changed are fetched, and resumably.

The header list, a thousand rows a call, says which documents there are; a plan says which of
them to fetch, in which order, and what is true once each is written: ``changes`` where header
rows have a stamp, ``digests`` where they have none. Several documents are on their way at once.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from tap_cin7 import skew
from tap_cin7.core.asking import ListCalls, change_filter
from tap_cin7.core.changes import ByStamp
from tap_cin7.core.digests import ByDigest
from tap_cin7.core.documents import Document, Documents
from tap_cin7.core.header_rows import HeaderRows
from tap_cin7.core.lists import paging_of
from tap_cin7.core.named import spelled, split_name
from tap_cin7.core.resource import HEADER_MODIFIED, READ_AT
from tap_cin7.core.whole import PAGE_ROWS, WholeList
from tap_cin7.core.windows import Window
from tap_cin7.errors import Incomplete, RecordGone, StreamFailed
from tap_cin7.instants import moved
from tap_cin7.reading.position import Position
from tap_cin7.reading.prefetch import in_order
from tap_cin7.reading.reader import Expected, Page
from tap_cin7.rows.codec import RowCodec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_cin7.core.header_lists import HeaderLists
    from tap_cin7.core.headers import Header, Plan
    from tap_cin7.core.resource import CoreDetail
    from tap_cin7.reading.reader import Reading
    from tap_cin7.rows.codec import Row


class Fetched(NamedTuple):
    """A document with the header that named it."""

    header: Header
    document: Document


class DetailReader:
    """Reads the documents of one resource once."""

    def __init__(self, reading: Reading[CoreDetail], shared: HeaderLists) -> None:
        """Decide what to read; nothing is asked yet."""
        self._reading = reading
        self._resource = reading.resource
        self._header = reading.resource.header
        flags = reading.resource.switched_on(reading.settings)
        self._documents = Documents(reading.resource, reading.client, reading.tally, flags)
        self._ids = (reading.settings.only_ids or {}).get(reading.resource.name)
        self._plan = self._new_plan()
        self._shared = shared
        if self._ids is None and not self._filters():
            shared.want(self._resource)

    @property
    def is_whole(self) -> bool:
        """Whether this reading sets out to bring every document."""
        return self._ids is None and self._plan.is_whole

    def pages(self) -> Iterator[Page]:
        """Yield a page for each document.

        Raises:
            Incomplete: At the end, if documents may be missing in their list.
            Cin7Error: If the list or a document can't be read.

        """
        if self._ids is not None:
            yield from self._named(self._ids)
            return
        rows, began, short = self._header_rows()
        self._reading.tally.announced = rows.total
        headers = rows.give(self._resource)
        self._name_future(headers)
        waiting = self._plan.begin(headers, began)
        # A bookmark says that all documents up to it are in: it can't move by half a list.
        keeps = not self._reading.full_table and (short is None or self._header.stamp() is None)
        self._expect(len(waiting))
        yield Page([])  # what is made before its turn: no document yet
        for header, document in in_order(self._fetched, waiting, self._width):
            made = self._rows(document, header.stamp or None)
            position = self._plan.done(header, document.asked_at)
            self._reading.tally.documents_done += 1
            yield Page(made, position if keeps else None)
        if short is not None:
            raise short
        over = None if self._reading.full_table else self._plan.over()
        yield Page([], over, is_whole=self.is_whole)

    def estimate(self, most_calls: int) -> Expected | None:  # noqa: ARG002 - one is enough
        """Ask for one header row and return what the list announces."""
        total = self._header_calls().page(Window(1, 1)).total
        if total is None:
            return None
        return Expected(total, total + max(1, math.ceil(total / PAGE_ROWS)))

    # What to read.

    def _new_plan(self) -> Plan:
        reading, resource = self._reading, self._resource
        settings = reading.settings
        position = Position() if reading.full_table else reading.position
        now = reading.client.server_clock.now()
        if resource.stamp() is None:
            return ByDigest(position, settings, has_dates=resource.dated_by is not None, now=now)
        is_bounded = resource.bounded_by_start_date and not reading.full_table
        start = settings.start_date if is_bounded else None
        return ByStamp(position, settings, start=start, now=now)

    def _filters(self) -> dict[str, str]:
        """Return the query parameters by which the header list is filtered."""
        return change_filter(self._header, self._plan.since)

    def _header_calls(self) -> ListCalls:
        reading = self._reading
        return ListCalls(self._header, reading.client, reading.tally, self._filters())

    def _header_rows(self) -> tuple[HeaderRows, str, Incomplete | None]:
        """Return the rows of the header list, when their reading began, and why some may lack."""
        if self._filters():
            return self._read(HeaderRows(self._header, [self._resource]))
        rows = self._shared.claim(self._resource)
        if rows.began:
            return rows, rows.began, None
        try:
            return self._read(rows)
        finally:
            self._shared.end(self._header)

    def _read(self, rows: HeaderRows) -> tuple[HeaderRows, str, Incomplete | None]:
        calls, reading = self._header_calls(), self._reading
        started = reading.client.clock.now()
        paging = paging_of(calls, is_filtered=bool(calls.filters))
        whole = WholeList(paging, rows.codec, self._warn)
        short = None
        try:
            for entries in whole.entries():
                for row, raw in entries:
                    rows.take(row, raw)
        except Incomplete as error:
            short = error
        began = reading.client.server_clock.at(started)
        rows.total = whole.total
        if short is None:
            rows.complete(began)
        return rows, began, short

    def _name_future(self, headers: Sequence[Header]) -> None:
        last = max(headers, key=lambda header: header.stamp, default=None)
        now = self._reading.client.server_clock.now()
        if last is not None and last.stamp > moved(now, skew.STAMP):
            self._warn(
                f"{last.id} is dated in the future ({last.stamp}), so it comes again with each run"
            )

    # Documents.

    def _named(self, ids: Sequence[str]) -> Iterator[Page]:
        """Yield just the documents with some ids; their position is nobody's bookmark.

        Their header rows are not asked for: the moment of the call stands for the stamp, as of
        which they are what Cin7 has.
        """
        names = list(dict.fromkeys(map(str.strip, ids)))
        failures: list[StreamFailed] = []
        self._expect(len(names))
        yield Page([])
        for name, found in zip(names, in_order(self._by_name, names, self._width), strict=True):
            self._reading.tally.documents_done += 1
            self._reading.tally.named[name] = False
            if isinstance(found, StreamFailed):
                failures.append(found)
            else:
                self._reading.tally.named[name] = found.gone is None
                yield Page(self._rows(found, found.asked_at))
        if failures:
            raise Incomplete("; ".join(map(str, failures)))

    def _by_name(self, name: str) -> Document | StreamFailed:
        """Return a document by its id or, where that finds none, by its number.

        Some notifications hold the id of a task (seen), and people know numbers.
        """
        one, number = split_name(name)
        document = Document([], {}, "", RecordGone("no document has this number"))
        try:
            if one:
                document = self._documents.get(one)
            if document.gone is not None and number:
                for found in self._numbered(number):
                    document = self._documents.get(found)
        except StreamFailed as error:
            return error
        if document.gone is not None:
            self._warn(f"{spelled(name)} is gone ({document.gone})")
        return document

    def _numbered(self, number: str) -> list[str]:
        """Return the ids of the documents with a number, as their list finds them."""
        header = self._header
        if header.code_param is None:
            return []
        filters = {header.code_param: number}
        calls = ListCalls(header, self._reading.client, self._reading.tally, filters)
        codec = RowCodec(
            header.columns(), wanted=(self._resource.id_field, *header.named_by), extra_fields=False
        )
        rows = filter(None, codec.rows(calls.page(Window(1, PAGE_ROWS)).rows))
        return [
            str(row.values[self._resource.id_field])
            for row in rows
            if number.lower() in {str(row.values.get(name)).lower() for name in header.named_by}
        ]

    def _fetched(self, header: Header) -> Fetched:
        return Fetched(header, self._documents_get(header.id))

    def _documents_get(self, name: str) -> Document:
        document = self._documents.get(name)
        if document.gone is not None:
            self._warn(f"{name} is gone ({document.gone})")
        return document

    def _rows(self, document: Document, stamp: str | None) -> list[Row]:
        added = dict(document.copies)
        if self._resource.stamp() is None:
            added[READ_AT] = document.asked_at
        else:
            added[HEADER_MODIFIED] = stamp
        made = self._reading.codec.rows(document.rows, added)
        return [row for row in made if row is not None]

    def _expect(self, documents: int) -> None:
        tally = self._reading.tally
        tally.documents = documents
        tally.calls_expected = tally.calls + documents

    def _width(self) -> int:
        return self._reading.client.width(self._reading.tally)

    def _warn(self, words: str) -> None:
        self._reading.log.warning("%s", words)
