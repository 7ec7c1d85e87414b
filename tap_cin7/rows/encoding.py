"""JSON with exact numbers: keeps every digit, and refuses what loaders can't hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Clamped, Context, Decimal, Inexact, InvalidOperation, Subnormal
from typing import Any

import msgspec

as_json = msgspec.json.Encoder(decimal_format="number").encode
decode_record = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode
"""Decodes a record that ``as_json`` has encoded."""
as_sorted_json = msgspec.json.Encoder(decimal_format="number", order="sorted").encode

LEAST_WHOLE, MOST_WHOLE = -(2**63), 2**63 - 1
"""Whole numbers that databases and loaders hold; others are kept as text."""
_LOSSES = [Inexact, Subnormal, Clamped, InvalidOperation]
DECIMALS = Context(prec=1_000, Emin=-308, Emax=308, traps=_LOSSES)
"""Decimals that loaders can hold: in the range of a double, with up to 1,000 digits, exact.

Its ``create_decimal`` raises ``ArithmeticError`` for all others.
"""
_NUMBER = re.compile(r"\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*%?\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class OddNumber:
    """A number that no loader can hold, such as ``NaN`` or ``1e999999``, as its text."""

    text: str


def exact(text: str) -> Decimal | OddNumber:
    """Return a decimal number with every digit, or an ``OddNumber`` if loaders can't hold it."""
    try:
        return DECIMALS.create_decimal(text)
    except ArithmeticError:
        return OddNumber(text)


def is_too_big(value: object) -> bool:
    """Return whether a value is a whole number that loaders can't hold."""
    return type(value) is int and not LEAST_WHOLE <= value <= MOST_WHOLE


def number(text: str) -> int | Decimal:
    """Parse a number with every digit; a percent sign is dropped.

    Raises:
        ValueError: If the text is not a number, or one that no loader can hold.

    """
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError(f"not a number: {text[:40]!r}")
    digits = match[1]
    try:
        return int(digits) if digits.lstrip("+-").isdigit() else DECIMALS.create_decimal(digits)
    except ArithmeticError as error:
        raise ValueError(f"not a number that can be held: {text[:40]!r}") from error
