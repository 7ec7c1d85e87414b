"""The papers of supply: purchases, transfers between places, and counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from demo.shop.money import Amount, added, cents, taxed
from demo.shop.stockroom import worth
from demo.shop.trade import ZERO, State

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal

    from demo.shop.goods import Variant
    from demo.shop.people import Place, Supplier
    from demo.shop.stockroom import Goods


@dataclass
class Receipt:
    """Goods of a purchase that arrived together."""

    at: datetime
    goods: dict[int, list[Goods]]

    @property
    def value(self) -> Decimal:
        """What they cost."""
        return sum((worth(one, ZERO) for one in self.goods.values()), ZERO)


@dataclass
class Wanted:
    """One line of a purchase: price in the supplier's currency, without tax."""

    item: Variant
    quantity: int
    price: Decimal
    received: int = 0


@dataclass
class Purchase:
    """A purchase from the order to the payment."""

    number: int
    created: datetime
    supplier: Supplier
    place: Place
    rate: Decimal
    lines: list[Wanted]
    state: State
    expected: date
    changed: datetime
    receipts: list[Receipt] = field(default_factory=list)
    invoice_day: date | None = None
    invoiced: datetime | None = None
    pay_day: date | None = None
    paid: datetime | None = None

    @property
    def is_received(self) -> bool:
        """Whether everything arrived."""
        return all(line.received == line.quantity for line in self.lines)

    @property
    def amount(self) -> Amount:
        """What it costs, in the supplier's currency, taxed by the line."""
        return added(
            taxed(cents(one.price * one.quantity), self.supplier.tax, included=False)
            for one in self.lines
        )


@dataclass
class Transfer:
    """Goods on their way from one place to another."""

    number: int
    created: datetime
    source: Place
    target: Place
    goods: list[Goods]
    due: date
    changed: datetime
    received: datetime | None = None


@dataclass(frozen=True)
class Counted:
    """Goods of one kind at one spot, as the books had them and as they were found.

    Attributes:
        item: What it is.
        bin: The bin; empty where there are none.
        batch: The batch; empty for goods that are not kept by batch.
        expiry: When the batch expires.
        before: Units by the books.
        after: Units found.
        value: What the difference is worth, with minus where it is missing.

    """

    item: Variant
    bin: str
    batch: str
    expiry: date | None
    before: int
    after: int
    value: Decimal = ZERO

    @property
    def units(self) -> int:
        """What was added, or with minus taken away."""
        return self.after - self.before


@dataclass
class Count:
    """Stock that was counted or put right: ``Opening stock``, ``Damaged`` or ``Stocktake``."""

    number: int
    at: datetime
    place: Place
    reason: str
    lines: list[Counted]

    @property
    def corrections(self) -> list[Counted]:
        """Lines where the books were wrong."""
        return [one for one in self.lines if one.units]
