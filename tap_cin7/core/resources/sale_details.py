"""Sales in full, and the tables of the documents that a sale consists of."""

from __future__ import annotations

from typing import ClassVar

from tap_cin7.core.resource import CoreDetail, Flag
from tap_cin7.core.resources.objects import (
    ADDITIONAL_ATTRIBUTES,
    ATTACHMENT,
    BILLING_ADDRESS,
    INVENTORY_MOVEMENT,
    MANUAL_JOURNAL_LINE,
    PAYMENT,
    POSTING,
    PRODUCT_DIMENSIONS,
)
from tap_cin7.core.resources.sales import SALE_SUMMARY, SaleList
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

SHIPPING_ADDRESS = table(
    BILLING_ADDRESS,
    Company=STR("Company to deliver to"),
    Contact=STR("Person to deliver to"),
    ShipToOther=BOOL("Goes to an address not kept with the customer"),
)

SALE_LINE = table(
    table(
        ProductID=GUID("Product id", to="products.ID"),
        SKU=STR("Product SKU"),
        Name=STR("Product name"),
        Quantity=NUM("Quantity of the product or service"),
        Price=NUM("Unit price in customer currency"),
        Discount=NUM("Discount in percent; 100 is free of charge"),
        Tax=NUM("Tax amount of the line"),
        TaxRule=STR("Tax rule of the line", to="tax_rules.Name"),
        Total=NUM("Line total"),
        AverageCost=NUM("Average cost of the product"),
        Comment=STR("Comment on the line"),
    ),
    PRODUCT_DIMENSIONS,
)
"""Line of a quote, and what order, invoice and credit note lines have in common."""

ORDER_LINE = table(
    SALE_LINE,
    DropShip=BOOL("Shipped by the supplier straight to the customer"),
    Backorder=BOOL("On backorder"),
    BackorderQuantity=NUM("Part of the quantity that is on backorder"),
)

INVOICE_LINE = table(SALE_LINE, Account=STR("Revenue account booked to", to="accounts.Code"))
"""Line of an invoice or credit note."""

CHARGE = table(
    Description=STR("Name of the service product charged"),
    Quantity=NUM("Quantity of the service"),
    Price=NUM("Unit price in customer currency"),
    Discount=NUM("Discount in percent; 100 is free of charge"),
    Tax=NUM("Tax amount of the charge"),
    TaxRule=STR("Tax rule of the charge", to="tax_rules.Name"),
    Total=NUM("Total of the charge"),
    Comment=STR("Comment on the charge"),
)
"""Additional charge of a quote or order."""

INVOICE_CHARGE = table(CHARGE, Account=STR("Revenue account booked to", to="accounts.Code"))
"""Additional charge of an invoice or credit note."""

TOTALS = table(
    TotalBeforeTax=NUM("Lines and charges without tax"),
    Tax=NUM("Tax on lines and charges"),
    Total=NUM("Lines and charges with tax"),
)

QUOTE = table(
    TOTALS,
    Memo=STR("Note on the quote"),
    Status=STR("State of the quote, such as DRAFT or AUTHORISED"),
    Prepayments=many(PAYMENT, "Payments taken before there is an invoice"),
    Lines=many(SALE_LINE, "One entry per quoted item"),
    AdditionalCharges=many(CHARGE, "Charges on top of the lines"),
)

ORDER = table(
    TOTALS,
    SaleOrderNumber=STR("Order number given by Cin7"),
    Memo=STR("Note on the order"),
    Status=STR("State of the order, such as DRAFT or AUTHORISED"),
    Lines=many(ORDER_LINE, "One entry per ordered item"),
    AdditionalCharges=many(CHARGE, "Charges on top of the lines"),
)

