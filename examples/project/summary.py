"""Turn the log of a run into a Markdown table: ``python summary.py run.log``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

LINE = re.compile(r"SUMMARY (?P<stream>\w+)(?: \((?P<note>[^)]+)\))?: (?P<counts>\d+ rows.*)")
COUNTS = ("rows", "calls", "retries", "s waited")
"""What a line counts; it leaves out what is zero."""
PROBLEM = re.compile(r"\b(?:WARNING|ERROR)\b.*")


def table(log: str) -> str:
    """Return what the streams did, those that are not complete first, and what went wrong."""
    found = sorted(LINE.finditer(log), key=lambda one: (one["note"] is None, one["stream"]))
    lines = [
        "| Stream | Rows | Calls | Retries | Seconds waited |",
        "| --- | --: | --: | --: | --: |",
    ]
    for one in found:
        name = one["stream"] + (f" **{one['note']}**" if one["note"] else "")
        counts = (re.search(rf"([\d.]+) {what}", one["counts"]) for what in COUNTS)
        lines.append(f"| {name} | {' | '.join(count[1] if count else '0' for count in counts)} |")
    if not found:
        lines = ["No stream was read."]
    problems = dict.fromkeys(one.group() for one in PROBLEM.finditer(log))
    if problems:
        lines += ["", "```text", *problems, "```"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(table(Path(sys.argv[1]).read_text(encoding="utf-8")))
