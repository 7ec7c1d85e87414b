"""Omni sales: quotes, orders with and without cartons, credit notes, vouchers."""

from __future__ import annotations

from tap_cin7.omni.resource import OmniResource
from tap_cin7.omni.resources.objects import DOCUMENT, ORDER_TERMS, POSTING, SIZE_ROW, TRADE_LINE
from tap_cin7.rows.fields import (
    BOOL,
    DATETIME,
    ENUM,
    INT,
    KEY,
    NUM,
    STR,
    TEXT_KEY,
    many,
    record,
    table,
)

SALES_LINE = table(
    TRADE_LINE,
    unitCost=NUM("Cost of one unit"),
    uomPrice=NUM("Price of one unit of measure"),
    uomQtyOrdered=NUM("Quantity ordered, in units of measure"),
    uomQtyShipped=NUM("Quantity shipped, in units of measure"),
    uomSize=NUM("Single units in one unit of measure"),
    holdingQty=NUM("Quantity on hold"),
    accountCode=STR("Accounting code the line is posted to"),
    stockControl=ENUM("Undefined, Batch, Machine, Serial, Labour or FIFO"),
    stockMovements=many(
        table(
            batch=STR("Batch number"),
            quantity=NUM("Quantity of the batch or serial number"),
            serial=STR("Serial number"),
        ),
        "Batches and serial numbers behind the line",
    ),
    sizes=many(SIZE_ROW, "Quantities per size"),
    taxRate=NUM("Tax rate of the line as a number; may be missing"),
)

CARTON = table(
    number=STR("Number of the carton"),
    sscc=STR("Serial shipping container code of the carton"),
    length=NUM("Length of the carton"),
    depth=NUM("Depth of the carton"),
    height=NUM("Height of the carton"),
    volume=NUM("Volume of the carton"),
    weight=NUM("Weight of the carton"),
    trackingNumber=STR("Tracking number of the carton"),
    palletNumber=STR("Pallet the carton stands on"),
    cartonItems=many(
        table(
            lineItemId=INT("Order line that was packed (lineItems.id)", to="sales_order_lines.id"),
            productCode=STR("SKU packed"),
            batchNumber=STR("Batch packed"),
            quantity=NUM("Quantity packed"),
        ),
        "What the carton holds",
    ),
)

SALES_ORDER = table(
    DOCUMENT,
    ORDER_TERMS,
    POSTING,
    id=KEY("Order id"),
    invoiceDate=DATETIME("Date of the invoice"),
    invoiceNumber=INT("Number of the invoice"),
    dispatchedDate=DATETIME("When the goods left"),
    ediStatus=INT("State of the EDI exchange as a numeric code"),
    distributionBranchId=INT("Branch that distributes the goods (branches.id)", to="branches.id"),
    departmentNumber=STR("Department number of the customer"),
    storeLocationNumber=STR("Store number of the customer"),
    distributionCenter=STR("Distribution centre of the customer"),
    isVoid=BOOL("Whether the order is voided; voided orders stay listed"),
    lineItems=many(SALES_LINE, "One entry per ordered item, kit components included"),
)


class SalesOrders(OmniResource):
    """Sales orders with their lines, payments excluded; voided orders stay listed.

    Amounts are in the currency of the order. Nothing documents which way round ``currencyRate`` is;
    the dbt models of this project multiply by it, and a variable turns that round.
    """

    path = "/v1/SalesOrders"
    bounded_by_start_date = True
    rank = 10
    schema = record(SALES_ORDER)


class SalesOrdersWithCartons(OmniResource):
    """Sales orders again, with the cartons they were packed in.

    Not selected by default: it takes the calls of sales_orders a second time, for the cartons.
    """

    path = "/v1/SalesOrdersWithCartons"
    bounded_by_start_date = True
    selected_by_default = False
    schema = record(
        SALES_ORDER,
        ssccNumber=STR("Serial shipping container code of the whole order"),
        cartonsWithLineItems=many(CARTON, "One entry per carton, with what it holds"),
    )


class Quotes(OmniResource):
    """Quotes given to customers, with their lines."""

    path = "/v1/Quotes"
    bounded_by_start_date = True
    schema = record(
        DOCUMENT,
        ORDER_TERMS,
        id=KEY("Quote id"),
        probability=NUM("Estimated chance of winning the quote"),
        expectedOrderDate=DATETIME("When the order is expected"),
        acceptanceDate=DATETIME("When the customer accepted the quote"),
        lineItems=many(
            table(
                TRADE_LINE,
                unitCost=NUM("Cost of one unit"),
                holdingQty=NUM("Quantity on hold"),
            ),
            "One entry per quoted item",
        ),
    )


class CreditNotes(OmniResource):
    """Credit notes to customers with their lines; voided ones show in status only."""

    path = "/v1/CreditNotes"
    bounded_by_start_date = True
    schema = record(
        DOCUMENT,
        POSTING,
        id=KEY("Credit note id"),
        salesReference=STR("Reference of the sale that is credited"),
        creditNoteNumber=INT("Number of the credit note"),
        creditNoteDate=DATETIME("Date of the credit note"),
        completedDate=DATETIME("When the credit was completed"),
        customerReport=STR("Report on the credit for the customer"),
        alternativeAccountCode=STR("Accounting code used instead of the usual one"),
        lineItems=many(
            table(
                TRADE_LINE,
                unitCost=NUM("Cost of one unit"),
                accountCode=STR("Accounting code the line is posted to"),
                uomSize=NUM("Single units in one unit of measure; undocumented"),
            ),
            "One entry per credited item",
        ),
    )


class Vouchers(OmniResource):
    """Vouchers; their balances move without a stamp, so all rows are read each time."""

    path = "/v1/Voucher"
    schema = record(
        code=TEXT_KEY("Code that redeems the voucher"),
        createdDate=DATETIME("When the voucher was created"),
        status=STR("Active while a balance is left, Inactive once used up"),
        type=STR("Kind of voucher"),
        description=STR("What the voucher is for"),
        expiryDate=DATETIME("When the voucher expires"),
        amount=NUM("Face amount of the voucher"),
        customerID=INT("Customer the voucher belongs to (contacts.id)", to="contacts.id"),
        customerEmail=STR("Email address of that customer"),
        redeemedCount=INT("How many times it was redeemed"),
        redeemedCountLimit=INT("How many times it may be redeemed"),
        redeemedAmount=NUM("Amount redeemed so far"),
    )
