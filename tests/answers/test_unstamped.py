"""Documents of which the list tells no stamp: what may have changed unseen is fetched again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.answers.account import (
    DAY,
    HOUR,
    UNSTAMPED,
    Account,
    Kind,
    asked,
    complete,
    run,
    streams,
)
from tests.losses.accounts import guid
from tests.losses.standin import stamp

if TYPE_CHECKING:
    from tests.losses.harness import Result

_PLANNED = ("StartDate", "ReleaseDate", "RequiredByDate")
every_kind = pytest.mark.parametrize("kind", UNSTAMPED, ids=str)


def days_ago(server: Account, days: float) -> str:
    return stamp(server.now - days * DAY)[:10] + "T00:00:00Z"


def dated(server: Account, kind: Kind, number: int, days: float, text: str) -> None:
    """Put a final document with a business date; only the document tells the text."""
    row = kind.row(number, stamp(server.now), text)
    names = {kind.date, *(_PLANNED if kind.wrapper else ())}
    dates = dict.fromkeys(names, days_ago(server, days))
    server.lists[kind.list_path].table.put({**row, **dates})


def good(result: Result) -> Result:
    assert result.exit_code == 0, result.stderr
    assert all(complete(result).values()), complete(result)
    return result


def test_final_documents_of_the_last_days_are_fetched_by_each_run() -> None:
    with Account(UNSTAMPED, count=0) as server:
        for kind in UNSTAMPED:
            for number, days in enumerate((1, 5, 9, 30)):
                dated(server, kind, number, days, "first")
        names = streams(UNSTAMPED)
        first = good(run(server, names, recheck_days=None))
        for kind in UNSTAMPED:
            assert asked(first, kind) == 4
        server.now += HOUR
        # Undone, corrected and completed again: the header row is what it was.
        for kind in UNSTAMPED:
            for number, days in enumerate((1, 5, 9, 30)):
                dated(server, kind, number, days, "corrected")
        by_default = good(run(server, names, first.state, recheck_days=None))
        for kind in UNSTAMPED:
            assert kind.versions(by_default) == {guid(0): "corrected", guid(1): "corrected"}, kind
            assert asked(by_default, kind) == 2
        server.now += HOUR
        longer = good(run(server, names, by_default.state, recheck_days=12))
        for kind in UNSTAMPED:
            assert kind.versions(longer).keys() == {guid(0), guid(1), guid(2)}, kind
        server.now += HOUR
        never = good(run(server, names, longer.state, recheck_days=0))
        assert not any(asked(never, kind) for kind in UNSTAMPED)


def test_documents_leave_the_days_that_are_checked_as_time_passes() -> None:
    with Account(UNSTAMPED, count=0) as server:
        for kind in UNSTAMPED:
            dated(server, kind, 0, 2, "first")
        names = streams(UNSTAMPED)
        state = good(run(server, names, recheck_days=7)).state
        fetched = []
        for _ in range(10):
            server.now += DAY
            result = good(run(server, names, state, recheck_days=7))
            fetched.append({asked(result, kind) for kind in UNSTAMPED})
            state = result.state
        assert fetched[0] == fetched[3] == {1}
        assert fetched[-1] == fetched[-2] == {0}


@pytest.mark.parametrize("reading", ["changes", "whole pass", "rest of a load"])
@every_kind
def test_a_document_that_is_behind_its_list_is_fetched_again_by_the_next_run(
    kind: Kind, reading: str
) -> None:
    with Account([kind], count=20 if reading == "rest of a load" else 4) as server:
        first = run(server, kind, requests_per_day=12 if reading == "rest of a load" else None)
        server.now += HOUR
        old = server.document(kind, 1)
        server.put(kind, 1, "second")
        shown = server.now + 20
        parameter, find = server.documents[kind.path]
        # The list shows the change at once, the document some seconds later.
        server.documents[kind.path] = (
            parameter,
            lambda wanted: old if wanted == guid(1) and server.now < shown else find(wanted),
        )
        days = 7 if reading == "whole pass" else 0
        second = good(run(server, kind, first.state, full_refresh_days=days))
        server.now += HOUR
        third = good(run(server, kind, second.state))
        assert kind.versions(first, second, third) == server.versions(kind)
        assert 1 <= asked(third, kind) <= asked(second, kind)
        server.now += HOUR
        assert not asked(good(run(server, kind, third.state)), kind)


@pytest.mark.parametrize("reading", ["changes", "whole pass"])
def test_what_is_fetched_soon_after_its_list_holds_up_no_run_of_a_few_calls(reading: str) -> None:
    kind = UNSTAMPED[0]
    with Account([kind], count=120) as server:
        results = [good(run(server, kind))]
        server.now += HOUR
        for number in range(120):
            server.put(kind, number, "second", age=60 * number)
        days = 1 if reading == "whole pass" else 0
        for _ in range(25):
            server.now += HOUR
            more = {"requests_per_day": 12, "full_refresh_days": days}
            results.append(run(server, kind, results[-1].state, **more))
            if results[-1].exit_code == 0:
                break
        good(results[-1])
        assert kind.versions(*results) == server.versions(kind)


@every_kind
def test_a_new_document_that_is_behind_its_list_is_fetched_again_by_the_next_run(
    kind: Kind,
) -> None:
    with Account([kind]) as server:
        first = good(run(server, kind))
        server.now += HOUR
        server.put(kind, 9, "half")
        second = run(server, kind, first.state)
        # Its lines came some seconds later; the header row has not moved since.
        row = next(row for row in server.rows(kind) if row[kind.by] == guid(9))
        server.lists[kind.list_path].table.put({**row, "_text": "whole"})
        server.now += HOUR
        third = good(run(server, kind, second.state))
        assert kind.versions(first, second, third)[guid(9)] == "whole"
        server.now += HOUR
        assert not asked(good(run(server, kind, third.state)), kind)


def test_a_first_load_fetches_nothing_twice() -> None:
    with Account(UNSTAMPED) as server:
        names = streams(UNSTAMPED)
        first = good(run(server, names))
        server.now += HOUR
        second = good(run(server, names, first.state))
        assert not any(asked(second, kind) for kind in UNSTAMPED)


def test_a_document_that_is_fetched_late_enough_is_settled() -> None:
    """Cin7's clock moves with each call, so that the documents are 30 s behind their list."""
    with Account(UNSTAMPED, seconds_per_call=40) as server:
        names = streams(UNSTAMPED)
        first = good(run(server, names))
        server.now += HOUR
        for kind in UNSTAMPED:
            server.put(kind, 1, "second")
        server.now += HOUR
        second = good(run(server, names, first.state))
        assert {asked(second, kind) for kind in UNSTAMPED} == {1}
        server.now += HOUR
        third = good(run(server, names, second.state))
        assert not any(asked(third, kind) for kind in UNSTAMPED)
        for kind in UNSTAMPED:
            assert kind.versions(first, second) == server.versions(kind)


@pytest.mark.parametrize("value", [-1, "soon", 1.5])
def test_a_wrong_number_of_days_gives_one_line(value: object) -> None:
    with Account(UNSTAMPED[:1]) as server:
        result = run(server, UNSTAMPED[0], recheck_days=value)
        result.failed_with_one_line("recheck_days")
        assert "unknown" not in result.errors[0]
        assert not server.calls
