"""Index lists: lists whose rows name the documents that are fetched one by one.

A list that several readers of a run need is read once for all of them: disassemblies follow the
list that the stream ``disassembly_list`` reads too, and one list of production orders names
orders, runs and attachments. The rule: a reading of a whole list serves every later reader; a
reader that comes meanwhile waits for it; a reading that fails serves none, and the next reader
requests the list itself. Only a list that is not filtered by change is shared, because each reader
has a bookmark of its own.

Relies on: core-final-states, core-header-rows.
"""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import msgspec

from tap_cin7.core.complete_list import CompleteList
from tap_cin7.errors import NOT_JSON, Incomplete
from tap_cin7.rows.codec import RowCodec

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Hashable, Iterable, Mapping

    from tap_cin7.core.endpoints import ListEndpoint
    from tap_cin7.core.resource import CoreDetail, CoreList
    from tap_cin7.rows.codec import Row

Where: TypeAlias = "Mapping[str, list[str]]"
"""Filter of a stream from ``documents_where``: column of the index row -> values."""
ALL_BITS = (1 << 64) - 1
_canonical = msgspec.json.Encoder(order="sorted").encode


class IndexRow(NamedTuple):
    """What an index list says of one document.

    Attributes:
        id: The document's id.
        stamp: Its last change, canonical; empty where the row has none.
        date: Its business date, canonical; empty where the row has none.
        is_final: Whether it is in a state that it does not leave without its row changing.
        digest: 64 bits that change with any field of the row.
        other_id: Another id that the document may carry; empty for none.
        is_wanted: Whether ``documents_where`` matches the document.
        is_part: Whether the row only shows changes of a part of the document.

    """

    id: str
    stamp: str = ""
    date: str = ""
    is_final: bool = False
    digest: int = 0
    other_id: str = ""
    is_wanted: bool = True
    is_part: bool = False

    @property
    def place(self) -> tuple[str, str]:
        """Sort key by stamp."""
        return self.stamp, self.id


class IndexRows:
    """The rows of one reading of an index list.

    Attributes:
        codec: Decodes the rows.
        short: Why rows may be missing, None if none is.
        total: What the list announced, None where it announced nothing.
        began: When the reading began, by Cin7's clock; empty until it is over, so set last.

    """

    def __init__(self, index: type[CoreList], wanted: Mapping[type[CoreDetail], Where]) -> None:
        """Begin without a row.

        Args:
            index: The list.
            wanted: The resources whose documents it names, and their filters.

        """
        names = {name for resource, where in wanted.items() for name in _fields(resource, where)}
        self.codec = RowCodec(index.columns(), wanted=sorted(names))
        self.short: Incomplete | None = None
        self.total: int | None = None
        self.began = ""
        self._volatile = index.volatile
        self._wanted = {resource: normalized(where) for resource, where in wanted.items()}
        # By keys of rows.
        self._found: dict[type[CoreDetail], dict[Hashable, IndexRow]]
        self._found = {resource: {} for resource in wanted}

    def read(self, endpoint: ListEndpoint, rows_before: int | None) -> None:
        """Collect the rows of an endpoint; ``short`` says afterwards why some may be missing.

        Args:
            endpoint: The list, filtered or not.
            rows_before: As for ``CompleteList``.

        """
        client = endpoint.reading.client
        started = client.clock.now()
        listed = CompleteList(endpoint, self.codec, rows_before=rows_before)
        try:
            for entries in listed.entries():
                for row, raw in entries:
                    self.take(raw, row)
        except Incomplete as error:
            self.short = error
        self.total, self.began = listed.total, client.server_clock.at(started)

    def take(self, raw: bytes | msgspec.Raw, row: Row | None = None) -> None:
        """Collect a row; its last version wins.

        Args:
            raw: Its bytes.
            row: The row decoded by ``codec``; None where another codec has read it.

        """
        row = row or self.codec.row(raw)
        if row is None:
            return
        mark = digest(bytes(raw), self._volatile)
        for resource, found in self._found.items():
            said = _index_row(resource, row.values, mark, self._wanted[resource])
            if said is None:
                found.pop(row.key, None)
            else:
                found[row.key] = said

    @property
    def is_complete(self) -> bool:
        """Whether these are all rows of the list."""
        return bool(self.began) and self.short is None

    def has(self, resource: type[CoreDetail]) -> bool:
        """Return whether the rows of a resource were not given away yet."""
        return resource in self._found

    def give(self, resource: type[CoreDetail]) -> list[IndexRow]:
        """Return one row for each document of a resource, and free them.

        Several rows may name one document. Its digest changes with the rows of its parts too.
        """
        found: dict[str, IndexRow] = {}
        parts: Counter[str] = Counter()
        for row in self._found.pop(resource).values():
            other = found.get(row.id)
            if row.is_part:
                parts[row.id] += row.digest
            elif other is None:
                found[row.id] = row
            else:
                found[row.id] = row._replace(
                    stamp=max(row.stamp, other.stamp),
                    date=max(row.date, other.date),
                    is_final=row.is_final and other.is_final,
                    digest=row.digest + other.digest,
                    is_wanted=row.is_wanted or other.is_wanted,
                )
        return [
            row._replace(digest=(row.digest + parts.get(row.id.lower(), 0)) & ALL_BITS)
            for row in found.values()
        ]


