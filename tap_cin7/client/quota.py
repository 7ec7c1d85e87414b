"""How many calls may start per second, minute and day, kept on our side.

The rule: Cin7 never has to refuse a call. Every attempt of the process, retries included,
passes ``Quota.acquire``; pyrate-limiter's bucket counts. Windows are a little longer than the
published ones, because calls travel: two that start 60 s apart may arrive 59.9 s apart.

A refusal that comes all the same holds back every call until it is over, and shows that others
use the limit too (``others``). One that outlasts the minute window can only be the daily limit,
and so can a ``Retry-After`` of twice that.

Relies on: limits.
"""

from __future__ import annotations

import logging
import math
import threading
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Protocol

from tap_cin7.client.others import MINUTE, Others
from tap_cin7.errors import DailyQuotaUsed, RunStopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyrate_limiter import Rate, RateItem

    from tap_cin7.client.counts import SharedCount

_log = logging.getLogger("tap-cin7")
_SECOND_MS = 1_000
_MINUTE_MS = 61_000
_DAY_MS = 86_400_000
_SPACING = 1.05
"""Calls 350 ms apart ran for weeks under Omni's 3 a second without one refusal (seen)."""
_PAUSES = (1.5, 4.0, 10.0, 20.0, 31.0)
"""Seconds to hold back after the first, second, ... refusal that does not say how long; the
first covers the second window, their sum the minute window."""
_LONGEST_REFUSAL = 600.0
"""Where no daily limit is known, other apps may hold the minute for a while."""


class Clock(Protocol):
    """Time as the quota sees it; tests put their own in place."""

    def now(self) -> float:
        """Return seconds that only move forward."""

    def wait(self, seconds: float) -> None:
        """Let seconds pass; raise when the run is told to end meanwhile."""


