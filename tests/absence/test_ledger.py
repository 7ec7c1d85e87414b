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
    from collections.abc import Iterable

    from tests.losses.harness import Result
    from tests.losses.standin import Core, Row

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


def test_keys_do_not_depend_on_how_many_runs_it_took() -> None:
    with core() as server:
        at_once = ledger(server, 900)
        at_once.read(30, within=1)
        in_parts = Ledger(server, at_once.watched, settings=_LOOKBACK)
        assert len(in_parts.read(6, within=30)) > 1
        assert {row["record_key"] for row in in_parts.held()} == {
            row["record_key"] for row in at_once.held()
        }


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
