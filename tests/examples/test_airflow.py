"""The Airflow DAG, run by the released Airflow: 20 accounts at once, and 5,000 planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.examples.airflow import airflow
from tests.examples.alerts import listener
from tests.examples.fleet import PER_MINUTE, ROWS, fleet_of, wait_for

if TYPE_CHECKING:
    from pathlib import Path

MAX_ACTIVE = 8
WRONG = "acme-06"


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
        assert fleet.loaded() == {name: 0 if name == WRONG else ROWS for name in names}
        assert told == [f"Cin7: account {WRONG} was not loaded"]
        assert fleet.runs == dict.fromkeys(names, 1)
        assert 1 < fleet.most_at_once <= MAX_ACTIVE
        assert sum(one.refused for one in fleet.members) == 0
        assert max(one.most_calls_in_a_minute for one in fleet.members) <= PER_MINUTE
