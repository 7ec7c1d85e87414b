"""Purchases in full, and the tables their parts share.

Two endpoints describe the same document. The tables named ``SIMPLE_...`` hold what
``/purchase`` sends; ``Purchases`` adds what ``/advanced-purchase`` has on top. Blocks that
are an object for a simple purchase and an array for an advanced one are arrays here.
"""

from __future__ import annotations

from typing import ClassVar

from tap_cin7.core.resource import CoreDetail
from tap_cin7.core.resources.objects import (
    ADDITIONAL_ATTRIBUTES,
    ATTACHMENT,
    BILLING_ADDRESS,
    DISPLAY_ADDRESS,
    INVENTORY_MOVEMENT,
    MANUAL_JOURNAL_LINE,
    PAYMENT,
    PRODUCT_DIMENSIONS,
)
from tap_cin7.core.resources.purchasing import PurchaseList
from tap_cin7.rows.fields import (
    BOOL,
    DATETIME,
    GUID,
    GUID_KEY,
    INT,
    NUM,
    STR,
    many,
    obj,
    record,
    table,
)

PURCHASE_LINE = table(
    ProductID=GUID("Product id", to="products.ID"),
    SKU=STR("Product code"),
    Name=STR("Product name"),
    Quantity=NUM("Quantity of the product or service"),
    Price=NUM("Unit price, in the supplier's currency"),
    Discount=NUM("Discount in percent, 0 to 100"),
    Tax=NUM("Tax amount of the line"),
    TaxRule=STR("Name of the tax rule", to="tax_rules.Name"),
    Comment=STR("Comment on the line"),
    Total=NUM("Line total"),
    **PRODUCT_DIMENSIONS,
)
"""What order, invoice and credit note lines have in common."""

ORDER_LINE = table(PURCHASE_LINE, SupplierSKU=STR("Supplier's own product code"))
"""Ordered product."""

BILLED_LINE = table(
    PURCHASE_LINE, Account=STR("Code of the account the line posts to", to="accounts.Code")
)
"""Product invoiced or credited."""

INVOICE_LINE = table(BILLED_LINE, NonInventory=BOOL("Whether the product is not stocked"))
"""Invoiced product as ``/advanced-purchase`` sends it."""

CHARGE = table(
    Description=STR("Service product behind the charge"),
    Reference=STR("Comment or reference of the charge"),
    Quantity=NUM("Quantity of the service"),
    Price=NUM("Unit price, in the supplier's currency"),
    Discount=NUM("Discount in percent, 0 to 100"),
    Tax=NUM("Tax amount of the charge"),
    TaxRule=STR("Name of the tax rule", to="tax_rules.Name"),
    Total=NUM("Total of the charge"),
)
"""Additional charge on an order, such as freight."""

BILLED_CHARGE = table(
    CHARGE, Account=STR("Code of the account the charge posts to", to="accounts.Code")
)
"""Additional charge invoiced or credited."""

TOTALS = table(
    TotalBeforeTax=NUM("Lines and additional charges, tax excluded"),
    Tax=NUM("Tax on lines and additional charges"),
    Total=NUM("Lines and additional charges, tax included"),
)
"""Totals of an order, invoice or credit note."""

RECEIVED_LINE = table(
    Date=DATETIME("Business date of the receipt"),
    Quantity=NUM("Quantity received"),
    ProductID=GUID("Product id", to="products.ID"),
    SKU=STR("Product code"),
    Name=STR("Product name"),
    Location=STR("Location the goods go to"),
    LocationID=GUID("Id of that location", to="locations.ID"),
    Received=BOOL("Whether the goods have arrived"),
    BatchSN=STR("Batch or serial number"),
    SupplierSKU=STR("Supplier's own product code"),
    ExpiryDate=DATETIME("When the batch expires"),
    **PRODUCT_DIMENSIONS,
)
"""Received product."""

SHELVED_LINE = table(RECEIVED_LINE, CardID=GUID("Id of the stock batch"))
"""Product received or put away, with its stock batch."""

RECEIPT_LINE = table(SHELVED_LINE, NonInventory=BOOL("Whether the product is not stocked"))
"""Received product as ``/advanced-purchase`` sends it."""

UNSTOCK_LINE = table(
    CardID=GUID("Id of the stock batch"),
    Date=DATETIME("Business date of the return"),
    Quantity=NUM("Quantity returned"),
    ProductID=GUID("Product id", to="products.ID"),
    SKU=STR("Product code"),
    Name=STR("Product name"),
    Location=STR("Location the goods are taken from"),
    BatchSN=STR("Batch or serial number"),
    ExpiryDate=DATETIME("When the batch expires"),
    **PRODUCT_DIMENSIONS,
)
"""Product sent back to the supplier with a credit note."""

