"""Production orders and their runs in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tap_cin7.core.resource import CoreDetail
from tap_cin7.core.resources.objects import MANUAL_JOURNAL_LINE
from tap_cin7.core.resources.production import (
    ORDER_HEADER,
    SOURCE_TASK,
    STORED_FILE,
    ProductionOrderList,
    custom_fields,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
from tap_cin7.core.resources.production_boms import (
    BACKFLUSH,
    COMPONENT,
    OPERATION,
    OPERATION_LINK,
    PLANNED_COMPONENT,
    PLANNED_OPERATION,
    PLANNED_PRODUCT,
    PLANNED_RESOURCE,
    POSITION,
    RESOURCE_USE,
)
from tap_cin7.rows.fields import (
    BOOL,
    DATETIME,
    ENUM,
    GUID,
    GUID_KEY,
    INT,
    NUM,
    OPEN,
    STR,
    many,
    record,
    table,
)

ORDER_PRODUCT = table(
    PLANNED_PRODUCT,
    TotalOutputQuantity=NUM("Quantity that comes out of the whole order"),
    Cost=NUM("Cost of the product"),
    TotalCost=NUM("Cost over the whole order"),
    FixedCost=NUM("Fixed cost"),
)

ORDER_RESOURCE = table(
    PLANNED_RESOURCE,
    OrderResourceID=GUID("Resource id within the order"),
    ResourceCost=NUM("Cost of the resource itself"),
    TotalCost=NUM("Cost over the whole order"),
)

ORDER_COMPONENT = table(
    PLANNED_COMPONENT,
    OrderComponentID=GUID("Component id within the order"),
    ProductType=STR("Type of the component, such as Stock"),
    Available=NUM("Quantity available in stock"),
    TotalQuantity=NUM("Quantity over the whole order"),
    ProductCost=NUM("Cost of the component product itself"),
    TotalCost=NUM("Cost over the whole order"),
    IsAlternative=BOOL("Stands in for another component"),
)

ORDER_OPERATION = table(
    PLANNED_OPERATION,
    WorkCenterCode=STR("Work centre code"),
    TotalCycleTime=INT("Time over the whole order, in seconds"),
    TotalUnitsPerCycle=NUM("Units over the whole order"),
    ComponentLocationID=GUID("Location that components come from", to="locations.ID"),
    Resources=many(ORDER_RESOURCE, "Resources that the operation takes"),
    Components=many(ORDER_COMPONENT, "Components that the operation takes"),
    OperationLinks=many(table(OPERATION_LINK, POSITION), "Links to other operations"),
    InputProducts=many(ORDER_PRODUCT, "Products that come from earlier operations"),
    OutputProducts=many(ORDER_PRODUCT, "Products that go to later operations"),
    FinishedProducts=many(ORDER_PRODUCT, "Products that are finished here"),
)

ORDER_FILE = table(
    STORED_FILE,
    IsProcessed=BOOL("Processed by Cin7"),
    UserName=STR("User who attached the file"),
    ExternalDownloadLink=STR("Where to download a file kept elsewhere"),
    ExternalViewLink=STR("Where to view a file kept elsewhere"),
)

BATCH = table(
    BatchSN=STR("Batch or serial number"),
    ExpiryDate=DATETIME("Expiry date of the batch"),
)

PLACE = table(
    LocationID=GUID("Location or bin id", to="locations.ID"),
    LocationName=STR("Location name, with the bin after a colon"),
)

RUN_COMPONENT = table(
    COMPONENT,
    BATCH,
    PLACE,
    RunComponentID=GUID("Component id within the run"),
    ProductCode=STR("Component SKU"),
    ExpectedQuantity=NUM("Quantity planned"),
    UnitCost=NUM("Cost of one unit"),
    ProductCost=NUM("Cost of the component product itself"),
    Available=NUM("Quantity available in stock"),
    ReservedQuantity=NUM("Quantity reserved"),
    IsReserved=BOOL("Reserved for the run"),
)

RUN_RESOURCE = table(
    RESOURCE_USE,
    RunResourceID=GUID("Resource id within the run"),
    UnitCost=NUM("Cost of one unit"),
    Available=NUM("Quantity of the resource available"),
)

RUN_RESOURCE_COST = table(
    RunCostID=GUID("Cost line id within the run"),
    ProductID=GUID("Service product that stands for the cost", to="products.ID"),
    ProductName=STR("Name of the service product"),
    AccountName=STR("Name of the expense account"),
    ExpenseAccount=STR("Code of the expense account", to="accounts.Code"),
    Comments=STR("Comment on the cost"),
    Cost=NUM("Amount of the cost"),
)

RUN_PRODUCT = table(
    BATCH,
    PLACE,
    ProductID=GUID("Product id", to="products.ID"),
    ProductSKU=STR("Product SKU"),
    ProductName=STR("Product name"),
    Unit=STR("Unit of measure"),
    OutputQuantity=NUM("Quantity that came out"),
    ExpectedQuantity=NUM("Quantity planned"),
    WastageQuantity=NUM("Quantity wasted"),
)

CO_MAN_TASK = table(
    TaskID=GUID("Task id"),
    Type=STR("PurchaseTask, SaleTask or TransferTask"),
    TaskStatus=STR("State of the task"),
    TaskNumber=STR("Number of the task"),
)

RUN_LINE = table(
    BATCH,
    ProductID=GUID("Product id", to="products.ID"),
    ProductCode=STR("Product SKU"),
    ProductName=STR("Product name"),
    Unit=STR("Unit of measure"),
)

CO_MAN_TASK_LINE = table(
    RUN_LINE,
    PLACE,
    TaskID=GUID("Task the line belongs to"),
    Quantity=NUM("Quantity of the product"),
    Cost=NUM("Cost of the line"),
    ReceivedDate=DATETIME("When the goods were received"),
)

RUN_OPERATION = table(
    OPERATION,
    custom_fields("operation"),
    Status=STR("Progress, such as PLANNED, IN PROGRESS or COMPLETED"),
    PlannedTime=INT("Time planned for the operation"),
    ActualTime=INT("Time that the operation took"),
    StartDate=DATETIME("When work started"),
    EndDate=DATETIME("When work ended"),
    DueDate=DATETIME("When work is due to end"),
    ManualStartDate=DATETIME("Business date entered for the components written off"),
    ManualEndDate=DATETIME("Business date entered for the services booked"),
    WorkCenterCode=STR("Work centre code"),
    SuspendReason=STR("Why the operation is suspended"),
    CoManStatus=STR("State of the co-manufacturer's work"),
    Components=many(RUN_COMPONENT, "Components used"),
    Resources=many(RUN_RESOURCE, "Resources used"),
    ResourceCosts=many(RUN_RESOURCE_COST, "Costs of the resources"),
    InputProducts=many(RUN_PRODUCT, "Products that came from earlier operations"),
    OutputProducts=many(RUN_PRODUCT, "Products that went to later operations"),
    FinishedProducts=many(RUN_PRODUCT, "Products that were finished here"),
    CoManTasks=many(CO_MAN_TASK, "Tasks created for the co-manufacturer"),
    CoManTaskLines=many(CO_MAN_TASK_LINE, "What the co-manufacturer delivered"),
)

PENDING_OUTPUT = table(RUN_LINE, CostingMethod=STR("How the product is costed, such as FIFO"))

RUN_OUTPUT = table(
    PENDING_OUTPUT,
    PLACE,
    custom_fields("output line"),
    Quantity=NUM("Quantity finished"),
    WastageQuantity=NUM("Quantity wasted"),
    UnitCost=NUM("Cost of one unit"),
    ReceivedDate=DATETIME("When the goods were put into stock"),
    Received=BOOL("Put into stock"),
)

RUN_JOURNAL = table(
    MANUAL_JOURNAL_LINE,
    Debit=STR("Account debited", to="accounts.Code"),
    Credit=STR("Account credited", to="accounts.Code"),
    JournalID=GUID("Journal line id"),
    OperationID=GUID("Operation the line belongs to; may be empty"),
    OperationName=STR("Name of that operation"),
)

RUN_TRACE = table(
    TraceabilityID=GUID("Trace id"),
    ProducedProductID=GUID("Product made", to="products.ID"),
    ProducedProductBatchSN=STR("Batch or serial number made"),
    ProducedProductExpiryDate=DATETIME("Expiry date of the batch made"),
    UsedProductID=GUID("Component used", to="products.ID"),
    UsedProductBatchSN=STR("Batch or serial number used"),
    UsedProductExpiryDate=DATETIME("Expiry date of the batch used"),
)

RUN = table(
    custom_fields("run"),
    RunID=GUID("Run id", to="production_runs.RunID"),
    Number=INT("Number of the run within the order"),
    Status=STR("State of the run"),
    Quantity=NUM("Quantity to make"),
    WIPAccount=STR("Code of the work in progress account", to="accounts.Code"),
    StartDate=DATETIME("When work started"),
    EndDate=DATETIME("When work ended"),
    DueDate=DATETIME("When work is due to end"),
    ReceivedDate=DATETIME("When the goods were put into stock"),
    ScheduleStart=DATETIME("Start of work as scheduled"),
    ScheduleDue=DATETIME("End of work as scheduled"),
    Operations=many(RUN_OPERATION, "Operations in order"),
    Output=many(RUN_OUTPUT, "Finished goods"),
    PendingOutput=many(PENDING_OUTPUT, "Finished goods planned"),
    ManualJournals=many(RUN_JOURNAL, "Manual journal lines"),
    Traceability=many(RUN_TRACE, "Which batches went into which"),
    IssueMethodParameter=BACKFLUSH["IssueMethodParameter"],
)


def is_order(row: Mapping[str, Any]) -> bool:
    """Tell orders from runs, which the order list mixes."""
    return row.get("Type") == "O"


class ProductionOrders(CoreDetail):
    """Production orders with operations, components, resources and products."""

    path = "/production/order"
    index = ProductionOrderList
    id_field = "TaskID"
    id_param = "ProductionOrderID"
    also_named_by = "ProductionOrderID"
    records_key = "ProductionOrders"
    wanted = staticmethod(is_order)
    dated_by = "StartDate"
    status_fields = ("Status", "OrderStatus")
    wanted_by = ("Type",)
    part_of = "ProductionOrderID"
    schema = record(
        table(ProductionOrderID=GUID_KEY("Production order id")),
        ORDER_HEADER,
        BACKFLUSH,
        CostingMethod=STR("How the product is costed, such as FIFO"),
        Unit=STR("Unit of measure"),
        WarehouseID=GUID("Where components come from", to="locations.ID"),
        WarehouseName=STR("Name of that location"),
        RetailID=GUID("Where finished goods go", to="locations.ID"),
        InstructionURL=STR("Where production is described"),
        SourceName=ENUM("What caused the order: manual entry, sale or reordering"),
        SourceTasks=many(SOURCE_TASK, "Sales that caused the order"),
        BOMQuantity=NUM("Quantity that the bill of materials gives"),
        BOMVersion=INT("Version of the bill of materials"),
        BOMName=STR("Name of the bill of materials"),
        IsIgnoreLeadTime=BOOL("Lead times are left out of planning"),
        ScheduleStart=DATETIME("Start of work as scheduled"),
        PlannedBy=STR("User who planned the order"),
        ReleasedBy=STR("User who released the order"),
        OrderCycleTime=INT("Time for the whole order, in seconds"),
        RunSize=NUM("Quantity that runs are a multiple of"),
        StartUpdate=BOOL("Flag that the API leaves unexplained"),
        Operations=many(ORDER_OPERATION, "Operations in order"),
        ProductionRuns=many(RUN, "Runs of the order, where the API sends them"),
        Deliveries=many(OPEN("Delivery; its fields are not documented"), "Deliveries"),
    )


class ProductionOrderAttachments(CoreDetail):
    """Files attached to production orders, one row per order, contents left out.

    Not selected by default: it costs a call per production order.
    """

    selected_by_default = False
    path = "/production/order/attachment"
    index = ProductionOrderList
    id_field = "TaskID"
    id_param = "ProductionOrderID"
    also_named_by = "ProductionOrderID"
    wanted = staticmethod(is_order)
    dated_by = "StartDate"
    status_fields = ("Status", "OrderStatus")
    wanted_by = ("Type",)
    schema = record(
        ProductionOrderID=GUID_KEY("Production order id"),
        OrderAttachments=many(ORDER_FILE, "Files of the order itself"),
        OrderOperationAttachments=many(
            OPEN("File; its fields are not documented"), "Files of the operations"
        ),
        OrderOperationResourceAttachments=many(
            OPEN("File; its fields are not documented"), "Files of the operations' resources"
        ),
    )


class ProductionRuns(CoreDetail):
    """Runs of production orders: what was used, made, spent and traced.

    What was made is in ``Output[].Quantity``: ``OutputQuantity`` of ``FinishedProducts`` was seen
    to be wrong.
    """

    path = "/production/order/run"
    index = ProductionOrderList
    id_field = "TaskID"
    id_param = "ProductionOrderID"
    also_named_by = "ProductionOrderID"
    records_key = "Runs"
    copies: ClassVar = {"ProductionOrderID": "ProductionOrderID", "OrderNumber": "OrderNumber"}
    wanted = staticmethod(is_order)
    dated_by = "StartDate"
    status_fields = ("Status", "OrderStatus")
    wanted_by = ("Type",)
    part_of = "ProductionOrderID"
    schema = record(
        RUN,
        RunID=GUID_KEY("Run id"),
        ProductionOrderID=STR(
            "Production order that the run belongs to", to="production_orders.ProductionOrderID"
        ),
        OrderNumber=STR("Number of that order"),
    )
