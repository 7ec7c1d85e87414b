"""A small shop over a year, as Cin7 Omni and as Cin7 Core would keep it.

``business`` works a day at a time and fills the ``books``; ``omni`` and ``core`` write the same
papers down in the fields of either product, so that each agrees with itself. ``totals`` computes
from those rows what reports should say, ``edits`` lets some days go by, and ``serve`` puts the
shop behind the stand-in's servers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from demo.shop import core as core_rows
from demo.shop import omni as omni_rows
from demo.shop.business import work
from demo.shop.core import CoreShop
from sandbox.entry import Row

if TYPE_CHECKING:
    from demo.shop.books import Books

__all__ = ["CoreShop", "Row", "Shop"]

_DAYS_PER_MONTH = 30.4375


@dataclass(frozen=True)
class Shop:
    """A shop up to a day.

    Two shops with the same values hold the same rows; one of a later day that opened on the
    same day has the same past.

    Args:
        seed: What luck comes from.
        today: The last day of trade.
        months: How long the shop has been open.
        orders_per_day: Orders of an ordinary day at the start.
        start: First day of trade; by default it follows from ``months``.

    """

    today: date
    seed: int = 1
    months: int = 13
    orders_per_day: float = 3
    start: date | None = None

    @property
    def opened(self) -> date:
        """First day of trade."""
        return self.start or self.today - timedelta(days=round(self.months * _DAYS_PER_MONTH))

    @cached_property
    def books(self) -> Books:
        """All papers and the stock."""
        return work(self.seed, self.opened, self.today, self.orders_per_day)

    def omni(self) -> dict[str, list[Row]]:
        """Return the rows of Omni's streams."""
        return omni_rows.rows(self.books)

    def core(self) -> CoreShop:
        """Return Core's lists and documents."""
        return core_rows.shop(self.books, self.today)

    def on(self, day: date) -> Shop:
        """Return the same shop as it is on another day."""
        return replace(self, today=day, start=self.opened)
