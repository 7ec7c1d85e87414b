"""State: what a state file may hold, and where a group of streams stands."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tap_cin7.errors import BadInput
from tap_cin7.reading.position import Load, Position
from tap_cin7.singer.state import check_state, merge_position, position_of

KEYS = {"sales": "header_modified", "sale_order_lines": "parent_modified", "stock": None}


def merged(old: Any, new: Any) -> Any:  # noqa: ANN401
    """Merge a new state into an old one as some orchestrators do."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{name: merged(old.get(name), value) for name, value in new.items()}}
    return new


def checked(**entries: Any) -> dict[str, Any]:  # noqa: ANN401
    bookmarks: dict[str, Any] = check_state({"bookmarks": entries}, KEYS, "core")["bookmarks"]
    return bookmarks


def test_dates_become_canonical() -> None:
    entry = checked(sales={"replication_key_value": "2026-01-31T10:00:00+02:00"})["sales"]
    assert entry["replication_key_value"] == "2026-01-31T08:00:00.000000Z"


@pytest.mark.parametrize(
    "state", [[], {"streams": {}}, {"bookmarks": []}, {"bookmarks": {"sales": 1}}]
)
def test_what_is_not_a_state_is_refused(state: Any) -> None:  # noqa: ANN401
    with pytest.raises(BadInput):
        check_state(state, KEYS, "core")


def test_a_state_of_another_api_is_refused() -> None:
    with pytest.raises(BadInput, match="another tap or api"):
        checked(sales_orders={"replication_key_value": "2026-01-31"})


def test_a_bookmark_by_another_column_is_refused() -> None:
    with pytest.raises(BadInput, match="by 'Updated'"):
        checked(sales={"replication_key": "Updated", "replication_key_value": "2026-01-31"})


@pytest.mark.parametrize("name", ["replication_key_value", "whole_read_at", "read_since"])
def test_a_bookmark_in_the_future_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="lies in the future"):
        checked(sales={name: "2099-01-01T00:00:00Z"})


@pytest.mark.parametrize("value", ["soon", 5, {"a": 1}])
def test_a_bookmark_that_is_not_a_date_is_refused(value: object) -> None:
    with pytest.raises(BadInput, match="is not a date"):
        checked(sales={"replication_key_value": value})


@pytest.mark.parametrize("marker", [{"began": 5}, "x", {"began": "2026-01-01", "over": "no"}])
def test_a_marker_that_the_tap_did_not_write_is_refused(marker: object) -> None:
    with pytest.raises(BadInput, match="not as tap-cin7 writes it"):
        checked(sales={"load": marker})


def test_a_marker_of_version_0_1_is_taken() -> None:
    marker = {"since": None, "began": "2026-01-01", "whole": False, "position": ["2025-05-05", "a"]}
    entry = checked(sales={"resume": marker})["sales"]
    assert entry["resume"]["began"] == "2026-01-01T00:00:00.000000Z"
    assert position_of(entry, [entry]).resume == entry["resume"]


def test_the_bookmark_of_a_group_is_the_least() -> None:
    entries = [{"replication_key_value": "2026-02"}, {"replication_key_value": "2026-01"}]
    assert position_of({}, entries).replication_key_value == "2026-01"
    assert position_of({}, [*entries, {}]).replication_key_value is None


def test_a_marker_counts_only_where_all_have_it() -> None:
    load = {"began": "2026-01-01", "since": None, "whole": False, "order": "newest"}
    entry = {"load": {**load, "position": ["a", "b"], "over": False}}
    assert isinstance(position_of({}, [entry, dict(entry)]).load, Load)
    assert position_of({}, [entry, {}]).load is None


def test_long_texts_lie_once_and_count_for_those_who_saw_them() -> None:
    source: dict[str, Any] = {}
    part: dict[str, Any] = {}
    merge_position(Position(seen="2026-01=abc"), source, [(part, "parent_modified")])
    assert "seen" not in part
    assert position_of(source, [part]).seen == "2026-01=abc"
    # The head itself was not selected: it has not seen the rows.
    assert position_of(source, [source, part]).seen is None


def test_a_full_table_keeps_no_bookmark() -> None:
    entry: dict[str, Any] = {}
    merge_position(
        Position(replication_key_value="2026-01-01", whole_read_at="2026"), {}, [(entry, None)]
    )
    assert entry == {"whole_read_at": "2026"}


def test_a_finished_load_is_over_in_a_merged_state_too() -> None:
    before: dict[str, Any] = {}
    merge_position(
        Position(load=Load(began="2026-01-01", position=("s", "i"))), {}, [(before, "k")]
    )
    after: dict[str, Any] = {}
    merge_position(Position(load=Load(began="2026-01-01", over=True)), {}, [(after, "k")])
    both = merged(before, after)
    load = position_of(both, [both]).load
    assert isinstance(load, Load)
    assert load.over


# --- state files -------------------------------------------------------------------------------

