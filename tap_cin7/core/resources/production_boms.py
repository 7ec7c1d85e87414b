"""Production bills of materials, and the pieces that orders and runs take from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tap_cin7.core.resource import CoreDetail
from tap_cin7.core.resources.production import STORED_FILE
from tap_cin7.core.resources.products import ProductFamilies, Products
from tap_cin7.rows.fields import (
    BOOL,
    DATETIME,
    ENUM,
    GUID,
    GUID_KEY,
    INT,
    NUM,
    STR,
    many,
    record,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

POSITION = table(Position=INT("Position within the operation"))

OPERATION_FILE = table(POSITION, STORED_FILE)

OPERATION_NOTE = table(
    POSITION,
    NoteID=GUID("Note id"),
    Note=STR("Text of the note"),
)

OPERATION = table(
    OperationID=GUID("Operation id"),
    Order=INT("Position of the operation"),
    Name=STR("Name of the operation"),
    OperationType=STR("Kind of operation: Manufacturing, Setup or QA"),
    UnitsPerCycle=NUM("Units made in one cycle"),
    WorkCenterID=GUID("Work centre id", to="production_work_centers.WorkCenterID"),
    WorkCenterName=STR("Work centre name"),
    IsDropShip=BOOL("Drop-shipped, for operations of co-manufacturers"),
    IsBackflush=BOOL("Components are issued by backflush, set per operation"),
    Attachments=many(OPERATION_FILE, "Attached files"),
    Notes=many(OPERATION_NOTE, "Notes on the operation"),
)

PLANNED_OPERATION = table(
    OPERATION,
    CycleTime=INT("Length of one cycle, in seconds"),
    WorkCenterCoManProcurementType=STR("Transfer or Buysell; co-manufacturers only"),
)
"""Operation of a bill of materials or an order."""

RESOURCE_USE = table(
    ResourceID=GUID("Resource id", to="production_resources.ResourceID"),
    ResourceCode=GUID("Resource code"),
    ResourceName=STR("Resource name"),
    Quantity=NUM("Quantity of the resource"),
    Cost=NUM("Cost of the resource"),
    CycleTime=NUM("Length of one cycle, in seconds"),
)

PLANNED_RESOURCE = table(
    POSITION,
    RESOURCE_USE,
    CostCalculationType=STR("How the cost of the resource is worked out"),
)

COMPONENT = table(
    ProductID=GUID("Component product id", to="products.ID"),
    ProductName=STR("Component name"),
    Quantity=NUM("Quantity of the component"),
    WastageQty=NUM("Wastage in units, instead of WastagePercent"),
    WastagePercent=NUM("Wastage in percent, instead of WastageQty"),
    CostingMethod=STR("How the component is costed, such as FIFO"),
    Unit=STR("Unit of measure"),
    IsBackflush=BOOL("Issued by backflush, set per component"),
)

PLANNED_COMPONENT = table(
    POSITION,
    COMPONENT,
    ProductSKU=STR("Component SKU"),
    Cost=NUM("Cost of the component"),
    SalePriceTier=INT("Price tier of buy and sell operations with co-manufacturers"),
)

OPERATION_LINK = table(
    ID=GUID("Link id"),
    RelatedOperationID=GUID("Operation linked to"),
    RelationType=NUM("Kind of link; 1 is the only value known"),
)

PLANNED_PRODUCT = table(
    POSITION,
    ID=GUID("Id of the entry"),
    ProductID=GUID("Product id", to="products.ID"),
    ProductSKU=STR("Product SKU"),
    ProductName=STR("Product name"),
    CostCalculationType=STR("How cost is shared out: None, SalesValue or Nrv"),
    PriceTier=INT("Price tier used to share out cost"),
    Ratio=NUM("Ratio that goes with the cost calculation"),
    OutputQuantity=NUM("Quantity that comes out"),
    CostingMethod=STR("How the product is costed, such as FIFO"),
    Unit=STR("Unit of measure"),
    AverageCost=NUM("Average unit cost"),
    WastageCost=NUM("Cost of wastage"),
)
"""Product that goes into or comes out of a planned operation."""

BACKFLUSH = table(
    IssueMethodComponent=ENUM("How components are issued: 1 manual, 2 backflush"),
    IssueMethodParameter=ENUM("Backflush by 1 bill, 2 operation, 3 component"),
)

DELIVERY = table(
    DeliveryToID=GUID("Location or bin that goods are delivered to", to="locations.ID"),
    DeliveryToName=STR("Name of that location or bin"),
    IssueMethod=ENUM("How issued: 1 manual, 2 backflush, 3 product family, 4 external API"),
)

BOM_PRODUCT = table(
    PLANNED_PRODUCT,
    DeliveryTo=GUID("Location that the product is delivered to", to="locations.ID"),
    DeliveryToName=STR("Name of that location"),
)

BOM_OUTPUT = table(
    BOM_PRODUCT,
    ProductFamilyID=GUID("Product family, in a family's bill", to="product_families.ID"),
)

VARIATION_COMPONENT = table(
    POSITION,
    BOMVariationComponentID=GUID("Component id within the bill"),
    ProductFamilyID=GUID("Product family the component is chosen from", to="product_families.ID"),
    ProductFamilyName=STR("Name of that product family"),
    ProductFamilySKU=STR("SKU of that product family"),
    QuantitySettingsJSON=STR("Quantities by variation, as JSON text"),
    MapVariationsJSON=STR("Component chosen for each variation, as JSON text"),
    QuantityOptionName=STR("Option that the quantity depends on"),
    CostingMethod=STR("How the component is costed, such as FIFO"),
    Unit=STR("Unit of measure"),
    SalePriceTier=STR("Price tier of operations with co-manufacturers"),
)

BOM_OPERATION = table(
    PLANNED_OPERATION,
    DELIVERY,
    Resources=many(
        table(PLANNED_RESOURCE, BOMResourceID=GUID("Resource id within the bill")),
        "Resources that the operation takes",
    ),
    Components=many(
        table(PLANNED_COMPONENT, BOMComponentID=GUID("Component id within the bill")),
        "Components that the operation takes",
    ),
    VariationComponents=many(VARIATION_COMPONENT, "Components that depend on the variation"),
    OperationLinks=many(
        table(OPERATION_LINK, RelatedOperationName=STR("Name of the operation linked to")),
        "Links to other operations",
    ),
    InputProducts=many(BOM_PRODUCT, "Products that come from earlier operations"),
    OutputProducts=many(BOM_OUTPUT, "Products that go to later operations"),
    FinishedProducts=many(BOM_OUTPUT, "Products that are finished here"),
)

BOM = table(
    BACKFLUSH,
    DELIVERY,
    BOMID=GUID_KEY("Bill of materials id"),
    Name=STR("Name of the bill"),
    Version=INT("Version of the bill"),
    IsDefault=BOOL("The bill that new orders use"),
    IsTracing=BOOL("Traceability is switched on"),
    OutputQuantity=NUM("Quantity that one bill gives"),
    BufferPercent=NUM("Buffer in percent"),
    InstructionUrl=STR("Where production is described"),
    IgnoreCumulativeLeadTime=BOOL("Uses ComponentProductionLeadTime instead of adding up"),
    ComponentProductionLeadTime=INT("Lead time of components, where not added up"),
    MinQuantity=NUM("Smallest quantity worth an order"),
    MaxQuantity=NUM("Largest quantity of one order before it is split"),
    DeviationPercent=NUM("Allowed deviation from smallest and largest quantity, in percent"),
    RunSize=NUM("Quantity that runs are a multiple of"),
    CreatedDate=DATETIME("When the bill was created"),
    Operations=many(BOM_OPERATION, "Operations in order"),
)


class ProductionBoms(CoreDetail):
    """Production bills of materials of products, one row per version.

    Not selected by default: it costs a call per product.
    """

    selected_by_default = False
    path = "/production/productionBOM"
    index = Products
    id_field = "ID"
    id_param = "ProductID"
    records_key = "ProductionBOMs"
    copies: ClassVar = {"ProductID": "ProductID"}
    wanted_by = ("BOMType",)
    schema = record(BOM, ProductID=GUID("Product that the bill makes", to="products.ID"))

    @staticmethod
    def wanted(row: Mapping[str, Any]) -> bool:
        """Tell whether the product is made in production."""
        return row.get("BOMType") == "Production"


class ProductFamilyProductionBoms(CoreDetail):
    """Production bills of materials of product families, one row per version.

    Not selected by default: it costs a call per product family.
    """

    selected_by_default = False
    path = "/production/productionBOM"
    index = ProductFamilies
    id_field = "ID"
    id_param = "ProductFamilyID"
    records_key = "ProductionBOMs"
    copies: ClassVar = {"ProductFamilyID": "ProductFamilyID"}
    schema = record(
        BOM, ProductFamilyID=GUID("Product family that the bill is for", to="product_families.ID")
    )
