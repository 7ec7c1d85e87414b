"""Parts of purchases: rows cut from ``purchases`` without a call of their own."""

from __future__ import annotations

from tap_cin7.core.resources.objects import ATTACHMENT
from tap_cin7.core.resources.purchase_details import PURCHASE_PAYMENT, SIMPLE_PURCHASE, Purchases
from tap_cin7.reading.parts import NUMBERED, Part, cut
from tap_cin7.rows.fields import BOOL, GUID, GUID_KEY, NUM, STR, key_or, many, table

IN_PURCHASE = table(PurchaseID=GUID("Purchase id").of("ID"))
"""Columns of parts that have an id of their own."""

OF_PURCHASE = table(PurchaseID=GUID_KEY("Purchase id").of("ID"))
"""Columns of parts that the purchase's id identifies, alone or with others."""

COMBINED = table(CombineAdditionalCharges=BOOL("Whether additional charges stand among the lines"))
TASK_KEY = key_or("", GUID_KEY)

INVOICE_TASK = table(
    COMBINED,
    TaskID=GUID_KEY("Invoice task id"),
    InvoiceTotalAmount=NUM("Invoice total; only the invoice endpoint fills it"),
    InvoiceTotalTaxAmount=NUM("Invoice tax; only the invoice endpoint fills it"),
)
"""What the invoice endpoints send beside the invoice."""

CREDIT_NOTE_TASK = table(COMBINED, TaskID=GUID_KEY("Credit note task id"))
"""What the credit note endpoints send beside the credit note."""

JOURNALS_TASK = table(TaskID=GUID_KEY("Task id of the journals"))
"""What the endpoints of manual journals send beside the journals."""

PAYMENT_PLACES = {
    "Order.Prepayments[]": {"Type": "=PREPAYMENT"},
    "Invoice[].Payments[]": {"Type": "=PAYMENT"},
    "CreditNote[].Refunds[]": {"Type": "=REFUND"},
}
"""Where a purchase holds what its payment endpoints list."""


class PurchaseStockReceived(Part):
    """Receipts of goods, one row per receiving task."""

    schema = cut(Purchases, "StockReceived[]", IN_PURCHASE, TaskID=GUID_KEY("Receiving task id"))


class PurchasePutAways(Part):
    """Goods put away, one row per task; the receipts of ``purchase_stock_received`` again.

    Not selected by default: they are the receipts again.
    """

    selected_by_default = False
    schema = cut(Purchases, "PutAway[]", IN_PURCHASE, TaskID=GUID_KEY("Put-away task id"))


class PurchaseInvoices(Part):
    """Supplier invoices; a voided one stays beside its re-issue."""

    schema = cut(Purchases, "Invoice[]", IN_PURCHASE, INVOICE_TASK)


class PurchaseCreditNotes(Part):
    """Supplier credit notes with the goods sent back."""

    schema = cut(
        Purchases,
        "CreditNote[]",
        IN_PURCHASE,
        CREDIT_NOTE_TASK,
        CreditNoteInvoiceNumber=STR("Invoice number the credit note belongs to"),
    )


class PurchaseManualJournals(Part):
    """Manual journals that add costs to purchases.

    Not selected by default: ``purchases`` holds them.
    """

    selected_by_default = False
    schema = cut(Purchases, "ManualJournals[]", IN_PURCHASE, JOURNALS_TASK)


class PurchaseAttachments(Part):
    """Files attached to purchases, one row per purchase.

    Not selected by default: ``purchases`` holds them.
    """

    selected_by_default = False
    schema = cut(
        Purchases,
        "",
        TaskID=GUID_KEY("Purchase id").of("ID"),
        Lines=many(ATTACHMENT, "Attached files").of("Attachments"),
    )


class PurchaseOrderLines(Part):
    """Ordered products, one row per order line."""

    schema = cut(Purchases, "Order.Lines[]", OF_PURCHASE, NUMBERED)


class PurchaseOrderCharges(Part):
    """Freight and services ordered with the products, one row per charge."""

    schema = cut(Purchases, "Order.AdditionalCharges[]", OF_PURCHASE, NUMBERED)


class PurchaseInvoiceLines(Part):
    """Invoiced products, one row per invoice line; lines of voided invoices included."""

    schema = cut(
        Purchases,
        "Invoice[].Lines[]",
        OF_PURCHASE,
        TaskID=TASK_KEY("Invoice task id", to="purchase_invoices.TaskID").of("Invoice[].TaskID"),
        **NUMBERED,
    )


