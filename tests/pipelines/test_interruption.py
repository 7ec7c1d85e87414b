"""A long first load that is interrupted goes on where it was, with the loaders as shipped.

Time is scaled: Core's 60 calls a minute are 900 here, and the loaders' 30 seconds are 2, so that
each scaled minute takes four seconds.
"""

from __future__ import annotations

import json
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from sandbox import Sandbox
from tests.pipelines.accounts import CORE
from tests.pipelines.databases import Database, DuckDb, Postgres
from tests.pipelines.pipeline import Pipeline
from tests.pipelines.postgres import server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SALES = 320
CALLS_A_MINUTE = 60
SPEED = 15
SALES_ONLY = replace(CORE, streams=("sale_list",), lines={}, details={"sales": "sale_list"})
PACE = {
    "TAP_CIN7_CORE_REQUESTS_PER_MINUTE": str(CALLS_A_MINUTE * SPEED),
    "TAP_CIN7_CORE_REQUESTS_PER_SECOND": str(CALLS_A_MINUTE * SPEED // 60),
    "TARGET_DUCKDB_BATCH_WAIT_LIMIT_SECONDS": "2",
    "TARGET_POSTGRES_BATCH_WAIT_LIMIT_SECONDS": "2",
}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(default_rows=20, rows={"sale_list": SALES}, latency_seconds=0.05) as running:
        yield running


def test_duckdb_goes_on_after_ctrl_c(sandbox: Sandbox, tmp_path: Path) -> None:
    assert_goes_on(DuckDb(tmp_path / "cin7.duckdb"), signal.SIGINT, sandbox, tmp_path)


def test_postgres_goes_on_after_a_kill(sandbox: Sandbox, tmp_path: Path) -> None:
    with server() as running:
        assert_goes_on(Postgres(running), signal.SIGKILL, sandbox, tmp_path)


def assert_goes_on(
    database: Database, number: signal.Signals, sandbox: Sandbox, directory: Path
) -> None:
    pipeline = Pipeline(SALES_ONLY, sandbox, database, directory, PACE)
    pipeline.interrupt(number, after_two_minutes(sandbox, directory))
    loaded = ids_in(database)
    first = len(sales_asked_for(sandbox))
    assert len(loaded) >= first - CALLS_A_MINUTE
    assert "sales" in bookmarks_in(directory)

    sandbox.reset_calls()
    # After a kill Meltano takes the dead run for a live one until its heartbeat is stale.
    pipeline.run("--force")
    again = loaded & set(sales_asked_for(sandbox))
    assert len(again) <= CALLS_A_MINUTE
    assert first + len(sales_asked_for(sandbox)) <= SALES + CALLS_A_MINUTE
    assert ids_in(database) == {key for (key,) in sandbox.core.store.keys("sale_list")}


def after_two_minutes(sandbox: Sandbox, directory: Path) -> Callable[[], bool]:
    """Count from the loader's first state on: on a busy machine it starts long after the tap."""
    before: list[int] = []

    def reached() -> bool:
        if not before and (directory / "state").exists():
            before.append(len(sales_asked_for(sandbox)))
        return bool(before) and len(sales_asked_for(sandbox)) - before[0] >= 2 * CALLS_A_MINUTE

    return reached


def sales_asked_for(sandbox: Sandbox) -> list[str]:
    return [call.query["ID"] for call in sandbox.calls if call.stream == "sales"]


def ids_in(database: Database) -> set[str]:
    return {row[0] for row in database.rows("cin7_core", "sales", [database.fold("ID")])}


def bookmarks_in(directory: Path) -> set[str]:
    (kept,) = (directory / "state").rglob("*.json")
    return set(json.loads(kept.read_text())["completed"]["singer_state"]["bookmarks"])
