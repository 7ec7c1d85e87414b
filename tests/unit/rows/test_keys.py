"""``record_key``: the same row has the same key in every run and release."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_cin7.rows.codec import Row, RowCodec
from tap_cin7.rows.fields import (
    DATETIME,
    GUID,
    INT,
    NUM,
    OPEN,
    REPETITION,
    STR,
    Record,
    many,
    record,
    record_key,
    table,
)
from tests.unit.rows.support import as_bytes, own, records

if TYPE_CHECKING:
    from collections.abc import Hashable

STOCK = record(
    record_key=record_key("product", "size"), product=INT("Product"), size=STR("Size"), qty=NUM("Q")
)
AVAILABILITY = record(
    record_key=record_key("ID", "Location", "Bin", "Batch", "ExpiryDate", REPETITION),
    ID=GUID("Product"),
    Location=STR("Location"),
    Bin=STR("Bin"),
    Batch=STR("Batch"),
    ExpiryDate=DATETIME("Expiry"),
    OnHand=NUM("Quantity"),
)
JOURNAL = record(
    record_key=record_key(),
    account=STR("Account"),
    amount=NUM("Amount"),
    day=DATETIME("Day"),
    open=OPEN("Open"),
    lines=many(table(z=INT("Z"), a=STR("A")), "Lines"),
    read_at=DATETIME("Added"),
)


def key_of(row: Row | None) -> Hashable:
    assert row is not None
    return row.key


def keys(schema: Record, *rows: bytes) -> list[Hashable]:
    codec = RowCodec(schema, outputs=[own(schema)])
    return [key_of(codec.row(row)) for row in rows]


# As version 0.1 made them.
@pytest.mark.parametrize(
    ("schema", "row", "key"),
    [
        (STOCK, '{"product":10,"size":"M","qty":5}', "ba2dc7aa-b8fd-542b-9814-3bddf131260a"),
        (STOCK, '{"product":10}', "9fa4d5b7-1cd8-5e23-ae63-130e3eabbc8f"),
        (STOCK, '{"product":"10","size":"","new":1}', "c238179a-a27e-5bab-af4e-623b87659326"),
        (
            STOCK,
            '{"product":10,"size":"gr\u00f6\u00dfe \\u2028"}',
            "f4819164-196e-536e-967d-04ba1ec82970",
        ),
        (
            AVAILABILITY,
            '{"ID":"8f","Location":"Main","Bin":null,"ExpiryDate":"2027-01-31","OnHand":1.50}',
            "b5d29b4e-3b29-5869-9125-e5cdd03794d3",
        ),
        (
            JOURNAL,
            '{"account":"200","amount":1.10,"day":"2026-01-02","lines":[{"z":1,"a":"x"},null]}',
            "3afc39a9-447d-5b1f-bb30-50101ac14709",
        ),
        (JOURNAL, '{"account":null}', "44c66ca5-27ae-5aeb-8674-4ee31a585331"),
        (JOURNAL, "{}", "d169ac70-9ae0-51af-9d50-ad387056b46e"),
        (
            JOURNAL,
            '{"account":"200","amount":"a lot","open":[]}',
            "c4b61543-a757-533a-ae08-b51dbe05e2ab",
        ),
    ],
)
def test_keys_are_those_of_all_versions_before(schema: Record, row: str, key: str) -> None:
    assert keys(schema, row.encode()) == [key]


def test_a_whole_row_is_known_again_whatever_form_it_comes_in() -> None:
    one = b'{"account":"200","amount":1.10,"open":{"b":1,"a":2.50},"lines":[{"z":1,"a":"x"}]}'
    other = b'{"LINES":[{"a":"x","z":"1"}],"open":{"a":2.50,"b":1},"amount":"1.10","account":200}'
    assert keys(JOURNAL, one) == keys(JOURNAL, other)


def test_what_is_added_to_a_row_does_not_change_its_key() -> None:
    row = as_bytes({"account": "200", "amount": 1, "new": 5})
    plain = key_of(RowCodec(JOURNAL).row(row))
    for extra_fields in (True, False):
        output = own(JOURNAL, "amount")
        if not extra_fields:
            output = replace(output, fields=JOURNAL.fields)
        codec = RowCodec(JOURNAL, outputs=[output])
        read = codec.row(row, {"read_at": "2026-01-01T00:00:00.000000Z"})
        assert key_of(read) == plain
        (made,) = records(read)
        assert made.values["record_key"] == plain
        assert "amount" not in made.values


def test_a_key_depends_on_its_parts_alone() -> None:
    one, other = keys(
        STOCK,
        b'{"product":10,"size":"M","qty":5}',
        b'{"qty":6,"Size":"M","product":"10","unknown":1}',
    )
    assert one == other


def test_a_key_tells_null_from_empty_and_from_the_word_null() -> None:
    rows = [as_bytes({"product": 10, "size": size}) for size in (None, "", "null", "None", " ")]
    assert len(set(keys(STOCK, *rows))) == len(rows)


def test_a_key_is_the_same_for_a_null_and_an_absent_part() -> None:
    null, absent = keys(STOCK, b'{"product":10,"size":null}', b'{"product":10}')
    assert null == absent


PARTS = st.tuples(st.none() | st.integers(0, 30), st.none() | st.text(max_size=4))


@given(PARTS, PARTS)
def test_keys_are_equal_only_when_all_parts_are(
    one: tuple[int | None, str | None], other: tuple[int | None, str | None]
) -> None:
    rows = [as_bytes(dict(zip(("product", "size"), p, strict=True))) for p in (one, other)]
    first, second = keys(STOCK, *rows)
    same = [(p[0], p[1] and p[1].replace("\x00", "")) for p in (one, other)]
    assert (first == second) is (same[0] == same[1])
    assert str(uuid.UUID(str(first))) == first


def test_equal_rows_without_any_key_get_one_each_and_the_same_ones_when_read_again() -> None:
    rows = [as_bytes({"account": "200", "amount": n}) for n in ("1.10", "2.20", "1.10", "1.10")]
    codec = RowCodec(JOURNAL)
    first = [key_of(codec.row(row)) for row in rows]
    assert len(set(first)) == len(first)
    codec.start_again()
    assert [key_of(codec.row(row)) for row in rows] == first
    assert keys(JOURNAL, *rows) == first


# --- rows that share a grain, and spellings of one GUID -------------------------------------------

LEVEL = {"ID": "8fa1c2d3-00ab-4c5d-9e0f-abcdefabcdef", "Location": "Main", "OnHand": 5}


@pytest.mark.parametrize("other", [LEVEL, {**LEVEL, "OnHand": 7}], ids=["equal", "other amounts"])
def test_two_locations_of_one_name_have_a_key_each_and_the_same_ones_in_each_answer(
    other: dict[str, object],
) -> None:
    answer = [as_bytes(LEVEL), as_bytes(other), as_bytes({**LEVEL, "Location": "Store"})]
    codec = RowCodec(AVAILABILITY)
    read = [[key_of(row) for row in codec.rows(answer)] for _ in range(2)]
    assert len(set(read[0])) == 3
    assert read[0] == read[1]
    alone = [key_of(codec.row(row)) for row in answer]
    assert alone == [read[0][0], read[0][0], read[0][2]]


def test_an_answer_may_be_read_in_several_steps() -> None:
    codec, came = RowCodec(AVAILABILITY), Counter[str]()
    answer = [as_bytes(LEVEL)] * 3
    read = [key_of(row) for raw in answer for row in codec.rows([raw], occurrences=came)]
    assert read == [key_of(row) for row in codec.rows(answer)]


def test_the_letter_case_of_a_guid_does_not_make_two_keys() -> None:
    one, other = keys(
        AVAILABILITY, as_bytes(LEVEL), as_bytes({**LEVEL, "ID": str(LEVEL["ID"]).upper()})
    )
    assert one == other
