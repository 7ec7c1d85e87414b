"""One call: its tries, its waits, and what it ends with."""

from __future__ import annotations

import logging
import re
import socket
import threading
import time
import traceback
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest
import requests
from typing_extensions import override

from tap_cin7.client import client as client_module
from tap_cin7.client.client import Client
from tap_cin7.client.clock import RunClock
from tap_cin7.client.metrics import TRIES, Concurrency, StreamMetrics
from tap_cin7.core.api import CORE
from tap_cin7.core.resource import CoreList
from tap_cin7.core.responses import core_rows
from tap_cin7.errors import (
    DailyQuotaUsed,
    RecordGone,
    RunStopped,
    StreamFailed,
    StreamSkipped,
    Terminated,
    WrongCredentials,
)
from tap_cin7.omni.api import OMNI, OmniResponses
from tap_cin7.omni.listing import omni_rows
from tap_cin7.reading.expected import ExpectedRows
from tap_cin7.rows.fields import KEY, record
from tap_cin7.settings import CREDENTIALS, Settings
from tests.unit.client.support import QuickClock, Wire, answer, answering, wire_server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import msgspec

    from tap_cin7.client.client import Service

EMPTY = answer(b"[]")
DOWN = answer(b'"maintenance"', "503 Service Unavailable")
HTML = answer(b"<html>Not here</html>")
SCHEMA = record(id=KEY("Id"))


class Listed(CoreList):
    records_key = "List"
    schema = SCHEMA


GOOD = answer(b'{"Total": 0, "List": []}')
NOT_FOUND = answer(b'"no such thing"', "404 Not Found")
DENIED = answer(b'"no"', "403 Forbidden")
WAITS = (1, 5, 25, 60, 60, 60)


def client_of(
    service: Service, address: str, clock: RunClock | None = None, **settings: object
) -> Client:
    identity, secret = CREDENTIALS[service.name]
    given = {
        "api": service.name,
        "base_url": address,
        identity: "me",
        secret: "secret-key",
        "requests_per_minute": 1_000_000,
        **settings,
    }
    return Client(service, Settings.of(given), clock=clock or QuickClock())


def omni(address: str, clock: RunClock | None = None, **settings: object) -> Client:
    return client_of(OMNI, address, clock, requests_per_second=1_000, **settings)


def ask(client: Client, metrics: StreamMetrics | None = None) -> list[msgspec.Raw]:
    if client.service is OMNI:
        return client.get("/v1/Users", {"page": 1}, omni_list, metrics or StreamMetrics("users"))
    return client.get("/users", {"Page": 1}, core_list, metrics or StreamMetrics("users"))


def core_list(response: requests.Response) -> list[msgspec.Raw]:
    return core_rows(response, Listed, 0).rows


def omni_list(response: requests.Response) -> list[msgspec.Raw]:
    return omni_rows(response, ExpectedRows(SCHEMA))


def waits_of(client: Client) -> list[float]:
    """Return the waits between tries; those of the quota are shorter."""
    assert isinstance(client.clock, QuickClock)
    return [wait for wait in client.clock.waits if wait > 0.5]


# --- what is sent ------------------------------------------------------------------------------


def test_a_call_has_the_query_the_credentials_and_our_name() -> None:
    with answering(EMPTY) as (address, asked):
        client = omni(address + "/")
        client.get("/v1/Users", {"where": "a>='b c'", "page": 1}, omni_list, StreamMetrics("users"))
    (request,) = asked
    assert request.startswith("GET /v1/Users?where=a%3E%3D%27b+c%27&page=1 HTTP/1.1\r\n")
    assert "Authorization: Basic bWU6c2VjcmV0LWtleQ==\r\n" in request
    assert f"User-Agent: tap-cin7/{version('tap-cin7')}\r\n" in request
    assert "Accept: application/json\r\n" in request


def test_a_user_agent_of_ones_own_is_sent_instead() -> None:
    with answering(EMPTY) as (address, asked):
        ask(omni(address, user_agent=" my-shop/1 "))
    assert "User-Agent: my-shop/1\r\n" in asked[0]


