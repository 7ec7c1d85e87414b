"""Codecs for tests, with records as Python values."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tap_cin7.rows.codec import Notes, Output, Row, RowCodec
from tap_cin7.rows.extra_fields import EXTRA
from tap_cin7.rows.extract import Place

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from tap_cin7.rows.fields import Field, Record

_as_sent = msgspec.json.Encoder(decimal_format="number").encode
loaded = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode


class Loaded(NamedTuple):
    """A record as a target sees it."""

    output: int
    key: Hashable
    values: dict[str, Any]


def own(schema: Record, *deselected: str, notes: Notes | None = None) -> Output:
    """Return the output for the rows themselves."""
    breadcrumbs = frozenset(tuple(name.split(".")) for name in deselected)
    return Output({**schema.fields, **EXTRA}, breadcrumbs, None, notes or Notes())


def part(
    source: str | Mapping[str, Mapping[str, str]],
    copies: Mapping[str, str] | None = None,
    *deselected: str,
    **fields: Field,
) -> Output:
    """Return the output for rows cut at a path, or at several with copies of their own."""
    places = {source: {}} if isinstance(source, str) else source
    return Output(
        {**fields, **EXTRA},
        frozenset(tuple(name.split(".")) for name in deselected),
        tuple(
            Place(tuple(filter(None, path.split("."))), {**(copies or {}), **more})
            for path, more in places.items()
        ),
        Notes(),
    )


def noting(notes: Notes, output: Output) -> Output:
    """Return an output that notes there what is odd."""
    return replace(output, notes=notes)


def as_bytes(row: object) -> bytes:
    """Return a row as Cin7 sends it."""
    return row if isinstance(row, bytes) else _as_sent(row)


def records(row: Row | None) -> list[Loaded]:
    """Return the records of a row, which every target can read."""
    assert row is not None
    found = []
    for output, keys, jsons in row.records:
        assert jsons
        for key, text in zip(keys, jsons, strict=True):
            msgspec.json.decode(text)
            json.loads(text)
            found.append(Loaded(output, key, loaded(text)))
    return found


def record_of(schema: Record, row: object, notes: Notes | None = None) -> dict[str, Any]:
    """Return the record of a single row."""
    codec = RowCodec(schema, outputs=[own(schema, notes=notes)])
    (record,) = records(codec.row(as_bytes(row)))
    return record.values
