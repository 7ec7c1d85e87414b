"""The page "Without Meltano": its blocks as they stand, with the packages that they name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import duckdb
import pytest

from sandbox import Sandbox
from tests.docs.clone import blocks
from tests.examples.environments import ROOT, programs, with_wheel
from tests.examples.project import in_bash, path_with
from tests.support import QUICK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.docs.clone import Block

PAGE = "docs/without-meltano.md"
SECTIONS = {
    "read": "STATE = Path(",
    "pandas": "import pandas",
    "polars": "import polars",
    "dlt": "import dlt",
    "airflow": "from airflow.sdk",
    "duckdb": "import duckdb",
}
TARGETS = ROOT / ".meltano" / "loaders" / "target-jsonl" / "venv" / "bin"


def block(words: str) -> Block:
    (found,) = [one for one in blocks(PAGE) if words in one.text]
    return found


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with Sandbox(default_rows=12) as running:
        yield running


@pytest.fixture(scope="module")
def bin_() -> Path:
    return with_wheel(programs("without-meltano"))


@pytest.fixture
def variables(server: Sandbox, bin_: Path) -> dict[str, str]:
    config = {"api": "omni", **server.access, **QUICK}
    return {"PATH": path_with(bin_, TARGETS), "CIN7_SETTINGS": json.dumps(config)}


def run_block(name: str, folder: Path, variables: dict[str, str]) -> str:
    (folder / "block.py").write_text(block(SECTIONS[name]).text)
    return in_bash("python block.py", folder, variables)


def test_every_block_of_python_is_tried_here() -> None:
    python = [one.text for one in blocks(PAGE) if one.language == "python"]
    assert len(python) == len(SECTIONS)
    for words in SECTIONS.values():
        assert sum(words in text for text in python) == 1


def test_the_state_of_the_first_reading_makes_the_second_one_short(
    server: Sandbox, tmp_path: Path, variables: dict[str, str]
) -> None:
    first = run_block("read", tmp_path, variables)
    assert "complete" in first
    assert len(first.splitlines()) > len(server.store.rows("products"))
    second = run_block("read", tmp_path, variables)
    assert len(second.splitlines()) < len(first.splitlines())


def test_pandas_and_polars_take_the_rows(tmp_path: Path, variables: dict[str, str]) -> None:
    assert "styleCode" in run_block("pandas", tmp_path, variables)
    assert "qty" in run_block("polars", tmp_path, variables)


def test_dlt_makes_tables_and_keeps_the_state(
    server: Sandbox, tmp_path: Path, variables: dict[str, str]
) -> None:
    variables = {**variables, "DLT_DATA_DIR": str(tmp_path), "RUNTIME__DLTHUB_TELEMETRY": "false"}
    run_block("dlt", tmp_path, variables)
    with duckdb.connect(str(tmp_path / "cin7.duckdb"), read_only=True) as database:
        ids = {row[0] for row in database.sql("select id from cin7_omni.contacts").fetchall()}
    assert ids == {row["id"] for row in server.store.rows("contacts")}
    server.reset_calls()
    run_block("dlt", tmp_path, variables)
    (where,) = {call.query.get("where", "") for call in server.calls}
    assert "modifiedDate>=" in where


def test_duckdb_reads_what_the_tap_writes(
    server: Sandbox, tmp_path: Path, variables: dict[str, str]
) -> None:
    (tmp_path / "config.json").write_text(variables["CIN7_SETTINGS"])
    in_bash(block("| grep").text, tmp_path, variables)
    run_block("duckdb", tmp_path, variables)
    with duckdb.connect(str(tmp_path / "cin7.duckdb"), read_only=True) as database:
        found = {row[0] for row in database.sql("select id from contacts").fetchall()}
    assert found == {row["id"] for row in server.store.rows("contacts")}


def test_the_pipe_and_the_look_up_work_as_typed(
    server: Sandbox, tmp_path: Path, variables: dict[str, str]
) -> None:
    (tmp_path / "config.json").write_text(variables["CIN7_SETTINGS"])
    in_bash(block("config.json | target-jsonl").text, tmp_path, variables)
    in_bash(block("state.json | target-jsonl").text, tmp_path, variables)
    state = json.loads((tmp_path / "state.json").read_text())
    assert state["bookmarks"]["contacts"]["replication_key_value"]
    order = server.store.rows("sales_orders")[3]
    typed = (
        block("--get").text.strip().replace("sales SO-01234", f"sales_orders {order['reference']}")
    )
    assert json.loads(in_bash(f"{typed} 2>/dev/null", tmp_path, variables))["id"] == order["id"]


def test_airflow_runs_the_task_for_each_stream(
    server: Sandbox, tmp_path: Path, variables: dict[str, str]
) -> None:
    bin_ = with_wheel(programs("airflow"))
    dags = tmp_path / "airflow" / "dags"
    dags.mkdir(parents=True)
    (dags / "dag.py").write_text(block(SECTIONS["airflow"]).text)
    variables = {
        **variables,
        "PATH": path_with(bin_),
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
    }
    in_bash("airflow db migrate", tmp_path, variables)
    in_bash("airflow dags test cin7", tmp_path, variables)
    lines = (tmp_path / "contacts.jsonl").read_text().splitlines()
    assert {json.loads(line)["id"] for line in lines} == {
        row["id"] for row in server.store.rows("contacts")
    }
    assert (tmp_path / "branches.jsonl").read_text()
    kept = in_bash("airflow variables get cin7_state_contacts", tmp_path, variables)
    assert "replication_key_value" in kept
