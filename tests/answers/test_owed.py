"""What is owed is kept in state, within bounds, and comes as soon as it can be had."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from tap_cin7.core.buckets import Bucketing
from tap_cin7.core.index_lists import IndexRow
from tests.answers import forms
from tests.answers.account import (
    ADJUSTMENTS,
    DAY,
    HOUR,
    MONEY,
    PURCHASES,
    SALES,
    Account,
    asked,
    bookmark,
    complete,
    run,
    streams,
)
from tests.losses.accounts import guid
from tests.losses.harness import Result, merged

if TYPE_CHECKING:
    from tests.answers.account import Kind
    from tests.losses.standin import Row

both = pytest.mark.parametrize("kind", [SALES, ADJUSTMENTS], ids=str)
NOT_FOUND, ERROR = forms.DOCUMENTS["404 in HTML"], forms.DOCUMENTS["500"]
GATEWAY = ("404 in HTML", "404 with an error array", "400 not found", "null", "HTML")
"""What a gateway answers to every document."""
_MOST_CALLS = 40
"""What a kind may cost then."""


def missing(server: Account, kind: Kind, *results: Result) -> set[str]:
    have = kind.versions(*results)
    return {one for one, text in server.versions(kind).items() if have.get(one) != text}


def good(result: Result) -> None:
    assert result.exit_code == 0, result.stderr
    assert all(complete(result).values()), complete(result)


def whole(
    server: Account, names: list[str], state: Row | None, runs: int, **more: object
) -> Result:
    """Read everything anew, some days apart, and return the last run."""
    for _ in range(runs):
        server.now += 2 * DAY
        result = run(server, names, state, full_refresh_days=1, **more)
        state = result.state
    return result


# One document that fails for ever.


@pytest.mark.parametrize("form", ["500", "null"])
@both
def test_one_document_of_many_that_never_comes_stops_nothing_in_any_run(
    kind: Kind, form: str
) -> None:
    with Account([kind], count=200) as server:
        server.spoil(kind, [120], forms.DOCUMENTS[form])
        results: list[Result] = [run(server, kind)]
        assert missing(server, kind, *results) == {guid(120)}
        for number in range(3):
            assert results[-1].exit_code == 1, results[-1].stderr
            assert complete(results[-1])[kind.stream] is False
            server.now += HOUR
            for other in range(number, 200, 67):
                server.put(kind, other, f"edit {number}")
            server.now += HOUR
            results.append(run(server, kind, results[-1].state))
            assert missing(server, kind, *results) == {guid(120)}
            # What is here already is not fetched again, whatever is owed: no more than the
            # periods of what was changed, twice.
            assert asked(results[-1], kind) <= 60
        assert guid(120) in results[-1].stderr


@pytest.mark.parametrize("lost", [[1], [1, 3, 4, 6, 8]])
def test_what_is_owed_is_asked_for_before_what_is_new(lost: list[int]) -> None:
    with Account([SALES], count=10) as server:
        server.spoil(SALES, lost, NOT_FOUND)
        first = run(server, SALES)
        server.calm()
        server.now += HOUR
        new = [0, 2, 9]
        for number in new:
            server.put(SALES, number, "new")
        server.now += HOUR
        second = run(server, SALES, first.state, max_parallel_requests=1)
        ids = [call.query["ID"] for call in second.calls if call.path == SALES.path]
        assert sorted(ids[: len(lost)]) == [guid(number) for number in lost]
        assert sorted(ids) == sorted(guid(number) for number in (*lost, *new))


def test_state_in_which_much_is_owed_can_be_merged_and_read_from_a_file() -> None:
    with Account([SALES, ADJUSTMENTS], count=30) as server:
        for kind in server.kinds:
            server.spoil(kind, range(0, 30, 2), NOT_FOUND)
        first = run(server, streams(server.kinds))
        state: Row = json.loads(json.dumps(first.state))
        server.calm()
        server.now += HOUR
        second = run(server, streams(server.kinds), state)
        good(second)
        for kind in server.kinds:
            assert not missing(server, kind, first, second)
            assert asked(second, kind) == 15


def test_state_that_is_merged_owes_nothing_for_ever() -> None:
    """Who merges states instead of replacing them keeps what the tap has taken out."""
    kinds = (SALES, ADJUSTMENTS)
    with Account(kinds, count=10) as server:
        for kind in kinds:
            server.spoil(kind, [1, 2, 3], NOT_FOUND)
        first = run(server, streams(kinds))
        server.calm()
        state, results = first.state, [first]
        for number in range(3):
            server.now += HOUR
            results.append(run(server, streams(kinds), state))
            good(results[-1])
            for kind in kinds:
                assert not missing(server, kind, *results)
                assert asked(results[-1], kind) <= 3, f"run {number}"
            state = merged(state, results[-1].state)


@pytest.mark.parametrize("reading", ["first load", "changes"])
def test_any_state_of_a_run_that_owes_is_one_to_go_on_from(reading: str) -> None:
    kinds = (SALES, ADJUSTMENTS)
    with Account(kinds, count=8) as server:
        before: list[Result] = []
        if reading == "changes":
            before.append(run(server, streams(kinds)))
            server.now += HOUR
            for kind in kinds:
                for number in range(1, 8):
                    server.put(kind, number, "second", age=60 - number)
            server.now += HOUR
        for kind in kinds:
            server.spoil(kind, [3, 4], NOT_FOUND)
        start = before[0].state if before else None
        failed = run(server, streams(kinds), start, max_parallel_requests=1)
        assert failed.exit_code == 1, failed.stderr
        server.calm()
        server.now += HOUR
        places = [n for n, one in enumerate(failed.messages) if one["type"] == "STATE"]
        for place in places[:: max(len(places) // 6, 1)] + places[-1:]:
            kept = Result(0, b"", "")
            kept.messages = failed.messages[:place]
            after = run(server, streams(kinds), failed.messages[place]["value"])
            good(after)
            for kind in kinds:
                lost = missing(server, kind, *before, kept, after)
                assert not lost, f"from state {places.index(place)} of {len(places)}"


def test_the_list_of_documents_that_are_owed_is_complete() -> None:
    with Account([SALES]) as server:
        server.spoil(SALES, [1], NOT_FOUND)
        result = run(server, ["sale_list", "sales", "sale_order_lines"])
        told = complete(result)
        assert told == {"sale_list": True, "sales": False, "sale_order_lines": False}


@both
def test_nothing_is_reported_as_gone_while_something_is_owed(kind: Kind) -> None:
    assert kind.part is not None
    names = [kind.stream, kind.part[0]]
    with Account([kind], count=8) as server:
        state = whole(server, names, None, 3).state
        server.spoil(kind, [1], forms.DOCUMENTS["null"])
        for _ in range(2):
            server.now += 2 * DAY
            result = run(server, names, state, full_refresh_days=1)
            assert result.exit_code == 1, result.stderr
            assert not result.kinds("ACTIVATE_VERSION")
            state = result.state


@both
def test_what_is_owed_does_not_make_each_run_read_everything_again(kind: Kind) -> None:
    # By our clock, too, which a run goes by before its first answer.
    with Account([kind], count=12, ahead=-9 * DAY) as server:
        server.spoil(kind, [1], forms.DOCUMENTS["null"])
        state = run(server, kind, full_refresh_days=14).state
        for _ in range(2):
            server.now += HOUR
            result = run(server, kind, state, full_refresh_days=14)
            assert result.exit_code == 1, result.stderr
            assert asked(result, kind) == asked(result, kind, 1)
            state = result.state
        server.now += 8 * DAY
        result = run(server, kind, state, full_refresh_days=7)
        assert len(result.keys(kind.stream, kind.key)) == 11
        assert not result.kinds("ACTIVATE_VERSION")


@pytest.mark.parametrize("kept", ["skip_ids", "documents_where"])
def test_what_is_left_out_behind_a_document_that_fails_holds_up_no_period(kept: str) -> None:
    kind = ADJUSTMENTS
    parts = defaultdict[int, list[int]](list)
    for number in range(1_000):
        parts[Bucketing(None, 64).bucket(IndexRow(guid(number)))].append(number)
    failing, left_out, *others = max(parts.values(), key=len)
    assert len(others) > 20
    with Account([kind], count=0) as server:
        for number in (failing, left_out, *others):
            server.put(kind, number, "first")
        server.spoil(kind, [failing], forms.DOCUMENTS["null"])
        server.put(kind, left_out, "first", Status="VOIDED")
        settings: Row = {
            "skip_ids": {kind.stream: [guid(left_out)]},
            "documents_where": {kind.stream: {"Status": ["COMPLETED"]}},
        }
        results: list[Result] = []
        for _ in range(5):
            state = results[-1].state if results else None
            more = {kept: settings[kept], "requests_per_day": 12}
            results.append(run(server, kind, state, **more))
            server.now += DAY
        assert missing(server, kind, *results) == {guid(failing), guid(left_out)}


# Many of them.


@both
def test_more_than_can_be_owed_stop_the_position_and_lose_nothing(kind: Kind) -> None:
    count = 440
    with Account([kind], count=count) as server:
        server.spoil(kind, range(0, count, 2), NOT_FOUND)
        results = [run(server, kind)]
        assert results[0].exit_code == 1, results[0].stderr
        assert complete(results[0])[kind.stream] is False
        # 200 ids with what is known of each, and what state needs anyway.
        assert len(json.dumps(results[0].bookmark(kind.stream))) < 200 * 200 + 8_192
        server.calm()
        for _ in range(2):
            server.now += HOUR
            results.append(run(server, kind, results[-1].state))
        good(results[-1])
        assert not missing(server, kind, *results)
        # At most what could not be had and what stood behind the position is fetched.
        assert sum(asked(result, kind) for result in results) <= 3 * count


def test_changes_beyond_what_can_be_owed_are_not_passed_by() -> None:
    count = 440
    with Account([SALES], count=count) as server:
        results = [run(server, SALES)]
        server.now += HOUR
        for number in range(count):
            server.put(SALES, number, "second", age=HOUR - number)
        server.spoil(SALES, range(0, count, 2), NOT_FOUND)
        results.append(run(server, SALES, results[-1].state))
        assert results[-1].exit_code == 1, results[-1].stderr
        newest = max(row["Updated"] for row in server.rows(SALES))
        assert bookmark(results[-1], "sales")[:19] < newest[:19]
        server.calm()
        for _ in range(2):
            server.now += HOUR
            results.append(run(server, SALES, results[-1].state))
        good(results[-1])
        assert not missing(server, SALES, *results)


@pytest.mark.parametrize(
    ("reading", "form"),
    [*(("first load", form) for form in GATEWAY), ("changes", "404 in HTML"), ("changes", "null")],
)
def test_a_gateway_that_has_nothing_for_an_hour_costs_few_calls_and_no_document(
    reading: str, form: str
) -> None:
    kinds = (SALES, PURCHASES, ADJUSTMENTS, MONEY)
    with Account(kinds, count=45) as server:
        results: list[Result] = []
        if reading == "changes":
            results.append(run(server, streams(kinds)))
            server.now += HOUR
            for kind in kinds:
                for number in range(45):
                    server.put(kind, number, "second", age=45 - number)
            server.now += HOUR
        state = results[-1].state if results else None
        for kind in kinds:
            server.spoil(kind, range(45), forms.DOCUMENTS[form])
        for _ in range(2):
            failed = run(server, streams(kinds), state)
            assert failed.exit_code == 1, failed.stderr
            told = complete(failed)
            assert not any(told[kind.stream] for kind in kinds), told
            costs = {kind.stream: asked(failed, kind) for kind in kinds}
            assert max(costs.values()) <= _MOST_CALLS, costs
            if results:
                for kind in (SALES, PURCHASES):
                    assert bookmark(failed, kind.stream) == bookmark(results[0], kind.stream)
            state = failed.state
            server.now += 600
        server.calm()
        results.append(run(server, streams(kinds), state))
        good(results[-1])
        assert not {
            one.stream: missing(server, one, *results)
            for one in kinds
            if missing(server, one, *results)
        }


def test_a_kind_that_ends_early_spoils_no_other() -> None:
    kinds = (SALES, ADJUSTMENTS)
    with Account(kinds, count=60) as server:
        server.spoil(SALES, range(60), NOT_FOUND)
        result = run(server, streams(kinds))
        assert result.exit_code == 1, result.stderr
        assert complete(result) == {"sales": False, "stock_adjustments": True}
        assert not missing(server, ADJUSTMENTS, result)


def test_failures_between_successes_end_no_kind() -> None:
    with Account([SALES], count=90) as server:
        failing = [number for number in range(90) if number % 10]
        server.spoil(SALES, failing, NOT_FOUND)
        result = run(server, SALES, max_parallel_requests=1)
        assert result.exit_code == 1
        assert len(result.keys("sales", "ID")) == 9


# Day by day.


@both
def test_what_failed_in_five_runs_on_five_days_is_tried_once_a_day(kind: Kind) -> None:
    with Account([kind]) as server:
        server.spoil(kind, [1], forms.DOCUMENTS["400 not found"])
        state: Row | None = None
        noon = server.now
        for day in range(8):
            tried = []
            # Some hours later each day, and never so late that another day begins.
            for number in range(3):
                server.now = noon + day * (DAY + HOUR) + number * 600
                result = run(server, kind, state)
                # It is owed as before, and the exit code says so whether it was tried or not.
                assert result.exit_code == 1, result.stderr
                assert complete(result)[kind.stream] is False
                tried.append(asked(result, kind, 1) > 0)
                state = result.state
            assert tried == [True, day < 4, day < 4], f"day {day}"
        server.now += DAY + HOUR
        server.calm()
        last = run(server, kind, state)
        good(last)
        assert guid(1) in kind.versions(last)


def test_the_list_is_read_from_the_oldest_that_is_owed_once_a_day() -> None:
    def since(result: Result) -> list[str]:
        return [
            call.query.get("UpdatedSince", "")
            for call in result.calls
            if call.path == SALES.list_path
        ]

    with Account([SALES], count=30) as server:
        server.spoil(SALES, [3], NOT_FOUND)
        result = run(server, SALES)
        oldest = next(row["Updated"] for row in server.rows(SALES) if row["SaleID"] == guid(3))
        for _ in range(3):
            server.now += DAY - HOUR
            server.put(SALES, 20, "new")
            server.now += 2 * HOUR
            reaching = []
            for _ in range(2):
                result = run(server, SALES, result.state)
                reaching.append(min(since(result))[:19] <= oldest[:19])
                server.now += 600
            assert reaching == [True, False]


# What is never asked for.


@both
def test_what_is_skipped_is_never_asked_for_and_costs_no_exit_code(kind: Kind) -> None:
    with Account([kind]) as server:
        server.spoil(kind, [1], forms.DOCUMENTS["500"])
        skip = {kind.stream: [guid(1).upper()]}
        first = run(server, kind, skip_ids=skip)
        assert first.exit_code == 0, first.stderr
        assert not asked(first, kind, 1)
        assert missing(server, kind, first) == {guid(1)}
        assert any(
            guid(1) in line.lower() for line in first.stderr.splitlines() if kind.stream in line
        )
        server.now += HOUR
        server.put(kind, 1, "changed")
        server.put(kind, 2, "changed")
        server.now += HOUR
        second = run(server, kind, first.state, skip_ids=skip)
        assert second.exit_code == 0, second.stderr
        assert not asked(second, kind, 1)
        assert missing(server, kind, first, second) == {guid(1)}


@both
def test_what_is_owed_is_no_longer_owed_once_it_is_skipped(kind: Kind) -> None:
    with Account([kind]) as server:
        server.spoil(kind, [1], forms.DOCUMENTS["500"])
        first = run(server, kind)
        assert first.exit_code == 1
        server.now += HOUR
        second = run(server, kind, first.state, skip_ids={kind.stream: [guid(1)]})
        assert second.exit_code == 0, second.stderr
        assert not asked(second, kind, 1)


@both
def test_nothing_is_reported_as_gone_while_the_list_names_what_is_skipped(kind: Kind) -> None:
    assert kind.part is not None
    names = [kind.stream, kind.part[0]]
    skip = {kind.stream: [guid(1)]}

    def announced(result: Result) -> set[str]:
        return {one["stream"] for one in result.kinds("ACTIVATE_VERSION")}

    with Account([kind], count=8) as server:
        # Without it, readings of everything end by saying what is gone.
        assert set(names) <= announced(whole(server, names, None, 3))
        state: Row | None = None
        for _ in range(3):
            server.now += 2 * DAY
            result = run(server, names, state, full_refresh_days=1, skip_ids=skip)
            assert result.exit_code == 0, result.stderr
            assert not announced(result) & set(names)
            state = result.state
        server.drop(kind, 1)
        assert set(names) <= announced(whole(server, names, state, 3, skip_ids=skip))


@pytest.mark.parametrize(
    "value",
    ["sales", ["sales"], {"sales": guid(1)}, {"no_such_stream": [guid(1)]}],
    ids=json.dumps,
)
def test_a_wrong_list_of_what_to_skip_gives_one_line(value: object) -> None:
    with Account([SALES]) as server:
        result = run(server, SALES, skip_ids=value)
        result.failed_with_one_line("skip_ids")
        assert "unknown" not in result.errors[0] or "no_such_stream" in result.errors[0]
        assert not server.calls


# Documents that are asked for by name.


@pytest.mark.parametrize(
    "form", ["null", "a shell", "another document", "an error array", "JSON cut short"]
)
def test_a_document_that_is_asked_for_by_name_is_held_to_the_same(form: str) -> None:
    with Account([SALES, ADJUSTMENTS]) as server:
        only = {kind.stream: [guid(1)] for kind in server.kinds}
        for kind in server.kinds:
            server.spoil(kind, [1], forms.DOCUMENTS[form], times=1)
        once = run(server, streams(server.kinds), only_ids=only)
        assert once.exit_code == 0, once.stderr
        for kind in server.kinds:
            assert once.keys(kind.stream, kind.key) == {guid(1)}
            server.spoil(kind, [1], forms.DOCUMENTS[form])
        always = run(server, streams(server.kinds), only_ids=only)
        assert always.exit_code == 1, always.stderr
        assert not any(always.records(kind.stream) for kind in server.kinds)
