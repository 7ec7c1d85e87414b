"""Header lists: what the rows of a list say of the documents that are fetched one by one.

A list that several readers of a run want is read once for all of them: disassemblies follow the
list that the stream ``disassembly_list`` reads too, and one list of production orders names
orders, runs and attachments. The rule: a reading of a whole list serves every reader that comes
after it; a reader that comes meanwhile waits for it; a reading that fails serves nobody, and the
next reader requests the list itself. Only a list that is not filtered by change is shared, because
each reader has a bookmark of its own.

Relies on: core-final-states, core-header-rows.
"""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import msgspec

from tap_cin7.errors import NOT_JSON
from tap_cin7.rows.codec import RowCodec

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from tap_cin7.core.resource import CoreDetail, CoreList
    from tap_cin7.errors import Incomplete
    from tap_cin7.rows.codec import Row

Where: TypeAlias = "Mapping[str, list[str]]"
"""What ``documents_where`` wants of a stream: column of the header row -> values."""
ALL_BITS = (1 << 64) - 1
_canonical = msgspec.json.Encoder(order="sorted").encode


class Header(NamedTuple):
    """What the header list says of one document.

    Attributes:
        id: The document's id.
        stamp: Its last change, canonical; empty where the row has none.
        date: Its business date, canonical; empty where the row has none.
        is_final: Whether it is in a state that it does not leave without its row changing.
        digest: 64 bits that change with any field of the row.
        other_id: Another id that the document may carry; empty for none.
        is_wanted: Whether ``documents_where`` wants the document.

    """

    id: str
    stamp: str
    date: str
    is_final: bool
    digest: int
    other_id: str = ""
    is_wanted: bool = True

    @property
    def place(self) -> tuple[str, str]:
        """Its place among documents in the order of their stamps."""
        return self.stamp, self.id


class HeaderRows:
    """The rows of one reading of a header list.

    Attributes:
        codec: Makes rows of their bytes.
        short: Why rows may be missing, None where none is.
        total: What the list announced, None where it announced nothing.
        began: When the reading began, by Cin7's clock; empty until it is over, so set last.

    """

    def __init__(self, header: type[CoreList], wanted: Mapping[type[CoreDetail], Where]) -> None:
        """Begin without a row.

        Args:
            header: The list.
            wanted: Whose documents it names, and which of them are wanted.

        """
        names = {name for resource, where in wanted.items() for name in _fields(resource, where)}
        self.codec = RowCodec(header.columns(), wanted=sorted(names))
        self.short: Incomplete | None = None
        self.total: int | None = None
        self.began = ""
        self._volatile, self._wanted = header.volatile, wanted
        # By keys of rows: headers, and of rows that are part of a document its id and a digest.
        self._found: dict[type[CoreDetail], tuple[dict[Any, Header], dict[Any, tuple[str, int]]]]
        self._found = {resource: ({}, {}) for resource in wanted}

    def take(self, raw: bytes | msgspec.Raw, row: Row | None = None) -> None:
        """Take a row as the list has it now; the last version wins.

        Args:
            raw: Its bytes.
            row: What ``codec`` made of it; None where another codec has read it.

        """
        row = row or self.codec.row(raw)
        if row is None:
            return
        mark = digest(bytes(raw), self._volatile)
        for resource, (headers, parts) in self._found.items():
            header = _header_of(resource, row.values, mark, self._wanted[resource])
            if header is None:
                headers.pop(row.key, None)
            else:
                headers[row.key] = header
            whole = row.values.get(resource.part_of or "")
            parts.pop(row.key, None)
            if whole and not resource.wanted(row.values):
                parts[row.key] = (str(whole).lower(), mark)

    @property
    def is_complete(self) -> bool:
        """Whether these are all rows of the list."""
        return bool(self.began) and self.short is None

    def has(self, resource: type[CoreDetail]) -> bool:
        """Return whether the headers of a resource are still here."""
        return resource in self._found

    def give(self, resource: type[CoreDetail]) -> list[Header]:
        """Return one header for each document of a resource, and keep none.

        Several rows may name a document. Its digest changes with the rows of its parts too.
        """
        headers, parts = self._found.pop(resource)
        found: dict[str, Header] = {}
        for header in headers.values():
            other = found.get(header.id)
            if other is not None:
                header = header._replace(  # noqa: PLW2901
                    stamp=max(header.stamp, other.stamp),
                    date=max(header.date, other.date),
                    is_final=header.is_final and other.is_final,
                    digest=header.digest + other.digest,
                    is_wanted=header.is_wanted or other.is_wanted,
                )
            found[header.id] = header
        marks: dict[str, int] = {}
        for document, mark in parts.values():
            marks[document] = marks.get(document, 0) + mark
        return [
            header._replace(digest=(header.digest + marks.get(header.id.lower(), 0)) & ALL_BITS)
            for header in found.values()
        ]


