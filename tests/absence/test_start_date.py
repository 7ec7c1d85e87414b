"""B6: a ``start_date`` that moves back, or goes away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.absence.accounts import core, of_headers, of_orders, of_sales, omni
from tests.absence.pipeline import DAY
from tests.losses.standin import stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.absence.pipeline import Pipeline
    from tests.losses.standin import Core, Omni

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
