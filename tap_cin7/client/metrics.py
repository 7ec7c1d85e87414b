"""Thread-safe metrics of a stream, and how many streams share a client."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TRIES = 7
"""Most times that one call is sent."""
_WEIGHT = 0.3
"""Weight of the latest response in the moving average of latencies."""


@dataclass
class Tries:
    """The tries of one call.

    Attributes:
        most: Most of them.
        failure: Why the last one failed; empty while none has. The call limit is no failure.

    """

    most: int = TRIES
    failure: str = ""


@dataclass
class StreamMetrics:
    """Counts of one stream so far.

    Attributes:
        name: The stream.
        tries: Most times that one call is sent.
        calls: Calls sent, retries included.
        retries: Calls that had to be sent again.
        waited: Seconds of the clock in which at least one call of the stream waited for the
            quota or for its next try; calls that wait side by side count once.
        latency: Seconds that Cin7 takes to respond, as a moving average.
        duplicates: Rows dropped because they had been sent in this run.
        announced: The ``Total`` that Cin7 sent, None without one.
        documents: Documents to fetch one by one, 0 where there are none.
        documents_done: Those of them that are written.
        calls_expected: Calls that the reading will take in all, None while unknown.
        skipped_ids: Documents that are not requested because of the setting ``skip_ids``.
        named: Id in ``only_ids`` that was requested -> whether it was found.
        refuted: Ids of the assumptions that responses to the stream refuted.

    """

    name: str
    tries: int = TRIES
    calls: int = 0
    retries: int = 0
    waited: float = 0.0
    latency: float = 0.0
    duplicates: int = 0
    announced: int | None = None
    documents: int = 0
    documents_done: int = 0
    calls_expected: int | None = None
    skipped_ids: list[str] = field(default_factory=list)
    named: dict[str, bool] = field(default_factory=dict)
    refuted: set[str] = field(default_factory=set)
    _waiting: int = 0
    _waiting_since: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def called(self) -> None:
        """Count a call that is sent."""
        with self._lock:
            self.calls += 1

    def note_latency(self, seconds: float) -> None:
        """Note how many seconds a response took."""
        with self._lock:
            self.latency += (seconds - self.latency) * (_WEIGHT if self.latency else 1)

    def retried(self) -> None:
        """Count a call that failed and will be sent again."""
        with self._lock:
            self.retries += 1

    @contextmanager
    def waiting(self, now: Callable[[], float]) -> Iterator[None]:
        """Count the seconds of the block as waited.

        Args:
            now: Returns the time in seconds.

        """
        with self._lock:
            if not self._waiting:
                self._waiting_since = now()
            self._waiting += 1
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1
                if not self._waiting:
                    self.waited += now() - self._waiting_since


class Concurrency(NamedTuple):
    """How many streams use one client side by side; each number is at least 1.

    Attributes:
        begun: Those that have requests left to send.
        active: Those of them that do not wait for memory.
        taking_turns: Those that take turns.

    """

    begun: int = 1
    active: int = 1
    taking_turns: int = 1
