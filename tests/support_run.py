"""More of the harness: options of the command line, runs side by side, Redis, a terminal."""

from __future__ import annotations

import json
import os
import pty
import shutil
import socket
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.processes import PATIENCE_SECONDS, forked
from tests.support import (
    Result,
    config_for,
    environment,
    run_cli,
    started,
    wait_until,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sandbox import Sandbox
    from tests.processes import Starter
    from tests.support import Row


@contextmanager
def files(**contents: Row | None) -> Iterator[list[str]]:
    """Write JSON files and yield the options that name them, those without content left out."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = []
        for option, content in contents.items():
            if content is not None:
                path = Path(folder, f"{option}.json")
                path.write_text(json.dumps(content))
                arguments += [f"--{option}", str(path)]
        yield arguments


def check(
    server: Sandbox | str,
    *options: str,
    catalog: Row | None = None,
    state: Row | None = None,
    **overrides: object,
) -> Result:
    """Run ``--check``.

    Args:
        server: A sandbox, or the address of another server.
        options: More options, such as ``--json``.
        catalog: What is selected.
        state: The state that a run would start from.
        overrides: Settings to add or change; None takes one out.

    """
    config = config_for(server, **overrides)
    with files(config=config, catalog=catalog, state=state) as arguments:
        # Wide enough that no cell of the table is broken over lines.
        return run_cli(*arguments, "--check", *options, COLUMNS="400")


def side_by_side(
    runs: Iterable[tuple[Sandbox, Row]], catalog: Row, start: Starter = forked
) -> list[Result]:
    """Start runs at once and read all of them to their ends.

    Args:
        runs: The sandbox of each run, and the settings to add or change.
        catalog: What all of them select.
        start: How the processes are made.

    """
    with ExitStack() as stack:
        running = [
            stack.enter_context(started(server, catalog, start=start, **overrides))
            for server, overrides in runs
        ]
        # Each needs a reader of its own: a run whose output nobody takes stands still.
        with ThreadPoolExecutor(len(running)) as readers:
            return list(readers.map(lambda one: one.finish(), running))


class RedisMissingError(Exception):
    """There is no Redis server on this machine."""


@contextmanager
def redis_server() -> Iterator[str]:
    """Run a Redis server of our own, reached by a socket in a new directory; yield its address.

    Raises:
        RedisMissingError: If there is no Redis server on this machine.

    """
    program = shutil.which("redis-server", path=f"{os.environ['PATH']}:/usr/local/bin:/usr/bin")
    if program is None:
        raise RedisMissingError(
            "redis-server is not installed; on Debian and Ubuntu: apt-get install redis-server"
        )
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        path = f"{folder}/socket"
        options = f"--port 0 --unixsocket {path} --dir {folder} --save --appendonly no"
        with subprocess.Popen(
            [program, *options.split()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                wait_until(lambda: process.poll() is not None or _answers(path))
                yield f"unix://{path}"
            finally:
                process.kill()


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as client, suppress(OSError):
        client.connect(path)
        return True
    return False


def run_on_terminal(
    server: Sandbox, catalog: Row, *, variables: Mapping[str, str] | None = None
) -> tuple[Result, str]:
    """Run the tap with a terminal for its stderr.

    Args:
        server: What to read.
        catalog: What is selected.
        variables: Environment variables to set.

    Returns:
        The run, and all that the terminal was sent.

    """
    keyboard, terminal = pty.openpty()
    shown = b""
    with files(config=config_for(server), catalog=catalog) as arguments:
        with forked(
            arguments,
            stderr=terminal,
            environment=environment(TERM="xterm-256color", COLUMNS="200", **(variables or {})),
        ) as process:
            os.close(terminal)
            assert process.stdout is not None
            with ThreadPoolExecutor(1) as reader:
                output = reader.submit(process.stdout.read)
                # Linux ends a terminal that nobody writes to any more with an error.
                with suppress(OSError):
                    while piece := os.read(keyboard, 65_536):
                        shown += piece
                stdout = output.result(PATIENCE_SECONDS)
            exit_code = process.wait()
        os.close(keyboard)
    text = shown.decode()
    return Result(exit_code, stdout, text), text
