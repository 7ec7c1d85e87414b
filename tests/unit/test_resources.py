"""Every resource can be read: a row as it is documented takes the quick way to all its records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_cin7.reading.cuts import Part
from tap_cin7.reading.registry import resources_in
from tap_cin7.reading.snapshots import Snapshot
from tap_cin7.rows.codec import Notes, Output
from tests.unit.rows.support import Ways, as_bytes, records

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_cin7.reading.resource import Resource
    from tap_cin7.rows.fields import Field

RESOURCES = [
    (api, resource)
    for api in ("omni", "core", "core_v1")
    for resource in resources_in(f"tap_cin7.{api}.resources")
]
NOW = "2026-01-31T00:00:00.000000Z"


def sample(field: Field) -> Any:  # noqa: ANN401
    if field.items is not None:
        return [sample(field.items), sample(field.items)]
    if field.properties is not None:
        return row_of(field.properties)
    if "object" in field.types:
        return {"one": 1, "two": "2"}
    if field.format == "date-time":
        return "2026-01-31T00:00:00"
    return {"integer": 7, "number": 1, "boolean": True, "string": "text"}[field.types[0]]


def row_of(fields: Mapping[str, Field]) -> dict[str, Any]:
    return {name: sample(field) for name, field in fields.items() if not field.record_key_parts}


def output_of(resource: type[Resource]) -> Output:
    places = resource.schema.places if issubclass(resource, Part) else None
    if issubclass(resource, Snapshot):
        places = resource.places_at(NOW)
    return Output(resource.columns().fields, frozenset(), places, Notes())


@pytest.mark.parametrize(
    ("api", "resource"),
    [
        pytest.param(api, one, id=f"{api}-{one.name}")
        for api, one in RESOURCES
        if not issubclass(one, Part)
    ],
)
def test_a_documented_row_takes_the_quick_way(api: str, resource: type[Resource]) -> None:
    family = [resource] + [
        one
        for other, one in RESOURCES
        if other == api and issubclass(one, Part) and one.schema.parent is resource
    ]
    outputs = [output_of(one) for one in family]
    ways = Ways(resource.columns(), outputs, stamp=resource.stamp())
    fields = {n: f for n, f in resource.columns().fields.items() if f.record_key_parts is None}
    row = as_bytes(row_of(fields))
    quick, slow = ways.by_struct(row, {}), ways.by_dict(row, {})
    assert not isinstance(quick, str), "a misfit"
    assert records(quick) == records(slow)
    made = {one.output for one in records(quick)}
    assert [family[number].name for number in range(len(family)) if number not in made] == []
    for one in records(quick):
        assert one.values.keys() <= {*outputs[one.output].fields, "extra_fields"}
        if not outputs[one.output].places:
            assert one.values.keys() == {*outputs[0].fields, "extra_fields"}
    assert [notes for notes in ways.dict_notes if notes != Notes()] == []
