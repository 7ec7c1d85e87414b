"""An index list that several readers of a run want is read once, and only a whole one is shared."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tap_cin7.core.index_lists import IndexLists
from tap_cin7.errors import Incomplete
from tests.unit.core.account import START, run_together
from tests.unit.core.test_details import Adjustments, Book, adjustments, sales

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_cin7.core.index_lists import IndexRows
    from tap_cin7.reading.position import Position

LIST = Adjustments.index


class Reversals(Adjustments):
    """Documents of another kind that the same list names."""

    path = "/reversal"


def _fetched(book: Book, path: str) -> set[str]:
    return {str(query["TaskID"]) for asked, query in book.account.calls if asked == path}


def _list_calls(book: Book) -> int:
    return Counter(book.account.paths())[book.resource.index.path]


def test_the_stream_of_a_list_and_the_documents_in_it_take_one_reading() -> None:
    book = adjustments(20)
    listed, documents = run_together(book.account, (LIST, None), (Adjustments, None))
    assert len(listed.records) == len(documents.records) == 20
    assert _list_calls(book) == 1
    assert documents.metrics.announced == 20


def test_kinds_of_documents_that_one_list_names_take_one_reading_of_it() -> None:
    book = adjustments(20)
    book.account.documents["/reversal"] = book.account.documents["/adjustment"]
    run_together(book.account, (Adjustments, None), (Reversals, None))
    assert _list_calls(book) == 1
    assert _fetched(book, "/adjustment") == _fetched(book, "/reversal") == set(book.bodies)


def test_a_list_that_failed_serves_nobody() -> None:
    book = adjustments(20)
    book.table.total = lambda right: right + 1
    listed, documents = run_together(book.account, (LIST, None), (Adjustments, None))
    alone = _list_calls(book)
    assert isinstance(listed.error, Incomplete)
    assert isinstance(documents.error, Incomplete)
    run_together(book.account, (LIST, None))
    assert alone == 2 * (_list_calls(book) - alone)
    assert len(documents.records) == 20


@pytest.mark.parametrize("made", [adjustments, sales])
def test_a_document_that_changes_after_its_list_was_read_is_right_after_the_next_run(
    made: Callable[[int], Book],
) -> None:
    book = made(20)
    changed = dict(book.table.rows[min(book.bodies)])
    held: dict[str, str] = {}

    def change(path: str) -> None:
        if path == book.resource.path:
            book.account.between = lambda _path: None
            book.later(60)
            book.put(str(changed.pop(book.resource.id_field)), **{**changed, **_stamp(book)})

    book.account.between = change
    states: list[Position | None] = [None, None]
    for _ in range(2):
        wanted = zip((book.resource.index, book.resource), states, strict=True)
        results = run_together(book.account, *wanted)
        states = [result.position for result in results]
        held |= {row[book.key]: row["Body"] for row in results[1].records}
        book.later(600)
    assert held == book.bodies


def never(_rows: IndexRows) -> None:
    raise AssertionError("somebody else has read the list")


def test_documents_wait_for_a_reading_of_their_list_that_is_under_way() -> None:
    lists, got = IndexLists(), []
    lists.want(Adjustments, {})
    rows = lists.offer(LIST)
    assert rows is not None

    def documents() -> None:
        got.append(lists.rows(Adjustments, never))

    waiting = threading.Thread(target=documents)
    waiting.start()
    rows.take(b'{"TaskID":"a1","Status":"DRAFT"}')
    assert not got
    rows.total, rows.began = 1, "2026-01-01T00:00:00.000000Z"
    lists.end(LIST)
    waiting.join(10)
    assert got == [rows]
    assert [row.id for row in got[0].give(Adjustments)] == ["a1"]


def test_a_reading_that_ends_early_leaves_the_list_to_the_one_who_waits() -> None:
    lists, got = IndexLists(), []
    lists.want(Adjustments, {})
    lists.offer(LIST)
    seen = []

    def read(rows: IndexRows) -> None:
        seen.append((rows.began, lists.offer(LIST)))
        rows.began = START

    waiting = threading.Thread(target=lambda: got.append(lists.rows(Adjustments, read)))
    waiting.start()
    lists.end(LIST)
    waiting.join(10)
    assert seen == [("", None)]
    assert got[0].is_complete


def test_a_list_that_no_documents_want_is_not_kept() -> None:
    assert IndexLists().offer(LIST) is None


def _stamp(book: Book) -> dict[str, str]:
    return {book.table.stamp: book.account.now} if book.table.stamp else {}
