"""Products, product families and what hangs on them: suppliers, attachments, prices."""

from __future__ import annotations

from typing import ClassVar

from tap_cin7.core.resource import CoreDetail, CoreList, Flag
from tap_cin7.core.resources.contacts import CUSTOMER_PRICE
from tap_cin7.core.resources.objects import ADDITIONAL_ATTRIBUTES, ATTACHMENT
from tap_cin7.reading.parts import NUMBERED, REPEATED, Part, cut
from tap_cin7.rows.fields import (
    BOOL,
    DATETIME,
    GUID,
    GUID_KEY,
    INT,
    NUM,
    OPEN,
    STR,
    key_or,
    many,
    record,
    table,
)

REORDERING = table(
    MinimumBeforeReorder=NUM("Available quantity below which to reorder"),
    ReorderQuantity=NUM("Quantity to order by default"),
)

CATALOGUE_ITEM = table(
    REORDERING,
    SKU=STR("Stock keeping unit, unique in the account"),
    Category=STR("Category name", to="product_categories.Name"),
    Brand=STR("Brand name", to="brands.Name"),
    CostingMethod=STR("How stock is costed, such as FIFO or Special - Batch"),
    DefaultLocation=STR("Location preset on documents"),
    UOM=STR("Unit of measure", to="units_of_measure.Name"),
    **{f"PriceTier{n}": NUM(f"Sale price in price tier {n}") for n in range(1, 11)},
    ShortDescription=STR("Short description, may have several lines"),
    Description=STR("Full description, may have several lines"),
    AttributeSet=STR(
        "Attribute set that names the additional attributes", to="attribute_sets.Name"
    ),
    DiscountRule=STR("Name of the discount rule", to="discount_rules.Name"),
    Tags=STR("Tags, comma separated"),
    COGSAccount=STR("Code of the cost of goods sold account", to="accounts.Code"),
    RevenueAccount=STR("Code of the revenue account", to="accounts.Code"),
    InventoryAccount=STR("Code of the inventory account", to="accounts.Code"),
    PurchaseTaxRule=STR("Tax rule on purchases", to="tax_rules.Name"),
    SaleTaxRule=STR("Tax rule on sales", to="tax_rules.Name"),
    DropShipMode=STR("No, Optional or Always Drop Ship"),
    LastModifiedOn=DATETIME("Last change; drives incremental replication"),
    Attachments=many(ATTACHMENT, "Attached files, images included"),
    HSCode=STR("Harmonised System code for customs"),
    CountryOfOrigin=STR("Country the goods come from"),
    CountryOfOriginCode=STR("Code of the country the goods come from"),
)
"""What products and product families have in common."""

SUPPLY_INTERVAL = table(
    ID=GUID("Interval id"),
    DeliveryMethod=STR("Fixed for weekdays, Interval for every so many days"),
    IntervalDays=INT("Days between deliveries, with method Interval"),
    IntervalStartDate=DATETIME("Business date the interval counts from"),
    **{
        f"Is{day}": BOOL(f"Delivers on {day}, with method Fixed")
        for day in (
            "Monday",
            "Tuesday",
            "Wednesday",
            "Thursday",
            "Friday",
            "Saturday",
            "Sunday",
        )
    },
)

SUPPLIER_OPTION = table(
    ID=GUID("Id of the set of options"),
    LocationID=GUID("Location the options are for; empty for the default", to="locations.ID"),
    LocationName=STR("Name of the location the options are for"),
    ReorderQuantity=NUM("Quantity to order by default"),
    Lead=NUM("Lead time"),
    Safety=NUM("Safety margin"),
    MinimumToReorder=NUM("Smallest quantity to reorder; default options only"),
    SupplyIntervals=many(SUPPLY_INTERVAL, "When the supplier delivers"),
)

PRODUCT_SUPPLIER = table(
    SupplierID=GUID("Supplier id", to="suppliers.ID"),
    SupplierName=STR("Supplier name"),
    ProductID=GUID("Product id", to="products.ID"),
    ProductSKU=STR("Product SKU"),
    ProductSupplierID=GUID("Id of the product and supplier pair"),
    SupplierInventoryCode=STR("The supplier's own code for the product"),
    SupplierProductName=STR("The supplier's own name for the product"),
    Cost=NUM("Latest purchase cost"),
    FixedCost=NUM("Cost agreed with the supplier"),
    PurchaseCost=NUM("Purchase cost"),
    Currency=STR("Currency code of the supplier"),
    DropShip=BOOL("Ships straight to customers"),
    SupplierProductURL=STR("Product page at the supplier"),
    URL=STR("Link kept with the supplier"),
    LastSupplied=DATETIME("When the product was last supplied"),
    IncludeInPricing=BOOL("The cost counts when prices are calculated"),
    ProductSupplierOptions=many(SUPPLIER_OPTION, "Reordering from the supplier, by location"),
)

