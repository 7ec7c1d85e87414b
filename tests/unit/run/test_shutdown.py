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
shutdown._LAST_RESORT, shutdown._LAST_WORDS = 0, 0.05
shutdown._force(130)
"""


def test_a_log_that_nobody_reads_does_not_keep_a_run_from_its_end() -> None:
    done = subprocess.run([sys.executable, "-c", BLOCKED], check=False, timeout=60)
    assert done.returncode == 130
