"""Doubtful lists of Omni, as reviews found them: rows lost for good, runs that go in circles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.absence.accounts import STOCK, of_orders, of_stock, omni
from tests.absence.pipeline import DAY, HOUR, Pipeline, Watched, activated
from tests.absence.test_doubts_in_several_runs import (
    PAYMENTS,
    arranged,
    crowd,
    pages_not_turned,
)
from tests.losses.accounts import ORDERS, orders
from tests.losses.standin import stamp

if TYPE_CHECKING:
    from tests.losses.harness import Result
    from tests.losses.standin import Call, Row


def daily(pipeline: Pipeline, calls: int | None = None) -> Result:
    """Run with so many calls, and let a day pass."""
    result = pipeline.run(**{"requests_per_day": calls} if calls else {})
    pipeline.server.now += DAY
    return result


def stream_state(pipeline: Pipeline, stream: str) -> dict[str, Any]:
    """Return the state of a stream."""
    assert pipeline.state is not None
    state: dict[str, Any] = pipeline.state["bookmarks"][stream]
    return state


@pytest.mark.parametrize("calls", [1, 2, 3])
@pytest.mark.parametrize("is_known", [False, True], ids=["first", "later"])
def test_rows_that_moved_to_the_end_of_a_list_prove_nothing(calls: int, *, is_known: bool) -> None:
    """Sixty old rows change in the order of their ids, and what was to come slides up."""
    with omni() as server:
        pipeline = of_stock(server, 760)
        if is_known:
            assert daily(pipeline).exit_code == 0
        places = {row["code"]: at for at, row in enumerate(pipeline.watched[0].table.visible())}

        def by_change(rows: list[Row]) -> None:
            rows.sort(key=lambda row: places[row["code"]])

        arranged(server, STOCK, by_change)
        for _ in range(-(-3 // calls)):
            daily(pipeline, calls)
        for number in range(100, 160):
            places[f"C{number}"] += 10_000
        for _ in range(6):
            result = daily(pipeline, calls)
            assert not activated(result, "stock")
            if pipeline.missing():
                assert result.exit_code == 1
        pipeline.settle()


def test_a_list_in_order_is_not_doubted_for_what_was_deleted_before_its_place() -> None:
    with omni() as server:
        pipeline = of_stock(server, 2_500)
        table = pipeline.watched[0].table
        for _ in range(7):
            daily(pipeline, 1)
        table.drop(*(f"C{number}" for number in range(1_300)))
        for _ in range(14):
            result = daily(pipeline, 1)
            assert "order" not in result.stderr
            if result.exit_code == 0:
                break
        assert result.exit_code == 0, result.stderr
        assert not pipeline.missing()


@pytest.mark.parametrize("calls", [3, 6, None])
def test_history_comes_while_a_second_of_the_changes_is_doubtful(calls: int | None) -> None:
    with omni() as server:
        pipeline = of_orders(server, 900, apart=HOUR)
        rows = {row["id"]: row for row in pipeline.watched[0].table.visible()}
        pipeline.settings = {"start_date": rows[500]["modifiedDate"]}
        assert daily(pipeline).exit_code == 0
        for number in range(501, 901):
            pipeline.watched[0].table.edit(number, reference="bulk")
        server.now += HOUR
        pages_not_turned(server, [])
        pipeline.settings = {"start_date": rows[1]["modifiedDate"]}
        for _ in range(5):
            assert daily(pipeline, calls).exit_code == 1
        assert not pipeline.missing()
        pipeline.settle()


@pytest.mark.parametrize("calls", [2, 3, None])
@pytest.mark.parametrize("created", [None, "0001-01-01T00:00:00Z"], ids=["null", "no date"])
def test_payments_without_any_date_come_after_a_doubt(
    created: str | None, calls: int | None
) -> None:
    with omni() as server:
        table = orders(server, 900, path=PAYMENTS, text="transactionRef")
        for row in table.visible()[:400]:
            table.put({**row, "createdDate": created, "modifiedDate": None})
        pipeline = Pipeline(server, [Watched("payments", table, "id")])

        def stay(call: Call) -> None:
            call.query["page"] = "1"

        server.before(PAYMENTS, None, stay)
        for _ in range(3):
            assert daily(pipeline, calls).exit_code == 1
        server.calm()
        for _ in range(8):
            result = daily(pipeline, calls)
            assert result.exit_code or not pipeline.missing()
        assert not pipeline.missing()
        pipeline.settle()


@pytest.mark.parametrize("calls", [1, 2, 3])
def test_rows_before_a_crowded_second_come_where_the_order_is_ignored(calls: int) -> None:
    """The first page of all is of one second, and a run ends right there."""
    with omni() as server:
        pipeline = of_orders(server, 1_000)
        table = pipeline.watched[0].table
        rows = {row["id"]: row for row in table.visible()}
        late = stamp(server.now - 5 * HOUR)
        for number in range(1, 401):
            table.put({**rows[number], "modifiedDate": late})

        def by_id(call: Call) -> None:
            if call.query["order"].startswith("modifiedDate"):
                call.query["order"] = "id ASC"

        server.before(ORDERS, None, by_id)
        for _ in range(20):
            result = daily(pipeline, calls)
            if result.exit_code == 0:
                assert not pipeline.missing()
        assert not pipeline.missing()
        pipeline.settle()


def test_doubtful_rounds_of_a_first_load_do_not_count_its_rows_again() -> None:
    with omni() as server:
        pipeline = of_orders(server, 900)
        moment = crowd(pipeline, 301, range(2, 900, 3))
        pages_not_turned(server, [moment])
        pipeline.settings = {"full_refresh_days": 7}
        for _ in range(4):
            assert daily(pipeline).exit_code == 1
        pipeline.settle()
        assert stream_state(pipeline, "sales_orders")["whole_rows"] == 900
        server.now += 8 * DAY
        assert pipeline.run().exit_code == 0
