"""Headers of sales and of sales with credit notes."""

from __future__ import annotations

from tap_cin7.core.resource import CoreList
from tap_cin7.rows.fields import DATETIME, GUID, GUID_KEY, NUM, STR, record, table

SALE_SUMMARY = table(
    Customer=STR("Customer name"),
    CustomerID=GUID("Customer id", to="customers.ID"),
    CustomerReference=STR("The customer's own reference, usually a purchase order number"),
    Type=STR("Simple, advanced or service sale; credit notes have types of their own"),
    Status=STR("Where the sale stands as a whole; VOIDED sales stay listed"),
    ShipBy=DATETIME("Business date by which to ship"),
    BaseCurrency=STR("Currency code of the company when the sale was made"),
    CustomerCurrency=STR("Currency code of the customer, that of the document amounts"),
    CombinedPickingStatus=STR("Picking over all fulfilments, such as PARTIALLY PICKED"),
    CombinedPackingStatus=STR("Packing over all fulfilments, such as PARTIALLY PACKED"),
    CombinedShippingStatus=STR("Shipping over all fulfilments, such as PARTIALLY SHIPPED"),
    FulFilmentStatus=STR("Fulfilment over the whole sale, such as PARTIALLY FULFILLED"),
    CombinedInvoiceStatus=STR("State over all invoices: DRAFT, AUTHORISED, PAID and so on"),
    CombinedPaymentStatus=STR("Payment over all invoices, such as PREPAID or NOT REFUNDED"),
    CombinedTrackingNumbers=STR("Tracking numbers of all shipments"),
    SourceChannel=STR("Channel the sale came in by"),
    ExternalID=STR("Free identifier set through the API by other systems"),
)
"""What a sale says of itself in lists and in detail."""

SALE_HEADER = table(
    table(
        SaleID=GUID_KEY("Sale id"),
        OrderNumber=STR("Order number given by Cin7"),
        Updated=DATETIME("Last change of the sale; drives incremental replication"),
    ),
    SALE_SUMMARY,
    OrderDate=DATETIME("Business date of the order"),
    OrderLocationID=GUID("Location id of the order", to="locations.ID"),
    QuoteStatus=STR("State of the quote"),
    OrderStatus=STR("State of the order"),
    InvoiceNumber=STR("Invoice number given by Cin7"),
    InvoiceDate=DATETIME("Business date of the invoice"),
    InvoiceDueDate=DATETIME("Business date on which payment is due"),
    InvoiceAmount=NUM("Invoiced less credited, in customer currency"),
    PaidAmount=NUM("Paid less refunded, in customer currency"),
    CreditNoteNumber=STR("Credit note number, empty without a credit note"),
    CreditNoteStatus=STR("State of the credit note; NOT AVAILABLE without one"),
    RestockStatus=STR("State of returning credited goods to stock"),
)
"""Row of both header lists."""


class SaleList(CoreList):
    """Headers of all sales: statuses, dates and totals, without lines or addresses."""

    path = "/saleList"
    code_param = "Search"
    named_by = ("OrderNumber",)
    records_key = "SaleList"
    since_param = "UpdatedSince"
    stamp_field = "Updated"
    bounded_by_start_date = True
    schema = record(
        SALE_HEADER,
        SaleInvoicesTotalAmount=NUM("Total of the sale's invoices"),
        CombinedPaymentTotal=NUM("Total paid over the sale's invoices"),
    )


class SaleCreditNoteList(CoreList):
    """Headers of sales that have a credit note: one row per sale, not per credit note.

    Not selected by default: ``sale_list`` has the same rows.
    """

    selected_by_default = False
    path = "/saleCreditNoteList"
    code_param = "Search"
    named_by = ("OrderNumber",)
    records_key = "SaleList"
    since_param = "UpdatedSince"
    stamp_field = "Updated"
    bounded_by_start_date = True
    schema = record(SALE_HEADER, SaleID=GUID_KEY("Sale id", to="sale_list.SaleID"))
