"""The shop at work, a day at a time.

A day's luck depends on the seed and the day alone, and no day looks ahead: a shop that works on
to a later day has the same past, so the days between are what changed.
"""

from __future__ import annotations

import random
from datetime import date, timedelta

from demo.shop.books import Books, Day
from demo.shop.purchasing import Buying
from demo.shop.seasons import is_workday
from demo.shop.selling import Selling
from demo.shop.storing import Storing


def work(seed: int, start: date, until: date, orders_per_day: float) -> Books:
    """Return the books of a shop after its last day.

    Args:
        seed: What luck comes from.
        start: First day of trade.
        until: Last day of trade.
        orders_per_day: Orders of an ordinary day at the start.

    """
    books = Books(seed, start, orders_per_day)
    selling, buying, storing = Selling(books), Buying(books), Storing(books)
    today = start
    while today <= until:
        day = Day(today, random.Random(f"{seed}:{today}"))
        if today == start:
            storing.open(day)
        _work(day, selling, buying, storing)
        today += timedelta(days=1)
    return books


def _work(day: Day, selling: Selling, buying: Buying, storing: Storing) -> None:
    open_today = is_workday(day.date)
    day.reach(7)
    if open_today:
        buying.receive(day)
        storing.arrive(day)
        storing.send(day)
    day.reach(9)
    selling.decide(day)
    selling.order(day)
    day.reach(16)
    if open_today:
        selling.ship(day)
        selling.invoice(day)
        buying.invoice(day)
    selling.collect(day)
    if open_today:
        selling.take_back(day)
        buying.pay(day)
        storing.check(day)
        buying.order(day)
