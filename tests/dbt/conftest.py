"""The shop, read twice and loaded into both databases, which are filled and built side by side."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from demo.shop import Shop
from tests.dbt.databases import DuckDb, Postgres
from tests.dbt.filling import fill
from tests.dbt.loading import two_runs
from tests.dbt.other_account import OTHER_SCHEMA
from tests.pipelines.postgres import server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from concurrent.futures import Future

    from tests.dbt.databases import Database

READING_SECONDS = 5


@pytest.fixture(scope="package")
def shop() -> Shop:
    # All that happened lies in the past, as it does in real accounts.
    yesterday = datetime.now(timezone.utc).date() - timedelta(days=1)
    # Four months, so that goods came back, too.
    return Shop(yesterday, months=4, orders_per_day=1.5)


@pytest.fixture(scope="package")
def before(shop: Shop) -> Shop:
    """The shop as it was at the first run."""
    return shop.on(shop.today - timedelta(days=21))


@pytest.fixture(scope="package")
def filling(
    before: Shop, shop: Shop, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Future[Database]]]:
    """Both databases at work."""
    variables = {
        "cin7_omni_accounts": [
            # The shop's books are kept by UTC.
            {"schema": "cin7_omni", "base_currency": "NZD", "time_zone": "UTC"},
            {"schema": OTHER_SCHEMA, "base_currency": "AUD", "time_zone": "Australia/Sydney"},
        ],
        "cin7_core_accounts": [{"schema": "cin7_core", "company": "Shop"}],
        "cin7_today": str(shop.today),
        "cin7_reading_seconds": READING_SECONDS,
    }
    directory = tmp_path_factory.mktemp
    runs = two_runs(before, shop, directory("tap"), apart=READING_SECONDS + 1)
    with (
        ExitStack() as servers,
        closing(runs),
        # One thread each: what is handed in waits for what was handed in before.
        ThreadPoolExecutor(1) as reader,
        ThreadPoolExecutor(1) as duckdb,
        ThreadPoolExecutor(1) as postgres,
    ):
        outputs = [reader.submit(next, runs) for _ in range(2)]
        file = DuckDb(directory("duckdb"))

        def on_postgres() -> Database:
            database = Postgres(directory("postgres"), servers.enter_context(server()))
            return fill(database, outputs, variables)

        yield {
            "duckdb": duckdb.submit(fill, file, outputs, variables),
            "postgres": postgres.submit(on_postgres),
        }


@pytest.fixture(scope="package", params=["duckdb", "postgres"])
def database(request: pytest.FixtureRequest, filling: Mapping[str, Future[Database]]) -> Database:
    """A database with the shop and all marts."""
    return filling[request.param].result()
