"""What a run asks a list for: changes, or everything once in a while."""

from __future__ import annotations

import pytest

from tap_cin7.core.endpoints import change_filter
from tap_cin7.core.resources.reference import Brands
from tap_cin7.core.resources.sales import SaleList
from tap_cin7.instants import shifted
from tap_cin7.reading.position import is_whole_read_due

NOW = "2026-03-01T00:00:00.000000Z"


def test_no_whole_read_is_due_unless_it_is_asked_for() -> None:
    assert not is_whole_read_due(0, None, NOW)
    assert not is_whole_read_due(0, "2020-01-01T00:00:00.000000Z", NOW)


def test_a_whole_read_is_due_when_none_was_ever_noted() -> None:
    assert is_whole_read_due(7, None, NOW)


@pytest.mark.parametrize(
    ("days_ago", "is_due"), [(0, False), (6, False), (7, False), (8, True), (400, True)]
)
def test_a_whole_read_is_due_after_the_days_that_are_asked_for(
    days_ago: int, *, is_due: bool
) -> None:
    assert is_whole_read_due(7, shifted(NOW, -days_ago * 86_400), NOW) is is_due


def test_changes_are_asked_for_by_the_second_where_the_list_can_filter() -> None:
    assert change_filter(SaleList, "2026-03-01T10:20:30.999999Z") == {
        "UpdatedSince": "2026-03-01T10:20:30Z"
    }
    assert change_filter(SaleList, None) == {}
    assert change_filter(Brands, NOW) == {}
