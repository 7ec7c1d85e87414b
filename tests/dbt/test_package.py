"""The package on accounts that are not as it expects, and its files as the tap declares them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.dbt.databases import DuckDb
from tests.dbt.package import PACKAGE, ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_nothing_loaded_yet_builds_empty_tables_with_documented_columns(tmp_path: Path) -> None:
    database = DuckDb(tmp_path)
    states = database.build.run({})
    assert set(states.values()) == {"success", "pass"}
    assert database.ask("select count(*) from analytics.orders") == [(0,)]
    documented = {
        (model["name"], column["name"])
        for path in (PACKAGE / "models").rglob("*.yml")
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", [])
        for column in model.get("columns", [])
        if column["description"]
    }
    built = database.ask(
        "select table_name, column_name from information_schema.columns "
        "where table_schema = 'analytics' or table_name like 'stg!_%' escape '!'"
    )
    assert set(built) == documented


@pytest.fixture(scope="module")
def two_accounts(tmp_path_factory: pytest.TempPathFactory) -> DuckDb:
    """Two accounts of Omni that had few rows, fewer columns, and no other stream."""
    database = DuckDb(tmp_path_factory.mktemp("accounts"))
    for schema in ("cin7_omni", "cin7_omni_au"):
        database.ask(f"create schema {schema}")
        database.ask(
            f"create table {schema}.sales_orders as select * from (values "  # noqa: S608
            "(1, 'SO-1', timestamp '2026-01-02', cast(null as timestamp)), "
            "(2, 'SO-2', timestamp '2026-01-02', timestamp '2026-01-05')) "
            "as t(id, reference, modifieddate, _sdc_deleted_at)"
        )
    database.ask("alter table cin7_omni_au.sales_orders add column invoicedate timestamp")
    database.ask("alter table cin7_omni_au.sales_orders add column status varchar")
    database.ask(
        "update cin7_omni_au.sales_orders "
        "set invoicedate = timestamp '2026-01-03', status = 'APPROVED'"
    )
    database.ask(
        "create table cin7_omni.sales_order_lines as select * from (values "
        "(1, 10, 1, timestamp '2026-01-02'), (1, 11, 1, timestamp '2026-01-01'), "
        "(2, 20, 1, timestamp '2026-01-02')) as t(orderid, id, repetition, parent_modified)"
    )
    database.build.run(
        {"cin7_omni_schemas": ["cin7_omni", "cin7_omni_au"]},
        *("--select", "+orders", "stg_cin7_omni__sales_order_lines"),
        *("--indirect-selection", "cautious"),
    )
    return database


def test_accounts_are_told_apart_and_may_lack_columns(two_accounts: DuckDb) -> None:
    assert two_accounts.ask(
        "select source_relation, order_number, is_sale from analytics.orders order by 1"
    ) == [("cin7_omni", "SO-1", False), ("cin7_omni_au", "SO-1", True)]


def test_rows_that_are_gone_and_lines_that_left_their_document_are_left_out(
    two_accounts: DuckDb,
) -> None:
    lines = "select id from analytics_staging.stg_cin7_omni__sales_order_lines"
    assert two_accounts.ask(lines) == [(10,)]
    assert two_accounts.ask("select distinct order_id from analytics.orders") == [("1",)]


def test_staging_models_are_those_of_the_catalog() -> None:
    done = subprocess.run(
        [sys.executable, str(PACKAGE / "staging.py"), "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
