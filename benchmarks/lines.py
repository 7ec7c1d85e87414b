"""What Meltano selects by default of sales orders: the orders, their lines, and their sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.cpu import Contest, outcome

if TYPE_CHECKING:
    from benchmarks.report import Report

WITH_LINES = Contest(
    "Sales orders with their lines and sizes, as Meltano selects them",
    ("sales_orders", "sales_order_lines", "sales_order_line_sizes"),
    1_000,
    11_000,
    4,
    2,
)


def measure() -> Report:
    """Measure 10,000 orders."""
    return outcome(WITH_LINES)
