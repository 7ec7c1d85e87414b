"""Production set-up: order list, resources, work centres, calendars, reference data."""

from __future__ import annotations

from typing import ClassVar

from tap_cin7.core.resource import CoreDetail, CoreList, Flag
from tap_cin7.core.resources.reference import ONE_ROW
from tap_cin7.rows.fields import (
    BOOL,
    DATETIME,
    GUID,
    GUID_KEY,
    INT,
    KEY,
    NUM,
    OPEN,
    STR,
    Table,
    many,
    record,
    table,
)


def custom_fields(owner: str) -> Table:
    """Return the ten additional attributes of a production document."""
    return {
        f"CustomField{n}": STR(f"Additional attribute {n} of the {owner}") for n in range(1, 11)
    }


ORDER_HEADER = table(
    custom_fields("order"),
    ProductID=GUID("Product to be made", to="products.ID"),
    ProductSKU=STR("SKU of the product to be made"),
    ProductName=STR("Name of the product to be made"),
    OrderNumber=STR("Order number given by Cin7"),
    LocationID=GUID("Location of the order", to="locations.ID"),
    LocationName=STR("Name of the order's location"),
    Status=STR("DRAFT, AUTHORIZED, RELEASED or VOIDED"),
    OrderStatus=STR("Progress, such as PLANNED, IN PROGRESS or COMPLETED"),
    Quantity=NUM("Quantity to make"),
    StartDate=DATETIME("Planned start"),
    ReleaseDate=DATETIME("When the order was released"),
    RequiredByDate=DATETIME("When the goods are needed"),
    CompletionDate=DATETIME("When the order was completed"),
    Comments=STR("Comments on the order"),
    CapacityCalculationType=STR("Planned from the start forward or from the due date backward"),
    WIPAccountCode=STR("Code of the work in progress account", to="accounts.Code"),
    FinishedGoodsAccountCode=STR("Code of the finished goods account", to="accounts.Code"),
    Tags=STR("Tags of the order"),
    SourceTaskID=GUID("Sale that caused the order; superseded by SourceTasks", to="sales.ID"),
    SourceTaskNumber=STR("Number of that sale; superseded by SourceTasks"),
)
"""What a production order says in the list and in detail."""

SOURCE_TASK = table(
    SourceTaskID=GUID("Sale that caused the order", to="sales.ID"),
    SourceTaskNumber=STR("Number of the sale"),
)

LISTED_SOURCE_TASK = table(
    SOURCE_TASK,
    SourceTaskType=INT("0 simple sale, 1 master sale"),
    IsSourceTaskVoided=BOOL("The sale was voided"),
)

SHIFT = table(
    StartTime=INT("Start of work, in minutes from midnight"),
    EndTime=INT("End of work, in minutes from midnight"),
    BreakStartTime=INT("Start of the break, in minutes from midnight"),
    BreakEndTime=INT("End of the break, in minutes from midnight"),
    Capacity=INT("Capacity of the day, worked out by Cin7"),
)

CALENDAR_DAY = table(
    SHIFT,
    DayOfWeek=STR("Name of the weekday"),
    IsWeekend=BOOL("Counts as weekend"),
)

CALENDAR_SPECIAL_DAY = table(
    SHIFT,
    Date=DATETIME("Business date of the exception"),
    IsWeekend=BOOL("Counts as weekend"),
    IsHoliday=BOOL("Counts as holiday"),
    Comment=STR("Why the day is special"),
)

RESOURCE = table(
    ResourceID=GUID_KEY("Resource id"),
    Code=STR("Resource code"),
    Name=STR("Resource name"),
    ResourceType=STR("Kind of resource, such as Labor"),
    CycleDuration=NUM("Length of one cycle, in seconds"),
    IsActive=BOOL("May be used"),
    IsInfinite=BOOL("Capacity without limit"),
    IsAllowAllCapacityUsage=BOOL("All of the capacity may be planned"),
    IsAvailableOnHolidays=BOOL("Works on holidays"),
    IsAvailableOnWeekends=BOOL("Works at weekends"),
    Tags=STR("Tags, comma separated"),
)

IDLE_TIME = table(
    NonOperationalFrom=DATETIME("Out of service from"),
    NonOperationalTo=DATETIME("Out of service until"),
)

RESOURCE_UNIT = table(
    IDLE_TIME,
    Name=STR("Name of the unit; a user's email for labour"),
    OperationalFrom=DATETIME("In service from"),
    OperationalTo=DATETIME("In service until"),
)

