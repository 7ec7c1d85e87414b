"""Which documents the body of a notification names."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_cin7.run.events import Event, events_of

ONE, TWO = "0000000a-0000-4000-8000-000000000000", "0000000b-0000-4000-8000-000000000000"


def event(body: Any) -> Event:  # noqa: ANN401
    (found,) = events_of(json.dumps(body).encode())
    return found


def names(body: Any) -> dict[str, list[str]]:  # noqa: ANN401
    return {stream: list(found) for stream, found in event(body).names.items()}


SALE = {"sales": [ONE], "sale_list": [ONE]}
PURCHASE = {"purchases": [ONE], "purchase_list": [ONE]}
TRANSFER = {"stock_transfers": [ONE], "stock_transfer_list": [ONE]}
STOCK = "Stock/AvailableStockLevelChanged"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        # The five of the ERP gateway.
        (
            {"EventType": "Product/Updated", "ProductDetailsList": [{"ID": ONE}]},
            {"products": [ONE]},
        ),
        ({"EventType": "Purchase/OrderAuthorised", "TaskID": ONE.upper()}, PURCHASE),
        ({"EventType": "Sale/PickAuthorised", "SaleID": ONE}, SALE),
        ({"EventType": "Sale/Voided", "SaleID": ONE}, SALE),
        ({"EventType": "Stock/TransferOrderAuthorised", "TaskID": ONE}, TRANSFER),
        # Other spellings of them.
        ({"EventType": "StockTransfer/OrderAuthorised", "TaskID": ONE}, TRANSFER),
        ({"EventType": "Stock/Stock transfer order authorized", "TaskID": ONE}, TRANSFER),
        ({"EventType": "purchase/orderauthorized", "taskid": ONE}, PURCHASE),
        ({"EventType": "Sale/PickAuthorized", "SaleTaskID": ONE}, SALE),
        ({"EventType": "Sale/PickAuthorised", "TaskID": ONE}, SALE),
        # As live accounts send them, and as the vendor's samples are.
        (
            {
                "EventType": "Customer/Updated",
                "CustomerDetailsList": [
                    {"Event": "Update", "ID": ONE},
                    {"Customer": {"ID": TWO}},
                ],
            },
            {"customers": [ONE, TWO]},
        ),
        (
            {"EventType": "Supplier/Updated", "SupplierDetailsList": [{"ID": ONE}]},
            {"suppliers": [ONE]},
        ),
        (
            {"EventType": "Purchase/Updated", "CustomerDetailsList": [{"ID": ONE}]},
            PURCHASE,
        ),
        (
            {"EventType": "Lead/Updated", "LeadsDetailsList": [{"LeadID": ONE}]},
            {"crm_leads": [ONE]},
        ),
        ({"EventType": "Lead/Converted", "LeadID": ONE}, {"crm_leads": [ONE]}),
        (
            {"EventType": "Opportunity/Authorized", "OpportunityID": ONE},
            {"crm_opportunities": [ONE]},
        ),
        ([{"EventType": "Task/Overdue", "TaskID": ONE}], {"crm_tasks": [ONE]}),
        (
            [{"EventType": STOCK, "ProductID": ONE}, {"EventType": STOCK, "SKU": "A-1"}],
            {"product_availability": [ONE, "A-1"]},
        ),
        # A type that stands beside the body, or nowhere.
        (
            {"headers": {"Event-Type": STOCK}, "body": [{"SKU": "A-1"}, {"ProductID": ONE}]},
            {"product_availability": ["A-1", ONE]},
        ),
        ([{"SKU": "A-1", "Location": "Main", "Available": 3}], {"product_availability": ["A-1"]}),
        # The number finds the document where the id is that of a task.
        (
            {"EventType": "Sale/ShipmentAuthorised", "SaleTaskID": ONE, "OrderNumber": "SO-1"},
            {"sales": [f"{ONE}|SO-1"], "sale_list": [f"{ONE}|SO-1"]},
        ),
        (
            {"EventType": "Sale/Created", "OrderNumber": "SO-1"},
            {"sales": ["|SO-1"], "sale_list": ["|SO-1"]},
        ),
    ],
)
def test_a_body_leads_to_its_documents(body: Any, found: dict[str, list[str]]) -> None:  # noqa: ANN401
    assert names(body) == found
    assert event(body).problems == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"EventType": "Moon/Rose", "ID": ONE}, "'Moon/Rose' names no document that is known"),
        ({"ID": ONE}, "without an EventType"),
        ({"EventType": "Sale/Voided", "SaleID": ""}, "came without SaleID"),
        ([], "is not a notification"),
        ("text", "is not a notification"),
    ],
)
def test_a_body_that_leads_to_nothing_says_why(body: Any, words: str) -> None:  # noqa: ANN401
    found = event(body)
    assert words in " ".join(found.problems)
    assert not found.names
    assert not found.is_done(lambda _: {})


def test_lines_end_with_a_line_feed_only() -> None:
    bodies = [
        {"EventType": "Sale/Voided", "SaleID": ONE, "Note": f"a{character}b"}
        for character in ("\u2028", "\u2029", "\x85", "\x1c")
    ]
    lines = "\r\n".join(json.dumps(one, ensure_ascii=False) for one in bodies)
    found = events_of(b"\xef\xbb\xbf" + lines.encode())
    assert [list(one.names["sales"]) for one in found] == [[ONE]] * 4


def test_what_is_nested_too_deeply_is_one_problem() -> None:
    good = json.dumps({"EventType": "Sale/Voided", "SaleID": ONE})
    for deep in ("[" * 100_000, '{"a":' * 100_000):
        bad, other = events_of(f"{deep}\n{good}".encode())
        assert bad.is_broken
        assert bad.problems == ["line 1 is not JSON: nested too deeply"]
        assert list(other.names["sales"]) == [ONE]


@pytest.mark.parametrize("closing", [True, False])
def test_a_single_body_that_is_nested_too_deeply_is_one_problem(*, closing: bool) -> None:
    (bad,) = events_of(b"[" * 100_000 + b"]" * (100_000 * closing))
    assert len(bad.problems) == 1
    assert not bad.names


def test_an_event_is_done_when_all_its_documents_came() -> None:
    body = [{"EventType": "Sale/Voided", "SaleID": one} for one in (ONE, TWO)]
    found = event(body)
    assert found.is_done(lambda stream: {ONE: True, TWO: True} if stream == "sales" else {})
    assert not found.is_done(lambda _: {ONE: True, TWO: False})
    assert not found.is_done(lambda _: {ONE: True})


def test_an_id_that_can_not_be_sent_is_named_and_holds_up_no_other() -> None:
    bad = {"EventType": "Sale/Voided", "SaleID": "a\nb"}
    found = event([bad, {"EventType": "Sale/Voided", "SaleID": ONE}])
    assert list(found.names["sales"]) == [ONE]
    (problem,) = found.problems
    assert "Sale/Voided" in problem


@given(st.binary(max_size=200))
def test_no_file_makes_it_fail(content: bytes) -> None:
    for found in events_of(content):
        assert found.names or found.problems


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["EventType", "SaleID", "ID", "CustomerDetailsList", "headers", "body"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(_json)
def test_no_body_makes_it_fail(body: Any) -> None:  # noqa: ANN401
    found = event(body)
    assert found.names or found.problems
