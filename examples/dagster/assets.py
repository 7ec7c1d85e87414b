"""Load every account of a Meltano project each hour, one asset an account.

``dagster dev --python-file assets.py`` shows them. Needed in the environment:

- ``CIN7_PROJECT``: the folder of the Meltano project,
- ``MELTANO``: Meltano's program, in a virtual environment of its own beside Dagster's,
- ``CIN7_QUOTA_STORE``: a Redis server that all workers reach, such as ``redis://redis:6379/0``, so
  that runs that use the same key keep its limits together, wherever they run,
- the credentials of the accounts and of the warehouse, and ``MELTANO_STATE_BACKEND_URI``.
"""

import os
import re
import subprocess
from pathlib import Path

import dagster as dg
import yaml

PROJECT = Path(os.environ.get("CIN7_PROJECT", "/opt/cin7"))
MAX_RUN_MINUTES = 45
"""After this the tap ends by itself, with its state saved."""
SUMMARY = re.compile(r"SUMMARY (\w+)[^:]*: (\d+) rows")


def account_asset(account: str) -> dg.AssetsDefinition:
    """Return the asset of one account: its schema in the warehouse.

    Args:
        account: The extractor in meltano.yml.

    """

    @dg.asset(
        name=account.replace("-", "_"),
        group_name="cin7",
        kinds={"meltano", "postgres"},
        pool=account,  # two runs of one account would race for its state
    )
    def load(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        rows = run(account, context)
        return dg.MaterializeResult(metadata={"rows": sum(rows.values()), "streams": rows})

    return load


def run(account: str, context: dg.AssetExecutionContext) -> dict[str, int]:
    """Run Meltano and return how many rows came of each stream.

    Args:
        account: The extractor in meltano.yml.
        context: Where the log goes.

    Raises:
        dg.Failure: If a stream failed; the other streams are loaded all the same.

    """
    rows = {}
    with subprocess.Popen(
        [os.environ.get("MELTANO", "meltano"), "run", account, "target-postgres"],
        cwd=PROJECT,
        env={**os.environ, "CIN7_MAX_RUN_MINUTES": str(MAX_RUN_MINUTES)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            context.log.info(line.rstrip())
            if found := SUMMARY.search(line):
                rows[found[1]] = int(found[2])
    if process.returncode:
        raise dg.Failure(f"meltano run {account} ended with {process.returncode}", metadata=rows)
    return rows


def accounts() -> list[str]:
    """Return the extractors that have a schema of their own: these are accounts."""
    project = yaml.safe_load((PROJECT / "meltano.yml").read_text(encoding="utf-8"))
    extractors = project["plugins"]["extractors"]
    return [one["name"] for one in extractors if "load_schema" in one]


assets = [account_asset(account) for account in accounts()]
every_hour = dg.ScheduleDefinition(
    name="cin7",
    target=assets,
    cron_schedule="17 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
defs = dg.Definitions(assets=assets, schedules=[every_hour])
