"""Omni's adjustments and transfers, and the stock that comes of it all."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from demo.shop.goods import Variant, everything
from demo.shop.levels import last_moves, ordered, promised, under_way
from demo.shop.omni.document import (
    line,
    unit_cost,
)
from demo.shop.omni.ids import (
    ADJUSTMENTS,
    TRANSFERS,
    branch_id,
    colour_of,
    instant,
    name_of,
    option_id,
    product_id,
    size_of,
    sizes,
    style_code,
    user_id,
)
from demo.shop.people import KEEPER, PLACES, SELLER
from demo.shop.stockroom import worth
from demo.shop.trade import ZERO

if TYPE_CHECKING:
    from demo.shop.books import Books
    from demo.shop.stockroom import Goods
    from demo.shop.supply import Count, Transfer
    from sandbox.entry import Row


def adjustment(count: Count) -> Row:
    """Return a correction of stock; ``qtyAdjusted`` is what was added, or with minus taken."""
    number = ADJUSTMENTS + count.number
    return {
        "id": number,
        "createdDate": instant(count.at),
        "modifiedDate": instant(count.at),
        "createdBy": user_id(KEEPER),
        "processedBy": user_id(KEEPER),
        "isApproved": True,
        "reference": f"ADJ-{count.number:05d}",
        "branchId": branch_id(count.place),
        "completedDate": instant(count.at),
        "adjustInAccountingSystem": instant(count.at),
        "adjustmentReason": count.reason,
        "alternativeAccountCode": "",
        "productTotal": sum((one.value for one in count.corrections), ZERO),
        "source": "Backend",
        "lineItems": [
            line(number, position, one.item, one.units, count.at)
            | {
                "qtyAdjusted": one.units,
                "holdingQty": 0,
                "account": "640",
                "unitCost": unit_cost(one.value, one.units),
            }
            for position, one in enumerate(count.corrections)
        ],
    }


def branch_transfer(transfer: Transfer) -> Row:
    """Return a transfer: dispatched when it was made, received some days later."""
    number = TRANSFERS + transfer.number
    by_item: dict[int, list[Goods]] = {}
    for one in transfer.goods:
        by_item.setdefault(one.item.number, []).append(one)
    lines = []
    for position, goods in enumerate(by_item.values()):
        item, units = goods[0].item, sum(one.quantity for one in goods)
        lines.append(
            line(number, position, item, units, transfer.created)
            | {
                "qtyTransferred": units,
                "unitCost": unit_cost(worth(goods, ZERO), units),
                "sizes": sizes(item, units),
            }
        )
    return {
        "id": number,
        "createdDate": instant(transfer.created),
        "modifiedDate": instant(transfer.changed),
        "createdBy": user_id(KEEPER),
        "processedBy": user_id(KEEPER),
        "approvedBy": user_id(SELLER),
        "isApproved": True,
        "reference": f"BT-{transfer.number:05d}",
        "company": transfer.target.name,
        "source": "Backend",
        "sourceBranchId": branch_id(transfer.source),
        "destinationBranchId": branch_id(transfer.target),
        "approvalDate": instant(transfer.created),
        "dispatchedDate": instant(transfer.created),
        "receivedDate": instant(transfer.received),
        "stage": "In Transit" if transfer.received is None else "Received",
        "productTotal": worth(transfer.goods, ZERO),
        "customFields": {},
        "lineItems": lines,
    }


def stock(books: Books) -> list[Row]:
    """Return the stock of each option and size at each branch, zero rows and kits included."""
    sold, coming = promised(books), ordered(books) + under_way(books)
    moved = last_moves(books)
    opened = datetime.combine(books.start, time(8))
    rows = []
    for item in everything():
        for place in PLACES:
            on_hand = books.stock.count(place, item) if isinstance(item, Variant) else 0
            key = (place.number, item.sku)
            rows.append(
                {
                    "productId": product_id(item),
                    "productOptionId": option_id(item),
                    "modifiedDate": instant(moved.get(key, opened)),
                    "styleCode": style_code(item),
                    "code": item.sku,
                    "barcode": item.barcode,
                    "branchId": branch_id(place),
                    "branchName": place.name,
                    "productName": name_of(item),
                    "option1": colour_of(item),
                    "option2": "",
                    "option3": "",
                    "size": size_of(item),
                    "available": on_hand - sold[key],
                    "stockOnHand": on_hand,
                    "openSales": sold[key],
                    "incoming": coming[key],
                    "virtual": 0,
                    "holding": 0,
                }
            )
    return rows
