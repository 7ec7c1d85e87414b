"""One quota for several processes and for the next run, in a Redis server."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from redis import Redis

from tap_cin7.client.clock import RunClock
from tap_cin7.client.quota import Limits, Quota
from tap_cin7.client.quota_store import open_quota_store
from tap_cin7.errors import DailyQuotaUsed, RunStopped
from tests.support_run import redis_server

if TYPE_CHECKING:
    from collections.abc import Iterator

DAILY = Limits(per_second=1_000, per_minute=10_000, per_day=12)
QUICK = Limits(per_second=50, per_minute=1_000, per_day=None)
CALLS = 20


def quota_at(address: str, limits: Limits = DAILY, key: str = "key") -> Quota:
    clock = RunClock()
    clock.end_at(clock.now() + 60, RunStopped("waited for a minute"))
    return Quota(limits, clock, open_quota_store(address, limits.rates(), "me", key))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with redis_server() as address:
        yield address


@pytest.fixture
def redis(server: str) -> str:
    """Return the address of an empty server."""
    Redis.from_url(server).flushall()
    return server


def test_the_days_count_survives_a_restart(redis: str) -> None:
    first = quota_at(redis)
    for _ in range(7):
        first.acquire()
    second = quota_at(redis)
    for _ in range(5):
        second.acquire()
    for quota in (first, second, quota_at(redis)):
        with pytest.raises(DailyQuotaUsed, match="the 12 calls that requests_per_day allows"):
            quota.acquire()


def test_accounts_do_not_count_for_each_other(redis: str) -> None:
    for key in ("one", "other"):
        quota = quota_at(redis, key=key)
        for _ in range(12):
            quota.acquire()


def test_the_server_does_not_hold_the_credentials(redis: str) -> None:
    quota_at(redis, key="secret-key").acquire()
    client = Redis.from_url(redis)
    (key,) = client.scan_iter()
    assert b"secret-key" not in key + repr(client.zrange(key, 0, -1)).encode()


WORK = f"""
import sys
from tap_cin7.client.clock import RunClock
from tap_cin7.client.quota_store import open_quota_store
from tap_cin7.client.quota import Limits, Quota
limits = Limits({QUICK.per_second}, {QUICK.per_minute}, None)
quota = Quota(limits, RunClock(), open_quota_store(sys.argv[1], limits.rates(), "me", "key"))
for _ in range({CALLS}):
    quota.acquire()
"""


def test_processes_side_by_side_share_one_quota(redis: str) -> None:
    command = [sys.executable, "-c", WORK, redis]
    workers = [subprocess.Popen(command) for _ in range(2)]
    assert [worker.wait(60) for worker in workers] == [0, 0]
    client = Redis.from_url(redis)
    (key,) = client.scan_iter()
    found: Any = client.zrangebyscore(key, 0, "inf", withscores=True)
    times = [int(score) for _, score in found]
    assert len(times) == 2 * CALLS
    assert min(later - sooner for sooner, later in itertools.pairwise(times)) >= 20


def test_a_process_that_hangs_with_the_lock_delays_the_others_by_seconds(redis: str) -> None:
    count = open_quota_store(redis, DAILY.rates(), "me", "key")
    assert count is not None
    taken, over = threading.Event(), threading.Event()

    def hang() -> None:
        lock = count.guard()
        lock.__enter__()
        taken.set()
        over.wait(60)

    thread = threading.Thread(target=hang, daemon=True)
    thread.start()
    taken.wait(10)
    began = time.monotonic()
    quota_at(redis).acquire()
    assert 5 < time.monotonic() - began < 50
    over.set()
    thread.join(10)


def test_a_server_that_goes_away_ends_the_run_with_one_line() -> None:
    with redis_server() as address:
        quota = quota_at(address)
        quota.acquire()
    with pytest.raises(RunStopped, match="the quota store can't be reached any more"):
        quota.acquire()


@pytest.mark.parametrize("counts_anew", [False, True])
def test_a_server_that_is_emptied_ends_the_run_with_one_line(
    redis: str,
    counts_anew: bool,  # noqa: FBT001 - a case
) -> None:
    quota = quota_at(redis)
    quota.acquire()
    Redis.from_url(redis).flushall()
    if counts_anew:
        quota_at(redis).acquire()
    line = "the quota store in Redis was removed, emptied or replaced in mid run"
    for ask in (quota.acquire, quota.left):
        with pytest.raises(RunStopped, match=line):
            ask()


def test_calls_of_a_clock_that_was_ahead_count_as_made_now(redis: str) -> None:
    quota = quota_at(redis)
    for _ in range(4):
        quota.acquire()
    client = Redis.from_url(redis)
    (key,) = client.scan_iter()
    calls: Any = client.zrangebyscore(key, 0, "inf", withscores=True)
    client.zadd(key, {name: score + 259_200_000 for name, score in calls})
    for _ in range(8):
        began = time.monotonic()
        quota.acquire()
        assert time.monotonic() - began < 10
    for one in (quota, quota_at(redis)):
        with pytest.raises(DailyQuotaUsed):
            one.acquire()
