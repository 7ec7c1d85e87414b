"""Documents whose header rows show no change time: digests of the rows say which changed.

State keeps a digest of all header rows of a period (``cells``). A run reads the header list and
fetches the documents of each period whose digest differs: a row was changed, is new, is gone, or
moved there from another period. Newer periods come first; the digest of a period is kept once its
documents are written, and within a period the last document is kept with the digest of all rows
up to it, so that an interrupted run goes on. ``full_refresh_days`` is the fallback: then all
periods count as changed.

Besides, documents are fetched again whose header row is as it was:

- those that are not final, because they may change without their row,
- final ones whose business date lies within ``recheck_days``: one that is undone, corrected and
  completed between two runs may have the row that it had before,
- those that were fetched within 30 s after the list showed their row as new or changed: Cin7 shows
  a change up to 20 s after its time (seen on live accounts). A first load needs none of it.

They take turns with what changed, and go on where a run that was cut stopped.

Relies on: core-document-delay, core-final-change, core-header-rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from tap_cin7.core.cells import Begun, Grid, added, as_text, digest_text, from_text, grid_for
from tap_cin7.core.headers import taking_turns, token, tokens_in
from tap_cin7.instants import DAY_SECONDS, moved
from tap_cin7.reading.position import Load, Position, is_whole_read_due

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tap_cin7.core.headers import Header
    from tap_cin7.settings import Settings

SETTLED = 30
"""Seconds after its list showed it from which on a document shows the change, and no other."""
_MOST_BEGUN = 8
"""Periods whose reading was interrupted that are remembered."""
_MOST_AGAIN = 60
"""Documents that are remembered as not settled; of more of them the whole period is."""
_NEVER = "9999-99-99"


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
        self._recheck_days = settings.recheck_days
        self._had_resume = bool(position.resume)
        known = from_text(position.seen or "")
        load = position.load or None
        is_loading = load is not None and not load.over
        is_due = known is not None and is_whole_read_due(
            self._days, position.whole_read_at or None, now
        )
        is_new = known is None or (is_due and not is_loading)
        self.is_whole = is_new or is_loading
        self.is_resumed = not is_new
        self._load: Load | None = None
        if is_new:
            self._load = Load(began=now, whole=known is not None)
        elif is_loading:
            self._load = load
        self._known = None if is_new else known
        self._unsettled_at, self._unsettled = _unsettled(position.again or "")
        self._reached = (position.cut_at or ("", ""))[1]

    def begin(self, headers: Sequence[Header], began: str) -> Sequence[Header]:
        """Return the documents to fetch: changed ones, newer periods first, between others."""
        self._began = began
        days = self._recheck_days
        self._recheck_from = moved(began, -days * DAY_SECONDS)[:10] if days else _NEVER
        self._headers = headers
        if self._known is None:
            self._load = Load(began=began, whole=self._load is not None and self._load.whole)
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
        self._is_again: set[str] = set()
        self._unsure_cells: set[str] = set()
        changed: list[Header] = []
        again: list[Header] = []
        for label in sorted(by_cell, reverse=True):
            rows = sorted(by_cell[label], key=lambda row: row.id)
            unchanged = self._unchanged(label, rows)
            again += filter(self._may_differ, rows[:unchanged])
            changed += rows[unchanged:]
        self._is_again = {header.id for header in again}
        again.sort(key=lambda row: (row.id <= self._reached, row.id))
        return taking_turns(changed, again)

    def _unchanged(self, label: str, rows: list[Header]) -> int:
        """Return how many rows at the start of a period are in and as they were."""
        whole = digest_text(_sum(rows))
        if self._cells.get(label) == whole:
            self._begun.pop(label, None)
            return len(rows)
        self._cells.pop(label, None)
        self._whole_digests[label] = whole
        fetched = self._fetched_before(label, rows)
        self._left[label] = len(rows) - fetched
        self._so_far[label] = self._begun[label].digest if fetched else 0
        if not self._left[label]:
            self._complete(label)
        return fetched

    def _may_differ(self, header: Header) -> bool:
        """Tell whether a document may differ although its header row does not."""
        return (
            not header.is_final
            or header.date[:10] >= self._recheck_from
            or token(header.id) in self._unsettled
        )

    def _fetched_before(self, label: str, rows: list[Header]) -> int:
        begun = self._begun.get(label)
        if begun is not None:
            count = sum(row.id <= begun.last for row in rows)
            if count and _sum(rows[:count]) == begun.digest:
                return count
            del self._begun[label]
        return 0

    def _complete(self, label: str) -> None:
        if label not in self._unsure_cells:
            self._cells[label] = self._whole_digests[label]
        self._begun.pop(label, None)

    def done(self, header: Header, asked_at: str) -> Position:
        """Return how far the reading is once a document is written."""
        if header.id in self._is_again:
            self._reached = header.id
            if asked_at >= moved(self._unsettled_at, SETTLED):
                self._unsettled.discard(token(header.id))
        else:
            self._note_change(header, asked_at)
        return self._where(as_text(self._grid, self._cells, self._begun))

    def _note_change(self, header: Header, asked_at: str) -> None:
        label = self._grid.label(header)
        is_settled = not asked_at or asked_at >= moved(self._began, SETTLED)
        if self._load is None and not is_settled:
            self._unsettled_at = self._began
            if len(self._unsettled) < _MOST_AGAIN:
                self._unsettled.add(token(header.id))
            else:
                self._unsure_cells.add(label)
        begun = self._begun.get(label)
        if self._left.get(label) and (begun is None or header.id > begun.last):
            self._left[label] -= 1
            self._so_far[label] = added(self._so_far[label], header.digest)
            self._begun[label] = Begun(header.id, self._so_far[label])
            if not self._left[label]:
                self._complete(label)
            while len(self._begun) > _MOST_BEGUN:
                del self._begun[next(iter(self._begun))]

    def over(self) -> Position:
        """Return what is true once all documents are written or owed: a new grid of digests."""
        if self._load is not None:
            self._load = msgspec.structs.replace(self._load, over=True)
        grid = grid_for(self._headers, self._began, has_dates=self._has_dates)
        unsure = {grid.label(row) for row in self._headers if self._is_unsure(row)}
        digests: dict[str, int] = {}
        for header in self._headers:
            label = grid.label(header)
            digests[label] = added(digests.get(label, 0), header.digest)
        cells = {
            label: digest_text(digest) for label, digest in digests.items() if label not in unsure
        }
        self._reached = ""
        self._unsettled &= {token(header.id) for header in self._headers}
        return self._where(as_text(grid, cells, {}))

    def _is_unsure(self, header: Header) -> bool:
        return bool(self._unsure_cells) and self._grid.label(header) in self._unsure_cells

    def proven(self) -> Position:
        """Return what is true if none is owed."""
        if self._days and self._load is not None:
            return Position(whole_read_at=self._load.began)
        return Position()

    def _where(self, seen: str) -> Position:
        tokens = "".join(sorted(self._unsettled))
        return Position(
            seen=seen,
            load=UNSET if self._load is None else self._load,
            resume=None if self._had_resume else UNSET,
            again=f"{self._unsettled_at}|{tokens}",
            cut_at=("", self._reached),
        )


def _sum(rows: Iterable[Header]) -> int:
    total = 0
    for row in rows:
        total = added(total, row.digest)
    return total


def _unsettled(text: str) -> tuple[str, set[str]]:
    """Return when documents were noted as not settled, and what stands for them."""
    moment, _, tokens = text.partition("|")
    return moment or "0001-01-01T00:00:00.000000Z", set(tokens_in(tokens))
