"""Totals of the last days, weeks and year, each beside the same weekdays of the year before.

A period is compared only where the books reach back to its first day.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from demo.report.answers import Column, Kind, money, units
from demo.report.marts import NotBuiltError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from decimal import Decimal

    from demo.report.marts import Marts, Row

MEASURES = (
    money("Sales"),
    money("Margin"),
    Column("Margin %", Kind.PERCENT),
    units("Units sold"),
    money("Credited"),
    units("Orders"),
    money("Average order"),
    money("Received from customers"),
    money("Paid to suppliers"),
)
_QUERY = """
    with spans as (
        select
            title,
            shift > 0 as is_before,
            as_of - shift - days + 1 as first_day,
            as_of - shift as last_day,
            coalesce(as_of - shift - days + 1 >= begins, false) as is_whole
        from period
        cross join (
            values ('Last 7 days', 7), ('Last 4 weeks', 28), ('Last 52 weeks', 364)
        ) as periods (title, days)
        cross join (values (0), (364)) as shifts (shift)
    ),
    facts as (
        select day, net_base as sales, margin_base as margin, units from daily_sales
        union all by name
        select returned_at::date as day, net_base as credited from returns
        union all by name
        select ordered_at::date as day, 1 as orders, document_net_base as ordered
        from orders where state = 'approved'
        union all by name
        select
            day,
            case when partner = 'customer' then amount_base end as received,
            case when partner = 'supplier' then -amount_base end as paid
        from payments
    )
    select
        title,
        first_day,
        last_day,
        is_whole,
        coalesce(sum(sales), 0),
        coalesce(sum(margin), 0),
        100 * sum(margin) / nullif(sum(sales), 0),
        coalesce(sum(units), 0),
        coalesce(sum(credited), 0),
        coalesce(sum(orders), 0),
        sum(ordered) / nullif(sum(orders), 0),
        coalesce(sum(received), 0),
        coalesce(sum(paid), 0)
    from spans
    left join facts on day between first_day and last_day
    group by title, is_before, first_day, last_day, is_whole
    order by last_day - first_day, is_before
"""


@dataclass(frozen=True)
class Line:
    """One measure of a period.

    Attributes:
        measure: What is measured.
        now: Its value.
        before: Its value a year before, None where that is not known.

    """

    measure: Column
    now: Decimal | None
    before: Decimal | None

    @property
    def change(self) -> str:
        """How it has changed."""
        if self.now is None or not self.before:
            return ""
        if self.measure.kind is Kind.PERCENT:
            return _signed(self.now - self.before, " pts")
        return _signed(100 * (self.now - self.before) / abs(self.before), "%")


@dataclass(frozen=True)
class Period:
    """Days up to the last change.

    Attributes:
        title: Which days.
        first: The first.
        last: The last.
        is_whole: Whether the books reach back to the first day.
        is_compared: Whether they reach back a year more.
        lines: The measures.

    """

    title: str
    first: date
    last: date
    is_whole: bool
    is_compared: bool
    lines: Sequence[Line]


def totals(marts: Marts) -> list[Period]:
    """Return the totals of the chosen books, none where a mart that they need is not there."""
    try:
        rows = marts.query(_QUERY)
    except NotBuiltError:
        return []
    return [_period(title, *both) for title, both in groupby(rows, lambda row: str(row[0]))]


def _period(title: str, now: Row, before: Row) -> Period:
    _, first, last, is_whole, *values = now
    _, _, _, is_compared, *values_before = before
    return Period(
        title=title,
        first=first,
        last=last,
        is_whole=is_whole,
        is_compared=is_compared,
        lines=[
            Line(measure, value, value_before if is_compared else None)
            for measure, value, value_before in zip(MEASURES, values, values_before, strict=True)
        ],
    )


def _signed(change: Decimal, unit: str) -> str:
    rounded = round(change)
    return f"{'+' if rounded > 0 else ''}{Kind.COUNT.written(rounded)}{unit}"
