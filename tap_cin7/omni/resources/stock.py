"""Omni stock: levels, adjustments, transfers between branches, serial numbers."""

from __future__ import annotations

from tap_cin7.omni.resource import OmniResource
from tap_cin7.omni.resources.objects import ACTED, FAX, HANDLING, LINE, OPTIONS, PERSON, SIZE_ROW
from tap_cin7.reading.parts import Snapshot, snapshot_of
from tap_cin7.rows.fields import DATETIME, INT, KEY, NUM, OPEN, STR, many, record, record_key, table


class Stock(OmniResource):
    """Stock levels, one row per product option, size and branch, zero rows included.

    modifiedDate is the last stock transaction and may stand still while incoming or sold
    quantities change, so the whole list is read each time by default.
    """

    path = "/v1/Stock"
    incremental_setting = "stock_incremental"
    rank = 40
    schema = record(
        table(record_key=record_key("productId", "productOptionId", "branchId", "size")),
        OPTIONS,
        productId=INT("Product counted (products.id)", to="products.id"),
        productOptionId=INT("Product option counted (product_options.id)", to="product_options.id"),
        modifiedDate=DATETIME("Last stock transaction"),
        styleCode=STR("Style code of the product"),
        code=STR("SKU of the option or size"),
        barcode=STR("Barcode of the option or size"),
        branchId=INT("Branch that holds the stock (branches.id)", to="branches.id"),
        branchName=STR("Name of the branch"),
        productName=STR("Name of the product"),
        size=STR("Label of the size; null or empty without sizes"),
        available=NUM("Units free to sell"),
        stockOnHand=NUM("Units physically at the branch"),
        openSales=NUM("Units on open sales orders"),
        incoming=NUM("Units on their way in"),
        virtual=NUM("Units of virtual stock"),
        holding=NUM("Units on hold"),
    )


class StockSnapshots(Snapshot):
    """Stock levels as they were, one snapshot a day."""

    schema = snapshot_of(Stock)


class Adjustments(OmniResource):
    """Stock adjustments with one line per corrected item."""

    path = "/v1/Adjustments"
    bounded_by_start_date = True
    schema = record(
        ACTED,
        id=KEY("Adjustment id"),
        processedBy=INT("User who processed the adjustment (users.id)", to="users.id"),
        branchId=INT("Branch that is adjusted (branches.id)", to="branches.id"),
        completedDate=DATETIME("When the adjustment was completed"),
        adjustInAccountingSystem=DATETIME("When accounting is adjusted as well"),
        adjustmentReason=STR("Why stock is adjusted"),
        alternativeAccountCode=STR("Accounting code used instead of the usual one"),
        productTotal=NUM("Sum of the product lines"),
        lineItems=many(
            table(
                LINE,
                qtyAdjusted=NUM("Quantity adjusted"),
                holdingQty=NUM("Quantity on hold"),
                account=STR("Accounting code the line is posted to"),
                unitCost=NUM("Cost of one unit"),
            ),
            "One entry per corrected item",
        ),
    )


class BranchTransfers(OmniResource):
    """Transfers of stock from one branch to another, with their lines."""

    path = "/v1/BranchTransfers"
    bounded_by_start_date = True
    schema = record(
        ACTED,
        HANDLING,
        PERSON,
        FAX,
        id=KEY("Transfer id"),
        customFields=OPEN("Custom fields of the account by field code"),
        approvedBy=INT("User who approved the transfer (users.id)", to="users.id"),
        deliveryInstructions=STR("Instructions for the delivery"),
        productTotal=NUM("Sum of the product lines"),
        sourceBranchId=INT("Branch the stock leaves (branches.id)", to="branches.id"),
        destinationBranchId=INT("Branch the stock goes to (branches.id)", to="branches.id"),
        approvalDate=DATETIME("When the transfer was approved"),
        dispatchedDate=DATETIME("When the stock left the source branch"),
        receivedDate=DATETIME("When the stock reached its destination"),
        stage=STR("Stage of the transfer"),
        lineItems=many(
            table(
                LINE,
                qtyTransferred=NUM("Quantity transferred, possibly fractional"),
                unitCost=NUM("Cost of one unit"),
                sizes=many(
                    table(SIZE_ROW, size=STR("Label of the size, where name is not used")),
                    "Quantities per size",
                ),
            ),
            "One entry per transferred item",
        ),
    )


class SerialNumbers(OmniResource):
    """Serial numbers and where they are; no dates, so all rows are read each time."""

    path = "/v1/SerialNumbers"
    schema = record(
        id=KEY("Serial number id"),
        serialnumber=STR("The serial number itself; lower case in the API"),
        productId=INT("Product it belongs to (products.id)", to="products.id"),
        productOptionId=INT(
            "Product option it belongs to (product_options.id)", to="product_options.id"
        ),
        lineItemId=INT("Document line it is attached to (lineItems.id)"),
        code=STR("SKU of the option"),
        holdingGroup=STR("Group the serial number is held for"),
        branchId=INT("Branch that holds it (branches.id)", to="branches.id"),
        available=NUM("Units available under this serial number"),
    )
