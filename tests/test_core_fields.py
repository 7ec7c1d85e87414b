"""The Core declarations: every stream and every field is described, and only keys are required."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_cin7.apis import APIS

if TYPE_CHECKING:
    from collections.abc import Iterator

STREAMS = {
    f"{api}.{vars(stream)['name']}": stream
    for api in ("core", "core_v1")
    for stream in APIS[api].streams()
}

each_stream = pytest.mark.parametrize("name", STREAMS)


def schema_of(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = vars(STREAMS[name])["schema"]
    return schema


def fields_within(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, field in schema.get("properties", {}).items():
        yield f"{path}{name}", field
        yield from fields_within(field, f"{path}{name}.")
        yield from fields_within(field.get("items", {}), f"{path}{name}[].")


@each_stream
def test_every_stream_is_described(name: str) -> None:
    assert STREAMS[name].__doc__


@each_stream
def test_every_field_at_every_depth_has_a_description(name: str) -> None:
    fields = fields_within(schema_of(name))
    assert [path for path, field in fields if not field.get("description")] == []


@each_stream
def test_keys_are_never_null_and_everything_else_may_be(name: str) -> None:
    schema = schema_of(name)
    fields = fields_within(schema)
    assert schema["required"]
    assert {path for path, field in fields if "null" not in field["type"]} == set(
        schema["required"]
    )
