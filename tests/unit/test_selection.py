"""Selection: what is not selected does not leave, is not asked for, and is not odd."""

from __future__ import annotations

from typing import Any

import pytest

from tap_cin7.rows.codec import Notes, Output, RowCodec
from tap_cin7.rows.fields import (
    DATETIME,
    INT,
    KEY,
    NUM,
    STR,
    Record,
    key_or,
    many,
    obj,
    record,
    record_key,
    table,
)
from tests.unit.rows.support import as_bytes, noting, own, part, records

LINE = table(id=INT("Id"), sku=STR("SKU"), qty=NUM("Q"), sizes=many(table(name=STR("N")), "Sizes"))
ORDER = record(
    id=KEY("Id"),
    modified=DATETIME("Change"),
    total=NUM("Total"),
    customer=STR("Who"),
    place=obj(table(city=STR("City"), zip=STR("Zip")), "Place"),
    lines=many(LINE, "Lines"),
)
ROW = {
    "id": 1,
    "modified": "2026-01-31",
    "total": 5,
    "customer": "Ann",
    "place": {"city": "Perth", "zip": "6000"},
    "lines": [{"id": 7, "sku": "A", "qty": 1, "sizes": [{"name": "S"}]}],
}
LINES = {"order": KEY("O"), "id": key_or(0)("Id"), **{n: f for n, f in LINE.items() if n != "id"}}


def lines(*deselected: str) -> Output:
    return part("lines[]", {"order": "id"}, *deselected, **LINES)


def made_of(row: object, *outputs: Output, schema: Record = ORDER) -> list[dict[str, Any]]:
    codec = RowCodec(schema, outputs=outputs, stamp="modified")
    return [one.values for one in records(codec.row(as_bytes(row)))]


def test_deselected_columns_do_not_leave_at_any_level() -> None:
    (made,) = made_of(ROW, own(ORDER, "total", "place.zip", "lines"))
    assert made == {
        "id": 1,
        "modified": "2026-01-31T00:00:00.000000Z",
        "customer": "Ann",
        "place": {"city": "Perth"},
        "extra_fields": None,
    }


def test_the_added_column_can_be_deselected() -> None:
    (made,) = made_of({**ROW, "new": 1}, own(ORDER, "extra_fields", "lines", "place"))
    assert "extra_fields" not in made


def test_a_part_has_its_own_selection() -> None:
    order, line = made_of(ROW, own(ORDER, "lines", "id"), lines("sku", "sizes"))
    assert "lines" not in order
    assert line == {"order": 1, "id": 7, "qty": 1, "extra_fields": None}
    order, line = made_of(ROW, own(ORDER), lines("sku", "sizes"))
    assert order["lines"] == ROW["lines"]
    assert line == {"order": 1, "id": 7, "qty": 1, "extra_fields": None}


def test_what_is_odd_in_a_deselected_column_is_not_told() -> None:
    notes, line_notes = Notes(), Notes()
    odd = {
        **ROW,
        "total": "a lot",
        "place": {"zip": ["x"], "city": ["y"], "new": 1},
        "lines": [{"id": 7, "qty": "few", "sizes": [{"fit": 1}], "other": 1}],
    }
    order, line = made_of(
        odd,
        own(ORDER, "total", "place.zip", "lines", notes=notes),
        noting(line_notes, lines("qty")),
    )
    assert order["extra_fields"] == {"place.city": ["y"], "place.new": 1}
    assert notes == Notes(unknown={"place.new"}, odd={"place.city": 1})
    assert line["extra_fields"] == {"sizes[0].fit": 1, "other": 1}
    assert line_notes == Notes(unknown={"sizes[].fit", "other"})


def test_a_row_that_only_parts_are_cut_from_is_told_where_it_is_cut() -> None:
    notes = Notes()
    assert made_of({**ROW, "new": 1, "total": "a lot"}, noting(notes, lines()))
    assert notes == Notes()


@pytest.mark.parametrize(
    ("outputs", "wanted", "needed"),
    [
        ([own(ORDER)], [], None),
        ([own(ORDER, "total")], [], ["id", "modified", "customer", "place", "lines"]),
        ([own(ORDER, "total")], ["total", "elsewhere"], None),
        ([own(ORDER, "place.city")], [], None),
        ([lines()], [], ["id", "modified", "lines"]),
        (
            [own(ORDER, "lines", "total"), lines()],
            [],
            ["id", "modified", "customer", "place", "lines"],
        ),
        (
            [
                part(
                    "lines[]",
                    {"order": "id", "who": "customer", "kind": "=x"},
                    order=KEY("O"),
                    who=STR("W"),
                )
            ],
            [],
            ["id", "modified", "customer", "lines"],
        ),
        (
            [part("", {}, "total", id=KEY("Id"), total=NUM("T"), customer=STR("W"))],
            [],
            ["id", "modified", "customer"],
        ),
        ([], ["total"], ["id", "modified", "total"]),
    ],
)
def test_only_fields_that_something_is_made_of_are_asked_for(
    outputs: list[Output], wanted: list[str], needed: list[str] | None
) -> None:
    codec = RowCodec(ORDER, outputs=outputs, wanted=wanted, stamp="modified")
    assert codec.needed_fields() == needed


def test_the_parts_of_an_added_key_are_asked_for_but_not_the_key() -> None:
    stock = record(record_key=record_key("product"), product=INT("P"), size=STR("S"), qty=NUM("Q"))
    assert RowCodec(stock, outputs=[own(stock, "size", "product")]).needed_fields() == [
        "product",
        "qty",
    ]
    assert RowCodec(stock, outputs=[own(stock)]).needed_fields() is None
    journal = record(record_key=record_key(), amount=NUM("A"), day=DATETIME("D"))
    assert RowCodec(journal, outputs=[own(journal, "day")]).needed_fields() is None


def test_keys_and_stamps_leave_whatever_is_selected() -> None:
    output = part(
        "lines[]",
        {"order": "id"},
        *("order", "id", "sku", "qty", "sizes", "parent_modified"),
        **LINES,
        parent_modified=DATETIME("M"),
    )
    everything = [*ORDER.fields, "extra_fields"]
    order, line = made_of(ROW, own(ORDER, *everything), output)
    assert order == {"id": 1, "modified": "2026-01-31T00:00:00.000000Z"}
    assert line.keys() == {"order", "id", "parent_modified", "extra_fields"}
    codec = RowCodec(ORDER, outputs=[own(ORDER, *everything)], stamp="modified")
    assert codec.needed_fields() == ["id", "modified"]
