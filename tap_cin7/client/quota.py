"""Quota: a client-side limit on how many calls start per second, minute and day.

The rule: Cin7 never has to refuse a call. Every attempt of the process, retries included,
passes ``Quota.acquire``; pyrate-limiter's bucket counts. Windows are a little longer than the
published ones, because calls travel: two that start 60 s apart may arrive 59.9 s apart.

A refusal nevertheless holds back every call until it is over, and shows that others use the limit
too. One that outlasts the minute window can only be the daily limit, and so can a
``Retry-After`` of twice that.

Gentle on a shared limit: since the tap never passes its own limit, a refusal means that somebody
else uses it, or that the calls of a run just before this one still count. To find out which of the
two it is, and how much others use, the tap takes a little less than half of the limit, evenly
spread, and half as much again after each minute without a refusal. If it is refused then, there are
others, and what the tap did not start in the last minute is theirs. The tap keeps what it had, less
a little, for ten minutes, then slowly tries more.

It tries more at the pace of the whole limit, so that the tap meets the refusal. Calls spread evenly
over a full minute would each take the place of one of the tap's own that has just expired, and only
the others would be refused, unseen.

Whether Cin7 counts by key or by account is disputed in public; the rule works for both.

Relies on: limits.
"""

from __future__ import annotations

import logging
import math
import threading
from bisect import bisect_left
from collections import deque
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from tap_cin7.client.quota_store import QuotaStore
from tap_cin7.errors import DailyQuotaUsed, RunStopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyrate_limiter import Rate, RateItem

_log = logging.getLogger("tap-cin7")
_SECOND_MS = 1_000
_MINUTE_MS = 61_000
_DAY_MS = 86_400_000
_GAP_FACTOR = 1.05
"""Gap between calls, as a multiple of the shortest: calls 350 ms apart ran for weeks under Omni's
3 a second without one refusal (seen)."""
_WIDE_GAP_FACTOR = 1.15
"""The same where the minute's limit leaves room: of several calls in flight one may be 50 ms late,
on a busy machine or on its way, and a refusal costs minutes."""
_PAUSES = (1.5, 4.0, 10.0, 20.0, 31.0)
"""Seconds to hold back after the first, second, ... refusal that does not say how long; the
first covers the second window, their sum the minute window."""
MINUTE = 60.0
_SHARE_HOLD_SECONDS = 600.0
"""How long after a refusal the tap keeps to its share, once that is known."""
_INITIAL_SHARE = 0.47
"""Share of the limit that the tap takes while it does not know how much others use."""
_SHARE_GROWTH = 0.5
"""By how much of that the share grows after each minute without a refusal."""
_PROBE_DELAY_FACTOR = 5
"""Wait before the share grows, as a multiple of the ``Retry-After``: the next refusal would cost as
much again."""
_SPARE_CALLS = 3
"""Calls a minute that are left free beside what others use."""
_MIN_SHARE = 0.1
"""Share of the limit that the tap takes however much others use."""
_SHARE_STEP = 0.1
"""Share of the limit by which the tap takes more in each minute after the ten."""
_LONGEST_REFUSAL = 600.0
"""Where no daily limit is known, other apps may hold the minute for a while."""


