"""Instants and moved stamps: one text for one instant."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_cin7.instants import instant, now, shifted, whole_second

MOMENTS = st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 31))  # noqa: DTZ001
OFFSETS = st.integers(min_value=-14 * 60, max_value=14 * 60)
STAMP = "2026-01-31T10:20:30.123456Z"


def canonical(text: str) -> str:
    stamp = instant(text)
    assert stamp is not None
    return stamp


def written(moment: datetime, offset: int) -> str:
    """Return a UTC moment as a clock with an offset in minutes would show it."""
    zone = timezone(timedelta(minutes=offset))
    return moment.replace(tzinfo=timezone.utc).astimezone(zone).isoformat()


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T10:20:30.123456Z",
        "2026-01-31T10:20:30.123456",
        "2026-01-31 10:20:30.123456",
        "2026-01-31T10:20:30,123456z",
        "2026-01-31T10:20:30.1234569Z",
        "2026-01-31T21:20:30.123456+11:00",
        "2026-01-31T21:20:30.123456+1100",
        "2026-01-31T21:20:30.123456+11",
        "2026-01-30T22:50:30.123456-11:30",
        "  2026-01-31T10:20:30.123456Z  ",
    ],
)
def test_every_spelling_of_an_instant_becomes_the_same_text(text: str) -> None:
    assert instant(text) == STAMP


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31", "2026-01-31T00:00:00.000000Z"),
        ("2026-01-31T10:20", "2026-01-31T10:20:00.000000Z"),
        ("2026-01-31T10:20:30", "2026-01-31T10:20:30.000000Z"),
        ("2026-01-31T10:20:30.5", "2026-01-31T10:20:30.500000Z"),
        ("2026-12-31T23:30:00-01:00", "2027-01-01T00:30:00.000000Z"),
        ("2024-02-29T00:00:00+00:01", "2024-02-28T23:59:00.000000Z"),
    ],
)
def test_missing_parts_are_zero_and_offsets_carry_over_days(text: str, expected: str) -> None:
    assert instant(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "0001-01-01",
        "0001-01-01T00:00:00",
        "0001-01-01Z",
        " 0001-01-01T00:00:00",
        "0001-01-02T01:00:00+02:00",
    ],
)
def test_no_date_becomes_null(text: str) -> None:
    assert instant(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "31/01/2026",
        "2026-02-30",
        "2026-13-01",
        "2026-1-1",
        "2026-01-31T25:00:00",
        "2026-01-31T10:20:30.",
        "2026-01-31T10:20:30Zulu",
        "20260131",
        "\u0662\u0660\u0662\u0666-01-31",
        "9999-12-31T23:00:00-02:00",
        "2026-01-01T10:00:00+99:99",
        "2026-01-01T10:00:00+10:60",
        "2026-01-01T10:00:00-14:01",
    ],
)
def test_what_is_no_date_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a date|must be|out of range"):
        instant(text)


@given(MOMENTS, OFFSETS)
def test_an_instant_is_the_same_in_every_zone(moment: datetime, offset: int) -> None:
    assert instant(written(moment, offset)) == instant(moment.isoformat())


@given(MOMENTS, OFFSETS)
def test_canonical_instants_are_idempotent_and_of_one_width(moment: datetime, offset: int) -> None:
    stamp = canonical(written(moment, offset))
    assert instant(stamp) == stamp
    assert len(stamp) == len(STAMP)
    assert datetime.fromisoformat(stamp.replace("Z", "+00:00")).replace(tzinfo=None) == moment


@given(MOMENTS, OFFSETS, MOMENTS, OFFSETS)
def test_canonical_instants_compare_as_text_like_the_instants_they_stand_for(
    one: datetime, one_offset: int, other: datetime, other_offset: int
) -> None:
    texts = canonical(written(one, one_offset)), canonical(written(other, other_offset))
    assert (texts[0] < texts[1]) is (one < other)
    assert (texts[0] == texts[1]) is (one == other)


@given(st.text(max_size=30))
def test_any_text_is_a_canonical_instant_null_or_refused(text: str) -> None:
    try:
        stamp = instant(text)
    except ValueError:
        return
    assert stamp is None or (len(stamp) == len(STAMP) and stamp.endswith("Z"))


@given(st.text("0123456789", min_size=7, max_size=12))
def test_digits_past_the_sixth_never_make_an_instant_later(digits: str) -> None:
    assert instant(f"2026-01-31T10:20:30.{digits}") == f"2026-01-31T10:20:30.{digits[:6]}Z"


def test_the_present_is_canonical() -> None:
    before = datetime.now(timezone.utc)
    stamp = now()
    assert instant(stamp) == stamp
    moment = datetime.fromisoformat(stamp.replace("Z", "+00:00"))
    assert before <= moment <= datetime.now(timezone.utc)


def test_a_stamp_is_cut_to_its_second_not_rounded() -> None:
    assert whole_second("2026-01-31T10:20:37.999999Z") == "2026-01-31T10:20:37Z"


@pytest.mark.parametrize(
    ("stamp", "seconds", "expected"),
    [
        ("2026-01-01T00:00:10.250000Z", -300, "2025-12-31T23:55:10.250000Z"),
        ("2026-01-01T00:00:10Z", -300, "2025-12-31T23:55:10Z"),
        ("2026-01-01T00:00:10.000000Z", 1, "2026-01-01T00:00:11.000000Z"),
        ("2026-01-01T00:00:10.000000Z", 0, "2026-01-01T00:00:10.000000Z"),
    ],
)
def test_a_moved_stamp_keeps_its_form(stamp: str, seconds: int, expected: str) -> None:
    assert shifted(stamp, seconds) == expected


def test_a_move_past_the_last_year_ends_at_its_last_instant() -> None:
    assert shifted("9999-06-01T00:00:00Z", 10**12) == "9999-12-31T23:59:59Z"
    assert shifted("9999-06-01T00:00:00.000000Z", 10**12) == "9999-12-31T23:59:59.999999Z"


@given(MOMENTS, st.integers(min_value=-86_400, max_value=86_400))
def test_moving_forth_and_back_returns_the_same_stamp(moment: datetime, seconds: int) -> None:
    stamp = canonical(moment.isoformat())
    assert shifted(shifted(stamp, seconds), -seconds) == stamp


@pytest.mark.parametrize("seconds", [60, 10**12, 10**20])
def test_an_overlap_longer_than_history_ends_in_the_first_year(seconds: int) -> None:
    assert shifted("0001-01-01T00:00:30.000000Z", -seconds) == "0001-01-01T00:00:00.000000Z"
