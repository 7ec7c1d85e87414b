"""Charts as SVG, drawn ahead: a page with them needs no script and nothing from elsewhere.

Colours are variables of the page's style, so that one picture fits light and dark. Text keeps its
size: there is a picture for a phone and one for anything wider, instead of one that shrinks.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import altair as alt
import vl_convert

from demo.report.answers import Bars, Months

if TYPE_CHECKING:
    from collections.abc import Sequence

    from demo.report.answers import Answer


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


SIZES = (Size("narrow", 340, 120, 1), Size("wide", 540, 180, 3))
_INK, _LINE, _SALES, _MARGIN, _LOSS = (
    f"var(--{name})" for name in ("ink", "line", "sales", "margin", "loss")
)
_FONT, _TEXT = "Arial, Helvetica, sans-serif", 12
_DIGIT = 7
"""Pixels that hold a digit of this size."""
_STEP, _BAR, _GAP, _HEIGHT = 26, 18, 5, 240
_PART = 0.45
"""Opacity of a part of a month."""


def pictures(answer: Answer, currency: str) -> dict[str, str]:
    """Return the chart of an answer, by name of size.

    Args:
        answer: An answer with rows, whose question has a chart.
        currency: What amounts are in.

    """
    drawn = {}
    for size in SIZES:
        chart = answer.question.chart
        picture = _bars(answer, chart, size) if isinstance(chart, Bars) else _months(answer, chart, size)
        drawn[size.name] = vl_convert.vegalite_to_svg(_styled(picture).to_dict())
    return drawn


def _bars(answer: Answer, bars: Bars, size: Size) -> alt.LayerChart:
    rows = [*answer.first, *answer.last]
    values = [float(value or 0) for value in answer.values(bars.value, rows)]
    said = answer.written(bars.value, rows)
    if bars.note:
        notes = answer.written(bars.note, rows)
        said = [f"{one} ({note})" for one, note in zip(said, notes, strict=True)]
    data = [
        # By place: two of them may have the same label.
        {"place": place, "label": label, "value": value, "beside": max(value, 0), "said": text}
        for place, (label, value, text) in enumerate(
            zip(answer.written(bars.label, rows), values, said, strict=True)
        )
    ]
    width = size.width - size.labels
    scale = alt.Scale(
        domain=[min(0, *values), max(0, *values) or 1],
        range=[0, width - _DIGIT * max(map(len, said)) - _GAP],
        nice=False,
    )
    place = alt.Y("place:O", axis=None)
    chart = alt.Chart(alt.Data(values=data), width=width, height=alt.Step(_STEP))
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


def _months(answer: Answer, months: Months, size: Size) -> alt.LayerChart:
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
            f"’{day:%y}" if day.month == 1 or day == days[0] else "",
        ]
        for day, part in zip(days, parts, strict=True)
    }
    month = alt.X(
        "month:O",
        scale=alt.Scale(domain=list(labels)),
        axis=alt.Axis(labelExpr=f"({json.dumps(labels)})[datum.value]", labelAngle=0, labelOverlap=False),
    )
    amount = alt.Y("value:Q", axis=alt.Axis(format="~s", tickCount=5))
    colour = alt.Color(
        "series:N",
        scale=alt.Scale(domain=list(series), range=[_SALES, _MARGIN, _INK]),
        
    )
    opacity = alt.Opacity("opacity:Q", scale=None)
    chart = alt.Chart(
        alt.Data(values=data), width=size.width, height=_HEIGHT
    ).encode(x=month, y=amount, color=colour, opacity=opacity)

    def of(name: str) -> alt.Chart:
        return chart.transform_filter(alt.datum.series == name)

    return alt.layer(
        of(months.whole).mark_bar(width=alt.RelativeBandSize(0.85)),
        of(months.inner).mark_bar(width=alt.RelativeBandSize(0.4)),
        of(months.mark).mark_tick(thickness=2, size=0.9 * size.width / len(days)),
    ).properties(autosize=alt.AutoSizeParams(type="fit", contains="padding"))


def _styled(chart: alt.LayerChart) -> alt.LayerChart:
    return (
        chart.configure(font=_FONT, aria=False, background="transparent", padding=0)
        .configure_view(stroke=None)
        .configure_text(color=_INK, fontSize=_TEXT, baseline="middle")
        .configure_axis(
            labelColor=_INK, labelFontSize=_TEXT, gridColor=_LINE, domainColor=_LINE, ticks=False, title=None
        )
        .configure_legend(labelColor=_INK, labelFontSize=_TEXT, title=None, orient="top")
    )
