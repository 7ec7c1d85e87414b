"""What is known of Cin7's APIs: the files beside this one, with types.

Each file is a list of operations: stream, path, key, envelope, parameters and fields, as the
vendor documents them or as they were seen on live accounts. ``fields`` looks like a document
with types for values:

==================  ==========================================================
``"string"``        also ``integer``, ``number``, ``boolean``, ``guid``, ``date-time`` and
                    ``decimal``, a number with more digits than a float keeps
``"string|number"`` the documented type, then what else was seen
``{"Name": ...}``   an object
``{"*": ...}``      an object whose keys are the tenant's own; ``any`` is any scalar
``[...]``           an array of that; ``[]`` where nothing is known of the items
``["=stream"]``     an array of the objects of another stream
==================  ==========================================================

Every field may be null, keys aside.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

Node: TypeAlias = "str | list[Any] | dict[str, Any]"
"""A field in the notation of the files."""
Definition: TypeAlias = dict[str, Any]
"""A field as JSON schema; ``type`` names the documented type first."""
Kind: TypeAlias = Literal["list", "single", "by-year", "detail", "collection"]

_HERE = Path(__file__).parent
_SCALARS: dict[str, Definition] = {
    "guid": {"type": ["string", "null"], "format": "guid"},
    "date-time": {"type": ["string", "null"], "format": "date-time"},
    "decimal": {"type": ["number", "null"], "format": "decimal"},
}


class Parent(msgspec.Struct, frozen=True):
    """Where the ids come from that an operation is asked with."""

    stream: str
    field: str
    parameter: str


class CoreFact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A GET operation of Core V2.

    Attributes:
        stream: Its name.
        path: Its path below the API's.
        kind: A list, one object, one object a year, a document by id, or a list by id.
        keys: Fields that identify a row; none where the API gives no key.
        fields: The fields of a row.
        second_path: Another path with the same answer.
        wrapper: Name of the list in the envelope.
        envelope: Fields beside the list.
        paged: Whether Page and Limit have an effect.
        bare: Whether the answer is an array without an envelope.
        since: Parameter that filters by modification, from then on.
        until: The same, up to then.
        stamp: Field with the last modification.
        zone: Whether stamps end with their zone.
        total: What Total is, where it is sent.
        most_rows: Rows a page has at most, whatever Limit asks for (seen).
        order: Field that rows come sorted by (seen); no order is promised.
        parent: Where the ids come from.
        repeats: Stream whose rows hold the same.
        copies: Fields that stand beside the list and belong to each row.
        parameters: All query parameters.

    """

    stream: str
    path: str
    kind: Kind
    keys: tuple[str, ...]
    fields: dict[str, Any]
    second_path: str | None = None
    wrapper: str | None = None
    envelope: tuple[str, ...] = ()
    paged: bool = False
    bare: bool = False
    since: str | None = None
    until: str | None = None
    stamp: str | None = None
    zone: bool = True
    total: Literal["right", "limit"] = "right"
    most_rows: int = 1_000
    order: str | None = None
    parent: Parent | None = None
    repeats: str | None = None
    copies: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()


class CoreV1Fact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A resource of Core V1, whose fields are mostly those of a stream of V2.

    Attributes:
        stream: Its name.
        same_as: The stream of V2.
        keys: Fields that identify a row.
        path: Path of the list, if there is one.
        wrapper: Name of the list in the envelope.
        by_id: Path of one document.
        since: Parameter that filters by modification.
        renamed: Names of V2 and what V1 calls the same field.
        parameters: All query parameters.

    """

    stream: str
    same_as: str
    keys: tuple[str, ...]
    path: str | None = None
    wrapper: str | None = None
    by_id: str | None = None
    since: str | None = None
    renamed: dict[str, str] = {}
    parameters: tuple[str, ...] = ()


class OmniFact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A resource of Omni. All lists take page, rows, where, order and fields.

    Attributes:
        stream: Its name.
        keys: Fields that identify a row.
        fields: The fields of a row.
        path: Path of the list, if there is one.
        by_id: Path of one row, if there is one.
        filter: Parameter that filters by the field of the same name.
        stamp: Field with the last modification, or the creation where that is all there is.

    """

    stream: str
    keys: tuple[str, ...]
    fields: dict[str, Any]
    path: str | None = None
    by_id: str | None = None
    filter: str | None = None
    stamp: str | None = None


@cache
def core() -> dict[str, CoreFact]:
    """Return the operations of Core V2 by stream."""
    found = msgspec.json.decode((_HERE / "core.json").read_bytes(), type=list[CoreFact])
    return {fact.stream: fact for fact in found}


@cache
def core_v1() -> dict[str, CoreV1Fact]:
    """Return the resources of Core V1 by stream."""
    found = msgspec.json.decode((_HERE / "core_v1.json").read_bytes(), type=list[CoreV1Fact])
    return {fact.stream: fact for fact in found}


@cache
def omni() -> dict[str, OmniFact]:
    """Return the resources of Omni by stream."""
    found = msgspec.json.decode((_HERE / "omni.json").read_bytes(), type=list[OmniFact])
    return {fact.stream: fact for fact in found}


def definitions(fields: dict[str, Any]) -> dict[str, Definition]:
    """Return the fields of an object as JSON schema."""
    return {name: definition(node) for name, node in fields.items()}


def definition(node: Node) -> Definition:
    """Return one field as JSON schema."""
    if isinstance(node, str):
        documented, *seen = node.split("|")
        known = _SCALARS.get(documented, {"type": [documented, "null"]})
        return {**known, "type": [known["type"][0], *seen, "null"]}
    if isinstance(node, list):
        items = _item(node[0]) if node else {"type": ["null"]}
        return {"type": ["array", "null"], "items": items}
    if "*" in node:
        return {"type": ["object", "null"], "additionalProperties": True}
    return {"type": ["object", "null"], "properties": definitions(node)}


def _item(node: Node) -> Definition:
    if isinstance(node, str) and node.startswith("="):
        node = core()[node[1:]].fields
    return definition(node)
