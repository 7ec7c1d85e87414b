"""Incremental marts hold what a full build makes of the rows as they are, after any history."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from tests.books import cases
from tests.books.accounts import CORE, NZ, SHORT
from tests.books.books import TODAY
from tests.books.builds import load, variables
from tests.books.databases import DuckDb, Postgres
from tests.dbt.package import PACKAGE
from tests.histories.edits import HISTORIES, Edit
from tests.histories.places import on_duckdb, on_postgres
from tests.histories.replay import Builds, recorded
from tests.pipelines.postgres import server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.books.databases import Database
    from tests.histories.places import Place, Table

assert cases.__all__, "importing the cases writes the books"
_CORE = (CORE.account, SHORT.account)
_STAGED = {
    path.stem.split("__")[1] for path in (PACKAGE / "models" / "staging").glob("*/stg_*.sql")
}
_MUST_BE_INCREMENTAL = {
    *("order_lines", "invoice_lines", "cogs", "inventory_movements", "daily_sales"),
    *("stock_daily", "general_ledger", "sales", "returns"),
}


def examples(otherwise: int) -> int:
    return int(os.environ.get("HISTORIES", otherwise))


class Books:
    """The books, built and recorded once; each example has a place to itself."""

    def __init__(
        self,
        database: Database,
        directory: Path,
        place: Callable[[], AbstractContextManager[Place]],
    ) -> None:
        for account in (NZ.account, *_CORE):
            load(database, account)
        given = variables([NZ.account], _CORE, cin7_today=TODAY)
        self._builds: Builds = recorded(database, directory, given)
        self._place = place
        with database.asking() as ask:
            tables = ask(
                "select table_schema, table_name from information_schema.tables order by 1, 2"
            )
        self._tables: list[Table] = [(schema, name) for schema, name in tables if name in _STAGED]

    @property
    def incremental(self) -> set[str]:
        """Names of the models that a later build makes in part."""
        return {one.rpartition("cin7__")[2].strip('"') for one in self._builds.incremental}

    def try_history(self, history: list[list[Edit]]) -> None:
        """Build after each of some edits; a full build then changes nothing."""
        with self._place() as place:
            for edits in history:
                for edit in edits:
                    edit.apply(place, self._tables)
                place.replay(self._builds.later)
            many = self._marts(place)
            place.replay(self._builds.full)
            once = self._marts(place)
        for model, rows in many.items():
            assert rows == once[model], model

    def _marts(self, place: Place) -> dict[str, list[tuple[object, ...]]]:
        return {
            model: sorted(place.ask(f"select * from {model}"), key=repr)  # noqa: S608
            for model in self._builds.incremental
        }


@pytest.fixture(scope="module")
def on_file(tmp_path_factory: pytest.TempPathFactory) -> Books:
    directory = tmp_path_factory.mktemp("histories")
    path = directory / "history.duckdb"
    return Books(DuckDb(path), directory, partial(on_duckdb, path))


@pytest.fixture(scope="module")
def on_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    with server() as started:
        directory = tmp_path_factory.mktemp("histories")
        yield Books(Postgres(started), directory, partial(on_postgres, started))


def test_marts_with_many_rows_are_incremental(on_file: Books) -> None:
    assert on_file.incremental >= _MUST_BE_INCREMENTAL


@settings(max_examples=examples(12))
@given(history=HISTORIES)
def test_many_builds_end_where_one_full_build_ends(
    on_file: Books, history: list[list[Edit]]
) -> None:
    on_file.try_history(history)


@settings(max_examples=examples(4))
@given(history=HISTORIES)
def test_many_builds_on_postgresql_end_where_one_full_build_ends(
    on_server: Books, history: list[list[Edit]]
) -> None:
    on_server.try_history(history)
