"""Row 16: names that differ in case, at every level."""

from __future__ import annotations

from tests.losses.accounts import guid, orders, sale_list
from tests.losses.harness import run
from tests.losses.standin import Core, Omni, Reply, Row, encoded, stamp


def swapped(value: object) -> object:
    """Return a value with the case of every name turned round."""
    if isinstance(value, dict):
        return {name.swapcase(): swapped(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [swapped(inner) for inner in value]
    return value


def test_names_of_a_production_order_in_their_live_case_fill_their_columns() -> None:
    with Core() as server:
        served = server.list("/production/orderList", "ProductionOrderListItems", "TaskID")
        served.table.put(
            {"TaskID": guid(1), "ProductionOrderID": guid(1), "Type": "O", "ProductSku": "SKU-1"}
        )
        result = run(server, "production_order_list")
        assert result.exit_code == 0, result.stderr
        assert [row["ProductSKU"] for row in result.records("production_order_list")] == ["SKU-1"]
        assert not result.warnings


def test_names_of_locations_in_the_case_of_the_samples_fill_their_columns() -> None:
    with Core() as server:
        served = server.list("/ref/location", "LocationList", "ID")
        for number, name in enumerate(("IsShopfloor", "IsShopFloor", "ISSHOPFLOOR")):
            served.table.put({"ID": guid(number), "Name": "L", name: True})
        result = run(server, "locations")
        told = [
            [value for name, value in row.items() if name.lower() == "isshopfloor"]
            for row in result.records("locations")
        ]
        assert told == [[True]] * 3
        assert not result.warnings


def test_keys_stamps_and_nested_names_in_any_case_are_known() -> None:
    plain: Row = {
        "id": 4,
        "createdDate": "2026-01-02T03:04:05Z",
        "modifiedDate": "2026-01-02T03:04:05Z",
        "reference": "R",
        "lineItems": [{"id": 9, "code": "C", "stockMovements": [{"batch": "B", "quantity": 2}]}],
    }
    with Omni() as server:
        table = server.table("/v1/SalesOrders")
        table.put(plain)
        first = run(server, ["sales_orders", "sales_order_lines"])
        table.drop(4)
        server.before("/v1/SalesOrders", None, lambda _call: Reply(encoded([swapped(plain)])))
        second = run(server, ["sales_orders", "sales_order_lines"])
        assert second.exit_code == 0, second.stderr
        for stream in ("sales_orders", "sales_order_lines"):
            assert second.records(stream) == first.records(stream)
        bookmarks = [one.bookmark("sales_orders") for one in (first, second)]
        assert len({mark["replication_key_value"] for mark in bookmarks}) == 1


def test_the_envelope_is_known_in_any_case() -> None:
    with Core() as server:
        served = sale_list(server, 1_500, apart=1.0)
        served.records_key = "salelist"
        result = run(server, "sale_list")
        assert result.exit_code == 0, result.stderr
        assert len(result.keys("sale_list", "SaleID")) == 1_500


def test_two_names_that_differ_in_case_only_lose_neither_value() -> None:
    with Omni(ahead=-3_600) as server:
        table = orders(server, 1)
        table.put({**table.visible()[0], "reference": "small", "Reference": "large"})
        result = run(server, "sales_orders")
        assert result.exit_code == 0, result.stderr
        row = result.records("sales_orders")[0]
        assert "small" in str(row)
        assert "large" in str(row)


def test_the_tenants_own_names_keep_their_case() -> None:
    with Omni(ahead=-3_600) as server:
        table = orders(server, 1)
        own = {"orders_1000": 1, "Orders_1000": 2, "viP10NZD": 3}
        table.put({**table.visible()[0], "customFields": own, "modifiedDate": stamp(server.now)})
        result = run(server, "sales_orders")
        assert result.records("sales_orders")[0]["customFields"] == own
