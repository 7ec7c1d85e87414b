"""Codecs for tests: with records as Python values, and each of the two ways by itself."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tap_cin7.rows.codec import Notes, Output, Row, RowCodec
from tap_cin7.rows.dict_way import DictWay
from tap_cin7.rows.finishing import Finisher, Task
from tap_cin7.rows.keys import WholeRowKeys
from tap_cin7.rows.places import Place
from tap_cin7.rows.struct_way import StructWay

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

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
    return Output(schema.fields, breadcrumbs, None, notes or Notes())


def part(
    source: str | Mapping[str, Mapping[str, str]],
    copies: Mapping[str, str] | None = None,
    *deselected: str,
    **fields: Field,
) -> Output:
    """Return the output for rows cut at a path, or at several with copies of their own."""
    places = {source: {}} if isinstance(source, str) else source
    return Output(
        fields,
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


class Ways:
    """Both ways of a codec, each by itself."""

    def __init__(
        self,
        schema: Record,
        outputs: Sequence[Output],
        wanted: Sequence[str] = (),
        stamp: str | None = None,
    ) -> None:
        """Compile both, with notes of their own."""
        self.dict_way = DictWay(schema.fields)
        self.dict_notes = [Notes() for _ in outputs]
        self._by_dict = self._task(schema, outputs, wanted, stamp, self.dict_notes)
        self._finish_dict = Finisher(self._by_dict, self.dict_way.access)
        self.struct_notes = [Notes() for _ in outputs]
        by_struct = self._task(schema, outputs, wanted, stamp, self.struct_notes)
        self.struct_way = StructWay(schema.fields, by_struct.needed())
        self._finish_struct = Finisher(by_struct, self.struct_way.access)

    @staticmethod
    def _task(
        schema: Record,
        outputs: Sequence[Output],
        wanted: Sequence[str],
        stamp: str | None,
        notes: Sequence[Notes],
    ) -> Task:
        own_notes = [
            Output(output.fields, output.deselected, output.places, note)
            for output, note in zip(outputs, notes, strict=True)
        ]
        first = notes[0] if notes else Notes()
        keys = WholeRowKeys()
        return Task(schema, tuple(wanted), stamp, own_notes, True, first, keys)  # noqa: FBT003

    def by_dict(self, row: bytes, added: Mapping[str, Any]) -> Row | None:
        """Return a row by the dict way, from which the struct way learns."""
        record, found = self.dict_way.read(row)
        self.struct_way.learn(self.dict_way.lessons)
        return self._finish_dict.row(record, found, added)

    def by_struct(self, row: bytes, added: Mapping[str, Any]) -> Row | str | None:
        """Return a row by the struct way, ``misfit`` where it does not go that way."""
        (read,) = self.struct_way.read([row])
        return "misfit" if read is None else self._finish_struct.row(*read, added)
