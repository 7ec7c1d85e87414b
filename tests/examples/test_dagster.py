"""The Dagster assets, run by the released Dagster: 20 accounts at once, and 5,000 planned."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.examples.alerts import listener
from tests.examples.dagster import ASSETS, dagster, minutes_from_now, prepared
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
"""What dagster.yaml says."""
WRONG = "acme-07"
PLANNED = 5000
_PLAN = f"""
import importlib.util, json, re, time
import dagster as dg
began = time.process_time()
spec = importlib.util.spec_from_file_location("assets", {str(ASSETS)!r})
assets = importlib.util.module_from_spec(spec)
spec.loader.exec_module(assets)
from datetime import datetime, timezone
with dg.DagsterInstance.get() as instance:
    tick = datetime(2026, 1, 1, tzinfo=timezone.utc)
    context = dg.build_schedule_context(
        instance, repository_def=assets.defs.get_repository_def(), scheduled_execution_time=tick
    )
    asked = assets.defs.resolve_schedule_def("cin7").evaluate_tick(context).run_requests
    partitions = instance.get_dynamic_partitions("cin7_accounts")
# ru_maxrss would hold what the process had that started this one.
peak = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())
print(json.dumps({{
    "asked": len({{one.partition_key for one in asked}}),
    "partitions": len(partitions),
    "seconds": time.process_time() - began,
    "megabytes": int(peak[1]) // 1024,
}}))
"""


def test_20_accounts_are_loaded_and_one_that_fails_fails_alone(tmp_path: Path) -> None:
    with fleet_of(20, tmp_path) as fleet, listener() as (address, told):
        given = fleet.environment(ALERT_URL=address, TAP_CIN7_ACME_07_APPLICATION_KEY="wrong")
        names = [one.name for one in fleet.members]
        *first, new = [(one.name, one.api, one.schema) for one in fleet.members]
        listing(fleet.project / "accounts.csv", first)
        # Not each minute, so that what is loaded does not take the cores of what waits.
        schedule = minutes_from_now(1, 4, 8)
        with dagster(tmp_path / "dagster", given, schedule) as running:
            wait_for(lambda: bool(fleet.begun), running.log)
            listing(fleet.project / "accounts.csv", [new, *first])  # needs no reload
            wait_for(lambda: set(fleet.runs) == set(names) and bool(told), running.log)
            # What is under way when Dagster ends fails, too.
            heard, states, failures = set(told), running.runs, running.failures
        assert states.keys() == set(names)
        assert states[WRONG][-1] == "FAILURE"
        fleet.must_be_loaded_but(WRONG, MAX_ACTIVE)
        assert heard == {f"Cin7: account {WRONG} was not loaded"}, failures


def test_a_run_that_is_terminated_ends_and_the_next_one_loads_what_is_left(
    tmp_path: Path,
) -> None:
    with fleet_of(2, tmp_path) as fleet:
        stopped, other = fleet.members
        stopped.sandbox.gate.latency_seconds = 3600
        with dagster(tmp_path / "dagster", fleet.environment()) as running:
            wait_for(lambda: bool(stopped.sandbox.calls), running.log)
            running.stop(stopped.name)
            wait_for(lambda: fleet.runs[stopped.name] == 1, running.log, 120)
            stopped.sandbox.gate.latency_seconds = 0
            wait_for(lambda: fleet.runs[stopped.name] == 2, running.log)
            wait_for(lambda: other.name in fleet.runs, running.log)
            states = running.runs
        assert "CANCELED" in states[stopped.name]
        assert "CANCELED" not in states[other.name]
        assert fleet.loaded() == dict.fromkeys([stopped.name, other.name], ROWS)
        assert max(map(fleet.most_at_once_of, [stopped.name, other.name])) == 1


def test_the_page_of_the_fleet_is_an_asset_that_fails_and_tells(tmp_path: Path) -> None:
    project = copied(tmp_path / "project")
    listing(project / "accounts.csv", [("nz", "core", "cin7_nz"), ("odd", "dear", "cin7_odd")])
    page = tmp_path / "fleet.html"
    with server() as database, listener() as (address, told):
        given = environment(
            CIN7_PROJECT=str(project),
            CIN7_PAGE=str(page),
            ALERT_URL=address,
            TARGET_POSTGRES_SQLALCHEMY_URL=database.url,
        )
        made = prepared(tmp_path / "dagster", given)
        assert made.materialize("cin7_page") == 1
        listing(project / "accounts.csv", [("nz", "core", "cin7_nz")])
        assert made.materialize("cin7_page") == 0
    assert told == ["Cin7: 1 failed: odd"]
    assert ">1</b>never loaded<" in page.read_text()


def test_a_plan_of_5000_accounts_asks_for_a_run_of_each(tmp_path: Path) -> None:
    project = copied(tmp_path / "project")
    listing(project / "accounts.csv", many(PLANNED))
    given = environment(CIN7_PROJECT=str(project), **credentials(PLANNED))
    planned = json.loads(prepared(tmp_path / "dagster", given).python(_PLAN))
    assert (planned["asked"], planned["partitions"]) == (PLANNED, PLANNED)
    print(planned)  # noqa: T201 - what the documentation says
    assert planned["seconds"] < 60
    assert planned["megabytes"] < 500
