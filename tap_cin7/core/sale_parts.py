"""Documents and lines of sales, cut from the sale's detail at no extra call.

A part holds what the endpoint of its own would answer plus what the detail says beyond that;
a column that only the endpoint fills stays null, as its description tells.
"""

from __future__ import annotations

from typing import ClassVar

from tap_cin7.core.objects import ATTACHMENT, INVENTORY_MOVEMENT, PAYMENT
from tap_cin7.core.sale_details import (
    CREDIT_NOTE,
    FULFILMENT,
    INVOICE,
    INVOICE_LINE,
    MANUAL_JOURNALS,
    ORDER,
    ORDER_LINE,
    PACK,
    PICK,
    PICK_LINE,
    QUOTE,
    SHIP,
    Sales,
)
from tap_cin7.fields import BOOL, DATETIME, KEY, NUM, STR, TEXT_KEY, many, record, table
from tap_cin7.parts import PartStream

SALE_ID = {"SaleID": "ID"}
FULFILMENT_ID = {"SaleID": "ID", "TaskID": "Fulfilments[].TaskID"}

OF_SALE = table(
    SaleID=TEXT_KEY("Id of the sale"),
    parent_modified=DATETIME("Added by the tap: the parent's last change"),
)
"""Columns of parts that the sale's id identifies, alone or with others."""

IN_SALE = table(OF_SALE, SaleID=STR("Id of the sale"))
"""Columns of parts that have an id of their own."""

COMBINED = table(
    CombineAdditionalCharges=BOOL("Charges stand among the lines; null, the detail omits it"),
)

SALE_PAYMENT = table(
    PAYMENT,
    SaleOrderNumber=STR("Order number of the sale"),
    InvoiceNumber=STR("Number of the invoice paid"),
    CreditNoteNumber=STR("Number of the credit note refunded"),
    Type=STR("PREPAYMENT, PAYMENT or REFUND, by where the detail holds it"),
    CreditID=STR("Customer credit the payment is taken from; null, the detail omits it"),
)


class SaleQuotes(PartStream):
    """Quote of each sale, with lines, charges and prepayments."""

    parent = Sales
    source = "Quote"
    copies = SALE_ID
    schema = record(OF_SALE, QUOTE, COMBINED)


class SaleOrders(PartStream):
    """Order of each sale, with lines and charges."""

    parent = Sales
    source = "Order"
    copies = SALE_ID
    schema = record(OF_SALE, ORDER, COMBINED)


class SaleOrderLines(PartStream):
    """Ordered items, one row per order line."""

    parent = Sales
    source = "Order.Lines[]"
    copies = SALE_ID
    schema = record(
        OF_SALE,
        table(line_number=KEY("Added by the tap: position within the order, from 1")),
        ORDER_LINE,
    )


class SaleFulfilments(PartStream):
    """Fulfilments of sales with their pick, pack and ship."""

    parent = Sales
    source = "Fulfilments[]"
    copies = SALE_ID
    schema = record(IN_SALE, FULFILMENT, TaskID=TEXT_KEY("Task id of the fulfilment"))


class SaleFulfilmentPicks(PartStream):
    """Pick of each fulfilment: which goods left which location."""

    parent = Sales
    source = "Fulfilments[].Pick"
    copies = FULFILMENT_ID
    schema = record(IN_SALE, PICK, TaskID=TEXT_KEY("Task id of the fulfilment"))


class SaleFulfilmentPacks(PartStream):
    """Pack of each fulfilment: which goods went into which box."""

    parent = Sales
    source = "Fulfilments[].Pack"
    copies = FULFILMENT_ID
    schema = record(IN_SALE, PACK, TaskID=TEXT_KEY("Task id of the fulfilment"))


class SaleFulfilmentShips(PartStream):
    """Shipping of each fulfilment: address, carriers and tracking numbers."""

    parent = Sales
    source = "Fulfilments[].Ship"
    copies = FULFILMENT_ID
    schema = record(IN_SALE, SHIP, TaskID=TEXT_KEY("Task id of the fulfilment"))


