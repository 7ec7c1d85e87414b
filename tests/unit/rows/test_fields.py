"""Field tables: what a declaration says to the catalog."""

from __future__ import annotations

import pytest

from tap_cin7.rows.fields import (
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

LINE = table(sku=STR("SKU"), maker=obj(table(city=STR("City")), "Maker"))
ORDER = record(
    table(id=KEY("Id")), total=NUM("Total"), lines=many(LINE, "Lines"), more=OPEN("More")
)


@pytest.mark.parametrize(
    ("field", "schema"),
    [
        (INT("N"), {"type": ["integer", "null"], "description": "N"}),
        (ENUM("E"), {"type": ["string", "null"], "description": "E"}),
        (KEY("K"), {"type": ["integer"], "description": "K"}),
        (key_or("", TEXT_KEY)("K"), {"type": ["string"], "description": "K", "default": ""}),
        (DATETIME, {"type": ["string", "null"], "format": "date-time"}),
        (OPEN, {"type": ["object", "null"], "additionalProperties": True}),
        (
            many(STR, "Tags"),
            {
                "type": ["array", "null"],
                "description": "Tags",
                "items": {"type": ["string", "null"]},
            },
        ),
        (
            record_key("a", "b"),
            {
                "type": ["string"],
                "description": "Added by the tap: UUIDv5 over a, b",
                "x-record-key-parts": ["a", "b"],
            },
        ),
    ],
)
def test_a_field_is_declared_once(field: Field, schema: dict[str, object]) -> None:
    assert field.json_schema() == schema


def test_a_reference_is_for_the_docs_and_not_for_the_catalog() -> None:
    customer = INT("Customer", to="contacts.id")
    assert customer.references == "contacts.id"
    assert customer.of("id").references == "contacts.id"
    assert customer.json_schema() == INT("Customer").json_schema()
    assert INT("Customer").references is None


def test_fields_can_be_compared_and_hashed() -> None:
    assert many(LINE, "Lines") == many(dict(LINE), "Lines")
    assert len({many(LINE, "Lines"), many(dict(LINE), "Lines"), STR, INT}) == 3


def test_a_record_knows_its_key_and_what_is_required() -> None:
    assert ORDER.key == ("id",)
    assert ORDER.json_schema["required"] == ["id"]
    assert list(ORDER.json_schema["properties"]) == ["id", "total", "lines", "more"]


def test_the_fields_at_a_path() -> None:
    assert ORDER.at("") == ORDER.fields
    assert ORDER.at("lines[]") == LINE
    assert list(ORDER.at("lines[].maker")) == ["city"]
    assert ORDER.at("more{}") == {}
    with pytest.raises(KeyError):
        ORDER.at("elsewhere[]")
