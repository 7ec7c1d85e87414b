"""The shape of a record: what comes out for whatever Cin7 sends."""

from __future__ import annotations

import copy
import uuid
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_cin7.fields import (
    BOOL,
    DATETIME,
    ENUM,
    INT,
    KEY,
    NUM,
    OPEN,
    STR,
    TEXT_KEY,
    Field,
    key_or,
    many,
    obj,
    record,
    record_key,
    table,
)
from tap_cin7.shape import Shape

SIZE = table(name=STR("Label"), qty=NUM("Quantity"))
LINE = table(sku=STR("SKU"), qty=NUM("Quantity"), sizes=many(SIZE, "Sizes"))
PLACE = table(city=STR("City"), seen=DATETIME("Last seen"))
ORDER = record(
    id=KEY("Id"),
    code=STR("Code"),
    total=NUM("Total"),
    count=INT("Count"),
    paid=BOOL("Paid"),
    created=DATETIME("Created"),
    stage=ENUM("Stage"),
    place=obj(PLACE, "Place"),
    lines=many(LINE, "Lines"),
    tags=many(STR, "Tags"),
    custom=OPEN("Custom fields"),
)
STOCK = record(
    record_key=record_key("product", "size"), product=INT("Product"), size=STR("Size"), qty=NUM("Q")
)
JOURNAL = record(record_key=record_key(), account=STR("Account"), amount=NUM("Amount"))

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9)
    | st.text(max_size=8)
    | st.sampled_from(["2026-01-31", "0001-01-01T00:00:00", "12.50", "true", " ", "7%"])
)
SMALL = st.text("abc", min_size=1, max_size=2)
ANY_VALUE = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*LINE, *PLACE, *SIZE]) | SMALL, inner, max_size=4)
    ),
    max_leaves=12,
)
ANY_ROW = st.dictionaries(st.sampled_from(sorted(ORDER["properties"])) | SMALL, ANY_VALUE)


def shaped(row: dict[str, Any], schema: dict[str, Any] = ORDER) -> dict[str, Any]:
    assert Shape(schema)(row)
    return row


def value_of(kind: Field, sent: object) -> Any:  # noqa: ANN401
    return shaped({"id": 1, "x": sent}, record(id=KEY("Id"), x=kind("X")))["x"]


@pytest.mark.parametrize(
    ("kind", "sent", "expected"),
    [
        (NUM, "12.50", Decimal("12.50")),
        (NUM, "12", 12),
        (NUM, Decimal("0.1234567890123456789"), Decimal("0.1234567890123456789")),
        (NUM, 12345678901234567890123, 12345678901234567890123),
        (NUM, "12.5%", Decimal("12.5")),
        (NUM, "", None),
        (NUM, "  ", None),
        (INT, "7", 7),
        (INT, "7.0", 7),
        (INT, Decimal("7.00"), 7),
        (INT, "", None),
        (BOOL, "True", True),
        (BOOL, "false", False),
        (BOOL, 1, True),
        (BOOL, Decimal("1.0"), True),
        (BOOL, Decimal(0), False),
        (BOOL, "0", False),
        (BOOL, "", None),
        (STR, 12, "12"),
        (STR, Decimal("12.50"), "12.50"),
        (STR, True, "true"),
        (STR, ["a", 1], '["a",1]'),
        (STR, "  untouched \u00e9 ", "  untouched \u00e9 "),
        (STR, "", ""),
        (ENUM, 3, 3),
        (ENUM, "Draft", "Draft"),
        (DATETIME, "2026-01-31T21:00:00+11:00", "2026-01-31T10:00:00.000000Z"),
        (DATETIME, "0001-01-01T00:00:00", None),
        (DATETIME, "", None),
        (OPEN, {"anything": [1, {"deep": None}]}, {"anything": [1, {"deep": None}]}),
        (OPEN, "", None),
        (OPEN, [], None),
    ],
)
def test_a_value_becomes_what_its_kind_says(kind: Field, sent: object, expected: object) -> None:
    value = value_of(kind, sent)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize("kind", [NUM, INT, BOOL, STR, ENUM, DATETIME, OPEN])
def test_null_stays_null(kind: Field) -> None:
    assert value_of(kind, None) is None


