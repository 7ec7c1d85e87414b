from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Sandbox
from tests.support import config_for, discovered, marked, only, run_cli, run_tap

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support import Result, Row

SOON = 60
"""Seconds; a server that was there before would be waited for much longer."""
NOWHERE = "http://127.0.0.1:9/api"


def the_error(result: Result) -> str:
    """Return the one line that says what is wrong."""
    assert result.exit_code not in (0, None)
    assert result.exit_code > 0
    assert "Traceback" not in result.stderr
    (error,) = result.errors
    assert len(error) < 1_000
    assert b'"RECORD"' not in result.stdout
    return error


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"api": None}, ["'api' is missing", "omni", "core"]),
        ({"api": "omnibus"}, ["'api' must be one of", "omnibus"]),
        ({"api": 1}, ["'api' must be text"]),
        ({"username": None}, ["'username' is missing", "Cin7 Omni"]),
        ({"api_key": None}, ["'api_key' is missing", "Cin7 Omni"]),
        ({"api_key": "   "}, ["'api_key' is missing"]),
        ({"api_key": 123456}, ["'api_key' must be text"]),
        ({"start_date": "31.01.2026"}, ["'start_date'", "2026-01-31", "31.01.2026"]),
        ({"requests_per_minute": 0}, ["'requests_per_minute'", "whole number from 1"]),
        ({"requests_per_minute": "ten"}, ["'requests_per_minute'", "'ten'"]),
        ({"requests_per_minute": 1.5}, ["'requests_per_minute'", "1.5"]),
        ({"max_parallel_requests": 1_000}, ["'max_parallel_requests'", "1 to 32"]),
        ({"request_timeout": 10**12}, ["'request_timeout'", "1 to 86400"]),
        ({"retry_wait_seconds": 10**12}, ["'retry_wait_seconds'", "0 to 86400"]),
        ({"lookback_seconds": 10**40}, ["'lookback_seconds'", "0 to 1000000000"]),
        ({"flattening_enabled": True}, ["'flattening_max_depth' is missing"]),
        (
            {"flattening_enabled": True, "flattening_max_depth": ""},
            ["'flattening_max_depth' is missing"],
        ),
        ({"requests_per_minit": 60}, ["'requests_per_minit' is unknown", "requests_per_minute"]),
        ({"base_url": "api.cin7.com"}, ["'base_url'", "https://"]),
        ({"base_url": "http://[half"}, ["'base_url'"]),
    ],
    ids=str,
)
def test_a_wrong_setting_is_named_with_what_to_write(
    settings: dict[str, Any], words: list[str]
) -> None:
    error = the_error(run_tap(NOWHERE, **settings))
    for word in words:
        assert word in error


def test_credentials_of_the_other_product_are_told() -> None:
    error = the_error(
        run_tap(NOWHERE, username=None, api_key=None, account_id="x", application_key="y")
    )
    assert "username" in error
    assert "account_id" in error


def test_wrong_credentials_are_told(small: Sandbox) -> None:
    error = the_error(run_tap(small, username="somebody"))
    assert "username" in error
    assert "api_key" in error


@pytest.mark.parametrize(
    "wrong", [{"api_key": "another"}, {"api": "core", "application_key": "another"}]
)
def test_a_wrong_key_makes_no_table_and_lists_no_streams(small: Sandbox, wrong: Row) -> None:
    access: Row = small.core_access if "api" in wrong else {}
    result = run_tap(small, **access | wrong)
    error = the_error(result)
    assert error.startswith("Cin7 ")
    assert "not begun" not in error
    assert "SUMMARY" not in result.stderr
    assert "RUN " not in result.stderr
    assert [message["type"] for message in result.messages] == ["STATE"]


def test_a_stream_that_may_not_be_read_has_its_table_all_the_same() -> None:
    with Sandbox(default_rows=5, denied=["users"]) as server:
        result = run_tap(server, only("users", "stock"))
    assert result.exit_code == 0
    assert result.schemas.keys() == {"users", "stock"}


