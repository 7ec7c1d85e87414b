"""What a run does is done for the streams that it selects, and for no other.

Streams that are cut from the same answers are read together and selected one by one. Whatever the
runs before left out, one quiet run over all of them brings what Cin7 has. Each test is also played
with nothing left out: where only that passes, the selection is what loses rows.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.answers.account import DAY, HOUR, asked
from tests.answers.groups import (
    BOUNDED,
    MOST,
    OF_DOCUMENTS,
    OF_LOCATIONS,
    OF_ORDERS,
    OF_PRODUCTS,
    OF_SALES,
    OF_STOCK,
    Books,
    Group,
    leaving_out,
)
from tests.losses.accounts import guid
from tests.losses.standin import Core, stamp

if TYPE_CHECKING:
    from tests.answers.groups import Wanted
    from tests.losses.standin import Row

WEEKLY: Row = {"full_refresh_days": 7}
COMPLETED, VOIDED = "COMPLETED", "VOIDED"
LATE = 20
first_or_then = pytest.mark.parametrize("first", [True, False], ids=["cut", "rest"])
"""Whether the run that is cut leaves something out, or the one that goes on there."""


@leaving_out(*OF_DOCUMENTS)
def test_a_document_behind_its_list_comes_for_each(group: Group, left_out: str | None) -> None:
    with Books(group) as books:
        server, kind = books.server, group.kind
        assert isinstance(server, Core)
        assert kind
        books.run()
        server.now += HOUR
        parameter, find = server.documents[kind.path]
        for number in (1, 90):
            books.put(number, "half")
        halves = {guid(number): find(guid(number)) for number in (1, 90)}
        for row in books.table.visible():
            if row["_text"] == "half":
                books.table.put({**row, "_text": "whole"})
        shown = server.now + LATE

        def behind(wanted: str) -> object:
            return halves[wanted] if wanted in halves and server.now < shown else find(wanted)

        server.details(kind.path, parameter, behind)
        books.run()
        server.now += 60
        books.run(left_out)
        books.settle()


@pytest.mark.parametrize("calls", [0, 2], ids=["whole", "cut"])
@leaving_out(*BOUNDED)
def test_the_time_before_start_date_comes_for_each(
    group: Group, left_out: str | None, calls: int
) -> None:
    with Books(group, apart=DAY) as books:
        books.run(start_date=stamp(books.server.now - 4 * DAY))
        books.server.now += HOUR
        if calls:
            books.cut(left_out, calls)
        else:
            books.run(left_out)
        books.settle()


@first_or_then
@leaving_out(*OF_DOCUMENTS, OF_PRODUCTS, OF_LOCATIONS, OF_ORDERS)
def test_a_first_load_that_is_cut_comes_for_each(
    group: Group,
    left_out: str | None,
    first: bool,  # noqa: FBT001
) -> None:
    with Books(group, apart=60) as books:
        books.cut(left_out if first else None, 2)
        books.run(None if first else left_out)
        books.settle()


@first_or_then
@pytest.mark.parametrize("left_out", [None, "stock", "stock_snapshots"])
def test_a_snapshot_is_whole(left_out: str | None, first: bool) -> None:  # noqa: FBT001
    with Books(OF_STOCK, apart=1) as books:
        books.cut(left_out if first else None, 2)
        books.run(None if first else left_out)
        books.server.now += 2 * DAY
        books.settle()
        rows = books.loader.rows("stock_snapshots")
        held = {row["snapshot_at"]: row["snapshot_rows"] for row in rows}
        assert len(rows) == OF_STOCK.count * len(held)


@pytest.mark.parametrize("cut", ["never", "without", "before"])
@leaving_out(*MOST)
def test_a_whole_pass_is_due_for_each(group: Group, left_out: str | None, cut: str) -> None:
    with Books(group, apart=60) as books:
        books.run()
        books.server.now += 8 * DAY
        books.change_unseen()
        if cut != "never":
            books.cut(left_out if cut == "without" else None, 2, **WEEKLY)
        books.run(None if cut == "without" else left_out, **WEEKLY)
        books.settle(**WEEKLY)


@pytest.mark.parametrize("calls", [1, 2])
@leaving_out(OF_ORDERS)
def test_rows_that_show_late_come_for_each(group: Group, left_out: str | None, calls: int) -> None:
    with Books(group, apart=0.4, newest=10) as books:
        for number in (3, 300, 599, 700):
            books.put(number, "late", age=240 - number * 0.3, late=LATE)
        books.run()
        books.server.now += 60
        books.cut(left_out, calls)
        books.settle()


@leaving_out(*MOST)
def test_changes_that_are_cut_come_for_each(group: Group, left_out: str | None) -> None:
    with Books(group, apart=60) as books:
        books.run()
        books.change(*range(group.count))
        books.cut(left_out, 2)
        books.settle()


@leaving_out(OF_SALES, OF_PRODUCTS, OF_ORDERS)
def test_a_full_table_takes_nothing_from_the_others(group: Group, left_out: str | None) -> None:
    with Books(group, apart=60) as books:
        full = left_out or list(group.streams)[1]
        books.cut(None, 2, full=full)
        books.run(full=full)
        books.change(1, 2, 3)
        books.run(left_out)
        books.change(4)
        books.run(None, full=full)
        books.settle()


# Only some documents.


def where(group: Group, *statuses: str) -> Row:
    return {"documents_where": {str(group): {"Status": list(statuses)}}} if statuses else {}


def has(*statuses: str) -> Wanted:
    return lambda row: not statuses or row["Status"] in statuses


other_or_none = pytest.mark.parametrize("then", [(VOIDED,), ()], ids=["other", "none"])


@other_or_none
@leaving_out(*OF_DOCUMENTS)
def test_another_filter_begins_anew_for_each(
    group: Group, left_out: str | None, then: tuple[str, ...]
) -> None:
    with Books(group, statuses=(COMPLETED, VOIDED)) as books:
        books.run(**where(group, COMPLETED))
        books.server.now += HOUR
        books.run(left_out, **where(group, *then))
        books.settle(has(*then), **where(group, *then))


@other_or_none
@pytest.mark.parametrize("group", OF_DOCUMENTS, ids=str)
def test_another_filter_begins_anew_once(group: Group, then: tuple[str, ...]) -> None:
    with Books(group, statuses=(COMPLETED, VOIDED)) as books:
        books.run(**where(group, COMPLETED))
        books.settle(has(*then), **where(group, *then))
        books.server.now += HOUR
        assert group.kind
        # The newest lies within the lookback.
        assert asked(books.run(**where(group, *then)), group.kind) <= 1


@other_or_none
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL], ids=["TERM", "KILL"])
@pytest.mark.parametrize("call", [1, 2, 3, 4])
@pytest.mark.parametrize("group", OF_DOCUMENTS, ids=str)
def test_another_filter_outlives_the_end_of_its_first_run(
    group: Group, call: int, end: signal.Signals, then: tuple[str, ...]
) -> None:
    with Books(group, statuses=(COMPLETED, VOIDED)) as books:
        books.run(**where(group, COMPLETED))
        books.server.now += HOUR
        ended = books.run(end=("*", call, end), **where(group, *then))
        assert ended.exit_code in (128 + end, -end), ended.stderr
        books.settle(has(*then), **where(group, *then))


@pytest.mark.parametrize("group", OF_DOCUMENTS, ids=str)
def test_a_document_that_leaves_a_filter_that_came_later_comes_once_more(group: Group) -> None:
    with Books(group, statuses=(COMPLETED, VOIDED)) as books:
        books.run()
        books.server.now += HOUR
        books.run(**where(group, COMPLETED))
        books.change(2, Status=VOIDED)
        held = lambda row: has(COMPLETED)(row) or row[group.by] == guid(2)  # noqa: E731
        books.settle(held, **where(group, COMPLETED))


@pytest.mark.parametrize("calls", [0, 2], ids=["whole", "cut"])
@leaving_out(*OF_DOCUMENTS)
def test_a_filter_that_comes_back_brings_what_changed(
    group: Group, left_out: str | None, calls: int
) -> None:
    with Books(group, statuses=(COMPLETED, VOIDED)) as books:
        books.run(**where(group, COMPLETED))
        books.change(0, 1, Status=COMPLETED)
        if calls:
            books.cut(left_out, calls, **where(group, VOIDED))
        else:
            books.run(left_out, **where(group, VOIDED))
        books.change(2, 3, Status=COMPLETED)
        books.settle(has(COMPLETED), **where(group, COMPLETED))


@leaving_out(*OF_DOCUMENTS)
def test_a_document_that_leaves_the_filter_comes_once_more_for_each(
    group: Group, left_out: str | None
) -> None:
    with Books(group, statuses=(COMPLETED, VOIDED)) as books:
        books.run(**where(group, COMPLETED))
        books.change(2, Status=VOIDED)
        books.run(left_out, **where(group, COMPLETED))
        held = lambda row: has(COMPLETED)(row) or row[group.by] == guid(2)  # noqa: E731
        books.settle(held, **where(group, COMPLETED))
