"""One answer: its deadline, its size, its length."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import tracemalloc
import zlib
from typing import TYPE_CHECKING

import pytest
import requests

from tap_cin7.client.session import TIMEOUTS_PER_RESPONSE, Session
from tap_cin7.errors import Retriable, StreamFailed
from tests.unit.client.support import Wire, answer, answering, wire_server

if TYPE_CHECKING:
    from collections.abc import Callable

TIMEOUT = 0.3
"""Seconds of silence that are borne; an answer may take five times as long."""
DEADLINE = TIMEOUTS_PER_RESPONSE * TIMEOUT


def get(address: str, session: Session | None = None) -> requests.Response:
    return (session or Session(2)).get(address, timeout=TIMEOUT)


# --- the deadline ------------------------------------------------------------------------------


def dripping(start: bytes, drop: bytes) -> Callable[[Wire], None]:
    def serve(wire: Wire) -> None:
        wire.request()
        wire.send(start)
        while wire.send(drop):
            time.sleep(TIMEOUT / 5)

    return serve


@pytest.mark.large
@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"1"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n1\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 ", b"2"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["body", "chunks", "endless", "header", "headers", "status", "continue"],
)
def test_an_answer_that_drips_ends_at_its_deadline(start: bytes, drop: bytes) -> None:
    with wire_server(dripping(start, drop)) as address:
        began = time.monotonic()
        with pytest.raises((Retriable, requests.RequestException)) as caught:
            get(address)
        took = time.monotonic() - began
    assert took < 60 * DEADLINE, "it dripped on"
    if took >= DEADLINE:
        assert str(caught.value) == "no whole answer within 1.5 s"


def test_a_silent_server_is_given_up_after_one_timeout() -> None:
    def serve(wire: Wire) -> None:
        wire.request()
        wire.request()

    with wire_server(serve) as address, pytest.raises(requests.Timeout, match="Read timed out"):
        get(address)


@pytest.mark.large
def test_a_slow_answer_within_its_deadline_is_read_whole_and_its_connection_is_kept() -> None:
    connections, timeout = [], 1.0

    def serve(wire: Wire) -> None:
        connections.append(wire)
        while wire.request():
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n")
            for _ in range(4):
                time.sleep(timeout * 0.3)
                wire.send(b"[ ")

    with wire_server(serve) as address, Session(1) as session:
        for _ in range(2):
            assert session.get(address, timeout=timeout).content == b"[ [ [ [ "
    assert len(connections) == 1


@pytest.mark.large
def test_a_deadline_counts_for_answers_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with wire_server(dripping(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n")) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        with pytest.raises(Retriable, match="no whole answer"):
            get("http://cin7.example/api")


# --- the size ----------------------------------------------------------------------------------


def test_a_body_larger_than_the_largest_is_given_up() -> None:
    with answering(answer(b"[" + b" " * 2_000_000)) as (address, _):
        with pytest.raises(StreamFailed, match="a body of more than 1000000 bytes"):
            get(address, Session(1, largest_body=1_000_000))
        assert len(get(address, Session(1)).content) == 2_000_001


@pytest.mark.large
@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_packed_bomb_takes_no_memory(encoding: str) -> None:
    plain = b" " * 200_000_000
    packed = gzip.compress(plain) if encoding == "gzip" else zlib.compress(plain)
    del plain
    with answering(answer(packed, Content_Encoding=encoding)) as (address, _):
        tracemalloc.start()
        with pytest.raises(StreamFailed, match="a body of more than"):
            get(address, Session(1, largest_body=10_000_000))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 40_000_000


def test_a_body_without_end_is_given_up() -> None:
    def serve(wire: Wire) -> None:
        wire.request()
        wire.send(b"HTTP/1.1 200 OK\r\n\r\n[")
        while wire.send(b" " * 65_536):
            pass

    too_large = pytest.raises(StreamFailed, match="more than 5000000 bytes")
    with wire_server(serve) as address, too_large:
        Session(1, largest_body=5_000_000).get(address, timeout=5)


# --- the length --------------------------------------------------------------------------------

PACKED = gzip.compress(b"[]")
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        answer(b"[]", Content_Length="5000"),
        answer(PACKED, Content_Encoding="gzip", Content_Length="5000"),
        answer(b"[]", Content_Length="1e3"),
        answer(b"[]", Content_Length="-1"),
        answer(b"[]{}", Content_Length="2"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\nContent-Length: 2\r\n\r\n[]",
        CHUNKED + b"Content-Length: 5000\r\n\r\n2\r\n[]\r\n0\r\n\r\n",
        CHUNKED + b"\r\n2\r\n[]\r\n",
    ],
    ids=["short", "packed", "words", "negative", "long", "two", "chunks", "cut"],
)
def test_a_body_that_does_not_match_its_length_is_no_answer(raw: bytes) -> None:
    def serve(wire: Wire) -> None:
        wire.request()
        wire.send(raw)
        wire.reset()

    with (
        wire_server(serve) as address,
        pytest.raises((Retriable, requests.RequestException)),
    ):
        get(address)


@pytest.mark.parametrize(
    "raw",
    [
        answer(b"[]"),
        answer(b""),
        answer(PACKED, Content_Encoding="gzip"),
        answer(b"[]") + b"\r\n",
        CHUNKED + b"\r\n2\r\n[]\r\n0\r\n\r\n",
        CHUNKED + b"Content-Length: 2\r\n\r\n2\r\n[]\r\n0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[]",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n[]",
    ],
    ids=["plain", "empty", "packed", "newline", "chunks", "both", "204", "close", "1.0"],
)
def test_a_body_of_the_right_length_is_an_answer(raw: bytes) -> None:
    def serve(wire: Wire) -> None:
        wire.request()
        wire.send(raw)
        wire.reset()

    with wire_server(serve) as address:
        assert get(address).content in (b"[]", b"")


# --- the rest ----------------------------------------------------------------------------------


def test_a_redirect_is_not_followed() -> None:
    with answering(answer(b"", "302 Found", Location="http://127.0.0.1:9/")) as (address, asked):
        assert get(address).status_code == 302
    assert len(asked) == 1


def test_certificates_are_checked_by_the_bundle_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "missing.pem")
    with pytest.raises(OSError, match=r"missing\.pem"):
        get("https://127.0.0.1:9/")


def test_calls_of_several_threads_keep_one_connection_each() -> None:
    connections = []

    def serve(wire: Wire) -> None:
        connections.append(wire)
        while wire.request():
            wire.send(answer(b"[]"))

    with wire_server(serve) as address, Session(4) as session:

        def work() -> None:
            for _ in range(20):
                assert get(address, session).content == b"[]"

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(connections) <= 4


def test_a_host_that_refuses_connections_is_a_network_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(requests.ConnectionError):
        get(f"http://127.0.0.1:{port}")
