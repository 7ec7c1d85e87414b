"""``cin7_today`` is the day as at which is owed, any past day: payments and invoices have days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.books.accounts import omni_account
from tests.books.books import Account, mart
from tests.books.builds import dbt, load, variables
from tests.books.core import Core
from tests.books.databases import DuckDb

if TYPE_CHECKING:
    from pathlib import Path

    from tests.books.databases import Ask, Row

UNTAXED = {"taxStatus": "Exempt", "taxRate": 0}


def books() -> tuple[Account, Account, dict[str, object]]:
    """Write the books of a spring.

    An order of 100: a deposit of 30 on 2 May, the invoice on 10 May, 40 on 20 May, 30 on 10 June.
    A purchase of 50, invoiced on 3 May, paid on 8 June. Core: an invoice of 115 on 10 May, 15 paid
    on 31 May, 100 on 1 June.
    """
    nz = omni_account("cin7_omni", "NZD", "Pacific/Auckland", "multiply", "Hats NZ")
    order = nz.order(
        [nz.line(nz.item(), 1, 100)], invoiceDate="2026-05-10T00:00:00", memberId=7, **UNTAXED
    )
    for day, amount in (("2026-05-02", 30), ("2026-05-20", 40), ("2026-06-10", 30)):
        nz.payment(order, amount, paymentDate=f"{day}T00:00:00")
    bought = nz.purchase([nz.line(nz.item(), 10, 5)], invoiceDate="2026-05-03T00:00:00", **UNTAXED)
    nz.payment(bought, 50, -1, orderType="PurchaseOrder", paymentDate="2026-06-08T00:00:00")
    core = Core(Account("core", "cin7_core"))
    lines: list[Row] = [core.line(core.item(), 2, 50)]
    payments = [core.payment(15, "2026-05-31"), core.payment(100, "2026-06-01")]
    invoice = core.invoice(
        lines, payments=payments, InvoiceDate="2026-05-10T00:00:00", Status="PAID"
    )
    core.sale(lines, invoices=[invoice])
    keys = {"order": order.id, "purchase": bought.id, "invoice": invoice["TaskID"]}
    return nz.account, core.account, keys


def owed(ask: Ask, name: str, **equal: object) -> float:
    [(amount,)] = ask(mart(name, "coalesce(sum(outstanding), 0)", **equal))
    return float(amount)


@pytest.mark.parametrize(
    ("today", "order", "deposit", "purchase", "invoice"),
    [
        # Neither order nor sale is invoiced: the customer has 30 with us.
        ("2026-05-05", 0, -30, 50, 0),
        # 100 - 30 - 40; 50; 115 - 15
        ("2026-05-31", 30, 0, 50, 100),
        # All is paid.
        ("2026-06-30", 0, 0, 0, 0),
    ],
)
def test_what_was_owed_as_at_a_day(  # noqa: PLR0913, PLR0917 - a row of the table above
    today: str, order: float, deposit: float, purchase: float, invoice: float, tmp_path: Path
) -> None:
    omni, core, keys = books()
    database = DuckDb(tmp_path / "books.duckdb")
    for account in (omni, core):
        load(database, account)
    given = variables([omni], [core], cin7_today=today)
    select = ("--select", "+cin7__receivables", "+cin7__payables")
    result = dbt("run", database, tmp_path, given, *select)
    assert result.code == 0, result.text[-3000:]
    with database.asking() as ask:
        is_order = {"document_id": keys["order"], "document_type": "invoice"}
        assert owed(ask, "receivables", **is_order) == pytest.approx(order)
        deposits = {"document_type": "deposit", "source_relation": omni.schema}
        assert owed(ask, "receivables", **deposits) == pytest.approx(deposit)
        assert owed(ask, "payables", document_id=keys["purchase"]) == pytest.approx(purchase)
        assert owed(ask, "receivables", document_id=keys["invoice"]) == pytest.approx(invoice)
