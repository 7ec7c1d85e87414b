from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_cin7.core.index_lists import IndexRow, digest
from tap_cin7.core.plans import DigestPlan
from tap_cin7.instants import shifted
from tap_cin7.reading.position import Position
from tap_cin7.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

START = "2026-03-01T00:00:00.000000Z"
DAY = 86_400
SETTINGS = Settings(api="core", recheck_days=0)


@dataclass
class Account:
    """Documents without a stamp, and which versions of them were fetched."""

    rows: dict[str, IndexRow] = field(default_factory=dict)
    fetched: dict[str, IndexRow] = field(default_factory=dict)
    position: Position = field(default_factory=Position)
    now: str = START
    versions: Iterable[int] = field(default_factory=count)

    def put(self, *names: str, days: int = 0) -> None:
        """Add or change documents."""
        for name in names:
            mark = digest(f"{name} {next(iter(self.versions))}".encode())
            date = shifted(START, -days * DAY)
            self.rows[name] = IndexRow(name, "", date, is_final=True, digest=mark)

    def run(self, documents: int, *, after: int = 60) -> list[str]:
        """Fetch so many documents, so many seconds after the list was read; return their ids."""
        self.now = shifted(self.now, 3_600)
        before = msgspec.json.decode(msgspec.json.encode(self.position), type=Position)
        plan = DigestPlan(before, SETTINGS, has_dates=True, now=self.now)
        waiting = plan.begin([*self.rows.values()], self.now)
        for row in waiting[:documents]:
            self.position = plan.done(row, shifted(self.now, after))
            self.fetched[row.id] = row
        if len(waiting) <= documents:
            self.position = plan.over()
        return [row.id for row in waiting[:documents]]

    def late(self) -> set[str]:
        """Return the documents that are not in as they are."""
        return {name for name, row in self.rows.items() if self.fetched.get(name) != row}


def names(number: int, start: int = 0) -> list[str]:
    return [f"{one * 2_654_435_761 % 2**32:08x}" for one in range(start, start + number)]


def loaded(today: int) -> Account:
    """Return an account with one digest a day, all of it in."""
    account = Account()
    account.put(*names(today))
    for day in range(1, 360):
        account.put(*names(2, 10_000 + 2 * day), days=day)
    account.run(10_000)
    assert account.run(10_000) == []
    return account


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_few_new_documents_of_a_day_are_told_from_those_that_are_in(number: int) -> None:
    account = loaded(100)
    new = names(number, 500)
    account.put(*new)
    assert sorted(account.run(1) + account.run(10)) == sorted(new)
    assert account.run(10) == []


def test_new_documents_are_told_from_those_that_a_cut_run_brought() -> None:
    account = loaded(0)
    account.put(*names(20))
    fetched = account.run(10)
    new = names(2, 500)
    account.put(*new)
    assert sorted(fetched + account.run(100)) == sorted(names(20) + new)
    assert not account.late()


@pytest.mark.parametrize("documents", [2, 3, 5])
def test_a_document_comes_however_often_others_of_its_day_change(documents: int) -> None:
    account = loaded(40)
    for name in sorted(names(40)):
        account.put(name)
        version = account.rows[name]
        for _ in range(2 * 40 // documents + 2):
            account.put(names(1)[0])
            account.run(documents)
            if account.fetched[name] == version:
                break
        assert name == names(1)[0] or account.fetched[name] == version


def test_a_day_that_is_left_comes_although_later_days_change_before_each_run() -> None:
    account = loaded(40)
    account.put(*names(2, 10_002), days=1)
    account.put(*names(2, 10_100), days=50)
    account.put(names(1, 10_200)[0], days=100)
    for _ in range(8):
        account.put(names(1)[0])
        account.run(4)
    assert account.late() <= {*names(40)}


@given(dice=st.integers(0).map(random.Random), after=st.sampled_from([1, 60]))
def test_after_any_history_all_is_in_and_a_quiet_run_fetches_nothing(
    dice: random.Random, after: int
) -> None:
    account = Account()
    some = names(dice.choice((3, 30)))
    for _ in range(dice.randint(1, 20)):
        for _ in range(dice.choice((0, 1, 3, 10))):
            name = dice.choice(some)
            if dice.random() < 0.2:
                account.rows.pop(name, None)
            else:
                account.put(name, days=dice.choice((0, 0, 0, 1, 50)))
        account.run(dice.choice((0, 1, 3, 10)), after=after)
    for _ in range(8 * len(some)):
        account.run(2, after=after)
    assert not account.late()
    assert account.run(100, after=after) == []
