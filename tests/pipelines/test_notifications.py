"""From the body of a webhook to rows in DuckDB, through Meltano.

The ERP gateway that this comes from reacts to five events: a product updated, a purchase
authorised, a sale picked, a sale voided, a stock transfer order authorised.
"""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Sandbox
from tests.pipelines.accounts import CORE
from tests.pipelines.databases import DuckDb
from tests.pipelines.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STREAMS = ("products", "sale_list", "purchase_list")
LINES = ("sale_order_lines", "purchase_order_lines")
DETAILS = ("sales", "purchases", "stock_transfers")
SCHEMA = CORE.schema


@pytest.fixture(scope="module")
def cin7() -> Iterator[Sandbox]:
    with Sandbox(default_rows=30) as running:
        yield running


@pytest.fixture
def pipeline(cin7: Sandbox, tmp_path: Path) -> Pipeline:
    account = dataclasses.replace(
        CORE,
        streams=STREAMS,
        lines={name: CORE.lines.get(name, ("", "")) for name in LINES},
        details={name: CORE.details.get(name, "") for name in DETAILS},
    )
    # Only `meltano run` takes the schema from the extractor.
    schema = {"TARGET_DUCKDB_DEFAULT_TARGET_SCHEMA": SCHEMA}
    return Pipeline(account, cin7, DuckDb(tmp_path / "cin7.duckdb"), tmp_path, schema)


def ids(cin7: Sandbox, stream: str) -> list[str]:
    return [str(key[0]) for key in cin7.core.store.keys(stream)]


def column(pipeline: Pipeline, table: str, name: str) -> set[Any]:
    return {row[0] for row in pipeline.database.rows(SCHEMA, table, [name])}


def test_each_notification_of_the_gateway_leads_to_its_documents_in_duckdb(
    cin7: Sandbox, pipeline: Pipeline, tmp_path: Path
) -> None:
    product = ids(cin7, "products")[4]
    purchase = ids(cin7, "purchase_list")[2]
    picked, voided = ids(cin7, "sale_list")[3], ids(cin7, "sale_list")[7]
    transfer = ids(cin7, "stock_transfer_list")[0]
    cin7.core.store.void("sale_list", voided)
    bodies = tmp_path / "bodies.jsonl"
    sent = [
        {"EventType": "Product/Updated", "ProductDetailsList": [{"ID": product.upper()}]},
        {"EventType": "Purchase/OrderAuthorised", "TaskID": purchase},
        {"EventType": "Sale/PickAuthorised", "SaleID": picked.upper()},
        {"EventType": "Sale/Voided", "SaleID": voided},
        {"EventType": "Stock/TransferOrderAuthorised", "TaskID": transfer.upper()},
        {"EventType": "Moon/Rose", "ID": picked},
    ]
    bodies.write_text("".join(json.dumps(body) + "\n" for body in sent))
    log = pipeline.load_notified(bodies)
    assert column(pipeline, "products", "id") == {product}
    assert column(pipeline, "purchases", "id") == {purchase}
    assert column(pipeline, "purchase_order_lines", "purchaseid") <= {purchase}
    assert column(pipeline, "sales", "id") == {picked, voided}
    assert column(pipeline, "sale_list", "saleid") == {picked, voided}
    assert "VOIDED" in column(pipeline, "sales", "status")
    assert column(pipeline, "stock_transfers", "taskid") == {transfer}
    assert "Moon/Rose" in log
