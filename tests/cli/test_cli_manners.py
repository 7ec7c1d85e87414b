from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from sandbox import Faults, Sandbox
from tests.support import (
    bookmarks,
    calls,
    canonical,
    config_for,
    discovered,
    lost,
    marked,
    only,
    read_by_default,
    run_cli,
    run_tap,
    sent,
    standing,
    started,
    wait_until,
)

if TYPE_CHECKING:
    from tests.support import Result, Row

ORDERS = "sales_orders"
LONG = 60
"""Seconds that an answer or a refusal takes where a signal is not to wait for its end."""
CODES = {signal.SIGTERM: 143, signal.SIGINT: 130}


def not_ahead(server: Sandbox, result: Result) -> bool:
    """Tell whether every row that lies before a bookmark was written."""
    for stream, bookmark in bookmarks(result).items():
        reached = bookmark["replication_key_value"]
        due = {(key, stamp) for key, stamp in standing(server, stream) if stamp and stamp < reached}
        if due - set(sent(server, stream, result)):
            return False
    return True


# --- being told to stop ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signum", "parallel", "records"),
    [
        (signal.SIGTERM, 4, 1),
        (signal.SIGTERM, 1, 300),
        (signal.SIGTERM, 4, 1_100),
        (signal.SIGINT, 4, 300),
    ],
)
def test_a_signal_ends_the_run_with_whole_lines_and_a_true_state(
    signum: signal.Signals, parallel: int, records: int
) -> None:
    with Sandbox(rows={ORDERS: 4_000}, crowd=1, default_rows=20) as server:
        with started(server, only(ORDERS, "users"), max_parallel_requests=parallel) as running:
            running.read_records(records)
            running.send(signum)
            first = running.finish()
        assert first.exit_code == CODES[signum]
        assert first.stdout.endswith(b"\n")
        assert records <= len(first.records[ORDERS]) < 4_000
        assert not_ahead(server, first)
        assert "Traceback" not in first.stderr
        assert first.messages[-1]["type"] == "STATE"
        (error,) = first.errors
        assert signum.name in error

        second = run_tap(server, only(ORDERS, "users"), first.states[-1])
        assert second.exit_code == 0
        assert not {ORDERS, "users"} & lost(server, first, second).keys()


@pytest.mark.parametrize(
    ("signum", "parallel"), [(signal.SIGTERM, 1), (signal.SIGTERM, 4), (signal.SIGINT, 4)]
)
def test_a_signal_waits_a_few_seconds_for_a_slow_answer_and_no_longer(
    signum: signal.Signals, parallel: int
) -> None:
    with Sandbox(default_rows=20, faults=Faults(delay_seconds=LONG)) as server:
        server.always("contacts", "slow")
        selected = only("branches", "contacts")
        with started(server, selected, max_parallel_requests=parallel) as running:
            wait_until(lambda: "contacts" in calls(server))
            running.read_records(4)
            began = time.monotonic()
            running.send(signum)
            result = running.finish()
        assert time.monotonic() - began < LONG / 2
        assert result.exit_code == CODES[signum]
        assert result.messages[-1]["type"] == "STATE"
        assert bookmarks(result).keys() == {"branches"}
        assert not_ahead(server, result)


def test_a_signal_does_not_wait_for_a_refusal_to_be_over() -> None:
    with Sandbox(default_rows=20) as server:
        server.outages.begin(LONG, status=429, retry_after="seconds", stream="contacts")
        with started(server, only("branches", "contacts")) as running:
            wait_until(lambda: "contacts" in calls(server))
            running.read_records(len(server.store.keys("branches")))
            began = time.monotonic()
            running.send(signal.SIGTERM)
            result = running.finish()
    assert time.monotonic() - began < LONG / 2
    assert result.exit_code == 143
    assert bookmarks(result).keys() == {"branches"}


def test_a_reader_that_stalls_gets_whole_lines_once_it_reads_on() -> None:
    with Sandbox(rows={ORDERS: 1_000}, crowd=1, default_rows=20) as server:
        with started(server, only(ORDERS)) as running:
            wait_until(lambda: calls(server).get(ORDERS, 0) >= 2)
            running.send(signal.SIGTERM)
            result = running.finish()
        assert result.exit_code == 143
        assert result.messages[-1]["type"] == "STATE"
        assert not_ahead(server, result)
        assert len(result.records[ORDERS]) < 1_000


def test_a_target_that_goes_away_ends_the_run_with_one_clear_line() -> None:
    with (
        Sandbox(rows={ORDERS: 1_000}, crowd=1, default_rows=20) as server,
        started(server, only(ORDERS)) as running,
    ):
        running.read_records(10)
        running.hang_up()
        result = running.finish()
    assert result.exit_code not in (0, None)
    assert "Traceback" not in result.stderr
    (error,) = result.errors
    assert "pipe" in error


