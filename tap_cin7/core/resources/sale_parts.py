"""Documents and lines of sales, cut from the sale's detail at no extra call.

A part holds what the endpoint of its own would answer plus what the detail says beyond that;
a column that only the endpoint fills stays null, as its description says.
"""

from __future__ import annotations

from tap_cin7.core.resources.objects import ATTACHMENT, PAYMENT
from tap_cin7.core.resources.sale_details import Sales
from tap_cin7.reading.parts import NUMBERED, Part, cut
from tap_cin7.rows.fields import BOOL, GUID, GUID_KEY, NUM, STR, many, table

OF_SALE = table(SaleID=GUID_KEY("Id of the sale").of("ID"))
"""Columns of parts that the sale's id identifies, alone or with others."""

IN_SALE = table(SaleID=GUID("Id of the sale").of("ID"))
"""Columns of parts that have an id of their own."""

OF_FULFILMENT = table(
    IN_SALE,
    TaskID=GUID_KEY("Task id of the fulfilment", to="sale_fulfilments.TaskID").of(
        "Fulfilments[].TaskID"
    ),
)
"""Columns of the steps of a fulfilment."""

COMBINED = table(
    CombineAdditionalCharges=BOOL("Charges stand among the lines; null, the detail omits it"),
)

SALE_PAYMENT = table(
    PAYMENT,
    SaleOrderNumber=STR("Order number of the sale"),
    InvoiceNumber=STR("Number of the invoice paid"),
    CreditNoteNumber=STR("Number of the credit note refunded"),
    Type=STR("PREPAYMENT, PAYMENT or REFUND, by where the detail holds it"),
    CreditID=GUID(
        "Customer credit the payment is taken from; null, the detail omits it",
        to="customer_credits.CreditID",
    ),
)


class SaleQuotes(Part):
    """Quote of each sale, with lines, charges and prepayments.

    Not selected by default: ``sales`` holds it as Quote.
    """

    selected_by_default = False
    schema = cut(Sales, "Quote", OF_SALE, COMBINED)


class SaleOrders(Part):
    """Order of each sale, with lines and charges.

    Not selected by default: ``sales`` holds it as Order.
    """

    selected_by_default = False
    schema = cut(Sales, "Order", OF_SALE, COMBINED)


class SaleOrderLines(Part):
    """Ordered items, one row per order line.

    Some old sales have none, although goods left: see ``sale_fulfilment_lines``. Lines of voided
    sales are included: see ``Status`` of ``sales``.
    """

    schema = cut(Sales, "Order.Lines[]", OF_SALE, NUMBERED)


class SaleOrderCharges(Part):
    """Freight, fees and discounts of orders on top of their lines, one row per charge."""

    schema = cut(Sales, "Order.AdditionalCharges[]", OF_SALE, NUMBERED)


class SaleFulfilments(Part):
    """Fulfilments of sales with their pick, pack and ship."""

    schema = cut(Sales, "Fulfilments[]", IN_SALE, TaskID=GUID_KEY("Task id of the fulfilment"))


class SaleFulfilmentPicks(Part):
    """Pick of each fulfilment: which goods left which location.

    Not selected by default: ``sale_fulfilments`` holds it.
    """

    selected_by_default = False
    schema = cut(Sales, "Fulfilments[].Pick", OF_FULFILMENT)


class SaleFulfilmentPacks(Part):
    """Pack of each fulfilment: which goods went into which box.

    Not selected by default: ``sale_fulfilments`` holds it.
    """

    selected_by_default = False
    schema = cut(Sales, "Fulfilments[].Pack", OF_FULFILMENT)


class SaleFulfilmentShips(Part):
    """Shipping of each fulfilment: address, carriers and tracking numbers.

    Not selected by default: ``sale_fulfilments`` holds it.
    """

    selected_by_default = False
    schema = cut(Sales, "Fulfilments[].Ship", OF_FULFILMENT)


class SaleFulfilmentLines(Part):
    """Picked goods, one row per pick line."""

    schema = cut(
        Sales,
        "Fulfilments[].Pick.Lines[]",
        OF_SALE,
        FulfilmentTaskID=GUID_KEY("Task id of the fulfilment", to="sale_fulfilments.TaskID").of(
            "Fulfilments[].TaskID"
        ),
        **NUMBERED,
    )


class SaleInvoices(Part):
    """Invoices of sales with lines, charges and payments; voided ones included.

    A voided invoice stays beside the one that was issued in its place, and drafts are here too:
    sums take what ``Status`` says is neither. Its ``TaskID`` is called ``InvoiceTaskID`` in
    ``sale_invoice_lines``.
    """

    schema = cut(Sales, "Invoices[]", IN_SALE, COMBINED, TaskID=GUID_KEY("Task id of the invoice"))


