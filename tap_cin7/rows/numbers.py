"""Numbers in the struct way: checked as text, so that they leave digit by digit as they came.

A decimal for each number of a row, made only to be written again, costs more than all the rest of
its decoding. So numbers stay the bytes that they are, and one look at those of some rows says
whether each is a number or null, short enough for every loader, and spelled as it would be
written. Where one is not, its row is found, and the values of that are decoded and checked.
"""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, Raw

from tap_cin7.rows.kinds import is_too_big
from tap_cin7.rows.values import DECIMALS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_SHORT = 18
"""Digits with which a whole number fits into 64 bits, whatever they are."""
_MANY = 300
"""Digits on either side of the point that all loaders take."""
_KEPT = b".,nul"
"""What a number without sign and exponent and null may have beside digits."""
_SHAPE = bytes(
    ord("0") if sign in b"0123456789" else sign if sign in _KEPT else ord("!")
    for sign in range(256)
)
_ODD = b"!"
_LARGE = b"," + b"0" * (_SHORT + 1)
_LARGE_WHOLE = re.compile(_LARGE + b"+,").search
_LONG = b"0" * _MANY
_MINUS_ZERO = b"-0,"
"""Is written as 0."""
_SMALL = b"0.000000"
"""Decimals below a millionth are written with an exponent."""
_TYPES = frozenset({int, Decimal, type(None)})
decoded = msgspec.json.Decoder(float_hook=DECIMALS.create_decimal).decode
"""Decodes a value with exact decimals.

Raises ``ArithmeticError`` where no loader holds one.
"""


def values_of(attributes: list[str]) -> Callable[[list[Any]], Iterable[Any]]:
    """Return what gets the values of some attributes of some structs, one struct after another."""
    if not attributes:
        return lambda _: ()
    get: Callable[[Any], Any] = attrgetter(*attributes)
    if len(attributes) == 1:
        return lambda records: map(get, records)
    return lambda records: chain.from_iterable(map(get, records))


def are_plain(values: list[Any]) -> bool:
    """Tell whether all values are short numbers and nulls, spelled as they would be written.

    Args:
        values: ``Raw``, or ``UNSET``, which tells nothing.

    """
    try:
        text = b",".join([b"", *values, b""])
    except TypeError:
        text = b",".join([b"", *(one for one in values if one is not UNSET), b""])
    shape = text.translate(_SHAPE, b"-")
    # The searches come from quick and often in vain to slow and seldom needed.
    is_large = (len(shape) > _MANY and _LONG in shape) or (
        _LARGE in shape and _LARGE_WHOLE(shape) is not None
    )
    return not (is_large or _ODD in shape or _MINUS_ZERO in text or _SMALL in text)


def checked(raw: Raw) -> int | Decimal | None:
    """Return a number or null that can be written.

    Raises:
        ValueError: If it is something else, or a whole number that no loader holds.
        ArithmeticError: If it is a decimal that no loader holds.

    """
    value = decoded(raw)
    if type(value) not in _TYPES or is_too_big(value):
        raise ValueError("not a number that loaders hold")
    return value  # type: ignore[no-any-return]
