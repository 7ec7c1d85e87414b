"""Stock levels, and the lists of stock documents.

Relies on: core-availability-grain.
"""

from __future__ import annotations

from tap_cin7.core.resource import CoreList
from tap_cin7.reading.parts import Snapshot, snapshot_of
from tap_cin7.rows.fields import (
    BOOL,
    DATETIME,
    GUID,
    GUID_KEY,
    NUM,
    REPETITION,
    STR,
    record,
    record_key,
    table,
)


class ProductAvailability(CoreList):
    """Stock per product, location, bin, batch and expiry date; no row where all is zero.

    Quantities are ``OnHand`` and ``Available``; ``StockOnHand`` is money. Location and
    bin are told by name only, and two locations may have one name: their rows are counted.
    """

    path = "/ref/productavailability"
    id_param = "ID"
    code_param = "Sku"
    named_by = ("ID", "SKU")
    records_key = "ProductAvailabilityList"
    schema = record(
        record_key=record_key("ID", "Location", "Bin", "Batch", "ExpiryDate", REPETITION),
        ID=GUID("Product id", to="products.ID"),
        SKU=STR("Product code"),
        Name=STR("Product name"),
        Barcode=STR("Product barcode"),
        Location=STR("Name of the location"),
        Bin=STR("Bin within the location"),
        Batch=STR("Batch or serial number"),
        ExpiryDate=DATETIME("When the batch expires"),
        OnHand=NUM("Quantity on hand"),
        Allocated=NUM("Quantity promised to open documents"),
        Available=NUM("Quantity free to sell; may be negative"),
        OnOrder=NUM("Quantity ordered but not received"),
        StockOnHand=NUM("Value of the stock on hand: money, not a quantity"),
        InTransit=NUM("Quantity on its way between locations"),
        NextDeliveryDate=DATETIME("When the next delivery is expected"),
    )


STOCK_ADJUSTMENT_HEADER = table(
    TaskID=GUID_KEY("Stock adjustment id"),
    EffectiveDate=DATETIME("Accounting date"),
    StocktakeNumber=STR("Document number, generated"),
    Status=STR("DRAFT, COMPLETED or VOIDED"),
    Account=STR("Expense account the difference posts to"),
    Reference=STR("Free reference"),
    Comment=STR("Comment on the adjustment"),
)
"""What list and detail of stock adjustments have in common."""


class ProductAvailabilitySnapshots(Snapshot):
    """Stock by product, location, bin and batch as it was, one snapshot a day."""

    schema = snapshot_of(ProductAvailability)


class StockAdjustmentList(CoreList):
    """Headers of all stock adjustments, voided ones included."""

    path = "/stockadjustmentList"
    records_key = "StockAdjustmentList"
    schema = record(STOCK_ADJUSTMENT_HEADER)


STOCKTAKE_HEADER = table(
    TaskID=GUID_KEY("Stocktake id"),
    EffectiveDate=DATETIME("Accounting date"),
    StocktakeNumber=STR("Document number, generated"),
    Status=STR("DRAFT, IN PROGRESS, COMPLETED or VOIDED"),
    Account=STR("Expense account the difference posts to"),
    LocationID=GUID("Counted location, by id", to="locations.ID"),
    Location=STR("Counted location, by name"),
    Reference=STR("Free reference"),
)
"""What list and detail of stocktakes have in common."""


class StocktakeList(CoreList):
    """Headers of all stocktakes, voided ones included."""

    path = "/stockTakeList"
    # The documented wrapper of this list is that of the stock adjustments.
    records_key = "StockAdjustmentList"
    other_records_keys = ("StockTakeList",)
    stamp_field = "LastUpdatedDate"
    bounded_by_start_date = True
    schema = record(
        STOCKTAKE_HEADER,
        Tags=STR("Product tags that limit the count, comma-separated"),
        PickZones=STR("Pick zones that limit the count, comma-separated"),
        StockLocators=STR("Stock locators that limit the count, comma-separated"),
        Categories=STR("Product categories that limit the count, comma-separated"),
        Brands=STR("Brands that limit the count, comma-separated"),
        Bins=STR("Bins that limit the count, comma-separated"),
        CreatedDate=DATETIME("When the stocktake was created"),
        LastUpdatedDate=DATETIME("Last change, UTC; drives incremental replication"),
        LastUpdatedBy=STR("User who changed it last"),
    )


STOCK_TRANSFER_HEADER = table(
    TaskID=GUID_KEY("Stock transfer id"),
    From=GUID("Sending location, by id", to="locations.ID"),
    FromLocation=STR("Sending location, by name"),
    To=GUID("Receiving location, by id", to="locations.ID"),
    ToLocation=STR("Receiving location, by name"),
    Status=STR("DRAFT, IN TRANSIT, COMPLETED or VOIDED"),
    Number=STR("Document number, generated"),
    CostDistributionType=STR("How added costs are spread: Cost, Quantity, Weight or Volume"),
    InTransitAccount=STR("Asset account that holds the value on the way"),
    DepartureDate=DATETIME("When the goods left the sending location"),
    CompletionDate=DATETIME("Business date of the completion"),
    Reference=STR("Free reference"),
    SkipOrder=BOOL("Whether the transfer goes without an order step"),
    LastModifiedOn=DATETIME("Last change, UTC; drives incremental replication"),
)
"""What list and detail of stock transfers have in common."""


class StockTransferList(CoreList):
    """Headers of all stock transfers, voided ones included."""

    path = "/stockTransferList"
    code_param = "Search"
    named_by = ("Number",)
    records_key = "StockTransferList"
    stamp_field = "LastModifiedOn"
    bounded_by_start_date = True
    schema = record(STOCK_TRANSFER_HEADER)


INVENTORY_WRITE_OFF_HEADER = table(
    TaskID=GUID_KEY("Write-off id"),
    InventoryWriteOffNumber=STR("Document number"),
    Status=STR("DRAFT, COMPLETED or VOIDED"),
    LocationID=GUID("Location the goods are taken from, by id", to="locations.ID"),
    Location=STR("Location the goods are taken from, by name"),
    Notes=STR("Free notes"),
)
"""What list and detail of inventory write-offs have in common."""


class InventoryWriteOffList(CoreList):
    """Headers of all inventory write-offs, voided ones included."""

    path = "/inventoryWriteOffList"
    code_param = "Search"
    named_by = ("InventoryWriteOffNumber",)
    records_key = "InventoryWriteOffs"
    schema = record(INVENTORY_WRITE_OFF_HEADER, Date=DATETIME("When the write-off was created"))
