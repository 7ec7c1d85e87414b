"""A2: pages of Omni that are short or empty though rows follow."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.absence.accounts import (
    CONTACTS,
    STOCK,
    answered,
    from_call,
    of_categories,
    of_contacts,
    of_orders,
    of_stock,
    omni,
)
from tests.absence.pipeline import DAY, HOUR, activated, runs
from tests.losses.accounts import ORDERS
from tests.losses.standin import keys, stamp

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from tests.absence.pipeline import Pipeline
    from tests.losses.standin import Call, Mangle, Omni, Reply

DAILY = {"full_refresh_days": 1}
CATEGORIES = "/v1/ProductCategories"
Opened = tuple["Callable[..., Pipeline]", int, str, "dict[str, Any]"]
LISTS: dict[str, Opened] = {
    "sales_orders": (of_orders, 2_600, ORDERS, {"settings": DAILY}),
    "stock": (of_stock, 2_000, STOCK, {}),
    "product_categories": (of_categories, 1_100, CATEGORIES, {}),
    "contacts": (of_contacts, 1_100, CONTACTS, {"full": ["contacts"]}),
}
SHORT: dict[str, Callable[[list[Any]], list[Any]]] = {
    "the end missing": lambda rows: rows[: len(rows) * 4 // 5],
    "rows in it missing": lambda rows: rows[: len(rows) // 5] + rows[len(rows) * 2 // 5 :],
    "empty": lambda _rows: [],
}


def opened(server: Omni, stream: str) -> tuple[Pipeline, str]:
    """Return a pipeline of a stream, and its path."""
    make, count, path, how = LISTS[stream]
    return make(server, count, **how), path


def short(how: str) -> Mangle:
    """Return what makes a page short."""

    def mangle(_call: Call, reply: Reply) -> Reply:
        rows = json.loads(reply.body)
        reply.body = json.dumps(SHORT[how](rows)).encode()
        return reply

    return mangle


@pytest.mark.parametrize("page", [2, 4])
@pytest.mark.parametrize("how", SHORT)
@pytest.mark.parametrize("stream", LISTS)
def test_one_short_page_of_a_first_load_hides_no_row(stream: str, how: str, page: int) -> None:
    with omni() as server:
        pipeline, path = opened(server, stream)
        server.after(path, page, short(how))
        pipeline.is_complete_or_says_so(pipeline.run())
        pipeline.settle(calls=2 * 15)


CUT: dict[str, Callable[[Omni], Pipeline]] = {
    "sales_orders": lambda server: of_orders(server, 900),
    "a crowded second": lambda server: of_orders(server, 900, apart=0.0),
    "product_categories": lambda server: of_categories(server, 900),
    "stock": lambda server: of_stock(server, 900),
}


@pytest.mark.parametrize("how", SHORT)
@pytest.mark.parametrize("calls", [1, 2, 3])
@pytest.mark.parametrize("stream", CUT)
def test_one_short_page_where_a_first_load_goes_on_hides_no_row(
    stream: str, calls: int, how: str
) -> None:
    with omni() as server:
        pipeline = CUT[stream](server)
        pipeline.run(requests_per_day=calls)
        server.now += DAY
        server.after("*", 1, short(how))
        pipeline.is_complete_or_says_so(pipeline.run())
        pipeline.settle(calls=2 * 8)


@pytest.mark.parametrize("how", SHORT)
def test_one_short_page_of_changes_that_an_earlier_run_began_hides_no_row(how: str) -> None:
    with omni() as server:
        pipeline = of_orders(server, 100)
        (watched,) = pipeline.watched
        assert pipeline.run().exit_code == 0
        server.now += 2 * DAY
        for number in range(1_000, 1_700):
            moment = stamp(server.now - DAY + number)
            watched.table.put({"id": number, "createdDate": moment, "modifiedDate": moment})
        pipeline.run(requests_per_day=2)
        server.after(ORDERS, 1, short(how))
        pipeline.is_complete_or_says_so(pipeline.run())
        pipeline.settle(calls=2 * 8)


@pytest.mark.parametrize("page", [2, 3])
def test_one_short_page_of_a_crowded_second_hides_no_row(page: int) -> None:
    with omni() as server:
        pipeline = of_orders(server, 900, apart=0.0)
        server.after(ORDERS, page, short("rows in it missing"))
        pipeline.is_complete_or_says_so(pipeline.run())


@pytest.mark.parametrize("stream", CUT)
def test_a_first_load_gets_to_its_end_by_one_call_a_run(stream: str) -> None:
    with omni() as server:
        pipeline = CUT[stream](server)
        # One of them asks for what comes before a crowded second.
        for _ in range(9):
            server.now += DAY
            if pipeline.run(requests_per_day=1).exit_code == 0:
                break
        else:
            pytest.fail("no run was a success")
        assert not pipeline.missing()


@pytest.mark.parametrize("how", SHORT)
@pytest.mark.parametrize("stream", LISTS)
def test_one_short_page_of_a_later_whole_reading_hides_no_row(stream: str, how: str) -> None:
    with omni() as server:
        pipeline, path = opened(server, stream)
        assert pipeline.run().exit_code == 0
        server.now += 2 * DAY
        assert pipeline.run().exit_code == 0
        server.now += 2 * DAY
        server.after(path, 3, short(how))
        result = pipeline.run()
        read = {row.get("id", row.get("code")) for row in result.records(stream)}
        if result.exit_code == 0:
            (watched,) = pipeline.watched
            assert read == watched.at_cin7()
        else:
            assert not activated(result, stream)
            assert runs(result)[stream]["complete"] is False
        pipeline.settle(calls=2 * 15)


@pytest.mark.parametrize("page", [2, 5])
@pytest.mark.parametrize("stream", LISTS)
def test_a_list_that_is_empty_from_some_call_on_removes_nothing(stream: str, page: int) -> None:
    with omni() as server:
        pipeline, path = opened(server, stream)
        for _ in range(2):
            assert pipeline.run().exit_code == 0
            server.now += 2 * DAY
        from_call(server, path, page, answered([]))
        pipeline.run()
        assert not pipeline.missing()
        pipeline.settle(calls=2 * 15)


@pytest.mark.parametrize("stream", LISTS)
def test_a_first_load_that_is_empty_from_some_call_on_gets_the_rest_later(stream: str) -> None:
    with omni() as server:
        pipeline, path = opened(server, stream)
        from_call(server, path, 3, answered([]))
        pipeline.run()
        pipeline.settle(calls=2 * 15)


@pytest.mark.parametrize("nights", [1, 3])
def test_a_reading_that_ends_before_its_own_bookmark_is_no_witness(nights: int) -> None:
    """However often: it never comes to where it has been already."""
    with omni() as server:
        pipeline = of_orders(server, 600, settings=DAILY)
        first = pipeline.run()
        bookmark = first.bookmark("sales_orders")["replication_key_value"]
        server.now += 2 * DAY
        assert pipeline.run().exit_code == 0

        def hides(_call: Call, reply: Reply) -> Reply:
            rows = [row for row in json.loads(reply.body) if row["id"] <= 400]
            reply.body = json.dumps(rows).encode()
            return reply

        server.after(ORDERS, None, hides)
        for _ in range(nights):
            server.now += 2 * DAY
            result = pipeline.run()
            assert result.exit_code == 1, result.stderr
            assert runs(result)["sales_orders"]["complete"] is False
            assert not activated(result, "sales_orders")
            assert result.bookmark("sales_orders")["replication_key_value"] == bookmark
        pipeline.settle(calls=2 * 8)


def test_the_next_run_reads_anew_after_a_reading_that_was_no_witness() -> None:
    with omni() as server:
        pipeline = of_orders(server, 600, settings={"full_refresh_days": 7})
        for _ in range(2):
            assert pipeline.run().exit_code == 0
            server.now += 8 * DAY
        from_call(server, ORDERS, 2, answered([]))
        assert pipeline.run().exit_code == 1
        server.calm()
        server.now += HOUR
        result = pipeline.run()
        assert result.exit_code == 0, result.stderr
        assert len(result.keys("sales_orders")) == 600
        assert activated(result, "sales_orders")


def test_the_newest_row_may_go_for_good() -> None:
    """Then no reading comes to the stamp that it had; nobody edits state by hand."""
    with omni() as server:
        pipeline = of_contacts(server, 600, settings=DAILY)
        for _ in range(2):
            assert pipeline.run().exit_code == 0
            server.now += 2 * DAY
        (watched,) = pipeline.watched
        watched.table.drop(600)
        for _ in range(5):
            result = pipeline.run()
            server.now += 2 * DAY
        assert result.exit_code == 0, result.stderr
        assert not pipeline.extra()
        assert not pipeline.missing()


@pytest.mark.parametrize("how", SHORT)
def test_a_snapshot_is_there_as_a_whole_or_not_at_all(how: str) -> None:
    with omni() as server:
        pipeline = of_stock(server, 2_000, more=["stock_snapshots"])
        (watched,) = pipeline.watched
        server.after(STOCK, 4, short(how))
        result = pipeline.run()
        snapshot = result.records("stock_snapshots")
        assert len(snapshot) in (0, 2_000)
        assert len(snapshot) == 2_000 or result.exit_code == 1
        server.calm()
        server.now += HOUR
        result = pipeline.run()
        assert result.exit_code == 0, result.stderr
        # Taken now unless it was taken before: a day is not over.
        assert len(snapshot) + len(result.records("stock_snapshots")) == 2_000
        assert keys(result.records("stock"), "code") == watched.at_cin7()


@pytest.mark.parametrize(
    ("stream", "most"), [("sales_orders", 11), ("stock", 9), ("product_categories", 5)]
)
def test_a_first_load_of_several_pages_costs_at_most_one_call_more(stream: str, most: int) -> None:
    with omni(random_ties=False) as server:
        pipeline, _ = opened(server, stream)
        result = pipeline.run()
        assert result.exit_code == 0, result.stderr
        assert len(result.calls) <= most + 1


@pytest.mark.parametrize(
    ("stream", "calls"), [("sales_orders", 1), ("stock", 8), ("product_categories", 5)]
)
def test_a_quiet_night_costs_no_call_more(stream: str, calls: int) -> None:
    """A list that has as many rows as before needs no proof by another call."""
    with omni() as server:
        pipeline, _ = opened(server, stream)
        for _ in range(2):
            assert pipeline.run(full_refresh_days=0).exit_code == 0
            server.now += DAY
        result = pipeline.run(full_refresh_days=0)
        assert result.exit_code == 0, result.stderr
        # Where the last page is full, an empty one follows.
        assert len(result.calls) <= calls + (stream == "stock")