@pytest.mark.parametrize(
    ("service", "good", "header"),
    [
        (OMNI, EMPTY, "Authorization: Basic bWU6c2VjcmV0LWtleQ=="),
        (CORE, GOOD, "api-auth-applicationkey: secret-key"),
    ],
    ids=["omni", "core"],
)
def test_a_netrc_file_does_not_replace_the_credentials(
    service: Service, good: bytes, header: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with answering(good) as (address, asked):
        ask(client_of(service, address))
    assert f"{header}\r\n" in asked[0]
    assert "Authorization" not in asked[0].replace(header, "")


def test_a_call_goes_through_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(EMPTY) as (proxy, asked):
        monkeypatch.setenv("http_proxy", proxy)
        ask(omni("http://cin7.example"))
    (request,) = asked
    assert request.startswith("GET http://cin7.example/v1/Users?page=1 HTTP/1.1\r\n")


def test_counts_tell_calls_latency_and_retries() -> None:
    metrics = StreamMetrics("users")
    with answering(DOWN, EMPTY) as (address, _):
        client = omni(address)
        assert ask(client, metrics) == []
    assert (metrics.calls, metrics.retries) == (2, 1)
    assert metrics.waited == pytest.approx(sum(waits_of(client)), abs=0.01)
    assert client.is_reached
    assert isinstance(client.responses, OmniResponses)
    assert client.responses.had_data


# --- failures that pass ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "failure",
    [
        DOWN,
        HTML,
        answer(b'[{"id": 1}, {"id"'),
        answer(b""),
        answer(b'{"message": "later"}'),
        answer(b"[]", Content_Length="1"),
    ],
    ids=["503", "html", "cut", "empty", "object", "length"],
)
def test_what_is_not_the_answer_is_asked_for_again(failure: bytes) -> None:
    with answering(failure, EMPTY) as (address, asked):
        assert ask(omni(address)) == []
    assert len(asked) == 2


def test_a_call_outlasts_an_outage_of_some_minutes() -> None:
    with answering(EMPTY, *[DOWN] * (TRIES - 1), EMPTY) as (address, asked):
        client = omni(address)
        ask(client)
        assert ask(client) == []
    assert len(asked) == 1 + TRIES
    waits = waits_of(client)
    assert 0.8 * 211 <= sum(waits) <= 211
    for wait, longest in zip(waits, WAITS, strict=True):
        assert 0.8 * longest <= wait <= longest


def test_an_outage_that_goes_on_ends_the_stream() -> None:
    with answering(DOWN) as (address, asked):
        client = omni(address)
        with pytest.raises(StreamFailed, match=r"^gave up after 7 tries: 503 maintenance$"):
            ask(client)
    assert len(asked) == TRIES
    assert len(waits_of(client)) == TRIES - 1


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("120", 120, 120), ("90 Seconds", 90, 90), ("9999", 600, 600), ("0", 0.8, 1)],
)
def test_a_503_waits_for_as_long_as_it_says_up_to_ten_minutes(
    text: str, low: float, high: float
) -> None:
    down = answer(b"", "503 Service Unavailable", Retry_After=text)
    with answering(down, EMPTY) as (address, _):
        client = omni(address)
        ask(client)
    (wait,) = waits_of(client)
    assert low <= wait <= high


def test_a_503_waits_until_the_date_that_it_names() -> None:
    date = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=200), usegmt=True)
    with answering(answer(b"", "503 Busy", Retry_After=date), EMPTY) as (address, _):
        client = omni(address)
        ask(client)
    (wait,) = waits_of(client)
    assert 190 < wait <= 200


def test_each_try_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with answering(DOWN, EMPTY) as (address, _):
        ask(omni(address))
    (line,) = caplog.messages
    assert re.fullmatch(r"users: try 1 failed \(503 maintenance\), next in (0\.[89]|1\.0) s", line)


def test_each_try_passes_the_quota() -> None:
    with answering(DOWN, DOWN, EMPTY) as (address, _):
        client = omni(address)
        ask(client)
    assert client.quota.calls == 3


def test_a_stream_may_be_asked_with_one_try() -> None:
    metrics = StreamMetrics("users", tries=1)
    with answering(DOWN) as (address, asked):
        client = omni(address)
        with pytest.raises(StreamFailed, match=r"^503 maintenance$"):
            ask(client, metrics)
    assert len(asked) == 1
    assert not waits_of(client)


