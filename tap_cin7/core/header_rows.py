"""What the rows of a header list say of the documents that some resources fetch one by one.

Relies on: core-final-states, core-header-rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from tap_cin7.core.headers import Header, digest
from tap_cin7.rows.codec import RowCodec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import msgspec

    from tap_cin7.core.resource import CoreDetail, CoreList
    from tap_cin7.rows.codec import Row

Where: TypeAlias = "Mapping[str, Mapping[str, list[str]]]"
"""The setting ``documents_where``: stream -> column of the header row -> values."""
_ALL_BITS = (1 << 64) - 1


class HeaderRows:
    """The rows of one reading of a header list.

    Attributes:
        codec: Reads them.
        began: When the reading began, by Cin7's clock; empty until it is complete.
        total: What the list announced, None where it announced nothing.

    """

    def __init__(
        self, header: type[CoreList], resources: Sequence[type[CoreDetail]], where: Where
    ) -> None:
        """Begin without a row.

        Args:
            header: The list.
            resources: Whose documents it names.
            where: Which of them are wanted.

        """
        wanted = {field for resource in resources for field in _fields(resource)}
        wanted |= {name for resource in resources for name in where.get(resource.name, ())}
        self._where = {name: _folded(columns) for name, columns in where.items()}
        self.codec = RowCodec(header.columns(), wanted=sorted(wanted), extra_fields=False)
        self.began = ""
        self.total: int | None = None
        self._volatile = header.volatile
        self._found: dict[type[CoreDetail], dict[Any, Header]] = {one: {} for one in resources}
        self._parts: dict[type[CoreDetail], dict[Any, tuple[str, int]]] = {
            one: {} for one in resources if one.part_of is not None
        }

    def take(self, row: Row, raw: bytes | msgspec.Raw) -> None:
        """Take a row as the list has it now; its last version counts.

        Args:
            row: What ``codec`` made of it.
            raw: Its bytes.

        """
        mark = digest(bytes(raw), self._volatile)
        for resource, found in self._found.items():
            header = _header_of(resource, row.values, mark)
            if header is None:
                found.pop(row.key, None)
            else:
                is_wanted = _is_wanted(row.values, self._where.get(resource.name, {}))
                found[row.key] = header._replace(is_wanted=is_wanted)
        for resource, parts in self._parts.items():
            document = row.values.get(resource.part_of or "")
            if document and not resource.wanted(row.values):
                parts[row.key] = (str(document), mark)
            else:
                parts.pop(row.key, None)

    def take_raw(self, raw: bytes | msgspec.Raw) -> None:
        """Take a row that another codec has read."""
        row = self.codec.row(raw)
        if row is not None:
            self.take(row, raw)

    def complete(self, began: str) -> None:
        """Note that these are all rows of the list.

        Args:
            began: When their reading began, by Cin7's clock.

        """
        self.began = began

    def has(self, resource: type[CoreDetail]) -> bool:
        """Tell whether the headers of a resource are still here."""
        return resource in self._found

    def give(self, resource: type[CoreDetail]) -> list[Header]:
        """Return one header for each document of a resource, and keep none."""
        parts = self._parts.pop(resource, {})
        return _with_parts(_one_each(self._found.pop(resource).values()), parts.values())


def _fields(resource: type[CoreDetail]) -> Iterator[str]:
    """Yield the fields of a header row that a header is made of."""
    yield resource.id_field
    yield from filter(None, (resource.dated_by, resource.header.stamp()))
    yield from (*resource.wanted_by, *resource.status_fields)
    yield from filter(None, (resource.part_of, resource.also_named_by))


def _header_of(resource: type[CoreDetail], values: Mapping[str, Any], mark: int) -> Header | None:
    """Return what a header row says; None where it names no document of this kind."""
    document = values.get(resource.id_field)
    if not document or not resource.wanted(values):
        return None
    states = {_state(values.get(name)) for name in resource.status_fields}
    return Header(
        str(document),
        stamp=values.get(resource.header.stamp() or "") or "",
        date=values.get(resource.dated_by or "") or "",
        is_final=not states or bool(states & resource.final),
        digest=mark,
        other_id=str(values.get(resource.also_named_by or "") or ""),
    )


def _folded(columns: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    return {name: {text.strip().casefold() for text in texts} for name, texts in columns.items()}


def _is_wanted(values: Mapping[str, Any], where: Mapping[str, set[str]]) -> bool:
    """Tell whether a header row has one of the wanted values in each column, case apart."""
    held = ((str(values.get(name)).strip().casefold(), texts) for name, texts in where.items())
    return all(text in texts for text, texts in held)


def _one_each(headers: Iterable[Header]) -> list[Header]:
    """Return one header for each document; several rows may name it."""
    found: dict[str, Header] = {}
    for header in headers:
        other = found.get(header.id)
        if other is not None:
            header = header._replace(  # noqa: PLW2901
                stamp=max(header.stamp, other.stamp),
                date=max(header.date, other.date),
                is_final=header.is_final and other.is_final,
                digest=(header.digest + other.digest) & _ALL_BITS,
                is_wanted=header.is_wanted or other.is_wanted,
            )
        found[header.id] = header
    return list(found.values())


def _with_parts(headers: list[Header], parts: Iterable[tuple[str, int]]) -> list[Header]:
    """Return headers whose digests change with the rows of their parts too."""
    marks: dict[str, int] = {}
    for document, mark in parts:
        marks[document.lower()] = marks.get(document.lower(), 0) + mark
    return [
        header._replace(digest=(header.digest + marks.get(header.id.lower(), 0)) & _ALL_BITS)
        for header in headers
    ]


def _state(value: object) -> str:
    return str(value or "").strip().upper()
