"""One count of calls for several processes and for the next run, in an SQLite file."""

from __future__ import annotations

import itertools
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from tap_cin7.client import quota_store
from tap_cin7.client.clock import RunClock
from tap_cin7.client.quota import Limits, Quota
from tap_cin7.client.quota_store import open_quota_store
from tap_cin7.errors import BadInput, DailyQuotaUsed, RunStopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DAILY = Limits(per_second=1_000, per_minute=10_000, per_day=12)
QUICK = Limits(per_second=50, per_minute=1_000, per_day=None)


def quota_in(path: Path, limits: Limits = DAILY, key: str = "key") -> Quota:
    count = open_quota_store(f"sqlite:{path}", limits.rates(), "me", key)
    return Quota(limits, patient_clock(), count)


def patient_clock() -> RunClock:
    """Return a clock that ends a wait which nobody should have."""
    clock = RunClock()
    clock.end_at(clock.now() + 60, RunStopped("waited for a minute"))
    return clock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "quota.db"


def test_the_days_count_survives_a_restart(path: Path) -> None:
    first = quota_in(path)
    for _ in range(7):
        first.acquire()
    second = quota_in(path)
    for _ in range(5):
        second.acquire()
    for quota in (first, second, quota_in(path)):
        with pytest.raises(DailyQuotaUsed, match="the 12 calls that requests_per_day allows"):
            quota.acquire()
        assert quota.left()[1] == 0


def test_accounts_do_not_count_for_each_other(path: Path) -> None:
    for key in ("one", "other"):
        quota = quota_in(path, key=key)
        for _ in range(12):
            quota.acquire()


def test_the_file_does_not_hold_the_credentials(path: Path) -> None:
    quota_in(path, key="secret-key").acquire()
    for file in path.parent.iterdir():
        assert b"secret-key" not in file.read_bytes()


CALLS = 20
WORK = f"""
import sys
from pathlib import Path
from tests.unit.client.test_quota_store import QUICK, quota_in
quota = quota_in(Path(sys.argv[1]), QUICK)
for _ in range({CALLS}):
    quota.acquire()
"""


@pytest.mark.large
def test_processes_side_by_side_share_one_quota(path: Path) -> None:
    quota = quota_in(path, QUICK)
    quota.acquire()
    began = time.time()
    command = [sys.executable, "-c", WORK, str(path)]
    workers = [subprocess.Popen(command) for _ in range(2)]
    assert [worker.wait(60) for worker in workers] == [0, 0]
    with sqlite3.connect(path) as database:
        (table,) = database.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchone()
        query = f"SELECT item_timestamp FROM '{table}' ORDER BY 1"  # noqa: S608 - our own table
        times = [row[0] for row in database.execute(query)]
    assert len(times) == 1 + 2 * CALLS
    assert min(later - sooner for sooner, later in itertools.pairwise(times)) >= 20
    assert time.time() - began >= 2 * CALLS * 0.020


# --- a process that hangs ----------------------------------------------------------------------

