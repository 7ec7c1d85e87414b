"""A list that says it is whole is: no row that was there all the time is missing from it."""

from __future__ import annotations

import logging
import random
import threading
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_cin7.client.metrics import StreamMetrics
from tap_cin7.core.complete_list import CompleteList
from tap_cin7.core.responses import RawRows
from tap_cin7.errors import Incomplete
from tap_cin7.rows.codec import RowCodec
from tap_cin7.rows.fields import INT, TEXT_KEY, record
from tests.unit.core.account import ORDERS, Table

MOST = 60
SIZES = frozenset({5, 20, 25, MOST})
SCHEMA = record(ID=TEXT_KEY("Id"), Version=INT("Version"))
TOTALS = ("right", "missing", "zero", "ten", "high", "stale", "page size")


@dataclass
class MovingList:
    """A list that changes between any two answers.

    Attributes:
        table: Its rows.
        total: What kind of ``Total`` it announces.
        dice: Decides what happens.
        restless: Changes between two answers, at most.
        shows_edits: Whether an edit shows in the row.
        standing: Rows that were there at each answer so far.
        edited: Those of them that were edited since the first.

    """

    table: Table
    total: str
    dice: random.Random
    restless: int
    shows_edits: bool = True
    standing: set[str] = field(default_factory=set)
    edited: set[str] = field(default_factory=set)
    answers: int = 0
    sizes: list[int] = field(default_factory=list)
    made: int = 0
    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def fill(self, count: int) -> None:
        for _ in range(count):
            self.add()

    def add(self) -> None:
        self.made += 1
        name = f"row {self.made}"
        self.table.put(name, ID=name, Version=0)

    def change(self) -> None:
        """Let something happen: rows vanish, come and are edited, some of them by the dozen."""
        for _ in range(self.dice.randint(0, self.restless)):
            event = self.dice.choice(("vanish", "add", "edit", "edit", "bulk"))
            names = list(self.table.rows)
            if event == "add" or not names:
                self.add()
            elif event == "vanish":
                self.table.drop(self.dice.choice(names))
            elif event == "edit":
                self.edit(self.dice.choice(names))
            elif self.dice.random() < 0.2:
                start = self.dice.randrange(len(names))
                for name in names[start : start + self.dice.randint(5, 40)]:
                    self.edit(name, shows=True)

    def edit(self, name: str, *, shows: bool = False) -> None:
        row = self.table.rows[name]
        self.table.put(name, Version=row["Version"] + (shows or self.shows_edits))
        self.edited.add(name)

    def page(self, page: int, limit: int) -> RawRows:
        with self.one_at_a_time:
            return self._page(page, limit)

    def _page(self, page: int, limit: int) -> RawRows:
        if self.answers:
            self.change()
        else:
            self.edited.clear()
        self.answers += 1
        self.sizes.append(len(self.table.rows))
        body = self.table.answer({"Page": page, "Limit": limit}, self.dice)
        here = set(self.table.rows)
        self.standing = here if self.answers == 1 else self.standing & here
        rows = [msgspec.Raw(msgspec.json.encode(row)) for row in body["Rows"]]
        return RawRows(rows, self._total(len(self.table.rows), len(rows)))

    def _total(self, right: int, page: int) -> int | None:
        return {
            "right": right,
            "missing": None,
            "zero": 0,
            "ten": 10,
            "high": right + 13,
            "stale": self.sizes[max(0, len(self.sizes) - 3)],
            "page size": page,
        }[self.total]


def read(served: MovingList, width: int = 1) -> tuple[set[str], bool, CompleteList]:
    endpoint = SimpleNamespace(
        resource=SimpleNamespace(schema=SCHEMA),
        page=served.page,
        width=lambda: width,
        reading=SimpleNamespace(metrics=StreamMetrics("rows"), log=logging.getLogger("rows")),
        page_rows=MOST,
        page_sizes=SIZES,
        filters={},
    )
    whole = CompleteList(endpoint, RowCodec(SCHEMA))  # type: ignore[arg-type]
    found: set[Any] = set()
    try:
        for entries in whole.entries():
            found |= {row.key for row, _ in entries}
    except Incomplete:
        return found, False, whole
    return found, True, whole


