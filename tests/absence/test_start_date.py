"""B6: a ``start_date`` that moves back, or goes away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.absence.accounts import core, of_headers, of_orders, of_sales, omni
from tests.absence.pipeline import DAY, HOUR, RUNS, Pipeline, Watched
from tests.losses.accounts import orders
from tests.losses.harness import only
from tests.losses.standin import stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.losses.harness import Result
    from tests.losses.standin import Core, Omni, Row

COUNT = 60
LISTS: dict[str, Callable[[], tuple[Core | Omni, Callable[[Core | Omni], Pipeline]]]] = {
    "sales_orders": lambda: (omni(), lambda server: of_orders(server, COUNT)),
    "sale_list": lambda: (core(), lambda server: of_headers(server, COUNT)),
    "sales": lambda: (core(), lambda server: of_sales(server, COUNT)),
}


def spread(pipeline: Pipeline) -> None:
    """Let the stamps of the rows be half a day apart, the last of them ten minutes old."""
    table = next(iter(pipeline.watched)).table
    server = pipeline.server
    for number, row in enumerate(table.visible()):
        moment = stamp(server.now - 600 - (COUNT - 1 - number) * DAY / 2)
        assert table.stamp is not None
        table.drop(row[table.by])
        table.put({**row, table.stamp: moment})


@pytest.mark.parametrize("later", [20, None], ids=["earlier", "none"])
@pytest.mark.parametrize("stream", LISTS)
def test_a_start_date_that_moves_back_brings_what_lies_before(
    stream: str, later: float | None
) -> None:
    server, opened = LISTS[stream]()
    with server:
        pipeline = opened(server)
        spread(pipeline)
        began = server.now
        first = pipeline.run(start_date=stamp(began - 10 * DAY))
        assert first.exit_code == 0, first.stderr
        assert 15 <= len(pipeline.loader.rows(stream)) <= 25
        server.now += DAY
        moved = {} if later is None else {"start_date": stamp(began - later * DAY)}
        result = pipeline.run(**moved)
        assert result.exit_code == 0, result.stderr
        assert "start_date" in result.stderr
        wanted = COUNT if later is None else 40
        assert wanted - 1 <= len(pipeline.loader.rows(stream)) <= wanted + 1
        server.now += DAY
        quiet = pipeline.run(**moved)
        assert quiet.exit_code == 0, quiet.stderr
        assert len(quiet.records(stream)) < 5
        assert len(quiet.calls) < 5


def test_what_changed_comes_with_what_lies_before() -> None:
    with omni() as server:
        pipeline = of_orders(server, COUNT)
        spread(pipeline)
        pipeline.run(start_date=stamp(server.now - 10 * DAY))
        server.now += DAY
        next(iter(pipeline.watched)).table.edit(60, reference="edited")
        result = pipeline.run()
        assert "edited" in {row["reference"] for row in result.records("sales_orders")}
        assert not pipeline.missing()


def test_a_start_date_that_moves_forward_loads_nothing_again_and_loses_nothing() -> None:
    with omni() as server:
        pipeline = of_orders(server, COUNT)
        spread(pipeline)
        assert pipeline.run().exit_code == 0
        server.now += DAY
        result = pipeline.run(start_date=stamp(server.now - 10 * DAY))
        assert result.exit_code == 0, result.stderr
        assert len(result.records("sales_orders")) < 5
        assert not pipeline.missing()


def test_a_history_longer_than_a_run_comes_in_several() -> None:
    """Like a first load, which goes on where it stopped."""
    with omni() as server:
        pipeline = of_orders(server, 2_000)
        pipeline.run(start_date=stamp(server.now - 200 * 60))
        for _ in range(6):
            server.now += DAY
            result = pipeline.run(requests_per_day=4)
            if result.exit_code == 0:
                break
        assert result.exit_code == 0, result.stderr
        assert not pipeline.missing()


# One that is later for a while leaves out what lies before it, and is remembered for that.


@pytest.mark.parametrize("days", [0, 7], ids=["changes", "whole"])
@pytest.mark.parametrize("calls", [0, 1], ids=["to its end", "cut"])
@pytest.mark.parametrize("stream", LISTS)
def test_what_changed_before_a_later_start_date_comes_when_that_goes(
    stream: str, calls: int, days: int
) -> None:
    server, opened = LISTS[stream]()
    with server:
        pipeline = opened(server)
        spread(pipeline)
        assert pipeline.run(full_refresh_days=days).exit_code == 0
        table = next(iter(pipeline.watched)).table
        rows = table.visible()
        server.now += 5 * DAY
        table.edit(rows[7][table.by])
        server.now += 5 * DAY
        table.edit(rows[9][table.by])
        server.now += HOUR
        late = stamp(server.now - 2 * DAY)
        given = {"requests_per_day": calls} if calls else {}
        result = pipeline.run(start_date=late, full_refresh_days=days, **given)
        came = result.records(stream)
        server.now += DAY
        result = pipeline.run()
        assert result.exit_code == 0, result.stderr
        came += result.records(stream)
        name = pipeline.watched[0].column
        assert {rows[number][table.by] for number in (7, 9)} <= {row[name] for row in came}
        server.now += DAY
        assert len(pipeline.run().records(stream)) < 5


def settled(pipeline: Pipeline) -> Result:
    """Run once more, without a ``start_date``."""
    pipeline.server.now += DAY
    result = pipeline.run()
    assert result.exit_code == 0, result.stderr
    assert not pipeline.missing()
    return result


@pytest.mark.parametrize("calls", [4, 1], ids=["to its end", "cut"])
def test_a_first_load_that_a_later_start_date_ended_is_made_up_for(calls: int) -> None:
    with omni() as server:
        pipeline = of_orders(server, 2_000)
        pipeline.run(requests_per_day=4)
        server.now += DAY
        late = stamp(server.now - DAY - 600 - 300 * 60)
        pipeline.run(start_date=late, requests_per_day=calls)
        settled(pipeline)
        settled(pipeline)


def test_a_whole_pass_takes_in_what_a_later_start_date_left_out() -> None:
    with omni() as server:
        pipeline = of_orders(server, 1_500, settings={"full_refresh_days": 7})
        assert pipeline.run().exit_code == 0
        server.now += 8 * DAY
        pipeline.run(requests_per_day=3)
        table = next(iter(pipeline.watched)).table
        server.now += 2 * DAY
        for number in range(400):
            table.edit(number + 1, reference="left out")
            server.now += 2
        server.now += 5 * DAY
        pipeline.run(start_date=stamp(server.now - DAY), requests_per_day=2)
        settled(pipeline)
        held = [row["reference"] for row in pipeline.loader.rows("sales_orders")]
        assert held.count("left out") == 400


LINES = ("sales_orders", "sales_order_lines")


def of_lines(server: Omni, count: int) -> Pipeline:
    """Return a pipeline of sales orders and their lines, one each."""
    table = orders(server, count)
    for row in table.visible():
        table.put({**row, "lineItems": [{"id": row["id"] * 10, "code": "A", "qty": 1}]})
    watched = [Watched(LINES[0], table, "id"), Watched(LINES[1], table, "orderId", "id")]
    return Pipeline(server, watched)


def alone(stream: str, **how: list[str]) -> Row:
    """Return a catalog of one stream."""
    return only("omni", stream, RUNS, **how)


def test_a_part_that_is_first_loaded_from_a_start_date_gets_what_lies_before() -> None:
    with omni() as server:
        pipeline = of_lines(server, 600)
        both, pipeline.catalog = pipeline.catalog, alone("sales_orders")
        assert pipeline.run().exit_code == 0
        server.now += DAY
        pipeline.catalog = both
        pipeline.run(start_date=stamp(server.now - DAY - 600 - 100 * 60))
        settled(pipeline)


@pytest.mark.parametrize("between", ["the other one alone", "FULL_TABLE"])
def test_a_first_load_keeps_its_start_date_whatever_comes_between(between: str) -> None:
    with omni() as server:
        pipeline = of_lines(server, 2_000)
        late = stamp(server.now - 600 - 1_000 * 60)
        pipeline.run(requests_per_day=3, start_date=late)
        both, pipeline.catalog = pipeline.catalog, alone("sales_orders")
        if between == "FULL_TABLE":
            pipeline.catalog = only("omni", *LINES, RUNS, full=LINES)
        server.now += DAY
        pipeline.run(requests_per_day=2 if between == "FULL_TABLE" else 50)
        pipeline.catalog = both
        settled(pipeline)
