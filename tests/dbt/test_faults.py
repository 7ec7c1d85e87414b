"""Each check on the user's own data finds a fault that is planted for it, and says which."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dbt.databases import DuckDb
from tests.dbt.package import PACKAGE
from tests.dbt.tables import make

CHECKS = sorted(
    path.stem.removeprefix("cin7_reconcile_")
    for path in (PACKAGE / "tests" / "reconcile").glob("*.sql")
)
_DAY = "2026-06-10 00:00:00"
_LINE = {"repetition": 1, "parent_modified": _DAY, "productOptionId": 10, "code": "HAT"}


def _order(number: int, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any column
    return {
        "id": number,
        "reference": f"SO-{number}",
        "status": "APPROVED",
        "createdDate": _DAY,
        "invoiceDate": _DAY,
        "modifiedDate": _DAY,
        "currencyCode": "NZD",
        "currencyRate": 1,
        **fields,
    }


def _line(number: int, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any column
    return {
        **_LINE,
        "orderId": number,
        "id": number,
        "qty": 1,
        "unitPrice": 100,
        "unitCost": 60,
        **fields,
    }


OMNI: dict[str, list[dict[str, Any]]] = {
    "product_options": [
        {"id": 10, "sizeId": 0, "productId": 1, "code": "HAT", "modifiedDate": _DAY}
    ],
    "sales_orders": [
        _order(1, total=300),  # goods are 100
        _order(2, total=100, paymentTerms="as agreed"),
        _order(3, total=100, currencyCode="AUD", currencyRate=0),
        _order(4, total=50, currencyCode="USD", currencyRate=0.5),  # 100 NZD are 50 USD
        _order(5, total=100, lineItems=[{"id": 5}, {"id": 55}]),
        _order(6),
        _order(7, status="DRAFT", invoiceDate=None),
    ],
    "sales_order_lines": [
        _line(1),
        _line(2, unitCost=None),
        _line(3),
        _line(4, unitPrice=50),
        _line(5),
        _line(6, productOptionId=0, code="", name="Engraving"),
    ],
    "stock": [
        {
            "record_key": "s",
            "productOptionId": 10,
            "code": "HAT",
            "branchName": "Main",
            "stockOnHand": -2,
        }
    ],
    "credit_notes": [
        {"id": 8, "reference": "CN-8", "status": "APPROVED", "modifiedDate": _DAY, "total": 1}
    ],
    "credit_note_lines": [{**_LINE, "creditNoteId": 8, "id": 8, "qty": 1, "unitPrice": 1}],
    "adjustments": [{"id": 9, "isApproved": True, "createdDate": _DAY, "modifiedDate": _DAY}],
    "adjustment_lines": [{**_LINE, "adjustmentId": 9, "id": 9, "qtyAdjusted": 7}],
    "purchase_orders": [],
}
CORE: dict[str, list[dict[str, Any]]] = {
    "customers": [{"ID": "c", "AccountReceivable": "610", "Status": "Active"}],
    "suppliers": [{"ID": "s", "AccountPayable": "800", "Status": "Active"}],
    "transactions": [
        {
            "record_key": "t",
            "DebitAccountCode": "610",
            "CreditAccountCode": "800",
            "Amount": 70,
            "EffectiveDate": _DAY,
            "read_at": _DAY,
        }
    ],
    "sales": [
        {
            "ID": "s1",
            "Status": "COMPLETED",
            "COGSAmount": 50,
            "Order": {"SaleOrderNumber": "SO-1"},
            "header_modified": _DAY,
        }
    ],
    "sale_inventory_movements": [
        {
            "SaleID": "s1",
            "line_number": 1,
            "TaskID": "f1",
            "ProductID": "hat",
            "COGS": 40,
            "parent_modified": _DAY,
        }
    ],
    # The invoice that they belong to is not loaded.
    "sale_invoice_lines": [
        {"SaleID": "s2", "InvoiceTaskID": "i2", "line_number": 1, "ProductID": "hat", "Quantity": 1}
    ],
}


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    database = DuckDb(tmp_path_factory.mktemp("faults"))
    make(database, "omni", "cin7_omni", OMNI)
    make(database, "core", "cin7_core", CORE)
    variables = {
        "cin7_omni_accounts": [{"schema": "cin7_omni", "base_currency": "NZD"}],
        "cin7_today": "2026-06-30",
    }
    done = database.build.ran("build", variables, "--exclude", "test_type:unit")
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


@pytest.mark.parametrize("check", CHECKS)
def test_a_fault_is_found(printed: str, check: str) -> None:
    assert f"cin7_reconcile_{check} ." in printed
    (line,) = {
        line.split(" of ", 1)[1].split(" ", 1)[1]
        for line in printed.splitlines()
        if f"cin7_reconcile_{check} ." in line and "START" not in line
    }
    assert line.startswith("WARN")


def test_what_is_off_is_said_in_one_line(printed: str) -> None:
    said = [
        line.split("cin7 reconcile ")[1]
        for line in printed.splitlines()
        if "cin7 reconcile" in line
    ]
    assert (
        "receivables_ledger in cin7_core: 0.000000 where 70.000000 is expected, "
        "difference -70.000000, 1 rows: all"
    ) in said
    assert (
        "cogs_amount in cin7_core: 40.000000 where 50.000000 is expected, "
        "difference -10.000000, 1 rows: SO-1"
    ) in said
    assert [line for line in said if line.startswith("unknown_terms") and "as agreed" in line]
