"""The two databases, read back in one way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import duckdb
import psycopg
from psycopg import sql

from tests.pipelines import truth

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.pipelines.postgres import Server

ADDED = ("record_key", "row_id", "read_at", "_sdc_")
"""Beginnings of the names of columns that Cin7 does not send."""


class Database(Protocol):
    """A database that a loader fills.

    Attributes:
        loader: The loader in meltano.yml.
        kinds: What a column of each type has to hold.

    """

    loader: ClassVar[str]
    kinds: ClassVar[Mapping[str, truth.Kind]]

    def fold(self, name: str) -> str:
        """Return what the loader makes of a name."""

    @property
    def settings(self) -> dict[str, str]:
        """Environment variables that lead the loader here."""

    def columns(self, schema: str, table: str) -> list[tuple[str, str]]:
        """Return name and type of the columns of a table."""

    def rows(self, schema: str, table: str, names: list[str]) -> list[tuple[Any, ...]]:
        """Return some columns of a table."""


def load(database: Database, schema: str, table: str) -> truth.Loaded:
    """Return a table as it was loaded, added columns left out."""
    columns = [
        (name, kind) for name, kind in database.columns(schema, table) if not name.startswith(ADDED)
    ]
    rows = database.rows(schema, table, [name for name, _ in columns])
    return truth.Loaded({name: database.kinds[kind] for name, kind in columns}, rows)


@dataclass
class DuckDb:
    """A DuckDB file, filled by target-duckdb."""

    path: Path
    loader: ClassVar[str] = "target-duckdb"
    kinds: ClassVar[Mapping[str, truth.Kind]] = {
        "BOOLEAN": truth.boolean,
        "DOUBLE": truth.inexact,
        "HUGEINT": truth.exact,
        "JSON": truth.extent,
        "TIMESTAMP": truth.instant,
        "VARCHAR": truth.text_or_null,
    }

    def fold(self, name: str) -> str:
        return name.lower()

    @property
    def settings(self) -> dict[str, str]:
        return {"TARGET_DUCKDB_FILEPATH": str(self.path)}

    def columns(self, schema: str, table: str) -> list[tuple[str, str]]:
        return [(row[0], row[1]) for row in self._ask(f'DESCRIBE "{schema}"."{table}"')]

    def rows(self, schema: str, table: str, names: list[str]) -> list[tuple[Any, ...]]:
        wanted = ", ".join(f'"{name}"' for name in names)
        return self._ask(f'SELECT {wanted} FROM "{schema}"."{table}"')  # noqa: S608

    def _ask(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            answer: list[tuple[Any, ...]] = connection.execute(query).fetchall()
            return answer


@dataclass
class Postgres:
    """A PostgreSQL server, filled by target-postgres."""

    server: Server
    loader: ClassVar[str] = "target-postgres"
    kinds: ClassVar[Mapping[str, truth.Kind]] = {
        "ARRAY": truth.extent,
        "bigint": truth.exact,
        "boolean": truth.boolean,
        "jsonb": truth.extent,
        "numeric": truth.exact,
        "text": truth.text,
        "timestamp without time zone": truth.instant,
    }

    def fold(self, name: str) -> str:
        return name

    @property
    def settings(self) -> dict[str, str]:
        return {"TARGET_POSTGRES_SQLALCHEMY_URL": self.server.url}

    def columns(self, schema: str, table: str) -> list[tuple[str, str]]:
        query = sql.SQL(
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = {} AND table_name = {} ORDER BY ordinal_position"
        ).format(schema, table)
        return [(row[0], row[1]) for row in self._ask(query)]

    def rows(self, schema: str, table: str, names: list[str]) -> list[tuple[Any, ...]]:
        wanted = sql.SQL(", ").join(map(sql.Identifier, names))
        place = sql.Identifier(schema, table)
        return self._ask(sql.SQL("SELECT {} FROM {}").format(wanted, place))

    def _ask(self, query: sql.Composed) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.server.dsn) as connection:
            return connection.execute(query).fetchall()
