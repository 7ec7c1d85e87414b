"""Amounts: cents, tax in and on a price, and exchange rates.

What the sources say: a rate of Core is units of base currency for one unit of the document's
(documented); Omni's ``discount`` is an amount for the whole line and ``total`` holds the tax
(documented). Nobody says which way round Omni's ``currencyRate`` goes: the shop takes it as Core
does. Nobody says whether the ``Total`` of a line of Core holds the tax: here it does if the
prices do (``TaxCalculation`` is ``Inclusive``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

BASE, OTHER = "NZD", "AUD"
SYMBOLS = {BASE: "$", OTHER: "A$"}
_HUNDRED = Decimal(100)
_CENT = Decimal("0.01")
_FINE = Decimal("0.0001")


def cents(amount: Decimal) -> Decimal:
    """Return an amount in whole cents."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def fine(amount: Decimal) -> Decimal:
    """Return an amount per unit, with four digits."""
    return amount.quantize(_FINE, ROUND_HALF_UP)


def percent(share: int) -> Decimal:
    """Return a share given in percent as a number."""
    return Decimal(share) / _HUNDRED


def rate_of(currency: str, day: date) -> Decimal:
    """Return what one unit of a currency is worth in base currency on a day."""
    if currency == BASE:
        return Decimal(1)
    wave = math.sin(day.toordinal() / 41) + 0.4 * math.sin(day.toordinal() / 7)
    return fine(Decimal("1.08") + Decimal(round(wave * 200)) / 10_000)


@dataclass(frozen=True)
class Amount:
    """An amount of a document and the tax that belongs to it.

    Attributes:
        total: As the document's prices are: with the tax where they include it.
        tax: The tax in it or on it.
        net: Without tax.
        gross: With tax.

    """

    total: Decimal
    tax: Decimal
    net: Decimal
    gross: Decimal


def taxed(total: Decimal, tax_percent: int, *, included: bool) -> Amount:
    """Return an amount with its tax."""
    if included:
        tax = cents(total * tax_percent / (100 + tax_percent))
        return Amount(total, tax, total - tax, total)
    tax = cents(total * tax_percent / 100)
    return Amount(total, tax, total, total + tax)


def added(amounts: Iterable[Amount]) -> Amount:
    """Return the sum of amounts."""
    zero = Decimal(0)
    total, tax, net, gross = zero, zero, zero, zero
    for one in amounts:
        total, tax = total + one.total, tax + one.tax
        net, gross = net + one.net, gross + one.gross
    return Amount(total, tax, net, gross)


def parts(whole: Decimal, shares: Iterable[int]) -> list[Decimal]:
    """Return an amount in parts by percent; parts that are all of it add up to it exactly."""
    found: list[Decimal] = []
    share = 0
    for one in shares:
        before = cents(whole * share / 100)
        share += one
        found.append(cents(whole * share / 100) - before)
    return found
