"""What lies where: lots that come in at a cost and go out the oldest first.

A lot keeps its value to the cent and gives it away with its goods, so that what came in equals
what went out and what is left, in units and in money.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from demo.shop.money import cents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from demo.shop.goods import Variant
    from demo.shop.people import Place


@dataclass(frozen=True)
class Goods:
    """Some units of one variant that came together.

    Attributes:
        item: What it is.
        place: Where it is, or was.
        bin: The bin in that place; empty where there are none.
        batch: The batch; empty for goods that are not kept by batch.
        expiry: When the batch expires.
        quantity: Units.
        value: What all of them cost, in base currency.

    """

    item: Variant
    place: Place
    bin: str
    batch: str
    expiry: date | None
    quantity: int
    value: Decimal

    def moved(self, place: Place) -> Goods:
        """Return the same goods at another place."""
        return Goods(
            self.item,
            place,
            bin_of(place, self.item),
            self.batch,
            self.expiry,
            self.quantity,
            self.value,
        )


def bin_of(place: Place, item: Variant) -> str:
    """Return the bin where a variant is put."""
    return place.bins[item.style % len(place.bins)] if place.bins else ""


class Stockroom:
    """All places together."""

    def __init__(self) -> None:
        """Start empty."""
        self._lots: dict[tuple[int, int], list[Goods]] = {}

    def put(self, goods: Goods) -> None:
        """Put goods on the shelf."""
        self._lots.setdefault((goods.place.number, goods.item.number), []).append(goods)

    def take(self, place: Place, item: Variant, quantity: int) -> list[Goods]:
        """Take goods off the shelf, the oldest first.

        Raises:
            ValueError: There are not so many.

        """
        lots = self._lots.get((place.number, item.number), [])
        if quantity > sum(lot.quantity for lot in lots):
            raise ValueError(f"there are not {quantity} of {item.sku} at {place.name}")
        taken: list[Goods] = []
        while quantity:
            lot = lots.pop(0)
            count = min(quantity, lot.quantity)
            value = cents(lot.value * count / lot.quantity)
            taken.append(_share(lot, count, value))
            if count < lot.quantity:
                lots.insert(0, _share(lot, lot.quantity - count, lot.value - value))
            quantity -= count
        return taken

    def count(self, place: Place, item: Variant) -> int:
        """Return how many there are at a place."""
        return sum(lot.quantity for lot in self._lots.get((place.number, item.number), []))

    def by_spot(self, place: Place) -> list[tuple[Goods, int]]:
        """Return the goods at a place by item, bin and batch: the oldest, and units of all."""
        found: dict[tuple[object, ...], tuple[Goods, int]] = {}
        for lot in self:
            if lot.place is place:
                first, units = found.get(_spot(lot), (lot, 0))
                found[_spot(lot)] = first, units + lot.quantity
        return list(found.values())

    def alike(self, goods: Goods) -> int:
        """Return how many there are of the same item, place and batch."""
        return sum(lot.quantity for lot in self if _spot(lot) == _spot(goods))

    def worth_alike(self, goods: Goods) -> Decimal:
        """Return what all of the same item, place and batch cost."""
        return sum((lot.value for lot in self if _spot(lot) == _spot(goods)), Decimal(0))

    def take_alike(self, goods: Goods) -> Goods:
        """Take one of the same item, place and batch off the shelf."""
        lots = self._lots[goods.place.number, goods.item.number]
        position = next(at for at, lot in enumerate(lots) if _spot(lot) == _spot(goods))
        lot = lots.pop(position)
        value = cents(lot.value / lot.quantity)
        if lot.quantity > 1:
            lots.insert(position, _share(lot, lot.quantity - 1, lot.value - value))
        return _share(lot, 1, value)

    def __iter__(self) -> Iterator[Goods]:
        """Go over all goods on the shelves."""
        for key in sorted(self._lots):
            yield from self._lots[key]


def fresh(item: Variant, place: Place, quantity: int, value: Decimal, day: date) -> Goods:
    """Return goods that come in new, with a batch of their day where they are kept by batch."""
    keeps = item.words.keeps_days
    batch = f"{item.words.code}{day:%y%m%d}" if keeps else ""
    expiry = day + timedelta(days=keeps) if keeps else None
    return Goods(item, place, bin_of(place, item), batch, expiry, quantity, value)


def worth(goods: Iterable[Goods], zero: Decimal) -> Decimal:
    """Return what goods cost together."""
    return sum((one.value for one in goods), zero)


def _share(lot: Goods, quantity: int, value: Decimal) -> Goods:
    return Goods(lot.item, lot.place, lot.bin, lot.batch, lot.expiry, quantity, value)


def _spot(goods: Goods) -> tuple[object, ...]:
    return goods.item.number, goods.place.number, goods.bin, goods.batch
