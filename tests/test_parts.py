"""What is cut from a parent's record: where from, with which keys, and that none ever clash."""

from __future__ import annotations

import copy
from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_cin7.fields import (
    DATETIME,
    INT,
    KEY,
    NUM,
    OPEN,
    STR,
    TEXT_KEY,
    key_or,
    many,
    obj,
    record,
    table,
)
from tap_cin7.omni import lines
from tap_cin7.omni.stream import OmniStream
from tap_cin7.parts import PartStream
from tap_cin7.shape import Shape
from tap_cin7.tap import TapCin7

if TYPE_CHECKING:
    from tap_cin7.shape import Row

TAP = TapCin7(config={"api": "omni"})
CHANGED = "2026-02-03T04:05:06.000000Z"

LINE = table(SKU=STR, Quantity=NUM)


class Sale(OmniStream):
    """A document with every kind of place that parts are cut from."""

    path = "/sale"
    schema = record(
        ID=TEXT_KEY("Id"),
        modifiedDate=DATETIME("Change"),
        Customer=STR("Who"),
        Order=obj(table(Number=STR, Lines=many(LINE, "Lines")), "Order"),
        Invoices=many(
            table(TaskID=STR, Total=NUM, Pay=obj(table(Method=STR), "Pay"), Lines=many(LINE, "")),
            "Invoices",
        ),
        Payments=many(table(ID=STR, Amount=NUM), "Payments"),
        Refunds=many(table(ID=STR, Amount=NUM), "Refunds"),
        priceColumns=OPEN("Prices"),
    )


NESTED: Row = {
    "ID": "S1",
    "modifiedDate": CHANGED,
    "Customer": "Ann",
    "Order": {"Number": "SO-1", "Lines": [{"SKU": "A", "Quantity": 1}, {"SKU": "B"}]},
    "Invoices": [
        {
            "TaskID": "T1",
            "Total": 5,
            "Pay": {"Method": "card"},
            "Lines": [{"SKU": "C", "Quantity": 2}, {"SKU": "C", "Quantity": 3}],
        },
        {"TaskID": "T2", "Total": 6, "Pay": None, "Lines": []},
        {"TaskID": "T3", "Total": 7, "Pay": {}, "Lines": [{"SKU": "D", "Quantity": 4}]},
    ],
    "Payments": [{"ID": "P1", "Amount": 9}, {"ID": "P2", "Amount": 8}],
    "Refunds": [{"ID": "P1", "Amount": -9}],
    "priceColumns": {"retail": 10, "trade": None},
}


def part(
    source: str | dict[str, dict[str, str]],
    copies: dict[str, str] | None = None,
    parent: type[OmniStream] = Sale,
    **columns: Any,  # noqa: ANN401
) -> PartStream:
    """Return a part stream of its own, declared the way the tap declares them."""
    declaration = {
        "__doc__": "A part under test.",
        "parent": parent,
        "source": source,
        "copies": copies or {},
        "schema": record(**columns),
    }
    declared: type[PartStream] = type("Part", (PartStream,), declaration)
    return declared(TAP)


def cut(stream: PartStream, record: Row) -> list[Row]:
    return list(stream.cut(record))


# --- where rows are cut from -------------------------------------------------------------------


def test_the_record_itself() -> None:
    stream = part("", ID=TEXT_KEY("Id"), Customer=STR("Who"))
    assert cut(stream, NESTED) == [{"ID": "S1", "Customer": "Ann"}]


def test_an_object_in_it() -> None:
    stream = part("Order", {"SaleID": "ID"}, SaleID=TEXT_KEY("Sale"), Number=STR("Number"))
    assert cut(stream, NESTED) == [{"SaleID": "S1", "Number": "SO-1"}]


def test_the_lines_of_an_object() -> None:
    stream = part(
        "Order.Lines[]",
        {"SaleID": "ID", "Number": "Order.Number"},
        SaleID=TEXT_KEY("Sale"),
        Number=STR("Number"),
        line_number=KEY("Line"),
        SKU=STR("Product"),
    )
    assert cut(stream, NESTED) == [
        {"SaleID": "S1", "Number": "SO-1", "line_number": 1, "SKU": "A"},
        {"SaleID": "S1", "Number": "SO-1", "line_number": 2, "SKU": "B"},
    ]


