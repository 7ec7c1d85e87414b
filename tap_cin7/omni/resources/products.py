"""Omni products: products, their options, categories and size ranges."""

from __future__ import annotations

from tap_cin7.omni.resource import OmniResource
from tap_cin7.omni.resources.objects import IMAGE, OPTIONS, TRACKED
from tap_cin7.rows.fields import (
    BOOL,
    DATETIME,
    ENUM,
    INT,
    KEY,
    NUM,
    OPEN,
    STR,
    key_or,
    many,
    obj,
    record,
    table,
)

UOM_OPTION = table(
    OPTIONS,
    id=INT("Id of the unit of measure"),
    productOptionId=INT("Product option it packs (product_options.id)", to="product_options.id"),
    code=STR("SKU of the unit of measure"),
    quantity=NUM("Single units in one unit of measure"),
    barcode=STR("Barcode of the unit of measure"),
    supplierCode=STR("Code the supplier uses for it"),
    priceColumns=OPEN("Its prices by price column of the account"),
)

PRODUCT_OPTION = table(
    OPTIONS,
    id=INT("Option id, repeated for each size of the option", to="product_options.id"),
    sizeId=INT("Id of the size; 0 without a size range"),
    createdDate=DATETIME("When the option was created"),
    modifiedDate=DATETIME("Last change of the option"),
    status=ENUM("Primary, Active or Disabled"),
    productId=INT("Product the option belongs to (products.id)", to="products.id"),
    code=STR("Obsolete alias of the SKU, with or without the size"),
    barcode=STR("Obsolete alias of the barcode"),
    productOptionCode=STR("SKU of the option, size left out"),
    productOptionSizeCode=STR("SKU of the option in this size"),
    productOptionBarcode=STR("Barcode of the option; blank on some accounts"),
    productOptionSizeBarcode=STR("Barcode of the option in this size"),
    supplierCode=STR("Code the supplier uses for the option"),
    optionWeight=NUM("Weight of one unit of the option"),
    size=STR("Label of the size"),
    retailPrice=NUM("Retail price of one unit"),
    wholesalePrice=NUM("Wholesale price of one unit"),
    vipPrice=NUM("VIP price of one unit"),
    specialPrice=NUM("Price of one unit while on special"),
    specialsStartDate=DATETIME("First day of the special price"),
    specialDays=INT("How many days the special price lasts"),
    stockAvailable=NUM("Units free to sell"),
    stockOnHand=NUM("Units physically in stock"),
    uomOptions=many(UOM_OPTION, "Units of measure the option is sold in"),
    image=obj(IMAGE, "Picture of the option"),
    priceColumns=OPEN("Prices by price column, such as retailIncNZD; number or null"),
)


class Products(OmniResource):
    """Products with their options; editing an option alone may not move modifiedDate."""

    path = "/v1/Products"
    rank = 30
    schema = record(
        TRACKED,
        id=KEY("Product id"),
        status=ENUM("Inactive, Public, ShowInB2B or Internal"),
        styleCode=STR("Style code, above the SKUs of the options"),
        name=STR("Product name"),
        description=STR("Product description as HTML"),
        tags=STR("Tags of the product in one text"),
        images=many(IMAGE, "Pictures of the product"),
        pdfUpload=STR("PDF file attached to the product"),
        pdfDescription=STR("Label of the attached PDF"),
        supplierId=INT("Supplier of the product (contacts.id)", to="contacts.id"),
        brand=STR("Brand name"),
        category=STR("Name of the category"),
        subCategory=STR("Name of the sub-category"),
        categoryIdArray=many(
            INT, "Categories (product_categories.id); null when none", to="product_categories.id"
        ),
        channels=STR("Sales channels the product is listed on"),
        weight=NUM("Weight of one unit"),
        height=NUM("Height of one unit"),
        width=NUM("Width of one unit"),
        length=NUM("Length of one unit"),
        volume=NUM("Volume of one unit"),
        stockControl=ENUM("How stock is tracked: a text such as FIFO, or its number"),
        orderType=STR("How the product is ordered"),
        productType=STR("Type of the product"),
        productSubtype=STR("Subtype of the product"),
        projectName=STR("Sales channel or project label"),
        optionLabel1=STR("What option1 stands for, such as Colour"),
        optionLabel2=STR("What option2 stands for"),
        optionLabel3=STR("What option3 stands for"),
        salesAccount=STR("Accounting code for sales"),
        purchasesAccount=STR("Accounting code for purchases"),
        importCustomsDuty=STR("Customs duty on import, as text"),
        sizeRangeId=INT(
            "Size range of the product (size_ranges.id); 0 for none", to="size_ranges.id"
        ),
        customFields=OPEN("Custom fields by field code, such as products_1000"),
        productOptions=many(PRODUCT_OPTION, "One entry per option and size"),
    )


class ProductOptions(OmniResource):
    """Product options, one row per option and size: id alone repeats."""

    path = "/v1/ProductOptions"
    rank = 30
    schema = record(
        PRODUCT_OPTION,
        id=KEY("Option id, repeated for each size of the option"),
        sizeId=key_or(0)("Id of the size; 0 without a size range"),
        modifiedDate=DATETIME("Last change of the option; drives incremental replication"),
    )


class ProductCategories(OmniResource):
    """The tree of product categories; it carries no dates, so all rows are read each time."""

    path = "/v1/ProductCategories"
    rank = 0
    schema = record(
        id=KEY("Category id"),
        parentId=INT("Category above this one; 0 at the top", to="product_categories.id"),
        isActive=BOOL("Whether the category is in use"),
        sort=INT("Position among its siblings"),
        name=STR("Category name"),
        description=STR("Category description"),
        image=obj(IMAGE, "Picture of the category"),
    )


class SizeRanges(OmniResource):
    """Named lists of sizes that products are offered in; no dates, all rows each time."""

    path = "/v1/SizeRanges"
    rank = 0
    schema = record(
        id=KEY("Size range id"),
        sizeRangeName=STR("Name of the size range"),
        sizes=many(STR, "Labels of the sizes"),
    )