class IndexLists:
    """The index lists of one run; thread-safe."""

    def __init__(self) -> None:
        """Begin with no reading."""
        self._wanted: dict[type[CoreList], dict[type[CoreDetail], Where]] = {}
        self._locks: dict[type[CoreList], threading.Lock] = {}
        """Each is held while its list is read; another thread may release it."""
        self._rows: dict[type[CoreList], IndexRows] = {}

    def want(self, resource: type[CoreDetail], where: Where) -> None:
        """Register interest in some documents of a resource, before the run reads anything."""
        self._wanted.setdefault(resource.index, {})[resource] = where
        self._locks.setdefault(resource.index, threading.Lock())

    def offer(self, index: type[CoreList]) -> IndexRows | None:
        """Return a collector for a reading that begins, None if no reader needs it.

        The caller must call ``end``, however the reading ends.
        """
        lock = self._locks.get(index)
        if lock is None or not lock.acquire(blocking=False):
            return None
        if index in self._rows:
            lock.release()
            return None
        rows = self._rows[index] = IndexRows(index, self._wanted[index])
        return rows

    def end(self, index: type[CoreList]) -> None:
        """Note that a reading is over; discard it unless it is complete."""
        if not self._rows[index].is_complete:
            del self._rows[index]
        self._locks[index].release()

    def rows(self, resource: type[CoreDetail], read: Callable[[IndexRows], object]) -> IndexRows:
        """Return the rows of a resource's list, from another reading if possible.

        Args:
            resource: The documents.
            read: Reads the list if no other reading has.

        """
        index = resource.index
        self._locks[index].acquire()
        try:
            rows = self._rows.get(index)
            if rows is None or not rows.has(resource):
                rows = self._rows[index] = IndexRows(index, self._wanted[index])
                read(rows)
            return rows
        finally:
            self.end(index)


def digest(raw: bytes, volatile: Container[str] = ()) -> int:
    """Return a digest of 64 bits, equal for rows that are equivalent.

    Args:
        raw: The row.
        volatile: Fields that are ignored, in lower case.

    Order and case of the names are ignored, and so is the difference between null, ``""`` and no
    field at all, which Cin7 mixes.
    """
    try:
        row: dict[str, Any] = msgspec.json.decode(raw)
        said = {name.lower(): value for name, value in row.items() if value not in (None, "")}
        raw = _canonical({name: value for name, value in said.items() if name not in volatile})
    except NOT_JSON:
        pass
    return int.from_bytes(hashlib.blake2b(raw, digest_size=8).digest(), "big")


def _fields(resource: type[CoreDetail], where: Where) -> Iterable[str]:
    """Return the fields of a list that an ``IndexRow`` needs."""
    stamp, others = resource.index.stamp(), (*resource.wanted_by, *resource.status_fields)
    some = (resource.dated_by, stamp, resource.part_of, resource.also_named_by)
    return (resource.id_field, *others, *filter(None, some), *where)


def _index_row(
    resource: type[CoreDetail], values: Mapping[str, Any], mark: int, where: Where
) -> IndexRow | None:
    """Return the index row of a document, or of its part, of a resource; None for neither."""
    if not resource.wanted(values):
        whole = values.get(resource.part_of or "")
        return IndexRow(str(whole).lower(), digest=mark, is_part=True) if whole else None
    document = values.get(resource.id_field)
    if not document:
        return None
    states = {str(values.get(name) or "").strip().upper() for name in resource.status_fields}
    return IndexRow(
        str(document),
        stamp=values.get(resource.index.stamp() or "") or "",
        date=values.get(resource.dated_by or "") or "",
        is_final=not states or bool(states & resource.final),
        digest=mark,
        other_id=str(values.get(resource.also_named_by or "") or ""),
        is_wanted=all(_folded(values.get(name)) in texts for name, texts in where.items()),
    )


def normalized(where: Where) -> dict[str, list[str]]:
    """Return a filter in a form in which equivalent ones are equal."""
    return {name: sorted({*map(_folded, texts)}) for name, texts in where.items()}


def _folded(value: object) -> str:
    return str(value).strip().casefold()
