"""The lag of versions: a row goes when two whole readings in a row did not bring it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.absence.accounts import (
    CONTACTS,
    answered,
    core,
    of_adjustments,
    of_availability,
    of_brands,
    of_categories,
    of_contacts,
    of_headers,
    of_sales,
    of_stock,
    omni,
)
from tests.absence.pipeline import (
    DAY,
    HOUR,
    PATIENT,
    RUNS,
    Pipeline,
    activated,
    version,
    versions,
)
from tests.losses.accounts import guid, orders
from tests.losses.harness import Result, only, run
from tests.losses.standin import stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.losses.standin import Core, Omni, Row

WEEKLY = {"full_refresh_days": 7}
Opened = tuple["Core | Omni", "Callable[..., Pipeline]", "dict[str, Any]"]
READ_WHOLE: dict[str, Callable[[], Opened]] = {
    "brands": lambda: (core(), of_brands, {}),
    "product_availability": lambda: (core(), of_availability, {}),
    "product_categories": lambda: (omni(), of_categories, {}),
    "stock": lambda: (omni(), of_stock, {}),
    "contacts": lambda: (omni(), of_contacts, {"full": ["contacts"]}),
    "sale_list": lambda: (core(), of_headers, {"full": ["sale_list"]}),
    "sales": lambda: (core(), of_sales, {"settings": WEEKLY}),
    "stock_adjustments": lambda: (core(), of_adjustments, {"settings": WEEKLY}),
}
"""Streams, each read whole by every run that begins eight days after the one before."""


def whole_readings(pipeline: Pipeline, count: int) -> list[Result]:
    """Return so many successful runs, each of them a whole reading."""
    results = []
    for _ in range(count):
        results.append(pipeline.run())
        assert results[-1].exit_code == 0, results[-1].stderr
        pipeline.server.now += 8 * DAY
    return results


@pytest.mark.parametrize("stream", READ_WHOLE)
def test_a_whole_reading_activates_the_version_of_the_one_before(stream: str) -> None:
    server, opened, how = READ_WHOLE[stream]()
    with server:
        results = whole_readings(opened(server, 5, **how), 4)
    numbers = [version(result, stream) for result in results]
    assert numbers == sorted(set(numbers))
    # Milliseconds of the epoch.
    assert OLD_VERSION < numbers[0] < 2_000_000_000_000
    assert [activated(result, stream) for result in results] == [
        [],
        [numbers[0]],
        [numbers[1]],
        [numbers[2]],
    ]


@pytest.mark.parametrize("stream", READ_WHOLE)
def test_a_row_that_is_gone_goes_after_two_whole_readings(stream: str) -> None:
    server, opened, how = READ_WHOLE[stream]()
    with server:
        pipeline = opened(server, 6, **how)
        whole_readings(pipeline, 2)
        table = next(iter(pipeline.watched)).table
        key = table.visible()[2][table.by]
        table.drop(key)
        whole_readings(pipeline, 1)
        assert pipeline.extra() == {key}
        whole_readings(pipeline, 1)
        assert not pipeline.extra()
        assert not pipeline.missing()


def test_lines_go_with_their_sale() -> None:
    with core() as server:
        pipeline = of_sales(server, 6, settings=WEEKLY)
        whole_readings(pipeline, 1)
        next(iter(pipeline.watched)).table.drop(guid(2))
        whole_readings(pipeline, 2)
        assert guid(2) not in pipeline.loader.keys("sales", "ID")
        assert guid(2) not in pipeline.loader.keys("sale_order_lines", "SaleID")


def test_a_row_that_misses_in_one_reading_only_never_goes() -> None:
    with omni() as server:
        pipeline = of_contacts(server, 20, full=["contacts"])
        table = next(iter(pipeline.watched)).table
        whole_readings(pipeline, 2)
        for number in range(3, 6):
            row = next(row for row in table.visible() if row["id"] == number)
            table.drop(number)
            whole_readings(pipeline, 1)
            table.put(row)
            whole_readings(pipeline, 1)
        assert not pipeline.loader.removed


def test_records_between_whole_readings_carry_the_newest_version() -> None:
    with omni() as server:
        pipeline = of_contacts(server, 30, settings=WEEKLY)
        first, second = whole_readings(pipeline, 2)
        table = next(iter(pipeline.watched)).table
        table.edit(4, company="edited")
        between = pipeline.run(full_refresh_days=0)
        assert 4 in between.keys("contacts")
        assert len(between.records("contacts")) < 30
        assert version(between, "contacts") == version(second, "contacts")
        assert version(between, "contacts") > version(first, "contacts")
        assert not activated(between, "contacts")


def test_state_keeps_the_version_from_run_to_run_where_nothing_is_read_whole() -> None:
    with omni() as server:
        pipeline = of_contacts(server, 30)
        first = pipeline.run()
        table = next(iter(pipeline.watched)).table
        for number in range(1, 4):
            server.now += DAY
            table.edit(number, company="edited")
            result = pipeline.run()
            assert version(result, "contacts") == version(first, "contacts")
            assert not activated(result, "contacts")


def test_state_tells_when_a_stream_was_read_whole() -> None:
    with omni() as server:
        pipeline = of_contacts(server, 30, settings=WEEKLY)
        first = pipeline.run().bookmark("contacts")["whole_read_at"]
        server.now += HOUR
        between = pipeline.run(full_refresh_days=0).bookmark("contacts")["whole_read_at"]
        server.now += 8 * DAY
        second = pipeline.run().bookmark("contacts")["whole_read_at"]
        server.now += 8 * DAY
        server.before(CONTACTS, None, answered([]))
        doubtful = pipeline.run().bookmark("contacts")["whole_read_at"]
    assert first == between
    assert first < second
    assert second == doubtful


def test_a_run_without_state_reports_nothing() -> None:
    """``meltano run --full-refresh`` into tables that are full already."""
    with core() as server:
        pipeline = of_brands(server, 20)
        whole_readings(pipeline, 2)
        next(iter(pipeline.watched)).table.drop(guid(3))
        pipeline.state = None
        (again,) = whole_readings(pipeline, 1)
        assert not activated(again, "brands")
        assert pipeline.extra() == {guid(3)}
        whole_readings(pipeline, 1)
        assert not pipeline.extra()


def _fifty_documents(server: Omni) -> None:
    orders(server, 20)
    table = orders(server, 30, path="/v1/PurchaseOrders")
    for row in table.visible():
        table.drop(row["id"])
        table.put({**row, "id": row["id"] + 1_000})


@pytest.mark.parametrize("method", ["FULL_TABLE", "INCREMENTAL"])
def test_a_version_never_goes_to_where_two_streams_leave_into_one_table(method: str) -> None:
    """A6: each would remove the rows of the other."""
    with omni() as server:
        _fifty_documents(server)
        streams = ["sales_orders", "purchase_orders"]
        maps = {name: {"__alias__": "documents"} for name in streams}
        settings = {"stream_maps": maps, "full_refresh_days": 1}
        full = streams if method == "FULL_TABLE" else []
        pipeline = Pipeline(server, [], streams, full=full, settings=settings)
        for _ in range(4):
            result = pipeline.run()
            assert result.exit_code == 0, result.stderr
            assert not activated(result, "documents")
            assert versions(result, "documents") == {None}
            assert len(pipeline.loader.rows("documents")) == 50
            server.now += 2 * DAY


def test_a_version_does_not_go_to_the_table_of_a_stream_that_another_is_aliased_to() -> None:
    with omni() as server:
        _fifty_documents(server)
        maps = {"purchase_orders": {"__alias__": "sales_orders"}}
        streams = ["sales_orders", "purchase_orders"]
        pipeline = Pipeline(server, [], streams, full=streams, settings={"stream_maps": maps})
        for _ in range(3):
            result = pipeline.run()
            assert result.exit_code == 0, result.stderr
            assert not activated(result, "sales_orders")
            assert len(pipeline.loader.rows("sales_orders")) == 50
            server.now += DAY


@pytest.mark.parametrize(
    "maps",
    [
        {"sales_orders": {"__alias__": "docs"}, "purchase_orders": {"__alias__": "docs"}},
        {"sales_orders": {"__alias__": "docs"}, "docs": {"__source__": "purchase_orders"}},
        {"sales_orders": {"__alias__": "docs"}, "purchase_*": {"__alias__": "docs", "x": "nope("}},
        {"sales_orders": {"__alias__": "purchase_orders"}},
    ],
    ids=["alias", "source", "pattern", "name"],
)
@pytest.mark.parametrize("is_in_catalog", [True, False])
def test_a_version_never_goes_to_a_table_of_a_stream_that_this_run_leaves_out(
    maps: Row, *, is_in_catalog: bool
) -> None:
    with omni() as server:
        _fifty_documents(server)
        streams = ["sales_orders", "purchase_orders"]
        table = maps["sales_orders"]["__alias__"]
        good = {key: {k: v for k, v in one.items() if k != "x"} for key, one in maps.items()}
        pipeline = Pipeline(server, [], streams, full=streams, settings={"stream_maps": good})
        everything = pipeline.catalog
        for number in range(4):
            result = pipeline.run()
            assert result.exit_code == 0, result.stderr
            assert versions(result, table) == {None}
            assert not activated(result, table)
            assert len({row["id"] for row in pipeline.loader.rows(table)}) == 50
            if number == 0:  # from now on, only one of them is read
                pipeline.settings = {"stream_maps": maps}
                pipeline.catalog = only("omni", "sales_orders", RUNS, full=["sales_orders"])
                if is_in_catalog:
                    pipeline.catalog = {"streams": [*map(_deselected, everything["streams"])]}
            server.now += DAY


def _deselected(entry: Row) -> Row:
    if entry["tap_stream_id"] != "purchase_orders":
        return entry
    return {**entry, "metadata": [{"breadcrumb": [], "metadata": {"selected": False}}]}


def test_tables_whose_names_loaders_take_for_one_get_no_version() -> None:
    """The SDK's loaders write lower case, and ``_`` for a point, a space and a hyphen."""
    with omni() as server:
        _fifty_documents(server)
        streams = {"sales_orders": "Shop.Documents", "purchase_orders": "shop_documents"}
        maps = {name: {"__alias__": f"'{table}'"} for name, table in streams.items()}
        pipeline = Pipeline(server, [], streams, full=streams, settings={"stream_maps": maps})
        for _ in range(2):
            result = pipeline.run()
            for table in streams.values():
                assert versions(result, table) == {None}
                assert not activated(result, table)


