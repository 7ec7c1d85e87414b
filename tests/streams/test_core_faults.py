"""What goes wrong on Core: told in words, kept to one stream, and never at the price of a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from sandbox import Faults, Sandbox
from sandbox.core.resources import lists
from sandbox.faults import CORE_KINDS, KINDS
from tests.support import bookmarks, calls, http_server
from tests.support_core import (
    asked,
    listed,
    records,
    run_core,
    run_impatient,
    select,
    unique,
    warned,
    written,
)

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

    from sandbox.faults import Fault
    from tests.support import Reply

EVERY_KIND: tuple[Fault, ...] = (500, 502, 503, 429, *KINDS, *CORE_KINDS)


def test_with_a_tenth_of_the_calls_failing_everything_arrives() -> None:
    faults = Faults(rate=0.1, seed=2475, kinds=EVERY_KIND, delay_seconds=0.05)
    # A 403 before any other answer is final, whatever it meant.
    assert not any(faults.scheduled(number) for number in range(1, 6))
    with Sandbox(default_rows=10, faults=faults) as server:
        result = run_core(server, select(), hasty=True)
        assert result.exit_code == 0, result.stderr
        assert not result.errors
        for stream, table in server.core.store.tables.items():
            assert len(unique(stream, result)) == len(table.by_id), stream
        for stream, key, header in (
            ("sales", "ID", "sale_list"),
            ("purchases", "ID", "purchase_list"),
            ("stock_transfers", "TaskID", "stock_transfer_list"),
            ("stocktakes", "TaskID", "stocktake_list"),
        ):
            assert written(stream, key, "header_modified", result) == listed(server, header)
        drawn = {faults.scheduled(number) for number in range(1, len(server.calls) + 1)}
        assert drawn >= set(EVERY_KIND)


def test_every_kind_of_passing_failure_is_got_over() -> None:
    kinds = [kind for kind in EVERY_KIND if not str(kind).startswith("limit")]
    with Sandbox(default_rows=8) as server:
        plain = [one for one in lists().values() if one.paged and one.total == "right"]
        streams = [one.name for one in plain if one.records_key][1 : len(kinds) + 1]
        for stream, kind in zip(streams, kinds, strict=True):
            server.fail_next(stream, kind)
        result = run_core(server, select(plain[0].name, *streams), hasty=True)
        assert result.exit_code == 0, result.stderr
        for stream in streams:
            assert len(unique(stream, result)) == len(server.core.store.keys(stream)), stream
        counts = calls(server)
        for stream, kind in zip(streams, kinds, strict=True):
            assert counts[stream] == (1 if kind == "slow" else 2), stream


def test_an_error_inside_a_200_is_no_empty_list() -> None:
    with Sandbox(default_rows=8) as server:
        server.always("brands", "error-200")
        result = run_core(server, select("accounts", "brands", "carriers"), hasty=True)
        assert result.exit_code == 1
        assert calls(server)["brands"] == 7
    assert result.records.keys() == {"accounts", "carriers"}
    assert any("brands" in line and "Something went wrong." in line for line in result.errors)


@pytest.mark.parametrize("parallel", [1, 5])
def test_a_403_as_the_first_answer_means_wrong_credentials(parallel: int) -> None:
    with Sandbox(default_rows=8) as server:
        result = run_core(
            server,
            select("brands", "carriers", "sales"),
            application_key="some-other-key",
            max_parallel_requests=parallel,
        )
        assert result.exit_code == 1
        # A 403 is asked for once more, for each of the streams that were under way.
        assert len(server.calls) <= 2 * min(parallel, 3)
    (error,) = result.errors
    assert "application_key" in error
    assert "Incorrect credentials!" in error
    assert "some-other-key" not in result.stderr
    assert "Traceback" not in result.stderr
    assert not result.records


def test_a_403_that_passes_is_got_over_and_one_that_lasts_means_wrong_credentials() -> None:
    with Sandbox(default_rows=8) as server:
        catalog = select("brands", "carriers", "units_of_measure")
        server.fail_next("carriers", 403)
        passing = run_core(server, catalog, hasty=True, max_parallel_requests=1)
        assert passing.exit_code == 0, passing.stderr
        assert len(records("carriers", passing)) == 6

        server.always("carriers", 403)
        lasting = run_impatient(server, catalog, max_parallel_requests=1)
    assert lasting.exit_code == 1
    (error,) = lasting.errors
    assert "application_key" in error
    assert "Incorrect credentials!" in error
    assert lasting.records.keys() == {"brands"}
    assert "Traceback" not in lasting.stderr


def test_endpoints_that_the_account_does_not_have_are_skipped_with_a_warning() -> None:
    missing = ("production_work_centers", "carriers", "stocktake_list")
    with Sandbox(default_rows=8, unavailable=missing) as server:
        server.always("brands", 405)
        streams = ("accounts", "brands", "carriers", "production_work_centers", "stocktakes")
        result = run_core(server, select(*streams), hasty=True)
        assert result.exit_code == 0, result.stderr
        assert calls(server)["brands"] == 1
        assert calls(server)["carriers"] <= 3
    assert result.records.keys() == {"accounts"}
    assert not result.errors
    for stream in streams[1:]:
        (warning,) = warned(result, f"{stream}: skipped")
        assert "does not have this endpoint" in warning
    assert not bookmarks(result)


def test_an_html_page_after_good_answers_is_a_failure_and_no_missing_endpoint() -> None:
    with Sandbox(rows={"customers": 450}, default_rows=8) as server:

        def answer(ask: BaseHTTPRequestHandler) -> Reply:
            if "/customer?" in ask.path and "Page=3" in ask.path:
                return 200, {"Content-Type": "text/html"}, b"<html>Busy</html>"
            return passed_on(server, ask)

        with http_server(answer) as address:
            first = run_core(f"{address}/ExternalApi/v2", select("brands", "customers"), hasty=True)
        assert first.exit_code == 1
        assert any("customers: failed" in line for line in first.errors)
        assert not bookmarks(first)
        assert len(records("brands", first)) == 8
        second = run_core(server, select("customers"), first.states[-1])
        assert len(unique("customers", second)) == 450


def passed_on(server: Sandbox, ask: BaseHTTPRequestHandler) -> Reply:
    answer = requests.get(server.url + ask.path, headers=server.core_headers, timeout=10)
    return answer.status_code, {}, answer.content


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_is_not_followed_and_carries_no_credentials_away(status: int) -> None:
    strayed: list[str] = []

    def elsewhere(ask: BaseHTTPRequestHandler) -> Reply:
        strayed.append(ask.path)
        return 200, {}, b"{}"

    with http_server(elsewhere) as other:

        def here(ask: BaseHTTPRequestHandler) -> Reply:
            return status, {"Location": other + ask.path}, b""

        with http_server(here) as address:
            result = run_core(address, select("brands"))
    assert result.exit_code == 1
    assert not strayed
    assert any("brands" in line and "redirect" in line for line in result.errors)


def test_a_document_that_breaks_is_owed_and_the_others_arrive() -> None:
    with Sandbox(rows={"sale_list": 60}, default_rows=8) as server:
        broken = sorted(listed(server, "sale_list"), key=lambda one: (str(one[1]), one[0]))[30][0]

        def answer(ask: BaseHTTPRequestHandler) -> Reply:
            if broken in ask.path:
                return 500, {}, b'{"ErrorCode": 500, "Exception": "Something went wrong."}'
            return passed_on(server, ask)

        with http_server(answer) as address:
            first = run_core(f"{address}/ExternalApi/v2", select("sales", "brands"), hasty=True)
        assert first.exit_code == 1
        assert len(records("sales", first)) == 59
        assert len(records("brands", first)) == 8
        assert any(f"owed: {broken}" in line for line in first.errors)
        server.reset_calls()
        second = run_core(server, select("sales", "brands"), first.states[-1])
        assert second.exit_code == 0, second.stderr
        assert [query["ID"] for query in asked(server, "/sale")] == [broken]
        assert written("sales", "ID", "header_modified", first, second) == listed(
            server, "sale_list"
        )


def test_a_body_without_its_list_never_passes_for_an_empty_one() -> None:
    bodies = {
        "brand": b'{"Total": 3, "Page": 1}',
        "carrier": b'"busy"',
        "unit": b'{"UnitList": {}}',
        "category": b'{"CategoryList": ["x"]}',
        "tax": b'{"TaxRuleList": [{}',
    }

    def answer(ask: BaseHTTPRequestHandler) -> Reply:
        name = ask.path.split("?")[0].rpartition("/")[2].lower()
        return 200, {"Content-Type": "application/json"}, bodies[name]

    streams = ("brands", "carriers", "units_of_measure", "product_categories", "tax_rules")
    with http_server(answer) as address:
        result = run_core(address, select(*streams), hasty=True)
    assert result.exit_code == 1
    for stream in streams:
        assert any(line.startswith(f"{stream}: failed") for line in result.errors), stream
