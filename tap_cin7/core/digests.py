"""Documents whose header rows show no change time: digests of the rows say which changed.

State keeps a digest of all header rows of a period (``cells``). A run reads the header list and
fetches the documents of each period whose digest differs: a row was changed, is new, is gone, or
moved there from another period. Documents that are not final are fetched in any case, because
they may change without their row; final ones of unchanged periods never are. Newer periods come
first; the digest of a period is kept once its documents are written, and within a period the
last document is kept with the digest of all rows up to it, so that an interrupted run goes on.
``full_refresh_days`` is the net under it: then all periods count as changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from tap_cin7.core.cells import Begun, Grid, added, as_text, digest_text, from_text, grid_for
from tap_cin7.reading.position import Load, Position, is_whole_read_due

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tap_cin7.core.headers import Header
    from tap_cin7.settings import Settings

_MOST_BEGUN = 8
"""Periods whose reading was interrupted that are remembered."""


class ByDigest:
    """The plan of one reading of documents without a stamp."""

    since = None

    def __init__(
        self, position: Position, settings: Settings, *, has_dates: bool, now: str
    ) -> None:
        """Decide what is known.

        Args:
            position: Where the stream stands.
            settings: The settings of the run.
            has_dates: Whether header rows have a business date.
            now: The present time of Cin7's clock.

        """
        self._has_dates = has_dates
        self._days = settings.full_refresh_days
        self._had_resume = bool(position.resume)
        known = from_text(position.seen or "")
        load = position.load or None
        is_loading = load is not None and not load.over
        is_due = known is not None and is_whole_read_due(
            self._days, position.whole_read_at or None, now
        )
        self.is_whole = known is None or (is_due and not is_loading)
        self._load: Load | None = None
        if self.is_whole:
            self._load = Load(began=now, whole=known is not None)
        elif is_loading:
            self._load = load
        self._known = None if self.is_whole else known

    def begin(self, headers: Sequence[Header], began: str) -> Sequence[Header]:
        """Return the documents to fetch, newer periods first, by id within one."""
        self._began = began
        self._headers = headers
        if self.is_whole and self._load is not None:
            self._load = msgspec.structs.replace(self._load, began=began)
        if self._known is None:
            self._grid: Grid = grid_for(headers, began, has_dates=self._has_dates)
            self._cells: dict[str, str] = {}
            self._begun: dict[str, Begun] = {}
        else:
            self._grid, self._cells, self._begun = self._known
        by_cell: dict[str, list[Header]] = {}
        for header in headers:
            by_cell.setdefault(self._grid.label(header), []).append(header)
        self._cells = {label: d for label, d in self._cells.items() if label in by_cell}
        self._begun = {label: one for label, one in self._begun.items() if label in by_cell}
        self._whole_digests: dict[str, str] = {}
        self._left: dict[str, int] = {}
        self._so_far: dict[str, int] = {}
        waiting: list[Header] = []
        for label in sorted(by_cell, reverse=True):
            waiting += self._of_cell(label, sorted(by_cell[label], key=lambda row: row.id))
        return waiting

    def _of_cell(self, label: str, rows: list[Header]) -> list[Header]:
        """Return the documents of a cell to fetch."""
        whole = digest_text(_sum(rows))
        if self._cells.get(label) == whole:
            self._begun.pop(label, None)
            return [row for row in rows if not row.is_final]
        self._cells.pop(label, None)
        self._whole_digests[label] = whole
        fetched = self._fetched_before(label, rows)
        waiting = [row for row in rows[:fetched] if not row.is_final] + rows[fetched:]
        self._left[label] = len(rows) - fetched
        self._so_far[label] = self._begun[label].digest if fetched else 0
        if not self._left[label]:
            self._complete(label)
        return waiting

    def _fetched_before(self, label: str, rows: list[Header]) -> int:
        """Return how many rows at the start of a cell are in and as they were."""
        begun = self._begun.get(label)
        if begun is not None:
            count = sum(row.id <= begun.last for row in rows)
            if count and _sum(rows[:count]) == begun.digest:
                return count
            del self._begun[label]
        return 0

    def _complete(self, label: str) -> None:
        self._cells[label] = self._whole_digests[label]
        self._begun.pop(label, None)

    def done(self, header: Header, asked_at: str) -> Position:  # noqa: ARG002 - stamps need it
        """Return how far the reading is once a document is written."""
        label = self._grid.label(header)
        begun = self._begun.get(label)
        if self._left.get(label) and (begun is None or header.id > begun.last):
            self._left[label] -= 1
            self._so_far[label] = added(self._so_far[label], header.digest)
            self._begun[label] = Begun(header.id, self._so_far[label])
            if not self._left[label]:
                self._complete(label)
            while len(self._begun) > _MOST_BEGUN:
                del self._begun[next(iter(self._begun))]
        return self._position(as_text(self._grid, self._cells, self._begun))

    def over(self) -> Position:
        """Return what is true once all documents are written: the digests in a new grid."""
        whole = self._load is not None
        began = self._load.began if self._load is not None else ""
        if self._load is not None:
            self._load = msgspec.structs.replace(self._load, over=True)
        grid = grid_for(self._headers, self._began, has_dates=self._has_dates)
        digests: dict[str, int] = {}
        for header in self._headers:
            label = grid.label(header)
            digests[label] = added(digests.get(label, 0), header.digest)
        cells = {label: digest_text(digest) for label, digest in digests.items()}
        changes = self._position(as_text(grid, cells, {}))
        if self._days and whole:
            changes = msgspec.structs.replace(changes, whole_read_at=began)
        return changes

    def _position(self, seen: str) -> Position:
        return Position(
            seen=seen,
            load=UNSET if self._load is None else self._load,
            resume=None if self._had_resume else UNSET,
        )


def _sum(rows: Iterable[Header]) -> int:
    total = 0
    for row in rows:
        total = added(total, row.digest)
    return total
