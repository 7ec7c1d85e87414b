"""What the shop knows at any time: its papers, its stock, and the day that it is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from demo.shop.assortment import STYLES
from demo.shop.people import Customer, customers
from demo.shop.seasons import demand, orders_on
from demo.shop.stockroom import Stockroom

if TYPE_CHECKING:
    import random

    from demo.shop.goods import Variant
    from demo.shop.supply import Count, Purchase, Transfer
    from demo.shop.trade import Order

UNITS_PER_ORDER = 5.0
"""Units of variants in an order, on average."""
_CUSTOMERS_PER_ORDER, _FEWEST_CUSTOMERS = 8, 30


@dataclass
class Day:
    """One day: its date, its luck, and a clock that only moves on."""

    date: dt.date
    luck: random.Random
    _clock: dt.datetime = field(init=False)

    def __post_init__(self) -> None:
        """Start before anybody is there."""
        self._clock = dt.datetime.combine(self.date, dt.time(0, 30))

    def reach(self, hour: int) -> None:
        """Move on to an hour, unless it is later already."""
        self._clock = max(self._clock, dt.datetime.combine(self.date, dt.time(hour)))

    def now(self) -> dt.datetime:
        """Return the time, some seconds later at each call."""
        self._clock += dt.timedelta(seconds=self.luck.randrange(1, 40))
        return self._clock

    def chance(self, share: float) -> bool:
        """Draw with a chance of success."""
        return self.luck.random() < share

    def in_days(self, first: int, last: int) -> dt.date:
        """Return a day some days from now."""
        return self.date + dt.timedelta(days=self.luck.randint(first, last))


class Books:
    """All papers, the stock, and the numbers given out."""

    def __init__(self, seed: int, start: dt.date, orders_per_day: float) -> None:
        """Start empty.

        Args:
            seed: What luck comes from.
            start: First day of trade.
            orders_per_day: Orders of an ordinary day at the start.

        """
        self.seed = seed
        self.start = start
        self.per_day = orders_per_day
        known = max(_FEWEST_CUSTOMERS, round(orders_per_day * _CUSTOMERS_PER_ORDER))
        self.customers: tuple[Customer, ...] = customers(seed, known)
        self.stock = Stockroom()
        self.orders: list[Order] = []
        self.purchases: list[Purchase] = []
        self.transfers: list[Transfer] = []
        self.counts: list[Count] = []
        self._numbers: dict[str, count[int]] = {}

    def number(self, kind: str) -> int:
        """Return the next number of a kind of paper, from 1."""
        return next(self._numbers.setdefault(kind, count(1)))

    def daily(self, item: Variant, day: dt.date) -> float:
        """Return how many units of a variant go in a day, about."""
        units = orders_on(day, self.start, self.per_day) * UNITS_PER_ORDER
        return units * item.appeal * demand(item.season, day) / len(STYLES)
