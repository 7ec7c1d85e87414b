"""Purchases: ordered by the week, received, invoiced, paid."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from demo.shop.goods import Variant, variants
from demo.shop.money import cents, rate_of
from demo.shop.people import MAIN, PLACES, Supplier, suppliers
from demo.shop.stockroom import fresh
from demo.shop.supply import Purchase, Receipt, Wanted
from demo.shop.trade import State

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from demo.shop.books import Books, Day

_MONDAY = 0
_SHORT, _VOID, _COVER_DAYS, _PRICE_RISE_DAYS = 0.12, 0.03, 28, 240
_PACK = 6


@dataclass
class Buying:
    """Buys."""

    books: Books

    def order(self, day: Day) -> None:
        """Order what runs low, on Mondays, one purchase a supplier."""
        if day.date.weekday() != _MONDAY:
            return
        coming = Counter[int]()
        for one in self.books.purchases:
            if one.state is State.OPEN:
                coming.update(
                    {wanted.item.number: wanted.quantity - wanted.received for wanted in one.lines}
                )
        for transfer in self.books.transfers:
            if transfer.received is None:
                coming.update({goods.item.number: goods.quantity for goods in transfer.goods})
        for supplier in suppliers():
            lines = [
                Wanted(item, quantity, self._price(item, supplier, day.date))
                for item in variants()
                if item.words.supplier == supplier.number
                for quantity in (self._needed(item, supplier, coming[item.number], day.date),)
                if quantity
            ]
            if lines:
                self.books.purchases.append(self._purchase(supplier, lines, day))

    def receive(self, day: Day) -> None:
        """Put what arrives on the shelf: all of it, or a part and the rest a week later."""
        for purchase in self.books.purchases:
            if purchase.state is not State.OPEN or purchase.expected > day.date:
                continue
            first = not purchase.receipts
            if first and day.chance(_VOID):
                purchase.state, purchase.changed = State.VOID, day.now()
                continue
            short = first and day.chance(_SHORT)
            goods = {}
            for position, line in enumerate(purchase.lines):
                count = line.quantity - line.received
                count = count // 2 if short else count
                if not count:
                    continue
                line.received += count
                value = cents(line.price * count * purchase.rate)
                came = fresh(line.item, purchase.place, count, value, day.date)
                self.books.stock.put(came)
                goods[position] = [came]
            purchase.changed = day.now()
            purchase.receipts.append(Receipt(purchase.changed, goods))
            purchase.expected = day.date + timedelta(days=7)
            if purchase.is_received:
                purchase.state = State.DONE
                purchase.invoice_day = day.in_days(0, 3)

    def invoice(self, day: Day) -> None:
        """Enter the suppliers' invoices for what arrived in full."""
        for purchase in self.books.purchases:
            due = purchase.invoice_day is not None and purchase.invoice_day <= day.date
            if due and purchase.invoiced is None:
                purchase.invoiced = purchase.changed = day.now()
                late = 14 if day.chance(0.1) else 0
                purchase.pay_day = day.date + timedelta(days=purchase.supplier.days + late - 2)

    def pay(self, day: Day) -> None:
        """Pay invoices that are due."""
        for purchase in self.books.purchases:
            due = purchase.pay_day is not None and purchase.pay_day <= day.date
            if due and purchase.paid is None:
                purchase.paid = purchase.changed = day.now()

    def _needed(self, item: Variant, supplier: Supplier, coming: int, day: date) -> int:
        here = sum(self.books.stock.count(place, item) for place in PLACES) + coming
        arrival = day + timedelta(days=supplier.lead_days + _COVER_DAYS // 2)
        target = self.books.daily(item, arrival) * (supplier.lead_days + _COVER_DAYS) + _PACK
        packs = -(-round(target - here) // _PACK)
        return packs * _PACK if target - here >= _PACK else 0

    def _price(self, item: Variant, supplier: Supplier, day: date) -> Decimal:
        cost = cents(item.cost / rate_of(supplier.currency, self.books.start))
        risen = (day - self.books.start).days > _PRICE_RISE_DAYS
        return cents(cost * 102 / 100) if risen else cost

    def _purchase(self, supplier: Supplier, lines: list[Wanted], day: Day) -> Purchase:
        created = day.now()
        return Purchase(
            number=self.books.number("purchase"),
            created=created,
            supplier=supplier,
            place=MAIN,
            rate=rate_of(supplier.currency, day.date),
            lines=lines,
            state=State.OPEN,
            expected=day.in_days(supplier.lead_days - 2, supplier.lead_days + 4),
            changed=created,
        )
