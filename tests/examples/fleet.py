"""A fleet of small accounts, each a stand-in of its own with Cin7's published limits."""

from __future__ import annotations

import csv
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox import Sandbox
from sandbox.quota import CallLimit
from tests.examples.project import MELTANO, common, fresh, of_account, rows
from tests.pipelines.postgres import server
from tests.support_run import redis_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from tests.pipelines.postgres import Server

ROWS = 4
STREAMS = {"omni": "contacts", "core": "customers"}
PER_SECOND, PER_MINUTE = 3, 60
NEVER = "0 0 29 2 *"
"""A schedule for what a test starts by itself."""
_PATIENCE_SECONDS = 1200
_WATCHED = """#!/bin/bash
# Meltano, with a line in a log when it begins and when it ends; it gets the signal to stop.
account=$(sed 's/.*--state-id-suffix=\\([^ ]*\\).*/\\1/' <<<"$*")
echo "$(date +%s.%N) +1 $account" >> {log}
trap 'kill -TERM $meltano' TERM
{meltano} "$@" &
meltano=$!
while wait $meltano; code=$?; kill -0 $meltano 2>/dev/null; do :; done
echo "$(date +%s.%N) -1 $account" >> {log}
exit $code
"""


@dataclass(frozen=True)
class Member:
    """One account.

    Attributes:
        name: Its name in accounts.csv.
        api: Which product.
        sandbox: Where it is read.

    """

    name: str
    api: str
    sandbox: Sandbox

    @property
    def schema(self) -> str:
        """Where its tables go."""
        return f"cin7_{self.name.replace('-', '_')}"

    @property
    def refused(self) -> int:
        """How many calls were refused because they passed the limit."""
        return sum(call.status == 429 for call in self.sandbox.calls)

    @property
    def most_calls_in_a_minute(self) -> int:
        """The most calls that were seen in any 60 seconds."""
        times = [call.time for call in self.sandbox.calls]
        return max(
            (sum(start <= time < start + 60 for time in times) for start in times), default=0
        )


@dataclass(frozen=True)
class Fleet:
    """The accounts and what surrounds them.

    Attributes:
        project: The Meltano project.
        members: The accounts.
        server: The warehouse.
        directory: Of the test.
        quota: Address of the Redis server.

    """

    project: Path
    members: Sequence[Member]
    server: Server
    directory: Path
    quota: str

    def environment(self, **variables: str) -> dict[str, str]:
        """Return what workers need.

        Args:
            variables: More, or others.

        """
        watched = self.directory / "meltano"
        if not watched.exists():  # it may be running
            watched.write_text(_WATCHED.format(meltano=MELTANO, log=self._log))
            watched.chmod(0o755)
        found = common(
            self.server,
            CIN7_PROJECT=str(self.project),
            TAP_CIN7_QUOTA_STORE=self.quota,
            MELTANO_STATE_BACKEND_URI=f"file://{self.directory}/state",
        )
        found["MELTANO"] = str(watched)
        for one in self.members:
            access = one.sandbox.access if one.api == "omni" else one.sandbox.core_access
            found |= of_account(one.name, access, STREAMS[one.api])
        return found | variables

    @property
    def _log(self) -> Path:
        return self.directory / "runs.log"

    @property
    def runs(self) -> Counter[str]:
        """How many runs of each account have ended."""
        return Counter(account for _, step, account in self._events() if step < 0)

    @property
    def begun(self) -> Counter[str]:
        """How many runs of each account have begun."""
        return Counter(account for _, step, account in self._events() if step > 0)

    @property
    def most_at_once(self) -> int:
        """How many runs there were at the same time, at most."""
        return _most(step for _, step, _ in self._events())

    def most_at_once_of(self, account: str) -> int:
        """Return how many runs of an account there were at the same time, at most."""
        return _most(step for _, step, name in self._events() if name == account)

    def must_be_loaded_but(self, wrong: str, at_once: int) -> None:
        """Check that every account but one is loaded, with no limit passed.

        Args:
            wrong: The account that fails.
            at_once: How many may be loaded at the same time.

        """
        names = [one.name for one in self.members]
        assert self.loaded() == {name: 0 if name == wrong else ROWS for name in names}
        assert 1 < self.most_at_once <= at_once
        assert max(map(self.most_at_once_of, names)) == 1
        assert sum(one.refused for one in self.members) == 0
        assert max(one.most_calls_in_a_minute for one in self.members) <= PER_MINUTE

    def enlist(self, line: str) -> None:
        """Add a line to accounts.csv."""
        with (self.project / "accounts.csv").open("a") as file:
            file.write(f"{line}\n")

    def _events(self) -> list[tuple[float, int, str]]:
        if not self._log.exists():
            return []
        parts = (line.split() for line in self._log.read_text().splitlines())
        return sorted((float(moment), int(step), account) for moment, step, account in parts)

    def loaded(self) -> dict[str, int]:
        """Return how many rows of its stream each account has in the warehouse."""
        return {one.name: rows(self.server, one.schema, STREAMS[one.api]) for one in self.members}


def _most(steps: Iterable[int]) -> int:
    most = now = 0
    for step in steps:
        now += step
        most = max(most, now)
    return most


@contextmanager
def fleet_of(count: int, directory: Path) -> Iterator[Fleet]:
    """Yield a fleet, one half of it Omni and the other Core; no two hold the same rows."""
    with ExitStack() as stack:
        members = []
        for number in range(count):
            made = Sandbox(
                seed=number + 1,
                default_rows=ROWS,
                quota=CallLimit(PER_SECOND, PER_MINUTE, 5000),
                core_quota=CallLimit(per_minute=PER_MINUTE),
                api_key=f"key-of-{number}",
                username=f"user-{number}",
                account_id=f"id-of-{number}",
                application_key=f"application-key-of-{number}",
            )
            api = "core" if number % 2 else "omni"
            members.append(Member(f"acme-{number:02}", api, stack.enter_context(made)))
        project = fresh(directory / "project")
        listing(project / "accounts.csv", [(one.name, one.api, one.schema) for one in members])
        warehouse = stack.enter_context(server())
        quota = stack.enter_context(redis_server())
        yield Fleet(project, members, warehouse, directory, quota)


def listing(path: Path, accounts: Sequence[tuple[str, str, str]]) -> None:
    """Write accounts.csv."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["account", "api", "schema", "enabled"])
        writer.writerows((*account, "yes") for account in accounts)


def many(count: int) -> list[tuple[str, str, str]]:
    """Return accounts for a list that is planned only."""
    return [
        (f"acme-{number:04}", "core" if number % 2 else "omni", f"cin7_acme_{number:04}")
        for number in range(count)
    ]


def credentials(count: int) -> dict[str, str]:
    """Return the credentials of ``many`` accounts, as long as Cin7's are."""
    found: dict[str, str] = {}
    for name, api, _ in many(count):
        prefix = f"TAP_CIN7_{name.upper().replace('-', '_')}_"
        ends = ("USERNAME", "API_KEY") if api == "omni" else ("ACCOUNT_ID", "APPLICATION_KEY")
        found |= {prefix + end: "0123456789abcdef0123456789abcdef0123" for end in ends}
    return found


def wait_for(
    done: Callable[[], bool], log: Callable[[], str], seconds: float = _PATIENCE_SECONDS
) -> None:
    """Wait until something is done; fail with a log when it takes too long."""
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, log()[-6000:]
        time.sleep(0.5)
