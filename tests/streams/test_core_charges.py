"""Charges beside the lines of documents, and labour beside the goods of bills of materials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Sandbox
from tests.support_core import asked, run_core, select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support import Result, Row

CHARGES = {
    "sale_order_charges": ("sales", "Order"),
    "sale_invoice_charges": ("sales", "Invoices"),
    "sale_credit_note_charges": ("sales", "CreditNotes"),
    "purchase_order_charges": ("purchases", "Order"),
    "purchase_invoice_charges": ("purchases", "Invoice"),
    "purchase_credit_note_charges": ("purchases", "CreditNote"),
}
PARENTS = {"sales": ("sale_list", "SaleID", "/sale"), "purchases": ("purchase_list", "ID", "")}


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with Sandbox(default_rows=60) as running:
        yield running


@pytest.fixture(scope="module")
def run(server: Sandbox) -> Result:
    streams = (*CHARGES, "sale_invoices", "bom_services", "products")
    return run_core(server, select(*streams))


def blocks(record: Row, name: str) -> list[Row]:
    held = record[name]
    found: list[Row] = held if isinstance(held, list) else [held]
    return [block for block in found if block]


@pytest.mark.parametrize("stream", CHARGES)
def test_each_charge_of_a_document_is_a_row(server: Sandbox, run: Result, stream: str) -> None:
    assert run.exit_code == 0, run.stderr
    parent, place = CHARGES[stream]
    header, key, _ = PARENTS[parent]
    wanted = []
    for row in server.core.store.rows(header):
        record = server.core.store.detail(parent, row[key])
        for block in blocks(record, place):
            for number, charge in enumerate(block["AdditionalCharges"], start=1):
                wanted.append((record["ID"], block.get("TaskID"), number, charge["Description"]))
    assert wanted

    def identity(row: Row) -> tuple[Any, ...]:
        task = row.get("TaskID") or row.get("InvoiceTaskID") or row.get("CreditNoteTaskID")
        document = row.get("SaleID") or row.get("PurchaseID")
        return document, task, row["line_number"], row["Description"]

    got = [identity(row) for row in run.records[stream]]
    assert sorted(map(str, got)) == sorted(map(str, wanted))


def test_they_cost_no_call(server: Sandbox, run: Result) -> None:
    assert run.exit_code == 0
    assert len(asked(server, "/sale")) == len(server.core.store.rows("sale_list"))


def test_a_charge_names_its_invoice(run: Result) -> None:
    invoices = {row["TaskID"] for row in run.records["sale_invoices"]}
    assert {row["InvoiceTaskID"] for row in run.records["sale_invoice_charges"]} <= invoices


def test_labour_of_a_bill_of_materials_is_a_row(run: Result) -> None:
    wanted = [
        (product["ID"], number, service["Name"])
        for product in run.records["products"]
        for number, service in enumerate(product["BillOfMaterialsServices"] or (), start=1)
    ]
    got = [
        (row["ProductID"], row["line_number"], row["Name"]) for row in run.records["bom_services"]
    ]
    assert wanted
    assert sorted(got) == sorted(wanted)
