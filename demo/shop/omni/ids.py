"""Ids of Omni's rows, and how its dates are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.shop.assortment import CATEGORIES, STYLES
from demo.shop.goods import Item, Kit, Variant

if TYPE_CHECKING:
    from datetime import date, datetime

    from demo.shop.people import Customer, Place, Supplier, User
    from sandbox.entry import Row


ORDERS, QUOTES, CREDITS, PURCHASES = 50_000, 30_000, 80_000, 70_000
ADJUSTMENTS, TRANSFERS, PAYMENTS = 60_000, 65_000, 90_000
LINES_PER_DOCUMENT = 100
SIZES = ("S", "M", "L", "XL")
RANGES = tuple(dict.fromkeys(words.sizes for words in STYLES if words.sizes))
_KIT_PRODUCTS, _KIT_OPTIONS = 2_901, 4_901


def instant(moment: datetime | None) -> str | None:
    """Return an instant as Omni writes it."""
    return None if moment is None else f"{moment.isoformat()}Z"


def midnight(day: date | None) -> str | None:
    """Return the start of a day."""
    return None if day is None else f"{day.isoformat()}T00:00:00Z"


def user_id(user: User) -> int:
    """Return the id of a user."""
    return 11 + user.number


def branch_id(place: Place) -> int:
    """Return the id of a branch."""
    return 3 + place.number


def customer_id(customer: Customer) -> int:
    """Return the contact id of a customer."""
    return 1_001 + customer.number


def supplier_id(supplier: Supplier) -> int:
    """Return the contact id of a supplier."""
    return 9_001 + supplier.number


def category_id(name: str) -> int:
    """Return the id of a category; 0 is the root."""
    return 101 + CATEGORIES.index(name)


def product_id(item: Item) -> int:
    """Return the product of an item: its style, or the kit."""
    return _KIT_PRODUCTS + item.number if isinstance(item, Kit) else 2_001 + item.style


def option_id(item: Item) -> int:
    """Return the option of an item: its colour, whatever its size."""
    if isinstance(item, Kit):
        return _KIT_OPTIONS + item.number
    return 4_001 + 10 * item.style + item.words.colours.index(item.colour)


def size_of(item: Item) -> str:
    """Return the label of the size; empty without sizes."""
    return item.size if isinstance(item, Variant) else ""


def size_id(item: Item) -> int:
    """Return the id of the size; 0 without sizes."""
    return SIZES.index(size_of(item)) + 1 if size_of(item) else 0


def colour_of(item: Item) -> str:
    """Return the first option."""
    return item.colour if isinstance(item, Variant) else ""


def name_of(item: Item) -> str:
    """Return the name of the product, without option and size."""
    return item.words.name if isinstance(item, Variant) else item.name


def style_code(item: Item) -> str:
    """Return the style code of the product."""
    return item.words.code if isinstance(item, Variant) else item.sku


def naming(item: Item) -> Row:
    """Return how any row of a document names an item."""
    return {
        "productId": product_id(item),
        "productOptionId": option_id(item),
        "code": item.sku,
        "name": name_of(item),
        "option1": colour_of(item),
        "option2": "",
        "option3": "",
    }


def sizes(item: Item, quantity: int) -> list[Row]:
    """Return the sizes of a line; nothing without sizes."""
    size = size_of(item)
    if not size:
        return []
    return [{"name": size, "code": item.sku, "barcode": item.barcode, "qty": quantity}]
