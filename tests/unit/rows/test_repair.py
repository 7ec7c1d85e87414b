"""Odd bytes: what can be kept is kept, what is cut off is refused."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_cin7.rows import repair
from tap_cin7.rows.codec import Notes, RowCodec
from tap_cin7.rows.encoding import OddNumber, as_json
from tap_cin7.rows.extra_fields import loadable
from tap_cin7.rows.fields import KEY, NUM, OPEN, STR, many, record, table
from tests.unit.rows.support import noting, own, part, records

ROW = record(
    id=KEY("Id"),
    name=STR("Name"),
    total=NUM("Total"),
    lines=many(table(sku=STR("SKU"), qty=NUM("Quantity")), "Lines"),
    open=OPEN("Open"),
)
DEEP = b"[" * 5_000 + b"]" * 5_000

ODD: dict[str, tuple[bytes, dict[str, Any], set[str]]] = {
    "lone surrogate": (rb'"name":"a\ud800b"', {"name": "a\ufffdb"}, {"name"}),
    "lone low surrogate": (rb'"name":"\udc00"', {"name": "\ufffd"}, {"name"}),
    "surrogates the wrong way round": (
        rb'"name":"\ude00\ud83d"',
        {"name": "\ufffd\ufffd"},
        {"name"},
    ),
    "byte of Latin-1": (b'"name":"Caf\xe9"', {"name": "Caf\ufffd"}, {"name"}),
    "cut-off character": (b'"name":"\xe2\x82"', {"name": "\ufffd\ufffd"}, {"name"}),
    "raw control characters": (b'"name":"a\x01\n\tb"', {"name": "a\x01\n\tb"}, {"name"}),
    "raw NUL": (b'"name":"a\x00b"', {"name": "ab"}, {"name"}),
    "NUL": (rb'"name":"a\u0000b"', {"name": "ab"}, {"name"}),
    "NUL in a line": (
        rb'"lines":[{"sku":"A"},{"sku":"\u0000"}]',
        {"lines": [{"sku": "A"}, {"sku": ""}]},
        {"lines[].sku"},
    ),
    "NUL in an open object": (rb'"open":{"a\u0000":"\u0000"}', {"open": {"a": ""}}, {"open.a"}),
    "NaN": (b'"total":NaN', {"total": None, "extra_fields": {"total": "NaN"}}, {"total"}),
    "Infinity": (
        b'"lines":[{"qty":-Infinity}],"total":1.50',
        {
            "lines": [{"qty": None}],
            "total": 1.5,
            "extra_fields": {"lines[0].qty": "-Infinity"},
        },
        {"lines[].qty"},
    ),
    "number out of range": (
        b'"total":1e999999',
        {"total": None, "extra_fields": {"total": "1e999999"}},
        {"total"},
    ),
    "exponent out of range": (
        b'"total":1e99999999999999999999',
        {"total": None, "extra_fields": {"total": "1e99999999999999999999"}},
        {"total"},
    ),
    "endless integer": (
        b'"total":' + b"9" * 5_000,
        {"total": None, "extra_fields": {"total": "9" * 5_000}},
        {"total"},
    ),
    "bottomless value": (
        b'"open":{"a":1,"b":' + DEEP + b"}",
        None,
        {("open.b" + "[]" * 98)[:200] + "..."},
    ),  # type: ignore[dict-item]
    "bottomless unknown field": (b'"new":' + DEEP, None, {("new" + "[]" * 99)[:200] + "..."}),  # type: ignore[dict-item]
    "byte order mark inside": ('"name":"\ufeffx"'.encode(), {"name": "\ufeffx"}, set()),
    "escapes that are legal": (
        rb'"name":"\ud83d\ude00\\u0000"',
        {"name": "\U0001f600\\u0000"},
        set(),
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_row_leaves_with_what_can_be_kept(name: str) -> None:
    members, expected, odd = ODD[name]
    notes = Notes()
    codec = RowCodec(ROW, outputs=[own(ROW, notes=notes)])
    for body in (b'{"id":7,' + members + b"}", b'{"id":8,"name":"plain"}'):
        (made,) = records(codec.row(body))
    assert made.values == {"id": 8, "name": "plain", "extra_fields": None}
    assert set(notes.odd) == odd
    assert set(notes.odd.values()) <= {7}
    (made,) = records(codec.row(b'{"id":7,' + members + b"}"))
    assert "\x00" not in json.dumps(made.values, default=str)
    if expected is not None:
        assert json.loads(json.dumps(made.values, default=float)) == {
            "id": 7,
            "extra_fields": None,
            **expected,
        }


def test_what_lies_too_deep_is_null_and_the_rest_of_the_row_is_kept() -> None:
    codec = RowCodec(ROW, outputs=[own(ROW)])
    (made,) = records(codec.row(b'{"id":7,"open":{"a":1,"b":' + DEEP + b'},"name":"x"}'))
    assert (made.values["name"], made.values["open"]["a"]) == ("x", 1)
    levels, inner = 0, made.values["open"]["b"]
    while inner is not None:
        levels, (inner,) = levels + 1, inner
    assert 50 < levels < 100


def test_an_odd_text_in_a_line_is_named_in_the_line_table_too() -> None:
    notes = Notes()
    lines = part("lines[]", {"order": "id"}, order=KEY("O"), line_number=KEY("N"), sku=STR("S"))
    codec = RowCodec(ROW, outputs=[noting(notes, lines)])
    (made,) = records(codec.row(rb'{"id":7,"lines":[null,{"sku":"\u0000A"}]}'))
    assert made.values["sku"] == "A"
    assert notes.odd == {"sku": (7, 2)}


# --- pages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ODD)
def test_one_odd_row_does_not_cost_its_page(name: str) -> None:
    odd = b'{"id":7,' + ODD[name][0] + b"}"
    rows = [b'{"id":1}', odd, b'{"id":2,"name":"x, ]}[{ \\" y"}', odd]
    page = b" [ " + b" , ".join(rows) + b" ] "
    assert [bytes(row) for row in repair.split_rows(page)] == rows
    envelope = b'{"Total": 4, "a, \\"b\\": {": [1], "List":' + page + b"}"
    fields = repair.split_fields(envelope)
    assert list(fields) == ["Total", 'a, "b": {', "List"]
    assert bytes(fields["Total"]) == b"4"
    assert [bytes(row) for row in repair.split_rows(fields["List"])] == rows
    codec = RowCodec(ROW)
    keys = [row.key for one in repair.split_rows(page) if (row := codec.row(one)) is not None]
    assert keys == [1, 7, 2, 7]


@pytest.mark.parametrize("name", ODD)
def test_a_page_that_is_cut_off_is_refused_wherever_it_is_cut(name: str) -> None:
    page = b'[{"id":1},{"id":7,' + ODD[name][0][-40:].replace(b"]", b"") + b'},{"id":2}]'
    for end in range(len(page) - 1):
        with pytest.raises(ValueError, match=r".*"):
            repair.split_rows(page[:end])
        with pytest.raises(ValueError, match=r".*"):
            repair.split_fields(b'{"List":' + page[:end])
        with pytest.raises(ValueError, match=r".*"):
            repair.read(page[:end])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>[1]</html>",
        b"null",
        b"{}",
        b"[1]",
        b'["{}"]',
        b"[{}, NaN]",
        b'[{"a":NaN}, 5]',
        b'[{"a":NaN},]',
        b'[{"a":NaN}]]',
        b'[{"a":NaN}]{}',
        b'[{"a":oops}]',
        b"[{'a':NaN}]",
        b'[{"a":NaN} {"b":1}]',
        b"[" * 5_000,
        DEEP,
    ],
)
def test_what_is_not_a_list_of_objects_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        repair.split_rows(body)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"5", b'{"a":NaN', b'{"a":NaN,}', b"{NaN:1}", b"{} {}"]
)
def test_what_is_not_an_object_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        repair.split_fields(body)


def test_empty_pages_are_empty() -> None:
    assert repair.split_rows(b" [ ] ") == []
    assert repair.split_fields(b" { } ") == {}


def test_a_byte_order_mark_is_no_part_of_a_body() -> None:
    assert [bytes(row) for row in repair.split_rows(b'\xef\xbb\xbf[{"a":1}]')] == [b'{"a":1}']
    assert repair.read(b"\xef\xbb\xbf[]").value == []


def test_a_repaired_body_is_legal_and_says_the_same_but_for_what_is_odd() -> None:
    body = b'{"a":[NaN,1.50,-Infinity],"b":"\xff\\ud800\\u0000\n","c":' + DEEP + b"}"
    value = repair.read(body).value
    assert value["a"] == [OddNumber("NaN"), Decimal("1.50"), OddNumber("-Infinity")]
    assert value["b"] == "\ufffd\ufffd\n"
    legal = as_json(loadable(value))
    assert msgspec.json.decode(legal) == json.loads(legal)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.lists(st.dictionaries(st.text(), VALUES, max_size=3), max_size=4), st.booleans())
def test_rows_come_apart_as_they_stand(rows: list[dict[str, Any]], ascii_only: bool) -> None:  # noqa: FBT001
    bodies = [json.dumps(row, ensure_ascii=ascii_only).encode() for row in rows]
    odd = b'{"odd":NaN}'
    page = b"[" + b",\n".join([*bodies, odd]) + b"]"
    assert [bytes(row) for row in repair.split_rows(page)] == [*bodies, odd]
    clean = json.loads(json.dumps(rows).replace("\\u0000", ""))
    assert repair.read(page).value == [*clean, {"odd": OddNumber("NaN")}]
