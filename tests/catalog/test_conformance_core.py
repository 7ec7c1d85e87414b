from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.testing import TapTestRunner, get_tap_test_class

from sandbox import Sandbox
from tests.catalog.suite import WithoutRuns
from tests.support import config_for, discovered, run_tap
from tests.support_core import keys_of, run_core, select, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support import Result, Row

NOWHERE = "http://127.0.0.1:9/ExternalApi/v2"
"""The suite is made before any server runs; the fixture below tells where to read from."""


def config(server: Sandbox | str) -> Row:
    return config_for(server, **settings(server, include_movements=True))


SUITE: Any = get_tap_test_class(
    WithoutRuns,
    config=config(NOWHERE),
    parse_env_config=False,
    catalog=select(),
)


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with Sandbox(default_rows=24) as running:
        # The suite syncs each part on its own, after its parent: it sees the overlap alone.
        for stream in ("product_families", "products"):
            running.core.store.touch(stream, *running.core.store.keys(stream))
        yield running


# Parts declare all fields of the endpoint that they stand for; some only that one has.
@pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records:UserWarning")
class TestCore(SUITE):  # type: ignore[misc]
    """The SDK's own suite."""

    @pytest.fixture(scope="class")
    @classmethod
    def runner(cls, server: Sandbox) -> TapTestRunner:
        runner = TapTestRunner(
            WithoutRuns, config=config(server), parse_env_config=False, catalog=select()
        )
        runner.sync_all()
        return runner


@pytest.fixture(scope="module")
def run(server: Sandbox) -> Result:
    result = run_core(server, select(), include_movements=True)
    assert result.exit_code == 0, result.stderr
    return result


def test_every_stream_of_the_catalog_gives_records(run: Result) -> None:
    names = {entry["tap_stream_id"] for entry in discovered("core")["streams"]}
    assert run.records.keys() == run.schemas.keys() == names


def test_a_run_without_a_complaint(run: Result) -> None:
    assert not run.errors
    assert not run.warnings


def test_no_key_occurs_twice_or_is_null(run: Result) -> None:
    for stream, records in run.records.items():
        names = keys_of(stream, run)
        assert names
        keys = Counter(tuple(record[name] for name in names) for record in records)
        assert None not in {part for key in keys for part in key}, stream
        assert keys.most_common(1)[0][1] == 1, stream


def test_no_row_is_lost(server: Sandbox, run: Result) -> None:
    for stream, table in server.core.store.tables.items():
        assert len(run.records[stream]) == len(table.by_id), stream


def test_parts_have_what_their_parents_hold(run: Result) -> None:
    sales, purchases = run.records["sales"], run.records["purchases"]
    inside = {
        "sale_invoices": sum(len(sale["Invoices"]) for sale in sales),
        "sale_invoice_lines": sum(len(one["Lines"]) for sale in sales for one in sale["Invoices"]),
        "sale_order_lines": sum(len(sale["Order"]["Lines"]) for sale in sales),
        "sale_fulfilments": sum(len(sale["Fulfilments"]) for sale in sales),
        "sale_credit_notes": sum(len(sale["CreditNotes"]) for sale in sales),
        "sale_inventory_movements": sum(len(sale["InventoryMovements"]) for sale in sales),
        "purchase_stock_received": sum(len(one["StockReceived"] or ()) for one in purchases),
        "purchase_invoices": sum(len(one["Invoice"] or ()) for one in purchases),
        "product_suppliers": sum(len(one["Suppliers"]) for one in run.records["products"]),
    }
    assert {stream: len(run.records[stream]) for stream in inside} == inside
    assert all(inside.values())


def test_the_final_state_has_no_unfinished_business(run: Result) -> None:
    assert run.messages[-1]["type"] == "STATE"
    final = run.states[-1]
    assert final.keys() == {"bookmarks"}
    assert "progress_markers" not in json.dumps(final)
    assert not [one for one in final["bookmarks"].values() if one.get("resume")]
    loads = [one["load"] for one in final["bookmarks"].values() if one.get("load")]
    assert loads
    assert all(load["over"] for load in loads)
    for stream, bookmark in final["bookmarks"].items():
        key = bookmark.get("replication_key")
        if key is not None:
            stamps = [record[key] for record in run.records[stream] if record[key]]
            assert bookmark["replication_key_value"] >= max(stamps)


def test_a_schema_comes_before_the_records_of_its_stream(run: Result) -> None:
    known = set()
    for message in run.messages:
        if message["type"] == "SCHEMA":
            known.add(message["stream"])
        elif message["type"] == "RECORD":
            assert message["stream"] in known


def test_without_a_catalog_documents_and_their_lines_are_read(server: Sandbox) -> None:
    result = run_tap(server, **settings(server))
    assert result.exit_code == 0, result.stderr
    assert {"sales", "sale_list", "sale_order_lines", "products"} <= result.records.keys()
    assert not result.records.keys() & {
        "sale_orders",
        "product_markup_prices",
        "simple_purchases",
    }
