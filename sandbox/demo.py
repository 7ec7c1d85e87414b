"""The demo: read the sandbox with Meltano into DuckDB twice, and show what is there then.

Run by ``make demo``; everything it makes lies in ``.demo``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sandbox.store import Store

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / ".demo"
DATABASE = PLACE / "cin7.duckdb"
EDITED = 3
"""Rows that change between the two runs, in each stream that is edited."""
STAMPS = (
    "modifieddate",
    "lastmodifiedon",
    "updated",
    "lastupdateddate",
    "header_modified",
    "parent_modified",
    "createddate",
)
"""Columns that may tell when a row changed last, the first one that a table has counts."""

_SUMMARY = re.compile(r"SUMMARY (\w+)[^:]*: (\d+) rows, \d+ unique keys, (\d+) calls")


@dataclass(frozen=True)
class Shown:
    """One API of the demo.

    Attributes:
        title: How it is called on the screen.
        plugin: The extractor in meltano.yml.
        schema: Where its tables go.
        access: Settings that lead to the sandbox.
        store: The sandbox's data of it.
        edited: Streams that change between the two runs.

    """

    title: str
    plugin: str
    schema: str
    access: Callable[[Sandbox], dict[str, str]]
    store: Callable[[Sandbox], Store]
    edited: Sequence[str]


SHOWN = [
    Shown(
        title="Cin7 Omni",
        plugin="tap-cin7",
        schema="cin7_omni",
        access=lambda sandbox: sandbox.access,
        store=lambda sandbox: sandbox.store,
        edited=("contacts", "products", "sales_orders"),
    ),
    Shown(
        title="Cin7 Core",
        plugin="tap-cin7-core",
        schema="cin7_core",
        access=lambda sandbox: sandbox.core_access,
        store=lambda sandbox: sandbox.core.store,
        edited=("customers", "products", "sale_list"),
    ),
]

Counts = dict[str, int]


def run(api: Shown, access: dict[str, str], number: int) -> tuple[Counts, str]:
    """Run Meltano once.

    Returns:
        Rows by stream, and a line that tells of the run.

    Raises:
        SystemExit: If the run fails.

    """
    began = time.monotonic()
    log = PLACE / f"{api.plugin}-run-{number}.log"
    prefix = api.plugin.replace("-", "_")
    with log.open("w", encoding="utf-8") as output:
        done = subprocess.run(  # noqa: S603 - our own command line
            [
                str(Path(sys.executable).with_name("meltano")),
                "--environment=demo",
                "run",
                api.plugin,
                "target-duckdb",
            ],
            cwd=ROOT,
            env={
                **os.environ,
                # As variables, so that the credentials of a .env file stay out of this.
                **{f"{prefix}_{name}".upper(): value for name, value in access.items()},
                "TARGET_DUCKDB_FILEPATH": str(DATABASE),
                "MELTANO_CLI_LOG_FORMAT": "uncolored",
                "MELTANO_DATABASE_URI": f"sqlite:///{PLACE}/meltano.db",
                "MELTANO_STATE_BACKEND_URI": f"file://{PLACE}/state",
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    text = log.read_text(encoding="utf-8")
    if done.returncode:
        sys.exit(f"{text[-3000:]}\n{api.title}: run {number} failed, see {log}")
    found = _SUMMARY.findall(text)
    rows = {stream: int(count) for stream, count, _ in found}
    calls = sum(int(count) for *_, count in found)
    seconds = time.monotonic() - began
    return rows, f"{sum(rows.values()):,} rows in {calls:,} calls, {seconds:.0f} s"


def latest(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[int, str]:
    """Return how many rows a table has, and when the newest of them changed."""
    columns = {str(name) for name, *_ in connection.execute(f"DESCRIBE {table}").fetchall()}
    stamp = next((f'max("{name}")' for name in STAMPS if name in columns), "NULL")
    query = f"SELECT count(*), {stamp} FROM {table}"  # noqa: S608 - names from the tap
    count, newest = connection.execute(query).fetchall()[0]
    return count, "" if newest is None else f"{newest:%Y-%m-%d %H:%M:%S}"


def table(api: Shown, first: Counts, second: Counts) -> Table:
    """Return what the database holds of an API, and what each run brought."""
    shown = Table(title=f"{api.title}: schema {api.schema}", title_justify="left", box=SIMPLE_HEAD)
    shown.add_column("Stream", no_wrap=True)
    shown.add_column("Rows", justify="right")
    shown.add_column("Latest change", no_wrap=True)
    shown.add_column("1st run", no_wrap=True, justify="right")
    shown.add_column("2nd run", no_wrap=True, justify="right")
    with duckdb.connect(str(DATABASE), read_only=True) as connection:
        for stream in sorted(first):
            count, newest = latest(connection, f'{api.schema}."{stream}"')
            shown.add_row(
                stream, f"{count:,}", newest, f"{first[stream]:,}", f"{second.get(stream, 0):,}"
            )
    return shown


def main() -> None:
    """Show it."""
    console = Console(highlight=False)
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir()
    tables = []
    with Sandbox() as sandbox:
        for api in SHOWN:
            access, store = api.access(sandbox), api.store(sandbox)
            console.print(f"{api.title}, first run ...", end=" ")
            first, told = run(api, access, 1)
            console.print(told)
            for stream in api.edited:
                store.touch(stream, *store.keys(stream)[:EDITED])
            console.print(
                f"{EDITED} rows each of {', '.join(api.edited)} change, second run ...", end=" "
            )
            second, told = run(api, access, 2)
            console.print(told)
            tables.append(table(api, first, second))
    for shown in tables:
        console.print()
        console.print(shown)
    console.print(
        "\nThe second run brings changes and a short overlap. A stream whose changes Cin7 does "
        "not tell reliably is read whole each time."
    )
    console.print(f"The database: {DATABASE}", soft_wrap=True)


if __name__ == "__main__":
    main()
