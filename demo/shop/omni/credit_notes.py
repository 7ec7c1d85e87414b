"""Omni's credit notes, and the payments of orders and credit notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.shop.money import parts
from demo.shop.omni.document import (
    handled,
    imported,
    trade_line,
    unit_cost,
    with_tax,
)
from demo.shop.omni.ids import CREDITS, ORDERS, branch_id, instant
from demo.shop.omni.orders import head_of, reference, sales_order
from demo.shop.trade import ZERO

if TYPE_CHECKING:
    from decimal import Decimal

    from demo.shop.trade import Credit, Order
    from sandbox.entry import Row


_ORDER_ONLY = frozenset({"paymentTerms", "salesPersonEmail"})


def credit_note(order: Order, credit: Credit) -> Row:
    """Return a credit note: quantities and amounts are positive, what is back is shipped."""
    number = CREDITS + credit.number
    sold = order.lines[credit.position]
    total, discount = _credited(order, credit)
    head = {name: value for name, value in head_of(order).items() if name not in _ORDER_ONLY}
    return {
        "id": number,
        **head,
        **handled(order.place, credit.at, credit.refunded or credit.at),
        "reference": f"CN-{credit.number:05d}",
        "salesReference": reference(order),
        "status": "APPROVED",
        "isApproved": True,
        "creditNoteNumber": credit.number,
        "creditNoteDate": instant(credit.at),
        "completedDate": instant(credit.at),
        "customerReport": "",
        "productTotal": total,
        "freightTotal": ZERO,
        "discountTotal": ZERO,
        "discountDescription": "",
        "total": with_tax(total, order.customer.tax, included=order.customer.is_retail),
        "modifiedCOGSDate": instant(credit.at),
        "lineItems": [
            trade_line(number, 0, sold.item, credit.quantity, credit.at)
            | {
                "unitCost": unit_cost(credit.cost, credit.quantity),
                "unitPrice": sold.price,
                "discount": discount,
                "qtyShipped": sum(one.quantity for one in credit.goods),
                "accountCode": "200",
                "uomSize": 1,
            }
        ],
        "accountingAttributes": imported(credit.at),
    }


def payments(order: Order) -> list[Row]:
    """Return the payments of an order and the refunds of its credit notes, without ids."""
    total = sales_order(order)["total"]
    shares = parts(total, [share for _, share in order.paid])
    method = "Credit Card" if order.customer.is_retail else "Bank Transfer"
    found = []
    for (at, _), amount in zip(order.paid, shares, strict=True):
        found.append(
            {
                "createdDate": instant(at),
                "modifiedDate": instant(at),
                "paymentDate": instant(at),
                "amount": amount,
                "method": method,
                "direction": 1,
                "isAuthorized": True,
                "transactionRef": "",
                "orderId": ORDERS + order.number,
                "orderRef": reference(order),
                "branchId": branch_id(order.place),
                "orderType": "SalesOrder",
            }
        )
    for credit in order.credits:
        if credit.refunded is not None:
            row = credit_note(order, credit)
            found.append(
                {
                    "createdDate": instant(credit.refunded),
                    "modifiedDate": instant(credit.refunded),
                    "paymentDate": instant(credit.refunded),
                    "amount": row["total"],
                    "method": method,
                    "direction": -1,
                    "isAuthorized": True,
                    "transactionRef": "",
                    "orderId": row["id"],
                    "orderRef": row["reference"],
                    "branchId": branch_id(order.place),
                    "orderType": "CreditNote",
                }
            )
    return found


def owed(order: Order) -> Decimal:
    """Return what a customer still owes for an order, in the order's currency."""
    if order.invoiced is None:
        return ZERO
    total: Decimal = sales_order(order)["total"]
    paid = sum(parts(total, [share for _, share in order.paid]), ZERO)
    credited = sum(
        (credit_note(order, one)["total"] for one in order.credits if one.refunded is None),
        ZERO,
    )
    return total - paid - credited


def _credited(order: Order, credit: Credit) -> tuple[Decimal, Decimal]:
    """Return the amount of a credit note in the order's prices, and the discount in it."""
    sold = order.lines[credit.position]
    total = sold.total(credit.quantity, order.promo)
    return total, sold.price * credit.quantity - total
