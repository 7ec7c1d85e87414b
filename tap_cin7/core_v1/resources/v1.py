"""The nine resources of V1."""

from __future__ import annotations

from typing import ClassVar

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
from tap_cin7.core_v1.resource import V1Detail, V1List, like
from tap_cin7.rows.fields import DATETIME, STR, obj

_DEPRECATED_TOO = {"includeDeprecated": "true"}


class Customers(V1List):
    """Customers, deprecated ones included."""

    path = "/Customers"
    records_key = "Customers"
    since_param = "modifiedSince"
    stamp_field = "LastModifiedOn"
    params: ClassVar = _DEPRECATED_TOO
    schema = like(contacts.Customers)


class Suppliers(V1List):
    """Suppliers, deprecated ones included."""

    path = "/Suppliers"
    records_key = "Suppliers"
    since_param = "modifiedSince"
    params: ClassVar = _DEPRECATED_TOO
    schema = like(contacts.Suppliers)


class Products(V1List):
    """Products, deprecated ones included."""

    path = "/Products"
    records_key = "Products"
    since_param = "modifiedSince"
    stamp_field = "LastModifiedOn"
    params: ClassVar = _DEPRECATED_TOO
    schema = like(products.Products)


class ProductFamilies(V1List):
    """Product families with their products."""

    path = "/ProductFamilies"
    records_key = "ProductFamilies"
    since_param = "modifiedSince"
    schema = like(products.ProductFamilies)


class ProductAvailability(V1List):
    """Stock by product, location, bin and batch; rows without any quantity are not listed."""

    path = "/ProductAvailability"
    records_key = "ProductAvailability"
    schema = like(stock.ProductAvailability)


class SaleList(V1List):
    """Headers of simple sales."""

    path = "/SaleList"
    records_key = "SaleList"
    since_param = "updatedSince"
    stamp_field = "Updated"
    aliases: ClassVar = {"ID": "SaleID"}
    schema = like(sales.SaleList)


class Sales(V1Detail):
    """Simple sales in full, one call per changed sale."""

    path = "/Sale"
    header = SaleList
    id_field = "SaleID"
    schema = like(
        sale_details.Sales,
        SaleAccount=STR("Default sales account"),
        OrderDate=DATETIME("Business date of the order"),
    )


class PurchaseList(V1List):
    """Headers of simple purchases."""

    path = "/PurchaseList"
    records_key = "PurchaseList"
    since_param = "updatedSince"
    stamp_field = "LastUpdatedDate"
    schema = like(purchasing.PurchaseList)


class Purchases(V1Detail):
    """Simple purchases in full, one call per changed purchase."""

    path = "/Purchase"
    header = PurchaseList
    id_field = "ID"
    schema = like(
        purchase_details.Purchases,
        VendorAddress=obj(BILLING_ADDRESS, "Address of the supplier"),
    )
