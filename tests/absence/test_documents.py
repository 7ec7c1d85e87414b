"""A4: documents that can't be had during a whole reading, though their list names them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.absence.accounts import answered, core, of_adjustments, of_sales
from tests.absence.pipeline import DAY, Pipeline, activated, runs
from tests.losses.accounts import SALE, guid

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from tests.losses.standin import Call, Core, Reply, Row, Table

WEEKLY = {"full_refresh_days": 7}
COUNT = 36
BROKEN = frozenset(guid(number) for number in range(0, COUNT, 3))
FORMS: dict[str, tuple[Any, int]] = {
    "404": ({"Message": "not found"}, 404),
    "null": (None, 200),
    "{}": ({}, 200),
    "[]": ([], 200),
    "a message": ({"Message": "An error has occurred."}, 200),
    "errors": ([{"ErrorCode": 500, "Exception": "failed"}], 200),
    "HTML": (b"<html><body>Page not found</body></html>", 200),
    "another document": ({"ID": guid(900), "TaskID": guid(900), "Order": {}}, 200),
}


def broken(server: Core, path: str, form: str) -> None:
    """Let a third of the documents be answered by something else."""
    answer = answered(*FORMS[form])

    def hook(call: Call) -> Reply | None:
        asked = call.query.get("ID") or call.query.get("TaskID") or ""
        return answer(call) if asked.lower() in BROKEN else None

    server.before(path, None, hook)


def settled(pipeline: Pipeline) -> None:
    """Read twice, so that there are witnesses."""
    for _ in range(2):
        assert pipeline.run().exit_code == 0
        pipeline.server.now += 8 * DAY
    assert not pipeline.missing()


@pytest.mark.parametrize("form", FORMS)
def test_sales_that_cannot_be_had_are_neither_gone_nor_forgotten(form: str) -> None:
    with core() as server:
        pipeline = of_sales(server, COUNT, settings=WEEKLY)
        settled(pipeline)
        for _ in range(3):
            broken(server, SALE, form)
            result = pipeline.run()
            assert result.exit_code == 1, result.stderr
            assert runs(result)["sales"]["complete"] is False
            for stream in ("sales", "sale_order_lines"):
                assert not activated(result, stream)
            server.calm()
            server.now += 8 * DAY
        pipeline.settle(days=8)


@pytest.mark.parametrize("form", ["404", "null", "a message"])
def test_documents_without_a_stamp_are_neither_gone_nor_forgotten(form: str) -> None:
    with core() as server:
        pipeline = of_adjustments(server, COUNT, settings=WEEKLY)
        settled(pipeline)
        for _ in range(2):
            broken(server, "/stockadjustment", form)
            result = pipeline.run()
            assert result.exit_code == 1, result.stderr
            assert not activated(result, "stock_adjustments")
            server.calm()
            server.now += 8 * DAY
        pipeline.settle(days=8)


@pytest.mark.parametrize("form", ["404", "null", "a message"])
def test_documents_of_a_first_load_that_cannot_be_had_come_later(form: str) -> None:
    with core() as server:
        pipeline = of_sales(server, COUNT)
        broken(server, SALE, form)
        result = pipeline.run()
        assert result.exit_code == 1, result.stderr
        assert result.keys("sales", "ID") == {guid(number) for number in range(COUNT)} - BROKEN
        pipeline.settle(calls=COUNT)


# Documents that show a change some seconds after their list.

KINDS: dict[str, tuple[Callable[..., Pipeline], str]] = {
    "sales": (of_sales, SALE),
    "stock_adjustments": (of_adjustments, "/stockadjustment"),
}


def voided(server: Core, table: Table, path: str, ids: Collection[str]) -> None:
    """Void documents, which show it 15 seconds later, and be there before."""
    parameter, find = server.documents[path]
    before: dict[str, Row | None] = {one: find(one) for one in ids}
    later = server.now + 15
    for one in ids:
        table.edit(one, Status="VOIDED")

    def found(wanted: str) -> Row | None:
        one = wanted.lower()
        shown: Row | None = find(wanted)
        return before[one] if one in ids and server.now < later else shown

    server.details(path, parameter, found)
    server.now += 3


def held_as_voided(pipeline: Pipeline, stream: str) -> set[str]:
    """Return the documents that the loader has as voided."""
    column = pipeline.watched[0].column
    return {row[column] for row in pipeline.loader.rows(stream) if "VOIDED" in str(row)}


@pytest.mark.parametrize("stream", KINDS)
def test_what_is_owed_and_shows_a_change_late_comes_once_more(stream: str) -> None:
    make, path = KINDS[stream]
    with core() as server:
        pipeline = make(server, COUNT)
        broken(server, path, "{}")
        assert pipeline.run().exit_code == 1
        server.calm()
        server.now += DAY
        voided(server, pipeline.watched[0].table, path, BROKEN)
        result = pipeline.run()
        assert result.exit_code == 0, result.stderr
        asked = Counter(str(call.query) for call in result.calls if call.path == path)
        assert max(asked.values()) == 1
        server.now += 60
        assert pipeline.run().exit_code == 0
        assert held_as_voided(pipeline, stream) == BROKEN
        server.now += DAY
        quiet = pipeline.run()
        assert not [call for call in quiet.calls if call.path == path]


def test_sales_that_fail_right_after_a_change_and_then_show_it_late_come_once_more() -> None:
    with core() as server:
        pipeline = of_sales(server, COUNT)
        assert pipeline.run().exit_code == 0
        server.now += DAY
        voided(server, pipeline.watched[0].table, SALE, BROKEN)
        broken(server, SALE, "{}")
        assert pipeline.run().exit_code == 1
        server.calm()
        assert pipeline.run().exit_code == 0
        server.now += 60
        assert pipeline.run().exit_code == 0
        assert held_as_voided(pipeline, "sales") == BROKEN


@pytest.mark.parametrize("stream", KINDS)
def test_what_leaves_documents_where_and_shows_it_late_comes_once_more(stream: str) -> None:
    make, path = KINDS[stream]
    where = {stream: {"Status": ["ORDERED", "COMPLETED"]}}
    with core() as server:
        pipeline = make(server, COUNT, settings={"documents_where": where})
        pipeline.run()
        server.now += DAY
        voided(server, pipeline.watched[0].table, path, BROKEN)
        for _ in range(2):
            assert pipeline.run().exit_code == 0
            server.now += 60
        assert held_as_voided(pipeline, stream) == BROKEN
        server.now += DAY
        quiet = pipeline.run()
        assert not [call for call in quiet.calls if call.path == path]
