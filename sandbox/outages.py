"""Times in which Cin7 is down and says when it will be back."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING

from sandbox.habits import ANY_STREAM

if TYPE_CHECKING:
    from sandbox.quota import RetryAfter


@dataclass
class Outage:
    """One time of it.

    Attributes:
        stream: What is down; ``*`` for everything.
        status: What the calls get.
        until: When it is over, by ``time.monotonic``.
        calls: How many calls it lasts at most; None for any number.
        retry_after: Form of Retry-After, or the text of the header itself.

    """

    stream: str
    status: int
    until: float
    calls: int | None
    retry_after: RetryAfter | str

    def headers(self) -> dict[str, str]:
        """Return the Retry-After header."""
        left = self.until - time.monotonic()
        seconds = max(1, math.ceil(left)) if math.isfinite(left) else 1
        known = {
            "none": {},
            "seconds": {"Retry-After": str(seconds)},
            "date": {"Retry-After": formatdate(time.time() + seconds, usegmt=True)},
            "text": {"Retry-After": f"{seconds} Seconds"},
        }
        return known.get(self.retry_after, {"Retry-After": self.retry_after})


class Outages:
    """All of them. Safe to use from several threads."""

    def __init__(self) -> None:
        self._outages: list[Outage] = []
        self._lock = threading.Lock()

    def begin(
        self,
        seconds: float = math.inf,
        *,
        calls: int | None = None,
        status: int = 503,
        retry_after: RetryAfter | str = "seconds",
        stream: str = ANY_STREAM,
    ) -> None:
        """Be down from now on.

        Args:
            seconds: How long.
            calls: How many calls at most.
            status: What the calls get.
            retry_after: Form of Retry-After, with the time that is left; or the text itself.
            stream: What is down.

        """
        with self._lock:
            until = time.monotonic() + seconds
            self._outages.append(Outage(stream, status, until, calls, retry_after))

    def end(self) -> None:
        """Be up again."""
        with self._lock:
            self._outages.clear()

    def of(self, stream: str) -> Outage | None:
        """Return the outage that a call of a stream meets."""
        if not self._outages:
            return None
        with self._lock:
            now = time.monotonic()
            self._outages = [one for one in self._outages if one.until > now and one.calls != 0]
            met = next((one for one in self._outages if one.stream in {stream, ANY_STREAM}), None)
            if met is not None and met.calls is not None:
                met.calls -= 1
            return met
