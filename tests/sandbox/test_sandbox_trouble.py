"""What goes wrong on the wire goes wrong as its name says, seen by a plain socket if need be."""

from __future__ import annotations

import gzip
import json
import re
import socket
import time
import zlib
from contextlib import suppress
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox import Faults, Sandbox
from sandbox.faults import LYING_KINDS, RARE_KINDS, WRONG_KINDS
from sandbox.trouble import BOMB_BYTES, bomb
from tests.support import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

ORDERS = "/v1/SalesOrders"
ENOUGH = 20
"""Bytes or pieces after which an endless answer has proved itself."""


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    """Serve rows that no test changes."""
    with Sandbox(default_rows=20, faults=Faults(drip_seconds=0.005)) as server:
        yield server


@pytest.fixture
def server(shared: Sandbox) -> Iterator[Sandbox]:
    """Let a test break the server; it is whole again after it."""
    shared.reset_calls()
    yield shared
    shared.heal("*")
    shared.outages.end()
    shared.accept()


def get(server: Sandbox, path: str = ORDERS, **options: Any) -> requests.Response:  # noqa: ANN401
    return requests.get(server.base_url + path, auth=server.auth, timeout=9, **options)


def core(server: Sandbox, path: str = "/product") -> requests.Response:
    url = server.core_base_url + path
    return requests.get(url, headers=server.core_headers, timeout=9, allow_redirects=False)


