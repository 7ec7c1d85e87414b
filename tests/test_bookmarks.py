"""Where a stream starts, what it keeps, and which state files are refused."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_cin7.bookmarks import (
    check_state,
    configured_start,
    keep,
    last_bookmark,
    starting_point,
    whole_read_done,
    whole_read_due,
)
from tap_cin7.errors import BadInput
from tap_cin7.stream import Cin7Stream
from tap_cin7.values import instant, moved

NOW = "2026-03-01T00:00:00.000000Z"
MOMENTS = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1))  # noqa: DTZ001


@dataclass
class Bookmarked:
    """As much of a stream as bookmarks look at."""

    config: dict[str, Any] = field(default_factory=dict)
    stream_state: dict[str, Any] = field(default_factory=dict)
    name: str = "orders"
    replication_method: str = "INCREMENTAL"
    replication_key: str | None = "modifiedDate"
    parts: list[Bookmarked] = field(default_factory=list)
    selected: bool = True

    @property
    def family(self) -> list[Bookmarked]:
        return [*([self] if self.selected else []), *self.parts]

    def overlap_start(self, bookmark: str) -> str:
        return Cin7Stream.overlap_start(cast("Cin7Stream", self), bookmark)


def at(value: str | None, key: str = "modifiedDate") -> dict[str, Any]:
    return {} if value is None else {"replication_key": key, "replication_key_value": value}


def stream(
    bookmark: str | None = None,
    *,
    start_date: str | None = None,
    lookback_seconds: int = 300,
    **more: Any,  # noqa: ANN401
) -> Cin7Stream:
    config = {"start_date": start_date, "lookback_seconds": lookback_seconds, **more}
    return cast("Cin7Stream", Bookmarked(config, at(bookmark)))


def full_table(bookmark: str | None = None, **settings: Any) -> Cin7Stream:  # noqa: ANN401
    made = stream(bookmark, **settings)
    cast("Bookmarked", made).replication_method = "FULL_TABLE"
    return made


def with_parts(bookmark: str | None, *parts: str | None) -> Cin7Stream:
    head = stream(bookmark)
    cast("Bookmarked", head).parts = [cast("Bookmarked", stream(part)) for part in parts]
    return head


# The start.


def test_without_bookmark_and_start_date_everything_is_read() -> None:
    assert starting_point(stream()) is None


@pytest.mark.parametrize("start", [None, "", "   "])
def test_an_empty_start_date_wants_everything(start: str | None) -> None:
    assert configured_start(stream(start_date=start)) is None


def test_the_first_run_starts_at_the_start_date_without_overlap() -> None:
    assert starting_point(stream(start_date="2026-01-31")) == "2026-01-31T00:00:00.000000Z"


def test_the_next_run_starts_at_its_bookmark_minus_the_overlap() -> None:
    read = stream("2026-02-01T00:00:00.000000Z", start_date="2026-01-01")
    assert starting_point(read) == "2026-01-31T23:55:00.000000Z"


def test_without_overlap_the_next_run_starts_at_its_bookmark() -> None:
    read = stream("2026-02-01T00:00:00.000000Z", lookback_seconds=0)
    assert starting_point(read) == "2026-02-01T00:00:00.000000Z"


def test_the_overlap_never_reaches_behind_the_start_date() -> None:
    read = stream("2026-01-31T00:01:00.000000Z", start_date="2026-01-31")
    assert starting_point(read) == "2026-01-31T00:00:00.000000Z"


def test_a_start_date_moved_past_the_bookmark_wins() -> None:
    read = stream("2026-01-01T00:00:00.000000Z", start_date="2026-02-01T10:00:00+10:00")
    assert starting_point(read) == "2026-02-01T00:00:00.000000Z"


@pytest.mark.parametrize("bookmark", ["2026-02-01T10:00:00+10:00", "2026-02-01", "2026-02-01Z"])
def test_a_bookmark_written_by_hand_is_read_in_any_form_of_a_date(bookmark: str) -> None:
    assert last_bookmark(stream(bookmark)) == "2026-02-01T00:00:00.000000Z"


@pytest.mark.parametrize("start", [None, "2026-01-31"])
def test_a_full_table_stream_is_read_whole_whatever_its_bookmark_and_the_start_date(
    start: str | None,
) -> None:
    assert starting_point(full_table(NOW, start_date=start)) is None


def test_a_bookmark_written_by_hand_needs_no_column() -> None:
    read = stream()
    read.stream_state["replication_key_value"] = NOW
    assert last_bookmark(read) == NOW


def test_a_bookmark_by_another_column_is_not_used() -> None:
    read = stream()
    read.stream_state.update(at(NOW, key="createdDate"))
    assert last_bookmark(read) is None


@given(st.none() | MOMENTS, st.none() | MOMENTS, st.integers(0, 10**7))
def test_no_run_starts_behind_the_start_date_or_past_the_bookmark(
    start: datetime | None, bookmark: datetime | None, lookback: int
) -> None:
    first = instant(start.isoformat()) if start else None
    last = instant(bookmark.isoformat()) if bookmark else None
    begins = starting_point(stream(last, start_date=first, lookback_seconds=lookback))
    if first is None and last is None:
        assert begins is None
        return
    assert begins is not None
    assert first is None or begins >= first
    if last is not None:
        assert begins >= moved(last, -lookback)
        assert begins <= max(last, first or "")


# Parts, which share the calls of their head.


def test_a_family_starts_at_the_oldest_bookmark_of_its_members() -> None:
    oldest = "2026-01-01T00:00:00.000000Z"
    assert last_bookmark(with_parts(NOW, oldest, NOW)) == oldest


def test_a_part_that_is_new_to_the_selection_brings_the_family_back_to_the_start() -> None:
    assert last_bookmark(with_parts(NOW, NOW, None)) is None


def test_parts_are_read_by_their_bookmarks_when_their_head_is_not_selected() -> None:
    head = with_parts(None, NOW)
    cast("Bookmarked", head).selected = False
    assert starting_point(head) == moved(NOW, -300)


def test_a_family_of_full_tables_is_read_whole() -> None:
    head = full_table(start_date="2026-01-31")
    cast("Bookmarked", head).parts = [cast("Bookmarked", full_table(NOW))]
    assert starting_point(head) is None


# What is kept.


def test_an_incremental_stream_keeps_its_position_with_the_column_it_is_by() -> None:
    read = stream()
    keep(read, {"replication_key_value": NOW})
    assert read.stream_state == at(NOW)


def test_null_takes_an_entry_out_of_the_state() -> None:
    read = stream(NOW)
    read.stream_state["resume"] = {}
    keep(read, {"resume": None, "read_since": None})
    assert read.stream_state == at(NOW)


def test_a_full_table_stream_keeps_no_position() -> None:
    read = full_table()
    keep(read, {"replication_key_value": NOW, "whole_read_at": NOW})
    assert read.stream_state == {"whole_read_at": NOW}


def test_keeping_does_not_change_the_bookmark_that_is_shared_by_a_family() -> None:
    bookmark = {"replication_key_value": NOW}
    keep(full_table(), bookmark)
    keep(stream(), bookmark)
    assert bookmark == {"replication_key_value": NOW}


# The periodic whole read.


def test_no_whole_read_is_due_unless_it_is_asked_for() -> None:
    assert not whole_read_due(stream(NOW), NOW)
    assert whole_read_done(stream(NOW), NOW, whole=True) == {}


def test_the_first_run_is_whole_anyway() -> None:
    assert not whole_read_due(stream(full_refresh_days=7), NOW)


def test_a_whole_read_is_due_when_none_was_ever_noted() -> None:
    assert whole_read_due(stream(NOW, full_refresh_days=7), NOW)


@pytest.mark.parametrize(
    ("days_ago", "due"), [(0, False), (6, False), (7, False), (8, True), (400, True)]
)
def test_a_whole_read_is_due_after_the_days_that_are_asked_for(days_ago: int, *, due: bool) -> None:
    read = stream(NOW, full_refresh_days=7)
    read.stream_state.update(whole_read_done(read, moved(NOW, -days_ago * 86_400), whole=True))
    assert whole_read_due(read, NOW) is due


def test_a_read_that_was_not_whole_is_not_noted_as_whole() -> None:
    assert whole_read_done(stream(NOW, full_refresh_days=7), NOW, whole=False) == {}


# State files.


MARKER = {"since": None, "began": NOW, "whole": False, "position": [NOW, "id-1"]}
DATES = ["replication_key_value", "unstamped_since", "read_since", "whole_read_at"]


def check(state: Any, *streams: Cin7Stream, api: str = "omni") -> dict[str, Any]:  # noqa: ANN401
    return check_state(state, streams or [stream()], api)


def checked(bookmark: dict[str, Any]) -> dict[str, Any]:
    held: dict[str, Any] = check({"bookmarks": {"orders": bookmark}})["bookmarks"]["orders"]
    return held


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"bookmarks": {}},
        {"bookmarks": {"orders": {}}},
        {"bookmarks": {"orders": at(NOW)}},
        {"bookmarks": {"orders": at("2026-01-31")}},
        {"bookmarks": {"orders": {"replication_key_value": "2026-01-31"}}},
        {"bookmarks": {"orders": at(NOW), "a_stream_of_an_older_release": {}}},
    ],
)
def test_a_state_of_this_tap_is_taken(state: object) -> None:
    check(state)


@pytest.mark.parametrize(
    "state",
    [None, [], "x", 5, {"orders": at(NOW)}, {"bookmarks": None}, {"bookmarks": []}, {"value": {}}],
)
def test_what_is_no_state_is_answered_with_the_form_of_one(state: object) -> None:
    with pytest.raises(BadInput, match="bookmarks"):
        check(state)


def test_the_state_of_another_tap_is_refused_with_its_streams() -> None:
    with pytest.raises(BadInput, match=r"another tap or api.*'core'.*tickets"):
        check({"bookmarks": {"tickets": {}}}, api="core")


def test_a_bookmark_by_the_column_of_another_api_is_refused() -> None:
    with pytest.raises(BadInput, match=r"'orders'.*'LastModifiedOn'.*'modifiedDate'"):
        check({"bookmarks": {"orders": at(NOW, key="LastModifiedOn")}})


@pytest.mark.parametrize("value", ["soon", "31/01/2026", 5, True, ["x"], "0001-01-01", ""])
def test_a_bookmark_that_is_no_date_is_named_with_its_stream(value: object) -> None:
    bookmark = {"replication_key": "modifiedDate", "replication_key_value": value}
    with pytest.raises(BadInput, match=r"'orders' is no date.*2026-01-31T00:00:00Z"):
        check({"bookmarks": {"orders": bookmark}})


@pytest.mark.parametrize("name", DATES)
@pytest.mark.parametrize("value", ["soon", 5, "0001-01-01", ""])
def test_every_date_in_a_state_is_checked(name: str, value: object) -> None:
    with pytest.raises(BadInput, match=f"{name} of stream 'orders' is no date"):
        check({"bookmarks": {"orders": {name: value}}})


@pytest.mark.parametrize("name", DATES)
def test_dates_leave_in_canonical_form(name: str) -> None:
    assert checked({name: "2026-03-01T10:00:00+10:00"}) == {name: NOW}


def test_nulls_are_left_out() -> None:
    assert checked({"replication_key": "modifiedDate", **dict.fromkeys(DATES)}) == {
        "replication_key": "modifiedDate"
    }


def test_what_is_given_is_not_changed() -> None:
    state = {"bookmarks": {"orders": {"read_since": "2026-01-31", "resume": None}}}
    before = copy.deepcopy(state)
    check(state)
    assert state == before


def test_other_streams_and_entries_pass_as_they_are() -> None:
    state = {"bookmarks": {"orders": {"other": 1}, "older": {"read_since": "soon"}}, "more": 2}
    assert check(state) == state


@pytest.mark.parametrize("since", [None, NOW])
@pytest.mark.parametrize("stamp", ["", NOW])
def test_a_resume_marker_is_taken_as_it_was_written(since: str | None, stamp: str) -> None:
    marker = {"since": since, "began": NOW, "whole": True, "position": [stamp, "id-1"]}
    assert checked({"resume": marker}) == {"resume": marker}


def test_a_resume_marker_leaves_with_canonical_dates() -> None:
    date = "2026-03-01"
    marker = {"since": date, "began": date, "whole": False, "position": [date, "id-1"]}
    assert checked({"resume": marker}) == {"resume": {**MARKER, "since": NOW}}


@pytest.mark.parametrize(
    "marker",
    [
        "soon",
        {},
        {"since": None},
        {"position": "x"},
        {**MARKER, "since": "soon"},
        {**MARKER, "since": ""},
        {**MARKER, "since": 0},
        {**MARKER, "began": None},
        {**MARKER, "began": "soon"},
        {**MARKER, "whole": "true"},
        {**MARKER, "position": None},
        {**MARKER, "position": []},
        {**MARKER, "position": [NOW]},
        {**MARKER, "position": [NOW, 5]},
        {**MARKER, "position": ["soon", "id-1"]},
        {**MARKER, "position": [NOW, "id-1", "x"]},
    ],
)
def test_a_resume_marker_that_cannot_be_used_is_refused(marker: object) -> None:
    with pytest.raises(BadInput, match="resume of stream 'orders'"):
        check({"bookmarks": {"orders": {"resume": marker}}})


@pytest.mark.parametrize("bookmark", [None, "2026-01-31", [], 5])
def test_a_bookmark_that_is_no_object_is_named_with_its_stream(bookmark: object) -> None:
    with pytest.raises(BadInput, match="'orders' must be an object"):
        check({"bookmarks": {"orders": bookmark}})


def test_a_refusal_of_a_state_is_one_line() -> None:
    many: dict[str, Any] = {f"stream_{number}\n": {} for number in range(100)}
    with pytest.raises(BadInput) as caught:
        check({"bookmarks": many})
    assert len(str(caught.value)) < 300
