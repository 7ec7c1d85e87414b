"""A target that upserts by key and obeys ACTIVATE_VERSION, and what it has of a run's output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = dict[str, Any]
Key = tuple[Any, ...]


class Target:
    """Tables of rows by key.

    Attributes:
        keys: Key columns by stream.
        tables: Rows by stream and key, each with the version it came with.

    """

    def __init__(self, other: Target | None = None) -> None:
        """Start empty, or with what another one has."""
        self.keys: dict[str, list[str]] = {}
        self.tables: dict[str, dict[Key, tuple[Row, int]]] = {}
        if other is not None:
            self.keys |= other.keys
            self.tables |= {stream: dict(rows) for stream, rows in other.tables.items()}

    def take(self, messages: Iterable[Row]) -> None:
        """Take messages, in their order."""
        for message in messages:
            kind, stream = message["type"], message.get("stream", "")
            if kind == "SCHEMA":
                self.keys[stream] = message["key_properties"]
                assert self.keys[stream], f"{stream} has no key"
            elif kind == "RECORD":
                row = message["record"]
                key = tuple(row[name] for name in self.keys[stream])
                assert None not in key, f"{stream} has a null in its key"
                self.tables.setdefault(stream, {})[key] = row, message.get("version") or 0
            elif kind == "ACTIVATE_VERSION":
                assert stream in self.keys, f"{stream} is activated without a schema"
                held, version = self.tables.get(stream, {}), message["version"]
                self.tables[stream] = {k: one for k, one in held.items() if one[1] >= version}

    def rows(self, stream: str) -> dict[Key, Row]:
        """Return the rows of a stream by key."""
        return {key: row for key, (row, _) in self.tables.get(stream, {}).items()}


def merged(old: Any, new: Any) -> Any:  # noqa: ANN401
    """Return a state merged into an older one, as orchestrators do: objects are, nothing else."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{name: merged(old.get(name), value) for name, value in new.items()}}
    return new
