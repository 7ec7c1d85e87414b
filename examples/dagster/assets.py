"""Load every account of accounts.csv each hour: one asset, one partition an account.

``dagster dev --python-file assets.py`` shows them. Copy ``dagster.yaml`` to ``DAGSTER_HOME``: it
says how many accounts are loaded at once. Needed in the environment:

- ``CIN7_PROJECT``: the folder of the Meltano project, with ``accounts.csv`` and ``cin7_fleet.py``,
- ``MELTANO``: Meltano's program, in a virtual environment of its own beside Dagster's,
- ``TAP_CIN7_QUOTA_STORE``: a Redis server that all workers reach, such as
  ``redis://redis:6379/0``, so that runs that use the same key keep its limits together,
- the credentials of the accounts and of the warehouse, and ``MELTANO_STATE_BACKEND_URI``,
- if you like, ``ALERT_URL``, and what ``cin7_page.py`` reads. The page goes to ``CIN7_PAGE``; it
  needs psycopg in the environment of Dagster.

Partitions are dynamic: a new account needs no reload.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import dagster as dg

PROJECT = os.environ.get("CIN7_PROJECT", "/opt/cin7")
sys.path.append(PROJECT)

import cin7_alert
import cin7_fleet

MAX_RUN_MINUTES = 45
"""After this the tap ends by itself, with its state saved."""
SUMMARY = re.compile(r"SUMMARY (\w+)[^:]*: (\d+) rows")
UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
accounts = dg.DynamicPartitionsDefinition(name="cin7_accounts")


@dg.asset(partitions_def=accounts, group_name="cin7", kinds={"meltano", "postgres"})
def cin7_account(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """One account of Cin7: its schema in the warehouse."""
    rows = load(context.partition_key, context)
    return dg.MaterializeResult(metadata={"rows": sum(rows.values()), "streams": rows})


def load(account: str, context: dg.AssetExecutionContext) -> dict[str, int]:
    """Load an account and return how many rows came of each stream.

    Args:
        account: Its name in accounts.csv.
        context: Where the log goes.

    Raises:
        dg.Failure: If a stream failed; the other streams are loaded all the same.

    """
    rows = {}
    with subprocess.Popen(
        [sys.executable, "cin7_fleet.py", "run", account],
        cwd=PROJECT,
        env={**os.environ, "TAP_CIN7_MAX_RUN_MINUTES": str(MAX_RUN_MINUTES)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            for line in process.stdout or ():
                context.log.info(line.rstrip())
                if found := SUMMARY.search(line):
                    rows[found[1]] = int(found[2])
        except dg.DagsterExecutionInterruptedError:  # the run is terminated, so Meltano is, too
            process.terminate()
            process.communicate()
            raise
    if process.returncode:
        raise dg.Failure(f"account {account} ended with {process.returncode}", metadata=rows)
    return rows


load_account = dg.define_asset_job(
    "load_account", [cin7_account], executor_def=dg.in_process_executor
)


@dg.schedule(
    name="cin7",
    job=load_account,
    cron_schedule=os.environ.get("CIN7_SCHEDULE", "17 * * * *"),
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def every_hour(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest]:
    """Ask for a run of each account, but for those whose last one still waits or runs."""
    names = known_accounts(context.instance)
    under_way = dg.RunsFilter(job_name=load_account.name, statuses=UNDER_WAY)
    busy = {run.tags.get("dagster/partition") for run in context.instance.get_runs(under_way)}
    tick = context.scheduled_execution_time.isoformat()
    return [
        dg.RunRequest(run_key=f"{name} {tick}", partition_key=name)
        for name in names
        if name not in busy
    ]


def known_accounts(instance: dg.DagsterInstance) -> list[str]:
    """Make the partitions those of the list and return them."""
    names = cin7_fleet.names()
    before = instance.get_dynamic_partitions(accounts.name)
    instance.add_dynamic_partitions(accounts.name, sorted(set(names).difference(before)))
    for gone in set(before).difference(names):
        instance.delete_dynamic_partition(accounts.name, gone)
    return names


@dg.asset(group_name="cin7", kinds={"html"})
def cin7_page() -> None:
    """The page of the fleet; it fails, and tells, while an account failed or is late."""
    with Path(PROJECT, os.environ.get("CIN7_PAGE", "fleet.html")).open("w") as page:
        subprocess.run(
            [sys.executable, "cin7_page.py", "tell"], cwd=PROJECT, stdout=page, check=True
        )


make_page = dg.define_asset_job(
    "make_page",
    [cin7_page],
    executor_def=dg.in_process_executor,
    tags={"dagster/priority": "1"},  # ahead of the accounts that wait in the queue
)
page_every_hour = dg.ScheduleDefinition(
    job=make_page,
    cron_schedule=os.environ.get("CIN7_PAGE_SCHEDULE", "47 * * * *"),
    default_status=dg.DefaultScheduleStatus.RUNNING,
)


@dg.run_failure_sensor(monitored_jobs=[load_account], default_status=dg.DefaultSensorStatus.RUNNING)
def tell(context: dg.RunFailureSensorContext) -> None:
    """Tell somebody that an account failed."""
    account = context.dagster_run.tags.get("dagster/partition")
    cin7_alert.send(f"Cin7: account {account} was not loaded")


defs = dg.Definitions(
    assets=[cin7_account, cin7_page],
    jobs=[load_account, make_page],
    schedules=[every_hour, page_every_hour],
    sensors=[tell],
)
