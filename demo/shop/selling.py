"""Sales, from the order to the payment and back."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from demo.shop.goods import Item, everything
from demo.shop.money import cents, rate_of
from demo.shop.people import ABROAD, MAIN, STORE
from demo.shop.seasons import demand, is_workday, orders_on
from demo.shop.stockroom import worth
from demo.shop.trade import ZERO, Credit, Line, Order, Shipment, State

if TYPE_CHECKING:
    from demo.shop.books import Books, Day
    from demo.shop.people import Customer, Place

_DRAFTS, _APPROVED, _CANCELLED = 0.3, 0.12, 0.02
_LATE, _PART_PAID, _REISSUED, _RETURNED = 0.18, 0.06, 0.03, 0.045
_WAIT_DAYS = 3
_WEDNESDAY = 2
_FROM, _TO = 5, 20
"""Days after its last change in which an order may come back."""
_PROMO, _CLEARANCE = 10, 15
_FREIGHT = Decimal("9.50")


@dataclass
class Selling:
    """Sells, ships, invoices, collects, and takes back."""

    books: Books
    _live: list[Order] = field(default_factory=list, init=False)

    def order(self, day: Day) -> None:
        """Take the day's orders."""
        expected = orders_on(day.date, self.books.start, self.books.per_day)
        for _ in range(_whole(expected, day)):
            customer = self._customer(day)
            if customer is not None:
                order = self._order(customer, day)
                self.books.orders.append(order)
                self._live.append(order)

    def decide(self, day: Day) -> None:
        """Approve drafts, void what customers cancel, and on Wednesdays give one draft up."""
        self._live = [one for one in self._live if not _is_settled(one, day.date)]
        for order in self._live:
            is_new = order.created.date() == day.date
            if order.state is State.DRAFT and not is_new and day.chance(_APPROVED):
                order.state, order.changed = State.OPEN, day.now()
            elif order.state is State.OPEN and not order.shipments and day.chance(_CANCELLED):
                self._void(order, day)
        drafts = [one for one in self._live if one.state is State.DRAFT]
        if drafts and day.date.weekday() == _WEDNESDAY:
            self._void(drafts[0], day)

    def ship(self, day: Day) -> None:
        """Send what is on the shelf: all of an order, or a part when it waited."""
        for order in self._live:
            if order.state is not State.OPEN or order.is_shipped or order.ship_by > day.date:
                continue
            units = self._available(order)
            waited = (day.date - order.ship_by).days >= _WAIT_DAYS
            whole = sum(units.values()) == sum(one.quantity - one.shipped for one in order.lines)
            if units and (whole or waited):
                order.shipments.append(self._ship(order, units, day))
                order.changed = day.now()

    def invoice(self, day: Day) -> None:
        """Invoice shipments: at once in retail, else on the next workday."""
        for order in self._live:
            for shipment in order.shipments:
                if shipment.invoiced is not None:
                    continue
                if order.customer.is_retail or shipment.at.date() < day.date:
                    shipment.invoiced = order.changed = day.now()
                    if not order.customer.is_retail and day.chance(_REISSUED):
                        shipment.void_number = shipment.number
                        shipment.number = self.books.number("invoice")
                    if order.invoiced is not None:
                        order.state = State.DONE
                        order.plan = _plan(order, day)

    def collect(self, day: Day) -> None:
        """Take the payments that come in today."""
        for order in self._live:
            while order.plan and order.plan[0][0] <= day.date:
                _, share = order.plan.pop(0)
                order.changed = day.now()
                order.paid.append((order.changed, share))

    def take_back(self, day: Day) -> None:
        """Credit goods that come back, and refund private customers on the next day."""
        for order in self._live:
            for credit in order.credits:
                due = credit.at.date() < day.date
                if due and credit.refunded is None and order.customer.is_retail:
                    credit.refunded = order.changed = day.now()
            age = (day.date - order.changed.date()).days
            may_return = order.state is State.DONE and not order.credits
            # The chance of a day, so that the share of a fortnight comes out.
            if may_return and _FROM <= age <= _TO and day.chance(_RETURNED / (_TO - _FROM)):
                self._credit(order, day)

    def _customer(self, day: Day) -> Customer | None:
        everybody = self.books.customers
        found = day.luck.choices(everybody, [one.weight for one in everybody])[0]
        return found if found.is_retail or is_workday(day.date) else None

    def _order(self, customer: Customer, day: Day) -> Order:
        retail = customer.is_retail
        promo = _PROMO if retail and day.chance(0.12) else 0
        goods = everything()
        weights = [one.appeal * demand(one.season, day.date) for one in goods]
        chosen = dict.fromkeys(day.luck.choices(goods, weights, k=day.luck.choice((1, 1, 2, 3))))
        created = day.now()
        free = promo or not retail or day.chance(0.3)
        return Order(
            number=self.books.number("order"),
            created=created,
            customer=customer,
            place=_place(customer, day),
            channel=("Web" if day.chance(0.7) else "Store") if retail else "B2B",
            rate=rate_of(customer.currency, day.date),
            lines=[_line(item, customer, promo, day) for item in chosen],
            promo=promo,
            freight=ZERO if free else _FREIGHT,
            state=State.DRAFT if not retail and day.chance(_DRAFTS) else State.OPEN,
            ship_by=day.date if retail else day.in_days(0, 3),
            changed=created,
        )

    def _void(self, order: Order, day: Day) -> None:
        order.proforma = order.state is State.OPEN and not order.customer.is_retail
        order.state, order.changed = State.VOID, day.now()

    def _available(self, order: Order) -> dict[int, int]:
        """Return the units of each line that can be sent, never one piece to two lines."""
        left: dict[int, int] = {}
        units: dict[int, int] = {}
        for position, line in enumerate(order.lines):
            count = line.quantity - line.shipped
            for item, each in line.item.components:
                if item.number not in left:
                    left[item.number] = self.books.stock.count(order.place, item)
                count = min(count, left[item.number] // each)
            for item, each in line.item.components:
                left[item.number] -= count * each
            if count:
                units[position] = count
        return units

    def _ship(self, order: Order, units: dict[int, int], day: Day) -> Shipment:
        goods = {}
        for position, count in units.items():
            line = order.lines[position]
            line.shipped += count
            goods[position] = [
                one
                for item, each in line.item.components
                for one in self.books.stock.take(order.place, item, count * each)
            ]
        return Shipment(day.now(), units, goods, self.books.number("invoice"))

    def _credit(self, order: Order, day: Day) -> None:
        shipment = day.luck.choice(order.shipments)
        position = day.luck.choice(list(shipment.units))
        if len(order.lines[position].item.components) > 1:
            return
        sent = shipment.goods[position]
        count = day.luck.randint(1, max(1, shipment.units[position] // 2))
        # What comes back is worth what it had cost on average.
        cost = cents(worth(sent, ZERO) * count / sum(one.quantity for one in sent))
        first = sent[0]
        back = type(first)(
            first.item, first.place, first.bin, first.batch, first.expiry, count, cost
        )
        restocked = [back] if day.chance(0.8) else []
        for one in restocked:
            self.books.stock.put(one)
        order.changed = day.now()
        number = self.books.number("credit")
        order.credits.append(Credit(number, order.changed, position, count, restocked, cost))


def _is_settled(order: Order, day: date) -> bool:
    """Tell whether nothing will happen to an order any more."""
    if order.state is State.VOID:
        return True
    quiet = (day - order.changed.date()).days > _TO
    return order.state is State.DONE and not order.plan and quiet


def _line(item: Item, customer: Customer, promo: int, day: Day) -> Line:
    if customer.is_retail:
        discount = _CLEARANCE if not promo and day.chance(0.08) else 0
        return Line(item, day.luck.choice((1, 1, 1, 2)), item.prices.retail, discount)
    price = item.prices.export if customer.tier == "Export" else item.prices.wholesale
    return Line(item, day.luck.choice((1, 2, 3, 4, 6)), price, 5 if day.chance(0.15) else 0)


def _place(customer: Customer, day: Day) -> Place:
    if customer.tier == "Export":
        return ABROAD
    return STORE if customer.is_retail and day.chance(0.4) else MAIN


def _plan(order: Order, day: Day) -> list[tuple[date, int]]:
    """Return when the customer pays: at once, at the end of the terms, late, or in parts."""
    if order.customer.is_retail:
        return [(day.date, 100)]
    due = day.date + timedelta(days=order.customer.days)
    if day.chance(_PART_PAID):
        return [(due, 40), (due + timedelta(days=60), 60)]
    if day.chance(_LATE):
        return [(due + timedelta(days=day.luck.randint(10, 75)), 100)]
    return [(due - timedelta(days=day.luck.randint(0, 5)), 100)]


def _whole(expected: float, day: Day) -> int:
    """Return a whole number around an expected one."""
    return math.floor(expected * day.luck.uniform(0.6, 1.4) + day.luck.random())
