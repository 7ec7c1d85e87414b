"""The demo: a small shop behind a stand-in of Cin7, read with Meltano into DuckDB twice.

Between the two runs some days go by in the shop. Then the dbt package builds its marts, and a
report on them shows what an owner looks at every morning. Run by ``make demo``; everything it makes
lies in ``.demo``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import duckdb
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from demo import report
from demo.report.marts import SAMPLE
from demo.shop import Shop
from demo.shop.edits import some_days_ago
from demo.shop.serve import Served, room
from sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / ".demo"
DATABASE = PLACE / "cin7.duckdb"
SYSTEM = PLACE / "meltano"
"""Meltano's own files: runs of one plugin in one directory would overwrite each other's catalog."""
PACKAGE = ROOT / "dbt"
PAGE = PLACE / "report.html"
MARTS = "analytics"
"""Schema that dbt/profiles.yml builds the marts in."""
ORDERS_PER_DAY = 2
OTHER_ROWS = 5
"""Rows of each stream that the shop has nothing to say of."""
NOT_KEPT = frozenset(
    {
        "customer_credits",
        "disassemblies",
        "inventory_write_offs",
        "production_jobs",
        "production_runs",
        "supplier_deposits",
    }
)
"""Streams that the dbt package reads, of documents that the shop does not make."""
VARIABLES = {
    "cin7_omni_accounts": [
        {
            "schema": "cin7_omni",
            "base_currency": "NZD",
            "time_zone": "UTC",
            "company": "Sample shop",
        }
    ],
    "cin7_core_accounts": [{"schema": "cin7_core", "time_zone": "UTC", "company": "Sample shop"}],
    # The two runs are less than a minute apart.
    "cin7_reading_seconds": 10,
}
"""What the dbt package cannot know of the shop."""
_WIDEST = 16
"""Letters of a customer's name that leave room for the rest of a row on a small screen."""
_LOADED_AT = "_sdc_batched_at"
_LAST_ORDERS = f"""
    select
        case product when 'omni' then 'Omni' else 'Core' end as "Cin7",
        order_number as "Order",
        strftime(ordered_at, '%b %-d') as "Day",
        customer_name as "Customer",
        state as "State",
        format('{{:.2f}} {{}}', net, currency) as "Net",
        format('{{:.2f}}', net_base) as "NZD"
    from {MARTS}.cin7__orders
    qualify row_number() over (partition by product order by order_number desc) <= 5
    order by product desc, order_number desc
"""  # noqa: S608 - a constant


@dataclass(frozen=True)
class Shown:
    """One API of the demo.

    Attributes:
        title: How it is called on the screen.
        plugin: The extractor in meltano.yml.
        schema: Where its tables go.
        access: Settings that lead to the sandbox.
        streams: Streams that the screen tells of, with the column of their last change.
        product: ``omni`` or ``core``.

    """

    title: str
    plugin: str
    schema: str
    access: Callable[[Sandbox], dict[str, str]]
    streams: dict[str, str]
    product: Literal["omni", "core"]


SHOWN = [
    Shown(
        title="Cin7 Omni",
        plugin="tap-cin7",
        schema="cin7_omni",
        access=lambda sandbox: sandbox.access,
        streams={
            "contacts": "modifiedDate",
            "product_options": "modifiedDate",
            "sales_orders": "modifiedDate",
            "sales_order_lines": "parent_modified",
            "credit_notes": "modifiedDate",
            "payments": "modifiedDate",
            "purchase_orders": "modifiedDate",
            "branch_transfers": "modifiedDate",
            "stock": "modifiedDate",
        },
        product="omni",
    ),
    Shown(
        title="Cin7 Core",
        plugin="tap-cin7-core",
        schema="cin7_core",
        access=lambda sandbox: sandbox.core_access,
        streams={
            "customers": "LastModifiedOn",
            "products": "LastModifiedOn",
            "sale_list": "Updated",
            "sales": "LastModifiedOn",
            "sale_invoice_lines": "parent_modified",
            "purchases": "LastUpdatedDate",
            "stock_transfers": "LastModifiedOn",
            "transactions": "EffectiveDate",
            "product_availability": "",
        },
        product="core",
    ),
]