REORDER_LEVEL = table(
    REORDERING,
    LocationID=GUID("Location id", to="locations.ID"),
    LocationName=STR("Location name"),
    StockLocator=STR("Where in the location the product lies"),
    PickZones=STR("Pick zones, comma separated"),
)

BOM_PRODUCT = table(
    ComponentProductID=GUID("Component product id", to="products.ID"),
    ProductCode=STR("Component SKU"),
    Name=STR("Component name"),
    Quantity=NUM("Quantity of the component"),
    WastagePercent=NUM("Wastage in percent, instead of WastageQuantity"),
    WastageQuantity=NUM("Wastage in units, instead of WastagePercent"),
    CostPercentage=NUM("Share of the cost that disassembly gives the component"),
)

BOM_SERVICE = table(
    ComponentProductID=GUID("Service product id", to="products.ID"),
    Name=STR("Service product name"),
    Quantity=NUM("Quantity of the service"),
    ExpenseAccount=STR("Code of the expense account", to="accounts.Code"),
    PriceTier=INT("Price tier number of the service", to="price_tiers.Code"),
)

PRODUCT_MOVEMENT = table(
    TaskID=GUID("Task of the document that moved the stock"),
    Type=STR("Kind of document"),
    Date=DATETIME("Business date of the movement"),
    Number=STR("Number of the document"),
    Status=INT("State of the document, as a number"),
    Quantity=NUM("Quantity moved"),
    Amount=NUM("Cost of the quantity moved"),
    Location=STR("Location name"),
    BatchSN=STR("Batch or serial number"),
    ExpiryDate=DATETIME("Expiry date of the batch"),
    FromTo=STR("Supplier or customer on the other side"),
)

FAMILY_MEMBER = table(
    ID=GUID("Product id", to="products.ID"),
    SKU=STR("Product SKU"),
    Name=STR("Name of the variation"),
    **{f"Option{n}": STR(f"Value of option {n}, such as a size") for n in range(1, 4)},
)

MARKUP_PRICE = table(
    TierNumber=INT("Price tier number, 1 to 10", to="price_tiers.Code"),
    MarkupType=STR("P adds a percentage, A adds an amount, D is not set"),
    UsePriceType=STR("Base price: A average, F fixed, L latest cost, V none"),
    MarkupValue=NUM("Percentage or amount; with base V the price itself"),
)


class Products(CoreList):
    """Products with prices, dimensions and accounts; deprecated ones included.

    Suppliers, reorder levels, bill of materials, attachments, movements and customer prices
    are filled when the settings ask for them.
    """

    path = "/product"
    code_param = "Sku"
    named_by = ("SKU",)
    id_param = "ID"
    records_key = "Products"
    since_param = "ModifiedSince"
    stamp_field = "LastModifiedOn"
    params: ClassVar = {"IncludeDeprecated": "true"}
    flags: ClassVar = {
        "IncludeBOM": Flag("include_bom", ("BillOfMaterialsProducts", "BillOfMaterialsServices")),
        "IncludeSuppliers": Flag("include_suppliers", ("Suppliers",)),
        "IncludeAttachments": Flag("include_attachments", ("Attachments",)),
        "IncludeReorderLevels": Flag("include_reorder_levels", ("ReorderLevels",)),
        "IncludeCustomPrices": Flag("include_custom_prices", ("CustomPrices",)),
        "IncludeMovements": Flag("include_movements", ("Movements",)),
    }
    schema = record(
        table(ID=GUID_KEY("Product id"), Name=STR("Product name")),
        CATALOGUE_ITEM,
        ADDITIONAL_ATTRIBUTES,
        Type=STR("Stock, Service or Non Inventory"),
        Status=STR("Active, Setup required or Deprecated"),
        Length=NUM("Length, in DimensionsUnits"),
        Width=NUM("Width, in DimensionsUnits"),
        Height=NUM("Height, in DimensionsUnits"),
        Weight=NUM("Weight, in WeightUnits"),
        WeightUnits=STR("Unit of the weight"),
        DimensionsUnits=STR("Unit of length, width and height"),
        CartonLength=NUM("Length of a carton"),
        CartonWidth=NUM("Width of a carton"),
        CartonHeight=NUM("Height of a carton"),
        CartonQuantity=NUM("Units in a carton"),
        CartonInnerQuantity=NUM("Units in an inner carton"),
        Barcode=STR("Barcode"),
        PriceTiers=OPEN("Sale price by tier name; the names are the account's own"),
        AverageCost=NUM("Average unit cost"),
        InternalNote=STR("Note for internal use"),
        StockLocator=STR("Where in the warehouse the product lies"),
        ExpenseAccount=STR("Code of the expense account", to="accounts.Code"),
        Sellable=BOOL("Offered for sale"),
        PickZones=STR("Pick zones, comma separated"),
        BillOfMaterial=BOOL("Has a bill of materials"),
        AutoAssembly=BOOL("Kit that is assembled when a sale is authorised"),
        AutoDisassembly=BOOL("Taken apart on receipt of a purchase"),
        QuantityToProduce=NUM("Units that one bill of materials gives"),
        AssemblyInstructionURL=STR("Where assembly is described"),
        AssemblyCostEstimationMethod=STR("How assembly cost is estimated"),
        BOMType=STR("Assembly, Production, Make to Order or None"),
        AlwaysShowQuantity=NUM("Quantity to show whatever the stock"),
        WarrantyName=STR("Name of the warranty"),
        CreatedDate=DATETIME("When the product was created"),
        Suppliers=many(PRODUCT_SUPPLIER, "Suppliers of the product"),
        ReorderLevels=many(REORDER_LEVEL, "Reorder levels by location"),
        BillOfMaterialsProducts=many(BOM_PRODUCT, "Goods the product is assembled from"),
        BillOfMaterialsServices=many(BOM_SERVICE, "Services that assembly takes"),
        Movements=many(PRODUCT_MOVEMENT, "Every stock movement of the product"),
        CustomPrices=many(
            table(CUSTOMER_PRICE, CustomerCurrency=STR("Currency code of the customer")),
            "Prices agreed with customers",
        ),
    )


