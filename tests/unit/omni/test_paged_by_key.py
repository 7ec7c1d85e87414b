"""Lists by page number from which rows vanish while they are read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_cin7.omni.paged_by_key import KeyPlace, PagedByKey
from tap_cin7.omni.windows import PAGE_ROWS
from tap_cin7.reading.windows import Window, window_at
from tests.unit.omni.moving_list import Listing, MovingList, Row, plain, spread


def reading(moving: MovingList, width: int = 1) -> PagedByKey:
    return PagedByKey(Listing(moving, width))  # type: ignore[arg-type]


def rows_of(paged: PagedByKey) -> list[Row]:
    return [row for rows in paged.pages() for row in plain(rows)]


@given(
    count=st.integers(0, 3_000),
    sizes=st.sampled_from([1, 2, 12, 60]),
    deletes=st.integers(0, 12),
    seed=st.integers(0, 2**32),
    width=st.sampled_from([1, 2, 3, 5]),
)
def test_every_row_that_stays_comes_whatever_vanishes(
    count: int, sizes: int, deletes: int, seed: int, width: int
) -> None:
    listing = MovingList(spread(count, sizes=sizes), deletes=deletes, seed=seed)
    paged = reading(listing, width)
    sent = rows_of(paged)
    assert paged.turns_pages
    if paged.is_proven:
        assert listing.stamps.items() <= set(sent)
    assert paged.is_proven or deletes * width > 12


@pytest.mark.parametrize("vanishing", [1, 3, 4, 60, 300])
def test_rows_that_vanish_at_once_are_noticed_at_the_next_border(vanishing: int) -> None:
    listing = MovingList(spread(2_000))

    def delete_before_the_third_answer() -> None:
        if listing.calls == 3:
            for key in list(listing.stamps)[:vanishing]:
                del listing.stamps[key]

    listing.before_answer = delete_before_the_third_answer
    paged = reading(listing)
    sent = rows_of(paged)
    assert paged.is_proven
    assert listing.stamps.items() <= set(sent)


@pytest.mark.parametrize("rows", [0, 1, 249, 250, 251, 1_300])
def test_a_quiet_list_costs_no_more_calls_than_its_pages_need(rows: int) -> None:
    listing = MovingList(spread(rows))
    paged = reading(listing)
    assert len(set(rows_of(paged))) == rows
    assert paged.is_proven
    assert listing.calls == max(1, rows // PAGE_ROWS + 1)


def test_a_long_quiet_list_costs_a_tenth_more_than_its_pages() -> None:
    listing = MovingList(spread(10_000))
    assert len(set(rows_of(reading(listing)))) == 10_000
    assert listing.calls <= 44


def test_a_list_that_does_not_turn_pages_ends_and_is_not_proven() -> None:
    listing = MovingList(spread(900), turns_pages=False)
    paged = reading(listing)
    assert len(set(rows_of(paged))) == 250
    assert not paged.turns_pages
    assert listing.calls == 2


def test_a_list_in_random_order_is_not_proven() -> None:
    listing = MovingList(spread(2_000, sizes=2_000))
    paged = reading(listing)
    paged.listing.group_of = lambda row: row.key  # type: ignore[method-assign,assignment,return-value]
    rows_of(paged)
    assert not paged.is_proven
    assert listing.calls < 200


def test_groups_that_are_not_together_are_noticed() -> None:
    listing = MovingList(spread(600))
    paged = reading(listing)
    paged.listing.group_of = lambda row: (row.key[0] % 40,)  # type: ignore[method-assign,index]
    rows_of(paged)
    assert not paged.is_proven


def test_a_group_at_which_an_earlier_run_stopped_may_lack_a_column() -> None:
    listing = MovingList(spread(600))
    stopped = KeyPlace((300, None), 250)
    paged = PagedByKey(Listing(listing), resumed=stopped)  # type: ignore[arg-type]
    paged.listing.group_of = lambda row: (row.key[0], 1)  # type: ignore[method-assign,index]
    assert set(rows_of(paged)) == set(listing.stamps.items())
    assert paged.is_proven


@pytest.mark.parametrize("begin", [0, 1, 3, 246, 250, 999, 12_345])
def test_a_window_holds_the_place_that_it_is_for(begin: int) -> None:
    window = window_at(begin, PAGE_ROWS)
    assert window.start <= begin < window.end
    assert window.limit <= PAGE_ROWS


def test_the_first_window_is_a_whole_page() -> None:
    assert window_at(0, PAGE_ROWS) == Window(1, PAGE_ROWS)
