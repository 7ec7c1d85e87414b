"""What somebody reads on a page of the report: sentences and tables, below their headings."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser
from typing import NamedTuple

from typing_extensions import override

VOID = {"meta", "br"}
_SHAPE = re.compile(r"M([-\d.]+),[-\d.]+h([-\d.]+)v")
_COLOURS = {"var(--margin)": False, "var(--loss)": True}


@dataclass
class Cell:
    """A cell of a table: its words, and the exact number behind them."""

    text: str = ""
    value: str = ""


class Bar(NamedTuple):
    """A bar of a chart: where it lies, and whether it has the colour of a loss."""

    left: float
    width: float
    is_loss: bool


@dataclass
class Section:
    """What stands below a heading."""

    text: str = ""
    tables: dict[str, list[list[Cell]]] = field(default_factory=lambda: defaultdict(list))
    """Rows by caption, headings and sums included."""
    pictures: list[str] = field(default_factory=list)
    """What the charts say to those who do not see them."""
    bars: list[list[Bar]] = field(default_factory=list)
    """The bars of each chart, in the order of its rows."""

    @property
    def rows(self) -> list[list[Cell]]:
        """The rows of the only table, without headings and sums."""
        (rows,) = self.tables.values()
        return [row for row in rows[1:] if row[0].text != "Total" and " more" not in row[0].text]

    def added(self, place: int) -> Decimal:
        """Return the sum of a column, of all rows that are shown; 0 without a table."""
        rows = [row for table in self.tables.values() for row in table[1:]]
        shown = [row[place].value for row in rows if row[0].text != "Total"]
        return sum((Decimal(value) for value in shown if value), Decimal(0))

    @property
    def total(self) -> list[Cell]:
        """The sum of all rows."""
        (rows,) = self.tables.values()
        (total,) = (row for row in rows if row[0].text == "Total")
        return total


class PageReader(HTMLParser):
    """Reads a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.books: dict[str, dict[str, Section]] = defaultdict(lambda: defaultdict(Section))
        self._open: list[str] = []
        self._chapter = self._heading = self._caption = ""
        self.feed(page)
        self.close()
        assert self._open == []

    @property
    def section(self) -> Section:
        return self.books[self._chapter][self._heading]

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        self._open.append(tag)
        values = dict(attrs)
        if tag == "h2":
            self._chapter, self._heading = "", ""
        elif tag == "h3":
            self._heading = ""
        elif tag == "table":
            self._caption = ""
        elif tag == "tr":
            self.section.tables[self._caption].append([])
        elif tag in {"td", "th"}:
            self._row.append(Cell())
        elif tag == "data":
            self._row[-1].value = values["value"] or ""
        elif tag == "svg":
            self.section.pictures.append(values["aria-label"] or "")
            self.section.bars.append([])

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        if tag in {"li", "p"}:
            self.section.text += "\n"

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the bars of a picture; what else of it holds nothing is passed over."""
        values = dict(attrs)
        shape = _SHAPE.match(values.get("d") or "")
        fill = values.get("fill")
        if shape and fill in _COLOURS:
            left, width = map(float, shape.groups())
            self.section.bars[-1].append(Bar(left, width, _COLOURS[fill]))

    @override
    def handle_data(self, data: str) -> None:
        within = set(self._open)
        if within & {"style", "svg", "title"}:
            return
        if "h2" in within:
            self._chapter += data
        elif "h3" in within:
            self._heading += data
        elif "caption" in within and "small" not in within:
            self._caption += data
        elif within & {"td", "th"}:
            self._row[-1].text += data
        else:
            self.section.text += data

    @property
    def _row(self) -> list[Cell]:
        return self.section.tables[self._caption][-1]
