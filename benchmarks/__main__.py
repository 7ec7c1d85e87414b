"""Run the benchmarks, all or some: ``python -m benchmarks [cpu] [lines] [memory] ...``."""

from __future__ import annotations

import sys

from benchmarks import calls, cpu, lines, marts, memory, pipeline, quota, sharing, startup
from benchmarks.report import machine

# Memory comes first, while this process is small itself.
PARTS = {
    "memory": memory.measure,
    "cpu": cpu.measure,
    "lines": lines.measure,
    "startup": startup.measure,
    "quota": quota.measure,
    "sharing": sharing.measure,
    "calls": calls.measure,
    "pipeline": pipeline.measure,
}
# Takes many minutes: only where it is named.
LONG = {"dbt": marts.measure}


def main() -> None:
    """Measure the parts that are named, or all."""
    wanted = sys.argv[1:] or list(PARTS)
    known = PARTS | LONG
    if unknown := sorted(set(wanted) - known.keys()):
        sys.exit(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(known)}")
    print(f"{machine()}\n", flush=True)
    for name in wanted:
        print(known[name](), flush=True)


if __name__ == "__main__":
    main()
