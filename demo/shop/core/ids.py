"""Core's ids, states and dates, and how its lines name a product."""

from __future__ import annotations

import uuid
from hashlib import blake2b
from typing import TYPE_CHECKING

from demo.shop.goods import Item, Kit

if TYPE_CHECKING:
    from datetime import date, datetime

    from demo.shop.people import Place
    from sandbox.entry import Row


VOIDED, AUTHORISED, DRAFT, NOT_AVAILABLE = "VOIDED", "AUTHORISED", "DRAFT", "NOT AVAILABLE"
PAID = "PAID"
NZ_SALE, AU_SALE = "GST on Income 15%", "GST on Income 10% (AU)"
NZ_PURCHASE, ZERO_RATED = "GST on Expenses 15%", "Zero rated"


def guid(*parts: object) -> str:
    """Return the id that belongs to some parts."""
    digest = blake2b(repr(("shop", *parts)).encode(), digest_size=16).digest()
    return str(uuid.UUID(bytes=digest, version=4))


def stamp(moment: datetime) -> str:
    """Return an instant as most lists write it."""
    return f"{moment.isoformat()}Z"


def day_of(moment: date | datetime | None) -> str | None:
    """Return a business date: a day without zone."""
    return None if moment is None else f"{moment:%Y-%m-%d}T00:00:00"


def product_id(item: Item) -> str:
    """Return the id of a product."""
    return guid("product", item.sku)


def location_id(place: Place, bin_name: str = "") -> str:
    """Return the id of a location, or of a bin in it."""
    return guid("location", place.name, bin_name)


def spot(place: Place, bin_name: str) -> Row:
    """Return how a line names where goods are: a bin is a location of its own."""
    name = f"{place.name}: {bin_name}" if bin_name else place.name
    return {"Location": name, "LocationID": location_id(place, bin_name)}


def grams(item: Item) -> int:
    """Return the weight of an item."""
    return sum(one.words.grams * count for one, count in item.components)


def measures(item: Item) -> Row:
    """Return the measures that every line with a product repeats."""
    return {
        "ProductLength": 0,
        "ProductWidth": 0,
        "ProductHeight": 0,
        "ProductWeight": grams(item),
        "WeightUnits": "g",
        "DimensionsUnits": "cm",
        **{f"ProductCustomField{number}": None for number in range(1, 11)},
    }


def product(item: Item) -> Row:
    """Return how a line names a product."""
    return {"ProductID": product_id(item), "SKU": item.sku, "Name": item.name, **measures(item)}


def is_kit(item: Item) -> bool:
    """Tell whether an item is assembled when it is sold."""
    return isinstance(item, Kit)
