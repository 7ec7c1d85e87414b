"""Documents whose header rows have a stamp: which of them changed, newest first on a load.

What changed since the last run comes first, oldest first: the bookmark (or ``Load.fresh``, while
a load goes on) follows it document by document. Then a load goes on below where it stopped, from
the newest to the oldest. So two numbers tell all that is in, whatever ends a run:

    since ... left to load ... position ... all in ... fresh ... changed since

The next run starts ``lookback_seconds`` before ``fresh``, because Cin7 shows a change up to 20
seconds after the time that it carries (seen on live accounts). Documents of that overlap which
were fetched long enough after their stamp are remembered and not fetched again.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, UnsetType

from tap_cin7.core.headers import taking_turns
from tap_cin7.instants import moved
from tap_cin7.reading.position import Load, Position, is_whole_read_due, lacks_history

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_cin7.core.headers import Header
    from tap_cin7.settings import Settings

_SETTLED = 30
"""Seconds after its stamp from which on a document shows the change, and no other with it."""
_MOST_REMEMBERED = 400
"""Documents of the overlap that are remembered: 4.4 kB of state."""
_TOKEN = 11
"""Letters of one."""
_TOP = ("", "")


class ByStamp:
    """The plan of one reading of stamped documents."""

    def __init__(
        self,
        position: Position,
        settings: Settings,
        *,
        start: str | None,
        now: str,
    ) -> None:
        """Decide where to begin.

        Args:
            position: Where the stream stands; an empty one for a full table.
            settings: The settings of the run.
            start: Lower bound of the stamps wanted, None for everything.
            now: The present time of Cin7's clock.

        """
        self._lookback = settings.lookback_seconds
        self._days = settings.full_refresh_days
        self._had_resume = bool(position.resume)
        bookmark = position.replication_key_value or ""
        load = position.load or None
        self._load = None if load is None or load.over else load
        self._fresh = bookmark
        self._past: tuple[str, str] = _TOP
        self._whole_began: str | None = None
        self._remembered = _split(position.seen or "")
        self._is_new_load = False
        self.since: str | None
        if self._load is not None:
            self._fresh = self._load.fresh
            self.since = self._load.since
        elif position.resume and position.resume["position"][0]:
            self._go_on_from_0_1(position)
        elif not bookmark or is_whole_read_due(self._days, position.whole_read_at or None, now):
            self._begin_load(bookmark, start, now)
        elif lacks_history(position, start):
            self._begin_load(bookmark, start, now, until=position.loaded_from or None)
        else:
            self.since = max(moved(bookmark, -self._lookback), start or "")
        self._start = start or ""
        # States of before 0.3 do not say it: what they hold was loaded by this setting.
        self._knows_nothing = position.loaded_from in (None, UNSET)
        self.is_whole = (
            self._load is not None and self._load.since is None and self._load.until is None
        )
        self.is_resumed = not self._is_new_load
        self._tokens: dict[str, tuple[str, str]] = {}

    def _begin_load(
        self, bookmark: str, start: str | None, now: str, until: str | None = None
    ) -> None:
        is_whole = bool(bookmark) and until is None
        self._load = Load(began=now, since=start, until=until, whole=is_whole, fresh=bookmark)
        self._is_new_load = True
        self.since = start

    def _go_on_from_0_1(self, position: Position) -> None:
        """Go on with an interrupted reading of version 0.1, which went from the oldest up."""
        assert position.resume  # noqa: S101 - the caller has looked
        stamp, document = position.resume["position"]
        began = position.resume["began"]
        overlap = moved(began, -self._lookback)
        self._past = (stamp, document) if stamp < overlap else (overlap, "")
        self._fresh = max(self._fresh, min(self._past[0], began))
        self.since = self._past[0]
        if position.resume["whole"] or position.resume["since"] is None:
            self._whole_began = began

    def begin(self, headers: Sequence[Header], began: str) -> Sequence[Header]:
        """Return the documents to fetch: what changed, then what is left to load."""
        self._began = began
        if self._is_new_load and self._load is not None:
            self._load = msgspec.structs.replace(self._load, began=began)
        changed: list[Header] = []
        left: list[Header] = []
        start = moved(self._fresh, -self._lookback) if self._fresh else ""
        for header in headers:
            place = (header.stamp, header.id)
            if self._is_left(place):
                if header.stamp >= (self.since or "") or not header.stamp:
                    left.append(header)
            elif (header.stamp >= start and place > self._past) or not header.stamp:
                token = _token(header)
                if token in self._remembered:
                    self._tokens[header.id] = (header.stamp, token)
                else:
                    changed.append(header)
        changed.sort(key=_place)
        left.sort(key=_place, reverse=True)
        if self._load is not None and self._load.position == _TOP:
            self._move_fresh(left[0].stamp if left else "")
        return taking_turns(changed, left)

    def _is_left(self, place: tuple[str, str]) -> bool:
        """Tell whether a load has to come to a place yet."""
        if self._load is None or not self._is_below(place):
            return False
        return self._load.until is None or place[0] < self._load.until

    def _is_below(self, place: tuple[str, str]) -> bool:
        """Tell whether a load has not come to a place yet."""
        assert self._load is not None  # noqa: S101 - the caller has looked
        return self._load.position == _TOP or place < tuple(self._load.position)

    def done(self, header: Header, asked_at: str) -> Position:
        """Return how far the reading is once a document is written."""
        if self._load is not None and self._is_left(_place(header)):
            self._load = msgspec.structs.replace(self._load, position=_place(header))
        else:
            self._move_fresh(header.stamp)
        # What is owed or skipped is not fetched again because it lies in the overlap.
        if header.stamp and (not asked_at or header.stamp <= moved(asked_at, -_SETTLED)):
            self._tokens[header.id] = (header.stamp, _token(header))
        else:
            self._tokens.pop(header.id, None)
        return self._position()

    def over(self) -> Position:
        """Return what is true once all documents are written or owed."""
        if self._load is not None:
            if self._load.whole or self.is_whole:
                self._whole_began = self._load.began
            self._load = msgspec.structs.replace(self._load, fresh=self._fresh, over=True)
        return msgspec.structs.replace(self._position(), loaded_from=self._loaded_from())

    def _loaded_from(self) -> str | UnsetType:
        """Return from which ``start_date`` on all is in, where this reading has changed that."""
        return self._start if self._load is not None or self._knows_nothing else UNSET

    def proven(self) -> Position:
        """Return what is true if none is owed."""
        whole = self._whole_began
        return Position(whole_read_at=whole) if self._days and whole else Position()

    def _move_fresh(self, stamp: str) -> None:
        self._fresh = max(self._fresh, min(stamp, self._began))

    def _position(self) -> Position:
        bookmark = self._fresh or UNSET
        load: Load | None = None
        if self._load is not None:
            load = msgspec.structs.replace(self._load, fresh=self._fresh)
            if not load.over:
                bookmark = UNSET
        return Position(
            replication_key_value=bookmark,
            load=UNSET if load is None else load,
            resume=None if self._had_resume else UNSET,
            seen=self._memory(),
        )

    def _memory(self) -> str:
        """Return the documents of the overlap that need not be fetched again, as a text."""
        start = moved(self._fresh, -self._lookback) if self._fresh else ""
        kept = {i: entry for i, entry in self._tokens.items() if entry[0] >= start}
        if len(kept) > _MOST_REMEMBERED:
            newest = sorted(kept.items(), key=lambda item: item[1][0])[-_MOST_REMEMBERED:]
            kept = dict(newest)
        self._tokens = kept
        return "".join(token for _, token in kept.values())


def _place(header: Header) -> tuple[str, str]:
    return header.stamp, header.id


def _token(header: Header) -> str:
    """Return a document in the state that its header row shows, in a few letters."""
    text = f"{header.id} {header.stamp} {header.digest}".encode()
    short = hashlib.blake2b(text, digest_size=8).digest()
    return base64.urlsafe_b64encode(short).decode()[:_TOKEN]


def _split(text: str) -> set[str]:
    return {text[place : place + _TOKEN] for place in range(0, len(text), _TOKEN)}
