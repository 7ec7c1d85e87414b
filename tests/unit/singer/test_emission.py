"""What leaves of a group: versions of tables, and when older rows are reported as gone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.singerlib import StateMessage

from tap_cin7.errors import Incomplete
from tap_cin7.reading.reader import Page
from tap_cin7.rows.codec import Made, Row
from tap_cin7.singer.emission import Emission
from tap_cin7.singer.output import Writer
from tests.unit.taps import group, tap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_cin7.singer.stream import Cin7Stream
    from tap_cin7.tap import TapCin7

    Messages = list[dict[str, Any]]


def page(ids: Iterable[int], output: int = 0) -> Page:
    return Page([Row(one, {}, (Made(output, (one,), (b'{"id":%d}' % one,)),)) for one in ids])


class Run:
    """One reading of some streams of one tap, and what it writes."""

    def __init__(self, one: TapCin7, *streams: str, is_whole: bool = True) -> None:
        self.group = group(one, *streams)
        self.stream: Cin7Stream = self.group.streams[0]
        self.writer = Writer()
        self.emission = Emission(self.group, self.writer, one.cin7_settings, is_whole=is_whole)

    def read(self, ids: Iterable[int]) -> None:
        """Write a reading that brings some rows, and announce what is gone if it is whole."""
        self.emission.begin()
        self.emission.write(page(ids))
        self.emission.announce_what_is_gone()


def flushed(run: Run) -> None:
    """Let the records out, which wait for a message of another kind."""
    run.writer.write_message(StateMessage(value={}))


def all_of(capture: pytest.CaptureFixture[bytes]) -> Messages:
    """Return what has been written since, state aside."""
    messages = [json.loads(line) for line in capture.readouterr().out.splitlines()]
    return [one for one in messages if one["type"] != "STATE"]


def kinds(messages: Messages) -> str:
    return " ".join(dict.fromkeys(one["type"] for one in messages))


# --- versions ----------------------------------------------------------------------------------


def test_a_whole_reading_ends_with_the_version_that_its_records_carry(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    run = Run(tap(), "users")
    run.read(range(3))
    messages = all_of(capsysbinary)
    assert kinds(messages) == "SCHEMA RECORD ACTIVATE_VERSION"
    (version,) = {one["version"] for one in messages if one["type"] != "SCHEMA"}
    assert messages[-1] == {"type": "ACTIVATE_VERSION", "stream": "users", "version": version}
    assert run.stream.stream_state["version"] == version
    assert run.stream.stream_state["whole_rows"] == 3


def test_changes_carry_the_version_of_the_last_whole_reading(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    run_tap = tap()
    Run(run_tap, "contacts").read(range(3))
    version = run_tap.streams["contacts"].stream_state["version"]
    capsysbinary.readouterr()
    changes = Run(run_tap, "contacts", is_whole=False)
    changes.emission.begin()
    changes.emission.write(page([7]))
    flushed(changes)
    (record,) = [one for one in all_of(capsysbinary) if one["type"] == "RECORD"]
    assert record["version"] == version


def test_before_the_first_whole_reading_records_have_no_version(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    changes = Run(tap(), "contacts", is_whole=False)
    changes.emission.begin()
    changes.emission.write(page([7]))
    flushed(changes)
    (record,) = [one for one in all_of(capsysbinary) if one["type"] == "RECORD"]
    assert "version" not in record


def test_a_version_is_never_lower_than_the_one_before_whatever_our_clock_says() -> None:
    one = tap()
    ahead = 9_000_000_000_000
    Run(one, "users").stream.stream_state["version"] = ahead
    run = Run(one, "users")
    run.read([1])
    assert run.stream.stream_state["version"] == ahead + 1


def test_without_the_setting_nothing_is_said(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    run = Run(tap(emit_activate_version_messages=False), "users")
    run.read([1])
    flushed(run)
    messages = all_of(capsysbinary)
    assert kinds(messages) == "SCHEMA RECORD"
    assert not [one for one in messages if "version" in one]


# --- what can't be believed --------------------------------------------------------------------


@pytest.mark.parametrize("left", [0, 1, 4])
def test_a_stream_that_lost_more_than_half_of_its_rows_is_incomplete(
    left: int, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    one = tap()
    Run(one, "users").read(range(10))
    before = dict(Run(one, "users").stream.stream_state)
    capsysbinary.readouterr()
    run = Run(one, "users")
    with pytest.raises(Incomplete, match="too many rows are missing"):
        run.read(range(left))
    flushed(run)
    assert "ACTIVATE_VERSION" not in kinds(all_of(capsysbinary))
    assert run.stream.stream_state == before


def test_half_of_the_rows_may_be_gone(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    one = tap()
    Run(one, "users").read(range(10))
    run = Run(one, "users")
    run.read(range(5))
    assert kinds(all_of(capsysbinary)[-1:]) == "ACTIVATE_VERSION"
    assert run.stream.stream_state["whole_rows"] == 5


def test_an_empty_list_says_nothing_where_no_state_tells_what_was_there(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    Run(tap(), "users").read([])
    assert kinds(all_of(capsysbinary)) == "SCHEMA"


def test_rows_that_came_twice_count_once() -> None:
    run = Run(tap(), "users")
    run.read([1, 2, 2, 2])
    assert run.stream.stream_state["whole_rows"] == 2
    assert run.emission.written[0].rows == 4


# --- stream maps -------------------------------------------------------------------------------


def test_a_filter_of_the_user_keeps_silent_about_what_it_held_back(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    run = Run(tap(stream_maps={"users": {"__filter__": "id > 1"}}), "users")
    run.read([1, 2])
    flushed(run)
    messages = all_of(capsysbinary)
    assert "ACTIVATE_VERSION" not in kinds(messages)
    assert [one["record"]["id"] for one in messages if one["type"] == "RECORD"] == [2]


def test_a_stream_that_is_renamed_is_announced_by_its_new_name(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    Run(tap(stream_maps={"users": {"__alias__": "people"}}), "users").read([1])
    messages = all_of(capsysbinary)
    assert {one["stream"] for one in messages} == {"people"}
    assert messages[-1]["type"] == "ACTIVATE_VERSION"


# --- parts and snapshots -----------------------------------------------------------------------


def test_each_stream_of_a_group_is_announced(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    run = Run(tap(), "quotes", "quote_lines")
    run.emission.begin()
    run.emission.write(page([1]))
    run.emission.write(page([5, 6], output=1))
    run.emission.announce_what_is_gone()
    messages = all_of(capsysbinary)
    announced = [one["stream"] for one in messages if one["type"] == "ACTIVATE_VERSION"]
    assert announced == ["quotes", "quote_lines"]
    assert [stream.stream_state["whole_rows"] for stream in run.group.streams] == [1, 2]


def test_a_snapshot_leaves_when_it_is_whole_and_is_never_gone(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    run = Run(tap(), "stock_snapshots")
    run.emission.begin()
    run.emission.write(page([1, 2]))
    flushed(run)
    assert kinds(all_of(capsysbinary)) == "SCHEMA"
    run.emission.announce_what_is_gone()
    flushed(run)
    messages = all_of(capsysbinary)
    assert [one["record"]["id"] for one in messages if one["type"] == "RECORD"] == [1, 2]
    assert "ACTIVATE_VERSION" not in kinds(messages)
    assert run.emission.written[0].rows == 2
