"""The demo: a small shop behind a stand-in of Cin7, read with Meltano into DuckDB twice.

Between the two runs some days go by in the shop. At the end the database answers what anybody
asks first: sales by month, margin by product, stock by location. Run by ``make demo``;
everything it makes lies in ``.demo``.
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

from sandbox import Sandbox
from sandbox.shop import Shop
from sandbox.shop.edits import some_days_ago
from sandbox.shop.serve import Served, room

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / ".demo"
DATABASE = PLACE / "cin7.duckdb"
SYSTEM = PLACE / "meltano"
"""Meltano's own files: runs of one plugin in one directory would overwrite each other's catalog."""
QUERIES = Path(__file__).with_name("shop") / "queries"
ORDERS_PER_DAY = 2
OTHER_ROWS = 5
"""Rows of each stream that the shop has nothing to say of."""
_LOADED_AT = "_sdc_batched_at"


@dataclass(frozen=True)
class Shown:
    """One API of the demo.

    Attributes:
        title: How it is called on the screen.
        plugin: The extractor in meltano.yml.
        schema: Where its tables go.
        access: Settings that lead to the sandbox.
        cut: Streams that the tap cuts from the shop's documents, with spaces between.
        streams: Streams that the screen tells of, with the column of their last change.
        product: ``omni`` or ``core``; its queries begin with it.

    """

    title: str
    plugin: str
    schema: str
    access: Callable[[Sandbox], dict[str, str]]
    cut: str
    streams: dict[str, str]
    product: Literal["omni", "core"]


SHOWN = [
    Shown(
        title="Cin7 Omni",
        plugin="tap-cin7",
        schema="cin7_omni",
        access=lambda sandbox: sandbox.access,
        cut=(
            "sales_order_lines credit_note_lines purchase_order_lines adjustment_lines "
            "branch_transfer_lines bom_components product_option_prices"
        ),
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
        cut=(
            "sale_order_lines sale_invoices sale_invoice_lines sale_payments "
            "sale_credit_notes sale_inventory_movements purchase_order_lines "
            "purchase_invoices purchase_invoice_lines purchase_receipt_lines "
            "purchase_payments stock_adjustment_lines stock_adjustment_new_lines "
            "stocktake_lines stock_transfer_lines"
        ),
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
TITLES = {
    "sales_by_month": "Sales by month",
    "margin_by_product": "Margin by product",
    "stock_by_location": "Stock by location",
}


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
                "TARGET_DUCKDB_ADD_METADATA_COLUMNS": "true",
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
    streams = (*served.streams(api.product), *api.cut.split())
    run(api, api.access(sandbox), streams, number)
    rows, tables = loaded(api, began)
    seconds = time.monotonic() - clock
    calls = len(sandbox.calls)
    console.print(f"{rows:,} rows into {tables} tables, {calls:,} calls, {seconds:.0f} s")
    return began


def query(text: str, *values: object) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return the columns and rows that the database answers."""
    with duckdb.connect(str(DATABASE), read_only=True) as connection:
        found = connection.execute(text, values)
        return [str(column[0]) for column in found.description or ()], found.fetchall()


def loaded(api: Shown, since: datetime) -> tuple[int, int]:
    """Return how many rows were loaded since a moment, and into how many tables."""
    names = [
        name
        for (name,) in query(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = ?", api.schema
        )[1]
    ]
    counts = [count(api, name, since) for name in names]
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


def answer(api: Shown, name: str) -> Table:
    """Return what a query finds."""
    path = QUERIES / f"{api.product}_{name}.sql"
    columns, rows = query(path.read_text(encoding="utf-8"))
    title = f"{api.title}: {TITLES[name]} [dim]({path.relative_to(ROOT)})[/dim]"
    shown = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for position, column in enumerate(columns):
        shown.add_column(column, justify="right" if position else "left", no_wrap=True)
    for row in rows:
        shown.add_row(*(_text(value) for value in row))
    return shown


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def show(console: Console, tables: Sequence[Table]) -> None:
    """Print tables."""
    for table in tables:
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
    tables = []
    with Sandbox(rows=room(shop), default_rows=OTHER_ROWS) as sandbox:
        served = Served(shop, sandbox)
        for api in SHOWN:
            read(api, served, 1, console)
        days = (later.today - shop.today).days
        console.print(f"{days} days go by: new orders, a void, payments, goods move.")
        served.become(later)
        for api in SHOWN:
            began = read(api, served, 2, console)
            tables.append(overview(api, began))
    show(console, tables)
    console.print(
        "The second run brings changes and a short overlap. A stream whose changes Cin7 does "
        "not tell reliably is read whole each time."
    )
    show(console, [answer(api, name) for api in SHOWN for name in TITLES])
    opened = os.path.relpath(DATABASE)
    console.print(
        f"Ask more: duckdb -readonly {opened}\n"
        f"or, without DuckDB's own program: {os.path.relpath(sys.executable)} -c "
        f'\'import duckdb; duckdb.connect("{opened}").sql("SHOW ALL TABLES").show()\'',
        soft_wrap=True,
    )


if __name__ == "__main__":
    main()
