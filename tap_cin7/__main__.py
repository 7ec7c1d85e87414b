"""The program: ``tap-cin7`` and ``python -m tap_cin7``."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

_ARENA_MAX = -8
"""glibc's number for the most arenas that its ``malloc`` uses."""


def main() -> None:
    """Run the command line."""
    # Objects made by imports live for good: by `python -m benchmarks startup`, --version takes 0.9
    # times as long as a bare tap of the SDK if the collector skips them, otherwise 1.15 times.
    gc.disable()
    from tap_cin7.cli import main as run  # noqa: PLC0415 - see above

    gc.freeze()
    gc.enable()
    _share_arena()
    run()


def _share_arena() -> None:
    """Make all threads allocate from one arena, since each arena keeps the memory freed in it.

    A list of 200,000 rows then takes 5 MB less (``python -m benchmarks memory``). Python's lock
    lets one thread allocate at a time anyway. C libraries other than glibc have no such option.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


if __name__ == "__main__":
    main()
