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
    from collections.abc import Mapping

    from sandbox import Sandbox
    from tests.pipelines.postgres import Server

EXAMPLES = ROOT / "examples"
MELTANO = Path(sys.executable).with_name("meltano")
SELECTED = {"au": "contacts", "nz": "sale_list"}
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


def fresh(place: Path) -> Path:
    """Return a copy of the project as it is after the installation, with nothing loaded yet."""
    copied(place)
    (place / ".meltano").mkdir()
    for kind in ("extractors", "loaders"):
        (place / ".meltano" / kind).symlink_to(installed() / ".meltano" / kind)
    return place


@dataclass(frozen=True)
class Deployment:
    """What surrounds the project when it runs.

    Attributes:
        project: Its folder.
        sandbox: Where both accounts are read.
        server: The warehouse.
        directory: Where state lies.

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
        found = common(
            self.server,
            MELTANO_STATE_BACKEND_URI=f"file://{self.directory}/state",
            **of_account("au", self.sandbox.access, SELECTED["au"], **UNLIMITED),
            **of_account("nz", self.sandbox.core_access, SELECTED["nz"], **UNLIMITED),
        )
        return found | variables

    def run(
        self, account: str, *options: str, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Load an account."""
        return fleet(self.project, self.environment(**variables), "run", account, *options)

    def count(self, account: str) -> int:
        """Return how many rows of an account's stream are in the warehouse."""
        return rows(self.server, f"cin7_{account}", SELECTED[account])


UNLIMITED = {
    "requests_per_second": "1000",
    "requests_per_minute": "60000",
    "requests_per_day": "1000000",
}


def common(server: Server, **variables: str) -> dict[str, str]:
    """Return the environment that all accounts share."""
    return environment(
        TARGET_POSTGRES_SQLALCHEMY_URL=server.url,
        MELTANO=str(MELTANO),
        MELTANO_CLI_LOG_FORMAT="uncolored",
        MELTANO_SEND_ANONYMOUS_USAGE_STATS="false",
        **variables,
    )


def of_account(
    name: str, access: Mapping[str, str], stream: str, **settings: str
) -> dict[str, str]:
    """Return the variables of an account.

    Args:
        name: The account.
        access: What leads to it.
        stream: The one that is loaded.
        settings: More of its own settings.

    """
    own = {**access, **settings, "_SELECT": json.dumps([f"{stream}.*"])}
    prefix = f"TAP_CIN7_{name.upper().replace('-', '_')}_"
    return {f"{prefix}{setting.upper()}": value for setting, value in own.items()}


def fleet(
    project: Path, variables: dict[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run ``cin7_fleet.py``."""
    return subprocess.run(
        [sys.executable, project / "cin7_fleet.py", *arguments],
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def rows(server: Server, schema: str, table: str) -> int:
    """Return how many rows a table has; none where it is not there."""
    with psycopg.connect(server.dsn) as connection:
        place = sql.Identifier(schema, table)
        there = connection.execute(
            "SELECT to_regclass(%s)", [place.as_string(connection)]
        ).fetchone()
        if there is None or there[0] is None:
            return 0
        query = sql.SQL("SELECT count(*) FROM {}").format(place)
        (found,) = connection.execute(query).fetchall()
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
