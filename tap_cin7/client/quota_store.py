"""Quota store: keeps the count of calls in memory, in an SQLite file, or in Redis.

A shared store lets several processes or machines that use one key stay inside one quota, and
the day's count survive a restart. The buckets are pyrate-limiter's own; the key is never
written, only a digest that distinguishes accounts.

Two rules. Calls dated later than now, by a clock that was set back since, count as made now: no
wait is longer than its window. And a process stops if its store was replaced, since the calls that
it had counted are lost.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from tap_cin7.errors import BadInput, RunStopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from pyrate_limiter import AbstractBucket, Rate

MEMORY = "memory"
_LOCK_SECONDS = 10.0
"""After which Redis releases the lock of a process that hangs."""
_LONGEST_LOCK = 30.0
"""Seconds to wait for the lock of an SQLite file; it is held for milliseconds, so a
process that holds it for so long hangs."""
_MARKS = 2**31 - 1
"""Largest number that ``user_version`` in the header of an SQLite file takes."""
_SQLITE = "sqlite:"
_REDIS = ("redis://", "rediss://", "unix://")


@dataclass(frozen=True)
class QuotaStore:
    """A count of calls that several processes share.

    Attributes:
        bucket: Holds it.
        guard: Returns a lock that makes "read the clock, count, add" atomic among them.
        errors: What the store raises when it can't be reached.

    """

    bucket: AbstractBucket
    guard: Callable[[], AbstractContextManager[object]]
    errors: tuple[type[Exception], ...]


def open_quota_store(store: str, rates: list[Rate], *credentials: str) -> QuotaStore | None:
    """Open the quota store of an account.

    Args:
        store: ``memory``, ``sqlite:<file>`` or the address of a Redis server.
        rates: The limits.
        credentials: By which Cin7 counts calls.

    Returns:
        The shared store; None for memory.

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

    class Bucket(SQLiteBucket):
        """Moves calls from after now to now."""

        def now(self) -> int:
            moment = int(super().now())  # type: ignore[no-untyped-call]
            later = f'UPDATE "{name}" SET item_timestamp = ? WHERE item_timestamp > ?'  # noqa: S608
            self.conn.execute(later, (moment, moment))
            self.conn.commit()
            return moment

    seen: _State | None = None

    @contextmanager
    def guard() -> Iterator[None]:
        nonlocal seen
        try:
            with lock:
                if seen is not None and not seen.is_continued_by(_state(path)):
                    raise _store_replaced(str(path))
                yield
                seen = _state(path) or seen
        except Timeout as error:
            raise RunStopped(
                f"another process holds the quota store for more than {_LONGEST_LOCK:g} s, so it "
                f"probably hangs: end it (it has {path}.lock open) and run again; state is saved"
            ) from error

    errors = (sqlite3.Error, OSError)
    try:
        path = Path(file).expanduser()
        if not file or not path.parent.is_dir():
            raise BadInput(
                f"setting 'quota_store' names a file in a folder that does not exist: {file!r}"
            )
        path.touch()
        lock = FileLock(f"{path}.lock", timeout=_LONGEST_LOCK)
        with guard():
            bucket = Bucket.init_from_file(rates, table=name, db_path=str(path))
            # As long as the lock: a reader of the file blocks writers.
            bucket.conn.execute(f"PRAGMA busy_timeout={int(_LONGEST_LOCK * 1_000)}")
            # With a write-ahead log SQLite would not notice that the file was replaced.
            bucket.conn.execute("PRAGMA journal_mode=DELETE")
            # A call would start late if it waited for the disk; only a power cut loses anything.
            bucket.conn.execute("PRAGMA synchronous=OFF")
            (mark,) = bucket.conn.execute("PRAGMA user_version").fetchone()
            if not mark:
                bucket.conn.execute(f"PRAGMA user_version={1 + secrets.randbelow(_MARKS)}")
    except RuntimeError as error:
        raise BadInput(
            f"setting 'quota_store' names the home of a user who does not exist: {file!r}"
        ) from error
    except (*errors, ValueError) as error:
        raise BadInput(
            "setting 'quota_store' names a file that can't be used as an SQLite database "
            f"({error}): {file!r}"
        ) from error
    return QuotaStore(bucket, guard, errors)


class _State(NamedTuple):
    """Identity and version of a database file.

    Attributes:
        place: Device and inode of the file: an open database outlives its name.
        mark: Random, from when the database was created.
        changes: SQLite's file change counter.

    """

    place: tuple[int, int]
    mark: bytes
    changes: bytes

    def is_continued_by(self, later: _State | None) -> bool:
        """Return whether a later state is of the same database, and no older."""
        return later is not None and self[:2] == later[:2] and self.changes <= later.changes


def _state(path: Path) -> _State | None:
    """Return the state of a database from the header of its file; None without a file."""
    try:
        with path.open("rb") as file:
            status, header = os.fstat(file.fileno()), file.read(64)
    except FileNotFoundError:
        return None
    return _State((status.st_dev, status.st_ino), header[60:], header[24:28])


def _store_replaced(store: str) -> RunStopped:
    return RunStopped(
        f"the quota store {store} was removed, emptied or replaced in mid run, so that nobody "
        "knows the calls that it had counted: run again; state is saved"
    )


def _redis(address: str, rates: list[Rate], name: str) -> QuotaStore:
    try:
        import redis  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise BadInput(
            "setting 'quota_store' names a Redis server, which takes the extra: install "
            "tap-cin7[redis]"
        ) from error
    from pyrate_limiter import RedisBucket  # noqa: PLC0415

    class Bucket(RedisBucket):
        """Goes by the clock of the server: those of machines differ."""

        def now(self) -> int:
            if client.zscore(name, mark) is None:
                raise _store_replaced("in Redis")
            seconds, microseconds = cast("tuple[int, int]", client.time())
            moment = seconds * 1000 + microseconds // 1000
            later = cast("list[bytes]", client.zrangebyscore(name, f"({moment}", "inf"))
            if later:
                client.zadd(name, dict.fromkeys(later, moment))
            return moment

    try:
        client = redis.Redis.from_url(address)
        # Only an async client gives more than a bucket.
        bucket = cast("RedisBucket", Bucket.init(rates, client, name))
        # Scored below all calls, where the bucket neither counts nor clears.
        marks = cast("list[bytes]", client.zrangebyscore(name, -1, -1))
        mark = marks[0] if marks else secrets.token_hex(8).encode()
        client.zadd(name, {mark: -1})
    except (redis.RedisError, ValueError, TypeError) as error:
        raise BadInput(
            f"can't reach the Redis server of setting 'quota_store' ({type(error).__name__})"
        ) from error
    return QuotaStore(
        bucket,
        lambda: client.lock(f"{name}:lock", timeout=_LOCK_SECONDS, sleep=0.01),
        (redis.RedisError, OSError),
    )
