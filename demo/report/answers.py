"""A question to the marts, and its answer: rows whose columns say what kind of value they hold.

A long answer is cut: its first rows, its last ones, and in between one row that adds up the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from demo.report.marts import NotBuiltError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from demo.report.marts import Marts, Row


class Kind(Enum):
    """What a column holds, and so how it is written."""

    TEXT = "text"
    DAY = "day"
    MONTH = "month"
    COUNT = "count"
    RATIO = "ratio"
    PERCENT = "percent"
    MONEY = "money"

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers."""
        return self not in {Kind.TEXT, Kind.DAY, Kind.MONTH}

    def written(self, value: Any) -> str:  # noqa: ANN401 - whatever a column holds
        """Return a value as a reader sees it."""
        if value is None:
            return "–"  # noqa: RUF001
        if self is Kind.TEXT:
            return str(value)
        if self is Kind.DAY:
            return written_day(value)
        if self is Kind.MONTH:
            return f"{value:%b %Y}"
        has_part = self is Kind.COUNT and value != round(value)
        digits = 1 if has_part or self is Kind.RATIO else 0
        number = f"{round(value, digits) + 0:,.{digits}f}".replace("-", "−")  # noqa: RUF001
        return f"{number}%" if self is Kind.PERCENT else number


def written_day(day: date) -> str:
    """Return a day as a reader sees it."""
    return f"{day.day} {day:%b %Y}"


def written_moment(at: datetime | None) -> str:
    """Return a time in UTC as a reader sees it."""
    return f"{written_day(at)}, {at:%H:%M} UTC" if at else "not known"


@dataclass(frozen=True)
class Column:
    """A column of an answer.

    Attributes:
        name: Its heading.
        kind: What it holds.
        is_summed: Whether its values may be added up.

    """

    name: str
    kind: Kind
    is_summed: bool = False


def text(name: str) -> Column:
    """Return a column of text."""
    return Column(name, Kind.TEXT)


def units(name: str) -> Column:
    """Return a column of things that are counted."""
    return Column(name, Kind.COUNT, is_summed=True)


def money(name: str) -> Column:
    """Return a column of amounts in the currency of the books."""
    return Column(name, Kind.MONEY, is_summed=True)


@dataclass(frozen=True)
class Bars:
    """A chart with a bar for each row.

    Attributes:
        label: Column that names the bars.
        value: Column with their lengths; what is below 0 goes to the left.
        note: Column that is said beside the value.

    """

    label: str
    value: str
    note: str = ""

    @property
    def bars(self) -> Bars:
        """The chart as plain bars."""
        return self


@dataclass(frozen=True)
class Months:
    """A chart of months from left to right.

    Attributes:
        month: Column with the first day of the month.
        part: Column that says which part of it is there; empty for a whole month.
        whole: Column with the wide bars.
        inner: Column with the narrow bars within them.
        mark: Column with marks to compare with.

    """

    month: str
    part: str
    whole: str
    inner: str
    mark: str

    @property
    def bars(self) -> Bars:
        """The chart as plain bars."""
        return Bars(self.month, self.whole, self.part)


@dataclass(frozen=True)
class Alert:
    """What of an answer is said on top.

    Attributes:
        title: What the rows are.
        urgent: Column that is more than 0 in those that count; by default all do.
        worth: Column that is added up.

    """

    title: str
    urgent: str = ""
    worth: str = ""


@dataclass(frozen=True)
class Question:
    """A question to the marts.

    Attributes:
        title: What is asked.
        note: How the answer is to be read.
        nothing: The answer where there are no rows.
        columns: Columns of the answer.
        query: Query for its rows.
        most: How many rows are shown from the start.
        least: How many from the end.
        chart: How it is drawn.
        alert: What is said on top.

    """

    title: str
    note: str
    nothing: str
    columns: Sequence[Column]
    query: str
    most: int = 12
    least: int = 0
    chart: Bars | Months | None = None
    alert: Alert | None = None

    @property
    def slug(self) -> str:
        """The title as a part of an address."""
        return self.title.lower().replace(" ", "-")

    def ask(self, marts: Marts) -> Answer:
        """Return the answer for the chosen books."""
        try:
            return Answer(self, marts.query(self.query))
        except NotBuiltError:
            return Answer(self, [], is_built=False)


@dataclass(frozen=True)
class Sum:
    """Several rows added up.

    Attributes:
        title: Which rows.
        values: A value for each column but the first, None where it is not to be added up.

    """

    title: str
    values: Sequence[Any]


@dataclass(frozen=True)
class Answer:
    """The answer to a question.

    Attributes:
        question: The question.
        rows: All rows.
        is_built: Whether the marts that it needs are there.

    """

    question: Question
    rows: Sequence[Row]
    is_built: bool = True

    @property
    def sentence(self) -> str:
        """What to say instead of a table without rows."""
        if self.is_built:
            return self.question.nothing
        return (
            "A table that this needs is not there: run dbt build with this version of the package."
        )

    @cached_property
    def first(self) -> Sequence[Row]:
        """The rows that are shown from the start."""
        return self.rows if self._is_short else self.rows[: self.question.most]

    @cached_property
    def last(self) -> Sequence[Row]:
        """The rows that are shown from the end."""
        return [] if self._is_short else self.rows[len(self.rows) - self.question.least :]

    @cached_property
    def rest(self) -> Sum | None:
        """The sum of the rows between them, None where all are shown."""
        between = self.rows[len(self.first) : len(self.rows) - len(self.last)]
        return self._sum(f"{len(between):,} more", between) if between else None

    @cached_property
    def total(self) -> Sum | None:
        """The sum of all rows, None where nothing is to be added up."""
        is_summed = any(one.is_summed for one in self.question.columns)
        return self._sum("Total", self.rows) if is_summed and len(self.rows) > 1 else None

    @property
    def urgent(self) -> Sequence[Row]:
        """The rows that need a look."""
        alert = self.question.alert
        if not alert or not alert.urgent:
            return self.rows
        values = self.values(alert.urgent, self.rows)
        return [row for row, value in zip(self.rows, values, strict=True) if (value or 0) > 0]

    @property
    def worth(self) -> str:
        """What they are worth, empty where there are none or it is not asked."""
        alert = self.question.alert
        if not alert or not alert.worth or not self.urgent:
            return ""
        values = self.values(alert.worth, self.urgent)
        return Kind.MONEY.written(sum(value or 0 for value in values))

    def values(self, name: str, rows: Iterable[Row]) -> list[Any]:
        """Return the values of a column."""
        place = [one.name for one in self.question.columns].index(name)
        return [row[place] for row in rows]

    def written(self, name: str, rows: Iterable[Row]) -> list[str]:
        """Return the values of a column as a reader sees them."""
        kind = next(one.kind for one in self.question.columns if one.name == name)
        return [kind.written(value) for value in self.values(name, rows)]

    def said(self, bars: Bars, rows: Sequence[Row]) -> list[str]:
        """Return what is written beside bars."""
        said = self.written(bars.value, rows)
        notes = self.written(bars.note, rows) if bars.note else [""] * len(said)
        return [f"{one} ({note})" if note else one for one, note in zip(said, notes, strict=True)]

    @property
    def _is_short(self) -> bool:
        return len(self.rows) <= self.question.most + self.question.least

    def _sum(self, title: str, rows: Sequence[Row]) -> Sum:
        _, *columns = self.question.columns
        return Sum(
            title,
            [
                sum(value or 0 for value in self.values(one.name, rows)) if one.is_summed else None
                for one in columns
            ],
        )
