"""Snapshots keep what products, prices, customers and orders were, where a user wants them."""

from __future__ import annotations

import duckdb
import pytest

from tests.books.books import TODAY
from tests.books.builds import dbt, load, variables
from tests.books.databases import DuckDb
from tests.books.right_books import right_core, right_omni

_EDITS = (
    "update cin7_omni.products set name = 'Cap'",
    "update cin7_omni.product_option_prices set value = 6",
    "update cin7_omni.sales_orders set stage = 'Closed'",
    "update cin7_core.customers set paymentterm = '90 days'",
)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> DuckDb:
    """Right books, and what became of them by the next day."""
    directory = tmp_path_factory.mktemp("snapshots")
    database = DuckDb(directory / "books.duckdb")
    omni, core = right_omni("cin7_omni"), right_core("cin7_core")
    for account in (omni.account, core.account):
        load(database, account)
    given = variables([omni.account], [core.account], cin7_today=TODAY, cin7_snapshots=True)
    wanted = ("--select", "+resource_type:snapshot", "--exclude-resource-type", "test")
    for edits in ((), _EDITS):
        with duckdb.connect(str(database.path)) as connection:
            for edit in edits:
                connection.execute(edit)
        built = dbt("build", database, directory, given, *wanted)
        assert built.code == 0, built.text[-3000:]
    return database


@pytest.mark.parametrize(
    ("snapshot", "column", "where", "history"),
    [
        ("product_history", "substr(product_name, 1, 3)", "product = 'omni'", ["HAT", "Cap"]),
        ("price_history", "price", "price_name = 'costnzd'", [5, 6]),
        ("customer_history", "payment_terms", "product = 'core'", ["30 days", "90 days"]),
        ("order_status_history", "order_status", "product = 'omni'", ["Dispatched", "Closed"]),
    ],
)
def test_both_states_are_kept(
    database: DuckDb, snapshot: str, column: str, where: str, history: list[object]
) -> None:
    with database.asking() as ask:
        rows = ask(
            f"select {column}, dbt_valid_to is null from analytics.cin7__{snapshot} "  # noqa: S608
            f"where {where} order by dbt_valid_from"
        )
    assert [one for one, _ in rows] == history
    assert [is_now for _, is_now in rows] == [False, True]
