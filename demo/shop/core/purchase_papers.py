"""Lines, receipts and invoices of Core's purchases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from demo.shop.core.ids import (
    AUTHORISED,
    day_of,
    guid,
    product,
    spot,
    stamp,
)
from demo.shop.core.ledger import INVENTORY, bank
from demo.shop.money import cents, taxed
from demo.shop.trade import ZERO

if TYPE_CHECKING:
    from decimal import Decimal

    from demo.shop.supply import Purchase, Receipt, Wanted
    from sandbox.entry import Row


def purchase_id(purchase: Purchase) -> str:
    """Return the id of a purchase."""
    return guid("purchase", purchase.number)


def purchase_line(purchase: Purchase, wanted: Wanted, rule: str) -> Row:
    """Return the fields that lines of orders and invoices have."""
    total = cents(wanted.price * wanted.quantity)
    return {
        **product(wanted.item),
        "Quantity": wanted.quantity,
        "Price": wanted.price,
        "Discount": 0,
        "Tax": taxed(total, purchase.supplier.tax, included=False).tax,
        "TaxRule": rule,
        "SupplierSKU": f"S{wanted.item.sku}",
        "Comment": "",
        "Total": total,
    }


def received(purchase: Purchase, receipt: Receipt, number: int) -> list[Row]:
    """Return the lines of a receipt, by its number within the purchase."""
    return [
        {
            "Date": day_of(receipt.at),
            "Quantity": one.quantity,
            **product(one.item),
            **spot(one.place, one.bin),
            "Received": True,
            "BatchSN": one.batch,
            "SupplierSKU": f"S{one.item.sku}",
            "ExpiryDate": day_of(one.expiry),
            "CardID": guid("card", purchase.number, number, position),
            "NonInventory": False,
        }
        for position, goods in receipt.goods.items()
        for one in goods
    ]


def supplier_invoices(purchase: Purchase, task: str, lines: list[Row]) -> list[Row]:
    """Return the invoice of a purchase, if there is one."""
    if purchase.invoiced is None:
        return []
    amount, paid = purchase.amount, []
    if purchase.paid is not None:
        paid.append(
            {
                "PurchaseID": purchase_id(purchase),
                "TaskID": task,
                "ID": guid("purchase payment", purchase.number),
                "Reference": "",
                "Amount": amount.gross,
                "DatePaid": day_of(purchase.paid),
                "Account": bank(purchase.supplier.currency),
                "CurrencyRate": purchase.rate,
                "DateCreated": stamp(purchase.paid),
            }
        )
    return [
        {
            "TaskID": task,
            "InvoiceDate": day_of(purchase.invoiced),
            "InvoiceDueDate": day_of(purchase.invoiced + timedelta(days=purchase.supplier.days)),
            "InvoiceNumber": f"S{purchase.supplier.number + 1}-{purchase.number:05d}",
            "Status": "PAID" if paid else AUTHORISED,
            "Lines": [
                without(line, "SupplierSKU") | {"Account": INVENTORY, "NonInventory": False}
                for line in lines
            ],
            "AdditionalCharges": [],
            "Payments": paid,
            **sums_of(purchase),
            "Paid": amount.gross if paid else ZERO,
            "InvoicingAndReceivingNumber": 1,
            "CurrencyRate": purchase.rate,
        }
    ]


def sums_of(purchase: Purchase) -> dict[str, Decimal]:
    """Return the sums of a block."""
    amount = purchase.amount
    return {"TotalBeforeTax": amount.net, "Tax": amount.tax, "Total": amount.gross}


def without(row: Row, name: str) -> Row:
    """Return a row without one of its fields."""
    return {key: value for key, value in row.items() if key != name}
