"""A process that has imported the tap already and forks a child for each run of it.

Started by ``tests.processes`` as ``python -m tests.forker <descriptor of a socket>``. A job comes
as one byte with five descriptors: a file that describes it, stdin, stdout and stderr of the run,
and a pipe to which go the id of the child and, in the end, its exit code.

Between this process and each child stands one that does nothing but wait for the child, so that
jobs may overlap.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import socket
import sys
import time
from contextlib import suppress
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

import pyrate_limiter  # noqa: F401 - imported once, for all children

from tap_cin7 import cli as _cli  # noqa: F401 - imported once, too
from tap_cin7.run.apis import APIS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.processes import Job

_HANDLES = 5


def next_job(channel: socket.socket) -> Job | None:
    """Fork a child for each job and return the job in the child; None here, once all are done."""
    while True:
        told, handles, _, _ = socket.recv_fds(channel, 1, _HANDLES)
        if not told:
            return None
        if os.fork() == 0:
            channel.close()
            return _child_of_a_keeper(*handles)
        for handle in handles:
            os.close(handle)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _child_of_a_keeper(described: int, stdin: int, stdout: int, stderr: int, told: int) -> Job:
    child = os.fork()
    if child:
        for handle in (described, stdin, stdout, stderr):
            os.close(handle)
        _keep(child, told)
    os.close(told)
    for number, handle in enumerate((stdin, stdout, stderr)):
        os.dup2(handle, number)
        os.close(handle)
    with os.fdopen(described, "rb") as file:
        file.seek(0)
        job: Job = json.load(file)
    return job


def _keep(child: int, told: int) -> NoReturn:
    """Wait for the child and tell how it ended."""
    # Whoever started the run may not want to know any more.
    with suppress(BrokenPipeError):
        os.write(told, b"%d\n" % child)
    _, status = os.waitpid(child, 0)
    with suppress(BrokenPipeError):
        os.write(told, b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def run(launch: Sequence[str], arguments: Sequence[str]) -> NoReturn:
    """Run what ``python -m <module>`` or ``python -c <program>`` runs."""
    how, what = launch
    sys.argv = [how, *arguments]
    if how == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        main = ModuleType("__main__")
        sys.modules["__main__"] = main
        names: dict[str, Any] = main.__dict__
        exec(compile(what, "<string>", "exec"), names)  # noqa: S102 - as Python itself does
    sys.exit(0)


if __name__ == "__main__":
    for api in APIS.values():
        api.resources()
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as jobs:
        found = next_job(jobs)
    if found is not None:
        os.chdir(found["folder"])
        os.environ.clear()
        os.environ.update(found["environment"])
        time.tzset()
        sys.stdin = open(0)  # noqa: SIM115 - the descriptor of this process
        run(found["launch"], found["arguments"])
