"""Omni's purchase orders and their payments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.shop.money import cents
from demo.shop.omni.document import (
    STATUS,
    handled,
    imported,
    seller,
    trade_line,
    with_tax,
)
from demo.shop.omni.ids import PURCHASES, instant, midnight, user_id
from demo.shop.people import KEEPER, SELLER
from demo.shop.trade import ZERO, State

if TYPE_CHECKING:
    from demo.shop.supply import Purchase
    from sandbox.entry import Row


def purchase_order(purchase: Purchase) -> Row:
    """Return a purchase order; what arrived of a line is its ``qtyShipped``."""
    number = PURCHASES + purchase.number
    total = sum((cents(one.price * one.quantity) for one in purchase.lines), ZERO)
    received = max((one.at for one in purchase.receipts), default=None)
    return {
        "id": number,
        **handled(purchase.place, purchase.created, purchase.changed),
        **seller(purchase),
        "createdBy": user_id(SELLER),
        "processedBy": user_id(KEEPER) if received else 0,
        "reference": f"PO-{purchase.number:05d}",
        "status": STATUS[purchase.state],
        "isApproved": True,
        "isVoid": purchase.state is State.VOID,
        "stage": "Fully Received" if purchase.is_received else "Ordered",
        "source": "Backend",
        "productTotal": total,
        "freightTotal": ZERO,
        "freightDescription": "",
        "discountTotal": ZERO,
        "discountDescription": "",
        "total": with_tax(total, purchase.supplier.tax, included=False),
        "estimatedDeliveryDate": midnight(purchase.expected),
        "estimatedArrivalDate": midnight(purchase.expected),
        "supplierInvoiceReference": f"INV{purchase.number:05d}" if purchase.invoiced else "",
        "supplierAcceptanceDate": instant(purchase.created),
        "fullyReceivedDate": instant(received) if purchase.is_received else None,
        "invoiceDate": instant(purchase.invoiced),
        "port": "",
        "lineItems": [
            trade_line(number, position, one.item, one.quantity, purchase.created)
            | {
                "unitPrice": one.price,
                "discount": ZERO,
                "qtyShipped": one.received,
                "holdingQty": 0,
                "accountCode": "310",
            }
            for position, one in enumerate(purchase.lines)
        ],
        "accountingAttributes": imported(purchase.invoiced),
    }


def purchase_payment(purchase: Purchase) -> list[Row]:
    """Return the payment of a purchase, if it is paid, without an id."""
    if purchase.paid is None:
        return []
    row = purchase_order(purchase)
    return [
        {
            "createdDate": instant(purchase.paid),
            "modifiedDate": instant(purchase.paid),
            "paymentDate": instant(purchase.paid),
            "amount": row["total"],
            "method": "Bank Transfer",
            "direction": -1,
            "isAuthorized": True,
            "transactionRef": row["supplierInvoiceReference"],
            "orderId": row["id"],
            "orderRef": row["reference"],
            "branchId": row["branchId"],
            "orderType": "PurchaseOrder",
        }
    ]
