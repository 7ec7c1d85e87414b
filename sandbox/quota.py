"""Sliding-window limits on calls, and how a refusal tells when to come back."""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

RetryAfter: TypeAlias = Literal["none", "seconds", "date", "text"]
"""Form of the Retry-After header: left out, ``60``, an HTTP date, ``60 Seconds``."""

_SECOND, _MINUTE, _DAY = 1.0, 60.0, 86_400.0


@dataclass
class CallLimit:
    """How many calls may come in per second, minute and day; None means without limit.

    A refused call does not use up any of it.
    """

    per_second: int | None = None
    per_minute: int | None = None
    per_day: int | None = None
    retry_after: RetryAfter = "none"
    clock: Callable[[], float] = time.monotonic
    _admitted: deque[float] = field(default_factory=deque, init=False, repr=False)

    def wait(self) -> float | None:
        """Admit a call and return None, or return the seconds until one would be admitted."""
        now = self.clock()
        while self._admitted and now - self._admitted[0] >= _DAY:
            self._admitted.popleft()
        waits = [
            self._admitted[-limit] + window - now if limit else window
            for limit, window in (
                (self.per_second, _SECOND),
                (self.per_minute, _MINUTE),
                (self.per_day, _DAY),
            )
            if limit is not None and len(self._admitted) >= limit
        ]
        longest = max(waits, default=0.0)
        if longest > 0:
            return longest
        if (self.per_second, self.per_minute, self.per_day) != (None, None, None):
            self._admitted.append(now)
        return None

    def headers(self, wait: float) -> dict[str, str]:
        """Return the headers that announce a wait."""
        seconds = math.ceil(wait)
        texts = {
            "none": None,
            "seconds": str(seconds),
            "date": formatdate(time.time() + seconds, usegmt=True),
            "text": f"{seconds} Seconds",
        }
        value = texts[self.retry_after]
        return {} if value is None else {"Retry-After": value}


Quota = CallLimit
"""The same under the name that tests and benchmarks call it by."""
