"""Parts of purchases: rows cut from ``purchases`` without a call of their own."""

from __future__ import annotations

from typing import ClassVar

from tap_cin7.core.objects import ATTACHMENT, INVENTORY_MOVEMENT
from tap_cin7.core.purchase_details import (
    CREDIT_NOTE,
    INVOICE,
    INVOICE_LINE,
    MANUAL_JOURNALS,
    ORDER,
    ORDER_LINE,
    PURCHASE_PAYMENT,
    PUT_AWAY,
    RECEIPT,
    RECEIPT_LINE,
    RECEIVED_LINE,
    SIMPLE_PURCHASE,
    Purchases,
)
from tap_cin7.fields import BOOL, DATETIME, KEY, NUM, STR, TEXT_KEY, key_or, many, record, table
from tap_cin7.parts import PartStream

PURCHASE_ID = STR("Purchase id")
PURCHASE_KEY = TEXT_KEY("Purchase id")
PARENT_MODIFIED = DATETIME("Added by the tap: the parent's last change")
CHARGES_IN_LINES = BOOL("Whether additional charges stand among the lines")
TASK_KEY = key_or("", TEXT_KEY)

INVOICE_PART = table(
    INVOICE,
    TaskID=TEXT_KEY("Invoice task id"),
    CombineAdditionalCharges=CHARGES_IN_LINES,
    InvoiceTotalAmount=NUM("Invoice total; only the invoice endpoint fills it"),
    InvoiceTotalTaxAmount=NUM("Invoice tax; only the invoice endpoint fills it"),
)
"""Invoice as the invoice endpoints send it."""

CREDIT_NOTE_PART = table(
    CREDIT_NOTE,
    TaskID=TEXT_KEY("Credit note task id"),
    CombineAdditionalCharges=CHARGES_IN_LINES,
)
"""Credit note as the credit note endpoints send it."""

MANUAL_JOURNALS_PART = table(MANUAL_JOURNALS, TaskID=TEXT_KEY("Task id of the journals"))
"""Manual journals as their endpoints send them."""


PAYMENT_PLACES = {
    "Order.Prepayments[]": {"Type": "=PREPAYMENT"},
    "Invoice[].Payments[]": {"Type": "=PAYMENT"},
    "CreditNote[].Refunds[]": {"Type": "=REFUND"},
}
"""Where a purchase holds what its payment endpoints list."""


class PurchaseStockReceived(PartStream):
    """Receipts of goods, one row per receiving task."""

    parent = Purchases
    source = "StockReceived[]"
    copies: ClassVar[dict[str, str]] = {"PurchaseID": "ID"}
    schema = record(
        RECEIPT,
        PurchaseID=PURCHASE_ID,
        TaskID=TEXT_KEY("Receiving task id"),
        Lines=many(RECEIVED_LINE, "Received products"),
        parent_modified=PARENT_MODIFIED,
    )


class PurchasePutAways(PartStream):
    """Goods put away, one row per task; the receipts of ``purchase_stock_received`` again."""

    parent = Purchases
    source = "PutAway[]"
    copies: ClassVar[dict[str, str]] = {"PurchaseID": "ID"}
    schema = record(
        PUT_AWAY,
        PurchaseID=PURCHASE_ID,
        TaskID=TEXT_KEY("Put-away task id"),
        parent_modified=PARENT_MODIFIED,
    )


class PurchaseInvoices(PartStream):
    """Supplier invoices; a voided one stays beside its re-issue."""

    parent = Purchases
    source = "Invoice[]"
    copies: ClassVar[dict[str, str]] = {"PurchaseID": "ID"}
    schema = record(INVOICE_PART, PurchaseID=PURCHASE_ID, parent_modified=PARENT_MODIFIED)


class PurchaseCreditNotes(PartStream):
    """Supplier credit notes with the goods sent back."""

    parent = Purchases
    source = "CreditNote[]"
    copies: ClassVar[dict[str, str]] = {"PurchaseID": "ID"}
    schema = record(
        CREDIT_NOTE_PART,
        PurchaseID=PURCHASE_ID,
        CreditNoteInvoiceNumber=STR("Invoice number the credit note belongs to"),
        parent_modified=PARENT_MODIFIED,
    )


class PurchaseManualJournals(PartStream):
    """Manual journals that add costs to purchases."""

    parent = Purchases
    source = "ManualJournals[]"
    copies: ClassVar[dict[str, str]] = {"PurchaseID": "ID"}
    schema = record(MANUAL_JOURNALS_PART, PurchaseID=PURCHASE_ID, parent_modified=PARENT_MODIFIED)


class PurchaseAttachments(PartStream):
    """Files attached to purchases, one row per purchase."""

    parent = Purchases
    source = ""
    copies: ClassVar[dict[str, str]] = {"TaskID": "ID", "Lines": "Attachments"}
    schema = record(
        TaskID=PURCHASE_KEY,
        Lines=many(ATTACHMENT, "Attached files"),
        parent_modified=PARENT_MODIFIED,
    )