def test_lines_in_lists_in_lists_know_the_elements_on_the_way() -> None:
    stream = part(
        "Invoices[].Lines[]",
        {
            "SaleID": "ID",
            "Customer": "Customer",
            "TaskID": "Invoices[].TaskID",
            "Method": "Invoices[].Pay.Method",
            "Kind": "=invoice",
        },
        SaleID=TEXT_KEY("Sale"),
        TaskID=TEXT_KEY("Task"),
        line_number=KEY("Line"),
        parent_modified=DATETIME("Change"),
        Customer=STR("Who"),
        Method=STR("How"),
        Kind=STR("Kind"),
        SKU=STR("Product"),
        Quantity=NUM("How many"),
    )
    common = {"SaleID": "S1", "Customer": "Ann", "Kind": "invoice", "parent_modified": CHANGED}
    first = {**common, "TaskID": "T1", "Method": "card", "SKU": "C"}
    third = {**common, "TaskID": "T3", "Method": None, "SKU": "D"}
    assert cut(stream, NESTED) == [
        {**first, "line_number": 1, "Quantity": 2},
        {**first, "line_number": 2, "Quantity": 3},
        {**third, "line_number": 1, "Quantity": 4},
    ]


def test_an_object_in_each_element_of_a_list() -> None:
    stream = part(
        "Invoices[].Pay",
        {"TaskID": "Invoices[].TaskID"},
        TaskID=TEXT_KEY("Task"),
        Method=STR("How"),
    )
    assert cut(stream, NESTED) == [{"TaskID": "T1", "Method": "card"}]


def test_the_entries_of_an_open_object() -> None:
    stream = part(
        "priceColumns{}", {"ID": "ID"}, ID=TEXT_KEY("Id"), name=TEXT_KEY("Name"), value=NUM("Price")
    )
    assert cut(stream, NESTED) == [
        {"ID": "S1", "name": "retail", "value": 10},
        {"ID": "S1", "name": "trade", "value": None},
    ]


def test_several_places_one_after_the_other_each_with_copies_of_its_own() -> None:
    stream = part(
        {"Payments[]": {"Kind": "=payment"}, "Refunds[]": {"Kind": "=refund"}},
        {"SaleID": "ID"},
        SaleID=TEXT_KEY("Sale"),
        Kind=TEXT_KEY("Kind"),
        ID=TEXT_KEY("Id"),
        Amount=NUM("Amount"),
    )
    assert cut(stream, NESTED) == [
        {"SaleID": "S1", "Kind": "payment", "ID": "P1", "Amount": 9},
        {"SaleID": "S1", "Kind": "payment", "ID": "P2", "Amount": 8},
        {"SaleID": "S1", "Kind": "refund", "ID": "P1", "Amount": -9},
    ]


@pytest.mark.parametrize("empty", [None, [], {}, "absent"])
@pytest.mark.parametrize(
    "source", ["Order", "Order.Lines[]", "Invoices[]", "Invoices[].Lines[]", "priceColumns{}"]
)
def test_a_place_that_holds_nothing_gives_no_rows(source: str, empty: object) -> None:
    stream = part(source, {"SaleID": "ID"}, SaleID=TEXT_KEY("Sale"))
    bare = {name: value for name, value in NESTED.items() if name in ("ID", "modifiedDate")}
    if empty != "absent":
        bare |= dict.fromkeys(("Order", "Invoices", "priceColumns"), empty)
    assert cut(stream, bare) == []
    assert stream.shape.without_key == 0


def test_an_element_that_is_no_object_is_passed_over_but_keeps_its_place() -> None:
    stream = part("Payments[]", {"SaleID": "ID"}, SaleID=TEXT_KEY("Sale"), line_number=KEY("Line"))
    payments = [{"ID": "P1"}, None, {"ID": "P2"}]
    assert [row["line_number"] for row in cut(stream, {"ID": "S1", "Payments": payments})] == [1, 3]


