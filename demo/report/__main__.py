"""The report of a DuckDB file, in the terminal and as a page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console

from demo import report


def main() -> None:
    """Print the report, and write the page."""
    parser = argparse.ArgumentParser(
        prog="python -m demo.report", description="Report on the marts of the dbt package."
    )
    parser.add_argument("database", type=Path, help="DuckDB file that dbt has built the marts in")
    parser.add_argument("--schema", default="analytics", help="schema of the marts")
    parser.add_argument("--html", type=Path, help="where to write the page")
    options = parser.parse_args()
    try:
        report.show(options.database, options.schema, options.html, Console(highlight=False))
    except report.ReportError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
