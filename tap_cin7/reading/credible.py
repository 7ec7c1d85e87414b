"""Whether a reading is believed that brings far fewer rows than the one before it.

The rule: what brings less than half is believed when it is the second reading in a row to say so,
and what brings nothing when it is the third, on three days. So nobody has to edit state by hand
when three brands become one, and one broken reading changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_DAYS_FOR_NONE = 3
_DAY = len("2026-01-31")


def doubts(rows: int, before: int | None, doubted: Sequence[str], now: str) -> list[str]:
    """Return the readings in a row that are not believed, this one included; empty if it is.

    Args:
        rows: How many rows this reading brought.
        before: How many the last one brought that was believed; None where there was none.
        doubted: When the readings since were made that were not believed.
        now: When this one was made, canonical.

    """
    if not before or 2 * rows >= before:
        return []
    readings = [*doubted, now]
    if rows:
        return readings if len(readings) == 1 else []
    return readings if len({one[:_DAY] for one in readings}) < _DAYS_FOR_NONE else []
