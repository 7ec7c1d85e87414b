"""Two clocks: the run's own, whose waits end when the run does, and Cin7's.

The rule: a bound that is not a row's own stamp is taken from Cin7's clock, since ours may be
wrong. Cin7's is known from the ``Date`` headers of its responses.

Relies on: clock.
"""

from __future__ import annotations

import math
import threading
import time
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from tap_cin7.instants import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_cin7.errors import RunStopped

_CREDIBLE_YEARS = range(2000, 9000)


class RunClock:
    """Seconds that only move forward; a wait ends early when the run is told to stop.

    Attributes:
        stop: The error that ends the run, None while it goes on.

    """

    def __init__(self) -> None:
        """Start; nothing ends the run yet."""
        self.stop: RunStopped | None = None
        self._stopping = threading.Event()
        self._interruptible = False
        self._interrupted = False
        self._last_moment = math.inf
        self._reason: RunStopped | None = None

    def now(self) -> float:
        """Return seconds that only move forward."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Let seconds pass.

        Raises:
            RunStopped: If the run is to end meanwhile.

        """
        self._pause(min(seconds, self.seconds_left()))
        self.check()

    def _pause(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    def check(self) -> None:
        """Raise the error that ends the run, if it is to end by now."""
        if self.stop is None and self._reason is not None and self.now() >= self._last_moment:
            self.end(self._reason)
        if self.stop is not None:
            raise self.stop

    def end(self, reason: RunStopped) -> None:
        """End the run: current waits and later checks of the clock raise the reason."""
        self.stop = reason
        self._stopping.set()

    def end_at(self, moment: float, reason: RunStopped) -> None:
        """End the run at a moment, in seconds of this clock."""
        self._last_moment, self._reason = moment, reason

    def seconds_left(self) -> float:
        """Return the seconds until the run is to end; infinity where nothing bounds it."""
        return max(self._last_moment - self.now(), 0.0)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let ``interrupt`` end the block at once.

        Only waiting for data may be cut short. A record that is being written is finished
        first: half a line on stdout would spoil the message after it.

        Raises:
            RunStopped: If the main thread was interrupted before.

        """
        self._interruptible = True
        try:
            if self._interrupted:
                self.check()
            yield
        finally:
            self._interruptible = False

    def interrupt(self) -> None:
        """Stop the main thread from waiting for data, now or when it waits next.

        Called by a signal handler, after ``end``.

        Raises:
            RunStopped: If the main thread is waiting for data.

        """
        self._interrupted = True
        if self._interruptible:
            self._interruptible = False
            self.check()


class ServerClock:
    """Cin7's clock, by the ``Date`` headers of its responses.

    A header names the second in which a response was made, so the time derived from it is never
    later than Cin7's real time: the safe side for a bookmark. Until a response has a usable header,
    this machine's clock stands in.
    """

    def __init__(
        self, clock: RunClock, wall: Callable[[], datetime] = lambda: datetime.now(timezone.utc)
    ) -> None:
        """Set up the clock.

        Args:
            clock: Counts the seconds between two moments.
            wall: The time of this machine.

        """
        self._clock = clock
        self._wall = wall
        self._known: tuple[datetime, float] | None = None

    @property
    def is_known(self) -> bool:
        """Whether any response had a usable header."""
        return self._known is not None

    def note_date(self, date: str | None, moment: float) -> None:
        """Set the clock by a ``Date`` header.

        Args:
            date: The header's text.
            moment: When its response arrived, by the run's clock.

        """
        told = None if date is None else http_date(date)
        if told is not None and told.year in _CREDIBLE_YEARS:
            self._known = told, moment

    def at(self, moment: float) -> str:
        """Return Cin7's time, canonical, at a moment of the run's clock.

        By the latest response: call this after the first response that follows the moment.
        """
        told, heard_at = self._known or (self._wall(), self._clock.now())
        return canonical(told + timedelta(seconds=moment - heard_at))

    def now(self) -> str:
        """Return the present time of Cin7's clock, canonical."""
        return self.at(self._clock.now())


def http_date(text: str) -> datetime | None:
    """Return the date of an HTTP header in UTC; None if it can't be read."""
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=moment.tzinfo or timezone.utc).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
