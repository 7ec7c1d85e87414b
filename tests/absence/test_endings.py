"""Exit codes, what ``tap_cin7_runs`` tells, the last STATE, snapshots, the quota's store."""

from __future__ import annotations

import signal
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from tests.absence.accounts import (
    BRANDS,
    CONTACTS,
    STOCK,
    answered,
    availability,
    core,
    from_call,
    of_brands,
    of_contacts,
    of_orders,
    of_sales,
    of_stock,
    omni,
    out_of_order,
    purchases,
    stock,
)
from tests.absence.pipeline import DAY, HOUR, PATIENT, RUNS, Pipeline, Watched, runs
from tests.losses.accounts import ORDERS, SALE_LIST, brands, guid, orders, sales
from tests.losses.harness import only, run
from tests.losses.standin import Omni

if TYPE_CHECKING:
    from pathlib import Path

    from tests.losses.harness import Result
    from tests.losses.standin import Call


def complete(result: Result) -> dict[str, bool]:
    """Return what ``tap_cin7_runs`` says of each stream."""
    return {name: row["complete"] for name, row in runs(result).items()}


# What tap_cin7_runs has.


def test_a_run_that_is_whole_says_so_of_each_stream() -> None:
    with core() as server:
        pipeline = of_sales(server, 4, more=["brands"])
        brands(server, 3)
        result = pipeline.run()
    assert result.exit_code == 0
    assert complete(result) == {"sales": True, "sale_order_lines": True, "brands": True}


@pytest.mark.parametrize("calls", [1, 3, 8])
def test_each_selected_stream_has_a_row_whether_it_was_begun_or_not(calls: int) -> None:
    with core() as server:
        sales(server, 10)
        brands(server, 3)
        purchases(server, 10)
        streams = ["sales", "sale_order_lines", "purchases", "brands"]
        pipeline = Pipeline(server, [], streams)
        result = pipeline.run(requests_per_day=calls)
        assert result.exit_code == 1, result.stderr
        told = complete(result)
        assert told.keys() == set(streams)
        for stream in ("sales", "sale_order_lines", "purchases"):
            assert told[stream] is False


def test_after_wrong_credentials_of_omni_the_last_line_is_state() -> None:
    with omni() as server:
        orders(server, 3)
        state = run(server, "sales_orders", **PATIENT).state
        server.before("*", None, answered("unauthorised", 401))
        result = run(server, ["sales_orders", "contacts"], state, **PATIENT)
        result.failed_with_one_line("api_key")
        assert result.messages[-1]["type"] == "STATE"
        assert state is not None
        assert result.bookmark("sales_orders") == state["bookmarks"]["sales_orders"]


def test_after_wrong_credentials_of_core_the_last_line_is_state() -> None:
    with core() as server:
        brands(server, 3)
        state = run(server, "brands", **PATIENT).state
        server.before("*", None, answered(b"Incorrect credentials!", 403))
        result = run(server, ["brands"], state, **PATIENT)
        assert result.exit_code == 1
        assert result.messages[-1]["type"] == "STATE"
        assert result.state == state


# Exit codes.


def test_a_stream_that_may_not_be_read_is_skipped_and_no_failure() -> None:
    with omni() as server:
        pipeline = of_orders(server, 3, more=["contacts"])
        server.before(CONTACTS, None, answered("forbidden", 403))
        result = pipeline.run()
        assert result.exit_code == 0, result.stderr
        assert any("skipped" in line and "contacts" in line for line in result.warnings)
        assert complete(result) == {"sales_orders": True, "contacts": False}


def test_a_refusal_after_rows_came_is_a_failure() -> None:
    with omni() as server:
        pipeline = of_contacts(server, 600, more=["users"])
        server.table("/v1/Users").put({"id": 1})
        from_call(server, CONTACTS, 2, answered("forbidden", 403))
        result = pipeline.run()
        assert result.records("contacts")
        assert result.exit_code == 1, result.stderr
        assert complete(result) == {"contacts": False, "users": True}
        pipeline.settle()


def test_a_list_that_is_not_available_after_rows_came_is_a_failure() -> None:
    with core() as server:
        pipeline = of_brands(server, 2_500, more=["product_availability"])
        availability(server, 3)
        from_call(server, BRANDS, 2, answered({"Message": "not allowed"}, 405))
        result = pipeline.run()
        assert result.exit_code == 1, result.stderr
        assert complete(result) == {"brands": False, "product_availability": True}
        pipeline.settle()


def test_the_end_of_the_days_calls_is_a_failure_that_says_what_is_left() -> None:
    with omni() as server:
        pipeline = of_orders(server, 2_000, more=["users"])
        server.table("/v1/Users").put({"id": 1})
        result = pipeline.run(requests_per_day=4)
        assert result.exit_code == 1
        assert complete(result)["sales_orders"] is False
        assert any("sales_orders" in line for line in result.errors)


def test_a_signal_while_rows_out_of_order_are_handed_over_ends_the_run_as_a_signal_does() -> None:
    with omni() as server:
        pipeline = of_orders(server, 1_500, more=["users"])
        server.table("/v1/Users").put({"id": 1})
        out_of_order(server, ORDERS)
        ended = run(server, pipeline.catalog, end=(ORDERS, 4, signal.SIGTERM), **PATIENT)
        assert ended.exit_code == 143, ended.stderr
        assert ended.messages[-1]["type"] == "STATE"
        assert complete(ended)["sales_orders"] is False
        pipeline.loader.take(ended.messages)
        pipeline.state = ended.state
        pipeline.settle()


