"""Read an ``order`` clause and put rows into it: nulls first ascending, ties by key."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sandbox.omni.match import Columns, Kind, comparable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.entry import Row


@dataclass(frozen=True)
class Sorting:
    """One column to sort by."""

    name: str
    kind: Kind
    descending: bool


def parse(clause: str, columns: Columns) -> tuple[Sorting, ...]:
    """Return the columns to sort by; unknown ones are ignored."""
    wanted = []
    for part in clause.split(","):
        words = part.split()
        known = columns.get(words[0].lower()) if words else None
        if known:
            wanted.append(Sorting(*known, descending=words[-1].upper() == "DESC"))
    return tuple(wanted)


def sort(rows: Iterable[tuple[Row, Any]], sorting: tuple[Sorting, ...]) -> list[Any]:
    """Return what hangs on each row, given in key order, in the wanted order."""
    pairs = list(rows)
    # The sort is stable, so the last column goes first and equal rows stay in key order.
    for column in reversed(sorting):
        pairs.sort(key=partial(_place, column), reverse=column.descending)
    return [hanging for _, hanging in pairs]


def _place(column: Sorting, pair: tuple[Row, Any]) -> tuple[bool, Any]:
    value = comparable(pair[0][column.name], column.kind)
    return value is not None, 0 if value is None else value