def test_a_selection_of_nothing_says_how_to_select(small: Sandbox) -> None:
    error = the_error(run_tap(small, marked("no_such_stream")))
    assert error.startswith("no stream is selected")
    assert "meltano select" in error


def test_an_address_where_nobody_listens_is_told_soon() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    began = time.monotonic()
    error = the_error(run_tap(f"http://127.0.0.1:{port}/api"))
    assert time.monotonic() - began < SOON
    assert f"http://127.0.0.1:{port}/api" in error
    assert "base_url" in error


def test_a_host_that_does_not_exist_is_told_soon() -> None:
    began = time.monotonic()
    error = the_error(run_tap("http://cin7.invalid/api"))
    assert time.monotonic() - began < SOON
    assert "cin7.invalid" in error


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"bookmarks": {"invoices": {"since": "2026-01-01"}}}, ["another tap", "invoices"]),
        ({"currently_syncing": "orders"}, ["not a state of this tap"]),
        ({"bookmarks": []}, ["not a state of this tap"]),
        ({"bookmarks": {"contacts": "2026-01-01"}}, ["contacts", "object"]),
        (
            {
                "bookmarks": {
                    "contacts": {
                        "replication_key": "modifiedDate",
                        "replication_key_value": "yesterday",
                    }
                }
            },
            ["contacts", "not a date", "yesterday"],
        ),
        (
            {
                "bookmarks": {
                    "contacts": {"replication_key": "modifiedDate", "replication_key_value": 17}
                }
            },
            ["contacts", "not a date", "17"],
        ),
        (
            {
                "bookmarks": {
                    "contacts": {
                        "replication_key": "LastUpdated",
                        "replication_key_value": "2026-01-01",
                    }
                }
            },
            ["another tap", "contacts"],
        ),
    ],
    ids=str,
)
def test_a_state_that_can_not_be_trusted_is_refused(
    state: dict[str, Any], words: list[str]
) -> None:
    error = the_error(run_tap(NOWHERE, state=state))
    for word in words:
        assert word in error


@pytest.mark.parametrize("state", [{"bookmarks": {}}, {"bookmarks": {"branches": {}}}, {}], ids=str)
def test_each_state_of_a_run_without_bookmarks_is_one_to_go_on_from(state: Row) -> None:
    first = {**state, "turns": {"read": ["branches"], "cut": [], "next": "contacts"}}
    result = run_tap(NOWHERE, only("contacts"), first, hasty=True)
    assert "base_url" in the_error(result)
    lines = map(json.loads, result.stdout.splitlines())
    states = [line["value"] for line in lines if line["type"] == "STATE"]
    assert states
    for one in states:
        assert "bookmarks" in one


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config_for(NOWHERE)))
    return path


def test_a_config_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    result = run_cli("--config", str(tmp_path / "missing.json"))
    assert result.exit_code > 0
    assert "missing.json" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_config_file_that_is_no_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text("api: omni\napi_key: a-secret-key\n")
    result = run_cli("--config", str(path))
    the_error(result)
    assert "a-secret-key" not in result.stderr


DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize("option", ["--config", "--catalog", "--state"])
@pytest.mark.parametrize(
    "content",
    ["not json", "", f'{{"a": {DEEP}}}', '{"a": NaN}', '{"a": [-Infinity]}'],
    ids=["words", "nothing", "deep", "NaN", "Infinity"],
)
def test_a_file_that_is_no_json_is_named(
    option: str, content: str, config: Path, tmp_path: Path
) -> None:
    path = tmp_path / "other.json"
    path.write_text(content)
    error = the_error(run_cli("--config", str(config), option, str(path)))
    assert f"the {option[2:]} file {path} is not JSON" in error


