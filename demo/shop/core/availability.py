"""What Core says is available: a row for each product, location, bin and batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.shop.core.ids import day_of, product_id
from demo.shop.goods import variants
from demo.shop.levels import ordered, promised, under_way
from demo.shop.people import PLACES
from demo.shop.trade import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.shop.books import Books
    from demo.shop.goods import Item
    from demo.shop.people import Place
    from demo.shop.stockroom import Goods
    from sandbox.entry import Row


def availability(books: Books) -> Iterator[Row]:
    """Return a row for each product, location, bin and batch that there is anything of.

    What is promised and what is coming is told once a product and location, on the first row.
    """
    allocated, wanted, sent_here = promised(books), ordered(books), under_way(books)
    for place in PLACES:
        spots: dict[str, list[tuple[Goods, int]]] = {}
        for goods, units in books.stock.by_spot(place):
            spots.setdefault(goods.item.sku, []).append((goods, units))
        for item in variants():
            key = (place.number, item.sku)
            held, coming, sent = allocated[key], wanted[key], sent_here[key]
            for goods, units in spots.get(item.sku, []):
                yield _available(goods.item, place, goods, units) | {
                    "Allocated": held,
                    "Available": units - held,
                    "OnOrder": coming,
                    "StockOnHand": books.stock.worth_alike(goods),
                    "InTransit": sent,
                }
                held = coming = sent = 0
            if held or coming or sent:
                yield _available(item, place, None, 0) | {
                    "Allocated": held,
                    "Available": -held,
                    "OnOrder": coming,
                    "StockOnHand": ZERO,
                    "InTransit": sent,
                }


def _available(item: Item, place: Place, goods: Goods | None, units: int) -> Row:
    return {
        "ID": product_id(item),
        "SKU": item.sku,
        "Name": item.name,
        "Barcode": item.barcode,
        "Location": place.name,
        "Bin": goods.bin or None if goods else None,
        "Batch": goods.batch or None if goods else None,
        "ExpiryDate": day_of(goods.expiry) if goods else None,
        "OnHand": units,
        "NextDeliveryDate": None,
    }
