"""One quota for several processes and for the next run, in SQLite and in Redis."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import pytest
from redis import Redis

from sandbox import Faults, Sandbox
from sandbox.quota import Quota
from tap_cin7.client.quota import Limits
from tests.processes import TAP, forked
from tests.support import (
    bookmarks,
    calls,
    config_for,
    only,
    run_cli,
    run_tap,
    started,
    wait_until,
)
from tests.support_run import files, redis_server, side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support import Result

STORES = ("sqlite", "redis")
MINUTE = 20.0
"""Seconds that a minute takes where two runs share one, for the tap and for Cin7's stand-in."""
SHORT_MINUTES = (
    "-c",
    f"""
from tap_cin7.cli import main
from tap_cin7.client import quota
quota._MINUTE_MS = round({MINUTE} * quota._MINUTE_MS / 60)
main()
""",
)
PAGES, ROWS = 24, 5_900
SMALL_ROWS = {"branches": ROWS, "users": ROWS, "product_categories": ROWS}
PER_SECOND, ALLOWED = 20, (24, 120)
"""A second holds a few calls more at its end than at its start where a busy machine delays some;
two runs that did not share would still make 40."""
FIVE = ("users", "branches", "contacts", "vouchers", "quotes")
TEN = (*FIVE, "payments", "products", "adjustments", "size_ranges", "credit_notes")


@pytest.fixture(scope="module")
def redis() -> Iterator[str]:
    with redis_server() as address:
        yield address


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return an empty store."""
    if request.param == "sqlite":
        return f"sqlite:{tmp_path}/quota.db"
    address: str = request.getfixturevalue("redis")
    Redis.from_url(address).flushall()
    return address


# --- two at once -------------------------------------------------------------------------------


class Pair(NamedTuple):
    """Two runs at once on one key, and when and how Cin7's stand-in answered them."""

    results: list[Result]
    answers: list[tuple[float, int]]


@pytest.fixture(scope="module")
def pairs(redis: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pair]:
    """Run a pair per store, all four processes at the same time: their minute passes only once."""
    Redis.from_url(redis).flushall()
    stores = {"sqlite": f"sqlite:{tmp_path_factory.mktemp('store')}/quota.db", "redis": redis}
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sandbox.quota._MINUTE", MINUTE)
        servers = {
            name: stack.enter_context(
                Sandbox(rows=SMALL_ROWS, default_rows=20, quota=Quota(*ALLOWED))
            )
            for name in stores
        }
        for server in servers.values():
            server.store.warm(*SMALL_ROWS)
        limits = {"requests_per_second": PER_SECOND, "requests_per_minute": ALLOWED[1]}
        runs = [
            (servers[name], {**limits, "quota_store": stores[name]})
            for name in stores
            for _ in range(2)
        ]
        results = side_by_side(runs, only(*SMALL_ROWS), partial(forked, launch=SHORT_MINUTES))
        return {
            name: Pair(
                results[2 * number : 2 * number + 2],
                [(call.time, call.status) for call in servers[name].calls],
            )
            for number, name in enumerate(stores)
        }


@pytest.mark.parametrize("name", STORES)
def test_two_processes_on_one_key_are_never_refused(pairs: dict[str, Pair], name: str) -> None:
    results, answers = pairs[name]
    for result in results:
        assert result.exit_code == 0, result.stderr
        assert {stream: len(rows) for stream, rows in result.records.items()} == SMALL_ROWS
        assert not result.warnings
    assert {status for _, status in answers} == {200}
    assert len(answers) >= 2 * len(SMALL_ROWS) * PAGES


@pytest.mark.parametrize("name", STORES)
def test_two_processes_use_their_common_quota_up(pairs: dict[str, Pair], name: str) -> None:
    times = [time for time, _ in pairs[name].answers]
    # The minute's 120 calls at once, the 121st when the first is a minute ago.
    assert times[119] - times[0] < MINUTE
    assert MINUTE < times[120] - times[0] < 2 * MINUTE


# --- the next run ------------------------------------------------------------------------------


def test_the_daily_count_survives_a_restart(store: str, own: Sandbox) -> None:
    first = run_tap(own, only(*FIVE), quota_store=store, requests_per_day=12)
    assert first.exit_code == 0, first.stderr
    assert len(own.calls) == 5
    second = run_tap(
        own, only(*TEN), quota_store=store, requests_per_day=12, max_parallel_requests=1
    )
    assert second.exit_code == 1
    assert len(own.calls) == 12
    (line,) = [line for line in second.errors if "requests_per_day" in line]
    assert "the 12 calls that requests_per_day allows are used up" in line
    assert "state is saved" in line
    assert len(second.records) == 7
    assert [*second.records][-1] in bookmarks(second)


def test_a_day_that_is_used_up_costs_no_call(store: str, own: Sandbox) -> None:
    for _ in range(2):
        run_tap(own, only(*FIVE), quota_store=store, requests_per_day=5)
    assert len(own.calls) == 5


