"""Keys that the tap makes.

No key column is ever null, and rows that have no key of their own get one. ``record_key`` is
public interface: the same row has the same key in every run and release.
"""

from __future__ import annotations

import uuid
from collections import Counter
from typing import TYPE_CHECKING, Any

from tap_cin7.rows.encoding import as_json, as_sorted_json
from tap_cin7.rows.fields import REPETITION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NAMESPACE = uuid.UUID("8a6f4c1e-61d5-5c0b-9d1a-5f0c1f3b7a10")


def key_of_grain(grain: Sequence[str], row: Mapping[str, Any], came: Counter[str]) -> str:
    """Return the key that a row has by the parts of its grain; absent ones are null.

    Args:
        grain: The parts. Where ``repetition`` is the last, rows may share the others: the second
            such row has its number for one more part.
        row: The row.
        came: Counts the rows of a response by their key without a number.

    """
    parts = [row.get(part) for part in grain if part != REPETITION]
    key = _key(parts)
    if REPETITION not in grain:
        return key
    came[key] += 1
    return key if came[key] == 1 else _key([*parts, came[key]])


class WholeRowKeys:
    """Keys of rows that have nothing but themselves: the whole row and how often it came."""

    def __init__(self) -> None:
        """Start with no row."""
        self._occurrences: Counter[bytes] = Counter()

    def __call__(self, record: Any) -> str:  # noqa: ANN401
        """Return the key of a record that has the columns of Cin7 and no other."""
        whole = as_sorted_json(record).decode()
        digest = uuid.uuid5(_NAMESPACE, whole).bytes
        self._occurrences[digest] += 1
        return _key([whole, self._occurrences[digest]])

    def start_again(self) -> None:
        """Number equal rows from 1 again, because their list is read again."""
        self._occurrences.clear()


def _key(grain: list[Any]) -> str:
    return str(uuid.uuid5(_NAMESPACE, as_json(grain).decode()))
