"""``--check``: what it tells, where it tells it, and what it costs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from sandbox import Sandbox
from tests.support import (
    bookmarks,
    calls,
    http_server,
    marked,
    only,
    read_by_default,
    run_cli,
    run_tap,
)
from tests.support_core import run_core, select, settings
from tests.support_run import check, files

if TYPE_CHECKING:
    from tests.support import Result, Row

MODIFIED = "2026-03-04T05:06:07.000000Z"
FINDING = {"stream", "with_it", "status", "bookmark", "rows", "calls", "minutes", "message"}
REPORT = {
    "api",
    "base_url",
    "selection",
    "state",
    "next",
    "credentials",
    "streams",
    "calls",
    "minutes",
    "runs",
    "limit",
    "message",
}
SCREEN = 24
FEW = 20
LEFT_OUT = "left out to keep the check short"


def report(result: Result) -> Row:
    """Return the report that stdout holds, which nothing else may be on."""
    found: Row = json.loads(result.stdout)
    return found


def findings(result: Result) -> dict[str, Row]:
    streams = report(result)["streams"]
    by_name = {finding["stream"]: finding for finding in streams}
    assert len(by_name) == len(streams)
    return by_name


def screen(result: Result) -> list[str]:
    """Return the lines of stdout, which fit on a screen."""
    lines = result.stdout.decode().splitlines()
    assert len(lines) <= SCREEN
    return lines


def row_of(result: Result, stream: str) -> list[str]:
    """Return the cells of a stream in the table."""
    (found,) = [line.split() for line in screen(result) if line.split()[:1] == [stream]]
    return found


# --- the two forms -----------------------------------------------------------------------------


def test_it_is_one_screen_on_stdout_where_no_log_level_hides_it(small: Sandbox) -> None:
    result = check(small)
    assert result.exit_code == 0, result.stderr
    lines = screen(result)
    assert lines[0] == f"omni at {small.url}/api: credentials accepted"
    assert lines[1].startswith("selection: the default, no catalog given: ")
    assert lines[2].startswith("call limit: ")
    assert lines[2].endswith(" calls a minute, counted by API connection")
    assert "credentials" not in result.stderr
    assert lines[1].endswith("; state: none given, so everything is read")
    named = result.stdout.decode().replace(",", "").split()
    assert read_by_default(small) <= {*named}
    assert lines[-2].startswith("this run: ")
    assert lines[-1] == "next: the same command without --check"


def test_the_costliest_streams_of_core_come_first_and_their_calls_add_up() -> None:
    with Sandbox(rows={"sale_list": 400, "products": 1_500}, default_rows=20) as server:
        catalog = select("sales", "sale_order_lines", "products", "brands")
        result = check(server, catalog=catalog, **settings(server, requests_per_minute=60))
    assert result.exit_code == 0, result.stderr
    assert row_of(result, "sales") == [
        "sales",
        "(+1",
        "cut",
        "from",
        "it)",
        "400",
        "401",
        "6.8",
        "min",
    ]
    assert row_of(result, "products")[1:3] == ["1,500", "2"]
    assert row_of(result, "brands")[1:3] == ["12", "1"]
    lines = screen(result)
    order = [line.split()[0] for line in lines if line.split()]
    assert order.index("sales") < order.index("products") < order.index("brands")
    assert lines[-2] == "this run: 404 calls, 6.9 min under the call limits"


def test_it_tells_how_many_runs_of_max_run_minutes_a_load_needs() -> None:
    with Sandbox(rows={"sale_list": 400}, default_rows=20) as server:
        more = settings(server, requests_per_minute=60, max_run_minutes=2)
        result = check(server, catalog=select("sales"), **more)
    assert screen(result)[-2].endswith(": 4 runs of max_run_minutes")


def test_the_json_is_on_stdout_whole_and_valid(small: Sandbox) -> None:
    result = check(small, "--json")
    assert result.exit_code == 0, result.stderr
    found = report(result)
    assert found.keys() == REPORT
    assert (found["api"], found["credentials"], found["message"]) == ("omni", "accepted", "")
    assert findings(result).keys() == read_by_default(small)
    for finding in found["streams"]:
        assert finding.keys() == FINDING
        if finding["status"] == LEFT_OUT:
            continue
        assert finding["status"] == "readable"
        # Omni announces no totals: a few calls tell about how many rows there are.
        assert 0 < finding["rows"] <= len(small.store.rows(finding["stream"]))
        assert (finding["calls"], finding["minutes"]) == (1, 0.1)
    assert found["calls"] == len(found["streams"])


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_it_costs_twenty_calls_where_the_run_costs_few(small: Sandbox, options: list[str]) -> None:
    small.reset_calls()
    result = check(small, *options)
    assert len(small.calls) == FEW
    left = read_by_default(small) - calls(small).keys()
    assert {*calls(small).values()} == {1}
    assert left
    if options:
        found = findings(result)
        assert {name for name, one in found.items() if one["status"] == LEFT_OUT} == left
    else:
        assert f"{LEFT_OUT}: {', '.join(sorted(left))}" in result.stdout.decode().replace("\n ", "")


def test_it_asks_for_each_stream_where_that_is_little_beside_the_run() -> None:
    with Sandbox(rows={"sale_list": 400}, default_rows=5) as server:
        result = check(server, "--json", **settings(server))
        asked = len(server.calls)
    found = findings(result)
    assert LEFT_OUT not in {one["status"] for one in found.values()}
    assert len(found) == asked > FEW
    assert asked * 4 < report(result)["calls"]


def test_it_says_how_far_it_is_where_it_takes_long() -> None:
    with Sandbox(default_rows=5, latency_seconds=0.6) as server:
        result = check(server)
    lines = [line for line in result.stderr.splitlines() if "CHECK" in line]
    assert lines
    assert re.search(r"CHECK \d+ of \d+ streams, \d+ calls$", lines[0])
    assert len(set(lines)) == len(lines)


def test_a_load_under_way_costs_only_what_is_left() -> None:
    with Sandbox(rows={"sale_list": 200}, default_rows=5) as server:
        first = run_core(server, select("sales"), requests_per_day=121)
        assert len(first.records["sales"]) == 120
        left = check(
            server, "--json", catalog=select("sales"), state=first.states[-1], **settings(server)
        )
    finding = findings(left)["sales"]
    assert (finding["rows"], finding["calls"]) == (80, 81)
    assert report(left)["state"] == "the one given"


# --- what is selected --------------------------------------------------------------------------


def test_only_what_the_catalog_selects_is_asked_for(small: Sandbox) -> None:
    small.reset_calls()
    result = check(small, "--json", catalog=only("users", "stock"))
    assert findings(result).keys() == {"users", "stock"}
    assert calls(small).keys() == {"users", "stock"}


def test_parts_are_told_with_their_parent_at_its_one_call(small: Sandbox) -> None:
    selected = ("sales_orders", "sales_order_lines", "sales_order_line_sizes", "quote_lines")
    small.reset_calls()
    result = check(small, "--json", catalog=only(*selected))
    found = {name: (one["status"], one["with_it"]) for name, one in findings(result).items()}
    assert found == {
        "sales_orders": ("readable", ["sales_order_line_sizes", "sales_order_lines"]),
        "quotes": ("readable", ["quote_lines"]),
    }
    assert calls(small).keys() == {"sales_orders", "quotes"}


def test_nothing_selected_is_nothing_readable(small: Sandbox) -> None:
    small.reset_calls()
    result = check(small, "--json", catalog=marked("no_such_stream"))
    assert result.exit_code == 1
    assert report(result)["streams"] == []
    assert "no stream is selected" in report(result)["message"]
    assert not small.calls


# --- what can't be read ------------------------------------------------------------------------


def test_a_stream_that_is_switched_off_is_told_and_the_others_are_readable() -> None:
    with Sandbox(default_rows=20, denied=["contacts"]) as server:
        table = check(server)
        result = check(server, "--json")
    assert table.exit_code == result.exit_code == 0
    (line,) = [line for line in screen(table) if "contacts" in line]
    assert line.startswith("not permitted or not available: contacts: ")
    assert "Permissions of the connection" in line
    found = findings(result)
    assert found.pop("contacts") | {"message": ""} == {
        **dict.fromkeys(("bookmark", "rows", "calls", "minutes")),
        "stream": "contacts",
        "with_it": ["contact_secondary_contacts"],
        "status": "not permitted or not available",
        "message": "",
    }
    assert {finding["status"] for finding in found.values()} <= {"readable", LEFT_OUT}
    assert report(result)["credentials"] == "accepted"


def test_a_stream_that_fails_is_told_after_one_try() -> None:
    with Sandbox(default_rows=20) as server:
        server.always("contacts", 500)
        server.always("users", "html")
        result = check(server, "--json")
        asked = calls(server)
        assert (asked["contacts"], asked["users"]) == (1, 1)
    assert result.exit_code == 0
    found = findings(result)
    for stream in ("contacts", "users"):
        assert found.pop(stream)["status"] == "failed"
    assert {finding["status"] for finding in found.values()} <= {"readable", LEFT_OUT}


@pytest.mark.parametrize("denied", [("users",), ("users", "stock")])
def test_it_is_a_failure_only_when_nothing_can_be_read(denied: tuple[str, ...]) -> None:
    with Sandbox(default_rows=20, denied=denied) as server:
        result = check(server, catalog=only("users", "stock"))
    assert result.exit_code == (len(denied) == 2)
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_wrong_credentials_are_told_in_one_line_at_one_call(
    small: Sandbox, options: list[str]
) -> None:
    small.reset_calls()
    result = check(small, *options, api_key="not-the-key")
    assert result.exit_code == 1
    assert len(small.calls) == 1
    assert "Traceback" not in result.stderr
    assert "not-the-key" not in result.stderr
    if options:
        found = report(result)
        assert found["credentials"] == "refused"
        assert "does not accept the credentials" in found["message"]
        assert {one["status"] for one in found["streams"]} == {"not asked"}
        assert len(found["streams"]) == len(read_by_default(small))
    else:
        reason, _, credentials = screen(result)
        assert reason.startswith("Cin7 Omni does not accept the credentials")
        assert credentials.endswith("credentials refused")


def test_an_address_where_nobody_answers_is_told_in_one_line() -> None:
    result = check("http://127.0.0.1:1/api", "--json")
    assert result.exit_code == 1
    found = report(result)
    assert found["credentials"] == "unknown"
    assert "check base_url" in found["message"]
    assert "Traceback" not in result.stderr


def test_a_state_that_is_no_json_gives_one_line() -> None:
    with files(config={"api": "omni"}) as arguments:
        result = run_cli(*arguments, "--check", "--state", __file__)
    assert result.exit_code == 1
    (line,) = result.errors
    assert "not JSON" in line
    assert "Traceback" not in result.stderr


def test_what_cin7_says_is_told_as_it_is() -> None:
    words = "Wrong field: total [red] in order 5"
    with http_server(lambda _: (400, {}, json.dumps(words).encode())) as address:
        result = check(address, "--json", catalog=only("users"))
    assert result.exit_code == 1
    assert words in findings(result)["users"]["message"]


# --- bookmarks ---------------------------------------------------------------------------------


def test_it_shows_where_the_next_run_starts(small: Sandbox) -> None:
    run = run_tap(small, only("users", "quotes", "quote_lines"))
    state = run.states[-1]
    result = check(
        small, "--json", catalog=only("users", "quotes", "quote_lines", "contacts"), state=state
    )
    found = findings(result)
    assert found["quotes"]["bookmark"] == bookmarks(run)["quotes"]["replication_key_value"]
    assert found["users"]["bookmark"] is None
    assert found["contacts"]["bookmark"] is None


def test_bookmarks_are_shown_of_streams_that_can_not_be_read_too() -> None:
    bookmark = {"replication_key": "modifiedDate", "replication_key_value": MODIFIED}
    with Sandbox(default_rows=20, denied=["quotes"]) as server:
        result = check(
            server,
            "--json",
            catalog=only("quotes", "contacts"),
            state={"bookmarks": {"quotes": bookmark}},
        )
    assert findings(result)["quotes"]["bookmark"] == MODIFIED


def test_a_state_of_another_api_gives_one_line(small: Sandbox) -> None:
    state: Row = {"bookmarks": {"sale_list": {"replication_key_value": MODIFIED}}}
    result = check(small, state=state)
    assert result.exit_code == 1
    (line,) = result.errors
    assert "another tap or api" in line


@pytest.mark.parametrize("words", ["[/b] odd", "bad [red]value"])
def test_brackets_in_what_cin7_says_stay(words: str) -> None:
    with http_server(lambda _: (400, {}, json.dumps(words).encode())) as address:
        result = check(address, catalog=only("users"))
    assert words in result.stdout.decode()
    assert "Traceback" not in result.stderr


def test_settings_that_lack_give_one_line(small: Sandbox) -> None:
    result = check(small, api_key=None)
    assert result.exit_code == 1
    (line,) = result.errors
    assert "setting 'api_key' is missing" in line
    assert not result.stdout
