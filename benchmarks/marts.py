"""The dbt package on millions of rows: a full build, and one after a day's changes."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import psycopg

from benchmarks.child import ROOT
from benchmarks.report import Report
from tests.pipelines.postgres import server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    Place = tuple[str, Mapping[str, str], "Say"]

LINES = int(os.environ.get("MARTS_LINES", "2000000"))
POSTINGS = int(os.environ.get("MARTS_POSTINGS", str(LINES)))
_EDITED = 1000
_PACKAGE = ROOT / "dbt"
_ACCOUNTS = {
    "cin7_omni_accounts": [
        {"schema": "cin7_omni", "base_currency": "NZD", "time_zone": "Pacific/Auckland"}
    ],
    "cin7_core_accounts": [{"schema": "cin7_core", "base_currency": "NZD"}],
    "cin7_today": "2026-06-30",
}
Say = Callable[[str], object]


def measure() -> Report:
    """Build on DuckDB and PostgreSQL."""
    report = Report(
        f"dbt, {LINES:,} order lines and {POSTINGS:,} postings",
        ("build", "DuckDB, seconds", "PostgreSQL, seconds"),
    )
    costs = [list(_builds(place)) for place in (_on_duckdb, _on_postgres)]
    for name, *seconds in zip(
        ("full, from nothing", "after a day's changes", "`--full-refresh`"), *costs, strict=True
    ):
        report.rows.append((name, *(f"{one:.0f}" for one in seconds)))
    report.notes.append(
        "`dbt run` of all models, start and parsing included. The changes are in "
        f"benchmarks/marts_edits.sql: {_EDITED:,} orders and as many postings."
    )
    return report


def _builds(place: Callable[[Path], AbstractContextManager[Place]]) -> Iterator[float]:
    with tempfile.TemporaryDirectory() as folder, place(Path(folder)) as (target, variables, say):
        _run("marts_load.sql", say)
        yield _seconds(target, variables, folder)
        _run("marts_edits.sql", say)
        yield _seconds(target, variables, folder)
        yield _seconds(target, variables, folder, "--full-refresh")


def _run(file: str, say: Say) -> None:
    text = Path(__file__).with_name(file).read_text(encoding="utf-8")
    for statement in text.split(";\n"):
        if statement.strip():
            say(statement.format(orders=LINES // 4, postings=POSTINGS, edited=_EDITED))


@contextmanager
def _on_duckdb(folder: Path) -> Iterator[Place]:
    path = str(folder / "marts.duckdb")

    def say(sql: str) -> None:
        with duckdb.connect(path) as connection:
            connection.execute(sql)

    yield "duckdb", {"CIN7_DUCKDB": path}, say


@contextmanager
def _on_postgres(_: Path) -> Iterator[Place]:
    with server() as made, psycopg.connect(made.dsn, autocommit=True) as connection:
        where = {
            "TARGET_POSTGRES_HOST": made.directory,
            "TARGET_POSTGRES_USER": made.user,
            "TARGET_POSTGRES_DATABASE": made.database,
        }

        def say(sql: str) -> None:
            connection.execute(sql.encode())
            connection.execute("analyze")

        yield "postgres", where, say


def _seconds(target: str, variables: Mapping[str, str], folder: str, *options: str) -> float:
    began = time.perf_counter()
    done = subprocess.run(
        [
            *(str(_PACKAGE / ".venv" / "bin" / "dbt"), "run", "--quiet", *options),
            *("--project-dir", str(_PACKAGE), "--profiles-dir", str(_PACKAGE), "--target", target),
            *("--target-path", f"{folder}/target", "--log-level-file", "none", "--threads", "2"),
            *("--vars", json.dumps(_ACCOUNTS)),
        ],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stdout[-3000:])
    return time.perf_counter() - began
