"""The count of calls in a file: a clock that was wrong, and a file that somebody touches."""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING

import pytest

from tests.answers.account import DAY
from tests.losses.accounts import brands
from tests.losses.harness import config_for, environment, only, run, write
from tests.losses.standin import Core
from tests.processes import forked, watched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.losses.standin import Call, Row

ONE_BY_ONE: Row = {"max_parallel_requests": 1, "retry_wait_seconds": 0}


@pytest.fixture
def account() -> Iterator[Core]:
    with Core(ahead=-90 * DAY) as server:
        brands(server, 12, most=4)
        yield server


def _table(store: Path) -> tuple[sqlite3.Connection, str]:
    database = sqlite3.connect(store)
    (name,) = database.execute("select name from sqlite_master where type='table'").fetchone()
    return database, name


def test_calls_of_a_clock_that_was_ahead_hold_up_no_run_for_days(
    account: Core, tmp_path: Path
) -> None:
    """No wait without an end: the minute's limit takes a minute at most."""
    settings: Row = {**ONE_BY_ONE, "quota_store": f"sqlite:{tmp_path / 'quota.db'}"}
    run(account, "brands", **settings)
    database, name = _table(tmp_path / "quota.db")
    with database:
        database.execute(f'update "{name}" set item_timestamp = item_timestamp + 259200000')  # noqa: S608
    database.close()
    called = threading.Event()
    account.before("*", None, lambda _call: called.set())
    config = config_for(account, **settings)
    files = write(tmp_path, config=config, catalog=only("core", "brands"))
    with (
        (tmp_path / "log").open("w+b") as log,
        (tmp_path / "out").open("w+b") as out,
        forked(
            files, stdout=out, stderr=log, environment=environment(), folder=tmp_path
        ) as process,
        watched(process),
    ):
        came = called.wait(8)
        process.kill()
        process.wait()
        log.seek(0)
        assert came, log.read().decode()


def test_a_store_that_is_emptied_in_mid_run_forgets_no_call_unnoticed(
    account: Core, tmp_path: Path
) -> None:
    """A run that cannot count does not guess."""
    store = tmp_path / "quota.db"
    settings: Row = {
        **ONE_BY_ONE,
        "quota_store": f"sqlite:{store}",
        "requests_per_day": 30,
    }

    def empty(_call: Call) -> None:
        store.write_bytes(b"")

    account.before("*", 10, empty)
    first = run(account, "brands", **settings)
    account.calm()
    if first.exit_code == 0:
        run(account, "brands", **settings)
        run(account, "brands", **settings)
        assert len(account.calls) <= 30
    assert "quota store" in first.stderr
