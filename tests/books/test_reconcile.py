"""The checks on a user's own data: silent on right books, and each fault is told, by the check that
is made for it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.books.books import TODAY, guid, number
from tests.books.builds import Result, dbt, load, variables
from tests.books.databases import DuckDb
from tests.books.right_books import BANK, CREDITORS, DEBTORS, SALES, right_core, right_omni

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.books.core import Core
    from tests.books.databases import Ask, Row
    from tests.books.omni import Omni

RECONCILE = ("--select", "tag:reconcile")


def changed(rows: list[Row], position: int = 0, **fields: object) -> None:
    rows[position] |= fields


def a_total_with_7_too_much(books: Omni) -> None:
    rows = books.account.rows["sales_orders"]
    changed(rows, total=rows[0]["total"] + 7)


def stock_with_2_too_much(books: Omni) -> None:
    changed(books.account.rows["stock"], stockOnHand=9, available=9)


def stock_below_nothing(books: Omni) -> None:
    item, branch = books.item(), books.branch()
    books.adjustment(branch, [(item, -3, 5)])
    books.stock(item, branch, -3)


def a_line_of_an_unknown_product(books: Omni) -> None:
    rows = books.account.rows["sales_order_lines"]
    changed(rows, productId=number(), productOptionId=number(), code="UNKNOWN")


def a_line_without_a_cost(books: Omni) -> None:
    changed(books.account.rows["sales_order_lines"], unitCost=None)


def a_line_whose_order_is_missing(books: Omni) -> None:
    books.account.rows["sales_orders"].clear()


def terms_that_nobody_understands(books: Omni) -> None:
    changed(books.account.rows["sales_orders"], paymentTerms="as agreed")


def an_order_with_a_line_that_was_not_loaded(books: Omni) -> None:
    rows = books.account.rows["sales_orders"]
    lines = rows[0]["lineItems"]
    changed(rows, lineItems=[*lines, lines[0] | {"id": number(), "qty": 0}])


def an_invoice_with_7_too_much(books: Core) -> None:
    # also posted, so that nothing else is wrong
    rows = books.account.rows["sale_invoices"]
    changed(rows, Total=rows[0]["Total"] + 7)
    books.account.rows["sales"][0]["Invoices"][0]["Total"] += 7
    books.posting(DEBTORS, SALES, 7, "2026-05-01")


def debtors_with_9_too_much(books: Core) -> None:
    books.posting(DEBTORS, SALES, 9, "2026-05-01")


def creditors_with_9_too_much(books: Core) -> None:
    books.posting(BANK, CREDITORS, 9, "2026-05-01")


def a_sale_with_3_more_of_cost(books: Core) -> None:
    changed(books.account.rows["sales"], COGSAmount=23)


def core_stock_with_2_too_much(books: Core) -> None:
    changed(books.account.rows["product_availability"], OnHand=8, Available=8)


def a_sale_line_of_an_unknown_product(books: Core) -> None:
    unknown = guid()
    changed(books.account.rows["sale_invoice_lines"], ProductID=unknown)
    changed(books.account.rows["sale_order_lines"], ProductID=unknown)


def an_invoice_line_whose_sale_is_missing(books: Core) -> None:
    books.account.rows["sales"].clear()


def a_sale_with_a_line_that_was_not_loaded(books: Core) -> None:
    order = books.account.rows["sales"][0]["Order"]
    order["Lines"].append(order["Lines"][0] | {"Quantity": 0, "Total": 0, "Tax": 0})


def a_currency_the_wrong_way_round(books: Core) -> None:
    # 100 AUD at 1.25 is posted as 80 and not as 125.
    item = books.item()
    lines = [books.line(item, 1, 100, Tax=0)]
    invoice = books.invoice(lines, CurrencyConversionRate=1.25)
    sale = books.sale(lines, invoices=[invoice], CustomerCurrency="AUD", CurrencyRate=1.25)
    books.posting(DEBTORS, SALES, 80, "2026-05-01", TaskID=sale.id)


@dataclass(frozen=True)
class Fault:
    """A fault and the check that tells it, by words of the check's name."""

    plant: Callable[[Any], None]
    words: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.plant.__name__


