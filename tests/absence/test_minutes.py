"""C1, C2, C6 under ``max_run_minutes``, a minute of which takes two seconds here."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.absence.accounts import (
    core,
    of_brands,
    of_orders,
    of_sales,
    omni,
    out_of_order,
    products,
)
from tests.absence.pipeline import DAY, PATIENT, Pipeline, Watched, runs
from tests.losses.accounts import ORDERS, SALE, brands, guid
from tests.losses.harness import Result, config_for, environment, write
from tests.losses.standin import Reply, stamp
from tests.processes import finish
from tests.streams.test_time_budget import SHORT_MINUTES

if TYPE_CHECKING:
    from tests.losses.standin import Call, Standin

MINUTE = 2.0
TIMEOUT = 3


def slowly(server: Standin, seconds: float) -> None:
    """Let each call take its time."""

    def wait(_call: Call) -> None:
        threading.Event().wait(seconds)

    server.before("*", None, wait)


def for_a_minute(pipeline: Pipeline, **settings: Any) -> Result:  # noqa: ANN401
    """Run with a budget of a minute, which is a success whatever is left."""
    server = pipeline.server
    chosen = {"request_timeout": TIMEOUT, **PATIENT, **pipeline.settings, **settings}
    config = config_for(server, max_run_minutes=1, max_parallel_requests=1, **chosen)
    before, began = len(server.calls), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="absence-") as name:
        files = write(Path(name), config=config, catalog=pipeline.catalog, state=pipeline.state)
        done = finish(files, environment=environment(), launch=SHORT_MINUTES)
    # Starting and ending take some time of their own, on a machine that does other work too.
    assert time.monotonic() - began < MINUTE + TIMEOUT + 10
    result = Result(done.exit_code, done.stdout, done.stderr, server.calls[before:])
    pipeline.take(result)
    return result


def minutes_until_done(pipeline: Pipeline, within: int, **settings: Any) -> list[Result]:  # noqa: ANN401
    """Return the runs of a minute each that it takes until one has nothing left."""
    results = []
    for _ in range(within):
        results.append(for_a_minute(pipeline, **settings))
        assert results[-1].exit_code == 0, results[-1].stderr
        assert not results[-1].errors
        if "max_run_minutes" not in results[-1].stderr:
            break
        pipeline.server.now += DAY
    assert "max_run_minutes" not in results[-1].stderr, results[-1].stderr
    assert len(results) > 1
    return results


def test_a_list_of_core_longer_than_a_run_goes_on_and_others_begin() -> None:
    with core() as server:
        watched = [
            Watched("brands", brands(server, 4_000, most=200).table, "ID"),
            Watched("products", products(server, 40).table, "ID"),
        ]
        pipeline = Pipeline(server, watched)
        slowly(server, 0.15)
        first, *_ = minutes_until_done(pipeline, 6)
        told = runs(first)
        assert told.keys() == {"brands", "products"}
        assert told["brands"]["complete"] is False
        assert not pipeline.missing()


def test_a_whole_pass_goes_on_and_changes_come_first() -> None:
    with omni() as server:
        pipeline = of_orders(server, 3_000, settings={"full_refresh_days": 7})
        (watched,) = pipeline.watched
        assert pipeline.run().exit_code == 0
        server.now += 8 * DAY
        slowly(server, 0.25)
        watched.table.edit(100, reference="edited")
        server.now += 600
        first, *_ = minutes_until_done(pipeline, 6)
        assert "edited" in {row["reference"] for row in first.records("sales_orders")}
        assert not pipeline.missing()


def test_a_crowded_second_is_gone_through_in_several_runs() -> None:
    with omni() as server:
        pipeline = of_orders(server, 5_000, apart=0.0)
        slowly(server, 0.2)
        minutes_until_done(pipeline, 8)
        assert not pipeline.missing()


def test_a_document_that_takes_all_minutes_is_owed_and_holds_up_no_other() -> None:
    with core() as server:
        pipeline = of_sales(server, 20)
        reply = Reply(b"x", 503)
        server.before(SALE, None, lambda call: reply if call.query["ID"] == guid(19) else None)
        first = for_a_minute(pipeline, retry_wait_seconds=1)
        assert first.exit_code == 1
        assert runs(first)["sales"]["complete"] is False
        server.now += DAY
        second = for_a_minute(pipeline, retry_wait_seconds=0)
        assert second.exit_code == 1
        assert pipeline.missing("sales") == {guid(19)}


def test_an_owed_document_that_takes_all_minutes_leaves_others_some_of_them() -> None:
    with core() as server:
        pipeline = of_sales(server, 60)

        def hang(call: Call) -> None:
            if call.query["ID"] == guid(59):
                threading.Event().wait(2 * TIMEOUT)

        server.before(SALE, None, hang)
        for_a_minute(pipeline)
        server.now += DAY
        result = for_a_minute(pipeline)
        assert result.exit_code == 1
        asked = [call.query["ID"] for call in result.calls if call.path == SALE]
        assert guid(59) not in asked[:9]
        assert len(result.keys("sales", "ID")) > 1


def test_a_run_ends_within_its_minutes_and_one_timeout() -> None:
    with core() as server:
        pipeline = of_brands(server, 1_500)

        def hang(_call: Call) -> None:
            threading.Event().wait(60)

        server.before("/ref/brand", 2, hang)
        result = for_a_minute(pipeline)
        assert result.exit_code == 0, result.stderr
        assert runs(result)["brands"]["complete"] is False
        server.calm()
        pipeline.settle()


def test_a_list_out_of_order_that_takes_several_runs_is_a_failure_in_each() -> None:
    with omni() as server:
        pipeline = of_orders(server, 1_500, more=["users"])
        server.table("/v1/Users").put({"id": 1})
        out_of_order(server, ORDERS)
        slowly(server, 0.5)
        for _ in range(3):
            result = for_a_minute(pipeline)
            assert result.exit_code == 1, result.stderr
            assert any("sales_orders" in line for line in result.errors)
            pipeline.server.now += DAY
        assert not pipeline.missing()


def test_a_list_that_may_lack_rows_of_a_second_is_a_failure_in_each_run_that_is_cut() -> None:
    with omni() as server:
        pipeline = of_orders(server, 2_000)
        moment = stamp(server.now - 3_000 * 60)
        for number in range(3_001, 3_301):
            row = {"id": number, "createdDate": moment, "modifiedDate": moment}
            pipeline.watched[0].table.put(row)

        def stay(call: Call) -> None:
            call.query["page"] = "1"

        server.before(ORDERS, None, stay)
        slowly(server, 0.3)
        for _ in range(3):
            result = for_a_minute(pipeline)
            assert result.exit_code == 1, result.stderr
            assert any("sales_orders" in line for line in result.errors)
            server.now += DAY
