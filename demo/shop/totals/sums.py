"""What is summed up, and how: by month, by product."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from demo.shop.money import cents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


ZERO = Decimal(0)


@dataclass(frozen=True)
class Sold:
    """One line of sales, or with minus of a credit note.

    Attributes:
        month: Such as ``2026-01``.
        currency: Currency of the document.
        product: Name of the product.
        units: Units.
        net: Without tax, in the document's currency.
        base: The same in base currency.
        cost: What the goods cost, in base currency.

    """

    month: str
    currency: str
    product: str
    units: Decimal
    net: Decimal
    base: Decimal
    cost: Decimal


@dataclass(frozen=True)
class Month:
    """Sales of a month in one currency."""

    net: Decimal
    base: Decimal


@dataclass(frozen=True)
class Margin:
    """What a product earned, in base currency."""

    units: Decimal
    sales: Decimal
    cost: Decimal

    @property
    def percent(self) -> Decimal:
        """Share of the sales that is left."""
        return (100 * (self.sales - self.cost) / self.sales).quantize(Decimal("0.1"))


@dataclass(frozen=True)
class Held:
    """What lies at a place."""

    units: Decimal
    value: Decimal


def by_month(sold: Sequence[Sold]) -> dict[tuple[str, str], Month]:
    """Return sales by month and currency."""
    sums: defaultdict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for one in sold:
        pair = sums[one.month, one.currency]
        pair[0] += one.net
        pair[1] += one.base
    return {key: Month(cents(net), cents(base)) for key, (net, base) in sorted(sums.items())}


def by_product(sold: Sequence[Sold]) -> dict[str, Margin]:
    """Return the margin by product."""
    sums: defaultdict[str, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
    for one in sold:
        triple = sums[one.product]
        triple[0] += one.units
        triple[1] += one.base
        triple[2] += one.cost
    return {
        name: Margin(units, cents(sales), cents(cost))
        for name, (units, sales, cost) in sorted(sums.items())
    }


def still_open(owed: Mapping[Any, Decimal]) -> dict[Any, Decimal]:
    """Return what is not settled."""
    return {key: amount for key, amount in sorted(owed.items()) if amount}