def test_shorter_waits_are_two_assignments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(client_module, "LONGEST_WAIT", 2)
    with answering(DOWN) as (address, _):
        client = omni(address, clock=RunClock())
        began = time.monotonic()
        with pytest.raises(StreamFailed):
            ask(client)
    assert time.monotonic() - began < 20


# --- no answer at all --------------------------------------------------------------------------


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_place_that_never_answers_is_given_up_after_three_tries() -> None:
    metrics = StreamMetrics("users")
    client = omni(closed_port())
    with pytest.raises(RunStopped, match=r"can't reach http://127.* \(ConnectionError\): check"):
        ask(client, metrics)
    assert metrics.calls == 3
    assert sum(waits_of(client)) <= 6


def test_connections_refused_in_the_middle_of_a_run_are_tried_for_minutes() -> None:
    with answering(EMPTY) as (address, _):
        client = omni(address)
        ask(client)
    client._session.close()  # noqa: SLF001 - the kept connection would outlive the server
    metrics = StreamMetrics("users")
    with pytest.raises(StreamFailed, match=r"gave up after 7 tries: no answer from Cin7 \(Conn"):
        ask(client, metrics)
    assert metrics.calls == TRIES
    assert sum(waits_of(client)) > 160


def test_an_address_that_can_not_be_asked_gives_one_line() -> None:
    with pytest.raises(RunStopped, match="check base_url"):
        ask(omni("http://.example"))


def test_a_first_answer_of_the_wrong_length_is_an_answer() -> None:
    with answering(answer(b"[]\n", Content_Length="2") + b"[]") as (address, _):
        client = omni(address)
        with pytest.raises(StreamFailed, match=r"^gave up after 7 tries: 200 with more bytes"):
            ask(client)


@pytest.mark.large
def test_a_place_that_only_drips_is_given_up_after_three_tries() -> None:
    def serve(wire: Wire) -> None:
        wire.request()
        while wire.send(b"HTTP/1.1 100 Continue\r\n\r\n"):
            time.sleep(0.01)

    metrics = StreamMetrics("users")
    with wire_server(serve) as address:
        client = omni(address)
        client._timeout = 0.4  # type: ignore[assignment]  # noqa: SLF001 - settings have seconds
        with pytest.raises(RunStopped, match=r"can't reach .*\(no whole answer within 2 s\)"):
            ask(client, metrics)
    assert metrics.calls == 3


# --- refusals ----------------------------------------------------------------------------------


def test_a_refusal_is_waited_for_and_costs_no_try() -> None:
    refusal = answer(b'"slow down"', "429 Too Many", Retry_After="20 Seconds")
    metrics = StreamMetrics("users", tries=1)
    with answering(refusal, refusal, EMPTY) as (address, _):
        client = omni(address)
        assert ask(client, metrics) == []
    assert (metrics.calls, metrics.retries) == (3, 2)
    assert metrics.waited == pytest.approx(40, abs=0.1)
    assert client.quota.refusals == 2


def test_a_refusal_inside_a_200_that_goes_on_ends_the_run() -> None:
    refusal = answer(b'{"ErrorCode": 429, "Exception": "You have reached 60 calls per 60 seconds"}')
    with answering(GOOD, refusal) as (address, _):
        client = client_of(CORE, address)
        ask(client)
        with pytest.raises(DailyQuotaUsed):
            ask(client)


# --- the run is told to stop -------------------------------------------------------------------


def test_a_wait_between_tries_ends_when_the_run_is_told_to_stop() -> None:
    clock = RunClock()
    ended: list[BaseException] = []
    with answering(answer(b"", "503 Busy", Retry_After="300")) as (address, asked):
        client = omni(address, clock=clock)

        def work() -> None:
            try:
                ask(client)
            except Terminated as error:
                ended.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        while not asked:
            time.sleep(0.01)
        clock.end(Terminated("SIGTERM", 15))
        thread.join(5)
    assert [str(error) for error in ended] == [
        "stopped by SIGTERM: state is saved, run again to go on from there"
    ]


