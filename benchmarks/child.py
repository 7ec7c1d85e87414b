"""A program in a process of its own, and what it cost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
SERVER_CORE, CLIENT_CORE = 0, 1
"""The server and the reader of the output share one core, what is measured has the other."""
# Settings of this shell would change what is measured, or how: unbuffered output makes a system
# call of every record, and Python that may not write its bytecode compiles it at every start.
_FOREIGN = ("PYTHON", "TAP_CIN7_", "SINGER_", "MELTANO_", "LOGLEVEL")


@dataclass(frozen=True)
class Cost:
    """What a finished process cost.

    Attributes:
        seconds: From its start to its end.
        cpu: Seconds of processor time, user and system.
        megabytes: The most memory that was resident at once.
        log: What it wrote to stderr.

    """

    seconds: float
    cpu: float
    megabytes: float
    log: str


def environment(**variables: str) -> dict[str, str]:
    """Return this process's environment without what would touch a measurement."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_FOREIGN) and not name.lower().endswith("_proxy")
    }
    return kept | variables


def on_core(core: int | None, command: Sequence[str]) -> list[str]:
    """Return a command that stays on one core, where the system can do that."""
    taskset = shutil.which("taskset")
    if core is None or taskset is None or core >= (os.cpu_count() or 1):
        return list(command)
    return [taskset, "--cpu-list", str(core), *command]


def python(*arguments: str) -> list[str]:
    """Return the command line of this Python."""
    return [sys.executable, *arguments]


def run(
    command: Sequence[str],
    output: Path | None = None,
    core: int | None = CLIENT_CORE,
    variables: Mapping[str, str] | None = None,
) -> Cost:
    """Run a program to its end.

    Memory is counted from the fork on, so the caller's own has to be small.

    Args:
        command: The program.
        output: File for its stdout; a pipe that is read and thrown away when left out.
        core: The core that it stays on.
        variables: Environment variables to set.

    Raises:
        SystemExit: If the program fails.

    """
    with tempfile.TemporaryFile() as log, _sink(output) as stdout:
        began = time.perf_counter()
        process = subprocess.Popen(
            on_core(core, command),
            cwd=ROOT,
            env=environment(**(variables or {})),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=log,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        log.seek(0)
        text = log.read().decode()
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{text[-3000:]}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text)


@contextmanager
def _sink(output: Path | None) -> Iterator[IO[bytes]]:
    """Yield where output goes: a file, or a reader that throws it away as fast as it comes."""
    if output is not None:
        with output.open("wb") as file:
            yield file
        return
    with subprocess.Popen(
        on_core(SERVER_CORE, [shutil.which("cat") or "cat"]),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    ) as reader:
        if reader.stdin is None:
            raise TypeError
        yield reader.stdin
