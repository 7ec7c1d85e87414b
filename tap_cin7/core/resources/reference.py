"""Reference books: the account itself, locations, taxes, terms, discounts, shipping zones."""

from __future__ import annotations

from typing import ClassVar

from tap_cin7.core.resource import CoreList
from tap_cin7.reading.parts import REPEATED, Part, cut
from tap_cin7.rows.fields import (
    BOOL,
    DATETIME,
    GUID,
    GUID_KEY,
    INT,
    KEY,
    NUM,
    STR,
    TEXT_KEY,
    key_or,
    many,
    record,
    table,
)

ONE_ROW = key_or(1)("Added by the tap: always 1, one row per account")
"""Key of the answers that are a single object without an id."""

BIN = table(
    ID=GUID("Bin id", to="locations.ID"),
    Name=STR("Bin name"),
    IsDeprecated=BOOL("No longer in use"),
    IsStaging=BOOL("Staging bin"),
)

TAX_COMPONENT = table(
    ID=GUID("Component id"),
    Name=STR("Component name"),
    Percent=NUM("Rate of the component in percent"),
    AccountCode=STR("Code of the liability account that takes the tax", to="accounts.Code"),
    ComponentOrder=INT("Position in which components are applied"),
    Compound=STR("Whether the component is charged on top of others"),
)

SHIPPING_AREA = table(
    ID=GUID("Id of the area within the zone"),
    Country2=STR("Two-letter country code"),
    StateID=INT("State number"),
    StateName=STR("State abbreviation, such as AL"),
    PostCodeFrom=STR("First postal code of a range"),
    PostCodeTo=STR("Last postal code of a range"),
    PostCodesList=STR("Single postal codes that belong to the area"),
    ShippingRate=NUM("Shipping rate for the area"),
)

SHIPPING_CONDITION = table(
    ZoneConditionID=GUID("Condition id"),
    MinValue=NUM("Lower bound, as price or weight"),
    MaxValue=NUM("Upper bound, as price or weight"),
    ShippingCost=NUM("Shipping cost between the bounds"),
    ConditionType=STR("What the bounds measure: Price or Weight"),
    ConditionDescription=STR("The condition in words"),
)

DISCOUNT_LINE = table(
    ID=GUID("Discount line id"),
    MinValue=NUM("Lower bound, on the first line of quantity-based rules"),
    MaxValue=NUM("Upper bound, for quantity-based rules"),
    DiscountType=STR("How Amount works, such as DiscountPercent, MarkupAmount, PriceOverride"),
    Amount=NUM("Amount or percentage, by discount type"),
    OrderExceeds=NUM("Order value from which shipping is free"),
)

SCOPE = table(
    ID=GUID("Id of the entry within the deal"),
    Type=STR("Side of the deal it limits: Buy or Get"),
)
"""What every limit of a deal to some products has."""

DEAL_DISCOUNT = table(
    ID=GUID("Id of the discount within the deal"),
    DiscountID=GUID("Discount rule applied", to="discount_rules.ID"),
    DiscountName=STR("Name of the discount rule"),
    DiscountType=STR("Simple, QuantityBased or FreeShipping"),
    Sequence=INT("Position among the discounts of the deal"),
    IsOrderLevel=BOOL("Applies to the order rather than to lines"),
    BuyType=STR("What has to be bought"),
    BuyValue=NUM("How much has to be bought"),
    BuyValueType=STR("What BuyValue measures"),
    BuyMore=BOOL("Buying more than BuyValue counts too"),
    GetType=STR("What the customer gets"),
    GetValue=NUM("How much the customer gets"),
    GetValueType=STR("What GetValue measures"),
    DealDiscountBrands=many(
        table(SCOPE, BrandName=STR("Brand name"), BrandID=GUID("Brand id", to="brands.ID")),
        "Brands the discount is limited to",
    ),
    DealDiscountCategories=many(
        table(
            SCOPE,
            CategoryName=STR("Category name"),
            CategoryID=GUID("Category id", to="product_categories.ID"),
        ),
        "Product categories the discount is limited to",
    ),
    DealDiscountTags=many(
        table(SCOPE, TagName=STR("Product tag")),
        "Product tags the discount is limited to",
    ),
    DealDiscountProducts=many(
        table(
            SCOPE,
            ProductSKU=STR("Product SKU"),
            ProductID=GUID("Product id"),
            ProductName=STR("Product name"),
            IsFamily=BOOL("Names a product family rather than a product"),
        ),
        "Products the discount is limited to",
    ),
)


