"""A catalog entry as text, one line a field, so that a change of schema is a short diff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support import Row

_TOLD_OF_STREAM = {
    "inclusion",
    "selected",
    "selected-by-default",
    "table-key-properties",
    "replication-key",
    "valid-replication-keys",
    "forced-replication-method",
    "schema-name",
}
_TOLD_OF_FIELD = {
    "type",
    "format",
    "description",
    "default",
    "items",
    "properties",
    "additionalProperties",
    "x-record-key-parts",
}


def outline(entry: Row) -> str:
    """Return a catalog entry as text.

    Raises:
        ValueError: If the entry says something that the text would not tell.

    """
    schema, metadata = (
        entry["schema"],
        {tuple(m["breadcrumb"]): m["metadata"] for m in entry["metadata"]},
    )
    own = metadata.pop(())
    if unknown := own.keys() - _TOLD_OF_STREAM:
        raise ValueError(unknown)
    always = [path[-1] for path, one in metadata.items() if one["inclusion"] == "automatic"]
    by_default = "selected by default" if own["selected-by-default"] else "on request"
    lines = [
        f"stream: {entry['tap_stream_id']}, {by_default}",
        f"key: {', '.join(entry['key_properties'])}",
        f"replication: {_replication(entry)}",
        f"always selected: {', '.join(always)}",
        "",
        *_fields(schema, ""),
    ]
    if list(schema.get("required", [])) != list(entry["key_properties"]):
        raise ValueError(schema["required"])
    return "\n".join(lines) + "\n"


def _replication(entry: Row) -> str:
    key = entry.get("replication_key")
    return f"{entry['replication_method']} by {key}" if key else str(entry["replication_method"])


def _fields(schema: Row, path: str) -> Iterator[str]:
    for name, field in schema.get("properties", {}).items():
        here = f"{path}{name}"
        yield f"{here}: {_kind(field)}{_words(field)}"
        yield from _fields(field, f"{here}.")
        items = field.get("items")
        if items is not None:
            yield from _fields(items, f"{here}[].")


def _kind(field: Row) -> str:
    if unknown := field.keys() - _TOLD_OF_FIELD:
        raise ValueError(unknown)
    *kinds, last = field["type"]
    form = {"object": "open object"} if field.get("additionalProperties") else {}
    words = [form.get(kind, kind) for kind in (*kinds, last)]
    if field.get("format"):
        words[0] = field["format"]
    if "items" in field:
        words[0] = f"array of {_of(field['items'])}"
    if "default" in field:
        words.append(f"default {field['default']!r}")
    if "x-record-key-parts" in field:
        words.append(f"over {', '.join(field['x-record-key-parts']) or 'the whole row'}")
    return ", ".join(words)


def _of(items: Row) -> str:
    if unknown := items.keys() - _TOLD_OF_FIELD:
        raise ValueError(unknown)
    kinds: list[Any] = list(items["type"])
    return f"{'/'.join(kinds)}{' (' + items['format'] + ')' if 'format' in items else ''}"


def _words(field: Row) -> str:
    return f" \N{EM DASH} {field['description']}" if field.get("description") else ""
