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


class V1List(CoreList):
    """A list of V1, which writes its parameters in lower case."""

    page_params = ("page", "limit")


class Customers(V1List):
    """Customers, deprecated ones included."""

    path = "/Customers"
    code_param = "name"
    named_by = ("Name",)
    records_key = "Customers"
    since_param = "modifiedSince"
    stamp_field = "LastModifiedOn"
    params: ClassVar = _DEPRECATED_TOO
    schema = like(contacts.Customers)


class Suppliers(V1List):
    """Suppliers, deprecated ones included."""

    path = "/Suppliers"
    code_param = "name"
    named_by = ("Name",)
    records_key = "Suppliers"
    since_param = "modifiedSince"
    params: ClassVar = _DEPRECATED_TOO
    schema = like(contacts.Suppliers)


class Products(V1List):
    """Products, deprecated ones included."""

    path = "/Products"
    code_param = "sku"
    named_by = ("SKU",)
    records_key = "Products"
    since_param = "modifiedSince"
    stamp_field = "LastModifiedOn"
    params: ClassVar = _DEPRECATED_TOO
    schema = like(products.Products)


class ProductFamilies(V1List):
    """Product families with their products."""

    path = "/ProductFamilies"
    code_param = "sku"
    named_by = ("SKU",)
    records_key = "ProductFamilies"
    since_param = "modifiedSince"
    schema = like(products.ProductFamilies)


class ProductAvailability(V1List):
    """Stock by product, location, bin and batch; rows without any quantity are not listed."""

    path = "/ProductAvailability"
    code_param = "sku"
    named_by = ("ID", "SKU")
    records_key = "ProductAvailability"
    schema = like(stock.ProductAvailability)


class SaleList(V1List):
    """Headers of simple sales."""

    path = "/SaleList"
    code_param = "search"
    named_by = ("OrderNumber",)
    records_key = "SaleList"
    since_param = "updatedSince"
    stamp_field = "Updated"
    bounded_by_start_date = True
    aliases: ClassVar = {"ID": "SaleID"}
    schema = like(sales.SaleList)


class Sales(CoreDetail):
    """Simple sales in full, one call per changed sale."""

    path = "/Sale"
    index = SaleList
    id_field = "SaleID"
    rank = 10
    schema = like(
        sale_details.Sales,
        SaleAccount=STR("Default sales account"),
        OrderDate=DATETIME("Business date of the order"),
    )


class PurchaseList(V1List):
    """Headers of simple purchases."""

    path = "/PurchaseList"
    code_param = "search"
    named_by = ("OrderNumber",)
    records_key = "PurchaseList"
    since_param = "updatedSince"
    stamp_field = "LastUpdatedDate"
    bounded_by_start_date = True
    schema = like(purchasing.PurchaseList)


class Purchases(CoreDetail):
    """Simple purchases in full, one call per changed purchase."""

    path = "/Purchase"
    index = PurchaseList
    id_field = "ID"
    rank = 20
    schema = like(
        purchase_details.Purchases,
        VendorAddress=obj(BILLING_ADDRESS, "Address of the supplier"),
    )
