"""Purchase lists: one header row per document."""

from __future__ import annotations

from tap_cin7.core.resource import CoreList
from tap_cin7.rows.fields import BOOL, DATETIME, GUID, GUID_KEY, NUM, STR, record, table

PURCHASE_HEADER = table(
    ID=GUID_KEY("Purchase id"),
    BlindReceipt=BOOL("Whether goods were received without a purchase order"),
    OrderNumber=STR("Purchase order number, generated"),
    Status=STR("Status of the whole purchase"),
    OrderDate=DATETIME("Business date of the order"),
    InvoiceDate=DATETIME("Business date of the supplier's invoice"),
    Supplier=STR("Supplier name"),
    SupplierID=GUID("Supplier id", to="suppliers.ID"),
    InvoiceNumber=STR("Number of the supplier's invoice"),
    InvoiceAmount=NUM("Invoiced total, in the supplier's currency"),
    PaidAmount=NUM("Paid less refunded, in the supplier's currency"),
    InvoiceDueDate=DATETIME("When payment is due under the payment terms"),
    RequiredBy=DATETIME("When the delivery is due"),
    BaseCurrency=STR("Base currency of the account, three letters"),
    SupplierCurrency=STR("Supplier's currency, three letters"),
    CreditNoteNumber=STR("Number of the supplier's credit note, empty without one"),
    OrderStatus=STR("Status of the order: VOIDED, DRAFT, AUTHORISED or NOT AVAILABLE"),
    StockReceivedStatus=STR("Status of the receiving; may differ from the detail's own"),
    UnstockStatus=STR("Status of the return of goods to the supplier"),
    InvoiceStatus=STR("Status of the invoice"),
    CreditNoteStatus=STR("Status of the credit note"),
    LastUpdatedDate=DATETIME("Last change, UTC; drives incremental replication"),
    CombinedReceivingStatus=STR("Receiving over all receipts, such as PARTIALLY RECEIVED"),
    CombinedInvoiceStatus=STR("Invoicing over all invoices, such as PARTIALLY INVOICED"),
    CombinedPaymentStatus=STR("Payment over all invoices, such as PREPAID or UNPAID"),
    Type=STR("Simple, advanced or service purchase, or credit note; may change later"),
    IsServiceOnly=BOOL("Whether only services are bought"),
    DropShipTaskID=GUID("Sale that caused this drop-ship purchase", to="sales.ID"),
)
"""Row of both purchase lists."""


class PurchaseList(CoreList):
    """Headers of all purchases, simple, advanced and service; voided ones included."""

    path = "/purchaseList"
    code_param = "Search"
    named_by = ("OrderNumber",)
    records_key = "PurchaseList"
    since_param = "UpdatedSince"
    stamp_field = "LastUpdatedDate"
    bounded_by_start_date = True
    schema = record(PURCHASE_HEADER)


class PurchaseCreditNoteList(CoreList):
    """Headers of purchases with credit notes, in the columns of ``purchase_list``.

    Not selected by default: ``purchase_list`` has the same rows.
    """

    selected_by_default = False
    path = "/purchaseCreditNoteList"
    code_param = "Search"
    named_by = ("OrderNumber",)
    records_key = "PurchaseList"
    since_param = "UpdatedSince"
    stamp_field = "LastUpdatedDate"
    bounded_by_start_date = True
    schema = record(PURCHASE_HEADER, ID=GUID_KEY("Purchase id", to="purchase_list.ID"))
