"""A process that has imported the tap already and forks a child for each run of it.

The child runs ``python -m tap_cin7`` as a shell would, which saves nothing but the start-up. Only
waiting is shorter there: what the tap would wait for seconds takes hundredths, and a minute of
``max_run_minutes`` is as long as the job says.

Jobs come as lines of JSON on a socket, each with two file descriptors for stdout and stderr; back
go the id of the child, and its exit code.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import socket
import sys
from typing import Any

import pyrate_limiter  # noqa: F401 - imported once, for all children

from tap_cin7 import cli as _cli  # noqa: F401 - imported once, too
from tap_cin7.client import clock, patience, quota
from tap_cin7.run import ending
from tap_cin7.run.apis import APIS

_WAIT = 0.02


def main() -> None:
    """Take jobs until the socket closes."""
    for api in ("omni", "core"):
        APIS[api].resources()
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as channel:
        while True:
            text, handles, _, _ = socket.recv_fds(channel, 1 << 16, 2)
            if not text:
                return
            job = json.loads(text)
            child = os.fork()
            if child == 0:
                channel.close()
                _run(job, handles)
            for handle in handles:
                os.close(handle)
            channel.sendall(b"%d\n" % child)
            _, status = os.waitpid(child, 0)
            channel.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def _run(job: dict[str, Any], handles: list[int]) -> None:
    os.chdir(job["folder"])
    null = os.open(os.devnull, os.O_RDONLY)
    for number, handle in enumerate((null, *handles)):
        os.dup2(handle, number)
        os.close(handle)
    sys.stdin = open(0)  # noqa: SIM115 - the descriptor of this process
    _wait_briefly(job["seconds_per_minute"])
    sys.argv = ["tap_cin7", *job["arguments"]]
    runpy.run_module("tap_cin7", run_name="__main__", alter_sys=True)
    sys.exit(0)


def _wait_briefly(seconds_per_minute: float) -> None:
    patience.PATIENCE = patience.Patience(
        first=_WAIT, factor=1.0, longest=_WAIT, longest_asked=_WAIT
    )
    refused, end_at = quota.Quota.refused, clock.RunClock.end_at

    def refused_briefly(self: quota.Quota, retry_after: float | None) -> None:
        refused(self, None if retry_after is None else min(retry_after, _WAIT))

    def end_soon(self: clock.RunClock, moment: float, reason: Any) -> None:  # noqa: ANN401
        seconds = (moment - self.now()) / 60 * seconds_per_minute
        end_at(self, self.now() + seconds, reason)

    quota.Quota.refused = refused_briefly  # type: ignore[method-assign]
    quota._PAUSES = (_WAIT,)  # type: ignore[assignment] # noqa: SLF001
    clock.RunClock.end_at = end_soon  # type: ignore[method-assign]
    ending._GRACE, ending._LAST_RESORT = 0.2, 1.0  # noqa: SLF001


if __name__ == "__main__":
    main()
