"""Core's corrections of stock and stocktakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.shop.core.ids import day_of, guid, location_id, measures, product_id, spot, stamp
from demo.shop.core.ledger import (
    ADJUSTED,
    CAPITAL,
    in_paper,
    of_count,
)
from demo.shop.money import fine
from demo.shop.people import KEEPER
from demo.shop.storing import OPENING

if TYPE_CHECKING:
    from demo.shop.supply import Count, Counted
    from sandbox.entry import Row


def count_id(count: Count) -> str:
    """Return the id of a correction or stocktake."""
    return guid("count", count.number)


def adjustment(count: Count) -> tuple[Row, Row]:
    """Return the list's row and the document of a correction."""
    head = _head(count)
    listed = head | {"Comment": count.reason}
    new, existing = [], []
    for one in count.lines:
        if one.before:
            existing.append(_existing(count, one))
        else:
            new.append(_new(count, one))
    detail = listed | {
        "ExistingStockLines": existing,
        "NewStockLines": new,
        "Transactions": list(in_paper(of_count(count, count_id(count)))),
    }
    return listed, detail


def stocktake(count: Count) -> tuple[Row, Row]:
    """Return the list's row and the document of a stocktake."""
    place = {"LocationID": location_id(count.place), "Location": count.place.name}
    lists = ("Tags", "PickZones", "StockLocators", "Categories", "Brands", "Bins")
    head = _head(count) | place
    listed = head | {
        **dict.fromkeys(lists, ""),
        "CreatedDate": stamp(count.at),
        "LastUpdatedDate": stamp(count.at),
        "LastUpdatedBy": KEEPER.name,
    }
    detail = head | {
        **{name: [] for name in lists},
        "NonZeroStockOnHandProducts": [_existing(count, one) for one in count.lines],
        "ZeroStockOnHandProducts": [],
        "Transactions": list(in_paper(of_count(count, count_id(count)))),
        "UseRelativeQuantity": False,
    }
    return listed, detail


def _head(count: Count) -> Row:
    return {
        "TaskID": count_id(count),
        "EffectiveDate": day_of(count.at),
        "StocktakeNumber": f"ST-{count.number:05d}",
        "Status": "COMPLETED",
        "Account": CAPITAL if count.reason == OPENING else ADJUSTED,
        "Reference": count.reason,
    }


def _existing(count: Count, one: Counted) -> Row:
    return _named(count, one) | {
        "QuantityOnHand": one.before,
        "Available": one.before,
        "Adjustment": one.after,
    }


def _new(count: Count, one: Counted) -> Row:
    return _named(count, one) | {
        "Quantity": one.after,
        "UnitCost": fine(one.value / one.units),
        "ReceivedDate": day_of(count.at),
    }


def _named(count: Count, one: Counted) -> Row:
    return {
        "ProductID": product_id(one.item),
        "SKU": one.item.sku,
        "ProductName": one.item.name,
        **spot(count.place, one.bin),
        "BatchSN": one.batch,
        "ExpiryDate": day_of(one.expiry),
        "Comments": "",
        **measures(one.item),
        "Image": None,
        "Barcode": one.item.barcode,
        "StockLocator": one.bin,
        "Unit": "Item",
        "CostingMethod": "FIFO - Batch" if one.batch else "FIFO",
    }