PICK_LINE = table(
    table(
        ProductID=GUID("Product id", to="products.ID"),
        SKU=STR("Product SKU"),
        Name=STR("Product name"),
        Quantity=NUM("Quantity picked, packed or returned"),
        Location=STR("Name of the location the goods leave"),
        LocationID=GUID("Id of the location the goods leave", to="locations.ID"),
        BatchSN=STR("Batch or serial number"),
        ExpiryDate=DATETIME("Business date on which the batch expires"),
        Box=STR("Box the goods are packed in; packing only"),
        NonInventory=BOOL("Not a stock item, so no stock moves"),
        WarrantyRegistrationNumber=STR("Warranty registration number; packing only"),
        RestockLocation=STR("Name of the location of return; credit notes only"),
        RestockLocationID=GUID(
            "Id of the location of return; credit notes only", to="locations.ID"
        ),
        RestockDate=DATETIME("Business date of the return; credit notes only"),
    ),
    PRODUCT_DIMENSIONS,
)
"""Goods picked, packed or, on credit notes, taken back."""

PICK = table(
    Status=STR("State of the pick: NOT AVAILABLE, DRAFT, AUTHORISED or VOIDED"),
    Lines=many(PICK_LINE, "One entry per picked product, location and batch"),
)

PACK = table(
    Status=STR("State of the pack: NOT AVAILABLE, DRAFT, AUTHORISED or VOIDED"),
    Lines=many(PICK_LINE, "One entry per packed product, box and batch"),
)

SHIP_LINE = table(
    ID=GUID("Shipment id"),
    ShipmentDate=DATETIME("Business date of the shipment"),
    Carrier=STR("Carrier of the shipment", to="carriers.Description"),
    Boxes=STR("Boxes in the shipment, separated by commas"),
    TrackingNumber=STR("Tracking number"),
    TrackingURL=STR("Where to follow the shipment"),
    IsShipped=BOOL("Has left"),
)

SHIP = table(
    Status=STR("State of the shipping, PARTIALLY AUTHORISED included"),
    RequireBy=DATETIME("Business date by which the goods are required"),
    ShippingAddress=obj(SHIPPING_ADDRESS, "Where the goods go"),
    ShippingNotes=STR("Notes for the delivery"),
    Lines=many(SHIP_LINE, "One entry per shipment"),
)

FULFILMENT = table(
    TaskID=GUID("Task id of the fulfilment"),
    FulfillmentNumber=INT("Number of the fulfilment, given by Cin7"),
    LinkedInvoiceNumber=STR("Number of the invoice linked to this fulfilment"),
    FulFilmentStatus=STR("State of this fulfilment, such as PARTIALLY FULFILLED"),
    Pick=obj(PICK, "What was taken from stock"),
    Pack=obj(PACK, "What was put into boxes"),
    Ship=obj(SHIP, "What was sent, and where"),
)

INVOICE = table(
    table(
        TaskID=GUID("Task id of the invoice"),
        InvoiceNumber=STR("Invoice number given by Cin7"),
        Memo=STR("Note on the invoice"),
        Status=STR("State of the invoice; voided ones stay beside their replacement"),
        InvoiceDate=DATETIME("Business date of the invoice"),
        InvoiceDueDate=DATETIME("Business date on which payment is due"),
        CurrencyConversionRate=NUM("Rate between customer and base currency"),
        BillingAddressLine1=STR("First line of the billing address"),
        BillingAddressLine2=STR("Second line of the billing address"),
        LinkedFulfillmentNumber=STR("Number of the fulfilment linked to this invoice"),
        Lines=many(INVOICE_LINE, "One entry per invoiced item"),
        AdditionalCharges=many(INVOICE_CHARGE, "Charges on top of the lines"),
        Payments=many(PAYMENT, "Payments of this invoice"),
    ),
    TOTALS,
    Paid=NUM("Sum of the payments"),
)

