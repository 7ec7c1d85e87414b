"""Record types: a schema compiled into a struct that takes a row from its bytes to its record.

Most rows need little: instants made canonical, the rest as it came. Such a row is decoded into
a struct that has the fields of the schema and is encoded from it, which takes a third of the
time that walking a dict takes. It leaves in the order of the schema. What a struct can't hold,
such as a number sent as text or a field that the schema does not know, is a misfit: it goes
through ``tap_cin7.shape``, which mends it and tells of it. Unknown fields that were told of
once are read over from then on, so that a field that Cin7 adds does not slow a stream down.
"""

from __future__ import annotations

from decimal import Decimal
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, UnsetType

from tap_cin7.fields import RECORD_KEY_PARTS
from tap_cin7.outline import Outline
from tap_cin7.values import instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tap_cin7.outline import Outliner
    from tap_cin7.shape import Row

_MOST_COMPILATIONS = 50
_MOST_MISFITS = 1_000
"""Misfits one after the other, after which a stream stops trying."""
_NUMBERS = frozenset({type(None), int, Decimal, UnsetType})
_SCALARS: dict[frozenset[str], Any] = {
    frozenset({"string"}): str,
    frozenset({"integer"}): int,
    frozenset({"boolean"}): bool,
    frozenset({"string", "integer"}): str | int,
}
_MISFIT = (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError)
_ENCODE = msgspec.json.Encoder(decimal_format="number").encode


class RecordType:
    """The record type of one stream."""

    def __init__(self, schema: Row, outliner: Outliner, unknown: set[str]) -> None:
        """Compile a schema.

        Args:
            schema: What ``fields.record`` returned; none whose key is made of the whole row.
            outliner: Says what must be known of a row that waits, and completes its key.
            unknown: Dotted names of the fields that the schema does not have, seen so far;
                another part of the run adds to them.

        """
        self._properties: Row = schema["properties"]
        self._outliner = outliner
        self._unknown = unknown
        self._compilations = 0
        self._misfits = 0
        self._compile()

    def outline(self, raw: msgspec.Raw) -> Outline | None:
        """Return the outline of a row that waits as its record, or None for a misfit."""
        if self._misfits > _MOST_MISFITS:
            return None
        try:
            record = self._decode(raw)
        except _MISFIT:
            self._misfits += 1
            if len(self._unknown) > len(self._read_over):
                self._compile()
            return None
        self._misfits = 0
        values = zip(self._outliner.names, self._outlined(record))  # noqa: B905 - see _values_of
        fields = {name: value for name, value in values if value is not UNSET}
        if self._added:
            self._outliner.shape.complete(fields)
            for name, attribute in self._added.items():
                setattr(record, attribute, fields[name])
        return Outline(fields, _ENCODE(record), is_record=True)

    def _compile(self) -> None:
        self._compilations += 1
        if self._compilations > _MOST_COMPILATIONS:
            return
        self._read_over = frozenset(self._unknown)
        added = {name: f for name, f in self._properties.items() if RECORD_KEY_PARTS in f}
        # Added columns come last, as in a row that gets them when it is whole.
        columns = {name: f for name, f in self._properties.items() if name not in added} | added
        struct = _struct(columns, "", self._read_over)
        attributes = {field.encode_name: field.name for field in msgspec.structs.fields(struct)}
        self._added = {name: attributes[name] for name in added}
        self._outlined = _values_of([attributes[name] for name in self._outliner.names])
        self._decode: Callable[[msgspec.Raw], Any] = msgspec.json.Decoder(
            struct, float_hook=Decimal
        ).decode


def _struct(properties: Row, path: str, read_over: Iterable[str]) -> type[msgspec.Struct]:
    """Return the struct of an object.

    Args:
        properties: The fields of the object.
        path: What stands before their names in a dotted name.
        read_over: Dotted names of unknown fields to drop.

    """
    kinds = {name: _kind(field, path + name, read_over) for name, field in properties.items()}
    dropped = {name.removeprefix(path) for name in read_over if name.startswith(path)}
    kinds |= dict.fromkeys(sorted(dropped - kinds.keys()), msgspec.Raw)
    # What Cin7 calls a field need not be a name in Python.
    attributes = {name: f"field_{position}" for position, name in enumerate(kinds)}
    finish = _finish(
        numbers=[attributes[name] for name, kind in kinds.items() if kind is Any],
        instants=[attributes[name] for name, field in properties.items() if _is_instant(field)],
        dropped=[attributes[name] for name in kinds if name not in properties],
    )
    return msgspec.defstruct(
        "Record",
        [
            (attributes[name], kind)
            if name in properties and _is_required(properties[name])
            else (attributes[name], kind if kind is Any else kind | UnsetType, UNSET)
            for name, kind in kinds.items()
        ],
        namespace={} if finish is None else {"__post_init__": finish},
        rename={attribute: name for name, attribute in attributes.items()},
        kw_only=True,
        forbid_unknown_fields=True,
        eq=False,
        gc=False,
    )


def _kind(field: Row, path: str, read_over: Iterable[str]) -> Any:  # noqa: ANN401
    """Return the type of what leaves untouched, instants aside."""
    types = frozenset(field["type"]) - {"null"}
    if "number" in types:
        return Any  # the hook that keeps the digits is for floats that have no type
    inner: Any
    if "object" in types:
        properties = field.get("properties")
        inner = dict[str, Any] if properties is None else _struct(properties, path + ".", read_over)
    elif "array" in types:
        item = _kind(field["items"], path + "[]", read_over)
        if item is Any or _is_instant(field["items"]):
            raise NotImplementedError(f"{path}: no array of numbers or instants is known to Cin7")
        inner = list[item]  # type: ignore[valid-type]
    else:
        inner = _SCALARS[types]
    return inner if _is_required(field) else inner | None


def _is_required(field: Row) -> bool:
    return "null" not in field["type"] and RECORD_KEY_PARTS not in field


def _is_instant(field: Row) -> bool:
    return field.get("format") == "date-time"


def _finish(
    numbers: list[str], instants: list[str], dropped: list[str]
) -> Callable[[Any], None] | None:
    """Return what is done to an object once it is decoded; None for nothing."""
    if not (numbers or instants or dropped):
        return None
    numbers_of, instants_of = _values_of(numbers), _values_of(instants)

    def finish(record: object) -> None:
        if not _NUMBERS.issuperset(map(type, numbers_of(record))):
            raise ValueError
        for attribute, value in zip(instants, instants_of(record)):  # noqa: B905 - as above
            if value:
                setattr(record, attribute, instant(value))
            elif value == "":
                setattr(record, attribute, None)
        for attribute in dropped:
            setattr(record, attribute, UNSET)

    return finish


def _values_of(attributes: list[str]) -> Callable[[object], Sequence[Any]]:
    """Return what gives the values of some attributes, followed by one that is not asked for."""
    if not attributes:
        return lambda _: ()
    # With a single name the getter would return a bare value.
    return attrgetter(*attributes, attributes[0])
