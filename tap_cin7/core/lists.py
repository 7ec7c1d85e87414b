"""Lists of Core: what changed since the last run, or everything.

A whole reading of a list that was read before begins with what changed since, so that changes
arrive even where it takes several runs; it goes on where the last run stopped. ``whole`` sees to it
that no row slips through. The bookmark is the latest stamp that was read
and never passes the moment at which the reading began, by Cin7's clock: what is dated later, or
changes while the list is read, comes with the next run. Lists that filter by change but show no
stamp have the beginning of the reading as their bookmark.

Relies on: core-delay, core-posting, core-since, stamp-moves.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from tap_cin7 import skew
from tap_cin7.core.asking import ListCalls, change_filter
from tap_cin7.core.named import NamedRows, spelled
from tap_cin7.core.replies import NOT_AVAILABLE
from tap_cin7.core.resource import READ_AT
from tap_cin7.core.whole import PAGE_ROWS, Paging, WholeList
from tap_cin7.core.windows import Window
from tap_cin7.errors import Incomplete, NotAvailable, RecordGone, StreamFailed
from tap_cin7.instants import moved
from tap_cin7.reading.position import Position, is_whole_read_due, lacks_history
from tap_cin7.reading.reader import Expected, Page
from tap_cin7.rows.keys import KeySet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tap_cin7.core.header_lists import HeaderLists
    from tap_cin7.core.resource import CoreList
    from tap_cin7.reading.reader import Reading
    from tap_cin7.rows.codec import Row

_YEARS_BACK = 2
_TURN = 10
"""Calls of a list after which others that wait get their turn."""


class ListReader:
    """Reads one list once."""

    def __init__(self, reading: Reading[CoreList], shared: HeaderLists) -> None:
        """Decide what to read; nothing is asked yet."""
        self._reading = reading
        self._shared = shared
        self._resource = resource = reading.resource
        self._stamp = resource.stamp()
        self._started = 0.0
        self._named_future = False
        self._short: Incomplete | None = None
        self._list: WholeList | None = None
        self._is_filtered = False
        self._kept = 0
        self._marker = reading.position.replication_key_value or ""
        self._beginning: str | None = None
        self._ids = (reading.settings.only_ids or {}).get(resource.name)
        self._bound = reading.settings.start_date if resource.bounded_by_start_date else None
        # Where the last run stopped; a list that is filtered is short.
        place = reading.position.place or None
        self._place = place if self._ids is None and resource.paged else None
        self._has_begun_anew = False
        self._reached = place.reached if self._place and place else ""
        self._changes_since, self._since = self._start()

    @property
    def is_whole(self) -> bool:
        """Whether this reading sets out to bring every row."""
        return self._since is None and self._ids is None and not self._resource.years

    @property
    def is_resumed(self) -> bool:
        """Whether it goes on with a reading of every row that an earlier run began."""
        return self.is_whole and self._place is not None and not self._has_begun_anew

    def pages(self) -> Iterator[Page]:
        """Yield the pages.

        Raises:
            Incomplete: At the end, if rows are missing or may be; there is no bookmark then.
            Cin7Error: If the list can't be read.

        """
        self._started = self._reading.client.clock.now()
        if self._ids is not None:
            yield from self._named(self._ids)
        elif not self._resource.paged:
            yield from self._unpaged()
        else:
            if self._changes_since is not None:
                yield from self._changes(self._changes_since)
            yield from self._paged()

    def estimate(self, most_calls: int) -> Expected | None:  # noqa: ARG002 - one is enough
        """Ask for one row and return what the list announces; None where it announces nothing."""
        calls = self._calls(change_filter(self._resource, self._since))
        if not self._resource.paged:
            calls.rows(self._years()[0] if self._resource.years else {})
            return None
        total = calls.page(Window(1, 1)).total
        return None if total is None else Expected(total, max(1, math.ceil(total / PAGE_ROWS)))

    # What to read.

    def _start(self) -> tuple[str | None, str | None]:
        """Return from which instants on to read changes first, and then all; None for neither."""
        reading, resource, bound = self._reading, self._resource, self._bound
        settings, position = reading.settings, reading.position
        if reading.full_table:
            return None, None
        marker = position.read_since if self._stamp is None else position.replication_key_value
        if not marker or (self._stamp is None and resource.since_param is None):
            return None, bound if self._stamp else None
        changes = max(moved(marker, -resource.lookback(settings)), bound or "")
        now = reading.client.server_clock.now()
        is_due = is_whole_read_due(settings.full_refresh_days, position.whole_read_at or None, now)
        if is_due or self._place is not None or self._lacks_history():
            return (changes if resource.since_param else None), bound
        return None, changes

    def _lacks_history(self) -> bool:
        is_bounded = self._resource.bounded_by_start_date
        return is_bounded and lacks_history(self._reading.position, self._bound)

    def _calls(self, filters: Mapping[str, str]) -> ListCalls:
        reading, resource = self._reading, self._resource
        flags = resource.switched_on(reading.settings)
        position = reading.position
        has_rows = bool(
            position.replication_key_value or position.read_since or position.whole_rows
        )
        return ListCalls(
            resource, reading.client, reading.tally, {**flags, **filters}, has_rows=has_rows
        )

    def _began(self) -> str:
        """Return when the reading began, by Cin7's clock; asked from the first answer on.

        One instant for the whole reading, although each answer would tell it a little anew.
        """
        if self._beginning is None:
            began = self._reading.client.server_clock.at(self._started)
            self._beginning = self._place.began if self._place is not None else began
        return self._beginning

    # How it is read.

    def _changes(self, since: str) -> Iterator[Page]:
        """Yield what changed since the last run."""
        for rows in self._whole_list(since):
            self._note_stamps(rows)
            yield Page(rows)
        began = self._reading.client.server_clock.at(self._started)
        if self._stamp is None:
            self._marker = began
            yield Page([], Position(read_since=began))
        else:
            self._marker = max(self._marker, min(self._reached, began))
            yield Page([], Position(replication_key_value=self._marker))

    def _paged(self) -> Iterator[Page]:
        if self._lacks_history():
            self._reading.log.info(
                "start_date was %s when its rows were loaded: what changed before comes now",
                self._reading.position.loaded_from,
            )
        calls = self._reading.tally.calls
        try:
            for rows in self._all_rows(self._since):
                kept = [row for row in rows if self._is_wanted(row)]
                self._note_stamps(kept)
                is_turn_over = self._reading.tally.calls >= calls + _TURN
                calls = self._reading.tally.calls if is_turn_over else calls
                yield Page(kept, self._place_reached(), ends_turn=is_turn_over)
        except StreamFailed:
            yield Page([], Position(place=None))
            raise
        if self._kept or self._place is not None:
            yield Page([], Position(place=None))
        yield Page([], self._position(), is_whole=self.is_whole, reached=self._reached_whole())

    def _place_reached(self) -> Position | None:
        """Return where the next run can go on with a reading of every row."""
        place = None if self._list is None or self._ids is not None else self._list.place
        if place is None or self._is_filtered or place.covered == self._kept:
            return None
        self._kept = place.covered
        place = msgspec.structs.replace(place, began=self._began(), reached=self._reached)
        return Position(place=place)

    def _reached_whole(self) -> str | None:
        is_by_date = self._resource.has_read_at
        return None if self._stamp is None or is_by_date else self._reached

    def _all_rows(self, since: str | None) -> Iterator[list[Row]]:
        """Yield the rows of the list, and of what it hides if it seems to hide them."""
        resource, seen = self._resource, KeySet()
        hides = bool(resource.also)
        for rows in self._whole_list(since):
            if resource.also:
                hides &= not any(
                    row.values.get(name) for row in rows for name in resource.hidden_by
                )
                seen.update([row.key for row in rows])
            yield rows
        if hides:
            for rows in self._whole_list(since, resource.also):
                yield [row for row in rows if seen.add(row.key)]

    def _whole_list(
        self, since: str | None, more: Mapping[str, str] | None = None
    ) -> Iterator[list[Row]]:
        reading, resource = self._reading, self._resource
        changes = change_filter(resource, since)
        filters = {**changes, **(more or {})}
        self._is_filtered = bool(filters)
        calls = self._calls(filters)
        rows_before = None if since is not None else reading.position.whole_rows or None
        paging = paging_of(calls, is_filtered=bool(filters), rows_before=rows_before)
        warn = partial(reading.log.warning, "%s")
        resumed = None if filters else self._place
        whole = self._list = WholeList(paging, reading.codec, warn, self._added, resumed)
        whole.refuted = reading.tally.refuted
        # Rows that flags fill look different to those who ask without them, and those that an
        # earlier run has read are not here.
        headers = None if calls.filters or resumed else self._shared.offer(resource)
        try:
            for entries in whole.entries():
                reading.tally.announced = whole.total
                reading.tally.duplicates = whole.duplicates
                self._has_begun_anew |= resumed is not None and not whole.is_resumed
                if headers is not None:
                    for entry in entries:
                        headers.take_raw(entry.raw)
                yield [entry.row for entry in entries]
            if headers is not None:
                headers.total = whole.total
                headers.complete(self._began())
        except RecordGone as gone:
            raise NotAvailable(f"{NOT_AVAILABLE} ({gone})") from gone
        finally:
            if headers is not None:
                self._shared.end(resource)
            reading.tally.announced = whole.total
            reading.tally.duplicates = whole.duplicates

    def _unpaged(self) -> Iterator[Page]:
        calls = self._calls({})
        for query in self._years() if self._resource.years else [{}]:
            try:
                rows = calls.rows(query)
            except RecordGone:
                if not self._resource.years:
                    raise
                continue
            yield Page(self._rows(rows))
        yield Page([], self._position(), is_whole=self.is_whole)

    def _years(self) -> list[dict[str, str | int]]:
        """Return the years to ask for: from ``start_date`` on, else two back, to the next."""
        this_year = int(self._reading.client.server_clock.now()[:4])
        start = self._reading.settings.start_date
        first = int(start[:4]) if start else this_year - _YEARS_BACK
        return [{"Year": year} for year in range(first, this_year + 2)]

    def _named(self, ids: list[str]) -> Iterator[Page]:
        """Yield just the rows with some ids."""
        reading = self._reading
        named = NamedRows(
            self._resource,
            ids,
            ask=lambda filters, window: self._calls(filters).page(window),
            made=lambda page: self._rows(page.rows),
        )
        for rows in named.pages(self._read_from, reading.client.server_clock.now()):
            yield Page(rows)
        reading.tally.named.update((one, one not in named.missing) for one in ids)
        for missing in named.missing:
            reading.log.warning("there is no row %s", spelled(missing))
        if self._short is not None:
            raise self._short

    def _rows(self, raws: Sequence[msgspec.Raw]) -> list[Row]:
        made = self._reading.codec.rows(raws, self._added())
        return [row for row in made if row is not None]

    def _read_from(self, since: str | None) -> Iterator[list[Row]]:
        if not self._resource.paged:
            yield from (list(page.rows) for page in self._unpaged())
            return
        try:
            yield from self._all_rows(since)
        except Incomplete as short:
            self._short = short

    def _added(self) -> Mapping[str, Any] | None:
        return {READ_AT: self._began()} if self._resource.has_read_at else None

    # What is true afterwards.

    def _is_wanted(self, row: Row) -> bool:
        """Compare a row's own stamp where the server has no filter for it."""
        if self._since is None or self._resource.since_param is not None or self._stamp is None:
            return True
        stamp = row.values.get(self._stamp)
        return stamp is None or stamp >= self._since

    def _note_stamps(self, rows: list[Row]) -> None:
        if self._stamp is None or not rows:
            return
        latest = max(rows, key=lambda row: row.values.get(self._stamp or "") or "")
        stamp = latest.values.get(self._stamp) or ""
        self._reached = max(self._reached, stamp)
        now = self._reading.client.server_clock.now()
        is_by_date = self._resource.has_read_at  # accounting dates may well be ahead
        if stamp > moved(now, skew.STAMP) and not (self._named_future or is_by_date):
            self._named_future = True
            self._reading.log.warning(
                "row %s is dated in the future (%s), so it comes again with each run",
                latest.key,
                stamp,
            )

    def _position(self) -> Position | None:
        reading, began = self._reading, self._began()
        days = reading.settings.full_refresh_days
        whole = began if days and self._is_unbounded() else UNSET
        is_loaded = self._resource.bounded_by_start_date and self._is_unbounded()
        loaded_from = (self._bound or "") if is_loaded else UNSET
        if self._stamp is None:
            marker = max(self._marker, began) if self._resource.since_param else UNSET
            changes = Position(read_since=marker, whole_read_at=whole)
        else:
            latest = max(self._marker, min(self._reached, began))
            changes = Position(
                replication_key_value=latest or UNSET,
                whole_read_at=whole,
                loaded_from=loaded_from,
            )
        return None if changes == Position() else changes

    def _is_unbounded(self) -> bool:
        """Tell whether nothing but ``start_date`` bounds this reading."""
        return self._since is None or self._since == self._bound


def paging_of(calls: ListCalls, *, is_filtered: bool, rows_before: int | None) -> Paging:
    """Return how a list is asked for, page by page.

    Args:
        calls: The calls for it.
        is_filtered: Whether a filter by change leaves only what changed.
        rows_before: How many rows the reading before brought, None where there was none.

    """
    fields = calls.resource.schema.fields.values()
    return Paging(
        ask=calls.page,
        width=lambda: calls.client.width(calls.tally),
        is_filtered=is_filtered,
        rows_before=rows_before,
        # Its rows have no key but themselves, equal ones counted.
        is_numbered=any(field.record_key_parts == () for field in fields),
    )
