"""How a run ends before its time: a signal, or the minutes it was given are over.

The rule: no call starts any more, answers that are under way may still arrive and leave, and the
last message is the state. A signal ends the process within seconds whatever the target does: if
nobody reads stdout, state can't be written, and the exit code says that the run did not finish.
Whatever signal comes after the first one changes nothing: a terminal and Meltano both send one.
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
"""Seconds in which answers under way may still arrive after a signal."""
_LAST_RESORT = 9.0
"""Seconds after which the process ends by force: orchestrators kill after 10 and more."""
_LAST_WORDS = 0.5
"""Seconds to log why: nobody may read stderr either, and then logging never returns."""
_log = logging.getLogger("tap-cin7")


def limit_time(clock: RunClock, minutes: int) -> None:
    """Let a run end as a success after some minutes; 0 sets no limit."""
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


def let_end(clock: RunClock) -> None:
    """Let nothing interrupt the end of a run: not the shutdown timer, nor one more signal."""
    # A Python that shuts down has no handlers any more, and a timer or signal would kill it.
    further = signal.SIG_IGN if isinstance(clock.stop, Terminated) else _force_later
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, further)
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)


def _force_later(signum: int, _: object = None) -> None:
    threading.Thread(target=_force, args=(128 + signum,), daemon=True).start()


def _force(exit_code: int) -> None:
    time.sleep(_LAST_RESORT)
    last_words = threading.Thread(target=_say_why, daemon=True)
    last_words.start()
    last_words.join(_LAST_WORDS)
    os._exit(exit_code)


def _say_why() -> None:
    _log.error("stdout is not read any more, so the last state could not be written")
    logging.shutdown()