def run(api: Shown, access: dict[str, str], streams: Sequence[str], number: int) -> None:
    """Run Meltano once.

    Args:
        api: What is read.
        access: Settings that lead there.
        streams: What is selected.
        number: Number of the run.

    Raises:
        SystemExit: If the run fails.

    """
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
                f"{prefix}__SELECT".upper(): json.dumps([f"{name}.*" for name in streams]),
                "TARGET_DUCKDB_FILEPATH": str(DATABASE),
                "MELTANO_CLI_LOG_FORMAT": "uncolored",
                "MELTANO_SYS_DIR_ROOT": str(SYSTEM),
                "MELTANO_DATABASE_URI": f"sqlite:///{PLACE}/meltano.db",
                "MELTANO_STATE_BACKEND_URI": f"file://{PLACE}/state",
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        text = log.read_text(encoding="utf-8")
        sys.exit(f"{text[-3000:]}\n{api.title}: run {number} failed, see {log}")


def read(api: Shown, served: Served, number: int, console: Console) -> datetime:
    """Run Meltano once, say what it took, and return when it began."""
    sandbox = served.server
    console.print(f"{api.title}, run {number} ...", end=" ")
    sandbox.reset_calls()
    began, clock = datetime.now(timezone.utc), time.monotonic()
    run(api, api.access(sandbox), selected(api, served), number)
    rows, tables = loaded(api, began)
    seconds = time.monotonic() - clock
    calls = len(sandbox.calls)
    console.print(f"{rows:,} rows into {tables} tables, {calls:,} calls, {seconds:.0f} s")
    return began


def selected(api: Shown, served: Served) -> list[str]:
    """Return the streams that hold the shop's rows, and those that the dbt package reads."""
    staging = (PACKAGE / "models" / "staging" / api.product).glob("*.sql")
    read_by_package = {path.stem.split("__")[1] for path in staging} - NOT_KEPT
    return sorted(read_by_package.union(served.streams(api.product)))


