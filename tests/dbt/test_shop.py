"""Marts against the shop's own papers, and against each other.

What rules say is tested with numbers computed by hand (the unit tests of the package); here the
marts have to agree with what the shop did and among themselves. All in one file, so that one
worker of pytest fills the databases once.
"""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import yaml
from rich.console import Console

from demo import report
from tests.dbt.databases import DuckDb
from tests.dbt.other_account import OTHER_SCHEMA
from tests.dbt.package import PACKAGE
from tests.demo.page_reader import PageReader

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Future

    from demo.shop import Shop
    from tests.dbt.databases import Database, Rows

CENT = Decimal("0.01")
PRODUCTS = ("omni", "core")
_QUESTION = re.compile(r"^### (.+?)\n.*?```sql\n(.+?)```", re.DOTALL | re.MULTILINE)
QUESTIONS: dict[str, str] = dict(_QUESTION.findall((PACKAGE / "QUESTIONS.md").read_text()))


def of(product: str, rows: Rows) -> Rows:
    """Return the rows of a product, which is in their first column, without it."""
    return [row[1:] for row in rows if row[0] == product]


def units_by_place(shop: Shop) -> dict[str, int]:
    """Return what is on the shelves, from the shop's own books."""
    found: Counter[str] = Counter()
    for row in shop.omni()["stock"]:
        found[row["branchName"]] += row["stockOnHand"]
    return {place: units for place, units in found.items() if units}


# What should be equal.


def test_what_is_checked_on_every_build_is_equal(database: Database) -> None:
    rows = database.ask(
        "select check_name, source_relation, rows_checked, failures from analytics.cin7__reconcile"
    )
    assert {row[:2] for row in rows} >= {
        ("order_totals", "cin7_omni"),
        ("order_totals", "cin7_core"),
        ("receivables_ledger", "cin7_core"),
        ("payables_ledger", "cin7_core"),
        ("cogs_amount", "cin7_core"),
        ("stock_movements", "cin7_omni"),
        ("stock_movements", "cin7_core"),
        ("lines_missing", "cin7_omni"),
        ("lines_missing", "cin7_core"),
        ("currency_direction", "cin7_omni"),
        ("empty_marts", "cin7_omni"),
        ("empty_marts", "cin7_core"),
    }
    assert [row for row in rows if row[3]] == []


@pytest.mark.parametrize("mart", ["invoice_lines", "returns", "sales", "daily_sales"])
def test_margin_is_sales_less_cost(database: Database, mart: str) -> None:
    ((margin, difference),) = database.ask(
        "select sum(margin_base), sum(net_base) - sum(cost_base) "  # noqa: S608 - a constant
        f"from analytics.cin7__{mart} where base_currency = 'NZD'"
    )
    assert margin == difference
    assert margin > 0


@pytest.mark.parametrize("mart", ["daily_sales", "customers"])
def test_tables_of_sales_agree(database: Database, mart: str) -> None:
    column = "sales_base" if mart == "customers" else "net_base"
    query = "select source_relation, sum({}), sum(margin_base) from analytics.cin7__{} group by 1"
    found = {row[0]: row[1:] for row in database.ask(query.format(column, mart))}
    wanted = {row[0]: row[1:] for row in database.ask(query.format("net_base", "sales"))}
    assert wanted
    assert {name: found[name] for name in wanted} == wanted


def test_what_is_shipped_and_invoiced_in_full_costs_the_same_in_both(database: Database) -> None:
    rows = database.ask(
        """
        with lines as (
            select order_key, sum(quantity) as ordered, sum(quantity_shipped) as shipped
            from analytics.cin7__order_lines group by 1
        ), invoiced as (
            select order_key, sum(quantity) as units, sum(cost_base) as cost_base
            from analytics.cin7__invoice_lines group by 1
        ), left_ as (
            select order_key, sum(cost_base) as cost_base
            from analytics.cin7__cogs where document_type = 'sale' group by 1
        )
        select i.order_key, i.cost_base, c.cost_base
        from lines as l
        inner join invoiced as i on l.order_key = i.order_key
        inner join left_ as c on l.order_key = c.order_key
        where l.ordered = l.shipped and l.ordered = i.units
        """
    )
    assert len(rows) > 50
    assert [row for row in rows if abs(row[1] - row[2]) > CENT] == []


# What the shop did.