class HeaderLists:
    """The header lists of one run. Safe to use from several threads."""

    def __init__(self) -> None:
        """Begin with no reading."""
        self._wanted: dict[type[CoreList], dict[type[CoreDetail], Where]] = {}
        self._begun: dict[type[CoreList], HeaderRows] = {}
        self._changed = threading.Condition()

    def want(self, resource: type[CoreDetail], where: Where) -> None:
        """Register interest in some documents of a resource, before the run reads anything."""
        self._wanted.setdefault(resource.header, {})[resource] = where

    def offer(self, header: type[CoreList]) -> HeaderRows | None:
        """Return a collector for a reading that begins, None if no reader needs it.

        Whoever gets one calls ``end``, whatever comes of the reading.
        """
        with self._changed:
            if header in self._begun or header not in self._wanted:
                return None
            return self._begin(header)

    def claim(self, resource: type[CoreDetail]) -> HeaderRows:
        """Return the rows of a resource's list, complete unless the caller is to read them.

        Waits for a reading that is under way. Whoever gets incomplete rows calls ``end``.
        """
        header = resource.header
        with self._changed:
            self._changed.wait_for(
                lambda: header not in self._begun or self._begun[header].is_complete
            )
            rows = self._begun.get(header)
            return rows if rows is not None and rows.has(resource) else self._begin(header)

    def end(self, header: type[CoreList]) -> None:
        """Note that a reading is over; discard it unless it is complete."""
        with self._changed:
            if not self._begun[header].is_complete:
                del self._begun[header]
            self._changed.notify_all()

    def _begin(self, header: type[CoreList]) -> HeaderRows:
        rows = self._begun[header] = HeaderRows(header, self._wanted[header])
        return rows


def digest(raw: bytes, volatile: Container[str] = ()) -> int:
    """Return 64 bits that are the same for rows that say the same.

    Args:
        raw: The row.
        volatile: Fields that do not count, in lower case.

    Order and case of the names do not count, nor does the way in which "nothing" is written:
    Cin7 mixes null, ``""`` and no field at all.
    """
    try:
        row: dict[str, Any] = msgspec.json.decode(raw)
        said = {name.lower(): value for name, value in row.items() if value not in (None, "")}
        raw = _canonical({name: value for name, value in said.items() if name not in volatile})
    except NOT_JSON:
        pass
    return int.from_bytes(hashlib.blake2b(raw, digest_size=8).digest(), "big")


def _fields(resource: type[CoreDetail], where: Where) -> Iterable[str]:
    """Return the fields of a header row that a header is made of."""
    stamp, others = resource.header.stamp(), (*resource.wanted_by, *resource.status_fields)
    some = (resource.dated_by, stamp, resource.part_of, resource.also_named_by)
    return (resource.id_field, *others, *filter(None, some), *where)


def _header_of(
    resource: type[CoreDetail], values: Mapping[str, Any], mark: int, where: Where
) -> Header | None:
    """Return the header in a row; None where it names no document of this kind."""
    document = values.get(resource.id_field)
    if not document or not resource.wanted(values):
        return None
    states = {str(values.get(name) or "").strip().upper() for name in resource.status_fields}
    return Header(
        str(document),
        stamp=values.get(resource.header.stamp() or "") or "",
        date=values.get(resource.dated_by or "") or "",
        is_final=not states or bool(states & resource.final),
        digest=mark,
        other_id=str(values.get(resource.also_named_by or "") or ""),
        is_wanted=all(
            _folded(values.get(name)) in map(_folded, texts) for name, texts in where.items()
        ),
    )


def _folded(value: object) -> str:
    return str(value).strip().casefold()
