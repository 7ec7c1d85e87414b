"""Keys: no key column is ever null, and rows that have none of their own get one.

``record_key`` is public interface: the same row has the same key in every run and release.
"""

from __future__ import annotations

import uuid
from collections import Counter
from typing import TYPE_CHECKING, Any

from tap_cin7.rows.encoding import as_json, as_sorted_json

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMESPACE = uuid.UUID("8a6f4c1e-61d5-5c0b-9d1a-5f0c1f3b7a10")


def key_of_parts(parts: Sequence[Any]) -> str:
    """Return the key that a row has by the parts of its grain; absent ones are null."""
    return _key(list(parts))


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
