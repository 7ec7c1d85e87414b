"""C2 for Core's ledger: a reading of ``transactions``, which have no key, goes on by dates."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from typing_extensions import override

from tap_cin7.instants import shifted
from tests.absence.accounts import core
from tests.absence.pipeline import DAY, Pipeline, Watched
from tests.losses.standin import stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.losses.harness import Result
    from tests.losses.standin import Call, Core, Row

PATH = "/transactions"
_LOOKBACK = {"transactions_lookback_days": 10}


def contents(rows: Iterable[Row]) -> Counter[tuple[str, float, str]]:
    """Return how often each posting is there."""
    return Counter(
        (str(row["EffectiveDate"])[:10], float(row["Amount"]), row["Reference"]) for row in rows
    )


@dataclass
class Ledger(Pipeline):
    """A ledger, and a loader that removes what the tap reports as gone."""

    posted: int = field(default=0, init=False)

    def post(self, ago: float, reference: str = "old", *, amount: int = 1) -> None:
        """Post a line that is dated some days ago."""
        day = stamp(self.server.now - ago * DAY)[:10]
        self._put(Amount=amount, EffectiveDate=f"{day}T00:00:00", Reference=reference)

    def post_undated(self) -> None:
        """Post a line without a date, which no list shows that is bounded by date."""
        self._put(Amount=1, EffectiveDate=None, Reference="undated")

    def _put(self, **columns: Any) -> None:  # noqa: ANN401
        self.posted += 1
        accounts = {"DebitAccountCode": "1", "CreditAccountCode": "2", "Type": "Sale"}
        self.watched[0].table.put({"_id": self.posted, **accounts, **columns})

    def lacks(self) -> Counter[tuple[str, float, str]]:
        """Return the postings of Cin7 that are not in the target as often as they should."""
        return self.at_cin7() - contents(self.held())

    def held(self) -> list[Row]:
        """Return the rows of the target."""
        return list(self.loader.rows("transactions"))

    @override
    def nothing_is_lost(self) -> None:
        """Check that no posting was removed that Cin7 has."""
        removed = contents(self.loader.removed.get("transactions", []))
        assert not removed & self.lacks()

    def at_cin7(self) -> Counter[tuple[str, float, str]]:
        """Return how often Cin7 has each posting."""
        return contents(self.watched[0].table.visible())

    def read_once(self, calls: int, **settings: Any) -> Result:  # noqa: ANN401
        """Run on the next day, with so many calls."""
        self.server.now += DAY
        result = self.run(requests_per_day=calls, **settings)
        assert len(result.calls) <= calls
        return result

    def read(self, calls: int, *, within: int, **settings: Any) -> list[Result]:  # noqa: ANN401
        """Return the runs of so many calls, one a day, until one is a success."""
        results = []
        for _ in range(within):
            results.append(self.read_once(calls, **settings))
            if results[-1].exit_code == 0:
                break
        assert results[-1].exit_code == 0, results[-1].stderr
        return results


def ledger(
    server: Core,
    count: int,
    days: int = 700,
    **served: Any,  # noqa: ANN401
) -> Ledger:
    """Serve postings of some days, many of them equal, in no order of date."""
    how = {"most": 100, **served}
    table = server.list(PATH, "Transactions", "_id", "EffectiveDate", "FromDate", "ToDate", **how)
    watched = Watched("transactions", table.table, "record_key")
    made = Ledger(server, [watched], settings=_LOOKBACK)
    chance = random.Random(5)  # noqa: S311 - nothing secret
    for _ in range(count):
        made.post(chance.randrange(days), amount=chance.randrange(2))
    return made


# How Cin7 takes the bounds.


def as_they_are(_call: Call) -> None:
    """Count the rows on the bounds themselves in."""


def exclusive(call: Call) -> None:
    """Leave the rows on the bounds themselves out: all are dated at midnight."""
    for name, seconds in (("FromDate", 1), ("ToDate", -1)):
        if bound := call.query.get(name):
            call.query[name] = shifted(bound, seconds)


def unbounded(call: Call) -> None:
    """Ignore the upper bound."""
    call.query.pop("ToDate", None)


@pytest.mark.parametrize("bounds", [as_they_are, exclusive])
@pytest.mark.parametrize("order", ["insertion", "newest first"])
@pytest.mark.parametrize("total", [True, False])
def test_a_ledger_longer_than_a_run_is_there_after_some_runs(
    bounds: Callable[[Call], None], order: str, *, total: bool
) -> None:
    served: Row = {"order": order} if total else {"order": order, "total": None}
    with core() as server:
        made = ledger(server, 1_500, **served)
        server.before(PATH, None, bounds)
        results = made.read(8, within=30)
        assert len(results) > 1
        assert contents(made.held()) == made.at_cin7()


def test_a_day_with_many_equal_postings_keeps_all_of_them() -> None:
    with core() as server:
        made = ledger(server, 500)
        for number in range(500):
            made.post(200 if number % 2 else number, amount=7)
        made.read(8, within=30)
        assert contents(made.held()) == made.at_cin7()


def test_a_ledger_that_a_run_can_read_is_read_at_once() -> None:
    with core() as server:
        made = ledger(server, 550)
        (result,) = made.read(20, within=1)
        assert len(result.calls) == 7
        assert not any("ToDate" in call.query for call in result.calls)
        assert (
            "place" not in (result.state or {})["bookmarks"]["transactions"]
            or not (result.state or {})["bookmarks"]["transactions"]["place"]
        )


def test_keys_do_not_depend_on_how_many_runs_it_took() -> None:
    with core() as server:
        at_once = ledger(server, 900)
        at_once.read(30, within=1)
        in_parts = Ledger(server, at_once.watched, settings=_LOOKBACK)
        assert len(in_parts.read(6, within=30)) > 1
        assert {row["record_key"] for row in in_parts.held()} == {
            row["record_key"] for row in at_once.held()
        }


def test_what_is_posted_meanwhile_is_in_when_it_is_complete() -> None:
    with core() as server:
        made = ledger(server, 1_500)
        for number in range(30):
            made.post(number % 8, f"new {number}")
            if made.read_once(8).exit_code == 0:
                break
        else:
            pytest.fail("it takes too many runs")
        assert number > 1
        assert contents(made.held()) == made.at_cin7()


def test_changes_arrive_while_a_full_refresh_takes_several_runs() -> None:
    with core() as server:
        made = ledger(server, 1_500)
        made.post_undated()
        made.read(40, within=1)
        refresh = {"full_refresh_days": 25}
        server.now += 38 * DAY
        late = []
        for number in range(30):
            made.post(1, f"new {number}")
            result = made.read_once(8, **refresh)
            held = {row["Reference"] for row in made.held()}
            late.append(sum(f"new {one}" not in held for one in range(number + 1)))
            if result.exit_code == 0:
                break
        else:
            pytest.fail("it takes too many runs")
        assert number > 1
        assert max(late) <= 2
        assert contents(made.held()) == made.at_cin7()
        # It is not begun anew, and removes nothing, when it is not due.
        assert len(made.read_once(8, **refresh).calls) <= 3
        assert contents(made.held()) == made.at_cin7()


def test_a_server_without_an_upper_bound_loses_nothing() -> None:
    with core() as server:
        made = ledger(server, 1_000)
        server.before(PATH, None, unbounded)
        for _ in range(6):
            assert made.read_once(6).exit_code == 1
        made.read(40, within=1)
        assert contents(made.held()) == made.at_cin7()


def test_a_day_longer_than_a_run_waits_for_a_longer_run() -> None:
    with core() as server:
        made = ledger(server, 700, days=1)
        for _ in range(18):
            assert made.read_once(4).exit_code == 1
        made.read(40, within=1)
        assert contents(made.held()) == made.at_cin7()


def test_a_start_date_bounds_it_in_several_runs_too() -> None:
    with core() as server:
        made = ledger(server, 1_500)
        start = stamp(server.now - 350 * DAY)[:10]
        made.read(6, within=30, start_date=start)
        wanted = {one: n for one, n in made.at_cin7().items() if one[0] > start}
        held = contents(made.held())
        assert {one: n for one, n in held.items() if one[0] > start} == wanted
        assert min(one[0] for one in held) >= start


def test_each_run_has_one_read_at_and_a_later_one_a_later() -> None:
    with core() as server:
        made = ledger(server, 900)
        read_at = [
            {row["read_at"] for row in result.records("transactions")}
            for result in made.read(6, within=30)
        ]
        times = [*filter(None, read_at)]
        assert len(times) > 1
        assert all(len(one) == 1 for one in times)
        instants = [one for (one,) in times]
        assert instants == sorted({*instants})


def test_postings_dated_in_the_future_come_too() -> None:
    with core() as server:
        made = ledger(server, 900)
        made.post(-400, "next year")
        made.read(6, within=30)
        assert contents(made.held()) == made.at_cin7()


@pytest.mark.parametrize("is_of_old", [False, True])
def test_a_posting_dated_in_the_future_shortens_no_look_back(*, is_of_old: bool) -> None:
    with core() as server:
        # Earlier versions went on from the time of the run.
        bookmark = stamp(server.now + DAY) if is_of_old else None
        made = ledger(server, 0)
        for ago in range(5, 40):
            made.post(ago, f"{ago} days")
        made.post(-90, "next quarter")
        made.read(5, within=1)
        assert made.state is not None
        of_ledger = made.state["bookmarks"]["transactions"]
        of_ledger["replication_key_value"] = bookmark or of_ledger["replication_key_value"]
        made.read(5, within=1)
        newest = stamp(server.now - 7 * DAY)[:10]
        (result,) = made.read(5, within=1)
        (call,) = result.calls
        assert call.query["FromDate"] == shifted(f"{newest}T00:00:00Z", -11 * int(DAY))
