"""What unit tests share: waiting for threads without guessing how long they take."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_SECONDS = 60.0


def wait_until(done: Callable[[], bool]) -> None:
    """Wait until something has happened; fail when it never does."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        assert time.monotonic() < deadline, "it never happened"
        threading.Event().wait(0.01)
