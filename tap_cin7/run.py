"""What all streams of one run share: session, quota, and the wish to stop."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tap_cin7.apis import APIS, Api
from tap_cin7.errors import Terminated
from tap_cin7.limits import Limits, Quota
from tap_cin7.quota_store import MEMORY, open_count
from tap_cin7.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from requests.auth import AuthBase


class RunClock:
    """Real time; a wait ends early when the run is told to stop."""

    def __init__(self) -> None:
        """Start with nobody wanting to stop."""
        self.stop: Terminated | None = None
        self._stopping = threading.Event()
        self._interruptible = False

    def now(self) -> float:
        """Return seconds that only move forward."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Let seconds pass.

        Raises:
            Terminated: If the run is told to stop meanwhile.

        """
        self._stopping.wait(seconds)
        self.check()

    def check(self) -> None:
        """Raise ``Terminated`` if the run was told to stop."""
        if self.stop is not None:
            raise self.stop

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let a signal end what runs inside at once.

        Only waiting for data may be cut short. A record that is being written is finished
        first: half a line on stdout would spoil the message after it.
        """
        self.check()
        self._interruptible = True
        try:
            yield
        finally:
            self._interruptible = False

    def terminate(self, signum: int) -> None:
        """Tell the run to stop; called by the signal handler on the main thread.

        Raises:
            Terminated: If the main thread is waiting for data.

        """
        self.stop = Terminated(signal.Signals(signum).name, signum)
        self._stopping.set()
        if self._interruptible:
            self._interruptible = False
            raise self.stop


class Run:
    """The shared parts of one run against one account.

    Attributes:
        api: Which API is read.
        base_url: Its address, without a trailing slash.
        session: The HTTP session.
        quota: The gate that every call passes.
        auth: Puts the credentials on a request.
        clock: Time, and the wish to stop.
        answered: Whether Cin7 has answered any call at all.
        accepted: Whether a call was answered with data, so that the credentials are right.
        denied_since: When calls began to be denied, None while they are not.
        in_flight: Held by each call while it is under way.

    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Set up a run from a checked configuration."""
        self.api: Api = APIS[config["api"]]
        self.base_url = (config.get("base_url") or self.api.base_url).rstrip("/")
        self.parallel: int = config.get("max_parallel_requests") or 1
        self.session = Session(connections=self.parallel)
        identity, secret = self.api.credentials
        self.auth: AuthBase = self.api.auth(config[identity].strip(), config[secret].strip())
        self.clock = RunClock()
        published = self.api.limits
        limits = Limits(
            per_second=config.get("requests_per_second") or published.per_second,
            per_minute=config.get("requests_per_minute") or published.per_minute,
            per_day=config.get("requests_per_day") or published.per_day,
        ).reserving(config.get("quota_reserve_percent") or 0)
        count = open_count(
            config.get("quota_store") or MEMORY, limits.rates(), config[identity], config[secret]
        )
        self.quota = Quota(limits, self.clock, count)
        self.answered = False
        self.accepted = False
        self.denied_since: float | None = None
        self.in_flight = threading.Semaphore(self.parallel)
