"""What refers to what: the keys that lead from one stream to another.

Most references are declared where the field is (``to=`` of ``tap_cin7.rows.fields``). Two kinds
follow from how resources are made and are declared nowhere: the columns that a part copies from its
parent's key, and the key of a document, which its header list names. A catalog has no place for
references; they are for the documentation, diagrams and tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_cin7.core.resource import CoreDetail
from tap_cin7.reading.parts import Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_cin7.reading.resource import Resource
    from tap_cin7.rows.fields import Field, Table


@dataclass(frozen=True)
class Reference:
    """A column of one stream that holds values of a column of another.

    Attributes:
        stream: The stream that refers.
        path: Its field, such as ``memberId``, ``Lines[].ProductID`` or ``categoryIdArray[]``.
        target: The stream that is referred to.
        column: The column of it, part of its key or known by a unique name.

    """

    stream: str
    path: str
    target: str
    column: str


def paths(fields: Table, prefix: str = "") -> Iterator[tuple[str, Field]]:
    """Yield every field at every depth with its path.

    ``[]`` after a name stands for the elements of a list: ``Lines[].ProductID``. Lists come both
    as they are (``Lines``) and, where they hold objects, with the fields of these.
    """
    for name, field in fields.items():
        path = f"{prefix}{name}"
        yield path, field
        if field.items is not None:
            yield from paths(dict(field.items.properties or {}), f"{path}[].")
        else:
            yield from paths(dict(field.properties or {}), f"{path}.")


def references(resources: Sequence[type[Resource]]) -> list[Reference]:
    """Return the references between the resources of an API.

    A target that the API does not have is left out: Core V1 takes the columns of V2, and has nine
    of its streams.
    """
    offered = {resource.name for resource in resources}
    found = []
    for resource in resources:
        derived = _derived(resource)
        for path, field in paths(resource.columns().fields):
            told = field.references or derived.get(path)
            target, _, column = (told or "").partition(".")
            if target in offered and (target, column) != (resource.name, path):
                elements = "[]" if field.items is not None else ""
                found.append(Reference(resource.name, path + elements, target, column))
    return found


def _derived(resource: type[Resource]) -> dict[str, str]:
    """Return what the top-level columns refer to by the way the resource is made."""
    if issubclass(resource, Part):
        return _to_parent(resource)
    if issubclass(resource, CoreDetail) and not resource.copies:
        # Where an answer holds several records, the document's id is in its envelope instead.
        (key,) = resource.schema.key
        return {key: f"{resource.index.name}.{resource.id_field}"}
    return {}


def _to_parent(part: type[Part]) -> dict[str, str]:
    parent = part.schema.parent
    found = {}
    for name, field in part.schema.fields.items():
        whole_record = all(not place.steps for place in part.schema.places)
        source = field.source or (name if whole_record else None)
        copied = None if source is None else parent.schema.fields.get(source)
        if copied is None or source is None:
            continue
        if copied.is_key:
            found[name] = f"{parent.name}.{source}"
        elif copied.references:
            found[name] = copied.references
    return found
