"""Settling: what is done to the structs of a row once they are decoded.

``Finish`` makes instants canonical and refuses what the types of a struct let pass; steps made
by ``renamed``, ``set_aside``, ``fixed`` and so on settle what the struct way has learned.
"""

from __future__ import annotations

from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import UNSET, Raw, Struct

from tap_cin7.instants import instant
from tap_cin7.rows.dict_way import odd
from tap_cin7.rows.encoding import as_json
from tap_cin7.rows.kinds import is_too_big, plain
from tap_cin7.rows.numbers import are_plain, checked, values_of
from tap_cin7.rows.paths import Extra, Found, Path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tap_cin7.rows.dict_way import Fix
    from tap_cin7.rows.fields import Field

Settle: TypeAlias = "Callable[[Any, Path, Found], None]"
"""Settles one object: the struct, where it stands in its row, what takes the extras."""
_MOST_LEVELS = 50
"""Levels of an open object that are taken for granted."""
_CONTAINERS = frozenset({dict, list})
_canonical = lru_cache(maxsize=1 << 12)(instant)
"""Lines are as old as their order, and delivery dates are midnights: many instants come again."""


class Finish:
    """Checks and canonical forms of the objects of one table, all those of some rows at once."""

    def __init__(self, fields: Mapping[str, Field]) -> None:
        """Sort the fields; the keys are attributes."""
        self._numbers = [a for a, field in fields.items() if field.is_decimal]
        self._get_numbers = values_of(self._numbers)
        self._instants = [a for a, field in fields.items() if field.format == "date-time"]
        self._get_instants = values_of(self._instants)
        self._opens = [
            attrgetter(a)
            for a, field in fields.items()
            if field.types == ("object",) and field.properties is None
        ]
        self._nested: list[tuple[Callable[[Any], Any], type[Struct], Finish]] = []

    def add(self, attribute: str, struct: type[Struct], inner: Finish) -> None:
        """Go on with the structs in a field."""
        if not inner.is_idle:
            self._nested.append((attrgetter(attribute), struct, inner))

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to do."""
        return not (self._numbers or self._instants or self._opens or self._nested)

    def __call__(self, records: list[Any]) -> None:
        """Finish all objects of some rows.

        Raises:
            ValueError: If one holds what its type can't.
            ArithmeticError: If a number is out of range.

        """
        numbers: list[Any] = []
        self.finish(records, numbers)
        if are_plain(numbers):
            return
        for record in records:
            numbers = []
            self.gather([record], numbers)
            if not are_plain(numbers):
                self.decode_numbers([record])

    def gather(self, records: list[Any], numbers: list[Any]) -> None:
        """Gather the numbers of all objects of the table."""
        numbers += self._get_numbers(records)
        for get_inner, struct, inner_finish in self._nested:
            if inner := _structs(map(get_inner, records), struct):
                inner_finish.gather(inner, numbers)

    def finish(self, records: list[Any], numbers: list[Any]) -> None:
        """Finish all objects of the table, and gather their numbers."""
        numbers += self._get_numbers(records)
        if self._instants:
            values = iter(self._get_instants(records))
            for record in records:
                for attribute, value in zip(self._instants, values):  # noqa: B905 - of one record
                    if value is not None and value is not UNSET:
                        setattr(record, attribute, _canonical(value))
        for get in self._opens:
            _check_levels(list(filter(None, map(get, records))), _MOST_LEVELS)
        for get_inner, struct, inner_finish in self._nested:
            if inner := _structs(map(get_inner, records), struct):
                inner_finish.finish(inner, numbers)

    def decode_numbers(self, records: list[Any]) -> None:
        """Put values in the place of the bytes of numbers."""
        for record in records:
            for attribute in self._numbers:
                if type(raw := getattr(record, attribute)) is Raw:
                    setattr(record, attribute, checked(raw))
        for get_inner, struct, inner_finish in self._nested:
            inner_finish.decode_numbers(_structs(map(get_inner, records), struct))


def _structs(values: Iterable[Any], struct: type[Struct]) -> list[Any]:
    """Return the structs of a type among some values and in the lists among them."""
    found: list[Any] = []
    for value in values:
        if type(value) is list:
            found += value
        else:
            found.append(value)
    return [one for one in found if type(one) is struct]


def _check_levels(values: Iterable[Any], most: int) -> None:
    for value in values:
        inner = value.values() if type(value) is dict else value
        types = set(map(type, inner))
        if int in types and any(map(is_too_big, inner)):
            raise ValueError("a number that no loader holds")
        if not types.isdisjoint(_CONTAINERS):
            if not most:
                raise ValueError("nested too deep")
            _check_levels([one for one in inner if type(one) in _CONTAINERS], most - 1)


def all_of(steps: list[Settle]) -> Settle | None:
    """Return a step that takes others one after the other; None for none."""
    if len(steps) < 2:  # noqa: PLR2004 - one step needs no loop
        return steps[0] if steps else None

    def settle(record: Any, at: Path, found: Found) -> None:  # noqa: ANN401
        for step in steps:
            step(record, at, found)

    return settle


def renamed(alias: str, attribute: str) -> Settle:
    """Return the step that moves a value to the column whose name it has in another case."""

    def settle(record: Any, _: Path, __: Found) -> None:  # noqa: ANN401
        value = getattr(record, alias)
        if value is not UNSET:
            if getattr(record, attribute) is not UNSET:
                raise ValueError("one column came under two names")
            setattr(record, attribute, value)
            setattr(record, alias, UNSET)

    return settle


def set_aside(attribute: str, name: str) -> Settle:
    """Return the step that takes a field out that has no column."""

    def settle(record: Any, at: Path, found: Found) -> None:  # noqa: ANN401
        value = getattr(record, attribute)
        if value is not UNSET:
            found.extras.append(Extra((*at, name), plain(value), is_unknown=True))
            setattr(record, attribute, UNSET)

    return settle


def fixed(attribute: str, name: str, fix: Fix, *, is_text: bool) -> Settle:
    """Return the step that makes a value fit that came in another type.

    Args:
        attribute: Holds it.
        name: The field.
        fix: Mends any value.
        is_text: Whether the field holds text; whole numbers for text come in every line.

    """

    def settle(record: Any, at: Path, found: Found) -> None:  # noqa: ANN401
        value = getattr(record, attribute)
        if is_text and type(value) is int:
            setattr(record, attribute, str(value))
        elif value is not None and value is not UNSET:
            setattr(record, attribute, fix(value, (*at, name), found))

    return settle


def nested(attribute: str, name: str, inner: Settle | None) -> Settle:
    """Return the step into an object, or for what came in its place."""

    def settle(record: Any, at: Path, found: Found) -> None:  # noqa: ANN401
        value = getattr(record, attribute)
        if isinstance(value, Struct):
            if inner is not None:
                inner(value, (*at, name), found)
        elif value is not None and value is not UNSET:
            setattr(record, attribute, odd(value, (*at, name), found))

    return settle


def listed(attribute: str, name: str, inner: Settle | None) -> Settle:
    """Return the step into a list of objects, or for what came in its place."""

    def settle(record: Any, at: Path, found: Found) -> None:  # noqa: ANN401
        value = getattr(record, attribute)
        if isinstance(value, Struct):
            value = [value] if as_json(value) != b"{}" else None
            setattr(record, attribute, value)
        if isinstance(value, list):
            if inner is not None:
                for index, item in enumerate(value):
                    if item is not None:
                        inner(item, (*at, name, index), found)
        elif value is not None and value is not UNSET:
            setattr(record, attribute, odd(value, (*at, name), found))

    return settle
