"""Client: sends one call to Cin7, with retries, inside the quota.

The rule: network failures, transient statuses, and bodies that are not the requested JSON are
retried. In the middle of a run a call is sent seven times within about three and a half minutes of
waiting, which outlasts a restart; a host that has never responded is given up after a few seconds,
since it is most likely the wrong one. A ``Retry-After`` is waited for. Every attempt passes the
quota. The waits come from the package ``backoff``, whose decorators are not used: no signal
interrupts their sleep.
"""

from __future__ import annotations

import ipaddress
import logging
import math
import random
import threading
from dataclasses import dataclass
from importlib.metadata import version
from itertools import islice
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import backoff
import requests

from tap_cin7.client.clock import RunClock, ServerClock
from tap_cin7.client.metrics import Concurrency, Tries
from tap_cin7.client.quota import Limits, Quota, Wait
from tap_cin7.client.quota_store import open_quota_store
from tap_cin7.client.responses import MaybePermanent
from tap_cin7.client.session import Session, SlowResponse
from tap_cin7.errors import Cin7Error, GaveUp, Refused, Retriable, RunStopped
from tap_cin7.settings import CREDENTIALS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from requests.auth import AuthBase

    from tap_cin7.client.metrics import StreamMetrics
    from tap_cin7.client.responses import Responses
    from tap_cin7.settings import Settings

T = TypeVar("T")

_SLOW_SECONDS = 0.1
"""Where responses take less, calls are sent one after the other."""
_LONG_STREAM_CALLS = 20
"""Calls after which a stream counts as long: those that wait for memory beside it wait a while."""
FIRST_WAIT = 1.0
"""Wait after the first failure of a call, as a multiple of ``retry_wait_seconds``.

With the defaults the waits are 1, 5, 25 and three times 60 s: 211 s together, each up to a fifth
shorter at random, so that calls that failed together are not sent again together. Tests put
smaller numbers here and below."""
LONGEST_WAIT = 60.0
"""As a multiple of the first."""
LONGEST_RETRY_AFTER = 600.0
"""Seconds that a ``Retry-After`` is obeyed for; waits that Cin7 asked for cost no try up to this
sum: ten minutes are a maintenance window; a run that sleeps longer seems to hang."""
_WAIT_GROWTH = 5.0
_WAIT_JITTER = 0.2
"""Largest share of a wait that is taken off at random."""
_FIRST_TRIES = 3
"""Most tries while Cin7 has never responded."""
_NETWORK_FAILURES = (requests.RequestException, OSError)
_HINT = (
    "; Cin7 has not answered any call with data yet, so base_url may be wrong: it is %s, the "
    "published one is %s"
)
_log = logging.getLogger("tap-cin7")


@dataclass(frozen=True)
class Service:
    """Constants of one API (instances: omni/api.py, core/api.py, core_v1/api.py).

    Attributes:
        name: ``omni``, ``core`` or ``core_v1``.
        title: Its name in messages.
        base_url: Published address.
        auth: Builds the authenticator from the two credentials.
        limits: Published call limits.
        counted: What Cin7 counts calls by.
        responses: Builds the check of a run's responses from a hint for errors before any data.
        notice: A warning at the start of every run.

    """

    name: str
    title: str
    base_url: str
    auth: Callable[[str, str], AuthBase]
    limits: Limits
    responses: Callable[[str], Responses]
    counted: str
    notice: str = ""