def test_a_stream_that_a_map_removes_shares_no_table() -> None:
    with omni() as server:
        _fifty_documents(server)
        maps = {"sales_orders": {"__alias__": "purchase_orders"}, "purchase_orders": None}
        streams = ["sales_orders"]
        pipeline = Pipeline(server, [], streams, full=streams, settings={"stream_maps": maps})
        pipeline.run()
        assert activated(pipeline.run(), "purchase_orders")


def test_a_stream_that_is_aliased_alone_is_told_of_what_is_gone() -> None:
    with core() as server:
        pipeline = of_brands(server, 20, settings={"stream_maps": {"brands": {"__alias__": "b"}}})
        (watched,) = pipeline.watched
        pipeline.watched = []
        whole_readings(pipeline, 2)
        watched.table.drop(guid(3))
        whole_readings(pipeline, 2)
        assert pipeline.loader.keys("b", "ID") == watched.at_cin7()


def test_records_of_only_ids_carry_the_time_of_their_run() -> None:
    with core() as server:
        pipeline = of_sales(server, 6, settings=WEEKLY)
        (before,) = whole_readings(pipeline, 1)
        wanted = {"sales": [guid(4)]}
        aside = run(server, pipeline.catalog, pipeline.state, only_ids=wanted, **PATIENT)
        assert aside.exit_code == 0, aside.stderr
        assert aside.keys("sales", "ID") == {guid(4)}
        assert not aside.kinds("ACTIVATE_VERSION")
        for stream in ("sales", "sale_order_lines"):
            assert version(aside, stream) > version(before, stream)
        pipeline.loader.take(aside.messages)
        (after,) = whole_readings(pipeline, 1)
        assert version(after, "sales") > version(aside, "sales")
        whole_readings(pipeline, 2)
        assert not pipeline.loader.removed