class AttributeSets(CoreList):
    """Attribute sets: what the ten positional additional attributes are called."""

    path = "/ref/attributeset"
    id_param = "ID"
    records_key = "AttributeSetList"
    schema = record(
        ID=GUID_KEY("Attribute set id"),
        Name=STR("Attribute set name"),
        **{f"Attribute{n}Name": STR(f"Name of additional attribute {n}") for n in range(1, 11)},
        **{
            f"Attribute{n}Type": STR(f"Kind of additional attribute {n}, such as Text or List")
            for n in range(1, 11)
        },
        **{
            f"Attribute{n}Values": STR(f"Choices of additional attribute {n}, comma separated")
            for n in range(1, 11)
        },
        Attributes=many(
            table(
                Name=STR("Name of the attribute"),
                Type=STR("Not used, Text, Checkbox, List, Date or Numeric"),
                Values=STR("Choices, comma separated"),
            ),
            "The same attributes as a list",
        ),
    )


class AttributeLabels(Part):
    """What the additional attributes are called, one row per set and position."""

    schema = cut(
        AttributeSets,
        [
            ("", {"position": f"={n}", "label": f"Attribute{n}Name", "type": f"Attribute{n}Type"})
            for n in range(1, 11)
        ],
        AttributeSetID=GUID_KEY("Attribute set id").of("ID"),
        position=TEXT_KEY("Number of the attribute, 1 to 10"),
        AttributeSetName=STR("Attribute set name").of("Name"),
        label=STR("What the attribute is called; null where the set has none"),
        type=STR("Kind of the attribute, such as Text or List"),
    )


class Brands(CoreList):
    """Product brands."""

    path = "/ref/brand"
    records_key = "BrandList"
    schema = record(ID=GUID_KEY("Brand id"), Name=STR("Brand name"))


class Carriers(CoreList):
    """Carriers that ship sales."""

    path = "/ref/carrier"
    id_param = "CarrierID"
    records_key = "CarrierList"
    schema = record(CarrierID=GUID_KEY("Carrier id"), Description=STR("Carrier name"))


class FixedAssetTypes(CoreList):
    """Kinds of fixed assets with their depreciation rules and accounts."""

    path = "/ref/fixedassettype"
    id_param = "FixedAssetTypeID"
    records_key = "FixedAssetTypeList"
    schema = record(
        FixedAssetTypeID=GUID_KEY("Fixed asset type id"),
        Name=STR("Fixed asset type name"),
        DepreciationMethod=STR("How value declines, such as Straight Line"),
        AveragingMethod=STR("Full Month or Actual Days"),
        Rate=NUM("Depreciation in percent, unless an effective life is given"),
        EffectiveLife=NUM("Useful life in years, unless a rate is given"),
        AssetAccountCode=STR("Code of the asset account", to="accounts.Code"),
        AssetAccountName=STR("Name of the asset account"),
        AccumulatedDepreciationAccountCode=STR(
            "Code of the accumulated depreciation account", to="accounts.Code"
        ),
        AccumulatedDepreciationAccountName=STR("Name of the accumulated depreciation account"),
        DepreciationExpenseAccountCode=STR(
            "Code of the depreciation expense account", to="accounts.Code"
        ),
        DepreciationExpenseAccountName=STR("Name of the depreciation expense account"),
    )


class Locations(CoreList):
    """Warehouses, shop floors and their bins; a bin is a row of its own with a parent."""

    path = "/ref/location"
    also: ClassVar = {"Deprecated": "true"}
    hidden_by = ("Deprecated", "IsDeprecated")
    id_param = "ID"
    records_key = "LocationList"
    schema = record(
        ID=GUID_KEY("Location or bin id"),
        Name=STR("Location or bin name"),
        IsDefault=BOOL("Default location of the account"),
        Deprecated=BOOL("No longer in use, as documented; rows usually say IsDeprecated"),
        IsDeprecated=BOOL("No longer in use"),
        Bins=many(BIN, "Bins of the location, complete on the warehouse row"),
        FixedAssetsLocation=BOOL("Holds fixed assets"),
        ParentID=GUID("Location that a bin belongs to; empty on locations", to="locations.ID"),
        ParentName=STR("Name of the location that a bin belongs to"),
        ReferenceCount=INT("How many records refer to the location"),
        AddressLine1=STR("First line of the address"),
        AddressLine2=STR("Second line of the address"),
        AddressCitySuburb=STR("City or suburb"),
        AddressStateProvince=STR("State or province"),
        AddressZipPostCode=STR("Postal code"),
        AddressCountry=STR("Country"),
        PickZones=STR("Pick zones of the location"),
        IsShopFloor=BOOL("Production takes place here"),
        IsCoMan=BOOL("Location of a co-manufacturer"),
        IsStaging=BOOL("Staging bin; set on bins only"),
    )


class LocationBins(Part):
    """Bins of locations, one row each."""

    schema = cut(
        Locations,
        "Bins[]",
        REPEATED,
        LocationID=GUID_KEY("Location id").of("ID"),
        ID=key_or("", GUID_KEY)("Bin id", to="locations.ID"),
    )


