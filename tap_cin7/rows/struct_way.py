"""The struct way: a table compiled into a struct that takes a row from its bytes to its record.

Most rows need little: instants made canonical, the rest as it came. Such a row is decoded into
a struct that has the fields of the table and is encoded from it, in about half the time that
walking a dict takes. What a struct can't hold is a misfit: the row goes the dict way, which
mends it and says what it met. The struct learns from that: what Cin7 does again and again
(fields that nobody knows, names in another case, numbers as text) is decoded too and settled
afterwards, so that it does not slow a stream down.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeAlias

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from tap_cin7.rows.dict_way import NUL, Mender
from tap_cin7.rows.kinds import LEAST_WHOLE, MOST_WHOLE
from tap_cin7.rows.mend import NOT_JSON
from tap_cin7.rows.paths import NOTHING, Found
from tap_cin7.rows.settling import (
    Finish,
    Settle,
    all_of,
    fixed,
    listed,
    nested,
    renamed,
    set_aside,
)
from tap_cin7.rows.struct_access import StructAccess, attributes_of
from tap_cin7.rows.values import DECIMALS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from tap_cin7.rows.dict_way import Lesson
    from tap_cin7.rows.fields import Field

    Fields: TypeAlias = Mapping[str, Field]
    Names: TypeAlias = tuple[str, ...]
    _Read: TypeAlias = tuple[Any, Found]

_MOST_MISFITS = 1_000
"""Misfits one after the other after which a stream stops trying."""
_DOUBTFUL = 100
"""Rows that are read one by one after a misfit: where there was one, there are often more."""
_MOST_LESSONS = 50
"""Lessons after which a stream does not compile any more: its fields have no fixed names."""
_NOT_IN_A_NAME = re.compile(r'["\\\x00-\x1f]')
"""What a field of a struct can't have in its name."""
_TYPES: dict[tuple[str, ...], Any] = {
    ("string",): str | None,
    ("integer",): Annotated[int, Meta(ge=LEAST_WHOLE, le=MOST_WHOLE)] | None,
    ("boolean",): bool | None,
}
_STAND_INS = str | bool | int | None
"""What may come where an object or a list is documented."""


class StructWay:
    """From bytes to a struct of canonical values."""

    def __init__(self, fields: Fields, needed: Collection[str]) -> None:
        """Compile a table.

        Args:
            fields: The columns.
            needed: Those that something is made of; the others are known, but read over.

        """
        self._fields = fields
        self._needed = needed
        self._learned = 0
        self._misfits = 0
        self._doubtful = 0
        self._compile(frozenset())

    def read(self, raws: Sequence[bytes]) -> Iterable[_Read | None]:
        """Return the values of each row and what was odd in it; None for a misfit.

        Rows are read at once if none is a misfit, else one by one as they are asked for: what
        was learned of one misfit counts for the row after it.
        """
        if self._misfits > _MOST_MISFITS:
            return [None] * len(raws)
        if self._doubtful > 0:
            self._doubtful -= len(raws)
            return map(self._alone, raws)
        try:
            return self._all(raws)
        except NOT_JSON:
            self._doubtful = _DOUBTFUL
            return map(self._alone, raws)

    def _alone(self, raw: bytes) -> _Read | None:
        try:
            (read,) = self._all((raw,))
        except NOT_JSON:
            self._misfits += 1
            return None
        return read

    def _all(self, raws: Sequence[bytes]) -> list[_Read]:
        # Searched from its end: it begins with a rarer sign than the digit that it ends with.
        if any([raw.rfind(NUL) >= 0 for raw in raws]):  # noqa: C419 - few, and quicker
            raise ValueError("NUL in a text")
        decode, finish, settle = self._compiled
        records = list(map(decode, raws))
        finish(records)
        if settle is None:
            read = [(record, NOTHING) for record in records]
        else:
            read = [(record, Found()) for record in records]
            for record, found in read:
                settle(record, (), found)
        self._misfits = 0
        return read

    def learn(self, lessons: Collection[Lesson]) -> None:
        """Compile anew if the dict way has met what no row before it had."""
        if self._learned < len(lessons) <= _MOST_LESSONS:
            self._learned = len(lessons)
            self._misfits = 0
            self._compile(frozenset(lessons))

    def access(self, fields: Fields) -> StructAccess:
        """Return how the fields of structs of a table are reached."""
        return StructAccess(fields)

    def _compile(self, lessons: frozenset[Lesson]) -> None:
        struct, finish, settle = _Compiler(lessons).struct(self._fields, (), self._needed)
        decoder = msgspec.json.Decoder(struct, float_hook=DECIMALS.create_decimal)
        decode: Callable[[bytes], Any] = decoder.decode
        self._compiled = decode, finish, settle