def test_no_call_starts_once_the_run_is_told_to_stop() -> None:
    with answering(EMPTY) as (address, asked):
        client = omni(address)
        client.clock.end(Terminated("SIGTERM", 15))
        with pytest.raises(Terminated):
            ask(client)
    assert not asked


# --- a wrong address ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "reply", "error"),
    [
        (OMNI, NOT_FOUND, StreamFailed),
        (OMNI, HTML, StreamFailed),
        (CORE, NOT_FOUND, RecordGone),
        (CORE, HTML, StreamSkipped),
    ],
)
def test_first_answers_that_nothing_is_there_name_base_url(
    service: Service, reply: bytes, error: type[Exception]
) -> None:
    with answering(reply) as (address, _), pytest.raises(error) as caught:
        ask(client_of(service, address))
    assert f"base_url may be wrong: it is {address}" in str(caught.value)
    assert f"the published one is {service.base_url}" in str(caught.value)


@pytest.mark.parametrize(("service", "good"), [(OMNI, EMPTY), (CORE, GOOD)])
def test_once_data_has_come_the_address_is_right(service: Service, good: bytes) -> None:
    with answering(good, NOT_FOUND) as (address, _):
        client = client_of(service, address)
        ask(client)
        with pytest.raises(StreamFailed, match=r"^404, Cin7 says: no such thing$"):
            ask(client)


# --- Core's many words -------------------------------------------------------------------------


def core_after(good: int, *replies: bytes) -> Callable[[], list[msgspec.Raw]]:
    """Return what asks Core after some good answers."""

    def run() -> list[msgspec.Raw]:
        with answering(*[GOOD] * good, *replies) as (address, _):
            client = client_of(CORE, address, requests_per_second=1_000)
            for _ in range(good):
                ask(client)
            return ask(client)

    return run


def test_a_403_at_two_streams_none_having_been_read_means_wrong_credentials() -> None:
    with answering(DENIED) as (address, _):
        client = client_of(CORE, address)
        with pytest.raises(StreamSkipped):
            client.get("/other", {}, core_list, StreamMetrics("other"))
        with pytest.raises(WrongCredentials):
            ask(client)


def test_a_403_that_passes_was_the_call_limit() -> None:
    assert core_after(1, DENIED, DENIED, GOOD)() == []


def test_a_403_that_lasts_after_rows_came_fails_the_stream() -> None:
    with pytest.raises(StreamFailed, match="may not read it"):
        core_after(1, DENIED)()


def test_a_403_for_one_stream_leaves_the_others_alone() -> None:
    with answering(GOOD, DENIED) as (address, asked):
        client = client_of(CORE, address)
        client.get("/other", {}, core_list, StreamMetrics("other"))
        with pytest.raises(StreamSkipped, match="this account may not read it"):
            ask(client)
    assert len(asked) == 3


def test_a_403_that_says_so_means_wrong_credentials_whatever_was_read() -> None:
    with pytest.raises(WrongCredentials):
        core_after(1, answer(b"Incorrect credentials!", "403 Forbidden"))()


def test_html_three_times_in_a_row_means_that_the_endpoint_is_not_there() -> None:
    with answering(GOOD, HTML) as (address, asked):
        client = client_of(CORE, address)
        client.get("/other", {}, core_list, StreamMetrics("other"))
        with pytest.raises(StreamSkipped, match="does not have this endpoint for this account"):
            ask(client)
    assert len(asked) == 4


def test_html_from_an_endpoint_that_was_there_fails_the_stream() -> None:
    with pytest.raises(StreamFailed, match=r"^200 with an HTML page: Not here$"):
        core_after(1, HTML)()


def test_html_that_passes_is_asked_for_again() -> None:
    assert core_after(0, HTML, HTML, GOOD)() == []


def test_html_pages_with_other_failures_between_them_are_not_in_a_row() -> None:
    assert core_after(0, HTML, DOWN, HTML, DOWN, HTML, GOOD)() == []


# --- how many at once --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("latency", "width"), [(0.0, 1), (0.05, 1), (0.2, 2), (1.0, 2), (2.5, 4), (60, 5)]
)
def test_the_width_is_what_uses_the_quota(latency: float, width: int) -> None:
    client = client_of(CORE, "http://127.0.0.1", requests_per_minute=60)
    assert client.width(StreamMetrics("users", latency=latency)) == width


