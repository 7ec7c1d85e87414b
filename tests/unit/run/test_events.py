"""Notifications: which documents a webhook's body names."""

from __future__ import annotations

import json

import pytest

from tap_cin7.errors import BadInput
from tap_cin7.run.events import ids_of

SALE = {"EventType": "Sale/Voided", "SaleID": "3F0C-A", "OrderNumber": "SO-1"}


def test_a_sale_is_read_with_its_header_row() -> None:
    assert ids_of(json.dumps(SALE), "f") == {"sales": ["3f0c-a"], "sale_list": ["3f0c-a"]}


def test_one_document_is_read_once_however_often_it_is_named() -> None:
    lines = "\n".join([json.dumps(SALE), "", json.dumps({**SALE, "SaleID": "3f0c-a"})])
    assert ids_of(lines, "f")["sales"] == ["3f0c-a"]


@pytest.mark.parametrize(
    ("body", "streams"),
    [
        ({"EventType": "Sale/InvoiceAuthorised", "SaleTaskID": "a"}, {"sales", "sale_list"}),
        ({"EventType": "Purchase/OrderAuthorised", "TaskID": "a"}, {"purchases", "purchase_list"}),
        (
            {"EventType": "Purchase/Updated", "CustomerDetailsList": [{"ID": "a"}]},
            {"purchases", "purchase_list"},
        ),
        ({"EventType": "Product/Updated", "ProductDetailsList": [{"ID": "a"}]}, {"products"}),
        (
            {"EventType": "Customer/Updated", "CustomerDetailsList": [{"Customer": {"ID": "a"}}]},
            {"customers"},
        ),
        (
            {"EventType": "Supplier/Updated", "SupplierDetailsList": [{"Supplier": {"ID": "a"}}]},
            {"suppliers"},
        ),
        ({"EventType": "Lead/Converted", "LeadID": "a"}, {"crm_leads"}),
        ({"eventtype": "sale/picKAuthorised"}, set()),
        ({"eventtype": "sale/picKAuthorised", "saleid": "A"}, {"sales", "sale_list"}),
        (
            [{"EventType": "Stock/AvailableStockLevelChanged", "ProductID": "A", "SKU": "s"}],
            {"product_availability"},
        ),
        (
            [{"EventType": "Stock/AvailableStockLevelChanged", "ID": None, "SKU": "A"}],
            {"product_availability"},
        ),
        ([{"EventType": "Task/Overdue", "TaskID": "a"}], {"crm_tasks"}),
        ({"EventType": "Sale/Voided", "SaleID": {"ID": "a"}}, set()),
    ],
)
def test_ids_are_found_where_each_event_holds_them(body: object, streams: set[str]) -> None:
    found = ids_of(json.dumps(body), "f")
    assert set(found) == streams
    assert all(ids == ["a"] for ids in found.values())


def test_an_unknown_event_is_named_and_skipped(caplog: pytest.LogCaptureFixture) -> None:
    assert ids_of(json.dumps([{"EventType": "Moon/Risen", "ID": 1}, SALE]), "f")["sales"]
    assert "Moon/Risen" in caplog.text


def test_what_is_not_json_is_refused_with_its_line() -> None:
    with pytest.raises(BadInput, match="line 2 of the events in inbox"):
        ids_of(json.dumps(SALE) + "\n{oops", "inbox")
