"""``tap_cin7_runs``: what an analyst asks to know whether yesterday's load is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox import Sandbox
from tests.support import bookmarks, only, run_tap

if TYPE_CHECKING:
    from tests.support import Result, Row

RECORD = "tap_cin7_runs"


def told(result: Result) -> dict[str, Row]:
    rows = result.records[RECORD]
    assert len({row["run_id"] for row in rows}) == 1
    return {row["stream"]: row for row in rows}


def test_a_run_leaves_a_row_for_each_stream_before_its_last_state(small: Sandbox) -> None:
    catalog = only("users", "quotes", "quote_lines", RECORD)
    first = run_tap(small, catalog)
    assert first.exit_code == 0, first.stderr
    rows = told(first)
    assert rows.keys() == {"users", "quotes", "quote_lines"}
    for stream, row in rows.items():
        assert row["complete"] is True
        assert row["note"] is None
        assert row["rows"] == row["unique_keys"] == len(first.records[stream])
        assert row["began"] <= row["ended"]
    assert (rows["users"]["method"], rows["users"]["calls"]) == ("FULL_TABLE", 1)
    assert (rows["quote_lines"]["method"], rows["quote_lines"]["calls"]) == ("INCREMENTAL", 0)
    reached = bookmarks(first)["quotes"]["replication_key_value"]
    assert (rows["quotes"]["bookmark_before"], rows["quotes"]["bookmark_after"]) == (None, reached)
    assert first.messages[-1]["type"] == "STATE"

    second = told(run_tap(small, catalog, first.states[-1]))
    assert second["quotes"]["bookmark_before"] == reached
    assert second["quotes"]["run_id"] > rows["quotes"]["run_id"]


def test_a_stream_that_failed_or_may_not_be_read_is_not_complete() -> None:
    with Sandbox(default_rows=20, denied=["users"]) as server:
        server.always("quotes", 400)
        result = run_tap(server, only("users", "quotes", "contacts", RECORD))
    assert result.exit_code == 1
    rows = told(result)
    assert {name: (row["complete"], row["note"]) for name, row in rows.items()} == {
        "users": (False, "skipped"),
        "quotes": (False, "incomplete"),
        "contacts": (True, None),
    }


def test_fields_that_went_into_extra_fields_are_named(own: Sandbox) -> None:
    own.store.edit("users", own.store.keys("users")[0], nickname="Bob", shoeSize=43)
    rows = told(run_tap(own, only("users", RECORD)))
    assert rows["users"]["fields_without_column"] == "nickname, shoeSize"


def test_nobody_gets_it_without_asking(small: Sandbox) -> None:
    assert RECORD not in run_tap(small).schemas


def test_a_run_of_nothing_but_its_record_is_a_failure(small: Sandbox) -> None:
    result = run_tap(small, only(RECORD))
    assert result.exit_code == 1
    (error,) = result.errors
    assert error.startswith("no stream is selected")


def test_a_snapshot_that_is_not_due_has_a_row_that_says_so(small: Sandbox) -> None:
    catalog = only("stock", "stock_snapshots", RECORD)
    first = run_tap(small, catalog)
    assert told(first)["stock_snapshots"]["note"] is None
    second = run_tap(small, catalog, first.states[-1])
    rows = told(second)
    assert rows.keys() == {"stock", "stock_snapshots"}
    row = rows["stock_snapshots"]
    assert (row["complete"], row["note"], row["rows"], row["calls"]) == (True, "not due", 0, 0)
    assert row["began"] <= row["ended"]
    assert "RUN 1 streams" in second.stderr
    assert "all complete" in second.stderr


def test_a_snapshot_that_is_due_and_not_taken_is_not_complete(own: Sandbox) -> None:
    own.always("stock", 400)
    row = told(run_tap(own, only("stock", "stock_snapshots", RECORD)))["stock_snapshots"]
    assert (row["complete"], row["note"]) == (False, "incomplete")


def test_a_run_of_a_snapshot_that_is_not_due_is_none(small: Sandbox) -> None:
    catalog = only("stock_snapshots", RECORD)
    first = run_tap(small, catalog)
    second = run_tap(small, catalog, first.states[-1])
    assert (first.exit_code, second.exit_code) == (0, 0), second.stderr
    assert told(second)["stock_snapshots"]["note"] == "not due"
    assert second.messages[-1]["type"] == "STATE"
    assert "stock_snapshots" not in second.records
