"""Endings: signals into a full pipe, outages, answers that never end, stores that hang.

Most of these take seconds of waiting, so they run side by side.
"""

from __future__ import annotations

import fcntl
import gzip
import os
import signal
import sqlite3
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.losses.accounts import ORDERS, SALE_LIST, orders, sale_list
from tests.losses.harness import Result, config_for, environment, only, run, write
from tests.losses.standin import Core, Omni, Reply
from tests.processes import MEASURED, afresh, forked, peak, watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.server import BaseHTTPRequestHandler

    from tests.losses.standin import Call, Standin
    from tests.processes import Process, Starter

MOST_MEMORY = 500_000
"""Kilobytes that a run may take at most."""
_MEASURED = partial(afresh, launch=MEASURED)
_PIECE = b" " * (1 << 20)
_BOMB = gzip.compress(_PIECE * 64, 9)
_BLASTS = 14
"""Of 64 MB each: enough to be told from a page, little enough for the machine of the tests."""


@dataclass
class Ending(Result):
    """How a run ended, and what it took."""

    seconds: float = 0.0
    pauses: list[float] = field(default_factory=list)


def ended(
    server: Standin,
    *streams: str,
    act: Callable[[Process], None] = lambda _process: None,
    start: Starter = forked,
    full_pipe: bool = False,
    **settings: object,
) -> Ending:
    """Run the tap and tell how it ended.

    Args:
        server: The account.
        streams: What to read.
        act: What to do to the process; the seconds are counted from its end.
        start: How the process is made.
        full_pipe: Give it a pipe for stdout that nobody reads.
        settings: Settings to add or change.

    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="losses-")))
        arguments = write(
            folder, config=config_for(server, **settings), catalog=only(server.api, *streams)
        )
        out, err = folder / "stdout", folder / "stderr"
        if full_pipe:
            reader, writer = os.pipe()
            stack.callback(os.close, reader)
        else:
            writer = os.open(out, os.O_WRONLY | os.O_CREAT)
        process = stack.enter_context(
            start(
                arguments,
                stdout=writer,
                stderr=stack.enter_context(err.open("wb")),
                environment=environment(),
                folder=folder,
            )
        )
        os.close(writer)
        act(process)
        began = time.monotonic()
        stack.enter_context(watched(process))
        status = process.wait()
        seconds = time.monotonic() - began
        stdout = b"" if full_pipe else out.read_bytes()
        log = err.read_text(errors="replace")
        times = [call.at for call in server.calls]
        pauses = [later - earlier for earlier, later in pairwise(times)]
        return Ending(status, stdout, log, list(server.calls), seconds, pauses)


# Signals while the target reads nothing.


def _stuck_then(number: signal.Signals) -> Callable[[], Ending]:
    def scenario() -> Ending:
        with Omni(ahead=-20_000) as server:
            table = orders(server, 4_000, apart=1.0)
            for row in table.visible():
                table.put({**row, "reference": "x" * 200})

            def act(process: Process) -> None:
                pause, seen = threading.Event(), -1
                # The pipe is full when no more calls come.
                while seen != len(server.calls) or not seen:
                    seen = len(server.calls)
                    pause.wait(1.0)
                assert process.poll() is None
                process.send_signal(number)

            return ended(server, "sales_orders", act=act, full_pipe=True)

    return scenario


# Outages.


def _down(server: Standin, path: str, words: Callable[[], str], times: int) -> None:
    def answer(_call: Call) -> Reply:
        return Reply(b"down", 503, headers={"Retry-After": words()})

    for number in range(2, 2 + times):
        server.before(path, number, answer)


def _outage(words: Callable[[], str], times: int = 1) -> Callable[[], Ending]:
    def scenario() -> Ending:
        with Omni(ahead=-20_000) as server:
            orders(server, 400, apart=1.0)
            _down(server, ORDERS, words, times)
            return ended(server, "sales_orders", max_parallel_requests=1)

    return scenario


def _core_outage() -> Ending:
    with Core(ahead=-20_000) as server:
        sale_list(server, 1_500, apart=1.0)
        _down(server, SALE_LIST, lambda: "3 Seconds", 1)
        return ended(server, "sale_list", max_parallel_requests=1)


# Answers that do not end, or are too large.


def _answered_by(
    raw: Callable[[BaseHTTPRequestHandler], None], times: int | None, start: Starter = forked
) -> Ending:
    with Omni(ahead=-20_000) as server:
        orders(server, 100)
        orders(server, 5, path="/v1/Branches")
        server.before(ORDERS, times, lambda _call: Reply(raw=raw))
        return ended(server, "branches", "sales_orders", start=start, request_timeout=1)


def _drip(handler: BaseHTTPRequestHandler, head: bytes, drop: bytes) -> None:
    with suppress(OSError):
        handler.wfile.write(head)
        pause = threading.Event()
        for _ in range(300):
            handler.wfile.write(drop)
            handler.wfile.flush()
            pause.wait(0.3)


def _dripping_body() -> Ending:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n["
    return _answered_by(lambda handler: _drip(handler, head, b" "), 1)


def _dripping_headers() -> Ending:
    return _answered_by(lambda handler: _drip(handler, b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"), 1)


def _bomb() -> Ending:
    def burst(handler: BaseHTTPRequestHandler) -> None:
        length = len(_BOMB) * _BLASTS
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n"
        with suppress(OSError):
            handler.wfile.write(head.encode())
            for _ in range(_BLASTS):
                handler.wfile.write(_BOMB)

    return _answered_by(burst, None, _MEASURED)


def _endless() -> Ending:
    def pour(handler: BaseHTTPRequestHandler) -> None:
        with suppress(OSError):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n[")
            for _ in range(64 * _BLASTS):
                handler.wfile.write(_PIECE)

    return _answered_by(pour, None, _MEASURED)


# A quota store that somebody holds.


def _held_store() -> Ending:
    with (
        Omni(ahead=-20_000) as server,
        tempfile.TemporaryDirectory(prefix="losses-") as name,
        ExitStack() as held,
    ):
        orders(server, 5)
        store = f"sqlite:{name}/quota.db"
        first = run(server, "sales_orders", quota_store=store)
        assert first.exit_code == 0, first.stderr
        for path in Path(name).iterdir():
            if path.suffix == ".db":
                connection = sqlite3.connect(path, isolation_level=None)
                held.callback(connection.close)
                connection.execute("BEGIN EXCLUSIVE")
            else:
                handle = held.enter_context(path.open("ab"))
                fcntl.flock(handle, fcntl.LOCK_EX)
        return ended(server, "sales_orders", quota_store=store)


SCENARIOS: dict[str, Callable[[], Ending]] = {
    "store held": _held_store,
    "bomb": _bomb,
    "endless": _endless,
    "outage of ten answers": _outage(lambda: "1", 10),
    "dripping body": _dripping_body,
    "dripping headers": _dripping_headers,
    "outage in seconds": _outage(lambda: "3"),
    "outage until a date": _outage(lambda: formatdate(time.time() + 4, usegmt=True)),
    "outage of core": _core_outage,
    "SIGTERM": _stuck_then(signal.SIGTERM),
    "SIGINT": _stuck_then(signal.SIGINT),
}


@pytest.fixture(scope="module")
def endings() -> Iterator[Callable[[str], Ending]]:
    """Run all scenarios side by side; a test waits for its own."""
    only("omni", "sales_orders")
    with ThreadPoolExecutor(len(SCENARIOS)) as pool:
        running = {name: pool.submit(scenario) for name, scenario in SCENARIOS.items()}
        yield lambda name: running[name].result()


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_ends_a_run_whose_target_reads_nothing(
    name: str, endings: Callable[[str], Ending]
) -> None:
    ending = endings(name)
    assert ending.exit_code == 128 + signal.Signals[name], ending.stderr
    assert ending.seconds < 40


@pytest.mark.parametrize("name", ["outage in seconds", "outage until a date", "outage of core"])
def test_an_outage_is_waited_for_as_long_as_it_says(
    name: str, endings: Callable[[str], Ending]
) -> None:
    ending = endings(name)
    assert ending.exit_code == 0, ending.stderr
    assert max(ending.pauses) >= 2.9
    stream, key = ("sale_list", "SaleID") if "core" in name else ("sales_orders", "id")
    assert len(ending.keys(stream, key)) == (1_500 if "core" in name else 400)


def test_an_outage_that_names_its_end_again_and_again_is_outlasted(
    endings: Callable[[str], Ending],
) -> None:
    ending = endings("outage of ten answers")
    assert ending.exit_code == 0, ending.stderr
    assert len(ending.keys("sales_orders")) == 400
    assert sum(pause >= 0.95 for pause in ending.pauses) >= 10


@pytest.mark.parametrize("what", ["dripping body", "dripping headers"])
def test_an_answer_that_drips_ends_by_its_deadline(
    what: str, endings: Callable[[str], Ending]
) -> None:
    ending = endings(what)
    assert ending.exit_code == 0, ending.stderr
    assert len(ending.keys("sales_orders")) == 100
    # It would drip for a minute and a half.
    assert ending.seconds < 50
    assert any("sales_orders" in line for line in ending.warnings)


@pytest.mark.parametrize("what", ["bomb", "endless"])
def test_a_body_without_bounds_fails_its_stream_and_takes_little_memory(
    what: str, endings: Callable[[str], Ending]
) -> None:
    ending = endings(what)
    assert peak(ending.stderr) < MOST_MEMORY
    assert ending.exit_code == 1, ending.stderr
    assert len(ending.keys("branches")) == 5
    assert any("sales_orders" in line for line in ending.errors)


def test_a_quota_store_that_somebody_holds_ends_the_run_with_one_line(
    endings: Callable[[str], Ending],
) -> None:
    ending = endings("store held")
    assert ending.exit_code == 1, ending.stderr
    assert ending.seconds < 60
    assert "Traceback" not in ending.stderr
    assert sum("quota" in line for line in ending.errors) == 1, ending.stderr
