"""Long lists: a large row makes the records that a small one would make, in little memory."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

from tap_cin7.rows.codec import Notes, RowCodec
from tap_cin7.rows.elements import LARGE
from tap_cin7.rows.fields import DATETIME, KEY, NUM, STR, many, record, table
from tests.unit.rows.support import as_bytes, noting, own, part, records

MOVEMENT = table(Number=STR("Number"), Date=DATETIME("When"), Amount=NUM("Amount"))
PRODUCT = record(ID=KEY("Id"), Name=STR("Name"), Movements=many(MOVEMENT, "Movements"))
LEDGER = part("Movements[]", {"Product": "ID"}, Product=KEY("P"), line_number=KEY("N"), **MOVEMENT)


def product(movements: int, name: str = "x") -> dict[str, Any]:
    """Return a product with some odd movements among many."""
    some: list[dict[str, Any]] = [
        {"Number": f"{n:0100}", "Date": "2026-01-31", "Amount": "1.50"} for n in range(movements)
    ]
    some[1] |= {"Amount": "few", "New": n} if (n := movements) else {}
    some[2]["Number"] = "a\0b"
    return {"ID": 1, "Name": name, "Movements": some}


def made_of(row: bytes, notes: Notes) -> list[Any]:
    outputs = [noting(notes, own(PRODUCT)), noting(notes, LEDGER)]
    return sorted(records(RowCodec(PRODUCT, outputs=outputs).row(row)), key=lambda one: one.output)


@pytest.mark.large
def test_a_large_row_makes_the_records_of_a_small_one() -> None:
    movements = LARGE // 100
    notes = Notes()
    whole, *lines = made_of(as_bytes(product(movements)), notes)
    assert len(lines) == len(whole.values["Movements"]) == movements
    small, *few = made_of(
        as_bytes(product(3) | {"Movements": product(movements)["Movements"][:3]}), Notes()
    )
    assert lines[:3] == few
    assert whole.values["Movements"][:3] == small.values["Movements"]
    assert whole.values["extra_fields"] == small.values["extra_fields"]
    assert [one.key for one in lines] == [(1, n) for n in range(1, movements + 1)]
    assert notes.odd.keys() == {"Movements[].Amount", "Movements[].Number", "Amount", "Number"}
    assert notes.unknown == {"Movements[].New", "New"}


def test_a_large_row_whose_list_is_none_is_read_as_a_small_one() -> None:
    row = {"ID": 1, "Name": "x" * LARGE, "Movements": [1, {"Amount": 2}], "MOVEMENTS": "none"}
    whole, line = made_of(as_bytes(row), Notes())
    assert whole.values["Movements"] == [None, {"Amount": 2}]
    assert whole.values["extra_fields"] == {"Movements[0]": 1, "MOVEMENTS": "none"}
    assert line.values["Amount"] == 2


@pytest.mark.large
def test_a_large_row_takes_a_few_times_its_bytes() -> None:
    row = as_bytes(product(LARGE // 100))
    codec = RowCodec(PRODUCT, outputs=[own(PRODUCT), LEDGER])
    tracemalloc.start()
    try:
        made = codec.row(row)
        assert made is not None
        written = sum(len(json) for one in made.records for json in one.jsons)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert written > 2 * len(row)
    assert peak < 2.5 * len(row)
