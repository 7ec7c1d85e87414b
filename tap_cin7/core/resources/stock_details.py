"""Stock documents in full, and their lines."""

from __future__ import annotations

from tap_cin7.core.resource import CoreDetail
from tap_cin7.core.resources.objects import (
    ATTACHMENT,
    MANUAL_JOURNAL_LINE,
    PRODUCT_DIMENSIONS,
    TRANSACTION,
)
from tap_cin7.core.resources.stock import (
    INVENTORY_WRITE_OFF_HEADER,
    STOCK_ADJUSTMENT_HEADER,
    STOCK_TRANSFER_HEADER,
    STOCKTAKE_HEADER,
    InventoryWriteOffList,
    StockAdjustmentList,
    StocktakeList,
    StockTransferList,
)
from tap_cin7.reading.parts import NUMBERED, Part, cut
from tap_cin7.rows.fields import (
    BOOL,
    DATETIME,
    GUID,
    GUID_KEY,
    INT,
    NUM,
    OPEN,
    STR,
    many,
    obj,
    record,
    table,
)

COUNTED_PRODUCT = table(
    ProductID=GUID("Product id", to="products.ID"),
    SKU=STR("Product code"),
    ProductName=STR("Product name"),
    LocationID=GUID("Location whose stock changes, by id", to="locations.ID"),
    Location=STR("Location whose stock changes, by name"),
    BatchSN=STR("Batch or serial number"),
    ExpiryDate=DATETIME("When the batch expires"),
    Comments=STR("Comment on the line"),
    Image=obj(ATTACHMENT, "Product image, in stocktakes"),
    Barcode=STR("Product barcode, in stocktakes"),
    StockLocator=STR("Product's stock locator, in stocktakes"),
    Unit=STR("Product's default unit of measure, in stocktakes"),
    CostingMethod=STR("Product's costing method, in stocktakes, such as FIFO"),
    **PRODUCT_DIMENSIONS,
)
"""What both kinds of count lines have in common."""

EXISTING_STOCK_LINE = table(
    COUNTED_PRODUCT,
    QuantityOnHand=NUM("Quantity on hand before the change"),
    Available=NUM("Quantity free to sell"),
    Adjustment=NUM("Resulting quantity on hand, not a difference"),
)
"""Count of a product that was in stock."""

NEW_STOCK_LINE = table(
    COUNTED_PRODUCT,
    Quantity=NUM("Resulting quantity on hand"),
    UnitCost=NUM("Cost of one unit"),
    ReceivedDate=DATETIME("When the new stock counts as received"),
)
"""Count of a product that was not in stock."""

POSTED = many(TRANSACTION, "Ledger transactions that the document posted")


class StockAdjustments(CoreDetail):
    """Stock adjustments with their lines and ledger transactions."""

    path = "/stockadjustment"
    index = StockAdjustmentList
    id_field = "TaskID"
    id_param = "TaskID"
    rank = 30
    dated_by = "EffectiveDate"
    schema = record(
        STOCK_ADJUSTMENT_HEADER,
        ExistingStockLines=many(EXISTING_STOCK_LINE, "Products that were in stock"),
        NewStockLines=many(NEW_STOCK_LINE, "Products that were not in stock"),
        Transactions=POSTED,
    )


class StockAdjustmentLines(Part):
    """Adjusted products that were in stock, one row per line."""

    schema = cut(
        StockAdjustments,
        "ExistingStockLines[]",
        TaskID=GUID_KEY("Stock adjustment id").of("TaskID"),
        **NUMBERED,
    )


class StockAdjustmentNewLines(Part):
    """Adjusted products that were not in stock, one row per line."""

    schema = cut(
        StockAdjustments,
        "NewStockLines[]",
        TaskID=GUID_KEY("Stock adjustment id").of("TaskID"),
        **NUMBERED,
    )


NAMED = table(ID=STR("Id of the entry"), Name=STR("Name of the entry"))
"""Category, brand or bin that limits a count."""


class Stocktakes(CoreDetail):
    """Stocktakes with their filters, counts and ledger transactions."""

    path = "/stocktake"
    index = StocktakeList
    id_field = "TaskID"
    id_param = "TaskID"
    rank = 30
    schema = record(
        STOCKTAKE_HEADER,
        Tags=many(STR, "Product tags that limit the count"),
        PickZones=many(STR, "Pick zones that limit the count"),
        StockLocators=many(STR, "Stock locators that limit the count"),
        Categories=many(
            table(NAMED, ID=GUID("Id of the entry", to="product_categories.ID")),
            "Product categories that limit the count",
        ),
        Brands=many(
            table(NAMED, ID=GUID("Id of the entry", to="brands.ID")), "Brands that limit the count"
        ),
        Bins=many(
            table(NAMED, ID=GUID("Id of the entry", to="locations.ID")), "Bins that limit the count"
        ),
        NonZeroStockOnHandProducts=many(EXISTING_STOCK_LINE, "Products that were in stock"),
        ZeroStockOnHandProducts=many(NEW_STOCK_LINE, "Products that were not in stock"),
        Transactions=POSTED,
        UseRelativeQuantity=BOOL("Whether products without stock are counted too"),
    )


