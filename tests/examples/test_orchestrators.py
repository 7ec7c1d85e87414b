"""The Airflow DAG and the Dagster assets, run by the released packages, quota in a Redis server."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, cast

import redis

from tests.examples.conftest import ROWS
from tests.examples.environments import programs
from tests.examples.project import EXAMPLES, MELTANO, SELECTED, in_bash
from tests.support_run import redis_server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.examples.project import Deployment


def test_airflow_loads_each_account_by_a_task_of_its_own(
    deployment: Deployment, tmp_path: Path
) -> None:
    bin_ = programs("airflow")
    folder = tmp_path / "airflow" / "dags"
    folder.mkdir(parents=True)
    (folder / "dag.py").write_text((EXAMPLES / "airflow" / "dag.py").read_text(encoding="utf-8"))
    with redis_server() as quota:
        variables = orchestrated(
            deployment,
            quota,
            AIRFLOW_HOME=str(folder.parent),
            AIRFLOW__CORE__LOAD_EXAMPLES="false",
            PATH=f"{bin_}:/usr/bin:/bin",
        )
        in_bash("airflow db migrate", tmp_path, variables)
        log = in_bash("airflow dags test cin7", tmp_path, variables)
        assert keys_in(quota) == len(SELECTED)
    assert set(re.findall(r"task_id='load'.*?map_index=(\d)", log)) == {"0", "1"}, log[-4000:]
    assert {account: deployment.count(account) for account in SELECTED} == dict.fromkeys(
        SELECTED, ROWS
    )


def test_dagster_loads_each_account_as_an_asset_and_one_that_fails_fails_alone(
    deployment: Deployment, tmp_path: Path
) -> None:
    bin_ = programs("dagster")
    with redis_server() as quota:
        variables = orchestrated(
            deployment, quota, DAGSTER_HOME=str(tmp_path), PATH=f"{bin_}:/usr/bin:/bin"
        )
        failed = materialize("*", variables | {"CIN7_AU_API_KEY": "wrong"})
        assert failed.returncode != 0
        assert "meltano run cin7-au ended with 1" in failed.stdout
        assert deployment.count("cin7-nz") == ROWS

        mended = materialize("cin7_au", variables)
        assert mended.returncode == 0, mended.stdout[-4000:]
        assert deployment.count("cin7-au") == ROWS
        assert keys_in(quota) >= len(SELECTED)


def materialize(assets: str, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Materialize some assets as a run of Dagster does.

    Args:
        assets: Which ones.
        variables: The environment of the worker.

    """
    code = f"--python-file={EXAMPLES / 'dagster' / 'assets.py'}"
    return subprocess.run(
        ["dagster", "asset", "materialize", f"--select={assets}", code],  # noqa: S607
        cwd=variables["DAGSTER_HOME"],
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def orchestrated(deployment: Deployment, quota: str, **variables: str) -> dict[str, str]:
    """Return the environment of a worker."""
    return deployment.environment(
        CIN7_PROJECT=str(deployment.project),
        CIN7_QUOTA_STORE=quota,
        MELTANO=str(MELTANO),
        **variables,
    )


def keys_in(address: str) -> int:
    """Return for how many Cin7 keys a Redis server counts calls."""
    with redis.Redis.from_url(address) as client:
        found = cast("list[bytes]", client.keys("cin7_*"))
    return sum(not key.endswith(b":lock") for key in found)
