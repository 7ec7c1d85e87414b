"""How a run reports how it gets on: the line, the fields for JSON logs, and when."""

from __future__ import annotations

import contextlib
import logging
import re
import sys
import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from tap_cin7.errors import RunStopped
from tap_cin7.run import progress as module
from tap_cin7.run.progress import Numbers, Progress
from tests.support import wait_until
from tests.unit.support import PATIENCE_SECONDS
from tests.unit.taps import group, tap_of

if TYPE_CHECKING:
    from tap_cin7.client.metrics import StreamMetrics
    from tap_cin7.client.quota import Quota
    from tap_cin7.singer.group_writer import GroupWriter
    from tap_cin7.singer.stream import StreamGroup

MINUTE = 60
COLOUR = re.compile(r"\x1b\[[\d;]*m")
PLENTY = {"requests_per_second": 1_000, "requests_per_minute": 100_000}


class Told(logging.Handler):
    """Collects what is reported."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []
        self.enough = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith("PROGRESS"):
            self.records.append(record)
        if len(self.records) == 3:
            self.enough.set()

    @property
    def lines(self) -> list[str]:
        return [record.getMessage() for record in self.records]


@pytest.fixture
def told() -> Any:  # noqa: ANN401
    handler = Told()
    logger = logging.getLogger("tap-cin7")
    before = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(before)


class Watched:
    """A run over some groups that a test moves along."""

    def __init__(self, *names: str, api: str = "core", **settings: Any) -> None:  # noqa: ANN401
        self.tap = tap_of(*names, api=api, **settings)
        self.groups: list[StreamGroup] = [group(self.tap, name) for name in names]
        self.progress = Progress(self.tap.run, self.groups)
        self.rows = 0

    def metrics(self, place: int) -> StreamMetrics:
        return self.tap.run.metrics(self.groups[place - 1])

    def begin(self, place: int = 1, rows: int = 0) -> None:
        writer = SimpleNamespace(counts=[SimpleNamespace(rows=rows)])
        self.progress.begin(self.groups[place - 1], cast("GroupWriter", writer))

    @property
    def numbers(self) -> Numbers:
        found = self.progress.numbers()
        assert found is not None
        return found


def until_stopped(quota: Quota) -> None:
    """Wait for a call to be let through."""
    with contextlib.suppress(RunStopped):
        quota.acquire()


# --- the numbers -------------------------------------------------------------------------------


def test_nothing_is_reported_before_a_stream_begins(told: Told) -> None:
    watched = Watched("brands")
    watched.progress.report()
    assert watched.progress.numbers() is None
    assert told.lines == []


def test_a_list_is_told_in_rows_calls_and_its_place_in_the_run(told: Told) -> None:
    watched = Watched("brands", "carriers")
    watched.begin(rows=35)
    watched.metrics(1).calls = 3
    watched.progress.report()
    assert told.lines == ["PROGRESS brands: 35 rows, 3 calls; run: 1 of 2 streams"]


def test_the_next_stream_takes_the_place_of_the_one_before() -> None:
    watched = Watched("brands", "carriers")
    watched.begin(rows=10)
    watched.begin(place=2, rows=2)
    assert watched.numbers.line().startswith("carriers: 2 rows, ")
    assert "run: 2 of 2 streams" in watched.numbers.line()


def test_documents_are_told_as_done_of_all_with_the_time_that_their_calls_take() -> None:
    watched = Watched("sales", requests_per_minute=MINUTE)
    metrics = watched.metrics(1)
    metrics.documents, metrics.documents_done = 2_000, 200
    watched.begin(rows=200)
    numbers = watched.numbers
    assert (numbers.documents_done, numbers.documents) == (200, 2_000)
    # A call takes a little more than a second at 60 a minute.
    assert 1_800 < (numbers.seconds_left or 0) < 1_900
    assert "sales: 200 of 2000 documents (10 %), 0 calls, about 31 min left" in numbers.line()


def test_the_time_left_of_the_run_is_that_of_all_streams_that_are_known() -> None:
    watched = Watched("sales", "purchases", "stocktakes", requests_per_minute=MINUTE)
    for place, documents in ((1, 100), (2, 300)):
        watched.metrics(place).documents = documents
    watched.begin()
    numbers = watched.numbers
    assert numbers.run_seconds_left == pytest.approx(4 * (numbers.seconds_left or 0), abs=4)
    watched.begin(place=2)
    assert watched.numbers.run_seconds_left == watched.numbers.seconds_left


def test_calls_that_a_stream_is_known_to_take_tell_the_time_left() -> None:
    watched = Watched("brands", requests_per_minute=MINUTE)
    metrics = watched.metrics(1)
    metrics.calls_expected, metrics.calls = 50, 20
    watched.begin()
    assert 30 <= (watched.numbers.seconds_left or 0) <= 32


@pytest.mark.parametrize(
    ("rows", "total", "is_known"),
    [(10, 100, True), (0, 100, False), (10, None, False), (10, 10, False), (20, 10, False)],
)
def test_a_total_tells_the_time_left_of_a_list(
    rows: int, total: int | None, *, is_known: bool
) -> None:
    watched = Watched("brands")
    watched.metrics(1).announced = total
    watched.begin(rows=rows)
    numbers = watched.numbers
    assert (numbers.seconds_left is not None) is is_known
    assert ("calls, about " in numbers.line()) is is_known


def test_a_total_tells_how_large_a_share_of_a_list_is_there() -> None:
    watched = Watched("brands")
    watched.metrics(1).announced = 1_200
    watched.begin(rows=300)
    assert watched.numbers.line().startswith("brands: 300 of 1200 rows (25 %), 0 calls")
    watched.begin(rows=1_300)
    assert watched.numbers.line().startswith("brands: 1300 rows, 0 calls")


def test_a_wait_for_the_minute_is_told_with_how_long_it_takes() -> None:
    watched = Watched("users", api="omni", requests_per_second=1_000, requests_per_minute=2)
    quota = watched.tap.run.client.quota
    for _ in range(2):
        quota.acquire()
    watched.begin()
    waiting = threading.Thread(target=until_stopped, args=[quota], daemon=True)
    waiting.start()
    wait_until(lambda: "waiting" in watched.numbers.line())
    assert re.search(r"; waiting (60|61) s for the minute's limit$", watched.numbers.line())
    watched.tap.run.client.clock.end(RunStopped("enough"))
    waiting.join(PATIENCE_SECONDS)
    assert "waiting" not in watched.numbers.line()


def test_a_wait_after_a_refusal_is_told() -> None:
    watched = Watched("brands")
    quota = watched.tap.run.client.quota
    quota.refused(40)
    watched.begin()
    waiting = threading.Thread(target=until_stopped, args=[quota], daemon=True)
    waiting.start()
    wait_until(lambda: quota.wait is not None)
    assert re.search(r"; waiting (39|40) s for Cin7 to take calls again$", watched.numbers.line())
    watched.tap.run.client.clock.end(RunStopped("enough"))
    waiting.join(PATIENCE_SECONDS)


def test_what_takes_long_is_named_so_that_no_two_lines_are_equal(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    watched = Watched("brands")
    watched.begin(rows=7)
    watched.progress.report()
    watched.tap.run.client.calling_threads.add(1)
    for _ in range(2):
        now += 30
        watched.progress.report()
    watched.tap.run.client.calling_threads.clear()
    now += 30
    watched.progress.report()
    assert [line.rpartition("streams")[2] for line in told.lines] == [
        "",
        "; waiting for Cin7's answer for 30 s",
        "; waiting for Cin7's answer for 60 s",
        "; waiting for the loader for 90 s",
    ]


def test_what_is_left_of_the_day_is_told_where_there_is_a_daily_limit() -> None:
    omni = Watched("users", api="omni", **PLENTY, requests_per_day=5_000)
    omni.begin()
    for _ in range(4):
        omni.tap.run.client.quota.acquire()
    assert omni.numbers.day_left == 4_996
    assert omni.numbers.line().endswith("; 4996 calls left today")
    core = Watched("brands")
    core.begin()
    assert core.numbers.day_left is None
    assert "today" not in core.numbers.line()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "about 0 s"),
        (89, "about 89 s"),
        (90, "about 2 min"),
        (5_000, "about 83 min"),
        (7_200, "about 2.0 h"),
    ],
)
def test_durations_are_told_as_people_say_them(seconds: int, words: str) -> None:
    numbers = Numbers("sales", 0, 0, 0, 0, None, seconds, 1, 1, None, None)
    assert numbers.line() == f"sales: 0 rows, 0 calls, {words} left; run: 1 of 1 streams"


# --- when it is reported -----------------------------------------------------------------------


def test_it_is_reported_again_and_again_while_a_run_goes_on(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_INTERVAL", 0.001)
    watched = Watched("brands")
    watched.begin(rows=7)
    with watched.progress.shown([]):
        assert told.enough.wait(PATIENCE_SECONDS)
    assert set(told.lines) == {"PROGRESS brands: 7 rows, 0 calls; run: 1 of 1 streams"}


def test_a_short_run_needs_no_progress(told: Told) -> None:
    watched = Watched("brands")
    watched.begin()
    with watched.progress.shown([]):
        pass
    assert told.lines == []


def test_json_logs_get_the_numbers_as_fields(told: Told) -> None:
    watched = Watched("brands")
    watched.begin(rows=9)
    watched.progress.report()
    fields = vars(told.records[0])["progress"]
    assert fields.keys() == set(Numbers.__dataclass_fields__)
    assert (fields["stream"], fields["rows"], fields["groups"]) == ("brands", 9, 1)


def test_a_watch_ends_with_a_run_that_breaks_off() -> None:
    watched = Watched("brands")
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt), watched.progress.shown([]):
        raise KeyboardInterrupt
    assert threading.active_count() == before


# --- on a terminal -----------------------------------------------------------------------------


def test_on_a_terminal_the_line_is_shown_live_on_stderr_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "_LIVE_INTERVAL", 0.01)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    watched = Watched("brands")
    watched.begin(rows=7)
    shown = ""
    with watched.progress.shown([]):
        deadline = threading.Event()
        for _ in range(600):
            shown += COLOUR.sub("", capsys.readouterr().err)
            if "7 rows" in shown:
                break
            deadline.wait(0.05)
    assert "7 rows" in shown
    assert capsys.readouterr().out == ""
