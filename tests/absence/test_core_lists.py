"""A3, A7, C4, C5, C8: lists of Core that turn empty, whose rows move, that shrink to nothing."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.absence.accounts import (
    BRANDS,
    BY_NAME,
    answered,
    availability,
    core,
    from_call,
    of_availability,
    of_brands,
    of_headers,
    products,
)
from tests.absence.pipeline import DAY, HOUR, Pipeline, Watched, activated, runs
from tests.losses.accounts import SALE_LIST, brands, guid
from tests.losses.standin import keys, stamp

if TYPE_CHECKING:
    from tests.losses.standin import Call, List, Reply

ROWS = 2_500
MESSAGE = {"Message": "An error has occurred."}
FORMS: dict[str, Any] = {
    "Total 0": {"Total": 0, "Page": 1, "BrandList": []},
    "no Total": {"Page": 1, "BrandList": []},
    "Total null": {"Total": None, "Page": 1, "BrandList": []},
    "the right Total": {"Total": ROWS, "Page": 1, "BrandList": []},
    "list null, Total 0": {"Total": 0, "Page": 1, "BrandList": None},
    "list null": {"Page": 1, "BrandList": None},
    "no list, Total 0": {"Total": 0, "Page": 1},
    "[]": [],
    "null": None,
    "{}": {},
    "a message": MESSAGE,
    "errors": [{"ErrorCode": 500, "Exception": "failed"}],
}
"""Answers instead of a page, of a list that has told of 2,500 rows."""


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("call", [2, 3])
def test_a_list_that_turns_empty_is_not_whole(form: str, call: int) -> None:
    with core() as server:
        pipeline = of_brands(server, ROWS)
        for _ in range(2):
            assert pipeline.run().exit_code == 0
            server.now += DAY
        # Each call, rereads of the first page included.
        from_call(server, BRANDS, call, answered(FORMS[form]))
        result = pipeline.run()
        assert result.exit_code == 1, result.stderr
        assert runs(result)["brands"]["complete"] is False
        assert not activated(result, "brands")
        assert not pipeline.missing()
        pipeline.settle(within=1, calls=6)


@pytest.mark.parametrize("form", FORMS)
def test_a_list_that_turns_empty_in_a_first_load_is_not_whole(form: str) -> None:
    with core() as server:
        pipeline = of_brands(server, ROWS)
        from_call(server, BRANDS, 3, answered(FORMS[form]))
        result = pipeline.run()
        assert result.exit_code == 1, result.stderr
        assert runs(result)["brands"]["complete"] is False
        pipeline.settle(within=1, calls=6)


@pytest.mark.parametrize("form", ["Total 0", "no Total", "list null", "[]", "a message"])
def test_headers_that_turn_empty_lose_nothing_and_keep_their_bookmark(form: str) -> None:
    with core() as server:
        pipeline = of_headers(server, ROWS, settings={"full_refresh_days": 7})
        first = pipeline.run()
        server.now += 8 * DAY
        assert pipeline.run().exit_code == 0
        server.now += 8 * DAY
        body = json.loads(json.dumps(FORMS[form]).replace("BrandList", "SaleList"))
        from_call(server, SALE_LIST, 3, answered(body))
        result = pipeline.run()
        assert result.exit_code == 1, result.stderr
        assert not activated(result, "sale_list")
        column = "replication_key_value"
        assert result.bookmark("sale_list")[column] == first.bookmark("sale_list")[column]
        pipeline.settle(within=1, days=8, calls=6)


@pytest.mark.parametrize("nights", [1, 3])
def test_a_list_whose_total_falls_below_what_came_is_no_witness_however_often(nights: int) -> None:
    with core() as server:
        pipeline = of_brands(server, ROWS)
        for _ in range(2):
            assert pipeline.run().exit_code == 0
            server.now += DAY
        for _ in range(nights):
            from_call(server, BRANDS, 3, answered(FORMS["Total 0"]))
            result = pipeline.run()
            assert result.exit_code == 1, result.stderr
            assert not activated(result, "brands")
            server.calm()
            server.now += DAY
        pipeline.settle(within=1, calls=6)


def test_a_list_whose_total_falls_to_what_came_removes_nothing() -> None:
    """Which is what a list looks like whose last rows were deleted meanwhile."""
    with core() as server:
        pipeline = of_brands(server, ROWS)
        for _ in range(2):
            assert pipeline.run().exit_code == 0
            server.now += DAY
        from_call(server, BRANDS, 3, answered({"Total": 2_000, "Page": 3, "BrandList": []}))
        pipeline.run()
        assert not pipeline.missing()
        pipeline.settle(calls=10)


@pytest.mark.parametrize("form", ["no Total", "Total null", "list null", "[]", "{}", "a message"])
def test_a_list_that_never_tells_a_total_and_turns_empty_removes_nothing(form: str) -> None:
    with core() as server:
        pipeline = of_brands(server, ROWS, served={"total": None})
        for _ in range(2):
            assert pipeline.run().exit_code == 0
            server.now += DAY
        from_call(server, BRANDS, 3, answered(FORMS[form]))
        pipeline.run()
        assert not pipeline.missing()
        pipeline.settle(calls=10)


@pytest.mark.parametrize("most", [100, 1_000])
@pytest.mark.parametrize("path", [BRANDS, SALE_LIST])
def test_later_pages_that_are_empty_with_total_0_end_the_run(path: str, most: int) -> None:
    """C5: it went round without a call, and no ``max_run_minutes`` ended it."""
    with core() as server:
        make = of_brands if path == BRANDS else of_headers
        pipeline = make(server, ROWS)
        name = "BrandList" if path == BRANDS else "SaleList"
        server.lists[path].most = most
        from_call(server, path, 2, answered({"Total": 0, "Page": 2, name: []}))
        began = time.monotonic()
        result = pipeline.run(max_run_minutes=1)
        assert time.monotonic() - began < 30
        assert result.exit_code == 1, result.stderr
        assert len(result.calls) < 20
        pipeline.settle(calls=4 * ROWS // most)


class Moving:
    """Brands in the order of their names, of which some are renamed, go and come between pages."""

    def __init__(self, served: List, seed: int) -> None:
        self.table = served.table
        self.served = served
        self.seed = seed
        self.number = ROWS

    def __call__(self, _call: Call) -> Reply | None:
        rows = self.table.visible()
        first, second = (self.seed * 7 + self.number) % len(rows), self.number * 13 % len(rows)
        renamed = rows[first]
        self.table.put({**renamed, "Name": f"B{(self.number * 31) % 5_000}"})
        if first != second:
            self.table.drop(rows[second]["ID"])
        self.number += 1
        new = {"ID": guid(self.number), "Name": f"B{(self.number * 17) % 5_000}"}
        self.table.put(new)
        return None


@pytest.mark.parametrize("seed", range(3))
def test_rows_that_are_renamed_between_two_pages_are_never_removed(seed: int) -> None:
    """A7: a rename, a delete and an insert between two pages can hide a row."""
    with core(seed=seed) as server:
        served = brands(server, ROWS, most=250, order=BY_NAME)
        pipeline = Pipeline(server, [Watched("brands", served.table, "ID")])
        assert pipeline.run().exit_code == 0
        moving = Moving(served, seed)
        for _ in range(6):
            server.now += DAY
            server.before(BRANDS, None, moving)
            pipeline.run()
            server.calm()
        pipeline.settle(within=1)


@pytest.mark.parametrize("left", [1, 0])
def test_few_rows_become_fewer_without_an_edit_of_the_state(left: int) -> None:
    """C4: three brands become one, or none."""
    with core() as server:
        pipeline = of_brands(server, 3)
        (watched,) = pipeline.watched
        for _ in range(2):
            assert pipeline.run().exit_code == 0
            server.now += DAY
        watched.table.drop(*(guid(number) for number in range(left, 3)))
        codes = []
        for _ in range(6):
            codes.append(pipeline.run().exit_code)
            server.now += DAY
        # The second in a row is believed; the third, where nothing is left.
        doubted = 1 if left else 2
        assert codes == [1] * doubted + [0] * (6 - doubted)
        assert not pipeline.extra()


def test_the_only_row_of_a_list_may_go() -> None:
    with core() as server:
        pipeline = of_availability(server, 1)
        (watched,) = pipeline.watched
        for _ in range(2):
            assert pipeline.run().exit_code == 0
            server.now += DAY
        watched.table.drop(guid(0))
        for _ in range(5):
            result = pipeline.run()
            server.now += DAY
        assert result.exit_code == 0, result.stderr
        assert not pipeline.extra()


def test_a_part_may_lose_its_only_row_at_once() -> None:
    """Parts follow their parent: what a whole reading of that did not bring is not there."""
    with core() as server:
        served = products(server, 50)
        level = {"LocationID": guid(7), "LocationName": "Main", "MinimumBeforeReorder": 3}
        served.table.edit(guid(4), ReorderLevels=[level])
        streams = ["products", "product_reorder_levels"]
        pipeline = Pipeline(server, [Watched("products", served.table, "ID")], streams[1:])
        pipeline.settings = {"full_refresh_days": 1}
        for _ in range(2):
            assert pipeline.run().exit_code == 0
            server.now += 2 * DAY
        assert len(pipeline.loader.rows("product_reorder_levels")) == 1
        served.table.edit(guid(4), ReorderLevels=[])
        for _ in range(2):
            result = pipeline.run()
            assert result.exit_code == 0, result.stderr
            server.now += 2 * DAY
        assert not pipeline.loader.rows("product_reorder_levels")


def test_a_list_that_had_no_rows_is_no_failure_and_may_be_null() -> None:
    with core() as server:
        pipeline = of_brands(server, 0)
        for _ in range(2):
            assert pipeline.run().exit_code == 0
            server.now += HOUR
        server.before(BRANDS, None, answered({"Total": 0, "Page": 1, "BrandList": None}))
        assert pipeline.run().exit_code == 0


@pytest.mark.parametrize("seed", range(3))
def test_rows_in_no_order_are_all_handed_over_before_the_list_fails(seed: int) -> None:
    """C8: of 2,000 rows in another order at each request 196 came."""
    with core(seed=seed) as server:
        served = brands(server, 2_000, most=100, order="random")
        pipeline = Pipeline(server, [Watched("brands", served.table, "ID")])
        shown: set[str] = set()

        def note(_call: Call, reply: Reply) -> Reply:
            shown.update(keys(json.loads(reply.body)["BrandList"], "ID"))
            return reply

        server.after(BRANDS, None, note)
        # One after the other: of calls on their way when a read is given up nothing is taken.
        result = pipeline.run(max_parallel_requests=1)
        assert result.keys("brands", "ID") == shown
        assert len(shown) > 1_000
        pipeline.is_complete_or_says_so(result)
        served.order = "insertion"
        pipeline.settle(within=1)


def test_availability_that_turns_empty_keeps_the_snapshot_away() -> None:
    with core() as server:
        table = availability(server, ROWS).table
        snapshots = "product_availability_snapshots"
        watched = Watched("product_availability", table, "ID")
        pipeline = Pipeline(server, [watched], [snapshots])
        path = "/ref/productavailability"
        empty = {"Total": 0, "Page": 3, "ProductAvailabilityList": []}
        from_call(server, path, 3, answered(empty))
        result = pipeline.run()
        assert result.exit_code == 1
        assert not result.records(snapshots)
        server.calm()
        result = pipeline.run()
        assert result.exit_code == 0
        assert len(result.records(snapshots)) == ROWS


def test_a_change_that_one_answer_lacks_comes_with_the_next_where_rows_show_no_stamp() -> None:
    with core() as server:
        served = server.list("/crm/lead", "LeadList", "ID", "_changed", "ModifiedSince", total=None)
        for number in range(5):
            moment = stamp(server.now - DAY)
            served.table.put({"ID": guid(number), "Name": "old", "_changed": moment})
        pipeline = Pipeline(server, [Watched("crm_leads", served.table, "ID")])
        for _ in range(2):
            assert pipeline.run().exit_code == 0
            server.now += DAY
        served.table.edit(guid(3), Name="new")
        server.now += HOUR
        server.before("/crm/lead", 1, answered({"Page": 1, "LeadList": []}))
        assert pipeline.run().exit_code == 0
        server.now += DAY
        assert pipeline.run().exit_code == 0
        assert "new" in {row["Name"] for row in pipeline.loader.rows("crm_leads")}
        # From then on it is known: no run asks for it for ever.
        server.now += DAY
        pipeline.run()
        server.now += DAY
        assert not pipeline.run().records("crm_leads")
