"""Parts of Core's documents and lists: no call of their own, and in step with their parent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import Sandbox
from tests.support import bookmarks
from tests.support_core import asked, listed, records, run_core, select, unique, written

if TYPE_CHECKING:
    from tests.support import Result, Row

TEN = (
    "sale_orders",
    "sale_order_lines",
    "sale_quotes",
    "sale_fulfilments",
    "sale_fulfilment_lines",
    "sale_invoices",
    "sale_invoice_lines",
    "sale_payments",
    "sale_credit_notes",
    "sale_inventory_movements",
)
OF_PRODUCTS = ("product_suppliers", "product_attachments", "bom_components")


def lines_in(sale: Row) -> int:
    return sum(len(invoice["Lines"]) for invoice in sale["Invoices"])


@pytest.mark.parametrize("with_parent", [True, False])
def test_ten_parts_of_300_sales_take_no_more_calls_than_the_sales(*, with_parent: bool) -> None:
    streams = ("sales", *TEN) if with_parent else TEN
    with Sandbox(rows={"sale_list": 300}, default_rows=20) as server:
        first = run_core(server, select(*streams))
        assert first.exit_code == 0, first.stderr
        assert len(server.calls) <= 305
        assert first.records.keys() == first.schemas.keys() == set(streams)
        sales = [server.core.store.detail("sales", key[0]) for key in listed(server, "sale_list")]
        assert len(records("sale_invoice_lines", first)) == sum(map(lines_in, sales))
        assert len(records("sale_orders", first)) == 300

        server.reset_calls()
        second = run_core(server, select(*streams), first.states[-1])
        assert second.exit_code == 0, second.stderr
        assert len(server.calls) <= 12
        assert bookmarks(second) == bookmarks(first)
        marked = {name for name, one in bookmarks(first).items() if "replication_key_value" in one}
        assert marked == set(streams)


@pytest.mark.parametrize("with_parent", [True, False])
def test_parts_of_a_list_take_no_more_calls_than_the_list(*, with_parent: bool) -> None:
    streams = ("products", *OF_PRODUCTS) if with_parent else OF_PRODUCTS
    with Sandbox(rows={"products": 300}, default_rows=20) as server:
        result = run_core(server, select(*streams))
        assert result.exit_code == 0, result.stderr
        assert {call.path for call in server.calls} == {"/product"}
        assert len(server.calls) <= 2
        assert result.records.keys() == set(streams)
        rows = server.core.store.rows("products")
    assert len(records("product_suppliers", result)) == sum(len(row["Suppliers"]) for row in rows)
    assert len(records("bom_components", result)) == sum(
        len(row["BillOfMaterialsProducts"]) for row in rows
    )


def test_a_part_that_is_selected_later_brings_its_whole_past() -> None:
    with Sandbox(rows={"sale_list": 60}, default_rows=20) as server:
        first = run_core(server, select("sales", "sale_orders"))
        late = run_core(server, select("sales", "sale_orders", "sale_invoices"), first.states[-1])
        assert late.exit_code == 0, late.stderr
        sales = {sale for sale, _ in listed(server, "sale_list")}
        assert {row["SaleID"] for row in records("sale_invoices", late)} == sales
        assert len({query["ID"] for query in asked(server, "/sale")}) == 60

        server.reset_calls()
        after = run_core(server, select("sales", "sale_orders", "sale_invoices"), late.states[-1])
        assert len(server.calls) <= 12
    marks = {mark["replication_key_value"] for mark in bookmarks(after).values()}
    assert len(marks) == 1


def test_a_part_of_a_list_that_is_selected_later_brings_its_whole_past() -> None:
    with Sandbox(rows={"products": 80}, default_rows=20) as server:
        first = run_core(server, select("products"))
        late = run_core(server, select("products", "product_suppliers"), first.states[-1])
        rows = server.core.store.rows("products")
    suppliers = sum(len(row["Suppliers"]) for row in rows)
    assert len(records("product_suppliers", late)) == suppliers > 0


def test_a_part_that_is_selected_in_the_middle_of_a_backfill_misses_nothing() -> None:
    with Sandbox(rows={"sale_list": 80}, default_rows=20) as server:
        gone = sorted(listed(server, "sale_list"), key=lambda one: (str(one[1]), one[0]))[40][0]
        position = {
            "since": None,
            "began": "2026-07-01T00:00:00.000000Z",
            "whole": False,
            "position": [dict(listed(server, "sale_list"))[gone], gone],
        }
        state = {"bookmarks": {"sales": {"resume": position}}}
        alone = run_core(server, select("sales"), state)
        assert len(records("sales", alone)) == 39
        both = run_core(server, select("sales", "sale_orders"), state)
        assert both.exit_code == 0, both.stderr
        assert len(records("sale_orders", both)) == 80


def test_parts_carry_the_change_time_of_their_parent() -> None:
    with Sandbox(rows={"sale_list": 40, "purchase_list": 40}, default_rows=20) as server:
        result = run_core(server, select("sale_orders", "simple_purchases", "stock_transfer_lines"))
        assert result.exit_code == 0, result.stderr
        assert written("sale_orders", "SaleID", "parent_modified", result) == listed(
            server, "sale_list"
        )
        assert written("simple_purchases", "ID", "parent_modified", result) == listed(
            server, "purchase_list"
        )
        transfers = written("stock_transfer_lines", "TaskID", "parent_modified", result)
        assert transfers <= listed(server, "stock_transfer_list")


def test_every_line_keeps_a_key_of_its_own_over_two_runs() -> None:
    streams = ("sale_invoice_lines", "sale_order_lines", "purchase_receipt_lines", "sale_payments")
    with Sandbox(rows={"sale_list": 40, "purchase_list": 40}, default_rows=20) as server:
        results: list[Result] = [run_core(server, select(*streams)) for _ in range(2)]
    for stream in streams:
        keys = unique(stream, results[0])
        assert keys == unique(stream, results[1])
        assert len(keys) == len(records(stream, results[0])) > 0
