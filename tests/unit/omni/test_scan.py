"""The ordered scan against a list that is edited while it is read and gives ties in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tap_cin7.errors import StreamFailed
from tap_cin7.instants import shifted, whole_second
from tap_cin7.omni.scan import OrderedScan
from tap_cin7.omni.windows import PAGE_ROWS
from tests.unit.omni.moving_list import STAMP, START, Listing, MovingList, Row, plain, spread

if TYPE_CHECKING:
    from collections.abc import Callable


def scan_of(moving: MovingList, width: int = 1) -> OrderedScan:
    return OrderedScan(Listing(moving, width), STAMP)  # type: ignore[arg-type]


def scanned(moving: MovingList, since: str = "", width: int = 1) -> list[Row]:
    return [row for some in scan_of(moving, width).batches(since) for row in plain(some.rows)]


lists = st.builds(
    spread,
    st.integers(0, 2_500),
    crowd=st.integers(0, 1_500),
    crowd_at=st.integers(0, 1_500),
    nulls=st.one_of(st.just(0), st.integers(0, 800)),
    per_second=st.sampled_from([1, 1, 2, 7, 40, 130, 240, 251, 260]),
    sizes=st.sampled_from([1, 1, 2, 5, 12]),
)
seeds = st.integers(0, 2**32)
widths = st.sampled_from([1, 2, 3, 5])


@given(stamps=lists, edits=st.integers(0, 6), deletes=st.integers(0, 3), seed=seeds, width=widths)
@example(stamps=spread(1_200, crowd=1_200), edits=0, deletes=0, seed=1, width=1)
@example(stamps=spread(2_000, per_second=40), edits=0, deletes=0, seed=1, width=5)
def test_every_row_that_stays_as_it_is_comes_once(
    stamps: dict[tuple[int, int], str | None], edits: int, deletes: int, seed: int, width: int
) -> None:
    listing = MovingList(dict(stamps), edits=edits, deletes=deletes, seed=seed)
    sent = scanned(listing, width=width)
    assert len(sent) == len(set(sent))
    unchanged = stamps.items() & listing.stamps.items()
    assert unchanged <= set(sent)


@given(
    stamps=lists,
    edits=st.integers(0, 6),
    late=st.integers(0, 20),
    pause=st.sampled_from([0, 1, 7, 400]),
    seed=seeds,
    width=widths,
)
def test_what_changes_meanwhile_comes_with_a_scan_from_where_this_one_began(  # noqa: PLR0913, PLR0917
    stamps: dict[tuple[int, int], str | None],
    edits: int,
    late: int,
    pause: int,
    seed: int,
    width: int,
) -> None:
    listing = MovingList(dict(stamps), edits=edits, late=late, pause=pause, seed=seed)
    began = listing.clock
    sent = []
    reached = ""
    for some in scan_of(listing, width).batches(""):
        sent += plain(some.rows)
        reached = some.reached
    listing.edits = 0
    listing.let_time_pass(late + 1)
    start = min(reached, began)
    sent += scanned(listing, whole_second(shifted(start, -late)) if start else "", width)
    assert set(listing.stamps.items()) <= set(sent)


@given(stamps=lists, cut=st.integers(0, 30), seed=seeds, width=widths)
def test_a_scan_that_was_interrupted_goes_on_from_the_second_it_reached(
    stamps: dict[tuple[int, int], str | None], cut: int, seed: int, width: int
) -> None:
    listing = MovingList(dict(stamps), seed=seed)
    sent = []
    start = ""
    for number, some in enumerate(scan_of(listing, width).batches("")):
        sent += plain(some.rows)
        start = whole_second(some.reached) if some.reached else ""
        if number == cut:
            break
    sent += scanned(listing, start, width)
    assert set(listing.stamps.items()) <= set(sent)


@pytest.mark.large
@given(stamps=lists, seed=seeds, width=widths)
def test_seconds_leave_in_their_order(
    stamps: dict[tuple[int, int], str | None], seed: int, width: int
) -> None:
    seconds = [
        (stamp or "")[:19] for _, stamp in scanned(MovingList(stamps, seed=seed), width=width)
    ]
    assert seconds == sorted(seconds)


@pytest.mark.large
def test_windows_under_way_are_answered_in_any_order() -> None:
    for seed in range(10):
        listing = MovingList(spread(4_000), edits=3, seed=seed)
        before = dict(listing.stamps)
        sent = set(scanned(listing, width=5))
        assert before.items() & listing.stamps.items() <= sent


def test_a_row_edited_behind_one_window_and_before_another_is_in_the_same_scan() -> None:
    listing = MovingList(spread(3_000), pause=0)
    began = dict(listing.stamps)

    def edit_late_in_the_scan() -> None:
        if listing.calls == 11:
            for key in list(listing.stamps)[2_200:2_230]:
                listing.stamps[key] = shifted(listing.clock, 5)

    listing.before_answer = edit_late_in_the_scan
    assert set(listing.stamps.items()) - set(scanned(listing, width=5)) == set()
    assert began != listing.stamps


@pytest.mark.parametrize("rows", [0, 1, 249, 250, 251, 498, 499, 2_480])
def test_a_quiet_list_of_several_pages_costs_one_call_more_than_they_need(rows: int) -> None:
    listing = MovingList(spread(rows))
    assert len(scanned(listing)) == rows
    assert listing.calls == max(1, 1 + (rows - 1) // 249) + (rows >= PAGE_ROWS)


@pytest.mark.parametrize("page", [1, 3, 5])
@pytest.mark.parametrize("how", ["the end missing", "rows in it missing", "empty"])
def test_a_short_page_hides_no_row(page: int, how: str) -> None:
    listing = MovingList(spread(1_000))
    answer = listing.answer

    def short(*ask: Any, by_key: bool) -> list[Row]:  # noqa: ANN401
        rows = answer(*ask, by_key=by_key)
        if listing.calls != page:
            return rows
        return {"empty": [], "the end missing": rows[:200]}.get(how, rows[:50] + rows[99:])

    listing.answer = short  # type: ignore[assignment,method-assign]
    scan = scan_of(listing)
    scan.rows_before = 1_000
    sent = [row for some in scan.batches("") for row in plain(some.rows)]
    assert set(sent) == set(listing.stamps.items())
    assert scan.is_proven


def test_a_list_that_is_empty_from_some_call_on_is_not_proven() -> None:
    listing = MovingList(spread(1_000))
    answer = listing.answer
    listing.answer = lambda *ask, **more: (  # type: ignore[method-assign]
        answer(*ask, **more) if listing.calls < 2 else []
    )
    scan = scan_of(listing)
    reached = [some.reached for some in scan.batches("")]
    assert not scan.is_proven
    assert reached[-1] == sorted(filter(None, listing.stamps.values()))[498]


@pytest.mark.parametrize("crowd_at", [0, 1, 100, 249, 250, 300, 599])
def test_1600_rows_of_which_1000_share_a_second_take_at_most_twelve_calls(crowd_at: int) -> None:
    listing = MovingList(spread(1_600, crowd=1_000, crowd_at=crowd_at))
    assert set(scanned(listing)) == set(listing.stamps.items())
    assert listing.calls <= 12


@pytest.mark.parametrize(("pages", "width", "useful"), [(150, 3, 0.95), (150, 5, 0.95)])
def test_windows_ahead_cost_few_calls(pages: int, width: int, useful: float) -> None:
    listing = MovingList(spread(pages * PAGE_ROWS))
    assert len(scanned(listing, width=width)) == pages * PAGE_ROWS
    assert pages / listing.calls >= useful


@pytest.mark.parametrize("rows", [1_300, 1_490])
def test_short_lists_are_read_one_page_after_the_other(rows: int) -> None:
    listing = MovingList(spread(rows))
    scanned(listing, width=5)
    assert listing.calls == 7


@pytest.mark.large
@pytest.mark.parametrize("edits", [1, 3])
def test_edits_cost_windows_ahead_few_calls(edits: int) -> None:
    listing = MovingList(spread(20_000), edits=edits)
    scanned(listing, width=4)
    # How far the four are apart is up to the machine.
    assert listing.calls <= 80 * 1.2


def test_a_crowd_on_a_resource_that_does_not_turn_pages_ends_with_a_warning() -> None:
    listing = MovingList(spread(900, crowd=600, crowd_at=100), turns_pages=False)
    scan = scan_of(listing)
    sent = [row for some in scan.batches("") for row in plain(some.rows)]
    assert len(sent) >= 550
    assert "does not turn pages" in scan.listing.warnings[0]  # type: ignore[attr-defined]
    assert listing.calls < 12


@pytest.mark.parametrize("width", [1, 4])
def test_a_long_list_that_does_not_turn_pages_is_whole(width: int) -> None:
    listing = MovingList(spread(6_000), turns_pages=False)
    assert len(scanned(listing, width=width)) == 6_000
    assert listing.calls < 24 + 2 * width + 3


def test_a_resource_that_ignores_the_filter_fails_instead_of_losing_rows() -> None:
    with pytest.raises(StreamFailed, match="ignores the filter"):
        scanned(MovingList(spread(900), filters=False), "2027-01-01T00:00:00Z")


def test_a_resource_that_ignores_the_order_fails_instead_of_losing_rows() -> None:
    listing = MovingList(spread(900))
    answer = listing.answer
    listing.answer = lambda *ask, **more: answer(*ask, **more)[::-1]  # type: ignore[method-assign]
    with pytest.raises(StreamFailed, match="ignores the order"):
        scanned(listing)


def test_rows_without_a_stamp_that_cin7_sorts_last_do_not_stall_the_scan() -> None:
    listing = MovingList(spread(700, nulls=200))
    answer = listing.answer

    def nulls_last(*ask: Any, by_key: bool) -> list[Row]:  # noqa: ANN401
        return sorted(answer(*ask, by_key=by_key), key=lambda row: row[1] is None)

    listing.answer = nulls_last  # type: ignore[assignment,method-assign]
    assert set(scanned(listing)) == set(listing.stamps.items())


def test_rows_without_a_key_do_not_end_a_scan() -> None:
    listing = MovingList(spread(1_000))
    scan = scan_of(listing)
    read: Callable[[list[Any]], list[Any]] = scan.listing.read

    def without_some_keys(rows: list[Any]) -> list[Any]:
        return [None if row.key[0] % 10 == 0 else row for row in read(rows)]

    scan.listing.read = without_some_keys  # type: ignore[assignment]
    assert sum(len(some.rows) for some in scan.batches("")) == 900


@pytest.mark.parametrize("width", [1, 3])
def test_memory_holds_only_the_rows_of_the_last_pages(width: int) -> None:
    scan = scan_of(MovingList(spread(9_000)), width)
    for _ in scan.batches(""):
        assert len(scan._sent) <= 2 * PAGE_ROWS  # noqa: SLF001


@pytest.mark.parametrize("start", ["2099-12-31T00:00:00.000000Z", "9999-12-31T23:59:59.000000Z"])
def test_stamps_in_the_future_end_the_scan_like_others(start: str) -> None:
    stamps: dict[tuple[int, int], str | None] = {(n, 0): shifted(START, n) for n in range(300)}
    stamps |= {(1_000 + n, 0): start for n in range(600)}
    listing = MovingList(stamps, clock=START)
    assert set(scanned(listing)) == set(stamps.items())
    assert listing.calls < 12
