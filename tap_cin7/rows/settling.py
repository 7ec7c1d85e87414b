"""Settling: what is done to the structs of a row once they are decoded.

``Finish`` makes instants canonical and refuses what the types of a struct let pass; steps made
by ``renamed``, ``set_aside``, ``fixed`` and so on settle what the struct way has learned.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import UNSET, Struct, UnsetType

from tap_cin7.instants import instant
from tap_cin7.rows.dict_way import odd
from tap_cin7.rows.encoding import as_json
from tap_cin7.rows.kinds import is_too_big, plain
from tap_cin7.rows.paths import Extra, Found, Path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tap_cin7.rows.dict_way import Fix
    from tap_cin7.rows.fields import Field

Settle: TypeAlias = "Callable[[Any, Path, Found], None]"
"""Settles one object: the struct, where it stands in its row, what takes the extras."""
_MOST_LEVELS = 50
"""Levels of an open object that are taken for granted."""
_NUMBERS = frozenset({int, Decimal, type(None), UnsetType})
_CONTAINERS = frozenset({dict, list})
_canonical = lru_cache(maxsize=1 << 12)(instant)
"""Lines are as old as their order, and delivery dates are midnights: many instants come again."""


class Finish:
    """Checks and canonical forms of the objects of one table, all those of a row at once."""

    def __init__(self, fields: Mapping[str, Field]) -> None:
        """Sort the fields; the keys are attributes."""
        numbers = [a for a, field in fields.items() if field.types == ("number",)]
        self._numbers = _values_of(numbers)
        self._instants = [
            (a, attrgetter(a)) for a, field in fields.items() if field.format == "date-time"
        ]
        self._opens = [
            attrgetter(a)
            for a, field in fields.items()
            if field.types == ("object",) and field.properties is None
        ]
        self._nested: list[tuple[Callable[[Any], Any], Finish]] = []

    def add(self, attribute: str, inner: Finish) -> None:
        """Go on with the objects in a field."""
        if not inner.is_idle:
            self._nested.append((attrgetter(attribute), inner))

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to do."""
        return not (self._numbers or self._instants or self._opens or self._nested)

    def __call__(self, records: list[Any]) -> None:
        """Finish all objects of the table in a row.

        Raises:
            ValueError: If one holds what its type can't.

        """
        if self._numbers is not None:
            _check_numbers(list(chain.from_iterable(map(self._numbers, records))))
        for attribute, get in self._instants:
            for record in records:
                value = get(record)
                if value is not None and value is not UNSET:
                    setattr(record, attribute, _canonical(value))
        for get in self._opens:
            _check_levels(list(filter(None, map(get, records))), _MOST_LEVELS)
        for get_inner, finish in self._nested:
            if inner := _structs(map(get_inner, records)):
                finish(inner)


def _structs(values: Iterable[Any]) -> list[Struct]:
    """Return the structs among some values and in the lists among them."""
    found: list[Any] = []
    for value in values:
        if type(value) is list:
            found += value
        elif value is not None:
            found.append(value)
    return [one for one in found if isinstance(one, Struct)]


def _values_of(attributes: list[str]) -> Callable[[Any], tuple[Any, ...]] | None:
    if len(attributes) > 1:
        return attrgetter(*attributes)
    if attributes:
        # Twice the same is a tuple too, and quicker than making one.
        return attrgetter(attributes[0], attributes[0])
    return None


def _check_numbers(values: list[Any]) -> None:
    types = set(map(type, values))
    if not types <= _NUMBERS:
        raise ValueError("not a number")
    if int in types and any(map(is_too_big, values)):
        raise ValueError("a number that no loader holds")


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


def fixed(attribute: str, name: str, fix: Fix) -> Settle:
    """Return the step that makes a value fit that came in another type."""

    def settle(record: Any, at: Path, found: Found) -> None:  # noqa: ANN401
        value = getattr(record, attribute)
        if value is not None and value is not UNSET:
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