@pytest.mark.parametrize("order", ORDERS)
@given(dice=st.integers(0).map(random.Random), total=st.sampled_from(TOTALS))
def test_no_row_that_was_there_all_the_time_is_missing_from_a_whole_list(
    order: str, dice: random.Random, total: str
) -> None:
    served = MovingList(
        Table(order=order, most=dice.choice(sorted(SIZES))),
        total,
        dice,
        restless=dice.choice((0, 1, 2, 3, 6)),
        shows_edits=dice.random() < 0.5,
    )
    served.fill(dice.choice((dice.randint(0, 30), dice.randint(0, 250), *SIZES, MOST + 1)))
    found, is_whole, _ = read(served, width=dice.choice((1, 3)))
    assert not is_whole or served.standing <= found


@pytest.mark.parametrize("order", ["insertion", "ascending", "descending"])
@pytest.mark.parametrize("total", ["right", "missing", "zero", "page size"])
@pytest.mark.parametrize("count", [0, 1, 7, 20, 60, 61, 140])
def test_a_list_at_rest_comes_whole_at_once(order: str, total: str, count: int) -> None:
    served = MovingList(Table(order=order, most=MOST), total, random.Random(1), restless=0)  # noqa: S311
    served.fill(count)
    found, is_whole, whole = read(served)
    assert is_whole
    assert found == set(served.table.rows)
    # One call more where no Total says where a list of several pages ends.
    assert served.answers <= (5 if count == 140 else 3) + (total != "right")
    assert whole.duplicates <= MOST


@pytest.mark.parametrize("most", [7, 8, 9, 10, 12])
def test_a_list_in_small_pages_comes_whole_whatever_its_length(most: int) -> None:
    for count in range(2 * most, 20 * most):
        served = MovingList(
            Table(order="insertion", most=most),
            "right",
            random.Random(1),  # noqa: S311
            restless=0,
        )
        served.fill(count)
        found, is_whole, _ = read(served)
        assert is_whole, count
        assert found == set(served.table.rows)


@pytest.mark.parametrize("seed", range(5))
def test_a_short_list_in_another_order_at_each_answer_is_collected(seed: int) -> None:
    served = MovingList(Table(order="random", most=MOST), "right", random.Random(seed), restless=0)  # noqa: S311
    served.fill(70)
    found, is_whole, _ = read(served)
    assert is_whole
    assert found == set(served.table.rows)
    assert served.answers <= 40


def test_a_list_in_another_order_at_each_answer_without_total_is_never_called_whole() -> None:
    for seed in range(20):
        served = MovingList(Table(order="random", most=MOST), "missing", random.Random(seed), 0)  # noqa: S311
        served.fill(150)
        found, is_whole, _ = read(served)
        assert not is_whole or found == set(served.table.rows)


def test_a_total_that_stays_too_high_is_incomplete_after_the_second_read() -> None:
    served = MovingList(Table(most=MOST), "high", random.Random(0), restless=0)  # noqa: S311
    served.fill(100)
    found, is_whole, whole = read(served)
    assert not is_whole
    assert found == set(served.table.rows)
    assert whole.total == 113
    assert served.answers == 8


def test_rows_with_the_same_key_do_not_make_a_list_incomplete() -> None:
    served = MovingList(Table(most=MOST), "right", random.Random(0), restless=0)  # noqa: S311
    served.fill(100)
    for number in (3, 55, 90):
        name = f"copy {number}"
        served.table.put(name, ID=f"row {number}", Version=7)
    found, is_whole, _ = read(served)
    assert is_whole
    assert len(found) == 100
