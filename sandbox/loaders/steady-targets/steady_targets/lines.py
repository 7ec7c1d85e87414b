"""The input of a target, which ends where the tap ends or where a signal says so."""

from __future__ import annotations

import logging
import os
import select
import signal
import sys
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_PIECE = 1 << 16
_GLANCE = 1.0
NOTHING = ""
"""Stands for a second in which no line came."""


class _Stopped(Exception):  # noqa: N818 - not an error
    """A signal came while a line was waited for."""


def warn_only() -> None:
    """Keep the log to warnings: the SQL of each batch would bury what the tap says.

    The Singer SDK's LOGLEVEL shows it again.
    """
    if "LOGLEVEL" not in os.environ:
        logging.disable(logging.INFO)


class Lines:
    """The lines of an input, up to its end or a signal; ``NOTHING`` while none comes.

    A line that is being processed is finished first, so that a signal never cuts a batch short.
    Further signals are ignored: Ctrl-C under Meltano brings two of them. A last line without its
    end, as a killed tap leaves it, is dropped.
    """

    def __init__(self, source: IO[str]) -> None:
        """Watch for signals from now on; nothing of the input may have been read yet."""
        self._source = source.fileno()
        self._waiting = False
        self._signal: int | None = None
        for number in _SIGNALS:
            signal.signal(number, self._stop)

    def __iter__(self) -> Iterator[str]:
        """Yield the lines."""
        begun = b""
        while (piece := self._next()) is not None:
            *lines, begun = (begun + piece).split(b"\n")
            if not piece:
                yield NOTHING
            for line in lines:
                if self._signal is not None:
                    return
                yield line.decode() + "\n"

    def conclude(self) -> None:
        """End the process as a signal asked for, once everything is loaded.

        Raises:
            SystemExit: If a signal came.

        """
        if self._signal is not None:
            sys.exit(128 + self._signal)

    def _next(self) -> bytes | None:
        """Return what comes next: nothing after a second without a line, None at the end."""
        self._waiting = True
        try:
            if self._signal is not None:
                return None
            if not select.select([self._source], [], [], _GLANCE)[0]:
                return b""
            return os.read(self._source, _PIECE) or None
        except _Stopped:
            return None
        finally:
            self._waiting = False

    def _stop(self, number: int, _: FrameType | None) -> None:
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        self._signal = number
        if self._waiting:
            raise _Stopped
