"""The walk against a model of Omni's list that is edited while it is read."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tap_cin7.errors import StreamFailed
from tap_cin7.omni.walk import PAGE_ROWS, Ask, Walk
from tap_cin7.values import instant, moved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

START = "2026-01-01T00:00:00.000000Z"


@dataclass
class Listing:
    """Rows by id with a stamp; answers an ask as Omni does."""

    stamps: dict[int, str | None]
    edits_per_call: int = 0
    seed: int = 1
    turns_pages: bool = True
    filters: bool = True
    calls: int = 0
    versions: set[tuple[int, str | None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.versions |= set(self.stamps.items())
        self._lock = threading.Lock()
        self._random = random.Random(self.seed)  # noqa: S311
        self._clock = max(filter(None, self.stamps.values()), default=START)

    def edit(self, key: int) -> None:
        self._clock = moved(self._clock, 1)
        self.stamps[key] = self._clock
        self.versions.add((key, self._clock))

    def answer(self, ask: Ask) -> list[dict[str, Any]]:
        with self._lock:
            return self._answer(ask)

    def _answer(self, ask: Ask) -> list[dict[str, Any]]:
        self.calls += 1
        for _ in range(self.edits_per_call):
            self.edit(self._random.choice(list(self.stamps)))
        rows = sorted(self.stamps.items(), key=lambda item: (item[1] or "", item[0]))
        if ask.since is not None and self.filters:
            bound = instant(ask.since)
            assert bound is not None
            rows = [row for row in rows if row[1] and row[1] >= bound]
        page = ask.page if self.turns_pages else 1
        window = rows[(page - 1) * ask.rows : page * ask.rows]
        return [{"id": key, "modifiedDate": stamp} for key, stamp in window]


def walked(
    listing: Listing,
    since: str | None = None,
    warn: Callable[[str], None] = lambda _: None,
    width: int = 1,
) -> Iterator[dict[str, Any]]:
    walk = Walk(
        fetch=listing.answer,
        key_of=lambda row: row["id"],
        stamp_of=lambda row: row["modifiedDate"],
        warn=warn,
        width=lambda: width,
    )
    for rows in walk.pages(since):
        yield from rows


def seen(rows: Iterator[dict[str, Any]]) -> list[tuple[int, str | None]]:
    return [(row["id"], row["modifiedDate"]) for row in rows]


def spread(count: int, *, crowd: int = 0, crowd_at: int = 0, nulls: int = 0) -> dict[int, Any]:
    """Stamps one second apart, a crowd of rows in one second, some without a stamp."""
    stamps: dict[int, Any] = {}
    second = 0
    for key in range(count):
        if not crowd_at <= key < crowd_at + crowd - 1:
            second += 1
        stamps[key] = None if key < nulls else moved(START, second)
    return stamps


@given(
    count=st.integers(0, 2_000),
    crowd=st.integers(0, 1_200),
    crowd_at=st.integers(0, 1_500),
    nulls=st.integers(0, 600),
    edits=st.integers(0, 6),
    seed=st.integers(0, 10_000),
    width=st.sampled_from([1, 3]),
)
@example(count=985, crowd=985, crowd_at=1, nulls=0, edits=4, seed=0, width=1)
@settings(max_examples=200, deadline=None)
def test_no_row_is_lost_and_none_is_sent_twice_while_rows_are_edited(  # noqa: PLR0913, PLR0917
    count: int, crowd: int, crowd_at: int, nulls: int, edits: int, seed: int, width: int
) -> None:
    listing = Listing(
        spread(count, crowd=crowd, crowd_at=crowd_at, nulls=nulls),
        edits_per_call=edits if count else 0,
        seed=seed,
    )
    sent = seen(walked(listing, width=width))
    assert len(sent) == len(set(sent))
    listing.edits_per_call = 0
    last = max((stamp for _, stamp in sent if stamp), default=None)
    sent += seen(walked(listing, last[:19] + "Z" if last else None))
    assert set(listing.stamps.items()) <= set(sent)


@pytest.mark.parametrize("edits", [0, 2, 5])
def test_windows_side_by_side_lose_nothing_and_cost_few_calls_more(edits: int) -> None:
    listing = Listing(spread(10_000), edits_per_call=edits)
    sent = seen(walked(listing, width=4))
    assert len(sent) == len(set(sent))
    assert set(listing.stamps.items()) - set(sent) <= latest(listing, 250)
    assert listing.calls <= 50 + 3 * edits


def latest(listing: Listing, count: int) -> set[tuple[int, str | None]]:
    """The rows changed last, which the next run brings."""
    return set(sorted(listing.stamps.items(), key=lambda row: row[1] or "")[-count:])


def test_a_quiet_list_costs_no_more_calls_than_pages_need() -> None:
    listing = Listing(spread(2_480))
    assert len(seen(walked(listing))) == 2_480
    assert listing.calls == 10


@pytest.mark.parametrize("crowd_at", [0, 1, 100, 249, 250, 300, 599, 600])
def test_1600_rows_of_which_1000_share_a_second_take_at_most_ten_calls(crowd_at: int) -> None:
    listing = Listing(spread(1_600, crowd=1_000, crowd_at=crowd_at))
    assert sorted(seen(walked(listing))) == sorted(listing.stamps.items())
    assert listing.calls <= 10


def test_a_row_that_slides_over_a_page_border_inside_one_second_is_found() -> None:
    listing = Listing(spread(1_000, crowd=1_000))
    answer = listing.answer

    def edited_before_page_two(ask: Ask) -> list[dict[str, Any]]:
        if ask.page == 2 and listing.calls == 1:
            for key in range(20):
                listing.edit(key)
        return answer(ask)

    listing.answer = edited_before_page_two  # type: ignore[method-assign]
    assert set(listing.stamps.items()) <= set(seen(walked(listing)))


def test_a_resource_that_ignores_page_numbers_ends_with_a_warning() -> None:
    listing = Listing(spread(900, crowd=600, crowd_at=100), turns_pages=False)
    warnings: list[str] = []
    sent = seen(walked(listing, warn=warnings.append))
    assert len(sent) >= 550
    assert "does not turn pages" in warnings[0]
    assert listing.calls < 30


def test_a_resource_that_ignores_the_filter_fails_instead_of_losing_rows() -> None:
    listing = Listing(spread(900), filters=False, turns_pages=False)
    with pytest.raises(StreamFailed, match="ignores the filter"):
        seen(walked(listing, "2027-01-01T00:00:00Z"))


def test_a_full_page_without_any_stamp_does_not_stall_the_walk() -> None:
    listing = Listing(spread(700, nulls=600))
    assert len(seen(walked(listing))) == 700
    assert listing.calls <= 5


def test_memory_holds_only_the_rows_of_the_present_second() -> None:
    listing = Listing(spread(5_000))
    walk = Walk(
        fetch=listing.answer,
        key_of=lambda row: row["id"],
        stamp_of=lambda row: row["modifiedDate"],
        warn=lambda _: None,
    )
    for _ in walk.pages(None):
        assert len(walk._sent) <= 2 * PAGE_ROWS  # noqa: SLF001
