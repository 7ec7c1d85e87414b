"""B2: where rows may be missing, the stream is incomplete and its bookmark stays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.absence.accounts import changed, of_orders, omni
from tests.absence.pipeline import DAY, HOUR, activated, runs
from tests.losses.accounts import ORDERS
from tests.losses.standin import Reply, meets, stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.losses.standin import Call, Mangle, Omni, Row

DAILY = {"full_refresh_days": 1}


def _page(call: Call, rows: list[Row], page: int) -> Reply:
    """Return a page of rows that stand in an order of the trouble's own."""
    found = [row for row in rows if meets(row, call.query.get("where", "id > 0"))]
    size = int(call.query.get("rows", "50"))
    return Reply(json.dumps(found[(page - 1) * size : page * size]).encode())


def random_order(server: Omni) -> None:
    """Put the rows into another order at each request, whatever was asked for."""

    def hook(call: Call) -> Reply:
        rows = server.tables[ORDERS].visible()
        server.random.shuffle(rows)
        return _page(call, rows, int(call.query.get("page", "1")))

    server.before(ORDERS, None, hook)


def newest_first(server: Omni) -> None:
    """Put the newest rows first, whatever was asked for."""

    def hook(call: Call) -> Reply:
        rows = sorted(server.tables[ORDERS].visible(), key=lambda row: str(row["modifiedDate"]))
        return _page(call, rows[::-1], int(call.query.get("page", "1")))

    server.before(ORDERS, None, hook)


def no_pages(server: Omni) -> None:
    """Answer each call with the first page."""

    def hook(call: Call) -> Reply:
        by_id = call.query.get("order", "").lower().startswith("id")
        name = "id" if by_id else "modifiedDate"
        rows = sorted(server.tables[ORDERS].visible(), key=lambda row: (row[name], row["id"]))
        return _page(call, rows, 1)

    server.before(ORDERS, None, hook)


BREAKS: dict[str, Callable[[Omni], None]] = {
    "another order at each request": random_order,
    "newest first": newest_first,
    "pages not turned": no_pages,
}


def added(server: Omni, count: int, apart: float) -> None:
    """Add orders, so far apart."""
    for number in range(count):
        moment = stamp(server.now - 600 - (count - number) * apart)
        server.tables[ORDERS].put({"id": 10_000 + number, "modifiedDate": moment})


@pytest.mark.parametrize("apart", [30.0, 0.0], ids=["apart", "in one second"])
@pytest.mark.parametrize("trouble", BREAKS)
def test_a_doubtful_reading_keeps_its_bookmark_and_fails(trouble: str, apart: float) -> None:
    with omni() as server:
        pipeline = of_orders(server, 300)
        first = pipeline.run()
        before = first.bookmark("sales_orders")["replication_key_value"]
        server.now += DAY
        added(server, 920, apart)
        BREAKS[trouble](server)
        result = pipeline.run()
        if not pipeline.is_complete_or_says_so(result):
            assert runs(result)["sales_orders"]["complete"] is False
            assert result.bookmark("sales_orders")["replication_key_value"] == before
        assert len(result.calls) < 60
        pipeline.settle(within=1, calls=12)


@pytest.mark.parametrize("trouble", BREAKS)
def test_a_doubtful_first_load_begins_again(trouble: str) -> None:
    with omni() as server:
        pipeline = of_orders(server, 720)
        BREAKS[trouble](server)
        pipeline.is_complete_or_says_so(pipeline.run())
        pipeline.settle(within=1, calls=10)


@pytest.mark.parametrize("trouble", BREAKS)
def test_a_doubtful_whole_reading_removes_nothing(trouble: str) -> None:
    with omni() as server:
        pipeline = of_orders(server, 720, full=["sales_orders"])
        for _ in range(2):
            assert pipeline.run().exit_code == 0
            server.now += DAY
        BREAKS[trouble](server)
        for _ in range(3):
            result = pipeline.run()
            read = len(result.keys("sales_orders"))
            assert read == 720 or result.exit_code == 1, result.stderr
            assert read == 720 or not activated(result, "sales_orders")
            server.now += DAY
        pipeline.settle(within=1, calls=10)


def test_a_run_that_says_that_rows_may_be_missing_fails() -> None:
    """Whatever it is that it says so of."""
    with omni() as server:
        pipeline = of_orders(server, 300)
        assert pipeline.run().exit_code == 0
        server.now += DAY
        added(server, 920, 0.0)
        random_order(server)
        result = pipeline.run()
        says = any("may be missing" in line for line in result.warnings + result.errors)
        assert not says or result.exit_code == 1
        assert not pipeline.missing() or result.exit_code == 1


