"""Outlines: what a walk must know of a row, while the row itself waits as bytes.

A row of 5 kB is 25 kB as Python objects. Pages that wait for their turn are kept as bytes, so
that fetching ahead costs little memory: a row waits as its record (``tap_cin7.record_type``)
or, where something still has to look into it, as the bytes it came in, of which only key and
stamps are decoded at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypedDict

import msgspec

from tap_cin7.fields import RECORD_KEY_PARTS
from tap_cin7.shape import Row, Shape

if TYPE_CHECKING:
    from collections.abc import Iterable

decoded = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode


@dataclass(slots=True)
class Outline:
    """A row that waits.

    Attributes:
        fields: Its key and the fields that must be known of it, shaped.
        json: The row as it came, or the record that leaves.
        is_record: Which of the two it is.

    """

    fields: Row
    json: msgspec.Raw | bytes
    is_record: bool = False

    def row(self) -> Row:
        """Return the whole row; it is shaped only if it is a record."""
        return decoded(self.json)


class Outliner:
    """Makes the outlines of one stream's rows.

    Attributes:
        names: The fields that an outline has.
        shape: Their shape.

    """

    def __init__(self, schema: Row, names: Iterable[str]) -> None:
        """Choose what is decoded: the primary key with its parts, and the named fields."""
        properties = schema["properties"]
        wanted = {*schema["required"], *(name for name in names if name in properties)}
        for name in schema["required"]:
            parts = properties[name].get(RECORD_KEY_PARTS)
            # A key over the whole row takes the whole row.
            wanted |= set(properties) if parts == [] else set(parts or ())
        kept = {name: field for name, field in properties.items() if name in wanted}
        self.names = tuple(kept)
        self._key = tuple(schema["required"])
        self.shape = Shape({"properties": kept, "required": schema["required"]})
        outline = TypedDict("outline", dict.fromkeys(kept, Any), total=False)  # type: ignore[misc]
        self._decode = msgspec.json.Decoder(outline, float_hook=Decimal).decode

    def __call__(self, raw: msgspec.Raw) -> Outline:
        """Return the outline of a row."""
        fields: Row = self._decode(raw)  # type: ignore[assignment]
        self.shape(fields)
        return Outline(fields, raw)

    def key_fields(self, outline: Outline) -> Row:
        """Return the key columns, to be put over those of the whole row."""
        return {name: outline.fields[name] for name in self._key}
