"""Tables as the loader makes them, filled by hand: columns and types of what the tap declares."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from tests.dbt.package import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.dbt.databases import DuckDb

Row = dict[str, Any]
_TYPES = {
    "integer": "bigint",
    "number": "double",
    "boolean": "boolean",
    "string": "varchar",
    "object": "json",
    "array": "json",
}


@cache
def catalog(product: str) -> dict[str, dict[str, str]]:
    """Return the columns of a product's tables with their types in DuckDB, by stream."""
    done = subprocess.run(
        [sys.executable, "-m", "tap_cin7", "--config", _config(product), "--discover"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return {
        stream["tap_stream_id"]: {
            name.lower(): _type(what) for name, what in stream["schema"]["properties"].items()
        }
        for stream in json.loads(done.stdout)["streams"]
    }


def _config(product: str) -> str:
    path = ROOT / ".pytest_cache" / f"discover-{product}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"api": product}), encoding="utf-8")
    return str(path)


def _type(what: dict[str, Any]) -> str:
    if what.get("format") == "date-time":
        return "timestamp"
    return _TYPES[next(one for one in what["type"] if one != "null")]


def make(
    database: DuckDb, product: str, schema: str, rows: Mapping[str, Iterable[Row]] | None = None
) -> None:
    """Make the tables of an account.

    Args:
        database: Where.
        product: omni or core.
        schema: Schema of the account.
        rows: Rows by stream.

    """
    statements = [f"create schema if not exists {schema}"]
    for stream, columns in catalog(product).items():
        listed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        statements.append(f'create table {schema}."{stream}" ({listed})')
    for stream, added in (rows or {}).items():
        statements += [_insert(schema, stream, row) for row in added]
    database.ask(";\n".join(statements))


def _insert(schema: str, stream: str, row: Row) -> str:
    names = ", ".join(f'"{name.lower()}"' for name in row)
    values = ", ".join(map(_literal, row.values()))
    return f'insert into {schema}."{stream}" ({names}) values ({values})'  # noqa: S608


def _literal(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, dict | list):
        value = json.dumps(value)
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value)
