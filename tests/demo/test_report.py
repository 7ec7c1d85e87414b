"""The report: its numbers are those of the marts, and whatever is not there is a sentence."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.demo.marts import PRODUCTS, TODAY, Account, at, build, shop
from tests.demo.page_reader import PageReader

if TYPE_CHECKING:
    from pathlib import Path

    from tests.demo.marts import Rows
    from tests.demo.page_reader import Cell, Section

OMNI = Account("omni", "cin7_omni", "Shop Ltd", "NZD")
CHAPTER = "Cin7 Omni: Shop Ltd (NZD)"
CENT = Decimal("0.01")


def run(*options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "demo.report", *map(str, options)],
        capture_output=True,
        text=True,
        check=False,
    )


def page_of(database: Path) -> PageReader:
    html = database.with_suffix(".html")
    done = run(database, "--html", html)
    assert done.returncode == 0, done.stderr
    assert html.as_uri() in done.stdout
    return PageReader(html.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> PageReader:
    return page_of(build(tmp_path_factory.mktemp("report") / "shop.duckdb", (OMNI, shop())))


@pytest.fixture(scope="module")
def sections(page: PageReader) -> dict[str, Section]:
    return page.books[CHAPTER]


def amount(cell: Cell) -> Decimal:
    return Decimal(cell.value)


def added(rows: list[dict[str, object]], column: str) -> Decimal:
    return sum((Decimal(str(row[column])) for row in rows), Decimal(0))


def last_year(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return [row for row in rows if row["day"] > TODAY - timedelta(days=364)]


# Numbers


def test_months_add_up_to_the_sales_of_their_days(sections: dict[str, Section]) -> None:
    rows = shop()["daily_sales"]
    section = sections["Sales and margin by month"]
    shown = {row[0].text: amount(row[2]) for row in section.rows}
    assert list(shown)[0] == "May 2025"
    assert list(shown)[-1] == "Jun 2026"
    expected = {name: Decimal(0) for name in shown}
    for row in rows:
        name = f"{row['day']:%b %Y}"
        if name in expected:
            expected[name] += Decimal(str(row["net_base"]))
    assert shown == expected
    assert amount(section.total[2]) == sum(expected.values())
