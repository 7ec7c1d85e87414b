"""Kinds: what becomes of one value, by the type of its column.

Cin7 sends numbers as text, booleans as 0 and 1, one object bare where a list is documented, and
``""``, ``[]`` or ``{}`` for "none". What can be read as the column's type is converted; what
can't be is odd: the column becomes null and the value goes to ``extra_fields``.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tap_cin7.instants import instant
from tap_cin7.rows.mend import DEEPEST, OddNumber
from tap_cin7.rows.values import number

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_cin7.rows.fields import Field

LEAST_WHOLE, MOST_WHOLE = -(2**63), 2**63 - 1
"""Whole numbers that databases and loaders hold; others are kept as text."""
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}
_CONTAINERS = (dict, list)


class OddValueError(ValueError):
    """A value that its column's type can't hold."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a scalar column does with values.

    Attributes:
        passing: Python types that stay as they are.
        fits: Python types that the column is meant to get; a value of another type is mended.
        fix: Makes a value of any other type fit.

    """

    passing: frozenset[type]
    fits: frozenset[type]
    fix: Callable[[Any], Any]


def kind_of(field: Field) -> Kind:
    """Return the kind of a scalar field."""
    return _INSTANT if field.format == "date-time" else _KINDS[field.types]


def is_blank(value: Any) -> bool:  # noqa: ANN401
    """Tell whether a value stands for "none" where something else is documented."""
    return value in ("", [], {})


def is_too_big(value: Any) -> bool:  # noqa: ANN401
    """Tell whether a value is a whole number that loaders can't hold."""
    return type(value) is int and not LEAST_WHOLE <= value <= MOST_WHOLE


def plain(value: Any, levels: int = DEEPEST) -> Any:  # noqa: ANN401
    """Return a value that goes to ``extra_fields`` as loaders can take it."""
    if isinstance(value, OddNumber):
        return value.text
    if is_too_big(value):
        return str(value)
    if not isinstance(value, _CONTAINERS):
        return value
    if levels == 0:
        return None
    if isinstance(value, dict):
        return {name: plain(one, levels - 1) for name, one in value.items()}
    return [plain(one, levels - 1) for one in value]


def _text(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, OddNumber):
        return value.text
    if isinstance(value, (int, Decimal, str)):
        return str(value)
    return _none(value)


def _instant(value: Any) -> Any:  # noqa: ANN401
    return instant(value) if isinstance(value, str) else _none(value)


def _decimal(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, str):
        if not value.strip():
            return None
        value = number(value)
    if type(value) in _NUMBERS and not is_too_big(value):
        return value
    return _none(value)


def _integer(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, str):
        if not value.strip():
            return None
        value = number(value)
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return _none(value)
    if not LEAST_WHOLE <= value <= MOST_WHOLE or value != int(value):
        raise OddValueError
    return int(value)


def _boolean(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, (int, Decimal)) and value in (0, 1):
        return bool(value)
    if isinstance(value, str):
        text = value.strip().lower()
        if text in _BOOLEANS or not text:
            return _BOOLEANS.get(text)
    return _none(value)


def _none(value: Any) -> Any:  # noqa: ANN401
    if is_blank(value):
        return None
    raise OddValueError


_NULL = frozenset({type(None)})
_NUMBERS = frozenset({int, Decimal})
_INSTANT = Kind(_NULL, _NULL | {str}, _instant)
_KINDS: dict[tuple[str, ...], Kind] = {
    ("string",): Kind(_NULL | {str}, _NULL | {str}, _text),
    ("integer",): Kind(_NULL, _NULL | {int}, _integer),
    ("number",): Kind(_NULL | {Decimal}, _NULL | _NUMBERS, _decimal),
    ("boolean",): Kind(_NULL | {bool}, _NULL | {bool}, _boolean),
}
