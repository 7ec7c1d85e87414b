"""Incremental marts hold what a full build makes of the rows as they are, after any history."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings

from tests.books import cases
from tests.books.accounts import CORE, NZ, SHORT
from tests.books.books import TODAY
from tests.books.builds import load, variables
from tests.books.databases import DuckDb
from tests.dbt.package import PACKAGE
from tests.histories.edits import HISTORIES, Edit, Table
from tests.histories.replay import Builds, recorded, replay

assert cases.__all__, "importing the cases writes the books"
EXAMPLES = int(os.environ.get("HISTORIES", "12"))
_CORE = (CORE.account, SHORT.account)
_STAGED = {
    path.stem.split("__")[1] for path in (PACKAGE / "models" / "staging").glob("*/stg_*.sql")
}
_MUST_BE_INCREMENTAL = {
    *("order_lines", "invoice_lines", "cogs", "inventory_movements", "daily_sales"),
    *("stock_daily", "general_ledger", "sales", "returns"),
}


class Books:
    """The books, built and recorded once; each example works on copies."""

    def __init__(self, database: DuckDb, builds: Builds) -> None:
        self.builds = builds
        self._path = database.path
        with duckdb.connect(str(database.path), read_only=True) as connection:
            tables = connection.execute(
                "select schema_name, table_name from duckdb_tables() order by all"
            ).fetchall()
        self.tables: list[Table] = [one for one in tables if one[1] in _STAGED]

    def copy(self, directory: Path) -> duckdb.DuckDBPyConnection:
        """Return a copy, under the name that statements have."""
        directory.mkdir()
        return duckdb.connect(shutil.copy(self._path, directory))


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Books:
    directory = tmp_path_factory.mktemp("histories")
    database = DuckDb(directory / "history.duckdb")
    for account in (NZ.account, *_CORE):
        load(database, account)
    builds = recorded(database, directory, variables([NZ.account], _CORE, cin7_today=TODAY))
    return Books(database, builds)


def test_marts_with_many_rows_are_incremental(books: Books) -> None:
    names = {one.rpartition("cin7__")[2].strip('"') for one in books.builds.incremental}
    assert names >= _MUST_BE_INCREMENTAL


@settings(max_examples=EXAMPLES)
@given(history=HISTORIES)
def test_many_builds_end_where_one_full_build_ends(books: Books, history: list[list[Edit]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        with books.copy(directory / "many") as many, books.copy(directory / "once") as once:
            for edits in history:
                for edit in edits:
                    edit.apply(many, books.tables)
                    edit.apply(once, books.tables)
                replay(many, books.builds.later)
            replay(once, books.builds.full)
            for model in books.builds.incremental:
                rows = f"select * from {model} order by all"  # noqa: S608
                assert many.execute(rows).fetchall() == once.execute(rows).fetchall(), model