IN_OMNI = (
    Fault(a_total_with_7_too_much, ("total",)),
    Fault(stock_with_2_too_much, ("movements",)),
    Fault(stock_below_nothing, ("negative",)),
    Fault(a_line_of_an_unknown_product, ("without_product",)),
    Fault(a_line_without_a_cost, ("without_cost",)),
    Fault(a_line_whose_order_is_missing, ("dropped",)),
    Fault(terms_that_nobody_understands, ("terms",)),
    Fault(an_order_with_a_line_that_was_not_loaded, ("lines_missing",)),
)
IN_CORE = (
    Fault(an_invoice_with_7_too_much, ("total",)),
    Fault(debtors_with_9_too_much, ("receivables", "ledger")),
    Fault(creditors_with_9_too_much, ("payables", "ledger")),
    Fault(a_sale_with_3_more_of_cost, ("cogs",)),
    Fault(core_stock_with_2_too_much, ("movements",)),
    Fault(a_sale_line_of_an_unknown_product, ("without_product",)),
    Fault(an_invoice_line_whose_sale_is_missing, ("dropped",)),
    Fault(a_sale_with_a_line_that_was_not_loaded, ("lines_missing",)),
    Fault(a_currency_the_wrong_way_round, ("currency",)),
)


@dataclass(frozen=True)
class Reconciled:
    """What the checks found: the accounts that each of them names."""

    result: Result
    named: dict[str, set[str]]


def found(ask: Ask, directory: Path, schemas: list[str], result: Result) -> dict[str, set[str]]:
    """Return the accounts in the rows that each check keeps."""
    manifest = json.loads((directory / "target" / "manifest.json").read_text(encoding="utf-8"))
    tables = {
        node["name"]: node["relation_name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
    }
    named: dict[str, set[str]] = {}
    for name in result.named("warn", "fail"):
        rows = ask(f"select cast(found as varchar) from {tables[name]} as found")  # noqa: S608
        text = " ".join(str(row) for row in rows) + " "
        named[name] = {
            schema
            for schema in schemas
            if any(f"{schema}{end}" in text for end in ("'", '"', ",", ")", ":", " ", "}"))
        }
    return named


@pytest.fixture(scope="module")
def reconciled(tmp_path_factory: pytest.TempPathFactory) -> Reconciled:
    """Right books beside books with a fault each, in one database."""
    directory = tmp_path_factory.mktemp("reconcile")
    database = DuckDb(directory / "books.duckdb")
    omni, core = [right_omni("omni_right")], [right_core("core_right")]
    for fault in IN_OMNI:
        omni.append(right_omni(f"omni_{fault.name}"))
        fault.plant(omni[-1])
    for fault in IN_CORE:
        core.append(right_core(f"core_{fault.name}"))
        fault.plant(core[-1])
    accounts = ([one.account for one in omni], [one.account for one in core])
    for account in (*accounts[0], *accounts[1]):
        load(database, account)
    given = variables(*accounts, cin7_today=TODAY)
    made = dbt("run", database, directory, given)
    assert made.code == 0, made.text[-3000:]
    result = dbt("test", database, directory, given, *RECONCILE, "--store-failures")
    schemas = [one.schema for one in (*accounts[0], *accounts[1])]
    with database.asking() as ask:
        return Reconciled(result, found(ask, directory, schemas, result))


def test_checks_warn_and_break_no_build(reconciled: Reconciled) -> None:
    assert reconciled.result.code == 0, reconciled.result.text[-3000:]
    assert reconciled.result.named("fail", "error", "skipped") == []
    assert reconciled.result.named("warn")


def test_right_books_are_right(reconciled: Reconciled) -> None:
    wrong = {
        name for name, schemas in reconciled.named.items() if {"omni_right", "core_right"} & schemas
    }
    assert wrong == set()


@pytest.mark.parametrize(
    ("schema", "fault"),
    [
        *((f"omni_{one.name}", one) for one in IN_OMNI),
        *((f"core_{one.name}", one) for one in IN_CORE),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_fault_is_told(reconciled: Reconciled, schema: str, fault: Fault) -> None:
    told = {name for name, schemas in reconciled.named.items() if schema in schemas}
    assert any(all(word in name for word in fault.words) for name in told), told


def test_right_books_alone_are_silent(tmp_path: Path) -> None:
    database = DuckDb(tmp_path / "books.duckdb")
    omni, core = right_omni("cin7_omni"), right_core("cin7_core")
    for account in (omni.account, core.account):
        load(database, account)
    given = variables([omni.account], [core.account], cin7_today=TODAY)
    result = dbt("build", database, tmp_path, given)
    assert result.code == 0, result.text[-3000:]
    assert {name: result.messages[name] for name in result.named("warn")} == {}
