"""The workflow that loads by schedule: its steps run here as the runner would run them."""

from __future__ import annotations

import json
import re
import shutil
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.examples.alerts import listener
from tests.examples.conftest import ROWS
from tests.examples.project import EXAMPLES, MELTANO, SELECTED, copied, in_bash, path_with
from tests.pipelines.postgres import server
from tests.support import environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.examples.project import Deployment

WORKFLOW: dict[str, Any] = yaml.safe_load(
    (EXAMPLES / "github-actions" / "load.yml").read_text(encoding="utf-8")
)
JOB: dict[str, Any] = WORKFLOW["jobs"]["load"]
STEPS: dict[str, dict[str, Any]] = {step["name"]: step for step in JOB["steps"] if "name" in step}
MINUTES_FOR_THE_REST = 5


def test_the_tap_ends_before_the_job_does() -> None:
    minutes = int(JOB["env"]["TAP_CIN7_MAX_RUN_MINUTES"])
    assert minutes + MINUTES_FOR_THE_REST <= JOB["timeout-minutes"]


def test_every_account_of_the_project_is_loaded(tmp_path: Path) -> None:
    job = WORKFLOW["jobs"]["accounts"]
    (step,) = (step for step in job["steps"] if step.get("id") == "list")
    output = tmp_path / "output"
    for account, listed in (("", list(SELECTED)), ("nz", ["nz"])):
        output.write_text("")
        variables = environment(GITHUB_OUTPUT=str(output), ACCOUNT=account)
        in_bash(step["run"], EXAMPLES / "project", variables)
        name, _, value = output.read_text().partition("=")
        assert (name, json.loads(value)) == ("names", listed)
    assert JOB["strategy"]["matrix"]["account"] == "${{ fromJSON(needs.accounts.outputs.names) }}"


def test_somebody_is_told_of_a_failure() -> None:
    assert STEPS["Tell somebody"]["if"] == "failure()"
    with listener() as (address, told):
        variables = environment(ALERT_URL=address, ACCOUNT="nz", RUN_URL="https://example.com/1")
        in_bash(STEPS["Tell somebody"]["run"], EXAMPLES / "project", variables)
    assert told == ["Cin7 account nz was not loaded: https://example.com/1"]


def test_the_page_is_made_of_failed_loads_too_and_somebody_is_told(tmp_path: Path) -> None:
    job = WORKFLOW["jobs"]["page"]
    assert (job["needs"], job["if"]) == ("load", "always()")
    (step,) = (step for step in job["steps"] if str(step.get("name")).startswith("Make"))
    place = copied(tmp_path / "checkout")
    (place / "accounts.csv").write_text("account,api,schema,enabled\nodd,dear,cin7_odd,yes\n")
    with server() as warehouse, listener() as (address, told):
        variables = environment(
            ALERT_URL=address,
            TARGET_POSTGRES_SQLALCHEMY_URL=warehouse.url,
            PATH=path_with(MELTANO.parent),
        )
        in_bash(f"! {{ {step['run']}; }}", place, variables)
    assert told == ["Cin7: 1 failed: odd"]
    assert ">1</b>failed<" in (place / "fleet.html").read_text()


def test_runs_do_not_overlap() -> None:
    assert WORKFLOW["concurrency"] == {"group": "load-cin7", "cancel-in-progress": False}


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a checkout on a machine where the step that installs has run."""
    place = copied(tmp_path_factory.mktemp("machine") / "checkout")
    in_bash(
        STEPS["Install Meltano and the plugins"]["run"],
        place,
        environment(PATH=path_with(MELTANO.parent)),
    )
    return place


@pytest.mark.parametrize("account", SELECTED)
def test_a_new_machine_goes_on_where_the_last_one_ended(
    account: str, machine: Path, deployment: Deployment
) -> None:
    assert f"| {SELECTED[account]} | {ROWS} |" in a_run(account, deployment, machine)
    assert deployment.count(account) == ROWS

    again = a_run(account, deployment, machine)
    rows = re.search(rf"\| {SELECTED[account]} \| (\d+) \|", again)
    assert rows
    assert int(rows[1]) < ROWS, "state was lost with the first machine"
    assert deployment.count(account) == ROWS


def test_by_hand_everything_is_read_again(machine: Path, deployment: Deployment) -> None:
    a_run("nz", deployment, machine)
    whole = a_run("nz", deployment, machine, FULL_REFRESH="--full-refresh")
    assert f"| {SELECTED['nz']} | {ROWS} |" in whole


def test_the_summary_names_what_is_not_complete_first(tmp_path: Path) -> None:
    (tmp_path / "run.log").write_text(
        "cin7-nz | INFO | SUMMARY a: 2 rows, 2 unique keys, 1 calls, 0.5 s waited\n"
        "cin7-nz | INFO | SUMMARY b (incomplete): 1 rows, 1 unique keys, 9 calls, 8 retries, "
        "7.0 s waited\n"
        "cin7-nz | ERROR | b: 503 from /b\n"
    )
    program = EXAMPLES / "project" / "summary.py"
    shown = in_bash(f"'{sys.executable}' '{program}' run.log", tmp_path, environment())
    assert shown.index("| b **incomplete** | 1 | 9 | 8 | 7.0 |") < shown.index("| a |")
    assert "| a | 2 | 1 | 0 | 0.5 |" in shown
    assert "ERROR | b: 503 from /b" in shown


def a_run(account: str, deployment: Deployment, machine: Path, **variables: str) -> str:
    """Run the steps after the installation and return the page that the job shows.

    What a run leaves on its machine is gone before the next one, but for what is installed.
    """
    page = machine / "page.md"
    page.unlink(missing_ok=True)
    shutil.rmtree(machine / ".meltano" / "accounts", ignore_errors=True)
    shown = deployment.environment(
        PATH=path_with(MELTANO.parent),
        MELTANO=JOB["env"]["MELTANO"],
        GITHUB_STEP_SUMMARY=str(page),
        ACCOUNT=account,
        TAP_CIN7_MAX_RUN_MINUTES=JOB["env"]["TAP_CIN7_MAX_RUN_MINUTES"],
        FULL_REFRESH="",
    )
    for name in ("Load", "Show what was loaded"):
        in_bash(STEPS[name]["run"], machine, shown | variables)
    return page.read_text(encoding="utf-8")
