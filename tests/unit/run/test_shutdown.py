"""The end of a run by a signal: within seconds, whatever nobody reads any more."""

from __future__ import annotations

import subprocess
import sys

BLOCKED = """
import logging, threading
from tap_cin7.run import shutdown

class Blocked(logging.Handler):
    def emit(self, record):
        threading.Event().wait()

logging.getLogger("tap-cin7").addHandler(Blocked())
shutdown._FORCE_AFTER, shutdown._LOG_TIMEOUT = 0, 0.05
shutdown._force(130)
"""


def test_a_log_that_nobody_reads_does_not_keep_a_run_from_its_end() -> None:
    done = subprocess.run([sys.executable, "-c", BLOCKED], check=False, timeout=60)
    assert done.returncode == 130


LATE = """
import os, signal, time
from tap_cin7.client.clock import RunClock
from tap_cin7.run import shutdown

shutdown._GRACE = 0.02
clock = RunClock()
for one in (signal.SIGINT, signal.SIGTERM):
    signal.signal(one, lambda number, frame: shutdown.stop_on(number, clock))


class Lasting:
    # Python has no handlers any more when what a module names is taken apart.
    def __del__(self, sleep=time.sleep):
        sleep(0.5)


lasting = Lasting()
shutdown.protect_shutdown(clock)
os.kill(os.getpid(), signal.SIGTERM)
"""


def test_no_timer_goes_off_while_python_shuts_down_after_a_run() -> None:
    done = subprocess.run([sys.executable, "-c", LATE], check=False, timeout=60)
    assert done.returncode == 0
