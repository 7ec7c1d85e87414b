"""The compiled shape of a record: what a schema makes of the values that Cin7 sends.

A shape walks a decoded record once, in place: it makes instants canonical, reads numbers and
booleans that came as text, drops fields that the schema does not know and remembers their
names, so that they are told once per run instead of being lost in silence. It replaces the
SDK's conformance, which keeps unknown fields of nested objects and is 30 times as slow.
"""

from __future__ import annotations

import uuid
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from tap_cin7.fields import RECORD_KEY_PARTS
from tap_cin7.values import instant, number

if TYPE_CHECKING:
    from collections.abc import Callable

Row: TypeAlias = dict[str, Any]
Fix: TypeAlias = "Callable[[Any], Any]"

_NAMESPACE = uuid.UUID("8a6f4c1e-61d5-5c0b-9d1a-5f0c1f3b7a10")
_LONGEST_INTEGER = 30
"""Digits past which a decimal is no whole number any more: ``1e999999`` would fill the memory."""
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}
as_json = msgspec.json.Encoder(decimal_format="number").encode
_AS_SORTED_JSON = msgspec.json.Encoder(decimal_format="number", order="sorted").encode


class OddValueError(ValueError):
    """A value that the field's kind can't hold."""


class Shape:
    """The shape of one stream's records.

    Attributes:
        unknown: Dotted names of fields that the schema does not have, seen so far.
        odd: Dotted name of a field -> an example of a value that its kind can't hold; such a
            value leaves as null.
        mended: Dotted names of scalar fields that came in another type than theirs.
        without_key: How many rows lacked a key and were left out.

    """

    def __init__(
        self, schema: Row, *, open_ended: bool = False, unknown: set[str] | None = None
    ) -> None:
        """Compile a schema.

        Args:
            schema: What ``fields.record`` returned.
            open_ended: Keep top-level fields that the schema does not have (Core V1, whose
                field lists are partial).
            unknown: Takes the names of unknown fields; a new set when left out.

        """
        self.unknown: set[str] = set() if unknown is None else unknown
        self.odd: dict[str, str] = {}
        self.mended: set[str] = set()
        self.without_key = 0
        properties = schema["properties"]
        self._apply = self._object(properties, "", keep_unknown=open_ended)
        self._keys = [
            (name, properties[name].get("default"))
            for name in schema["required"]
            if RECORD_KEY_PARTS not in properties[name]
        ]
        self._record_keys = {
            name: tuple(field[RECORD_KEY_PARTS])
            for name, field in properties.items()
            if RECORD_KEY_PARTS in field
        }
        self._occurrences: Counter[bytes] = Counter()

    def __call__(self, row: Row) -> bool:
        """Shape a row in place; return False when it has no key and must be left out."""
        self._apply(row)
        return self.complete(row)

    def complete(self, row: Row) -> bool:
        """Put defaults and added keys in a shaped row; return False when it has no key."""
        for name, default in self._keys:
            if row.get(name) is None:
                if default is None:
                    self.without_key += 1
                    return False
                row[name] = default
        for name, parts in self._record_keys.items():
            row[name] = self._record_key(row, parts)
        return True

    def _record_key(self, row: Row, parts: tuple[str, ...]) -> str:
        if parts:
            grain = as_json([row.get(part) for part in parts])
        else:
            whole = _AS_SORTED_JSON(row)
            digest = uuid.uuid5(_NAMESPACE, whole.decode()).bytes
            self._occurrences[digest] += 1
            grain = as_json([whole.decode(), self._occurrences[digest]])
        return str(uuid.uuid5(_NAMESPACE, grain.decode()))

    def forget_occurrences(self) -> None:
        """Start numbering equal rows anew, before a list is read again."""
        self._occurrences.clear()

    def _object(self, properties: Row, path: str, *, keep_unknown: bool = False) -> Fix:
        known = {name: self._field(field, path + name) for name, field in properties.items()}
        unknown = self.unknown
        repair = self._repair

        def apply(row: Row) -> None:
            surplus = None
            for name, value in row.items():
                kind = known.get(name)
                if kind is None:
                    surplus = [name] if surplus is None else [*surplus, name]
                elif type(value) not in kind[0]:
                    row[name] = repair(kind[1], value, path + name)
            if surplus is not None:
                unknown.update(path + name for name in surplus)
                if not keep_unknown:
                    for name in surplus:
                        del row[name]

        return apply

    def _repair(self, fix: Fix, value: Any, path: str) -> Any:  # noqa: ANN401
        if fix in _SCALAR_FIXES:
            self.mended.add(path)
        try:
            return fix(value)
        except ValueError:
            self.odd.setdefault(path, _text(value)[:60])
            return None

    def _field(self, field: Row, path: str) -> tuple[frozenset[type], Fix]:
        """Return the types that pass untouched, and what is done to any other value."""
        types = frozenset(field["type"]) - {"null"}
        if "object" in types:
            return _NULL, self._nested(field, path)
        if "array" in types:
            return _NULL, self._array(field, path)
        if field.get("format") == "date-time":
            return _NULL, _instant
        return SCALARS[types]

    def _nested(self, field: Row, path: str) -> Fix:
        apply = self._object(field["properties"], path + ".") if "properties" in field else None

        def fix(value: Any) -> Any:  # noqa: ANN401
            if not isinstance(value, dict):
                _check_blank(value)
                return None
            if apply is not None:
                apply(value)
            return value

        return fix

    def _array(self, field: Row, path: str) -> Fix:
        passing, fix_item = self._field(field["items"], path + "[]")
        repair = self._repair
        item_path = path + "[]"

        def fix(value: Any) -> Any:  # noqa: ANN401
            # Core sends one element bare where a document has just one (seen on live accounts).
            items = [value] if value and isinstance(value, dict) else value
            if not isinstance(items, list):
                _check_blank(value)
                return None
            for index, item in enumerate(items):
                if type(item) not in passing:
                    items[index] = repair(fix_item, item, item_path)
            return items

        return fix


