"""Field tables: one declaration per field gives the JSON schema of a stream.

A table is written as keywords, the API's own field name on the left and a kind with a
description on the right::

    ADDRESS = table(line1=STR("First line"), postcode=STR("Postal code"))

    schema = record(
        id=KEY("Order id"),
        total=NUM("Order total"),
        billing=obj(ADDRESS, "Where the invoice goes"),
        lines=many(LINE, "One entry per ordered item"),
    )

Catalog, codec (``tap_cin7.rows.codec``) and parts (``tap_cin7.reading.parts``) all use the same
table. Every field but a key may be null, because both APIs omit or unset any field.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Schema: TypeAlias = dict[str, Any]

REPETITION = "repetition"
"""Added column: 1, or 2, 3, ... where the rest of the key repeats within the parent's record. As
the last part of a grain: rows of one response may share the grain, and get numbers."""
RECORD_KEY_PARTS = "x-record-key-parts"
"""Schema keyword that lists the parts of an added ``record_key`` column."""


@dataclass(frozen=True, slots=True)
class Field:
    """The kind of one field: JSON types, format, nested fields and description.

    ``wire`` names the form that Cin7 sends, where kinds have the same type in a catalog. A field
    that the tap adds (``is_added``) is never filled from the wire.
    """

    types: tuple[str, ...]
    format: str | None = None
    wire: str | None = None
    description: str = ""
    is_key: bool = False
    properties: Mapping[str, Field] | None = field(default=None, hash=False)
    items: Field | None = None
    default: Any = None
    record_key_parts: tuple[str, ...] | None = None
    is_added: bool = False
    source: str | None = None
    references: str | None = None

    def __call__(self, description: str, *, to: str | None = None) -> Field:
        """Return this kind with a description for the catalog.

        Args:
            description: What the field means.
            to: The column that it refers to, such as ``contacts.id``; for the docs.

        """
        return replace(self, description=description, references=to or self.references)

    def of(self, source: str) -> Field:
        """Return this field as a column that a part copies from its parent.

        Args:
            source: Path in the parent's record, such as ``ID`` or ``Invoices[].TaskID``;
                ``=text`` is a constant.

        """
        return replace(self, source=source)

    def json_schema(self) -> Schema:
        """Return the JSON schema of the field, nullable unless it is a key."""
        schema: Schema = {"type": list(self.types) if self.is_key else [*self.types, "null"]}
        if self.format:
            schema["format"] = self.format
        if self.description:
            schema["description"] = self.description
        if self.default is not None:
            schema["default"] = self.default
        if self.items is not None:
            schema["items"] = self.items.json_schema()
        if self.properties is not None:
            schema["properties"] = {
                name: one.json_schema() for name, one in self.properties.items()
            }
        elif "object" in self.types:
            schema["additionalProperties"] = True
        if self.record_key_parts is not None:
            parts = self.record_key_parts
            schema[RECORD_KEY_PARTS] = [part for part in parts if part != REPETITION]
        return schema


Table: TypeAlias = dict[str, Field]

INT = Field(("integer",))
"""Whole number."""
NUM = Field(("number",))
"""Exact decimal; text that reads as a number becomes one."""
STR = Field(("string",))
"""Text, unchanged; a number or boolean on the wire becomes text."""
BOOL = Field(("boolean",))
"""True or false; the texts ``true`` and ``false`` become booleans."""
DATETIME = Field(("string",), format="date-time")
"""Instant, RFC 3339 in UTC with six fractional digits."""
GUID = replace(STR, wire="guid")
"""Id of Core, text in lower case: Cin7 sends the same id in either case."""
ADDED_DATETIME = replace(DATETIME, is_added=True)
"""Instant that the tap adds; a value that Cin7 sends under its name is an extra field."""
ENUM = replace(STR, wire="text or number")
"""Text that Cin7 sends as text or as a number: one type for both, because targets refuse unions."""
OPEN = Field(("object",))
"""Object whose keys are the account's own, such as custom fields or price columns."""

KEY = replace(INT, is_key=True)
"""Part of the primary key, a whole number (Omni ids)."""
TEXT_KEY = replace(STR, is_key=True)
"""Part of the primary key, text (codes and names)."""
GUID_KEY = replace(GUID, is_key=True)
"""Part of the primary key, an id of Core."""


def key_or(default: int | str, kind: Field = KEY) -> Field:
    """Return a key field that becomes ``default`` where the API sends null.

    Args:
        default: Replaces null, which a key column never is.
        kind: ``KEY``, ``TEXT_KEY`` or ``GUID_KEY``.

    """
    return replace(kind, default=default)


def record_key(*parts: str) -> Field:
    """Return the added ``record_key`` column of a stream whose grain may hold nulls.

    Args:
        parts: The fields that make up the grain, in a fixed order. Without any, the key is
            made of the whole row and its occurrence number among equal rows of one reading. With
            ``repetition`` as the last, rows of one response that share a grain get different keys.

    """
    columns = [part for part in parts if part != REPETITION]
    grain = ", ".join(columns) if parts else "the whole row and its occurrence number"
    return Field(
        ("string",),
        is_key=True,
        description=f"Added by the tap: UUIDv5 over {grain}",
        record_key_parts=parts,
        is_added=True,
    )


def table(*bases: Table, **fields: Field) -> Table:
    """Return a table of fields, starting from the fields of ``bases``."""
    merged: Table = {}
    for base in bases:
        merged.update(base)
    merged.update(fields)
    return merged


def obj(fields: Table, description: str) -> Field:
    """Return a nested object with the given fields."""
    return Field(("object",), properties=fields, description=description)


def many(items: Table | Field, description: str, *, to: str | None = None) -> Field:
    """Return an array of objects (given a table) or of scalars (given a kind).

    Args:
        items: The fields of its objects, or the kind of its scalars.
        description: What the array holds.
        to: The column that its scalars refer to; for the docs.

    """
    item = items if isinstance(items, Field) else Field(("object",), properties=items)
    return Field(("array",), items=item, description=description, references=to)


@dataclass(frozen=True)
class Record:
    """The schema of a stream's records.

    Attributes:
        fields: The columns in order.

    """

    fields: Table

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The columns of the primary key."""
        return tuple(name for name, one in self.fields.items() if one.is_key)

    @cached_property
    def json_schema(self) -> Schema:
        """The JSON schema of the catalog; its required fields are the primary key."""
        return {
            "type": "object",
            "properties": {name: one.json_schema() for name, one in self.fields.items()},
            "required": list(self.key),
        }

    def at(self, path: str) -> Table:
        """Return the fields of the objects at a path, such as ``Order.Lines[]``.

        ``""`` is the record itself; the entries of an open object (``priceColumns{}``) have no
        declared fields.

        Raises:
            KeyError: If there is no such path.

        """
        fields = self.fields
        for step in filter(None, path.split(".")):
            inner = fields[step.rstrip("[]{}")]
            inner = inner.items or inner
            fields = dict(inner.properties or {})
        return fields


def record(*bases: Table, **fields: Field) -> Record:
    """Return the schema of the records of a stream; ``KEY`` fields are its primary key."""
    return Record(table(*bases, **fields))