def keeping(which: Callable[[int], bool]) -> Mangle:
    """Return what leaves only the rows with some ids in each response."""

    def mangle(_call: Call, reply: Reply) -> Reply:
        rows = [row for row in json.loads(reply.body) if which(row["id"])]
        reply.body = json.dumps(rows).encode()
        return reply

    return mangle


@pytest.mark.parametrize("state", ["of today", "of an older version"])
def test_a_doubt_is_confirmed_only_by_one_of_its_kind(state: str) -> None:
    """A reading that ended too early is not the first to say that most of the rows are gone."""
    with omni() as server:
        pipeline = of_orders(server, 100, apart=3_600, settings=DAILY)
        assert pipeline.run().exit_code == 0
        for low, high, exit_code in ((1, 99, 1), (71, 100, 1), (71, 100, 0)):
            server.calm()
            server.now += 2 * DAY
            server.after(ORDERS, None, keeping(range(low, high + 1).__contains__))
            assert pipeline.run().exit_code == exit_code
            if state == "of an older version" and low == 1:
                assert pipeline.state
                entry = pipeline.state["bookmarks"]["sales_orders"]
                entry.pop("too_few", None)  # it kept both kinds as this
                assert len(entry["doubted"]) == 1


def test_few_rows_that_end_too_early_are_doubted_as_often_as_an_early_end() -> None:
    with omni() as server:
        pipeline = of_orders(server, 100, settings=DAILY)
        assert pipeline.run().exit_code == 0
        server.after(ORDERS, None, keeping(range(41).__contains__))
        for words in ("it brought 40 rows", "it ends at", "it ends at", ""):
            server.now += 2 * DAY
            result = pipeline.run()
            assert result.exit_code == bool(words), result.stderr
            assert words in result.stderr


def up_to_150(server: Omni) -> None:
    """Leave the first 150 orders in the pages of a pass; those of changes are as they should."""

    def mangle(call: Call, reply: Reply) -> Reply:
        keep = keeping(range(151).__contains__)
        return reply if "where" in call.query else keep(call, reply)

    server.after(ORDERS, None, mangle)


@pytest.mark.parametrize("first", [100, 240], ids=["of those that came since", "of the first load"])
def test_a_pass_that_ends_before_the_bookmark_is_doubted_whatever_the_changes_reach(
    first: int,
) -> None:
    with omni() as server:
        pipeline = of_orders(server, first, apart=3_600)
        assert pipeline.run().exit_code == 0
        for number in range(first + 1, 241):
            server.now += 600
            moment = stamp(server.now - 30)
            server.tables[ORDERS].put({"id": number, "modifiedDate": moment})
        assert pipeline.run().exit_code == 0
        assert not pipeline.missing()
        pipeline.settings = DAILY
        up_to_150(server)
        for _ in range(3):
            server.now += 2 * DAY
            result = pipeline.run()
            assert result.exit_code == 1
            assert "it ends at" in result.stderr
            assert not activated(result, "sales_orders")
        pipeline.settle(within=1)


def test_a_pass_whose_rows_show_no_stamp_says_so() -> None:
    def unstamped(call: Call, reply: Reply) -> Reply:
        bare = changed(lambda rows: [{**row, "modifiedDate": None} for row in rows])
        return reply if "where" in call.query else bare(call, reply)

    with omni() as server:
        pipeline = of_orders(server, 100, settings=DAILY)
        assert pipeline.run().exit_code == 0
        server.after(ORDERS, None, unstamped)
        for number in range(4):
            server.now += 2 * DAY
            result = pipeline.run()
            assert result.exit_code == (number < 3)
            assert ("it ends at no stamp, the one before at" in result.stderr) == (number < 3)


@pytest.mark.parametrize("is_short", [True, False])
def test_what_a_pass_reached_outlives_the_run_that_ends_it(is_short: bool) -> None:  # noqa: FBT001
    """The pass is over before the changes are, with a call for each run or two."""
    with omni() as server:
        pipeline = of_orders(server, 200, apart=3_600)
        assert pipeline.run().exit_code == 0
        pipeline.settings = DAILY
        for _ in range(3):
            server.calm()
            if is_short:
                up_to_150(server)
            server.now += 2 * DAY
            assert pipeline.run(requests_per_day=1).exit_code == 1
            server.now += DAY
            server.tables[ORDERS].edit(200, reference=str(server.now))
            server.now += HOUR
            cut = pipeline.run(requests_per_day=2 if is_short else 1)
            assert cut.bookmark("sales_orders")["load"]["until"] < stamp(0)
            server.now += HOUR
            result = pipeline.run()
            assert len(result.calls) == 1
            assert result.exit_code == is_short, result.stderr
            assert ("it ends at" in result.stderr) == is_short
        pipeline.settle(within=1)
        assert not pipeline.loader.removed