@pytest.mark.parametrize("product", PRODUCTS)
def test_stock_and_movements_are_those_of_the_shelves(
    database: Database, shop: Shop, product: str
) -> None:
    held = units_by_place(shop)
    for mart, column in (("stock_levels", "on_hand"), ("inventory_movements", "quantity")):
        rows = database.ask(
            f"select product, location, sum({column}) from analytics.cin7__{mart} "  # noqa: S608
            f"group by 1, 2 having sum({column}) <> 0"
        )
        assert dict(of(product, rows)) == held


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_snapshot_a_day_holds_the_stock_as_it_was(
    database: Database, before: Shop, product: str
) -> None:
    # The first run took the day's snapshot.
    rows = database.ask(
        "select product, location, sum(on_hand) from analytics.cin7__stock_daily "
        "where not is_carried group by 1, 2 having sum(on_hand) <> 0"
    )
    assert dict(of(product, rows)) == units_by_place(before)


def test_voided_documents_are_no_sales(database: Database, shop: Shop) -> None:
    invoices = [one for sale in shop.core().details["sales"].values() for one in sale["Invoices"]]
    counted = {one["TaskID"] for one in invoices if one["Status"] in {"AUTHORISED", "PAID"}}
    assert len(counted) < len(invoices), "some invoices are voided or drafts"
    rows = database.ask("select distinct product, invoice_id from analytics.cin7__invoice_lines")
    assert {one for (one,) in of("core", rows)} == counted


def test_orders_are_those_of_the_shop(database: Database, shop: Shop) -> None:
    rows = database.ask("select product, order_id, total from analytics.cin7__orders")
    omni = {str(one["id"]): one["total"] for one in shop.omni()["sales_orders"]}
    sales = shop.core().details["sales"]
    core = {key: sale["Order"]["Total"] for key, sale in sales.items()}
    assert {key: total for key, total in of("omni", rows) if total is not None} == omni
    assert dict(of("core", rows)) == core


def test_purchases_know_what_has_come(database: Database, shop: Shop) -> None:
    rows = database.ask(
        "select product, sum(quantity), sum(quantity_received) "
        "from analytics.cin7__purchase_lines group by 1 order by 1"
    )
    lines = [line for one in shop.omni()["purchase_orders"] for line in one["lineItems"]]
    units = (sum(line["qty"] for line in lines), sum(line["qtyShipped"] for line in lines))
    assert rows == [("core", *units), ("omni", *units)]


def test_what_is_sold_out_since_the_first_run_is_no_stock(
    database: Database, before: Shop, shop: Shop
) -> None:
    def spots(one: Shop) -> set[tuple[str, ...]]:
        rows = one.core().lists["product_availability"]
        return {(row["SKU"], row["Location"], row["Bin"] or "", row["Batch"] or "") for row in rows}

    assert spots(before) - spots(shop), "some batches are sold out"
    rows = database.ask(
        "select product, sku, location, coalesce(bin, ''), coalesce(batch, '') "
        "from analytics.cin7__stock_levels"
    )
    assert set(of("core", rows)) == spots(shop)


# What the package takes care of.


def test_accounts_are_told_apart_and_may_lack_columns(database: Database, shop: Shop) -> None:
    orders = database.ask(
        "select source_relation, order_id, order_number, is_sale, base_currency "
        "from analytics.cin7__orders where product = 'omni' order by 1, 2"
    )
    others = [row[1:] for row in orders if row[0] == OTHER_SCHEMA]
    # What is gone is not there.
    assert others == [("50001", "AU-1", False, "AUD"), ("50002", "AU-2", True, "AUD")]
    own = {row[1] for row in orders if row[0] == "cin7_omni"}
    assert own == {str(one["id"]) for one in shop.omni()["sales_orders"]}
    assert {number for number, *_ in others} <= own, "ids clash"


def test_lines_that_left_their_document_are_left_out(database: Database) -> None:
    lines = "select source_relation, id from analytics_staging.stg_cin7_omni__sales_order_lines"
    assert of(OTHER_SCHEMA, database.ask(lines)) == [(10,)]


def test_every_column_is_documented(database: Database) -> None:
    documented = {
        (model["name"], column["name"])
        for path in (PACKAGE / "models").rglob("*.yml")
        if path.parent.name != "metrics"  # on request only
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", [])
        for column in model.get("columns", [])
        if column["description"]
    }
    built = database.ask(
        "select table_name, column_name from information_schema.columns "
        "where table_schema = 'analytics' or table_name like 'stg!_%' escape '!'"
    )
    assert set(built) == documented


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_one_select_on_one_table(database: Database, question: str) -> None:
    query = QUESTIONS[question]
    assert len(re.findall(r"analytics\.cin7__\w+", query)) == 1
    assert len(re.findall(r"\bselect\b", query)) == 1
    assert database.ask(query), "the shop has an answer"


def test_each_mart_answers_a_question() -> None:
    asked = {name for query in QUESTIONS.values() for name in re.findall(r"cin7__\w+", query)}
    marts = {path.stem for path in (PACKAGE / "models" / "marts").glob("*.sql")}
    assert asked == marts


# The report.

