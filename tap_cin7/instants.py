"""Instants: one canonical text for each moment.

Instants are written as RFC 3339 in UTC with ``Z`` and six fractional digits, because state and
targets compare them as text. Stamps without a zone are UTC (vendor documentation). Day one of
year one is how .NET writes "no date", so it becomes null.

An instant is compared with the best clock known so far, and each clock may be off. The better the
clock, the narrower the bound: a wide one would accept a future date that freezes the bookmark, a
narrow one would refuse a correct date.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

_USUAL_INSTANT = re.compile(
    r"(?!000[01])\d{4}-"
    r"(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    r"T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.(\d+))?Z?",
    re.ASCII,
).fullmatch
"""Instants in UTC, except leap days, in Cin7's usual form: they need no parsing."""
_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?"
    r"\s*(Z|z|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII,
)
DAY_SECONDS = 86_400
OWN_CLOCK_SKEW = 86_400
"""Seconds by which the clock of this machine may be off.

It is the only clock before Cin7's first response, when settings and state are checked. Machines
whose clock is set to another zone are off by hours; a date more than a day ahead is a mistake.
"""
BOOKMARK_SKEW = 300
"""Seconds by which ``start_date`` or a bookmark may lie ahead of Cin7's clock.

Several machines respond for Cin7, and the one that wrote a stamp need not be the one that gives
the time. A run that starts in the future reads nothing, so beyond this bound the run ends.
"""
STAMP_SKEW = 60
"""Seconds by which the stamp of a row may lie ahead of Cin7's clock.

A wrong guess here costs only a warning, or a row that is read once more.
"""
_SENTINEL = "0001-01-01"
_WIDEST_OFFSET = timedelta(hours=14)


def instant(text: str) -> str | None:
    """Return the canonical form of a date or date-time text.

    Args:
        text: ISO 8601 as Cin7 sends it: date only, zone-less, ``Z`` or an offset, with up to
            any number of fractional digits; digits past the sixth are truncated, so that an
            instant is never later than the one sent.

    Returns:
        ``YYYY-MM-DDTHH:MM:SS.ffffffZ``, or None for the "no date" of .NET and for blank text.

    Raises:
        ValueError: If the text is not a date.

    """
    usual = _USUAL_INSTANT(text)
    if usual is None:
        return _parsed_instant(text)
    fraction = usual[1]
    return text[:19] + (".000000Z" if fraction is None else f".{fraction:0<6.6}Z")


@lru_cache(maxsize=1 << 10)
def _parsed_instant(text: str) -> str | None:
    text = text.strip()
    if not text or text.startswith(_SENTINEL):
        return None
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise ValueError(f"not a date: {text[:40]!r}")
    *numbers, fraction, zone = match.groups()
    year, month, day, hour, minute, second = (int(one or 0) for one in numbers)
    micro = int(f"{fraction or '':0<6.6}")
    moment = datetime(year, month, day, hour, minute, second, micro)  # noqa: DTZ001 - see below
    if zone and zone not in "Zz":
        try:
            moment -= _offset(zone)
        except (OverflowError, ValueError) as error:
            raise ValueError(f"not a date: {text[:40]!r}") from error
        # A zone ahead of UTC can bring a moment back to the day that stands for "no date".
        if moment.date() == date.min:
            return None
    return canonical(moment)


def _offset(zone: str) -> timedelta:
    hours, minutes = int(zone[1:3]), int(zone[3:].lstrip(":") or 0)
    offset = timedelta(hours=hours, minutes=minutes)
    if minutes > 59 or offset > _WIDEST_OFFSET:  # noqa: PLR2004 - minutes of an hour
        raise ValueError("no zone is that far from UTC")
    return offset if zone[0] == "+" else -offset


def day_of(moment: str) -> str:
    """Return the day of a canonical instant as text; empty if the instant is."""
    return moment[: len("2026-01-31")]


def whole_second(stamp: str) -> str:
    """Return a canonical stamp truncated to its second, as ``where`` clauses want it."""
    return stamp[:19] + "Z"


def shifted(stamp: str, seconds: int) -> str:
    """Return a canonical or whole-second stamp shifted by some seconds, in the same form.

    A shift beyond the range of ``datetime`` stops at its first or last instant.
    """
    moment = datetime.fromisoformat(stamp.replace("Z", "+00:00"))
    try:
        moment += timedelta(seconds=seconds)
    except OverflowError:
        moment = datetime.max if seconds > 0 else datetime.min  # noqa: DTZ901 - UTC as the rest
    spec = "microseconds" if "." in stamp else "seconds"
    return moment.replace(tzinfo=None).isoformat(timespec=spec) + "Z"


def canonical(moment: datetime) -> str:
    """Return the canonical form of a ``datetime`` in UTC."""
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def now() -> str:
    """Return the current instant in canonical form."""
    return canonical(datetime.now(timezone.utc))


def of_epoch(milliseconds: int) -> str:
    """Return the canonical instant of milliseconds since 1970."""
    return canonical(datetime.fromtimestamp(milliseconds / 1000, timezone.utc))


def is_in_the_future(stamp: str | None) -> bool:
    """Return whether an instant is ahead of this machine's clock by more than its skew."""
    return stamp is not None and stamp > shifted(now(), OWN_CLOCK_SKEW)
