"""Rows of an index list that name no document of their own change the one they are part of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tap_cin7.core.index_lists import IndexRows
from tap_cin7.core.resources.production_details import ProductionOrders, ProductionRuns
from tap_cin7.core.resources.sale_details import Sales

if TYPE_CHECKING:
    from tap_cin7.core.index_lists import IndexRow

ORDER = {"TaskID": "p1", "ProductionOrderID": "p1", "Type": "O", "Status": "COMPLETED"}
OTHER = {**ORDER, "TaskID": "p2", "ProductionOrderID": "p2"}
RUN = {**ORDER, "TaskID": "r1", "ProductionOrderID": "P1", "Type": "R", "Status": "RELEASED"}


def index_rows(*rows: dict[str, Any]) -> dict[str, IndexRow]:
    taken = IndexRows(ProductionRuns.index, {ProductionRuns: {}, ProductionOrders: {}})
    for row in rows:
        taken.take(msgspec.json.encode(row))
    given = taken.give(ProductionRuns)
    assert taken.give(ProductionOrders) == given
    return {row.id: row for row in given}


@pytest.mark.parametrize(
    "now", [(), ({**RUN, "Quantity": 2},), (RUN, {**RUN, "TaskID": "r2"})], ids=str
)
def test_a_run_that_changes_comes_or_goes_changes_its_order_only(
    now: tuple[dict[str, Any], ...],
) -> None:
    before, after = index_rows(ORDER, OTHER, RUN), index_rows(ORDER, OTHER, *now)
    assert before.keys() == after.keys() == {"p1", "p2"}
    assert before["p1"].digest != after["p1"].digest
    assert before["p2"] == after["p2"]


def test_a_run_does_not_keep_a_completed_order_open() -> None:
    assert index_rows(ORDER, RUN)["p1"].is_final


def test_a_run_without_its_order_names_no_document() -> None:
    assert index_rows(RUN) == {}


@pytest.mark.parametrize(
    ("column", "wanted", "sent"),
    [
        ("InvoiceAmount", "12.50", b"12.50"),
        ("InvoiceAmount", "1234567890.12345678901", b"1234567890.12345678901"),
        ("InvoiceAmount", "7", b"7"),
        ("Status", "authorised", b'"AUTHORISED"'),
    ],
)
def test_documents_are_wanted_by_any_column_as_it_is_written(
    column: str, wanted: str, sent: bytes
) -> None:
    for asked, is_wanted in ((wanted, True), ("another", False)):
        taken = IndexRows(Sales.index, {Sales: {column: [asked]}})
        taken.take(
            b'{"SaleID": "s1", "Updated": "2026-01-01T00:00:00Z", "%b": %b}'
            % (column.encode(), sent)
        )
        assert [row.is_wanted for row in taken.give(Sales)] == [is_wanted]
