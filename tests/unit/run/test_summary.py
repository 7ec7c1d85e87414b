"""What a run says of a stream at its end."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any, cast

from rich.console import Console

from tap_cin7.client.metrics import StreamMetrics
from tap_cin7.reading.keyset import KeyCount
from tap_cin7.rows.codec import Notes
from tap_cin7.run.summary import Before, Summary, notes_of, overall, some_of, table
from tests.unit.taps import tap_of

if TYPE_CHECKING:
    from tap_cin7.singer.stream import Cin7Stream

BEGAN = "2026-01-31T00:00:00.000000Z"
REACHED = "2026-01-30T10:00:00.000000Z"


def contacts() -> Cin7Stream:
    return next(one for one in tap_of("contacts").cin7_streams if one.name == "contacts")


def written(*keys: int) -> KeyCount:
    found = KeyCount()
    found.update(keys)
    return found


def test_a_stream_is_told_with_all_its_numbers() -> None:
    stream = contacts()
    before = Before(BEGAN, None)
    stream.stream_state["replication_key_value"] = REACHED
    stream.notes.unknown |= {"New", "Lines[].New"}
    metrics = StreamMetrics(
        "contacts", calls=4, retries=1, waited=2.04, duplicates=3, announced=200
    )
    summary = Summary.of(stream, before, written(1, 2, 2), metrics, "")
    assert summary.line() == (
        "SUMMARY contacts: 3 rows, 2 unique keys, 4 calls, 1 retries, 2.0 s waited, "
        "3 duplicates dropped, Total 200, unknown fields Lines[].New, New"
    )
    numbers = summary.as_dict()
    assert (numbers["began"], numbers["method"]) == (BEGAN, "INCREMENTAL")
    assert (numbers["bookmark_before"], numbers["bookmark_after"]) == (None, REACHED)
    assert numbers["ended"] > BEGAN


def test_a_part_makes_no_calls_of_its_own() -> None:
    stream = contacts()
    before = Before(BEGAN, None)
    summary = Summary.of(stream, before, written(1), StreamMetrics(""), "incomplete")
    assert summary.line() == ("SUMMARY contacts (incomplete): 1 rows, 1 unique keys")


def test_a_parent_that_is_not_selected_has_calls_and_no_rows() -> None:
    stream = contacts()
    before = Before(BEGAN, None)
    metrics = StreamMetrics("contacts", calls=4)
    summary = Summary.of(stream, before, KeyCount(), metrics, "read for its parts")
    assert summary.line() == "SUMMARY contacts (read for its parts): 0 rows, 4 calls"


def ended(stream: str, note: str = "", rows: int = 0, **more: Any) -> Summary:  # noqa: ANN401
    numbers = {"unique_keys": rows, "calls": 1, "retries": 0, "waited": 0.0, "duplicates": 0}
    return Summary(
        stream,
        note,
        BEGAN,
        REACHED,
        "INCREMENTAL",
        None,
        None,
        rows,
        **(numbers | more),
        total=None,
        unknown=(),
    )


def test_what_answers_refuted_on_the_way_is_named() -> None:
    metrics = StreamMetrics("contacts", refuted={"omni-order", "limits"})
    before = Before(BEGAN, None)
    summary = Summary.of(contacts(), before, written(1), metrics, "")
    assert summary.line().endswith(", does not hold: limits, omni-order")
    assert summary.as_dict()["refuted"] == ("limits", "omni-order")


def test_one_line_tells_of_the_run_in_all_and_what_needs_attention() -> None:
    streams = [ended("users", rows=1_200), ended("sales", "read for its parts")]
    line = overall(streams, calls=1_300, seconds=61.4, following="the next run goes on")
    assert (
        line == "RUN 1 streams, 1,200 rows, 1,300 calls, 61 s; all complete; the next run goes on"
    )
    streams += [ended("deals", "skipped"), ended("bins", "incomplete"), ended("tags", "incomplete")]
    line = overall(streams, calls=5, seconds=1, following="the next run goes on")
    assert "s; skipped: deals; incomplete: bins, tags; the next" in line


def test_a_line_names_ten_streams_and_counts_the_others() -> None:
    names = [f"stream_{number}" for number in range(33)]
    assert some_of(names).endswith("stream_9 and 23 more")
    assert some_of(names[:2]) == "stream_0, stream_1"


def test_a_terminal_shows_what_needs_attention_first() -> None:
    streams = [ended("users", rows=1_200), ended("sales", "incomplete", rows=3, retries=2)]
    console = Console(width=80, file=StringIO())
    console.print(table(streams))
    shown = cast("StringIO", console.file).getvalue().splitlines()
    assert shown[0].split() == ["stream", "rows", "calls", "note"]
    assert shown[2].split() == ["sales", "3", "1", "incomplete,", "2", "retries"]
    assert shown[3].split() == ["users", "1,200", "1"]
    assert max(map(len, shown)) <= 80


def test_nothing_odd_gives_no_line() -> None:
    assert notes_of("sales", Notes()) == []


def test_what_was_odd_is_named_by_path_and_row_without_content() -> None:
    notes = Notes({"b", "a"}, {"total": 7, "lines[].qty": (7, 1)}, 2)
    unknown, odd, without_key = notes_of("sales", notes)
    assert unknown == "sales: fields without a column, kept only by extra_fields: a, b"
    assert odd.startswith("sales: ")
    assert odd.index("lines[].qty (row (7, 1))") < odd.index("total (row 7)")
    assert without_key == "sales: 2 rows without a key were left out"
