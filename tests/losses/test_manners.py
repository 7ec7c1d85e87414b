"""Endings and manners: bad input gets one clear line; nothing that Cin7 says forges a log."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from tests.losses.accounts import guid, orders, sales
from tests.losses.harness import (
    ACCESS,
    Result,
    cli,
    config_for,
    discovered,
    only,
    run,
    write,
)
from tests.losses.standin import Core, Omni, Reply, Wire, stamp

if TYPE_CHECKING:
    from pathlib import Path

    from tests.losses.standin import Row

ESCAPE = "\x1b"
FORGED = "2026-01-01 00:00:00,000 | ERROR    | tap-cin7 | all is lost"


def forged(result: Result) -> list[str]:
    """Return the lines of a log that the tap did not begin itself."""
    return [
        line
        for line in result.stderr.splitlines()
        if line.startswith(FORGED[:20]) or ESCAPE in line or "\x9b" in line or "\x07" in line
    ]


def test_an_error_text_forges_no_log_line() -> None:
    text = f"oh{ESCAPE}[31m dear\n{FORGED}\r{FORGED}\x07\x9b2J\u2028{FORGED}"
    with Omni() as server:
        orders(server, 3, path="/v1/Branches")
        server.before(
            "/v1/SalesOrders",
            None,
            lambda _call: Reply(json.dumps({"message": text}).encode(), 400),
        )
        result = run(server, ["branches", "sales_orders"])
        assert result.exit_code == 1
        assert not forged(result), result.stderr
        assert "dear" in result.stderr


def test_a_plain_text_error_forges_no_log_line() -> None:
    text = f"oh{ESCAPE}[31m dear\n{FORGED}\r{FORGED}\x07".encode()
    with Omni() as server:
        orders(server, 3, path="/v1/Branches")
        server.before("/v1/SalesOrders", None, lambda _call: Reply(text, 400))
        result = run(server, ["branches", "sales_orders"])
        assert not forged(result), result.stderr


def test_a_field_name_forges_no_log_line() -> None:
    name = f"new\n{FORGED}{ESCAPE}[31m"
    with Omni(ahead=-3_600) as server:
        table = orders(server, 3)
        table.put({**table.visible()[0], name: 1, "customFields": {name: {name: 1}}})
        result = run(server, "sales_orders")
        assert result.exit_code == 0
        assert not forged(result), result.stderr


def test_an_id_forges_no_log_line() -> None:
    with Core(ahead=-3_600) as server:
        served = sales(server, 3)
        odd = f"x\n{FORGED}{ESCAPE}[31m"
        served.table.put({**served.table.visible()[0], "SaleID": odd})
        server.details("/sale", "ID", lambda _id: None)
        result = run(server, "sales")
        assert not forged(result), result.stderr
        assert "Traceback" not in result.stderr


def test_a_key_that_is_named_in_a_warning_forges_no_log_line() -> None:
    with Core(ahead=-3_600) as server:
        served = server.list("/ref/brand", "BrandList", "ID")
        served.table.put({"ID": f"x\n{FORGED}{ESCAPE}[31m", "Name": Wire(b'"caf\xe9"')})
        result = run(server, "brands")
        assert result.exit_code == 0, result.stderr
        assert not forged(result), result.stderr


@pytest.mark.parametrize("change", [str.upper, str.swapcase])
@pytest.mark.parametrize("api", ["omni", "core"])
def test_an_echo_of_a_credential_in_another_letter_case_is_masked(
    api: str, change: type[str]
) -> None:
    names = ("api_key",) if api == "omni" else ("account_id", "application_key")
    secrets = [str(ACCESS[api][name]) for name in names]
    said = " and ".join(map(change, secrets))
    with Omni() if api == "omni" else Core() as server:
        path, stream = ("/v1/Branches", "branches") if api == "omni" else ("/ref/brand", "brands")
        body = {"ErrorCode": 400, "Exception": f"bad {said}", "message": f"bad {said}"}
        server.before(path, None, lambda _call: Reply(json.dumps(body).encode(), 400))
        result = run(server, stream)
        assert result.exit_code == 1
        assert "bad" in result.stderr
        for secret in secrets:
            assert secret.lower() not in (result.stderr + result.stdout.decode()).lower()


def test_an_echo_of_the_basic_header_in_another_letter_case_is_masked() -> None:
    pair = f"{ACCESS['omni']['username']}:{ACCESS['omni']['api_key']}"
    encoded = base64.b64encode(pair.encode()).decode()
    with Omni() as server:
        body = json.dumps(f"bad {encoded.lower()}").encode()
        server.before("/v1/Branches", None, lambda _call: Reply(body, 400))
        result = run(server, "branches")
        assert "bad" in result.stderr
        assert encoded.lower() not in result.stderr.lower()


# Bad input.


def test_a_catalog_whose_keys_were_emptied_is_refused() -> None:
    catalog = only("omni", "sales_orders")
    catalog["streams"][0]["key_properties"] = []
    for item in catalog["streams"][0]["metadata"]:
        if not item["breadcrumb"]:
            item["metadata"]["table-key-properties"] = []
    with Omni() as server:
        orders(server, 3)
        result = run(server, catalog)
        result.failed_with_one_line("sales_orders", "key")
        assert not result.records("sales_orders")


def test_credentials_to_http_on_another_machine_are_warned_of() -> None:
    result = run("http://cin7.invalid/api", "branches", request_timeout=1)
    assert any("http" in line and "credentials" in line for line in result.warnings)


def test_credentials_to_http_on_this_machine_are_nothing_to_warn_of() -> None:
    with Omni(ahead=-3_600) as server:
        orders(server, 3)
        assert not run(server, "sales_orders").warnings


def test_json_without_check_is_refused(tmp_path: Path) -> None:
    with Omni() as server:
        orders(server, 3)
        arguments = write(tmp_path, config=config_for(server), catalog=only("omni", "sales_orders"))
        result = cli(*arguments, "--json")
        assert result.exit_code != 0
        assert "--check" in result.stderr
        assert "Traceback" not in result.stderr
        assert not server.calls
        assert not result.stdout


@pytest.mark.parametrize("content", ["[1, 2]", "not JSON", "17", ""])
@pytest.mark.parametrize("option", ["config", "catalog", "state"])
def test_a_file_that_holds_no_object_is_named(tmp_path: Path, option: str, content: str) -> None:
    with Omni() as server:
        orders(server, 3)
        good = {"config": config_for(server), "catalog": only("omni", "sales_orders"), "state": {}}
        result = cli(*write(tmp_path, **{**good, option: content}))
        assert result.exit_code == 1, result.stderr
        assert "Traceback" not in result.stderr
        assert len(result.errors) == 1, result.stderr
        assert f"{option}.json" in result.errors[0]
        assert ACCESS["omni"]["api_key"] not in result.stderr


def test_a_config_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(b'{"api": "\xff\xfe"}')
    result = cli("--config", str(path))
    assert result.exit_code == 1
    assert "Traceback" not in result.stderr
    assert "config.json" in result.stderr


MAPS: dict[str, Row] = {
    "no expression": {"sales_orders": {"x": "((("}},
    "unknown name": {"sales_orders": {"x": "__import__('os').name"}},
    "no object": {"sales_orders": 17},
    "bad filter": {"sales_orders": {"__filter__": "1 +"}},
}


@pytest.mark.parametrize("stream_map", MAPS)
def test_a_stream_map_that_does_not_compile_gets_one_line(stream_map: str) -> None:
    with Omni(ahead=-3_600) as server:
        orders(server, 3)
        result = run(server, "sales_orders", stream_maps=MAPS[stream_map])
        assert result.exit_code == 1, result.stderr
        assert "Traceback" not in result.stderr, result.stderr
        assert any("stream_map" in line or "sales_orders" in line for line in result.errors)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("STOCK_INCREMENTAL", "maybe"),
        ("STOCK_INCREMENTAL", "2"),
        ("INCLUDE_BOM", "ja"),
        ("LOOKBACK_SECONDS", "0.5"),
    ],
)
def test_a_variable_that_is_not_what_its_setting_is_gets_one_line(
    variable: str, value: str
) -> None:
    with Omni() as server:
        settings = {
            f"TAP_CIN7_{name.upper()}": str(setting) for name, setting in config_for(server).items()
        }
        result = cli("--config=ENV", **{**settings, f"TAP_CIN7_{variable}": value})
        result.failed_with_one_line(variable, value)
        assert not server.calls


@pytest.mark.parametrize("value", ["true", "TRUE", "0", "no"])
def test_the_usual_words_for_yes_and_no_are_taken(value: str) -> None:
    result = cli("--config=ENV", "--discover", TAP_CIN7_STOCK_INCREMENTAL=value)
    assert result.exit_code == 0, result.stderr


@pytest.mark.parametrize("start", ["01.06.2026", "last month"])
@pytest.mark.parametrize("way", ["config", "environment"])
def test_a_start_date_that_is_no_date_is_refused(start: str, way: str) -> None:
    with Omni() as server:
        orders(server, 3)
        if way == "config":
            result = run(server, "sales_orders", start_date=start)
        else:
            settings = {
                f"TAP_CIN7_{name.upper()}": str(setting)
                for name, setting in config_for(server).items()
            }
            result = cli("--config=ENV", **settings, TAP_CIN7_START_DATE=start)
        result.failed_with_one_line("start_date", start)
        assert not server.calls


def test_api_and_start_date_are_declared_so_that_forms_know_them() -> None:
    about = json.loads(cli("--about", "--format=json").stdout)
    settings = about["settings"]["properties"]
    assert {"omni", "core", "core_v1"} <= set(settings["api"]["enum"])
    assert settings["start_date"].get("format") not in ("date-time", "date")
    assert "document" in settings["start_date"]["description"].lower()


@pytest.mark.parametrize(
    "store", ["sqlite:~nobody/x", "sqlite:~no-such-user/quota.db", "sqlite:", "sqlite:a\0b"]
)
def test_a_quota_store_that_can_not_be_is_named(store: str) -> None:
    with Omni() as server:
        orders(server, 3)
        run(server, "sales_orders", quota_store=store).failed_with_one_line("quota_store")


def test_a_refused_page_is_named_by_its_stream() -> None:
    with Omni(ahead=-3_600) as server:
        orders(server, 600)
        server.before("/v1/SalesOrders", 2, lambda _call: Reply(b'"no"', 400))
        result = run(server, "sales_orders")
        assert result.exit_code == 1
        assert any("sales_orders" in line for line in result.errors)


def test_a_document_that_is_refused_is_named_by_its_key() -> None:
    with Core(ahead=-3_600) as server:
        sales(server, 5)
        body = b'[{"ErrorCode":400,"Exception":"Invalid state"}]'
        server.before("/sale", 3, lambda _call: Reply(body, 400))
        result = run(server, "sales", max_parallel_requests=1)
        refused = [call.query["ID"] for call in result.calls if call.path == "/sale"][2]
        assert result.exit_code == 1
        assert any("sales" in line and refused in line for line in result.errors), result.stderr


def test_a_row_without_its_key_is_named_by_stream_and_position() -> None:
    with Core(ahead=-3_600) as server:
        served = server.list("/ref/brand", "BrandList", "ID")
        served.table.put(*({"ID": guid(number), "Name": "n"} for number in range(4)))
        served.table.put({"ID": None, "Name": "keyless", "LastModifiedOn": stamp(server.now)})
        result = run(server, "brands")
        assert result.keys("brands", "ID") == {guid(number) for number in range(4)}
        assert any("brands" in line for line in result.warnings), result.stderr


def test_discovery_needs_no_setting() -> None:
    assert len(discovered("omni")["streams"]) > 20
