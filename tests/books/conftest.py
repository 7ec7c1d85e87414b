"""Both databases with all books in them, built once."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.books import cases
from tests.books.accounts import CORE_ACCOUNTS, OMNI_ACCOUNTS, WHOLE
from tests.books.books import TODAY
from tests.books.builds import Result, dbt, load, variables
from tests.books.databases import Database, DuckDb, Postgres
from tests.pipelines.postgres import server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.books.databases import Ask

Builds = dict[str, Future[tuple[Database, Result]]]

assert cases.__all__, "importing the cases writes the books"


@dataclass(frozen=True)
class Built:
    """A database with all books, what the build said, and what the marts say."""

    database: Database
    result: Result
    ask: Ask


def build(database: Database, directory: Path) -> tuple[Database, Result]:
    for account in (*OMNI_ACCOUNTS, *CORE_ACCOUNTS):
        load(database, account, whole=account in WHOLE)
    given = variables(OMNI_ACCOUNTS, CORE_ACCOUNTS, cin7_today=TODAY)
    return database, dbt("build", database, directory, given)


@pytest.fixture(scope="session")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builds]:
    """Both databases, built side by side."""
    made = tmp_path_factory.mktemp
    with ExitStack() as servers, ThreadPoolExecutor(2) as pool:
        directory = made("duckdb")
        duckdb = DuckDb(directory / "books.duckdb")
        postgres = Postgres(servers.enter_context(server()))
        yield {
            "duckdb": pool.submit(build, duckdb, directory),
            "postgres": pool.submit(build, postgres, made("postgres")),
        }


@pytest.fixture(scope="session", params=["duckdb", "postgres"])
def built(request: pytest.FixtureRequest, builds: Builds) -> Iterator[Built]:
    """One of the databases with all marts."""
    database, result = builds[request.param].result()
    with database.asking() as ask:
        yield Built(database, result, ask)
