"""The shop, read once and loaded once for each database."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from sandbox.shop import Shop
from tests.dbt.databases import DuckDb, Postgres
from tests.dbt.loading import read_twice
from tests.pipelines.postgres import server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.dbt.databases import Database
    from tests.dbt.loading import Account


@pytest.fixture(scope="package")
def shop() -> Shop:
    # All that happened lies in the past, as it does in real accounts.
    yesterday = datetime.now(timezone.utc).date() - timedelta(days=1)
    return Shop(yesterday, months=4, orders_per_day=1.5)


@pytest.fixture(scope="package")
def before(shop: Shop) -> Shop:
    """The shop as it was at the first run."""
    return shop.on(shop.today - timedelta(days=21))


@pytest.fixture(scope="package")
def accounts(before: Shop, shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> list[Account]:
    return read_twice(before, shop, tmp_path_factory.mktemp("tap"))


@pytest.fixture(scope="package")
def variables(shop: Shop) -> dict[str, object]:
    return {
        "cin7_omni_base_currency": "NZD",
        "cin7_today": str(shop.today),
        # The two runs follow each other within seconds.
        "cin7_reading_seconds": 5,
    }


@pytest.fixture(scope="package", params=["duckdb", "postgres"])
def database(
    request: pytest.FixtureRequest,
    accounts: list[Account],
    variables: dict[str, object],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Database]:
    """A database with the shop and all marts."""
    directory = tmp_path_factory.mktemp(request.param)
    if request.param == "duckdb":
        yield _built(DuckDb(directory), accounts, variables)
    else:
        with server() as running:
            yield _built(Postgres(directory, running), accounts, variables)


def _built(database: Database, accounts: list[Account], variables: dict[str, object]) -> Database:
    database.load(accounts)
    database.build.run(variables)
    return database
