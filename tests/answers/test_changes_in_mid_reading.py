"""Settings that change while a reading takes several runs: no gap, and no word that rows are gone.

What the earlier runs of a reading were kept from bringing is neither in nor gone, whatever the
later ones are told.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.answers.account import ADJUSTMENTS, DAY, HOUR, LONG_AGO, TRANSFERS
from tests.answers.changes import PARTS, WEEKLY, FlaggedCore, Shop
from tests.answers.forms import BROKEN
from tests.answers.groups import (
    OF_ADJUSTMENTS,
    OF_ORDERS,
    OF_SALES,
    OF_STOCK,
    OF_TRANSFERS,
    Group,
)
from tests.losses.accounts import guid
from tests.losses.standin import Core, stamp

if TYPE_CHECKING:
    from tests.losses.standin import Row


def _transfer_list() -> Core:
    server = Core(ahead=LONG_AGO)
    server.list(TRANSFERS.list_path, TRANSFERS.records_key, "TaskID", TRANSFERS.stamp, most=60)
    return server


def _products() -> Core:
    server = FlaggedCore(ahead=LONG_AGO)
    server.list("/product", "Products", "ID", "LastModifiedOn", "ModifiedSince", most=40)
    return server


LIST = Group(
    {"stock_transfer_list": ("TaskID", "Reference")},
    TRANSFERS.list_path,
    "TaskID",
    _transfer_list,
    OF_TRANSFERS.row,
    300,
)
SUPPLIERS = PARTS["include_suppliers"]
ON: Row = {"include_suppliers": True}
OFF: Row = {"include_suppliers": False}


@pytest.mark.parametrize("calls", [2, 3, 4])
@pytest.mark.parametrize("days", [None, 10], ids=["goes away", "is earlier"])
def test_a_list_without_a_filter_brings_what_lies_before_the_start_date_of_its_first_run(
    calls: int, days: int | None
) -> None:
    with Shop(LIST, apart=HOUR) as shop:
        now = shop.server.now
        shop.cut(None, calls, start_date=stamp(now - 30 * HOUR))
        then: Row = {} if days is None else {"start_date": stamp(now - days * DAY)}
        assert shop.run(**then).exit_code == 0
        shop.settle()


def test_a_first_load_that_a_start_date_bounded_is_no_witness() -> None:
    with Shop(OF_SALES, apart=60, newest=2 * HOUR) as shop:
        shop.cut(None, 4, start_date=stamp(shop.server.now - 2 * HOUR - 6 * 60), **WEEKLY)
        brought = shop.loader.keys("sales", OF_SALES.streams["sales"][0])
        assert shop.run(**WEEKLY).exit_code == 0
        shop.pass_days()
        bring_back = shop.hide(next(n for n in range(OF_SALES.count) if guid(n) in brought))
        shop.run(**WEEKLY)
        bring_back()
        assert not shop.removed()


@pytest.mark.parametrize("calls", [3, 4, 5])
def test_a_whole_reading_of_which_the_start_date_goes_away_leaves_no_band_out(calls: int) -> None:
    with Shop(OF_ORDERS, apart=1, newest=2 * HOUR) as shop:
        later: Row = {"start_date": stamp(shop.server.now - 2 * HOUR - OF_ORDERS.count)}
        shop.run(**WEEKLY)
        shop.pass_days()
        shop.cut(None, 2, **WEEKLY, **later)
        shop.change(*range(20, 580))
        shop.server.now += HOUR
        shop.cut(None, calls, **WEEKLY, **later)
        result = shop.run(**WEEKLY)
        assert result.exit_code == 0, result.stderr
        assert len(result.keys("sales_orders", "id")) == OF_ORDERS.count


@pytest.mark.parametrize(("first", "calls"), [(3, 1), (3, 2), (4, 1), (4, 2)])
def test_what_came_while_a_flag_was_off_in_mid_reading_is_filled_afterwards(
    first: int, calls: int
) -> None:
    group = replace(SUPPLIERS, count=200, open=_products)
    with Shop(group, apart=60, newest=2 * HOUR) as shop:
        assert shop.run(**ON, **WEEKLY).exit_code == 0
        shop.pass_days()
        shop.cut(None, first, **ON, **WEEKLY)
        shop.server.now += HOUR
        shop.change(15)
        shop.change(16)
        shop.run(requests_per_day=calls, **OFF, **WEEKLY)
        shop.server.now += DAY
        shop.change(199)
        shop.server.now += DAY
        assert shop.run(**ON, **WEEKLY).exit_code == 0
        assert all(row["Suppliers"] for row in shop.loader.rows("products"))


def test_a_part_that_was_left_out_while_a_flag_came_is_filled() -> None:
    """The state is of a version that did not note flags."""
    with Shop(SUPPLIERS, apart=60) as shop:
        shop.run(**OFF)
        assert shop.state
        for entry in shop.state["bookmarks"].values():
            entry.pop("flags", None)
        for flag in (OFF, ON):
            shop.server.now += HOUR
            shop.run("product_suppliers", **flag)
        shop.settle(**ON)


def test_what_is_owed_is_fetched_whatever_documents_where_wants_since() -> None:
    with Shop(OF_ADJUSTMENTS, statuses=("COMPLETED", "VOIDED")) as shop:
        shop.server.spoil(ADJUSTMENTS, [5], BROKEN["500"])  # type: ignore[attr-defined]
        assert shop.run().exit_code == 1
        shop.server.now += HOUR
        shop.server.spoil(ADJUSTMENTS, [], BROKEN["500"])  # type: ignore[attr-defined]
        wanted: Row = {"documents_where": {"stock_adjustments": {"Status": ["COMPLETED"]}}}
        result = shop.run(**wanted)
        assert "None" not in result.stderr
        shop.settle()


def test_stock_that_is_read_by_key_again_takes_its_snapshot() -> None:
    with Shop(OF_STOCK, apart=1) as shop:
        shop.cut(None, 2, stock_incremental=True)
        result = shop.run(stock_incremental=False)
        assert len(result.keys("stock", "productId")) == OF_STOCK.count
        assert result.records("stock_snapshots")
