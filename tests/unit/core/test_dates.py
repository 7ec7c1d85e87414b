"""Windows of dates: together they hold every date, however they were halved."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from tap_cin7.core.dates import DateWindow
from tap_cin7.instants import canonical

NOW = datetime(2026, 12, 2, 21, 20, tzinfo=timezone.utc)
INSTANTS = st.datetimes(
    datetime(1995, 1, 1),  # noqa: DTZ001 - hypothesis wants it so
    datetime(2030, 1, 1),  # noqa: DTZ001 - hypothesis wants it so
    timezones=st.just(timezone.utc),
)


@given(st.none() | INSTANTS, st.lists(st.integers(0, 12), min_size=400, max_size=400))
def test_each_date_is_in_one_window_and_there_is_an_end(
    start: datetime | None, halvings: list[int]
) -> None:
    now = canonical(NOW)
    window = DateWindow(canonical(start) if start else "", "")
    reached = window.low
    for times in halvings:
        for _ in range(times):
            half = window.half(now)
            assert half.low == window.low
            assert half == window or half.high < (window.high or now)
            window = half
        assert window.low == reached
        reached = window.high
        if not window.high:
            break
        assert window.low < window.high
        window = window.following(now, widened=times < 3)


@given(INSTANTS)
def test_a_window_is_halved_down_to_a_day(start: datetime) -> None:
    now = canonical(NOW)
    window = DateWindow(canonical(start), canonical(start + timedelta(days=3_000)))
    for _ in range(13):
        window = window.half(now)
    assert window.half(now) == window
    low, high = (datetime.fromisoformat(one[:19]) for one in window)
    assert high - low <= timedelta(days=1)


@given(st.none() | INSTANTS, INSTANTS)
def test_a_list_begins_a_second_early_but_never_before_the_bound(
    bound: datetime | None, low: datetime
) -> None:
    first = canonical(bound) if bound else None
    window = DateWindow(canonical(low), "")
    since = window.since(first)
    if window.low == first:
        assert since == first
    else:
        assert since == max(canonical(low - timedelta(seconds=1)), first or "")
