"""What the marts say equals what plain Python computes from the shop's rows, without any SQL.

All in one file, so that one worker of pytest fills the databases once.
"""

from __future__ import annotations

import re
import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from demo.shop import totals
from tests.dbt.other_account import OTHER_SCHEMA
from tests.dbt.package import PACKAGE, ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from demo.shop import Shop
    from tests.dbt.databases import Database, DuckDb, Rows
    from tests.dbt.filling import Filling

CENT = Decimal("0.01")
"""DuckDB holds numbers as binary fractions, whose sums may round the other way."""
PRODUCTS = ("omni", "core")
COGS = "310"


def of(product: str, rows: Rows) -> Rows:
    """Return the rows of a product, which is in their first column, without it."""
    return [row[1:] for row in rows if row[0] == product]


def same(rows: Rows, keys: int, wanted: Mapping[Any, Any]) -> None:
    """Compare rows that begin with a key with the amounts that belong to it."""
    found = {tuple(map(str, row[:keys])): row[keys:] for row in rows}
    expected = {
        tuple(map(str, key)) if isinstance(key, tuple) else (str(key),): amounts
        for key, amounts in wanted.items()
    }
    assert expected
    assert found.keys() == expected.keys()
    for key, amounts in expected.items():
        for amount, other in zip(amounts, found[key], strict=True):
            assert abs(Decimal(str(other)) - amount) <= CENT, (key, amounts, found[key])


def sold(shop: Shop, product: str) -> list[totals.Sold]:
    return totals.omni_sales(shop.omni()) if product == "omni" else totals.core_sales(shop.core())


def stock(shop: Shop, product: str) -> dict[str, totals.Held]:
    return totals.omni_stock(shop.omni()) if product == "omni" else totals.core_stock(shop.core())


@pytest.mark.parametrize("product", PRODUCTS)
def test_sales_by_month_and_currency(database: Database, shop: Shop, product: str) -> None:
    rows = database.ask(
        "select product, substring(cast(day as varchar), 1, 7), currency, sum(net), sum(net_base) "
        "from analytics.daily_sales group by 1, 2, 3"
    )
    months = totals.by_month(sold(shop, product))
    same(of(product, rows), 2, {key: (one.net, one.base) for key, one in months.items()})


@pytest.mark.parametrize("product", PRODUCTS)
def test_margin_by_product(database: Database, shop: Shop, product: str) -> None:
    rows = database.ask(
        "select product, product_group, sum(units), sum(net_base), sum(cost_base) "
        "from analytics.daily_sales group by 1, 2"
    )
    products = totals.by_product(sold(shop, product))
    wanted = {name: (one.units, one.sales, one.cost) for name, one in products.items()}
    same(of(product, rows), 1, wanted)


@pytest.mark.parametrize("product", PRODUCTS)
def test_stock_by_location(database: Database, shop: Shop, product: str) -> None:
    rows = database.ask(
        "select product, location, sum(on_hand), sum(value_base) "
        "from analytics.stock_levels group by 1, 2"
    )
    held = stock(shop, product)
    wanted = {place: (one.units, one.value) for place, one in held.items()}
    same(of(product, rows), 1, wanted)


@pytest.mark.parametrize("product", PRODUCTS)
def test_goods_that_moved_are_those_on_the_shelf(
    database: Database, shop: Shop, product: str
) -> None:
    rows = database.ask(
        "select product, location, sum(quantity) from analytics.inventory_movements group by 1, 2"
    )
    held = stock(shop, product)
    same(of(product, rows), 1, {place: (one.units,) for place, one in held.items()})


@pytest.mark.parametrize("product", PRODUCTS)
def test_receivables_by_customer_and_currency(database: Database, shop: Shop, product: str) -> None:
    rows = database.ask(
        "select product, customer_id, currency, sum(outstanding) from analytics.receivables "
        "group by 1, 2, 3 having abs(sum(outstanding)) >= 0.005"
    )
    owed: Mapping[Any, Decimal] = totals.core_receivables(shop.core())
    if product == "omni":
        owed = totals.omni_receivables(shop.omni())
    same(of(product, rows), 2, {key: (amount,) for key, amount in owed.items()})


@pytest.mark.parametrize("product", PRODUCTS)
def test_payables_by_supplier_and_currency(database: Database, shop: Shop, product: str) -> None:
    rows = database.ask(
        "select product, supplier_id, currency, sum(outstanding) from analytics.payables "
        "group by 1, 2, 3 having abs(sum(outstanding)) >= 0.005"
    )
    owed: Mapping[Any, Decimal] = totals.core_payables(shop.core())
    if product == "omni":
        owed = totals.omni_payables(shop.omni())
    same(of(product, rows), 2, {key: (amount,) for key, amount in owed.items()})


def test_order_lines_leave_components_of_kits_out(database: Database, shop: Shop) -> None:
    lines = database.ask(
        "select source_relation, product, count(*) from analytics.order_lines group by 1, 2"
    )
    every = sum(len(one["lineItems"]) for one in shop.omni()["sales_orders"])
    wanted = {
        "omni": totals.omni_order_lines(shop.omni()),
        "core": totals.core_order_lines(shop.core()),
    }
    assert {row[1]: row[2] for row in lines if row[0] != OTHER_SCHEMA} == wanted
    assert wanted["omni"] < every, "the shop sells kits"


