"""Type coercion: converts a value to the type of a scalar column.

Cin7 sends numbers as text, booleans as 0 and 1, and ``""``, ``[]`` or ``{}`` for "none". A value
that reads as the column's type is converted; any other is refused.

Relies on: core-guid-case.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_cin7.instants import instant
from tap_cin7.rows.encoding import LEAST_WHOLE, MOST_WHOLE, OddNumber, is_too_big, number

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_cin7.rows.fields import Field

_BOOLEANS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}

_GUID = re.compile(r"\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?", re.ASCII | re.IGNORECASE)


class Kind(NamedTuple):
    """How a scalar column treats values other than null.

    Attributes:
        passing: The Python type that passes unchanged, if it fits into 64 bits; None for none.
        coerce: Converts a value of another type; raises ``ValueError`` if it can't.

    """

    passing: type | None
    coerce: Callable[[Any], Any]


def kind_of(field: Field) -> Kind:
    """Return the kind of a scalar field."""
    return _SPECIAL.get(field.wire or field.format) or _KINDS[field.types]


def is_blank(value: object) -> bool:
    """Return whether a value is a blank that Cin7 sends for "none"."""
    return value in ("", [], {})


def is_guid(text: str) -> bool:
    """Return whether a text is an id of Core rather than a document number."""
    return _GUID.fullmatch(text.strip()) is not None


def lower_guid(text: str) -> str:
    """Return a GUID in lower case, any other text unchanged."""
    lower = text.lower()
    return lower if lower != text and _GUID.fullmatch(text) else text


def _text(value: Any) -> str:  # noqa: ANN401
    if type(value) in _NUMBERS:
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, OddNumber):
        return value.text
    raise ValueError


def _guid(value: Any) -> str:  # noqa: ANN401
    return lower_guid(value) if isinstance(value, str) else _text(value)


@lru_cache(maxsize=1 << 12)
def _instant(value: Any) -> str | None:  # noqa: ANN401
    """Cached: lines share the dates of their order, and delivery dates are midnights."""
    if isinstance(value, str):
        return instant(value)
    raise ValueError


def _decimal(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, str):
        if not value.strip():
            return None
        value = number(value)
    if type(value) not in _NUMBERS or is_too_big(value):
        raise ValueError
    return value


def _integer(value: Any) -> int | None:  # noqa: ANN401
    value = _decimal(value)
    if value is None:
        return None
    if not LEAST_WHOLE <= value <= MOST_WHOLE or value != int(value):
        raise ValueError
    return int(value)


def _boolean(value: Any) -> bool | None:  # noqa: ANN401
    if isinstance(value, (int, Decimal)) and value in (0, 1):
        return bool(value)
    if isinstance(value, str):
        text = value.strip().lower()
        if text in _BOOLEANS or not text:
            return _BOOLEANS.get(text)
    raise ValueError


_NUMBERS = frozenset({int, Decimal})
_SPECIAL: dict[str | None, Kind] = {
    "date-time": Kind(None, _instant),
    "guid": Kind(None, _guid),
    "text or number": Kind(str, _text),
}
_KINDS: dict[tuple[str, ...], Kind] = {
    ("string",): Kind(str, _text),
    ("integer",): Kind(int, _integer),
    ("number",): Kind(Decimal, _decimal),
    ("boolean",): Kind(bool, _boolean),
}
