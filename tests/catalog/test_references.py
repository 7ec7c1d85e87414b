"""References lead to columns that exist, and in the data of a shop to rows that exist.

The shop behind the stand-in keeps its books as a real one would: what its documents name is there.
So each reference that it fills at both ends is followed, in records that the tap wrote.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from demo.shop import Shop
from demo.shop.serve import Served, room
from docs.references import Reference, paths, references
from sandbox import Sandbox
from tap_cin7.reading.parts import Part
from tap_cin7.rows.fields import INT, KEY, STR, Record, many, record, table
from tap_cin7.run.apis import APIS
from tests.support import discovered, run_tap
from tests.support_core import run_core

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_cin7.reading.resource import Resource
    from tap_cin7.rows.fields import Field
    from tests.support import Result, Row

RESOURCES = {api: {one.name: one for one in APIS[api].resources()} for api in APIS}
REFERENCES = {api: references(list(RESOURCES[api].values())) for api in APIS}
IDENTIFYING_NAMES = {
    "attribute_sets.Name",
    "brands.Name",
    "carriers.Description",
    "discount_rules.Name",
    "payment_terms.Name",
    "price_tiers.Name",
    "product_categories.Name",
    "tax_rules.Name",
    "units_of_measure.Name",
}
"""Columns beside keys that Cin7 Core refers to: its reference books are asked for by name."""
WITHOUT_PARENT = {
    "simple_purchase_credit_notes",
    "simple_purchase_invoices",
    "simple_purchase_manual_journals",
    "simple_purchase_stock",
}
"""Streams of deprecated endpoints, which tell the task and not the purchase."""
UNSET = {None, "", 0, "00000000-0000-0000-0000-000000000000"}
LEAST_FOLLOWED = {"omni": 80, "core": 250}
"""References that the shop fills at both ends, at least."""

each_api = pytest.mark.parametrize("api", APIS)
each_product = pytest.mark.parametrize("api", ["omni", "core"])


def field_at(schema: Record, path: str) -> Field:
    """Return the field at a path; of a list of scalars, its elements."""
    found = dict(paths(schema.fields))[path.removesuffix("[]")]
    return found.items if found.items is not None and path.endswith("[]") else found


# As declared


@each_api
def test_what_is_declared_leads_to_a_stream_of_the_api(api: str) -> None:
    # Core V1 takes the tables of V2: what these refer to may be missing there, but nowhere else.
    there = RESOURCES["core" if api == "core_v1" else api]
    for name, resource in RESOURCES[api].items():
        for path, field in paths(resource.schema.fields):
            target, _, column = (field.references or "").partition(".")
            if target:
                assert column in there[target].columns().fields, f"{name}.{path}"


@each_api
def test_a_reference_leads_to_a_key_of_the_same_type(api: str) -> None:
    for one in REFERENCES[api]:
        target = RESOURCES[api][one.target].columns()
        assert one.column in target.key or f"{one.target}.{one.column}" in IDENTIFYING_NAMES, one
        refers = field_at(RESOURCES[api][one.stream].columns(), one.path)
        refers_to = target.fields[one.column]
        assert (refers.types, refers.format) == (refers_to.types, refers_to.format), one


@each_api
def test_every_part_refers_to_the_record_that_it_is_cut_from(api: str) -> None:
    for name, resource in RESOURCES[api].items():
        if issubclass(resource, Part) and name not in WITHOUT_PARENT:
            parent = resource.schema.parent
            assert [
                one
                for one in REFERENCES[api]
                if one.stream == name
                and (one.target, one.column) == (parent.name, parent.schema.key[0])
            ], name


@each_api
def test_a_reference_that_a_description_names_is_declared(api: str) -> None:
    for name, resource in RESOURCES[api].items():
        for path, field in paths(resource.schema.fields):
            named = re.search(r"\((\w+)\.(\w+)\)", field.description)
            if named is not None and named[1] in RESOURCES[api]:
                assert field.references == f"{named[1]}.{named[2]}", f"{name}.{path}"


def test_references_of_core_v1_are_those_of_v2_between_its_streams() -> None:
    def known(api: str) -> set[Reference]:
        return {
            one
            for one in REFERENCES[api]
            if {one.stream, one.target} <= RESOURCES["core_v1"].keys() & RESOURCES["core"].keys()
        }

    assert known("core_v1") == known("core")


def test_paths_name_fields_at_every_depth() -> None:
    line = table(ID=STR("Line"), Tags=many(STR, "Tags"))
    schema = record(ID=KEY("Order"), Lines=many(line, "Lines"), Numbers=many(INT, "Numbers"))
    assert [path for path, _ in paths(schema.fields)] == [
        "ID",
        "Lines",
        "Lines[].ID",
        "Lines[].Tags",
        "Numbers",
    ]


# In the data of a shop


class Books(NamedTuple):
    """What the tap wrote of the streams that the shop fills, and of what is cut from these."""

    streams: frozenset[str]
    records: Mapping[str, list[Row]]


@pytest.fixture(scope="module")
def books() -> dict[str, Books]:
    shop = Shop(date(2026, 11, 1), months=1, orders_per_day=2)
    found = {}
    with Sandbox(rows=room(shop), default_rows=1) as server:
        served = Served(shop, server)
        for api, run in (("omni", run_tap), ("core", run_core)):
            filled = set(served.streams(api))  # type: ignore[arg-type]
            streams = {n for n, one in RESOURCES[api].items() if origin(one).name in filled}
            result: Result = run(server, selected(api, streams))
            assert result.exit_code == 0, result.stderr
            found[api] = Books(frozenset(streams), result.records)
    return found


def origin(resource: type[Resource]) -> type[Resource]:
    """Return the resource whose records the rows are, or are cut from."""
    return resource.schema.parent if issubclass(resource, Part) else resource


def selected(api: str, streams: set[str]) -> Row:
    catalog = discovered(api)
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = entry["tap_stream_id"] in streams
    return catalog


def values(row: Row, path: str) -> Iterator[Any]:
    """Yield what a row has at a path."""
    name, _, rest = path.partition(".")
    found = row.get(name.removesuffix("[]"))
    for one in (found or []) if name.endswith("[]") else [found]:
        if not rest:
            yield one
        elif one:
            yield from values(one, rest)


@each_product
def test_what_the_shop_refers_to_is_there(api: str, books: dict[str, Books]) -> None:
    streams, records = books[api]
    followed, dangling = 0, []
    for one in REFERENCES[api]:
        if not {one.stream, one.target} <= streams:
            continue
        refers = {x for row in records.get(one.stream, []) for x in values(row, one.path)} - UNSET
        there = {row[one.column] for row in records.get(one.target, [])}
        followed += bool(refers)
        if not refers <= there:
            dangling.append((one, sorted(refers - there)[:3]))
    assert dangling == []
    assert followed >= LEAST_FOLLOWED[api]


def test_names_that_are_referred_to_are_unique_in_the_shop(books: dict[str, Books]) -> None:
    told = 0
    for column in IDENTIFYING_NAMES:
        stream, _, name = column.partition(".")
        found = [row[name] for row in books["core"].records.get(stream, [])]
        told += bool(found)
        assert len(found) == len(set(found)), column
    assert told >= 7
