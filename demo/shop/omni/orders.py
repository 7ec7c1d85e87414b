"""Omni's sales orders, with and without cartons, and the quotes some began with."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from demo.shop.money import cents, percent
from demo.shop.omni.document import (
    STATUS,
    buyer,
    handled,
    imported,
    with_tax,
)
from demo.shop.omni.ids import ORDERS, QUOTES, instant, midnight, user_id
from demo.shop.omni.order_lines import lines_of
from demo.shop.people import KEEPER, SELLER
from demo.shop.trade import ZERO, State

if TYPE_CHECKING:
    from demo.shop.trade import Order
    from sandbox.entry import Row


_PROFORMA = 90_000


_QUOTE_EVERY = 8


_STAGES = {State.DRAFT: "New", State.OPEN: "Processing", State.DONE: "Dispatched"}


def reference(order: Order) -> str:
    """Return the reference of an order: web orders bring their own."""
    return f"#{1_000 + order.number}" if order.channel == "Web" else f"SO-{order.number:05d}"


def sales_order(order: Order) -> Row:
    """Return an order; a kit has its line and, below it, one a component."""
    number = ORDERS + order.number
    shipped_at = max((one.at for one in order.shipments), default=None)
    dispatched = shipped_at if order.is_shipped else None
    invoiced = order.created if order.proforma else order.invoiced
    last = max((one.number for one in order.shipments), default=0)
    part = bool(order.shipments) and not order.is_shipped
    return {
        "id": number,
        **head_of(order),
        "reference": reference(order),
        "status": STATUS[order.state],
        "isApproved": order.state is not State.DRAFT,
        "isVoid": order.state is State.VOID,
        "stage": "Partially Picked" if part else _STAGES.get(order.state, "Cancelled"),
        "processedBy": user_id(KEEPER) if order.shipments else 0,
        "trackingCode": f"TRK{number}" if order.shipments else "",
        "estimatedDeliveryDate": midnight(order.ship_by + timedelta(days=2)),
        "cancellationDate": instant(order.changed) if order.state is State.VOID else None,
        "modifiedCOGSDate": instant(shipped_at),
        "invoiceDate": instant(invoiced),
        "invoiceNumber": (_PROFORMA + order.number if order.proforma else last) if invoiced else 0,
        "dispatchedDate": instant(dispatched),
        "logisticsCarrier": "NZ Post" if order.customer.currency == "NZD" else "Australia Post",
        "logisticsStatus": 9 if dispatched else 1,
        "distributionBranchId": 0,
        "lineItems": lines_of(order, number),
        "accountingAttributes": imported(order.invoiced),
    }


def with_cartons(order: Order) -> Row:
    """Return an order with a carton for each shipment."""
    row = sales_order(order)
    cartons = [
        {
            "number": str(number + 1),
            "sscc": f"3942{order.number:010d}{number:04d}",
            "trackingNumber": row["trackingCode"],
            "palletNumber": "",
            "cartonItems": [
                {
                    "lineItemId": row["id"] * 100 + position + 1,
                    "productCode": order.lines[position].item.sku,
                    "batchNumber": shipment.goods[position][0].batch,
                    "quantity": count,
                }
                for position, count in shipment.units.items()
            ],
        }
        for number, shipment in enumerate(order.shipments)
    ]
    return row | {"ssccNumber": "", "cartonsWithLineItems": cartons}


def quotes(orders: list[Order]) -> list[Row]:
    """Return the quotes that some orders of firms began with."""
    rows = []
    for order in orders:
        if order.channel != "B2B" or order.number % _QUOTE_EVERY:
            continue
        number = QUOTES + order.number
        made = order.created - timedelta(days=2)
        lines = [
            {name: value for name, value in one.items() if name in _QUOTE_LINE}
            for one in lines_of(_unshipped(order), number)
        ]
        rows.append(
            {
                "id": number,
                **head_of(order),
                "createdDate": instant(made),
                "modifiedDate": instant(order.created),
                "reference": f"Q-{order.number:05d}",
                "status": "APPROVED",
                "isApproved": True,
                "stage": "Accepted",
                "probability": 1,
                "expectedOrderDate": midnight(order.created.date()),
                "acceptanceDate": instant(order.created),
                "lineItems": lines,
            }
        )
    return rows


_QUOTE_LINE = frozenset(
    [
        "id",
        "createdDate",
        "transactionId",
        "parentId",
        "productId",
        "productOptionId",
        "integrationRef",
        "sort",
        "code",
        "name",
        "option1",
        "option2",
        "option3",
        "qty",
        "styleCode",
        "barcode",
        "supplierCode",
        "sizeCodes",
        "lineComments",
        "unitCost",
        "unitPrice",
        "discount",
    ]
)


def _unshipped(order: Order) -> Order:
    lines = [replace(one, shipped=0) for one in order.lines]
    return replace(order, shipments=[], lines=lines)


def head_of(order: Order) -> Row:
    """Return people, amounts and stamps of an order."""
    product_total = sum((one.total(one.quantity) for one in order.lines), ZERO)
    discount = cents(product_total * percent(order.promo))
    before_tax = product_total + order.freight - discount
    return {
        **handled(order.place, order.created, order.changed),
        **buyer(order),
        "createdBy": 0 if order.channel == "Web" else user_id(SELLER),
        "salesPersonId": 0 if order.customer.is_retail else user_id(SELLER),
        "salesPersonEmail": None,
        "projectName": order.channel,
        "source": "Shopify" if order.channel == "Web" else "Backend",
        "productTotal": product_total,
        "freightTotal": order.freight,
        "freightDescription": "Courier" if order.freight else "",
        "discountTotal": discount,
        "discountDescription": "Promotion" if order.promo else "",
        "total": with_tax(before_tax, order.customer.tax, included=order.customer.is_retail),
    }
