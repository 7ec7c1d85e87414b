"""Nothing that Cin7 has leaves PostgreSQL or DuckDB, whoever writes there beside a regular run."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import psycopg
import pytest
import yaml
from psycopg import sql

from sandbox import Sandbox
from tests.pipelines.pipes import LOADERS, Pipe
from tests.pipelines.postgres import server
from tests.support import Result, config_for, run_cli
from tests.support_core import select, settings
from tests.support_run import files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.pipelines.postgres import Server
    from tests.support import Row

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = "core"
SALES, LINES = "sales", "sale_order_lines"
TOUCHED = 10


@pytest.fixture(scope="module")
def place() -> Iterator[Server]:
    with server() as running:
        yield running


@pytest.fixture
def cin7() -> Iterator[Sandbox]:
    with Sandbox(default_rows=20) as running:
        yield running


def shipped(loader: str) -> Row:
    """Return the settings of a loader as ``meltano.yml`` has them."""
    project = yaml.safe_load((ROOT / "meltano.yml").read_text())
    (plugin,) = (one for one in project["plugins"]["loaders"] if one["name"] == loader)
    given = {one["name"]: one["value"] for one in plugin["settings"] if "value" in one}
    values = {**given, **plugin.get("config", {})}
    return {name: value for name, value in values.items() if not str(value).startswith("$")}


@dataclass
class Warehouse:
    """A database, and the loader of ``meltano.yml`` that fills it.

    Attributes:
        loader: The loader.
        directory: Where its files go.
        place: The server of PostgreSQL.
        more: Settings that differ from those of ``meltano.yml``.

    """

    loader: str
    directory: Path
    place: Server
    more: Row = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Set the loader up."""
        name = self.directory.name.replace("-", "_")
        self._schema = f"{SCHEMA}_{name}"
        where: Row = (
            {"filepath": str(self.directory / "cin7.duckdb")}
            if self._is_duckdb
            else {"sqlalchemy_url": self.place.url}
        )
        config = {**shipped(self.loader), **where, "default_target_schema": self._schema}
        self.config = {**config, **self.more}
        program = f"steady-{self.loader}"
        self.pipe = Pipe(self.loader, program, self.directory, self.config)
        self._program = LOADERS / self.loader / "venv" / "bin" / program

    @property
    def _is_duckdb(self) -> bool:
        return self.loader == "target-duckdb"

    def load(self, messages: list[bytes]) -> None:
        """Load lines of messages, in a process of the loader's own."""
        path = self.directory / "loader.json"
        path.write_text(json.dumps(self.config))
        done = subprocess.run(
            [str(self._program), "--config", str(path)],
            input=b"".join(line + b"\n" for line in messages),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()[-4000:]

    def live(self, table: str, key: str) -> set[Any]:
        """Return the keys of the rows that are not marked as deleted."""
        return {row[0] for row in self._rows(table, key) if row[1] is None}

    def marked(self, table: str, key: str) -> set[Any]:
        """Return the keys of the rows that are marked as deleted."""
        return {row[0] for row in self._rows(table, key) if row[1] is not None}

    def _rows(self, table: str, key: str) -> list[tuple[Any, ...]]:
        if self._is_duckdb:
            query = f'SELECT "{key.lower()}", _sdc_deleted_at FROM "{self._schema}"."{table}"'  # noqa: S608
            with duckdb.connect(str(self.config["filepath"]), read_only=True) as connection:
                found: list[tuple[Any, ...]] = connection.execute(query).fetchall()
                return found
        wanted = sql.SQL("SELECT {}, _sdc_deleted_at FROM {}").format(
            sql.Identifier(key), sql.Identifier(self._schema, table)
        )
        with psycopg.connect(self.place.dsn) as connection:
            return connection.execute(wanted).fetchall()


@pytest.fixture(params=["target-duckdb", "target-postgres"])
def loader(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(params=[False, True], ids=["soft", "hard"])
def warehouse(
    request: pytest.FixtureRequest, loader: str, tmp_path: Path, place: Server
) -> Warehouse:
    asked: Row = {"hard_delete": True} if request.param else {}
    return Warehouse(loader, tmp_path, place, asked)


def catalog() -> Row:
    """Return the catalog of a run that reads all sales again."""
    chosen = select(SALES, LINES, slim=[SALES, LINES])
    for entry in chosen["streams"]:
        entry["replication_method"] = "FULL_TABLE"
    return chosen


def regular(cin7: Sandbox, state: Row | None) -> Result:
    """Read all sales again."""
    config = config_for(cin7, **settings(cin7))
    with files(config=config, catalog=catalog(), state=state) as options:
        result = run_cli(*options)
    assert result.exit_code == 0, result.stderr
    return result


def notified(cin7: Sandbox, folder: Path, state: Row, *sales: str) -> Result:
    """Read the sales that notifications name."""
    events = folder / "events.jsonl"
    bodies = [{"EventType": "Sale/Voided", "SaleID": sale.upper()} for sale in sales]
    events.write_text("\n".join(map(json.dumps, bodies)))
    config = config_for(cin7, **settings(cin7))
    with files(config=config, catalog=catalog(), state=state) as options:
        result = run_cli(*options, "--from-event", str(events))
    assert result.exit_code == 0, result.stderr
    assert {row["ID"] for row in result.records[SALES]} == set(sales)
    return result


def ids(cin7: Sandbox) -> list[str]:
    return [str(key) for (key,) in cin7.core.store.keys("sale_list")]


def test_what_an_event_updates_between_two_whole_readings_stays(
    cin7: Sandbox, warehouse: Warehouse, tmp_path: Path
) -> None:
    every = ids(cin7)
    first = regular(cin7, None)
    event = notified(cin7, tmp_path, first.states[-1], *every[:TOUCHED])
    second = regular(cin7, first.states[-1])
    for result in (first, event, second):
        warehouse.load(result.stdout.splitlines())
        assert warehouse.live(SALES, "ID") == set(every)
    assert not warehouse.marked(SALES, "ID")
    assert not warehouse.marked(LINES, "SaleID")


def test_what_an_event_updates_during_a_whole_reading_stays(
    cin7: Sandbox, warehouse: Warehouse, tmp_path: Path
) -> None:
    """The event's rows are loaded between the last record and what tells which are gone."""
    every = ids(cin7)
    first = regular(cin7, None)
    second = regular(cin7, first.states[-1])
    event = notified(cin7, tmp_path, first.states[-1], *every[:TOUCHED])
    third = regular(cin7, second.states[-1])
    lines = second.stdout.splitlines()
    kinds = [json.loads(line)["type"] for line in lines]
    end = kinds.index("ACTIVATE_VERSION")
    schemas = [line for line, kind in zip(lines, kinds, strict=True) if kind == "SCHEMA"]
    parts = (lines[:end], event.stdout.splitlines(), schemas + lines[end:])
    for part in (first.stdout.splitlines(), *parts, third.stdout.splitlines()):
        warehouse.load(part)
        assert warehouse.live(SALES, "ID") == set(every)
        assert not warehouse.marked(SALES, "ID")
        assert not warehouse.marked(LINES, "SaleID")


def test_a_sale_that_is_gone_leaves_after_two_whole_readings(
    cin7: Sandbox, warehouse: Warehouse
) -> None:
    every = set(ids(cin7))
    tap = config_for(cin7, **settings(cin7))
    for _ in range(2):
        assert warehouse.pipe.run(tap, catalog()).exit_code == 0
    ((gone,),) = cin7.change("delete", "sale_list", count=1, api="core")
    assert warehouse.pipe.run(tap, catalog()).exit_code == 0
    assert warehouse.live(SALES, "ID") == every
    assert warehouse.pipe.run(tap, catalog()).exit_code == 0
    assert warehouse.live(SALES, "ID") == every - {str(gone)}
    removes = bool(warehouse.more)
    assert warehouse.marked(SALES, "ID") == (set() if removes else {str(gone)})


def test_the_loaders_of_the_project_mark_and_remove_only_where_asked(loader: str) -> None:
    given = shipped(loader)
    assert given["hard_delete"] is False
    assert given.get("add_metadata_columns", True) is True
    assert given.get("add_record_metadata", True) is True
