"""The nine resources of V1, which takes the ids of documents in their path.

The field lists of V1 are known in part only (vendor documentation), so its resources take the
columns of their V2 twins; what else V1 sends goes into ``extra_fields``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tap_cin7.core.resource import CoreDetail, CoreList
from tap_cin7.core.resources import (
    contacts,
    products,
    purchase_details,
    purchasing,
    sale_details,
    sales,
    stock,
)
from tap_cin7.core.resources.objects import BILLING_ADDRESS
from tap_cin7.rows.fields import DATETIME, STR, Record, obj

if TYPE_CHECKING:
    from tap_cin7.reading.resource import Resource
    from tap_cin7.rows.fields import Field

_DEPRECATED_TOO = {"includeDeprecated": "true"}


def like(twin: type[Resource], **more: Field) -> Record:
    """Return the schema of a V2 resource with further columns."""
    return Record({**twin.schema.fields, **more})


class Customers(CoreList):
    """Customers, deprecated ones included."""

    path = "/Customers"
    records_key = "Customers"
    since_param = "modifiedSince"
    stamp_field = "LastModifiedOn"
    params: ClassVar = _DEPRECATED_TOO
    schema = like(contacts.Customers)


class Suppliers(CoreList):
    """Suppliers, deprecated ones included."""

    path = "/Suppliers"
    records_key = "Suppliers"
    since_param = "modifiedSince"
    params: ClassVar = _DEPRECATED_TOO
    schema = like(contacts.Suppliers)


class Products(CoreList):
    """Products, deprecated ones included."""

    path = "/Products"
    records_key = "Products"
    since_param = "modifiedSince"
    stamp_field = "LastModifiedOn"
    params: ClassVar = _DEPRECATED_TOO
    schema = like(products.Products)


class ProductFamilies(CoreList):
    """Product families with their products."""

    path = "/ProductFamilies"
    records_key = "ProductFamilies"
    since_param = "modifiedSince"
    schema = like(products.ProductFamilies)


class ProductAvailability(CoreList):
    """Stock by product, location, bin and batch; rows without any quantity are not listed."""

    path = "/ProductAvailability"
    records_key = "ProductAvailability"
    schema = like(stock.ProductAvailability)


class SaleList(CoreList):
    """Headers of simple sales."""

    path = "/SaleList"
    records_key = "SaleList"
    since_param = "updatedSince"
    stamp_field = "Updated"
    aliases: ClassVar = {"ID": "SaleID"}
    schema = like(sales.SaleList)


class Sales(CoreDetail):
    """Simple sales in full, one call per changed sale."""

    path = "/Sale"
    index = SaleList
    id_field = "SaleID"
    schema = like(
        sale_details.Sales,
        SaleAccount=STR("Default sales account"),
        OrderDate=DATETIME("Business date of the order"),
    )


class PurchaseList(CoreList):
    """Headers of simple purchases."""

    path = "/PurchaseList"
    records_key = "PurchaseList"
    since_param = "updatedSince"
    stamp_field = "LastUpdatedDate"
    schema = like(purchasing.PurchaseList)


class Purchases(CoreDetail):
    """Simple purchases in full, one call per changed purchase."""

    path = "/Purchase"
    index = PurchaseList
    id_field = "ID"
    schema = like(
        purchase_details.Purchases,
        VendorAddress=obj(BILLING_ADDRESS, "Address of the supplier"),
    )