def _check_blank(value: Any) -> None:  # noqa: ANN401
    if value not in ("", [], {}):
        raise OddValueError


def _instant(value: Any) -> str | None:  # noqa: ANN401
    if not isinstance(value, str):
        raise OddValueError
    return instant(value)


def _text(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal, str)):
        return str(value)
    return as_json(value).decode()


def _decimal(value: Any) -> int | Decimal | None:  # noqa: ANN401
    if not isinstance(value, str):
        raise OddValueError
    return number(value) if value.strip() else None


def _integer(value: Any) -> int | None:  # noqa: ANN401
    if isinstance(value, str):
        if not value.strip():
            return None
        value = number(value)
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise OddValueError
    if isinstance(value, Decimal) and value.adjusted() > _LONGEST_INTEGER:
        raise OddValueError
    if value != int(value):
        raise OddValueError
    return int(value)


def _boolean(value: Any) -> bool | None:  # noqa: ANN401
    if isinstance(value, (int, Decimal)) and value in (0, 1):
        return bool(value)
    text = str(value).strip().lower()
    if text and text not in _BOOLEANS:
        raise OddValueError
    return _BOOLEANS.get(text)


_NULL = frozenset({type(None)})
SCALARS: dict[frozenset[str], tuple[frozenset[type], Fix]] = {
    frozenset({"string"}): (_NULL | {str}, _text),
    frozenset({"integer"}): (_NULL | {int}, _integer),
    frozenset({"number"}): (_NULL | {int, Decimal}, _decimal),
    frozenset({"boolean"}): (_NULL | {bool}, _boolean),
    frozenset({"string", "integer"}): (_NULL | {str, int}, _text),
}
"""JSON types of a scalar -> Python types that pass untouched, and the fix for all others."""
_SCALAR_FIXES = frozenset(fix for _, fix in SCALARS.values())
