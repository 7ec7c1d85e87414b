"""What happens to a database: dbt before anything is loaded, two loads, dbt again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.dbt.other_account import add_other_account

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from concurrent.futures import Future

    from tests.dbt.databases import Database
    from tests.dbt.loading import Output


@dataclass(frozen=True)
class Filling:
    """Work on the databases, which goes on while others are asked.

    Attributes:
        before_the_first_load: Number of rows of each mart on DuckDB.
        databases: The databases with the shop and all marts, by the name of dbt's target.

    """

    before_the_first_load: Future[dict[str, int]]
    databases: Mapping[str, Future[Database]]


def build_empty(database: Database, variables: Mapping[str, object]) -> dict[str, int]:
    """Make the marts where nothing is loaded, and return how many rows each has."""
    database.build.run("run", variables)
    names = database.ask(
        "select table_name from information_schema.tables where table_schema = 'analytics'"
    )
    return {
        name: database.ask(f"select count(*) from analytics.{name}")[0][0]  # noqa: S608
        for (name,) in names
    }


def fill(
    database: Database, runs: Iterable[Future[list[Output]]], variables: Mapping[str, object]
) -> Database:
    """Load what the runs of the tap write, add the other account, and build and test all models."""
    for run in runs:
        database.load(run.result())
    add_other_account(database)
    database.build.run("build", variables)
    return database
