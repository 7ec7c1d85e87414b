"""Runs of the tap in processes of their own: started afresh, or forked from one that is warm.

Both take the same arguments and give the same kind of process. A forked run has the command line,
environment, directory, descriptors and signals of a fresh one and saves nothing but the start-up,
which takes longer than most runs. What a test says of start-up, of the interpreter or of memory it
says of a fresh one.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import TracebackType

    from typing_extensions import Self

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 60.0
TAP = ("-m", "tap_cin7")
MEASURED = (
    "-c",
    r"""
import atexit, pathlib, re, sys
from tap_cin7.cli import main

def tell():
    status = pathlib.Path("/proc/self/status").read_text()
    sys.stderr.write("PEAK " + re.search(r"VmHWM:\s+(\d+)", status)[1])

atexit.register(tell)
main()
""",
)
"""The tap, telling at its end how much memory it ever had resident. What the system counts for a
process (``ru_maxrss``) would be no less than what the process had that started it."""


def peak(log: str) -> int:
    """Return the kB that a measured run told of."""
    found = re.search(r"PEAK (\d+)$", log)
    assert found is not None, log
    return int(found[1])


class Job(TypedDict):
    """What the warm process gets to know of a run."""

    launch: Sequence[str]
    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: str


class Process(Protocol):
    """A run under way: what tests use of ``subprocess.Popen``."""

    pid: int
    stdout: IO[bytes] | None

    @property
    def returncode(self) -> int | None:
        """Its exit code, negative for a signal; None as long as nobody has seen its end."""

    def poll(self) -> int | None:
        """Look whether it has ended."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""

    def send_signal(self, sig: int, /) -> None:
        """Send a signal, unless it has ended."""

    def kill(self) -> None:
        """Kill it, unless it has ended."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...


class Starter(Protocol):
    """``forked`` or ``afresh``."""

    def __call__(  # noqa: PLR0913 - all of a process
        self,
        arguments: Sequence[str],
        *,
        stderr: int | IO[bytes],
        environment: Mapping[str, str],
        launch: Sequence[str] = TAP,
        stdout: int | IO[bytes] | None = None,
        folder: Path | None = None,
    ) -> Process:
        """Start a run.

        Args:
            arguments: Its arguments.
            stderr: Where its log goes.
            environment: Its environment, all of it.
            launch: What Python runs: ``-m`` and a module, or ``-c`` and a program.
            stdout: Where its messages go; a pipe to the test when left out.
            folder: Where it runs; here when left out.

        """


def afresh(  # noqa: PLR0913 - all of a process
    arguments: Sequence[str],
    *,
    stderr: int | IO[bytes],
    environment: Mapping[str, str],
    launch: Sequence[str] = TAP,
    stdout: int | IO[bytes] | None = None,
    folder: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a run in a Python of its own; the arguments are those of ``Starter``."""
    return subprocess.Popen(
        [sys.executable, *launch, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if stdout is None else stdout,
        stderr=stderr,
        cwd=folder,
        env=environment,
    )


def forked(  # noqa: PLR0913 - all of a process
    arguments: Sequence[str],
    *,
    stderr: int | IO[bytes],
    environment: Mapping[str, str],
    launch: Sequence[str] = TAP,
    stdout: int | IO[bytes] | None = None,
    folder: Path | None = None,
) -> Process:
    """Start a run in a fork of a process that has imported the tap; see ``Starter``.

    What the interpreter itself reads from the environment it has read long ago: where that is
    set, the run is started afresh.
    """
    if any(
        name.startswith(("PYTHON", "LC_", "LANG")) and os.environ.get(name) != value
        for name, value in environment.items()
    ):
        return afresh(
            arguments,
            stderr=stderr,
            environment=environment,
            launch=launch,
            stdout=stdout,
            folder=folder,
        )
    job: Job = {
        "launch": launch,
        "arguments": arguments,
        "environment": environment,
        "folder": str(folder or Path.cwd()),
    }
    return _forker().start(job, stdout, stderr)


class _Forked:
    """A run in a fork; it is no child of this process, which hears of its end by a pipe."""

    def __init__(self, told: IO[bytes], stdout: IO[bytes] | None) -> None:
        self._told = told
        self.stdout = stdout
        self.returncode: int | None = None
        self._reading = threading.Lock()
        self.pid = int(told.readline())

    def poll(self) -> int | None:
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        exit_code = self._look(timeout)
        if exit_code is None:
            raise subprocess.TimeoutExpired("tap", timeout or 0)
        return exit_code

    def _look(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._told], [], [], timeout)[0]:
            with self._reading:
                if self.returncode is None:
                    self.returncode = int(self._told.readline())
        return self.returncode

    def send_signal(self, sig: int, /) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.stdout is not None:
            self.stdout.close()
        self.wait()
        self._told.close()


class _Forker:
    """The process that runs are forked from, one for each worker of pytest."""

    def __init__(self) -> None:
        self._channel, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.forker", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                cwd=ROOT,
                # Ctrl-C is for pytest, which ends this process.
                start_new_session=True,
            )
        atexit.register(self.close)

    def start(self, job: Job, stdout: int | IO[bytes] | None, stderr: int | IO[bytes]) -> _Forked:
        with ExitStack() as ours:
            described = ours.enter_context(tempfile.TemporaryFile())
            described.write(json.dumps(job).encode())
            described.flush()
            null = ours.enter_context(open(os.devnull, "rb"))  # noqa: PTH123 - no path
            told, to_tell = _pipe(ours)
            pipe = None
            if stdout is None:
                pipe, stdout = _pipe(ours)
            handles = (described, null, stdout, stderr, to_tell)
            numbers = [one if isinstance(one, int) else one.fileno() for one in handles]
            socket.send_fds(self._channel, [b"j"], numbers)
        return _Forked(told, pipe)

    def close(self) -> None:
        self._channel.close()
        self._process.kill()
        self._process.wait()


def _pipe(ours: ExitStack) -> tuple[IO[bytes], int]:
    """Return the end to read from, and the one to hand on, which is not ours any more then."""
    reader, writer = os.pipe()
    ours.callback(os.close, writer)
    return os.fdopen(reader, "rb"), writer


@cache
def _forker() -> _Forker:
    return _Forker()


@dataclass(frozen=True)
class Done:
    """A run that has ended.

    Attributes:
        exit_code: Negative for a signal.
        stdout: What it wrote.
        stderr: What it logged.

    """

    exit_code: int
    stdout: bytes
    stderr: str


def finish(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    launch: Sequence[str] = TAP,
    start: Starter = forked,
    folder: Path | None = None,
) -> Done:
    """Run to the end; the arguments are those of ``Starter``."""
    with (
        tempfile.TemporaryFile() as log,
        start(
            arguments, stderr=log, environment=environment, launch=launch, folder=folder
        ) as process,
        watched(process),
    ):
        assert process.stdout is not None
        stdout = process.stdout.read()
        exit_code = process.wait()
        log.seek(0)
        return Done(exit_code, stdout, log.read().decode())


@contextmanager
def watched(process: Process) -> Iterator[None]:
    """Kill a process that takes too long; whatever is left of it in the end is killed, too."""
    watchdog = threading.Timer(PATIENCE_SECONDS, process.kill)
    watchdog.start()
    try:
        yield
    finally:
        watchdog.cancel()
        process.kill()
