"""The most resident memory of a run, short and long."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.child import run
from benchmarks.report import Report
from benchmarks.server import serving
from benchmarks.tap import WITHOUT_LIMITS, command, config

SIZES = (10_000, 200_000)
STREAMS = {"sales_orders": "omni", "sale_list": "core"}


def measure() -> Report:
    """Measure a stream of each product at both sizes."""
    report = Report("Memory", ("resident, MB", *(f"{rows:,} rows" for rows in SIZES)))
    for stream, api in STREAMS.items():
        found = [_megabytes(api, stream, rows) for rows in SIZES]
        report.rows.append((f"{api} {stream}", *(f"{megabytes:.0f}" for megabytes in found)))
        for rows, megabytes in zip(SIZES, found, strict=True):
            what = f"resident memory, {rows:,} rows of {stream}"
            report.target(what, megabytes, " MB", most=90)
    return report


def _megabytes(api: str, stream: str, rows: int) -> float:
    with (
        tempfile.TemporaryDirectory() as folder,
        serving("--default-rows", "0", "--rows", f"{stream}={rows}") as server,
    ):
        line = command(Path(folder), config(server, api, **WITHOUT_LIMITS), [stream])
        return run(line).megabytes
