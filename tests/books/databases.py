"""The two databases that books are written into, with columns as the loaders make them.

target-duckdb lowers the case of column names and keeps numbers as ``DOUBLE``; target-postgres keeps
names as they are and numbers exactly (docs/loaders.md).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import duckdb
import psycopg
from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.books.tables import Kind, Stream
    from tests.pipelines.postgres import Server

Row = dict[str, Any]
Ask = Callable[[str], list[tuple[Any, ...]]]
"""What answers a query with its rows."""


class Database(Protocol):
    """Where books are written."""

    target: ClassVar[str]

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables that lead dbt's profile here."""

    def write(self, schema: str, tables: Mapping[Stream, list[Row]]) -> None:
        """Make tables, and fill them."""

    def asking(self) -> AbstractContextManager[Ask]:
        """Return what answers queries, for as long as no one else works on the database."""


@dataclass(frozen=True)
class DuckDb:
    """A DuckDB file."""

    path: Path
    target: ClassVar[str] = "duckdb"
    _types: ClassVar[Mapping[Kind, str]] = {
        "integer": "hugeint",
        "number": "double",
        "boolean": "boolean",
        "date-time": "timestamp",
        "string": "varchar",
        "object": "json",
        "array": "json",
    }
    _metadata: ClassVar[dict[str, str]] = {
        "_sdc_batched_at": "timestamp",
        "_sdc_deleted_at": "varchar",
        "_sdc_extracted_at": "timestamp",
        "_sdc_table_version": "hugeint",
    }

    @property
    def environment(self) -> Mapping[str, str]:
        return {"CIN7_DUCKDB": str(self.path)}

    def _columns(self, stream: Stream) -> Mapping[str, str]:
        kinds = {name.lower(): self._types[kind] for name, kind in stream.fields.items()}
        return kinds | self._metadata

    def write(self, schema: str, tables: Mapping[Stream, list[Row]]) -> None:
        with duckdb.connect(str(self.path)) as connection:
            connection.execute("begin")
            connection.execute(f"create schema if not exists {schema}")
            for stream, rows in tables.items():
                connection.execute(_table(schema, stream, self._columns(stream)))
                for row in rows:
                    values = [
                        json.dumps(one) if isinstance(one, (dict, list)) else one
                        for one in (None if one == "" else one for one in row.values())
                    ]
                    names = [name.lower() for name in row]
                    connection.execute(_insert(schema, stream, names, "?"), values)
            connection.execute("commit")

    @contextmanager
    def asking(self) -> Iterator[Ask]:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            yield lambda query: connection.execute(query).fetchall()


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL server."""

    server: Server
    target: ClassVar[str] = "postgres"
    _types: ClassVar[Mapping[Kind, str]] = {
        "integer": "bigint",
        "number": "numeric",
        "boolean": "boolean",
        "date-time": "timestamp",
        "string": "text",
        "object": "jsonb",
        "array": "jsonb[]",
    }
    _metadata: ClassVar[dict[str, str]] = {
        "_sdc_extracted_at": "timestamp",
        "_sdc_received_at": "timestamp",
        "_sdc_batched_at": "timestamp",
        "_sdc_deleted_at": "timestamp",
        "_sdc_sequence": "bigint",
        "_sdc_table_version": "bigint",
        "_sdc_sync_started_at": "bigint",
    }

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            "TARGET_POSTGRES_HOST": self.server.directory,
            "TARGET_POSTGRES_USER": self.server.user,
            "TARGET_POSTGRES_DATABASE": self.server.database,
        }

    def _columns(self, stream: Stream) -> Mapping[str, str]:
        kinds = {name: self._types[kind] for name, kind in stream.fields.items()}
        return kinds | self._metadata

    def write(self, schema: str, tables: Mapping[Stream, list[Row]]) -> None:
        with psycopg.connect(self.server.dsn) as connection:
            connection.execute(f"create schema if not exists {schema}".encode())
            for stream, rows in tables.items():
                connection.execute(_table(schema, stream, self._columns(stream)).encode())
                for row in rows:
                    values = [
                        Jsonb(one)
                        if isinstance(one, dict)
                        else [Jsonb(each) for each in one]
                        if isinstance(one, list)
                        else one
                        for one in row.values()
                    ]
                    insert = _insert(schema, stream, list(row), "%s")
                    connection.execute(insert.encode(), values)

    @contextmanager
    def asking(self) -> Iterator[Ask]:
        # A query that fails spoils none of the others.
        with psycopg.connect(self.server.dsn, autocommit=True) as connection:
            yield lambda query: connection.execute(query.encode()).fetchall()


def _table(schema: str, stream: Stream, columns: Mapping[str, str]) -> str:
    made = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    return f"create table if not exists {schema}.{stream.name} ({made})"


def _insert(schema: str, stream: Stream, columns: Iterable[str], place: str) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    places = ", ".join(place for _ in columns)
    return f"insert into {schema}.{stream.name} ({names}) values ({places})"  # noqa: S608


def checked(stream: Stream, row: Row) -> Row:
    """Return a row of a stream, if the stream has its columns."""
    unknown = {name for name in row if not name.startswith("_sdc_")} - stream.fields.keys()
    if unknown:
        raise ValueError(f"{stream.name} has no {sorted(unknown)}")
    return row
