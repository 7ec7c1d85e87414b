"""Omni's readers against a Cin7 with a clock of its own."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_cin7.errors import Incomplete
from tap_cin7.instants import instant
from tap_cin7.omni.by_key import IdReader, WholeListReader
from tap_cin7.omni.by_stamp import StampReader
from tap_cin7.omni.resources.contacts import Contacts
from tap_cin7.omni.resources.finance import Payments, Payouts
from tap_cin7.omni.resources.products import ProductOptions
from tap_cin7.omni.resources.reference import Users
from tap_cin7.omni.resources.sales import SalesOrders, Vouchers
from tap_cin7.omni.resources.stock import Stock
from tap_cin7.reading.position import Position
from tests.unit.omni.fake_cin7 import FakeCin7, latest, reader_of, run, run_under_edits, standing

if TYPE_CHECKING:
    from tap_cin7.reading.reader import Page

LATE = 20
"""Most seconds by which a change becomes visible later than its stamp says (seen)."""


def cin7_with(count: int, **more: Any) -> FakeCin7:  # noqa: ANN401
    """Return a Cin7 with orders that were changed in the last minutes, one a second."""
    cin7 = FakeCin7({}, **more)
    for number in range(1, count + 1):
        put(cin7, number, cin7.now(number - count - 1))
    return cin7


def put(cin7: FakeCin7, number: int, stamp: str | None, **more: object) -> None:
    cin7.rows[number] = {
        "id": number,
        "modifiedDate": stamp,
        "createdDate": "2026-01-01T00:00:00Z",
        **more,
    }


def canonical(text: str) -> str:
    stamp = instant(text)
    assert stamp is not None
    return stamp


# --- which reader ------------------------------------------------------------------------------


def test_the_reader_follows_from_the_resource_and_the_settings() -> None:
    cin7 = FakeCin7({})
    assert isinstance(reader_of(cin7, SalesOrders), StampReader)
    assert isinstance(reader_of(cin7, Payouts), StampReader)
    assert isinstance(reader_of(cin7, Users), WholeListReader)
    assert isinstance(reader_of(cin7, Stock), WholeListReader)
    assert isinstance(reader_of(cin7, Stock, settings={"stock_incremental": True}), StampReader)
    assert isinstance(reader_of(cin7, Users, settings={"only_ids": {"users": ["1"]}}), IdReader)


# --- the bookmark ------------------------------------------------------------------------------


def test_each_page_carries_the_bookmark_of_its_last_row() -> None:
    result = run(cin7_with(750), SalesOrders)
    full = [page for page in result.pages if page.rows][:-1]
    assert len(full) == 3
    for page in full:
        assert page.position is not None
        assert page.position.replication_key_value == page.rows[-1].values["modifiedDate"]


def test_rows_of_one_page_are_no_duplicates() -> None:
    result = run(cin7_with(100), SalesOrders)
    assert len(result.rows) == 100
    assert result.metrics.duplicates == 0


def test_a_short_page_moves_no_bookmark_before_it_is_confirmed() -> None:
    result = run(cin7_with(300), SalesOrders)
    full, short = [page for page in result.pages if page.rows]
    assert short.position is not None
    assert short.position.replication_key_value == full.rows[-1].values["modifiedDate"]


def test_a_second_run_starts_the_lookback_before_the_bookmark() -> None:
    cin7 = cin7_with(600)
    first = run(cin7, SalesOrders)
    cin7.asked.clear()
    second = run(cin7, SalesOrders, first.position, lookback_seconds=100)
    assert cin7.asked[0]["where"] == f"modifiedDate>='{cin7.now(-101)}'"
    assert len(second.rows) == 101
    assert second.position == first.position


def test_a_run_that_brings_less_than_the_bookmark_keeps_it() -> None:
    cin7 = cin7_with(10)
    first = run(cin7, SalesOrders)
    del cin7.rows[10]
    assert run(cin7, SalesOrders, first.position).bookmark == first.bookmark


@pytest.mark.parametrize("ahead", [-900, 0, 900])
@pytest.mark.parametrize("stamp", ["2099-01-01T00:00:00Z", None])
def test_a_row_from_the_future_does_not_hide_later_changes(ahead: int, stamp: str | None) -> None:
    cin7 = cin7_with(30, ahead=ahead)
    put(cin7, 99, stamp or cin7.now(7_200))
    first = run(cin7, SalesOrders)
    assert first.bookmark is not None
    assert first.bookmark <= canonical(cin7.now())
    (line,) = first.lines
    assert "99" in line
    assert "future" in line
    cin7.clock.seconds += 3_600
    put(cin7, 5, cin7.now())
    second = run(cin7, SalesOrders, first.position)
    assert 5 in second.keys


def test_a_row_that_is_a_little_ahead_of_the_clock_is_no_news() -> None:
    cin7 = cin7_with(3)
    put(cin7, 9, cin7.now(30))
    assert run(cin7, SalesOrders).lines == []


def test_without_a_date_header_our_own_clock_bounds_the_bookmark() -> None:
    cin7 = cin7_with(3, tells_time=False)
    put(cin7, 9, "2099-01-01T00:00:00Z")
    assert run(cin7, SalesOrders).bookmark == canonical(cin7.now())


@pytest.mark.large
@given(
    count=st.integers(0, 1_200),
    crowd=st.integers(0, 700),
    edits=st.integers(0, 4),
    pause=st.sampled_from([0, 1, 30, 360, 7_200]),
    ahead=st.integers(-900, 900),
    parallel=st.sampled_from([1, 3]),
    seed=st.integers(0, 2**32),
)
def test_a_quiet_run_brings_what_changed_late_in_any_crowd_and_after_any_pause(  # noqa: PLR0913, PLR0917
    count: int, crowd: int, edits: int, pause: int, ahead: int, parallel: int, seed: int
) -> None:
    luck = random.Random(seed)  # noqa: S311
    cin7 = cin7_with(count, ahead=ahead, ties=random.Random(seed), parallel=parallel)  # noqa: S311
    together = cin7.now(-60)
    for number in range(min(crowd, count)):
        cin7.rows[number + 1]["modifiedDate"] = together
    waiting: list[tuple[float, int, str]] = []

    def happen() -> None:
        cin7.clock.seconds += 1
        for _ in range(edits if count else 0):
            visible = cin7.clock.seconds + luck.choice([0, LATE])
            waiting.append((visible, luck.randint(1, count), cin7.now()))
        show()

    def show() -> None:
        for change in [change for change in waiting if change[0] <= cin7.clock.seconds]:
            waiting.remove(change)
            cin7.rows[change[1]]["modifiedDate"] = max(
                change[2], cin7.rows[change[1]]["modifiedDate"]
            )

    def pass_time() -> None:
        cin7.clock.seconds += luck.choice([0, pause])
        show()

    cin7.before_answer = happen
    # A crowd of which rows move at each call may not be proven complete: the runs say so then.
    first = run_under_edits(cin7, SalesOrders, between=pass_time)
    second = run_under_edits(cin7, SalesOrders, first.position, between=pass_time)
    cin7.before_answer = None
    cin7.clock.seconds += LATE
    show()
    third = run(cin7, SalesOrders, second.position)
    assert latest([*first.rows, *second.rows, *third.rows]) == standing(cin7)


# --- whole reads -------------------------------------------------------------------------------


def test_the_first_load_is_whole_and_the_next_run_is_not() -> None:
    cin7 = cin7_with(300)
    first = run(cin7, SalesOrders)
    assert first.is_whole
    assert [page.is_whole for page in first.pages[:-1]] == [False] * (len(first.pages) - 1)
    assert not run(cin7, SalesOrders, first.position).is_whole


def test_a_full_table_knows_no_bookmark_and_no_start_date() -> None:
    cin7 = cin7_with(300)
    position = Position(replication_key_value=canonical(cin7.now()))
    result = run(cin7, SalesOrders, position, full_table=True, start_date=canonical(cin7.now()))
    assert len(result.rows) == 300
    assert result.is_whole
    assert result.position.load
    assert result.position.load.over
    assert msgspec.structs.replace(result.position, load=msgspec.UNSET) == position


def test_a_start_date_bounds_documents_but_not_master_data() -> None:
    cin7 = cin7_with(300)
    start = canonical(cin7.now(-100))
    orders = run(cin7, SalesOrders, start_date=start)
    assert len(orders.rows) == 100
    assert not orders.is_whole
    contacts = run(cin7, Contacts, start_date=start)
    assert len(contacts.rows) == 300
    assert contacts.is_whole


def test_a_stream_is_read_whole_again_after_so_many_days() -> None:
    cin7 = cin7_with(300)
    first = run(cin7, SalesOrders, full_refresh_days=7)
    assert first.position.whole_read_at == canonical(cin7.now())
    cin7.clock.seconds += 6 * 86_400
    second = run(cin7, SalesOrders, first.position, full_refresh_days=7)
    assert not second.is_whole
    assert second.position.whole_read_at == first.position.whole_read_at
    cin7.clock.seconds += 2 * 86_400
    third = run(cin7, SalesOrders, second.position, full_refresh_days=7)
    assert third.is_whole
    assert set(third.keys) == set(cin7.rows)
    assert third.position.whole_read_at == canonical(cin7.now())


# --- rows without a stamp ----------------------------------------------------------------------


def payments(unstamped: int, stamped: int) -> FakeCin7:
    cin7 = FakeCin7({})
    for number in range(unstamped + stamped):
        created = cin7.now(-100_000 + number)
        put(cin7, number, None if number < unstamped else created, createdDate=created)
    return cin7


@pytest.mark.parametrize(
    ("unstamped", "stamped"), [(0, 0), (20, 30), (100, 400), (249, 400), (600, 300), (600, 0)]
)
def test_payments_without_a_stamp_come_once_and_then_when_they_are_new(
    unstamped: int, stamped: int
) -> None:
    cin7 = payments(unstamped, stamped)
    first = run(cin7, Payments)
    assert sorted(first.keys) == list(range(unstamped + stamped))
    assert first.is_whole
    put(cin7, 9_001, None, createdDate=cin7.now())
    put(cin7, 9_002, cin7.now(), createdDate=cin7.now())
    cin7.asked.clear()
    second = run(cin7, Payments, first.position, lookback_seconds=0)
    assert {9_001, 9_002} <= set(second.keys)
    if first.bookmark and unstamped:
        assert len(second.rows) <= 4
        assert len(cin7.asked) == 1


def test_few_payments_are_read_in_one_call() -> None:
    cin7 = payments(20, 30)
    run(cin7, Payments)
    assert len(cin7.asked) == 1


def test_a_payment_that_gets_its_first_stamp_comes_again() -> None:
    cin7 = payments(20, 30)
    first = run(cin7, Payments)
    put(cin7, 3, cin7.now())
    assert 3 in run(cin7, Payments, first.position).keys


@pytest.mark.parametrize("unstamped", [100, 250, 700])
def test_rows_without_a_stamp_where_none_are_known_come_and_stay_in_mind(unstamped: int) -> None:
    cin7 = payments(unstamped, 800 - unstamped)
    first = run(cin7, Contacts)
    assert sorted(first.keys) == list(range(800))
    assert first.position.unstamped_since == canonical(cin7.rows[unstamped - 1]["createdDate"])
    put(cin7, 9_001, None, createdDate=cin7.now())
    assert 9_001 in run(cin7, Contacts, first.position).keys


# --- lists without stamps ----------------------------------------------------------------------


def test_users_are_whole_each_time_and_carry_no_bookmark() -> None:
    cin7 = cin7_with(600)
    first = run(cin7, Users)
    assert sorted(first.keys) == list(range(1, 601))
    assert first.is_whole
    assert first.bookmark is None
    assert first.position.load
    assert first.position.load.over
    assert first.metrics.duplicates > 0


def test_a_user_who_vanishes_while_the_list_is_read_takes_nobody_along() -> None:
    cin7 = cin7_with(600)

    def vanish() -> None:
        if len(cin7.asked) == 2:
            for number in range(1, 11):
                del cin7.rows[number]

    cin7.before_answer = vanish
    result = run(cin7, Users)
    assert set(cin7.rows) <= set(result.keys)
    assert result.is_whole


def test_a_list_whose_pages_do_not_turn_is_told_and_not_whole() -> None:
    cin7 = cin7_with(600)
    get = cin7.get
    cin7.get = lambda path, params, *rest: get(path, {**params, "page": 1}, *rest)  # type: ignore[method-assign]
    with pytest.raises(Incomplete, match="does not turn pages"):
        run(cin7, Users)


def test_vouchers_are_read_in_the_order_of_their_codes() -> None:
    cin7 = FakeCin7({f"V{n}": {"code": f"V{n}"} for n in range(700)})
    result = run(cin7, Vouchers)
    assert set(result.keys) == set(cin7.rows)
    assert cin7.asked[0]["order"] == "code ASC"


def test_stock_is_read_by_the_columns_of_its_grain() -> None:
    cin7 = FakeCin7({}, ties=random.Random(1))  # noqa: S311
    for number in range(1_500):
        grain = {"productId": number // 60, "productOptionId": number // 12, "branchId": number % 4}
        cin7.rows[number] = {**grain, "size": str(number % 12 // 4) if number % 3 else None}
    result = run(cin7, Stock)
    assert len(result.keys) == len(set(result.keys))
    assert cin7.asked[0]["order"] == "productId ASC, productOptionId ASC, branchId ASC, size ASC"
    assert result.is_whole


def test_a_crowd_of_product_options_is_whole_although_ids_repeat() -> None:
    cin7 = FakeCin7({}, ties=random.Random(2))  # noqa: S311
    stamp = cin7.now(-5_000)
    for number in range(900):
        cin7.rows[number // 9, number % 9] = {
            "id": number // 9,
            "sizeId": number % 9,
            "modifiedDate": stamp,
        }
    result = run(cin7, ProductOptions)
    assert set(result.keys) == set(cin7.rows)
    assert result.bookmark == canonical(stamp)


# --- what is asked for -------------------------------------------------------------------------


def test_no_fields_are_asked_for_beyond_those_that_are_needed() -> None:
    cin7 = cin7_with(3)
    run(cin7, SalesOrders)
    assert cin7.asked[0]["fields"] == "id,createdDate,modifiedDate"


def test_only_ids_reads_just_these_and_moves_nothing() -> None:
    cin7 = cin7_with(600)
    wanted = [str(number) for number in range(100, 350)] + ["100", "77777", "x; DROP"]
    reader = reader_of(cin7, SalesOrders, settings={"only_ids": {"sales_orders": wanted}})
    pages: list[Page] = []
    with pytest.raises(Incomplete, match="x; DROP"):
        pages.extend(page for page in reader.pages())
    assert {row.key for page in pages for row in page.rows} == set(range(100, 350))
    assert all(page.position is None and not page.is_whole for page in pages)
    assert len(cin7.asked) == 3


def test_only_ids_of_text_are_quoted_and_fit_into_a_query() -> None:
    codes = [f"O'Neill & Söhne {n:040}" for n in range(120)]
    cin7 = FakeCin7({code: {"code": code} for code in codes} | {"other": {"code": "other"}})
    result = run(cin7, Vouchers, only_ids={"vouchers": codes})
    assert set(result.keys) == set(codes)


def test_only_ids_brings_all_sizes_of_an_option() -> None:
    cin7 = FakeCin7({})
    for number in range(900):
        cin7.rows[number] = {"id": number // 9, "sizeId": number % 9, "modifiedDate": cin7.now()}
    result = run(cin7, ProductOptions, only_ids={"product_options": list(map(str, range(90)))})
    assert len(set(result.keys)) == 810


# --- probing -----------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [0, 1, 200, 250, 251, 3_000, 40_000])
@pytest.mark.parametrize("resource", [SalesOrders, Users])
def test_an_estimate_is_close_and_takes_few_calls(resource: type[Any], rows: int) -> None:
    cin7 = cin7_with(rows)
    reader = reader_of(cin7, resource)
    assert isinstance(reader, StampReader | WholeListReader)
    found = reader.estimate(12)
    assert found is not None
    assert rows * 0.85 <= found.rows <= rows
    assert abs(found.calls - max(1, rows / 250)) <= 1 + 0.15 * rows / 250
    assert len(cin7.asked) <= 12


def test_an_estimate_of_changes_counts_from_the_bookmark() -> None:
    cin7 = cin7_with(5_000)
    position = Position(replication_key_value=canonical(cin7.now(-700)))
    reader = reader_of(cin7, SalesOrders, position, settings={"lookback_seconds": 300})
    assert isinstance(reader, StampReader)
    found = reader.estimate(12)
    assert found is not None
    assert 850 <= found.rows <= 1_001