def test_a_reading_that_is_no_witness_is_a_failure_that_names_its_stream() -> None:
    with core() as server:
        pipeline = of_brands(server, 40)
        (watched,) = pipeline.watched
        for _ in range(2):
            pipeline.run()
            server.now += DAY
        watched.table.drop(*(guid(number) for number in range(5, 40)))
        result = pipeline.run()
        assert result.exit_code == 1
        assert complete(result) == {"brands": False}
        assert any("brands" in line for line in result.errors)
        assert runs(result)["brands"]["note"]


def test_an_account_that_gives_nothing_is_a_failure() -> None:
    with omni() as server:
        server.before("*", None, answered("forbidden", 403))
        result = run(server, ["sales_orders", "contacts"], **PATIENT)
        assert result.exit_code == 1
        assert result.messages[-1]["type"] == "STATE"


def test_one_bad_stream_does_not_spoil_what_others_say_of_themselves() -> None:
    with core() as server:
        pipeline = of_sales(server, 5, more=["brands"])
        brands(server, 3)
        server.before(SALE_LIST, None, answered({"Total": 0, "Page": 1}))
        result = pipeline.run()
        assert result.exit_code == 1, result.stderr
        assert complete(result) == {"sales": False, "sale_order_lines": False, "brands": True}
        pipeline.settle()


# Snapshots. The clocks agree here; what differs is when the last snapshot was.

SNAPSHOTS = "stock_snapshots"


def _moments(hours: int) -> list[tuple[datetime, bool]]:
    """Return moments of a last snapshot, and whether the next one is due by now."""
    now = datetime.now(timezone.utc)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    second = timedelta(seconds=1)
    if hours <= 24:
        begun = midnight + timedelta(hours=(now - midnight) // timedelta(hours=hours) * hours)
        return [(begun - second, True), (begun, False), (begun + second, False)]
    found = []
    for days in range(1, hours // 24 + 3):
        day = midnight - timedelta(days=days)
        is_due = day + timedelta(hours=hours) <= now
        found += [(day + of_day, is_due) for of_day in (second, timedelta(hours=23, minutes=59))]
    return found


@pytest.mark.parametrize("hours", [5, 7, 24, 30, 48, 60])
def test_intervals_count_from_midnight(hours: int) -> None:
    """Up to 24 hours from each midnight, longer ones from that of the last snapshot's day."""
    with Omni() as server:
        pipeline = Pipeline(server, [Watched("stock", stock(server, 5), "code")], [SNAPSHOTS])
        pipeline.settings = {"snapshot_interval_hours": hours}
        first = pipeline.run()
        assert len(first.records(SNAPSHOTS)) == 5
        state = first.state
        assert state is not None
        for last, is_due in _moments(hours):
            state["bookmarks"][SNAPSHOTS]["snapshot_at"] = last.strftime(
                "%Y-%m-%dT%H:%M:%S.000000Z"
            )
            pipeline.state = state
            result = pipeline.run()
            assert result.exit_code == 0, result.stderr
            assert len(result.records(SNAPSHOTS)) == (5 if is_due else 0), (last, hours)


def test_a_snapshot_that_failed_is_taken_by_the_next_run() -> None:
    with omni() as server:
        pipeline = of_stock(server, 600, more=[SNAPSHOTS])
        from_call(server, STOCK, 2, answered("unavailable", 400))
        result = pipeline.run()
        assert result.exit_code == 1
        assert not result.records(SNAPSHOTS)
        assert complete(result) == {"stock": False, SNAPSHOTS: False}
        server.calm()
        server.now += HOUR
        assert len(pipeline.run().records(SNAPSHOTS)) == 600


def test_stock_that_takes_several_runs_leaves_no_torn_snapshot() -> None:
    with omni() as server:
        pipeline = of_stock(server, 2_000, more=[SNAPSHOTS])
        taken: dict[str, int] = {}
        for _ in range(8):
            result = pipeline.run(requests_per_day=4)
            for row in result.records(SNAPSHOTS):
                taken[row["snapshot_at"]] = taken.get(row["snapshot_at"], 0) + 1
            server.now += HOUR
            if complete(result)["stock"]:
                break
        assert complete(result)["stock"], result.stderr
        assert set(taken.values()) <= {2_000}


# The quota's store.


def test_a_quota_store_that_is_removed_in_mid_run_is_noticed(tmp_path: Path) -> None:
    """Otherwise the calls made so far are counted by nobody, and another run has them again."""
    store = tmp_path / "quota.db"
    with omni() as server:
        orders(server, 2_500)

        def remove(_call: Call) -> None:
            for path in tmp_path.iterdir():
                path.unlink()

        server.before(ORDERS, 3, remove)
        catalog = only("omni", "sales_orders", RUNS)
        result = run(server, catalog, quota_store=f"sqlite:{store}", **PATIENT)
    assert result.messages[-1]["type"] == "STATE"
    told = [line for line in result.warnings + result.errors if "quota" in line.lower()]
    assert told, result.stderr
    assert "Traceback" not in result.stderr
