"""What responses of Core hold: rows as bytes, totals, and errors inside a 200."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tap_cin7.client.responses import HtmlResponse, NotFound, UnexpectedResponse
from tap_cin7.core.resource import CoreList
from tap_cin7.core.responses import Denied, NoEndpoint, check_core, core_rows
from tap_cin7.errors import (
    Cin7Error,
    NotAvailable,
    Refused,
    Retriable,
    StreamFailed,
)
from tap_cin7.rows.fields import INT, TEXT_KEY, record
from tests.unit.client.support import reply

if TYPE_CHECKING:
    import msgspec

SCHEMA = record(ID=TEXT_KEY("Id"), N=INT("Number"))


class Listed(CoreList):
    records_key = "List"
    schema = SCHEMA


class Bare(CoreList):
    schema = SCHEMA


class Runs(CoreList):
    records_key = "Runs"
    schema = SCHEMA


LIMIT = "You have reached 60 calls per 60 seconds API limit."


def texts(rows: list[msgspec.Raw]) -> list[bytes]:
    return [bytes(row) for row in rows]


# --- pages -------------------------------------------------------------------------------------


def test_a_page_has_its_rows_as_bytes_and_the_total() -> None:
    page = core_rows(
        reply(200, '{"Total": 7, "Page": 1, "List": [{"ID": 1.0}, {"ID": 2}]}'), Listed, 0
    )
    assert texts(page.rows) == [b'{"ID": 1.0}', b'{"ID": 2}']
    assert page.total == 7


@pytest.mark.parametrize("total", ["true", "null", '"7"', "7.5", "[]", "{}"])
def test_a_total_that_is_not_a_whole_number_counts_as_none(total: str) -> None:
    page = core_rows(reply(200, f'{{"Total": {total}, "List": [{{"ID": 1}}]}}'), Listed, 0)
    assert page.total is None
    assert len(page.rows) == 1


@pytest.mark.parametrize(
    "body",
    [
        '{"total": 2, "list": [{"ID": 1}]}',
        '{"TOTAL": 2, "LIST": [{"ID": 1}]}',
        '\ufeff{"Total": 2, "List": [{"ID": 1}]}',
        ' \r\n{"Total": 2, "List": [{"ID": 1}]}',
    ],
)
def test_a_list_is_found_under_any_spelling_of_its_name(body: str) -> None:
    page = core_rows(reply(200, body), Listed, 0)
    assert texts(page.rows) == [b'{"ID": 1}']
    assert page.total == 2


def test_an_empty_list_has_no_rows() -> None:
    assert core_rows(reply(200, '{"List": []}'), Listed, 0).rows == []
    assert core_rows(reply(200, "[]"), Bare).rows == []


def test_a_list_may_be_null_where_its_total_leaves_no_row_for_it() -> None:
    assert core_rows(reply(200, '{"List": null, "Total": 0}'), Listed, 0).rows == []
    with pytest.raises(UnexpectedResponse):
        core_rows(reply(200, '{"List": null, "Total": 1}'), Listed, 0)
    with pytest.raises(UnexpectedResponse):
        core_rows(reply(200, '{"List": null, "Total": 0}'), Listed)


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "{}",
        "[]",
        "null",
        '{"Total": 0}',
        '{"List": null}',
        '{"errors": []}',
        '{"Message": "later", "Details": []}',
        '{"List": [{"Message": "later"}]}',
        '{"Other": []}',
        '{"Total": 1, "Other": [{"ID": 1}], "Page": 1}',
        '{"A": [], "B": []}',
        '{"List": {}}',
        '{"List": "none"}',
        '{"List": [1]}',
        '{"List": [{"ID": 1}, null]}',
        '{"List": [{"ID": 1}',
        '"later"',
        "0",
        "[[]]",
        "[1]",
    ],
)
def test_a_body_without_its_list_never_passes_for_an_empty_one(body: str) -> None:
    with pytest.raises(Retriable):
        core_rows(reply(200, body), Listed, 0)


@pytest.mark.parametrize(
    "odd",
    [b"\xff", b"caf\xe9", rb"\ud800", b"\x01", b"\n"],
    ids=["byte", "latin-1", "surrogate", "control", "newline"],
)
def test_odd_bytes_cost_no_row(odd: bytes) -> None:
    body = b'{"Total": 2, "List": [{"ID": "1", "Name": "' + odd + b'"}, {"ID": "2"}]}'
    found = core_rows(reply(200, body), Listed, 0)
    assert len(found.rows) == 2
    assert found.envelope == {"total": 2}


# --- documents ---------------------------------------------------------------------------------


def test_a_document_is_the_body() -> None:
    found = core_rows(reply(200, '{"ID": "a", "Lines": [{"Qty": 1.50}]}'), Bare)
    assert texts(found.rows) == [b'{"ID": "a", "Lines": [{"Qty": 1.50}]}']
    assert found.envelope == {}


def test_a_document_may_come_as_a_list() -> None:
    found = core_rows(reply(200, '[{"ID": "a"}, {"ID": "b"}]'), Bare)
    assert texts(found.rows) == [b'{"ID": "a"}', b'{"ID": "b"}']
    assert found.envelope == {}


def test_the_fields_beside_the_rows_are_decoded_with_every_digit() -> None:
    body = '{"ID": "a", "Rate": 1.10, "Tags": ["x"], "None": null, "runs": [{"ID": 1, "N": 1}]}'
    found = core_rows(reply(200, body), Runs)
    assert texts(found.rows) == [b'{"ID": 1, "N": 1}']
    assert found.envelope == {"id": "a", "rate": Decimal("1.10"), "tags": ["x"], "none": None}
    assert str(found.envelope["rate"]) == "1.10"


# --- errors ------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 403, 429, 503])
def test_the_call_limit_is_known_by_its_words_whatever_the_status(status: int) -> None:
    with pytest.raises(Refused, match="60 calls") as caught:
        check_core(reply(status, LIMIT, Retry_After="60 Seconds"))
    assert caught.value.retry_after == 60


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, "no", Denied),
        (403, "no", Denied),
        (404, "no", NotFound),
        (404, "<html>no</html>", NoEndpoint),
        (400, "Sale with specified TaskID not found", NotFound),
        (400, "Page is wrong", StreamFailed),
        (405, "no", NotAvailable),
        (500, "no", Retriable),
        (503, "no", Retriable),
        (302, "", StreamFailed),
    ],
)
def test_a_status_means(status: int, body: str, error: type[Cin7Error]) -> None:
    with pytest.raises(error) as caught:
        check_core(reply(status, body))
    assert type(caught.value) is error or error is Retriable


@pytest.mark.parametrize("shape", ["{}", "[{}]", '[{{"ErrorCode": null}}, {}]'])
@pytest.mark.parametrize(
    ("code", "words", "error"),
    [
        ("429", "slow down", Refused),
        ("400", LIMIT, Refused),
        ("403", "no", Denied),
        ("404", "no", NotFound),
        ("400", "Sale does not exist", NotFound),
        ("500", "no", Retriable),
        ("400", "Page is wrong", UnexpectedResponse),
        ('"x"', "odd", UnexpectedResponse),
    ],
)
def test_an_error_inside_a_200_is_no_row(
    shape: str, code: str, words: str, error: type[Cin7Error]
) -> None:
    one = f'{{"ErrorCode": {code}, "Exception": "{words}"}}'
    body = shape.replace("{}", one).replace("{{", "{").replace("}}", "}")
    for resource in (Listed, Bare):
        with pytest.raises(error, match=words):
            core_rows(reply(200, body), resource)


def test_a_row_that_has_a_field_of_that_name_is_no_error() -> None:
    body = '[{"ErrorCode": 404, "ID": 1}]'
    assert texts(core_rows(reply(200, body), Bare).rows) == [b'{"ErrorCode": 404, "ID": 1}']


def test_an_html_page_is_told_apart() -> None:
    with pytest.raises(HtmlResponse, match=r"^200 with an HTML page: Sorry$"):
        core_rows(reply(200, "\n<!DOCTYPE html><html>Sorry</html>"), Listed, 0)
