"""Lists read by key, page after page: whole ones, and the rows with some ids (``only_ids``).

Where the order does not hold, a whole list is read to its end all the same, by several runs if need
be, and fails in each of them.

Relies on: omni-ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote_plus

import msgspec

from tap_cin7.errors import Incomplete, RunStopped, StreamFailed
from tap_cin7.omni.listing import LONGEST_QUERY, Listing
from tap_cin7.omni.paged_by_key import BEGIN, KeyPlace, PagedByKey, in_state
from tap_cin7.reading.keyset import KeySet
from tap_cin7.reading.position import Load, Position
from tap_cin7.reading.reader import Estimate, Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tap_cin7.omni.resource import OmniResource
    from tap_cin7.reading.reader import Reading

_MOST_IDS = 100
"""Ids of one request: as many are safe, a few hundred get a 404 (seen)."""
_CODES = ("reference", "code", "styleCode")
"""Columns by which people know a row, the first one that there is."""
_ROOM = LONGEST_QUERY - 200
"""Characters that ids may take in a query string; the rest is for order and page."""


class WholeListReader:
    """Reads a whole list whose rows have no stamp.

    Attributes:
        is_whole: Whether the reading is to bring every row: always.
        is_resumed: Whether it resumes one that an earlier run began.

    """

    is_whole = True

    def __init__(self, reading: Reading[OmniResource]) -> None:
        """Set up the reading; nothing is requested yet."""
        self._reading = reading
        self._listing = Listing(reading)
        self._load = reading.position.load or Load(began="", over=True)
        place = None if self._load.over else in_state(self._load.position[1], KeyPlace)
        self._place = place or BEGIN
        self.is_resumed = place is not None

    def pages(self) -> Iterator[Page]:
        """Yield the pages; the last one says that the list is whole.

        Raises:
            Incomplete: At the end, or where the run is to end, if rows may be missing.

        """
        if not self.is_resumed:
            self._load = Load(began=self._reading.client.server_clock.now(), whole=True)
        paged = PagedByKey(
            self._listing,
            resumed=self._place,
            may_end=self._may_end,
            is_proven=not self._load.partial,
        )
        try:
            yield from self._read(paged)
        except RunStopped as stop:
            if paged.is_proven:
                raise
            raise self._doubt(paged) from stop
        except StreamFailed:
            # Only an interrupted reading is resumed: a snapshot is of one run.
            yield from self._over()
            raise
        # Also if it is not proven: the next run reads anew.
        yield from self._over()
        if not paged.is_proven:
            raise self._doubt(paged)
        yield Page([], is_whole=True, announced=paged.rows)

    def _read(self, paged: PagedByKey) -> Iterator[Page]:
        seen = KeySet()
        for rows in paged.pages():
            new = [row for row in rows if seen.add(row.key)]
            self._reading.metrics.duplicates += len(rows) - len(new)
            position = None
            if paged.place != BEGIN:
                self._load = msgspec.structs.replace(
                    self._load, position=("", paged.place.json()), partial=not paged.is_proven
                )
                position = Position(load=self._load)
            yield Page(new, position)

    def _doubt(self, paged: PagedByKey) -> Incomplete:
        """Return why rows may be missing."""
        refuted = self._reading.metrics.refuted
        if not paged.turns_pages:
            refuted.add("omni-pages")
            return Incomplete(
                "the list fills more than one page and Cin7 does not turn pages: rows may be "
                "missing"
            )
        refuted.add("omni-order")
        return Incomplete(
            "Cin7 does not keep the list in order while it is read: rows may be missing"
        )

    def _over(self) -> Iterator[Page]:
        if self._load.position[1]:
            yield Page([], Position(load=msgspec.structs.replace(self._load, over=True)))

    def _may_end(self, rows: int, full_pages: int) -> bool:
        """Return whether a short page is believed to be the last one.

        Not in a first reading of several pages, and not where fewer rows came than before.
        """
        before = self._reading.position.whole_rows or None
        return rows >= before if before is not None else not (full_pages or self.is_resumed)

    def estimate(self, most_calls: int) -> Estimate | None:
        """Estimate how many rows there are; None where Cin7 ignores page numbers."""
        return self._listing.estimate("", self._listing.by_key, most_calls)


class IdReader:
    """Reads the rows with some ids; no bookmark moves, and ids that are gone bring no row.

    Attributes:
        is_whole: Whether the reading is to bring every row: never.

    """

    is_whole = False
    is_resumed = False

    def __init__(self, reading: Reading[OmniResource], ids: Sequence[str]) -> None:
        """Set up the reading; nothing is requested yet.

        Args:
            reading: What is read.
            ids: Values of the first column of the key, or the reference or code of a row after a
                bar, such as ``|SO-01234``.

        """
        self._reading = reading
        self._listing = Listing(reading)
        column, fields = reading.resource.order_columns()[0], reading.resource.schema.fields
        are_numbers = "integer" in fields[column].types
        names = list(dict.fromkeys(map(str.strip, ids)))
        self._ids = [name for name in names if not name.startswith("|")]
        self._unsent = [
            one for one in self._ids if are_numbers and not (one.isdecimal() and one.isascii())
        ]
        sent = [one if are_numbers else _quoted(one) for one in self._ids]
        self._conditions = list(_id_conditions(column, [x for x in sent if x not in self._unsent]))
        code_column = next(filter(fields.get, _CODES), None)
        if code_column is not None:
            codes = (name[1:].strip() for name in names if name.startswith("|"))
            self._conditions[:0] = [f"{code_column}={_quoted(code)}" for code in codes]

    def pages(self) -> Iterator[Page]:
        """Yield the rows, without a position.

        Raises:
            Incomplete: At the end, if ids can't be requested, or rows may be missing.

        """
        seen = KeySet()
        is_whole = True
        for where in self._conditions:
            paged = PagedByKey(self._listing, where)
            for rows in paged.pages():
                yield Page([row for row in rows if seen.add(row.key)])
            is_whole &= paged.is_proven
        if self._unsent:
            raise Incomplete(f"ids are whole numbers, not {', '.join(self._unsent)}")
        if not is_whole:
            raise Incomplete("Cin7 does not keep the rows in order: some may be missing")

    def estimate(self, most_calls: int) -> Estimate | None:  # noqa: ARG002 - it takes none
        """Return how many ids there are; nothing is requested."""
        return Estimate(len(self._ids), len(self._conditions))


def _id_conditions(column: str, ids: Iterable[str]) -> Iterator[str]:
    """Yield one condition for each request."""
    some: list[str] = []
    room = _ROOM
    for one in ids:
        size = len(quote_plus(one)) + 3
        if some and (len(some) == _MOST_IDS or size > room):
            yield f"{column} IN ({','.join(some)})"
            some, room = [], _ROOM
        some.append(one)
        room -= size
    if some:
        yield f"{column} IN ({','.join(some)})"


def _quoted(text: str) -> str:
    return "'{}'".format(text.replace("'", "''"))
