"""The Airflow DAG, run by the released Airflow: 20 accounts at once, and 5,000 planned."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from tests.examples.airflow import airflow, in_airflow
from tests.examples.alerts import listener
from tests.examples.fleet import (
    ROWS,
    credentials,
    fleet_of,
    listing,
    many,
    wait_for,
)
from tests.examples.project import copied
from tests.pipelines.postgres import server
from tests.support import environment

if TYPE_CHECKING:
    from pathlib import Path

MAX_ACTIVE = 8
WRONG = "acme-06"
PLANNED = 5000
_PARSE = """
import json, re, time
from airflow.dag_processing.dagbag import DagBag
before = time.process_time()
bag = DagBag("dags")
# ru_maxrss would hold what the process had that started this one.
peak = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())
print(json.dumps({
    "dags": sorted(bag.dags),
    "at_once": [
        dag.get_task("load").max_active_tis_per_dag
        for name, dag in bag.dags.items() if name != "cin7_page"
    ],
    "errors": {str(key): str(value) for key, value in bag.import_errors.items()},
    "seconds": time.process_time() - before,
    "megabytes": int(peak[1]) // 1024,
}))
"""


def test_20_accounts_are_loaded_and_one_that_fails_fails_alone(tmp_path: Path) -> None:
    with fleet_of(20, tmp_path) as fleet, listener() as (address, told):
        given = fleet.environment(
            ALERT_URL=address, CIN7_MAX_ACTIVE=str(MAX_ACTIVE), TAP_CIN7_ACME_06_API_KEY="wrong"
        )
        with airflow(tmp_path / "airflow", fleet.server, given) as running:
            wait_for(lambda: running.runs.get("cin7_1") in {"failed", "success"}, running.log)
            loads = running.loads
        names = [one.name for one in fleet.members]
        assert loads == {name: "failed" if name == WRONG else "success" for name in names}
        fleet.must_be_loaded_but(WRONG, MAX_ACTIVE)
        assert told == [f"Cin7: account {WRONG} was not loaded"]
        assert fleet.runs == dict.fromkeys(names, 1)


def test_a_task_that_is_stopped_ends_and_the_next_run_loads_what_is_left(tmp_path: Path) -> None:
    page = tmp_path / "fleet.html"
    with fleet_of(2, tmp_path) as fleet, listener() as (address, told):
        stopped, other = fleet.members
        stopped.sandbox.gate.latency_seconds = 3600
        given = fleet.environment(ALERT_URL=address, CIN7_PAGE=str(page))
        with airflow(tmp_path / "airflow", fleet.server, given) as running:
            wait_for(lambda: bool(stopped.sandbox.calls), running.log)
            running.stop(stopped.name)
            wait_for(lambda: fleet.runs[stopped.name] == 1, running.log, 120)
            wait_for(lambda: running.runs["cin7_1"] == "failed", running.log)
            assert fleet.loaded() == {stopped.name: 0, other.name: ROWS}
            stopped.sandbox.gate.latency_seconds = 0
            running.trigger("cin7_1")
            wait_for(lambda: fleet.runs[other.name] == fleet.runs[stopped.name] == 2, running.log)
            fleet.enlist("odd,dear,cin7_odd,yes")
            running.trigger("cin7_page")
            wait_for(lambda: running.runs.get("cin7_page") == "failed", running.log)
        assert fleet.loaded() == dict.fromkeys([stopped.name, other.name], ROWS)
    assert told[-1] == "Cin7: 1 failed: odd"
    assert ">2</b>fine<" in page.read_text()


def test_a_plan_of_5000_accounts_is_mapped_in_shards(tmp_path: Path) -> None:
    project = copied(tmp_path / "project")
    listing(project / "accounts.csv", many(PLANNED))
    with server() as database:
        given = environment(CIN7_PROJECT=str(project), MELTANO="/bin/true", **credentials(PLANNED))
        with airflow(
            tmp_path / "airflow",
            database,
            given,
            # What is mapped need not run: one task at a time, and those that map come first.
            AIRFLOW__CORE__DEFAULT_POOL_TASK_SLOT_COUNT="1",
        ) as running:
            began = time.monotonic()
            wait_for(lambda: sum(running.mapped().values()) == PLANNED, running.log)
            print(f"mapped after {time.monotonic() - began:.0f} s")  # noqa: T201 - for the docs
            mapped = running.mapped()
        assert mapped == {f"cin7_{number}": 1000 for number in range(1, 6)}
        parsed = json.loads(in_airflow(tmp_path / "airflow", database, given, _PARSE))
    print(parsed)  # noqa: T201 - for the docs
    assert parsed["dags"] == [*sorted(mapped), "cin7_page"]
    assert sum(parsed["at_once"]) == MAX_ACTIVE
    assert parsed["errors"] == {}
    assert parsed["seconds"] < 30
    assert parsed["megabytes"] < 500
