"""Results as Markdown, on the screen and for the README."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CPUINFO = Path("/proc/cpuinfo")


@dataclass
class Report:
    """One part: a heading, a table, and how the targets came out.

    Attributes:
        title: The heading.
        columns: Heads of the table; the first one is text, the others are numbers.
        rows: The table.
        notes: What else was seen.
        verdicts: Each target and whether it was met.

    """

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)

    def target(self, what: str, value: float, unit: str = "", **bound: float) -> None:
        """Note whether a value keeps within ``least`` or ``most``."""
        least, most = bound.get("least"), bound.get("most")
        met = (least is None or value >= least) and (most is None or value <= most)
        limit = f"at least {least:g}" if least is not None else f"at most {most:g}"
        self.verdicts.append(
            f"{'met' if met else 'MISSED'}: {what}: {value:.4g}{unit}, target {limit}{unit}"
        )

    def __str__(self) -> str:
        """Return it as Markdown."""
        lines = [f"## {self.title}", ""]
        lines += ["| " + " | ".join(self.columns) + " |"]
        lines += ["|---|" + "---:|" * (len(self.columns) - 1)]
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        lines += ["", *self.notes] if self.notes else []
        lines += ["", *(f"- {verdict}" for verdict in self.verdicts)] if self.verdicts else []
        return "\n".join(lines) + "\n"


def machine() -> str:
    """Return where the numbers come from."""
    model = platform.machine()
    if _CPUINFO.exists():
        names = [line for line in _CPUINFO.read_text().splitlines() if "model name" in line]
        model = names[0].partition(":")[2].strip() if names else model
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}"
        for name in ("singer-sdk", "msgspec", "requests")
    )
    return (
        f"{os.cpu_count()} cores, {model}, {platform.system()}, "
        f"Python {platform.python_version()}, {versions}"
    )


def ratios(ours: Iterable[float], theirs: Iterable[float]) -> float:
    """Return the median of the ratios of numbers that were taken side by side."""
    return median(our / their for our, their in zip(ours, theirs, strict=True))
