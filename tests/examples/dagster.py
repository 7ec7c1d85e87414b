"""Dagster as it is deployed: the daemon with its queue, and what it knows of its runs."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from tests.examples.environments import programs
from tests.examples.fleet import NEVER
from tests.examples.project import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ASSETS = EXAMPLES / "dagster" / "assets.py"
_RUNS = """
import json
from dagster import DagsterInstance
with DagsterInstance.get() as instance:
    found = {}
    for run in instance.get_runs():
        found.setdefault(run.tags["dagster/partition"], []).append(run.status.value)
print(json.dumps(found))
"""
_FAILURES = """
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter
with DagsterInstance.get() as instance:
    for run in instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.FAILURE])):
        print(run.tags["dagster/partition"], run.run_id)
        for entry in instance.all_logs(run.run_id)[-60:]:
            print("   ", entry.timestamp, entry.user_message)
"""
_STOP = """
import sys
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter
with DagsterInstance.get() as instance:
    runs = instance.get_runs(RunsFilter(tags={{"dagster/partition": {account!r}}}))
    (running,) = [one for one in runs if one.status == DagsterRunStatus.STARTED] or [runs]
    assert instance.run_coordinator.cancel_run(running.run_id)
"""


def minutes_from_now(*minutes: int) -> str:
    """Return a schedule of so many minutes from now, as cron has it."""
    now = datetime.now(tz=timezone.utc)
    return f"{','.join(str((now + timedelta(minutes=one)).minute) for one in minutes)} * * * *"


class Dagster:
    """A running Dagster, asked by its own library."""

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        """Take where it lives.

        Args:
            home: Its folder.
            environment: What it runs with.

        """
        self.home = home
        self.environment = environment

    def python(self, code: str) -> str:
        """Run some Python beside it and return what it printed."""
        done = subprocess.run(
            [programs("dagster") / "python", "-W", "ignore", "-c", code],
            cwd=self.home,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    def materialize(self, asset: str) -> int:
        """Make an asset and return the exit code."""
        return subprocess.run(
            [
                programs("dagster") / "dagster",
                *("asset", "materialize", f"--select={asset}", f"--python-file={ASSETS}"),
            ],
            cwd=self.home,
            env=self.environment,
            capture_output=True,
            check=False,
        ).returncode

    @property
    def runs(self) -> dict[str, list[str]]:
        """The states of the runs of each account."""
        found: dict[str, list[str]] = json.loads(self.python(_RUNS))
        return found

    @property
    def failures(self) -> str:
        """What was logged of the runs that failed."""
        return self.python(_FAILURES)

    def stop(self, account: str) -> None:
        """Terminate the run of an account that is under way, as somebody does in the UI."""
        self.python(_STOP.format(account=account))

    def log(self) -> str:
        """Return the end of the daemon's log."""
        return (self.home / "daemon.log").read_text()[-6000:]


def prepared(home: Path, given: dict[str, str], **more: str) -> Dagster:
    """Return a Dagster that does not run yet, set up as the examples say."""
    home.mkdir()
    settings = (EXAMPLES / "dagster" / "dagster.yaml").read_text(encoding="utf-8")
    (home / "dagster.yaml").write_text(settings, encoding="utf-8")
    path = f"{programs('dagster')}:/usr/bin:/bin"
    # By default a process has a minute to start: too little where the tests share their cores.
    patience = {"DAGSTER_GRPC_TIMEOUT_SECONDS": "600"}
    return Dagster(home, {**given, **patience, "DAGSTER_HOME": str(home), "PATH": path, **more})


@contextmanager
def dagster(home: Path, given: dict[str, str], schedule: str = "* * * * *") -> Iterator[Dagster]:
    """Run Dagster's daemon on the assets of the examples.

    Args:
        home: Its folder, which is made.
        given: What the assets need.
        schedule: When it loads the accounts.

    """
    made = prepared(home, given, CIN7_SCHEDULE=schedule, CIN7_PAGE_SCHEDULE=NEVER)
    with (
        (home / "daemon.log").open("wb") as log,
        subprocess.Popen(
            [programs("dagster") / "dagster-daemon", "run", f"--python-file={ASSETS}"],
            cwd=home,
            env=made.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            yield made
        finally:
            process.terminate()
