"""Charts as SVG, drawn ahead: a page with them needs no script and nothing from elsewhere.

Colours are variables of the page's style, so that one picture fits light and dark. Text keeps its
size: there is a picture for a phone and one for anything wider, instead of one that shrinks.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from html import escape
from typing import TYPE_CHECKING, TypeAlias

import altair as alt
import vl_convert

from demo.report.answers import Bars

if TYPE_CHECKING:
    from collections.abc import Sequence

    from demo.report.answers import Answer, Months
    from demo.report.marts import Row


@dataclass(frozen=True)
class Size:
    """A width of charts.

    Attributes:
        name: Class of the picture in the page's style.
        width: Width in pixels.
        labels: How many of them are for the labels of bars.
        letters: How many letters of a month's name fit.

    """

    name: str
    width: int
    labels: int
    letters: int


@dataclass(frozen=True)
class _Bar:
    label: str
    value: float
    said: str


_Chart: TypeAlias = "alt.LayerChart | alt.FacetChart"
SIZES = (Size("narrow", 340, 120, 1), Size("wide", 540, 180, 3))
_INK, _LINE, _SALES, _MARGIN, _LOSS, _MARK = (
    f"var(--{name})" for name in ("ink", "line", "sales", "margin", "loss", "mark")
)
_FONT, _TEXT = "Arial, Helvetica, sans-serif", 12
_DIGIT = 7
"""Pixels that hold a digit of this size."""
_STEP, _BAR, _GAP, _HEIGHT = 26, 18, 5, 240
_TAG = re.compile(r"<[^>]*>")
_UNUSED = re.compile(
    r' (?:role="graphics-|aria-\w+="|pointer-events="|class="(?:mark|background|foreground))[^"]*"'
)
_DIGITS = re.compile(r"(\.\d)\d+")
_PART = 0.4
"""Opacity of a part of a month."""


def pictures(answer: Answer) -> list[str]:
    """Return the chart of an answer in all sizes, nothing if it has no rows or is not drawn."""
    chart = answer.question.chart
    if not chart or not answer.rows:
        return []
    description = _description(answer, chart.bars)
    return [
        _for_page(
            _bars(answer, chart, size) if isinstance(chart, Bars) else _months(answer, chart, size),
            size,
            description,
        )
        for size in SIZES
    ]


def _description(answer: Answer, bars: Bars) -> str:
    rows = [*answer.first, *answer.last]
    bars_said = zip(answer.written(bars.label, rows), answer.said(bars, rows), strict=True)
    return f"{bars.value}: {', '.join(f'{label} {said}' for label, said in bars_said)}"


def _for_page(chart: _Chart, size: Size, description: str) -> str:
    """Return the picture of a chart, without what a page has no use for."""
    svg = vl_convert.vegalite_to_svg(_styled(chart).to_dict())
    svg = re.sub(r"^<svg[^>]*?( width[^>]*)>", rf'<svg class="{size.name}" role="img"\1>', svg)
    svg = _TAG.sub(lambda tag: _DIGITS.sub(r"\1", _UNUSED.sub("", tag[0])), svg)
    return svg.replace(' role="img"', f' role="img" aria-label="{escape(description)}"', 1)


def _bars(answer: Answer, bars: Bars, size: Size) -> _Chart:
    drawn = _drawn(answer, bars, answer.first)
    if answer.rest:
        drawn.append(_Bar(f"… {answer.rest.title}", 0, ""))
    drawn += _drawn(answer, bars, answer.last)
    # Two products may have the same name.
    data = [
        {"place": place, "beside": max(one.value, 0), **asdict(one)}
        for place, one in enumerate(drawn)
    ]
    values = [one.value for one in drawn]
    width = size.width - size.labels - 2 * _GAP
    scale = alt.Scale(
        domain=[min(0, *values), max(0, *values) or 1],
        range=[0, width - _DIGIT * max(len(one.said) for one in drawn) - _GAP],
        nice=False,
    )
    place = alt.Y("place:O", axis=None)
    chart = alt.Chart(alt.InlineData(values=data), width=width, height=alt.Step(_STEP))
    colour = alt.when("datum.value < 0").then(alt.value(_LOSS)).otherwise(alt.value(_MARGIN))
    return alt.layer(
        chart.mark_bar(height=_BAR).encode(
            y=place, x=alt.X("value:Q", scale=scale, axis=None), color=colour
        ),
        chart.mark_rule(color=_LINE).encode(x=alt.datum(0, type="quantitative")),
        chart.mark_text(align="left", dx=_GAP).encode(
            y=place, x=alt.X("beside:Q", scale=scale), text="said:N"
        ),
        chart.mark_text(align="left", limit=size.labels - _GAP).encode(
            y=place, x=alt.value(-size.labels), text="label:N"
        ),
    )


def _drawn(answer: Answer, bars: Bars, rows: Sequence[Row]) -> list[_Bar]:
    columns = (
        answer.written(bars.label, rows),
        answer.values(bars.value, rows),
        answer.said(bars, rows),
    )
    return [
        _Bar(label, float(value or 0), said) for label, value, said in zip(*columns, strict=True)
    ]


def _months(answer: Answer, months: Months, size: Size) -> _Chart:
    days = answer.values(months.month, answer.rows)
    parts = answer.values(months.part, answer.rows)
    series = (months.whole, months.inner, months.mark)
    data = [
        {
            "month": day.isoformat(),
            "series": one,
            "value": float(value),
            "opacity": _PART if part else 1,
        }
        for one in series
        for day, part, value in zip(days, parts, answer.values(one, answer.rows), strict=True)
        if value is not None
    ]
    labels = {
        day.isoformat(): [
            f"{day:%b}"[: size.letters] + "*" * bool(part),
            f"'{day:%y}" if day.month == 1 or day == days[0] else "",
        ]
        for day, part in zip(days, parts, strict=True)
    }
    month = alt.X(
        "month:O",
        scale=alt.Scale(domain=list(labels)),
        axis=alt.Axis(
            labelExpr=f"({json.dumps(labels)})[datum.value]", labelAngle=0, labelOverlap=False
        ),
    )
    amount = alt.Y("value:Q", axis=alt.Axis(format="~s", tickCount=5))
    colour = alt.Color(
        "series:N",
        scale=alt.Scale(domain=list(series), range=[_SALES, _MARGIN, _MARK]),
    )
    opacity = alt.Opacity("opacity:Q", scale=None)
    chart = alt.Chart(alt.InlineData(values=data), width=size.width, height=_HEIGHT).encode(
        x=month, y=amount, color=colour, opacity=opacity
    )

    whole, inner, mark = (chart.transform_filter(alt.datum.series == one) for one in series)
    return alt.layer(
        whole.mark_bar(width=alt.RelativeBandSize(0.85)),
        inner.mark_bar(width=alt.RelativeBandSize(0.4)),
        mark.mark_tick(thickness=2, size=0.9 * size.width / len(days)),
        autosize=alt.AutoSizeParams(type="fit", contains="padding"),
    )


def _styled(chart: _Chart) -> _Chart:
    styled: _Chart = (
        chart.configure(font=_FONT, aria=False, background="transparent", padding=_GAP)
        .configure_view(stroke=None)
        .configure_text(color=_INK, fontSize=_TEXT, baseline="middle")
        .configure_axis(
            labelColor=_INK,
            labelFontSize=_TEXT,
            gridColor=_LINE,
            domainColor=_LINE,
            ticks=False,
            title=None,
        )
        .configure_legend(
            labelColor=_INK, labelFontSize=_TEXT, title=None, orient="top", symbolOpacity=1
        )
    )
    return styled
