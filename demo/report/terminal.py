"""The report in a terminal: what needs a look, the last four weeks, and the charts as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from demo.report.answers import Answer, Bars
    from demo.report.chapters import Chapter
    from demo.report.totals import Period

_PERIOD = "Last 4 weeks"
_QUESTIONS = ("Sales and margin by month", "Best and worst products")
_BAR = 24


def terminal(chapter: Chapter) -> Iterator[RenderableType]:
    """Yield a chapter as text."""
    yield ""
    yield Text(chapter.title, style="bold")
    yield Text(chapter.about)
    for one in chapter.notices:
        if one.urgent and one.question.alert:
            worth = f", {one.worth} {chapter.books.currency}".rstrip() if one.worth else ""
            yield Text(f"{one.question.alert.title}: {len(one.urgent)}{worth}")
    yield from (_totals(one) for one in chapter.periods if one.title == _PERIOD)
    for one in chapter.answers:
        if one.question.chart and one.question.title in _QUESTIONS:
            yield _bars(one, one.question.chart.bars)


def _totals(period: Period) -> Table:
    shown = Table(title=period.title, title_justify="left", box=SIMPLE_HEAD)
    shown.add_column("")
    for name in ("Now", "Year before", "Change"):
        shown.add_column(name, justify="right", no_wrap=True)
    for line in period.lines:
        kind = line.measure.kind
        shown.add_row(
            line.measure.name, kind.written(line.now), kind.written(line.before), line.change
        )
    return shown


def _bars(answer: Answer, bars: Bars) -> RenderableType:
    if not answer.rows:
        return Text(answer.sentence)
    rows = [*answer.first, *answer.last]
    values = [float(value or 0) for value in answer.values(bars.value, rows)]
    longest = max(map(abs, values)) or 1
    shown = Table(
        title=f"{answer.question.title}: {bars.value}",
        title_justify="left",
        show_header=False,
        box=None,
    )
    shown.add_column(max_width=22, no_wrap=True)
    shown.add_column(no_wrap=True)
    shown.add_column(no_wrap=True)
    for label, value, said in zip(
        answer.written(bars.label, rows), values, answer.said(bars, rows), strict=True
    ):
        length = round(_BAR * abs(value) / longest)
        shown.add_row(label, Text("█" * length, style="red" if value < 0 else "blue"), said)
    return shown
