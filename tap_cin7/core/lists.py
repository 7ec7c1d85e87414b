"""Lists of Core: what changed since the last run, or everything.

A whole reading of a list that was read before begins with what changed since, so that changes
arrive even where it takes several runs; it is resumed where the last run stopped, or read on by
windows of dates where rows have no key.
``complete_list`` ensures that no row is missed. The bookmark is the latest stamp that was read and
never passes the moment at which the reading began, by Cin7's clock: what is dated later, or changes
while the list is read, comes with the next run. For lists that filter by change but show no stamp
the bookmark is the beginning of the reading. Each reading of these begins with the one before the
last, since nothing in them shows that an answer lacked rows: a change has two of them to come in.

Relies on: core-delay, core-posting, core-since, stamp-moves.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, UnsetType

from tap_cin7.core.by_id import RowsById, spelled
from tap_cin7.core.complete_list import CompleteList
from tap_cin7.core.dates import DateWindow
from tap_cin7.core.endpoints import ListEndpoint, change_filter
from tap_cin7.core.resource import READ_AT, lacking_flags, log_lacking
from tap_cin7.core.responses import NOT_AVAILABLE
from tap_cin7.errors import (
    GaveUp,
    Incomplete,
    NotAvailable,
    RecordGone,
    RunStopped,
    StreamFailed,
    TimeUsed,
)
from tap_cin7.instants import shifted, whole_second
from tap_cin7.reading.keyset import KeySet
from tap_cin7.reading.position import (
    ListPlace,
    Position,
    is_whole_read_due,
    lacks_history,
    loaded_from,
)
from tap_cin7.reading.reader import Page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tap_cin7.core.index_lists import IndexLists, IndexRows
    from tap_cin7.core.resource import CoreList
    from tap_cin7.reading.reader import Estimate, Reading
    from tap_cin7.rows.codec import Row

_YEARS_BACK = 2
_MOST_PAGES = 5
"""Pages that a window of dates may announce."""
_TURN_CALLS = 10
"""Calls of a list after which others that wait get their turn."""


class ListReader:
    """Reads one list once."""

    def __init__(self, reading: Reading[CoreList], shared: IndexLists) -> None:
        """Decide what to read; nothing is requested yet."""
        self._reading = reading
        self._shared = shared
        self._resource = resource = reading.resource
        self._stamp = resource.stamp()
        self._ids = (reading.settings.only_ids or {}).get(resource.name)
        is_bounded = resource.bounded_by_start_date
        self._bound = reading.settings.start_date if is_bounded else None
        self._lacks_history = is_bounded and lacks_history(reading.position, self._bound)
        self._last_bookmark = reading.position.replication_key_value or ""
        self._flags = resource.flags_on(reading.settings)
        place = reading.position.place or None
        self._is_next = self._is_stuck = place is not None and place.is_next
        self._has_place = place is not None
        is_begun = place is not None and (place.covered or place.dates is not None)
        self._place = place if is_begun and self._ids is None and resource.paged else None
        self._started = 0.0
        self._list: CompleteList | None = None
        self._has_warned = False
        self._loaded_from: str | UnsetType = UNSET
        self._error: Incomplete | TimeUsed | None = None
        self._changes_since, self._since = self._start()
        self._progress = self._place and _progress_of(self._place)
        self._reached = self._place.reached if self._place else ""
        self._began = self._place.began if self._place else None
        self._dates = self._place.dates if self._place else None
        self._has_rows = self._place is not None

    @property
    def is_whole(self) -> bool:
        """Whether this reading is to bring every row."""
        is_of_dates = self._place is not None and self._place.dates is not None
        is_bounded = self._since is not None or is_of_dates
        return not is_bounded and self._ids is None and not self._resource.years

    @property
    def is_resumed(self) -> bool:
        """Whether it resumes a reading of every row that an earlier run began."""
        begins_anew = self._list is not None and self._list.begins_anew
        return self.is_whole and self._place is not None and not begins_anew

    def pages(self) -> Iterator[Page]:
        """Yield the pages.

        Raises:
            Incomplete: At the end, if rows are missing or may be; there is no bookmark then.
            Cin7Error: If the list can't be read.

        """
        self._started = self._reading.client.clock.now()
        if self._ids is not None:
            yield from self._by_id(self._ids)
            return
        position = self._reading.position
        known, place = position.flags or (), position.place or None
        of_place = (place and place.flags) or ()
        if not {*known, *of_place} <= {*self._flags}:
            # From here on rows are emitted without what these flags fill.
            kept = tuple(name for name in known if name in self._flags)
            yield Page([], Position(flags=kept, place=None if place else UNSET))
        parts = [self._everything]
        if self._changes_since is not None:
            parts.insert(1 if self._is_next else 0, self._changes)
        elif self._dates is not None:
            parts.append(self._latest_again)
        for part in parts:
            try:
                yield from part()
            except (Incomplete, TimeUsed) as error:  # noqa: PERF203 - the other part gets on
                # The end of the time, a success, must not hide that rows are missing.
                self._error = self._error or error
        if self._error is not None:
            raise self._error

    def estimate(self, most_calls: int) -> Estimate | None:  # noqa: ARG002 - one is enough
        """Request one row and return what the list announces; None where it announces nothing."""
        endpoint = self._endpoint(change_filter(self._resource, self._since))
        if self._resource.paged:
            return endpoint.estimate()
        endpoint.request(self._queries()[0])
        return None

    # What to read.

    def _start(self) -> tuple[str | None, str | None]:
        """Return the lower bounds of the changes, None to skip these, and of the list."""
        reading, resource, bound = self._reading, self._resource, self._bound
        settings, position = reading.settings, reading.position
        bookmark = position.replication_key_value
        if self._stamp is None:
            bookmark = position.read_before or position.read_since
        # A list that was empty when first read may have hidden rows.
        if reading.full_table or (self._stamp is None and position.whole_rows == 0):
            bookmark = None
        self._is_loaded = bool(bookmark)
        if not bookmark or (self._stamp is None and resource.since_param is None):
            wanted = bound if self._stamp is not None and not reading.full_table else None
            self._resume_from(wanted)
            return self._since_it_was_begun(), wanted
        since = self._looked_back(bookmark)
        changes = max(since, bound or "")
        if resource.bounded_by_start_date:
            self._loaded_from = loaded_from(position, bound, since)
        now = reading.client.server_clock.now()
        is_due = is_whole_read_due(settings.full_refresh_days, position.whole_read_at or None, now)
        lacking = lacking_flags(position.flags, self._flags)
        if lacking and self._ids is None:
            log_lacking(reading, lacking)
        is_anew = bool(is_due or self._lacks_history or lacking)
        # The interrupted reading may have been one of everything.
        is_of_all = self._place is not None and (self._place.since or "") <= (bound or "")
        self._resume_from(bound if is_anew or is_of_all else changes)
        if is_anew or (is_of_all and self._place is not None):
            return (changes if resource.since_param else None), bound
        since_cut = self._since_it_was_begun()
        self._is_loaded = since_cut is None  # the changes before it are in once the list is
        return since_cut, changes

    def _resume_from(self, since: str | None) -> None:
        """Begin anew if the interrupted reading left out rows or had other flags than this one.

        Args:
            since: Lower bound of the stamps, None for all.

        """
        place, resource = self._place, self._resource
        if place is None:
            return
        if resource.since_param is not None:  # with another filter, rows have other places
            is_ours = (place.since or "") == (since or "")
        elif place.since is None:
            is_ours = not resource.bounded_by_start_date
        else:
            is_ours = place.since <= (since or "")
        self._place = place if is_ours and place.flags in (None, self._flags) else None

    def _since_it_was_begun(self) -> str | None:
        """Return the lower bound of what changed since an earlier run began the list, if known.

        What that run has read is not read again.
        """
        resource = self._resource
        place = self._place
        if place is None or not place.began or place.dates or resource.since_param is None:
            return None
        return self._looked_back(place.began)

    def _looked_back(self, stamp: str) -> str:
        return shifted(stamp, -self._resource.lookback(self._reading.settings))

    def _endpoint(self, filters: Mapping[str, str]) -> ListEndpoint:
        reading, position = self._reading, self._reading.position
        flags = self._resource.switched_on(reading.settings)
        known = position.replication_key_value or position.read_since or position.whole_rows
        return ListEndpoint(self._resource, reading, filters, flags, has_rows=bool(known))

    def _reading_began(self) -> str:
        """Return when the reading began, by Cin7's clock; call it after the first response.

        One instant for the whole reading, although each response gives a slightly different one.
        """
        if not self._began:
            self._began = self._run_began
        return self._began

    @cached_property
    def _run_began(self) -> str:
        return self._reading.client.server_clock.at(self._started)

    # How it is read.

    def _changes(self) -> Iterator[Page]:
        """Yield what changed since the last run."""
        turn = self._turn_of_all()
        for rows in self._complete(self._listed(self._changes_since)):
            self._note_stamps(rows)
            yield Page(rows, turn, is_beside=True)
            turn = None
        yield Page([], self._turn_of_all())
        if self._is_loaded:
            position = self._bookmark(self._run_began)
            yield Page([], msgspec.structs.replace(position, loaded_from=self._loaded_from))

    def _latest_again(self) -> Iterator[Page]:
        """Yield what may have come since an earlier run began a list that is read by dates.

        One run has read all of it then: only rows with the latest ``read_at`` are right.
        """
        if self._error is None and self._last_bookmark:
            self._changes_since = self._looked_back(self._last_bookmark)
            self._is_next = self._is_loaded = True
            yield from self._changes()

    def _turn_of_all(self) -> Position | None:
        """Return that the reading of everything comes next, unless it came first in this run."""
        if self._is_next or not self._resource.paged:
            return None
        self._has_place = True
        return self._turn(is_next=True, reached=self._reached)

    def _turn(self, **changes: Any) -> Position:  # noqa: ANN401 - as of any struct
        """Return the place that an earlier run reached, if any, with some changes."""
        place = self._place or ListPlace(0, 0, None, (), ())
        return Position(place=msgspec.structs.replace(place, **changes))

    def _everything(self) -> Iterator[Page]:
        metrics = self._reading.metrics
        if self._lacks_history:
            self._reading.log_history(self._reading.position.loaded_from)
        calls = began_at = metrics.calls
        try:
            for rows in self._all_rows(self._since):
                self._has_rows |= bool(rows)
                kept = [row for row in rows if self._is_wanted(row)]
                self._note_stamps(kept)
                is_turn_over = metrics.calls >= calls + _TURN_CALLS
                calls = metrics.calls if is_turn_over else calls
                yield Page(kept, self._place_reached(), ends_turn=is_turn_over)
        except (StreamFailed, RunStopped) as error:
            # After an outage the next run resumes the list, unless each run reads all of it: rows
            # of two runs would be no snapshot, and some of them old.
            goes_on = isinstance(error, RunStopped) or (
                isinstance(error, GaveUp) and self._tells_changes
            )
            if self._resource.paged and not goes_on:
                yield Page([], Position(place=None))
            elif self._is_stuck and metrics.calls > began_at:
                # A reading that makes no progress must not delay the changes.
                yield Page([], self._turn(is_next=False))
            raise
        if self._has_place:
            yield Page([], Position(place=None))
        has_reached = self._stamp is not None and not self._resource.has_read_at
        reached = self._reached if has_reached else None
        total = self._reading.metrics.announced
        # What an earlier run has read of the list is whole only together with what changed since.
        is_whole = self.is_whole and self._error is None
        yield Page([], self._position(), is_whole=is_whole, reached=reached, announced=total)

    def _place_reached(self) -> Position | None:
        """Return the place where the next run can resume, if it is a new one."""
        place = self._list.place if self._list is not None else None
        if self._dates is not None:
            place = ListPlace(0, 0, None, (), (), dates=self._dates)
        if place is None or _progress_of(place) == self._progress:
            return None
        self._progress = _progress_of(place)
        self._has_place, self._is_stuck = True, False
        more = {"flags": self._flags, "since": self._since or ""}
        place = msgspec.structs.replace(
            place, began=self._reading_began(), reached=self._reached, **more
        )
        return Position(place=place)

    def _all_rows(self, since: str | None) -> Iterator[list[Row]]:
        """Yield the rows of the list, and those that it hides if it seems to hide any."""
        resource, seen = self._resource, KeySet()
        if not resource.paged:
            yield from self._unpaged()
            return
        if resource.until_param is not None:
            yield from self._by_date(since)
            return
        hides, shown_by = bool(resource.also), resource.hidden_by
        self._list = listed = self._listed(since, resumed=self._place)
        # With flags rows have other digests than without, those that an earlier run has read are
        # missing here, and no reader should wait for a list that waits for its turn.
        is_partial = bool(listed.endpoint.filters or listed.endpoint.flags or self._place)
        is_offered = self._reading.comes_first and not is_partial
        for rows in self._complete(listed, self._shared.offer(resource) if is_offered else None):
            hides = hides and not any(row.values.get(name) for row in rows for name in shown_by)
            if hides:
                seen.update([row.key for row in rows])
            yield rows
        if hides:
            for rows in self._complete(self._listed(since, resource.also)):
                yield [row for row in rows if seen.add(row.key)]

    def _by_date(self, since: str | None) -> Iterator[list[Row]]:
        """Yield the rows of the list; by windows of dates where an earlier run could not finish."""
        now = self._reading.client.server_clock.now()
        is_long = is_halved = self._dates is not None
        window = DateWindow(*(self._dates or (since or "", "")))
        while True:
            half, came, most = window.half(now), 0, 0
            self._list = listed = self._until(window, since)
            for found in self._complete(listed):
                came += len(found)
                if listed.place is not None:
                    most = _MOST_PAGES * listed.place.page_rows
                if is_long or most:
                    self._dates = half
                is_too_long = is_halved and half != window and 0 < most < (listed.total or 0)
                stamps = (row.values.get(self._stamp or "") or "" for row in found)
                is_exceeded = window.is_exceeded_by(max(stamps, default=""))
                if is_too_long or is_exceeded:
                    break
                yield found
            else:
                if not window.high:
                    return
                self._dates = window = window.following(now, widened=2 * came <= most or not most)
                yield []
                continue
            if is_exceeded:
                # Cin7 ignores the upper bound: only one list of all that is left proves anything.
                window, is_halved = DateWindow(window.low, ""), False
            else:
                window = half

    def _until(self, window: DateWindow, since: str | None) -> CompleteList:
        param = self._resource.until_param
        more = {param: whole_second(window.high)} if param and window.high else {}
        return self._listed(window.since(since), more)

    def _listed(
        self,
        since: str | None,
        more: Mapping[str, str] | None = None,
        *,
        resumed: ListPlace | None = None,
    ) -> CompleteList:
        """Return the list from an instant on; nothing is requested yet."""
        reading, is_part = self._reading, since is not None or self._dates is not None
        if since and since == self._bound and self._resource.until_param is not None:
            since = shifted(since, -1)  # the bound is exclusive (documented)
        return CompleteList(
            self._endpoint({**change_filter(self._resource, since), **(more or {})}),
            reading.codec,
            added=self._added,
            rows_before=None if is_part else reading.position.whole_rows or None,
            resumed=resumed,
        )

    def _complete(
        self, listed: CompleteList, index: IndexRows | None = None
    ) -> Iterator[list[Row]]:
        """Yield the rows of a list until none can be missing.

        Args:
            listed: The list.
            index: Collects its rows, too, for readers of documents.

        """
        metrics = self._reading.metrics
        try:
            for entries in listed.entries():
                metrics.announced, metrics.duplicates = listed.total, listed.duplicates
                if index is not None:
                    for _, raw in entries:
                        index.take(raw)
                yield [row for row, _ in entries]
            if index is not None:
                index.total, index.began = listed.total, self._reading_began()
        except RecordGone as gone:
            raise NotAvailable(f"{NOT_AVAILABLE} ({gone})") from gone
        finally:
            if index is not None:
                self._shared.end(self._resource)
            metrics.announced, metrics.duplicates = listed.total, listed.duplicates

    def _unpaged(self) -> Iterator[list[Row]]:
        endpoint = self._endpoint({})
        for query in self._queries():
            try:
                yield self._rows(endpoint.request(query).rows)
            except RecordGone:  # noqa: PERF203 - a year without a calendar
                if not self._resource.years:
                    raise

    def _queries(self) -> list[dict[str, str | int]]:
        """Return the years to request: from ``start_date`` on, or two back, to the next."""
        if not self._resource.years:
            return [{}]
        this_year = int(self._reading.client.server_clock.now()[:4])
        start = self._reading.settings.start_date
        first = int(start[:4]) if start else this_year - _YEARS_BACK
        return [{"Year": year} for year in range(first, this_year + 2)]

    def _by_id(self, ids: list[str]) -> Iterator[Page]:
        """Yield only the rows with some ids."""
        reading = self._reading
        rows = RowsById(self._endpoint({}), ids, self._rows)
        yield from map(Page, rows.pages(self._all_rows, reading.client.server_clock.now()))
        reading.metrics.named.update((one, one not in rows.missing) for one in ids)
        for missing in rows.missing:
            reading.log.warning("there is no row %s", spelled(missing))
        if rows.short is not None:
            raise rows.short

    def _rows(self, raws: Sequence[msgspec.Raw]) -> list[Row]:
        return [row for row in self._reading.codec.rows(raws, self._added()) if row is not None]

    def _added(self) -> Mapping[str, Any] | None:
        return {READ_AT: self._run_began} if self._resource.has_read_at else None

    # The state afterwards.

    def _is_wanted(self, row: Row) -> bool:
        """Return whether a row is wanted by its own stamp, where the server can't filter."""
        is_filtered = self._resource.since_param is not None and self._resource.until_param is None
        if self._since is None or is_filtered or self._stamp is None:
            return True
        stamp = row.values.get(self._stamp)
        return stamp is None or stamp >= self._since

    def _note_stamps(self, rows: list[Row]) -> None:
        if self._stamp is None or not rows:
            return
        stamps = [row.values.get(self._stamp) or "" for row in rows]
        if self._resource.has_read_at:
            # Accounting dates may be ahead; marts look back from the newest one that is not.
            began = self._reading_began()
            stamps = [one for one in stamps if one <= began]
        latest = max(stamps, default="")
        self._reached = max(self._reached, latest)
        if not (self._has_warned or self._resource.has_read_at):
            name = f"row {rows[stamps.index(latest)].key}"
            self._has_warned = self._reading.warn_of_future(name, latest)

    @property
    def _tells_changes(self) -> bool:
        return self._stamp is not None or self._resource.since_param is not None

    def _bookmark(self, began: str) -> Position:
        """Return the bookmark after all rows of a reading came."""
        if self._stamp is None:
            # An empty list may have hidden its rows: until one is known, all are wanted.
            if not (self._has_rows or self._is_loaded):
                return Position()
            self._last_bookmark = max(self._last_bookmark, began)
            before = self._reading.position.read_since or UNSET
            return Position(read_since=self._last_bookmark, read_before=before)
        reached = min(self._reached, began)
        # Earlier versions counted dates that are ahead: such a bookmark goes back.
        is_behind = self._resource.has_read_at and bool(reached)
        self._last_bookmark = reached if is_behind else max(self._last_bookmark, reached)
        return Position(replication_key_value=self._last_bookmark or UNSET)

    def _position(self) -> Position | None:
        resource, began = self._resource, self._reading_began()
        position = self._bookmark(began) if self._tells_changes else Position()
        if self._since is None or self._since == self._bound:  # bounded by start_date only
            if resource.bounded_by_start_date:
                self._loaded_from = self._bound or ""
            position = msgspec.structs.replace(
                position,
                whole_read_at=began if self._reading.settings.full_refresh_days else UNSET,
                loaded_from=self._loaded_from,
                flags=self._flags if resource.flags else UNSET,
            )
        elif resource.flags and self._reading.position.flags in (None, UNSET):
            # States from before 0.3 do not say it: what they hold was loaded with these.
            position = msgspec.structs.replace(position, flags=self._flags)
        return None if position == Position() else position


def _progress_of(place: ListPlace) -> tuple[Any, ...]:
    """Return the fields by which two places are compared."""
    return place.covered, place.top, place.end, place.dates
