"""The two databases with the shop in them, built by the package and asked by tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import duckdb
import psycopg

from tests.dbt.package import Build

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.dbt.loading import Output
    from tests.pipelines.postgres import Server

Rows = list[tuple[Any, ...]]


class Database(Protocol):
    """A database that holds the shop."""

    @property
    def build(self) -> Build:
        """The package on this database."""

    def load(self, outputs: Sequence[Output]) -> None:
        """Load what a run of the tap wrote of each account."""

    def ask(self, query: str) -> Rows:
        """Return what a statement answers, if it answers anything."""


@dataclass(frozen=True)
class DuckDb:
    """A DuckDB file."""

    directory: Path

    @property
    def path(self) -> Path:
        """The file."""
        return self.directory / "shop.duckdb"

    @property
    def build(self) -> Build:
        return Build("duckdb", {"CIN7_DUCKDB": str(self.path)}, self.directory)

    def load(self, outputs: Sequence[Output]) -> None:
        for one in outputs:
            one.load("target-duckdb", {"filepath": str(self.path), "add_metadata_columns": True})

    def ask(self, query: str) -> Rows:
        with duckdb.connect(str(self.path)) as connection:
            rows: Rows = connection.execute(query).fetchall()
            return rows


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL server."""

    directory: Path
    server: Server

    @property
    def build(self) -> Build:
        where = {
            "TARGET_POSTGRES_HOST": self.server.directory,
            "TARGET_POSTGRES_USER": self.server.user,
            "TARGET_POSTGRES_DATABASE": self.server.database,
        }
        return Build("postgres", where, self.directory)

    def load(self, outputs: Sequence[Output]) -> None:
        for one in outputs:
            one.load("target-postgres", {"sqlalchemy_url": self.server.url})

    def ask(self, query: str) -> Rows:
        with psycopg.connect(self.server.dsn) as connection:
            answer = connection.execute(query.encode())
            return answer.fetchall() if answer.description else []
