from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import requests

from sandbox import Faults, Quota, Sandbox
from tests.support import (
    bookmarks,
    calls,
    every_list,
    http_server,
    lost,
    only,
    run_tap,
    sent,
    standing,
)

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

    from sandbox.faults import Fault
    from tests.support import Reply

ORDERS = "sales_orders"
EVERY_KIND: tuple[Fault, ...] = (
    500,
    503,
    429,
    "retry-after",
    "reset",
    "truncated",
    "cut-json",
    "html",
    "empty",
    "slow",
)


@pytest.mark.parametrize("parallel", [1, 4])
def test_with_a_tenth_of_the_calls_failing_nothing_is_lost(parallel: int) -> None:
    faults = Faults(rate=0.1, seed=3)
    with Sandbox(rows={ORDERS: 3_000}, default_rows=20, faults=faults) as server:
        result = run_tap(server, every_list(server), hasty=True, max_parallel_requests=parallel)
        assert result.exit_code == 0, result.stderr
        assert not lost(server, result)
        assert any(call.status != 200 for call in server.calls)
    assert not result.errors


def test_every_kind_of_passing_failure_is_got_over() -> None:
    with Sandbox(default_rows=20) as server:
        streams = [name for name in server.store.tables if name != ORDERS]
        for stream, kind in zip(streams, EVERY_KIND, strict=False):
            server.fail_next(stream, kind)
        result = run_tap(server, every_list(server), hasty=True)
        assert result.exit_code == 0, result.stderr
        assert not lost(server, result)
        asked = calls(server)
        for stream, kind in zip(streams, EVERY_KIND, strict=False):
            assert asked[stream] == (1 if kind == "slow" else 2)
        for stream in server.store.tables:
            versions = sent(server, stream, result)
            assert len(versions) == len(set(versions))


def test_an_answer_that_does_not_come_in_time_is_asked_for_again() -> None:
    faults = Faults(delay_seconds=5)
    with Sandbox(default_rows=20, faults=faults) as server:
        server.fail_next("contacts", "slow", 1)
        result = run_tap(server, only("branches", "contacts"), hasty=True, request_timeout=1)
        assert result.exit_code == 0, result.stderr
        assert calls(server) == {"branches": 1, "contacts": 2}
        assert not standing(server, "contacts") - set(sent(server, "contacts", result))


@pytest.mark.parametrize("form", ["none", "seconds", "date", "text"])
def test_a_refusal_is_waited_for_whatever_form_retry_after_has(form: str) -> None:
    streams = ("branches", "contacts", "payments", "quotes", "users")
    quota = Quota(per_second=3, retry_after=form)  # type: ignore[arg-type]
    with Sandbox(default_rows=20, quota=quota) as server:
        result = run_tap(server, only(*streams), max_parallel_requests=1)
        assert result.exit_code == 0, result.stderr
        assert not lost(server, result).keys() & set(streams)
        refused = [call for call in server.calls if call.status == 429]
        # One pause for each refusal, not a volley of calls into a closed door.
        assert 1 <= len(refused) <= 2
    assert result.stderr.count("others use the same key or account") == 1
    assert f"others used the call limit too: {len(refused)} calls were refused" in result.stderr


def test_a_denied_stream_is_skipped_with_a_warning_and_the_others_finish() -> None:
    with Sandbox(default_rows=20, denied=["users", "quotes"]) as server:
        result = run_tap(server, every_list(server))
        assert result.exit_code == 0, result.stderr
        assert lost(server, result).keys() == {"users", "quotes"}
        assert calls(server)["users"] == calls(server)["quotes"] == 1
    for stream in ("users", "quotes"):
        (warning,) = [line for line in result.warnings if line.startswith(f"{stream}:")]
        assert "Permissions" in warning
        assert "Integrations & API" in warning
    assert not result.errors
    assert "quotes" not in bookmarks(result)


def test_streams_that_go_on_failing_fail_and_the_others_finish() -> None:
    with Sandbox(rows={ORDERS: 600}, default_rows=20) as server:
        server.always("contacts", "html")
        server.always("users", 500)
        result = run_tap(server, every_list(server), hasty=True)
        assert result.exit_code == 1
        assert lost(server, result).keys() == {"contacts", "users"}
        assert calls(server)["users"] == calls(server)["contacts"] == 7
        assert any("failed: users, contacts" in line for line in result.errors)
        assert "Traceback" not in result.stderr
        assert not bookmarks(result).keys() & {"contacts", "users"}

        server.heal("contacts")
        server.heal("users")
        again = run_tap(server, every_list(server), result.states[-1])
        assert again.exit_code == 0, again.stderr
        assert not lost(server, result, again)


def test_a_stream_that_breaks_in_the_middle_keeps_what_it_has() -> None:
    with Sandbox(rows={ORDERS: 1_000}, crowd=1, default_rows=20) as server:
        with http_server(lambda ask: relayed(server, ask, broken_after=2)) as address:
            first = run_tap(address, only(ORDERS), hasty=True)
        assert first.exit_code == 1
        emitted = first.records[ORDERS]
        assert 250 <= len(emitted) <= 500
        bookmark = first.states[-1]["bookmarks"][ORDERS]["replication_key_value"]
        assert bookmark == emitted[-1]["modifiedDate"]
        second = run_tap(server, only(ORDERS), first.states[-1])
        assert second.exit_code == 0
        assert not standing(server, ORDERS) - set(sent(server, ORDERS, first, second))
        assert len(second.records[ORDERS]) < 800


