"""The command line where it is easily got wrong: signals at any moment, odd keys, odd catalogs."""

from __future__ import annotations

import base64
import itertools
import json
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox import Faults, Sandbox
from tap_cin7.settings import SETTINGS
from tests.processes import PATIENCE_SECONDS, TAP, afresh, forked, watched
from tests.support import (
    Result,
    config_for,
    discovered,
    environment,
    http_server,
    lost,
    only,
    run_cli,
    run_tap,
    started,
)
from tests.support_run import files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import BaseHTTPRequestHandler

    from tests.support import Reply

ORDERS = "sales_orders"
NOWHERE = "http://127.0.0.1:9/api"
UNTIL_THE_PIPE_IS_FULL = 0.5


# --- signals -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def orders() -> Iterator[Sandbox]:
    """Serve more orders than a pipe holds, each in a second of its own; for reading only."""
    with Sandbox(rows={ORDERS: 2_000}, crowd=1, default_rows=1) as server:
        yield server


@pytest.mark.parametrize(
    "variables", [{}, {"PYTHONUNBUFFERED": "1"}], ids=["buffered", "unbuffered"]
)
@pytest.mark.parametrize("records", [1, 300])
def test_no_line_is_torn_when_a_signal_comes_while_the_reader_is_slow(
    variables: dict[str, str], records: int, orders: Sandbox
) -> None:
    with started(orders, only(ORDERS), variables=variables) as running:
        running.read_records(records)
        time.sleep(UNTIL_THE_PIPE_IS_FULL)
        running.send(signal.SIGTERM)
        time.sleep(0.2)  # the signal arrives inside the write, before anything is read
        result = running.finish()
    assert result.exit_code == 143
    assert result.stdout.endswith(b"\n")
    assert result.messages[-1]["type"] == "STATE"


@pytest.fixture(scope="module")
def slow() -> Iterator[Sandbox]:
    """Serve contacts after half a minute; for reading only."""
    with Sandbox(default_rows=1, faults=Faults(delay_seconds=30)) as server:
        server.always("contacts", "slow")
        yield server


@pytest.mark.parametrize("delay", [0.1, 0.3, 0.4, 0.5])
def test_a_signal_while_starting_up_is_no_success_and_no_traceback(
    delay: float, slow: Sandbox
) -> None:
    with started(slow, only("contacts"), start=afresh) as running:
        time.sleep(delay)
        running.send(signal.SIGTERM)
        result = running.finish()
    # Python itself ends with the signal while it is still importing.
    assert result.exit_code in (143, -signal.SIGTERM)
    assert "Traceback" not in result.stderr
    assert not result.records


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(("option", "call"), [("--check", 1), ("--check", 4), ("--get", 1)])
def test_a_signal_ends_what_is_no_run_as_it_ends_a_run(
    option: str, call: int, number: signal.Signals, own: Sandbox, tmp_path: Path
) -> None:
    wanted = ["contacts", str(own.store.rows("contacts")[0]["id"])] if option == "--get" else []
    with (
        files(config=config_for(own)) as arguments,
        (tmp_path / "log").open("wb") as log,
        forked([*arguments, option, *wanted], stderr=log, environment=environment()) as process,
        watched(process),
    ):
        own.after(call, lambda: process.send_signal(number))
        assert process.stdout is not None
        assert process.stdout.read() == b""
        assert process.wait() == 128 + number
    errors = [line for line in (tmp_path / "log").read_text().splitlines() if " ERROR " in line]
    assert f"stopped by {number.name}" in errors[-1]


