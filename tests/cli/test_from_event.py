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


def test_the_documents_of_an_event_are_read_whatever_the_environment_asks_for(
    server: Sandbox, tmp_path: Path
) -> None:
    sale, brand = ids(server, "sale_list")[3], ids(server, "brands")[2]
    events = tmp_path / "events.jsonl"
    events.write_text(json.dumps({"EventType": "Sale/Voided", "SaleID": sale}))
    config = config_for(server, **settings(server))
    with files(config=config, catalog=select(*STREAMS)) as options:
        only_ids = json.dumps({"brands": [brand]})
        arguments = (*options, "--config=ENV", "--from-event", str(events))
        result = run_cli(*arguments, TAP_CIN7_ONLY_IDS=only_ids)
    assert result.exit_code == 0, result.stderr
    assert [row["ID"] for row in result.records["sales"]] == [sale]
    assert "brands" not in result.records


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


def test_a_document_that_cin7_does_not_have_is_named_and_holds_up_no_other(
    server: Sandbox, state: Row, tmp_path: Path
) -> None:
    gone, there = "00000000-0000-4000-8000-000000000000", ids(server, "sale_list")[2]
    bodies = [{"EventType": "Sale/Voided", "SaleID": one} for one in (gone, there)]
    result = notified(server, tmp_path, state, *bodies)
    assert result.exit_code == 1
    assert [row["ID"] for row in result.records["sales"]] == [there]
    assert any(f"sales: could not be had: {gone}" in line for line in result.warnings)
    assert any(f"failed, could not be had: {gone}" in line for line in result.errors)
    assert result.states[-1] == state


def test_the_number_finds_the_document_where_the_id_is_that_of_a_task(
    server: Sandbox, state: Row, tmp_path: Path
) -> None:
    row = server.core.store.rows("sale_list")[4]
    body = {"EventType": "Sale/ShipmentAuthorised", "OrderNumber": row["OrderNumber"].lower()}
    for more in ({"SaleTaskID": "00000022-0000-4000-8000-000000000000"}, {}):
        result = notified(server, tmp_path, state, {**body, **more})
        assert result.exit_code == 0, result.stderr
        assert [sale["ID"] for sale in result.records["sales"]] == [row["SaleID"]]
        assert result.states[-1] == state


def test_a_transfer_is_found_by_its_task(server: Sandbox, state: Row, tmp_path: Path) -> None:
    transfer = ids(server, "stock_transfer_list")[1]
    body = {"EventType": "Stock/TransferOrderAuthorised", "TaskID": transfer}
    result = notified(server, tmp_path, state, body)
    assert [row["TaskID"] for row in result.records["stock_transfers"]] == [transfer]


def test_one_document_that_fails_does_not_hold_up_the_others(state: Row, tmp_path: Path) -> None:
    with Sandbox(default_rows=20) as server:
        bad, good = ids(server, "sale_list")[:2]
        server.fail_next("sales", 400)
        result = notified(
            server,
            tmp_path,
            state,
            *({"EventType": "Sale/Voided", "SaleID": one} for one in (bad, good)),
        )
    assert result.exit_code == 1
    assert [row["ID"] for row in result.records["sales"]] == [good]
    assert any(bad in line for line in result.errors)
    assert result.states[-1] == state


@pytest.mark.parametrize("selected", [("brands", "sale_list"), ("sale_list",), ("brands",)])
def test_what_an_event_names_is_read_whatever_the_catalog_of_another_run_selects(
    server: Sandbox, tmp_path: Path, selected: tuple[str, ...]
) -> None:
    events, sale = tmp_path / "event.json", ids(server, "sale_list")[2]
    events.write_text(json.dumps({"EventType": "Sale/Voided", "SaleID": sale}))
    config = config_for(server, **settings(server))
    with files(config=config, catalog=select(*selected)) as options:
        result = run_cli(*options, "--from-event", str(events))
    assert result.exit_code == 0, result.stderr
    assert [row["ID"] for row in result.records["sales"]] == [sale]
    assert result.records["sale_order_lines"]
    assert ("sale_list" in result.records) == ("sale_list" in selected)
    assert "brands" not in result.records
    assert "sales: read, as it is named, although the catalog leaves it out" in result.stderr