class SaleInvoiceLines(Part):
    """Invoiced items, one row per invoice line.

    Lines of voided invoices and of drafts are included: ``Status`` is in ``sale_invoices``, whose
    ``TaskID`` is ``InvoiceTaskID`` here. Charges on top of the lines are in
    ``sale_invoice_charges``. Amounts are in the customer's currency. Cin7 does not say whether
    ``Total`` holds the tax; where ``TaxCalculation`` of the sale is Inclusive, prices do.
    """

    schema = cut(
        Sales,
        "Invoices[].Lines[]",
        OF_SALE,
        InvoiceTaskID=GUID_KEY("Task id of the invoice", to="sale_invoices.TaskID").of(
            "Invoices[].TaskID"
        ),
        **NUMBERED,
    )


class SaleInvoiceCharges(Part):
    """Freight, fees and discounts of invoices on top of their lines, one row per charge.

    With ``sale_invoice_lines`` they add up to the invoice. Charges of voided invoices and of drafts
    are included: ``Status`` is in ``sale_invoices``, whose ``TaskID`` is ``InvoiceTaskID`` here.
    """

    schema = cut(
        Sales,
        "Invoices[].AdditionalCharges[]",
        OF_SALE,
        InvoiceTaskID=GUID_KEY("Task id of the invoice", to="sale_invoices.TaskID").of(
            "Invoices[].TaskID"
        ),
        **NUMBERED,
    )


class SalePayments(Part):
    """Prepayments, payments and refunds of sales, from quotes, invoices and credit notes.

    ``TaskID`` is that of an invoice (``sale_invoices``) or, where ``Type`` is REFUND, of a credit
    note (``sale_credit_notes``).
    """

    schema = cut(
        Sales,
        {
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
        },
        IN_SALE,
        SALE_PAYMENT,
        ID=GUID_KEY("Payment id"),
        TaskID=GUID("Task id of the invoice or credit note; null for prepayments"),
        SaleOrderNumber=STR("Order number of the sale").of("Order.SaleOrderNumber"),
    )


class SaleCreditNotes(Part):
    """Credit notes of sales with lines, refunds and returned goods."""

    schema = cut(
        Sales,
        "CreditNotes[]",
        IN_SALE,
        COMBINED,
        TaskID=GUID_KEY("Task id of the credit note"),
        CreditNoteBalance=NUM("Not yet refunded; null, the detail omits it"),
        Payments=many(SALE_PAYMENT, "Payments with balance; null, see Refunds instead"),
    )


class SaleCreditNoteLines(Part):
    """Credited items, one row per line of a credit note.

    Lines of voided credit notes and of drafts are included: ``Status`` is in
    ``sale_credit_notes``, whose ``TaskID`` is ``CreditNoteTaskID`` here.
    """

    schema = cut(
        Sales,
        "CreditNotes[].Lines[]",
        OF_SALE,
        CreditNoteTaskID=GUID_KEY("Task id of the credit note", to="sale_credit_notes.TaskID").of(
            "CreditNotes[].TaskID"
        ),
        **NUMBERED,
    )


class SaleCreditNoteCharges(Part):
    """Credited freight, fees and discounts, one row per charge of a credit note.

    Charges of voided credit notes and of drafts are included: ``Status`` is in
    ``sale_credit_notes``, whose ``TaskID`` is ``CreditNoteTaskID`` here.
    """

    schema = cut(
        Sales,
        "CreditNotes[].AdditionalCharges[]",
        OF_SALE,
        CreditNoteTaskID=GUID_KEY("Task id of the credit note", to="sale_credit_notes.TaskID").of(
            "CreditNotes[].TaskID"
        ),
        **NUMBERED,
    )


class SaleManualJournals(Part):
    """Manual journal of each sale, with its lines.

    Not selected by default: ``sales`` holds them.
    """

    selected_by_default = False
    schema = cut(Sales, "ManualJournals", OF_SALE)


class SaleAttachments(Part):
    """Files attached to each sale: one row per sale, its files in Lines.

    Not selected by default: ``sales`` holds them.
    """

    selected_by_default = False
    schema = cut(Sales, "", OF_SALE, Lines=many(ATTACHMENT, "Attached files").of("Attachments"))


class SaleInventoryMovements(Part):
    """Stock moved by sales, one row per movement.

    Not selected by default: ``sales`` holds them.
    """

    selected_by_default = False
    schema = cut(Sales, "InventoryMovements[]", OF_SALE, NUMBERED)
