"""What is promised, ordered and on its way, and when each item moved last: by place and SKU."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from demo.shop.trade import State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from demo.shop.books import Books
    from demo.shop.stockroom import Goods

Key: TypeAlias = tuple[int, str]
"""Number of a place, and a SKU."""


def promised(books: Books) -> Counter[Key]:
    """Return the units that approved orders still wait for, those of kits by component."""
    found = Counter[Key]()
    for order in books.orders:
        if order.state is State.OPEN:
            for one in order.lines:
                for item, each in one.item.components:
                    found[order.place.number, item.sku] += (one.quantity - one.shipped) * each
    return found


def ordered(books: Books) -> Counter[Key]:
    """Return the units that suppliers still have to send."""
    found = Counter[Key]()
    for purchase in books.purchases:
        if purchase.state is State.OPEN:
            for one in purchase.lines:
                found[purchase.place.number, one.item.sku] += one.quantity - one.received
    return found


def under_way(books: Books) -> Counter[Key]:
    """Return the units on their way from another place."""
    found = Counter[Key]()
    for transfer in books.transfers:
        if transfer.received is None:
            for goods in transfer.goods:
                found[transfer.target.number, goods.item.sku] += goods.quantity
    return found


def last_moves(books: Books) -> dict[Key, datetime]:
    """Return when each item moved last at each place."""
    found: dict[Key, datetime] = {}
    for place, sku, at in _moves(books):
        found[place, sku] = max(at, found.get((place, sku), at))
    return found


def last_changes(books: Books) -> dict[str, datetime]:
    """Return when what there is of each item, or what is free to sell, changed last, by SKU."""
    found: dict[str, datetime] = {}
    for _, sku, at in chain(_moves(books), _promises(books)):
        found[sku] = max(at, found.get(sku, at))
    return found


def _promises(books: Books) -> Iterator[tuple[int, str, datetime]]:
    for order in books.orders:
        # An order that never left was approved or voided last.
        at = order.created if order.shipments else order.changed
        for line in order.lines:
            for item, _ in line.item.components:
                yield order.place.number, item.sku, at


def _moves(books: Books) -> Iterator[tuple[int, str, datetime]]:
    for at, goods in chain(_sold(books), _bought(books), _sent(books)):
        yield from ((one.place.number, one.item.sku, at) for one in goods)
    for count in books.counts:
        for line in count.corrections:
            yield count.place.number, line.item.sku, count.at


def _sold(books: Books) -> Iterator[tuple[datetime, list[Goods]]]:
    for order in books.orders:
        for shipment in order.shipments:
            yield from ((shipment.at, goods) for goods in shipment.goods.values())
        yield from ((credit.at, credit.goods) for credit in order.credits)


def _bought(books: Books) -> Iterator[tuple[datetime, list[Goods]]]:
    for purchase in books.purchases:
        for receipt in purchase.receipts:
            yield from ((receipt.at, goods) for goods in receipt.goods.values())


def _sent(books: Books) -> Iterator[tuple[datetime, list[Goods]]]:
    for transfer in books.transfers:
        yield transfer.created, transfer.goods
        if transfer.received is not None:
            yield transfer.received, [one.moved(transfer.target) for one in transfer.goods]
