"""The input of a target, which ends where the tap ends or where a signal says so."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _Stopped(Exception):  # noqa: N818 - not an error
    """A signal came while a line was waited for."""


class Lines:
    """The lines of an input, up to its end or a signal.

    A line that is being processed is finished first, so that a signal never cuts a batch short.
    Further signals are ignored: Ctrl-C under Meltano brings two of them. A last line without its
    end, as a killed tap leaves it, is dropped.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        """Watch for signals from now on."""
        self._lines = iter(lines)
        self._waiting = False
        self._signal: int | None = None
        for number in _SIGNALS:
            signal.signal(number, self._stop)

    def __iter__(self) -> Iterator[str]:
        """Yield the lines."""
        while (line := self._next()) is not None:
            yield line

    def conclude(self) -> None:
        """End the process as a signal asked for, once everything is loaded.

        Raises:
            SystemExit: If a signal came.

        """
        if self._signal is not None:
            sys.exit(128 + self._signal)

    def _next(self) -> str | None:
        self._waiting = True
        try:
            line = None if self._signal else next(self._lines, None)
        except _Stopped:
            line = None
        finally:
            self._waiting = False
        return line if line is None or line.endswith("\n") else None

    def _stop(self, number: int, _: FrameType | None) -> None:
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        self._signal = number
        if self._waiting:
            raise _Stopped