@pytest.mark.parametrize(("calls", "width"), [(0, 1), (19, 1), (20, 4)])
def test_a_long_list_uses_what_streams_that_wait_for_room_leave(calls: int, width: int) -> None:
    client = client_of(CORE, "http://127.0.0.1", requests_per_minute=60)
    client.concurrency = lambda: Concurrency(begun=5, active=1)
    assert client.width(StreamMetrics("users", latency=2.5, calls=calls)) == width


def test_never_more_calls_are_in_flight_than_allowed() -> None:
    flying = most = 0
    lock = threading.Lock()

    class Slow(requests.Session):
        @override
        def send(self, request: requests.PreparedRequest, **_: object) -> requests.Response:
            nonlocal flying, most
            with lock:
                flying += 1
                most = max(most, flying)
            time.sleep(0.02)
            with lock:
                flying -= 1
            response = requests.Response()
            response.status_code = 200
            response._content = b"[]"  # noqa: SLF001
            response.request = request
            return response

    settings = Settings(
        api="omni",
        username="me",
        api_key="key",
        max_parallel_requests=3,
        requests_per_second=1_000,
        requests_per_minute=1_000_000,
    )
    client = Client(OMNI, settings, session=Slow())
    threads = [threading.Thread(target=ask, args=(client,)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 3


# --- Cin7's clock ------------------------------------------------------------------------------


def test_the_date_of_answers_sets_cin7s_clock() -> None:
    with answering(answer(b"[]", Date="Sun, 01 Mar 2026 10:00:00 GMT")) as (address, _):
        client = omni(address)
        before = client.clock.now()
        ask(client)
        assert client.server_clock.now().startswith("2026-03-01T10:00:00.")
        client.clock.wait(90)
        assert client.server_clock.now().startswith("2026-03-01T10:01:30.")
        assert client.server_clock.at(before) <= "2026-03-01T10:00:00.000000Z"


# --- credentials on the way --------------------------------------------------------------------


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "307 Temporary Redirect"])
def test_a_redirect_carries_no_credentials_away(status: str) -> None:
    with answering(EMPTY) as (elsewhere, strayed):
        moved = answer(b"", status, Location=f"{elsewhere}/v1/Users")
        with answering(moved) as (address, asked):
            for service in (OMNI, CORE):
                with pytest.raises(StreamFailed, match="a redirect, which is not followed"):
                    ask(client_of(service, address))
    assert len(asked) == 2
    assert not strayed


@pytest.mark.parametrize(
    ("service", "header"), [(OMNI, "bWU6c2VjcmV0LWtleQ=="), (CORE, "secret-key")]
)
def test_neither_an_error_nor_a_repr_shows_the_credentials(service: Service, header: str) -> None:
    said = f'"{header} may not, nor may secret-key"'.encode()
    with answering(answer(said, "400 Bad Request")) as (address, _):
        client = client_of(service, address)
        with pytest.raises(StreamFailed, match=r"\*\*\* may not, nor may \*\*\*") as caught:
            ask(client)
    session = client._session  # noqa: SLF001 - the credentials are on it
    error = "".join(traceback.format_exception(None, caught.value, caught.tb))
    for shown in (error, repr(client), repr(vars(client)), repr(session), repr(vars(session))):
        assert header not in shown
        assert "secret-key" not in shown


@pytest.mark.parametrize(
    ("address", "warns"),
    [
        ("http://cin7.example/api", True),
        ("http://10.0.0.5:8080", True),
        ("http://localhost.example", True),
        ("https://cin7.example/api", False),
        ("http://127.0.0.1:9", False),
        ("http://127.1.2.3", False),
        ("http://[::1]:9", False),
        ("http://localhost:9", False),
        ("http://shop.localhost", False),
    ],
)
def test_credentials_that_leave_the_machine_unencrypted_are_named(
    address: str, caplog: pytest.LogCaptureFixture, *, warns: bool
) -> None:
    with caplog.at_level(logging.WARNING):
        omni(address)
    assert any("unencrypted" in line for line in caplog.messages) is warns
