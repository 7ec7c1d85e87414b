"""The package in other people's projects: own models, part of the tables, bad input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.books.accounts import omni_account
from tests.books.books import TODAY, Account, mart
from tests.books.builds import Result, dbt, install, load, variables
from tests.books.core import Core
from tests.books.databases import DuckDb
from tests.dbt.package import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.books.omni import Omni


@dataclass
class Shop:
    """A database of one's own."""

    directory: Path

    @property
    def database(self) -> DuckDb:
        return DuckDb(self.directory / "shop.duckdb")

    def run(self, command: str, given: Mapping[str, object], *options: str) -> Result:
        return dbt(command, self.database, self.directory, given, *options)

    def change(self, statement: str) -> None:
        with duckdb.connect(str(self.database.path)) as connection:
            connection.execute(statement)

    def ask(self, query: str) -> Any:  # noqa: ANN401 - whatever the mart holds
        with self.database.asking() as ask:
            [(answer,)] = ask(query)
            return answer


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def nz() -> Omni:
    return omni_account("cin7_omni", "NZD", "Pacific/Auckland", "multiply", "Hats NZ")


def sales_of_core(count: int) -> Core:
    core = Core(Account("core", "cin7_core"))
    customer = core.customer()
    for _ in range(count):
        lines = [core.line(core.item(), 2, 50)]
        core.sale(lines, invoices=[core.invoice(lines)], **customer)
    return core


def project_with(shop: Shop, models: Mapping[str, str], settings: str = "") -> Path:
    """Make a project that takes the package."""
    project = shop.directory / "project"
    (project / "models").mkdir(parents=True)
    for name, query in models.items():
        (project / "models" / f"{name}.sql").write_text(query)
    (project / "packages.yml").write_text(f"packages:\n  - local: {PACKAGE}\n")
    (project / "dbt_project.yml").write_text(
        f"name: mine\nversion: 1.0.0\nconfig-version: 2\nprofile: cin7\n{settings}"
    )
    install(project)
    return project


def test_k1_a_model_of_ones_own_named_orders_changes_nothing(shop: Shop) -> None:
    books = nz()
    customer = books.contact()
    for _ in range(16):
        books.order([books.line(books.item(), 1, 10)], memberId=customer)
    load(shop.database, books.account)
    mine = {
        "orders": "select 1 as order_key, 99 as net",
        "customers": "select 1 as customer_key",
    }
    project = project_with(shop, mine)
    given = variables([books.account], [], cin7_today=TODAY)
    result = dbt("build", shop.database, shop.directory, given, project=project)
    assert result.code == 0, result.text[-3000:]
    of_customer = mart("customers", "orders", customer_key=books.key(customer))
    assert shop.ask(of_customer) == 16
    assert shop.ask("select count(*) from analytics.orders") == 1


def test_a_mart_that_is_switched_off_leaves_the_others(shop: Shop) -> None:
    books = nz()
    books.order([books.line(books.item(), 2, 50)])
    load(shop.database, books.account)
    off = "models: {cin7: {marts: {cin7__reorder: {+enabled: false}}}}\n"
    project = project_with(shop, {}, off)
    given = variables([books.account], [], cin7_today=TODAY)
    result = dbt("build", shop.database, shop.directory, given, project=project)
    assert result.code == 0, result.text[-3000:]
    assert float(shop.ask(mart("daily_sales", "sum(net_base)"))) == 100


def test_k2_invoices_without_sales_are_sold_or_missed(shop: Shop) -> None:
    core = sales_of_core(7)
    for name in set(core.account.rows) - {"sale_invoices", "sale_invoice_lines"}:
        del core.account.rows[name]
    load(shop.database, core.account)
    result = shop.run("build", variables([], [core.account], cin7_today=TODAY))
    sold = shop.ask(mart("invoice_lines", "count(*)"))
    missed = result.named("fail", "warn")
    assert sold == 7 or missed, "7 lines are loaded, none is in the mart, and no test says so"


def test_k2b_lines_without_their_orders_are_missed(shop: Shop) -> None:
    books = nz()
    books.order([books.line(books.item(), 1, 10)])
    del books.account.rows["sales_orders"]
    load(shop.database, books.account)
    result = shop.run("build", variables([books.account], [], cin7_today=TODAY))
    assert shop.ask(mart("invoice_lines", "count(*)")) == 0
    assert result.named("fail", "warn"), result.text[-2000:]


def test_k2c_sales_without_their_movements_still_have_cogs_or_are_missed(shop: Shop) -> None:
    # The tap's default selection has no sale_inventory_movements: the sales hold them.
    core = Core(Account("core", "cin7_core"))
    item = core.item()
    lines = [core.line(item, 2, 50)]
    invoice = core.invoice(lines)
    core.sale(
        lines,
        invoices=[invoice],
        fulfilments=[core.fulfilment([(item, 2)])],
        movements=[core.moved(item, 10, invoice["TaskID"])],
    )
    del core.account.rows["sale_inventory_movements"]
    load(shop.database, core.account)
    result = shop.run("build", variables([], [core.account], cin7_today=TODAY))
    cost = shop.ask(mart("cogs", "coalesce(sum(cost_base), 0)"))
    assert float(cost) == 10 or result.named("fail", "warn")


