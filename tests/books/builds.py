"""A build of the package on a database, and what it said."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.books.tables import Stream, streams
from tests.dbt.package import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tests.books.books import Account
    from tests.books.databases import Database

DBT = PACKAGE / ".venv" / "bin" / "dbt"
NOT_LOADED: Mapping[str, object] = {"cin7_omni_accounts": [], "cin7_core_accounts": []}


@dataclass(frozen=True)
class Result:
    """What became of a build.

    Attributes:
        code: Exit code.
        text: What it wrote.
        status: Status of each model and test by name.
        messages: What each model or test said, by name.

    """

    code: int
    text: str
    status: Mapping[str, str]
    messages: Mapping[str, str]

    def named(self, *statuses: str) -> list[str]:
        """Return the models and tests of a status."""
        return sorted(name for name, one in self.status.items() if one in statuses)


def variables(
    omni: Iterable[Account], core: Iterable[Account], **others: object
) -> dict[str, object]:
    """Return the package's variables for some accounts."""
    return {
        "cin7_omni_accounts": [one.entry for one in omni],
        "cin7_core_accounts": [one.entry for one in core],
        **others,
    }


def load(database: Database, account: Account, *, whole: bool = False) -> None:
    """Make an account's tables: those that have rows, or all that the tap fills."""
    known = streams(account.product)
    names = known if whole else account.rows
    tables: dict[Stream, list[dict[str, object]]] = {
        known[name]: account.rows.get(name, []) for name in names
    }
    database.write(account.schema, tables)


def dbt(
    command: str,
    database: Database,
    directory: Path,
    given: Mapping[str, object],
    *options: str,
    project: Path = PACKAGE,
) -> Result:
    """Run dbt, whatever comes of it."""
    assert DBT.exists(), "dbt is not set up: make dbt"
    # The package's unit tests are none of our business, and the same in every build.
    left_out = ("--exclude-resource-type", "unit_test") if command in {"build", "test"} else ()
    done = subprocess.run(
        [
            DBT,
            *command.split(),
            *("--project-dir", project, "--profiles-dir", PACKAGE),
            *("--target", database.target, "--target-path", directory / "target"),
            *("--vars", json.dumps(given), "--no-use-colors", "--log-level-file", "none"),
            *("--threads", "2", *left_out, *options),
        ],
        cwd=project,
        env={**os.environ, **database.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return _result(done, directory / "target" / "run_results.json")


def install(project: Path) -> None:
    """Install the packages of a project."""
    options = ("--project-dir", project, "--profiles-dir", PACKAGE, "--log-path", project)
    subprocess.run([DBT, "deps", *options], cwd=project, check=True, capture_output=True)


def _result(done: subprocess.CompletedProcess[str], results: Path) -> Result:
    nodes = json.loads(results.read_text(encoding="utf-8"))["results"] if results.exists() else []
    names = [one["unique_id"].split(".")[2] for one in nodes]
    return Result(
        done.returncode,
        done.stdout + done.stderr,
        {name: one["status"] for name, one in zip(names, nodes, strict=True)},
        {name: str(one["message"]) for name, one in zip(names, nodes, strict=True)},
    )
