"""Resources whose rows have a stamp: read by the ordered scan.

The rules for the bookmark: a run starts ``lookback_seconds`` before it, since Cin7 shows a
change up to 20 seconds after its stamp (seen on live accounts). It never passes the moment at
which the reading began, by Cin7's clock: a row that changes after the scan has passed it is stamped
later than that moment, so the next run finds it, however long the scan paused and whatever future
dates rows have. It moves with every page, and no further than what is proven. Where rows may be
missing, it stays before them, the rest comes all the same, if need be by several runs, and the
reading fails in each of them; then it begins anew. Where the order does not hold, the bookmark is
put back, and all rows are yielded once, by key, in the same way.

An interrupted run leaves the second that it had reached. The next one starts there instead of a
lookback before its bookmark, if the interrupted run began a lookback after that second: it read
what lies before when no change there could still be invisible.

A reading of all rows may take several runs. A first load is resumed from its bookmark; a pass
(``full_refresh_days``, a full table, what lies before an earlier ``start_date``) has a position
of its own. What changed since the last run comes before it, unless the last run had calls for
nothing else. A pass ends a lookback before it began: the changes bring all the rest. A run that
begins a pass for a snapshot reads nothing else: it goes on to the end of the list, where the
changes are in too, and brings each row once.

Rows without a stamp match no filter on it. They are scanned by their creation time, with a bookmark
of their own; one request serves both kinds of rows when little has changed.

Relies on: omni-delay, omni-stamps, stamp-moves.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from tap_cin7.errors import Incomplete, RunStopped
from tap_cin7.instants import STAMP_SKEW, shifted, whole_second
from tap_cin7.omni.listing import FIRST_SECOND, Listing, alternatives, since, without_stamp
from tap_cin7.omni.paged_by_key import BEGIN, KeyPlace, PagedByKey, in_state
from tap_cin7.omni.resource import CREATED
from tap_cin7.omni.scan import ORDER_IGNORED, Batch, FilterIgnored, OrderedScan, OrderIgnored
from tap_cin7.omni.windows import PAGE_ROWS
from tap_cin7.reading.keyset import KeySet
from tap_cin7.reading.position import (
    Load,
    Position,
    is_whole_read_due,
    lacks_history,
    loaded_from,
)
from tap_cin7.reading.reader import Estimate, Page

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_cin7.omni.resource import OmniResource
    from tap_cin7.reading.reader import Reading
    from tap_cin7.rows.codec import Row

_EARLIEST = "1900-01-01T00:00:00.000000Z"
"""Bookmark that reads everything again, since an absent one means nothing. A pass that ends here
has no rows left but those that come as changes."""


class _ScanPlace(msgspec.Struct, frozen=True, array_like=True):
    """How far an interrupted scan was within a second.

    Attributes:
        began: When its run began, by Cin7's clock.
        place: How far it was in that second, as in ``Batch``.
        last: The last row of a short page that is requested once more.
        by_created: Whether it went by creation time.
        bookmark: The bookmark of its rows at that time.
        is_doubtful: Whether rows may be missing before it.

    """

    began: str
    place: KeyPlace | str | None = None
    last: str = ""
    by_created: bool = False
    bookmark: str = ""
    is_doubtful: bool = False

    def json(self) -> str:
        return msgspec.json.encode(self).decode()


class StampReader:
    """Reads a resource by stamp.

    Attributes:
        is_whole: Whether the reading is to bring every row.
        is_resumed: Whether it resumes one that an earlier run began.

    """

    def __init__(self, reading: Reading[OmniResource], stamp: str) -> None:
        """Set up the reading; nothing is requested yet.

        Args:
            reading: What is read.
            stamp: The field with the stamp.

        """
        self._reading = reading
        self._stamp = stamp
        self._lookback = reading.settings.lookback_seconds
        self._listing = Listing(reading)
        position = reading.position
        bookmark = "" if reading.full_table else position.replication_key_value or ""
        self._bookmark = bookmark if bookmark != _EARLIEST else ""
        self._is_bounded = reading.resource.bounded_by_start_date and not reading.full_table
        self._bound = reading.settings.start_date if self._is_bounded else None
        load = position.load or Load(began="", over=True)
        # Only the load of a full table has no end: other readings ignore it.
        is_ours = (load.until is None) == reading.full_table
        is_readable = not load.position[1] or in_state(load.position[1], _ScanPlace) is not None
        self.is_resumed = not load.over and is_ours and is_readable
        if self.is_resumed and (self._bound or "") < (load.since or ""):
            self.is_resumed = False
            self._load = self._widened(load)
        else:
            self._load = load if self.is_resumed else self._new_load()
        is_known = bool(self._bookmark) or self.is_resumed
        self._unstamped_since = position.unstamped_since or "" if is_known else ""
        self._second = ""
        self._resumed = self._resume_place() if is_known else None
        self._reached = self._second if self._resumed and not self._resumed.by_created else ""
        start = self._start()
        self._since = max(start, _second_of(self._bound))
        self._loaded_from = loaded_from(position if is_known else Position(), self._bound, start)
        if self.is_resumed and self._since > start:
            self._load = self._load_after_gap()
        self.is_whole = self._load is not None and self._load.whole and self._load.since is None
        # Whether this run reads the list from its start to its end, the changes among it.
        self._is_one_pass = reading.full_table or (
            reading.takes_snapshot and bool(self._bookmark) and not self.is_resumed
        )
        # Whether the part that is read now is proven, and whether those before it are.
        self._is_proven = self._were_proven = True
        self._doubt = "Cin7 does not keep its rows in order: some may be missing"
        # Whether changes are now read by creation time, and up to which one they are in.
        self._by_created, self._created = False, ""
        self._began = ""

    def pages(self) -> Iterator[Page]:
        """Yield the pages, each with its bookmark; the last one says whether all is in.

        Raises:
            Incomplete: At the end, or where the run is to end, if rows may be missing.
            FilterIgnored: If Cin7 ignores the filter.

        """
        self._started = self._reading.client.clock.now()
        try:
            yield from self._parts()
        except RunStopped as stop:
            if self._is_proven and self._were_proven:
                raise
            raise Incomplete(self._doubt) from stop
        if not self._were_proven:
            raise Incomplete(self._doubt)
        if self._load is not None:
            yield Page([], self._move_load(over=True))
        # A pass that ended too early is no witness, however far the changes beside it go.
        reached = (self._load and self._load.ended) or self._reached
        reached = "" if reached == _EARLIEST else reached
        yield Page([], self._loaded(), is_whole=self.is_whole, reached=reached)

    def _parts(self) -> Iterator[Page]:
        """Yield the pages of each part."""
        parts = [self._changes, self._pass]
        if self._key_place is not None:
            parts = [self._by_key]
        elif self._is_one_pass:
            parts = [self._pass]
        elif self._load is not None and self._load.fresh:
            # The last run read the changes, and had no calls left for the pass.
            parts.reverse()
        try:
            for part in parts:
                yield from part()
                self._were_proven &= self._is_proven
        except OrderIgnored:
            yield self._rolled_back()
            yield from self._by_key()
            self._were_proven = False
        except FilterIgnored:
            yield self._rolled_back()
            raise

    def estimate(self, most_calls: int) -> Estimate | None:
        """Estimate how many rows are new; None where Cin7 ignores page numbers."""
        where = self._where()
        if (load := self._open_pass) is not None:
            start = load.position[0] or _second_of(load.since)
            where = since(self._stamp, start) if start else ""
        return self._listing.estimate(where, f"{self._stamp} ASC", most_calls)

    # Where to start, how far it is.

    def _new_load(self) -> Load | None:
        """Return the load that begins with this reading, if one does."""
        reading = self._reading
        if reading.full_table:
            return Load(began="", whole=True)
        if not self._bookmark:
            return Load(began="", since=self._bound, until=_EARLIEST, whole=True)
        last = reading.position.whole_read_at or None
        now = reading.client.server_clock.now()
        is_due = is_whole_read_due(reading.settings.full_refresh_days, last, now)
        if reading.takes_snapshot or is_due:
            return Load(began="", since=self._bound, until="", whole=True)
        if not lacks_history(reading.position, self._bound):
            return None
        until = reading.position.loaded_from or None
        reading.log_history(until)
        return Load(began="", since=self._bound, until=until)

    def _widened(self, load: Load) -> Load | None:
        """Return an interrupted load, extended to an earlier ``start_date``.

        The rest of a first load comes as changes behind its bookmark.
        """
        if not self._bookmark:
            return self._new_load()
        self._reading.log_history(load.since)
        is_first = load.until == _EARLIEST
        until = load.since if is_first else "" if load.whole else load.until
        return Load(began="", since=self._bound, until=until, whole=load.whole and not is_first)

    def _resume_place(self) -> _ScanPlace | None:
        """Return where the last run was interrupted in ``_second``, if it may be resumed."""
        self._second, text = self._reading.position.cut_at or ("", "")
        place = None if self._reading.full_table else in_state(text, _ScanPlace)
        try:
            if place is None or (
                self._second and place.began < shifted(self._second, self._lookback)
            ):
                return None
        except ValueError:  # somebody edited the state
            return None
        # The bookmark may have been put back since, or be that of a new stream.
        bookmark = self._unstamped_since if place.by_created else self._bookmark
        return place if place.bookmark == bookmark else None

    def _load_after_gap(self) -> Load | None:
        """Return the load of which ``start_date`` leaves out what its next changes would be.

        A pass includes that; a first load has no pass that could.
        """
        if (load := self._open_pass) is None:
            return self._load and msgspec.structs.replace(self._load, since=self._loaded_from)
        return msgspec.structs.replace(
            load, until=load.until and max(load.until, self._loaded_from)
        )

    def _start(self) -> str:
        """Return the second at which changes, or a first load, begin without a ``start_date``."""
        start = shifted(self._bookmark, -self._lookback) if self._bookmark else ""
        return max(_second_of(start), self._reached)

    def _noted(self, scan: OrderedScan, batches: Iterator[Batch]) -> Iterator[Batch]:
        for batch in batches:
            self._is_proven &= scan.is_proven
            yield batch

    def _reading_began(self) -> str:
        """Return when the reading began, by Cin7's clock; call it after the first response."""
        self._began = self._began or self._reading.client.server_clock.at(self._started)
        return self._began

    @property
    def _open_pass(self) -> Load | None:
        """The load, if more of it is left than what comes as changes."""
        return self._load if self._load is not None and self._load.until != _EARLIEST else None

    def _move_load(self, **changes: object) -> Position:
        """Change the load, if there is one; return the position with it."""
        if (load := self._load) is not None:
            began = load.began or self._reading_began()
            until = shifted(began, -self._lookback) if load.until == "" else load.until
            changes = {"began": began, "until": until, **changes}
            self._load = msgspec.structs.replace(load, **changes)
        return Position(
            load=self._load or UNSET,
            loaded_from=self._loaded_from if self._is_bounded else UNSET,
        )

    def _position(self, batch: Batch) -> Position:
        began = self._reading_began()
        # A run that starts before its old bookmark never moves it back.
        reached = batch.reached and min(max(batch.reached, self._bookmark), began)
        created = self._created and min(max(self._created, self._unstamped_since), began)
        own = (created, self._unstamped_since) if self._by_created else (reached, self._bookmark)
        place = _ScanPlace(began, batch.place, batch.last, self._by_created, own[0] or own[1])
        return msgspec.structs.replace(
            self._move_load(),
            replication_key_value=reached or UNSET,
            unstamped_since=created or UNSET,
            cut_at=(batch.first_open, place.json()),
        )

    def _doubtful(self, batch: Batch, proven: str) -> Position:
        """Return the position that lets the next run go on, and the bookmark stay."""
        began = self._reading_began()
        bookmark, created = min(proven, began), self._unstamped_since or _EARLIEST
        own = created if self._by_created else bookmark.replace(_EARLIEST, "")
        place = _ScanPlace(began, batch.place, batch.last, self._by_created, own, is_doubtful=True)
        return msgspec.structs.replace(
            self._move_load(),
            replication_key_value=bookmark,
            unstamped_since=created if self._by_created else UNSET,
            cut_at=(batch.first_open, place.json()),
        )

    def _rolled_back(self) -> Page:
        """Return the page that puts the bookmark back."""
        position = self._move_load(over=True)
        if not self._reading.full_table:
            position = msgspec.structs.replace(
                position,
                replication_key_value=self._bookmark or _EARLIEST,
                unstamped_since=self._unstamped_since or _EARLIEST,
                cut_at=("", ""),
            )
        return Page([], position)

    def _loaded(self) -> Position | None:
        """Return the position after a complete reading."""
        if self._reading.full_table:
            return None
        position, load = self._move_load(), self._load
        if self._is_one_pass:  # the changes are nowhere else, so that it has to be believed first
            bookmark = min(max(self._reached, self._bookmark), self._reading_began())
            position = msgspec.structs.replace(
                position, replication_key_value=bookmark, cut_at=("", "")
            )
        if load is not None and load.whole and self._reading.settings.full_refresh_days:
            position = msgspec.structs.replace(position, whole_read_at=load.began)
        return position

    def _warn_of_future(self, rows: Sequence[Row]) -> None:
        limit = shifted(self._reading.client.server_clock.now(), STAMP_SKEW)
        row = next((row for row in rows if (row.values.get(self._stamp) or "") > limit), None)
        refuted = self._reading.metrics.refuted
        if row is None or self._reading.full_table or "omni-stamps" in refuted:
            return
        refuted.add("omni-stamps")
        self._reading.log.warning(
            "the row with the key %s is dated in the future (%s): the bookmark stays before that, "
            "so that the row comes again with each run",
            row.key,
            row.values[self._stamp],
        )

    # Changes, the pass, and rows whose order does not hold.

    def _changes(self) -> Iterator[Page]:
        """Yield what changed since the last run; everything in a first load."""
        load = self._load
        self._is_proven = self._resumed is None or not self._resumed.is_doubtful
        # They are the rows of a first load, and come beside those of a pass, ended or not.
        # After a doubt, those of a first load have come once.
        is_beside = load is not None and (
            load.until != _EARLIEST or load.ended is not None or bool(load.fresh)
        )
        proven, reached, first_open = self._bookmark or _EARLIEST, "", ""
        for batch in self._changed():
            self._warn_of_future(batch.rows)
            self._reached = max(self._reached, batch.reached)
            if self._is_proven and not self._by_created:
                if batch.first_open > first_open:
                    proven = max(proven, reached)
                reached, first_open = batch.reached, batch.first_open
            # The doubtful second may be the one that the last page had reached.
            is_proven = self._is_proven
            position = self._position(batch) if is_proven else self._doubtful(batch, proven)
            yield Page(batch.rows, position, is_beside=is_beside)
        if self._open_pass is not None or not self._is_proven:
            self._move_load(fresh=self._reading_began())
        position = Position(cut_at=("", ""), load=self._load or UNSET)
        if self._is_proven:
            over = Page([], position)
            yield over
            if self._has_unstamped and self._resumed is not None and not self._resumed.by_created:
                # Those that came since the run that was cut, which had read the others.
                self._resumed, self._by_created = None, True
                for batch in self._unstamped():
                    position = self._position(batch) if self._is_proven else None
                    yield Page(batch.rows, position, is_beside=is_beside)
                yield over
        else:
            bookmark = min(proven, self._reading_began())
            yield Page([], msgspec.structs.replace(position, replication_key_value=bookmark))

    def _pass(self) -> Iterator[Page]:
        """Yield all rows up to the end of the pass, from where the last run stopped."""
        load = self._open_pass
        if load is None:
            return
        second, text = load.position
        stopped = in_state(text, _ScanPlace) or _ScanPlace("")
        place, lowest = stopped.place, _second_of(load.since)
        if load.whole and not (second or text) and self._reading.resource.null_stamps:
            place = BEGIN
        rows_before = self._reading.position.whole_rows or (PAGE_ROWS if self.is_resumed else None)
        start = second if place is not None else second or lowest
        self._is_proven = not stopped.is_doubtful
        scan = OrderedScan(
            self._listing,
            self._stamp,
            rows_before=rows_before,
            lowest=lowest,
            last=stopped.last,
            is_proven=self._is_proven,
        )
        reached, ended = second, ""
        for batch in self._noted(scan, scan.batches(start, place)):
            self._warn_of_future(batch.rows)
            reached = max(reached, batch.reached)
            self._reached = max(self._reached, reached)
            yield Page(batch.rows, self._move_pass(batch))
            until = self._load.until if self._load else None
            is_over = until and batch.reached and whole_second(batch.reached) > whole_second(until)
            if is_over and not self._is_one_pass:
                break
        else:
            if _second_of(reached) < _second_of(self._bookmark):
                ended = reached or _EARLIEST
        if not self._is_proven:
            yield Page([], self._move_load(over=True))
        elif not self._reading.full_table:
            if self._loaded_from <= (until or ""):
                self._loaded_from = min(self._loaded_from, load.since or "")
            yield Page([], self._move_load(until=_EARLIEST, fresh="", ended=ended))

    def _move_pass(self, batch: Batch) -> Position:
        """Let the next run resume behind a batch, if no earlier change can still appear."""
        began, second = self._reading_began(), batch.first_open
        if second and shifted(second, self._lookback) > began:
            return self._move_load(fresh="")
        place = _ScanPlace(began, batch.place, batch.last, is_doubtful=not self._is_proven)
        is_plain = batch.place is None and not batch.last and self._is_proven
        text = "" if is_plain else place.json()
        return self._move_load(fresh="", position=(second, text))

    def _by_key(self) -> Iterator[Page]:
        """Yield every wanted row once, by key, after the scan of this or an earlier run failed."""
        self._is_proven, self._doubt = False, ORDER_IGNORED
        seen = KeySet()
        place = self._key_place or BEGIN
        paged = PagedByKey(self._listing, self._where(), resumed=place, is_proven=False)
        yield Page([], Position(cut_at=("", place.json())))
        for rows in paged.pages():
            position = Position(cut_at=("", paged.place.json()))
            yield Page([row for row in rows if seen.add(row.key)], position)
        yield Page([], Position(cut_at=("", "")))

    @property
    def _key_place(self) -> KeyPlace | None:
        """How far an earlier run has yielded the rows by key; None where none has begun to."""
        return in_state((self._reading.position.cut_at or ("", ""))[1], KeyPlace)

    # Rows with a stamp, rows without.

    def _changed(self) -> Iterator[Batch]:
        """Read the rows without a stamp and those with one, in one request if they are few."""
        start, first, resumed = self._since, None, self._resumed
        if self._has_unstamped:
            self._by_created = resumed is not None and resumed.by_created
            if resumed is not None:
                start = start or FIRST_SECOND
            else:
                first = self._listing.read(self._listing.page(self._where(), f"{self._stamp} ASC"))
                if len(first) == PAGE_ROWS:
                    has_stamp = [bool(row.values.get(self._stamp)) for row in first if row]
                    if start or not any(has_stamp):
                        start, first = start or FIRST_SECOND, None
                    self._by_created = bool(start) or has_stamp[0]
            if self._by_created:
                if resumed is None:  # else nothing is requested yet, and the place stays
                    yield Batch([])
                yield from self._unstamped()
                self._by_created = False
                yield Batch([])
        yield from self._stamped(start, first)

    def _where(self) -> str:
        """Return the condition of the wanted rows, with a stamp and without."""
        if not self._since:
            return ""
        stamped = since(self._stamp, self._since)
        if not self._has_unstamped:
            return stamped
        start = self._unstamped_start()
        bounds = [since(CREATED, start)] if start else []
        return f"{alternatives(without_stamp(self._stamp), bounds)} OR {stamped}"

    @property
    def _has_unstamped(self) -> bool:
        return self._reading.resource.null_stamps or bool(self._unstamped_since)

    def _unstamped_start(self) -> str:
        known = self._unstamped_since.replace(_EARLIEST, "")  # it would leave out those without
        return whole_second(shifted(known, -self._lookback)) if known else ""

    def _scan_of_changes(self, stamp: str, clauses: Sequence[str] = ()) -> OrderedScan:
        """Return the scan, which has several pages where an earlier run was cut in it."""
        _, text = self._reading.position.cut_at or ("", "")
        cut = in_state(text, _ScanPlace)
        if cut is None or cut.by_created != self._by_created:
            return OrderedScan(self._listing, stamp, clauses)
        return OrderedScan(
            self._listing,
            stamp,
            clauses,
            rows_before=PAGE_ROWS,
            last=cut.last,
            is_proven=self._is_proven,
        )

    def _stamped(self, start: str, first: list[Row | None] | None) -> Iterator[Batch]:
        """Scan by stamp.

        Args:
            start: Whole second to start from; empty for everything.
            first: The rows of the first page, if they are known already.

        """
        resumed = None if self._resumed is None or self._resumed.by_created else self._resumed
        place = resumed.place if resumed is not None and self._second == start else None
        # A run interrupted at the rows without a stamp did not say when they were created.
        is_resumed_there = resumed is not None and self._second <= FIRST_SECOND
        created = _EARLIEST if is_resumed_there and not self._unstamped_since else ""
        scan = self._scan_of_changes(self._stamp)
        for batch in self._noted(scan, scan.batches(start, place, first)):
            stamps = (r.values.get(CREATED) for r in batch.rows if not r.values.get(self._stamp))
            created = max([created, *filter(None, stamps)])
            # Those without a stamp come first, by key: with the first stamp they are all in.
            if batch.reached:
                self._created = max(self._created, created)
            yield batch
        if created:
            self._created = max(self._created, created)
            yield Batch([], self._reached)

    def _unstamped(self) -> Iterator[Batch]:
        """Scan the rows without a stamp by creation time."""
        start, place = self._unstamped_start(), None
        if self._resumed is not None and (self._second or self._resumed.place):
            start, place = self._second, self._resumed.place
        scan = self._scan_of_changes(CREATED, without_stamp(self._stamp))
        for batch in self._noted(scan, scan.batches(start, place)):
            self._created = batch.reached
            yield replace(batch, reached="")


def _second_of(stamp: str | None) -> str:
    """Return the second of a bound; empty where there is none."""
    return whole_second(stamp) if stamp else ""
