"""Record types: a schema compiled into a struct that takes a row from its bytes to its record.

Most rows need little: instants made canonical, the rest as it came. Such a row is decoded into
a struct that has the fields of the schema and is encoded from it, in about half the time that
walking a dict takes. It leaves in the order of the schema. What a struct can't hold, such as a
number sent as text or a field that the schema does not know, is a misfit: it goes through
``tap_cin7.shape``, which mends it and tells of it. The struct learns from that: unknown fields
are read over and fields that came in another type are mended here, so that what Cin7 does again
and again does not slow a stream down.
"""

from __future__ import annotations

import re
from contextlib import suppress
from decimal import Decimal
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, UnsetType

from tap_cin7.answers import NO_JSON
from tap_cin7.fields import RECORD_KEY_PARTS
from tap_cin7.outline import Outline, decoded
from tap_cin7.shape import SCALARS, Shape, as_json
from tap_cin7.values import instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tap_cin7.outline import Outliner
    from tap_cin7.shape import Fix, Row

_MOST_MISFITS = 1_000
"""Misfits one after the other that teach nothing, after which a stream stops trying."""
_MOST_LESSONS = 50
"""Lessons after which a stream does not compile any more: its fields have no fixed names."""
_MOST_REASONS = 500
"""Reasons of misfits that are remembered, so that each of them is looked into once."""
_NOT_IN_A_NAME = re.compile(r'["\\\x00-\x1f]')
"""What a field of a struct can't have in its name."""
_SCALARS: dict[frozenset[str], Any] = {
    frozenset({"string"}): str,
    frozenset({"integer"}): int,
    frozenset({"boolean"}): bool,
    frozenset({"string", "integer"}): str | int,
    # The hook that keeps the digits of decimals is for numbers that have no type.
    frozenset({"number"}): Any,
}
_NUMBERS = SCALARS[frozenset({"number"})][0] | {UnsetType}


class RecordType:
    """The record type of one stream."""

    def __init__(self, schema: Row, outliner: Outliner, shape: Shape) -> None:
        """Compile a schema.

        Args:
            schema: What ``fields.record`` returned; none whose key is made of the whole row.
            outliner: Says what must be known of a row that waits, and completes its key.
            shape: Tells the user of unknown fields, those that are read over here included.

        """
        properties: Row = schema["properties"]
        added = {name: field for name, field in properties.items() if RECORD_KEY_PARTS in field}
        # Added columns come last, as in a row that gets them when it is whole.
        self._columns = {n: f for n, f in properties.items() if n not in added} | added
        attributes = _attributes(self._columns)
        self._added = {name: attributes[name] for name in added}
        self._outliner = outliner
        self._outlined = _values_of([attributes[name] for name in outliner.names])
        self._lessons = Shape(schema, unknown=shape.unknown)
        self._reasons: set[str] = set()
        self._misfits = 0
        self._compile()

    def outline(self, raw: msgspec.Raw) -> Outline | None:
        """Return the outline of a row that waits as its record, or None for a misfit."""
        if self._misfits > _MOST_MISFITS:
            return None
        try:
            record = self._decode(raw)
        except NO_JSON as error:
            self._learn(raw, str(error))
            return None
        self._misfits = 0
        values = zip(self._outliner.names, self._outlined(record), strict=True)
        fields = {name: value for name, value in values if value is not UNSET}
        if self._added:
            self._outliner.shape.complete(fields)
            for name, attribute in self._added.items():
                setattr(record, attribute, fields[name])
        return Outline(fields, as_json(record), is_record=True)

    def _learn(self, raw: msgspec.Raw, reason: str) -> None:
        """Compile anew if a misfit has something in it that no row before it had.

        Args:
            raw: The misfit.
            reason: What did not fit, the same words for the same field.

        """
        self._misfits += 1
        if reason in self._reasons or len(self._reasons) >= _MOST_REASONS:
            return
        self._reasons.add(reason)
        known = self._count_of_lessons()
        with suppress(*NO_JSON):
            self._lessons(decoded(raw))
        if known < self._count_of_lessons() < _MOST_LESSONS:
            self._misfits = 0
            self._compile()

    def _count_of_lessons(self) -> int:
        return len(self._lessons.unknown) + len(self._lessons.mended)

    def _compile(self) -> None:
        struct = _Compiler(self._lessons).struct(self._columns, "")
        self._decode: Callable[[msgspec.Raw], Any] = msgspec.json.Decoder(
            struct, float_hook=Decimal
        ).decode


