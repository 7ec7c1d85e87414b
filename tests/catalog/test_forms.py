"""Which forms of JSON schema a catalog may use: those that every loader takes.

BigQuery, parquet and SQL targets refuse or guess at the rest: columns of two types, formats that
they don't know, objects of which it is not said whether they are open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import discovered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support import Row

SCALARS = {"string", "integer", "number", "boolean"}
WORDS = {
    "type",
    "format",
    "description",
    "default",
    "items",
    "properties",
    "additionalProperties",
    "x-record-key-parts",
}
ENTRIES = [
    (api, entry["tap_stream_id"], entry["schema"])
    for api in ("omni", "core", "core_v1")
    for entry in discovered(api)["streams"]
]
every_stream = pytest.mark.parametrize(
    "schema", [schema for *_, schema in ENTRIES], ids=[f"{api}.{name}" for api, name, _ in ENTRIES]
)


def fields(schema: Row, path: str = "") -> Iterator[tuple[str, Row]]:
    """Yield every field at every depth, elements of lists included."""
    for name, field in schema.get("properties", {}).items():
        yield f"{path}{name}", field
        yield from fields(field, f"{path}{name}.")
        if "items" in field:
            yield f"{path}{name}[]", field["items"]
            yield from fields(field["items"], f"{path}{name}[].")


def form_of(field: Row) -> str:
    """Return the form of a field, or what is wrong with it."""
    kinds = field["type"]
    kind = kinds[0] if kinds in ([kinds[0]], [kinds[0], "null"]) else f"union {kinds}"
    given = field.keys() & {"format", "items", "properties", "additionalProperties"}
    match kind, sorted(given):
        case "string", ["format"] if field["format"] == "date-time":
            return "date-time"
        case "object", ["properties"]:
            return "object"
        case "object", ["additionalProperties"] if field["additionalProperties"] is True:
            return "open object"
        case "array", ["items"]:
            return "array"
        case scalar, [] if scalar in SCALARS:
            return scalar
    return f"no form: {kind} with {sorted(given)}"


@every_stream
def test_a_field_has_one_of_seven_forms(schema: Row) -> None:
    odd = {
        path: form for path, one in fields(schema) if (form := form_of(one)).startswith("no form")
    }
    assert odd == {}


@every_stream
def test_a_field_says_nothing_else(schema: Row) -> None:
    assert {path: found for path, one in fields(schema) if (found := one.keys() - WORDS)} == {}


@every_stream
def test_only_keys_are_never_null(schema: Row) -> None:
    never_null = {path for path, one in fields(schema) if "null" not in one["type"]}
    assert never_null == set(schema["required"]) != set()


@every_stream
def test_every_column_at_every_depth_is_described(schema: Row) -> None:
    assert [
        path for path, one in fields(schema) if not path.endswith("[]") and not one["description"]
    ] == []


@every_stream
def test_no_two_columns_differ_only_in_case(schema: Row) -> None:
    names = [name.lower() for name in schema["properties"]]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "field",
    [
        {"type": ["string", "integer", "null"]},
        {"type": ["null", "string"]},
        {"type": ["string", "null"], "format": "uuid"},
        {"type": ["object", "null"]},
        {"type": ["object", "null"], "properties": {}, "additionalProperties": True},
        {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
        {"type": ["array", "null"]},
    ],
    ids=str,
)
def test_other_forms_are_noticed(field: Row) -> None:
    assert form_of(field).startswith("no form")
