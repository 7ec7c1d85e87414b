"""The conductor of a run: who has a turn, what one bad stream costs, how a run ends."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tap_cin7.errors import (
    DailyQuotaUsed,
    NotAvailable,
    StreamFailed,
    TargetGone,
    Terminated,
    TimeUsed,
    WrongCredentials,
)
from tap_cin7.reading.position import Debt, Position
from tap_cin7.reading.reader import Estimate, Page
from tap_cin7.rows.codec import EncodedRecords, Row
from tap_cin7.run.run import Run
from tap_cin7.run.sync import Sync
from tap_cin7.singer.output import Writer
from tap_cin7.singer.stream import groups_of
from tests.unit.taps import select, tap_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tap_cin7.singer.stream import StreamGroup

    Captured = pytest.CaptureFixture[bytes]

DAY = "2026-03-0{}T10:00:00.000000Z"


def page(*ids: int, day: int | None = None, ends_turn: bool = False) -> Page:
    rows = [Row(one, {}, (EncodedRecords(0, (one,), (b'{"id":%d}' % one,)),)) for one in ids]
    position = None if day is None else Position(replication_key_value=DAY.format(day))
    return Page(rows, position, ends_turn=ends_turn)


@dataclass
class Script:
    """A reader that gives what is written down: pages, and the error that ends them."""

    steps: Sequence[Page | Exception]
    is_whole: bool = False
    is_resumed: bool = False

    def pages(self) -> Iterator[Page]:
        for step in self.steps:
            if isinstance(step, Exception):
                raise step
            yield step

    def estimate(self, most_calls: int) -> Estimate | None:  # noqa: ARG002
        return None


class Scripted(Run):
    """A run whose readers follow scripts."""

    scripts: dict[str, Script]

    def reader(self, group: StreamGroup, *, comes_first: bool = True) -> Script:  # noqa: ARG002
        return self.scripts[group.source.name]


@dataclass
class Outcome:
    """What came of a run."""

    exit_code: int
    messages: list[dict[str, Any]]
    log: list[str] = field(default_factory=list)

    def ids(self, stream: str) -> list[int]:
        return [
            x["record"]["id"] for x in self.messages if x.get("stream") == stream and "record" in x
        ]

    @property
    def order(self) -> list[str]:
        """The streams of the records, each where it begins or goes on."""
        streams = [x["stream"] for x in self.messages if x["type"] == "RECORD"]
        return [b for a, b in zip(["", *streams], streams, strict=False) if a != b]

    @property
    def state(self) -> dict[str, Any]:
        assert self.messages[-1]["type"] == "STATE", "the last line is the state"
        found: dict[str, Any] = self.messages[-1]["value"]
        return found

    def bookmark(self, stream: str) -> str | None:
        found: str | None = self.state["bookmarks"][stream].get("replication_key_value")
        return found


@pytest.fixture
def play(capsysbinary: Captured, caplog: pytest.LogCaptureFixture) -> Any:  # noqa: ANN401
    caplog.set_level(logging.INFO, "tap-cin7")

    def run(
        api: str = "omni",
        skip_ids: dict[str, list[str]] | None = None,
        **scripts: Iterable[Page | Exception],
    ) -> Outcome:
        one = tap_of(*scripts or ["users"], api=api, skip_ids=skip_ids)
        conducted = Scripted(one.cin7_settings)
        conducted.scripts = {name: Script(list(steps)) for name, steps in scripts.items()}
        places = {name: place for place, name in enumerate(scripts)}
        groups = sorted(
            groups_of(select(one, *scripts)), key=lambda group: places[group.source.name]
        )
        writer = Writer()
        exit_code = Sync(conducted, groups, writer, one.state).all()
        lines = capsysbinary.readouterr().out.splitlines()
        return Outcome(exit_code, [json.loads(line) for line in lines], caplog.messages)

    return run


def test_every_stream_is_read_and_its_bookmark_moves_with_its_rows(play: Any) -> None:  # noqa: ANN401
    outcome = play(contacts=[page(1, day=1), page(2, day=2)], users=[page(7)])
    assert outcome.exit_code == 0
    assert (outcome.ids("contacts"), outcome.ids("users")) == ([1, 2], [7])
    assert outcome.bookmark("contacts") == DAY.format(2)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (StreamFailed("it broke"), "contacts: failed, it broke"),
        (ZeroDivisionError("odd"), "contacts: failed, unexpected ZeroDivisionError: odd"),
    ],
)
def test_a_stream_that_fails_keeps_its_last_rows_and_leaves_others_their_turn(
    error: Exception,
    told: str,
    play: Any,  # noqa: ANN401
) -> None:
    outcome = play(contacts=[page(1, day=1), error], users=[page(7)])
    assert outcome.exit_code == 1
    assert outcome.ids("contacts") == [1]
    assert outcome.bookmark("contacts") == DAY.format(1)
    assert outcome.ids("users") == [7]
    assert told in outcome.log
    assert any(line.startswith("streams that failed: contacts") for line in outcome.log)


def test_a_stream_that_may_not_be_read_is_skipped(play: Any) -> None:  # noqa: ANN401
    outcome = play(contacts=[NotAvailable("not permitted")], users=[page(7)])
    assert outcome.exit_code == 0
    assert "contacts: skipped, not permitted" in outcome.log
    assert outcome.ids("users") == [7]


def test_a_refusal_after_rows_is_a_failure(play: Any) -> None:  # noqa: ANN401
    outcome = play(contacts=[page(1), NotAvailable("not permitted")])
    assert outcome.exit_code == 1
    assert "contacts: failed, refused after rows had come: not permitted" in outcome.log


def test_a_run_that_could_read_nothing_is_a_failure(play: Any) -> None:  # noqa: ANN401
    outcome = play(contacts=[NotAvailable("no")], users=[NotAvailable("no")])
    assert outcome.exit_code == 1
    assert any(line.startswith("no stream could be read") for line in outcome.log)


@pytest.mark.parametrize(
    ("stop", "exit_code"),
    [
        (WrongCredentials("wrong key"), 1),
        (DailyQuotaUsed("no calls left"), 1),
        (TimeUsed("time is over"), 0),
        (Terminated("SIGTERM", 15), 143),
    ],
)
def test_what_no_stream_gets_past_ends_the_run_with_its_state(
    stop: Exception,
    exit_code: int,
    play: Any,  # noqa: ANN401
) -> None:
    outcome = play(contacts=[page(1, day=1), stop], users=[page(7)])
    assert outcome.exit_code == exit_code
    assert outcome.ids("users") == []
    assert outcome.bookmark("contacts") == DAY.format(1)
    (line,) = (one for one in outcome.log if one.startswith(str(stop)))
    assert line.endswith("; not finished: contacts; not begun: users")


def test_time_that_is_over_hides_no_failure(play: Any) -> None:  # noqa: ANN401
    outcome = play(contacts=[StreamFailed("it broke")], users=[TimeUsed("time is over")])
    assert outcome.exit_code == 1


def test_kinds_of_documents_take_turns_after_all_lists(play: Any) -> None:  # noqa: ANN401
    turns = [page(1, ends_turn=True), page(2)]
    outcome = play("core", sales=turns, purchases=turns, brands=[page(5)])
    assert outcome.order == ["brands", "sales", "purchases", "sales", "purchases"]


def test_without_a_selection_there_is_nothing_to_read(play: Any) -> None:  # noqa: ANN401
    outcome = play()
    assert outcome.exit_code == 1
    assert any(line.startswith("no stream is selected") for line in outcome.log)
    assert outcome.messages == []


@pytest.mark.parametrize(("skipped", "exit_code"), [(None, 1), (["D-1 "], 0), (["d-2"], 1)])
def test_what_is_owed_costs_the_exit_code_when_the_time_is_over_unless_it_is_skipped(
    play: Any,  # noqa: ANN401
    skipped: list[str] | None,
    exit_code: int,
) -> None:
    owed = Page([], Position(owed=(Debt("d-1", DAY.format(1), 1, DAY.format(1)),)))
    skip_ids = {"sales": skipped} if skipped else None
    outcome = play(api="core", skip_ids=skip_ids, sales=[owed, TimeUsed("the minutes are over")])
    assert outcome.exit_code == exit_code


class Broken(Writer):
    """A writer of records that nobody reads any more."""

    def write_lines(self, *pieces: bytes) -> None:  # noqa: ARG002
        raise TargetGone("the target closed the pipe")


def test_a_stream_whose_target_is_gone_is_not_told_as_complete(
    capsysbinary: Captured, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "tap-cin7")
    one = tap_of("contacts")
    conducted = Scripted(one.cin7_settings)
    conducted.scripts = {"contacts": Script([page(1)])}
    with pytest.raises(TargetGone):
        Sync(conducted, groups_of(select(one, "contacts")), Broken(), one.state).all()
    assert "SUMMARY contacts (incomplete): 0 rows" in caplog.messages
    assert b"STATE" not in capsysbinary.readouterr().out
