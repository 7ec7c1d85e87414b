"""What a database has to hold, told from what the sandbox sent and from nothing of the tap."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from sandbox.stamps import TICKS_PER_SECOND, ticks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sandbox.store import Store

LOOKBACK_SECONDS = 300
READ_WHOLE = {"stock"}
"""Streams whose stamp is not to be relied on."""

Kind: TypeAlias = "Callable[[object], object]"
"""Brings a value, sent or loaded, into the form in which the two are compared."""


@dataclass(frozen=True)
class Loaded:
    """A table as a loader left it.

    Attributes:
        kinds: What each column has to hold, by its name in the database.
        rows: The rows, values in the order of ``kinds``.

    """

    kinds: Mapping[str, Kind]
    rows: list[tuple[Any, ...]]

    def flat(self) -> Loaded:
        """Return the table without its nested columns."""
        kept = [name for name, kind in self.kinds.items() if kind is not extent]
        places = [list(self.kinds).index(name) for name in kept]
        rows = [tuple(row[place] for place in places) for row in self.rows]
        return Loaded({name: self.kinds[name] for name in kept}, rows)


def exact(value: object) -> Decimal | None:
    """Numbers with every digit; text such as 8.75% stands for one."""
    return None if value in (None, "") else Decimal(str(value).strip(" %"))


def inexact(value: object) -> float | None:
    """Numbers as binary floating point."""
    number = exact(value)
    return None if number is None else float(number)


def instant(value: object) -> datetime | None:
    """Instants in UTC without a zone, digits past the microsecond cut off."""
    if isinstance(value, datetime):
        return value
    ticks = ticks_of(value)
    microseconds = ticks // (TICKS_PER_SECOND // 1_000_000)
    return datetime(1, 1, 1) + timedelta(microseconds=microseconds) if ticks > 0 else None  # noqa: DTZ001


def text(value: object) -> str | None:
    """Text as it came; a bare number becomes its digits."""
    return None if value is None else str(value)


def text_or_null(value: object) -> str | None:
    """Text of a loader that takes empty text for null."""
    return text(value) or None


def boolean(value: object) -> object:
    """Booleans; the texts true and false stand for them."""
    return {"true": True, "false": False}.get(str(value).lower())


def extent(value: object) -> object:
    """Nested values, by the names or the number of what they hold."""
    held: object = json.loads(value) if isinstance(value, str) else value
    if isinstance(held, dict):
        return sorted(held)
    return len(held) if isinstance(held, list) else held


def expected(
    store: Store, stream: str, loaded: Loaded, fold: Callable[[str], str]
) -> list[dict[str, Any]]:
    """Return the rows that a table has to hold, in the form that ``actual`` gives them.

    Args:
        store: The data.
        stream: The stream.
        loaded: What the loader left, for its columns.
        fold: What the loader does to names.

    """
    wanted = []
    for row in store.rows(stream):
        sent = {fold(name): value for name, value in row.items()}
        wanted.append({name: kind(sent.get(name)) for name, kind in loaded.kinds.items()})
    return _sorted(wanted)


def actual(loaded: Loaded) -> list[dict[str, Any]]:
    """Return the rows of a table, each as a dict, in an order of their own."""
    return _sorted(
        {name: kind(value) for (name, kind), value in zip(loaded.kinds.items(), row, strict=True)}
        for row in loaded.rows
    )


def _sorted(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: [str(value) for value in row.values()])


def newest(store: Store) -> dict[str, int]:
    """Return the second of the newest stamp of each stream, 0 where it is read whole."""
    return {name: max(_seconds(store, name), default=0) for name in store.tables}


def overlap(store: Store, since: dict[str, int]) -> dict[str, int]:
    """Return how many rows of each stream a run emits that has seen everything up to a point.

    A stream with a stamp starts some minutes behind the newest row that it knows; a stream
    without one is read whole.
    """
    return {
        name: sum(second >= since[name] - LOOKBACK_SECONDS for second in _seconds(store, name))
        if since[name]
        else len(store.keys(name))
        for name in store.tables
    }


def _seconds(store: Store, name: str) -> list[int]:
    stamp = store.tables[name].stamp
    if stamp is None or name in READ_WHOLE:
        return []
    return [ticks_of(row[stamp]) // TICKS_PER_SECOND for row in store.rows(name)]
