"""A report of three charts from the marts of the dbt package: in the terminal and as one HTML file.

    python -m sandbox.report .demo/cin7.duckdb --html .demo/report.html

Sales by month, margin by product, stock by location. The page needs nothing beside itself.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

PRODUCTS = {"omni": "Cin7 Omni", "core": "Cin7 Core"}
COLOURS = {"omni": "#2f6f9f", "core": "#c46a2b"}
_TERMINAL_COLOURS = {"omni": "blue", "core": "yellow"}
_WIDTH, _LABEL, _VALUE, _BAR, _GAP = 760, 190, 150, 20, 8
_TERMINAL_BAR = 30


@dataclass(frozen=True)
class Bar:
    """One bar of a chart.

    Attributes:
        label: What it stands for.
        value: Its length.
        note: What is said beside it.

    """

    label: str
    value: float
    note: str


@dataclass(frozen=True)
class Chart:
    """Bars of one product under a title."""

    title: str
    product: str
    bars: Sequence[Bar]


@dataclass(frozen=True)
class _Question:
    title: str
    query: str
    note: str


_QUESTIONS = (
    _Question(
        "Sales by month",
        """
        select strftime(day, '%Y-%m'), sum(net_base), sum(units)
        from {schema}.cin7__daily_sales where product = ? group by 1 order by 1
        """,
        "{0:,.0f} {currency}",
    ),
    _Question(
        "Margin by product",
        """
        select product_group, sum(margin_base), 100 * sum(margin_base) / nullif(sum(net_base), 0)
        from {schema}.cin7__daily_sales where product = ? group by 1 order by 2 desc limit 12
        """,
        "{0:,.0f} {currency}, {1:.0f} %",
    ),
    _Question(
        "Stock by location",
        """
        select location, sum(value_base), sum(on_hand)
        from {schema}.cin7__stock_levels where product = ? group by 1 order by 2 desc
        """,
        "{0:,.0f} {currency}, {1:,.0f} units",
    ),
)


def charts(path: Path, schema: str) -> list[Chart]:
    """Return the charts of the products that have any data.

    Args:
        path: DuckDB file that the package was built in.
        schema: Schema of its marts.

    """
    found = []
    with duckdb.connect(str(path), read_only=True) as connection:
        currencies = dict(
            connection.execute(
                f"select product, max(base_currency) from {schema}.cin7__orders group by 1"  # noqa: S608
            ).fetchall()
        )
        for product in PRODUCTS:
            currency = currencies.get(product) or ""
            for one in _QUESTIONS:
                query = one.query.format(schema=schema)
                rows = connection.execute(query, [product]).fetchall()
                bars = [
                    Bar(
                        str(label or "none"),
                        float(value or 0),
                        one.note.format(float(value or 0), float(other or 0), currency=currency),
                    )
                    for label, value, other in rows
                ]
                if bars:
                    found.append(Chart(one.title, product, bars))
    return found


def terminal(chart: Chart) -> Table:
    """Return a chart as text."""
    title = f"{PRODUCTS[chart.product]}: {chart.title}"
    shown = Table(title=title, title_justify="left", show_header=False, box=None)
    longest = max(abs(one.value) for one in chart.bars) or 1
    for one in chart.bars:
        filled = round(_TERMINAL_BAR * max(one.value, 0) / longest)
        bar = Text("█" * filled, style=_TERMINAL_COLOURS[chart.product])
        shown.add_row(one.label, bar, Text(one.note, justify="right"))
    return shown


def picture(chart: Chart) -> str:
    """Return a chart as SVG."""
    longest = max(abs(one.value) for one in chart.bars) or 1
    room = _WIDTH - _LABEL - _VALUE
    height = len(chart.bars) * (_BAR + _GAP)
    parts = [f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(chart.title)}">']
    for number, one in enumerate(chart.bars):
        top = number * (_BAR + _GAP)
        width = room * max(one.value, 0) / longest
        middle = top + _BAR / 2
        parts.append(
            f'<text x="{_LABEL - 8}" y="{middle}" class="label">{escape(one.label)}</text>'
            f'<rect x="{_LABEL}" y="{top}" width="{width:.1f}" height="{_BAR}" rx="2" '
            f'fill="{COLOURS[chart.product]}"/>'
            f'<text x="{_LABEL + width + 8:.1f}" y="{middle}">{escape(one.note)}</text>'
        )
    return "".join([*parts, "</svg>"])


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sales, margin, stock</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 52rem; padding: 0 1rem;
  color: #222; background: #fff }}
h2 {{ margin-top: 2.5rem; border-bottom: 1px solid #ddd }}
svg {{ width: 100%; height: auto }}
svg text {{ font-size: 12px; fill: #333; dominant-baseline: central }}
svg .label {{ text-anchor: end }}
@media (prefers-color-scheme: dark) {{
  body {{ background: #181818; color: #ddd }} svg text {{ fill: #ccc }}
}}
</style>
</head>
<body>
<h1>Sales, margin, stock</h1>
<p>From the tables daily_sales and stock_levels. Sales are goods without tax and charges, credit
notes with minus; margin is sales less the cost of the goods, of the twelve products with the
largest; all in base currency.</p>
{body}
</body>
</html>
"""


def page(found: Sequence[Chart]) -> str:
    """Return all charts as one HTML page."""
    parts = []
    for product, title in PRODUCTS.items():
        own = [one for one in found if one.product == product]
        if own:
            parts.append(f"<h2>{title}</h2>")
            parts += [f"<h3>{one.title}</h3>\n{picture(one)}" for one in own]
    return _PAGE.format(body="\n".join(parts))


def main() -> None:
    """Print the charts, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.report", description=__doc__)
    parser.add_argument("database", type=Path, help="DuckDB file that dbt has built the marts in")
    parser.add_argument("--schema", default="analytics", help="schema of the marts")
    parser.add_argument("--html", type=Path, help="where to write the page")
    options = parser.parse_args()
    found = charts(options.database, options.schema)
    console = Console(highlight=False)
    for chart in found:
        console.print()
        console.print(terminal(chart))
    if options.html:
        options.html.write_text(page(found), encoding="utf-8")
        console.print(f"\nThe same as a page: {options.html.resolve().as_uri()}", soft_wrap=True)


if __name__ == "__main__":
    main()