@pytest.mark.parametrize("option", ["--config", "--catalog", "--state"])
def test_a_file_that_begins_with_a_byte_order_mark_is_read(
    small: Sandbox, tmp_path: Path, option: str
) -> None:
    """Windows' editors write it."""
    contents = {"config": config_for(small), "catalog": only("users"), "state": {}}
    arguments = []
    for name, content in contents.items():
        path = tmp_path / f"{name}.json"
        encoding = "utf-8-sig" if option == f"--{name}" else "utf-8"
        path.write_text(json.dumps(content), encoding=encoding)
        arguments += [f"--{name}", str(path)]
    result = run_cli(*arguments)
    assert result.exit_code == 0, result.stderr
    assert result.schemas.keys() == {"users"}


def test_a_setting_that_nests_without_end_is_told_in_one_line() -> None:
    error = the_error(run_cli("--config=ENV", TAP_CIN7_SKIP_IDS=f'{{"a": {DEEP[90_000:-90_000]}}}'))
    assert "'skip_ids' (TAP_CIN7_SKIP_IDS) must be a JSON object" in error


@pytest.mark.parametrize("name", ["api", "skip_ids", "stream_maps", "request_timeout"])
@pytest.mark.parametrize("depth", [200, 900])
def test_a_setting_that_nests_deep_is_told_in_one_line(
    tmp_path: Path, name: str, depth: int
) -> None:
    path = tmp_path / "config.json"
    path.write_text(f'{{"{name}": {{"a": {"[" * depth + "]" * depth}}}}}')
    result = run_cli("--config", str(path))
    assert result.exit_code == 1
    assert "Traceback" not in result.stderr
    (error,) = result.errors
    assert f"'{name}'" in error or "is not JSON" in error


@pytest.mark.parametrize("option", ["--catalog", "--state"])
def test_a_catalog_or_state_that_does_not_exist_is_named(
    option: str, config: Path, tmp_path: Path
) -> None:
    result = run_cli("--config", str(config), option, str(tmp_path / "missing.json"))
    assert result.exit_code > 0
    assert "missing.json" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_run_without_any_configuration_says_what_to_begin_with() -> None:
    assert "'api' is missing" in the_error(run_cli())


def test_an_unknown_option_is_told() -> None:
    result = run_cli("--configuration", "x.json")
    assert result.exit_code > 0
    assert "--configuration" in result.stderr


@pytest.mark.parametrize("api", ["core", "core_v1"])
def test_a_catalog_of_another_api_is_told(api: str) -> None:
    assert "another tap or api" in the_error(run_tap(NOWHERE, discovered(api)))


@pytest.mark.parametrize(
    "change",
    [
        {"key_properties": 5},
        {"key_properties": [1, 2]},
        {"key_properties": [["id"]]},
        {"tap_stream_id": ["users"]},
        {"tap_stream_id": None},
        {"metadata": None},
        {"metadata": "x"},
        {"metadata": [1]},
        {"metadata": [{"metadata": {}}]},
        {"metadata": [{"breadcrumb": []}]},
        {"metadata": [{"breadcrumb": [1, [2]], "metadata": {}}]},
        {"schema": None},
        {"schema": {"properties": []}},
        {"schema": {"properties": {"id": "integer"}}},
        {"schema": {"properties": {"lines": {"items": {"properties": {"id": 5}}}}}},
    ],
    ids=str,
)
def test_a_catalog_that_is_malformed_is_told_in_one_line(change: Row) -> None:
    catalog = only("users", "contacts")
    catalog["streams"][0].update(change)
    error = the_error(run_tap(NOWHERE, catalog))
    assert "the catalog file is not as tap-cin7 --discover writes it" in error
    assert "$.streams[0]" in error


def test_a_catalog_without_what_no_run_needs_is_read(small: Sandbox) -> None:
    catalog = only("users", "contacts")
    for name in ("key_properties", "metadata", "replication_key", "replication_method"):
        catalog["streams"][0].pop(name, None)
    result = run_tap(small, catalog)
    assert result.exit_code == 0, result.stderr
    assert "contacts" in result.schemas
