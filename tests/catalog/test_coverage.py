"""Every operation and field that is known of Core and Omni has a place in the catalog.

The files in ``sandbox/facts`` say what there is: per operation its path, its key and its fields,
here for Omni at every depth and with their types.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import facts
from tap_cin7.run.apis import APIS
from tests.facts import lacking
from tests.support import discovered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.facts import CoreFact, Node, OmniFact
    from tests.support import Row

CORE: list[CoreFact] = list(facts.core().values())
OMNI: list[OmniFact] = list(facts.omni().values())
DOCS = (Path(__file__).resolve().parents[2] / "docs" / "streams.md").read_text()

COVERED = {"cartons": ("sales_orders_with_cartons", "cartonsWithLineItems.")}
"""Operations that are no stream: the stream that holds the same, and where in it."""
ADDED_KEYS = {
    "product_availability": ["record_key"],
    "production_reference_data": ["row_id"],
    "shipping_zones_enabled": ["row_id"],
    "stock": ["record_key"],
    "transactions": ["record_key"],
}
"""Streams whose own fields make no key that a database would take."""
NEVER_LOADED = {
    "webhooks": {"ExternalUserName", "ExternalPassword", "ExternalBearerToken", "ExternalHeaders"}
}
"""Credentials."""
ONE_NAME_OF_TWO = {"locations": {"IsShopfloor"}}
"""Spellings of the documents where the wire was seen to have another one."""
NO_NAME_IN_THE_LIST = {"cartons": {"id"}}
KINDS: dict[str, Row] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date-time": {"type": "string", "format": "date-time"},
    "object": {"type": "object"},
    "array": {"type": "array", "items": "object"},
    "array of string": {"type": "array", "items": "string"},
    "array of integer": {"type": "array", "items": "integer"},
    "open": {"type": "object", "open": True},
}

every_core_operation = pytest.mark.parametrize("fact", CORE, ids=lambda fact: fact.stream)
every_omni_resource = pytest.mark.parametrize("fact", OMNI, ids=lambda fact: fact.stream)


@cache
def entries(api: str) -> dict[str, Row]:
    return {entry["tap_stream_id"]: entry for entry in discovered(api)["streams"]}


@cache
def documented(api: str) -> dict[str, str]:
    """Return the lines of the stream reference by stream."""
    section = DOCS.split(f"(`api: {api}`)")[1].split("\n## ")[0]
    lines = re.finditer(r"^\| \[?`(\w+)`.*$", section, re.MULTILINE)
    return {match[1]: match[0] for match in lines}


def fields(schema: Row, path: str = "") -> Iterator[tuple[str, Row]]:
    for name, field in schema.get("properties", {}).items():
        yield f"{path}{name}", field
        yield from fields(field, f"{path}{name}.")
        yield from fields(field.get("items", {}), f"{path}{name}.")


@pytest.mark.parametrize("api", ["omni", "core"])
def test_every_stream_that_is_asked_for_has_its_facts(api: str) -> None:
    streams = sorted(lacking(api))
    assert not streams, f"the stand-in lacks facts: run `make facts STREAM={streams[0]}`"


@every_core_operation
def test_a_core_operation_is_a_documented_stream(fact: CoreFact) -> None:
    assert fact.stream in entries("core")
    assert fact.stream in documented("core")


@every_core_operation
def test_a_core_stream_asks_for_its_path_or_is_cut_from_another_stream(fact: CoreFact) -> None:
    paths = {one.name: getattr(one, "path", "") for one in APIS["core"].resources()}
    line = documented("core")[fact.stream]
    if paths[fact.stream]:
        assert paths[fact.stream] == fact.path
        assert f"`{fact.path}`" in line
    else:
        assert fact.kind in ("detail", "collection")
        (parent,) = documented("core").keys() & set(re.findall(r"\| `(\w+)` \|", line[1:]))
        assert paths[parent]


@every_core_operation
def test_the_key_of_a_core_stream_is_that_of_its_operation(fact: CoreFact) -> None:
    key = ADDED_KEYS.get(fact.stream, list(fact.keys))
    assert entries("core")[fact.stream]["key_properties"] == key


@every_core_operation
def test_the_fields_of_a_core_operation_are_columns(fact: CoreFact) -> None:
    stream = fact.stream
    columns = entries("core")[stream]["schema"]["properties"].keys()
    left_out = NEVER_LOADED.get(stream, set()) | ONE_NAME_OF_TWO.get(stream, set())
    assert {*fact.fields, *fact.copies} - columns == left_out


@every_omni_resource
def test_an_omni_resource_is_a_documented_stream_or_part_of_one(fact: OmniFact) -> None:
    stream = COVERED.get(fact.stream, (fact.stream,))[0]
    assert stream in entries("omni")
    line = documented("omni")[stream]
    assert fact.stream in line
    if fact.stream == stream:
        assert f"`{fact.path}`" in line
        key = ADDED_KEYS.get(stream, list(fact.keys))
        assert entries("omni")[stream]["key_properties"] == key


@every_omni_resource
def test_the_fields_of_an_omni_resource_have_columns_of_their_type(fact: OmniFact) -> None:
    stream, place = COVERED.get(fact.stream, (fact.stream, ""))
    found = dict(fields(entries("omni")[stream]["schema"]))
    for path, kind in kinds(fact.fields):
        if path in NO_NAME_IN_THE_LIST.get(fact.stream, set()):
            continue
        assert place + path in found, f"{place}{path} has no column"
        assert fits(found[place + path], kind), f"{place}{path} can't hold {kind}"


def kinds(fields: Row, path: str = "") -> Iterator[tuple[str, str]]:
    for name, node in fields.items():
        yield f"{path}{name}", kind(node)
        inner = node[0] if isinstance(node, list) and node else node
        if isinstance(inner, dict) and "*" not in inner:
            yield from kinds(inner, f"{path}{name}.")


def kind(node: Node) -> str:
    if isinstance(node, dict):
        return "open" if "*" in node else "object"
    if isinstance(node, list):
        return f"array of {node[0]}" if isinstance(node[0], str) else "array"
    return {"decimal": "number"}.get(node, node)


def fits(field: Row, kind: str) -> bool:
    types = set(field["type"]) - {"null"}
    if "|" in kind:
        # No target takes columns of two types, so a number or name is text.
        return types == {"string"}
    wanted: Row = KINDS[kind]
    items: Any = field.get("items", {}).get("type", ["null"])
    return (
        types == {wanted["type"]}
        and field.get("format") == wanted.get("format")
        and set(items) - {"null"} == ({wanted["items"]} if "items" in wanted else set())
        and bool(field.get("additionalProperties")) == wanted.get("open", False)
    )
