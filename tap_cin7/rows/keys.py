"""Keys for rows that have none of their own.

No key column is ever null. ``record_key`` is public interface: the same row has the same key in
every run and release.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from tap_cin7.rows.encoding import as_json, as_sorted_json
from tap_cin7.rows.fields import REPETITION

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping, Sequence

_NAMESPACE = uuid.UUID("8a6f4c1e-61d5-5c0b-9d1a-5f0c1f3b7a10")


def key_of_grain(grain: Sequence[str], row: Mapping[str, Any], occurrences: Counter[str]) -> str:
    """Return the key of a row, made of its grain; absent fields are null.

    Args:
        grain: Names of the fields. If the last is ``repetition``, rows may share the others: from
            the second such row on, its number is one more part of the key.
        row: The row.
        occurrences: Counts the rows of a response by their key without a number.

    """
    parts = [row.get(part) for part in grain if part != REPETITION]
    key = _key(parts)
    if REPETITION not in grain:
        return key
    occurrences[key] += 1
    return key if occurrences[key] == 1 else _key([*parts, occurrences[key]])


def key_of_whole_row(row: Any, occurrences: Counter[bytes]) -> str:  # noqa: ANN401
    """Return the key of a row without a grain, made of the whole row and its occurrence number.

    Args:
        row: The row, with only the columns of Cin7.
        occurrences: Counts equal rows.

    """
    whole = as_sorted_json(row).decode()
    digest = uuid.uuid5(_NAMESPACE, whole).bytes
    occurrences[digest] += 1
    return _key([whole, occurrences[digest]])


def complete_key(row: dict[str, Any], defaults: Mapping[str, Any]) -> list[Any]:
    """Replace null in the key columns of a row by their defaults; return their values."""
    for name, default in defaults.items():
        if row.get(name) is None:
            row[name] = default
    return [row[name] for name in defaults]


def _key(grain: list[Any]) -> str:
    return str(uuid.uuid5(_NAMESPACE, as_json(grain).decode()))
