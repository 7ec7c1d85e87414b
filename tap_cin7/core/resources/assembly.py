"""Finished goods (assemblies) and disassemblies."""

from __future__ import annotations

from tap_cin7.core.resource import CoreDetail, CoreList
from tap_cin7.core.resources.objects import TRANSACTION
from tap_cin7.reading.parts import Part, cut
from tap_cin7.rows.fields import DATETIME, GUID, GUID_KEY, INT, NUM, STR, many, record, table

TASK = table(
    ProductID=GUID("Product id", to="products.ID"),
    ProductCode=STR("Product SKU"),
    ProductName=STR("Product name"),
    LocationID=GUID("Location id", to="locations.ID"),
    Location=STR("Location name"),
    Quantity=NUM("Quantity assembled or taken apart"),
)
"""What assemblies and disassemblies say in lists and in detail."""

TASK_ERROR = table(
    ErrorCode=INT("Error number"),
    Exception=STR("What went wrong"),
)

TASK_RESULT = table(
    WIPAccount=STR("Code of the work in progress account", to="accounts.Code"),
    AssemblyInstructionURL=STR("Where the work is described"),
    Transactions=many(TRANSACTION, "Ledger transactions posted"),
    Errors=many(TASK_ERROR, "Errors met while the task was created"),
)
"""What the details add in the same way."""

BATCH = table(
    BatchSN=STR("Batch or serial number"),
    ExpiryDate=DATETIME("Expiry date of the batch"),
)

BIN = table(BinID=GUID("Bin id", to="locations.ID"), Bin=STR("Bin name"))

COMPONENT = table(
    ProductID=GUID("Component product id", to="products.ID"),
    ProductCode=STR("Component SKU"),
    Name=STR("Component name"),
    Quantity=NUM("Quantity of the component"),
    Unit=STR("Unit of measure"),
)

DISASSEMBLY_STATUS = STR("DRAFT, WORK IN PROGRESS, COMPLETED or VOIDED")
ASSEMBLY_STATUS = STR("DRAFT, AUTHORISED, IN PROGRESS, COMPLETED or VOIDED")

DISASSEMBLY_PICK_LINE = table(
    BIN,
    BATCH,
    Date=DATETIME("Business date the stock was received"),
    Available=NUM("Quantity available to pick"),
    UnitCost=NUM("Cost of one unit"),
    Quantity=NUM("Quantity picked"),
    TotalCost=NUM("Cost of the quantity picked"),
)

DISASSEMBLY_SERVICE_LINE = table(
    ProductID=GUID("Service product id", to="products.ID"),
    Name=STR("Service product name"),
    Account=STR("Code of the expense account", to="accounts.Code"),
    Comments=STR("Comment on the line"),
    Amount=NUM("Cost of the service"),
)

DISASSEMBLY_ORDER = table(
    Status=DISASSEMBLY_STATUS,
    CompletionDate=DATETIME("Business date of completion"),
    OrderLines=many(
        table(
            COMPONENT,
            BIN,
            BATCH,
            Account=STR("Code of the inventory account", to="accounts.Code"),
            Cost=NUM("Cost of the component"),
        ),
        "Components that come out",
    ),
    OrderServiceLines=many(DISASSEMBLY_SERVICE_LINE, "Services that the work takes"),
)

ASSEMBLY_ATTRIBUTES = table(
    **{f"CustomField{n}": STR(f"Additional attribute {n} of the assembly") for n in range(1, 11)}
)

ASSEMBLY_ORDER = table(
    Status=ASSEMBLY_STATUS,
    OrderLines=many(
        table(
            COMPONENT,
            ExpenseAccount=STR("Code of the expense account, for services", to="accounts.Code"),
            WastagePercent=NUM("Wastage in percent, instead of WastageQuantity"),
            WastageQuantity=NUM("Wastage in units, instead of WastagePercent"),
            TotalQuantity=NUM("Quantity needed in all, wastage included"),
            TotalCost=NUM("Cost of the line"),
        ),
        "Components and services that go in",
    ),
)

