"""Record types: what leaves by the quick way is, byte for byte, what the slow way sends."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tap_cin7.apis import APIS
from tap_cin7.core.products import Products
from tap_cin7.fields import (
    BOOL,
    DATETIME,
    ENUM,
    INT,
    KEY,
    NUM,
    OPEN,
    STR,
    key_or,
    many,
    obj,
    record,
    record_key,
    table,
)
from tap_cin7.omni.products import ProductOptions
from tap_cin7.omni.sales import SalesOrders
from tap_cin7.outline import Outline, Outliner
from tap_cin7.record_type import RecordType
from tap_cin7.shape import Shape

Schema = dict[str, Any]

SIZE = table(name=STR("Label"), qty=NUM("Quantity"), due=DATETIME("Due"))
LINE = table(sku=STR("SKU"), qty=NUM("Quantity"), sizes=many(SIZE, "Sizes"), made=DATETIME("Made"))
ORDER = record(
    id=KEY("Id"),
    code=STR("Code"),
    total=NUM("Total"),
    count=INT("Count"),
    paid=BOOL("Paid"),
    created=DATETIME("Created"),
    stage=ENUM("Stage"),
    place=obj(table(city=STR("City"), seen=DATETIME("Seen")), "Place"),
    lines=many(LINE, "Lines"),
    tags=many(STR, "Tags"),
    custom=OPEN("Custom fields"),
    **{"class": STR("A keyword of Python"), "Tax Rule": STR("No name in Python")},
)
STOCK = record(
    record_key=record_key("product", "size"), product=KEY("P"), size=STR("S"), qty=NUM("Q")
)
PAIR = record(id=KEY("Id"), branch=key_or(0), total=NUM("Total"))
SCHEMAS = [
    ORDER,
    STOCK,
    PAIR,
    *(vars(stream)["schema"] for stream in (SalesOrders, ProductOptions, Products)),
]


def record_type(schema: Schema) -> RecordType:
    names = [name for name in ("created", "modifiedDate") if name in schema["properties"]]
    return RecordType(schema, Outliner(schema, names), Shape(schema))


def raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def quick(row: object, schema: Schema = ORDER) -> Outline | None:
    return record_type(schema).outline(raw(row))


def slow(row: msgspec.Raw, schema: Schema) -> tuple[bytes, Shape]:
    decoded = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode(row)
    shape = Shape(schema)
    assert shape(decoded)
    return msgspec.json.Encoder(decimal_format="number").encode(decoded), shape


# Rows as Cin7 may send them.

texts = st.text(max_size=12)
spelled = st.builds(
    lambda text, *, ascii_only: msgspec.Raw(json.dumps(text, ensure_ascii=ascii_only)),
    texts,
    ascii_only=st.booleans(),
)
numbers = st.from_regex(
    r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True
).map(msgspec.Raw)
wholes = st.integers(-(10**25), 10**25)
moments = st.datetimes().map(lambda moment: moment.isoformat())
instants = st.builds("".join, st.tuples(moments, st.sampled_from(["", "Z", "+11:00", "-0330"])))
odd = st.sampled_from(["0001-01-01T00:00:00", "", " ", "2026-02-29T00:00:00Z", "soon", "1_000"])
anything = st.one_of(st.none(), st.booleans(), numbers, texts, odd, st.lists(numbers, max_size=1))


def fitting(field: Schema) -> st.SearchStrategy[Any]:
    """Values of the type that a field has."""
    types = set(field["type"])
    inner: st.SearchStrategy[Any]
    if "properties" in field:
        inner = objects(field)
    elif "object" in types:
        inner = st.dictionaries(texts, numbers)
    elif "array" in types:
        inner = st.lists(fitting(field["items"]), max_size=3)
    elif field.get("format") == "date-time":
        inner = instants
    elif "number" in types:
        inner = numbers
    elif "integer" in types:
        inner = wholes | spelled if "string" in types else wholes
    else:
        inner = st.booleans() if "boolean" in types else spelled
    return inner if "null" not in types else st.none() | inner


def objects(schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
    """Objects in the order of the schema, fields left out here and there."""
    columns = columns_of(schema)
    drawn = st.fixed_dictionaries(
        {name: fitting(columns[name]) for name in schema.get("required", ()) if name in columns},
        optional={name: fitting(f) for name, f in columns.items() if "null" in f["type"]},
    )
    return drawn.map(lambda row: {name: row[name] for name in columns if name in row})


def columns_of(schema: Schema) -> dict[str, Schema]:
    columns: dict[str, Schema] = schema["properties"]
    return {name: field for name, field in columns.items() if "x-record-key-parts" not in field}


@st.composite
def with_one_oddity(draw: st.DrawFn, schema: Schema) -> dict[str, Any]:
    """Objects of which one field, however deep, holds anything."""
    row = draw(objects(schema))
    columns = columns_of(schema)
    name = draw(st.sampled_from(sorted(set(columns) - set(schema.get("required", ())))))
    inner = columns[name].get("items", columns[name])
    if "properties" in inner and draw(st.booleans()):
        deeper = draw(with_one_oddity(inner))
        row[name] = deeper if inner is columns[name] else [*(row.get(name) or []), deeper]
    else:
        row[name] = draw(anything)
    return {name: row[name] for name in columns if name in row}


@given(data=st.data(), schema=st.sampled_from(SCHEMAS))
@settings(max_examples=150, deadline=None)
def test_both_ways_send_the_same_bytes_and_wait_with_the_same_outline(
    data: st.DataObject, schema: Schema
) -> None:
    row = raw(data.draw(with_one_oddity(schema)))
    outline = record_type(schema).outline(row)
    event("slow" if outline is None else "quick")
    if outline is None:
        return
    sent, shape = slow(row, schema)
    assert outline.json == sent
    assert not shape.unknown
    assert not shape.odd
    names = [name for name in ("created", "modifiedDate") if name in schema["properties"]]
    assert outline.fields == Outliner(schema, names)(row).fields


@given(data=st.data(), schema=st.sampled_from(SCHEMAS))
@settings(max_examples=150, deadline=None)
def test_rows_of_the_right_types_take_the_quick_way(data: st.DataObject, schema: Schema) -> None:
    row = raw(data.draw(objects(schema)))
    assert record_type(schema).outline(row) is not None


@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_the_order_that_cin7_sends_fields_in_changes_no_value(data: st.DataObject) -> None:
    row = data.draw(objects(ORDER))
    order = data.draw(st.permutations(list(row)))
    one, other = quick(row), quick({name: row[name] for name in order})
    assert one is not None
    assert other is not None
    assert one.json == other.json
    assert one.fields == other.fields


@pytest.mark.parametrize(
    "misfit",
    [
        {"total": "12.50"},
        {"total": "NaN"},
        {"total": True},
        {"total": {"amount": 1}},
        {"count": "7"},
        {"count": True},
        {"paid": 1},
        {"code": 7},
        {"stage": False},
        {"created": "soon"},
        {"created": 20260101},
        {"place": ""},
        {"place": []},
        {"lines": {"sku": "bare"}},
        {"lines": [{"sku": 1}]},
        {"lines": [{"qty": "1"}]},
        {"lines": [{"sizes": [{"due": "soon"}]}]},
        {"tags": [1]},
        {"custom": ""},
        {"id": None},
        {"id": "7"},
        {"aNewField": 1},
        {"lines": [{"aNewField": 1}]},
        {"place": {"aNewField": None}},
    ],
    ids=str,
)
def test_what_has_to_be_mended_or_told_of_is_left_to_the_slow_way(misfit: Schema) -> None:
    assert quick({"id": 1, **misfit}) is None


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": 1, "code": "\xff"}',
        b'{"id": 1, "total": 1e99999999999999999999}',
        b'{"id": 1, "custom": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"id": 1, "code": "x',
    ],
    ids=["encoding", "number", "depth", "cut"],
)
def test_what_can_not_be_decoded_is_left_to_the_slow_way(body: bytes) -> None:
    assert record_type(ORDER).outline(msgspec.Raw(body)) is None


def test_a_key_that_stands_for_none_is_left_to_the_slow_way() -> None:
    assert quick({"id": 1, "branch": None}, PAIR) is None
    assert quick({"id": 1}, PAIR) is None


def test_a_record_has_its_added_key_last() -> None:
    outline = quick({"product": 5, "size": "M", "qty": 1}, STOCK)
    assert outline is not None
    assert list(outline.row()) == ["product", "size", "qty", "record_key"]
    assert outline.row()["record_key"] == outline.fields["record_key"]


def test_unknown_fields_are_read_over_after_the_row_that_tells_of_them() -> None:
    kind = record_type(ORDER)
    row = raw({"id": 1, "aNewField": {"deep": 1}, "lines": [{"sku": "A", "moreNews": "x"}]})
    assert kind.outline(row) is None
    outline = kind.outline(row)
    assert outline is not None
    assert outline.row() == {"id": 1, "lines": [{"sku": "A"}]}
    assert kind.outline(raw({"id": 1, "newerField": 1})) is None, "still noticed"


def test_a_type_that_is_not_the_documented_one_is_mended_from_the_second_row_on() -> None:
    kind = record_type(ORDER)
    row = {"id": 1, "code": 7, "total": "12.50", "paid": "yes", "lines": [{"sku": 1, "qty": ""}]}
    assert kind.outline(raw(row)) is None
    outline = kind.outline(raw(row))
    assert outline is not None
    assert outline.json == slow(raw(row), ORDER)[0]
    assert kind.outline(raw({"id": 1, "total": "NaN"})) is None, "told of by the slow way"
    assert kind.outline(raw({"id": 1, "code": "A", "total": None})) is not None


@given(data=st.data(), schema=st.sampled_from(SCHEMAS))
@settings(max_examples=150, deadline=None)
def test_both_ways_send_the_same_bytes_after_all_lessons(
    data: st.DataObject, schema: Schema
) -> None:
    kind = record_type(schema)
    rows = [raw(row) for row in data.draw(st.lists(with_one_oddity(schema), max_size=6))]
    for row in rows:
        kind.outline(row)
    for row in rows:
        outline = kind.outline(row)
        assert outline is None or outline.json == slow(row, schema)[0]


def test_unknown_fields_are_told_of_whatever_becomes_of_the_row_that_has_them() -> None:
    shape = Shape(ORDER)
    kind = RecordType(ORDER, Outliner(ORDER, ()), shape)
    assert kind.outline(raw({"id": None, "aNewField": 1})) is None
    assert kind.outline(raw({"id": 1, "aNewField": 1})) is not None
    assert shape.unknown == {"aNewField"}


@pytest.mark.parametrize("name", ['size 5"', "a\\b", "a\nb", "", "größe", "place.city", "lines[]"])
def test_an_unknown_field_may_have_any_name(name: str) -> None:
    kind = record_type(ORDER)
    for _ in range(3):
        outline = kind.outline(raw({"id": 1, name: 1}))
        assert outline is None or outline.row() == {"id": 1}
    assert kind.outline(raw({"id": 1})) is not None


def test_what_is_read_over_is_still_valid_text() -> None:
    kind = record_type(ORDER)
    assert kind.outline(raw({"id": 1, "aNewField": "x"})) is None
    assert kind.outline(msgspec.Raw(b'{"id": 1, "aNewField": "\xff"}')) is None


def test_a_lesson_is_learned_behind_what_teaches_nothing() -> None:
    kind = record_type(ORDER)
    for _ in range(2):
        assert kind.outline(raw({"id": 1, "created": "soon"})) is None
    assert kind.outline(raw({"id": 1, "created": "soon", "total": "1.50"})) is None
    for _ in range(2):
        kind.outline(raw({"id": 1, "total": "1.50", "lines": [{"qty": "2"}]}))
    outline = kind.outline(raw({"id": 1, "total": "1.50", "lines": [{"qty": "2"}]}))
    assert outline is not None
    assert outline.row() == {"id": 1, "total": Decimal("1.50"), "lines": [{"qty": 2}]}


def test_a_stream_that_never_fits_stops_trying() -> None:
    kind = record_type(ORDER)
    for _ in range(1_002):
        assert kind.outline(raw({"id": 1, "total": "none"})) is None
    assert kind.outline(raw({"id": 1})) is None


def test_rows_that_are_no_use_do_not_stop_the_others() -> None:
    kind = record_type(ORDER)
    for _ in range(2_000):
        assert kind.outline(raw({"id": 1, "total": "none"})) is None
        assert kind.outline(raw({"id": 1})) is not None


def test_fields_that_go_on_changing_their_names_are_told_of_one_and_all() -> None:
    kind = record_type(ORDER)
    for number in range(200):
        assert kind.outline(raw({"id": 1, f"field{number}": 1})) is None


def test_a_key_of_another_type_is_left_to_the_slow_way_each_time() -> None:
    kind = record_type(ORDER)
    for _ in range(3):
        assert kind.outline(raw({"id": "7"})) is None
    assert kind.outline(raw({"id": None})) is None
    assert kind.outline(raw({"id": 7, "tags": [1]})) is None
    assert kind.outline(raw({"id": 7, "tags": [1]})) is None


@pytest.mark.parametrize("api", ["omni", "core"])
def test_every_stream_has_a_record_type(api: str) -> None:
    for stream in APIS[api].streams():
        schema = vars(stream)["schema"]
        assert RecordType(schema, Outliner(schema, ()), Shape(schema))


def test_an_array_that_the_quick_way_can_not_read_is_no_silent_gap() -> None:
    schema = record(id=KEY("Id"), amounts=many(NUM, "Amounts"))
    with pytest.raises(NotImplementedError, match="amounts"):
        record_type(schema)
