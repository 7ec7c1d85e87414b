"""``make facts STREAM=labels``: tell the stand-in of a new stream, as its declaration draws it.

The facts are Cin7's word, not the tap's. What is written here is a draft: compare it with Cin7's
documentation, or with what an account answers, before you commit it. A stream that has its facts
keeps them: to have them drafted anew, take its entry out of the file first.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox import facts
from tap_cin7.core.resource import CoreDetail, CoreList
from tap_cin7.omni.resource import OmniResource
from tap_cin7.reading.resource import Listed
from tap_cin7.run.apis import APIS
from tap_cin7.settings_checks import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sandbox.facts import Node
    from tap_cin7.rows.fields import Field

ROOT = Path(__file__).resolve().parents[1]
KNOWN = {"omni": frozenset(facts.omni()), "core": frozenset(facts.core())}
_KINDS = {"number": "decimal"}
_PAGING = ("Total", "Page")


def written(found: Iterable[dict[str, Any]]) -> str:
    """Return facts in the form of the files: a line for the operation, a line for each field."""
    return "[\n" + ",\n".join(map(_written, found)) + "\n]\n"


def _written(fact: dict[str, Any]) -> str:
    if "fields" not in fact:
        return json.dumps(fact)
    head = json.dumps({name: value for name, value in fact.items() if name != "fields"})
    fields = (f"  {json.dumps(name)}: {json.dumps(node)}" for name, node in fact["fields"].items())
    return head[:-1] + ', "fields": {\n' + ",\n".join(fields) + "}}"


def drafted(resource: type[Listed]) -> dict[str, Any]:
    """Return the facts of a resource as its declaration draws them."""
    fields = resource.schema.fields
    grain = [name for key in resource.schema.key for name in fields[key].record_key_parts or [key]]
    fact: dict[str, Any] = {"stream": resource.name, "keys": grain, "path": resource.path}
    if issubclass(resource, OmniResource):
        fact |= {"by_id": f"{resource.path}/{{id}}", "stamp": resource.stamp()}
    if issubclass(resource, CoreList):
        fact |= _list(resource)
    if issubclass(resource, CoreDetail):
        fact |= _detail(resource)
    fact["fields"] = _nodes(fields)
    return {name: value for name, value in fact.items() if value is not None}


def _list(resource: type[CoreList]) -> dict[str, Any]:
    paged = resource.paged and resource.records_key is not None
    asked = (*("Page", "Limit")[: 2 * paged], resource.id_param, resource.since_param)
    return {
        "kind": "list" if resource.records_key else "by-year" if resource.years else "single",
        "wrapper": resource.records_key,
        "envelope": _PAGING if paged else (),
        "paged": paged,
        "since": resource.since_param,
        "stamp": resource.stamp_field,
        "parameters": [*filter(None, asked), *resource.params],
    }


def _detail(resource: type[CoreDetail]) -> dict[str, Any]:
    parameter = resource.id_param or "ID"
    parent = {"stream": resource.index.name, "field": resource.id_field, "parameter": parameter}
    return {
        "kind": "detail",
        "wrapper": resource.records_key,
        "parent": parent,
        "copies": list(resource.copies),
        "parameters": [parameter, *resource.params],
    }


def _nodes(fields: Mapping[str, Field]) -> dict[str, Node]:
    return {name: _node(name, one) for name, one in fields.items() if one.record_key_parts is None}


def _node(name: str, field: Field) -> Node:
    if field.items is not None:
        return [_node(name, field.items)]
    if field.properties is not None:
        return _nodes(field.properties)
    (kind,) = field.types
    if kind == "object":
        return {"*": "any"}
    if kind == "string" and name.endswith("ID"):
        return "guid"
    return field.format or _KINDS.get(kind, kind)


def lacking(api: str) -> dict[str, type[Listed]]:
    """Return the resources of an API that the stand-in does not know, by stream."""
    return {
        one.name: one
        for one in APIS[api].resources()
        if issubclass(one, Listed) and one.name not in KNOWN[api]
    }


def _nothing_to_draft(stream: str) -> str:
    for api, known in KNOWN.items():
        if stream in known:
            return (
                f"sandbox/facts/{api}.json has its facts: to have them drafted anew, take them out "
                "first; for a new field, add it there by hand"
            )
    names = {one.name for api in KNOWN for one in APIS[api].resources() if issubclass(one, Listed)}
    return f"no stream of Omni or Core that is asked for by itself{did_you_mean(stream, names)}"


def main(argv: Sequence[str]) -> int:
    """Write the facts of each stream of a name that has none."""
    if len(argv) != 1:
        sys.stderr.write("name one stream: make facts STREAM=labels\n")
        return 2
    (stream,) = argv
    drafts = {api: lacking(api)[stream] for api in KNOWN if stream in lacking(api)}
    for api, resource in drafts.items():
        path = ROOT / "sandbox" / "facts" / f"{api}.json"
        found = [*json.loads(path.read_text(encoding="utf-8")), drafted(resource)]
        found.sort(key=lambda fact: str(fact["stream"]))
        path.write_text(written(found), encoding="utf-8")
        sys.stdout.write(
            f"{path.relative_to(ROOT)} has a draft of {stream}: compare it with Cin7\n"
        )
    if not drafts:
        sys.stderr.write(f"{stream}: {_nothing_to_draft(stream)}\n")
    return 0 if drafts else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
