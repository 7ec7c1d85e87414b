"""The shop as Omni keeps it."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from demo.shop.levels import last_changes
from demo.shop.omni import credit_notes, goods, orders, people, purchases, stock
from demo.shop.omni.goods import Held
from demo.shop.omni.ids import PAYMENTS
from demo.shop.omni.people import Owed
from demo.shop.trade import ZERO

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from demo.shop.books import Books
    from sandbox.entry import Row

__all__ = ["rows"]


def rows(books: Books) -> dict[str, list[Row]]:
    """Return the rows of Omni's streams, by stream."""
    credited = [(order, one) for order in books.orders for one in order.credits]
    levels = stock.stock(books)
    held = _held(books, levels)
    return {
        "users": people.users(),
        "branches": people.branches(books),
        "contacts": people.contacts(books, _owing(books)),
        "product_categories": goods.product_categories(),
        "size_ranges": goods.size_ranges(),
        "products": goods.products(books, held),
        "product_options": goods.product_options(books, held),
        "bom_masters": goods.bom_masters(books),
        "stock": levels,
        "quotes": orders.quotes(books.orders),
        "sales_orders": [orders.sales_order(one) for one in books.orders],
        "sales_orders_with_cartons": [orders.with_cartons(one) for one in books.orders],
        "credit_notes": [credit_notes.credit_note(order, one) for order, one in credited],
        "purchase_orders": [purchases.purchase_order(one) for one in books.purchases],
        "payments": _payments(books),
        "adjustments": [stock.adjustment(one) for one in books.counts],
        "branch_transfers": [stock.branch_transfer(one) for one in books.transfers],
    }


def _payments(books: Books) -> list[Row]:
    found = [row for order in books.orders for row in credit_notes.payments(order)]
    found += [row for purchase in books.purchases for row in purchases.purchase_payment(purchase)]
    found.sort(key=lambda row: (row["createdDate"], row["orderType"], row["orderId"]))
    return [{"id": PAYMENTS + number, **row} for number, row in enumerate(found, 1)]


def _owing(books: Books) -> dict[int, Owed]:
    amounts: defaultdict[int, Decimal] = defaultdict(lambda: ZERO)
    changed: dict[int, datetime] = {}
    for order in books.orders:
        key = order.customer.number
        if order.invoiced is not None:
            amounts[key] += credit_notes.owed(order)
            changed[key] = max(order.changed, changed.get(key, order.changed))
    return {
        one.number: Owed(amounts[one.number], changed.get(one.number)) for one in books.customers
    }


def _held(books: Books, levels: list[Row]) -> dict[str, Held]:
    on_hand, available = Counter[str](), Counter[str]()
    for row in levels:
        on_hand[row["code"]] += row["stockOnHand"]
        available[row["code"]] += row["available"]
    changed = last_changes(books)
    return {
        sku: Held(on_hand[sku], available[sku], changed.get(sku))
        for sku in dict.fromkeys(row["code"] for row in levels)
    }
