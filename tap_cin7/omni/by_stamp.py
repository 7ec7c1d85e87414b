"""Resources whose rows tell when they changed: read by the lossless walk.

The rules for the bookmark: a run starts ``lookback_seconds`` before it, since Cin7 shows a
change up to 20 seconds after the time it carries (seen on live accounts). It never passes the
moment at which the reading began, by Cin7's clock: what a reading has passed before it changed
lies after that moment, so the next run finds it, however long the walk paused and whatever a
row says of the future. It moves with every page, and no further than what is proven; where the
order does not hold it goes back to where it was, all rows are handed over once, by key, and the
reading fails.

A first load goes on from its bookmark. Any other reading of all rows (``full_refresh_days``, a full
table, what lies before an earlier ``start_date``) is a pass: it keeps a position of its own, and
what changed since the last run comes before it. It ends where it began in time: what changed since
comes as a change.

Rows without a stamp are found by no filter on it. They are walked by their creation time, with
a bookmark of their own; one request does for both kinds when little has changed.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple, cast

import msgspec
from msgspec import UNSET, UnsetType

from tap_cin7 import skew
from tap_cin7.errors import Incomplete, StreamFailed
from tap_cin7.instants import moved, whole_second
from tap_cin7.omni.listing import Listing, alternatives, bounds_of, since, without
from tap_cin7.omni.numbered import Numbered, Place
from tap_cin7.omni.resource import CREATED
from tap_cin7.omni.walk import FIRST_SECOND, Ask, OrderIgnored, Walk
from tap_cin7.omni.windows import PAGE_ROWS
from tap_cin7.reading.position import Load, Position, is_whole_read_due
from tap_cin7.reading.reader import Expected, Page
from tap_cin7.rows.keys import KeySet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_cin7.omni.resource import OmniResource
    from tap_cin7.reading.reader import Reading
    from tap_cin7.rows.codec import Row

_EARLIEST = "1900-01-01T00:00:00.000000Z"
"""Bookmark that reads everything again; no meaning hangs on the absence of one."""


class _Cut(msgspec.Struct, array_like=True):
    """Where a run stood in what it has to read again, or in a crowded second.

    Attributes:
        began: When it began, by Cin7's clock.
        place: How far it was in the second, by key; None outside of a crowded one.

    """

    began: str
    place: Place | None = None


class _Stretch(NamedTuple):
    """Rows, and how far the reading has come with them, by stamp and by creation time."""

    rows: Sequence[Row]
    reached: str = ""
    created: str = ""
    place: Place | None = None


class ByStamp:
    """One reading of a resource by a stamp.

    Attributes:
        is_whole: Whether the reading sets out to bring every row.
        is_resumed: Whether it goes on with one that an earlier run began.

    """

    def __init__(self, reading: Reading[OmniResource], stamp: str) -> None:
        """Set up the reading; nothing is asked of Cin7 yet.

        Args:
            reading: What is read.
            stamp: The field to go by.

        """
        self._reading = reading
        self._stamp = stamp
        self._listing = Listing(reading)
        self._order = f"{stamp} ASC"
        position = reading.position
        self._bookmark = None if reading.full_table else _text(position.replication_key_value)
        self._unstamped_since = _text(position.unstamped_since) if self._bookmark else None
        is_bounded = reading.resource.bounded_by_start_date and not reading.full_table
        self._bound = reading.settings.start_date if is_bounded else None
        under_way = position.load or None
        self._load = None if under_way is None or under_way.over else under_way
        self.is_resumed = self._load is not None
        if self._load is None:
            self._load = self._new_pass()
        self._second, self._cut = self._where_cut()
        self._since = self._start()
        is_first_load = self._bookmark is None and self._load is None
        self.is_whole = self._since is None if is_first_load else self._is_pass_whole()
        self._is_proven = True
        self._has_warned = False
        self._reached = ""

    def pages(self) -> Iterator[Page]:
        """Yield the pages, each with its bookmark; the last one says whether all is in.

        Raises:
            Incomplete: At the end, if rows may be missing.
            StreamFailed: If Cin7 ignores the filter.

        """
        client = self._reading.client
        self._started = client.clock.now()
        self._began = ""
        try:
            if self._bookmark is not None or self._load is None:
                yield from self._changes()
            if self._load is not None:
                yield from self._pass(self._load)
        except OrderIgnored as error:
            yield from self._by_key()
            yield self._taken_back()
            raise Incomplete(str(error)) from error
        except StreamFailed:
            yield self._taken_back()
            raise
        if not self._is_proven:
            raise Incomplete("Cin7 does not keep its rows in order: some may be missing")
        yield Page([], self._loaded(), is_whole=self.is_whole, reached=self._reached)

    def estimate(self, most_calls: int) -> Expected | None:
        """Return about how many rows are new; None where Cin7 does not turn pages."""
        return self._listing.estimate(self._where(), self._order, most_calls)

    # Where to start, how far it is.

    def _new_pass(self) -> Load | None:
        """Return the pass over all rows that begins with this run, if one does."""
        reading = self._reading
        now = reading.client.server_clock.now()
        if reading.full_table:
            return Load(began=now, whole=True)
        if self._bookmark is None:
            return None
        last = _text(reading.position.whole_read_at)
        if is_whole_read_due(reading.settings.full_refresh_days, last, now):
            return Load(began=now, since=self._bound, whole=True)
        loaded_from = reading.position.loaded_from or None
        is_bounded = reading.resource.bounded_by_start_date
        if is_bounded and loaded_from is not None and (self._bound or "") < loaded_from:
            reading.log.info(
                "start_date was %s when its rows were loaded: what changed before comes now",
                loaded_from,
            )
            return Load(began=now, since=self._bound, until=loaded_from)
        return None

    def _is_pass_whole(self) -> bool:
        load = self._load
        return load is not None and load.whole and load.since is None

    def _where_cut(self) -> tuple[str, _Cut | None]:
        """Return the second at which the last run was cut, if it may begin there.

        It read what lies before that second at a time when nothing of it could still be on its
        way into view: the lookback has nothing to find there.
        """
        second, text = self._reading.position.cut_at or ("", "")
        if not second or self._bookmark is None:
            return "", None
        try:
            cut = msgspec.json.decode(text, type=_Cut)
        except msgspec.MsgspecError:
            return "", None
        lookback = self._reading.settings.lookback_seconds
        return (second, cut) if cut.began >= moved(second, lookback) else ("", None)

    def _start(self) -> str | None:
        """Return the second from which to read changes, or a first load; None for everything."""
        if self._reading.full_table:
            return None
        if self._bookmark is None:
            return None if self._bound is None else whole_second(self._bound)
        start = moved(self._bookmark, -self._reading.settings.lookback_seconds)
        return max(whole_second(max(start, self._bound or "")), self._second)

    def _now_begun(self) -> str:
        """Return when the reading began, by Cin7's clock; asked from the first answer on."""
        self._began = self._began or self._reading.client.server_clock.at(self._started)
        return self._began

    def _position(self, stretch: _Stretch) -> Position | None:
        began = self._now_begun()
        # A run that starts again before its old bookmark does not forget how far it was.
        reached = min(max(stretch.reached, self._bookmark or ""), began)
        created = stretch.created and min(max(stretch.created, self._unstamped_since or ""), began)
        if not reached and not created:
            return None
        return Position(
            replication_key=self._stamp if reached else UNSET,
            replication_key_value=reached or UNSET,
            unstamped_since=created or UNSET,
            cut_at=self._cut_at(stretch) if self._bookmark or stretch.place else UNSET,
        )

    def _cut_at(self, stretch: _Stretch) -> tuple[str, str]:
        """Return where the next run goes on if this one is cut; nowhere once it gets past it."""
        is_behind = self._bookmark is not None and stretch.reached <= self._bookmark
        if not stretch.reached or not (stretch.place or is_behind):
            return "", ""
        cut = _Cut(self._now_begun(), stretch.place)
        return whole_second(stretch.reached), msgspec.json.encode(cut).decode()

    def _taken_back(self) -> Page:
        """Return the page that puts the bookmark back to where it was before."""
        if self._reading.full_table:
            return Page([])
        before = self._bookmark or _EARLIEST
        return Page(
            [],
            Position(
                replication_key=self._stamp,
                replication_key_value=before,
                unstamped_since=self._unstamped_since or _EARLIEST,
                cut_at=("", ""),
            ),
        )

    def _loaded(self) -> Position | None:
        """Return what is true once all rows are in."""
        if self._reading.full_table:
            return None
        load, began = self._load, self._now_begun()
        is_all = self._bookmark is None or (load is not None and load.whole)
        days = self._reading.settings.full_refresh_days
        whole_began = load.began if load is not None else began
        known = self._reading.position.loaded_from or None
        is_loaded = is_all or load is not None or known is None
        return Position(
            whole_read_at=whole_began if days and is_all else UNSET,
            loaded_from=(self._bound or "") if is_loaded else UNSET,
        )

    def _warn_of_the_future(self, rows: Sequence[Row]) -> None:
        if self._has_warned or not rows:
            return
        limit = moved(self._reading.client.server_clock.now(), skew.STAMP)
        for row in rows:
            stamp = row.values.get(self._stamp) or ""
            if stamp > limit:
                self._has_warned = True
                self._reading.log.warning(
                    "the row with the key %s is dated in the future (%s): the bookmark stays "
                    "before that, so that the row comes again with each run",
                    row.key,
                    stamp,
                )
                return

    # Changes, the pass, and rows whose order does not hold.

    def _changes(self) -> Iterator[Page]:
        """Yield what changed since the last run; everything in a first load."""
        for stretch in self._stretches():
            self._warn_of_the_future(stretch.rows)
            self._reached = max(self._reached, stretch.reached)
            yield Page(stretch.rows, self._position(stretch) if self._is_proven else None)
        if self._bookmark is not None and self._is_proven:
            yield Page([], Position(cut_at=("", "")))

    def _pass(self, load: Load) -> Iterator[Page]:
        """Yield all rows up to where the pass began, from where the last run stopped."""
        load = msgspec.structs.replace(load, began=load.began if self.is_resumed else self._began)
        second, place = load.position
        start = second or (whole_second(load.since) if load.since else None)
        until = load.until or load.began or None
        resumed = msgspec.json.decode(place, type=Place) if place else None
        if not second and self._reading.resource.null_stamps:
            for stretch in self._unstamped(None):
                yield Page(stretch.rows)
            start = start or FIRST_SECOND
        for stretch in self._walked(self._stamp, (), start, resumed=resumed):
            if not load.began:
                load = msgspec.structs.replace(load, began=self._now_begun())
            self._reached = max(self._reached, stretch.reached)
            if self._is_proven and stretch.reached:
                text = msgspec.json.encode(stretch.place).decode() if stretch.place else ""
                position = (whole_second(stretch.reached), text)
                load = msgspec.structs.replace(load, position=position)
            yield Page(stretch.rows, Position(load=load))
            if until is not None and stretch.reached > until and not self._reading.full_table:
                break
        self._load = load
        yield Page([], Position(load=msgspec.structs.replace(load, over=True)))

    def _by_key(self) -> Iterator[Page]:
        """Yield every row that is wanted once, by key, whatever became of the walk."""
        seen = KeySet()
        numbered = Numbered(
            fetch=partial(self._listing.ask, self._where(), self._listing.by_key),
            read=self._reading.codec.rows,
            group_of=self._listing.group_of,
        )
        for rows in numbered.pages():
            yield Page([row for row in rows if seen.add(row.key)])

    # Rows with a stamp, rows without.

    def _stretches(self) -> Iterator[_Stretch]:
        if not self._reading.resource.null_stamps and self._unstamped_since is None:
            yield from self._stamped(self._since)
            return
        first = self._reading.codec.rows(self._listing.ask(self._where(), self._order))
        if len(first) < PAGE_ROWS:
            yield from self._stamped(self._since, first)
            return
        sent = KeySet()
        for stretch in self._unstamped(self._unstamped_start()):
            for row in stretch.rows:
                sent.add(row.key)
            yield stretch
        if self._since is not None:
            yield from self._stamped(self._since)
        elif any(row is not None and row.values.get(self._stamp) for row in first):
            yield from self._stamped(None, first, sent)
        else:
            yield from self._stamped(FIRST_SECOND)

    def _where(self) -> str:
        """Return the condition of the rows wanted, with a stamp and without."""
        if self._since is None:
            return ""
        stamped = since(self._stamp, self._since)
        if not self._reading.resource.null_stamps and self._unstamped_since is None:
            return stamped
        return f"{alternatives(without(self._stamp), self._created_bounds())} OR {stamped}"

    def _created_bounds(self) -> tuple[str, ...]:
        start = self._unstamped_start()
        return () if start is None else (since(CREATED, start),)

    def _unstamped_start(self) -> str | None:
        if self._unstamped_since is None:
            return None
        return whole_second(moved(self._unstamped_since, -self._reading.settings.lookback_seconds))

    def _stamped(
        self,
        start: str | None,
        first: list[Row | None] | None = None,
        without_stamp: KeySet | None = None,
    ) -> Iterator[_Stretch]:
        """Walk by the stamp.

        Args:
            start: Whole second to start from.
            first: The answer to the first request, when it is known already.
            without_stamp: Keys of the rows without a stamp that were sent already.

        """
        sent = without_stamp or KeySet()
        created = ""
        resumed = self._cut.place if self._cut is not None and start == self._second else None
        for stretch in self._walked(self._stamp, (), start, first, resumed):
            rows = stretch.rows
            new = [r for r in rows if r.values.get(self._stamp) or r.key not in sent]
            self._reading.tally.duplicates += len(rows) - len(new)
            stamps = (row.values.get(CREATED) for row in new if not row.values.get(self._stamp))
            created = max([created, *filter(None, stamps)])
            # Those without a stamp come first, and by key: they are all in with the first stamp.
            yield stretch._replace(rows=new, created=created if stretch.reached else "")
        if created:
            yield _Stretch((), created=created)

    def _unstamped(self, start: str | None) -> Iterator[_Stretch]:
        """Walk the rows without a stamp by the time of their creation."""
        clauses = without(self._stamp)
        for stretch in self._walked(CREATED, clauses, start):
            yield _Stretch(stretch.rows, created=stretch.reached)

    def _walked(
        self,
        stamp: str,
        clauses: Sequence[str],
        start: str | None,
        first: list[Row | None] | None = None,
        resumed: Place | None = None,
    ) -> Iterator[_Stretch]:
        waiting = first

        def fetch(ask: Ask) -> Sequence[msgspec.Raw | Row | None]:
            nonlocal waiting
            if waiting is not None:
                answer, waiting = waiting, None
                return answer
            where = alternatives(clauses, bounds_of(stamp, ask))
            order = self._listing.by_key if ask.by_key else f"{stamp} ASC"
            return self._listing.ask(where, order, ask.window)

        def read(answer: Sequence[msgspec.Raw | Row | None]) -> list[Row | None]:
            if first is not None and answer is first:
                return first
            return self._reading.codec.rows(cast("Sequence[msgspec.Raw]", answer))

        walk: Walk[msgspec.Raw | Row | None, Row] = Walk(
            fetch=fetch,
            read=read,
            key_of=lambda row: row.key,
            group_of=self._listing.group_of,
            stamp_of=lambda row: row.values.get(stamp),
            warn=self._reading.log.warning,
            width=self._listing.width,
            rows_before=self._reading.position.whole_rows or None if self.is_whole else None,
        )
        dropped = 0
        for stretch in walk.pages(start, resumed):
            self._reading.tally.duplicates += walk.duplicates - dropped
            dropped = walk.duplicates
            self._is_proven &= walk.is_proven
            yield _Stretch(stretch.rows, stretch.reached, place=stretch.place)
        self._is_proven &= walk.is_proven


def _text(value: str | UnsetType | None) -> str | None:
    return value if isinstance(value, str) and value else None