ASSEMBLY_PICK = table(
    Status=ASSEMBLY_STATUS,
    WIPAccount=STR("Code of the work in progress account", to="accounts.Code"),
    WIPDate=DATETIME("Business date on which work started"),
    Account=STR("Code of the finished goods account", to="accounts.Code"),
    CompletionDate=DATETIME("Business date of completion"),
    PickLines=many(
        table(COMPONENT, BIN, BATCH, Cost=NUM("Cost of the component")),
        "Components picked",
    ),
)


class DisassemblyList(CoreList):
    """Headers of disassemblies; rows carry no modification time."""

    path = "/disassemblyList"
    code_param = "Search"
    named_by = ("DisassemblyNumber",)
    records_key = "Disassemblies"
    schema = record(
        table(
            TaskID=GUID_KEY("Disassembly task id"),
            DisassemblyNumber=STR("Number given by Cin7"),
        ),
        TASK,
        Date=DATETIME("Business date"),
        Status=DISASSEMBLY_STATUS,
    )


class Disassemblies(CoreDetail):
    """Disassemblies in full: picked stock, components, services, transactions."""

    path = "/disassembly"
    index = DisassemblyList
    id_field = "TaskID"
    id_param = "TaskID"
    rank = 40
    dated_by = "Date"
    schema = record(
        table(
            TaskID=GUID_KEY("Disassembly task id"),
            DisassemblyNumber=STR("Number given by Cin7"),
        ),
        TASK,
        DISASSEMBLY_ORDER,
        TASK_RESULT,
        PickLines=many(DISASSEMBLY_PICK_LINE, "Stock picked to be taken apart"),
    )


class DisassemblyOrders(Part):
    """Order part of each disassembly: components and services.

    Not selected by default: ``disassemblies`` holds it.
    """

    selected_by_default = False
    schema = cut(
        Disassemblies,
        "",
        table(TaskID=GUID_KEY("Disassembly task id")),
        DISASSEMBLY_ORDER,
    )


class FinishedGoodsList(CoreList):
    """Headers of assemblies; rows carry no modification time."""

    path = "/finishedGoodsList"
    code_param = "Search"
    named_by = ("AssemblyNumber",)
    records_key = "FinishedGoods"
    schema = record(
        table(
            TaskID=GUID_KEY("Assembly task id"),
            AssemblyNumber=STR("Number given by Cin7"),
        ),
        TASK,
        BATCH,
        Date=DATETIME("Business date"),
        Status=ASSEMBLY_STATUS,
        UnitCost=NUM("Cost of one unit made"),
        Notes=STR("Notes on the assembly"),
        **ASSEMBLY_ATTRIBUTES,
    )


class FinishedGoods(CoreDetail):
    """Assemblies in full: components ordered and picked, transactions."""

    path = "/finishedGoods"
    index = FinishedGoodsList
    id_field = "TaskID"
    id_param = "TaskID"
    rank = 40
    dated_by = "Date"
    schema = record(
        table(
            TaskID=GUID_KEY("Assembly task id"),
            AssemblyNumber=STR("Number given by Cin7"),
        ),
        TASK,
        BIN,
        BATCH,
        ASSEMBLY_ORDER,
        ASSEMBLY_PICK,
        TASK_RESULT,
        Notes=STR("Notes on the assembly"),
        **ASSEMBLY_ATTRIBUTES,
    )


class FinishedGoodsOrders(Part):
    """Order part of each assembly: components and services planned.

    Not selected by default: ``finished_goods`` holds it.
    """

    selected_by_default = False
    schema = cut(
        FinishedGoods,
        "",
        table(TaskID=GUID_KEY("Assembly task id")),
        ASSEMBLY_ORDER,
    )


class FinishedGoodsPicks(Part):
    """Pick part of each assembly: components taken from stock.

    Not selected by default: ``finished_goods`` holds it.
    """

    selected_by_default = False
    schema = cut(
        FinishedGoods,
        "",
        table(TaskID=GUID_KEY("Assembly task id")),
        ASSEMBLY_PICK,
    )
