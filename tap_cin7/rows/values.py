"""Numbers with every digit, and which of them loaders can hold."""

from __future__ import annotations

import re
from decimal import (
    Clamped,
    Context,
    Decimal,
    Inexact,
    InvalidOperation,
    Overflow,
    Subnormal,
    Underflow,
)

_NUMBER = re.compile(r"\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*%?\s*", re.ASCII)
DECIMALS = Context(
    prec=1_000,
    Emin=-308,
    Emax=308,
    traps=[Overflow, Underflow, Subnormal, Clamped, Inexact, InvalidOperation],
)
"""Decimals that loaders can hold: in the range of a double, with up to 1,000 digits, exact.

Its ``create_decimal`` raises ``ArithmeticError`` for all others.
"""


def number(text: str) -> int | Decimal:
    """Return the number that a text stands for, with every digit; a percent sign is dropped.

    Raises:
        ValueError: If the text is not a number, or one that no loader can hold.

    """
    match = _NUMBER.fullmatch(text)
    if match is None:
        msg = f"not a number: {text[:40]!r}"
        raise ValueError(msg)
    digits = match[1]
    try:
        return int(digits) if digits.lstrip("+-").isdigit() else DECIMALS.create_decimal(digits)
    except ArithmeticError as error:
        msg = f"not a number that can be held: {text[:40]!r}"
        raise ValueError(msg) from error