@dataclass(frozen=True)
class Limits:
    """Published or configured limits.

    Attributes:
        per_second: Calls that may start in a second; None spreads the minute's calls evenly.
        per_minute: Calls that may start in a minute.
        per_day: Calls that may start in 24 hours; None when the API has no daily limit.

    """

    per_second: int | None
    per_minute: int
    per_day: int | None
    _share: float = 1.0

    def reserving(self, percent: int) -> Limits:
        """Return what is left when a share of each limit is kept for other apps."""
        share = 1 - percent / 100
        return Limits(
            per_second=self.per_second,
            per_minute=max(1, math.floor(self.per_minute * share)),
            per_day=None if self.per_day is None else max(1, math.floor(self.per_day * share)),
            _share=share,
        )

    @property
    def gap_ms(self) -> int:
        """Milliseconds between the starts of two calls."""
        if self.per_second is None:
            return max(1, math.ceil(_MINUTE_MS / self.per_minute))
        return max(1, math.ceil(_SECOND_MS * _SPACING / self.per_second / self._share))

    @property
    def sustained_interval(self) -> float:
        """Seconds between the starts of two calls when calls go on and on."""
        return max(_MINUTE_MS / self.per_minute, self.gap_ms) / 1000

    def rates(self) -> list[Rate]:
        """Return the rates of the windows, as pyrate-limiter orders them.

        The bucket demands that limits grow and densities fall from one window to the next. A
        window that a stricter one makes pointless is left out; the minute's is widened instead
        where the gap between calls binds, so that the calls of the last minute stay known.
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
        """Whether the day's limit can bind at all beside the minute's."""
        return (
            self.per_day is not None and self.per_day * self._minute_ms <= self.per_minute * _DAY_MS
        )

    @property
    def _minute_ms(self) -> int:
        return max(_MINUTE_MS, self.per_minute * self.gap_ms)


class Quota:
    """The one gate that every call of the process passes.

    Attributes:
        calls: Calls that were let through.
        refusals: Calls that Cin7 refused all the same.
        others: What is left to other clients of the same limit.

    """

    def __init__(
        self,
        limits: Limits,
        clock: Clock,
        shared: SharedCount | None = None,
        wall: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    ) -> None:
        """Set up the gate.

        Args:
            limits: What may start when.
            clock: Time, and how to wait.
            shared: Where the count lives; in memory when left out.
            wall: Wall-clock time, to tell the user when to run again.

        """
        from pyrate_limiter import InMemoryBucket, RateItem  # noqa: PLC0415 - as above

        self._item: type[RateItem] = RateItem
        self.limits = limits
        self.calls = 0
        self.refusals = 0
        self._clock = clock
        self._wall = wall
        self._shared = shared
        self.others = Others(limits.per_minute)
        self._refused_at: deque[float] = deque()
        self._bucket = InMemoryBucket(limits.rates()) if shared is None else shared.bucket
        self._turn = threading.Lock()
        self._refusal = threading.Lock()
        self._held_until = 0.0
        self._refused_since: float | None = None
        self._refused_in_a_row = 0
        self._over: DailyQuotaUsed | None = None

    def acquire(self) -> float:
        """Wait until a call may start.

        Returns:
            Seconds that this took.

        Raises:
            DailyQuotaUsed: If the day's calls are used up.

        """
        began = self._clock.now()
        # One caller waits for the next slot, the others queue behind it: first come, first served.
        with self._turn:
            while True:
                if self._over is not None:
                    raise self._over
                held = self._held_until - self._clock.now()
                if held > 0:
                    self._clock.wait(held)
                    continue
                pause = self._try()
                if pause is None:
                    break
                self._clock.wait(pause)
            self.calls += 1
        return self._clock.now() - began

    def _try(self) -> float | None:
        """Take a slot and return None, or return the seconds until one may be free."""
        with self._in_step():
            return self._take()

    @contextmanager
    def _in_step(self) -> Iterator[None]:
        """Keep other processes that share the count out; say when the store is out of reach."""
        if self._shared is None:
            yield
            return
        try:
            with self._shared.guard():
                yield
        except self._shared.errors as error:
            raise RunStopped(
                f"the quota store can't be reached any more ({type(error).__name__}), so the "
                "calls of others can't be counted; state is saved, run again when it is back"
            ) from error

    def _take(self) -> float | None:
        now_ms = self._now_ms()
        pause = self._pause_for_others(now_ms)
        if pause > 0:
            return pause
        item = self._item("cin7", now_ms)
        if self._bucket.put(item):
            self._bucket.leak(now_ms)
            return None
        wait_ms = self._bucket.waiting(item)
        if not isinstance(wait_ms, int):  # pragma: no cover - only async buckets return more
            raise TypeError
        rate = self._bucket.failing_rate
        if rate is not None and rate.interval == _DAY_MS and wait_ms > _MINUTE_MS:
            msg = f"the {rate.limit} calls that requests_per_day allows are used up"
            raise self._day_is_over(msg, wait_ms / 1000)
        return max(wait_ms, 1) / 1000

    def shared(self) -> str:
        """Return the line that says how the limit was shared; empty when it was not."""
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
        newest = None if share is None else self._bucket.peek(0)
        if share is None or not isinstance(newest, self._item):
            return 0.0
        pace = self.limits.per_minute if self.others.asks_for_more(now) else share
        free_ms = newest.timestamp + _MINUTE_MS / pace
        last = self._bucket.peek(math.floor(share) - 1) if self.others.is_counted(now) else None
        if isinstance(last, self._item):
            free_ms = max(free_ms, last.timestamp + _MINUTE_MS)
        return (free_ms - now_ms) / 1000

    def left(self) -> tuple[int, int | None]:
        """Return how many calls the present minute and day still allow.

        None for the day where it has no limit, or one that the minute's keeps anyway.

        Raises:
            RunStopped: If the quota store is out of reach.

        """
        with self._in_step():
            minute = self.limits.per_minute - self._started_since(self._now_ms() - _MINUTE_MS)
            if self.limits.per_day is None or not self.limits.counts_days:
                return max(minute, 0), None
            day = self.limits.per_day - self._started_since(self._now_ms() - _DAY_MS)
            return max(min(minute, day), 0), max(day, 0)

    def _started_since(self, moment_ms: int) -> int:
        """Count the starts since a moment; the bucket gives them newest first."""
        low, high = 0, int(self._bucket.count())  # type: ignore[arg-type]
        while low < high:
            middle = (low + high) // 2
            item = self._bucket.peek(middle)
            if isinstance(item, self._item) and item.timestamp >= moment_ms:
                low = middle + 1
            else:
                high = middle
        return low

    def _now_ms(self) -> int:
        if self._shared is not None:
            return int(self._bucket.now())  # type: ignore[no-untyped-call]
        return int(self._clock.now() * 1000)

    def refused(self, retry_after: float | None) -> None:
        """Take note of a refusal: no call starts before it is over.

        Args:
            retry_after: Seconds that Cin7 asked us to wait; None when it did not say.

        Raises:
            DailyQuotaUsed: If the refusal outlasts the minute window.

        """
        with self._refusal:
            now = self._clock.now()
            self.refusals += 1
            if self._refused_since is None:
                self._refused_since = now
            lasting = now - self._refused_since
            patience = MINUTE if self.limits.per_day is not None else _LONGEST_REFUSAL
            too_long = retry_after is not None and retry_after > 2 * patience
            if too_long or lasting > patience:
                msg = "Cin7 goes on refusing calls past its minute limit, so its day is used up"
                self._over = self._day_is_over(msg, retry_after)
                raise self._over
            self._share_with_others(now, retry_after)
            # Calls that were under way together are refused together: one pause for all.
            if retry_after is not None:
                self._held_until = max(self._held_until, now + max(retry_after, 0.1))
            elif self._held_until <= now:
                step = min(self._refused_in_a_row, len(_PAUSES) - 1)
                self._held_until = now + _PAUSES[step]
                self._refused_in_a_row += 1

    def _share_with_others(self, now: float, retry_after: float | None) -> None:
        self._refused_at.append(now)
        while now - self._refused_at[0] >= MINUTE:
            self._refused_at.popleft()
        with self._in_step():
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

    def answered(self) -> None:
        """Take note that a call went through: the refusal, if there was one, is over."""
        if self._refused_since is not None:
            with self._refusal:
                self._refused_since = None
                self._refused_in_a_row = 0

    def _day_is_over(self, what: str, seconds: float | None) -> DailyQuotaUsed:
        if seconds is None:
            when = "tomorrow, when the limit starts anew"
        else:
            moment = self._wall() + timedelta(seconds=seconds)
            when = f"after {moment.strftime('%Y-%m-%d %H:%M')} UTC"
        return DailyQuotaUsed(f"{what}; state is saved, run again {when} to go on from there")
