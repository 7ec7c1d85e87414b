"""Columns that settings keep from being filled, and rows that came while they were off.

The rule: what a setting such as ``include_suppliers`` fills is filled in all rows, whenever it is
switched on. Position knows under which of them all is in; where one is on that was not, the stream
is read from its beginning, once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UnsetType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_cin7.reading.reader import Reading


def lacking(known: Sequence[str] | UnsetType | None, wanted: Sequence[str]) -> list[str]:
    """Return the settings that are on now and were not when rows came.

    Args:
        known: Those under which all is in; None or unset where no state says it.
        wanted: Those that are on now.

    """
    if known is None or isinstance(known, UnsetType):
        return []
    return [name for name in wanted if name not in known]


def say_lacking(reading: Reading[Any], names: Sequence[str]) -> None:
    """Log that a stream is read from its beginning."""
    reading.log.info(
        "%s was off when its rows were loaded: all of them come again now", ", ".join(names)
    )
