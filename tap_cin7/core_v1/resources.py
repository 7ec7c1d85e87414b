"""The nine resources of V1."""

from __future__ import annotations

from typing import ClassVar

from tap_cin7.core import (
    contacts,
    products,
    purchase_details,
    purchasing,
    sale_details,
    sales,
    stock,
)
from tap_cin7.core.objects import BILLING_ADDRESS
from tap_cin7.core_v1.stream import V1DetailStream, V1ListStream, like
from tap_cin7.fields import DATETIME, STR, obj

_DEPRECATED_TOO = {"includeDeprecated": "true"}


class Customers(V1ListStream):
    """Customers, deprecated ones included."""

    path = "/Customers"
    records_key = "Customers"
    since_param = "modifiedSince"
    replication_key = "LastModifiedOn"
    params: ClassVar = _DEPRECATED_TOO
    schema = like(contacts.Customers)


class Suppliers(V1ListStream):
    """Suppliers, deprecated ones included."""

    path = "/Suppliers"
    records_key = "Suppliers"
    since_param = "modifiedSince"
    params: ClassVar = _DEPRECATED_TOO
    schema = like(contacts.Suppliers)


class Products(V1ListStream):
    """Products, deprecated ones included."""

    path = "/Products"
    records_key = "Products"
    since_param = "modifiedSince"
    replication_key = "LastModifiedOn"
    params: ClassVar = _DEPRECATED_TOO
    schema = like(products.Products)


class ProductFamilies(V1ListStream):
    """Product families with their products."""

    path = "/ProductFamilies"
    records_key = "ProductFamilies"
    since_param = "modifiedSince"
    schema = like(products.ProductFamilies)


class ProductAvailability(V1ListStream):
    """Stock by product, location, bin and batch; rows without any quantity are not listed."""

    path = "/ProductAvailability"
    records_key = "ProductAvailability"
    schema = like(stock.ProductAvailability)


class SaleList(V1ListStream):
    """Headers of simple sales."""

    path = "/SaleList"
    records_key = "SaleList"
    since_param = "updatedSince"
    replication_key = "Updated"
    id_alias = "SaleID"
    schema = like(sales.SaleList)


class Sales(V1DetailStream):
    """Simple sales in full, one call per changed sale."""

    path = "/Sale"
    header = SaleList
    id_field = "SaleID"
    schema = like(
        sale_details.Sales,
        SaleAccount=STR("Default sales account"),
        OrderDate=DATETIME("Business date of the order"),
    )


class PurchaseList(V1ListStream):
    """Headers of simple purchases."""

    path = "/PurchaseList"
    records_key = "PurchaseList"
    since_param = "updatedSince"
    replication_key = "LastUpdatedDate"
    schema = like(purchasing.PurchaseList)


class Purchases(V1DetailStream):
    """Simple purchases in full, one call per changed purchase."""

    path = "/Purchase"
    header = PurchaseList
    id_field = "ID"
    schema = like(
        purchase_details.Purchases,
        VendorAddress=obj(BILLING_ADDRESS, "Address of the supplier"),
    )