class StocktakeLines(Part):
    """Counted products that were in stock, one row per line."""

    schema = cut(
        Stocktakes,
        "NonZeroStockOnHandProducts[]",
        TaskID=GUID_KEY("Stocktake id").of("TaskID"),
        **NUMBERED,
    )


class StocktakeNewLines(Part):
    """Counted products that were not in stock, one row per line."""

    schema = cut(
        Stocktakes,
        "ZeroStockOnHandProducts[]",
        TaskID=GUID_KEY("Stocktake id").of("TaskID"),
        **NUMBERED,
    )


TRANSFER_ORDER_LINE = table(
    ProductID=GUID("Product id", to="products.ID"),
    SKU=STR("Product code"),
    ProductName=STR("Product name"),
    QuantityOnHand=NUM("Quantity on hand where the goods come from"),
    QuantityAvailable=NUM("Quantity free to move"),
    TransferQuantity=NUM("Quantity to move"),
    Comments=STR("Comment on the line"),
    **PRODUCT_DIMENSIONS,
)
"""Product ordered for transfer."""

TRANSFER_LINE = table(
    TRANSFER_ORDER_LINE,
    BatchSN=STR("Batch or serial number"),
    ExpiryDate=DATETIME("When the batch expires"),
)
"""Product moved between locations."""

TRANSFER_ORDER = table(
    Status=STR("Status of the order: NOT AVAILABLE, DRAFT or AUTHORISED"),
    Lines=many(TRANSFER_ORDER_LINE, "Products ordered for transfer"),
)
"""Order step of a stock transfer."""

# The rows of these arrays are known by name only: kept as they come.
DISTRIBUTED_COSTS = many(OPEN, "Distributed journal costs, rows as they come")

TRANSFER_JOURNAL = table(
    MANUAL_JOURNAL_LINE,
    TaskID=GUID("Stock transfer id", to="stock_transfers.TaskID"),
    ID=GUID("Journal line id"),
    ManualJournalsDistributedCosts=DISTRIBUTED_COSTS,
    vDimensionDefaultValueStockTransferJournals=many(OPEN, "Default dimensions, rows as they come"),
    ValidationText=STR("Message of the validation"),
    ValidationState=STR("Outcome of the validation"),
)
"""Manual journal line of a stock transfer."""


class StockTransfers(CoreDetail):
    """Stock transfers between locations with order, lines and manual journals."""

    path = "/stockTransfer"
    index = StockTransferList
    id_field = "TaskID"
    id_param = "TaskID"
    rank = 30
    schema = record(
        STOCK_TRANSFER_HEADER,
        RequiredByDate=DATETIME("When the goods are needed at the receiving location"),
        Lines=many(TRANSFER_LINE, "Products moved"),
        Order=obj(TRANSFER_ORDER, "Order step of the transfer"),
        ManualJournals=many(TRANSFER_JOURNAL, "Manual journals that add cost"),
        ManualJournalsDistributedCosts=DISTRIBUTED_COSTS,
    )


class StockTransferOrders(Part):
    """Order step of stock transfers, one row per transfer.

    Not selected by default: ``stock_transfers`` holds it.
    """

    selected_by_default = False
    schema = cut(
        StockTransfers,
        "Order",
        TaskID=GUID_KEY("Stock transfer id").of("TaskID"),
        LastModifiedOn=DATETIME("Last change of the transfer, UTC").of("LastModifiedOn"),
    )


class StockTransferLines(Part):
    """Products moved between locations, one row per line."""

    schema = cut(
        StockTransfers,
        "Lines[]",
        TaskID=GUID_KEY("Stock transfer id").of("TaskID"),
        **NUMBERED,
    )


WRITE_OFF_LINE = table(
    ProductID=GUID("Product id", to="products.ID"),
    ProductCode=STR("Product code"),
    Name=STR("Product name"),
    BinID=GUID("Bin id", to="locations.ID"),
    Bin=STR("Bin name"),
    BatchSN=STR("Batch or serial number"),
    ExpiryDate=DATETIME("When the batch expires"),
    ExpenseAccount=STR("Expense account, for services", to="accounts.Code"),
    Quantity=NUM("Quantity written off"),
    Cost=NUM("Cost of one unit"),
    TotalCost=NUM("Cost times quantity"),
)
"""Product written off."""


class InventoryWriteOffs(CoreDetail):
    """Inventory write-offs with their lines and ledger transactions."""

    path = "/inventoryWriteOff"
    index = InventoryWriteOffList
    id_field = "TaskID"
    id_param = "TaskID"
    rank = 30
    dated_by = "Date"
    schema = record(
        INVENTORY_WRITE_OFF_HEADER,
        Account=STR("Expense account of the write-off"),
        EffectiveDate=DATETIME("Accounting date"),
        Lines=many(WRITE_OFF_LINE, "Products written off"),
        Transactions=POSTED,
        Errors=many(
            table(ErrorCode=INT("Number of the error"), Exception=STR("Text of the error")),
            "What went wrong when the document was saved",
        ),
    )
