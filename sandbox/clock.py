"""The store's own clock: it starts at the newest stamp and moves only when something is edited."""

from __future__ import annotations

from sandbox.stamps import TICKS_PER_SECOND


class StoreClock:
    """Gives every edit a stamp later than any before it, independent of the wall clock."""

    def __init__(self) -> None:
        self._second = 0

    def saw(self, ticks: int) -> None:
        """Take note of a stamp that exists, so that later ones come after it."""
        self._second = max(self._second, ticks // TICKS_PER_SECOND)

    def advance(self, seconds: int = 1) -> int:
        """Move on and return the new time in ticks."""
        self._second += seconds
        return self._second * TICKS_PER_SECOND