class _Compiled(NamedTuple):
    """The struct of a table, and what is done to those of a row after decoding."""

    struct: Any
    finish: Finish
    settle: Settle | None


class _Compiler:
    """Makes structs of tables, with regard to what was learned of rows so far."""

    def __init__(self, lessons: Iterable[Lesson]) -> None:
        named = [one for one in lessons if not _NOT_IN_A_NAME.search(one.path[-1])]
        self._mended = {lesson.path for lesson in lessons if lesson.column is None}
        self._aliases = {one.path: one.column for one in named if one.column}
        self._unknown = {one.path for one in named if one.column == ""}
        self._fix = Mender({}, most_lessons=0).fix
        self._structs: dict[Names, _Compiled] = {}

    def struct(self, fields: Fields, path: Names, needed: Collection[str]) -> _Compiled:
        """Return the struct of an object, and what settles what was learned of it."""
        if path not in self._structs:
            self._structs[path] = self._struct(fields, path, needed)
        return self._structs[path]

    def _struct(self, fields: Fields, path: Names, needed: Collection[str]) -> _Compiled:
        attributes = attributes_of(fields)
        aliases = {p[-1]: c for p, c in sorted(self._aliases.items()) if p[:-1] == path}
        unknown = sorted(p[-1] for p in self._unknown if p[:-1] == path)
        columns = {name: name for name in fields} | aliases
        attributes |= {n: f"learned_{i}" for i, n in enumerate((*aliases, *unknown))}
        types = {
            name: self._type(fields[column], (*path, column)) if column in needed else Raw
            for name, column in columns.items()
        }
        types |= dict.fromkeys(unknown, Any)
        checked = {
            attributes[name]: fields[column]
            for name, column in columns.items()
            if column in needed and (*path, column) not in self._mended
        }
        finish = Finish(checked)
        for name, column in columns.items():
            inner = (fields[column].items or fields[column]).properties
            if inner is not None and column in needed:
                known = self.struct(inner, (*path, column), inner)
                finish.add(attributes[name], known.struct, known.finish)
        struct = msgspec.defstruct(
            "Record",
            [
                (attributes[n], t if t in (Any, Raw) else t | UnsetType, UNSET)
                for n, t in types.items()
            ],
            rename={attribute: name for name, attribute in attributes.items()},
            kw_only=True,
            forbid_unknown_fields=True,
            eq=False,
            gc=False,
        )
        steps = [renamed(attributes[n], attributes[columns[n]]) for n in aliases]
        steps += [set_aside(attributes[name], name) for name in unknown]
        for name in fields:
            if name in needed:
                step = self._step(fields[name], (*path, name), attributes[name])
                steps += [] if step is None else [step]
        return _Compiled(struct, finish, all_of(steps))

    def _type(self, field: Field, path: Names) -> Any:  # noqa: ANN401
        """Return the type that a field is decoded as."""
        is_mended = path in self._mended
        if field.properties is not None:
            struct = self.struct(field.properties, path, field.properties).struct
            return struct | list[Any] | _STAND_INS if is_mended else struct | None
        if field.items is not None and field.items.properties is not None:
            struct = self.struct(field.items.properties, path, field.items.properties).struct
            several = list[struct | None]  # type: ignore[valid-type]
            return several | struct | _STAND_INS if is_mended else several | None
        if is_mended:
            return Any
        if field.items is not None:
            item = _TYPES.get(field.items.types, Any)
            is_simple = item is not Any and field.items.format is None
            return list[item] | None if is_simple else Any  # type: ignore[valid-type]
        if "object" in field.types:
            return dict[str, Any] | None
        return Raw if field.is_decimal else _TYPES.get(field.types, Any)

    def _step(self, field: Field, path: Names, attribute: str) -> Settle | None:
        """Return what has to be done to a field after decoding."""
        is_mended = path in self._mended
        if field.properties is not None:
            settle = self.struct(field.properties, path, field.properties).settle
            return nested(attribute, path[-1], settle) if settle or is_mended else None
        if field.items is not None and field.items.properties is not None:
            settle = self.struct(field.items.properties, path, field.items.properties).settle
            return listed(attribute, path[-1], settle) if settle or is_mended else None
        is_any_list = field.items is not None and self._type(field, path) is Any
        if is_mended or is_any_list:
            is_text = field.types == ("string",) and field.format is None
            return fixed(attribute, path[-1], self._fix(field), is_text=is_text)
        return None