PURCHASE_JOURNAL_LINE = table(
    MANUAL_JOURNAL_LINE,
    IsSystem=BOOL("Whether the line is the system's own and cannot be changed"),
)
"""Manual journal line of a purchase."""

ORDER = table(
    Memo=STR("Memo printed on the order"),
    Status=STR("Status of the order: NOT AVAILABLE, DRAFT, AUTHORISED or VOIDED"),
    Lines=many(ORDER_LINE, "Ordered products"),
    AdditionalCharges=many(CHARGE, "Services and freight ordered"),
    **TOTALS,
)
"""Order of a purchase."""

INVOICE = table(
    InvoiceDate=DATETIME("Business date of the invoice"),
    InvoiceDueDate=DATETIME("When payment is due"),
    InvoiceNumber=STR("Invoice number"),
    Status=STR("Status of the invoice: NOT AVAILABLE, DRAFT, AUTHORISED, VOIDED or PAID"),
    Lines=many(BILLED_LINE, "Invoiced products"),
    AdditionalCharges=many(BILLED_CHARGE, "Services and freight invoiced"),
    **TOTALS,
)
"""Invoice without its payments."""

CREDIT_NOTE = table(
    CreditNoteNumber=STR("Number of the credit note"),
    CreditNoteDate=DATETIME("Business date of the credit note"),
    Status=STR("Status of the credit note: NOT AVAILABLE, DRAFT, AUTHORISED or VOIDED"),
    Lines=many(BILLED_LINE, "Credited products"),
    AdditionalCharges=many(BILLED_CHARGE, "Services and freight credited"),
    Unstock=many(UNSTOCK_LINE, "Products sent back to the supplier"),
    **TOTALS,
)
"""Credit note without its refunds."""

RECEIPT = table(
    Status=STR("Status of the receipt: NOT AVAILABLE, DRAFT, AUTHORISED or VOIDED"),
    Lines=many(SHELVED_LINE, "Received products"),
)
"""Receipt of goods."""

PUT_AWAY = table(
    TaskID=GUID("Put-away task id"),
    Status=STR("Status of the put-away: NOT AVAILABLE, DRAFT, AUTHORISED or VOIDED"),
    Lines=many(SHELVED_LINE, "Products put away"),
)
"""Goods of a receipt laid on their shelves."""

MANUAL_JOURNALS = table(
    Status=STR("Status of the journals: NOT AVAILABLE, DRAFT or AUTHORISED"),
    Lines=many(PURCHASE_JOURNAL_LINE, "Journal lines"),
)
"""Manual journals of a purchase."""

SIMPLE_INVOICE = table(
    INVOICE,
    InvocieNumber=STR("Invoice number under the name misspelt by the API"),
    Payments=many(PAYMENT, "Payments made on the invoice"),
    Paid=NUM("Paid so far, in the supplier's currency"),
)

SIMPLE_CREDIT_NOTE = table(
    CREDIT_NOTE,
    Refunds=many(PAYMENT, "Refunds received on the credit note"),
    Unstock=many(
        table(
            UNSTOCK_LINE,
            Status=STR("Status of the return, where it comes as one block"),
            Lines=many(UNSTOCK_LINE, "Returned products, where they come as one block"),
        ),
        "Products sent back to the supplier",
    ),
)

