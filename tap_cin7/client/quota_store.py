"""Quota store: the count of calls in memory, in an SQLite file, or in Redis.

A shared store lets several processes or machines that use one key stay inside one quota, and
the day's count survive a restart. The buckets are pyrate-limiter's own; the key is never
written, only a digest that distinguishes accounts.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tap_cin7.errors import BadInput, RunStopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from pyrate_limiter import AbstractBucket, Rate

MEMORY = "memory"
_LOCK_SECONDS = 10.0
"""After which Redis takes a lock from a process that hangs."""
_LONGEST_LOCK = 30.0
"""Seconds to wait for the lock of an SQLite file; it is held for milliseconds, so whoever holds
it for so long hangs."""
_SQLITE = "sqlite:"
_REDIS = ("redis://", "rediss://", "unix://")


@dataclass(frozen=True)
class QuotaStore:
    """A count of calls that several processes keep.

    Attributes:
        bucket: Holds it.
        guard: A lock that makes "look at the clock, count, add" one step for all of them.
        errors: What the store raises when it can't be reached.

    """

    bucket: AbstractBucket
    guard: Callable[[], AbstractContextManager[object]]
    errors: tuple[type[Exception], ...]


def open_quota_store(store: str, rates: list[Rate], *credentials: str) -> QuotaStore | None:
    """Open the quota store of an account.

    Args:
        store: ``memory``, ``sqlite:<file>`` or the address of a Redis server.
        rates: What may start when.
        credentials: What the limits are counted by.

    Returns:
        The shared store; None for memory, where every process has its own.

    Raises:
        BadInput: If the store is not known or can't be opened.

    """
    if store == MEMORY:
        return None
    name = "cin7_" + hashlib.sha256("\0".join(credentials).encode()).hexdigest()[:16]
    if store.startswith(_SQLITE):
        return _sqlite(store.removeprefix(_SQLITE).removeprefix("//"), rates, name)
    if store.startswith(_REDIS):
        return _redis(store, rates, name)
    raise BadInput(
        "setting 'quota_store' must be memory, sqlite:<file> or redis://<host>:<port>/<number>"
    )


def _sqlite(file: str, rates: list[Rate], name: str) -> QuotaStore:
    import sqlite3  # noqa: PLC0415 - start-up stays as quick as the SDK's

    from filelock import FileLock, Timeout  # noqa: PLC0415
    from pyrate_limiter import SQLiteBucket  # noqa: PLC0415

    try:
        path = Path(file).expanduser()
    except RuntimeError as error:
        raise BadInput(
            f"setting 'quota_store' names the home of a user who does not exist: {file!r}"
        ) from error
    if not file or not path.parent.is_dir():
        raise BadInput(
            f"setting 'quota_store' names a file in a folder that does not exist: {file!r}"
        )
    lock = FileLock(f"{path}.lock", timeout=_LONGEST_LOCK)

    @contextmanager
    def guard() -> Iterator[None]:
        try:
            with lock:
                if _identity(path) != opened:
                    raise RunStopped(
                        f"the quota store {path} was removed or replaced in mid run, so that "
                        "nobody knows the calls that it had counted: run again; state is saved"
                    )
                yield
        except Timeout as error:
            raise RunStopped(
                f"another process holds the quota store for more than {_LONGEST_LOCK:g} s, so it "
                f"probably hangs: end it (it has {path}.lock open) and run again; state is saved"
            ) from error

    errors = (sqlite3.Error, OSError)
    try:
        path.touch()
        opened = _identity(path)
        with guard():
            bucket = SQLiteBucket.init_from_file(rates, table=name, db_path=str(path))
            # As the bucket's own file lock would: readers don't block the writer.
            bucket.conn.execute("PRAGMA journal_mode=WAL")
            bucket.conn.execute("PRAGMA synchronous=NORMAL")
    except errors as error:
        raise BadInput(
            "setting 'quota_store' names a file that can't be used as an SQLite database "
            f"({error}): {file!r}"
        ) from error
    return QuotaStore(bucket, guard, errors)


def _identity(path: Path) -> tuple[int, int] | None:
    """Return which file a path leads to, None for none: an open database outlives its name."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _redis(address: str, rates: list[Rate], name: str) -> QuotaStore:
    try:
        import redis  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise BadInput(
            "setting 'quota_store' names a Redis server, which takes the extra: install "
            "tap-cin7[redis]"
        ) from error
    from pyrate_limiter import RedisBucket  # noqa: PLC0415

    class ServerTimeBucket(RedisBucket):
        """Counts by the clock of the server: those of machines differ."""

        def now(self) -> int:
            seconds, microseconds = cast("tuple[int, int]", client.time())
            return seconds * 1000 + microseconds // 1000

    try:
        client = redis.Redis.from_url(address)
        # Only an async client gives more than a bucket.
        bucket = cast("RedisBucket", ServerTimeBucket.init(rates, client, name))
    except (redis.RedisError, ValueError) as error:
        raise BadInput(
            f"can't reach the Redis server of setting 'quota_store' ({type(error).__name__})"
        ) from error
    return QuotaStore(
        bucket,
        lambda: client.lock(f"{name}:lock", timeout=_LOCK_SECONDS, sleep=0.01),
        (redis.RedisError, OSError),
    )
