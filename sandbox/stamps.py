"""Instants as whole ticks of 100 nanoseconds, so that seven fractional digits stay exact."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

TICKS_PER_SECOND = 10_000_000
NULL_TICKS = -1
"""Where a missing stamp sorts: before every instant."""
NO_DATE = "0001-01-01T00:00:00"
"""What Cin7 sends for "no date"; zero ticks."""

_EPOCH = datetime(1, 1, 1)  # noqa: DTZ001 - ticks are counted in UTC throughout
_STAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,7}))?(Z|[+-]\d\d:\d\d)?",
    re.ASCII,
)


def to_ticks(text: str) -> int:
    """Return the ticks of a stamp; without a zone it is UTC.

    Raises:
        ValueError: The text is not a date with a time.

    """
    match = _STAMP.fullmatch(text)
    if match is None:
        raise ValueError(text)
    fraction, zone = match[7] or "", match[8] or "Z"
    moment = datetime(*(int(part) for part in match.groups()[:6]))  # type: ignore[arg-type] # noqa: DTZ001
    seconds = (moment - _EPOCH) // timedelta(seconds=1)
    if zone != "Z":
        minutes = int(zone[1:3]) * 60 + int(zone[4:6])
        seconds += -60 * minutes if zone[0] == "+" else 60 * minutes
    return seconds * TICKS_PER_SECOND + int(fraction.ljust(7, "0"))


def from_ticks(ticks: int, *, digits: int = 0, offset_hours: int | None = None) -> str:
    """Return the stamp of ``ticks``.

    Args:
        ticks: The instant.
        digits: Fractional digits to write.
        offset_hours: Write local time with this offset instead of UTC with ``Z``.

    """
    seconds, fraction = divmod(ticks, TICKS_PER_SECOND)
    moment = _EPOCH + timedelta(seconds=seconds, hours=offset_hours or 0)
    text = moment.isoformat()
    if digits:
        text += f".{fraction:07d}"[: digits + 1]
    return text + ("Z" if offset_hours is None else f"{offset_hours:+03d}:00")


def ticks_of(value: object) -> int:
    """Return where a value of a stamp column sorts; anything that is no stamp counts as null."""
    if not isinstance(value, str):
        return NULL_TICKS
    try:
        return to_ticks(value)
    except ValueError:
        return NULL_TICKS
