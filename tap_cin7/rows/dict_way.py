"""The dict way: a decoded row is walked and mended, whatever Cin7 sent.

It takes every row that is an object, so that the struct way (``tap_cin7.rows.struct_way``) can
leave to it what it does not know; and it says what it met, so that the struct way learns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import msgspec

from tap_cin7.errors import StreamFailed
from tap_cin7.rows.dict_access import DictAccess
from tap_cin7.rows.kinds import is_blank, is_too_big, kind_of, plain
from tap_cin7.rows.mend import DEEPEST, NOT_JSON, OddNumber, exact, read
from tap_cin7.rows.paths import Extra, Found, Path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_cin7.rows.fields import Field

Row: TypeAlias = dict[str, Any]
Fix: TypeAlias = "Callable[[Any, Path, Found], Any]"
NUL = b"\\u0000"
"""How a body spells the one character that no loader takes."""
_CONTAINERS = (dict, list)
_MOST_LESSONS = 1_000
"""Lessons after which there is nothing to learn: fields have no fixed names."""
_decoded = msgspec.json.Decoder(dict[str, Any], float_hook=exact).decode


class Lesson(NamedTuple):
    """What Cin7 may do again in the next row.

    Attributes:
        path: Names of fields, without positions.
        column: The column that the field fills, if it is spelled in another case; "" where no
            column takes it; None where a known field came in another type than documented.

    """

    path: tuple[str, ...]
    column: str | None


def decoded(raw: bytes) -> tuple[Row, list[Path]]:
    """Return a row as it came, and where its text had to be repaired.

    Raises:
        StreamFailed: If it can't be read at all, which no row of a page that was split can be.

    """
    if NUL not in raw:
        try:
            return _decoded(raw), []
        except NOT_JSON:
            pass
    try:
        row, repaired = read(raw)
    except NOT_JSON as error:
        raise StreamFailed(f"a row that can't be decoded: {error}") from error
    if not isinstance(row, dict):
        raise StreamFailed("a row that is not an object")
    return row, repaired


class Mender:
    """Mends the objects of one table.

    Attributes:
        lessons: What Cin7 sent otherwise than documented.

    """

    def __init__(self, fields: Mapping[str, Field], most_lessons: int = _MOST_LESSONS) -> None:
        """Compile a table.

        Args:
            fields: Its columns.
            most_lessons: How many lessons to note.

        """
        self.lessons: set[Lesson] = set()
        self._most_lessons = most_lessons
        self._mend = self._object(fields)

    def mend(self, row: Row, found: Found) -> Row:
        """Return a row with canonical values in the columns of the table.

        Args:
            row: The row as it came.
            found: Takes what no column can hold.

        """
        return self._mend(row, (), found)

    def _object(self, fields: Mapping[str, Field]) -> Callable[[Row, Path, Found], Row]:
        fixes = {name: self.fix(field) for name, field in fields.items()}
        in_any_case: dict[str, str] = {}
        for name in fields:
            in_any_case.setdefault(name.lower(), name)

        def mend(row: Row, at: Path, found: Found) -> Row:
            mended: Row = {}
            for sent, value in row.items():
                name = sent
                if sent not in fixes:
                    known = in_any_case.get(sent.lower())
                    if known is None or known in row or known in mended:
                        self._learn((*at, sent), known or "")
                        found.extras.append(Extra((*at, sent), plain(value), is_unknown=True))
                        continue
                    self._learn((*at, sent), known)
                    name = known
                mended[name] = None if value is None else fixes[name](value, (*at, name), found)
            return mended

        return mend

    def _learn(self, at: Path, column: str | None) -> None:
        if len(self.lessons) < self._most_lessons:
            self.lessons.add(Lesson(tuple(step for step in at if isinstance(step, str)), column))

    def _odd(self, value: Any, at: Path, found: Found) -> Any:  # noqa: ANN401
        self._learn(at, None)
        return odd(value, at, found)

    def fix(self, field: Field) -> Fix:
        """Return what makes any value but null one that a field can hold."""
        if field.items is not None:
            return self._array(field.items)
        if field.properties is not None:
            return self._nested(field.properties)
        if "object" in field.types:
            return self._open
        return self._scalar(field)

    def _scalar(self, field: Field) -> Fix:
        passing, fits, fix_value = (kind := kind_of(field)).passing, kind.fits, kind.fix

        def fix(value: Any, at: Path, found: Found) -> Any:  # noqa: ANN401
            if type(value) in passing:
                return value
            if type(value) not in fits:
                self._learn(at, None)
            try:
                return fix_value(value)
            except ValueError:
                return self._odd(value, at, found)

        return fix

    def _nested(self, fields: Mapping[str, Field]) -> Fix:
        mend = self._object(fields)

        def fix(value: Any, at: Path, found: Found) -> Any:  # noqa: ANN401
            return (
                mend(value, at, found) if isinstance(value, dict) else self._odd(value, at, found)
            )

        return fix

    def _array(self, item: Field) -> Fix:
        fix_item = self.fix(item)
        holds_objects = "object" in item.types

        def fix(value: Any, at: Path, found: Found) -> Any:  # noqa: ANN401
            if isinstance(value, dict) and value:
                # Core sends one element bare where a document has just one (seen on live accounts).
                self._learn(at, None)
                value = [value]
            if not isinstance(value, list) or (holds_objects and _holds_no_object(value)):
                return self._odd(value, at, found)
            return [
                None if one is None else fix_item(one, (*at, index), found)
                for index, one in enumerate(value)
            ]

        return fix

    def _open(self, value: Any, at: Path, found: Found) -> Any:  # noqa: ANN401
        if not isinstance(value, dict):
            return self._odd(value, at, found)
        return {name: _loadable(one, (*at, name), found) for name, one in value.items()}


def _holds_no_object(items: list[Any]) -> bool:
    """Tell whether a list holds something, but nothing of what it is documented to hold."""
    return any(one is not None for one in items) and not any(type(one) is dict for one in items)


def odd(value: Any, at: Path, found: Found) -> Any:  # noqa: ANN401
    """Return the null that stands for a value in its column, and keep the value itself."""
    if not is_blank(value):
        found.extras.append(Extra(at, plain(value), is_unknown=False))
    return None


def _loadable(value: Any, at: Path, found: Found) -> Any:  # noqa: ANN401
    """Return a value of an open object, with null for what no loader can hold."""
    if isinstance(value, OddNumber) or is_too_big(value):
        found.extras.append(Extra(at, plain(value), is_unknown=False))
        return None
    if not isinstance(value, _CONTAINERS):
        return value
    if len(at) > DEEPEST:
        found.repaired.append(at)
        return None
    if isinstance(value, dict):
        return {name: _loadable(one, (*at, name), found) for name, one in value.items()}
    return [_loadable(one, (*at, index), found) for index, one in enumerate(value)]


class DictWay:
    """From bytes to a dict of canonical values.

    Attributes:
        lessons: What Cin7 sent otherwise than documented.

    """

    def __init__(self, fields: Mapping[str, Field]) -> None:
        """Compile a table."""
        self._mender = Mender(fields)
        self.lessons = self._mender.lessons

    def read(self, raw: bytes) -> tuple[Row, Found]:
        """Return the values of a row and what was odd in it.

        Raises:
            StreamFailed: If it can't be read at all.

        """
        row, repaired = decoded(raw)
        found = Found(repaired=repaired)
        return self._mender.mend(row, found), found

    def access(self, _: Mapping[str, Field]) -> DictAccess:
        """Return how the fields of rows are reached."""
        return DictAccess()
