"""How the fields of structs are reached, by the names that tables give them."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import UNSET, Struct

from tap_cin7.rows.encoding import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from tap_cin7.rows.fields import Field

    Fields: TypeAlias = Mapping[str, Field]
    Names: TypeAlias = tuple[str, ...]


class StructAccess:
    """How the fields of structs of one table are reached."""

    def __init__(self, fields: Fields) -> None:
        """Know the table."""
        self._fields = fields
        self._attributes = attributes_of(fields)

    def get(self, path: Names) -> Callable[[Any], Any]:
        """Return what gets the value at a path, ``UNSET`` where there is none."""
        if path[0] not in self._fields:
            return lambda _: UNSET
        get = attrgetter(self._attributes[path[0]])
        if len(path) == 1:
            return get
        inner = self._fields[path[0]].properties
        if inner is None:
            return lambda record: _inside(get(record), path[1:])
        get_inner = StructAccess(inner).get(path[1:])
        return lambda record: get_inner(one) if isinstance(one := get(record), Struct) else UNSET

    def put(self, name: str) -> Callable[[Any, Any], None]:
        """Return what puts a value into a field."""
        attribute = self._attributes[name]
        return lambda record, value: setattr(record, attribute, value)

    def encode(self, without: Collection[Names]) -> Callable[[Any], bytes]:
        """Return what encodes a struct without the fields at some paths."""
        owners: dict[Names, list[str]] = {}
        for path in without:
            fields: Fields | None = self._fields
            for name in path[:-1]:
                fields = fields[name].properties if fields and name in fields else None
            if fields and path[-1] in fields:
                owners.setdefault(path[:-1], []).append(attributes_of(fields)[path[-1]])
        if not owners:
            return as_json
        hidden = [(self.get(path) if path else None, names) for path, names in owners.items()]

        def encode(record: Any) -> bytes:  # noqa: ANN401
            kept = []
            for get, attributes in hidden:
                owner = record if get is None else get(record)
                if isinstance(owner, Struct):
                    for attribute in attributes:
                        kept.append((owner, attribute, getattr(owner, attribute)))
                        setattr(owner, attribute, UNSET)
            json = as_json(record)
            for owner, attribute, value in kept:
                setattr(owner, attribute, value)
            return json

        return encode


def _inside(value: Any, path: Names) -> Any:  # noqa: ANN401
    for name in path:
        value = value.get(name, UNSET) if isinstance(value, dict) else UNSET
    return value


def attributes_of(fields: Iterable[str]) -> dict[str, str]:
    """Return a name for each field: what Cin7 calls it need not be a name in Python."""
    return {name: f"field_{position}" for position, name in enumerate(fields)}
