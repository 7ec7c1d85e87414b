"""A list of Omni that changes while it is read, and is as unhelpful as Cin7 may be."""

from __future__ import annotations

import random
import re
import threading
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tap_cin7.client.metrics import StreamMetrics
from tap_cin7.instants import shifted
from tap_cin7.rows import codec

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from tap_cin7.reading.windows import Window

Key = tuple[int, int]
Row = tuple[Key, str | None]
"""Key of two columns, and stamp."""

STAMP = "modifiedDate"
_MOST_CALLS = 1_000
START = "2026-01-01T00:00:00.000000Z"


@dataclass
class MovingList:
    """Rows by key with a stamp.

    Attributes:
        stamps: The rows.
        edits: Rows that are edited before each answer.
        deletes: Rows that vanish before each answer.
        pause: Seconds between two answers.
        late: Most seconds by which a change becomes visible later than its stamp says.
        seed: Of all that is random, the order of ties included.
        turns_pages: Whether page numbers do anything.
        filters: Whether bounds do anything.
        calls: How many answers were given.

    """

    stamps: dict[Key, str | None]
    edits: int = 0
    deletes: int = 0
    pause: int = 1
    late: int = 0
    seed: int = 1
    turns_pages: bool = True
    filters: bool = True
    calls: int = 0
    clock: str = ""
    before_answer: Callable[[], None] | None = None
    _quiet: list[Row] | None = None
    _hidden: list[tuple[str, Key, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Set the clock to the time of the last change."""
        self._lock = threading.Lock()
        self._random = random.Random(self.seed)  # noqa: S311 - a game of chance, no secret
        self.clock = self.clock or max(filter(None, self.stamps.values()), default=START)
        is_still = not (self.edits or self.deletes) and self.filters
        if is_still and len(set(self.stamps.values())) == len(self.stamps):
            # Without ties and changes each answer is in the same order, and quickly given.
            self._quiet = sorted(self.stamps.items(), key=_stamp_of)

    def edit(self, key: Key) -> None:
        """Change a row, now or as of some seconds ago."""
        self._quiet = None
        if self.late:
            delay = self._random.randint(0, self.late)
            self._hidden.append((shifted(self.clock, delay), key, self.clock))
        else:
            self.stamps[key] = self.clock

    def let_time_pass(self, seconds: int) -> None:
        """Move the clock on; what has waited long enough becomes visible."""
        self.clock = shifted(self.clock, seconds)
        waiting = []
        for visible, key, stamp in self._hidden:
            if visible > self.clock:
                waiting.append((visible, key, stamp))
            elif key in self.stamps and (self.stamps[key] or "") <= stamp:
                self.stamps[key] = stamp
        self._hidden = waiting

    def answer(
        self, since: str, until: str | None, page: int, rows: int, *, by_key: bool
    ) -> list[Row]:
        """Return a page; bounds are whole seconds and inclusive, the upper one at its start."""
        with self._lock:
            self.calls += 1
            assert self.calls < _MOST_CALLS, "the reading has no end"
            if self.before_answer:
                self._quiet = None
                self.before_answer()
            self._change()
            found = self._found(since, until, by_key=by_key)
            page = page if self.turns_pages else 1
            return found[(page - 1) * rows : page * rows]

    def _found(self, since: str, until: str | None, *, by_key: bool) -> list[Row]:
        if self._quiet is not None and until is None and not by_key:
            return self._quiet[bisect_left(self._quiet, canonical(since), key=_stamp_of) :]
        found = [row for row in self.stamps.items() if self._is_wanted(row[1], since, until)]
        self._random.shuffle(found)
        found.sort(key=lambda row: row[0][0] if by_key else _stamp_of(row))
        return found

    def _is_wanted(self, stamp: str | None, since: str, until: str | None) -> bool:
        if not self.filters:
            return True
        if until == "":
            return stamp is None
        if not since and until is None:
            return True
        lowest = canonical(since)
        highest = canonical(shifted(until, 1)) if until else "~"
        return stamp is not None and lowest <= stamp <= highest

    def _change(self) -> None:
        self.let_time_pass(self.pause)
        for count, change in ((self.edits, self.edit), (self.deletes, self._delete)):
            for _ in range(min(count, len(self.stamps))):
                change(self._random.choice(list(self.stamps)))

    def _delete(self, key: Key) -> None:
        del self.stamps[key]


def canonical(second: str) -> str:
    """Return the instant at which a whole second begins."""
    return second[:19] + ".000000Z" if second else ""


def _stamp_of(row: Row) -> str:
    return row[1] or ""


def spread(  # noqa: PLR0913 - what a list may look like
    count: int,
    *,
    crowd: int = 0,
    crowd_at: int = 0,
    nulls: int = 0,
    per_second: int = 1,
    sizes: int = 1,
) -> dict[Key, str | None]:
    """Return rows with a stamp each second, a crowd in one of them, some without a stamp.

    Args:
        count: How many rows.
        crowd: How many of them share one second, one in four with a fraction.
        crowd_at: The row with which the crowd begins.
        nulls: How many rows, from the first on, have no stamp.
        per_second: Rows that share each other second.
        sizes: Rows that share the first column of the key.

    """
    stamps: dict[Key, str | None] = {}
    second = 0
    for number in range(count):
        in_crowd = crowd_at <= number < crowd_at + crowd
        if number % per_second == 0 and not (in_crowd and number > crowd_at):
            second += 1
        stamp = shifted(START, second)
        if in_crowd and number % 4 == 0:
            stamp = stamp[:20] + f"{number * 7919 % 1_000_000:06}Z"
        stamps[number // sizes, number % sizes] = None if number < nulls else stamp
    return stamps


def versions(rows: list[Row]) -> set[tuple[Hashable, str | None]]:
    """Return what tells the versions of rows apart."""
    return set(rows)


class Listing:
    """A moving list as readers ask it, its rows as the codec makes them.

    Attributes:
        by_key: The ``order`` of its keys.
        warnings: What the reading warned of.

    """

    by_key = "id ASC"

    def __init__(self, moving: MovingList, width: int = 1) -> None:
        """Take the list, and how many requests to have under way."""
        self._moving = moving
        self._width = width
        self.warnings: list[str] = []
        self.warn = self.warnings.append
        self.metrics = StreamMetrics("list")

    def page(self, where: str, order: str, window: Window) -> list[Row]:
        """Return a page."""
        since = until = None
        if " OR " in where:
            until = ""
        else:
            since, until = (_bound(where, sign) for sign in (">=", "<"))
            until = until and shifted(until, -1)
        return self._moving.answer(since or "", until, *window, by_key=order == self.by_key)

    def read(self, rows: list[Row]) -> list[codec.Row | None]:
        """Return the rows."""
        return [codec.Row(key, {STAMP: stamp}, ()) for key, stamp in rows]

    def group_of(self, row: codec.Row) -> tuple[int]:
        """Return the first column of the key."""
        return (row.key[0],)  # type: ignore[index]

    def width(self) -> int:
        """Return how many requests to have under way."""
        return self._width


def _bound(where: str, sign: str) -> str | None:
    match = re.search(rf"{STAMP}{sign}'([^']*)'", where)
    return match and match[1]


def plain(rows: Iterable[codec.Row]) -> list[Row]:
    """Return rows as the list has them."""
    return [(row.key, row.values[STAMP]) for row in rows]  # type: ignore[misc]