SIMPLE_PURCHASE = table(
    ID=GUID_KEY("Purchase id"),
    SupplierID=GUID("Supplier id", to="suppliers.ID"),
    Supplier=STR("Supplier name"),
    Contact=STR("Name of the contact at the supplier"),
    Phone=STR("Phone of the contact"),
    InventoryAccount=STR("Account code for lines whose product has none", to="accounts.Code"),
    BlindReceipt=BOOL("Whether goods were received without a purchase order"),
    Approach=STR("What comes first: INVOICE or STOCK"),
    BillingAddress=obj(BILLING_ADDRESS, "Billing address"),
    ShippingAddress=obj(
        table(
            DISPLAY_ADDRESS,
            ShipToOther=BOOL("Whether the goods go to another company"),
            Company=STR("That other company"),
        ),
        "Where the goods are delivered",
    ),
    BaseCurrency=STR("Base currency when the purchase was created, three letters"),
    SupplierCurrency=STR("Supplier's currency when it was chosen, three letters"),
    TaxRule=STR("Default tax rule of the purchase", to="tax_rules.Name"),
    TaxCalculation=STR("Whether prices are tax Inclusive or Exclusive"),
    Terms=STR("Name of the payment terms", to="payment_terms.Name"),
    RequiredBy=DATETIME("When the delivery is due"),
    Location=STR("Default location that receives the goods"),
    Note=STR("Internal note"),
    OrderNumber=STR("Purchase order number, generated"),
    OrderDate=DATETIME("Business date of the order"),
    Status=STR("Status of the whole purchase"),
    RelatedDropShipSaleTask=GUID("Sale task behind a drop-ship purchase"),
    CurrencyRate=NUM("Units of base currency for one unit of the supplier's"),
    LastUpdatedDate=DATETIME("Last change, UTC"),
    Order=obj(
        table(ORDER, Prepayments=many(PAYMENT, "Payments made before the invoice")),
        "What was ordered",
    ),
    StockReceived=many(RECEIPT, "Receipts of goods"),
    Invoice=many(SIMPLE_INVOICE, "Invoices, voided ones beside their re-issue"),
    CreditNote=many(SIMPLE_CREDIT_NOTE, "Credit notes"),
    ManualJournals=many(MANUAL_JOURNALS, "Manual journals"),
    AdditionalAttributes=obj(ADDITIONAL_ATTRIBUTES, "Additional attributes of the purchase"),
    Attachments=many(ATTACHMENT, "Attached files"),
    InventoryMovements=many(INVENTORY_MOVEMENT, "Cost of the stock moved"),
)
"""Purchase as ``/purchase`` sends it."""

ROUND_NUMBER = INT("Number that receipt, put-away, invoice and journal blocks carry")

DOCUMENT_PAYMENT = table(
    PAYMENT,
    PurchaseID=GUID("Purchase id", to="purchases.ID"),
    TaskID=GUID("Task id of the paid or refunded document"),
)


class Purchases(CoreDetail):
    """Purchases of every type in full: order, receipts, invoices, credit notes, journals.

    ``StockReceived`` and ``PutAway`` tell the same receipts twice: never add them up.
    """

    path = "/advanced-purchase"
    fallback_path = "/purchase"
    index = PurchaseList
    id_field = "ID"
    id_param = "ID"
    params: ClassVar[dict[str, str]] = {"CombineAdditionalCharges": "false"}
    rank = 20
    schema = record(
        SIMPLE_PURCHASE,
        Type=STR("Simple, advanced or service purchase; may change later"),
        IsServiceOnly=BOOL("Whether only services are bought"),
        CombinedReceivingStatus=STR("Receiving over all receipts, such as PARTIALLY RECEIVED"),
        CombinedInvoiceStatus=STR("Invoicing over all invoices, such as PARTIALLY INVOICED"),
        CombinedPaymentStatus=STR("Payment over all invoices, such as PREPAID or UNPAID"),
        StockReceived=many(
            table(
                RECEIPT,
                TaskID=GUID("Receiving task id"),
                Lines=many(RECEIPT_LINE, "Received products"),
                InvoicingAndReceivingNumber=ROUND_NUMBER,
            ),
            "Receipts of goods",
        ),
        PutAway=many(
            table(PUT_AWAY, InvoicingAndReceivingNumber=ROUND_NUMBER),
            "The same receipts by shelf",
        ),
        Invoice=many(
            table(
                SIMPLE_INVOICE,
                TaskID=GUID("Invoice task id"),
                Lines=many(INVOICE_LINE, "Invoiced products"),
                Payments=many(DOCUMENT_PAYMENT, "Payments made on the invoice"),
                InvoicingAndReceivingNumber=ROUND_NUMBER,
                CurrencyRate=NUM("Units of base currency for one unit of the supplier's"),
            ),
            "Invoices, voided ones beside their re-issue",
        ),
        CreditNote=many(
            table(
                SIMPLE_CREDIT_NOTE,
                TaskID=GUID("Credit note task id"),
                CreditNoteInvoiceNumber=STR("Invoice number the credit note belongs to"),
                Refunds=many(DOCUMENT_PAYMENT, "Refunds received on the credit note"),
            ),
            "Credit notes",
        ),
        ManualJournals=many(
            table(
                MANUAL_JOURNALS,
                TaskID=GUID("Task id the journals belong to"),
                InvoicingAndReceivingNumber=ROUND_NUMBER,
            ),
            "Manual journals",
        ),
    )


PURCHASE_PAYMENT = table(
    PAYMENT,
    ID=GUID_KEY("Payment id"),
    TaskID=STR("Purchase task id"),
    Type=STR("PREPAYMENT, PAYMENT or REFUND, by where the detail holds it"),
    DepositID=GUID(
        "Supplier deposit the payment was taken from; null, the detail omits it",
        to="supplier_deposits.DepositID",
    ),
)
"""Payment as the payment endpoints send it."""