def relayed(server: Sandbox, ask: BaseHTTPRequestHandler, *, broken_after: int) -> Reply:
    """Pass a call on to the sandbox until it has answered some, then break off."""
    if len(server.calls) >= broken_after:
        return 500, {}, b'"broken"'
    answer = requests.get(server.url + "/api" + ask.path, auth=server.auth, timeout=10)
    return answer.status_code, {}, answer.content


def test_wrong_credentials_stop_the_run_at_once_with_one_clear_line() -> None:
    with Sandbox(default_rows=20) as server:
        result = run_tap(server, api_key="some-other-key", max_parallel_requests=1)
        assert result.exit_code == 1
        (error,) = result.errors
        assert "api_key" in error
        assert "The username or the key is wrong." in error
        assert len(server.calls) == 1
    assert not result.records
    assert "Traceback" not in result.stderr


def test_a_refusal_for_good_is_not_repeated_and_quotes_the_server() -> None:
    refusals = {"contacts": (400, "Error 400."), "quotes": (404, "Not found.")}
    with Sandbox(default_rows=20) as server:
        for stream, (status, _) in refusals.items():
            server.always(stream, status)
        result = run_tap(server, every_list(server))
        assert result.exit_code == 1
        assert lost(server, result).keys() == refusals.keys()
        for stream, (status, words) in refusals.items():
            # A 404 on a list never means that there is no data: it is asked for once more.
            assert calls(server)[stream] == (2 if status == 404 else 1)
            assert any(stream in line and words in line for line in result.errors)


def test_redirects_are_not_followed_and_carry_no_credentials_away() -> None:
    statuses = {"branches": 301, "contacts": 302, "quotes": 303, "products": 307, "users": 308}
    strayed: list[str] = []

    def elsewhere(ask: BaseHTTPRequestHandler) -> Reply:
        strayed.append(ask.path)
        return 200, {}, b"[]"

    with http_server(elsewhere) as other:

        def here(ask: BaseHTTPRequestHandler) -> Reply:
            return statuses[resource(ask)], {"Location": other + ask.path}, b""

        with http_server(here) as address:
            result = run_tap(address, only(*statuses))
    assert result.exit_code == 1
    assert not strayed
    for stream in statuses:
        assert any(stream in line and "redirect" in line for line in result.errors)


def resource(ask: BaseHTTPRequestHandler) -> str:
    """Return the last part of the path, which for these streams is their name."""
    return ask.path.split("?")[0].rpartition("/")[2].lower()


def test_the_own_daily_limit_stops_the_run_and_the_next_one_goes_on() -> None:
    with Sandbox(default_rows=20) as server:
        first = run_tap(server, every_list(server), requests_per_day=10)
        assert first.exit_code == 1
        assert len(server.calls) == 10
        (error,) = first.errors
        assert "requests_per_day" in error
        assert re.search(r"run again after \d{4}-\d\d-\d\d \d\d:\d\d UTC", error)
        assert first.states[-1] == first.messages[-1]["value"]
        assert "Traceback" not in first.stderr

        second = run_tap(server, every_list(server), first.states[-1])
        assert second.exit_code == 0, second.stderr
        assert not lost(server, first, second)


def test_a_daily_limit_in_the_middle_of_a_stream_goes_on_from_there() -> None:
    with Sandbox(rows={ORDERS: 2_000}, crowd=1, default_rows=20) as server:
        state, results = None, []
        for _ in range(5):
            results.append(run_tap(server, only(ORDERS), state, requests_per_day=3))
            state = results[-1].states[-1]
            if results[-1].exit_code == 0:
                break
        assert results[-1].exit_code == 0
        assert not standing(server, ORDERS) - set(sent(server, ORDERS, *results))
        assert sum(len(result.records[ORDERS]) for result in results) < 1.2 * 2_000


@pytest.mark.parametrize("form", ["seconds", "date", "text"])
def test_a_server_whose_day_is_over_stops_the_run_at_once(form: str) -> None:
    quota = Quota(per_day=6, retry_after=form)  # type: ignore[arg-type]
    with Sandbox(default_rows=20, quota=quota) as server:
        result = run_tap(server, every_list(server), max_parallel_requests=4)
        # Calls that are under way together may each hear it once.
        assert sum(call.status == 429 for call in server.calls) <= 4
    assert result.exit_code == 1
    assert len(result.records) <= 6
    assert result.messages[-1]["type"] == "STATE"
    moment = re.compile(r"run again after \d{4}-\d\d-\d\d \d\d:\d\d UTC")
    assert any(moment.search(line) for line in result.errors)


def test_a_server_that_refuses_for_an_hour_costs_one_call_and_no_state(small: Sandbox) -> None:
    def wait(_: BaseHTTPRequestHandler) -> Reply:
        return 429, {"Retry-After": "3600"}, b'"Too many requests."'

    first = run_tap(small, every_list(small))
    with http_server(wait) as address:
        refused = run_tap(address, every_list(small), first.states[-1], max_parallel_requests=1)
    assert refused.exit_code == 1
    assert bookmarks(refused) == bookmarks(first)
    assert "run again after" in " ".join(refused.errors)


def test_a_page_that_is_no_list_of_rows_never_passes_for_an_empty_one() -> None:
    bodies = {
        "adjustments": b"{}",
        "branches": b'"busy"',
        "contacts": b"null",
        "payments": b'["row"]',
        "quotes": b'{"message": "later"}',
        "users": b"[{}",
    }

    def answer(ask: BaseHTTPRequestHandler) -> Reply:
        return 200, {"Content-Type": "application/json"}, bodies[resource(ask)]

    with http_server(answer) as address:
        result = run_tap(address, only(*bodies), hasty=True)
    assert result.exit_code == 1
    for stream in bodies:
        assert any(line.startswith(f"{stream}: failed") for line in result.errors)
