"""Core's transfers between locations, and the assembly of kits that were sold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo.shop.core.ids import day_of, guid, is_kit, location_id, measures, product_id, stamp
from demo.shop.core.ledger import (
    INVENTORY,
    WORK,
    Posting,
    in_paper,
    of_assembly,
)
from demo.shop.money import fine
from demo.shop.stockroom import worth
from demo.shop.trade import ZERO

if TYPE_CHECKING:
    from datetime import datetime

    from demo.shop.books import Books
    from demo.shop.goods import Item
    from demo.shop.people import Place
    from demo.shop.stockroom import Goods
    from demo.shop.supply import Transfer
    from sandbox.entry import Row


def transfer_id(transfer: Transfer) -> str:
    """Return the id of a transfer."""
    return guid("transfer", transfer.number)


def transfer(one: Transfer) -> tuple[Row, Row]:
    """Return the list's row and the document of a transfer."""
    head: Row = {
        "TaskID": transfer_id(one),
        "From": location_id(one.source),
        "FromLocation": one.source.name,
        "To": location_id(one.target),
        "ToLocation": one.target.name,
        "Status": "IN TRANSIT" if one.received is None else "COMPLETED",
        "Number": f"TR-{one.number:05d}",
        "CompletionDate": day_of(one.received),
        "CostDistributionType": "Cost",
        "InTransitAccount": INVENTORY,
        "DepartureDate": day_of(one.created),
        "Reference": "",
        "LastModifiedOn": stamp(one.changed),
        "SkipOrder": True,
    }
    lines = [
        {
            "ProductID": product_id(goods.item),
            "SKU": goods.item.sku,
            "ProductName": goods.item.name,
            "QuantityOnHand": None,
            "QuantityAvailable": None,
            "TransferQuantity": goods.quantity,
            "BatchSN": goods.batch,
            "ExpiryDate": day_of(goods.expiry),
            "Comments": "",
            **measures(goods.item),
        }
        for goods in one.goods
    ]
    detail = head | {
        "RequiredByDate": day_of(one.due),
        "Lines": lines,
        "Order": {"Status": "NOT AVAILABLE", "Lines": []},
        "ManualJournals": [],
        "ManualJournalsDistributedCosts": [],
    }
    return head, detail


@dataclass(frozen=True)
class Assembly:
    """Kits that were put together because they were sold."""

    number: int
    at: datetime
    place: Place
    item: Item
    quantity: int
    goods: tuple[Goods, ...]

    @property
    def id(self) -> str:
        """Id of the task."""
        return guid("assembly", self.number)

    @property
    def postings(self) -> list[Posting]:
        """What it posts."""
        cost = worth(self.goods, ZERO)
        return of_assembly(self.id, f"FG-{self.number:05d}", cost, self.at)


def assemblies(books: Books) -> list[Assembly]:
    """Return the assemblies behind all shipments of kits, the oldest first."""
    found = [
        (shipment.at, order.place, order.lines[position].item, count, shipment.goods[position])
        for order in books.orders
        for shipment in order.shipments
        for position, count in shipment.units.items()
        if is_kit(order.lines[position].item)
    ]
    found.sort(key=lambda one: (one[0], one[2].sku))
    return [
        Assembly(number, at, place, item, count, tuple(goods))
        for number, (at, place, item, count, goods) in enumerate(found, 1)
    ]


def finished_goods(one: Assembly) -> tuple[Row, Row]:
    """Return the list's row and the document of an assembly."""
    cost = worth(one.goods, ZERO)
    common: Row = {
        "TaskID": one.id,
        "AssemblyNumber": f"FG-{one.number:05d}",
        "Status": "COMPLETED",
        "ProductID": product_id(one.item),
        "ProductCode": one.item.sku,
        "ProductName": one.item.name,
        "LocationID": location_id(one.place),
        "Location": one.place.name,
        "Quantity": one.quantity,
        "BatchSN": "",
        "ExpiryDate": None,
        "Notes": "",
        **{f"CustomField{number}": None for number in range(1, 11)},
    }
    listed = common | {"Date": day_of(one.at), "UnitCost": fine(cost / one.quantity)}
    detail = common | {
        "BinID": None,
        "Bin": "",
        "WIPAccount": WORK,
        "WIPDate": day_of(one.at),
        "Account": INVENTORY,
        "AssemblyInstructionURL": "",
        "CompletionDate": day_of(one.at),
        "OrderLines": [
            {
                "ProductID": product_id(item),
                "ProductCode": item.sku,
                "Name": item.name,
                "ExpenseAccount": "",
                "Quantity": each,
                "Unit": "Item",
                "WastagePercent": 0,
                "WastageQuantity": 0,
                "TotalQuantity": each * one.quantity,
                "TotalCost": worth([got for got in one.goods if got.item is item], ZERO),
            }
            for item, each in one.item.components
        ],
        "PickLines": [
            {
                "ProductID": product_id(got.item),
                "ProductCode": got.item.sku,
                "Name": got.item.name,
                "BinID": location_id(got.place, got.bin) if got.bin else None,
                "Bin": got.bin,
                "BatchSN": got.batch,
                "ExpiryDate": day_of(got.expiry),
                "Quantity": got.quantity,
                "Unit": "Item",
                "Cost": fine(got.value / got.quantity),
            }
            for got in one.goods
        ],
        "Transactions": list(in_paper(one.postings)),
        "Errors": [],
    }
    return listed, detail
