"""Core's purchases: the whole document, and its row in the list.

Documents are as ``/advanced-purchase`` sends advanced ones: every block in a list, receipts
twice (``StockReceived`` and ``PutAway``).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from demo.shop.core.ids import (
    AUTHORISED,
    NOT_AVAILABLE,
    NZ_PURCHASE,
    VOIDED,
    ZERO_RATED,
    day_of,
    guid,
    measures,
    product_id,
    stamp,
)
from demo.shop.core.ledger import INVENTORY
from demo.shop.core.purchase_papers import (
    purchase_id,
    purchase_line,
    received,
    sums_of,
    supplier_invoices,
    without,
)
from demo.shop.money import BASE
from demo.shop.stockroom import worth
from demo.shop.trade import ZERO, State

if TYPE_CHECKING:
    from demo.shop.supply import Purchase
    from sandbox.entry import Row


SIMPLE, ADVANCED = "Simple Purchase", "Advanced Purchase"


def header(document: Row) -> Row:
    """Return the row of the purchase list that belongs to a document."""
    invoice = document["Invoice"][0] if document["Invoice"] else {}
    is_void = document["Status"] == VOIDED
    received = document["CombinedReceivingStatus"] == "FULLY RECEIVED"
    return {
        "ID": document["ID"],
        "BlindReceipt": False,
        "OrderNumber": document["OrderNumber"],
        "Status": document["Status"],
        "OrderDate": document["OrderDate"],
        "InvoiceDate": invoice.get("InvoiceDate"),
        "Supplier": document["Supplier"],
        "SupplierID": document["SupplierID"],
        "InvoiceNumber": invoice.get("InvoiceNumber", ""),
        "InvoiceAmount": invoice.get("Total", ZERO),
        "PaidAmount": invoice.get("Paid", ZERO),
        "InvoiceDueDate": invoice.get("InvoiceDueDate"),
        "RequiredBy": document["RequiredBy"],
        "BaseCurrency": BASE,
        "SupplierCurrency": document["SupplierCurrency"],
        "CreditNoteNumber": "",
        "OrderStatus": document["Order"]["Status"],
        "StockReceivedStatus": VOIDED if is_void else AUTHORISED if received else NOT_AVAILABLE,
        "UnstockStatus": NOT_AVAILABLE,
        "InvoiceStatus": invoice.get("Status", VOIDED if is_void else NOT_AVAILABLE),
        "CreditNoteStatus": NOT_AVAILABLE,
        "LastUpdatedDate": document["LastUpdatedDate"],
        "CombinedReceivingStatus": document["CombinedReceivingStatus"],
        "CombinedInvoiceStatus": document["CombinedInvoiceStatus"],
        "CombinedPaymentStatus": document["CombinedPaymentStatus"],
        "Type": document["Type"],
        "IsServiceOnly": False,
        "DropShipTaskID": None,
    }


def document(purchase: Purchase) -> Row:
    """Return a purchase with all that belongs to it, in the newest state."""
    key, one = purchase_id(purchase), purchase.supplier
    simple = len(purchase.receipts) <= 1
    rule = NZ_PURCHASE if one.tax else ZERO_RATED
    lines = [purchase_line(purchase, wanted, rule) for wanted in purchase.lines]
    receipts: list[Row] = [
        {
            "TaskID": key if simple else guid("receipt", purchase.number, number),
            "Status": AUTHORISED,
            "Lines": list(received(purchase, receipt, number)),
            "InvoicingAndReceivingNumber": number,
        }
        for number, receipt in enumerate(purchase.receipts, 1)
    ]
    task = key if simple else guid("purchase invoice", purchase.number)
    return {
        "ID": key,
        "SupplierID": guid("supplier", one.number),
        "Supplier": one.company,
        "Contact": one.contact,
        "Phone": "",
        "InventoryAccount": INVENTORY,
        "BlindReceipt": False,
        "Approach": "STOCK",
        "BillingAddress": _address(one.address.line, one.address.city, one.address.country),
        "ShippingAddress": _address(
            purchase.place.address.line,
            purchase.place.address.city,
            purchase.place.address.country,
        )
        | {"ShipToOther": False, "Company": purchase.place.name},
        "BaseCurrency": BASE,
        "SupplierCurrency": one.currency,
        "TaxRule": rule,
        "TaxCalculation": "Exclusive",
        "Terms": f"{one.days} days",
        "RequiredBy": day_of(purchase.created + timedelta(days=one.lead_days)),
        "Location": purchase.place.name,
        "Note": "",
        "OrderNumber": f"PO-{purchase.number:05d}",
        "OrderDate": day_of(purchase.created),
        **_statuses(purchase),
        "Type": SIMPLE if simple else ADVANCED,
        "IsServiceOnly": False,
        "RelatedDropShipSaleTask": None,
        "CurrencyRate": purchase.rate,
        # The list and the document leave out the zone (seen).
        "LastUpdatedDate": stamp(purchase.changed).removesuffix("Z"),
        "Order": {
            "Memo": "",
            "Status": VOIDED if purchase.state is State.VOID else AUTHORISED,
            "Lines": lines,
            "AdditionalCharges": [],
            "Prepayments": [],
            **sums_of(purchase),
        },
        "StockReceived": receipts,
        "PutAway": [
            receipt | {"Lines": [without(line, "NonInventory") for line in receipt["Lines"]]}
            for receipt in receipts
        ],
        "Invoice": supplier_invoices(purchase, task, lines),
        "CreditNote": [],
        "ManualJournals": [],
        "AdditionalAttributes": {f"AdditionalAttribute{n}": None for n in range(1, 11)},
        "Attachments": [],
        "InventoryMovements": [
            {
                "TaskID": task,
                "ProductID": product_id(purchase.lines[position].item),
                "Date": day_of(receipt.at),
                "COGS": worth(goods, ZERO),
                **measures(purchase.lines[position].item),
            }
            for receipt in purchase.receipts
            for position, goods in receipt.goods.items()
        ],
    }


def _statuses(purchase: Purchase) -> Row:
    if purchase.state is State.VOID:
        names = ("Status", "CombinedReceivingStatus", "CombinedPaymentStatus")
        return dict.fromkeys(names, VOIDED) | {"CombinedInvoiceStatus": NOT_AVAILABLE}
    received = "FULLY" if purchase.is_received else "PARTIALLY" if purchase.receipts else "NOT"
    status = {"FULLY": "RECEIVED", "PARTIALLY": "RECEIVING", "NOT": "ORDERED"}[received]
    if purchase.invoiced is not None:
        status = "INVOICED" if purchase.paid is None else "COMPLETED"
    return {
        "Status": status,
        "CombinedReceivingStatus": f"{received} RECEIVED",
        "CombinedInvoiceStatus": "NOT INVOICED" if purchase.invoiced is None else "INVOICED",
        "CombinedPaymentStatus": "UNPAID" if purchase.paid is None else "PAID",
    }


def _address(line: str, city: str, country: str) -> Row:
    return {
        "DisplayAddressLine1": line,
        "DisplayAddressLine2": f"{city} {country}",
        "Line1": line,
        "Line2": "",
        "City": city,
        "State": "",
        "Postcode": "",
        "Country": country,
    }