class SaleFulfilmentLines(PartStream):
    """Picked goods, one row per pick line."""

    parent = Sales
    source = "Fulfilments[].Pick.Lines[]"
    copies: ClassVar = {"SaleID": "ID", "FulfilmentTaskID": "Fulfilments[].TaskID"}
    schema = record(
        OF_SALE,
        table(
            FulfilmentTaskID=TEXT_KEY("Task id of the fulfilment"),
            line_number=KEY("Added by the tap: position within the pick, from 1"),
        ),
        PICK_LINE,
    )


class SaleInvoices(PartStream):
    """Invoices of sales with lines, charges and payments; voided ones included."""

    parent = Sales
    source = "Invoices[]"
    copies = SALE_ID
    schema = record(IN_SALE, INVOICE, COMBINED, TaskID=TEXT_KEY("Task id of the invoice"))


class SaleInvoiceLines(PartStream):
    """Invoiced items, one row per invoice line."""

    parent = Sales
    source = "Invoices[].Lines[]"
    copies: ClassVar = {"SaleID": "ID", "InvoiceTaskID": "Invoices[].TaskID"}
    schema = record(
        OF_SALE,
        table(
            InvoiceTaskID=TEXT_KEY("Task id of the invoice"),
            line_number=KEY("Added by the tap: position within the invoice, from 1"),
        ),
        INVOICE_LINE,
    )


class SalePayments(PartStream):
    """Prepayments, payments and refunds of sales, from quotes, invoices and credit notes."""

    parent = Sales
    copies: ClassVar = {"SaleID": "ID", "SaleOrderNumber": "Order.SaleOrderNumber"}
    source: ClassVar = {
        "Quote.Prepayments[]": {"Type": "=PREPAYMENT"},
        "Invoices[].Payments[]": {
            "Type": "=PAYMENT",
            "TaskID": "Invoices[].TaskID",
            "InvoiceNumber": "Invoices[].InvoiceNumber",
        },
        "CreditNotes[].Refunds[]": {
            "Type": "=REFUND",
            "TaskID": "CreditNotes[].TaskID",
            "InvoiceNumber": "CreditNotes[].CreditNoteInvoiceNumber",
            "CreditNoteNumber": "CreditNotes[].CreditNoteNumber",
        },
    }
    schema = record(
        IN_SALE,
        SALE_PAYMENT,
        ID=TEXT_KEY("Payment id"),
        TaskID=STR("Task id of the invoice or credit note; null for prepayments"),
    )


class SaleCreditNotes(PartStream):
    """Credit notes of sales with lines, refunds and returned goods."""

    parent = Sales
    source = "CreditNotes[]"
    copies = SALE_ID
    schema = record(
        IN_SALE,
        CREDIT_NOTE,
        COMBINED,
        TaskID=TEXT_KEY("Task id of the credit note"),
        CreditNoteBalance=NUM("Not yet refunded; null, the detail omits it"),
        Payments=many(SALE_PAYMENT, "Payments with balance; null, see Refunds instead"),
    )


class SaleManualJournals(PartStream):
    """Manual journal of each sale, with its lines."""

    parent = Sales
    source = "ManualJournals"
    copies = SALE_ID
    schema = record(OF_SALE, MANUAL_JOURNALS)


class SaleAttachments(PartStream):
    """Files attached to each sale: one row per sale, its files in Lines."""

    parent = Sales
    source = ""
    copies: ClassVar = {"SaleID": "ID", "Lines": "Attachments"}
    schema = record(OF_SALE, Lines=many(ATTACHMENT, "Attached files"))


class SaleInventoryMovements(PartStream):
    """Stock moved by sales, one row per movement."""

    parent = Sales
    source = "InventoryMovements[]"
    copies = SALE_ID
    schema = record(
        OF_SALE,
        table(line_number=KEY("Added by the tap: position among the movements, from 1")),
        INVENTORY_MOVEMENT,
    )