RESOURCE_CAPACITY = table(
    IDLE_TIME,
    LocationID=GUID("Location id", to="locations.ID"),
    LocationName=STR("Location name"),
    ResourceQuantity=INT("How many units the location has"),
    CustomWorkingDays=many(
        table(SHIFT, DayOfWeek=STR("Name of the weekday")),
        "Working hours that differ from the factory's",
    ),
    ResourceUnits=many(RESOURCE_UNIT, "The single units"),
)

RESOURCE_COST = table(
    ResourceCostID=GUID("Cost line id"),
    ProductID=GUID("Service product that stands for the cost", to="products.ID"),
    ProductName=STR("Name of the service product"),
    AccountCode=STR("Code of the expense account", to="accounts.Code"),
    Cost=NUM("Cost while working"),
    PriceTier=INT("Price tier of Cost"),
    PlannedDowntimeCost=NUM("Cost of planned downtime"),
    PlannedDowntimePriceTier=INT("Price tier of planned downtime"),
    NotPlannedDowntimeCost=NUM("Cost of unplanned downtime"),
    NotPlannedDowntimePriceTier=INT("Price tier of unplanned downtime"),
)

RESOURCE_REMARK = table(
    RemarkID=GUID("Remark id"),
    Remark=STR("Text of the remark"),
    CreatedDate=DATETIME("When the remark was made"),
)

STORED_FILE = table(
    AttachmentID=GUID("Attachment id"),
    FileName=STR("Name of the file"),
    Date=DATETIME("When the file was attached"),
    ContentType=STR("MIME type of the file"),
    Content=STR("File in base64; null, because contents are not asked for"),
)
"""Attached file of the production module."""

WORK_CENTER = table(
    Code=STR("Work centre code"),
    Name=STR("Work centre name"),
    IsActive=BOOL("May be used"),
    IsCoMan=BOOL("Run by a co-manufacturer"),
    CoManProcurementType=STR("Transfer, Buysell or Purchase; co-manufacturers only"),
)

WORK_CENTER_PLACE = table(
    ID=GUID("Id of the work centre's location"),
    LocationID=GUID("Location or bin id", to="locations.ID"),
    LocationName=STR("Location or bin name"),
    Type=STR("Consumption or Output"),
)

WORK_CENTER_LOCATION = table(
    WORK_CENTER_PLACE,
    ParentLocationID=GUID("Location of the bin", to="locations.ID"),
    ParentLocationName=STR("Name of the bin's location"),
    WorkCenterID=GUID("Work centre id", to="production_work_centers.WorkCenterID"),
)

WORK_CENTER_SUPPLIER = table(
    SupplierID=GUID("Supplier id", to="suppliers.ID"),
    SupplierName=STR("Supplier name"),
)

ACCOUNT = table(
    Code=STR("Account code", to="accounts.Code"),
    Name=STR("Account name"),
    DisplayName=STR("Code and name as shown"),
    Status=STR("Whether the account is active"),
    Type=STR("Account type"),
    Class=STR("Account class, such as ASSET"),
    Description=STR("What the account is for"),
    SystemAccount=STR("Role of the account in the system"),
    SystemAccountCode=STR("Code of that role"),
    BankAccountNumber=STR("Bank account number"),
    BankAccountId=GUID("Bank account id", to="bank_accounts.AccountID"),
    ForPayments=BOOL("Takes payments"),
)

SHOP_FLOOR = table(
    LocationID=GUID("Location id", to="locations.ID"),
    Description=STR("Location name"),
    IsDefault=BOOL("Default location"),
    UseForFixedAssetsOnly=BOOL("Holds fixed assets only"),
    IsShopFloor=BOOL("Production takes place here"),
    IsCoMan=BOOL("Location of a co-manufacturer"),
)

LOGISTICS_PATH = table(
    PathID=GUID("Path id"),
    WarehouseLocationID=GUID("Where components come from", to="locations.ID"),
    WarehouseLocation=STR("Name of the warehouse"),
    ShopFloorLocationID=GUID("Where production takes place", to="locations.ID"),
    ShopFloorLocation=STR("Name of the shop floor"),
    RetailLocationID=GUID("Where finished goods go", to="locations.ID"),
    RetailLocation=STR("Name of the retail location"),
)

SUSPEND_REASON = table(
    ID=GUID("Suspend reason id", to="production_suspend_reasons.SuspendReasonID"),
    Reason=STR("Why an operation was suspended"),
    WorkCenterIDs=GUID("Work centres that use the reason"),
)


