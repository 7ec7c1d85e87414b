"""One call of Cin7: the right request, as many tries as it takes, and what the reply holds.

This is where the SDK's HTTP stream is told to use the run's one session, quota and
credentials, and what is worth another try: network failures, passing states, and bodies that
are not the JSON that was asked for, which the SDK would not try again.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import backoff
import requests
from singer_sdk import RESTStream
from singer_sdk.streams.rest import PageContext
from typing_extensions import override

from tap_cin7.errors import Cin7Error, Refused, Retriable, RunStopped, StreamFailed
from tap_cin7.summary import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from tap_cin7.run import Run
    from tap_cin7.tap import TapCin7

_SLOW = 0.1
"""Seconds; answers that come quicker are taken one after the other."""
_TRIES = 7
_TRIES_BEFORE_FIRST_ANSWER = 3
_NETWORK_FAILURES = (
    ConnectionResetError,
    requests.exceptions.Timeout,
    requests.exceptions.ConnectionError,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


class CallingStream(RESTStream[int]):
    """A stream that calls Cin7 through what all streams of the run share."""

    def __init__(self, tap: TapCin7) -> None:
        """Set up the stream; nothing is asked of Cin7 yet."""
        super().__init__(tap)
        self._cin7_tap = tap
        self.tally = Tally()
        self.tries = _TRIES

    @property
    def run(self) -> Run:
        """What the streams of this run share."""
        return self._cin7_tap.run

    # What the SDK asks of an HTTP stream.

    @property
    @override
    def url_base(self) -> str:
        return self.run.base_url

    @property
    @override
    def requests_session(self) -> requests.Session:
        return self.run.session

    @property
    @override
    def authenticator(self) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
        return self.run.auth

    @property
    @override
    def user_agent(self) -> str:
        agent = str(self.config.get("user_agent") or "").strip()
        return agent or f"tap-cin7/{self._cin7_tap.plugin_version}"

    @property
    @override
    def http_headers(self) -> dict[str, Any]:
        return {"Accept": "application/json", "User-Agent": self.user_agent}

    @property
    @override
    def timeout(self) -> int:
        return int(self.config["request_timeout"])

    # One call.

    def calls_to_use_the_quota(self) -> int:
        """Return how many calls must be under way at once, as answers come at present."""
        if self.tally.latency < _SLOW:
            return 1
        calls = math.ceil(self.tally.latency / self.run.quota.limits.sustained_interval)
        return min(self.run.parallel, calls + 1)

    @abstractmethod
    def check(self, response: requests.Response) -> None:
        """Raise what the status of a reply means."""

    @override
    def validate_response(self, response: requests.Response) -> None:
        self.run.answered = True
        self.check(response)
        self.run.quota.answered()

    def call(
        self,
        params: Mapping[str, str | int],
        read: Callable[[requests.Response], Any],
        path: str | None = None,
    ) -> Any:  # noqa: ANN401
        """Ask Cin7 once, with as many tries as it takes, and return what the reply holds.

        Args:
            params: The query.
            read: Takes the reply apart; raises ``Retriable`` when it is not what was asked for.
            path: Where to ask instead of the stream's own path.

        Raises:
            StreamFailed: If Cin7 says no for good or every try failed.
            StreamSkipped: If the account can't read this stream.
            RunStopped: If no stream can go on.

        """
        asked = self.get_http_request(page=PageContext(stream_context=None, next_page_token=None))
        asked.params = dict(params)
        prepared = self.build_prepared_request(
            method=asked.method,
            url=asked.url if path is None else self.url_base + path,
            params=asked.encode_params(),
            headers=asked.headers,
        )

        def attempt(request: requests.PreparedRequest) -> Any:  # noqa: ANN401
            answer = self._sent(request, read)
            while isinstance(answer, Refused):
                self.logger.warning("%s: Cin7 refused a call (%s), waiting", self.name, answer)
                self.run.quota.refused(answer.retry_after)
                self.tally.retried(0.0)
                answer = self._sent(request, read)
            return answer

        try:
            return self.request_decorator(attempt)(prepared)
        except Retriable as error:
            raise StreamFailed(f"gave up after {self.tries} tries: {error}") from error
        except _NETWORK_FAILURES as error:
            raise self._unreachable(error) from error

    def _sent(
        self, request: requests.PreparedRequest, read: Callable[[requests.Response], Any]
    ) -> Any:  # noqa: ANN401
        """Return what the reply holds, or the refusal that it is."""
        try:
            # The place in flight comes first: a call must start when the quota says so.
            with self.run.in_flight:
                self.tally.called(self.run.quota.acquire())
                asked = self.run.clock.now()
                response = self._request(request, None)
                self.tally.answered(self.run.clock.now() - asked)
                return read(response)
        except Refused as refusal:
            return refusal

    def _unreachable(self, error: Exception) -> Cin7Error:
        reason = type(error).__name__
        if not self.run.answered:
            return RunStopped(
                f"can't reach {self.run.base_url} ({reason}): check base_url, the network and "
                "the proxy variables"
            )
        return StreamFailed(f"gave up after {self.tries} tries: no answer from Cin7 ({reason})")

    @override
    def request_decorator(self, func: Any) -> Any:
        """Retry what passes by itself, body faults included, with exponential jittered waits."""
        failures = 0

        def is_vain(error: Exception) -> bool:
            """Give up sooner on a place that has never answered: it is likely the wrong one."""
            nonlocal failures
            failures += 1
            return (
                isinstance(error, _NETWORK_FAILURES)
                and not self.run.answered
                and failures >= _TRIES_BEFORE_FIRST_ANSWER
            )

        decorate = backoff.on_exception(
            self.backoff_wait_generator,
            (Retriable, *_NETWORK_FAILURES),
            max_tries=self.backoff_max_tries,
            giveup=is_vain,
            on_backoff=self.backoff_handler,
            jitter=self.backoff_jitter,
            logger=None,
        )
        return decorate(func)

    @override
    def backoff_wait_generator(self) -> Generator[float, Any, None]:
        return backoff.expo(base=2, factor=1, max_value=30)

    @override
    def backoff_max_tries(self) -> int:
        return self.tries

    @override
    def backoff_jitter(self, value: float) -> float:
        return float(backoff.full_jitter(value))

    @override
    def backoff_handler(self, details: Any) -> None:
        self.tally.retried(details["wait"])
        self.logger.warning(
            "%s: try %d failed (%s), next in %.1f s",
            self.name,
            details["tries"],
            _reason(details.get("exception")),
            details["wait"],
        )


def _reason(error: object) -> str:
    """Return why a try failed; the texts of network errors are long and say little."""
    return str(error) if isinstance(error, Cin7Error) else type(error).__name__
