"""Two clocks: the one that stamps edits by default, and Cin7's own, which may be off."""

from __future__ import annotations

import time
from dataclasses import dataclass
from email.utils import formatdate
from typing import Literal, TypeAlias

from sandbox.stamps import TICKS_PER_SECOND, to_ticks

DateHeader: TypeAlias = Literal["right", "missing", "nonsense"]

_EPOCH = to_ticks("1970-01-01T00:00:00Z")


@dataclass
class Clock:
    """Cin7's clock: Date headers, visibility and stamps of edits follow it.

    ::

        Sandbox(clock=Clock(offset_seconds=-900))  # a quarter of an hour behind this machine
        Sandbox(clock=Clock("2026-09-01T12:00:00Z"))  # stands still until it is advanced

    Attributes:
        standing_at: Instant at which the clock stands; None lets it run with this machine's.
        offset_seconds: How far a running clock is ahead of this machine's.
        date_header: What is sent as Date: the right thing, nothing, or no date at all.

    """

    standing_at: str | None = None
    offset_seconds: float = 0.0
    date_header: DateHeader = "right"

    def ticks(self) -> int:
        """Return the time in ticks."""
        start = self._machine() if self.standing_at is None else to_ticks(self.standing_at)
        return start + round(self.offset_seconds * TICKS_PER_SECOND)

    def advance(self, seconds: float) -> None:
        """Put the clock forward, or back by a negative number."""
        self.offset_seconds += seconds

    def headers(self) -> dict[str, str]:
        """Return the Date header as an answer carries it."""
        if self.date_header == "missing":
            return {}
        if self.date_header == "nonsense":
            return {"Date": "yesterday"}
        return {"Date": formatdate((self.ticks() - _EPOCH) // TICKS_PER_SECOND, usegmt=True)}

    @staticmethod
    def _machine() -> int:
        return _EPOCH + time.time_ns() // 100


class EditClock:
    """Gives every edit a stamp later than any before it, independent of the wall clock.

    It starts at the newest stamp there is and moves only when something is edited.
    """

    def __init__(self) -> None:
        self.second = 0
        """The last one given, since the year 1."""

    def saw(self, ticks: int) -> None:
        """Take note of a stamp that exists, so that later ones come after it."""
        self.second = max(self.second, ticks // TICKS_PER_SECOND)

    def advance(self, seconds: int = 1) -> int:
        """Move on and return the new time in ticks."""
        self.second += seconds
        return self.second * TICKS_PER_SECOND
