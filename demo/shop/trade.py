"""The papers of sales, as either product keeps them.

Each paper knows the instant of its last change (``changed``), which no date in it passes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING

from demo.shop.money import Amount, added, cents, percent, taxed
from demo.shop.stockroom import worth

if TYPE_CHECKING:
    from datetime import date, datetime

    from demo.shop.goods import Item
    from demo.shop.people import Customer, Place
    from demo.shop.stockroom import Goods


ZERO = Decimal(0)


class State(Enum):
    """How far a paper is."""

    DRAFT = "draft"
    OPEN = "open"
    DONE = "done"
    VOID = "void"


@dataclass
class Line:
    """One item of an order.

    Attributes:
        item: What is sold.
        quantity: Units ordered.
        price: Price of one in the order's currency, before discounts.
        discount: Percent off this line.
        shipped: Units that left.

    """

    item: Item
    quantity: int
    price: Decimal
    discount: int = 0
    shipped: int = 0

    def total(self, quantity: int, promo: int = 0) -> Decimal:
        """Return the price of some units after the discounts, in the order's prices."""
        gross = self.price * quantity
        return gross - cents(gross * percent(self.discount + promo))


@dataclass
class Shipment:
    """What left on one day: units by line, the goods themselves, and the invoice for them.

    Attributes:
        at: When it left.
        units: Units by position of the line.
        goods: The goods by position of the line, components for a kit.
        number: Number of the invoice.
        invoiced: When the invoice was made; None while it is a draft.
        void_number: Number of an invoice that was voided and made again as ``number``.

    """

    at: datetime
    units: dict[int, int]
    goods: dict[int, list[Goods]]
    number: int
    invoiced: datetime | None = None
    void_number: int = 0

    @property
    def cost(self) -> Decimal:
        """What the goods cost."""
        return sum((worth(one, ZERO) for one in self.goods.values()), ZERO)


@dataclass
class Credit:
    """Goods that came back.

    Attributes:
        number: Number of the credit note.
        at: When it was made.
        position: Line of the order.
        quantity: Units that came back.
        goods: What was put back on the shelf; nothing for what is broken.
        cost: What the goods had cost.
        refunded: When the money went back; None where it stays on account.

    """

    number: int
    at: datetime
    position: int
    quantity: int
    goods: list[Goods]
    cost: Decimal
    refunded: datetime | None = None


@dataclass
class Order:
    """A sale from the order to the payment.

    Attributes:
        number: From 1.
        created: When it came in.
        customer: Who buys.
        place: Where the goods leave.
        channel: ``Web``, ``Store`` or ``B2B``.
        rate: Base currency for one unit of the customer's.
        lines: What is bought.
        promo: Percent off the whole order.
        freight: Freight, in the order's prices.
        state: How far it is.
        ship_by: Day promised.
        changed: Last change.
        plan: Percent of the total to be paid on what day.
        proforma: Whether a voided order had its invoice beforehand.

    """

    number: int
    created: datetime
    customer: Customer
    place: Place
    channel: str
    rate: Decimal
    lines: list[Line]
    promo: int
    freight: Decimal
    state: State
    ship_by: date
    changed: datetime
    shipments: list[Shipment] = field(default_factory=list)
    credits: list[Credit] = field(default_factory=list)
    plan: list[tuple[date, int]] = field(default_factory=list)
    paid: list[tuple[datetime, int]] = field(default_factory=list)
    proforma: bool = False

    @property
    def is_shipped(self) -> bool:
        """Whether everything left."""
        return all(line.shipped == line.quantity for line in self.lines)

    @property
    def invoiced(self) -> datetime | None:
        """When the last invoice was made; None before everything is invoiced."""
        dates = [one.invoiced for one in self.shipments]
        if not self.is_shipped or None in dates:
            return None
        return max(one for one in dates if one is not None)

    def taxed(self, total: Decimal) -> Amount:
        """Return an amount of this order with its tax."""
        return taxed(total, self.customer.tax, included=self.customer.is_retail)

    def invoice(self, units: dict[int, int], *, freight: bool) -> Amount:
        """Return the sum of an invoice for some units, taxed by the line."""
        amounts = [
            self.taxed(self.lines[position].total(count, self.promo))
            for position, count in units.items()
        ]
        if freight and self.freight:
            amounts.append(self.taxed(self.freight))
        return added(amounts)

    @property
    def units(self) -> dict[int, int]:
        """All units that are ordered, by position of the line."""
        return {position: line.quantity for position, line in enumerate(self.lines)}
