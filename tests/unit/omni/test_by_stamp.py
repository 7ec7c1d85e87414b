"""Readings that take several runs: cut at any call, and gone on with from the last position."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_cin7.errors import Incomplete, RunStopped
from tap_cin7.omni.resources.contacts import Contacts
from tap_cin7.omni.resources.finance import Payments
from tap_cin7.omni.resources.reference import Users
from tap_cin7.omni.resources.sales import SalesOrders, Vouchers
from tap_cin7.reading.position import Position
from tests.unit.omni.fake_cin7 import FakeCin7, Log, merged, reader_of, standing

if TYPE_CHECKING:
    from tap_cin7.omni.resource import OmniResource

DAY = 86_400


class Pipeline:
    """Runs of one resource, each of so many calls, from one position to the next.

    Attributes:
        position: Where the stream stands.
        held: The last stamp that came of each key.
        of_reading: The same, of the reading of all rows that is under way.

    """

    def __init__(self, cin7: FakeCin7, resource: type[OmniResource], **how: Any) -> None:  # noqa: ANN401
        """Begin with an empty state."""
        self.cin7, self.resource = cin7, resource
        self.full_table = how.pop("full_table", False)
        self.settings = how
        self.position = Position()
        self.held: dict[Any, str] = {}
        self.of_reading: dict[Any, str] = {}

    def run(self, calls: int = 1_000) -> bool | None:
        """Run; return whether the reading was whole, None where it was cut."""
        left = calls

        def limit() -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise RunStopped("no call is left")

        reader = reader_of(
            self.cin7,
            self.resource,
            self.position,
            full_table=self.full_table,
            log=Log(),
            settings=self.settings,
        )
        if not reader.is_resumed:
            self.of_reading = {}
        change, self.cin7.before_answer = self.cin7.before_answer, None

        def before() -> None:
            limit()
            if change:
                change()

        self.cin7.before_answer = before
        is_whole = False
        try:
            for page in reader.pages():
                for row in page.rows:
                    stamp = row.values.get("modifiedDate") or ""
                    self.held[row.key] = max(self.held.get(row.key, ""), stamp)
                    self.of_reading[row.key] = self.held[row.key]
                self.position = merged(self.position, page.position)
                is_whole = page.is_whole
        except RunStopped:
            return None
        finally:
            self.cin7.before_answer = change
        return is_whole

    def until_done(self, calls: int, most: int) -> int:
        """Run until one is not cut; return how many it took."""
        for number in range(1, most + 1):
            if self.run(calls) is not None:
                return number
            self.cin7.clock.seconds += DAY
        raise AssertionError(f"no end after {most} runs: {self.position}")


@dataclass
class Living:
    """Edits, which may become visible late, and deletions."""

    cin7: FakeCin7
    luck: random.Random
    edits: int
    deletes: int
    late: list[tuple[float, int, str]] = field(default_factory=list)

    def change(self) -> None:
        """Let a second pass, and something happen in it."""
        rows, seconds = self.cin7.rows, self.cin7.clock.seconds + 1
        self.cin7.clock.seconds = seconds
        for _ in range(self.edits if rows else 0):
            if self.luck.random() < 0.2:
                number = self.luck.choice(list(rows))
                self.late.append((seconds + self.luck.choice([0, 20]), number, self.cin7.now()))
        for _ in range(self.deletes if len(rows) > 1 else 0):
            if self.luck.random() < 0.1:
                del rows[self.luck.choice(list(rows))]
        self.show()

    def show(self) -> None:
        """Let what has waited long enough become visible."""
        for change in [one for one in self.late if one[0] <= self.cin7.clock.seconds]:
            self.late.remove(change)
            _, number, stamp = change
            if number in self.cin7.rows:
                before = self.cin7.rows[number]["modifiedDate"] or ""
                self.cin7.rows[number]["modifiedDate"] = max(before, stamp)


def rows(count: int, *, apart: float = 60, unstamped: int = 0) -> FakeCin7:
    """Return a Cin7 with rows so many seconds apart, the last of them a day old."""
    cin7 = FakeCin7({}, ties=random.Random(1))  # noqa: S311 - a game of chance
    for number in range(1, count + 1):
        stamp = cin7.now(-DAY - int((count - number) * apart))
        is_unstamped = number <= unstamped
        cin7.rows[number] = {
            "id": number,
            "modifiedDate": None if is_unstamped else stamp,
            "createdDate": stamp,
        }
    return cin7


@pytest.mark.parametrize("calls", [1, 2, 3])
@pytest.mark.parametrize("apart", [60, 0.05, 0], ids=["apart", "lookback", "one second"])
def test_a_first_load_gets_to_its_end_and_is_whole(calls: int, apart: float) -> None:
    pipeline = Pipeline(rows(1_300, apart=apart), SalesOrders)
    pipeline.until_done(calls, 24 // calls)
    assert pipeline.held == standing(pipeline.cin7)


@pytest.mark.parametrize("calls", [1, 2, 3])
@pytest.mark.parametrize("resource", [Payments, Contacts])
@pytest.mark.parametrize("unstamped", [20, 250, 700])
def test_rows_without_a_stamp_get_to_their_end(
    resource: type[OmniResource], calls: int, unstamped: int
) -> None:
    pipeline = Pipeline(rows(900, unstamped=unstamped), resource)
    pipeline.until_done(calls, 24)
    assert pipeline.held == standing(pipeline.cin7)
    pipeline.cin7.rows[9_001] = {
        "id": 9_001,
        "modifiedDate": None,
        "createdDate": pipeline.cin7.now(),
    }
    pipeline.until_done(calls, 24)
    assert 9_001 in pipeline.held


@pytest.mark.parametrize("calls", [1, 2, 3])
@pytest.mark.parametrize("resource", [SalesOrders, Payments])
def test_a_full_table_gets_to_its_end(resource: type[OmniResource], calls: int) -> None:
    pipeline = Pipeline(rows(900, unstamped=300), resource, full_table=True)
    for _ in range(2):
        pipeline.held = {}
        pipeline.until_done(calls, 16)
        assert pipeline.held == standing(pipeline.cin7)
        assert pipeline.of_reading == standing(pipeline.cin7)


@pytest.mark.parametrize("calls", [1, 2, 3])
@pytest.mark.parametrize("resource", [Users, Vouchers])
def test_a_list_by_pages_gets_to_its_end(resource: type[OmniResource], calls: int) -> None:
    cin7 = rows(900)
    for number, row in cin7.rows.items():
        row["code"] = f"V{number:04}"
    pipeline = Pipeline(cin7, resource)
    pipeline.until_done(calls, 16)
    assert len(pipeline.held) == 900


@pytest.mark.parametrize("calls", [1, 2, 4])
def test_a_pass_gets_on_while_changes_come_each_day(calls: int) -> None:
    cin7 = rows(900)
    pipeline = Pipeline(cin7, SalesOrders, full_refresh_days=7)
    assert pipeline.run()
    cin7.clock.seconds += 8 * DAY
    for number in range(30):
        cin7.rows[100 + number]["modifiedDate"] = cin7.now()
        cin7.clock.seconds += 600
        is_whole = pipeline.run(calls)
        if is_whole:
            break
        cin7.clock.seconds += 600
    assert is_whole
    assert pipeline.of_reading == standing(cin7)
    assert number < 30 // calls


def test_a_start_date_that_moves_back_brings_what_lies_before_in_several_runs() -> None:
    cin7 = rows(900)
    pipeline = Pipeline(cin7, SalesOrders, start_date=cin7.now(-DAY - 6_000))
    pipeline.run()
    assert len(pipeline.held) == 101
    pipeline.settings = {}
    assert pipeline.until_done(2, 8) > 1
    assert pipeline.held == standing(cin7)
    cin7.asked.clear()
    pipeline.run()
    assert len(cin7.asked) == 1


@pytest.mark.large
@given(
    count=st.integers(0, 900),
    crowd=st.integers(0, 600),
    unstamped=st.sampled_from([0, 0, 10, 300]),
    edits=st.integers(0, 3),
    deletes=st.integers(0, 2),
    budgets=st.lists(st.integers(1, 6), min_size=1, max_size=12),
    resource=st.sampled_from([SalesOrders, Payments, Contacts, Users]),
    full_table=st.booleans(),
    seed=st.integers(0, 2**32),
)
def test_runs_cut_at_any_call_lose_no_row(  # noqa: PLR0913, PLR0917
    count: int,
    crowd: int,
    unstamped: int,
    edits: int,
    deletes: int,
    budgets: list[int],
    resource: type[OmniResource],
    full_table: bool,  # noqa: FBT001 - drawn
    seed: int,
) -> None:
    luck = random.Random(seed)  # noqa: S311 - a game of chance
    cin7 = rows(count, unstamped=min(unstamped, count))
    for number in range(count - min(crowd, count) + 1, count + 1):
        cin7.rows[number]["modifiedDate"] = cin7.now(-2 * DAY)
    living = Living(cin7, luck, edits, deletes)
    pipeline = Pipeline(cin7, resource, full_table=full_table, full_refresh_days=3)
    for calls in budgets:
        before = standing(cin7)
        cin7.before_answer = living.change
        try:
            is_whole = pipeline.run(calls)
        except Incomplete:
            is_whole = None
        if is_whole:
            unchanged = before.items() & standing(cin7).items()
            assert {key for key, _ in unchanged} <= set(pipeline.of_reading)
        cin7.clock.seconds += luck.choice([5, 400, DAY])
        living.show()
    cin7.before_answer = None
    cin7.clock.seconds += DAY
    living.show()
    for _ in range(60):
        if pipeline.run(2) is not None:
            break
        cin7.clock.seconds += DAY
    if resource is Users:
        assert set(standing(cin7)) <= set(pipeline.held)
    else:
        assert standing(cin7).items() <= pipeline.held.items()
