"""The dbt package, run by its own program in an environment of its own, which `make dbt` sets up.

dbt pins much of what it needs, so it stays apart from the environment of the tests.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "dbt"
_PROGRAM = PACKAGE / ".venv" / "bin" / "dbt"


@dataclass(frozen=True)
class Build:
    """dbt against one database.

    Attributes:
        target: Target of dbt/profiles.yml.
        environment: What leads the target to the database.
        directory: Where dbt writes.
        project: The project, by default the package itself.

    """

    target: str
    environment: Mapping[str, str]
    directory: Path
    project: Path = PACKAGE

    def run(
        self, command: Literal["run", "build", "parse"], variables: Mapping[str, object]
    ) -> None:
        """Make all models, with no warning.

        Args:
            command: ``build`` also runs all tests of the package. Unit tests run on DuckDB: dbt
                compares their numbers as text, and PostgreSQL writes more zeros.
            variables: Variables of the package.

        """
        is_textual = command == "build" and self.target == "postgres"
        excluded = ("--exclude", "test_type:unit") if is_textual else ()
        done = self.ran(command, variables, "--quiet", "--warn-error", *excluded)
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]

    def install(self) -> None:
        """Take the packages of the project from this machine."""
        done = subprocess.run(
            [_PROGRAM, "deps", "--project-dir", self.project, "--profiles-dir", PACKAGE],
            cwd=self.project,
            env={**os.environ, **self.environment, "DBT_LOG_LEVEL_FILE": "none"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:]

    def ran(
        self, command: str, variables: Mapping[str, object], *options: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of dbt, and return what came of it."""
        assert _PROGRAM.exists(), "dbt is not set up: make dbt"
        return subprocess.run(
            [
                _PROGRAM,
                command,
                *("--project-dir", self.project, "--profiles-dir", PACKAGE),
                *("--target", self.target, "--vars", json.dumps(variables)),
                *("--target-path", self.directory / "target", "--no-use-colors"),
                # Log files would take half of the time; more threads would wait for each other.
                *("--log-level-file", "none", "--no-write-json", "--threads", "2"),
                *options,
            ],
            cwd=self.project,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )
