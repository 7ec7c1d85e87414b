"""Rows and documents by id: ``only_ids``, which moves no bookmark.

A row costs one call where the list can be queried by id, code or number. Other lists are read from
yesterday's changes on first, since notifications name what has just changed, and whole only for
what is not among them. Cin7 ignores parameters that it does not know (seen), so a response counts
only when it holds all that it announces.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from tap_cin7.core.endpoints import ListEndpoint, get_document
from tap_cin7.errors import Cin7Error, Incomplete, RecordGone, StreamFailed, StreamSkipped
from tap_cin7.instants import DAY_SECONDS, shifted
from tap_cin7.rows.codec import RowCodec
from tap_cin7.rows.coercion import is_guid

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    import msgspec

    from tap_cin7.core.endpoints import Document
    from tap_cin7.core.resource import CoreDetail
    from tap_cin7.reading.reader import Reading
    from tap_cin7.rows.codec import Row

_MOST_CALLS = 50
"""Most names that are requested one by one; for more of them the list is cheaper."""


def split_name(name: str) -> tuple[str, str]:
    """Return the id and the number in a name, either of them empty.

    Args:
        name: ``<id>``, ``|<number>``, or both: the number counts where the id finds nothing.

    """
    one, _, number = (part.strip() for part in name.partition("|"))
    try:
        return str(uuid.UUID(one)), number
    except ValueError:
        return one, number


def spelled(name: str) -> str:
    """Return a name as messages show it."""
    return " or ".join(filter(None, split_name(name)))


class RowsById:
    """One reading of the rows of a list with some names.

    Attributes:
        missing: Names without a row so far.
        short: Why a list that was read for them may lack rows.

    """

    def __init__(
        self,
        endpoint: ListEndpoint,
        names: Collection[str],
        decode: Callable[[Sequence[msgspec.Raw]], list[Row]],
    ) -> None:
        """Set up the reading; nothing is requested yet.

        Args:
            endpoint: The list.
            names: As ``split_name`` takes them; compared without regard to case.
            decode: Decodes rows.

        """
        self._endpoint, self._resource, self._decode = endpoint, endpoint.resource, decode
        self._open = {name: {part.lower() for part in split_name(name) if part} for name in names}
        self.missing = dict.fromkeys(names)
        self.short: Incomplete | None = None

    def pages(
        self, read: Callable[[str | None], Iterator[list[Row]]], now: str
    ) -> Iterator[list[Row]]:
        """Yield the rows.

        Args:
            read: Reads the list from an instant on, None for all of it.
            now: Cin7's time.

        """
        if len(self._open) <= _MOST_CALLS:
            for name in list(self._open):
                yield self._requested(name)
        if self._open and self._resource.id_param is None and self._resource.since_param:
            yield from self._among(read(shifted(now, -DAY_SECONDS)))
        if self._open:
            yield from self._among(read(None))

    def _requested(self, name: str) -> list[Row]:
        """Return the rows of a name; it stays open unless they are proven to be all."""
        resource = self._resource
        one, number = split_name(name)
        is_id = is_guid(one)
        is_by_id = resource.id_param is not None and (is_id or resource.code_param is None)
        parameter = resource.id_param if is_by_id else resource.code_param
        value = one or number if is_by_id else number or ("" if is_id else one)
        if parameter is None or not value:
            return []
        try:
            page = self._endpoint.first_page({parameter: value})
        except RecordGone:
            del self._open[name]
            return []
        rows = self._decode(page.rows)
        named = [row for row in rows if self._open[name] & self._names(row)]
        if page.total is None:
            has_all = len(named) == len(rows) < self._endpoint.page_rows
        else:
            has_all = page.total <= len(rows)
        if not has_all or not (named or is_by_id):  # the letter case of a code may matter
            return []
        del self._open[name]
        if named:
            self.missing.pop(name)
        return named

    def _among(self, pages: Iterator[list[Row]]) -> Iterator[list[Row]]:
        wanted, found = set[str]().union(*self._open.values()), set[str]()
        try:
            for rows in pages:
                named = [row for row in rows if wanted & self._names(row)]
                found.update(*map(self._names, named))
                yield named
        except Incomplete as short:
            self.short = short
        for name in [name for name, parts in self._open.items() if parts & found]:
            del self._open[name], self.missing[name]

    def _names(self, row: Row) -> set[str]:
        parts = row.key if isinstance(row.key, tuple) else (row.key,)
        named_by = (row.values.get(column) for column in self._resource.named_by)
        return {str(name).lower() for name in (*parts, *named_by) if name is not None}


def find_document(name: str, reading: Reading[CoreDetail]) -> Document | Cin7Error:
    """Return a document by its id or, where that finds none, by its number; else the error.

    Some notifications hold the id of a task (seen), and people know numbers. A number that is not
    in the list belongs to no document; an id without a result may belong to one that can't be
    fetched.
    """
    one, number = split_name(name)
    failure: Cin7Error | None = None
    try:
        if one:
            try:
                return get_document(reading, one)
            except StreamFailed as error:
                failure = error
        if number and (ids := _ids_of(number, reading)):
            return get_document(reading, ids[0])
    except (StreamFailed, StreamSkipped) as error:
        return error
    return failure or RecordGone(f"there is no document {spelled(name)}")


def _ids_of(number: str, reading: Reading[CoreDetail]) -> list[str]:
    """Return the ids of the documents with a number, as their list finds them."""
    id_field, index = reading.resource.id_field, reading.resource.index
    if index.code_param is None:
        return []
    codec = RowCodec(index.columns(), wanted=(id_field, *index.named_by))
    page = ListEndpoint(index, reading).first_page({index.code_param: number})
    return [
        str(row.values[id_field])
        for row in filter(None, codec.rows(page.rows))
        if number.lower() in {str(row.values.get(name)).lower() for name in index.named_by}
    ]
