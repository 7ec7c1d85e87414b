"""What happens to a database: two loads, another account, dbt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.dbt.other_account import add_other_account

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from concurrent.futures import Future

    from tests.dbt.databases import Database
    from tests.dbt.loading import Output


def fill(
    database: Database, runs: Iterable[Future[list[Output]]], variables: Mapping[str, object]
) -> Database:
    """Load what the runs of the tap write, add the other account, and build and test all models.

    No check of the package may warn: what should be equal is equal in the shop.
    """
    for run in runs:
        database.load(run.result())
    add_other_account(database)
    database.build.run("build", variables)
    return database
