"""Built databases that edits and further builds change, and that are afterwards as they were."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import duckdb
import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.pipelines.postgres import Server

    Rows = list[tuple[Any, ...]]
Table = tuple[str, str]
"""Schema and name."""


class Place(Protocol):
    """A database with all that was loaded and built."""

    def execute(self, statement: str) -> None:
        """Change something."""

    def ask(self, query: str) -> Rows:
        """Return what a query answers."""

    def rows(self, table: str) -> list[str]:
        """Return a condition for each row of a table that is true of no other, in a firm order."""

    def replay(self, statements: Iterable[str]) -> None:
        """Say what a build says; its temporary tables are gone afterwards."""


@dataclass(frozen=True)
class DuckDbPlace:
    """A connection to a DuckDB file."""

    connection: duckdb.DuckDBPyConnection

    def execute(self, statement: str) -> None:
        self.connection.execute(statement)

    def ask(self, query: str) -> Rows:
        rows: Rows = self.connection.execute(query).fetchall()
        return rows

    def rows(self, table: str) -> list[str]:
        found = self.ask(f"select rowid from {table} order by 1")  # noqa: S608
        return [f"rowid = {one}" for (one,) in found]

    def replay(self, statements: Iterable[str]) -> None:
        with self.connection.cursor() as own:
            for statement in statements:
                own.execute(statement)


@contextmanager
def on_duckdb(path: Path) -> Iterator[Place]:
    """Copy a file, under the name that statements have."""
    with (
        tempfile.TemporaryDirectory() as directory,
        duckdb.connect(shutil.copy(path, directory)) as connection,
    ):
        yield DuckDbPlace(connection)


@dataclass(frozen=True)
class PostgresPlace:
    """A transaction on a PostgreSQL server."""

    connection: psycopg.Connection

    def execute(self, statement: str) -> None:
        self.connection.execute(statement.encode())

    def ask(self, query: str) -> Rows:
        return self.connection.execute(query.encode()).fetchall()

    def rows(self, table: str) -> list[str]:
        # Where a row lies depends on what other transactions left; what it says does not.
        found = self.ask(f"select ctid from {table} as t order by cast(t as text), ctid")  # noqa: S608
        return [f"ctid = '{one}'" for (one,) in found]

    def replay(self, statements: Iterable[str]) -> None:
        for statement in statements:
            self.execute(statement)
        self.execute("discard temp")


@contextmanager
def on_postgres(server: Server) -> Iterator[Place]:
    """Begin a transaction, and roll it back."""
    with psycopg.connect(server.dsn) as connection:
        try:
            yield PostgresPlace(connection)
        finally:
            connection.rollback()
