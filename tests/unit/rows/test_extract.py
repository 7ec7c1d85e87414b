"""What is cut from a row: where from, with which keys, and that none ever clash."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_cin7.rows.codec import Notes, Output, RowCodec
from tap_cin7.rows.fields import (
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
from tests.unit.rows.support import as_bytes, noting, own, part, records

if TYPE_CHECKING:
    from collections.abc import Hashable

CHANGED = "2026-02-03T04:05:06.000000Z"
LINE = table(SKU=STR("Product"), Quantity=NUM("How many"))
PAYMENT = table(ID=STR("Id"), Amount=NUM("Amount"))
SALE = record(
    ID=TEXT_KEY("Id"),
    modified=DATETIME("Change"),
    Customer=STR("Who"),
    Order=obj(table(Number=STR("Number"), Lines=many(LINE, "Lines")), "Order"),
    Invoices=many(
        table(
            TaskID=STR("Task"),
            Total=NUM("Total"),
            Pay=obj(table(Method=STR("How")), "Pay"),
            Lines=many(LINE, "Lines"),
        ),
        "Invoices",
    ),
    Payments=many(PAYMENT, "Payments"),
    Refunds=many(PAYMENT, "Refunds"),
    prices=OPEN("Prices"),
    files=many(OPEN, "Files"),
)
NESTED: dict[str, Any] = {
    "ID": "S1",
    "modified": "2026-02-03T04:05:06Z",
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
    "prices": {"retail": 10, "trade": None},
}
SALE_ID = table(SaleID=TEXT_KEY("Sale"))
NUMBERED = table(line_number=KEY("Line"))


def cut(output: Output, *rows: dict[str, Any], whole: bool = False) -> list[dict[str, Any]]:
    """Return the rows of a part without their column for extra fields, which holds nothing."""
    outputs = [output, own(SALE)] if whole else [output]
    codec = RowCodec(SALE, stamp="modified", outputs=outputs)
    made = [one for row in rows for one in records(codec.row(as_bytes(row))) if not one.output]
    for one in made:
        assert one.values.pop("extra_fields") is None
    return [one.values for one in made]


# --- where rows are cut from ---------------------------------------------------------------------


@pytest.fixture(params=[False, True], ids=["alone", "beside the record"])
def whole(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_the_record_itself(whole: bool) -> None:  # noqa: FBT001
    output = part("", ID=TEXT_KEY("Id"), Customer=STR("Who"))
    assert cut(output, NESTED, whole=whole) == [{"ID": "S1", "Customer": "Ann"}]


def test_an_object_in_it(whole: bool) -> None:  # noqa: FBT001
    output = part("Order", {"SaleID": "ID"}, **SALE_ID, Number=STR("Number"))
    assert cut(output, NESTED, whole=whole) == [{"SaleID": "S1", "Number": "SO-1"}]


def test_the_lines_of_an_object(whole: bool) -> None:  # noqa: FBT001
    output = part(
        "Order.Lines[]",
        {"SaleID": "ID", "Number": "Order.Number"},
        **SALE_ID,
        **NUMBERED,
        Number=STR("Number"),
        SKU=STR("Product"),
    )
    assert cut(output, NESTED, whole=whole) == [
        {"SaleID": "S1", "Number": "SO-1", "line_number": 1, "SKU": "A"},
        {"SaleID": "S1", "Number": "SO-1", "line_number": 2, "SKU": "B"},
    ]


def test_lines_in_lists_in_lists_know_the_elements_on_the_way(whole: bool) -> None:  # noqa: FBT001
    output = part(
        "Invoices[].Lines[]",
        {
            "SaleID": "ID",
            "Customer": "Customer",
            "TaskID": "Invoices[].TaskID",
            "Method": "Invoices[].Pay.Method",
            "Kind": "=invoice",
        },
        **SALE_ID,
        **NUMBERED,
        TaskID=TEXT_KEY("Task"),
        parent_modified=DATETIME("Change"),
        Customer=STR("Who"),
        Method=STR("How"),
        Kind=STR("Kind"),
        **LINE,
    )
    common = {"SaleID": "S1", "Customer": "Ann", "Kind": "invoice", "parent_modified": CHANGED}
    first = {**common, "TaskID": "T1", "Method": "card", "SKU": "C"}
    third = {**common, "TaskID": "T3", "Method": None, "SKU": "D"}
    assert cut(output, NESTED, whole=whole) == [
        {**first, "line_number": 1, "Quantity": 2},
        {**first, "line_number": 2, "Quantity": 3},
        {**third, "line_number": 1, "Quantity": 4},
    ]


def test_an_object_in_each_element_of_a_list() -> None:
    output = part(
        "Invoices[].Pay",
        {"TaskID": "Invoices[].TaskID"},
        TaskID=TEXT_KEY("Task"),
        Method=STR("How"),
    )
    assert cut(output, NESTED) == [{"TaskID": "T1", "Method": "card"}]


def test_the_entries_of_an_open_object() -> None:
    prices = {"retail": "10.50", "trade": None, "odd": "on request", "half": {"a": 1}}
    notes = Notes()
    output = part(
        "prices{}",
        {"ID": "ID"},
        ID=TEXT_KEY("Id"),
        name=TEXT_KEY("Name"),
        value=NUM("Price"),
    )
    codec = RowCodec(SALE, outputs=[noting(notes, output)])
    made = [
        (one.key, one.values["value"], one.values["extra_fields"])
        for one in records(codec.row(as_bytes({"ID": "S1", "prices": prices})))
    ]
    assert made == [
        (("S1", "retail"), 10.5, None),
        (("S1", "trade"), None, None),
        (("S1", "odd"), None, {"value": "on request"}),
        (("S1", "half"), None, {"value": {"a": 1}}),
    ]
    assert notes.odd == {"value": ("S1", "odd")}


def test_elements_whose_fields_nobody_has_declared() -> None:
    output = part(
        "files[]",
        {"SaleID": "ID"},
        **SALE_ID,
        **NUMBERED,
        name=STR("Name"),
        size=INT("Bytes"),
        at=DATETIME("When"),
    )
    files = [{"Name": 5, "size": "7", "at": "2026-01-31", "new": True}, {}, {"size": "big"}]
    made = records(RowCodec(SALE, outputs=[output]).row(as_bytes({"ID": "S1", "files": files})))
    assert [one.values for one in made] == [
        {
            "SaleID": "S1",
            "line_number": 1,
            "name": "5",
            "size": 7,
            "at": "2026-01-31T00:00:00.000000Z",
            "extra_fields": {"new": True},
        },
        {"SaleID": "S1", "line_number": 2, "extra_fields": None},
        {"SaleID": "S1", "line_number": 3, "size": None, "extra_fields": {"size": "big"}},
    ]


def test_several_places_one_after_the_other_each_with_copies_of_its_own() -> None:
    output = part(
        {"Payments[]": {"Kind": "=payment"}, "Refunds[]": {"Kind": "=refund"}},
        {"SaleID": "ID"},
        **SALE_ID,
        Kind=TEXT_KEY("Kind"),
        ID=TEXT_KEY("Id"),
        Amount=NUM("Amount"),
    )
    assert cut(output, NESTED) == [
        {"SaleID": "S1", "Kind": "payment", "ID": "P1", "Amount": 9},
        {"SaleID": "S1", "Kind": "payment", "ID": "P2", "Amount": 8},
        {"SaleID": "S1", "Kind": "refund", "ID": "P1", "Amount": -9},
    ]


def test_columns_that_the_reader_adds_can_be_copied() -> None:
    row = as_bytes({"ID": "S1", "Payments": [{"ID": "P1"}]})
    outputs = [
        part("Payments[]", {"at": "read_at"}, ID=TEXT_KEY("Id"), at=DATETIME("Read")),
        part("", ID=TEXT_KEY("Id"), read_at=KEY("Read")),
    ]
    made = records(RowCodec(SALE, outputs=outputs).row(row, {"read_at": "now"}))
    assert [one.values for one in made] == [
        {"at": "now", "ID": "P1", "extra_fields": None},
        {"read_at": "now", "ID": "S1", "extra_fields": None},
    ]


@pytest.mark.parametrize("empty", [None, [], {}, "absent"])
@pytest.mark.parametrize(
    "source", ["Order", "Order.Lines[]", "Invoices[]", "Invoices[].Lines[]", "prices{}"]
)
def test_a_place_that_holds_nothing_gives_no_rows(source: str, empty: object) -> None:
    notes = Notes()
    output = part(source, {"SaleID": "ID"}, **SALE_ID)
    bare: dict[str, Any] = {"ID": "S1"}
    if empty != "absent":
        bare |= dict.fromkeys(("Order", "Invoices", "prices"), empty)
    assert cut(noting(notes, output), bare) == []
    assert notes == Notes()


def test_an_element_that_is_not_an_object_is_passed_over_but_keeps_its_place() -> None:
    output = part("Payments[]", {"SaleID": "ID"}, **SALE_ID, **NUMBERED)
    payments = [{"ID": "P1"}, None, {"ID": "P2"}]
    rows = cut(output, {"ID": "S1", "Payments": payments})
    assert [row["line_number"] for row in rows] == [1, 3]


def test_columns_that_the_part_does_not_have_are_left_out() -> None:
    assert cut(part("Payments[]", ID=TEXT_KEY("Id")), NESTED) == [{"ID": "P1"}, {"ID": "P2"}]


def test_an_own_column_wins_over_one_of_the_element_by_the_same_name() -> None:
    output = part("Payments[]", {"ID": "ID"}, ID=TEXT_KEY("Sale"), **NUMBERED)
    assert [row["ID"] for row in cut(output, NESTED, whole=True)] == ["S1", "S1"]


def test_the_record_is_whole_whatever_is_cut_from_it() -> None:
    row = as_bytes(NESTED)
    (alone,) = records(RowCodec(SALE, outputs=[own(SALE)]).row(row))
    cuts = [
        part("Invoices[].Lines[]", {"SaleID": "ID"}, **SALE_ID, **NUMBERED, **LINE),
        part("Invoices[]", {"SaleID": "ID"}, **SALE_ID, **NUMBERED, Lines=many(LINE, "Lines")),
        part("Order.Lines[]", {"SaleID": "ID"}, "SKU", **SALE_ID, **NUMBERED, **LINE),
        part("Payments[]", {"SaleID": "ID"}, **SALE_ID, **PAYMENT),
    ]
    made = records(RowCodec(SALE, outputs=[*cuts, own(SALE)]).row(row))
    assert made[-1].values == alone.values
    assert [one.output for one in made] == sorted(one.output for one in made)


# --- extra fields --------------------------------------------------------------------------------


def test_extra_fields_of_a_line_stand_in_the_line_and_in_the_document() -> None:
    notes = Notes()
    lines = part("Invoices[].Lines[]", {"SaleID": "ID"}, **SALE_ID, **NUMBERED, **LINE)
    row = {
        "ID": "S1",
        "new": 1,
        "Invoices": [
            {},
            {"other": 2, "Lines": [{"SKU": "A"}, {"Colour": "red", "Quantity": "few"}]},
        ],
    }
    made = records(RowCodec(SALE, outputs=[own(SALE), noting(notes, lines)]).row(as_bytes(row)))
    assert [one.values["extra_fields"] for one in made] == [
        {
            "new": 1,
            "Invoices[1].other": 2,
            "Invoices[1].Lines[1].Colour": "red",
            "Invoices[1].Lines[1].Quantity": "few",
        },
        None,
        {"Colour": "red", "Quantity": "few"},
    ]
    assert notes == Notes(unknown={"Colour"}, odd={"Quantity": ("S1", 2)})


# --- keys ----------------------------------------------------------------------------------------

REPEATED = table(
    SaleID=TEXT_KEY("Sale"), ID=key_or("", TEXT_KEY)("Id"), repetition=KEY("Repetition")
)


def with_payments(*ids: str | None) -> dict[str, Any]:
    return {"ID": "S1", "Payments": [{"ID": one} for one in ids]}


def repeated(rows: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(row["ID"], row["repetition"]) for row in rows]


def test_an_id_that_repeats_in_the_document_is_numbered() -> None:
    rows = cut(part("Payments[]", {"SaleID": "ID"}, **REPEATED), with_payments("a", "b", "a", "a"))
    assert repeated(rows) == [("a", 1), ("b", 1), ("a", 2), ("a", 3)]


def test_repetitions_start_anew_with_each_document() -> None:
    rows = cut(part("Payments[]", {"SaleID": "ID"}, **REPEATED), *[with_payments("a", "a")] * 2)
    assert repeated(rows) == [("a", 1), ("a", 2)] * 2


def test_repetitions_are_counted_over_all_places_of_a_document() -> None:
    output = part({"Payments[]": {}, "Refunds[]": {}}, {"SaleID": "ID"}, **REPEATED)
    assert repeated(cut(output, NESTED)) == [("P1", 1), ("P2", 1), ("P1", 2)]


def test_an_empty_key_takes_its_default_and_is_numbered_with_it() -> None:
    notes = Notes()
    output = part("Payments[]", {"SaleID": "ID"}, **REPEATED)
    assert repeated(cut(noting(notes, output), with_payments(None, "", None))) == [
        ("", 1),
        ("", 2),
        ("", 3),
    ]
    assert notes.without_key == 0


def test_a_row_without_key_is_left_out_and_counted() -> None:
    notes = Notes()
    output = part("Payments[]", {"SaleID": "ID"}, **SALE_ID, ID=TEXT_KEY("Id"), **NUMBERED)
    rows = cut(noting(notes, output), with_payments(None, "b", None))
    assert [row["line_number"] for row in rows] == [2]
    assert notes.without_key == 2


# --- no two rows ever share a key ----------------------------------------------------------------

IDS = st.none() | st.integers(0, 2)
LINES = st.none() | st.lists(
    st.fixed_dictionaries(
        {}, optional={"id": IDS, "sizes": st.none() | st.lists(st.just({"qty": 1}), max_size=3)}
    ),
    max_size=5,
)
DOCUMENT = record(
    id=KEY("Id"),
    lines=many(
        table(id=INT("Id"), sizes=many(table(id=INT("Id"), qty=NUM("Q")), "Sizes")), "Lines"
    ),
)
LINE_KEY = table(order=KEY("O"), id=key_or(0)("Line"), repetition=KEY("R"))
SIZE_KEY = table(order=KEY("O"), line=key_or(0)("Line"), repetition=KEY("R"), qty=NUM("Q"))
BY_PLACE = table(order=KEY("O"), line_number=KEY("Line"))


@given(st.lists(LINES, max_size=4))
def test_keys_are_unique_whatever_ids_the_lines_have(documents: list[Any]) -> None:
    outputs = [
        own(DOCUMENT),
        part("lines[]", {"order": "id"}, **LINE_KEY),
        part("lines[].sizes[]", {"order": "id", "line": "lines[].id"}, **SIZE_KEY),
        part("lines[]", {"order": "id"}, **BY_PLACE),
        part({"lines[]": {}, "lines[].sizes[]": {}}, {"order": "id"}, **LINE_KEY),
    ]
    codec = RowCodec(DOCUMENT, outputs=outputs)
    made = [
        one
        for number, lines in enumerate(documents)
        for one in records(codec.row(as_bytes({"id": number, "lines": lines})))
    ]
    keys: Counter[tuple[int, Hashable]] = Counter((one.output, one.key) for one in made)
    assert not keys or keys.most_common(1)[0][1] == 1
    for one in made:
        names = [name for name, field in outputs[one.output].fields.items() if field.is_key]
        written = tuple(one.values[name] for name in names)
        assert (one.key if isinstance(one.key, tuple) else (one.key,)) == written
        assert None not in written
    all_lines = [line for lines in documents for line in lines or ()]
    sizes = sum(len(line.get("sizes") or ()) for line in all_lines)
    counts = Counter(one.output for one in made)
    lines = len(all_lines)
    assert [counts[n] for n in range(5)] == [len(documents), lines, sizes, lines, lines + sizes]


def test_a_column_that_only_the_part_declares_takes_what_the_parent_does_not_know() -> None:
    output = part(
        {"Payments[]": {}, "Refunds[]": {"Amount": "=0"}},
        {"SaleID": "ID"},
        **SALE_ID,
        **NUMBERED,
        **PAYMENT,
        CreditID=INT("Credit note, where there is one"),
    )
    row = {
        "ID": "S1",
        "Payments": [{"ID": "P1", "Creditid": "7", "new": 1}, {"Amount": "few"}, {"ID": "P2"}],
        "Refunds": [{"ID": "P3", "CreditID": "x", "Amount": 5}],
    }
    expected: list[dict[str, Any]] = [
        {"ID": "P1", "CreditID": 7, "line_number": 1, "extra_fields": {"new": 1}},
        {"Amount": None, "line_number": 2, "extra_fields": {"Amount": "few"}},
        {"ID": "P2", "line_number": 3, "extra_fields": None},
        {
            "ID": "P3",
            "Amount": "0",
            "CreditID": None,
            "line_number": 1,
            "extra_fields": {"CreditID": "x"},
        },
    ]
    codec = RowCodec(SALE, outputs=[output, own(SALE)])
    for _ in range(2):
        made = records(codec.row(as_bytes(row)))[:-1]
        assert [one.values for one in made] == [{"SaleID": "S1", **one} for one in expected]
