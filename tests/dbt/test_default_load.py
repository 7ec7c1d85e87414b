"""The load of README and the first-load pages, without a selection, is built without a failure.

The stand-in's rows are odd in every way that Cin7's may be: dates that are missing, numbers of 28
digits, documents that agree with nothing. Checks warn of that; nothing fails.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Literal

import pytest

from sandbox import Sandbox
from tests.dbt.databases import DuckDb
from tests.dbt.loading import Output
from tests.dbt.package import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

QUICK = {"requests_per_second": 1000, "requests_per_minute": 60000, "requests_per_day": 1000000}


def _loaded(product: Literal["omni", "core"], access: Mapping[str, str], directory: Path) -> Output:
    config = directory / f"{product}.json"
    config.write_text(json.dumps({"api": product, **access, **QUICK}), encoding="utf-8")
    output = Output(product, directory / f"{product}.singer")
    with output.path.open("w", encoding="utf-8") as lines:
        subprocess.run(
            [sys.executable, "-m", "tap_cin7", "--config", config],
            cwd=ROOT,
            stdout=lines,
            stderr=subprocess.DEVNULL,
            check=True,
        )
    return output


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> DuckDb:
    directory = tmp_path_factory.mktemp("default")
    database = DuckDb(directory)
    with Sandbox(default_rows=120) as sandbox:
        database.load(
            [
                _loaded("omni", sandbox.access, directory),
                _loaded("core", sandbox.core_access, directory),
            ]
        )
    return database


def test_it_is_built_without_a_failure(database: DuckDb) -> None:
    variables = {"cin7_omni_accounts": [{"schema": "cin7_omni", "base_currency": "NZD"}]}
    done = database.build.ran("build", variables, "--exclude", "test_type:unit")
    assert done.returncode == 0, done.stdout[-6000:]
    days = "select count(*), count(day) from analytics.cin7__daily_sales where product = 'omni'"
    ((rows, dated),) = database.ask(days)
    assert rows == dated > 0
    ((rows,),) = database.ask("select count(*) from analytics.cin7__cogs where product = 'core'")
    assert rows > 0, "movements are not selected by default, shipped lines are"
