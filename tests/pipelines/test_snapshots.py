"""Two snapshots of stock a day apart, in DuckDB and PostgreSQL as the shipped loaders fill them."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import duckdb
import psycopg
import pytest

from sandbox import Sandbox
from tests.pipelines.pipes import Pipe, chosen
from tests.pipelines.postgres import server
from tests.support import config_for, discovered, run_tap, started
from tests.support_core import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support import Result, Row

    Ask = Callable[[str], list[tuple[Any, ...]]]

STOCK = "product_availability"
SNAPSHOTS = "product_availability_snapshots"
LONG: Row = {"snapshot_interval_hours": 24 * 30}
"""An interval that no test sees the end of."""


@pytest.fixture
def cin7() -> Iterator[Sandbox]:
    with Sandbox(default_rows=60) as running:
        yield running


@pytest.fixture(params=["duckdb", "postgres"])
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Pipe, Ask]]:
    """A pipe into a database, and what asks the database."""
    config: Row = {"default_target_schema": "core"}
    if request.param == "duckdb":
        path = str(tmp_path / "cin7.duckdb")
        pipe = Pipe("target-duckdb", "steady-target-duckdb", tmp_path, {**config, "filepath": path})

        def ask(query: str) -> list[tuple[Any, ...]]:
            with duckdb.connect(path, read_only=True) as connection:
                return connection.execute(query).fetchall()

        yield pipe, ask
        return
    with server() as place:
        config["sqlalchemy_url"] = place.url
        pipe = Pipe("target-postgres", "steady-target-postgres", tmp_path, config)

        def ask_postgres(query: str) -> list[tuple[Any, ...]]:
            with psycopg.connect(place.dsn) as connection:
                return connection.execute(query.encode()).fetchall()

        yield pipe, ask_postgres


def by_bin(cin7: Sandbox) -> dict[tuple[str, str | None], float]:
    """Return the units on hand in the stand-in, by location and bin."""
    units: dict[tuple[str, str | None], float] = {}
    for row in cin7.core.store.rows(STOCK):
        # The DuckDB loader makes null of empty text.
        place = row["Location"], row["Bin"] or None
        units[place] = units.get(place, 0) + float(row["OnHand"] or 0)
    return units


def the_day_before(state: Row | None) -> Row:
    """Return a state whose last snapshot is of an earlier day."""
    assert state is not None
    state["bookmarks"][SNAPSHOTS]["snapshot_at"] = "2026-01-01T06:00:00.000000Z"
    return state


def test_two_snapshots_a_day_apart_show_the_stock_of_both_days_by_bin(
    cin7: Sandbox, warehouse: tuple[Pipe, Ask]
) -> None:
    pipe, ask = warehouse
    config = config_for(cin7, **settings(cin7))
    catalog = chosen(discovered("core"), STOCK, SNAPSHOTS)
    assert pipe.run(config, catalog).exit_code == 0
    first = by_bin(cin7)

    cin7.change("delete", STOCK, count=9, api="core")
    for key in cin7.core.store.keys(STOCK)[:5]:
        cin7.change("edit", STOCK, key, api="core", OnHand=1234)
    the_day_before(pipe.state)
    assert pipe.run(config, catalog).exit_code == 0
    second = by_bin(cin7)
    assert first != second

    days: dict[Any, dict[tuple[str, str | None], float]] = {}
    query = """
        SELECT "snapshot_at", "Location", NULLIF("Bin", ''), SUM("OnHand")
        FROM core.product_availability_snapshots GROUP BY 1, 2, 3
    """
    for moment, location, place, units in ask(query):
        days.setdefault(moment, {})[location, place] = float(units)
    assert [days[moment] for moment in sorted(days)] == [
        pytest.approx(first),
        pytest.approx(second),
    ]


@pytest.mark.parametrize("streams", [(SNAPSHOTS,), (STOCK, SNAPSHOTS)], ids=["alone", "with stock"])
def test_a_snapshot_is_taken_once_in_an_interval(cin7: Sandbox, streams: tuple[str, ...]) -> None:
    config = settings(cin7, **LONG)
    catalog = chosen(discovered("core"), *streams)
    first = run_tap(cin7, catalog, **config)
    rows = len(cin7.core.store.keys(STOCK))
    assert len(first.records[SNAPSHOTS]) == rows
    assert len({row["snapshot_at"] for row in first.records[SNAPSHOTS]}) == 1

    again = run_tap(cin7, chosen(discovered("core"), STOCK, SNAPSHOTS), first.states[-1], **config)
    assert again.exit_code == 0
    assert SNAPSHOTS not in again.records
    assert len(again.records[STOCK]) == rows

    later = run_tap(cin7, catalog, the_day_before(again.states[-1]), **config)
    assert len(later.records[SNAPSHOTS]) == rows


def test_a_snapshot_makes_no_call_of_its_own(cin7: Sandbox) -> None:
    run_tap(cin7, chosen(discovered("core"), STOCK), **settings(cin7))
    alone = len(cin7.calls)
    cin7.reset_calls()
    run_tap(cin7, chosen(discovered("core"), STOCK, SNAPSHOTS), **settings(cin7))
    assert len(cin7.calls) == alone


def test_rows_of_a_snapshot_are_never_gone(cin7: Sandbox) -> None:
    catalog = chosen(discovered("core"), STOCK, SNAPSHOTS)
    first = run_tap(cin7, catalog, **settings(cin7))
    cin7.change("delete", STOCK, count=9, api="core")
    second = run_tap(cin7, catalog, the_day_before(first.states[-1]), **settings(cin7))
    for result, of_stock in ((first, []), (second, [STOCK])):
        told = [one["stream"] for one in result.messages if one["type"] == "ACTIVATE_VERSION"]
        assert told == of_stock
        assert {"version" in one for one in records(result)} == {False}


def records(result: Result) -> list[Row]:
    return [one for one in result.messages if one.get("stream") == SNAPSHOTS and "record" in one]


def test_an_interrupted_reading_leaves_no_part_of_a_snapshot() -> None:
    catalog = chosen(discovered("core"), STOCK, SNAPSHOTS)
    with Sandbox(rows={STOCK: 3000}, latency_seconds=0.3) as cin7:
        config = settings(cin7, max_parallel_requests=1)
        with started(cin7, catalog, **config) as run:
            run.read_records(1000)
            run.send(signal.SIGTERM)
            cut_short = run.finish()
        assert cut_short.exit_code == 128 + signal.SIGTERM
        assert cut_short.records[STOCK]
        assert SNAPSHOTS not in cut_short.records
        cin7.gate.latency_seconds = 0.0

        # The next run goes on with the stock where this one stopped: it does not have all rows.
        rest = run_tap(cin7, catalog, cut_short.states[-1], **config)
        assert rest.exit_code == 0
        assert len(rest.records[STOCK]) < len(cin7.core.store.keys(STOCK))
        assert SNAPSHOTS not in rest.records
        assert f"{SNAPSHOTS}: none is taken, since its rows came in several runs" in rest.stderr

        whole = run_tap(cin7, catalog, rest.states[-1], **config)
        assert whole.exit_code == 0
        assert len(whole.records[SNAPSHOTS]) == len(cin7.core.store.keys(STOCK))


def test_stock_that_lost_most_of_its_rows_makes_no_snapshot_before_it_says_so_again(
    cin7: Sandbox,
) -> None:
    catalog = chosen(discovered("core"), STOCK, SNAPSHOTS)
    first = run_tap(cin7, catalog, **settings(cin7))
    cin7.change("delete", STOCK, count=40, api="core")
    result = run_tap(cin7, catalog, the_day_before(first.states[-1]), **settings(cin7))
    assert result.exit_code == 1
    assert SNAPSHOTS not in result.records

    again = run_tap(cin7, catalog, result.states[-1], **settings(cin7))
    assert again.exit_code == 0
    left = len(cin7.core.store.keys(STOCK))
    assert len(again.records[SNAPSHOTS]) == left
    assert {row["snapshot_rows"] for row in again.records[SNAPSHOTS]} == {left}


def test_stock_of_omni_is_read_whole_when_a_snapshot_is_due_and_else_by_its_changes(
    cin7: Sandbox,
) -> None:
    catalog = chosen(discovered(), "stock", "stock_snapshots", method="INCREMENTAL")
    config: Row = {**LONG, "stock_incremental": True}
    rows = len(cin7.store.keys("stock"))
    first = run_tap(cin7, catalog, **config)
    assert len(first.records["stock_snapshots"]) == rows

    cin7.change("edit", "stock", count=5)
    second = run_tap(cin7, catalog, first.states[-1], **config)
    assert len(second.records["stock"]) < rows
    assert "stock_snapshots" not in second.records

    state = second.states[-1]
    state["bookmarks"]["stock_snapshots"]["snapshot_at"] = "2026-01-01T06:00:00.000000Z"
    third = run_tap(cin7, catalog, state, **config)
    assert len(third.records["stock_snapshots"]) == rows
    assert third.exit_code == 0
