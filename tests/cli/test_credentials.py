from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest

from sandbox import Sandbox
from tests.support import config_for, http_server, only, run_cli, run_tap, started

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

    from tests.support import Reply, Result

PLAIN = "5f0d6a7e9b1c4d2e8f3a"
AWKWARD = "a'b\"c%20d%s{e}\\f+g/h="
KEYS = pytest.mark.parametrize("key", [PLAIN, AWKWARD], ids=["plain", "awkward"])
USER = "shop-user"
DEBUG = {"LOGLEVEL": "DEBUG", "TAP_CIN7_LOGLEVEL": "DEBUG"}


def forms(key: str) -> set[str]:
    """Return every way in which a key may show in a text."""
    pair = base64.b64encode(f"{USER}:{key}".encode()).decode()
    return {
        key,
        quote(key),
        quote(key, safe=""),
        quote_plus(key),
        repr(key)[1:-1],
        pair,
        base64.b64encode(key.encode()).decode(),
    }


def leaks(key: str, *results: Result) -> set[str]:
    text = "".join(result.stdout.decode() + result.stderr for result in results)
    return {form for form in forms(key) if form in text}


@KEYS
def test_a_run_at_debug_level_shows_no_credentials(key: str) -> None:
    with Sandbox(default_rows=5, username=USER, api_key=key, denied=["users"]) as server:
        server.fail_next("contacts", 500)
        server.always("quotes", 400)
        result = run_tap(server, hasty=True, variables=DEBUG)
    assert result.exit_code == 1
    assert len(result.records) > 15
    assert " DEBUG " in result.stderr
    assert not leaks(key, result)


def echo(ask: BaseHTTPRequestHandler, key: str, status: int) -> Reply:
    """Answer with the credentials in every form."""
    words = f"{ask.headers['Authorization']} {key} {quote(key)} {quote_plus(key)} {key!r}"
    body = words if status in (200, 500) else json.dumps(words)
    retry = {"Retry-After": "9999"} if status == 429 else {}
    return status, {"Location": f"http://127.0.0.1:9/{quote(key)}", **retry}, body.encode()


@KEYS
def test_what_a_server_echoes_is_masked(key: str) -> None:
    statuses = {"branches": 400, "contacts": 404, "quotes": 500, "users": 200, "stock": 302}

    def answer(ask: BaseHTTPRequestHandler) -> Reply:
        return echo(ask, key, statuses[ask.path.split("?")[0].rpartition("/")[2].lower()])

    with http_server(answer) as address:
        result = run_tap(
            address, only(*statuses), hasty=True, username=USER, api_key=key, variables=DEBUG
        )
    assert result.exit_code == 1
    assert not leaks(key, result)
    for stream in statuses:
        assert any(line.startswith(f"{stream}: failed") for line in result.errors)
    assert result.stderr.count("***") >= 4


@KEYS
@pytest.mark.parametrize("status", [401, 403, 429])
def test_what_ends_a_run_or_a_stream_is_masked(key: str, status: int) -> None:
    with http_server(lambda ask: echo(ask, key, status)) as address:
        result = run_tap(address, only("users"), username=USER, api_key=key, variables=DEBUG)
    assert result.exit_code == 1
    assert not leaks(key, result)


@KEYS
def test_a_state_and_a_summary_hold_no_credentials(key: str) -> None:
    with Sandbox(default_rows=5, username=USER, api_key=key) as server:
        result = run_tap(server)
    assert result.exit_code == 0
    assert not leaks(key, result)
    assert USER not in json.dumps(result.states)


def test_bad_settings_do_not_show_the_key_beside_them() -> None:
    key = AWKWARD
    with_user = {"username": USER, "api_key": key}
    for wrong in (
        {"requests_per_minute": "ten"},
        {"api_kee": key},
        {"start_date": "soon"},
        {"base_url": f"http://{USER}:{quote(key, safe='')}@127.0.0.1:9/api"},
        {"api_key": [key]},
        {"application_key": {"nested": key}},
        {"api": "core"},
    ):
        result = run_tap("http://127.0.0.1:9/api", variables=DEBUG, **(with_user | wrong))
        assert result.exit_code > 0
        assert not leaks(key, result)


def test_a_server_that_is_not_there_costs_no_credentials() -> None:
    result = run_tap(
        "http://127.0.0.1:9/api", hasty=True, username=USER, api_key=AWKWARD, variables=DEBUG
    )
    assert result.exit_code == 1
    assert not leaks(AWKWARD, result)


def test_credentials_from_the_environment_are_masked_too() -> None:
    with http_server(lambda ask: echo(ask, AWKWARD, 400)) as address:
        config = config_for(address, username=USER, api_key=AWKWARD)
        variables = {f"TAP_CIN7_{name.upper()}": str(value) for name, value in config.items()}
        result = run_cli("--config=ENV", **variables, **DEBUG)
    assert result.exit_code == 1
    assert not leaks(AWKWARD, result)


def test_structured_logs_are_masked_too(tmp_path: Path) -> None:
    settings = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structured": {"()": "singer_sdk.logging.StructuredFormatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"level": "DEBUG", "handlers": ["stderr"]},
    }
    path = tmp_path / "logging.yaml"
    path.write_text(json.dumps(settings))
    with http_server(lambda ask: echo(ask, PLAIN, 400)) as address:
        result = run_tap(
            address,
            only("contacts"),
            username=USER,
            api_key=PLAIN,
            variables={"SINGER_SDK_LOG_CONFIG": str(path)},
        )
    assert result.exit_code == 1
    assert "contacts" in result.stderr
    assert not leaks(PLAIN, result)


def test_discovery_and_about_show_no_configured_key() -> None:
    variables = {"TAP_CIN7_API": "omni", "TAP_CIN7_USERNAME": USER, "TAP_CIN7_API_KEY": PLAIN}
    for command in ("--discover", "--about", "--version"):
        result = run_cli("--config=ENV", command, **variables, **DEBUG)
        assert result.exit_code == 0
        assert not leaks(PLAIN, result)


def test_a_run_that_is_stopped_shows_no_credentials() -> None:
    with Sandbox(
        rows={"sales_orders": 600}, default_rows=5, username=USER, api_key=PLAIN
    ) as server:
        with started(server, only("sales_orders"), variables=DEBUG) as running:
            running.read_records(10)
            running.hang_up()
            result = running.finish()
        assert not leaks(PLAIN, result)
