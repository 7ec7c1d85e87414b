"""How the fields of rows that are dicts are reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import UNSET

from tap_cin7.rows.encoding import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

Row: TypeAlias = dict[str, Any]


class DictAccess:
    """How the fields of rows that are dicts are reached."""

    def get(self, path: tuple[str, ...]) -> Callable[[Row], Any]:
        """Return what gets the value at a path, ``UNSET`` where there is none."""
        if len(path) == 1:
            (name,) = path
            return lambda row: row.get(name, UNSET)

        def get(row: Any) -> Any:  # noqa: ANN401
            for name in path:
                row = row.get(name, UNSET) if isinstance(row, dict) else UNSET
            return row

        return get

    def put(self, name: str) -> Callable[[Row, Any], None]:
        """Return what puts a value into a field."""
        return lambda row, value: row.__setitem__(name, value)

    def encode(self, without: Collection[tuple[str, ...]]) -> Callable[[Row], bytes]:
        """Return what encodes a row without the fields at some paths."""
        if not without:
            return as_json
        return lambda row: as_json(_without(row, without))


def _without(row: Row, paths: Collection[tuple[str, ...]]) -> Row:
    kept = {name: value for name, value in row.items() if (name,) not in paths}
    for name in {path[0] for path in paths} & kept.keys():
        if isinstance(kept[name], dict):
            kept[name] = _without(kept[name], [p[1:] for p in paths if p[0] == name])
    return kept
