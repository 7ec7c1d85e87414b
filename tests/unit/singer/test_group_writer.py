"""What leaves of a group: versions of tables, and when older rows are reported as gone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.singerlib import StateMessage

from tap_cin7.errors import Incomplete
from tap_cin7.reading.reader import Estimate, Page
from tap_cin7.rows.codec import EncodedRecords, Row
from tap_cin7.singer.group_writer import GroupWriter
from tap_cin7.singer.output import Writer
from tests.unit.taps import group, tap_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_cin7.singer.stream import Cin7Stream
    from tap_cin7.tap import TapCin7

    Messages = list[dict[str, Any]]
    Captured = pytest.CaptureFixture[bytes]

STREAMS = ("users", "contacts", "branches", "quotes", "quote_lines", "stock_snapshots")
DAY = "2026-03-0{}T10:00:00.000000Z"


@dataclass
class Whole:
    """A reader of which no more is asked than what it sets out to do."""

    is_whole: bool = True
    is_resumed: bool = False

    def pages(self) -> Iterator[Page]:
        return iter(())

    def estimate(self, most_calls: int) -> Estimate | None:  # noqa: ARG002
        return None


def tap(**settings: Any) -> TapCin7:  # noqa: ANN401
    return tap_of(*STREAMS, **settings)


def page(ids: Iterable[int], output: int = 0) -> Page:
    return Page(
        [Row(one, {}, (EncodedRecords(output, (one,), (b'{"id":%d}' % one,)),)) for one in ids]
    )


class Run:
    """One reading of some streams of one tap, and what it writes."""

    def __init__(
        self,
        one: TapCin7,
        *streams: str,
        is_whole: bool = True,
        is_resumed: bool = False,
    ) -> None:
        self.group = group(one, *streams)
        self.stream: Cin7Stream = self.group.streams[0]
        self.writer = Writer()
        reader = Whole(is_whole=is_whole, is_resumed=is_resumed)
        self.group_writer = GroupWriter(self.group, self.writer, reader)

    def write(self, ids: Iterable[int]) -> None:
        """Write rows of a reading that goes on."""
        self.group_writer.begin()
        self.group_writer.write(page(ids))
        self.writer.write_message(StateMessage(value={}))

    def read(
        self,
        ids: Iterable[int],
        day: int = 1,
        reached: str | None = None,
        named: int | None = None,
    ) -> None:
        """Write a reading that is proven to bring every row."""
        self.write(ids)
        self.end(day, reached, named)

    def end(self, day: int = 1, reached: str | None = None, named: int | None = None) -> None:
        """End a reading that is proven to have brought every row."""
        last = Page([], is_whole=True, reached=reached, announced=named)
        self.group_writer.announce_what_is_gone(last, DAY.format(day))


def all_of(capture: Captured) -> Messages:
    """Return what has been written since, state aside."""
    messages = [json.loads(line) for line in capture.readouterr().out.splitlines()]
    return [one for one in messages if one["type"] != "STATE"]


def kinds(messages: Messages) -> str:
    return " ".join(dict.fromkeys(one["type"] for one in messages))


def versions(messages: Messages, kind: str = "RECORD") -> list[int | None]:
    return [one.get("version") for one in messages if one["type"] == kind]


# --- two witnesses -----------------------------------------------------------------------------


def test_the_first_whole_reading_reports_nothing(capsysbinary: Captured) -> None:
    Run(tap(), "users").read(range(3))
    messages = all_of(capsysbinary)
    assert kinds(messages) == "SCHEMA RECORD"
    assert len(set(versions(messages))) == 1


def test_a_whole_reading_names_the_version_of_the_one_before_it(capsysbinary: Captured) -> None:
    one = tap()
    carried = []
    for _ in range(3):
        Run(one, "users").read(range(3))
        messages = all_of(capsysbinary)
        carried.append(versions(messages)[0])
    assert carried == sorted(set(carried), key=lambda version: version or 0)
    assert messages[-1] == {"type": "ACTIVATE_VERSION", "stream": "users", "version": carried[1]}
    state = one.streams["users"].stream_state
    assert (state["version_before"], state["version"]) == (carried[1], carried[2])


def test_changes_carry_the_version_of_the_last_whole_reading(capsysbinary: Captured) -> None:
    one = tap()
    Run(one, "contacts").read(range(3))
    version = one.streams["contacts"].stream_state["version"]
    capsysbinary.readouterr()
    Run(one, "contacts", is_whole=False).write([7])
    assert versions(all_of(capsysbinary)) == [version]


def test_before_the_first_whole_reading_records_have_no_version(capsysbinary: Captured) -> None:
    Run(tap(), "contacts", is_whole=False).write([7])
    assert versions(all_of(capsysbinary)) == [None]


def test_rows_that_left_without_a_version_are_not_gone_by_one_reading(
    capsysbinary: Captured,
) -> None:
    one, silent = tap(), tap(emit_activate_version_messages=False)
    states = [each.streams["users"].stream_state for each in (one, silent)]
    Run(one, "users").read(range(6))
    states[1].update(states[0])
    Run(silent, "users").write(range(3))
    states[0].update(states[1])
    Run(one, "users", is_resumed=True).read(range(3, 6))
    Run(one, "users").read(range(5))
    assert "ACTIVATE_VERSION" not in kinds(all_of(capsysbinary))
    Run(one, "users").read(range(5))
    assert "ACTIVATE_VERSION" in kinds(all_of(capsysbinary))


def test_a_reading_that_takes_several_runs_has_one_version(capsysbinary: Captured) -> None:
    one = tap()
    Run(one, "users").read(range(6))
    capsysbinary.readouterr()
    Run(one, "users").write(range(3))
    Run(one, "users", is_resumed=True).write(range(3, 5))
    Run(one, "users", is_resumed=True).write([5])
    assert len(set(versions(all_of(capsysbinary)))) == 1
    assert one.streams["users"].stream_state["rows_of_reading"] == 6


def test_records_beside_a_regular_run_carry_the_time_of_their_own(capsysbinary: Captured) -> None:
    one = tap()
    Run(one, "users").read(range(3))
    version = one.streams["users"].stream_state["version"]
    named = tap(only_ids={"users": ["1"]})
    named.streams["users"].stream_state.update(one.streams["users"].stream_state)
    capsysbinary.readouterr()
    Run(named, "users", is_whole=False).write([1])
    (own,) = versions(all_of(capsysbinary))
    assert own is not None
    assert own >= version


def test_a_version_is_never_lower_than_the_one_before_whatever_our_clock_says() -> None:
    one = tap()
    ahead = 9_000_000_000_000
    Run(one, "users").stream.stream_state["version"] = ahead
    run = Run(one, "users")
    run.read([1])
    assert run.stream.stream_state["version"] == ahead + 1


def test_without_the_setting_nothing_is_said(capsysbinary: Captured) -> None:
    one = tap(emit_activate_version_messages=False)
    Run(one, "users").read([1])
    Run(one, "users").read([1])
    messages = all_of(capsysbinary)
    assert kinds(messages) == "SCHEMA RECORD"
    assert not [one for one in messages if "version" in one]


# --- what is not believed ----------------------------------------------------------------------


@pytest.mark.parametrize("left", [1, 4])
def test_less_than_half_is_believed_when_the_next_reading_says_so_too(
    left: int, capsysbinary: Captured
) -> None:
    one = tap()
    Run(one, "users").read(range(10))
    with pytest.raises(Incomplete, match="not believed before the next run says so too"):
        Run(one, "users").read(range(left))
    assert "ACTIVATE_VERSION" not in kinds(all_of(capsysbinary))
    Run(one, "users").read(range(left))
    assert kinds(all_of(capsysbinary)[-1:]) == "ACTIVATE_VERSION"
    assert one.streams["users"].stream_state["whole_rows"] == left


def test_nothing_at_all_is_believed_on_the_third_day() -> None:
    one = tap()
    Run(one, "users").read(range(10))
    for day in (2, 2, 2, 3):
        with pytest.raises(Incomplete):
            Run(one, "users").read([], day)
    Run(one, "users").read([], 4)
    assert one.streams["users"].stream_state["whole_rows"] == 0


def test_a_full_reading_in_between_ends_the_doubt() -> None:
    one = tap()
    Run(one, "users").read(range(10))
    with pytest.raises(Incomplete):
        Run(one, "users").read([1])
    Run(one, "users").read(range(10))
    with pytest.raises(Incomplete):
        Run(one, "users").read([1])


def test_half_of_the_rows_may_be_gone(capsysbinary: Captured) -> None:
    one = tap()
    Run(one, "users").read(range(10))
    Run(one, "users").read(range(5))
    assert kinds(all_of(capsysbinary)[-1:]) == "ACTIVATE_VERSION"


def test_a_reading_that_ends_before_its_bookmark_is_believed_the_fourth_time() -> None:
    one = tap()
    Run(one, "contacts").read(range(3), reached=DAY.format(1))
    one.streams["contacts"].stream_state["replication_key_value"] = DAY.format(5)
    for _ in range(3):
        with pytest.raises(Incomplete, match="it ends at"):
            Run(one, "contacts").read(range(3), reached=DAY.format(4))
    Run(one, "contacts").read(range(3), reached=DAY.format(4))
    Run(one, "contacts").read(range(3), reached=DAY.format(4))


def test_the_rows_of_all_runs_of_a_reading_count() -> None:
    one = tap()
    Run(one, "users").read(range(10))
    Run(one, "users").write(range(6))
    Run(one, "users", is_resumed=True).read([6, 7])
    assert one.streams["users"].stream_state["whole_rows"] == 8


def test_rows_that_came_twice_count_once() -> None:
    run = Run(tap(), "users")
    run.read([1, 2, 2, 2])
    assert run.stream.stream_state["whole_rows"] == 2
    assert run.group_writer.counts[0].rows == 4


def test_what_a_reading_of_several_runs_brought_twice_counts_once(capsysbinary: Captured) -> None:
    one = tap()
    Run(one, "users").write(range(4))
    Run(one, "users", is_resumed=True).write(range(4))
    Run(one, "users", is_resumed=True).read(range(4, 6), named=6)
    assert one.streams["users"].stream_state["whole_rows"] == 6
    Run(one, "users").read(range(4))
    assert kinds(all_of(capsysbinary)).endswith("ACTIVATE_VERSION")


def test_a_reading_of_several_runs_without_a_total_counts_as_many_as_the_one_before() -> None:
    one = tap()
    Run(one, "users").read(range(6))
    Run(one, "users").write(range(6))
    Run(one, "users", is_resumed=True).write(range(6))
    Run(one, "users", is_resumed=True).read(range(3))
    assert one.streams["users"].stream_state["whole_rows"] == 6


# --- stream maps -------------------------------------------------------------------------------


def test_a_filter_of_the_user_keeps_silent_about_what_it_held_back(capsysbinary: Captured) -> None:
    one = tap(stream_maps={"users": {"__filter__": "id > 1"}})
    Run(one, "users").read([1, 2])
    Run(one, "users").read([1, 2])
    messages = all_of(capsysbinary)
    assert "ACTIVATE_VERSION" not in kinds(messages)
    assert [one["record"]["id"] for one in messages if one["type"] == "RECORD"] == [2, 2]


def test_a_stream_that_is_renamed_is_announced_by_its_new_name(capsysbinary: Captured) -> None:
    one = tap(stream_maps={"users": {"__alias__": "people"}})
    Run(one, "users").read([1])
    Run(one, "users").read([1])
    messages = all_of(capsysbinary)
    assert {one["stream"] for one in messages} == {"people"}
    assert messages[-1]["type"] == "ACTIVATE_VERSION"


def test_no_version_goes_to_where_two_streams_leave(capsysbinary: Captured) -> None:
    one = tap(stream_maps={"users": {"__alias__": "branches"}})
    for _ in range(2):
        Run(one, "users").read([1])
        Run(one, "branches").read([2])
    messages = all_of(capsysbinary)
    assert kinds(messages) == "SCHEMA RECORD"
    assert set(versions(messages)) == {None}


# --- parts and snapshots -----------------------------------------------------------------------


def test_each_stream_of_a_group_is_announced(capsysbinary: Captured) -> None:
    one = tap()
    for _ in range(2):
        run = Run(one, "quotes", "quote_lines")
        run.write([1])
        run.group_writer.write(page([5, 6], output=1))
        run.end()
    messages = all_of(capsysbinary)
    announced = [one["stream"] for one in messages if one["type"] == "ACTIVATE_VERSION"]
    assert announced == ["quotes", "quote_lines"]


def test_a_snapshot_leaves_when_it_is_whole_and_is_never_gone(capsysbinary: Captured) -> None:
    run = Run(tap(), "stock_snapshots")
    run.write([1, 2])
    assert kinds(all_of(capsysbinary)) == "SCHEMA"
    run.end()
    run.writer.write_message(StateMessage(value={}))
    messages = all_of(capsysbinary)
    assert [one["record"] for one in messages if one["type"] == "RECORD"] == [
        {"id": 1, "snapshot_rows": 2},
        {"id": 2, "snapshot_rows": 2},
    ]
    assert "ACTIVATE_VERSION" not in kinds(messages)
    assert run.group_writer.counts[0].rows == 2


def test_a_row_that_came_twice_is_one_row_of_a_snapshot(capsysbinary: Captured) -> None:
    run = Run(tap(), "stock_snapshots")
    run.read([1, 2, 2])
    run.writer.write_message(StateMessage(value={}))
    messages = all_of(capsysbinary)
    told = {one["record"]["snapshot_rows"] for one in messages if one["type"] == "RECORD"}
    assert told == {2}


def test_a_reading_of_several_runs_leaves_no_snapshot(capsysbinary: Captured) -> None:
    one = tap()
    Run(one, "stock_snapshots", is_resumed=True).read([1, 2])
    assert kinds(all_of(capsysbinary)) == "SCHEMA"
    assert "snapshot_at" not in one.streams["stock_snapshots"].stream_state
    run = Run(one, "stock_snapshots")
    run.read([1, 2, 3])
    run.writer.write_message(StateMessage(value={}))
    assert kinds(all_of(capsysbinary)) == "SCHEMA RECORD"
    assert one.streams["stock_snapshots"].stream_state["snapshot_at"]