class PaymentTerms(CoreList):
    """Payment terms of customers and suppliers."""

    path = "/ref/paymentterm"
    id_param = "ID"
    records_key = "PaymentTermList"
    total_is_right = False
    schema = record(
        ID=GUID_KEY("Payment term id"),
        Name=STR("Payment term name"),
        Duration=INT("Days until payment is due, counted as Method says"),
        Method=STR("What the days count from, such as end of the month"),
        IsActive=BOOL("May be chosen"),
        IsDefault=BOOL("Preset for new records"),
    )


class PriceTiers(CoreList):
    """Names of the ten price tiers."""

    path = "/ref/priceTier"
    records_key = "PriceTiers"
    paged = False
    schema = record(Code=KEY("Tier number"), Name=STR("Tier name, the key in a product's tiers"))


class TaxRules(CoreList):
    """Tax rules with the components they are made of."""

    path = "/ref/tax"
    id_param = "ID"
    records_key = "TaxRuleList"
    schema = record(
        ID=GUID_KEY("Tax rule id"),
        Name=STR("Tax rule name"),
        Account=STR("Code of the liability account that takes the tax", to="accounts.Code"),
        IsActive=BOOL("May be chosen"),
        TaxInclusive=BOOL("Prices hold the tax already"),
        TaxPercent=NUM("Overall rate in percent"),
        IsTaxForSale=BOOL("Applies to sales"),
        IsTaxForPurchase=BOOL("Applies to purchases"),
        Components=many(TAX_COMPONENT, "Taxes the rule adds up"),
    )


class UnitsOfMeasure(CoreList):
    """Units that products are counted in."""

    path = "/ref/unit"
    records_key = "UnitList"
    schema = record(ID=GUID_KEY("Unit id"), Name=STR("Unit name"))


class Deals(CoreList):
    """Deals: discounts for groups of customers or by coupon code."""

    path = "/reference/deals"
    id_param = "ID"
    records_key = "Deals"
    total_is_right = False
    schema = record(
        ID=GUID_KEY("Deal id"),
        Name=STR("Deal name"),
        DateFrom=DATETIME("First business date of the deal"),
        DateTo=DATETIME("Last business date of the deal"),
        IsActive=BOOL("Switched on"),
        AllowCoupons=BOOL("Coupon codes may be used"),
        SingleCouponCodeUsage=BOOL("Each coupon code works once"),
        CustomersGroup=STR("Who gets it: All, B2B, POS, Specified or CustomerTags"),
        CouponCodes=STR("Coupon codes of the deal"),
        DealCustomers=many(
            table(
                ID=GUID("Id of the entry within the deal"),
                CustomerName=STR("Customer name"),
                CustomerID=GUID("Customer id", to="customers.ID"),
            ),
            "Customers the deal is for",
        ),
        DealCustomerTags=many(
            table(ID=GUID("Id of the entry within the deal"), TagName=STR("Customer tag")),
            "Customer tags the deal is for",
        ),
        DealDiscounts=many(DEAL_DISCOUNT, "Discounts the deal grants"),
    )


class DiscountRules(CoreList):
    """Product discount rules that deals and products refer to."""

    path = "/reference/discount"
    id_param = "ID"
    records_key = "DiscountRules"
    schema = record(
        ID=GUID_KEY("Discount rule id"),
        Name=STR("Discount rule name"),
        IsActive=BOOL("Switched on"),
        Type=STR("Simple, QuantityBased or FreeShipping"),
        DiscountLines=many(DISCOUNT_LINE, "Steps of the rule"),
    )


class ShippingZones(CoreList):
    """Shipping zones: where they apply and what shipping costs there."""

    path = "/reference/shipZones"
    id_param = "ID"
    records_key = "ShipZones"
    schema = record(
        ZoneID=GUID_KEY("Zone id"),
        Name=STR("Zone name"),
        IsRestZone=BOOL("Covers everywhere no other zone does"),
        PricesInclTax=BOOL("Shipping costs hold the tax already"),
        Negative=BOOL("Flag of the zone that the API leaves unexplained"),
        DefaultShippingCost=NUM("Shipping cost where no condition applies"),
        ShortDesc=STR("The zone's settings in words"),
        TaxRuleID=GUID("Tax rule on shipping", to="tax_rules.ID"),
        TaxRuleName=STR("Name of the tax rule on shipping"),
        AppliesTo=many(SHIPPING_AREA, "Countries, states and postal codes covered"),
        Conditions=many(SHIPPING_CONDITION, "Shipping cost by price or weight"),
    )


class ShippingZonesEnabled(CoreList):
    """Whether the account uses shipping zones at all."""

    path = "/reference/shipZonesEnabled"
    paged = False
    is_single = True
    schema = record(row_id=ONE_ROW, IsEnabled=BOOL("Shipping zones are in use"))
