"""Windows of dates, by which a list whose rows have no key is read where it is longer than a run.

Equal rows of such a list are told apart by their number alone, so a reading can't be resumed in
their midst. Equal rows have equal dates: each window numbers its own, and gives them the keys that
a reading of the whole list does. The rule: a window that a run can't finish, or that announces too
many rows, is halved, down to a day; after one with few rows comes one that is twice as wide.

Bounds are exclusive (documented): a window begins a second before its first date, so that it holds
the same where they count. Rows without a date may be in none.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from tap_cin7.instants import DAY_SECONDS, day_of, shifted

_EARLIEST = "2000-01-01"
"""Where the halves of a window without a lower bound are taken from; it bounds nothing."""
_MARGIN = 3 * DAY_SECONDS
"""Behind a window: its last day, should that count, time zones, and then some."""


class DateWindow(NamedTuple):
    """The rows dated between two instants, both canonical; empty for no bound."""

    low: str
    high: str

    def half(self, now: str) -> DateWindow:
        """Return the first half of a window; itself if that can't be halved."""
        days = self._days(now) // 2
        if days <= 0:
            return self
        return DateWindow(self.low, shifted(f"{self._first}T00:00:00.000000Z", days * DAY_SECONDS))

    def following(self, now: str, *, widened: bool) -> DateWindow:
        """Return the window after a bounded one, of twice the days if so wanted.

        The last is not bounded.
        """
        days = max(1, self._days(now)) * (2 if widened else 1)
        high = shifted(self.high, days * DAY_SECONDS)
        return DateWindow(self.high, high if high < now else "")

    def since(self, bound: str | None) -> str | None:
        """Return where its list begins, never before a bound of the reading."""
        if not self.low or self.low == bound:
            return bound
        return max(shifted(self.low, -1), bound or "")

    def is_exceeded_by(self, stamp: str) -> bool:
        """Return whether a stamp in its list lies so far behind its end that no bound was meant."""
        return bool(self.high) and stamp > shifted(self.high, _MARGIN)

    def _days(self, now: str) -> int:
        last = date.fromisoformat(day_of(self.high or now))
        return (last - date.fromisoformat(self._first)).days

    @property
    def _first(self) -> str:
        return day_of(self.low) or _EARLIEST