@pytest.mark.parametrize(
    ("field", "sent", "example"),
    [
        ("total", "a lot", "a lot"),
        ("total", True, "true"),
        ("count", "1.5", "1.5"),
        ("count", Decimal("1.5"), "1.5"),
        ("count", False, "false"),
        ("count", Decimal("1e999999"), "1E+999999"),
        ("count", "1e999999", "1e999999"),
        ("paid", 2, "2"),
        ("paid", "maybe", "maybe"),
        ("created", "31/01/2026", "31/01/2026"),
        ("created", 20260131, "20260131"),
        ("place", "Perth", "Perth"),
        ("lines", "none", "none"),
        ("custom", ["x"], '["x"]'),
    ],
)
def test_a_value_that_its_kind_cannot_hold_becomes_null_and_is_told(
    field: str, sent: object, example: str
) -> None:
    shape = Shape(ORDER)
    row = {"id": 1, field: sent}
    assert shape(row)
    assert row == {"id": 1, field: None}
    assert shape.odd == {field: example}


def test_odd_values_inside_arrays_and_objects_are_told_by_their_path() -> None:
    shape = Shape(ORDER)
    row: dict[str, Any] = {
        "id": 1,
        "place": {"seen": "never"},
        "lines": [{"sku": "A", "sizes": [{"qty": "few"}, {"qty": "2"}]}, "junk"],
    }
    assert shape(row)
    assert row["place"] == {"seen": None}
    assert row["lines"] == [{"sku": "A", "sizes": [{"qty": None}, {"qty": 2}]}, None]
    assert shape.odd == {"place.seen": "never", "lines[].sizes[].qty": "few", "lines[]": "junk"}


def test_the_first_odd_value_is_the_example_and_it_is_short() -> None:
    shape = Shape(ORDER)
    shape({"id": 1, "total": "x" * 500})
    shape({"id": 2, "total": "second"})
    assert shape.odd == {"total": "x" * 60}


def test_unknown_fields_are_dropped_and_named_at_any_depth() -> None:
    shape = Shape(ORDER)
    row = {
        "id": 1,
        "new": 1,
        "newer": {"deep": 1},
        "place": {"city": "Perth", "street": "Hay"},
        "lines": [{"sku": "A", "colour": "red", "sizes": [{"name": "S", "fit": "slim"}]}],
        "custom": {"members_1000": "kept"},
    }
    assert shape(row)
    assert row == {
        "id": 1,
        "place": {"city": "Perth"},
        "lines": [{"sku": "A", "sizes": [{"name": "S"}]}],
        "custom": {"members_1000": "kept"},
    }
    assert shape.unknown == {
        "new",
        "newer",
        "place.street",
        "lines[].colour",
        "lines[].sizes[].fit",
    }


def test_an_open_ended_shape_keeps_unknown_columns_but_not_unknown_nested_fields() -> None:
    shape = Shape(ORDER, open_ended=True)
    row = {"id": 1, "new": [1, 2], "place": {"street": "Hay"}}
    assert shape(row)
    assert row == {"id": 1, "new": [1, 2], "place": {}}
    assert shape.unknown == {"new", "place.street"}


def test_absent_fields_are_not_invented() -> None:
    assert shaped({"id": 1}) == {"id": 1}


def test_one_element_sent_bare_becomes_an_array_of_one() -> None:
    row = shaped({"id": 1, "lines": {"sku": "A", "qty": "2", "sizes": {"qty": "1"}}})
    assert row["lines"] == [{"sku": "A", "qty": 2, "sizes": [{"qty": 1}]}]


@pytest.mark.parametrize("blank", [{}, "", None])
def test_a_blank_in_place_of_an_array_is_no_element(blank: object) -> None:
    shape = Shape(ORDER)
    row = {"id": 1, "lines": blank}
    assert shape(row)
    assert row["lines"] is None
    assert shape.odd == {}


def test_arrays_of_scalars_are_shaped_item_by_item() -> None:
    assert shaped({"id": 1, "tags": ["a", 1, None, True]})["tags"] == ["a", "1", None, "true"]


@pytest.mark.parametrize("row", [{}, {"id": None}, {"id": "none"}, {"id": ""}])
def test_a_row_without_its_key_is_left_out_and_counted(row: dict[str, Any]) -> None:
    shape = Shape(ORDER)
    assert not shape(row)
    assert shape.without_key == 1


