"""Gentle on a shared limit: what is left to other clients of the same key or account.

The rule: the tap never passes its own limit, so a refusal all the same means that somebody else
uses it, or that the calls of a run just before this one still count. Which of the two, and how
much others use, only time tells: the tap takes a little less than half of the limit, evenly
spread, and half as much again after each minute without a refusal. If it is refused then, the
others are there, and what the tap did not start in the last minute is theirs. The tap keeps what
it had, less a little, for ten minutes, and asks for more slowly.

What it asks for more it asks for at once, at the pace of the whole limit: so the refusal meets the
tap. Calls spread evenly over a full minute would each take the place that one of the tap's own
just left, and only the others would be refused, unseen.

Whether Cin7 counts by key or by account is contested in public; the rule does for both.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

MINUTE = 60.0
_HELD = 600.0
"""Seconds after a refusal for which the share of the others is left alone."""
_UNSURE = 0.47
"""Share of the limit that the tap takes while it can't know how much others use."""
_GROWTH = 0.5
"""By how much of that the tap asks for more after each minute in which it was not refused."""
_COST = 5
"""How many times the wait that Cin7 asked for goes by before more is tried: the next refusal would
cost as much again."""
_SLACK = 3
"""Calls a minute that are left free beside what others use."""
_LEAST = 0.1
"""Share of the limit that the tap asks for however much others use."""
_STEP = 0.1
"""Share of the limit by which the tap asks for more in each minute after the ten."""


@dataclass
class Others:
    """What the tap leaves to other clients of its limit.

    Attributes:
        limit: Calls a minute that the tap may start when it is alone.
        least: The fewest calls a minute that were left to it; None while it was never refused.

    """

    limit: int
    least: int | None = None
    _share: float = math.inf
    _is_sure: bool = False
    _first: float = -math.inf
    _last: float = -math.inf
    _patience: float = MINUTE

    def refused(self, now: float, ours: int, asked: float | None) -> None:
        """Take note of a refusal.

        Args:
            now: Seconds of the run's clock.
            ours: Calls of the tap in the last minute that Cin7 did not refuse.
            asked: Seconds that Cin7 asked the tap to wait; None where it did not say.

        """
        share = self.share(now)
        if share is None and now - self._last > _HELD:
            self._first, self._is_sure = now, False
            self._share = self._at_least(self.limit * _UNSURE)
            self._patience = max(MINUTE, _COST * (asked or 0.0))
        elif now - self._first >= MINUTE:  # by now the last minute is one of sharing
            self._share = min(self._at_least(ours - _SLACK), share or self.limit)
            self._is_sure = True
        self._last = now
        self.least = min(math.floor(self._share), self.least or self.limit)

    def _at_least(self, share: float) -> float:
        return max(share, self.limit * _LEAST, 1.0)

    def asks_for_more(self, now: float) -> bool:
        """Return whether the share is more than what the last refusal left to the tap."""
        quiet = now - self._last
        return quiet > _HELD if self._is_sure else quiet >= self._patience

    def is_counted(self, now: float) -> bool:
        """Return whether the last minute's calls may not pass the share.

        Right after the first refusal they do: what the tap takes is a guess.
        """
        return self._is_sure or self.asks_for_more(now)

    def share(self, now: float) -> float | None:
        """Return the calls that the tap may start in a minute; None when it has all of them."""
        if self.least is None:
            return None
        quiet = now - self._last
        if self._is_sure:
            share = self._share + self.limit * _STEP * max(0.0, quiet - _HELD) / MINUTE
        else:
            share = self._share * (1 + _GROWTH * (quiet // self._patience))
        if share < self.limit:
            return share
        # All of it, but evenly: bursts would meet the limit of a second, which tells nothing.
        return None if quiet > _HELD else float(self.limit)
