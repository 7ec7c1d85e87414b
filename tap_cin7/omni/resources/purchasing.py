"""Omni purchasing: orders placed with suppliers."""

from __future__ import annotations

from tap_cin7.omni.resource import OmniResource
from tap_cin7.omni.resources.objects import DOCUMENT, ORDER_TERMS, POSTING, TRADE_LINE
from tap_cin7.rows.fields import BOOL, DATETIME, KEY, NUM, STR, many, record, table

PURCHASE_LINE = table(
    TRADE_LINE,
    qtyShipped=NUM("Quantity received so far"),
    holdingQty=NUM("Quantity on hold"),
    accountCode=STR("Accounting code the line is posted to"),
)


class PurchaseOrders(OmniResource):
    """Purchase orders with their lines; voided orders stay listed."""

    path = "/v1/PurchaseOrders"
    bounded_by_start_date = True
    rank = 15
    schema = record(
        DOCUMENT,
        ORDER_TERMS,
        POSTING,
        id=KEY("Purchase order id"),
        supplierInvoiceReference=STR("Invoice reference given by the supplier"),
        supplierAcceptanceDate=DATETIME("When the supplier accepted the order"),
        port=STR("Port the goods pass through"),
        estimatedArrivalDate=DATETIME("Expected arrival of the goods"),
        fullyReceivedDate=DATETIME("When all goods had been received"),
        invoiceDate=DATETIME("Date of the invoice"),
        isVoid=BOOL("Whether the order is voided"),
        lineItems=many(PURCHASE_LINE, "One entry per ordered item"),
    )
