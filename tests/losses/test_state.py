"""Row 17 beyond documents, and what state and ``start_date`` bound."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.losses.accounts import ORDERS, brands, guid, orders, sale_list
from tests.losses.harness import Target, merged, run
from tests.losses.standin import Core, Omni, keys, stamp

if TYPE_CHECKING:
    from tests.losses.standin import Row, Table

PAYMENTS = "/v1/Payments"


def held(target: Target, stream: str, table: Table, text: str = "reference") -> bool:
    """Tell whether the target holds each visible row in its present version."""
    have = {(row["id"], row[text]) for row in target.rows(stream)}
    return {(row["id"], row[text]) for row in table.visible()} <= have


@pytest.mark.parametrize("path", [ORDERS, PAYMENTS])
def test_merged_state_of_omni_works_like_replaced_state(path: str) -> None:
    stream, text = ("sales_orders", "reference") if path == ORDERS else ("payments", "comments")
    with Omni(ahead=-20_000) as server:
        table = orders(server, 700, path=path, apart=1.0, text=text)
        for number in range(701, 800):
            moment = stamp(server.now - 700 + number // 10)
            modified = None if path == PAYMENTS else moment
            table.put({"id": number, "createdDate": moment, "modifiedDate": modified, text: "n"})
        target, state = Target(), None
        for number in range(4):
            end = (path, 2, signal.SIGTERM) if number % 2 == 0 else None
            result = run(server, stream, state, end=end)
            server.calm()
            target.take(result)
            state = merged(state, result.state)
            server.now += 900
            for row in range(number * 50 + 1, number * 50 + 9):
                changes: Row = {text: f"edited {number}"}
                table.edit(row, **changes)
            server.now += 900
        last = run(server, stream, state)
        target.take(last)
        assert last.exit_code == 0, last.stderr
        assert held(target, stream, table, text)


def test_the_last_line_of_a_failed_run_is_a_state_that_can_be_gone_on_from() -> None:
    with Omni(ahead=-20_000) as server:
        table = orders(server, 700, apart=1.0)
        first = run(server, "sales_orders", end=(ORDERS, 2, signal.SIGTERM))
        server.calm()
        assert first.messages[-1]["type"] == "STATE"
        target = Target()
        target.take(first, run(server, "sales_orders", first.state))
        assert held(target, "sales_orders", table)


# start_date bounds documents only.


@pytest.mark.parametrize(
    ("stream", "path"),
    [
        ("branches", "/v1/Branches"),
        ("contacts", "/v1/Contacts"),
        ("products", "/v1/Products"),
        ("product_options", "/v1/ProductOptions"),
        ("bom_masters", "/v2/BomMasters"),
    ],
)
def test_start_date_cuts_no_master_data_of_omni(stream: str, path: str) -> None:
    with Omni(ahead=-3_600) as server:
        table = orders(server, 30, path=path, apart=86_400)
        for row in table.visible():
            table.put({**row, "sizeId": 1})
        orders(server, 30, apart=86_400)
        start = stamp(server.now - 10 * 86_400)
        result = run(server, [stream, "sales_orders"], start_date=start)
        assert result.exit_code == 0, result.stderr
        assert len(result.keys(stream)) == 30
        assert len(result.keys("sales_orders")) == 10


@pytest.mark.parametrize(
    ("stream", "path", "name"),
    [
        ("customers", "/customer", "CustomerList"),
        ("suppliers", "/supplier", "SupplierList"),
        ("products", "/product", "Products"),
        ("product_families", "/productFamily", "ProductFamilies"),
    ],
)
def test_start_date_cuts_no_master_data_of_core(stream: str, path: str, name: str) -> None:
    with Core(ahead=-3_600) as server:
        served = server.list(path, name, "ID", "LastModifiedOn", "ModifiedSince")
        for number in range(30):
            moment = stamp(server.now - 600 - number * 86_400)
            served.table.put({"ID": guid(number), "Name": "n", "LastModifiedOn": moment})
        sale_list(server, 30, apart=86_400)
        start = stamp(server.now - 10 * 86_400)
        result = run(server, [stream, "sale_list"], start_date=start)
        assert result.exit_code == 0, result.stderr
        assert len(result.keys(stream, "ID")) == 30
        assert len(result.keys("sale_list", "SaleID")) == 10
        # It is the bookmark that bounds the run after.
        second = run(server, [stream, "sale_list"], result.state, start_date=start)
        assert len(second.keys(stream, "ID")) <= 1


@pytest.mark.parametrize("days", [0, 7])
def test_a_run_never_removes_what_stands(days: int) -> None:
    """Whole reads that are told as such to the target, over rows that move meanwhile."""
    with Core(ahead=-20_000) as server:
        served = brands(server, 1_500)
        target, state = Target(), None
        for number in range(3):

            def slide(_call: object, number: int = number) -> None:
                served.table.drop(guid(number))
                served.table.put({"ID": guid(50_000 + number), "Name": "new"})

            server.before("/ref/brand", 2, slide)
            result = run(server, "brands", state, full_refresh_days=days)
            target.take(result)
            state = result.state
        assert keys(served.table.visible(), "ID") - {guid(50_002)} <= keys(
            target.rows("brands"), "ID"
        )


def test_a_list_that_is_suddenly_empty_removes_nothing() -> None:
    with Core(ahead=-20_000) as server:
        served = brands(server, 40)
        first = run(server, "brands")
        served.table.drop(*(guid(number) for number in range(40)))
        second = run(server, "brands", first.state)
        target = Target()
        target.take(first, second)
        assert len(target.rows("brands")) == 40
        assert second.exit_code == 1
        assert any("not believed" in line for line in second.errors), second.stderr