class Client:
    """Calls one API for one run.

    Attributes:
        service: The API.
        base_url: Its address, without a trailing slash.
        clock: The run's clock, which also stops the run.
        server_clock: Cin7's time.
        quota: The gate that every call passes.
        responses: Checks the responses of this run.
        parallel: Most calls in flight at once.
        concurrency: Returns how many streams are being read side by side.
        is_reached: Whether Cin7 has responded to any call.
        calling_threads: Ids of the threads that wait for a response.

    """

    def __init__(
        self,
        service: Service,
        settings: Settings,
        *,
        session: requests.Session | None = None,
        clock: RunClock | None = None,
    ) -> None:
        """Set up a client; nothing is requested yet.

        Args:
            service: The API.
            settings: Complete settings: both credentials are there.
            session: Sends the requests of this client alone: the credentials are put on it.
            clock: The run's clock; that of tests does not sleep.

        Raises:
            BadInput: If the quota store can't be used.

        """
        self.service = service
        self.base_url = (settings.base_url or service.base_url).rstrip("/")
        self.clock = clock or RunClock()
        self.server_clock = ServerClock(self.clock)
        self.parallel = settings.max_parallel_requests
        self.concurrency: Callable[[], Concurrency] = Concurrency
        self.is_reached = False
        self.calling_threads: set[int] = set()
        self._next_try: Wait | None = None
        hint = (
            "" if self.base_url == service.base_url else _HINT % (self.base_url, service.base_url)
        )
        self.responses = service.responses(hint)
        names = CREDENTIALS[service.name]
        identity, secret = (str(getattr(settings, name)).strip() for name in names)
        limits = Limits(
            per_second=settings.requests_per_second or service.limits.per_second,
            per_minute=settings.requests_per_minute or service.limits.per_minute,
            per_day=settings.requests_per_day or service.limits.per_day,
        ).reserving(settings.quota_reserve_percent)
        store = open_quota_store(settings.quota_store, limits.rates(), identity, secret)
        self.quota = Quota(limits, self.clock, store)
        self._session = session or Session(self.parallel)
        self._session.auth = service.auth(identity, secret)
        self._timeout = settings.request_timeout
        agent = (settings.user_agent or "").strip() or f"tap-cin7/{version('tap-cin7')}"
        self._session.headers.update({"Accept": "application/json", "User-Agent": agent})
        self._in_flight = threading.Semaphore(self.parallel)
        self._first_wait = FIRST_WAIT * settings.retry_wait_seconds
        if _is_readable_on_the_way(self.base_url):
            _log.warning(
                "base_url %s sends the credentials unencrypted to another machine: use https",
                self.base_url,
            )

    def get(
        self,
        path: str,
        params: Mapping[str, str | int],
        read: Callable[[requests.Response], T],
        metrics: StreamMetrics,
        tries: Tries | None = None,
    ) -> T:
        """Send one request, with retries, and return what the response holds.

        Args:
            path: The path below the base URL.
            params: The query.
            read: Reads the response; raises ``Retriable`` when it is not what was requested.
            metrics: Counts the call and bounds its tries.
            tries: The tries that it gets, and what became of them.

        Raises:
            StreamFailed: If Cin7 refuses for good.
            GaveUp: If every try failed.
            StreamSkipped: If the account can't read this.
            RunStopped: If no stream can go on.

        """
        tries = tries or Tries()
        most = min(tries.most, metrics.tries)
        sent = failures = in_a_row = 0
        promised = 0.0
        last: type[Exception] | None = None
        while True:
            try:
                return self._send(path, params, read, metrics)
            except Refused as refusal:
                _log.warning("%s: Cin7 refused a call (%s), waiting", metrics.name, refusal)
                metrics.refuted.add("limits")
                self.quota.refused(refusal.retry_after)
                metrics.retried()
                continue
            except (Retriable, *_NETWORK_FAILURES) as error:
                sent += 1
                retry_after = error.retry_after if isinstance(error, Retriable) else None
                # A Retry-After is waited for and costs no try, up to a credible sum.
                is_credible = retry_after is not None and promised < LONGEST_RETRY_AFTER
                if not is_credible or most == 1:
                    failures += 1
                    in_a_row = in_a_row + 1 if type(error) is last else 1
                    last = type(error)
                    final = self._final_error(error, failures, in_a_row, metrics, most)
                    if final is not None:
                        raise final from error
                seconds = self._wait_before_next(failures, retry_after)
                promised += seconds if retry_after is not None else 0.0
                tries.failure = why = _reason(error)
                _log.warning(
                    "%s: try %d failed (%s), next in %.1f s", metrics.name, sent, why, seconds
                )
            metrics.retried()
            self._next_try = Wait("the next try", self.clock.now() + seconds)
            with metrics.waiting(self.clock.now):
                self.clock.wait(seconds)

    def _send(
        self,
        path: str,
        params: Mapping[str, str | int],
        read: Callable[[requests.Response], T],
        metrics: StreamMetrics,
    ) -> T:
        # The concurrency slot comes before the quota slot: a granted call must start at once.
        with self._in_flight:
            self.clock.check()
            with metrics.waiting(self.clock.now):
                self.quota.acquire()
            metrics.called()
            sent_at = self.clock.now()
            self.calling_threads.add(threading.get_ident())
            try:
                url = self.base_url + path
                response = self._session.get(url, params=params, timeout=self._timeout)
            except Retriable as error:
                self.is_reached = self.is_reached or not isinstance(error, SlowResponse)
                raise
            finally:
                self.calling_threads.discard(threading.get_ident())
            arrived = self.clock.now()
            self.is_reached = True
            self.server_clock.note_date(response.headers.get("Date"), arrived)
            metrics.note_latency(arrived - sent_at)
            try:
                result = self.responses.parse(metrics.name, response, read)
            except Refused:
                raise
            except Cin7Error:
                self.quota.refusal_over()
                raise
            self.quota.refusal_over()
            return result

    def _wait_before_next(self, failures: int, retry_after: float | None) -> float:
        """Return how long to wait before the next try.

        Args:
            failures: How often the call has failed, from 1.
            retry_after: The seconds that Cin7 asks for, None where it does not.

        """
        if retry_after is not None:
            return min(max(retry_after, self._first_wait), LONGEST_RETRY_AFTER)
        # The first value of a generator of ``backoff`` starts it.
        waits = backoff.expo(_WAIT_GROWTH, 1, LONGEST_WAIT)
        usual = self._first_wait * next(islice(waits, failures, None))
        return usual * (1 - _WAIT_JITTER * random.random())  # noqa: S311 - nothing secret

    def _final_error(
        self, error: Exception, failures: int, in_a_row: int, metrics: StreamMetrics, tries: int
    ) -> Cin7Error | None:
        """Return the error that ends the call, or None to try again."""
        if isinstance(error, MaybePermanent) and in_a_row >= min(error.times, tries):
            meaning = self.responses.permanent_error(metrics.name, error)
            if meaning is not None:
                return meaning
        most = tries if self.is_reached else min(tries, _FIRST_TRIES)
        if failures < most:
            return None
        if not self.is_reached:
            return RunStopped(
                f"can't reach {self.base_url} ({_reason(error)}): check base_url, the network "
                "and the proxy variables"
            )
        words = _reason(error)
        if not isinstance(error, Cin7Error):
            words = f"no answer from Cin7 ({words})"
        return GaveUp(f"gave up after {failures} tries: {words}" if failures > 1 else words)

    def wait(self) -> Wait | None:
        """Return what calls wait for before they are sent; None for nothing."""
        waits = [one for one in (self.quota.wait, self._next_try) if one is not None]
        return next((one for one in waits if one.until > self.clock.now()), None)

    def width(self, metrics: StreamMetrics) -> int:
        """Return how many calls of a stream to have in flight, so that the quota is used.

        It follows from the latency of its responses; 1 where that is short, or where the streams
        that are read side by side use the quota already. Those that wait for memory count too, as
        they go on soon, unless the stream is so long that they wait for long.
        """
        if metrics.latency < _SLOW_SECONDS:
            return 1
        calls = math.ceil(metrics.latency / self.quota.limits.sustained_interval) + 1
        streams = self.concurrency()
        others = (streams.active if metrics.calls >= _LONG_STREAM_CALLS else streams.begun) - 1
        return max(1, min(self.parallel, calls) - others)


def _reason(error: Exception) -> str:
    """Return why a try failed; of network errors the type, as their texts are long and vague."""
    return str(error) if isinstance(error, Cin7Error) else type(error).__name__


def _is_readable_on_the_way(address: str) -> bool:
    """Return whether requests to an address leave this machine unencrypted."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme != "http" or host == "localhost" or host.endswith(".localhost"):
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True