def test_a_catalog_that_deselects_each_column_of_what_is_named_does_not_count(
    server: Sandbox, tmp_path: Path
) -> None:
    events, sale = tmp_path / "event.json", ids(server, "sale_list")[2]
    events.write_text(json.dumps({"EventType": "Sale/Voided", "SaleID": sale}))
    with files(config={"api": "core"}) as options:
        catalog = json.loads(run_cli(*options, "--discover").stdout)
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            item["metadata"]["selected"] = entry["tap_stream_id"] == "sale_list"
    config = config_for(server, **settings(server))
    with files(config=config, catalog=catalog) as options:
        result = run_cli(*options, "--from-event", str(events))
    assert result.exit_code == 0, result.stderr
    (row,) = result.records["sales"]
    assert row["Customer"]
    assert result.records["sale_order_lines"]


def test_a_part_that_is_selected_alone_stays_alone(server: Sandbox, tmp_path: Path) -> None:
    events, sale = tmp_path / "event.json", ids(server, "sale_list")[2]
    events.write_text(json.dumps({"EventType": "Sale/Voided", "SaleID": sale}))
    config = config_for(server, **settings(server))
    with files(config=config, catalog=select("sale_order_lines")) as options:
        result = run_cli(*options, "--from-event", str(events))
    assert result.records.keys() == {"sale_order_lines"}


def test_bodies_that_led_to_nothing_are_left(server: Sandbox, tmp_path: Path) -> None:
    events, left = tmp_path / "events.jsonl", tmp_path / "left.jsonl"
    sale, gone = ids(server, "sale_list")[2], "00000000-0000-4000-8000-000000000000"
    lines = [
        json.dumps({"EventType": "Moon/Rose", "ID": sale}),
        json.dumps({"EventType": "Sale/Voided", "SaleID": gone}),
        "no json",
        json.dumps({"EventType": "Sale/Voided", "SaleID": sale}),
    ]
    events.write_text("\n".join(lines))
    config = config_for(server, **settings(server))
    with files(config=config, catalog=select("sales")) as options:
        result = run_cli(*options, "--from-event", str(events), "--leave", str(left))
    assert result.exit_code == 1  # as one of them could not be had
    assert [row["ID"] for row in result.records["sales"]] == [sale]
    assert left.read_text().splitlines() == lines[:3]


def test_leave_goes_with_events_and_must_be_writable(server: Sandbox, tmp_path: Path) -> None:
    with files(config=config_for(server, **settings(server))) as options:
        result = run_cli(*options, "--leave", "left.jsonl")
        assert "--leave goes with --from-event" in result.errors[0]
        events = tmp_path / "event.json"
        events.write_text("[]")
        nowhere = tmp_path / "no" / "folder"
        result = run_cli(*options, "--from-event", str(events), "--leave", str(nowhere))
    assert result.exit_code == 1
    assert str(nowhere) in result.errors[0]
    assert "Traceback" not in result.stderr


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


@pytest.mark.parametrize(
    "text", ["{", '{"EventType": "Sale/Voided"}\nnot json', "[" * 100_000, "\xff{"]
)
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


@pytest.mark.parametrize("selected", [("brands",), ("brands", "sale_list")])
@pytest.mark.parametrize("more", [(), ("brands",)])
def test_ids_of_a_stream_that_the_catalog_leaves_out_are_refused(
    server: Sandbox, selected: tuple[str, ...], more: tuple[str, ...]
) -> None:
    named = {stream: [ids(server, stream)[0]] for stream in more}
    server.reset_calls()
    only_ids = {**named, "sales": [ids(server, "sale_list")[0]]}
    config = config_for(server, **settings(server), only_ids=only_ids)
    with files(config=config, catalog=select(*selected)) as options:
        result = run_cli(*options)
    assert result.exit_code == 1
    assert not result.records
    assert not server.calls
    (error,) = result.errors
    assert "'only_ids'" in error
    assert "sales" in error


def test_ids_of_a_stream_of_which_only_a_part_is_selected_are_read(server: Sandbox) -> None:
    sale = ids(server, "sale_list")[2]
    config = config_for(server, **settings(server), only_ids={"sales": [sale]})
    with files(config=config, catalog=select("sale_order_lines", "brands")) as options:
        result = run_cli(*options)
    assert result.exit_code == 0, result.stderr
    assert result.records.keys() == {"sale_order_lines"}


def test_a_file_that_is_not_there_gives_one_line(tmp_path: Path) -> None:
    with files(config={"api": "core"}) as options:
        result = run_cli(*options, "--from-event", str(tmp_path / "missing.json"))
    assert result.exit_code == 1
    (error,) = result.errors
    assert "missing.json" in error
