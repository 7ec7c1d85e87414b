"""How a run ends that is told to more than once, or whose log nobody takes."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest

from tests.losses.accounts import brands, guid, orders
from tests.losses.harness import Result, config_for, environment, only, write
from tests.losses.standin import Core, Omni
from tests.processes import afresh, forked, watched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.losses.standin import Call

INT, TERM = signal.SIGINT, signal.SIGTERM


@pytest.fixture
def account() -> Iterator[Core]:
    with Core(ahead=-20_000) as server:
        brands(server, 12, most=4)
        yield server


@pytest.fixture
def log(tmp_path: Path) -> Iterator[IO[bytes]]:
    with (tmp_path / "log").open("w+b") as file:
        yield file


def _text(log: IO[bytes]) -> str:
    log.seek(0)
    return log.read().decode()


@pytest.mark.parametrize("pause", [0.0, 0.3])
@pytest.mark.parametrize("signals", [(INT, INT), (TERM, TERM), (INT, TERM), (TERM, INT, TERM)])
def test_a_signal_that_comes_twice_ends_the_run_as_one_does(
    account: Core,
    tmp_path: Path,
    log: IO[bytes],
    signals: tuple[signal.Signals, ...],
    pause: float,
) -> None:
    """Meltano and the terminal each send one."""
    under_way, done = threading.Event(), threading.Event()

    def slow(_call: Call) -> None:
        under_way.set()
        done.wait(2)

    account.before("*", 2, slow)
    config = config_for(account, max_parallel_requests=1, retry_wait_seconds=0)
    files = write(tmp_path, config=config, catalog=only("core", "brands"))
    with (
        (tmp_path / "out").open("w+b") as out,
        forked(
            files, stdout=out, stderr=log, environment=environment(), folder=tmp_path
        ) as process,
        watched(process),
    ):
        assert under_way.wait(20)
        for one in signals:
            process.send_signal(one)
            threading.Event().wait(pause)
        exit_code = process.wait()
        done.set()
        out.seek(0)
        result = Result(exit_code, out.read(), _text(log))
    assert exit_code in ({128 + one for one in signals} if not pause else {128 + signals[0]})
    assert result.messages[-1]["type"] == "STATE"
    assert "Traceback" not in result.stderr
    assert "Exception" not in result.stderr


@pytest.mark.parametrize("number", [INT, TERM])
def test_signals_that_come_without_end_leave_a_run_its_last_state(
    tmp_path: Path, log: IO[bytes], number: signal.Signals
) -> None:
    """They come while the pipe is full, while the last state is written, and after it."""
    with Omni(ahead=-20_000) as server:
        table = orders(server, 1_000, apart=1.0)
        for row in table.visible():
            table.put({**row, "reference": "x" * 1_000})
        files = write(tmp_path, config=config_for(server), catalog=only("omni", "sales_orders"))
        with (
            forked(files, stderr=log, environment=environment(), folder=tmp_path) as process,
            watched(process),
        ):
            assert process.stdout is not None
            begun = process.stdout.readline()

            def repeat() -> None:
                while process.poll() is None:
                    process.send_signal(number)
                    threading.Event().wait(0.01)

            sender = threading.Thread(target=repeat)
            sender.start()
            rest = process.stdout.read()
            exit_code = process.wait()
            sender.join()
    result = Result(exit_code, begun + rest, _text(log))
    assert exit_code == 128 + number, result.stderr
    assert result.messages[-1]["type"] == "STATE"
    assert "Traceback" not in result.stderr


def test_a_log_that_can_not_be_written_is_no_failure_of_the_run(
    account: Core, tmp_path: Path
) -> None:
    files = write(tmp_path, config=config_for(account), catalog=only("core", "brands"))
    with (
        Path("/dev/full").open("wb") as log,
        (tmp_path / "out").open("w+b") as out,
        afresh(
            files, stdout=out, stderr=log, environment=environment(), folder=tmp_path
        ) as process,
        watched(process),
    ):
        exit_code = process.wait()
        out.seek(0)
        result = Result(exit_code, out.read(), "")
    assert result.keys("brands", "ID") == {guid(number) for number in range(12)}
    assert result.messages[-1]["type"] == "STATE"
    assert result.exit_code == 0