NOW = "2026-03-01T00:00:00.000000Z"
MARKER = {"since": None, "began": NOW, "whole": False, "position": [NOW, "id-1"]}
DATES = ["replication_key_value", "unstamped_since", "read_since", "whole_read_at"]


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"bookmarks": {}},
        {"bookmarks": {"sales": {}}},
        {"bookmarks": {"sales": {"replication_key_value": "2026-01-31"}}},
        {"bookmarks": {"sales": {}, "a_stream_of_an_older_release": {}}},
        {"turns": {"read": [], "cut": [], "next": "sales"}},
    ],
)
def test_a_state_of_this_tap_is_taken(state: dict[str, Any]) -> None:
    assert check_state(state, KEYS, "core").keys() >= state.keys()


@pytest.mark.parametrize("state", [None, "x", 5, {"sales": {}}, {"value": {}}])
def test_what_is_not_a_state_is_answered_with_the_form_of_one(state: Any) -> None:  # noqa: ANN401
    with pytest.raises(BadInput, match="bookmarks"):
        check_state(state, KEYS, "core")


@pytest.mark.parametrize("name", [*DATES, "snapshot_at"])
@pytest.mark.parametrize("value", ["soon", 5, True, "0001-01-01", ""])
def test_every_date_in_a_state_is_checked(name: str, value: object) -> None:
    with pytest.raises(BadInput, match=rf"{name} of stream 'sales' is not a date.*2026-01-31T"):
        checked(sales={name: value})


@pytest.mark.parametrize("name", [*DATES, "snapshot_at"])
def test_dates_leave_in_canonical_form(name: str) -> None:
    assert checked(sales={name: "2026-03-01T10:00:00+10:00"})["sales"] == {name: NOW}


def test_nulls_are_left_out() -> None:
    entry = {"replication_key": "header_modified", **dict.fromkeys(DATES)}
    assert checked(sales=entry)["sales"] == {"replication_key": "header_modified"}


def test_what_is_given_is_not_changed() -> None:
    state = {"bookmarks": {"sales": {"read_since": "2026-01-31", "resume": None}}}
    before = copy.deepcopy(state)
    check_state(state, KEYS, "core")
    assert state == before


def test_other_streams_and_entries_pass_as_they_are() -> None:
    state = {"bookmarks": {"sales": {"other": 1}, "older": {"read_since": "soon"}}, "more": 2}
    assert check_state(state, KEYS, "core") == state


def test_a_refusal_of_a_state_is_one_line() -> None:
    many: dict[str, Any] = {f"stream_{number}": {} for number in range(100)}
    with pytest.raises(BadInput) as caught:
        checked(**many)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("since", [None, NOW])
@pytest.mark.parametrize("stamp", ["", NOW])
def test_a_marker_of_version_0_1_is_taken_as_it_was_written(since: str | None, stamp: str) -> None:
    marker = {"since": since, "began": NOW, "whole": True, "position": [stamp, "id-1"]}
    assert checked(sales={"resume": marker})["sales"] == {"resume": marker}


@pytest.mark.parametrize(
    "marker",
    [
        "soon",
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
def test_a_marker_of_version_0_1_that_can_not_be_used_is_refused(marker: object) -> None:
    with pytest.raises(BadInput, match="resume of stream 'sales'"):
        checked(sales={"resume": marker})


@pytest.mark.parametrize("marker", [{}, [], "", None])
@pytest.mark.parametrize("name", ["resume", "load"])
def test_a_marker_that_says_nothing_is_none(name: str, marker: object) -> None:
    assert checked(sales={name: marker})["sales"] == {}


# --- what a stream and its parts have together --------------------------------------------------


def test_a_place_in_a_list_counts_only_where_all_have_it() -> None:
    place = [1000, 100, 5000, ["a"], ["b"], NOW, NOW]
    assert position_of({"place": place}, [{"place": place}, {}]).place is None
    assert position_of({}, [{"place": place}, {"place": place}]).place is not None


def test_what_is_to_be_fetched_again_is_so_for_each() -> None:
    again = position_of({}, [{"again": "2026-02|aaaaaa"}, {"again": "2026-01|aaaaaabbbbbb"}]).again
    assert again == "2026-02|aaaaaaaaaaaabbbbbb"


def test_the_history_of_a_group_is_that_of_its_last() -> None:
    entries = [{"loaded_from": ""}, {"loaded_from": "2026-01"}]
    assert position_of({}, entries).loaded_from == "2026-01"
    assert position_of({}, [{"loaded_from": ""}]).loaded_from == ""
    assert position_of({"loaded_from": "2026-01"}, [{}]).loaded_from == "2026-01"


def test_streams_that_were_filtered_differently_have_no_filter_in_common() -> None:
    assert position_of({}, [{"where": "a"}, {"where": ""}]).where == "a"
    assert position_of({}, [{"where": "a"}, {"where": "b"}]).where not in ("a", "b", "")
