"""`dbt source freshness` warns of what was not loaded for long, and of nothing that never was."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from tests.books.accounts import omni_account
from tests.books.builds import dbt, load, variables
from tests.books.databases import DuckDb, Postgres
from tests.pipelines.postgres import server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.books.databases import Database
    from tests.books.omni import Omni

_STOCK, _AVAILABILITY = "cin7_omni.stock", "cin7_core.product_availability"


@dataclass(frozen=True)
class Project:
    """dbt on a database of its own."""

    database: Database
    directory: Path

    def freshness(self, *accounts: Omni) -> Mapping[str, str]:
        """Return what dbt finds of each source."""
        given = variables([one.account for one in accounts], [])
        result = dbt("source freshness", self.database, self.directory, given)
        assert result.code == 0, result.text[-3000:]
        found = json.loads((self.directory / "target" / "sources.json").read_text("utf-8"))
        return {
            ".".join(one["unique_id"].split(".")[2:]): one["status"] for one in found["results"]
        }


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def project(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    directory = tmp_path_factory.mktemp("freshness")
    with ExitStack() as servers:
        yield Project(
            DuckDb(directory / "shop.duckdb")
            if request.param == "duckdb"
            else Postgres(servers.enter_context(server())),
            directory,
        )


def loaded(schema: str, *, hours_ago: int) -> Omni:
    books = omni_account(schema, "NZD", "Pacific/Auckland", "multiply", schema)
    books.stock(books.item(), books.branch(), 7)
    then = datetime.now(timezone.utc) - timedelta(hours=hours_ago)
    books.account.rows["stock"][0]["_sdc_batched_at"] = then.strftime("%Y-%m-%dT%H:%M:%S")
    return books


def test_the_account_that_was_loaded_long_ago_is_found(project: Project) -> None:
    fresh, stale = loaded("fresh", hours_ago=35), loaded("stale", hours_ago=37)
    for one in (fresh, stale):
        load(project.database, one.account)
    # Core was not loaded.
    assert project.freshness(fresh) == {_STOCK: "pass", _AVAILABILITY: "pass"}
    assert project.freshness(fresh, stale) == {_STOCK: "warn", _AVAILABILITY: "pass"}
