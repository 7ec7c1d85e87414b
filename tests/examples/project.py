"""The project of the examples, set up as a user has it, against a sandbox and a PostgreSQL."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from filelock import FileLock
from psycopg import sql

from tests.examples.environments import ROOT, kept
from tests.support import environment

if TYPE_CHECKING:
    from sandbox import Sandbox
    from tests.pipelines.postgres import Server

EXAMPLES = ROOT / "examples"
MELTANO = Path(sys.executable).with_name("meltano")
SELECTED = {"cin7-au": "contacts", "cin7-nz": "sale_list"}
"""The accounts of the project, and the stream of each that the tests load."""


def copied(place: Path) -> Path:
    """Copy the project, with this checkout in the place of the tap's release."""
    shutil.copytree(EXAMPLES / "project", place)
    definition = place / "tap-cin7.meltano.yml"
    text = definition.read_text(encoding="utf-8")
    released = "pip_url: tap-cin7[redis]"
    assert released in text
    definition.write_text(text.replace(released, f"pip_url: -e {ROOT}[redis]"), encoding="utf-8")
    return place


def installed() -> Path:
    """Return a copy of the project with its plugins installed, made once and kept."""
    files = [EXAMPLES / "project" / "meltano.yml", EXAMPLES / "project" / "tap-cin7.meltano.yml"]
    texts = [path.read_text(encoding="utf-8") for path in [*files, ROOT / "pyproject.toml"]]
    place = kept("project", *texts)
    with FileLock(f"{place}.lock"):
        if not (place / ".meltano" / "ready").exists():
            shutil.rmtree(place, ignore_errors=True)
            copied(place)
            subprocess.run([str(MELTANO), "--log-level=warning", "install"], cwd=place, check=True)
            (place / ".meltano" / "ready").touch()
    return place


@dataclass(frozen=True)
class Deployment:
    """What surrounds the project when it runs.

    Attributes:
        project: Its folder.
        sandbox: Where both accounts are read.
        server: The warehouse.
        directory: Where state and job history lie.

    """

    project: Path
    sandbox: Sandbox
    server: Server
    directory: Path

    def environment(self, **variables: str) -> dict[str, str]:
        """Return the environment variables, as an operator would set them.

        Args:
            variables: More of them.

        """
        found = environment(
            **self._account("CIN7_AU", self.sandbox.access),
            **self._account("CIN7_NZ", self.sandbox.core_access),
            CIN7_AU__SELECT=json.dumps([f"{SELECTED['cin7-au']}.*"]),
            CIN7_NZ__SELECT=json.dumps([f"{SELECTED['cin7-nz']}.*"]),
            TARGET_POSTGRES_SQLALCHEMY_URL=self.server.url,
            MELTANO_DATABASE_URI=f"sqlite:///{self.directory}/meltano.db",
            MELTANO_STATE_BACKEND_URI=f"file://{self.directory}/state",
            MELTANO_CLI_LOG_FORMAT="uncolored",
            MELTANO_SEND_ANONYMOUS_USAGE_STATS="false",
        )
        return found | variables

    @staticmethod
    def _account(prefix: str, access: dict[str, str]) -> dict[str, str]:
        quick = {"requests_per_second": "1000", "requests_per_minute": "60000"}
        settings = {**access, **quick, "requests_per_day": "1000000"}
        return {f"{prefix}_{name.upper()}": value for name, value in settings.items()}

    def count(self, account: str) -> int:
        """Return how many rows of an account's stream are in the warehouse."""
        table = sql.Identifier(account.replace("-", "_"), SELECTED[account])
        with psycopg.connect(self.server.dsn) as connection:
            found = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(table)).fetchone()
        assert found is not None
        return int(found[0])


def in_bash(script: str, place: Path, variables: dict[str, str]) -> str:
    """Run a script as a CI does and return what it wrote; it must not fail."""
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],  # noqa: S607
        cwd=place,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def path_with(*folders: Path) -> str:
    """Return ``PATH`` with some folders in front."""
    return os.pathsep.join([*map(str, folders), os.environ["PATH"]])