class PurchaseInvoiceCharges(Part):
    """Freight and services invoiced, one row per charge; those of voided invoices included."""

    schema = cut(
        Purchases,
        "Invoice[].AdditionalCharges[]",
        OF_PURCHASE,
        TaskID=TASK_KEY("Invoice task id", to="purchase_invoices.TaskID").of("Invoice[].TaskID"),
        **NUMBERED,
    )


class PurchaseReceiptLines(Part):
    """Received products, one row per receipt line."""

    schema = cut(
        Purchases,
        "StockReceived[].Lines[]",
        OF_PURCHASE,
        TaskID=TASK_KEY("Receiving task id", to="purchase_stock_received.TaskID").of(
            "StockReceived[].TaskID"
        ),
        **NUMBERED,
    )


class PurchasePutAwayLines(Part):
    """Goods put away, one row per line; on accounts with Put Away receipts have no lines.

    Elsewhere they repeat ``purchase_receipt_lines``: never add the two up.
    """

    schema = cut(
        Purchases,
        "PutAway[].Lines[]",
        OF_PURCHASE,
        TaskID=TASK_KEY("Put-away task id", to="purchase_put_aways.TaskID").of("PutAway[].TaskID"),
        **NUMBERED,
    )


class PurchaseCreditNoteLines(Part):
    """Credited products, one row per line of a supplier credit note."""

    schema = cut(
        Purchases,
        "CreditNote[].Lines[]",
        OF_PURCHASE,
        TaskID=TASK_KEY("Credit note task id", to="purchase_credit_notes.TaskID").of(
            "CreditNote[].TaskID"
        ),
        **NUMBERED,
    )


class PurchaseCreditNoteCharges(Part):
    """Freight and services credited, one row per charge of a supplier credit note."""

    schema = cut(
        Purchases,
        "CreditNote[].AdditionalCharges[]",
        OF_PURCHASE,
        TaskID=TASK_KEY("Credit note task id", to="purchase_credit_notes.TaskID").of(
            "CreditNote[].TaskID"
        ),
        **NUMBERED,
    )


class PurchaseInventoryMovements(Part):
    """Cost of the stock that purchases moved; without quantity and location.

    Not selected by default: ``purchases`` holds them.
    """

    selected_by_default = False
    schema = cut(Purchases, "InventoryMovements[]", OF_PURCHASE, NUMBERED)


class SimplePurchases(Part):
    """Purchases in the shape of the deprecated ``/purchase``; prefer ``purchases``.

    Not selected by default: other streams hold the same rows.
    """

    selected_by_default = False
    schema = cut(Purchases, "", SIMPLE_PURCHASE)


class SimplePurchaseOrders(Part):
    """Orders of purchases, one row each.

    Not selected by default: other streams hold the same rows.
    """

    selected_by_default = False
    schema = cut(Purchases, "Order", COMBINED, TaskID=GUID_KEY("Purchase id").of("ID"))


class SimplePurchaseStock(Part):
    """Receipts in the shape of the deprecated ``/purchase/stock``.

    Not selected by default: other streams hold the same rows.
    """

    selected_by_default = False
    schema = cut(Purchases, "StockReceived[]", TaskID=GUID_KEY("Receiving task id"))


class SimplePurchaseInvoices(Part):
    """Invoices in the shape of the deprecated ``/purchase/invoice``.

    Not selected by default: other streams hold the same rows.
    """

    selected_by_default = False
    schema = cut(Purchases, "Invoice[]", INVOICE_TASK)


class SimplePurchaseCreditNotes(Part):
    """Credit notes in the shape of the deprecated ``/purchase/creditnote``.

    Not selected by default: other streams hold the same rows.
    """

    selected_by_default = False
    schema = cut(Purchases, "CreditNote[]", CREDIT_NOTE_TASK)


class SimplePurchaseManualJournals(Part):
    """Manual journals in the shape of the deprecated ``/purchase/manualJournal``.

    Not selected by default: other streams hold the same rows.
    """

    selected_by_default = False
    schema = cut(Purchases, "ManualJournals[]", JOURNALS_TASK)


class SimplePurchasePayments(Part):
    """The rows of ``purchase_payments`` in the shape of the deprecated endpoint.

    Not selected by default: other streams hold the same rows.
    """

    selected_by_default = False
    schema = cut(Purchases, PAYMENT_PLACES, PURCHASE_PAYMENT, TaskID=GUID("Purchase id").of("ID"))


class PurchasePayments(Part):
    """Prepayments, payments and refunds of purchases, from orders, invoices, credit notes."""

    schema = cut(
        Purchases,
        PAYMENT_PLACES,
        PURCHASE_PAYMENT,
        IN_PURCHASE,
        TaskID=GUID("Purchase id").of("ID"),
    )