def test_columns_that_the_part_does_not_have_are_left_out() -> None:
    stream = part("Payments[]", ID=TEXT_KEY("Id"))
    assert cut(stream, NESTED) == [{"ID": "P1"}, {"ID": "P2"}]


def test_an_own_column_wins_over_one_of_the_element_by_the_same_name() -> None:
    stream = part("Payments[]", {"ID": "ID"}, ID=TEXT_KEY("Sale"), line_number=KEY("Line"))
    assert [row["ID"] for row in cut(stream, NESTED)] == ["S1", "S1"]


def test_the_record_of_the_parent_is_not_changed() -> None:
    before = copy.deepcopy(NESTED)
    stream = part(
        "Invoices[].Lines[]",
        {"SaleID": "ID"},
        SaleID=TEXT_KEY("Sale"),
        SKU=STR("Product"),
        line_number=KEY("Line"),
    )
    for row in cut(stream, NESTED):
        row["SKU"] = "changed"
    assert before == NESTED


def test_the_fields_of_the_parent_that_a_part_is_made_of() -> None:
    stream = part(
        {"Invoices[].Lines[]": {"TaskID": "Invoices[].TaskID"}, "Order.Lines[]": {}},
        {"SaleID": "ID", "Who": "Customer"},
        SaleID=TEXT_KEY("Sale"),
    )
    assert stream.parent_fields() == {"Invoices", "Order", "ID", "Customer"}
    assert part("priceColumns{}", SaleID=TEXT_KEY("Sale")).parent_fields() == {"priceColumns"}


# --- keys --------------------------------------------------------------------------------------


def with_lines(*ids: int | None) -> Row:
    return {"ID": "S1", "Payments": [{"ID": one} for one in ids]}


def numbered(**more: Any) -> PartStream:  # noqa: ANN401
    columns = {"ID": key_or(0)("Id"), "repetition": KEY("Repetition"), **more}
    return part("Payments[]", {"SaleID": "ID"}, SaleID=TEXT_KEY("Sale"), **columns)


def test_an_id_that_repeats_in_the_document_is_numbered() -> None:
    rows = cut(numbered(), with_lines(7, 8, 7, 7))
    assert [(row["ID"], row["repetition"]) for row in rows] == [(7, 1), (8, 1), (7, 2), (7, 3)]


def test_repetitions_start_anew_with_each_document() -> None:
    stream = numbered()
    for _ in range(2):
        assert [row["repetition"] for row in cut(stream, with_lines(7, 7))] == [1, 2]


def test_repetitions_are_counted_over_all_places_of_a_document() -> None:
    stream = part(
        {"Payments[]": {}, "Refunds[]": {}},
        {"SaleID": "ID"},
        SaleID=TEXT_KEY("Sale"),
        ID=TEXT_KEY("Id"),
        repetition=KEY("Repetition"),
    )
    rows = cut(stream, NESTED)
    assert [(row["ID"], row["repetition"]) for row in rows] == [("P1", 1), ("P2", 1), ("P1", 2)]


def test_an_empty_key_takes_its_default_and_is_numbered_with_it() -> None:
    stream = numbered()
    rows = cut(stream, with_lines(None, 0, None))
    assert [(row["ID"], row["repetition"]) for row in rows] == [(0, 1), (0, 2), (0, 3)]
    assert stream.shape.without_key == 0


def test_a_row_without_key_is_left_out_and_counted() -> None:
    stream = part(
        "Payments[]",
        {"SaleID": "ID"},
        SaleID=TEXT_KEY("Sale"),
        ID=TEXT_KEY("Id"),
        line_number=KEY("Line"),
    )
    assert [row["line_number"] for row in cut(stream, with_lines(None, 5, None))] == [2]
    assert stream.shape.without_key == 2


# --- no two rows ever share a key --------------------------------------------------------------

IDS = st.none() | st.integers(0, 2)
LINES = st.none() | st.lists(st.fixed_dictionaries({"id": IDS}, optional={"qty": IDS}), max_size=5)
PRICES = st.none() | st.dictionaries(st.sampled_from(["a", "b", "c"]), IDS)