class PurchaseOrderLines(PartStream):
    """Ordered products, one row per order line."""

    parent = Purchases
    source = "Order.Lines[]"
    copies: ClassVar[dict[str, str]] = {"PurchaseID": "ID"}
    schema = record(
        PurchaseID=PURCHASE_KEY,
        line_number=KEY("Added by the tap: position within the order, from 1"),
        **ORDER_LINE,
        parent_modified=PARENT_MODIFIED,
    )


class PurchaseInvoiceLines(PartStream):
    """Invoiced products, one row per invoice line; lines of voided invoices included."""

    parent = Purchases
    source = "Invoice[].Lines[]"
    copies: ClassVar[dict[str, str]] = {"PurchaseID": "ID", "TaskID": "Invoice[].TaskID"}
    schema = record(
        PurchaseID=PURCHASE_KEY,
        TaskID=TASK_KEY("Invoice task id"),
        line_number=KEY("Added by the tap: position within the invoice, from 1"),
        **INVOICE_LINE,
        parent_modified=PARENT_MODIFIED,
    )


class PurchaseReceiptLines(PartStream):
    """Received products, one row per receipt line."""

    parent = Purchases
    source = "StockReceived[].Lines[]"
    copies: ClassVar[dict[str, str]] = {"PurchaseID": "ID", "TaskID": "StockReceived[].TaskID"}
    schema = record(
        PurchaseID=PURCHASE_KEY,
        TaskID=TASK_KEY("Receiving task id"),
        line_number=KEY("Added by the tap: position within the receipt, from 1"),
        **RECEIPT_LINE,
        parent_modified=PARENT_MODIFIED,
    )


class PurchaseInventoryMovements(PartStream):
    """Cost of the stock that purchases moved; without quantity and location."""

    parent = Purchases
    source = "InventoryMovements[]"
    copies: ClassVar[dict[str, str]] = {"PurchaseID": "ID"}
    schema = record(
        PurchaseID=PURCHASE_KEY,
        line_number=KEY("Added by the tap: position within the purchase, from 1"),
        **INVENTORY_MOVEMENT,
        parent_modified=PARENT_MODIFIED,
    )


class SimplePurchases(PartStream):
    """Purchases in the shape of the deprecated ``/purchase``; prefer ``purchases``."""

    parent = Purchases
    source = ""
    schema = record(SIMPLE_PURCHASE, parent_modified=PARENT_MODIFIED)


class SimplePurchaseOrders(PartStream):
    """Orders of purchases, one row each."""

    parent = Purchases
    source = "Order"
    copies: ClassVar[dict[str, str]] = {"TaskID": "ID"}
    schema = record(
        ORDER,
        TaskID=PURCHASE_KEY,
        CombineAdditionalCharges=CHARGES_IN_LINES,
        parent_modified=PARENT_MODIFIED,
    )


class SimplePurchaseStock(PartStream):
    """Receipts in the shape of the deprecated ``/purchase/stock``."""

    parent = Purchases
    source = "StockReceived[]"
    schema = record(RECEIPT, TaskID=TEXT_KEY("Receiving task id"), parent_modified=PARENT_MODIFIED)


class SimplePurchaseInvoices(PartStream):
    """Invoices in the shape of the deprecated ``/purchase/invoice``."""

    parent = Purchases
    source = "Invoice[]"
    schema = record(INVOICE_PART, parent_modified=PARENT_MODIFIED)


class SimplePurchaseCreditNotes(PartStream):
    """Credit notes in the shape of the deprecated ``/purchase/creditnote``."""

    parent = Purchases
    source = "CreditNote[]"
    schema = record(CREDIT_NOTE_PART, parent_modified=PARENT_MODIFIED)


class SimplePurchaseManualJournals(PartStream):
    """Manual journals in the shape of the deprecated ``/purchase/manualJournal``."""

    parent = Purchases
    source = "ManualJournals[]"
    schema = record(MANUAL_JOURNALS_PART, parent_modified=PARENT_MODIFIED)


class SimplePurchasePayments(PartStream):
    """The rows of ``purchase_payments`` in the shape of the deprecated endpoint."""

    parent = Purchases
    source: ClassVar = PAYMENT_PLACES
    copies: ClassVar[dict[str, str]] = {"TaskID": "ID"}
    schema = record(PURCHASE_PAYMENT, parent_modified=PARENT_MODIFIED)


class PurchasePayments(PartStream):
    """Prepayments, payments and refunds of purchases, from orders, invoices, credit notes."""

    parent = Purchases
    source: ClassVar = PAYMENT_PLACES
    copies: ClassVar[dict[str, str]] = {"TaskID": "ID", "PurchaseID": "ID"}
    schema = record(
        PURCHASE_PAYMENT,
        PurchaseID=STR("Purchase id"),
        parent_modified=PARENT_MODIFIED,
    )
