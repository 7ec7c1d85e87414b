"""Outlines: what is known of a row while it waits as bytes, and what opening it gives."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tap_cin7.errors import StreamFailed
from tap_cin7.fields import DATETIME, KEY, NUM, STR, TEXT_KEY, key_or, record, record_key
from tap_cin7.outline import Outline, Outliner
from tap_cin7.shape import Row, Shape
from tap_cin7.tap import TapCin7

if TYPE_CHECKING:
    from tap_cin7.stream import Cin7Stream

ORDER = record(
    id=KEY("Id"), modified=DATETIME("Changed"), paid=DATETIME("Paid"), total=NUM("T"), note=STR("N")
)
STOCK = record(
    record_key=record_key("product", "size"), product=KEY("P"), size=STR("S"), qty=NUM("Q")
)
JOURNAL = record(record_key=record_key(), account=STR("Account"), amount=NUM("Amount"))
PAIR = record(code=TEXT_KEY("Code"), branch=key_or(0), total=NUM("Total"))


def raw(text: str | bytes) -> msgspec.Raw:
    return msgspec.Raw(text.encode() if isinstance(text, str) else text)


def as_raw(**fields: object) -> msgspec.Raw:
    return raw(json.dumps(fields))


def shaped(schema: Row, **fields: Any) -> Row:  # noqa: ANN401
    """Return a row shaped at once, by the shape that whole rows pass."""
    row: Row = msgspec.json.decode(as_raw(**fields))
    Shape(schema)(row)
    return row


# What is decoded.


def test_only_the_key_and_the_named_fields_are_decoded() -> None:
    outline = Outliner(ORDER, ["modified"])(
        as_raw(id=7, modified="2026-03-01T10:00:00+10:00", paid="2026-03-02", note="x", total=1)
    )
    assert outline.fields == {"id": 7, "modified": "2026-03-01T00:00:00.000000Z"}


def test_a_field_that_the_schema_does_not_have_is_not_asked_of_a_row() -> None:
    outline = Outliner(ORDER, ["modified", "elsewhere"])(as_raw(id=7, elsewhere="x"))
    assert outline.fields == {"id": 7}


def test_fields_that_a_row_lacks_are_not_made_up() -> None:
    assert Outliner(ORDER, ["modified", "paid"])(as_raw(id=7)).fields == {"id": 7}


def test_a_stamp_that_is_no_date_is_null_and_told() -> None:
    outliner = Outliner(ORDER, ["modified"])
    assert outliner(as_raw(id=7, modified="soon")).fields == {"id": 7, "modified": None}
    assert outliner.shape.odd == {"modified": "soon"}


def test_fields_that_are_left_undecoded_are_no_unknown_ones() -> None:
    outliner = Outliner(ORDER, [])
    outliner(as_raw(id=7, note="x", a_new_field=1))
    assert not outliner.shape.unknown


def test_the_whole_row_comes_back_with_every_digit() -> None:
    text = '{"id": 7, "total": 0.10000000000000000001, "a_new_field": {"deep": [1.0]}}'
    outline = Outliner(ORDER, [])(raw(text))
    assert outline.row() == json.loads(text, parse_float=Decimal)
    assert str(outline.row()["total"]) == "0.10000000000000000001"


def test_each_opening_gives_a_row_of_its_own() -> None:
    outline = Outliner(ORDER, [])(as_raw(id=7, note="x"))
    outline.row().clear()
    assert outline.row() == {"id": 7, "note": "x"}


# Keys.


def test_the_key_fields_are_the_key_columns_alone() -> None:
    outliner = Outliner(PAIR, ["total"])
    outline = outliner(as_raw(code="A", branch=3, total=1))
    assert outliner.key_fields(outline) == {"code": "A", "branch": 3}


def test_a_key_that_is_null_takes_what_stands_for_none() -> None:
    outliner = Outliner(PAIR, [])
    assert outliner.key_fields(outliner(as_raw(code="A"))) == {"code": "A", "branch": 0}


@pytest.mark.parametrize("size", ["M", "", None, 42])
def test_a_record_key_is_that_of_the_whole_row(size: object) -> None:
    fields = {"product": "5", "size": size, "qty": 2}
    outliner = Outliner(STOCK, [])
    outline = outliner(as_raw(**fields))
    assert "qty" not in outline.fields
    assert outliner.key_fields(outline)["record_key"] == shaped(STOCK, **fields)["record_key"], (
        "fetching ahead must not change a key"
    )


def test_a_record_key_without_parts_is_made_of_the_whole_row() -> None:
    fields = {"account": "200", "amount": "1.50"}
    outliner = Outliner(JOURNAL, [])
    outline = outliner(as_raw(**fields))
    assert outline.fields == shaped(JOURNAL, **fields)


def test_a_record_key_without_parts_numbers_equal_rows() -> None:
    row = as_raw(account="200", amount=1)
    other = as_raw(account="201", amount=1)

    def keys(*rows: msgspec.Raw) -> list[str]:
        outliner = Outliner(JOURNAL, [])
        return [outliner(one).fields["record_key"] for one in rows]

    first, between, second, third = keys(row, other, row, row)
    assert len({first, between, second, third}) == 4
    assert keys(row, row, other, row) == [first, second, between, third]


def test_equal_rows_are_numbered_anew_when_a_list_is_read_again() -> None:
    outliner = Outliner(JOURNAL, [])
    row = as_raw(account="200", amount=1)
    first, second = (outliner(row).fields for _ in range(2))
    outliner.shape.forget_occurrences()
    assert [outliner(row).fields, outliner(row).fields] == [first, second]


# Bad rows.


def test_a_row_without_a_key_is_counted() -> None:
    outliner = Outliner(ORDER, [])
    for row in (as_raw(note="x"), as_raw(id=None), as_raw(id="seven"), as_raw(id=7)):
        outliner(row)
    assert outliner.shape.without_key == 3


@pytest.mark.parametrize("text", ["[1]", "5", "null", '"row"'])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        Outliner(ORDER, [])(raw(text))


@pytest.mark.parametrize("text", ["", "{", '{"id": 7', '{"id": 7,}', "<html>"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        Outliner(ORDER, [])(raw(text))


@pytest.fixture
def contacts() -> Cin7Stream:
    tap = TapCin7(config={"api": "omni", "username": "me", "api_key": "a-key-of-mine"})
    (stream,) = (one for one in tap.cin7_streams if one.name == "contacts")
    return stream


def test_a_row_that_was_opened_is_shaped_and_keeps_the_key_of_its_outline(
    contacts: Cin7Stream,
) -> None:
    row = as_raw(id="7", modifiedDate="2026-03-01", firstName=5, aNewField=1)
    outline = contacts.outliner(row)
    assert contacts.opened(outline) == {
        "id": 7,
        "modifiedDate": "2026-03-01T00:00:00.000000Z",
        "firstName": "5",
    }
    assert contacts.shape.unknown == {"aNewField"}


def test_a_shaped_row_is_opened_as_it_is(contacts: Cin7Stream) -> None:
    row: Row = {"id": 7}
    assert contacts.opened(row) is row


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": 7, "firstName": "\xff"}',
        b'{"id": 7, "firstName": "x',
        b'{"id": 7, "rating": 1e99999999999999999999}',
        b'{"id": 7, "more": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
    ids=["encoding", "cut", "number", "depth"],
)
def test_a_row_that_turns_out_undecodable_fails_its_stream(
    body: bytes, contacts: Cin7Stream
) -> None:
    with pytest.raises(StreamFailed, match="can't be decoded"):
        contacts.opened(Outline({"id": 7}, raw(body)))
