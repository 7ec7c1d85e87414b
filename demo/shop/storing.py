"""Stock that is not sold: what was there at first, transfers, damage, and stocktakes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from demo.shop.goods import Variant, variants
from demo.shop.money import cents
from demo.shop.people import ABROAD, MAIN, PLACES, STORE, Place
from demo.shop.stockroom import Goods, fresh
from demo.shop.supply import Count, Counted, Transfer
from demo.shop.trade import ZERO

if TYPE_CHECKING:
    from decimal import Decimal

    from demo.shop.books import Books, Day

OPENING, DAMAGED, STOCKTAKE = "Opening stock", "Damaged", "Stocktake"
_TUESDAY, _FRIDAY = 1, 4
_SHARES = {MAIN: 0.62, STORE: 0.16, ABROAD: 0.22}
"""What each place sells of all, about."""
_OPENING_DAYS, _COVER_DAYS, _FEWEST = 45, 21, 3
_LAST_DAYS = 7
_STEP = 3


@dataclass
class Storing:
    """Moves and counts."""

    books: Books

    def open(self, day: Day) -> None:
        """Count in what is there on the first day."""
        for place in PLACES:
            lines = []
            for item in variants():
                share = self.books.daily(item, day.date) * _SHARES[place]
                count = round(share * _OPENING_DAYS) + _FEWEST
                goods = fresh(item, place, count, item.cost * count, day.date)
                self.books.stock.put(goods)
                lines.append(_counted(goods, 0, count, goods.value))
            self._enter(place, OPENING, lines, day)

    def arrive(self, day: Day) -> None:
        """Put transfers that arrive on the shelf."""
        for transfer in self.books.transfers:
            if transfer.received is None and transfer.due <= day.date:
                for goods in transfer.goods:
                    self.books.stock.put(goods.moved(transfer.target))
                transfer.received = transfer.changed = day.now()

    def send(self, day: Day) -> None:
        """Send the other places on Tuesdays what they are short of."""
        if day.date.weekday() != _TUESDAY:
            return
        for target, days in ((STORE, 2), (ABROAD, 5)):
            under_way = Counter[int]()
            for one in self.books.transfers:
                if one.received is None and one.target is target:
                    under_way.update({goods.item.number: goods.quantity for goods in one.goods})
            goods = [
                one
                for item in variants()
                for one in self._short_of(item, target, under_way[item.number], day)
            ]
            if goods:
                created = day.now()
                due = day.date + timedelta(days=days)
                number = self.books.number("transfer")
                self.books.transfers.append(
                    Transfer(number, created, MAIN, target, goods, due, created)
                )

    def check(self, day: Day) -> None:
        """Write off what broke, and count one place at the end of each month."""
        if day.chance(0.12):
            self._write_off(day.luck.choice(PLACES), day)
        last_week = (day.date + timedelta(days=_LAST_DAYS)).month != day.date.month
        if last_week and day.date.weekday() == _FRIDAY:
            self._count(PLACES[day.date.month % len(PLACES)], day)

    def _short_of(self, item: Variant, target: Place, coming: int, day: Day) -> list[Goods]:
        wanted = self.books.daily(item, day.date) * _SHARES[target] * _COVER_DAYS + _FEWEST
        missing = round(wanted) - coming - self.books.stock.count(target, item)
        spare = self.books.stock.count(MAIN, item) - _FEWEST
        count = min(missing, spare)
        return self.books.stock.take(MAIN, item, count) if count >= _STEP else []

    def _write_off(self, place: Place, day: Day) -> None:
        item = day.luck.choice(variants())
        if self.books.stock.count(place, item):
            lost = self.books.stock.take(place, item, 1)[0]
            left = self.books.stock.alike(lost)
            self._enter(place, DAMAGED, [_counted(lost, left + 1, left, -lost.value)], day)

    def _count(self, place: Place, day: Day) -> None:
        lines = []
        for goods, units in self.books.stock.by_spot(place):
            if day.chance(0.05):
                lost = self.books.stock.take_alike(goods)
                lines.append(_counted(goods, units, units - 1, -lost.value))
            elif not goods.batch and day.chance(0.03):
                value = cents(goods.value / goods.quantity)
                extra = fresh(goods.item, place, 1, value, day.date)
                self.books.stock.put(extra)
                lines.append(_counted(goods, units, units + 1, value))
            else:
                lines.append(_counted(goods, units, units, ZERO))
        self._enter(place, STOCKTAKE, lines, day)

    def _enter(self, place: Place, reason: str, lines: list[Counted], day: Day) -> None:
        number = self.books.number("count")
        self.books.counts.append(Count(number, day.now(), place, reason, lines))


def _counted(goods: Goods, before: int, after: int, value: Decimal) -> Counted:
    return Counted(goods.item, goods.bin, goods.batch, goods.expiry, before, after, value)
