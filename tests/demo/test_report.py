"""The report: its numbers are those of the marts, and whatever is not there is a sentence."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from rich.console import Console

from demo import report
from tests.demo.marts import TODAY, Account, build, shop
from tests.demo.page_reader import PageReader

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.demo.marts import Rows
    from tests.demo.page_reader import Cell, Section

OMNI = Account("omni", "cin7_omni", "Shop Ltd", "NZD")
CHAPTER = "Cin7 Omni: Shop Ltd (NZD)"
OPENED = TODAY - timedelta(days=419)

Row = dict[str, Any]


def page_of(database: Path) -> str:
    html = database.with_suffix(".html")
    report.show(database, "analytics", html, Console(quiet=True))
    return html.read_text(encoding="utf-8")


def run(*options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "demo.report", *map(str, options)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return page_of(build(tmp_path_factory.mktemp("report") / "shop.duckdb", (OMNI, shop())))


@pytest.fixture(scope="module")
def sections(page: str) -> dict[str, Section]:
    return PageReader(page).books[CHAPTER]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "some.duckdb"


def amount(cell: Cell) -> Decimal:
    return Decimal(cell.value)


def orders() -> Rows:
    """Return a few orders and nothing else: a page without charts is made in no time."""
    return {"orders": shop(days=10)["orders"]}


def added(rows: Iterable[Row], column: str) -> Decimal:
    return sum((Decimal(str(row[column])) for row in rows), Decimal(0))


def of_days(rows: Iterable[Row], column: str, first: date, last: date) -> list[Row]:
    def day(row: Row) -> date:
        at = row[column]
        return at.date() if isinstance(at, datetime) else at

    return [row for row in rows if first <= day(row) <= last]


# Numbers


def test_months_add_up_to_what_their_days_sold(sections: dict[str, Section]) -> None:
    section = sections["Sales and margin by month"]
    sold: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in shop()["daily_sales"]:
        sold[f"{row['day']:%b %Y}"] += Decimal(str(row["net_base"]))
    del sold["Apr 2025"]  # fourteen months are shown
    assert {row[0].text: amount(row[2]) for row in section.rows} == sold
    assert amount(section.total[2]) == sum(sold.values())


def test_a_month_stands_beside_the_same_days_of_the_year_before(
    sections: dict[str, Section],
) -> None:
    months = {row[0].text: row[5] for row in sections["Sales and margin by month"].rows}
    sales = shop()["daily_sales"]
    whole = of_days(sales, "day", date(2025, 5, 1), date(2025, 5, 31))
    part = of_days(sales, "day", date(2025, 6, 1), date(2025, 6, 17))
    assert amount(months["May 2026"]) == added(whole, "net_base")
    assert amount(months["Jun 2026"]) == added(part, "net_base")
    assert months["Apr 2026"].text == "–"  # noqa: RUF001


def test_periods_stand_beside_the_same_weekdays_of_the_year_before(
    sections: dict[str, Section],
) -> None:
    rows = shop()
    tables = sections["Totals, and the year before"].tables
    for title, days in (("Last 7 days", 7), ("Last 4 weeks", 28)):
        shown = {row[0].text: row for row in tables[title][1:]}
        for column, last in ((1, TODAY), (2, TODAY - timedelta(days=364))):
            first = last - timedelta(days=days - 1)
            sales = of_days(rows["daily_sales"], "day", first, last)
            orders = of_days(rows["orders"], "ordered_at", first, last)
            approved = [one for one in orders if one["state"] == "approved"]
            money = of_days(rows["payments"], "day", first, last)
            margin = added(sales, "margin_base") / added(sales, "net_base")
            expected: dict[str, Decimal | int] = {
                "Sales": added(sales, "net_base"),
                "Margin": added(sales, "margin_base"),
                "Margin %": 100 * margin,
                "Units sold": added(sales, "units"),
                "Credited": added(of_days(rows["returns"], "returned_at", first, last), "net_base"),
                "Orders": len(approved),
                "Average order": added(approved, "document_net_base") / len(approved),
                "Received from customers": added(
                    (one for one in money if one["partner"] == "customer"), "amount_base"
                ),
                "Paid to suppliers": -added(
                    (one for one in money if one["partner"] == "supplier"), "amount_base"
                ),
            }
            found = {name: row[column].value for name, row in shown.items()}
            assert found.keys() == expected.keys()
            for name, value in expected.items():
                assert float(found[name]) == pytest.approx(float(value)), (title, name)


def test_a_year_that_the_books_do_not_hold_is_not_compared(sections: dict[str, Section]) -> None:
    section = sections["Totals, and the year before"]
    assert [cell.text for cell in section.tables["Last 52 weeks"][0]] == ["", "Now"]
    assert "the year before is not in the books" in section.text
    assert "The books begin on 24 Apr 2025." in section.text


def test_best_worst_and_other_products_add_up_to_the_sales_of_a_year(
    sections: dict[str, Section],
) -> None:
    sales = of_days(shop()["daily_sales"], "day", TODAY - timedelta(days=363), TODAY)
    margins: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in sales:
        margins[row["product_group"]] += Decimal(str(row["margin_base"]))
    ranked = sorted(margins, key=lambda name: -margins[name])
    section = sections["Best and worst products"]
    shown = {row[0].text: amount(row[3]) for row in section.rows}
    assert list(shown) == [*ranked[:8], *ranked[-5:]]
    assert all(margins[name] == value for name, value in shown.items())
    (all_rows,) = section.tables.values()
    (rest,) = (row for row in all_rows if row[0].text == f"{len(ranked) - 13} more")
    assert amount(rest[3]) == sum(margins.values()) - sum(shown.values())
    assert amount(section.total[2]) == added(sales, "net_base")
    assert amount(section.total[3]) == added(sales, "margin_base")


def overdue(row: Row) -> bool:
    return bool(row["days_overdue"])


def due_in_a_week(row: Row) -> bool:
    return bool(row["due_at"].date() <= TODAY + timedelta(days=7))


def late(row: Row) -> bool:
    return bool(row["is_late"])


@pytest.mark.parametrize(
    ("title", "column", "rows"),
    [
        ("What customers owe", "outstanding_base", shop()["receivables"]),
        ("Overdue invoices", "outstanding_base", [*filter(overdue, shop()["receivables"])]),
        ("What suppliers are owed", "outstanding_base", shop()["payables"]),
        ("Bills to pay", "outstanding_base", [*filter(due_in_a_week, shop()["payables"])]),
        ("Late orders", "document_net_base", [*filter(late, shop()["orders"])]),
        ("Stock by location", "value_base", shop()["stock_levels"]),
    ],
)
def test_the_total_of_a_table_is_that_of_its_mart(
    sections: dict[str, Section], title: str, column: str, rows: list[Row]
) -> None:
    assert rows
    assert amount(sections[title].total[-1]) == added(rows, column)


def test_ages_of_what_is_owed_add_up_and_none_is_left_out(sections: dict[str, Section]) -> None:
    rows = sections["What customers owe"].rows
    assert [row[0].text for row in rows] == [
        "Not due",
        "1 to 30 days",
        "31 to 60 days",
        "61 to 90 days",
        "Over 90 days",
        "Terms unknown",
    ]
    assert sum(amount(row[1]) for row in rows) == len(shop()["receivables"])


def test_what_to_buy_comes_with_its_cost_and_the_first_to_run_out_first(
    sections: dict[str, Section],
) -> None:
    due = [row for row in shop()["reorder"] if row["is_due"]]
    section = sections["What to buy"]
    days = [amount(row[3]) for row in section.rows]
    assert days == sorted(days)
    assert min(days) == 0
    assert amount(section.total[4]) == added(due, "suggested_quantity")
    assert amount(section.total[5]) == added(due, "suggested_quantity") * Decimal("7.5")


def test_open_purchases_are_summed_by_purchase(sections: dict[str, Section]) -> None:
    lines = [row for row in shop()["purchase_lines"] if row["is_open"]]
    section = sections["Open purchases"]
    assert amount(section.total[3]) == added(lines, "quantity_open")
    assert amount(section.total[4]) == added(lines, "quantity_open") * Decimal("3.1")
    (all_rows,) = section.tables.values()
    assert [row[0].text for row in all_rows if " more" in row[0].text] == ["3 more"]


def test_stock_turns_at_the_pace_of_a_year(sections: dict[str, Section]) -> None:
    (row,) = sections["Stock turn"].rows
    stock, cost = added(shop()["stock_levels"], "value_base"), Decimal("12.5") * 364
    idle = {one["product_key"] for one in shop()["reorder"] if not one["units_sold"]}
    unsold = [one for one in shop()["stock_levels"] if one["product_key"] in idle]
    assert amount(row[0]) == stock
    assert amount(row[1]) == cost
    assert float(row[2].value) == pytest.approx(float(cost / stock))
    assert amount(row[3]) == round(364 * stock / cost)
    assert amount(row[4]) == added(unsold, "value_base")


def test_checks_say_whether_they_agree_and_what_to_look_at(sections: dict[str, Section]) -> None:
    first, second = sections["Checks of the numbers"].rows
    assert [cell.text for cell in first] == [
        "negative stock",
        "differs: MUG-1, MUG-2",
        "60",
        "2",
        "−12",  # noqa: RUF001
    ]
    assert [cell.text for cell in second[:2]] == ["order totals", "agrees"]


def test_what_needs_a_look_is_counted_on_top(sections: dict[str, Section]) -> None:
    words = " ".join(sections[""].text.split())
    assert words.endswith(
        "10 Overdue invoices NZD 1,190 "
        "11 Bills to pay NZD 1,304 "
        "15 Late orders NZD 1,806 "
        "10 Products to buy NZD 900 "
        "3 Late purchases NZD 37 "
        "1 Checks that differ"
    )


def test_parts_of_a_unit_are_seen(database: Path) -> None:
    (sale, *_) = shop(days=1)["daily_sales"]
    page = page_of(build(database, (OMNI, {"daily_sales": [sale | {"units": 2.5}]})))
    (row,) = PageReader(page).books[CHAPTER]["Best and worst products"].rows
    assert row[1].text == "2.5"


def test_a_number_is_written_as_it_is(page: str) -> None:
    numbers = re.findall(r'<data value="([^"]+)"[^>]*>([^<]+)</data>', page)
    assert len(numbers) > 300
    for value, written in numbers:
        shown = written.replace("−", "-").replace(",", "").rstrip("%")  # noqa: RUF001
        assert abs(Decimal(shown) - Decimal(value)) <= Decimal("0.5")


# Charts


def test_a_loss_lies_to_the_left_of_zero(sections: dict[str, Section]) -> None:
    narrow, wide = sections["Best and worst products"].bars
    for bars in (narrow, wide):
        (zero,) = {bar.left for bar in bars if not bar.is_loss and bar.width}
        losses = [bar for bar in bars if bar.is_loss]
        assert len(losses) == 3
        assert all(bar.left + bar.width == pytest.approx(zero, abs=0.2) for bar in losses)
        assert all(bar.width > 1 for bar in losses)


def test_time_runs_to_the_right_and_parts_of_months_are_marked(database: Path) -> None:
    page = page_of(build(database, (OMNI, shop(days=60))))
    section = PageReader(page).books[CHAPTER]["Sales and margin by month"]
    assert [(row[0].text, row[1].text) for row in section.rows] == [
        ("Apr 2026", "from 19 Apr"),
        ("May 2026", ""),
        ("Jun 2026", "to 17 Jun"),
    ]
    labels = re.findall(r'translate\(([\d.]+),[\d.]+\)"[^>]*><tspan>([A-Z]\w\w\*?)</tspan>', page)
    assert [name for _, name in labels] == ["Apr*", "May", "Jun*"]
    places = [float(place) for place, _ in labels]
    assert places == sorted(places)
    assert page.count('opacity="0.4"') >= 4


def test_each_chart_says_what_it_shows_and_has_its_numbers_as_a_table(page: str) -> None:
    for title, section in PageReader(page).books[CHAPTER].items():
        if section.pictures:
            narrow, wide = section.pictures
            assert narrow == wide
            for row in section.rows:
                assert row[0].text in narrow, title
            assert "The numbers as a table" in section.text


def test_nothing_comes_from_elsewhere_and_names_are_text(page: str) -> None:
    assert re.findall(r'(?:src|href)="(?!#)[^"]*"|url\(|@import|<script', page) == []
    assert "Mug &lt;small&gt;" in page
    assert "<small>" not in PageReader(page).books[CHAPTER]["Best and worst products"].text


# Whose numbers


def test_accounts_of_one_company_are_summed_and_others_are_not(database: Path) -> None:
    rows = {mart: rows for mart, rows in shop(days=30).items() if mart in {"orders", "daily_sales"}}
    core = Account("core", "cin7_core", "Shop Ltd", "NZD")
    second = Account("omni", "cin7_omni_2", "Shop Ltd", "NZD")
    abroad = Account("omni", "cin7_omni_au", "Shop Ltd", "AUD")
    other = Account("omni", "cin7_omni_b", "Other Ltd", "NZD")
    accounts = [(one, rows) for one in (OMNI, core, second, abroad, other)]
    books = PageReader(page_of(build(database, *accounts))).books
    sales = added(rows["daily_sales"], "net_base")
    shown = {
        title: amount(sections["Sales and margin by month"].total[2])
        for title, sections in books.items()
        if title
    }
    assert shown == {
        "Cin7 Omni: Other Ltd (NZD)": sales,
        "Cin7 Omni: Shop Ltd (AUD)": sales,
        CHAPTER: 2 * sales,
        "Cin7 Core: Shop Ltd (NZD)": sales,
    }
    assert "The sum of 2 accounts: cin7_omni, cin7_omni_2." in books[CHAPTER][""].text
    assert "All amounts are in AUD." in books["Cin7 Omni: Shop Ltd (AUD)"][""].text
    assert "Each company by itself, never added up" in books[""][""].text


def test_one_product_with_one_sale_is_a_page_like_any_other(database: Path) -> None:
    (sale, *_) = shop(days=1)["daily_sales"]
    sale |= {"product_group": "Mug", "units": 1, "net_base": 9, "margin_base": -2}
    page = page_of(build(database, (OMNI, {"daily_sales": [sale]})))
    sections = PageReader(page).books[CHAPTER]
    (row,) = sections["Best and worst products"].rows
    assert [cell.text for cell in row] == ["Mug", "1", "9", "−2", "−22%"]  # noqa: RUF001
    assert "No order is late." in sections["Late orders"].text
    assert "Nothing is in stock." in sections["Stock turn"].text
    assert "Nothing was checked" in sections["Checks of the numbers"].text


def test_amounts_that_are_not_known_do_no_harm(database: Path) -> None:
    rows = shop(days=10)
    for mart, columns in {
        "daily_sales": ("net_base", "margin_base", "product_group"),
        "receivables": ("outstanding_base", "due_at", "customer_name"),
        "orders": ("document_net_base", "modified_at", "customer_name"),
        "stock_levels": ("value_base",),
        "purchase_lines": ("expected_at", "landed_unit_cost_base"),
        "reorder": ("days_of_cover", "product_name"),
    }.items():
        rows[mart] = [row | dict.fromkeys(columns) for row in rows[mart]]
    unknown = Account("omni", "cin7_omni", "Shop Ltd", None)
    sections = PageReader(page_of(build(database, (unknown, rows)))).books["Cin7 Omni: Shop Ltd"]
    assert "No document says yet which currency" in sections[""].text
    assert sections["Best and worst products"].rows[0][0].text == "No product"
    assert sections["What to buy"].rows[0][3].text == "–"  # noqa: RUF001


def test_marts_without_a_row_are_a_sentence(database: Path) -> None:
    assert "there is no row in them" in PageReader(page_of(build(database))).books[""][""].text
    done = run(database)
    assert done.returncode == 0
    assert "The marts are empty: load an account" in done.stdout


def test_a_mart_that_is_switched_off_leaves_the_rest_as_it_is(database: Path) -> None:
    build(database, (OMNI, orders()))
    with duckdb.connect(str(database)) as connection:
        connection.execute("drop table analytics.cin7__reorder")
        connection.execute("drop table analytics.cin7__payments")
    sections = PageReader(page_of(database)).books[CHAPTER]
    assert "run dbt build" in sections["What to buy"].text
    assert "Totals, and the year before" not in sections
    assert sections["Late orders"].rows
    assert "Products to buy" not in sections[""].text


def test_real_books_are_no_sample_and_the_demos_are(page: str, database: Path) -> None:
    assert "This is a sample" not in page
    build(database, (OMNI, orders()))
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema demo")
        connection.execute(
            "create table demo.sample as select date '2025-05-18' opened, date '2026-06-17' today"
        )
    text = PageReader(page_of(database)).books[""][""].text
    assert "This is a sample." in text
    assert "it opened on\n18 May 2025, and its books end on 17 Jun 2026" in text


def test_the_page_says_when_cin7_was_last_changed_and_loaded(database: Path) -> None:
    build(database, (OMNI, orders()))
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema cin7_omni")
        connection.execute(
            "create table cin7_omni.orders as select timestamp '2026-06-18 05:30' _sdc_batched_at"
        )
    text = PageReader(page_of(database)).books[CHAPTER][""].text
    assert "Last change in Cin7: 17 Jun 2026, 12:00 UTC. Loaded: 18 Jun 2026, 05:30 UTC." in text


# The command


def test_the_terminal_shows_what_needs_a_look_and_where_the_page_is(
    database: Path, tmp_path: Path
) -> None:
    html = tmp_path / "page.html"
    done = run(build(database, (OMNI, shop(days=40))), "--html", html)
    assert done.returncode == 0, done.stderr
    assert "Late orders: 15, 1,806 NZD" in done.stdout
    assert "from 9 May" in done.stdout
    assert html.as_uri() in done.stdout
    assert len(done.stdout.splitlines()) < 50


def test_a_database_without_marts_is_one_line_that_says_what_to_run(database: Path) -> None:
    duckdb.connect(str(database)).close()
    done = run(database)
    assert done.returncode == 1
    assert done.stderr == (
        "no tables analytics.cin7__*: build them with dbt as dbt/README.md says, "
        "or run: make demo\n"
    )


def test_tables_of_another_version_are_one_line(database: Path) -> None:
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema analytics")
        connection.execute("create table analytics.cin7__orders (id text)")
    done = run(database)
    assert done.returncode == 1
    assert done.stderr == (
        "analytics.cin7__* are not the tables of this version: run dbt build again\n"
    )


def test_what_is_no_database_is_one_line(database: Path) -> None:
    done = run(database)
    assert (done.returncode, done.stderr) == (
        1,
        f"{database} is not there: run make demo, or name another file\n",
    )
    database.write_text("no database, but some text that is long enough" * 500)
    done = run(database)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{database} cannot be opened: ")
    assert done.stderr.count("\n") == 1


def test_a_page_that_cannot_be_written_is_one_line(database: Path, tmp_path: Path) -> None:
    page = tmp_path / "missing" / "page.html"
    done = run(build(database, (OMNI, {})), "--html", page)
    assert done.returncode == 1
    assert done.stderr == f"{page} cannot be written: No such file or directory\n"
