"""Client: one call of Cin7, its tries, and what it counts.

Put together from a session, credentials, the quota and the replies of the API. What is worth
another try: network failures, passing states, and bodies that are not the JSON asked for.
Every attempt passes the quota.
"""

from __future__ import annotations

import logging
import math
import threading
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, TypeVar

import requests

from tap_cin7.client import patience
from tap_cin7.client.clock import RunClock, ServerClock
from tap_cin7.client.counts import open_count
from tap_cin7.client.quota import Limits, Quota
from tap_cin7.client.replies import Address, Lasting, Unavailable
from tap_cin7.client.service import Service, is_readable_on_the_way
from tap_cin7.client.session import Session, SlowAnswer
from tap_cin7.client.sharing import Sharing
from tap_cin7.errors import Cin7Error, GaveUp, Refused, Retriable, RunStopped
from tap_cin7.settings import CREDENTIALS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_cin7.client.tally import Tally
    from tap_cin7.settings import Settings

__all__ = ["Client", "Service"]

T = TypeVar("T")

_SLOW = 0.1
"""Seconds; answers that come quicker are taken one after the other."""
_LONG = 20
"""Calls after which a stream counts as long: those that wait for room beside it wait a while."""
_NETWORK_FAILURES = (requests.RequestException, OSError)
_log = logging.getLogger("tap-cin7")


