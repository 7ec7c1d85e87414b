"""Progress: one line every 30 seconds and at the end, for people and for JSON logs.

The line says what the present stream has brought, what is left of the quota, how fast rows
come and, where a total is known, how long it will take. On a terminal the same numbers are
shown live instead, on stderr.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from tap_cin7.errors import RunStopped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_cin7.limits import Quota
    from tap_cin7.stream import Cin7Stream

_INTERVAL = 30.0
_LIVE_INTERVAL = 0.5


class Progress:
    """Tells how a run gets on."""

    def __init__(self, quota: Quota, logger: logging.Logger) -> None:
        """Watch a quota; nothing is told before a stream begins."""
        self._quota = quota
        self._logger = logger
        self._head: Cin7Stream | None = None
        self._since = 0.0
        self._over = threading.Event()

    def begin(self, head: Cin7Stream) -> None:
        """Follow a stream from now on."""
        self._head, self._since = head, time.monotonic()

    def numbers(self) -> dict[str, Any] | None:
        """Return the numbers of the present stream, None when there is none yet."""
        head = self._head
        if head is None:
            return None
        rows = sum(member.tally.rows for member in head.family)
        rate = rows / max(time.monotonic() - self._since, 0.001)
        total = head.tally.announced
        try:
            minute_left, day_left = self._quota.left()
        except RunStopped:
            return None
        return {
            "stream": head.name,
            "rows": rows,
            "calls": head.tally.calls,
            "minute_left": minute_left,
            "day_left": day_left,
            "rows_per_second": round(rate, 1),
            "seconds_left": round((total - rows) / rate)
            if total and rate and total > rows
            else None,
        }

    def tell(self) -> None:
        """Log one line, its numbers as fields of structured logs too."""
        numbers = self.numbers()
        if numbers is not None:
            self._logger.info("PROGRESS %s", _line(numbers), extra={"progress": numbers})

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Tell regularly while the block runs, and once at its end."""
        live = sys.stderr.isatty()
        watch = self._show_live if live else self._tell_regularly
        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            self._over.set()
            watcher.join()
            self.tell()

    def _tell_regularly(self) -> None:
        while not self._over.wait(_INTERVAL):
            self.tell()

    def _show_live(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
        from rich.live import Live  # noqa: PLC0415

        console = Console(stderr=True)
        # stdout carries Singer messages, which a display must not touch.
        with (
            Live(
                console=console, transient=True, auto_refresh=False, redirect_stdout=False
            ) as live,
            _handlers_on(sys.stderr),
        ):
            while not self._over.wait(_LIVE_INTERVAL):
                numbers = self.numbers()
                if numbers is not None:
                    live.update(_line(numbers), refresh=True)


@contextmanager
def _handlers_on(stream: TextIO) -> Iterator[None]:
    """Let log lines go through the live display, which puts them above itself."""
    handlers = [
        handler
        for handler in logging.getLogger().handlers
        if isinstance(handler, logging.StreamHandler)
    ]
    before = [handler.setStream(stream) for handler in handlers]
    try:
        yield
    finally:
        for handler, old in zip(handlers, before, strict=True):
            if old is not None:
                handler.setStream(old)


def _line(numbers: dict[str, Any]) -> str:
    day = "" if numbers["day_left"] is None else f", {numbers['day_left']} in the day"
    left = numbers["seconds_left"]
    ahead = "" if left is None else f", about {left} s left"
    return (
        f"{numbers['stream']}: {numbers['rows']} rows, {numbers['calls']} calls, "
        f"{numbers['minute_left']} calls left in the minute{day}, "
        f"{numbers['rows_per_second']} rows/s{ahead}"
    )
