"""What a run says of a stream at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_cin7.client.metrics import Tally
from tap_cin7.rows.codec import Notes
from tap_cin7.run.summary import Before, Summary, notes_of
from tap_cin7.singer.emission import Written
from tests.unit.taps import tap

if TYPE_CHECKING:
    from tap_cin7.singer.stream import Cin7Stream

BEGAN = "2026-01-31T00:00:00.000000Z"
REACHED = "2026-01-30T10:00:00.000000Z"


def contacts() -> Cin7Stream:
    return next(one for one in tap().cin7_streams if one.name == "contacts")


def written(*keys: int) -> Written:
    found = Written()
    found.add(keys)
    return found


def test_a_stream_is_told_with_all_its_numbers() -> None:
    stream = contacts()
    before = Before.of(stream, BEGAN)
    stream.stream_state["replication_key_value"] = REACHED
    stream.notes.unknown |= {"New", "Lines[].New"}
    tally = Tally("contacts", calls=4, retries=1, waited=2.04, duplicates=3, announced=200)
    summary = Summary.of(stream, before, written=written(1, 2, 2), tally=tally, note="")
    assert summary.line() == (
        "SUMMARY contacts: 3 rows, 2 unique keys, 4 calls, 1 retries, 2.0 s waited, "
        "3 duplicates dropped, Total 200, unknown fields Lines[].New, New, "
        "does not hold: known-fields"
    )
    numbers = summary.as_dict()
    assert (numbers["began"], numbers["method"]) == (BEGAN, "INCREMENTAL")
    assert (numbers["bookmark_before"], numbers["bookmark_after"]) == (None, REACHED)
    assert numbers["ended"] > BEGAN


def test_a_part_makes_no_calls_of_its_own() -> None:
    stream = contacts()
    before = Before.of(stream, BEGAN)
    summary = Summary.of(stream, before, written=written(1), tally=None, note="incomplete")
    assert summary.line() == (
        "SUMMARY contacts (incomplete): 1 rows, 1 unique keys, 0 calls, 0 retries, 0.0 s waited, "
        "0 duplicates dropped, Total not announced, unknown fields none"
    )


def test_a_parent_that_is_not_selected_has_calls_and_no_rows() -> None:
    stream = contacts()
    before = Before.of(stream, BEGAN)
    tally = Tally("contacts", calls=4)
    summary = Summary.of(stream, before, written=None, tally=tally, note="read for its parts")
    assert summary.line().startswith(
        "SUMMARY contacts (read for its parts): 0 rows, 0 unique keys, 4"
    )


def test_what_answers_refuted_on_the_way_is_named() -> None:
    tally = Tally("contacts", refuted={"omni-order", "limits"})
    before = Before.of(contacts(), BEGAN)
    summary = Summary.of(contacts(), before, written=written(1), tally=tally, note="")
    assert summary.line().endswith(", does not hold: limits, omni-order")
    assert summary.as_dict()["refuted"] == ("limits", "omni-order")


def test_nothing_odd_gives_no_line() -> None:
    assert notes_of("sales", Notes()) == []


def test_what_was_odd_is_named_by_path_and_row_without_content() -> None:
    notes = Notes({"b", "a"}, {"total": 7, "lines[].qty": (7, 1)}, 2)
    unknown, odd, without_key = notes_of("sales", notes)
    assert unknown == "sales: fields without a column, kept only by extra_fields: a, b"
    assert odd.startswith("sales: ")
    assert odd.index("lines[].qty (row (7, 1))") < odd.index("total (row 7)")
    assert without_key == "sales: 2 rows without a key were left out"