def build(console: Console) -> None:
    """Build the marts with dbt, and test them.

    Raises:
        SystemExit: If a model or a test fails.

    """
    console.print("dbt build ...", end=" ")
    clock = time.monotonic()
    done = subprocess.run(  # noqa: S603 - our own command line
        [
            str(PACKAGE / ".venv" / "bin" / "dbt"),
            "build",
            "--quiet",
            *("--profiles-dir", ".", "--target", "duckdb", "--vars", json.dumps(VARIABLES)),
            # Log files would take half of the time; more threads would wait for each other.
            *("--log-level-file", "none", "--no-write-json", "--threads", "2"),
        ],
        cwd=PACKAGE,
        env={**os.environ, "CIN7_DUCKDB": str(DATABASE)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{done.stdout[-3000:]}\ndbt build failed")
    console.print(
        f"{len(tables(MARTS))} tables in schema {MARTS}, all their tests pass, "
        f"{time.monotonic() - clock:.0f} s"
    )


def note_the_sample(shop: Shop) -> None:
    """Say in the database that its shop is invented, for the report to say so too."""
    with duckdb.connect(str(DATABASE)) as connection:
        connection.execute("create schema demo")
        connection.execute(
            f"create table {SAMPLE} as select ?::date as opened, ?::date as today",
            [shop.opened, shop.today],
        )


def query(text: str, *values: object) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return the columns and rows that the database answers."""
    with duckdb.connect(str(DATABASE), read_only=True) as connection:
        found = connection.execute(text, values)
        return [str(column[0]) for column in found.description or ()], found.fetchall()


def tables(schema: str) -> list[str]:
    """Return the names of the tables in a schema."""
    text = "SELECT table_name FROM information_schema.tables WHERE table_schema = ?"
    return [name for (name,) in query(text, schema)[1]]


def loaded(api: Shown, since: datetime) -> tuple[int, int]:
    """Return how many rows were loaded since a moment, and into how many tables."""
    counts = [count(api, name, since) for name in tables(api.schema)]
    return sum(counts), sum(one > 0 for one in counts)


def count(api: Shown, table: str, since: datetime) -> int:
    """Return how many rows of a table were loaded since a moment."""
    text = f'SELECT count(*) FROM {api.schema}."{table}" WHERE {_LOADED_AT} >= ?'  # noqa: S608
    rows: int = query(text, since.replace(tzinfo=None))[1][0][0]
    return rows


def overview(api: Shown, second: datetime) -> Table:
    """Return what the database holds of an API, and what the second run brought."""
    shown = Table(title=f"{api.title}: schema {api.schema}", title_justify="left", box=SIMPLE_HEAD)
    shown.add_column("Table", no_wrap=True)
    shown.add_column("Rows", justify="right")
    shown.add_column("Latest change", no_wrap=True)
    shown.add_column("2nd run", no_wrap=True, justify="right")
    for stream, stamp in api.streams.items():
        newest = f'max("{stamp}")' if stamp else "NULL"
        text = f'SELECT count(*), {newest} FROM {api.schema}."{stream}"'  # noqa: S608
        rows, latest = query(text)[1][0]
        when = "" if latest is None else f"{latest:%Y-%m-%d %H:%M}"
        shown.add_row(stream, f"{rows:,}", when, f"{count(api, stream, second):,}")
    return shown


def last_orders() -> Table:
    """Return the newest orders of both products."""
    columns, rows = query(_LAST_ORDERS)
    title = f"The last orders [dim](table {MARTS}.cin7__orders)[/dim]"
    shown = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for column in columns:
        is_amount = column in {"Net", "NZD"}
        shown.add_column(
            column, justify="right" if is_amount else "left", no_wrap=True, max_width=_WIDEST
        )
    for row in rows:
        shown.add_row(*map(str, row))
    return shown


def show(console: Console, shown: Sequence[Table]) -> None:
    """Print tables."""
    for table in shown:
        console.print()
        console.print(table)


def main() -> None:
    """Show it."""
    console = Console(highlight=False)
    shutil.rmtree(PLACE, ignore_errors=True)
    SYSTEM.mkdir(parents=True)
    for plugins in ("extractors", "loaders"):
        (SYSTEM / plugins).symlink_to(ROOT / ".meltano" / plugins)
    # All that happened lies in the past, as it does in real accounts.
    yesterday = datetime.now(timezone.utc).date() - timedelta(days=1)
    later = Shop(yesterday, orders_per_day=ORDERS_PER_DAY)
    shop = some_days_ago(later)
    console.print(f"A shop since {shop.opened}, as Cin7 Omni and as Cin7 Core would keep it.")
    overviews = []
    with Sandbox(rows=room(shop), default_rows=OTHER_ROWS) as sandbox:
        served = Served(shop, sandbox)
        for api in SHOWN:
            read(api, served, 1, console)
        days = (later.today - shop.today).days
        console.print(f"{days} days go by: new orders, a void, payments, goods move.")
        served.become(later)
        for api in SHOWN:
            began = read(api, served, 2, console)
            overviews.append(overview(api, began))
    show(console, overviews)
    console.print(
        "The second run brings changes and a short overlap. A stream whose changes Cin7 does "
        "not tell reliably is read whole each time.\n"
    )
    build(console)
    note_the_sample(later)
    show(console, [last_orders()])
    report.show(DATABASE, MARTS, PAGE, console)
    opened = os.path.relpath(DATABASE)
    console.print(
        f"Ask more: duckdb -readonly {opened}\n"
        f"or, without DuckDB's own program: {os.path.relpath(sys.executable)} -c "
        f'\'import duckdb; duckdb.connect("{opened}").sql("SHOW ALL TABLES").show()\'',
        soft_wrap=True,
    )


if __name__ == "__main__":
    main()
