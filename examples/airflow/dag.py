"""Load every account of a Meltano project each hour, one mapped task an account.

Copy this file into the DAG folder. Needed in the environment of the workers:

- ``CIN7_PROJECT``: the folder of the Meltano project,
- ``MELTANO``: Meltano's program, in a virtual environment of its own beside Airflow's,
- ``CIN7_QUOTA_STORE``: a Redis server that all workers reach, such as ``redis://redis:6379/0``, so
  that tasks that use the same key keep its limits together, wherever they run,
- the credentials of the accounts and of the warehouse, and ``MELTANO_STATE_BACKEND_URI``.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

import yaml
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import dag, task

PROJECT = os.environ.get("CIN7_PROJECT", "/opt/cin7")
MAX_RUN = timedelta(minutes=45)
"""After this the tap ends by itself, with its state saved."""


@dag(
    schedule="17 * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,  # two runs of one account would race for its state
    tags=["cin7"],
)
def cin7() -> None:
    """Load all accounts."""

    @task
    def accounts() -> list[dict[str, str]]:
        """Return the extractors that have a schema of their own: these are accounts."""
        project = yaml.safe_load(Path(PROJECT, "meltano.yml").read_text(encoding="utf-8"))
        extractors = project["plugins"]["extractors"]
        limit = {"CIN7_MAX_RUN_MINUTES": str(MAX_RUN // timedelta(minutes=1))}
        return [{"ACCOUNT": one["name"], **limit} for one in extractors if "load_schema" in one]

    BashOperator.partial(
        task_id="load",
        # exec: the signal of a task that is stopped reaches Meltano, and no shell in between.
        bash_command='exec "${MELTANO:-meltano}" run "$ACCOUNT" target-postgres',
        cwd=PROJECT,
        append_env=True,
        map_index_template="{{ task.env['ACCOUNT'] }}",
        max_active_tis_per_dag=8,
        execution_timeout=MAX_RUN + timedelta(minutes=10),
        retries=1,
        retry_delay=timedelta(minutes=5),
    ).expand(env=accounts())


cin7()