def test_omni_alone(shop: Shop) -> None:
    books = nz()
    books.order([books.line(books.item(), 2, 50)])
    load(shop.database, books.account)
    result = shop.run("build", variables([books.account], [], cin7_today=TODAY))
    assert result.code == 0, result.text[-3000:]
    assert float(shop.ask(mart("daily_sales", "sum(net_base)"))) == 100


def test_core_alone(shop: Shop) -> None:
    core = sales_of_core(2)
    load(shop.database, core.account)
    result = shop.run("build", variables([], [core.account], cin7_today=TODAY))
    assert result.code == 0, result.text[-3000:]
    assert float(shop.ask(mart("daily_sales", "sum(net_base)"))) == 200


def test_an_account_needs_a_schema_and_a_currency_only(shop: Shop) -> None:
    books = nz()
    item = books.item(cost=7)
    order = books.order([books.line(item, 1, 100)], currencyCode="AUD", currencyRate=1.1)
    load(shop.database, books.account)
    short = Account("omni", "cin7_omni", {"base_currency": "NZD"})
    result = shop.run("build", variables([short], [], cin7_today=TODAY))
    assert result.code == 0, result.text[-3000:]
    # The rate multiplies, and the cost column is costNZD, where nothing else is said.
    assert float(shop.ask(mart("invoice_lines", "net_base", order_key=order.key))) == 110
    assert float(shop.ask(mart("products", "unit_cost_base", product_key=item.key))) == 7


def test_columns_that_a_table_lacks_count_as_null(shop: Shop) -> None:
    books = nz()
    order = books.order([books.line(books.item(), 2, 50)])
    load(shop.database, books.account)
    for column in ("surcharge", "freighttotal", "projectname", "discounttotal", "paymentterms"):
        shop.change(f"alter table cin7_omni.sales_orders drop column {column}")
    for column in ("taxrate", "discount", "parentid", "sizes"):
        shop.change(f"alter table cin7_omni.sales_order_lines drop column {column}")
    result = shop.run("build", variables([books.account], [], cin7_today=TODAY))
    assert result.code == 0, result.text[-3000:]
    assert float(shop.ask(mart("invoice_lines", "sum(net)", order_key=order.key))) == 100
    assert shop.ask(mart("orders", "channel", order_key=order.key)) in {None, "Backend"}
    assert shop.ask(mart("receivables", "ageing", document_id=order.id)) == "no_terms"


def one_line(result: Result, *words: str) -> None:
    """Assert that dbt refused, with one line that says what to set and no traceback."""
    assert result.code != 0, result.text[-2000:]
    assert "Traceback" not in result.text
    lines = [line for line in result.text.splitlines() if all(word in line for word in words)]
    assert lines, result.text[-3000:]


def test_a_schema_that_is_not_there_is_named(shop: Shop) -> None:
    books = nz()
    books.order([books.line(books.item(), 2, 50)])
    load(shop.database, books.account)
    wrong = Account("omni", "cin7_onmi", books.account.settings)
    one_line(shop.run("build", variables([wrong], [])), "cin7_onmi", "cin7_omni_accounts")


def test_an_account_without_a_base_currency_is_refused(shop: Shop) -> None:
    books = nz()
    books.order([books.line(books.item(), 2, 50)])
    load(shop.database, books.account)
    settings = {k: v for k, v in books.account.settings.items() if k != "base_currency"}
    bare = Account("omni", "cin7_omni", settings)
    one_line(shop.run("build", variables([bare], [])), "cin7_omni", "base_currency")


def test_a_loader_that_keeps_everything_as_text_is_named(shop: Shop) -> None:
    books = nz()
    books.order([books.line(books.item(), 2, 50)])
    load(shop.database, books.account)
    columns = shop.database
    with columns.asking() as ask:
        found = ask(
            "select table_name, column_name from information_schema.columns"
            " where table_schema = 'cin7_omni'"
        )
    for table, column in found:
        shop.change(f'alter table cin7_omni.{table} alter column "{column}" type varchar')
    result = shop.run("build", variables([books.account], [], cin7_today=TODAY))
    one_line(result, "text")


def test_an_account_without_a_time_zone_has_days_of_utc_and_a_warning(shop: Shop) -> None:
    books = nz()
    order = books.order([books.line(books.item(), 2, 50)], invoiceDate="2026-06-30T20:30:00")
    load(shop.database, books.account)
    settings = {k: v for k, v in books.account.settings.items() if k != "time_zone"}
    bare = Account("omni", "cin7_omni", settings)
    result = shop.run("build", variables([bare], [], cin7_today=TODAY))
    assert result.code == 0, result.text[-3000:]
    day = mart("invoice_lines", "cast(cast(invoiced_at as date) as varchar)", order_key=order.key)
    assert shop.ask(day) == "2026-06-30"
    warned = [f"{name}: {result.messages[name]}" for name in result.named("warn")]
    assert any("zone" in one for one in warned), warned


def test_nothing_declared_leaves_nothing_broken(shop: Shop) -> None:
    shop.change("create schema if not exists cin7_omni")
    result = shop.run("build", variables([], []))
    assert result.code == 0, result.text[-3000:]
