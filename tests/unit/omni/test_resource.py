"""What a declaration of Omni says without being told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_cin7.omni.resource import OmniResource
from tap_cin7.omni.resources.finance import Payments, Payouts
from tap_cin7.omni.resources.lines import BranchTransferLineSizes, SalesOrderLines
from tap_cin7.omni.resources.products import ProductCategories, ProductOptions
from tap_cin7.omni.resources.sales import SalesOrders, Vouchers
from tap_cin7.omni.resources.stock import Stock
from tap_cin7.reading.parts import Part
from tap_cin7.reading.resource import resources_in
from tap_cin7.rows.fields import DATETIME, INT, KEY, STR, many, record, table
from tap_cin7.settings import Settings

if TYPE_CHECKING:
    from tap_cin7.reading.resource import Resource

RESOURCES = {resource.name: resource for resource in resources_in("tap_cin7.omni.resources")}


class Labels(OmniResource):
    """Labels that users put on orders."""

    path = "/v1/Labels"
    schema = record(
        id=KEY("Label id"),
        modifiedDate=DATETIME("Last change"),
        name=STR("Text of the label"),
        orders=many(table(orderId=INT("Order (sales_orders.id)")), "Orders that carry it"),
    )


def test_a_new_resource_is_a_path_and_a_schema() -> None:
    assert Labels.name == "labels"
    assert Labels.schema.key == ("id",)
    assert Labels.stamp() == "modifiedDate"
    assert Labels.order_columns() == Labels.group_columns() == ("id",)
    assert Labels.watched() == ("id", "modifiedDate")


@pytest.mark.parametrize(
    ("resource", "stamp"),
    [
        (SalesOrders, "modifiedDate"),
        (Payments, "modifiedDate"),
        (Payouts, "createdDate"),
        (Vouchers, None),
        (ProductCategories, None),
        (Stock, None),
        (SalesOrderLines, "parent_modified"),
        (BranchTransferLineSizes, "parent_modified"),
    ],
)
def test_the_replication_key_is_the_stamp_that_rows_have(
    resource: type[Resource], stamp: str | None
) -> None:
    assert resource.stamp() == stamp


def test_stock_goes_by_its_last_transaction_only_where_the_settings_say_so() -> None:
    assert Stock.stamp_under(Settings(api="omni")) is None
    assert Stock.stamp_under(Settings(api="omni", stock_incremental=True)) == "modifiedDate"


def test_the_order_of_a_list_is_that_of_its_key_without_what_may_be_null() -> None:
    assert Vouchers.order_columns() == Vouchers.group_columns() == ("code",)
    assert ProductOptions.order_columns() == ("id", "sizeId")
    assert ProductOptions.group_columns() == ("id",)
    assert Stock.order_columns() == ("productId", "productOptionId", "branchId", "size")
    assert Stock.group_columns() == ("productId", "productOptionId", "branchId")


def test_start_date_bounds_documents() -> None:
    bounded = {
        name
        for name, resource in RESOURCES.items()
        if issubclass(resource, OmniResource) and resource.bounded_by_start_date
    }
    assert bounded == {
        "adjustments",
        "branch_transfers",
        "credit_notes",
        "payment_fees",
        "payments",
        "payouts",
        "production_jobs",
        "purchase_orders",
        "quotes",
        "sales_orders",
        "sales_orders_with_cartons",
    }


def test_what_repeats_another_stream_is_not_selected_by_default_and_says_why() -> None:
    left_out = {name: one for name, one in RESOURCES.items() if not one.selected_by_default}
    assert {"bom_masters_v1", "product_option_sizes", "sales_orders_with_cartons"} <= set(left_out)
    for resource in left_out.values():
        assert "Not selected by default: " in (resource.__doc__ or "")


def test_parts_keep_the_order_of_their_keys() -> None:
    keys = {name: one.schema.key for name, one in RESOURCES.items() if issubclass(one, Part)}
    assert keys["sales_order_lines"] == ("orderId", "id", "repetition")
    assert keys["product_option_prices"] == ("id", "sizeId", "name", "repetition")
    assert keys["bom_components"] == ("bomMasterId", "bomProductId", "id", "repetition")