def test_in_memory_every_process_counts_for_itself(own: Sandbox) -> None:
    for _ in range(2):
        result = run_tap(own, only(*FIVE), quota_store="memory", requests_per_day=5)
        assert result.exit_code == 0
    assert len(own.calls) == 10


def test_accounts_in_one_store_do_not_count_for_each_other(store: str, own: Sandbox) -> None:
    with Sandbox(default_rows=20, api_key="another-key") as other:
        for server in (own, other):
            result = run_tap(server, only(*FIVE), quota_store=store, requests_per_day=5)
            assert result.exit_code == 0, result.stderr
            assert calls(server) == dict.fromkeys(FIVE, 1)


def test_neither_store_holds_the_credentials(redis: str, own: Sandbox, tmp_path: Path) -> None:
    client = Redis.from_url(redis)
    client.flushall()
    for address in (redis, f"sqlite:{tmp_path}/quota.db"):
        assert run_tap(own, only("users"), quota_store=address).exit_code == 0
    kept = [path.read_bytes() for path in tmp_path.iterdir()]
    for key in client.scan_iter():
        kept += [key, repr(client.zrange(key, 0, -1)).encode()]
    assert len(kept) >= 3
    for secret in own.auth:
        assert not any(secret.encode() in one for one in kept)


# --- a share for others ------------------------------------------------------------------------


def test_a_reserve_leaves_that_share_of_every_limit() -> None:
    whole = Limits(per_second=4, per_minute=60, per_day=5_000)
    rest = whole.reserving(25)
    assert (rest.per_minute, rest.per_day) == (45, 3_750)
    assert rest.gap_ms == pytest.approx(whole.gap_ms / 0.75, abs=1)
    assert Limits(None, 60, None).reserving(50).gap_ms == pytest.approx(2 * 61_000 / 60, abs=1)


@pytest.mark.parametrize("percent", [0, 1, 50, 90])
def test_a_reserve_never_leaves_nothing(percent: int) -> None:
    rest = Limits(per_second=1, per_minute=1, per_day=1).reserving(percent)
    assert (rest.per_minute, rest.per_day) == (1, 1)


def test_a_run_stops_where_the_reserve_begins(store: str, own: Sandbox) -> None:
    result = run_tap(
        own, only(*TEN), quota_store=store, requests_per_day=12, quota_reserve_percent=50
    )
    assert result.exit_code == 1
    assert len(own.calls) == 6
    assert any("are used up" in line for line in result.errors)


# --- stores that can't be used -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("file:quota.db", "must be memory, sqlite:<file> or redis://"),
        ("Memory", "must be memory, sqlite:<file> or redis://"),
        ("sqlite:", "folder that does not exist"),
        ("sqlite:/no/such/folder/quota.db", "folder that does not exist: '/no/such/folder"),
        ("redis://127.0.0.1:1/0", "can't reach the Redis server"),
        ("redis://localhost:port/0", "can't reach the Redis server"),
        ("unix:///no/such/socket", "can't reach the Redis server"),
    ],
)
def test_a_store_that_can_not_be_used_gives_one_clear_line(
    small: Sandbox, address: str, words: str
) -> None:
    small.reset_calls()
    result = run_tap(small, only("users"), quota_store=address)
    assert result.exit_code == 1
    (line,) = result.errors
    assert "quota_store" in line
    assert words in line
    assert "Traceback" not in result.stderr
    assert not result.stdout
    assert not small.calls


def test_redis_without_its_extra_says_what_to_install(small: Sandbox) -> None:
    without = ("-c", "import sys; sys.modules['redis'] = None; import runpy; " + _LAUNCH)
    config = config_for(small, quota_store="redis://127.0.0.1:6379/0")
    with files(config=config, catalog=only("users")) as arguments:
        result = run_cli(*arguments, launch=without)
    assert result.exit_code == 1
    (line,) = result.errors
    assert "tap-cin7[redis]" in line


_LAUNCH = f"runpy.run_module({TAP[1]!r}, run_name='__main__')"


@pytest.mark.parametrize("kind", ["text", "folder"])
def test_a_file_that_is_no_database_gives_one_line(
    small: Sandbox, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "quota.db"
    if kind == "folder":
        path.mkdir()
    else:
        path.write_text("no database " * 200)
    result = run_tap(small, only("users"), quota_store=f"sqlite:{path}")
    (line,) = result.errors
    assert "quota_store" in line
    assert "Traceback" not in result.stderr


def test_a_store_that_goes_away_ends_the_run_with_a_clear_line() -> None:
    with Sandbox(default_rows=20, faults=Faults(delay_seconds=2)) as server, ExitStack() as stack:
        server.always("users", "slow")
        address = stack.enter_context(redis_server())
        selected = only("stock", "users", "vouchers")
        with started(server, selected, quota_store=address, max_parallel_requests=1) as running:
            wait_until(lambda: "users" in calls(server))
            stack.close()
            result = running.finish()
    assert result.exit_code == 1
    assert "Traceback" not in result.stderr
    assert "SUMMARY stock" in result.stderr
    assert "the quota store can't be reached" in result.stderr
