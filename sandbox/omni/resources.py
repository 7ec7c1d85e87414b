"""What Omni offers, from the facts: path, key, stamp, fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from sandbox import facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.facts import OmniFact
    from sandbox.omni.match import Kind


@dataclass(frozen=True)
class Resource:
    """One list of Omni."""

    name: str
    path: str
    properties: Mapping[str, Any]
    keys: tuple[str, ...]
    stamp: str | None
    columns: Mapping[str, tuple[str, Kind]] = field(repr=False)
    has_id_path: bool
    filter: str | None
    """What each says is said of ``facts.OmniFact``; ``columns`` are the fields that compare."""


@cache
def resources() -> list[Resource]:
    """Return all lists."""
    return [_resource(one, one.path) for one in facts.omni().values() if one.path is not None]


def _resource(fact: OmniFact, path: str) -> Resource:
    properties = facts.definitions(fact.fields)
    kinds = {column: kind_of(definition) for column, definition in properties.items()}
    return Resource(
        fact.stream,
        path,
        properties,
        fact.keys,
        fact.stamp,
        {column.lower(): (column, kind) for column, kind in kinds.items() if kind is not None},
        fact.by_id is not None,
        fact.filter,
    )


def kind_of(definition: Mapping[str, Any]) -> Kind | None:
    """Return how values of a field compare; None for objects and arrays."""
    types = set(definition["type"]) - {"null"}
    if types & {"object", "array"}:
        return None
    if definition.get("format") == "date-time":
        return "date"
    if "string" in types:
        return "text"
    return "bool" if "boolean" in types else "number"