def raw(server: Sandbox) -> socket.socket:
    """Send a call over a bare socket."""
    client = socket.create_connection((server.host, server.port), 9)
    request = requests.Request("GET", server.base_url + ORDERS, auth=server.auth).prepare()
    headers = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    client.sendall(f"GET {request.path_url} HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode())
    return client


def pieces(client: socket.socket) -> bytes:
    return b"".join(client.recv(65_536) for _ in range(ENOUGH))


def test_no_schedule_draws_rare_faults() -> None:
    assert set(RARE_KINDS).isdisjoint(Faults().kinds)


def test_a_length_lies_about_a_list_without_rows(server: Sandbox) -> None:
    whole = len(get(server).content)
    server.fail_next("*", "lying-length")
    with raw(server) as client:
        told = b""
        while piece := client.recv(65_536):
            told += piece
    head, _, body = told.partition(b"\r\n\r\n")
    assert body == b"[]"
    assert f"content-length: {whole}".encode() in head.lower()


def test_a_length_lies_in_the_envelope_of_core_too(server: Sandbox) -> None:
    server.fail_next("*", "lying-length")
    with pytest.raises(requests.exceptions.RequestException):
        core(server)


def test_a_body_drips_for_ever(server: Sandbox) -> None:
    server.fail_next("*", "drip")
    with raw(server) as client:
        told = pieces(client)
    assert b"200 OK" in told
    assert re.search(rb"\r\n\r\n1\r\n\[\r\n(1\r\n \r\n){5}", told)


def test_headers_drip_for_ever(server: Sandbox) -> None:
    server.fail_next("*", "drip-headers")
    with raw(server) as client:
        told = pieces(client)
    assert re.search(rb"X-Wait: \.{5,}$", told)


def test_a_body_has_no_end(server: Sandbox) -> None:
    server.fail_next("*", "endless")
    taken = 0
    with get(server, stream=True) as answer:
        for piece in answer.iter_content(1 << 20):
            taken += len(piece)
            if taken > 50_000_000:
                break
    assert taken > 50_000_000


def test_the_server_stops_although_somebody_is_dripped_on() -> None:
    with Sandbox(default_rows=5) as server:
        # It would wait a minute for answers that have an end.
        server._listener._server.config.timeout_graceful_shutdown = 60  # noqa: SLF001
        server.fail_next("*", "drip")
        client = raw(server)
        client.recv(10)
        began = time.monotonic()
    assert time.monotonic() - began < 50
    client.close()


def test_a_small_body_unpacks_to_a_gigabyte(server: Sandbox) -> None:
    server.fail_next("*", "gzip-bomb")
    with get(server, stream=True) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert int(answer.headers["Content-Length"]) == len(bomb()) < 2_000_000
        first = next(answer.iter_content(1 << 20))
    assert first.startswith(b"[ ")
    blanks = without_first_member(bomb())
    member = blanks.removesuffix(without_first_member(blanks))
    assert bomb().count(member) * len(gzip.decompress(member)) == BOMB_BYTES


def without_first_member(packed: bytes) -> bytes:
    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
    member.decompress(packed)
    return member.unused_data


def test_a_redirect_leads_to_another_host_that_notes_what_comes(server: Sandbox) -> None:
    server.fail_next("*", "redirect")
    answer = get(server, allow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"http://localhost:{server.port}/elsewhere"
    requests.get(f"{server.url}/elsewhere", headers={"X-Leak": "yes"}, timeout=9)
    path, headers = server.strays[-1]
    assert (path, headers["x-leak"]) == ("/elsewhere", "yes")


def test_an_error_echoes_the_credentials_in_another_case(server: Sandbox) -> None:
    for stream in ("sales_orders", "products"):
        server.fail_next(stream, "echo")
    assert "DEMO-KEY" in get(server).text
    told = core(server).text
    assert "DEMO-APPLICATION-KEY" in told
    assert "Demo-Account" in told


def test_core_sends_an_array_of_errors_with_status_200(server: Sandbox) -> None:
    server.fail_next("products", "errors-200")
    answer = core(server)
    assert answer.status_code == 200
    assert answer.json()[0]["ErrorCode"] == 500


@pytest.mark.parametrize("status", [401, 403])
def test_all_streams_are_refused_or_one(server: Sandbox, status: int) -> None:
    server.always("contacts", status)
    assert [get(server, path).status_code for path in ("/v1/Contacts", ORDERS)] == [status, 200]
    server.heal("contacts")
    server.always("*", status)
    assert {get(server).status_code, core(server).status_code} == {status}


@pytest.mark.parametrize("form", ["seconds", "date", "text", "none"])
def test_an_outage_tells_when_it_is_over(server: Sandbox, form: Any) -> None:  # noqa: ANN401
    server.outages.begin(900, retry_after=form)
    answer = get(server)
    told = answer.headers.get("Retry-After")
    assert answer.status_code == 503
    if form == "none":
        assert told is None
        return
    if form == "date":
        left = parsedate_to_datetime(str(told)).timestamp() - time.time()
    else:
        found = re.fullmatch(r"(\d+)" + (" Seconds" if form == "text" else ""), str(told))
        assert found is not None
        left = float(found[1])
    assert 800 < left <= 901


def test_an_outage_ends_after_its_time_or_its_calls(
    server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000.0]
    clock = SimpleNamespace(monotonic=lambda: now[0], time=time.time)
    monkeypatch.setattr("sandbox.outages.time", clock)
    server.outages.begin(5)
    now[0] += 4.9
    assert get(server).status_code == 503
    now[0] += 0.2
    assert get(server).status_code == 200
    server.outages.begin(calls=2, status=502, retry_after="soon", stream="products")
    assert [core(server).status_code for _ in range(3)] == [502, 502, 200]
    server.outages.begin(calls=1, stream="products")
    assert get(server).status_code == 200


def test_connections_are_refused_until_they_are_accepted(server: Sandbox) -> None:
    with requests.Session() as session:
        session.auth = server.auth
        assert session.get(server.base_url + ORDERS, timeout=9).status_code == 200
        server.refuse()
        for caller in (session.get, requests.get):
            with pytest.raises(requests.exceptions.ConnectionError):
                caller(server.base_url + ORDERS, timeout=9)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((server.host, server.port), 9)
        server.accept()
        assert session.get(server.base_url + ORDERS, timeout=9).status_code == 200


def accepts(server: Sandbox) -> bool:
    with suppress(ConnectionError), socket.create_connection((server.host, server.port), 9):
        return True
    return False


def test_connections_are_refused_between_two_calls(server: Sandbox) -> None:
    server.after(1, server.refuse)
    assert get(server).status_code == 200
    wait_until(lambda: server._listener._held is not None)  # noqa: SLF001
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((server.host, server.port), 9)
    server.accept()
    assert get(server).status_code == 200


def test_connections_are_refused_for_a_while(server: Sandbox) -> None:
    server.refuse(0.01)
    wait_until(lambda: accepts(server))
    assert get(server).status_code == 200


def test_other_processes_call_for_outages(server: Sandbox) -> None:
    url = f"{server.url}/_sandbox/outage"
    assert requests.post(url, json={"calls": 1, "retry_after": "7"}, timeout=9).ok
    assert get(server).headers["Retry-After"] == "7"
    assert requests.post(url, json={"mood": "bad"}, timeout=9).status_code == 400
    assert json.loads(get(server).text)


# Answers that are not what was asked for.


@pytest.mark.parametrize("kind", [*WRONG_KINDS, *LYING_KINDS])
def test_a_wrong_answer_is_as_its_name_says(server: Sandbox, kind: str) -> None:
    first, second = (key[0] for key in server.core.store.keys("sale_list")[:2])
    core(server, f"/sale?ID={second}")
    server.fail_next("sale_list", kind)
    server.fail_next("sales", kind)
    listed, document = core(server, "/saleList?Page=1&Limit=9"), core(server, f"/sale?ID={first}")
    told = {"not-found": 404, "unknown-id": 400, "denied": 403}.get(kind, 200)
    assert (listed.status_code, document.status_code) == (told, told)
    if told == 404:
        assert "html" in listed.text
        return
    rows, body = listed.json(), document.json()
    if isinstance(rows, dict) and "SaleList" in rows:
        error = [{"ErrorCode": 500, "Exception": "Something went wrong"}]
        shown = {"no-rows": [], "shell": None, "foreign": "none", "error-row": error}
        whole = core(server, "/saleList?Page=1&Limit=9").json()["SaleList"]
        assert rows["SaleList"] == shown.get(kind, whole[:4])
        assert rows["Total"] == (0 if kind == "no-rows" else 20)
    assert not isinstance(body, dict) or body.get("ID") != first
    if kind == "foreign":
        assert body["ID"] == second


def test_some_documents_fail_whenever_they_are_asked_for(server: Sandbox) -> None:
    ids = [key[0] for key in server.core.store.keys("sale_list")]
    server.faults.spoil("null", 0.5)
    first, again = ([core(server, f"/sale?ID={one}").text for one in ids] for _ in range(2))
    server.faults.mend()
    assert first == again
    assert 0 < first.count("null") < len(ids)
    assert core(server, "/saleList?Page=1&Limit=9").json()["SaleList"]


def test_a_document_may_be_behind_its_list(server: Sandbox) -> None:
    (key,) = server.core.store.keys("sale_list")[3]
    before = core(server, f"/sale?ID={key}").json()
    server.behave("sale_list", behind_seconds=20)
    server.core.store.edit("sale_list", key, CustomerReference="new")
    assert core(server, f"/sale?ID={key}").json() == before
    server.time.advance(21)
    after = core(server, f"/sale?ID={key}").json()
    server.behave_well()
    assert after != before