REPORTED = {
    ("Sales and margin by month", 2): """
        select sum(net_base) from (
            select source_relation, net_base from analytics.cin7__invoice_lines
            union all select source_relation, -net_base from analytics.cin7__returns
        )
    """,
    ("Sales and margin by month", 3): "select sum(margin_base) from analytics.cin7__sales",
    ("Best and worst products", 1): "select sum(units) from analytics.cin7__sales",
    ("What customers owe", 2): "select sum(outstanding_base) from analytics.cin7__customers",
    ("What suppliers are owed", 2): "select sum(outstanding_base) from analytics.cin7__payables",
    ("Stock by location", 1): "select sum(on_hand) from analytics.cin7__reorder",
    ("Stock by location", 2): "select sum(value_base) from analytics.cin7__stock_levels",
    ("Late orders", 3): """
        select sum(document_net_base) from (
            from analytics.cin7__orders
            where is_late and state = 'approved' and lower(fulfilment_status) <> 'shipped'
        )
    """,
    ("What to buy", 4): "select sum(suggested_quantity) from analytics.cin7__reorder",
    ("Open purchases", 3): """
        select sum(greatest(quantity - quantity_received, 0)) from (
            from analytics.cin7__purchase_lines where is_open
        )
    """,
    ("Checks of the numbers", 3): "select sum(failures) from analytics.cin7__reconcile",
}


@pytest.fixture(scope="module")
def page(filling: Mapping[str, Future[Database]], tmp_path_factory: pytest.TempPathFactory) -> str:
    database, html = filling["duckdb"].result(), tmp_path_factory.mktemp("report") / "report.html"
    assert isinstance(database, DuckDb)
    report.show(database.path, "analytics", html, Console(quiet=True))
    return html.read_text(encoding="utf-8")


def test_the_report_shows_what_the_marts_hold(
    filling: Mapping[str, Future[Database]], page: str
) -> None:
    database = filling["duckdb"].result()
    assert "A table that this needs is not there" not in page
    books = PageReader(page).books
    for title, account in (
        ("Cin7 Omni: cin7_omni (NZD)", "cin7_omni"),
        (f"Cin7 Omni: {OTHER_SCHEMA} (AUD)", OTHER_SCHEMA),
        ("Cin7 Core: Shop (NZD)", "cin7_core"),
    ):
        assert "Last 7 days" in books[title]["Totals, and the year before"].tables
        for (heading, place), query in REPORTED.items():
            ((held,),) = database.ask(f"{query} where source_relation = '{account}'")
            shown = books[title][heading].added(place)
            assert abs(shown - (held or 0)) < CENT, (title, heading)


@pytest.mark.parametrize(
    ("title", "account"),
    [("Cin7 Omni: cin7_omni (NZD)", "cin7_omni"), ("Cin7 Core: Shop (NZD)", "cin7_core")],
)
def test_a_loss_of_the_marts_is_seen_in_the_report(
    filling: Mapping[str, Future[Database]], page: str, title: str, account: str
) -> None:
    database = filling["duckdb"].result()
    losses = database.ask(
        "select product_group, sum(margin_base) as margin from analytics.cin7__daily_sales "  # noqa: S608 - a constant
        f"where source_relation = '{account}' group by 1 having margin < 0 order by margin desc"
    )
    assert losses, "the shop clears some lines out"
    section = PageReader(page).books[title]["Best and worst products"]
    shown = section.rows[-len(losses) :]
    assert [(row[0].text, Decimal(row[3].value)) for row in shown] == losses
    assert all(row[3].text.startswith("−") for row in shown)  # noqa: RUF001
    for said, bars in zip(section.pictures, section.bars, strict=True):
        assert all(f"{row[0].text} {row[3].text} ({row[4].text})" in said for row in shown)
        longest = max(bar.width for bar in bars)
        best = max(Decimal(row[3].value) for row in section.rows)
        drawn = [bar.width for bar in bars if bar.is_loss]
        wanted = [float(-margin / best) * longest for _, margin in losses]
        assert drawn == pytest.approx(wanted, abs=0.2)
        assert min(drawn) > 1


def test_the_diagram_shows_the_keys_that_marts_share() -> None:
    drawn = set(
        re.findall(
            r"^ +(cin7__\w+) \|\|--o[{|] (cin7__\w+) : (\w+)$",
            (PACKAGE / "ERD.md").read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    )
    documented = yaml.safe_load((PACKAGE / "models/marts/_marts.yml").read_text(encoding="utf-8"))
    owners = {
        "order_key": "cin7__orders",
        "customer_key": "cin7__customers",
        "product_key": "cin7__products",
    }
    assert drawn == {
        (owner, mart["name"], key)
        for key, owner in owners.items()
        for mart in documented["models"]
        if mart["name"] != owner and key in {one["name"] for one in mart["columns"]}
    }