class Client:
    """Calls one API for one run.

    Attributes:
        service: The API.
        base_url: Its address, without a trailing slash.
        clock: The run's time, and the wish to stop.
        server_clock: Cin7's time.
        quota: The gate that every call passes.
        replies: What the replies of this run mean.
        parallel: Most calls in flight at once.
        sharing: Tells how many streams are being read side by side, and how many of them ask.
        answered: Whether Cin7 has answered any call at all.

    """

    def __init__(
        self,
        service: Service,
        settings: Settings,
        *,
        session: requests.Session | None = None,
        clock: RunClock | None = None,
    ) -> None:
        """Set up a client; nothing is asked of Cin7 yet.

        Args:
            service: The API.
            settings: Complete settings: both credentials are there.
            session: Sends the requests.
            clock: Lets time pass; tests put one in place that does not sleep.

        Raises:
            BadInput: If the quota store can't be used.

        """
        self.service = service
        self.base_url = (settings.base_url or service.base_url).rstrip("/")
        self.clock = clock or RunClock()
        self.server_clock = ServerClock(self.clock)
        self.parallel = settings.max_parallel_requests
        self.sharing: Callable[[], Sharing] = Sharing
        self.answered = False
        self.replies = service.replies(Address(self.base_url, service.base_url), self.clock.now)
        names = CREDENTIALS[service.name]
        identity, secret = (str(getattr(settings, name)).strip() for name in names)
        self._auth = service.auth(identity, secret)
        limits = Limits(
            per_second=settings.requests_per_second or service.limits.per_second,
            per_minute=settings.requests_per_minute or service.limits.per_minute,
            per_day=settings.requests_per_day or service.limits.per_day,
        ).reserving(settings.quota_reserve_percent)
        count = open_count(settings.quota_store, limits.rates(), identity, secret)
        self.quota = Quota(limits, self.clock, count)
        self._session = session or Session(self.parallel)
        self._timeout = settings.request_timeout
        agent = (settings.user_agent or "").strip() or f"tap-cin7/{version('tap-cin7')}"
        self._headers = {"Accept": "application/json", "User-Agent": agent}
        self._in_flight = threading.Semaphore(self.parallel)
        usual = patience.PATIENCE
        self._patience = replace(usual, first=usual.first * settings.retry_wait_seconds)
        if is_readable_on_the_way(self.base_url):
            _log.warning(
                "base_url %s sends the credentials unencrypted to another machine: use https",
                self.base_url,
            )

    def get(
        self,
        path: str,
        params: Mapping[str, str | int],
        read: Callable[[requests.Response], T],
        tally: Tally,
        tries: int = patience.TRIES,
    ) -> T:
        """Ask Cin7 once, with as many tries as it takes, and return what the reply holds.

        Args:
            path: What to ask for, below the address.
            params: The query.
            read: Takes the reply apart; raises ``Retriable`` when it is not what was asked for.
            tally: Counts the call and bounds its tries.
            tries: Most times to send it.

        Raises:
            StreamFailed: If Cin7 says no for good.
            GaveUp: If every try failed.
            StreamSkipped: If the account can't read this.
            RunStopped: If no stream can go on.

        """
        tries = min(tries, tally.tries)
        send = partial(self._sent, path, params, read, tally)
        sent = failures = in_a_row = 0
        promised = 0.0
        last: type[Exception] | None = None
        while True:
            try:
                return self._allowed(send, tally)
            except (Retriable, *_NETWORK_FAILURES) as error:
                sent += 1
                asked = error.retry_after if isinstance(error, Unavailable) else None
                # An outage that names its end is waited for; it costs no try while it is credible.
                is_credible = asked is not None and promised < self._patience.longest_asked
                if not is_credible or tries == 1:
                    failures += 1
                    in_a_row = in_a_row + 1 if type(error) is last else 1
                    last = type(error)
                    ending = self._ending(error, failures, in_a_row, tally, tries)
                    if ending is not None:
                        raise ending from error
                seconds = self._patience.wait(failures, asked)
                promised += seconds if asked is not None else 0.0
                _log.warning(
                    "%s: try %d failed (%s), next in %.1f s",
                    tally.name,
                    sent,
                    _reason(error),
                    seconds,
                )
            tally.retried()
            with tally.waiting(self.clock.now):
                self.clock.wait(seconds)

    def _allowed(self, send: Callable[[], T | Refused], tally: Tally) -> T:
        """Send a call until Cin7 does not refuse it for its limits."""
        while True:
            result = send()
            if not isinstance(result, Refused):
                return result
            _log.warning("%s: Cin7 refused a call (%s), waiting", tally.name, result)
            tally.refuted.add("limits")
            self.quota.refused(result.retry_after)
            tally.retried()

    def _sent(
        self,
        path: str,
        params: Mapping[str, str | int],
        read: Callable[[requests.Response], T],
        tally: Tally,
    ) -> T | Refused:
        """Ask once; return what the reply holds, or the refusal that it is."""
        # The place in flight comes first: a call must start when the quota says so.
        with self._in_flight:
            self.clock.check()
            with tally.waiting(self.clock.now):
                self.quota.acquire()
            tally.called()
            asked = self.clock.now()
            try:
                response = self._session.send(self._request(path, params), timeout=self._timeout)
            except Retriable as error:
                self.answered = self.answered or not isinstance(error, SlowAnswer)
                raise
            arrived = self.clock.now()
            self.answered = True
            self.server_clock.heard(response.headers.get("Date"), arrived)
            tally.answered(arrived - asked)
            try:
                result = self.replies.taken(tally.name, response, read)
            except Refused as refusal:
                return refusal
            except Cin7Error:
                self.quota.answered()
                raise
            self.quota.answered()
            return result

    def _request(self, path: str, params: Mapping[str, str | int]) -> requests.PreparedRequest:
        url = self.base_url + path
        request = requests.Request("GET", url, self._headers, params=params, auth=self._auth)
        return self._session.prepare_request(request)

    def _ending(
        self, error: Exception, failures: int, in_a_row: int, tally: Tally, tries: int
    ) -> Cin7Error | None:
        """Return what a failure ends the call with; None when it is worth another try."""
        if isinstance(error, Lasting) and in_a_row >= min(error.times, tries):
            meaning = self.replies.lasting(tally.name, error)
            if meaning is not None:
                return meaning
        most = tries
        if not self.answered:
            most = min(most, self._patience.first_tries)
        if failures < most:
            return None
        if not self.answered:
            return RunStopped(
                f"can't reach {self.base_url} ({_reason(error)}): check base_url, the network "
                "and the proxy variables"
            )
        words = _reason(error)
        if not isinstance(error, Cin7Error):
            words = f"no answer from Cin7 ({words})"
        return GaveUp(f"gave up after {failures} tries: {words}" if failures > 1 else words)

    def width(self, tally: Tally) -> int:
        """Return how many calls of a stream use the quota when they are under way at once.

        By how long its answers take at present; 1 where they come quickly, or where the streams
        that are read side by side use the quota already. Those that wait for room are counted
        too, as they go on soon, unless the stream is so long that they wait for long.
        """
        if tally.latency < _SLOW:
            return 1
        calls = math.ceil(tally.latency / self.quota.limits.sustained_interval) + 1
        sharing = self.sharing()
        others = (sharing.asking if tally.calls >= _LONG else sharing.begun) - 1
        return max(1, min(self.parallel, calls) - others)


def _reason(error: Exception) -> str:
    """Return why a try failed; the texts of network errors are long and say little."""
    return str(error) if isinstance(error, Cin7Error) else type(error).__name__
