"""What people and machines see of a run while it goes on: a live line, and numbers in JSON logs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from sandbox import Faults, Sandbox
from tests.support import only, run_tap
from tests.support_run import run_on_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support import Row

HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
COLOUR = re.compile(r"\x1b\[[\d;]*m")
CONTROLS = re.compile(r"\x1b\[[\d;?]*[a-zA-Z]")
SLOW = Faults(delay_seconds=1.3)


def test_a_terminal_gets_a_live_line_and_stdout_only_messages() -> None:
    with Sandbox(rows={"sales_orders": 500}, crowd=1, default_rows=20, faults=SLOW) as server:
        server.fail_next("users", "slow")
        result, shown = run_on_terminal(server, only("sales_orders", "users"))
    assert result.exit_code == 0, shown
    live = shown[shown.index(HIDE_CURSOR) : shown.rindex(SHOW_CURSOR)]
    assert "users: 0 rows, 1 calls; run: 1 of 2 streams" in COLOUR.sub("", live)
    assert {stream: len(rows) for stream, rows in result.records.items()} == {
        "sales_orders": 500,
        "users": 9,
    }
    assert b"\x1b" not in result.stdout
    assert b"of 2 streams" not in result.stdout


def test_log_lines_stand_alone_above_the_live_line() -> None:
    with Sandbox(default_rows=20, faults=SLOW) as server:
        server.always("stock", "slow")
        server.fail_next("users", 400)
        _, shown = run_on_terminal(server, only("users", "stock"))
    assert "users: failed, 400" in shown
    assert not re.search(r"streams\d{4}-", COLOUR.sub("", shown))


def test_a_terminal_gets_a_table_at_the_end_what_needs_attention_first() -> None:
    with Sandbox(default_rows=20, denied=["users"]) as server:
        result, shown = run_on_terminal(server, only("contacts", "stock", "users"))
    lines = [line.split() for line in CONTROLS.sub("", shown).splitlines()]
    table = lines[lines.index(["stream", "rows", "calls", "note"]) + 2 :]
    assert table[:3] == [
        ["users", "0", "1", "skipped"],
        ["contacts", "20", "1"],
        ["stock", "40", "1"],
    ]
    assert "SUMMARY" not in shown
    assert "RUN 3 streams, 60 rows, 3 calls" in shown
    assert "; skipped: users; the next run brings what changes from now on" in shown
    assert result.exit_code == 0


def test_the_last_line_of_a_log_tells_of_the_run_in_all(small: Sandbox) -> None:
    result = run_tap(small, only("users", "contacts"))
    *_, last = result.stderr.splitlines()
    assert re.search(r"RUN 2 streams, \d+ rows, 2 calls, \d+ s; all complete; the next run", last)
    assert "stream  " not in result.stderr


def test_nothing_is_shown_live_without_a_terminal(small: Sandbox) -> None:
    result = run_tap(small, only("users"))
    assert "\x1b" not in result.stderr
    assert "\r" not in result.stderr
    assert "PROGRESS" not in result.stderr


def test_each_stream_is_summed_up_as_it_ends() -> None:
    with Sandbox(default_rows=20, faults=Faults(delay_seconds=5)) as server:
        server.always("vouchers", "slow")
        result = run_tap(server, only("users", "vouchers"))
    lines = [line for line in result.stderr.splitlines() if "SUMMARY" in line]
    moments = [line[:23] for line in lines]
    assert ["users" in lines[0], "vouchers" in lines[1]] == [True, True]
    assert moments[0] < moments[1]


def test_json_logs_carry_the_numbers_of_a_summary_as_fields(small: Sandbox, tmp_path: Path) -> None:
    config: Row = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "singer_sdk.logging.StructuredFormatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"level": "INFO", "handlers": ["stderr"]},
    }
    path = tmp_path / "logging.json"
    path.write_text(json.dumps(config))
    result = run_tap(small, only("users"), variables={"SINGER_SDK_LOG_CONFIG": str(path)})
    assert result.exit_code == 0, result.stderr
    told = [json.loads(line) for line in result.stderr.splitlines()]
    (line,) = [one for one in told if str(one.get("message", "")).startswith("SUMMARY")]
    numbers = line["extra"]["summary"]
    assert (numbers["stream"], numbers["rows"], numbers["calls"]) == ("users", 9, 1)
    assert numbers["method"] == "FULL_TABLE"
    assert len(result.records["users"]) == 9