# --- what is selected --------------------------------------------------------------------------


def test_streams_that_are_not_selected_cost_no_calls() -> None:
    with Sandbox(default_rows=20) as server:
        result = run_tap(server, marked("contacts", "vouchers"))
        assert calls(server) == {"contacts": 1, "vouchers": 1}
    assert result.records.keys() == result.schemas.keys() == {"contacts", "vouchers"}
    assert result.states[-1]["bookmarks"].keys() <= {"contacts", "vouchers"}


def test_everything_selected_asks_for_no_fields_by_name(small: Sandbox) -> None:
    small.reset_calls()
    run_tap(small, only("contacts", "stock"))
    assert [call.query.get("fields") for call in small.calls] == [None, None]


def test_fields_that_are_not_selected_are_neither_asked_for_nor_written() -> None:
    left_out = ("website", "accountingIntegrationId.xero", "customFields", "createdDate", "id")
    with Sandbox(default_rows=20) as server:
        result = run_tap(server, only("contacts", without=left_out))
        (call,) = server.calls
        rows = {row["id"]: row for row in server.store.rows("contacts")}
    fields = call.query["fields"].split(",")
    assert not {"website", "customFields"} & set(fields)
    assert {"id", "modifiedDate", "accountingIntegrationId"} <= set(fields)
    written = result.schemas["contacts"]["properties"]
    inner = written["accountingIntegrationId"]["properties"]
    assert not {"website", "customFields", "createdDate"} & written.keys()
    assert inner.keys() == {"quickBooksOnline", "quickBooksDesktop"}
    assert len(result.records["contacts"]) == 20
    for record in result.records["contacts"]:
        assert record.keys() == written.keys()
        assert record["firstName"] == rows[record["id"]]["firstName"]
        assert record["accountingIntegrationId"].keys() == inner.keys()


def test_one_field_less_in_every_stream_keeps_keys_and_queries_short() -> None:
    catalog = discovered()
    automatic: dict[str, set[str]] = {}
    dropped: dict[str, str] = {}
    for entry in catalog["streams"]:
        metadata = {tuple(item["breadcrumb"]): item["metadata"] for item in entry["metadata"]}
        name = entry["tap_stream_id"]
        columns = {path[1]: item for path, item in metadata.items() if len(path) == 2}
        automatic[name] = {key for key, item in columns.items() if item["inclusion"] == "automatic"}
        kept = automatic[name] | {"extra_fields"}
        dropped[name] = next(key for key in reversed(columns) if key not in kept)
        columns[dropped[name]]["selected"] = False
    with Sandbox(rows={ORDERS: 600}, default_rows=20) as server:
        result = run_tap(server, catalog)
        assert result.exit_code == 0, result.stderr
        assert not lost(server, result).keys() & read_by_default(server)
        for call in server.calls:
            assert len(urlencode(call.query)) < 1_800
            if "fields" in call.query:
                fields = set(call.query["fields"].split(","))
                assert dropped[call.stream] not in fields
                assert automatic[call.stream] - {"record_key"} <= fields
    for stream, records in result.records.items():
        assert dropped[stream] not in result.schemas[stream]["properties"]
        assert all(dropped[stream] not in record for record in records)


def test_the_parts_of_a_record_key_are_asked_for_even_when_they_are_not_selected() -> None:
    parts = ("productId", "productOptionId", "branchId", "size")
    with Sandbox(default_rows=20) as server:
        whole = run_tap(server, only("stock"))
        narrow = run_tap(server, only("stock", without=parts))
    keys = [row["record_key"] for row in whole.records["stock"]]
    assert [row["record_key"] for row in narrow.records["stock"]] == keys
    assert len(set(keys)) == len(keys)
    assert not set(parts) & narrow.records["stock"][0].keys()


# --- what the SDK offers on the way ------------------------------------------------------------


def test_stream_maps_rename_filter_and_compute(small: Sandbox) -> None:
    maps: Row = {
        "contacts": {
            "__alias__": "people",
            "__filter__": "id % 2 == 0",
            "full_name": "firstName + ' ' + lastName",
            "email": "__NULL__",
        }
    }
    result = run_tap(small, only("contacts"), stream_maps=maps)
    assert result.exit_code == 0, result.stderr
    wanted = [row for row in small.store.rows("contacts") if row["id"] % 2 == 0]
    records = {row["id"]: row for row in result.records["people"]}
    assert records.keys() == {row["id"] for row in wanted}
    for row in wanted:
        assert records[row["id"]]["full_name"] == f"{row['firstName']} {row['lastName']}"
        assert "email" not in records[row["id"]]
        assert records[row["id"]]["modifiedDate"] == canonical(row["modifiedDate"])
    assert "contacts" not in result.records


