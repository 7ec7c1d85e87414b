"""What a run did, stream by stream: the one line each run ends with."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tap_cin7.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Hashable


@dataclass
class Tally:
    """Counts of one stream; calls are counted from several threads.

    Attributes:
        rows: Rows emitted.
        calls: Calls sent, retries included.
        retries: Calls that had to be sent again.
        waited: Seconds spent waiting for the quota and between tries.
        latency: Seconds that Cin7 takes to answer, lately.
        duplicates: Rows dropped because they had been sent in this run.
        announced: The ``Total`` that Cin7 named, where it names one.
        note: How the stream ended when it was not simply complete.

    """

    rows: int = 0
    calls: int = 0
    retries: int = 0
    waited: float = 0.0
    latency: float = 0.0
    duplicates: int = 0
    announced: int | None = None
    note: str = ""
    _keys: Seen = field(default_factory=Seen)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def emitted(self, key: Hashable) -> None:
        """Count a row that was written."""
        self.rows += 1
        self._keys.add(key)

    @property
    def unique_keys(self) -> int:
        """How many different primary keys were emitted."""
        return len(self._keys)

    def called(self, waited: float) -> None:
        """Count a call that is about to be sent."""
        with self._lock:
            self.calls += 1
            self.waited += waited

    def answered(self, seconds: float) -> None:
        """Count an answer that took some seconds."""
        with self._lock:
            self.latency = seconds if not self.latency else 0.7 * self.latency + 0.3 * seconds

    def retried(self, wait: float) -> None:
        """Count a call that failed and will be sent again after a wait in seconds."""
        with self._lock:
            self.retries += 1
            self.waited += wait

    def line(self, name: str, unknown: list[str]) -> str:
        """Return the summary line of a stream.

        Args:
            name: The stream.
            unknown: Fields that Cin7 sent and the catalog does not know.

        """
        total = "not announced" if self.announced is None else str(self.announced)
        fields = ", ".join(unknown) if unknown else "none"
        note = f" ({self.note})" if self.note else ""
        return (
            f"SUMMARY {name}{note}: {self.rows} rows, {self.unique_keys} unique keys, "
            f"{self.calls} calls, {self.retries} retries, {self.waited:.1f} s waited, "
            f"{self.duplicates} duplicates dropped, Total {total}, unknown fields {fields}"
        )
