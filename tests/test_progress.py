"""How a run tells how it gets on: a line, fields for JSON logs, a live display on a terminal."""

from __future__ import annotations

import json
import logging
import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest

from sandbox import Faults, Sandbox
from tap_cin7.limits import Limits, Quota
from tap_cin7.progress import Progress
from tap_cin7.run import RunClock
from tap_cin7.summary import Tally
from tests.support import PATIENCE_SECONDS, only, run_tap
from tests.support_run import run_on_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tap_cin7.stream import Cin7Stream
    from tests.support import Result, Row

FIELDS = {
    "stream",
    "rows",
    "calls",
    "minute_left",
    "day_left",
    "rows_per_second",
    "seconds_left",
}
HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
COLOUR = re.compile(r"\x1b\[[\d;]*m")


@dataclass
class Head:
    """As much of a stream as progress looks at."""

    name: str = "orders"
    tally: Tally = field(default_factory=Tally)
    parts: list[Head] = field(default_factory=list)

    @property
    def family(self) -> list[Head]:
        return [self, *self.parts]


def follow(progress: Progress, head: Head) -> None:
    progress.begin(cast("Cin7Stream", head))


class Told(logging.Handler):
    """Collects what was told."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []
        self.enough = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        if len(self.records) == 3:
            self.enough.set()

    @property
    def lines(self) -> list[str]:
        return [record.getMessage() for record in self.records]


def watched(limits: Limits | None = None) -> tuple[Progress, Quota, Told]:
    told = Told()
    logger = logging.getLogger("tests.progress")
    logger.setLevel(logging.INFO)
    logger.handlers = [told]
    quota = Quota(limits or Limits(None, 60, None), RunClock())
    return Progress(quota, logger), quota, told


def progress_lines(result: Result) -> list[str]:
    return [line for line in result.stderr.splitlines() if "PROGRESS " in line]


# --- the numbers -------------------------------------------------------------------------------


def test_nothing_is_told_before_a_stream_begins() -> None:
    progress, _, told = watched()
    progress.tell()
    with progress.shown():
        pass
    assert told.lines == []
    assert progress.numbers() is None


def test_the_numbers_are_those_of_the_stream_and_its_parts() -> None:
    progress, _, _ = watched()
    head = Head(tally=Tally(rows=10, calls=3), parts=[Head("lines", Tally(rows=25))])
    follow(progress, head)
    numbers = progress.numbers()
    assert numbers is not None
    assert numbers.keys() == FIELDS
    assert (numbers["stream"], numbers["rows"], numbers["calls"]) == ("orders", 35, 3)
    assert numbers["rows_per_second"] > 0


def test_the_next_stream_takes_the_place_of_the_one_before() -> None:
    progress, _, told = watched()
    follow(progress, Head("orders", Tally(rows=10)))
    follow(progress, Head("users", Tally(rows=2)))
    progress.tell()
    (line,) = told.lines
    assert line.startswith("PROGRESS users: 2 rows")


def test_what_is_left_of_the_quota_is_told() -> None:
    progress, quota, told = watched(Limits(per_second=1_000, per_minute=60, per_day=5_000))
    follow(progress, Head())
    for _ in range(4):
        quota.acquire()
    progress.tell()
    assert "56 calls left in the minute, 4996 in the day" in told.lines[0]


def test_without_a_daily_limit_none_is_told() -> None:
    progress, _, told = watched(Limits(per_second=None, per_minute=60, per_day=None))
    follow(progress, Head())
    progress.tell()
    assert "60 calls left in the minute, 0.0 rows/s" in told.lines[0]
    assert cast("Any", told.records[0]).progress["day_left"] is None


def test_the_day_bounds_what_the_minute_has_left() -> None:
    progress, quota, _ = watched(Limits(per_second=1_000, per_minute=60, per_day=61))
    follow(progress, Head())
    quota.acquire()
    numbers = progress.numbers()
    assert numbers is not None
    assert (numbers["minute_left"], numbers["day_left"]) == (59, 60)


@pytest.mark.parametrize(
    ("rows", "total", "known"),
    [(10, 100, True), (0, 100, False), (10, None, False), (10, 10, False), (20, 10, False)],
)
def test_the_time_left_is_told_where_it_can_be_known(
    rows: int, total: int | None, *, known: bool
) -> None:
    progress, _, told = watched()
    follow(progress, Head(tally=Tally(rows=rows, announced=total)))
    numbers = progress.numbers()
    assert numbers is not None
    assert (numbers["seconds_left"] is not None) is known
    progress.tell()
    assert (", about " in told.lines[0]) is known


# --- when it is told ---------------------------------------------------------------------------


def test_it_is_told_again_and_again_and_once_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tap_cin7.progress._INTERVAL", 0.001)
    progress, _, told = watched()
    head = Head()
    with progress.shown():
        follow(progress, head)
        assert told.enough.wait(PATIENCE_SECONDS)
        head.tally.rows = 7
    assert any(line.startswith("PROGRESS orders: 7 rows") for line in told.lines)


def test_a_short_run_is_told_once_at_its_end() -> None:
    progress, _, told = watched()
    with progress.shown():
        follow(progress, Head())
    assert len(told.lines) == 1


def test_the_end_is_told_when_the_run_breaks_off_too() -> None:
    progress, _, told = watched()
    follow(progress, Head())
    with pytest.raises(KeyboardInterrupt), progress.shown():
        raise KeyboardInterrupt
    assert len(told.lines) == 1


def test_a_run_ends_with_a_progress_line(small: Sandbox) -> None:
    result = run_tap(small, only("contacts", "users"))
    (line,) = progress_lines(result)
    assert "PROGRESS users: 9 rows, 1 calls, 999998 calls left in the minute" in line
    assert "in the day" in line
    assert b"PROGRESS" not in result.stdout
    assert {message["type"] for message in result.messages} == {"SCHEMA", "RECORD", "STATE"}


def test_a_run_that_fails_ends_with_a_progress_line_too() -> None:
    with Sandbox(default_rows=20) as server:
        server.always("users", 400)
        result = run_tap(server, only("users"))
    assert result.exit_code == 1
    (line,) = progress_lines(result)
    assert "PROGRESS users: 0 rows, 1 calls" in line


# --- for machines ------------------------------------------------------------------------------


def test_json_logs_carry_the_numbers_as_fields(small: Sandbox, tmp_path: Path) -> None:
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
    (line,) = [one for one in told if str(one.get("message", "")).startswith("PROGRESS")]
    numbers = line["extra"]["progress"]
    assert numbers.keys() == FIELDS
    assert (numbers["stream"], numbers["rows"], numbers["calls"]) == ("users", 9, 1)
    assert b"PROGRESS" not in result.stdout
    assert len(result.records["users"]) == 9


# --- on a terminal -----------------------------------------------------------------------------


def test_a_terminal_gets_a_live_display_and_stdout_only_messages() -> None:
    faults = Faults(delay_seconds=1.3)
    with Sandbox(rows={"sales_orders": 500}, crowd=1, default_rows=20, faults=faults) as server:
        server.fail_next("users", "slow")
        result, shown = run_on_terminal(server, only("sales_orders", "users"))
    assert result.exit_code == 0, shown
    assert HIDE_CURSOR in shown
    live = shown[shown.index(HIDE_CURSOR) : shown.rindex(SHOW_CURSOR)]
    assert "users: 0 rows, 1 calls" in COLOUR.sub("", live)
    assert {stream: len(rows) for stream, rows in result.records.items()} == {
        "sales_orders": 500,
        "users": 9,
    }
    assert b"\x1b" not in result.stdout
    assert b"rows/s" not in result.stdout
    # What was shown live is told once more for whoever scrolls back.
    assert "PROGRESS users: 9 rows, 1 calls" in shown[shown.rindex(SHOW_CURSOR) :]


def test_nothing_is_shown_live_without_a_terminal(small: Sandbox) -> None:
    result = run_tap(small, only("users"))
    assert "\x1b" not in result.stderr
    assert "\r" not in result.stderr


def test_log_lines_stand_alone_below_the_live_display() -> None:
    faults = Faults(delay_seconds=1.3)
    with Sandbox(default_rows=20, faults=faults) as server:
        server.always("users", "slow")
        _, shown = run_on_terminal(server, only("users"))
    assert not re.search(r"rows/s\d{4}-", COLOUR.sub("", shown))
