"""B2 and C1 at once: what is doubtful is gone through in several runs, too, and each gets on."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest

from tests.absence.accounts import (
    CONTACTS,
    STOCK,
    of_categories,
    of_orders,
    of_stock,
    omni,
)
from tests.absence.pipeline import DAY, HOUR, Pipeline, Watched, activated, runs
from tests.absence.test_minutes import for_a_minute, slowly
from tests.losses.accounts import ORDERS, orders
from tests.losses.standin import Reply, meets, stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from tests.losses.harness import Result
    from tests.losses.standin import Call, Omni, Row

CATEGORIES = "/v1/ProductCategories"
PAYMENTS = "/v1/Payments"
MISSING = "may be missing"


def says(result: Result, words: str = MISSING) -> bool:
    """Tell whether a run warns of something or fails with it."""
    return any(words in line for line in result.warnings + result.errors)


def page_of(call: Call, rows: list[Row]) -> Reply:
    """Return the page that a call asks for, of rows as they stand."""
    size, page = int(call.query.get("rows", "50")), int(call.query.get("page", "1"))
    return Reply(json.dumps(rows[(page - 1) * size : page * size]).encode())


# Lists that are read by their key, where Cin7 keeps no order.


def arranged(server: Omni, path: str, arrange: Callable[[list[Row]], None]) -> None:
    """Put all rows of a list into an order of their own, whatever was asked for."""

    def hook(call: Call) -> Reply:
        rows = server.tables[path].visible()
        arrange(rows)
        return page_of(call, rows)

    server.before(path, None, hook)


def new_at_each_request(server: Omni, path: str) -> None:
    """Shuffle the rows at each request."""
    arranged(server, path, server.random.shuffle)


def new_at_each_run(server: Omni, path: str) -> None:
    """Shuffle the rows once a day: tests have one run a day."""
    arranged(server, path, lambda rows: random.Random(int(server.now)).shuffle(rows))  # noqa: S311


def by_what_changes(server: Omni, path: str) -> None:
    """Sort by a field of which the first hundred rows get a larger value after each request."""
    table = server.tables[path]
    places = {row[table.by]: number for number, row in enumerate(table.visible())}

    def arrange(rows: list[Row]) -> None:
        rows.sort(key=lambda row: places[row[table.by]])
        for row in rows[:100]:
            places[row[table.by]] += len(rows)

    arranged(server, path, arrange)


def the_other_way_round(server: Omni, path: str) -> None:
    """Let the rows stand in one order at all times, the last one first."""
    arranged(server, path, list.reverse)


def in_one_order(server: Omni, path: str) -> None:
    """Let the rows stand in one order at all times, which has nothing to do with their key."""
    arranged(server, path, lambda rows: random.Random(7).shuffle(rows))  # noqa: S311


MOVING: dict[str, Callable[[Omni, str], None]] = {
    "new at each request": new_at_each_request,
    "new at each run": new_at_each_run,
    "by what changes": by_what_changes,
}
FIXED: dict[str, Callable[[Omni, str], None]] = {
    "the other way round": the_other_way_round,
    "in one order": in_one_order,
}
MAKE: dict[str, Callable[..., Pipeline]] = {STOCK: of_stock, CATEGORIES: of_categories}


def is_at_the_end(result: Result, path: str, count: int) -> bool:
    """Tell whether a run asked for the last rows of a list."""
    return any(
        int(call.query.get("page", "1")) * int(call.query.get("rows", "50")) >= count
        for call in result.calls
        if call.path == path
    )


def to_the_end(pipeline: Pipeline, path: str, count: int, calls: int, *, within: int) -> Result:
    """Run until the end of a list without an order was asked for, and has been doubted."""
    (watched,) = pipeline.watched
    ended = False
    for _ in range(within):
        result = pipeline.run(requests_per_day=calls)
        pipeline.server.now += DAY
        assert len(result.calls) <= calls
        assert result.exit_code == 1, result.stderr
        assert runs(result)[watched.stream]["complete"] is False
        assert not activated(result, watched.stream)
        # The call after it may be one for which the run had none left.
        if ended:
            assert says(result), result.stderr
            return result
        ended = is_at_the_end(result, path, count)
        if ended and says(result):
            return result
    asked = sorted({int(call.query["page"]) for call in result.calls if "page" in call.query})
    assert ended, f"{within} runs did not get to the end; the last one asked for pages {asked}"
    raise AssertionError("the end was reached in the last run, and nothing was doubted")


def in_order_again(pipeline: Pipeline, calls: int | None, *, within: int) -> None:
    """Let runs of so many calls bring everything, now that nothing is wrong."""
    pipeline.server.calm()
    for _ in range(within):
        pipeline.server.now += DAY
        result = pipeline.run(**{"requests_per_day": calls} if calls else {})
        if pipeline.is_complete_or_says_so(result):
            return
    raise AssertionError(f"{within} quiet runs did not end the list: {result.stderr}")


@pytest.mark.parametrize(
    ("path", "calls", "within"),
    [(STOCK, 1, 60), (STOCK, 3, 24), (STOCK, 4, 16), (STOCK, 6, 10), (CATEGORIES, 3, 24)],
)
@pytest.mark.parametrize("order", MOVING)
def test_a_list_by_key_without_an_order_is_gone_through_in_several_runs(
    order: str, path: str, calls: int, within: int
) -> None:
    with omni() as server:
        pipeline = MAKE[path](server, 2_000)
        MOVING[order](server, path)
        to_the_end(pipeline, path, 2_000, calls, within=within)
        pipeline.settle()


@pytest.mark.parametrize("calls", [3, 6])
@pytest.mark.parametrize("order", MOVING)
def test_a_list_by_key_that_gets_its_order_back_is_complete_in_several_runs(
    order: str, calls: int
) -> None:
    with omni() as server:
        pipeline = of_stock(server, 1_500)
        MOVING[order](server, STOCK)
        for _ in range(3):
            assert pipeline.run(requests_per_day=calls).exit_code == 1
            server.now += DAY
        in_order_again(pipeline, calls, within=40 // calls)


@pytest.mark.parametrize("calls", [1, 3, 6])
@pytest.mark.parametrize("order", FIXED)
def test_a_list_by_key_in_an_order_of_its_own_is_all_handed_over_in_several_runs(
    order: str, calls: int
) -> None:
    with omni() as server:
        pipeline = of_stock(server, 2_000)
        FIXED[order](server, STOCK)
        for _ in range(4 + 24 // calls):
            pipeline.is_complete_or_says_so(pipeline.run(requests_per_day=calls))
            server.now += DAY
            if not pipeline.missing():
                break
        assert not pipeline.missing()
        pipeline.settle()


@pytest.mark.parametrize("order", [*MOVING, *FIXED])
def test_rows_of_a_list_by_key_stay_while_its_order_does_not_hold(order: str) -> None:
    """With witnesses of before, and rows that are gone meanwhile, which nobody can tell."""
    with omni() as server:
        pipeline = of_stock(server, 1_500)
        (watched,) = pipeline.watched
        for _ in range(2):
            assert pipeline.run().exit_code == 0
            server.now += DAY
        watched.table.drop(*(f"C{number}" for number in range(100, 105)))
        (MOVING | FIXED)[order](server, STOCK)
        for _ in range(9):
            result = pipeline.run(requests_per_day=3)
            assert order in FIXED or result.exit_code == 1, result.stderr
            assert order in FIXED or not activated(result, "stock")
            server.now += DAY
        for _ in range(3):
            pipeline.settle()
        assert not pipeline.extra()


def test_the_end_of_a_list_without_an_order_is_asked_for_no_more_than_twice() -> None:
    with omni() as server:
        pipeline = of_stock(server, 750)
        new_at_each_request(server, STOCK)
        pages = []
        for _ in range(40):
            (call,) = pipeline.run(requests_per_day=1).calls
            pages.append(call.query["page"])
            server.now += DAY
        # Three full pages, and twice a short one.
        assert pages == 8 * ["1", "2", "3", "4", "4"]


def test_runs_of_a_minute_go_through_a_list_by_key_without_an_order() -> None:
    with omni() as server:
        pipeline = of_stock(server, 2_000)
        new_at_each_request(server, STOCK)
        slowly(server, 0.25)
        for _ in range(7):
            result = for_a_minute(pipeline)
            server.now += DAY
            # Each has calls for two pages, which is enough to see it.
            assert result.exit_code == 1, result.stderr
            assert any("stock" in line for line in result.errors)
            if is_at_the_end(result, STOCK, 2_000):
                break
        assert is_at_the_end(result, STOCK, 2_000)
        pipeline.settle()


# Seconds that hold more rows than a page, where Cin7 does not turn pages.


def pages_not_turned(server: Omni, _moments: Collection[str]) -> None:
    """Answer each call with the first page."""

    def stay(call: Call) -> None:
        call.query["page"] = "1"

    server.before(ORDERS, None, stay)


def _is_of_one(server: Omni, call: Call, moments: Collection[str]) -> bool:
    where = call.query.get("where", "id > 0")
    found = [row for row in server.tables[ORDERS].visible() if meets(row, where)]
    stamps = {row["modifiedDate"] for row in found}
    return len(stamps) == 1 and stamps <= set(moments)


def pages_not_turned_in_it(server: Omni, moments: Collection[str]) -> None:
    """Answer each call for rows of crowded seconds alone with the first page."""

    def stay(call: Call) -> None:
        if _is_of_one(server, call, moments):
            call.query["page"] = "1"

    server.before(ORDERS, None, stay)


def no_order_in_it(server: Omni, moments: Collection[str]) -> None:
    """Answer each call for rows of crowded seconds alone with any of them."""

    def hook(call: Call) -> Reply | None:
        if not _is_of_one(server, call, moments):
            return None
        rows = server.tables[ORDERS].visible()
        rows = [row for row in rows if meets(row, call.query["where"])]
        server.random.shuffle(rows)
        return page_of(call, rows)

    server.before(ORDERS, None, hook)


TROUBLES: dict[str, Callable[[Omni, Collection[str]], None]] = {
    "pages not turned": pages_not_turned,
    "pages not turned in it": pages_not_turned_in_it,
    "no order in it": no_order_in_it,
}
CALLS = [(3, 24), (4, 16), (6, 10)]
"""Calls a run, and the runs that are enough for a dozen pages and a crowded second."""


def crowd(pipeline: Pipeline, at: int, which: Iterable[int]) -> str:
    """Give some orders the second of one of them, and return it: ids in all places."""
    table = pipeline.watched[0].table
    rows = {row["id"]: row for row in table.visible()}
    moment: str = rows[at]["modifiedDate"]
    for number in which:
        table.put({**rows[number], "modifiedDate": moment})
    return moment


def stale(pipeline: Pipeline, but: Collection[str] = ()) -> set[int]:
    """Return the orders that the loader has not as Cin7 has them, but for those of some seconds."""
    held = {row["id"]: row["reference"] for row in pipeline.loader.rows("sales_orders")}
    return {
        row["id"]
        for row in pipeline.watched[0].table.visible()
        if row["modifiedDate"] not in but and held.get(row["id"]) != row["reference"]
    }


def doubtful(
    pipeline: Pipeline, before: str | None, calls: int | None, *, days: float = 1.0
) -> Result:
    """Run, and check that the list is not called complete, whatever came."""
    result = pipeline.run(**{"requests_per_day": calls} if calls else {})
    pipeline.server.now += days * DAY
    assert calls is None or len(result.calls) <= calls
    assert result.exit_code == 1, result.stderr
    assert runs(result)["sales_orders"]["complete"] is False
    assert not activated(result, "sales_orders")
    if before is not None:
        bookmark = result.bookmark("sales_orders").get("replication_key_value") or ""
        # The second of the bookmark is read again.
        assert bookmark[:19] <= before[:19]
    return result


def until_the_rest_is_there(  # noqa: PLR0913 - a story with six turns
    pipeline: Pipeline,
    moments: Collection[str],
    calls: int,
    *,
    within: int,
    is_loaded: bool = False,
    each: Callable[[int], None] = lambda _number: None,
    days: float = 1.0,
) -> None:
    """Run until all is there but rows of crowded seconds.

    Args:
        pipeline: The orders.
        moments: The crowded seconds.
        calls: That each run may make.
        within: Runs that are enough.
        is_loaded: Whether a run before has had these seconds, so that its bookmark lies behind.
        each: What happens after each run.
        days: That pass after each.

    """
    before = None if is_loaded else min(moments)
    idle, said = 0, False
    for number in range(within):
        left, waits = stale(pipeline), stale(pipeline, moments)
        if not waits:
            break
        result = doubtful(pipeline, before, calls, days=days)
        said = said or says(result)
        # To find out that no page is turned may take some calls.
        idle = 0 if stale(pipeline) < left else idle + 1
        assert idle <= 16 // calls + 1, f"{idle} runs brought nothing, {len(waits)} rows wait"
        each(number)
    waits = stale(pipeline, moments)
    assert not waits, f"{len(waits)} rows behind did not come in {within} runs"
    # By now it may begin anew, which makes it no more complete.
    for _ in range(2):
        said = says(doubtful(pipeline, before, calls, days=days)) or said
    # A run with one call may end each time before it can tell.
    assert said or calls == 1


def all_is_well(pipeline: Pipeline) -> None:
    """Check that quiet runs bring all, as it is."""
    pipeline.settle()
    assert not stale(pipeline)
    pipeline.server.now += HOUR
    assert pipeline.run().exit_code == 0


@pytest.mark.parametrize(("calls", "within"), [(1, 50), *CALLS])
@pytest.mark.parametrize("place", [1, 900, 2_500])
@pytest.mark.parametrize("trouble", TROUBLES)
def test_what_lies_behind_a_doubtful_second_comes_in_several_runs_of_a_first_load(
    trouble: str, place: int, calls: int, within: int
) -> None:
    with omni() as server:
        pipeline = of_orders(server, 2_500)
        moment = crowd(pipeline, place, range(2, 2_500, 4))
        TROUBLES[trouble](server, [moment])
        until_the_rest_is_there(pipeline, [moment], calls, within=within)
        all_is_well(pipeline)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_400_rows_of_a_doubtful_second_hold_up_nothing(trouble: str) -> None:
    """Of which the first page and the last one have all: this alone may be complete."""
    with omni() as server:
        pipeline = of_orders(server, 2_500)
        moment = crowd(pipeline, 700, range(700, 1_100))
        TROUBLES[trouble](server, [moment])
        for _ in range(16):
            if not pipeline.is_complete_or_says_so(pipeline.run(requests_per_day=4)):
                bookmark = pipeline.state and pipeline.state["bookmarks"]["sales_orders"]
                # The second of the bookmark is read again.
                assert (bookmark or {}).get("replication_key_value", "")[:19] <= moment[:19]
            server.now += DAY
            if not stale(pipeline, [moment]):
                break
        assert not stale(pipeline, [moment])
        all_is_well(pipeline)


@pytest.mark.parametrize(("calls", "within"), [(1, 60), (3, 36), (6, 16)])
@pytest.mark.parametrize("trouble", TROUBLES)
def test_what_lies_behind_two_doubtful_seconds_comes_in_several_runs(
    trouble: str, calls: int, within: int
) -> None:
    with omni() as server:
        pipeline = of_orders(server, 3_000)
        moments = [
            crowd(pipeline, 301, range(2, 3_000, 5)),
            crowd(pipeline, 1_501, range(3, 3_000, 5)),
        ]
        TROUBLES[trouble](server, moments)
        until_the_rest_is_there(pipeline, moments, calls, within=within)
        all_is_well(pipeline)


def edited(pipeline: Pipeline, first: int = 300, crowded: int = 700, last: int = 1_500) -> str:
    """Edit orders, many of them in one second, and return it."""
    table = pipeline.watched[0].table
    server = pipeline.server
    numbers = iter(range(1, first + crowded + last + 1))
    for _ in range(first):
        table.edit(next(numbers), reference="edit")
        server.now += 1
    moment = stamp(server.now)
    for _ in range(crowded):
        table.edit(next(numbers), reference="bulk")
    for number in numbers:
        server.now += 1
        table.edit(number, reference="later")
    server.now += HOUR
    return moment


@pytest.mark.parametrize("first", [0, 300], ids=["first of all", "among others"])
@pytest.mark.parametrize(("calls", "within"), [(1, 50), *CALLS])
@pytest.mark.parametrize("trouble", TROUBLES)
def test_changes_behind_a_doubtful_second_come_in_several_runs(
    trouble: str, calls: int, within: int, first: int
) -> None:
    with omni() as server:
        pipeline = of_orders(server, 2_600)
        assert pipeline.run().exit_code == 0
        server.now += DAY
        moment = edited(pipeline, first)
        TROUBLES[trouble](server, [moment])
        until_the_rest_is_there(pipeline, [moment], calls, within=within)
        all_is_well(pipeline)


@pytest.mark.parametrize("calls", [3, 6])
@pytest.mark.parametrize("load", ["first load", "changes"])
def test_edits_in_doubtful_times_come_too(load: str, calls: int) -> None:
    with omni() as server:
        pipeline = of_orders(server, 2_500)
        table = pipeline.watched[0].table
        if load == "changes":
            assert pipeline.run().exit_code == 0
            server.now += DAY
            moment = edited(pipeline)
        else:
            moment = crowd(pipeline, 900, range(2, 2_500, 4))
        pages_not_turned(server, [moment])

        def edits(number: int) -> None:
            if number < 4:
                # Of rows that have come, of rows that have not, and of that second.
                for key in (5, 201, 302, 306, 402, 498, 1_001, 1_802, 2_401):
                    table.edit(key + 4 * number, reference=f"meanwhile {number}")
                table.put(
                    {"id": 9_000 + number, "modifiedDate": stamp(server.now), "reference": "n"}
                )
                server.now += HOUR

        until_the_rest_is_there(pipeline, [moment], calls, within=84 // calls, each=edits)
        all_is_well(pipeline)


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("load", ["first load", "changes"])
def test_runs_of_few_calls_end_what_was_doubtful_once_it_is_not(load: str, trouble: str) -> None:
    with omni() as server:
        pipeline = of_orders(server, 2_500)
        if load == "changes":
            assert pipeline.run().exit_code == 0
            server.now += DAY
            moment = edited(pipeline)
        else:
            moment = crowd(pipeline, 300, range(2, 2_500, 4))
        TROUBLES[trouble](server, [moment])
        for number in range(4):
            doubtful(pipeline, moment, 4)
            pipeline.watched[0].table.edit(500 + number, reference="meanwhile")
            server.now += HOUR
        in_order_again(pipeline, 4, within=16)
        assert not stale(pipeline)


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("begun", [1, 2, 3])
def test_a_second_that_becomes_doubtful_in_mid_reading_holds_up_nothing(
    begun: int, trouble: str
) -> None:
    with omni() as server:
        pipeline = of_orders(server, 2_500)
        moment = crowd(pipeline, 1, range(2, 2_500, 3))
        for _ in range(begun):
            doubtful(pipeline, None, 2)
        TROUBLES[trouble](server, [moment])
        until = 20
        for _ in range(until):
            pipeline.is_complete_or_says_so(pipeline.run(requests_per_day=4))
            server.now += DAY
            if not stale(pipeline, [moment]):
                break
        assert not stale(pipeline, [moment])
        all_is_well(pipeline)


def unseen(pipeline: Pipeline) -> None:
    """Change what all orders say, but not their stamps: a whole reading is to bring it."""
    table = pipeline.watched[0].table
    for row in table.visible():
        table.put({**row, "reference": f"again {row['id']}"})


@pytest.mark.parametrize(("calls", "within"), CALLS)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_first_full_table_brings_what_lies_behind_a_doubtful_second(
    trouble: str, calls: int, within: int
) -> None:
    with omni() as server:
        pipeline = of_orders(server, 2_500, full=["sales_orders"])
        moment = crowd(pipeline, 300, range(2, 2_500, 4))
        TROUBLES[trouble](server, [moment])
        until_the_rest_is_there(pipeline, [moment], calls, within=within)
        all_is_well(pipeline)


@pytest.mark.parametrize(("calls", "within"), [(3, 30), (6, 12)])
@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("how", ["full table", "full_refresh_days"])
def test_a_whole_reading_brings_what_lies_behind_a_doubtful_second_and_removes_nothing(
    how: str, trouble: str, calls: int, within: int
) -> None:
    with omni() as server:
        full = ["sales_orders"] if how == "full table" else []
        pipeline = of_orders(server, 2_500, full=full)
        table = pipeline.watched[0].table
        moment = crowd(pipeline, 300, range(2, 2_500, 4))
        if not full:
            pipeline.settings = {"full_refresh_days": 7}
        for _ in range(2):
            assert pipeline.run().exit_code == 0
            server.now += 8 * DAY
        unseen(pipeline)
        table.drop(1_001, 1_003)
        TROUBLES[trouble](server, [moment])

        def edits(number: int) -> None:
            if number < 3:
                table.edit(2_005 + number, reference=f"meanwhile {number}")
                server.now += HOUR

        until_the_rest_is_there(
            pipeline, [moment], calls, within=within, is_loaded=True, each=edits, days=0.1
        )
        for _ in range(4):
            server.now += 8 * DAY
            pipeline.settle()
        assert not stale(pipeline)
        assert not pipeline.extra()


@pytest.mark.parametrize("trouble", TROUBLES)
def test_changes_come_while_a_whole_reading_is_doubtful(trouble: str) -> None:
    with omni() as server:
        pipeline = of_orders(server, 2_000)
        table = pipeline.watched[0].table
        moment = crowd(pipeline, 300, range(2, 2_000, 3))
        assert pipeline.run().exit_code == 0
        pipeline.settings = {"full_refresh_days": 7}
        server.now += 8 * DAY
        TROUBLES[trouble](server, [moment])
        for number in range(10):
            table.edit(1_000 + 3 * number, reference=f"edit {number}")
            server.now += HOUR
            doubtful(pipeline, None, 4, days=0.1)
            held = {row["reference"] for row in pipeline.loader.rows("sales_orders")}
            # Unless the last run had calls for nothing else.
            assert held & {f"edit {number}", f"edit {number - 1}"}, number
        all_is_well(pipeline)


@pytest.mark.parametrize("calls", [3, 4])
def test_a_doubtful_second_holds_up_no_other_list(calls: int) -> None:
    with omni() as server:
        contacts = orders(server, 600, path=CONTACTS, text="company")
        pipeline = of_orders(server, 2_000)
        pipeline = Pipeline(server, [*pipeline.watched, Watched("contacts", contacts, "id")])
        moment = crowd(pipeline, 1, range(2, 2_000, 3))
        pages_not_turned(server, [moment])
        for _ in range(84 // calls):
            doubtful(pipeline, moment, calls)
            if not stale(pipeline, [moment]) and not pipeline.missing("contacts"):
                break
        assert not pipeline.missing("contacts")
        assert not stale(pipeline, [moment])
        for number in range(3):
            contacts.edit(5, company=f"edit {number}")
            server.now += HOUR
            for _ in range(3):
                doubtful(pipeline, moment, calls)
            held = {row["id"]: row["company"] for row in pipeline.loader.rows("contacts")}
            assert held[5] == f"edit {number}"
        all_is_well(pipeline)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_runs_of_a_minute_bring_what_lies_behind_a_doubtful_second(trouble: str) -> None:
    with omni() as server:
        pipeline = of_orders(server, 3_500)
        moment = crowd(pipeline, 1, range(2, 3_500, 5))
        TROUBLES[trouble](server, [moment])
        slowly(server, 0.2)
        for _ in range(7):
            result = for_a_minute(pipeline)
            server.now += DAY
            assert result.exit_code == 1, result.stderr
            assert any("sales_orders" in line for line in result.errors)
            bookmark = result.bookmark("sales_orders").get("replication_key_value") or ""
            assert bookmark[:19] < moment[:19]
            if not stale(pipeline, [moment]):
                break
        waits = stale(pipeline, [moment])
        assert not waits, f"{len(waits)} rows behind did not come"
        all_is_well(pipeline)


@pytest.mark.parametrize("calls", [3, 6])
def test_payments_without_a_date_that_fill_a_second_hold_up_none_with_one(calls: int) -> None:
    with omni() as server:
        table = orders(server, 1_500, path=PAYMENTS, text="transactionRef")
        rows = table.visible()
        crowded = {row["id"] for row in rows[::3]} | {row["id"] for row in rows[1:301:3]}
        for row in rows:
            if row["id"] in crowded:
                created = rows[200]["createdDate"]
                table.put({**row, "createdDate": created, "modifiedDate": None})
        pipeline = Pipeline(server, [Watched("payments", table, "id")])

        def stay(call: Call) -> None:
            call.query["page"] = "1"

        server.before(PAYMENTS, None, stay)
        for _ in range(72 // calls):
            result = pipeline.run(requests_per_day=calls)
            assert result.exit_code == 1, result.stderr
            server.now += DAY
            if pipeline.missing() <= crowded:
                break
        assert pipeline.missing() <= crowded
        pipeline.settle()
