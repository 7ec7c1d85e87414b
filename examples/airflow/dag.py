"""Load every account of accounts.csv each hour, one mapped task an account.

Copy this file into the DAG folder. Needed in the environment of scheduler and workers:

- ``CIN7_PROJECT``: the folder of the Meltano project, with ``accounts.csv`` and ``cin7_fleet.py``,
- ``MELTANO``: Meltano's program, in a virtual environment of its own beside Airflow's,
- ``TAP_CIN7_QUOTA_STORE``: a Redis server that all workers reach, such as
  ``redis://redis:6379/0``, so that tasks that use the same key keep its limits together,
- the credentials of the accounts and of the warehouse, and ``MELTANO_STATE_BACKEND_URI``,
- if you like, ``CIN7_MAX_ACTIVE``: how many accounts are loaded at once (8), ``ALERT_URL``, and
  what ``cin7_page.py`` reads. The page goes to ``CIN7_PAGE``; it needs psycopg in the environment
  of Airflow.

Airflow maps a task at most 1,024 times (``max_map_length``), so more accounts become several DAGs,
``cin7_1``, ``cin7_2``, ... A new account needs no change here: the list is read by each run.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta, timezone
from typing import Any

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import dag, task

PROJECT = os.environ.get("CIN7_PROJECT", "/opt/cin7")
sys.path.append(PROJECT)

import cin7_alert
import cin7_fleet

MAX_RUN = timedelta(minutes=45)
"""After this the tap ends by itself, with its state saved."""
SHARD = 1000
"""Accounts a DAG; the rest up to 1,024 is room for those that are added before it is read anew."""
SHARDS = -(-len(cin7_fleet.names()) // SHARD) or 1
MAX_ACTIVE = int(os.environ.get("CIN7_MAX_ACTIVE", "8"))


def tell(context: dict[str, Any]) -> None:
    """Tell somebody that an account failed for good."""
    cin7_alert.send(f"Cin7: account {context['task_instance'].rendered_map_index} was not loaded")


def load_shard(shard: int) -> None:
    """Make the DAG of a shard.

    Args:
        shard: Its number, from 0.

    """
    at_once = max((MAX_ACTIVE + shard) // SHARDS, 1)  # over all shards, MAX_ACTIVE

    @dag(
        dag_id=f"cin7_{shard + 1}",
        schedule=os.environ.get("CIN7_SCHEDULE", "17 * * * *"),
        start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
        catchup=False,
        max_active_runs=1,  # two runs of one account would race for its state
        max_active_tasks=MAX_ACTIVE,
        tags=["cin7"],
    )
    def cin7() -> None:
        @task(retries=2, retry_delay=timedelta(seconds=30))  # all those of the DAG hang on it
        def accounts() -> list[dict[str, str]]:
            limit = {"TAP_CIN7_MAX_RUN_MINUTES": str(MAX_RUN // timedelta(minutes=1))}
            return [{"ACCOUNT": name, **limit} for name in cin7_fleet.names()[shard::SHARDS]]

        BashOperator.partial(
            task_id="load",
            # exec: the signal of a task that is stopped reaches Meltano, and no shell in between.
            bash_command='exec python3 cin7_fleet.py run "$ACCOUNT"',
            cwd=PROJECT,
            append_env=True,
            map_index_template="{{ task.env['ACCOUNT'] }}",
            max_active_tis_per_dag=at_once,
            execution_timeout=MAX_RUN + timedelta(minutes=10),
            retries=0,  # the tap has retried already; the next run goes on where this one stopped
            on_failure_callback=tell,
        ).expand(env=accounts())

    cin7()


@dag(
    dag_id="cin7_page",
    schedule=os.environ.get("CIN7_PAGE_SCHEDULE", "47 * * * *"),
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    tags=["cin7"],
)
def fleet_page() -> None:
    """Make the page of the fleet; it fails, and tells, while an account failed or is late."""
    BashOperator(
        task_id="page",
        bash_command='exec python3 cin7_page.py tell > "${CIN7_PAGE:-fleet.html}"',
        cwd=PROJECT,
        retries=0,
    )


for number in range(SHARDS):
    load_shard(number)
fleet_page()