class ProductionOrderList(CoreList):
    """Headers of production orders and of their runs, told apart by Type."""

    path = "/production/orderList"
    code_param = "Search"
    named_by = ("OrderNumber",)
    records_key = "ProductionOrderListItems"
    volatile = frozenset({"totalcount"})
    total_is_right = False
    schema = record(
        table(
            TaskID=GUID_KEY("Id of the order or run"),
            ProductionOrderID=GUID(
                "Production order that the row belongs to", to="production_orders.ProductionOrderID"
            ),
            Type=STR("O for an order, R for a run"),
        ),
        ORDER_HEADER,
        SourceTaskType=INT("Type of the causing sale; superseded by SourceTasks"),
        IsSourceTaskVoided=BOOL("The causing sale was voided; superseded by SourceTasks"),
        SourceTasks=many(LISTED_SOURCE_TASK, "Sales that caused the order"),
        TotalCount=NUM("Rows in the whole list, as the API counts them"),
    )


class ProductionFactoryCalendars(CoreList):
    """Working hours and special days of the factory, one row per year."""

    path = "/production/factoryCalendar"
    paged = False
    years = True
    schema = record(
        Year=KEY("Calendar year"),
        WeekStart=STR("First day of the week"),
        FactoryCalendarDays=many(CALENDAR_DAY, "The seven days of a usual week"),
        FactoryCalendarSpecialDays=many(CALENDAR_SPECIAL_DAY, "Holidays and other exceptions"),
    )


class ProductionResourceList(CoreList):
    """Headers of production resources, inactive ones included."""

    path = "/production/resourceList"
    records_key = "Resources"
    total_is_right = False
    params: ClassVar = {"OnlyActive": "false"}
    schema = record(RESOURCE)


class ProductionResources(CoreDetail):
    """Machines, labour and other resources with capacities and costs."""

    path = "/production/resource"
    index = ProductionResourceList
    id_field = "ResourceID"
    id_param = "ResourceID"
    flags: ClassVar = {
        "IncludeAttachments": Flag("include_resource_attachments", ("ResourceAttachments",))
    }
    status_fields = ()
    schema = record(
        RESOURCE,
        ResourceCapacities=many(RESOURCE_CAPACITY, "Capacity by location"),
        ResourceCosts=many(RESOURCE_COST, "What using the resource costs"),
        ResourceRemarks=many(RESOURCE_REMARK, "Remarks on the resource"),
        ResourceAttachments=many(STORED_FILE, "Attached files"),
    )


class ProductionSuspendReasons(CoreList):
    """Reasons for which an operation may be suspended."""

    path = "/production/suspendReason"
    records_key = "SuspendReasons"
    total_is_right = False
    schema = record(
        SuspendReasonID=GUID_KEY("Suspend reason id"),
        Reason=STR("The reason in words"),
        Workcenters=many(
            STR("Work centre id"),
            "Work centres that use the reason",
            to="production_work_centers.WorkCenterID",
        ),
    )


class ProductionWorkCenters(CoreList):
    """Work centres with locations and suppliers; not there on every account."""

    path = "/production/workcenters"
    records_key = "Workcenters"
    total_is_right = False
    schema = record(
        table(WorkCenterID=GUID_KEY("Work centre id")),
        WORK_CENTER,
        IsCoManPurchase=BOOL("Work is bought as a purchase"),
        SupplierID=GUID("Supplier that is the co-manufacturer", to="suppliers.ID"),
        SupplierName=STR("Name of that supplier"),
        WorkCenterLocations=many(
            WORK_CENTER_LOCATION, "Where components are taken from and goods go"
        ),
        WorkCenterSuppliers=many(WORK_CENTER_SUPPLIER, "Suppliers the work is bought from"),
    )


class ProductionReferenceData(CoreList):
    """What production orders may refer to: accounts, locations, paths, work centres."""

    path = "/production/order/referenceData"
    paged = False
    is_single = True
    schema = record(
        row_id=ONE_ROW,
        ProductionOrderTags=many(STR("Tag"), "Tags in use on production orders"),
        ChartOfAccounts=many(ACCOUNT, "Accounts to choose from"),
        ShopFloorLocations=many(SHOP_FLOOR, "Locations where production takes place"),
        LogisticsPaths=many(LOGISTICS_PATH, "Ways from warehouse over shop floor to retail"),
        WorkCenters=many(
            table(
                WORK_CENTER,
                WorkCenterID=GUID("Work centre id", to="production_work_centers.WorkCenterID"),
                Locations=many(WORK_CENTER_PLACE, "Where components come from and goods go"),
            ),
            "Work centres to choose from",
        ),
        PriceTiers=many(OPEN("Price tier; its fields are not documented"), "Price tiers"),
        InventoryControlAccount=STR("Code of the inventory control account", to="accounts.Code"),
        WipAccount=STR("Code of the work in progress account", to="accounts.Code"),
        SuspendReasons=many(SUSPEND_REASON, "Reasons to suspend an operation"),
    )
