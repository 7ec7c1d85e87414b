"""What Omni offers, read from the tap's own streams: path, key, stamp, fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_cin7.apis import APIS
from tap_cin7.omni.stream import OmniStream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.omni.match import Kind

_ADDED = "x-record-key-parts"
_CREATED_ONLY = frozenset({"payment_fees", "payouts"})
_NO_ID_PATH = frozenset({"payment_fees", "payouts", "stock", "vouchers"})
_FILTERS = {"stock": "barcode", "vouchers": "code"}


@dataclass(frozen=True)
class Resource:
    """One list of Omni."""

    name: str
    path: str
    properties: Mapping[str, Any]
    keys: tuple[str, ...]
    stamp: str | None
    columns: Mapping[str, tuple[str, Kind]] = field(repr=False)

    @property
    def has_id_path(self) -> bool:
        """Whether a single row can be read by its id."""
        return self.name not in _NO_ID_PATH

    @property
    def filter(self) -> str | None:
        """Query parameter that filters by a field of the same name."""
        return _FILTERS.get(self.name)


def resources() -> list[Resource]:
    """Return all lists. Streams and columns that the tap adds are not on the wire."""
    # On the class these are plain values, although the SDK declares them for instances.
    classes: list[Any] = [cls for cls in APIS["omni"].streams() if issubclass(cls, OmniStream)]
    return [_resource(cls.name, cls.path, cls.schema) for cls in classes]


def _resource(name: str, path: str, schema: Mapping[str, Any]) -> Resource:
    keys: tuple[str, ...] = tuple(schema["required"])
    properties = {}
    for column, definition in schema["properties"].items():
        if _ADDED in definition:
            keys = tuple(definition[_ADDED])
        else:
            properties[column] = definition
    stamp = "createdDate" if name in _CREATED_ONLY else "modifiedDate"
    kinds = {column: kind_of(definition) for column, definition in properties.items()}
    return Resource(
        name,
        path,
        properties,
        keys,
        stamp if stamp in properties else None,
        {column.lower(): (column, kind) for column, kind in kinds.items() if kind is not None},
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
