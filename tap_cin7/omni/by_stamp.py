"""Resources whose rows tell when they changed: read by the lossless walk.

The rules for the bookmark: a run starts ``lookback_seconds`` before it, since Cin7 shows a
change up to 20 seconds after the time it carries (seen on live accounts). It never passes the
moment at which the reading began, by Cin7's clock: what a reading has passed before it changed
lies after that moment, so the next run finds it, however long the walk paused and whatever a
row says of the future.

Rows without a stamp are found by no filter on it. They are walked by their creation time, with
a bookmark of their own; one request does for both kinds when little has changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from msgspec import UNSET, UnsetType

from tap_cin7 import skew
from tap_cin7.instants import moved, whole_second
from tap_cin7.omni.listing import Listing, alternatives, bounds_of, since, without
from tap_cin7.omni.resource import CREATED
from tap_cin7.omni.walk import FIRST_SECOND, Ask, Walk
from tap_cin7.omni.windows import PAGE_ROWS
from tap_cin7.reading.position import Position, is_whole_read_due
from tap_cin7.reading.reader import Expected, Page
from tap_cin7.rows.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import msgspec

    from tap_cin7.omni.resource import OmniResource
    from tap_cin7.reading.reader import Reading
    from tap_cin7.rows.codec import Row


class _Stretch(NamedTuple):
    """Rows, and how far the reading has come with them, by stamp and by creation time."""

    rows: Sequence[Row]
    reached: str = ""
    created: str = ""


class ByStamp:
    """One reading of a resource by a stamp.

    Attributes:
        is_whole: Whether the reading sets out to bring every row.
        is_resumed: Whether it goes on with one that an earlier run began.

    """

    is_resumed = False

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
        self._bookmark = (
            None if reading.full_table else _text(reading.position.replication_key_value)
        )
        self._unstamped_since = _text(reading.position.unstamped_since) if self._bookmark else None
        self._renews = self._bookmark is None or self._is_due()
        start = self._start()
        self._since = None if start is None else whole_second(start)
        self.is_whole = self._since is None
        self._is_proven = True
        self._has_warned = False

    def pages(self) -> Iterator[Page]:
        """Yield the pages, each with its bookmark; the last one says whether all is in."""
        client = self._reading.client
        started = client.clock.now()
        began = ""
        for stretch in self._stretches():
            began = began or client.server_clock.at(started)
            self._warn_of_the_future(stretch.rows)
            yield Page(stretch.rows, self._position(stretch, began))
        keeps = (
            self._renews
            and self._reading.settings.full_refresh_days
            and not self._reading.full_table
        )
        yield Page(
            [],
            Position(whole_read_at=began) if keeps else None,
            is_whole=self.is_whole and self._is_proven,
        )

    def estimate(self, most_calls: int) -> Expected | None:
        """Return about how many rows are new; None where Cin7 does not turn pages."""
        return self._listing.estimate(self._where(), self._order, most_calls)

    # Where to start, how far it is.

    def _is_due(self) -> bool:
        """Tell whether the periodic whole read is due that ``full_refresh_days`` asks for."""
        days = self._reading.settings.full_refresh_days
        last = _text(self._reading.position.whole_read_at)
        now = self._reading.client.server_clock.now()
        return is_whole_read_due(days, last, now)

    def _start(self) -> str | None:
        """Return the instant from which to read; None for everything."""
        if self._reading.full_table:
            return None
        settings = self._reading.settings
        start = settings.start_date if self._reading.resource.bounded_by_start_date else None
        if self._renews or self._bookmark is None:
            return start
        return max(moved(self._bookmark, -settings.lookback_seconds), start or "")

    def _position(self, stretch: _Stretch, began: str) -> Position | None:
        if self._reading.full_table:
            return None
        # A run that starts again before its old bookmark does not forget how far it was.
        reached = min(max(stretch.reached, self._bookmark or ""), began)
        created = stretch.created and min(max(stretch.created, self._unstamped_since or ""), began)
        if not reached and not created:
            return None
        return Position(
            replication_key=self._stamp if reached else UNSET,
            replication_key_value=reached or UNSET,
            unstamped_since=created or UNSET,
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

    # Rows with a stamp, rows without.

    def _stretches(self) -> Iterator[_Stretch]:
        if not self._reading.resource.null_stamps and self._unstamped_since is None:
            yield from self._stamped(self._since)
            return
        first = self._reading.codec.rows(self._listing.ask(self._where(), self._order))
        if len(first) < PAGE_ROWS:
            yield from self._stamped(self._since, first)
            return
        sent = Seen()
        for stretch in self._unstamped():
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
        if self._unstamped_since is None or self._renews:
            return None
        return whole_second(moved(self._unstamped_since, -self._reading.settings.lookback_seconds))

    def _stamped(
        self,
        start: str | None,
        first: list[Row | None] | None = None,
        without_stamp: Seen | None = None,
    ) -> Iterator[_Stretch]:
        """Walk by the stamp.

        Args:
            start: Whole second to start from.
            first: The answer to the first request, when it is known already.
            without_stamp: Keys of the rows without a stamp that were sent already.

        """
        sent = without_stamp or Seen()
        created = ""
        for rows, reached in self._walked(self._stamp, (), start, first):
            new = [r for r in rows if r.values.get(self._stamp) or r.key not in sent]
            self._reading.tally.duplicates += len(rows) - len(new)
            stamps = (row.values.get(CREATED) for row in new if not row.values.get(self._stamp))
            created = max([created, *filter(None, stamps)])
            # Those without a stamp come first, and by key: they are all in with the first stamp.
            yield _Stretch(new, reached, created if reached else "")
        if created:
            yield _Stretch((), created=created)

    def _unstamped(self) -> Iterator[_Stretch]:
        """Walk the rows without a stamp by the time of their creation."""
        clauses = without(self._stamp)
        for rows, reached in self._walked(CREATED, clauses, self._unstamped_start()):
            yield _Stretch(rows, created=reached)

    def _walked(
        self,
        stamp: str,
        clauses: Sequence[str],
        start: str | None,
        first: list[Row | None] | None = None,
    ) -> Iterator[tuple[list[Row], str]]:
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
        )
        dropped = 0
        for stretch in walk.pages(start):
            self._reading.tally.duplicates += walk.duplicates - dropped
            dropped = walk.duplicates
            yield stretch.rows, stretch.reached
        self._is_proven &= walk.is_proven


def _text(value: str | UnsetType | None) -> str | None:
    return value if isinstance(value, str) and value else None
