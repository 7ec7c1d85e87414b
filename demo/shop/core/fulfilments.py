"""Core's fulfilments: what was picked, packed and shipped, and what it had cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.shop.core.ids import (
    AUTHORISED,
    day_of,
    guid,
    is_kit,
    measures,
    product,
    product_id,
    spot,
)
from demo.shop.core.sale_lines import address_of, pick_line, picked
from demo.shop.stockroom import worth
from demo.shop.trade import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterable

    from demo.shop.trade import Order, Shipment
    from sandbox.entry import Row


def fulfilment(order: Order, shipment: Shipment, number: int) -> Row:
    """Return the fulfilment of a shipment, by its number within the order."""
    lines = list(_pick_lines(order, shipment))
    one = order.customer
    return {
        "TaskID": guid("fulfilment", order.number, number),
        "FulfillmentNumber": number,
        "LinkedInvoiceNumber": f"INV-{shipment.number:05d}",
        "FulFilmentStatus": "FULFILLED",
        "Pick": {"Status": AUTHORISED, "Lines": lines},
        "Pack": {"Status": AUTHORISED, "Lines": [line | {"Box": "Box 1"} for line in lines]},
        "Ship": {
            "Status": AUTHORISED,
            "RequireBy": day_of(order.ship_by),
            "ShippingAddress": address_of(one.address, one.name, one.person),
            "ShippingNotes": "",
            "Lines": [
                {
                    "ID": guid("parcel", order.number, number),
                    "ShipmentDate": day_of(shipment.at),
                    "Carrier": "Courier",
                    "Boxes": "Box 1",
                    "TrackingNumber": f"TRK{order.number}-{number}",
                    "TrackingURL": "",
                    "IsShipped": True,
                }
            ],
        },
    }


def _pick_lines(order: Order, shipment: Shipment) -> Iterable[Row]:
    for position, count in shipment.units.items():
        item = order.lines[position].item
        if is_kit(item):
            yield pick_line(product(item) | spot(order.place, ""), count, "", None)
        else:
            yield from (picked(one) for one in shipment.goods[position])


def movements(order: Order) -> Iterable[Row]:
    """Return what left and, with minus, what came back, at cost."""
    for shipment in order.shipments:
        for position in shipment.units:
            item = order.lines[position].item
            yield {
                "TaskID": guid("invoice", shipment.number),
                "ProductID": product_id(item),
                "Date": day_of(shipment.at),
                "COGS": worth(shipment.goods[position], ZERO),
                **measures(item),
            }
    for credit in order.credits:
        for one in credit.goods:
            yield {
                "TaskID": guid("credit", credit.number),
                "ProductID": product_id(one.item),
                "Date": day_of(credit.at),
                "COGS": -credit.cost,
                **measures(one.item),
            }
