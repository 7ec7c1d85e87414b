"""A1: a reading with less than half of what there was, rows of increments counted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.absence.accounts import (
    BRANDS,
    changed,
    core,
    of_brands,
    of_contacts,
    of_headers,
    of_orders,
    omni,
)
from tests.absence.pipeline import DAY, HOUR, Pipeline, activated, runs
from tests.losses.accounts import ORDERS, SALE_LIST, guid, sale
from tests.losses.standin import stamp

if TYPE_CHECKING:
    from tests.losses.standin import Call, Core, Omni, Reply

WEEKLY = {"full_refresh_days": 7}


def grown(server: Omni, first: int, later: int) -> Pipeline:
    """Return a pipeline of orders of which most came by increments, in three runs."""
    pipeline = of_orders(server, first)
    (watched,) = pipeline.watched
    for part in range(4):
        assert pipeline.run().exit_code == 0
        server.now += DAY
        if part == 3:
            break
        for number in range(later // 3):
            moment = stamp(server.now - 400 - number % 200)
            key = 1_000 * (part + 1) + number
            watched.table.put({"id": key, "modifiedDate": moment, "reference": "new"})
    assert not pipeline.missing()
    pipeline.settings = WEEKLY
    server.now += 8 * DAY
    return pipeline


def _only_few(_call: Call, reply: Reply) -> Reply:
    """Leave the rows of the first run."""
    rows = [row for row in json.loads(reply.body) if row["id"] <= 60]
    reply.body = json.dumps(rows).encode()
    return reply


@pytest.mark.parametrize("nights", [1, 2])
def test_rows_that_came_by_increments_count_as_rows_that_were_there(nights: int) -> None:
    """60 of 600 are no list to believe, though the last whole reading had 60."""
    with omni() as server:
        pipeline = grown(server, 60, 540)
        server.after(ORDERS, None, _only_few)
        for _ in range(nights):
            result = pipeline.run()
            assert not pipeline.missing()
            assert not activated(result, "sales_orders")
            assert result.exit_code == 1, result.stderr
            assert runs(result)["sales_orders"]["complete"] is False
            server.now += DAY
        pipeline.settle(within=2)


def test_rows_of_core_that_came_by_increments_count_too() -> None:
    with core() as server:
        pipeline = of_headers(server, 60)
        (watched,) = pipeline.watched
        for part in range(3):
            assert pipeline.run().exit_code == 0
            server.now += DAY
            for number in range(200):
                watched.table.put(sale(1_000 * (part + 1) + number, stamp(server.now - 400)))
        assert pipeline.run().exit_code == 0
        assert not pipeline.missing()
        server.now += 8 * DAY
        pipeline.settings = WEEKLY
        few = {guid(number) for number in range(60)}

        def only_few(body: dict[str, object]) -> object:
            rows = body["SaleList"]
            assert isinstance(rows, list)
            kept = [row for row in rows if row["SaleID"] in few]
            return {**body, "Total": len(kept), "SaleList": kept}

        server.after(SALE_LIST, None, changed(only_few))
        result = pipeline.run()
        assert not pipeline.missing()
        assert result.exit_code == 1, result.stderr
        assert not activated(result, "sale_list")
        pipeline.settle(within=2)


def test_changes_beside_a_reading_of_several_runs_do_not_count() -> None:
    """The same 200 rows change before each run: 350 of 1,000 come, whatever many times."""
    with omni() as server:
        pipeline = of_orders(server, 1_000, apart=600, settings={"full_refresh_days": 1})
        (watched,) = pipeline.watched
        assert pipeline.run().exit_code == 0

        def only_some(_call: Call, reply: Reply) -> Reply:
            rows = json.loads(reply.body)
            kept = [row for row in rows if not 150 < row["id"] <= 800]
            reply.body = json.dumps(kept).encode()
            return reply

        server.after(ORDERS, None, only_some)
        for ends in (False, True):
            server.now += DAY
            for key in range(801, 1_001):
                watched.table.edit(key, reference=str(server.now))
            server.now += HOUR
            result = pipeline.run(requests_per_day=2)
            assert result.exit_code == 1
            assert not activated(result, "sales_orders")
            assert ("that is not believed" in result.stderr) == ends
        pipeline.settle(within=1)
        assert not pipeline.loader.removed


def doubted(pipeline: Pipeline, days: float, runs_: int) -> list[int]:
    """Return the exit codes of some runs, so many days apart."""
    codes = []
    for _ in range(runs_):
        codes.append(pipeline.run().exit_code)
        pipeline.server.now += days * DAY
    return codes


@pytest.mark.parametrize("api", ["omni", "core"])
def test_the_second_reading_in_a_row_that_says_so_is_believed(api: str) -> None:
    server: Core | Omni = omni() if api == "omni" else core()
    with server:
        pipeline = _forty(server)
        (watched,) = pipeline.watched
        assert doubted(pipeline, 1, 2) == [0, 0]
        gone = [row[watched.table.by] for row in watched.table.visible()[10:]]
        watched.table.drop(*gone)
        assert doubted(pipeline, 1, 1) == [1]
        assert pipeline.extra() == set(gone)
        assert doubted(pipeline, 1, 2) == [0, 0]
        assert not pipeline.extra()
        assert not pipeline.missing()


def _forty(server: Core | Omni) -> Pipeline:
    if server.api == "omni":
        return of_contacts(server, 40, full=["contacts"])  # type: ignore[arg-type]
    return of_brands(server, 40)  # type: ignore[arg-type]


@pytest.mark.parametrize("api", ["omni", "core"])
def test_an_empty_list_is_believed_on_the_third_day(api: str) -> None:
    server: Core | Omni = omni() if api == "omni" else core()
    with server:
        pipeline = _forty(server)
        (watched,) = pipeline.watched
        assert doubted(pipeline, 1, 2) == [0, 0]
        watched.table.drop(*watched.at_cin7())
        assert doubted(pipeline, 1, 2) == [1, 1]
        assert len(pipeline.extra()) == 40
        assert doubted(pipeline, 1, 2) == [0, 0]
        assert not pipeline.extra()


def test_an_empty_list_is_not_believed_within_a_day_however_often() -> None:
    with core() as server:
        # Noon, so that some hours are no other day.
        server.now += 12 * HOUR - server.now % DAY
        pipeline = of_brands(server, 40)
        (watched,) = pipeline.watched
        assert doubted(pipeline, 1, 2) == [0, 0]
        watched.table.drop(*watched.at_cin7())
        assert doubted(pipeline, 1 / 24, 5) == [1] * 5
        assert len(pipeline.extra()) == 40


def test_a_list_that_is_half_there_and_back_again_starts_anew() -> None:
    """Two readings that say so must stand in a row."""
    with core() as server:
        pipeline = of_brands(server, 40)
        assert doubted(pipeline, 1, 2) == [0, 0]
        few = {guid(number) for number in range(10)}

        def only_few(body: dict[str, object]) -> object:
            rows = body["BrandList"]
            assert isinstance(rows, list)
            kept = [row for row in rows if row["ID"] in few]
            return {**body, "Total": len(kept), "BrandList": kept}

        for _ in range(3):
            server.after(BRANDS, None, changed(only_few))
            assert doubted(pipeline, 1, 1) == [1]
            server.calm()
            assert doubted(pipeline, 1, 1) == [0]
        assert not pipeline.loader.removed


def test_what_was_doubtful_stays_readable() -> None:
    """The rows of a reading that is no witness are loaded all the same."""
    with core() as server:
        pipeline = of_brands(server, 40)
        (watched,) = pipeline.watched
        assert doubted(pipeline, 1, 1) == [0]
        watched.table.drop(*(guid(number) for number in range(10, 40)))
        watched.table.edit(guid(3), Name="renamed")
        result = pipeline.run()
        assert result.exit_code == 1
        assert {row["Name"] for row in result.records("brands")} >= {"renamed"}