class ProductSuppliers(Part):
    """Suppliers of each product with costs and reordering, one row per pair."""

    schema = cut(
        Products,
        "Suppliers[]",
        ProductSupplierID=GUID_KEY("Id of the product and supplier pair"),
        ProductID=GUID("Product id").of("ID"),
        ProductSKU=STR("Product code").of("SKU"),
    )


class ProductAttachments(Part):
    """Files attached to products.

    Not selected by default: ``products`` holds them.
    """

    selected_by_default = False
    schema = cut(
        Products,
        "Attachments[]",
        ID=GUID_KEY("Attachment id"),
        ProductID=GUID("Product id, from the product").of("ID"),
    )


class BomComponents(Part):
    """Goods in the bills of materials of assembled products, one row per component."""

    schema = cut(
        Products,
        "BillOfMaterialsProducts[]",
        ProductID=GUID_KEY("Assembled product id, from the product").of("ID"),
        **NUMBERED,
    )


class BomServices(Part):
    """Labour and other services in the bills of materials of assembled products, one row each."""

    schema = cut(
        Products,
        "BillOfMaterialsServices[]",
        ProductID=GUID_KEY("Assembled product id, from the product").of("ID"),
        **NUMBERED,
    )


class ProductReorderLevels(Part):
    """Reorder levels of products, one row per product and location."""

    schema = cut(
        Products,
        "ReorderLevels[]",
        REPEATED,
        ProductID=GUID_KEY("Product id").of("ID"),
        LocationID=key_or("", GUID_KEY)("Location id", to="locations.ID"),
    )


class ProductCustomPrices(Part):
    """Prices agreed with customers, one row per product and customer."""

    schema = cut(
        Products,
        "CustomPrices[]",
        REPEATED,
        ProductID=GUID_KEY("Product id").of("ID"),
        CustomerID=key_or("", GUID_KEY)("Customer id", to="customers.ID"),
    )


class ProductMovements(Part):
    """Stock ledger of products, one row per movement; empty unless ``include_movements``."""

    schema = cut(
        Products,
        "Movements[]",
        NUMBERED,
        ProductID=GUID_KEY("Product id").of("ID"),
    )


class ProductCategories(CoreList):
    """Product categories."""

    path = "/ref/category"
    records_key = "CategoryList"
    schema = record(ID=GUID_KEY("Category id"), Name=STR("Category name"))


class ProductFamilies(CoreList):
    """Product families: variations of one product along up to three options."""

    path = "/productFamily"
    code_param = "Sku"
    named_by = ("SKU",)
    id_param = "ID"
    records_key = "ProductFamilies"
    since_param = "ModifiedSince"
    stamp_field = "LastModifiedOn"
    schema = record(
        table(ID=GUID_KEY("Product family id"), Name=STR("Product family name")),
        CATALOGUE_ITEM,
        Products=many(FAMILY_MEMBER, "Products of the family"),
        **{
            f"Option{n}Name": STR(f"What option {n} is, such as size or colour")
            for n in range(1, 4)
        },
        **{
            f"Option{n}Values": STR(f"Possible values of option {n}, comma separated")
            for n in range(1, 4)
        },
    )


class ProductFamilyAttachments(Part):
    """Files attached to product families.

    Not selected by default: ``product_families`` holds them.
    """

    selected_by_default = False
    schema = cut(
        ProductFamilies,
        "Attachments[]",
        ID=GUID_KEY("Attachment id"),
        ProductFamilyID=GUID("Product family id, from the family").of("ID"),
    )


class ProductMarkupPrices(CoreDetail):
    """Rules that calculate a product's prices from cost.

    Not selected by default: it costs a call per product.
    """

    selected_by_default = False
    path = "/product/markupprices"
    index = Products
    id_field = "ID"
    id_param = "ProductID"
    schema = record(
        ProductID=GUID_KEY("Product id", to="products.ID"),
        MarkupPrices=many(MARKUP_PRICE, "One rule per price tier"),
    )
