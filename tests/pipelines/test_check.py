"""A check through Meltano knows the selection and the state that a run would be given."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox import Sandbox
from tests.pipelines.accounts import CORE
from tests.pipelines.databases import DuckDb
from tests.pipelines.pipeline import Pipeline

if TYPE_CHECKING:
    from pathlib import Path

SALES = replace(CORE, streams=("sale_list",), lines={}, details={"sales": "sale_list"})
BRANDS = replace(CORE, streams=("brands",), lines={}, details={})


def test_a_check_goes_by_the_selection_and_state_in_effect(tmp_path: Path) -> None:
    with Sandbox(default_rows=20, rows={"sale_list": 60}) as sandbox:
        pipeline = Pipeline(SALES, sandbox, DuckDb(tmp_path / "cin7.duckdb"), tmp_path)
        before = pipeline.check()
        pipeline.run()
        after = pipeline.check()
        pipeline.account = BRANDS
        other = pipeline.check()
    assert [one["stream"] for one in before["streams"]] == ["sale_list", "sales"]
    assert (before["state"], before["calls"]) == ("none yet, so everything is read", 62)
    assert before["next"] == "meltano run tap-cin7-core <loader>"
    assert after["state"] == "prod:tap-cin7-core-to-target-duckdb"
    assert after["calls"] < 5
    assert after["next"] == "meltano run tap-cin7-core target-duckdb"
    assert [one["stream"] for one in other["streams"]] == ["brands"]
    assert other["selection"].startswith("the one in effect in Meltano: 1 of ")