HOLD = """
import sys, filelock
lock = filelock.FileLock(sys.argv[1])
lock.acquire()
print(flush=True)
sys.stdin.read()
"""


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Let another process hold the lock of a store."""
    command = [sys.executable, "-c", HOLD, f"{path}.lock"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield
        finally:
            process.kill()


def test_a_process_that_hangs_with_the_lock_ends_the_others_with_one_line(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quota_store, "_LONGEST_LOCK", 0.2)
    quota = quota_in(path)
    quota.acquire()
    line = f"another process holds the quota store for more than 0.2 s.*{re.escape(str(path))}"
    with held(path):
        for ask in (quota.acquire, quota.left, lambda: quota_in(path)):
            began = time.monotonic()
            with pytest.raises(RunStopped, match=line):
                ask()
            assert time.monotonic() - began < 20
    quota.acquire()


def test_a_lock_is_waited_for_as_long_as_a_healthy_process_may_hold_it() -> None:
    assert quota_store._LONGEST_LOCK == 30  # noqa: SLF001 - documented


def test_a_database_that_goes_away_ends_the_run_with_one_line(path: Path) -> None:
    quota = quota_in(path)
    quota.acquire()
    with sqlite3.connect(path) as database:
        (table,) = database.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchone()
        database.execute(f"DROP TABLE '{table}'")
    with pytest.raises(RunStopped, match="the quota store can't be reached any more"):
        quota.acquire()


# --- a file that is another one ----------------------------------------------------------------


def empty(path: Path) -> None:
    path.write_bytes(b"")


def count_anew(path: Path) -> None:
    """Empty the file and let another run count in it, for longer than this one has."""
    empty(path)
    other = quota_in(path)
    for _ in range(8):
        other.acquire()


def write_text(path: Path) -> None:
    path.write_text("no database " * 200)


def remove(path: Path) -> None:
    path.unlink()


def replace(path: Path) -> None:
    copy = path.read_bytes()
    path.unlink()
    path.write_bytes(copy)


@pytest.mark.parametrize(
    "change", [empty, count_anew, write_text, remove, replace], ids=lambda one: one.__name__
)
def test_a_file_that_is_not_what_it_was_ends_the_run_with_one_line(
    path: Path, change: Callable[[Path], None]
) -> None:
    quota = quota_in(path)
    quota.acquire()
    change(path)
    for ask in (quota.acquire, quota.left):
        with pytest.raises(RunStopped, match=f"{path} was removed, emptied or replaced in mid run"):
            ask()


def test_an_older_copy_that_is_put_back_ends_the_run_with_one_line(path: Path) -> None:
    quota = quota_in(path)
    quota.acquire()
    copy = path.read_bytes()
    quota.acquire()
    path.write_bytes(copy)
    with pytest.raises(RunStopped, match="was removed, emptied or replaced in mid run"):
        quota.acquire()


def test_others_that_count_in_the_file_end_no_run(path: Path) -> None:
    first, second = quota_in(path), quota_in(path)
    for quota in (first, second, quota_in(path), first, quota_in(path, key="other"), second):
        quota.acquire()
    assert first.left()[1] == 12 - 5


def test_a_file_of_an_earlier_version_is_counted_on(path: Path) -> None:
    """It has a write-ahead log and no mark."""
    quota_in(path).acquire()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version=0")
        database.execute("PRAGMA journal_mode=WAL")
    database.close()
    quota = quota_in(path)
    quota.acquire()
    assert quota.left()[1] == 12 - 2
    empty(path)
    with pytest.raises(RunStopped, match="was removed, emptied or replaced in mid run"):
        quota.acquire()


# --- a clock that was ahead and is set right ---------------------------------------------------

DAY_MS = 86_400_000


def move(path: Path, milliseconds: int) -> None:
    """Let all calls have been made later."""
    with sqlite3.connect(path) as database:
        (table,) = database.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchone()
        change = f"UPDATE '{table}' SET item_timestamp = item_timestamp + ?"  # noqa: S608
        database.execute(change, (milliseconds,))
    database.close()


@pytest.mark.parametrize("ahead", [20_000, 400_000, 3 * DAY_MS])
def test_calls_from_after_now_hold_up_the_next_one_as_if_made_now(path: Path, ahead: int) -> None:
    quota = quota_in(path)
    for _ in range(4):
        quota.acquire()
    for _ in range(2):  # before a run, and in mid run
        move(path, ahead)
        began = time.monotonic()
        quota.acquire()
        assert time.monotonic() - began < 10
        quota = quota_in(path)
    assert quota.left() == (12 - 6, 12 - 6)


def test_calls_of_tomorrow_use_today_up_for_a_day_at_most(path: Path) -> None:
    quota = quota_in(path)
    for _ in range(12):
        quota.acquire()
    move(path, 3 * DAY_MS)
    latest = datetime.now(timezone.utc) + timedelta(days=1, minutes=2)
    for one in (quota, quota_in(path)):
        with pytest.raises(DailyQuotaUsed) as caught:
            one.acquire()
        (told,) = re.findall(r"after (\S+ \S+) UTC", str(caught.value))
        assert datetime.fromisoformat(f"{told}+00:00") < latest
    move(path, -DAY_MS - 60_000)
    quota.acquire()


# --- stores that can't be used -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("file:quota.db", "must be memory, sqlite:<file> or redis://"),
        ("Memory", "must be memory, sqlite:<file> or redis://"),
        ("sqlite:", "folder that does not exist"),
        ("sqlite:/no/such/folder/quota.db", "folder that does not exist: '/no/such/folder"),
        ("sqlite:~nobody-here/quota.db", "the home of a user who does not exist: '~nobody-here"),
        ("sqlite:a\0b", "can't be used as an SQLite database (embedded null byte): 'a\\x00b'"),
        ("sqlite:~a\0b/quota.db", "can't be used as an SQLite database (embedded null byte)"),
        ("sqlite:\ud800", "can't be used as an SQLite database"),
        (f"sqlite:{'a' * 300}/quota.db", "can't be used as an SQLite database"),
        ("redis://localhost/0?no_such_option=1", "can't reach the Redis server"),
        ("redis://127.0.0.1:1/0", "can't reach the Redis server"),
        ("redis://localhost:port/0", "can't reach the Redis server"),
        ("unix:///no/such/socket", "can't reach the Redis server"),
    ],
)
def test_a_store_that_can_not_be_used_gives_one_clear_line(address: str, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        open_quota_store(address, QUICK.rates(), "me", "key")
    assert "quota_store" in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize("kind", ["text", "folder"])
def test_a_file_that_is_not_a_database_gives_one_clear_line(path: Path, kind: str) -> None:
    if kind == "folder":
        path.mkdir()
    else:
        path.write_text("no database " * 200)
    with pytest.raises(BadInput, match=r"quota_store.*can't be used as an SQLite database"):
        quota_in(path)


def test_redis_without_its_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(BadInput, match=r"tap-cin7\[redis\]"):
        open_quota_store("redis://127.0.0.1:6379/0", QUICK.rates(), "me", "key")


def test_in_memory_there_is_no_shared_count() -> None:
    assert open_quota_store("memory", QUICK.rates(), "me", "key") is None