class _Compiler:
    """Makes structs of schemas, with regard to what was learned of rows so far."""

    def __init__(self, lessons: Shape) -> None:
        # Copies: other threads may learn meanwhile.
        self._unknown = frozenset(lessons.unknown)
        self._mended = frozenset(lessons.mended)

    def struct(self, properties: Row, path: str) -> type[msgspec.Struct]:
        """Return the struct of an object.

        Args:
            properties: The fields of the object.
            path: What stands before their names in a dotted name.

        """
        kinds = {name: self._kind(field, path + name) for name, field in properties.items()}
        kinds |= dict.fromkeys(self._read_over(properties, path), Any)
        attributes = _attributes(kinds)
        finish = _finish(
            {
                attributes[name]: SCALARS[_types(field)]
                for name, field in properties.items()
                if self._is_mended(field, path + name)
            },
            numbers=[attributes[name] for name, f in properties.items() if "number" in f["type"]],
            instants=[attributes[name] for name, f in properties.items() if _is_instant(f)],
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

    def _read_over(self, properties: Row, path: str) -> list[str]:
        """Return the names of the unknown fields of an object."""
        deeper = tuple(name + sign for name in properties for sign in (".", "[]."))
        names = {name.removeprefix(path) for name in self._unknown if name.startswith(path)}
        return sorted(
            name
            for name in names - properties.keys()
            if not name.startswith(deeper) and not _NOT_IN_A_NAME.search(name)
        )

    def _kind(self, field: Row, path: str) -> Any:  # noqa: ANN401
        """Return the type of what leaves untouched, or of what ``_finish`` looks at."""
        types = _types(field)
        inner: Any
        if "object" in types:
            properties = field.get("properties")
            inner = dict[str, Any] if properties is None else self.struct(properties, path + ".")
        elif "array" in types:
            item = self._kind(field["items"], path + "[]")
            if item is Any or _is_instant(field["items"]):
                raise NotImplementedError(f"{path}: no array of numbers or instants is known")
            inner = list[item]  # type: ignore[valid-type]
        else:
            inner = Any if self._is_mended(field, path) else _SCALARS[types]
        return inner if inner is Any or _is_required(field) else inner | None

    def _is_mended(self, field: Row, path: str) -> bool:
        # Keys must not be null, and items of arrays have nobody who looks at them.
        return path in self._mended and not _is_required(field) and not path.endswith("[]")


def _attributes(names: Iterable[str]) -> dict[str, str]:
    """Return a name for each field: what Cin7 calls it need not be a name in Python."""
    return {name: f"field_{position}" for position, name in enumerate(names)}


def _types(field: Row) -> frozenset[str]:
    return frozenset(field["type"]) - {"null"}


def _is_required(field: Row) -> bool:
    return "null" not in field["type"] and RECORD_KEY_PARTS not in field


def _is_instant(field: Row) -> bool:
    return field.get("format") == "date-time"


def _finish(
    mended: dict[str, tuple[frozenset[type], Fix]],
    *,
    numbers: list[str],
    instants: list[str],
    dropped: list[str],
) -> Callable[[Any], None] | None:
    """Return what is done to an object once it is decoded; None for nothing."""
    if not (numbers or instants or dropped or mended):
        return None
    numbers_of, instants_of = _values_of(numbers), _values_of(instants)

    def finish(record: object) -> None:
        for attribute, (passing, fix) in mended.items():
            value = getattr(record, attribute)
            if value is not UNSET and type(value) not in passing:
                setattr(record, attribute, fix(value))
        if not _NUMBERS.issuperset(map(type, numbers_of(record))):
            raise ValueError(f"no numbers: {_not_numbers(record, numbers)}")
        for attribute, value in zip(instants, instants_of(record), strict=True):
            if value is not None and value is not UNSET:
                setattr(record, attribute, _canonical(attribute, value))
        for attribute in dropped:
            setattr(record, attribute, UNSET)

    return finish


def _canonical(attribute: str, text: str) -> str | None:
    try:
        return instant(text)
    except ValueError:
        # In words that are the same for all values: see RecordType._learn.
        raise ValueError(f"no instant: {attribute}") from None


def _not_numbers(record: object, attributes: list[str]) -> list[str]:
    return [name for name in attributes if type(getattr(record, name)) not in _NUMBERS]


def _values_of(attributes: list[str]) -> Callable[[object], Sequence[Any]]:
    """Return what gives the values of some attributes."""
    if len(attributes) > 1:
        return attrgetter(*attributes)
    if attributes:
        get = attrgetter(*attributes)
        return lambda record: (get(record),)
    return lambda _: ()
