"""From end to end: Meltano, the tap and a loader, into DuckDB."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.child import ROOT, run
from benchmarks.report import Report
from benchmarks.server import serving
from benchmarks.tap import rows_and_calls

SIZES = (200, 2_000)
_PLUGINS = ROOT / ".meltano" / "extractors" / "tap-cin7"


def measure() -> Report:
    """Load all Omni streams, few rows and then ten times as many.

    Raises:
        SystemExit: If Meltano's plugins are not installed.

    """
    if not _PLUGINS.exists():
        sys.exit("Meltano's plugins are not installed: run `make plugins`")
    report = Report(
        "Meltano into DuckDB, all Omni streams",
        ("rows, those of line tables included", "seconds", "CPU, seconds", "rows/s"),
    )
    for size in SIZES:
        rows, seconds, cpu = _load(size)
        report.rows.append((f"{rows:,}", f"{seconds:.1f}", f"{cpu:.1f}", f"{rows / seconds:,.0f}"))
    report.notes.append("CPU is that of Meltano, the tap and the loader together.")
    return report


def _load(size: int) -> tuple[int, float, float]:
    with (
        tempfile.TemporaryDirectory() as folder,
        serving("--default-rows", str(size), core=None) as server,
    ):
        output = Path(folder) / "meltano.log"
        cost = run(
            [
                str(Path(sys.executable).with_name("meltano")),
                "--environment=prod",
                "run",
                "tap-cin7",
                "target-duckdb",
            ],
            output,
            core=None,
            variables={
                "TAP_CIN7_API": "omni",
                "TAP_CIN7_BASE_URL": server.omni,
                "TAP_CIN7_USERNAME": "demo",
                "TAP_CIN7_API_KEY": "demo-key",
                "TAP_CIN7_REQUESTS_PER_SECOND": "1000",
                "TAP_CIN7_REQUESTS_PER_MINUTE": "1000000",
                "TAP_CIN7_REQUESTS_PER_DAY": "10000000",
                "TARGET_DUCKDB_FILEPATH": f"{folder}/cin7.duckdb",
                "MELTANO_CLI_LOG_FORMAT": "plain",
                "MELTANO_DATABASE_URI": f"sqlite:///{folder}/meltano.db",
                "MELTANO_STATE_BACKEND_URI": f"file://{folder}/state",
            },
        )
        told = rows_and_calls(cost.log + output.read_text())
    return sum(rows for rows, _ in told.values()), cost.seconds, cost.cpu