@dataclass
class OtherClients:
    """Splits the limit between the tap and other clients.

    Attributes:
        limit: Calls a minute that the tap may start when it is alone.
        least: The fewest calls a minute that were left to it; None while it was never refused.

    """

    limit: int
    least: int | None = None
    _share: float = math.inf
    _is_sure: bool = False
    _first: float = -math.inf
    _last: float = -math.inf
    _interval: float = MINUTE

    def refused(self, now: float, ours: int, retry_after: float | None) -> None:
        """Adjust the share after a refusal.

        Args:
            now: Seconds of the run's clock.
            ours: Calls of the tap in the last minute that Cin7 did not refuse.
            retry_after: Seconds that Cin7 asked the tap to wait; None where it did not say.

        """
        share = self.share(now)
        if share is None and now - self._last > _SHARE_HOLD_SECONDS:
            self._first, self._is_sure = now, False
            self._share = self._at_least(self.limit * _INITIAL_SHARE)
            self._interval = max(MINUTE, _PROBE_DELAY_FACTOR * (retry_after or 0.0))
        elif now - self._first >= MINUTE:  # by now the last minute is one of sharing
            self._share = min(self._at_least(ours - _SPARE_CALLS), share or self.limit)
            self._is_sure = True
        self._last = now
        self.least = min(math.floor(self._share), self.least or self.limit)

    def _at_least(self, share: float) -> float:
        return max(share, self.limit * _MIN_SHARE, 1.0)

    def is_probing(self, now: float) -> bool:
        """Return whether the share is larger than the last refusal showed to be safe."""
        quiet = now - self._last
        return quiet > _SHARE_HOLD_SECONDS if self._is_sure else quiet >= self._interval

    def limits_last_minute(self, now: float) -> bool:
        """Return whether the share bounds the calls of the last minute.

        Not right after the first refusal, while the share is a guess.
        """
        return self._is_sure or self.is_probing(now)

    def share(self, now: float) -> float | None:
        """Return the calls that the tap may start in a minute; None for no bound but the limit."""
        if self.least is None:
            return None
        quiet = now - self._last
        if self._is_sure:
            share = (
                self._share
                + self.limit * _SHARE_STEP * max(0.0, quiet - _SHARE_HOLD_SECONDS) / MINUTE
            )
        else:
            share = self._share * (1 + _SHARE_GROWTH * (quiet // self._interval))
        if share < self.limit:
            return share
        # All of it, but evenly: a burst would hit the limit per second, which proves nothing.
        return None if quiet > _SHARE_HOLD_SECONDS else float(self.limit)


class Clock(Protocol):
    """The clock of a quota."""

    def now(self) -> float:
        """Return seconds that only move forward."""

    def wait(self, seconds: float) -> None:
        """Let seconds pass; raise when the run is to end meanwhile."""


@dataclass(frozen=True)
class Limits:
    """Published or configured limits.

    Attributes:
        per_second: Calls that may start in a second; None spreads the minute's calls evenly.
        per_minute: Calls that may start in a minute.
        per_day: Calls that may start in 24 hours; None when the API has no daily limit.

    """

    per_second: float | None
    per_minute: int
    per_day: int | None

    def reserving(self, percent: int) -> Limits:
        """Return the limits without the share reserved for other apps."""
        share = 1 - percent / 100
        return replace(
            self,
            per_second=self.per_second and self.per_second * share,
            per_minute=max(1, math.floor(self.per_minute * share)),
            per_day=self.per_day and max(1, math.floor(self.per_day * share)),
        )

    @property
    def gap_ms(self) -> int:
        """Milliseconds between the starts of two calls."""
        if self.per_second is None:
            return max(1, math.ceil(_MINUTE_MS / self.per_minute))
        shortest = _SECOND_MS / self.per_second
        evenly = max(shortest * _GAP_FACTOR, _MINUTE_MS / self.per_minute)
        return max(1, math.ceil(min(shortest * _WIDE_GAP_FACTOR, evenly)))

    @property
    def sustained_interval(self) -> float:
        """Seconds between the starts of two calls in a long series."""
        return max(_MINUTE_MS / self.per_minute, self.gap_ms) / 1000

    def rates(self) -> list[Rate]:
        """Return the rates of the windows, as pyrate-limiter orders them.

        The bucket demands that limits grow and densities fall from one window to the next. A
        window that a stricter one makes redundant is left out; the minute's is widened instead
        where the gap between calls is stricter, so that the calls of the last minute stay known.
        """
        from pyrate_limiter import Rate  # noqa: PLC0415 - discovery needs no limiter, runs do

        wanted = [(1, self.gap_ms), (self.per_minute, self._minute_ms)]
        if self.per_day is not None and self.counts_days:
            wanted.append((self.per_day, _DAY_MS))
        kept: list[tuple[int, int]] = []
        for limit, interval in wanted:
            while kept and kept[-1][0] >= limit:
                kept.pop()
            kept.append((limit, interval))
        return [Rate(limit, interval) for limit, interval in kept]

    @property
    def counts_days(self) -> bool:
        """Whether the day's limit can ever be reached within the minute's."""
        return (
            self.per_day is not None and self.per_day * self._minute_ms <= self.per_minute * _DAY_MS
        )

    @property
    def _minute_ms(self) -> int:
        return max(_MINUTE_MS, self.per_minute * self.gap_ms)


class Wait(NamedTuple):
    """What calls wait for.

    Attributes:
        what: What they wait for, as it follows "waiting for".
        until: When it is over, by the run's clock.

    """

    what: str
    until: float


class Quota:
    """The gate that every call of the process passes.

    Attributes:
        calls: Calls that were let through.
        refusals: Calls that Cin7 refused nevertheless.
        others: Splits the limit with other clients.
        wait: What the next call waits for, None for nothing.

    """

    def __init__(
        self,
        limits: Limits,
        clock: Clock,
        store: QuotaStore | None = None,
        wall: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    ) -> None:
        """Set up the gate.

        Args:
            limits: The limits.
            clock: Time, and how to wait.
            store: Keeps the count; memory if None.
            wall: Wall-clock time, to tell the user when to run again.

        """
        from pyrate_limiter import InMemoryBucket, RateItem  # noqa: PLC0415 - as above

        self._item: type[RateItem] = RateItem
        self.limits = limits
        self.calls = 0
        self.refusals = 0
        self.wait: Wait | None = None
        self._clock = clock
        self._wall = wall
        self._is_shared = store is not None
        self._store = store or QuotaStore(InMemoryBucket(limits.rates()), nullcontext, ())
        self._bucket = self._store.bucket
        self.others = OtherClients(limits.per_minute)
        self._refused_at: deque[float] = deque()
        self._slot_lock = threading.Lock()
        self._refusal_lock = threading.Lock()
        self._held_until = 0.0
        self._refused_since: float | None = None
        self._refused_in_a_row = 0
        self._day_used_up: DailyQuotaUsed | None = None

    def acquire(self) -> None:
        """Wait until a call may start.

        Raises:
            DailyQuotaUsed: If the day's calls are used up.

        """
        # One caller waits for the next slot, the others queue behind it: first come, first served.
        with self._slot_lock:
            try:
                while (pause := self._take()) is not None:
                    seconds, what = pause
                    self.wait = Wait(what, self._clock.now() + seconds)
                    self._clock.wait(seconds)
            finally:
                self.wait = None
            self.calls += 1

    def _take(self) -> tuple[float, str] | None:
        """Take a slot, or return the seconds until one may be free, and what they wait for."""
        if self._day_used_up is not None:
            raise self._day_used_up
        held = self._held_until - self._clock.now()
        if held > 0:
            return held, "Cin7 to take calls again"
        with self._locked():
            now_ms = self._now_ms()
            pause = self._pause_for_others(now_ms)
            if pause > 0:
                return pause, "the calls of others on the same limit"
            item = self._item("cin7", now_ms)
            if self._bucket.put(item):
                self._bucket.leak(now_ms)
                return None
            wait_ms = cast("int", self._bucket.waiting(item))
        rate = self._bucket.failing_rate
        if rate is not None and rate.interval == _DAY_MS and wait_ms > _MINUTE_MS:
            msg = f"the {rate.limit} calls that requests_per_day allows are used up"
            raise self._day_is_over(msg, wait_ms / 1000)
        return max(wait_ms, 1) / 1000, "the minute's limit"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Lock the count against other processes; raise ``RunStopped`` if it is out of reach."""
        try:
            with self._store.guard():
                yield
        except self._store.errors as error:
            raise RunStopped(
                f"the quota store can't be reached any more ({type(error).__name__}), so the "
                "calls of others can't be counted; state is saved, run again when it is back"
            ) from error

    def shared(self) -> str:
        """Return a log line on how the limit was shared; empty if it was not."""
        if self.others.least is None:
            return ""
        return (
            f"others used the call limit too: {self.refusals} calls were refused, and this run "
            f"went down to {self.others.least} of {self.limits.per_minute} calls a minute"
        )

    def _pause_for_others(self, now_ms: int) -> float:
        """Return the seconds until the share that is left to others lets a call start."""
        now = self._clock.now()
        share = self.others.share(now)
        if share is None:
            return 0.0
        pace = self.limits.per_minute if self.others.is_probing(now) else share
        free_ms = self._started_ms(0) + _MINUTE_MS / pace
        if self.others.limits_last_minute(now):
            free_ms = max(free_ms, self._started_ms(math.floor(share) - 1) + _MINUTE_MS)
        return (free_ms - now_ms) / 1000

    def left(self) -> tuple[int, int | None]:
        """Return how many calls the present minute and day still allow.

        None for the day where it has no limit, or one that the minute's limit keeps anyway.

        Raises:
            RunStopped: If the quota store is out of reach.

        """
        with self._locked():
            minute = self.limits.per_minute - self._started_since(self._now_ms() - _MINUTE_MS)
            if self.limits.per_day is None or not self.limits.counts_days:
                return max(minute, 0), None
            day = self.limits.per_day - self._started_since(self._now_ms() - _DAY_MS)
            return max(min(minute, day), 0), max(day, 0)

    def _started_ms(self, newer: int) -> float:
        """Return when the call with so many newer ones started, in ms; -inf if there is none."""
        item = cast("RateItem | None", self._bucket.peek(newer))
        return -math.inf if item is None else item.timestamp

    def _started_since(self, moment_ms: int) -> int:
        """Count the starts since a moment."""
        newer = range(cast("int", self._bucket.count()))
        return bisect_left(newer, True, key=lambda count: self._started_ms(count) < moment_ms)  # noqa: FBT003

    def _now_ms(self) -> int:
        if self._is_shared:
            return int(self._bucket.now())  # type: ignore[no-untyped-call]
        return int(self._clock.now() * 1000)

    def refused(self, retry_after: float | None) -> None:
        """Note a refusal: no call starts before it is over.

        Args:
            retry_after: Seconds that Cin7 asked us to wait; None when it did not say.

        Raises:
            DailyQuotaUsed: If the refusal outlasts the minute window.

        """
        with self._refusal_lock:
            now = self._clock.now()
            self.refusals += 1
            if self._refused_since is None:
                self._refused_since = now
            lasting = now - self._refused_since
            longest = MINUTE if self.limits.per_day is not None else _LONGEST_REFUSAL
            too_long = retry_after is not None and retry_after > 2 * longest
            if too_long or lasting > longest:
                msg = "Cin7 goes on refusing calls past its minute limit, so its day is used up"
                self._day_used_up = self._day_is_over(msg, retry_after)
                raise self._day_used_up
            self._note_others(now, retry_after)
            # Calls that were in flight together are refused together: one pause for all.
            if retry_after is not None:
                self._held_until = max(self._held_until, now + max(retry_after, 0.1))
            elif self._held_until <= now:
                step = min(self._refused_in_a_row, len(_PAUSES) - 1)
                self._held_until = now + _PAUSES[step]
                self._refused_in_a_row += 1

    def _note_others(self, now: float, retry_after: float | None) -> None:
        self._refused_at.append(now)
        while now - self._refused_at[0] >= MINUTE:
            self._refused_at.popleft()
        with self._locked():
            started = self._started_since(self._now_ms() - round(MINUTE * 1000))
        is_news = self.others.least is None
        self.others.refused(now, max(0, started - len(self._refused_at)), retry_after)
        if is_news:
            _log.warning(
                "Cin7 refused a call although this run keeps to its limit of %d a minute: others "
                "use the same key or account, or calls of a run just before this one still count; "
                "this run takes %s a minute for now and asks for more slowly",
                self.limits.per_minute,
                self.others.least,
            )

    def refusal_over(self) -> None:
        """Note that a call was not refused: a refusal, if there was one, is over."""
        if self._refused_since is not None:
            with self._refusal_lock:
                self._refused_since = None
                self._refused_in_a_row = 0

    def _day_is_over(self, what: str, seconds: float | None) -> DailyQuotaUsed:
        if seconds is None:
            when = "tomorrow, when the limit starts anew"
        else:
            moment = self._wall() + timedelta(seconds=seconds)
            when = f"after {moment.strftime('%Y-%m-%d %H:%M')} UTC"
        return DailyQuotaUsed(f"{what}; state is saved, run again {when} to go on from there")