def test_a_stream_map_of_all_is_one_of_all_that_are_selected(small: Sandbox) -> None:
    maps: Row = {"*": {"company": "'A'"}, "users": {"id": None}}
    result = run_tap(small, only("contacts"), stream_maps=maps)
    assert result.exit_code == 0, result.stderr
    assert {row["company"] for row in result.records["contacts"]} == {"A"}
    assert len(result.records["contacts"]) == len(small.store.rows("contacts"))


@pytest.mark.parametrize(
    ("maps", "words"),
    [
        ({"contacts": {"id": None}}, "Removing key property 'id' is not permitted in 'contacts'"),
        ({"contacts": {"a": "1 +"}}, "Failed to parse expression 1 +."),
        ({"contacts": {"a": ""}}, "'stream_maps' can't be used: "),
        ({"contacts": "x"}, "'stream_maps' must have an object or null for 'contacts', not 'x'"),
        ({"__else__": "x"}, "'stream_maps' must have null for '__else__', not 'x'"),
        (["contacts"], "'stream_maps' must be a JSON object such as {}"),
    ],
    ids=str,
)
def test_a_stream_map_that_can_not_be_used_is_told(maps: object, words: str) -> None:
    result = run_tap("http://127.0.0.1:9/api", only("contacts"), stream_maps=maps)
    assert result.exit_code > 0
    assert "Traceback" not in result.stderr
    (error,) = result.errors
    assert words in error


def test_flattening_makes_columns_of_nested_objects(small: Sandbox) -> None:
    result = run_tap(small, only("contacts"), flattening_enabled=True, flattening_max_depth=1)
    assert result.exit_code == 0, result.stderr
    rows = {row["id"]: row for row in small.store.rows("contacts")}
    for record in result.records["contacts"]:
        nested = rows[record["id"]]["accountingIntegrationId"]
        assert record["accountingIntegrationId__xero"] == nested["xero"]


def test_records_conform_to_the_keys_their_schema_declares(small: Sandbox) -> None:
    result = run_tap(small)
    declared = {one["stream"]: one for one in result.messages if one["type"] == "SCHEMA"}
    for stream, records in result.records.items():
        keys = declared[stream]["key_properties"]
        assert keys
        assert all(record[key] is not None for record in records for key in keys)


def test_every_run_ends_with_a_summary_line_per_stream(small: Sandbox) -> None:
    result = run_tap(small)
    for stream in read_by_default(small):
        rows = len(result.records[stream])
        lines = [line for line in result.stderr.splitlines() if f"SUMMARY {stream}: " in line]
        assert len(lines) == 1
        assert f"{rows} rows, {rows} unique keys, 1 calls" in lines[0]
        assert " 0 " not in lines[0]


# --- the other commands ------------------------------------------------------------------------


def test_discover_works_without_any_setting() -> None:
    result = run_cli("--discover")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout) == discovered("omni")


@pytest.mark.parametrize("form", ["json", "markdown", "text"])
def test_about_works_without_any_setting_and_promises_no_batch(form: str) -> None:
    arguments = ["--about"] if form == "text" else ["--about", f"--format={form}"]
    result = run_cli(*arguments)
    assert result.exit_code == 0, result.stderr
    assert b"requests_per_minute" in result.stdout
    if form == "json":
        about = json.loads(result.stdout)
        capabilities = set(about["capabilities"])
        assert "batch" not in capabilities
        assert {"catalog", "discover", "state", "stream-maps", "about"} <= capabilities
        assert "activate-version" in capabilities
        assert "batch_config" not in about["settings"]["properties"]


def test_version_and_help_work() -> None:
    assert b"tap-cin7" in run_cli("--version").stdout
    assert b"--discover" in run_cli("--help").stdout


def test_test_reads_one_record_of_each_stream(small: Sandbox) -> None:
    small.reset_calls()
    result = run_cli("--config=ENV", "--test", **as_variables(small))
    assert result.exit_code == 0, result.stderr
    assert calls(small).keys() == small.store.tables.keys()
    assert "Traceback" not in result.stderr


def test_the_environment_configures_a_run(small: Sandbox) -> None:
    variables = as_variables(small)
    result = run_cli("--config=ENV", TAP_CIN7_START_DATE="2026-04-01", **variables)
    assert result.exit_code == 0, result.stderr
    stamps = [row["modifiedDate"] for row in result.records["sales_orders"]]
    assert 0 < len(stamps) < 40
    assert min(stamps) >= "2026-04-01"
    # Master data has no bound.
    assert len(result.records["contacts"]) == 20


def as_variables(server: Sandbox) -> dict[str, str]:
    return {f"TAP_CIN7_{name.upper()}": str(value) for name, value in config_for(server).items()}