# --- a full disk -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments", [("--config=ENV",), ("--config=ENV", "--discover"), ("--about",), ("--version",)]
)
def test_a_disk_that_is_full_ends_the_run_with_one_clear_line(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    with Sandbox(default_rows=3) as server, Path("/dev/full").open("wb") as full:
        settings = {f"TAP_CIN7_{name.upper()}": str(v) for name, v in config_for(server).items()}
        variables = environment(**settings)
        with (
            (tmp_path / "log").open("wb") as log_file,
            forked(arguments, stdout=full, stderr=log_file, environment=variables) as process,
        ):
            assert process.wait(PATIENCE_SECONDS) == 1
    log = (tmp_path / "log").read_text()
    assert "Traceback" not in log
    (error,) = [line for line in log.splitlines() if "ERROR" in line]
    assert "can't write to stdout: No space left on device" in error


# --- descriptors that are closed ---------------------------------------------------------------


def with_closed(descriptor: str, server: Sandbox, *arguments: str, **more: str) -> Result:
    """Run the tap in a shell that closes a descriptor of it."""
    config = config_for(server, **more)
    settings = {f"TAP_CIN7_{name.upper()}": str(value) for name, value in config.items()}
    command = shlex.join([sys.executable, *TAP, "--config=ENV", *arguments])
    done = subprocess.run(
        ["/bin/sh", "-c", f"{command} {descriptor}"],
        env=environment(**settings),
        capture_output=True,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr.decode())


def test_a_run_whose_log_nobody_takes_reads_all_the_same(small: Sandbox) -> None:
    result = with_closed("2>&-", small)
    assert result.exit_code == 0
    assert len(result.records["contacts"]) == len(small.store.rows("contacts"))


@pytest.mark.parametrize("option", ["", "--check", "--verify", "--get", "--discover", "--about"])
def test_without_stdout_there_is_one_clear_line(option: str, small: Sandbox) -> None:
    wanted = ["contacts", str(small.store.rows("contacts")[0]["id"])] if option == "--get" else []
    result = with_closed(">&-", small, *filter(None, [option]), *wanted)
    assert result.exit_code == 1
    assert "Traceback" not in result.stderr
    assert result.errors == ["can't write to stdout: Bad file descriptor"]


@pytest.mark.parametrize("option", ["--from-event", "--state", "--catalog"])
def test_without_the_stdin_that_it_is_to_read_there_is_one_clear_line(
    option: str, small: Sandbox
) -> None:
    result = with_closed("<&-", small, option, "-", api="core")
    assert result.exit_code == 1
    assert "Traceback" not in result.stderr
    (error,) = result.errors
    assert "Bad file descriptor" in error


# --- keys --------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [" demo-key-5f0d6a7e ", "demo-key-5f0d6a7e\n"])
def test_a_key_with_blanks_around_it_is_masked(key: str) -> None:
    bare = key.strip()

    def echo(ask: BaseHTTPRequestHandler) -> Reply:
        return 400, {}, json.dumps(f"bad: {ask.headers['Authorization']} key {bare}").encode()

    with http_server(echo) as address:
        result = run_tap(address, only("contacts"), username="demo", api_key=key)
    assert "bad: " in result.stderr
    assert bare not in result.stderr
    assert base64.b64encode(f"demo:{bare}".encode()).decode() not in result.stderr


def test_a_key_at_the_border_of_the_quoted_text_is_masked() -> None:
    key = "5f0d6a7e9b1c4d2e8f3a"
    streams = [entry["tap_stream_id"] for entry in discovered()["streams"]]
    fillers = itertools.cycle(range(281, 300))
    filled = set()

    def echo(_: BaseHTTPRequestHandler) -> Reply:
        filler = next(fillers)
        filled.add(filler)
        return 400, {}, json.dumps("x" * filler + key).encode()

    with http_server(echo) as address:
        result = run_tap(address, only(*streams), api_key=key)
    assert len(filled) == 19
    assert result.stderr.count("x" * 281) >= 19
    assert key[:4] not in result.stderr


# --- what is given -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("catalog", "words"),
    [
        ({}, "no streams"),
        ({"stream": []}, "no streams"),
        ({"streams": []}, "no streams"),
        ([], "must hold an object"),
        ("streams", "must hold an object"),
    ],
    ids=str,
)
def test_a_catalog_without_streams_is_refused(catalog: object, words: str, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(config_for(NOWHERE)))
    path = tmp_path / "catalog.json"
    path.write_text(json.dumps(catalog))
    result = run_cli("--config", str(config), "--catalog", str(path))
    assert result.exit_code > 0
    assert "Traceback" not in result.stderr
    (error,) = result.errors
    assert words in error
    assert not result.stdout


def test_the_environment_is_checked_like_a_file() -> None:
    variables = {
        f"TAP_CIN7_{name.upper()}": str(value)
        for name, value in config_for(NOWHERE, requests_per_minute="abc").items()
    }
    result = run_cli("--config=ENV", **variables)
    assert result.exit_code > 0
    assert "Traceback" not in result.stderr
    (error,) = result.errors
    assert "requests_per_minute" in error.lower()
    assert "abc" in error


def test_an_empty_variable_is_not_set(small: Sandbox) -> None:
    config = config_for(small)
    empty = dict.fromkeys(set(SETTINGS["properties"]) - config.keys(), "")
    variables = {f"TAP_CIN7_{name.upper()}": str(value) for name, value in (config | empty).items()}
    result = run_cli("--config=ENV", "--check", **variables)
    assert result.exit_code == 0, result.stderr


@pytest.mark.parametrize("stream", ["adjustments", "contacts"])
def test_the_first_call_is_tried_as_often_as_any_other(stream: str, own: Sandbox) -> None:
    own.fail_next(stream, 503, 4)
    selected = ("adjustments", "contacts")
    result = run_tap(own, only(*selected), hasty=True, max_parallel_requests=1)
    assert result.exit_code == 0, result.errors
    assert not set(selected) & lost(own, result).keys()
