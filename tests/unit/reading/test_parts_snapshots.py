"""Snapshots: when one is taken."""

from __future__ import annotations

import pytest

from tap_cin7.reading.parts import is_due

NOON = "2026-05-05T12:00:00.000000Z"


@pytest.mark.parametrize(
    ("last", "hours", "due"),
    [
        (None, 24, True),
        ("2026-05-05T00:00:00.000000Z", 24, False),
        ("2026-05-04T23:59:59.000000Z", 24, True),
        ("2026-05-05T11:59:59.000000Z", 12, True),
        ("2026-05-05T12:00:00.000000Z", 1, False),
        ("2026-05-05T10:59:59.000000Z", 1, True),
        ("2026-05-04T23:59:59.000000Z", 48, False),
        ("2026-05-03T23:59:59.000000Z", 48, True),
    ],
)
def test_one_snapshot_is_taken_in_each_interval(last: str | None, hours: int, due: bool) -> None:  # noqa: FBT001
    assert is_due(last, NOON, hours) is due


@pytest.mark.parametrize("hours", [1, 24, 48, 8_760])
def test_a_last_snapshot_of_a_clock_that_was_ahead_holds_up_no_other(hours: int) -> None:
    assert is_due("2027-05-05T12:00:00.000000Z", NOON, hours)
    assert not is_due("2026-05-05T12:00:01.000000Z", NOON, hours)  # two machines never agree
