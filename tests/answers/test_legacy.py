"""V1 of Core: what holds for V2 holds for it, in its own words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.answers.account import DAY, HOUR
from tests.answers.legacy import DOCUMENTS, LISTS, NINE, Books
from tests.losses.accounts import guid
from tests.losses.harness import cli, config_for, write
from tests.losses.standin import stamp

if TYPE_CHECKING:
    from pathlib import Path

    from tests.losses.harness import Result
    from tests.losses.standin import Row

ONE_BY_ONE: Row = {"max_parallel_requests": 1, "retry_wait_seconds": 0}
NUMBERS = {
    "customers": ("Acme & Sons", "Name"),
    "suppliers": ("Bolts", "Name"),
    "products": ("B/3", "SKU"),
    "product_families": ("B-3", "SKU"),
    "product_availability": ("B/3", "SKU"),
    "sale_list": ("SO-01234", "OrderNumber"),
    "purchase_list": ("PO-01234", "OrderNumber"),
    "sales": ("SO-01234", "OrderNumber"),
    "purchases": ("PO-01234", "OrderNumber"),
}


def numbered(books: Books, stream: str) -> str:
    """Give a row, or the row that names a document, a number; return it."""
    served = books.server.rows(stream)
    number, named = NUMBERS[stream]
    row = next(one for one in served.table.visible() if one[served.table.by] == guid(3))
    served.table.put({**row, named: number})
    return number


def started(books: Books, folder: Path, *arguments: str) -> Result:
    config = config_for(books.server, api="core_v1", **ONE_BY_ONE)
    return cli(*write(folder, config=config), *arguments)


# --get, only_ids and notifications: docs/without-meltano.md, docs/settings.md.


@pytest.mark.parametrize("stream", NINE)
def test_what_v1_has_is_found_by_its_number(tmp_path: Path, stream: str) -> None:
    with (books := Books(5)).server:
        result = started(books, tmp_path, "--get", stream, numbered(books, stream))
        assert result.exit_code == 0, result.stderr
        assert guid(3) in json.loads(result.stdout).values()
        assert len(books.server.calls) == (2 if stream in DOCUMENTS else 1)


@pytest.mark.parametrize("stream", NINE)
def test_what_v1_has_is_found_by_its_id(tmp_path: Path, stream: str) -> None:
    with (books := Books(5)).server:
        result = started(books, tmp_path, "--get", stream, guid(3).upper())
        assert result.exit_code == 0, result.stderr
        assert guid(3) in json.loads(result.stdout).values()


@pytest.mark.parametrize("stream", NINE)
def test_a_number_that_v1_does_not_have_was_looked_for(tmp_path: Path, stream: str) -> None:
    with (books := Books(5)).server:
        result = started(books, tmp_path, "--get", stream, "No-3")
        result.failed_with_one_line("nothing has")
        assert books.server.count(LISTS[DOCUMENTS.get(stream, (stream,))[0]][0])


def test_a_notification_that_has_the_number_alone_finds_the_document(tmp_path: Path) -> None:
    with (books := Books(5)).server:
        body = {"EventType": "Sale/OrderAuthorised", "SaleOrderNumber": numbered(books, "sales")}
        (event := tmp_path / "event.json").write_text(json.dumps(body))
        result = started(books, tmp_path, "--from-event", str(event))
        assert result.exit_code == 0, result.stderr
        assert result.keys("sales", "ID") == {guid(3)}
        assert result.keys("sale_list", "SaleID") == {guid(3)}


# Which documents: docs/incremental.md.


def test_start_date_bounds_documents_and_no_master_data() -> None:
    with (books := Books(6)).server:
        books.run(start_date=stamp(books.server.now - HOUR - 150), lookback_seconds=0)
        found = {one: len(books.loader.rows(one)) for one in NINE}
        assert found == {
            **dict.fromkeys(LISTS, 6),
            "sale_list": 2,
            "purchase_list": 2,
            "sales": 2,
            "purchases": 2,
        }
        books.settle()


def test_what_start_date_leaves_out_is_not_asked_for_and_is_not_gone() -> None:
    with (books := Books(6)).server:
        books.run()
        for _ in range(3):
            books.server.now += 8 * DAY
            since = stamp(books.server.now - 30 * DAY)
            result = books.run(full_refresh_days=7, start_date=since)
            assert result.exit_code == 0, result.stderr
            queries = [call.query for call in result.calls if call.path == "/PurchaseList"]
            assert all(query["updatedSince"] >= since for query in queries)
            books.server.put("sales", 5, "second")
        assert not books.loader.removed


# Ids: an id is a piece of the path.


@pytest.mark.parametrize("odd", ["a?b=c", "a#b", "%2e%2e", "a\b", "../SaleList", "a/b", "a b&c"])
def test_an_id_that_is_no_guid_asks_for_nothing_else(odd: str) -> None:
    with (books := Books(3)).server:
        row = {"SaleID": odd, "Type": "Simple Sale", "Customer": "odd"}
        books.server.rows("sales").table.put({**row, "Updated": stamp(books.server.now - HOUR)})
        result = books.run()
        assert result.exit_code == 0, result.stderr
        assert not books.wrong()
        asked = {call.path for call in result.calls if call.path.startswith("/Sale/")}
        assert asked == {f"/Sale/{one}" for one in (*map(guid, range(3)), quote(odd, safe=""))}
        assert books.server.count("/SaleList") == 1
