"""A loader that deletes for good, as the strictest of those in use: rows of smaller versions, and
rows of none.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.losses.standin import Row

Key = tuple[Any, ...]


class Loader:
    """Tables of rows by key.

    Attributes:
        removed: Rows that ACTIVATE_VERSION took away, by table, in order; for the test to look at.

    """

    def __init__(self) -> None:
        """Start empty."""
        self._keys: dict[str, list[str]] = {}
        self._tables: dict[str, dict[Key, tuple[Row, int | None]]] = defaultdict(dict)
        self.removed: dict[str, list[Row]] = {}

    def take(self, messages: Iterable[Row]) -> None:
        """Take messages, in their order."""
        for message in messages:
            name = message.get("stream", "")
            if message["type"] == "SCHEMA":
                self._keys[name] = message["key_properties"]
            elif message["type"] == "RECORD":
                row = message["record"]
                key = tuple(row[column] for column in self._keys[name])
                assert None not in key, f"a key of {name} is null"
                self._tables[name][key] = row, message.get("version")
            elif message["type"] == "ACTIVATE_VERSION":
                self._activate(name, message["version"])

    def _activate(self, name: str, version: int) -> None:
        assert name in self._keys, f"{name} is activated without a schema"
        for key, (row, held) in list(self._tables[name].items()):
            if held is None or held < version:
                self.removed.setdefault(name, []).append(row)
                del self._tables[name][key]

    def rows(self, name: str) -> list[Row]:
        """Return the rows of a table."""
        return [row for row, _ in self._tables[name].values()]

    def keys(self, name: str, column: str) -> set[Any]:
        """Return the values of one column of a table."""
        return {row[column] for row in self.rows(name)}
