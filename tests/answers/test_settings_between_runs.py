"""Settings that change between two runs: what a careful user of Core expects of the next run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.answers.account import ADJUSTMENTS, DAY, HOUR, asked
from tests.answers.changes import Shop
from tests.answers.groups import (
    OF_ADJUSTMENTS,
    OF_DOCUMENTS,
    OF_PRODUCTS,
    OF_SALES,
    OF_TRANSFERS,
    Group,
)
from tests.losses.standin import stamp

if TYPE_CHECKING:
    from tests.losses.standin import Row

COMPLETED, VOIDED = "COMPLETED", "VOIDED"
EACH = (*OF_DOCUMENTS, OF_PRODUCTS)
each = pytest.mark.parametrize("group", EACH, ids=str)


def where(group: Group, *statuses: str) -> Row:
    return {"documents_where": {str(group): {"Status": list(statuses)}}}


# extra_fields.


@each
def test_extra_fields_that_go_and_come_lose_no_row_and_read_nothing_again(group: Group) -> None:
    with Shop(group) as shop:
        for number in range(group.count):
            shop.put(number, "first", age=DAY + HOUR * number, ShoeSize=43)
        shop.run()
        shop.change(1)
        shop.run(extra_fields=False)
        shop.change(2)
        result = shop.run(extra_fields=True)
        assert result.exit_code == 0, result.stderr
        assert len(result.records(str(group))) <= 3
        assert not shop.wrong(lambda _row: True)
        rows = result.records(str(group))
        assert all("extra_fields" in row for row in rows)


# lookback_seconds.


@pytest.mark.parametrize("group", [OF_SALES, OF_TRANSFERS, OF_PRODUCTS], ids=str)
def test_a_longer_lookback_brings_what_showed_too_late(group: Group) -> None:
    with Shop(group) as shop:
        shop.run(lookback_seconds=0)
        shop.server.now += HOUR
        shop.put(1, "late", late=2 * HOUR)
        shop.put(2, "on time", age=-10)
        shop.server.now += 20
        shop.run(lookback_seconds=0)
        shop.server.now += 3 * HOUR
        shop.put(3, "newer")
        shop.server.now += 60
        shop.run(lookback_seconds=0)
        assert shop.wrong(lambda _row: True)
        shop.cut(None, 2, lookback_seconds=DAY)
        shop.settle(lookback_seconds=DAY)
        shop.change(4)
        shop.settle(lookback_seconds=0)


@pytest.mark.parametrize("group", [OF_SALES, OF_TRANSFERS, OF_PRODUCTS], ids=str)
def test_a_first_load_that_is_cut_goes_on_with_another_lookback(group: Group) -> None:
    with Shop(group) as shop:
        shop.cut(None, 3, lookback_seconds=300)
        shop.change(1, 6)
        shop.cut(None, 2, lookback_seconds=0)
        shop.change(2)
        shop.settle(lookback_seconds=DAY)


# full_refresh_days.


@each
def test_a_whole_reading_is_due_by_the_days_that_are_set_now(group: Group) -> None:
    with Shop(group) as shop:
        shop.run(full_refresh_days=0)
        shop.pass_days(2)
        shop.change_unseen()
        shop.run(full_refresh_days=30)
        shop.pass_days(2)
        shop.change_unseen()
        shop.settle(full_refresh_days=1)
        shop.run(full_refresh_days=0)
        shop.pass_days(2)
        shop.change_unseen()
        shop.settle(full_refresh_days=1)


@each
def test_one_missing_row_is_not_gone_however_the_days_change(group: Group) -> None:
    with Shop(group) as shop:
        for days in (7, 0, 1, 30, 1):
            shop.run(full_refresh_days=days)
            shop.pass_days(2)
        back = shop.hide(3)
        shop.run(full_refresh_days=1)
        back()
        for days in (0, 1, 30):
            shop.pass_days(2)
            shop.run(full_refresh_days=days)
        assert not shop.removed()


# recheck_days.


def test_more_days_to_recheck_bring_what_changed_without_a_trace() -> None:
    with Shop(OF_ADJUSTMENTS) as shop:
        for number in range(8):
            shop.put(number, "first", EffectiveDate=stamp(shop.server.now - 20 * DAY))
        shop.run(recheck_days=7)
        shop.pass_days(1)
        shop.change_unseen()
        shop.cut(None, 4, recheck_days=400)
        shop.settle(recheck_days=400)
        result = shop.run(recheck_days=0)
        assert asked(result, ADJUSTMENTS) == 0


# documents_where.


@pytest.mark.parametrize("group", OF_DOCUMENTS, ids=str)
def test_a_filter_that_is_only_written_otherwise_fetches_nothing_again(group: Group) -> None:
    with Shop(group, statuses=(COMPLETED, VOIDED, "CLOSED")) as shop:
        shop.run(**where(group, COMPLETED, VOIDED))
        shop.server.now += DAY
        shop.run(**where(group, COMPLETED, VOIDED))
        for again in (
            (VOIDED, COMPLETED),
            ("completed", " Voided"),
            (COMPLETED, VOIDED, COMPLETED),
        ):
            shop.server.now += DAY
            result = shop.run(**where(group, *again))
            assert group.kind
            assert asked(result, group.kind) <= 1
