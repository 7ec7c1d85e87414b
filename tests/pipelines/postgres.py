"""A PostgreSQL server of its own for a test: started in a temporary directory, then gone."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEBIAN = Path("/usr/lib/postgresql")


class PostgresMissingError(RuntimeError):
    """There is no PostgreSQL on this machine."""


@dataclass(frozen=True)
class Server:
    """Where the server is reached: a socket in a directory that is closed to others."""

    directory: str
    user: str = "loader"
    database: str = "postgres"

    @property
    def dsn(self) -> str:
        """How psycopg finds it."""
        return f"host={self.directory} user={self.user} dbname={self.database}"

    @property
    def url(self) -> str:
        """How SQLAlchemy finds it."""
        return f"postgresql+psycopg://{self.user}@/{self.database}?host={self.directory}"


@contextmanager
def server() -> Iterator[Server]:
    """Run a server.

    Raises:
        PostgresMissingError: If it is not installed.

    """
    with tempfile.TemporaryDirectory(prefix="pg-") as directory:
        account = _unprivileged()
        if account is not None:
            os.chown(directory, account.pw_uid, account.pw_gid)
        made = Server(directory)
        data = f"{directory}/data"
        options = f"-k {directory} -h '' -c fsync=off"
        _run(account, "initdb", "-D", data, "-A", "trust", "-U", made.user, "-E", "UTF8")
        _run(account, "pg_ctl", "-D", data, "-w", "-o", options, "-l", f"{directory}/log", "start")
        try:
            yield made
        finally:
            _run(account, "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


def _program(name: str) -> str:
    places = [Path(found).parent for found in [shutil.which(name)] if found]
    places += sorted(_DEBIAN.glob("*/bin"), key=lambda place: -float(place.parent.name))
    for place in places:
        if (place / name).exists():
            return str(place / name)
    raise PostgresMissingError(
        "PostgreSQL is not installed; on Debian and Ubuntu: apt-get install postgresql"
    )


def _unprivileged() -> pwd.struct_passwd | None:
    """Return whom to run as when we are root, which PostgreSQL refuses to be."""
    if os.geteuid() != 0:
        return None
    accounts = {account.pw_name: account for account in pwd.getpwall()}
    return accounts.get("postgres") or accounts["nobody"]


def _run(account: pwd.struct_passwd | None, name: str, *arguments: str) -> None:
    identity: dict[str, Any] = {}
    if account is not None:
        identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    subprocess.run(
        [_program(name), *arguments],
        check=True,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        **identity,
    )
