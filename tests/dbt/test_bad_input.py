"""What a user can mend is one line that says what to set, and never a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.dbt.databases import DuckDb
from tests.dbt.tables import catalog, make

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

OMNI = {"schema": "cin7_omni", "base_currency": "NZD"}


def _refused(database: DuckDb, variables: Mapping[str, object]) -> str:
    done = database.build.ran("build", variables)
    assert done.returncode
    printed = done.stdout + done.stderr
    assert "Traceback" not in printed
    assert "1 of " not in printed.replace("1 of 1 START hook", ""), "no model is built"
    lines = {line.split("cin7: ", 1)[1] for line in printed.splitlines() if "cin7: " in line}
    assert len(lines) == 1, printed
    return lines.pop()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> DuckDb:
    database = DuckDb(tmp_path_factory.mktemp("bad"))
    make(database, "omni", "cin7_omni")
    return database


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        (
            {"cin7_omni_accounts": [OMNI], "cin7_core_accounts": [{"schema": "cin7_cor"}]},
            "has no tables in schema cin7_cor: load them, or set cin7_core_accounts",
        ),
        (
            {"cin7_omni_accounts": [{"schema": "cin7_omni"}]},
            "set cin7_omni_accounts: [{schema: cin7_omni, base_currency: NZD}]",
        ),
        ({"cin7_omni_accounts": ["cin7_omni"]}, "has an entry without a schema"),
        (
            {"cin7_omni_schemas": ["cin7_omni"]},
            "is not a variable any more: declare the account in cin7_omni_accounts",
        ),
        (
            {"cin7_omni_accounts": [OMNI | {"time_zone": "Auckland"}]},
            "time_zone of cin7_omni is Auckland: write a name such as Pacific/Auckland",
        ),
    ],
)
def test_wrong_variables(database: DuckDb, variables: Mapping[str, object], said: str) -> None:
    assert said in _refused(database, variables)


def test_a_loader_that_keeps_everything_as_text(tmp_path: Path) -> None:
    database = DuckDb(tmp_path)
    columns = ", ".join(f'"{name}" varchar' for name in catalog("omni")["sales_orders"])
    database.ask(f"create schema cin7_omni; create table cin7_omni.sales_orders ({columns})")
    said = _refused(database, {"cin7_omni_accounts": [OMNI]})
    assert "kept the dates of cin7_omni.sales_orders as text: load into typed columns" in said
