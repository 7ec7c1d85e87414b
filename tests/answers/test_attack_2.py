"""Faults that a careful reader of the docs meets from the command line.

Budgets of a few calls, a quota file that somebody touches, odd configurations, echoes of a
credential, and the legacy V1.
"""

from __future__ import annotations

import html
import signal
import sqlite3
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.answers.account import DAY, HOUR
from tests.answers.legacy import Books
from tests.losses.accounts import brands, guid
from tests.losses.harness import Result, cli, config_for, environment, only, run, write
from tests.losses.standin import Core, Omni, Reply, encoded, stamp
from tests.processes import forked, watched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.losses.standin import Call, Row

ONE_BY_ONE: Row = {"max_parallel_requests": 1, "retry_wait_seconds": 0}


@pytest.fixture
def account() -> Iterator[Core]:
    with Core(ahead=-90 * DAY) as server:
        brands(server, 12, most=4)
        yield server


# A run gets on, however few its calls: docs/guarantees.md, 6.


@pytest.mark.parametrize("calls", [1, 2])
def test_customers_of_several_pages_get_on_with_few_calls_a_run(calls: int) -> None:
    """A page of customers has 100 rows; each run asks for the same ones again."""
    with Core(ahead=-90 * DAY) as server:
        served = server.list(
            "/customer", "CustomerList", "ID", "LastModifiedOn", "ModifiedSince", most=100
        )
        for number in range(250):
            moment = stamp(server.now - DAY - number)
            served.table.put({"ID": guid(number), "Name": "n", "LastModifiedOn": moment})
        held: set[str] = set()
        state = None
        for _ in range(8):
            result = run(server, "customers", state, requests_per_day=calls, **ONE_BY_ONE)
            held |= result.keys("customers", "ID")
            state = result.state
            server.now += HOUR
        assert len(held) == 250


def test_documents_get_their_turn_where_a_run_has_fewer_calls_than_there_are_lists() -> None:
    with (books := Books(7, "products", "suppliers", "sale_list", "sales")).server as server:
        for _ in range(12):
            books.run(requests_per_day=2, **ONE_BY_ONE)
            server.now += HOUR
        assert any(call.path.startswith("/Sale/") for call in server.calls)


# The quota store: docs/quota.md.


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


# Settings that are wrong give one line that names them: docs/troubleshooting.md.


@pytest.mark.parametrize(
    ("named", "settings"),
    [
        ("quota_store", {"quota_store": "sqlite:a\0b"}),
        ("request_timeout", {"request_timeout": 10**12}),
        ("flattening_max_depth", {"flattening_enabled": True}),
    ],
)
def test_a_setting_that_is_wrong_is_named_in_one_line(
    account: Core, named: str, settings: Row
) -> None:
    run(account, "brands", **settings).failed_with_one_line(named)


@pytest.mark.parametrize("inner", ["[" * 100_000 + "]" * 100_000, "NaN"], ids=["deep", "NaN"])
def test_a_config_that_can_not_be_read_is_named_in_one_line(tmp_path: Path, inner: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(f'{{"api": "core", "skip_ids": {inner}}}')
    cli("--config", str(path)).failed_with_one_line("config file")


# Credentials reach no output: design, Credentials.


@pytest.mark.parametrize("options", [[], ["--check"], ["--check", "--json"]], ids=str)
def test_a_key_that_an_error_page_escapes_is_masked(tmp_path: Path, options: list[str]) -> None:
    key = "Sec<r&et'Key=91"
    shown = {html.escape(key), html.escape(key, quote=False), key}
    with Omni(ahead=-DAY) as server:
        body = encoded({"message": " ".join(shown)})
        server.before("*", None, lambda _call: Reply(body, 400))
        config = config_for(server, api_key=key, retry_wait_seconds=0)
        files = write(tmp_path, config=config, catalog=only("omni", "sales_orders"))
        result = cli(*files, *options)
        for one in shown:
            assert one not in result.stderr
            assert one not in result.stdout.decode()


# How a run ends: README, exit codes.


def _ended(tmp_path: Path, account: Core, *signals: signal.Signals) -> Result:
    """Run, and send signals one after the other while the second call is under way."""
    under_way, done = threading.Event(), threading.Event()

    def slow(_call: Call) -> None:
        under_way.set()
        done.wait(2)

    account.before("*", 2, slow)
    config = config_for(account, **ONE_BY_ONE)
    files = write(tmp_path, config=config, catalog=only("core", "brands"))
    with (
        (tmp_path / "log").open("w+b") as log,
        (tmp_path / "out").open("w+b") as out,
        forked(
            files, stdout=out, stderr=log, environment=environment(), folder=tmp_path
        ) as process,
        watched(process),
    ):
        assert under_way.wait(20)
        for one in signals:
            process.send_signal(one)
            threading.Event().wait(0.3)
        exit_code = process.wait()
        done.set()
        out.seek(0)
        log.seek(0)
        return Result(exit_code, out.read(), log.read().decode())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["INT", "TERM"])
def test_a_signal_that_comes_twice_ends_the_run_as_one_does(
    account: Core, tmp_path: Path, number: signal.Signals
) -> None:
    """Meltano and the terminal each send one."""
    result = _ended(tmp_path, account, number, number)
    assert result.exit_code == 128 + number, result.stderr
    assert result.messages[-1]["type"] == "STATE"


def test_a_log_that_can_not_be_written_is_no_failure_of_the_run(
    account: Core, tmp_path: Path
) -> None:
    config = config_for(account, **ONE_BY_ONE)
    files = write(tmp_path, config=config, catalog=only("core", "brands"))
    with (
        Path("/dev/full").open("wb") as log,
        (tmp_path / "out").open("w+b") as out,
        forked(
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
