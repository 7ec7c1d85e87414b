"""Meltano into DuckDB and into a real PostgreSQL, compared with what the sandbox holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import Sandbox
from tests.pipelines import truth
from tests.pipelines.accounts import CORE, OMNI, Account
from tests.pipelines.databases import Database, DuckDb, Postgres, load
from tests.pipelines.pipeline import Pipeline
from tests.pipelines.postgres import Server, server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.store import Store


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    # One list with several pages; Core's documents cost a call each.
    with Sandbox(default_rows=60, rows={"sales_orders": 600}) as running:
        yield running


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    with server() as running:
        yield running


@pytest.mark.parametrize("account", [OMNI, CORE], ids=lambda account: account.plugin)
def test_duckdb_holds_what_the_sandbox_holds(
    account: Account, sandbox: Sandbox, tmp_path: Path
) -> None:
    database = DuckDb(tmp_path / "cin7.duckdb")
    key = load_edit_load(account, sandbox, database, tmp_path)
    wanted = tuple(picked.duckdb for picked in account.picked)
    assert picked_row(account, database, key) == wanted


@pytest.mark.parametrize("account", [OMNI, CORE], ids=lambda account: account.plugin)
def test_postgres_holds_what_the_sandbox_holds(
    account: Account, sandbox: Sandbox, postgres: Server, tmp_path: Path
) -> None:
    database = Postgres(postgres)
    key = load_edit_load(account, sandbox, database, tmp_path)
    wanted = tuple(picked.postgres for picked in account.picked)
    assert picked_row(account, database, key) == wanted


def load_edit_load(
    account: Account, sandbox: Sandbox, database: Database, directory: Path
) -> object:
    """Compare after each load; return the key of the row with the picked values."""
    store = account.store(sandbox)
    pipeline = Pipeline(account, sandbox, database, directory)
    first = pipeline.run()
    assert first == {**first, **{name: len(store.keys(name)) for name in account.lists(store)}}
    assert_equal(account, store, database)
    known = truth.newest(store)

    stream, _ = account.picked_in
    key = store.keys(stream)[7]
    store.edit(stream, key, **{picked.column: picked.sent for picked in account.picked})
    for edited in account.edited:
        store.touch(edited, *store.keys(edited)[:3])
    second = pipeline.run()
    overlap = truth.overlap(store, known)
    told = {*account.lists(store)} - account.otherwise
    assert second == {**second, **{name: overlap[name] for name in told}}
    assert_equal(account, store, database)
    return key[0]


def assert_equal(account: Account, store: Store, database: Database) -> None:
    for stream in account.lists(store):
        loaded = load(database, account.schema, stream)
        if not account.nested:
            loaded = loaded.flat()
        wanted = truth.expected(store, stream, loaded, database.fold)
        assert truth.actual(loaded) == wanted, stream
    for stream, (parent, lines) in account.lines.items():
        count = sum(len(row[lines] or ()) for row in store.rows(parent))
        assert len(load(database, account.schema, stream).rows) == count, stream
    for stream, header in account.details.items():
        count = len(load(database, account.schema, stream).rows)
        assert count == len(store.keys(header)), stream


def picked_row(account: Account, database: Database, key: object) -> tuple[object, ...]:
    stream, identity = account.picked_in
    names = [database.fold(name) for name in (identity, *(row.column for row in account.picked))]
    found = {row[0]: row[1:] for row in database.rows(account.schema, stream, names)}
    return found[key]
