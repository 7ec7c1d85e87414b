"""The checks on a user's own data: silent on right books, and each fault is told, by the check that
is made for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.books.books import TODAY, guid, number
from tests.books.builds import Result, dbt, load, variables
from tests.books.databases import DuckDb
from tests.books.right_books import BANK, CREDITORS, DEBTORS, SALES, right_core, right_omni

if TYPE_CHECKING:
    from pathlib import Path

    from tests.books.core import Core
    from tests.books.omni import Omni


def wrong_omni() -> Omni:
    """Write right books and, beside them, a document for each fault."""
    books = right_omni("omni_wrong")
    write, item, branch = books.account.write, books.item(), books.branch()
    of = {"branchId": branch.id}
    # The two orders take 1 each from the shelf.
    books.adjustment(branch, [(item, 100, 5)])
    # A total with 7 too much: 115 + 7.
    books.order([books.line(item, 1, 100, unitCost=5)], total=122, **of)
    # Terms that nobody understands.
    agreed = {"paymentTerms": "as agreed"}
    books.order([books.line(item, 1, 100, unitCost=5)], **agreed, **of)
    # A foreign order without a rate, not yet shipped.
    foreign = {"currencyCode": "AUD", "currencyRate": 0, "dispatchedDate": None}
    books.order([books.line(item, 1, 100, unitCost=5, qtyShipped=0)], **foreign)
    books.stock(item, branch, 98)
    # Goods without a cost, and a line of a product that is not there.
    bare = books.item("BARE", cost=None)
    books.order([books.line(bare, 1, 100, unitCost=None, qtyShipped=0)])
    unknown = {"productId": number(), "productOptionId": number(), "code": "UNKNOWN"}
    books.order([books.line(item, 1, 100, unitCost=5, qtyShipped=0) | unknown])
    # An order whose second line was not loaded: of no quantity, so that no total is wrong.
    lines = [books.line(item, 1, 100, unitCost=5, qtyShipped=0)]
    books.order(lines, lineItems=[*lines, lines[0] | {"id": number(), "qty": 0}])
    # Lines whose orders were not loaded.
    for stream, parent in (
        ("sales_order_lines", "orderId"),
        ("credit_note_lines", "creditNoteId"),
        ("purchase_order_lines", "orderId"),
    ):
        line = books.line(item, 1, 10, qtyShipped=0)
        write(stream, **{parent: number()}, repetition=1, parent_modified=TODAY, **line)
    # 2 more on hand than came, and 3 less than nothing.
    more, less = books.item("MORE"), books.item("LESS")
    books.adjustment(branch, [(more, 5, 5), (less, -3, 5)])
    books.stock(more, branch, 7)
    books.stock(less, branch, -3)
    return books


def wrong_core() -> Core:
    """Write right books and, beside them, a document for each fault."""
    books = right_core("core_wrong")
    item = books.item()
    # An invoice with 7 too much, 115 + 7, posted as it is.
    lines = [books.line(item, 1, 100, AverageCost=5)]
    books.sale(lines, invoices=[books.invoice(lines, Total=122)])
    books.posting(DEBTORS, SALES, 122, "2026-05-01")
    # The ledger has 9 more of debtors and of creditors.
    books.posting(DEBTORS, SALES, 9, "2026-05-01")
    books.posting(BANK, CREDITORS, 9, "2026-05-01")
    # Movements of 20, and a sale that says 23.
    books.sale(
        lines,
        fulfilments=[books.fulfilment([(item, 4)])],
        movements=[books.moved(item, 20, guid())],
        COGSAmount=23,
    )
    books.adjustment(item, 10)
    books.available(item, 8)  # 10 - 4 are 6
    # A line of a product that is not there, without a cost.
    unknown = books.item("UNKNOWN")
    books.account.rows["products"].pop()
    of_unknown = [books.line(unknown, 1, 100)]
    books.sale(of_unknown, invoices=[books.invoice(of_unknown)])
    books.posting(DEBTORS, SALES, 115, "2026-05-01")
    # A sale whose second line was not loaded.
    books.sale(lines)
    order = books.account.rows["sales"][-1]["Order"]
    order["Lines"] = [*order["Lines"], lines[0] | {"Quantity": 0, "Total": 0, "Tax": 0}]
    # An invoice whose sale was not loaded.
    of = {"SaleID": guid(), "parent_modified": TODAY}
    invoice = books.invoice(lines)
    books.account.write("sale_invoices", **of, **invoice)
    line = {"InvoiceTaskID": invoice["TaskID"], "line_number": 1}
    books.account.write("sale_invoice_lines", **of, **line, **lines[0])
    return books


def wrong_currency() -> Omni:
    """Write sales for which the rate has to divide, in an account that says it multiplies.

    What costs 50 at home is sold for 45 AUD at 0.9: 45 / 0.9 = 50, and 45 x 0.9 = 40.50.
    """
    books = right_omni("omni_currency")
    foreign = {"currencyCode": "AUD", "currencyRate": 0.9}
    for _ in range(10):
        item = books.item(cost=20)
        books.order([books.line(item, 4, 50, unitCost=20, qtyShipped=0)])
        books.order([books.line(item, 4, 45, unitCost=20, qtyShipped=0)], **foreign)
    return books


@dataclass(frozen=True)
class Reconciled:
    """What the build said, and rows of the checks by check and account."""

    result: Result
    failures: dict[tuple[str, str], int]
    differences: dict[tuple[str, str], float]


@pytest.fixture(scope="module")
def reconciled(tmp_path_factory: pytest.TempPathFactory) -> Reconciled:
    """Right books beside wrong ones, in one database."""
    directory = tmp_path_factory.mktemp("reconcile")
    database = DuckDb(directory / "books.duckdb")
    omni = [one.account for one in (right_omni("omni_right"), wrong_omni(), wrong_currency())]
    core = [one.account for one in (right_core("core_right"), wrong_core())]
    for account in (*omni, *core):
        load(database, account)
    result = dbt("build", database, directory, variables(omni, core, cin7_today=TODAY))
    with database.asking() as ask:
        rows = ask(
            "select check_name, source_relation, failures, difference"
            " from analytics.cin7__reconcile"
        )
    return Reconciled(
        result,
        {(name, account): int(failures) for name, account, failures, _ in rows},
        {(name, account): float(by or 0) for name, account, _, by in rows},
    )


def test_checks_warn_and_break_no_build(reconciled: Reconciled) -> None:
    assert reconciled.result.named("fail", "error", "skipped") == []
    assert reconciled.result.code == 0, reconciled.result.text[-3000:]


def test_right_books_are_right(reconciled: Reconciled) -> None:
    wrong = {
        check: failures
        for check, failures in reconciled.failures.items()
        if check[1] in {"omni_right", "core_right"} and failures
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("account", "check", "failures", "difference"),
    [
        ("omni_wrong", "order_totals", 1, 7),
        ("omni_wrong", "unknown_terms", 1, None),
        ("omni_wrong", "unknown_rates", 1, None),
        ("omni_wrong", "lines_without_cost", 1, None),
        ("omni_wrong", "lines_without_product", 1, None),
        ("omni_wrong", "lines_missing", 1, 1),
        ("omni_wrong", "lines_dropped", 3, None),
        ("omni_wrong", "stock_movements", 1, 2),
        ("omni_wrong", "negative_stock", 1, None),
        ("core_wrong", "order_totals", 1, 7),
        # 9, and the 115 of the invoice whose sale is missing count or not
        ("core_wrong", "receivables_ledger", 1, None),
        ("core_wrong", "payables_ledger", 1, 9),
        ("core_wrong", "cogs_amount", 1, 3),
        ("core_wrong", "stock_movements", 1, 2),
        ("core_wrong", "lines_without_product", 1, None),
        ("core_wrong", "lines_missing", 1, 1),
        ("core_wrong", "lines_dropped", 1, None),
        ("omni_currency", "currency_direction", None, None),
    ],
)
def test_a_fault_is_told(
    reconciled: Reconciled,
    account: str,
    check: str,
    failures: int | None,
    difference: float | None,
) -> None:
    told = reconciled.failures.get((check, account), 0)
    assert told == failures if failures else told
    if difference is not None:
        assert abs(reconciled.differences[check, account]) == pytest.approx(difference)
    assert f"cin7_reconcile_{check}" in reconciled.result.named("warn")


@dataclass(frozen=True)
class Silent:
    """Right books alone, and what their build said."""

    directory: Path
    given: dict[str, object]
    result: Result

    @property
    def database(self) -> DuckDb:
        return DuckDb(self.directory / "books.duckdb")


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Silent:
    directory = tmp_path_factory.mktemp("right")
    database = DuckDb(directory / "books.duckdb")
    omni, core = right_omni("cin7_omni"), right_core("cin7_core")
    for account in (omni.account, core.account):
        load(database, account)
    given = variables([omni.account], [core.account], cin7_today=TODAY)
    return Silent(directory, given, dbt("build", database, directory, given))


def test_right_books_alone_are_silent(silent: Silent) -> None:
    assert silent.result.code == 0, silent.result.text[-3000:]
    warned = {name: silent.result.messages[name] for name in silent.result.named("warn")}
    assert warned == {}


def test_who_wants_to_see_all_rows_keeps_them(silent: Silent) -> None:
    keeping = ("--select", "tag:reconcile", "--store-failures")
    kept = dbt("test", silent.database, silent.directory, silent.given, *keeping)
    assert kept.code == 0, kept.text[-3000:]
