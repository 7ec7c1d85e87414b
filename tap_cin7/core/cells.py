"""Cells: header rows sorted by period, so that a few kilobytes tell which of 100,000 changed.

A cell is a day of the recent past, a month before that, or what has no date; where the state has
room for it, each is parted further by the id. Its digest is the sum of its rows' digests, so
that the order of the list does not count. A grid says which row belongs to which cell; it is
kept with the digests, so that days that become months make no row look changed.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from tap_cin7.core.headers import Header

MOST_CELLS = 440
"""Cells of a stream: with their names and digests 7 kB of state."""
_DAYS_BACK = (366, 92, 31)
"""How many days back single days are told apart: as many as there is room for."""
_PARTS = (64, 32, 16, 8, 4, 2, 1)
_YEARS = range(1950, 2100)
"""Business dates of other years are no dates."""
_FIRST_DAY = date(_YEARS[0], 1, 1).toordinal()
_ALL_BITS = (1 << 64) - 1
_NO_DATE = 0
_LABEL = 5
_DIGEST = 11


@dataclass(frozen=True)
class Grid:
    """Which row belongs to which cell.

    Attributes:
        days_from: Day from which on single days are told apart, as a number; None where dates
            are not looked at.
        parts: Into how many parts by id each period falls.

    """

    days_from: int | None
    parts: int

    def label(self, header: Header) -> str:
        """Return the name of a row's cell: five letters, later periods after earlier ones."""
        number = self._number(_day(header.date), _mark(header.id))
        return _text(number, _LABEL)

    def cells(self, places: Iterable[tuple[date | None, int]]) -> int:
        """Return how many cells some rows fill, given the day and the mark of each."""
        return len({self._number(day, mark) for day, mark in places})

    def _number(self, day: date | None, mark: int) -> int:
        period = _NO_DATE
        if self.days_from is not None and day is not None:
            ordinal = day.toordinal()
            first = ordinal if ordinal >= self.days_from else ordinal - day.day + 1
            period = first - _FIRST_DAY + 1
        return period << 12 | mark % self.parts

    def text(self) -> str:
        """Return the grid as a text."""
        return f"{self.days_from or 0}.{self.parts}"

    @classmethod
    def of(cls, text: str) -> Grid:
        """Return the grid that a text says.

        Raises:
            ValueError: If it says none.

        """
        days_from, parts = map(int, text.split("."))
        if parts < 1:
            raise ValueError(text)
        return cls(days_from or None, parts)


def grid_for(headers: Collection[Header], today: str, *, has_dates: bool) -> Grid:
    """Return the finest grid that state has room for.

    Args:
        headers: All rows.
        today: The present time, canonical.
        has_dates: Whether rows of this kind have a business date.

    """
    if has_dates:
        now = date.fromisoformat(today[:10]).toordinal()
        places = [(_day(header.date), _mark(header.id)) for header in headers]
        for days_back in _DAYS_BACK:
            for parts in _PARTS:
                grid = Grid(now - days_back, parts)
                if grid.cells(places) <= MOST_CELLS:
                    return grid
    return Grid(None, MOST_CELLS)


@dataclass
class Begun:
    """How far the reading of one cell has come.

    Attributes:
        last: Id of its last document that was written; they go by id.
        digest: Sum of the digests of all its rows up to there.

    """

    last: str
    digest: int


def added(one: int, other: int) -> int:
    """Return the sum of two digests."""
    return (one + other) & _ALL_BITS


def digest_text(digest: int) -> str:
    """Return a digest as a text."""
    return _text(digest, _DIGEST)


def as_text(grid: Grid, cells: Mapping[str, str], begun: Mapping[str, Begun]) -> str:
    """Return what is known of all cells as a text.

    Args:
        grid: The grid.
        cells: Digests of the cells that are in, as ``digest_text`` writes them.
        begun: How far cells have come whose reading is under way.

    """
    done = "".join(label + digest for label, digest in cells.items())
    under_way = [
        f"{label}{digest_text(one.digest)}{one.last}"
        for label, one in begun.items()
        if "|" not in one.last
    ]
    return "|".join([grid.text(), done, *under_way])


def from_text(text: str) -> tuple[Grid, dict[str, str], dict[str, Begun]] | None:
    """Return what a text of ``as_text`` says; None where it is none."""
    width = _LABEL + _DIGEST
    try:
        grid, done, *under_way = text.split("|")
        entries = [done[place : place + width] for place in range(0, len(done), width)]
        return (
            Grid.of(grid),
            {entry[:_LABEL]: entry[_LABEL:] for entry in entries},
            {
                entry[:_LABEL]: Begun(entry[width:], _number(entry[_LABEL:width]))
                for entry in under_way
            },
        )
    except ValueError:
        return None


_LETTERS = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
"""64 letters in the order of their codes."""
_VALUES = {letter: value for value, letter in enumerate(_LETTERS)}


def _text(number: int, letters: int) -> str:
    return "".join(_LETTERS[number >> 6 * place & 63] for place in reversed(range(letters)))


def _number(text: str) -> int:
    value = 0
    for letter in text:
        if letter not in _VALUES:
            raise ValueError(text)
        value = value << 6 | _VALUES[letter]
    return value


def _mark(text: str) -> int:
    """Return a number that an id has in every run, spread evenly."""
    return zlib.crc32(text.lower().encode())


def _day(stamp: str) -> date | None:
    try:
        day = date.fromisoformat(stamp[:10])
    except ValueError:
        return None
    return day if day.year in _YEARS else None
