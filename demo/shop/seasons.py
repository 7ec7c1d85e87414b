"""When people buy: by weekday, by time of the year (in the south), and more from year to year."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

GROWTH_PER_YEAR = 0.35
_WEEKDAYS = (1.15, 1.05, 1.0, 1.05, 1.25, 0.9, 0.6)
_CHRISTMAS = 354
"""Day of the year by which presents must be sent."""
_SUMMER_PEAK, _WINTER_PEAK = 10, 192
_SATURDAY = 5


def is_workday(day: date) -> bool:
    """Tell whether the office and the warehouse are open."""
    return day.weekday() < _SATURDAY


def orders_on(day: date, start: date, per_day: float) -> float:
    """Return how many orders are to be expected on a day.

    Args:
        day: The day.
        start: First day of trade.
        per_day: Orders of an ordinary day at the start.

    """
    growth: float = (1 + GROWTH_PER_YEAR) ** ((day - start).days / 365)
    year = 1 + 0.9 * _near(day, _CHRISTMAS, 16) + 0.12 * math.cos(_angle(day, _SUMMER_PEAK))
    return per_day * growth * year * _WEEKDAYS[day.weekday()]


def demand(season: str, day: date) -> float:
    """Return how much more or less than usual goods of a season are asked for."""
    if season == "winter":
        return 1 + 0.7 * math.cos(_angle(day, _WINTER_PEAK))
    if season == "summer":
        return 1 + 0.75 * math.cos(_angle(day, _SUMMER_PEAK))
    return 1 + 1.6 * _near(day, _CHRISTMAS, 20) if season == "gift" else 1.0


def _angle(day: date, peak: int) -> float:
    return 2 * math.pi * (day.timetuple().tm_yday - peak) / 365


def _near(day: date, peak: int, width: int) -> float:
    return math.exp(-(((day.timetuple().tm_yday - peak) / width) ** 2))