OLD_VERSION = 1_700_000_000_000


def old_state(server: Omni, *, has_version: bool) -> Row:
    """Return state as 060f92c wrote it; as 0.1 did, without what tells of whole readings."""
    moment = stamp(server.now - DAY)
    written: Row = {"replication_key": "modifiedDate", "replication_key_value": moment}
    if has_version:
        written |= {"whole_rows": 30, "version": OLD_VERSION}
    return {"bookmarks": {"contacts": written}}


@pytest.mark.parametrize("has_version", [True, False], ids=["060f92c", "0.1"])
def test_after_state_of_an_earlier_tap_one_reading_removes_nothing(
    has_version: bool,  # noqa: FBT001
) -> None:
    with omni() as server:
        pipeline = of_contacts(server, 30, full=["contacts"])
        (watched,) = pipeline.watched
        rows = watched.table.visible()
        columns = {"stream": "contacts", "key_properties": ["id"]}
        more = {"version": OLD_VERSION} if has_version else {}
        records = [{"type": "RECORD", "stream": "contacts", "record": row, **more} for row in rows]
        pipeline.loader.take([{"type": "SCHEMA", **columns}, *records])
        pipeline.state = old_state(server, has_version=has_version)
        watched.table.drop(3)
        (first,) = whole_readings(pipeline, 1)
        assert 3 in pipeline.loader.keys("contacts", "id")
        whole_readings(pipeline, 1)
        assert not pipeline.extra()
        assert version(first, "contacts") > OLD_VERSION


def test_state_of_an_earlier_tap_moves_on_by_increments() -> None:
    with omni() as server:
        pipeline = of_contacts(server, 30)
        pipeline.state = old_state(server, has_version=True)
        server.now += HOUR
        next(iter(pipeline.watched)).table.edit(4, company="edited")
        result = pipeline.run()
        assert result.exit_code == 0, result.stderr
        assert 4 in result.keys("contacts")
        assert version(result, "contacts") == OLD_VERSION
        assert not activated(result, "contacts")
