"""Every resource can be read: a row as it is documented becomes all its records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_cin7.reading.parts import Part, Snapshot
from tap_cin7.reading.resource import resources_in
from tap_cin7.rows.codec import Notes, Output, RowCodec
from tap_cin7.rows.extra_fields import EXTRA
from tests.unit.rows.support import as_bytes, records

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
    return {name: sample(field) for name, field in fields.items()}


def output_of(resource: type[Resource]) -> Output:
    places = resource.schema.places if issubclass(resource, Part) else None
    if issubclass(resource, Snapshot):
        places = resource.places_at(NOW)
    return Output({**resource.columns().fields, **EXTRA}, frozenset(), places, Notes())


@pytest.mark.parametrize(
    ("api", "resource"),
    [
        pytest.param(api, one, id=f"{api}-{one.name}")
        for api, one in RESOURCES
        if not issubclass(one, Part)
    ],
)
def test_a_documented_row_fills_all_columns_of_all_streams(
    api: str, resource: type[Resource]
) -> None:
    family = [resource] + [
        one
        for other, one in RESOURCES
        if other == api and issubclass(one, Part) and one.schema.parent is resource
    ]
    outputs = [output_of(one) for one in family]
    codec = RowCodec(resource.columns(), outputs=outputs, stamp=resource.stamp())
    columns = resource.columns().fields
    row = row_of({name: field for name, field in columns.items() if not field.is_added})
    added = {n: NOW for n, f in columns.items() if f.is_added and f.record_key_parts is None}
    made = records(codec.row(as_bytes(row), added))
    assert [one.name for n, one in enumerate(family) if n not in {m.output for m in made}] == []
    for one in made:
        assert one.values.keys() <= {*outputs[one.output].fields, "extra_fields"}
        if not outputs[one.output].places:
            assert one.values.keys() == {*outputs[0].fields, "extra_fields"}
    assert [output.notes for output in outputs if output.notes != Notes()] == []
