"""Telling: what no column takes goes to ``extra_fields``, and its path is noted once a stream."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tap_cin7.rows.encoding import as_json
from tap_cin7.rows.paths import general, spelled
from tap_cin7.rows.places import EXTRA_FIELDS

if TYPE_CHECKING:
    from collections.abc import Hashable

    from tap_cin7.rows.paths import Found

_MOST_NOTES = 1_000
"""Paths that are noted; a stream that has more of them has fields without fixed names."""
_NO_EXTRAS = b'"extra_fields":null'


@dataclass
class Notes:
    """What was odd in the rows of one stream, told once per run.

    Attributes:
        unknown: Paths without indices (``Lines[].NewField``) that have no column.
        odd: Path -> key of the first row whose value its column's type can't hold or whose bytes
            had to be repaired.
        without_key: How many rows lacked a key and were left out.

    """

    unknown: set[str] = field(default_factory=set)
    odd: dict[str, Hashable] = field(default_factory=dict)
    without_key: int = 0


class Telling:
    """Tells what was odd in the rows of one output."""

    def __init__(self, notes: Notes, *, has_column: bool) -> None:
        """Set up.

        Args:
            notes: Takes the paths.
            has_column: Whether records carry ``extra_fields``.

        """
        self.notes = notes
        self._has_column = has_column
        self.nothing = _NO_EXTRAS if self._has_column else b""

    def __call__(self, found: Found, key: Hashable) -> bytes:
        """Note what was found; return the member ``extra_fields`` of the record, if it has one."""
        told = {}
        for path, value, is_unknown in found.extras:
            if is_unknown:
                self._note_unknown(general(path))
            else:
                self._note_odd(general(path), key)
            told[spelled(path)] = value
        for path in found.repaired:
            self._note_odd(general(path), key)
        return as_json({EXTRA_FIELDS: told})[1:-1] if told and self._has_column else self.nothing

    def _note_unknown(self, path: str) -> None:
        if len(self.notes.unknown) < _MOST_NOTES:
            self.notes.unknown.add(path)

    def _note_odd(self, path: str, key: Hashable) -> None:
        if len(self.notes.odd) < _MOST_NOTES:
            self.notes.odd.setdefault(path, key)