def test_voided_documents_are_no_sales(database: Database, shop: Shop) -> None:
    invoices = [one for sale in shop.core().details["sales"].values() for one in sale["Invoices"]]
    counted = {one["TaskID"] for one in invoices if one["Status"] in {"AUTHORISED", "PAID"}}
    assert len(counted) < len(invoices), "some invoices are voided or drafts"
    rows = database.ask("select distinct product, invoice_id from analytics.invoice_lines")
    assert {one for (one,) in of("core", rows)} == counted
    sales = database.ask(
        "select state, sum(case when is_sale then 1 else 0 end) from analytics.orders group by 1"
    )
    by_state: dict[str, int] = dict(sales)
    assert by_state.pop("approved") > 0
    assert by_state == {"void": 0, "draft": 0}


def test_balances_of_the_ledger(database: Database, shop: Shop) -> None:
    rows = database.ask(
        "select account_code, sum(balance_change) from analytics.general_ledger group by 1"
    )
    balances = totals.core_balances(shop.core())
    same(rows, 1, {code: (amount,) for code, amount in balances.items()})


def test_cost_of_goods_sold_is_that_of_the_ledger(database: Database, shop: Shop) -> None:
    rows = database.ask("select product, sum(cost_base) from analytics.cogs group by 1")
    ((cost,),) = of("core", rows)
    assert abs(Decimal(str(cost)) - totals.core_balances(shop.core())[COGS]) <= CENT


def test_purchases_know_what_has_come(database: Database, shop: Shop) -> None:
    rows = database.ask(
        "select product, sum(quantity), sum(quantity_received) "
        "from analytics.purchase_lines group by 1"
    )
    lines = [line for one in shop.omni()["purchase_orders"] for line in one["lineItems"]]
    ordered = Decimal(sum(line["qty"] for line in lines))
    received = Decimal(sum(line["qtyShipped"] for line in lines))
    same(rows, 1, dict.fromkeys(PRODUCTS, (ordered, received)))


def test_what_is_sold_out_since_the_first_run_is_no_stock(
    database: Database, before: Shop, shop: Shop
) -> None:
    def spots(one: Shop) -> set[tuple[str, ...]]:
        rows = one.core().lists["product_availability"]
        return {(row["SKU"], row["Location"], row["Bin"] or "", row["Batch"] or "") for row in rows}

    assert spots(before) - spots(shop), "some batches are sold out"
    rows = database.ask(
        "select product, sku, location, coalesce(bin, ''), coalesce(batch, '') "
        "from analytics.stock_levels"
    )
    assert set(of("core", rows)) == spots(shop)


def test_a_snapshot_a_day_holds_the_stock_as_it_was(database: Database, before: Shop) -> None:
    rows = database.ask(
        "select product, day, sum(on_hand) from analytics.stock_daily group by 1, 2 order by 2"
    )
    # The first run took the day's snapshot.
    _, units = of("core", rows)[0]
    assert units == sum(one.units for one in totals.core_stock(before.core()).values())


def test_accounts_are_told_apart_and_may_lack_columns(database: Database, shop: Shop) -> None:
    orders = database.ask(
        "select source_relation, order_id, order_number, is_sale from analytics.orders "
        "where product = 'omni' order by 1, 2"
    )
    others = [row[1:] for row in orders if row[0] == OTHER_SCHEMA]
    # What is gone is not there.
    assert others == [("50001", "AU-1", False), ("50002", "AU-2", True)]
    own = {row[1:3] for row in orders if row[0] == "cin7_omni"}
    assert own == {(str(one["id"]), one["reference"]) for one in shop.omni()["sales_orders"]}
    assert {number for number, *_ in others} <= {number for number, _ in own}, "ids clash"


def test_lines_that_left_their_document_are_left_out(database: Database) -> None:
    lines = "select source_relation, id from analytics_staging.stg_cin7_omni__sales_order_lines"
    assert of(OTHER_SCHEMA, database.ask(lines)) == [(10,)]


def test_every_column_is_documented(database: Database) -> None:
    documented = {
        (model["name"], column["name"])
        for path in (PACKAGE / "models").rglob("*.yml")
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", [])
        for column in model.get("columns", [])
        if column["description"]
    }
    built = database.ask(
        "select table_name, column_name from information_schema.columns "
        "where table_schema = 'analytics' or table_name like 'stg!_%' escape '!'"
    )
    assert set(built) == documented


def test_before_the_first_load_all_marts_are_empty(filling: Filling) -> None:
    marts = {path.stem for path in (PACKAGE / "models" / "marts").glob("*.sql")}
    assert filling.before_the_first_load.result() == dict.fromkeys(marts, 0)


@pytest.mark.parametrize("database", ["duckdb"], indirect=True)
def test_the_report_shows_the_same_numbers(database: DuckDb, shop: Shop, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    done = subprocess.run(
        [sys.executable, "-m", "demo.report", database.path, "--html", page],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    months = totals.by_month(totals.omni_sales(shop.omni()))
    last = max(month for month, _ in months)
    amount = sum(one.base for (month, _), one in months.items() if month == last)
    for text in (done.stdout, page.read_text(encoding="utf-8")):
        assert f"{amount:,.0f} NZD" in text
    assert not re.search(r"(src|href)=", page.read_text(encoding="utf-8")), "it needs no other file"