def test_a_key_with_a_stand_in_is_never_null() -> None:
    schema = record(order=KEY("Order"), line=key_or(0), bin=key_or("", TEXT_KEY))
    assert shaped({"order": 7, "line": None}, schema) == {"order": 7, "line": 0, "bin": ""}


def test_a_key_sent_as_text_is_the_same_key() -> None:
    assert shaped({"id": "7"}) == {"id": 7}
    assert value_of(TEXT_KEY, 7) == "7"


def test_record_key_is_the_same_in_every_run_and_release() -> None:
    row = {"product": 10, "size": "M", "qty": 5}
    assert shaped(row, STOCK)["record_key"] == "ba2dc7aa-b8fd-542b-9814-3bddf131260a"


def test_record_key_depends_on_its_parts_alone() -> None:
    one = shaped({"product": 10, "size": "M", "qty": 5}, STOCK)
    other = shaped({"qty": 6, "size": "M", "product": "10", "unknown": 1}, STOCK)
    assert one["record_key"] == other["record_key"]


def test_record_key_tells_null_from_empty_and_from_the_word_null() -> None:
    rows = [{"product": 10, "size": size} for size in (None, "", "null", "None", " ")]
    assert len({shaped(row, STOCK)["record_key"] for row in rows}) == len(rows)


def test_record_key_is_the_same_for_a_null_and_an_absent_part() -> None:
    null, absent = shaped({"product": 10, "size": None}, STOCK), shaped({"product": 10}, STOCK)
    assert null["record_key"] == absent["record_key"]


PART = st.none() | st.text(max_size=4)
PARTS = st.tuples(st.none() | st.integers(0, 30), PART)


@given(PARTS, PARTS)
def test_record_keys_are_equal_only_when_all_parts_are(
    one: tuple[int | None, str | None], other: tuple[int | None, str | None]
) -> None:
    keys = [
        shaped(dict(zip(("product", "size"), parts, strict=True)), STOCK)["record_key"]
        for parts in (one, other)
    ]
    assert (keys[0] == keys[1]) is (one == other)
    assert str(uuid.UUID(keys[0])) == keys[0]


def test_equal_rows_without_any_key_get_a_key_each_and_the_same_ones_when_read_again() -> None:
    def read(shape: Shape) -> list[str]:
        keys = []
        for amount in ("1.10", "2.20", "1.10", "1.10"):
            row = {"account": "200", "amount": amount}
            assert shape(row)
            keys.append(row["record_key"])
        return keys

    shape = Shape(JOURNAL)
    first = read(shape)
    assert len(set(first)) == len(first)
    shape.forget_occurrences()
    assert read(shape) == first
    assert read(Shape(JOURNAL)) == first


def test_the_order_of_fields_does_not_change_a_key_made_of_the_whole_row() -> None:
    one = shaped({"account": "200", "amount": 1}, JOURNAL)
    other = shaped({"amount": 1, "account": "200"}, JOURNAL)
    assert one["record_key"] == other["record_key"]


@given(ANY_ROW)
def test_shaping_twice_equals_shaping_once(row: dict[str, Any]) -> None:
    row["id"] = 1
    once = shaped(row)
    twice = copy.deepcopy(once)
    again = Shape(ORDER)
    assert again(twice)
    assert twice == once
    assert again.unknown == set()
    assert again.odd == {}


@given(ANY_ROW)
def test_what_leaves_fits_the_schema(row: dict[str, Any]) -> None:
    row["id"] = 1
    assert_fits(shaped(row), ORDER)


def assert_fits(value: object, schema: dict[str, Any]) -> None:
    types: dict[str, tuple[type, ...]] = {
        "null": (type(None),),
        "integer": (int,),
        "number": (int, Decimal),
        "string": (str,),
        "boolean": (bool,),
        "object": (dict,),
        "array": (list,),
    }
    declared = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    assert type(value) in {python for name in declared for python in types[name]}
    if isinstance(value, dict) and "properties" in schema:
        for name, inner in value.items():
            assert_fits(inner, schema["properties"][name])
    if isinstance(value, list):
        for item in value:
            assert_fits(item, schema["items"])
    if schema.get("format") == "date-time" and isinstance(value, str):
        assert len(value) == len("2026-01-31T10:00:00.000000Z")