CREDIT_NOTE = table(
    table(
        TaskID=GUID("Task id of the credit note"),
        CreditNoteNumber=STR("Credit note number given by Cin7"),
        CreditNoteInvoiceNumber=STR("Number of the invoice that is credited"),
        Memo=STR("Note on the credit note"),
        Status=STR("State of the credit note: NOT AVAILABLE, DRAFT, AUTHORISED or VOIDED"),
        CreditNoteDate=DATETIME("Business date of the credit note"),
        CreditNoteConversionRate=NUM("Rate between customer and base currency"),
        Lines=many(INVOICE_LINE, "One entry per credited item"),
        AdditionalCharges=many(INVOICE_CHARGE, "Credited charges"),
        Refunds=many(PAYMENT, "Money given back"),
        Restock=many(PICK_LINE, "Goods taken back; empty while the restock is a draft"),
    ),
    TOTALS,
    RestockStatus=STR("State of returning the goods to stock"),
)

MANUAL_JOURNALS = table(
    Status=STR("State of the manual journal: NOT AVAILABLE, DRAFT or AUTHORISED"),
    Lines=many(MANUAL_JOURNAL_LINE, "Lines of the manual journal"),
)

SALE_TRANSACTION = table(
    table(
        TransactionID=GUID("Transaction id"),
        TaskID=GUID("Document of the sale that was posted"),
        Description=STR("What the transaction is for"),
    ),
    POSTING,
)


class Sales(CoreDetail):
    """Sales in full: quote, order, fulfilments, invoices, credit notes, journals and movements."""

    path = "/sale"
    index = SaleList
    id_field = "SaleID"
    id_param = "ID"
    params: ClassVar = {"CombineAdditionalCharges": "false"}
    flags: ClassVar = {"IncludeTransactions": Flag("include_transactions", ("Transactions",))}
    rank = 10
    schema = record(
        table(
            ID=GUID_KEY("Sale id"),
            LastModifiedOn=DATETIME("Last change of the sale"),
        ),
        SALE_SUMMARY,
        Contact=STR("Contact at the customer"),
        Phone=STR("Telephone of the contact"),
        Email=STR("E-mail address of the contact"),
        DefaultAccount=STR("Revenue account for products without one", to="accounts.Code"),
        SkipQuote=BOOL("The sale has no quote"),
        BillingAddress=obj(BILLING_ADDRESS, "Where the invoice goes"),
        ShippingAddress=obj(SHIPPING_ADDRESS, "Where the goods go"),
        ShippingNotes=STR("Notes for the delivery"),
        TaxRule=STR("Tax rule for lines without one of their own", to="tax_rules.Name"),
        TaxCalculation=STR("Whether prices include tax: Inclusive or Exclusive"),
        Terms=STR("Payment terms", to="payment_terms.Name"),
        PriceTier=STR("Price tier that sets the prices", to="price_tiers.Name"),
        Location=STR("Name of the location to pick from"),
        SaleOrderDate=DATETIME("Business date of the sale"),
        Note=STR("Free note on the sale"),
        COGSAmount=NUM("Cost of goods sold, in base currency"),
        Carrier=STR("Carrier chosen for the sale", to="carriers.Description"),
        CurrencyRate=NUM("Units of base currency for one unit of customer currency"),
        SalesRepresentative=STR("Name of the sales representative"),
        ServiceOnly=BOOL("Consists of services only"),
        Quote=obj(QUOTE, "The quote"),
        Order=obj(ORDER, "The order"),
        Fulfilments=many(FULFILMENT, "Pick, pack and ship, once per fulfilment"),
        Invoices=many(INVOICE, "Invoices, voided ones included"),
        CreditNotes=many(CREDIT_NOTE, "Credit notes with refunds and returned goods"),
        ManualJournals=obj(MANUAL_JOURNALS, "Manual journal of the sale"),
        AdditionalAttributes=obj(ADDITIONAL_ATTRIBUTES, "The account's own attributes"),
        Attachments=many(ATTACHMENT, "Attached files"),
        InventoryMovements=many(INVENTORY_MOVEMENT, "Stock moved by the sale"),
        Transactions=many(
            SALE_TRANSACTION, "Ledger postings; empty with ``include_transactions: false``"
        ),
    )
