"""Conform a decoded row to the columns of its table, in place.

Names match without regard to case. A value that its column can't hold becomes null and is kept as
a deviation.
"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from tap_cin7.rows.coercion import kind_of
from tap_cin7.rows.elements import Elements
from tap_cin7.rows.encoding import LEAST_WHOLE, MOST_WHOLE, OddNumber, as_json, is_too_big
from tap_cin7.rows.paths import At, path_of
from tap_cin7.rows.repair import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_cin7.rows.coercion import Kind
    from tap_cin7.rows.extra_fields import Deviations
    from tap_cin7.rows.fields import Field
    from tap_cin7.rows.repair import Repaired

    Conform: TypeAlias = "Callable[[Any, At, Deviations], Any]"
    """Returns a value that fits its column; a container that fits is the same object."""

_PLAIN = frozenset({str, bool, type(None), Decimal})
"""Types of values in open objects that stay unchanged."""


class Conformer:
    """Conforms the objects of one table."""

    def __init__(self, fields: Mapping[str, Field]) -> None:
        """Compile the table."""
        kinds = {n: kind_of(field) for n, field in fields.items() if _is_scalar(field)}
        # Decoded names are the same (cached) objects as those in rows, so lookups are faster.
        names = as_json(dict.fromkeys(fields))
        self._passing: dict[str, type | None] = msgspec.json.decode(names)
        self._passing |= {name: kind.passing for name, kind in kinds.items()}
        self._coerce = {name: kind.coerce for name, kind in kinds.items()}
        self._nested = {n: _nested(field) for n, field in fields.items() if n not in kinds}
        self._names = {name.lower(): name for name in reversed(list(fields))}

    def conform(self, row: Any, at: At, deviations: Deviations) -> Any:  # noqa: ANN401, C901 - the inner loop
        """Conform an object in place and return it; None if it is not an object.

        Args:
            row: The object.
            at: Its path in the row.
            deviations: Collects what its columns can't hold.

        """
        if type(row) is not dict:
            deviations.odd(at, row)
            return None
        # Runs for every value that is read: the usual ones must not cost a function call.
        passing, coercions, least, most = self._passing, self._coerce, LEAST_WHOLE, MOST_WHOLE
        strange = []
        for name, value in row.items():
            try:
                fits = passing[name]
            except KeyError:
                strange.append(name)
                continue
            if value is None:
                continue
            found = type(value)
            if found is not int:
                if found is fits:
                    continue
            elif (fits is int or fits is Decimal) and least <= value <= most:
                continue
            coerce = coercions.get(name)
            if coerce is None:
                row[name] = self._nested[name](value, (at, name), deviations)
                continue
            try:
                row[name] = coerce(value)
            except (ValueError, TypeError):
                deviations.odd((at, name), value)
                row[name] = None
        if strange:
            self._rename(row, strange, at, deviations)
        return row

    def _rename(
        self, row: dict[str, Any], strange: list[str], at: At, deviations: Deviations
    ) -> None:
        """Move values to the columns whose names differ in case only; keep others as unknown."""
        renamed = {}
        for sent in strange:
            value, name = row.pop(sent), self._names.get(sent.lower())
            if name is None or name in row or name in renamed:
                deviations.unknown((at, sent), value)
            else:
                renamed[name] = value
        self.conform(renamed, at, deviations)
        row |= renamed


def _coerced(kind: Kind, value: Any, at: At, deviations: Deviations) -> Any:  # noqa: ANN401
    """Return a scalar that fits its column; None if it can't be converted."""
    if type(value) is kind.passing and not is_too_big(value):
        return value
    try:
        return kind.coerce(value)
    except (ValueError, TypeError):
        deviations.odd(at, value)
        return None


def _is_scalar(field: Field) -> bool:
    return field.types[0] not in {"array", "object"}


def _nested(field: Field) -> Conform:
    if field.items is not None:
        return _array(field.items)
    return _open if field.properties is None else Conformer(field.properties).conform


def _array(item: Field) -> Conform:
    holds_objects = not _is_scalar(item)
    conform_item = _nested(item) if holds_objects else partial(_coerced, kind_of(item))

    def conform_array(value: Any, at: At, deviations: Deviations) -> Any:  # noqa: ANN401
        if type(value) is Elements:

            def conform_element(index: int, element: Repaired) -> Any:  # noqa: ANN401
                place = (at, index)
                deviations.repaired(element.repaired, place)
                return conform_item(element.value, place, deviations)

            value.conform(conform_element)
            return value
        if type(value) is dict and value:
            # Core sends one element bare where a document has just one (seen on live accounts).
            value = [value]
        if type(value) is not list or (holds_objects and _holds_no_object(value)):
            deviations.odd(at, value)
            return None
        for index, one in enumerate(value):
            if one is not None:
                value[index] = conform_item(one, (at, index), deviations)
        return value

    return conform_array


def _holds_no_object(items: list[Any]) -> bool:
    """Return whether a list has items, but none of the documented type."""
    if items and type(items[0]) is dict:
        return False
    return any(one is not None for one in items) and not any(type(one) is dict for one in items)


def _open(value: Any, at: At, deviations: Deviations) -> Any:  # noqa: ANN401
    if type(value) is not dict:
        deviations.odd(at, value)
        return None
    _keep_loadable(value, at, deviations)
    return value


def _keep_loadable(value: Any, at: At, deviations: Deviations) -> None:  # noqa: ANN401
    """Replace what no loader can hold by null, in an open object and the containers in it."""
    for step, one in value.items() if type(value) is dict else enumerate(value):
        if type(one) in _PLAIN:
            continue
        if isinstance(one, OddNumber) or is_too_big(one):
            deviations.odd((at, step), one)
            value[step] = None
        elif isinstance(one, (dict, list)):
            if len(path_of((at, step))) > DEEPEST:
                deviations.repaired([()], (at, step))
                value[step] = None
            else:
                _keep_loadable(one, (at, step), deviations)
