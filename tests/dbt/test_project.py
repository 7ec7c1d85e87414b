"""A project of its own takes the package: two accounts of one product, and models that clash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.dbt.databases import DuckDb
from tests.dbt.package import PACKAGE, Build
from tests.dbt.tables import make

if TYPE_CHECKING:
    from pathlib import Path

_STAMP = "2026-06-01 00:00:00"
_PROJECT: dict[str, Any] = {
    "name": "own",
    "profile": "cin7",
    "models": {
        "cin7": {
            "+schema": "shop",
            "staging": {"+schema": "raw"},
            "marts": {
                "cin7__general_ledger": {"+enabled": False},
                "cin7__orders": {"+enabled": False},
            },
        }
    },
    "vars": {
        "cin7": {
            "cin7_omni_accounts": [
                {"schema": "nz", "base_currency": "NZD", "time_zone": "Pacific/Auckland"},
                {
                    "schema": "au",
                    "base_currency": "AUD",
                    "time_zone": "Australia/Sydney",
                    "company": "Shop Australia",
                },
            ],
            "cin7_core_accounts": [],
            "cin7_today": "2026-06-30",
            "cin7_custom_fields": {
                "customers": [{"name": "tier", "omni": "members_1000"}],
                "products": [{"name": "season", "omni": "products_1001"}],
            },
        }
    },
}


def _account(orders: int, price: float) -> dict[str, list[dict[str, Any]]]:
    return {
        "contacts": [
            {"id": 9, "type": "Customer", "company": "Nine", "customFields": {"members_1000": "A"}}
        ],
        "products": [
            {
                "id": 1,
                "name": "Hat",
                "status": "Public",
                "customFields": {"products_1001": "winter"},
            }
        ],
        "product_options": [
            {"id": 10, "sizeId": 0, "productId": 1, "code": "HAT", "modifiedDate": _STAMP}
        ],
        "sales_orders": [
            {
                "id": number,
                "reference": f"SO-{number}",
                "status": "APPROVED",
                "memberId": 9,
                "createdDate": _STAMP,
                "invoiceDate": _STAMP,
                "modifiedDate": _STAMP,
                "total": price,
            }
            for number in range(1, orders + 1)
        ],
        "sales_order_lines": [
            {
                "orderId": number,
                "id": number * 10,
                "repetition": 1,
                "productId": 1,
                "productOptionId": 10,
                "code": "HAT",
                "qty": 1,
                "unitPrice": price,
                "unitCost": 1,
                "qtyShipped": 1,
                "parent_modified": _STAMP,
            }
            for number in range(1, orders + 1)
        ],
    }


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> DuckDb:
    directory = tmp_path_factory.mktemp("project")
    database = DuckDb(directory)
    make(database, "omni", "nz", _account(16, 100))
    make(database, "omni", "au", _account(2, 50))
    project = _written(directory / "own")
    build = Build("duckdb", {"CIN7_DUCKDB": str(database.path)}, directory, project)
    build.install()
    build.run("build", {})
    return database


def _written(project: Path) -> Path:
    models = project / "models"
    models.mkdir(parents=True)
    (project / "dbt_project.yml").write_text(yaml.safe_dump(_PROJECT))
    (project / "packages.yml").write_text(yaml.safe_dump({"packages": [{"local": str(PACKAGE)}]}))
    (models / "orders.sql").write_text("select 1 as order_key")
    (models / "customers.sql").write_text("select * from {{ ref('cin7__customers') }}")
    return project


def test_a_model_of_the_same_name_changes_nothing(database: DuckDb) -> None:
    assert database.ask("select count(*) from analytics.orders") == [(1,)]
    rows = database.ask(
        "select source_relation, orders, sales_base from analytics.customers order by 1"
    )
    assert rows == [("au", 2, 100), ("nz", 16, 1600)]


def test_models_go_where_the_project_says(database: DuckDb) -> None:
    rows = database.ask(
        "select distinct table_schema from information_schema.tables "
        "where table_schema like 'analytics%'"
    )
    assert {name for (name,) in rows} == {"analytics", "analytics_shop", "analytics_raw"}


def test_a_mart_that_is_switched_off_is_missed_by_nobody(database: DuckDb) -> None:
    rows = database.ask(
        "select table_name from information_schema.tables "
        "where table_name like 'cin7!_!_%' escape '!'"
    )
    marts = {path.stem for path in (PACKAGE / "models" / "marts").glob("*.sql")}
    assert {name for (name,) in rows} == marts - {"cin7__orders", "cin7__general_ledger"}


def test_companies_and_currencies_are_told_apart(database: DuckDb) -> None:
    rows = database.ask(
        "select company, base_currency, sum(net_base) from analytics_shop.cin7__sales "
        "group by 1, 2 order by 2"
    )
    assert rows == [("Shop Australia", "AUD", 100), ("nz", "NZD", 1600)]


def test_custom_fields_are_columns(database: DuckDb) -> None:
    assert database.ask("select distinct tier from analytics_shop.cin7__customers") == [("A",)]
    assert database.ask("select distinct season from analytics_shop.cin7__products") == [
        ("winter",)
    ]
