"""The runs of these tests are mostly forked: a fork says and does what a fresh process does."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import pytest

from tests.processes import afresh, finish, forked
from tests.support import config_for, environment, only, started
from tests.support_run import files

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox import Sandbox
    from tests.processes import Done, Starter

TIMES = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}|\d+\.\d s|\d\.\d+e?-?\d*", re.MULTILINE)


def as_it_reads(done: Done) -> tuple[int, bytes, str]:
    log = [line for line in done.stderr.splitlines() if "PythonEOLWarning" not in line]
    return done.exit_code, done.stdout, TIMES.sub("-", "\n".join(log))


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--help",),
        ("--version",),
        ("--about",),
        ("--config=ENV", "--discover"),
        ("--no-such-option",),
        ("--config=missing.json",),
        ("--config=ENV",),
    ],
    ids=" ".join,
)
def test_a_fork_prints_what_a_fresh_process_prints(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    variables = environment(TAP_CIN7_API="core", TAP_CIN7_ACCOUNT_ID="somebody", COLUMNS="70")
    fresh, fork = (
        as_it_reads(finish(arguments, environment=variables, start=start, folder=tmp_path))
        for start in (afresh, forked)
    )
    assert fork == fresh


def test_a_forked_run_writes_what_a_fresh_run_writes(small: Sandbox) -> None:
    selected = only("contacts", "sales_orders", "sales_order_lines")
    with files(config=config_for(small, max_parallel_requests=1), catalog=selected) as options:
        fresh, fork = (
            as_it_reads(finish(options, environment=environment(), start=start))
            for start in (afresh, forked)
        )
    assert fork[0] == fresh[0] == 0
    assert records_of(fork[1]) == records_of(fresh[1])
    assert fork[2] == fresh[2]


def records_of(stdout: bytes) -> list[bytes]:
    """Return the lines but for state and versions, which depend on the time."""
    lines = [line for line in stdout.splitlines() if b'"type":"STATE"' not in line]
    return [re.sub(rb'"(version|time_extracted)":[^,}]*', b"", line) for line in lines]


@pytest.mark.parametrize("start", [afresh, forked], ids=["afresh", "forked"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_signal_ends_either(start: Starter, number: signal.Signals, own: Sandbox) -> None:
    own.always("contacts", 429)
    with started(own, only("users", "contacts"), start=start) as running:
        running.read_records(1)
        running.send(number)
        result = running.finish()
    code = -number if number == signal.SIGKILL else 128 + number
    assert result.exit_code == code, result.stderr
