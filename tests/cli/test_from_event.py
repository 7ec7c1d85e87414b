"""``--from-event``: a run that reads just the documents which notifications name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Sandbox
from tests.support import bookmarks, config_for, run_cli
from tests.support_core import asked, run_core, select, settings
from tests.support_run import files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support import Result, Row

STREAMS = ("sales", "sale_order_lines", "products", "brands", "stock_transfers")


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    """Serve data that no test changes."""
    with Sandbox(default_rows=20) as running:
        yield running


@pytest.fixture(scope="module")
def state(server: Sandbox) -> Row:
    """Return the state of a run before."""
    return run_core(server, select(*STREAMS)).states[-1]


def ids(server: Sandbox, stream: str) -> list[str]:
    return [key[0] for key in server.core.store.keys(stream)]


def notified(server: Sandbox, folder: Path, state: Row, *bodies: Any) -> Result:  # noqa: ANN401
    """Run with some bodies, one a line."""
    events = folder / "events.jsonl"
    events.write_text("\n".join(map(json.dumps, bodies)))
    server.reset_calls()
    config = config_for(server, **settings(server))
    with files(config=config, catalog=select(*STREAMS), state=state) as options:
        return run_cli(*options, "--from-event", str(events))


def test_just_the_named_documents_are_read_with_what_is_cut_from_them(
    server: Sandbox, state: Row, tmp_path: Path
) -> None:
    sale, product = ids(server, "sale_list")[3], ids(server, "products")[5]
    result = notified(
        server,
        tmp_path,
        state,
        {"EventType": "Sale/OrderAuthorised", "SaleID": sale.upper()},
        {"EventType": "sale/voided", "SaleID": sale},
        {"EventType": "Product/Updated", "ProductDetailsList": [{"ID": product}]},
    )
    assert result.exit_code == 0, result.stderr
    assert [row["ID"] for row in result.records["sales"]] == [sale]
    assert {row["SaleID"] for row in result.records["sale_order_lines"]} == {sale}
    assert [row["ID"] for row in result.records["products"]] == [product]
    assert not {"brands", "stock_transfers"} & result.records.keys()
    assert [query["ID"] for query in asked(server, "/sale")] == [sale]
    assert not asked(server, "/saleList")


def test_no_bookmark_moves_and_nothing_is_reported_as_gone(
    server: Sandbox, state: Row, tmp_path: Path
) -> None:
    sale = ids(server, "sale_list")[0]
    body = {"EventType": "Sale/Voided", "SaleID": sale}
    result = notified(server, tmp_path, state, body)
    assert result.states[-1] == state
    assert "ACTIVATE_VERSION" not in {message["type"] for message in result.messages}
    fresh = notified(server, tmp_path, {}, body)
    assert fresh.exit_code == 0, fresh.stderr
    assert not bookmarks(fresh)


def test_a_document_that_is_gone_is_no_failure(server: Sandbox, state: Row, tmp_path: Path) -> None:
    gone = "00000000-0000-4000-8000-000000000000"
    result = notified(server, tmp_path, state, {"EventType": "Sale/Voided", "SaleID": gone})
    assert result.exit_code == 0, result.stderr
    assert "sales" not in result.records
    assert any(gone in line for line in result.warnings)


def test_events_that_nobody_knows_are_named_and_skipped(
    server: Sandbox, state: Row, tmp_path: Path
) -> None:
    sale = ids(server, "sale_list")[1]
    result = notified(
        server,
        tmp_path,
        state,
        {"EventType": "Moon/Rose", "ID": sale},
        {"EventType": "Sale/Voided", "SaleID": sale},
    )
    assert result.exit_code == 0, result.stderr
    assert any("Moon/Rose" in line for line in result.warnings)
    assert [row["ID"] for row in result.records["sales"]] == [sale]


@pytest.mark.parametrize("text", ["{", '{"EventType": "Sale/Voided"}\nnot json'])
def test_what_is_not_json_gives_one_line(text: str, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_text(text)
    with files(config={"api": "core"}) as options:
        result = run_cli(*options, "--from-event", str(events))
    assert result.exit_code == 1
    (error,) = result.errors
    assert str(events) in error
    assert "not JSON" in error


def test_a_file_of_windows_is_read_too(server: Sandbox, state: Row, tmp_path: Path) -> None:
    events, sale = tmp_path / "event.json", ids(server, "sale_list")[2]
    body = json.dumps({"EventType": "Sale/Voided", "SaleID": sale}, indent=1)
    events.write_bytes(b"\xef\xbb\xbf" + body.replace("\n", "\r\n").encode())
    config = config_for(server, **settings(server))
    with files(config=config, catalog=select("sales"), state=state) as options:
        result = run_cli(*options, "--from-event", str(events))
    assert [row["ID"] for row in result.records["sales"]] == [sale], result.stderr


def test_omni_has_no_events(tmp_path: Path) -> None:
    events = tmp_path / "event.json"
    events.write_text('{"EventType": "Sale/Voided", "SaleID": "a"}')
    with files(config={"api": "omni", "username": "u", "api_key": "k"}) as options:
        result = run_cli(*options, "--from-event", str(events))
    assert result.exit_code == 1
    assert "Cin7 Omni sends none" in result.errors[0]


@pytest.mark.parametrize("stream", ["sale_order_lines", "saels", "product_availability_snapshots"])
def test_ids_of_a_stream_that_is_not_asked_for_are_refused(server: Sandbox, stream: str) -> None:
    config = config_for(server, **settings(server), only_ids={stream: ["a"]})
    with files(config=config, catalog=select("sales", "sale_order_lines")) as options:
        result = run_cli(*options)
    assert result.exit_code == 1
    assert not result.records
    assert stream in result.errors[0]


def test_a_file_that_is_not_there_gives_one_line(tmp_path: Path) -> None:
    with files(config={"api": "core"}) as options:
        result = run_cli(*options, "--from-event", str(tmp_path / "missing.json"))
    assert result.exit_code == 1
    (error,) = result.errors
    assert "missing.json" in error