def lists_of(name: str, items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    inner = st.fixed_dictionaries({"id": IDS}, optional={name: items})
    return st.none() | st.lists(inner, max_size=4)


SIZED_LINES = lists_of("sizes", st.none() | st.lists(st.fixed_dictionaries({}), max_size=3))
DOCUMENT: dict[type[PartStream], dict[str, st.SearchStrategy[Any]]] = {
    lines.SalesOrderLines: {"lineItems": LINES},
    lines.PurchaseOrderLines: {"lineItems": LINES},
    lines.QuoteLines: {"lineItems": LINES},
    lines.CreditNoteLines: {"lineItems": LINES},
    lines.AdjustmentLines: {"lineItems": LINES},
    lines.BranchTransferLines: {"lineItems": LINES},
    lines.BomComponents: {"products": lists_of("components", LINES)},
    lines.BranchTransferLineSizes: {"lineItems": SIZED_LINES},
    lines.SalesOrderLineSizes: {"lineItems": SIZED_LINES},
    lines.ProductOptionPrices: {"priceColumns": PRICES},
    lines.ProductOptionSizes: {
        "productOptions": st.none()
        | st.lists(
            st.fixed_dictionaries({"id": st.integers(1, 2)}, optional={"sizeId": IDS}), max_size=5
        )
    },
}


def leaves(record: Row, places: list[str]) -> int:
    """Count the elements at the end of the places, without the tap's help."""
    inner = record.get(places[0])
    if not inner:
        return 0
    if len(places) == 1:
        return len(inner)
    return sum(leaves(item, places[1:]) for item in inner)


@pytest.mark.parametrize("declared", DOCUMENT, ids=lambda declared: declared.__name__)
def test_keys_are_unique_whatever_ids_the_lines_have(declared: type[PartStream]) -> None:
    stream = TAP.stream_of(declared)
    assert isinstance(stream, PartStream)
    source = declared.source
    assert isinstance(source, str)
    places = [place.rstrip("[]{}") for place in source.split(".")]

    @given(st.lists(st.fixed_dictionaries(DOCUMENT[declared]), max_size=5))
    def check(documents: list[Row]) -> None:
        records = [{"id": 1 + number, **document} for number, document in enumerate(documents)]
        if declared is lines.ProductOptionPrices:
            # Options in several sizes repeat their id; the parent's key is both.
            records = [{**one, "id": 1, "sizeId": one["id"]} for one in records]
        shape = Shape(declared.parent.__dict__["schema"])
        assert all(shape(one) for one in records)
        rows = [row for one in records for row in stream.cut(one)]
        keys = Counter(map(stream.key_of, rows))
        assert not keys or keys.most_common(1)[0][1] == 1
        assert len(rows) == sum(leaves(one, places) for one in records)
        assert all(None not in (row[name] for name in stream.primary_keys) for row in rows)

    check()


class Twice(PartStream):
    """A part of the parent above whose lines have neither id nor number of their own."""

    parent = Sale
    source = "Invoices[].Lines[]"
    copies: ClassVar = {"SaleID": "ID", "TaskID": "Invoices[].TaskID"}
    schema = record(
        SaleID=TEXT_KEY("Sale"),
        TaskID=key_or("", TEXT_KEY)("Task"),
        SKU=key_or("", TEXT_KEY)("Product"),
        repetition=KEY("Repetition"),
        Quantity=INT("How many"),
    )


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "TaskID": st.sampled_from([None, "", "T1"]),
                "Lines": st.lists(
                    st.fixed_dictionaries({"SKU": st.sampled_from([None, "", "A"])}), max_size=4
                ),
            }
        ),
        max_size=4,
    )
)
def test_equal_lines_of_elements_with_equal_ids_stay_apart(invoices: list[Row]) -> None:
    stream = Twice(TAP)
    rows = cut(stream, {"ID": "S1", "Invoices": invoices})
    assert len(rows) == sum(len(invoice["Lines"]) for invoice in invoices)
    assert len(set(map(stream.key_of, rows))) == len(rows)
