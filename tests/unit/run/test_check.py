"""The report of ``--check``: one screen, the reason first."""

from __future__ import annotations

import json

import pytest

from tap_cin7.run.check import (
    FAILED,
    LEFT_OUT,
    NOT_ASKED,
    NOT_PERMITTED,
    READABLE,
    Report,
    StreamReport,
    as_json,
    as_text,
)

SCREEN = 24


def report(*entries: StreamReport, **more: object) -> Report:
    made = Report(
        "core", "https://host/api", "the default", "none", "load it", credentials="accepted"
    )
    made.streams += entries
    for name, value in more.items():
        setattr(made, name, value)
    return made


def readable(name: str, calls: int | None, rows: int | None = None, **more: object) -> StreamReport:
    return StreamReport(name, [], READABLE, rows=rows, calls=calls, minutes=calls, **more)  # type: ignore[arg-type]


def test_what_stops_the_check_comes_first_and_nothing_else_distracts() -> None:
    entries = [StreamReport(f"stream_{number}", [], NOT_ASKED) for number in range(60)]
    text = as_text(report(*entries, message="The host does not answer: check base_url"))
    first, *rest = text.splitlines()
    assert first == "The host does not answer: check base_url"
    assert rest == ["", "core at https://host/api: credentials accepted"]


def test_many_streams_fit_on_one_screen_the_costliest_on_top_and_each_is_named() -> None:
    entries = [readable(f"stream_{number}", calls=number, rows=10) for number in range(1, 61)]
    text = as_text(report(*entries, calls=1_830, minutes=1_830.0))
    lines = text.splitlines()
    assert len(lines) <= SCREEN + 4  # sixty streams, as only Core has them
    assert max(map(len, lines[:-1])) <= 80
    named = [line.split()[0] for line in lines if line.startswith("stream_")]
    assert named == [f"stream_{number}" for number in range(60, 50, -1)]
    (rest,) = [line for line in lines if "others  " in line]
    assert rest.split() == ["50", "others", "500", "1,275"]
    assert all(f"stream_{number}" in text for number in range(1, 61))
    assert lines[-2] == "this run: 1,830 calls, 30.5 h under the call limits"


def test_the_last_line_says_what_is_next() -> None:
    good = readable("brands", 1)
    assert as_text(report(good)).endswith("\nnext: load it")
    denied = StreamReport("deals", [], NOT_PERMITTED, message="no")
    assert as_text(report(good, denied)).endswith("next: load it, which skips what it may not read")
    assert "max_run_minutes loads in parts" in as_text(report(good, minutes=90.0))
    assert as_text(report(denied)).endswith("next: fix what is named above, and check again")


def test_what_was_not_asked_is_named_and_counts_as_a_call() -> None:
    left = StreamReport("stock", [], LEFT_OUT)
    assert left.least_calls == 1
    text = as_text(report(readable("users", 1), left, calls=2, minutes=0.1))
    assert "left out to keep the check short: stock" in text
    assert "this run: at least 2 calls" in text


def test_streams_with_one_and_the_same_reason_share_a_line() -> None:
    why = "this account does not have this endpoint (404)"
    text = as_text(
        report(
            StreamReport("deals", [], NOT_PERMITTED, message=why),
            StreamReport("crm_leads", [], NOT_PERMITTED, message=why),
            StreamReport("taxes", [], FAILED, message="it answers\nnonsense"),
            readable("brands", 1),
        )
    )
    assert f"not permitted or not available: deals, crm_leads: {why}\n" in text
    assert "failed: taxes: it answers\\nnonsense\n" in text
    assert text.index("failed: ") < text.index("not permitted") < text.index("brands")


def test_what_nothing_tells_is_no_number() -> None:
    text = as_text(report(readable("users", None), readable("stock", 3, 700), calls=4, minutes=0.1))
    lines = {line.split()[0]: line.split() for line in text.splitlines() if line.split()}
    assert lines["users"] == ["users", "?", "?"]
    assert lines["stock"][1:3] == ["700", "3"]
    assert "this run: at least 4 calls, 0.1 min under the call limits\n" in text


def test_runs_are_told_where_a_run_has_a_length() -> None:
    text = as_text(report(readable("sales", 700), calls=700, minutes=712.0, runs=8))
    assert ": 8 runs of max_run_minutes\n" in text


def test_parts_are_counted_with_their_parent() -> None:
    entry = StreamReport(
        "sales", ["sale_orders", "sale_lines"], READABLE, rows=5, calls=6, minutes=0.1
    )
    assert "sales (+2 cut from it) " in as_text(report(entry))


@pytest.mark.parametrize(
    ("statuses", "is_good"),
    [
        ([], False),
        ([FAILED, NOT_PERMITTED], False),
        ([NOT_ASKED], False),
        ([FAILED, READABLE], True),
    ],
)
def test_it_is_good_when_anything_can_be_read(statuses: list[str], *, is_good: bool) -> None:
    assert report(*(StreamReport("one", [], status) for status in statuses)).is_good is is_good


def test_machines_get_everything() -> None:
    told = json.loads(as_json(report(readable("sales", 700, 600), calls=700)))
    assert told["calls"] == 700
    assert told["streams"][0]["rows"] == 600
