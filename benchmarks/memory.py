"""The most resident memory of a run, short and long."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.child import run
from benchmarks.report import Report
from benchmarks.server import serving
from benchmarks.tap import WITHOUT_LIMITS, command, config

SIZES = (10_000, 200_000)
STREAM = "sales_orders"


def measure() -> Report:
    """Measure both sizes."""
    report = Report("Memory", ("sales orders", "resident, MB"))
    for rows in SIZES:
        with (
            tempfile.TemporaryDirectory() as folder,
            serving("--default-rows", "0", "--rows", f"{STREAM}={rows}") as server,
        ):
            line = command(Path(folder), config(server, **WITHOUT_LIMITS), [STREAM])
            megabytes = run(line).megabytes
        report.rows.append((f"{rows:,}", f"{megabytes:.0f}"))
        report.target(f"resident memory at {rows:,} rows", megabytes, " MB", most=90)
    return report
