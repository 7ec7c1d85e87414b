"""One document: its envelope, its second endpoint, its path."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, ClassVar

import msgspec
import pytest

from tap_cin7.client.metrics import StreamMetrics
from tap_cin7.core.endpoints import Document, as_advanced, get_document, is_shell, renamed
from tap_cin7.core.index_lists import digest
from tap_cin7.core.resource import CoreDetail, CoreList
from tap_cin7.errors import GaveUp, StreamFailed
from tap_cin7.rows.fields import STR, TEXT_KEY, record
from tap_cin7.settings import Settings
from tests.unit.core.account import Account, Table, run

SHELL = {"ID": "p1", "Type": "Simple Purchase", "CombinedReceivingStatus": "FULLY RECEIVED"}
RECEIVED = {"Status": "AUTHORISED", "Lines": [{"Quantity": 1}]}


def raw(value: Any) -> msgspec.Raw:  # noqa: ANN401
    return msgspec.Raw(value if isinstance(value, bytes) else msgspec.json.encode(value))


class PurchaseList(CoreList):
    path = "/purchaseList"
    records_key = "Rows"
    schema = record(ID=TEXT_KEY("Id"))


class Purchases(CoreDetail):
    path = "/advanced-purchase"
    fallback_path = "/purchase"
    index = PurchaseList
    id_field = "ID"
    id_param = "ID"
    schema = record(ID=TEXT_KEY("Id"), Total=STR("Total"))


def purchase(account: Account) -> Document:
    reading = SimpleNamespace(
        resource=Purchases,
        client=account,
        metrics=StreamMetrics("purchases"),
        settings=Settings(api="core"),
    )
    return get_document(reading, "p1")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (SHELL, True),
        ({**SHELL, "StockReceived": [{"Status": ""}]}, True),
        ({**SHELL, "Status": "X", "StockReceived": [RECEIVED]}, False),
        ({**SHELL, "Status": "X", "CombinedReceivingStatus": "NOT RECEIVED"}, False),
        ({**SHELL, "Status": "X", "Type": "Advanced Purchase"}, False),
        ({"ID": "p1", "Order": {"Lines": [{}]}}, False),
        ({"id": "p1", "status": "X", "type": "Advanced Purchase"}, False),
        ({"id": "p1", "stockReceived": [{"status": "X"}]}, False),
        ({"id": "p1", "invoice": [{"lines": [{}]}]}, False),
        (b'{"ID": NaN}', False),
    ],
)
def test_a_shell_lacks_what_its_own_statuses_say(document: Any, expected: bool) -> None:  # noqa: ANN401, FBT001
    assert is_shell(raw(document)) is expected


def test_a_simple_purchase_gets_the_form_of_an_advanced_one_to_the_digit() -> None:
    simple = raw(
        b'{"ID":"p1","Total":10.10,"StockReceived":{"Status":"X","Rate":0.1234567890123456789},'
        b'"Invoice":[{"TaskID":"t9"},{"TaskID":""}],"PutAway":null}'
    )
    made = bytes(as_advanced(simple))
    assert b"0.1234567890123456789" in made
    assert b"10.10" in made
    assert msgspec.json.decode(made) | {"Total": None, "StockReceived": None} == {
        "ID": "p1",
        "Total": None,
        "StockReceived": None,
        "Invoice": [{"TaskID": "t9"}, {"TaskID": "p1"}],
        "PutAway": [],
        "CreditNote": [],
        "ManualJournals": [],
    }
    assert msgspec.json.decode(made)["StockReceived"][0]["TaskID"] == "p1"


def test_a_simple_purchase_keeps_the_names_that_it_came_with() -> None:
    simple = raw({"id": "p1", "stockReceived": {"taskID": None}, "INVOICE": {"TaskId": "t9"}})
    made = msgspec.json.decode(as_advanced(simple))
    assert made["stockReceived"] == [{"taskID": "p1"}]
    assert made["INVOICE"] == [{"TaskId": "t9"}]
    assert {"StockReceived", "Invoice"}.isdisjoint(made)


@pytest.mark.parametrize("second", [{"ID": "p1", "Status": "X"}, None])
def test_a_shell_is_asked_for_at_its_second_endpoint_and_kept_when_that_has_none(
    second: dict[str, Any] | None,
) -> None:
    account = Account(
        documents={"/advanced-purchase": lambda _name: SHELL, "/purchase": lambda _name: second}
    )
    document = purchase(account)
    assert account.paths() == ["/advanced-purchase", "/purchase"]
    assert msgspec.json.decode(document.rows[0])["ID"] == "p1"
    assert ("CreditNote" in msgspec.json.decode(document.rows[0])) == (second is not None)


class Runs(CoreDetail):
    path = "/run"
    index = PurchaseList
    id_field = "ID"
    id_param = "ID"
    records_key = "Runs"
    copies: ClassVar = {"OrderID": "ProductionOrderID"}
    schema = record(RunID=TEXT_KEY("Id"), OrderID=STR("Order"))


def test_what_only_the_envelope_says_is_copied_whatever_the_case_of_its_name() -> None:
    table = Table()
    table.put("o1", ID="o1")
    body = {"productionOrderId": "o1", "Runs": [{"RunID": "r1"}, {"RunID": "r2"}]}
    account = Account(tables={"/purchaseList": table}, documents={"/run": lambda _name: body})
    result = run(account, Runs)
    assert [(row["RunID"], row["OrderID"]) for row in result.records] == [
        ("r1", "o1"),
        ("r2", "o1"),
    ]


class SaleListV1(CoreList):
    path = "/SaleList"
    records_key = "SaleList"
    aliases: ClassVar = {"ID": "SaleID"}
    schema = record(SaleID=TEXT_KEY("Id"))


class SalesV1(CoreDetail):
    path = "/Sale"
    index = SaleListV1
    id_field = "SaleID"
    schema = record(ID=TEXT_KEY("Id"))


def test_v1_asks_for_pages_as_the_vendor_writes_them_and_for_documents_by_their_path() -> None:
    table = Table(records_key="SaleList")
    table.put("s1", ID="s1")
    account = Account(tables={"/SaleList": table}, documents={"/Sale": lambda name: {"ID": name}})
    result = run(account, SalesV1)
    assert account.calls == [("/SaleList", {"Page": 1, "Limit": 1_000}), ("/Sale/s1", {})]
    assert [row["ID"] for row in result.records] == ["s1"]


def test_an_alias_fills_only_what_the_row_does_not_say_itself() -> None:
    row = raw({"id": "1", "saleid": "2"})
    assert renamed(row, {"ID": "SaleID"}) == row
    assert msgspec.json.decode(renamed(raw({"id": "1"}), {"ID": "SaleID"})) == {"SaleID": "1"}


def test_a_digest_minds_what_a_row_says_and_not_how() -> None:
    same = digest(b'{"ID":"1","Total":10.0,"Note":null}')
    assert digest(b'{"Total": 10.00, "id": "1", "Note": ""}') == same
    assert digest(b'{"ID":"1","Total":10.1}') != same
    assert digest(b'{"ID":"1","Total":10.0,"TotalCount":7}', {"totalcount"}) == same
    assert digest(b'{"ID":"1",broken') == digest(b'{"ID":"1",broken')


def test_a_shell_is_not_taken_for_the_document_while_its_second_endpoint_is_out_of_order() -> None:
    def broken(_name: str) -> None:
        raise GaveUp("gave up after 7 tries: 503")

    account = Account(documents={"/advanced-purchase": lambda _name: SHELL, "/purchase": broken})
    with pytest.raises(StreamFailed, match="p1: gave up after 7 tries: 503"):
        purchase(account)
