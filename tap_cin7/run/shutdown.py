"""Early shutdown of a run: on a signal, or when ``max_run_minutes`` are over.

The rule: no call starts any more, responses in flight may still be received and written, and the
last message is the state. A signal ends the process within seconds whatever the target does: if
nobody reads stdout, state can't be written, and the exit code says that the run did not finish.
Further signals change nothing: a terminal and Meltano both send one.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from typing import TYPE_CHECKING

from tap_cin7.errors import Terminated, TimeUsed

if TYPE_CHECKING:
    from tap_cin7.client.clock import RunClock

_GRACE = 4.0
"""Seconds after a signal in which responses in flight may still be received."""
_FORCE_AFTER = 9.0
"""Seconds after which the process exits by force: orchestrators kill after 10 or more."""
_LOG_TIMEOUT = 0.5
"""Seconds to log the reason: if nobody reads stderr either, logging never returns."""
_log = logging.getLogger("tap-cin7")


def limit_time(clock: RunClock, minutes: int) -> None:
    """End a run as a success after some minutes; 0 sets no limit."""
    if minutes:
        reason = TimeUsed(
            f"max_run_minutes ({minutes}) are over: state is saved, the next run goes on from there"
        )
        clock.end_at(clock.now() + 60 * minutes, reason)


def stop_on(signum: int, clock: RunClock) -> None:
    """End a run because of a signal; called by its handler on the main thread."""
    if isinstance(clock.stop, Terminated):
        return
    clock.end(Terminated(signal.Signals(signum).name, signum))
    _force_later(signum)
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, lambda *_: clock.interrupt())
        signal.setitimer(signal.ITIMER_REAL, _GRACE)
    else:
        clock.interrupt()


def protect_shutdown(clock: RunClock) -> None:
    """Protect the end of a run from the shutdown timer and from further signals."""
    # Python drops its handlers as it shuts down, and then a timer or signal would kill it.
    further = signal.SIG_IGN if isinstance(clock.stop, Terminated) else _force_later
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, further)
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)


def _force_later(signum: int, _: object = None) -> None:
    threading.Thread(target=_force, args=(128 + signum,), daemon=True).start()


def _force(exit_code: int) -> None:
    time.sleep(_FORCE_AFTER)
    logger = threading.Thread(target=_log_why, daemon=True)
    logger.start()
    logger.join(_LOG_TIMEOUT)
    os._exit(exit_code)


def _log_why() -> None:
    _log.error("stdout is not read any more, so the last state could not be written")
    logging.shutdown()
