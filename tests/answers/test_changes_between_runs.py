"""What is changed between two runs, settings, catalog or state, loses and removes nothing.

Whatever the runs before were told, one quiet run brings what Cin7 has by the settings of the day;
what can't be had is said. And what a reading was kept from bringing, by a setting, does not count
as its word that the row is gone.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.absence.accounts import omni
from tests.absence.pipeline import Pipeline
from tests.answers.account import DAY, HOUR, SALES, asked
from tests.answers.changes import (
    COLUMNS,
    OF_CATEGORIES,
    PARTS,
    WEEKLY,
    Shop,
    deselecting,
    entries,
    reading_whole,
    told,
)
from tests.answers.forms import BROKEN
from tests.answers.groups import (
    OF_ADJUSTMENTS,
    OF_DOCUMENTS,
    OF_LOCATIONS,
    OF_ORDERS,
    OF_PRODUCTS,
    OF_SALES,
    OF_STOCK,
    OF_TRANSFERS,
    Group,
)
from tests.losses.accounts import guid, orders
from tests.losses.standin import stamp

if TYPE_CHECKING:
    from tests.answers.account import Account
    from tests.losses.standin import Row

FEW_ORDERS, FEW_STOCK = replace(OF_ORDERS, count=30), replace(OF_STOCK, count=30)
STOCK_ALONE = replace(OF_STOCK, streams={"stock": OF_STOCK.streams["stock"]})
COMPLETED, VOIDED = "COMPLETED", "VOIDED"
ONLY_COMPLETED: Row = {"documents_where": {"sales": {"Status": [COMPLETED]}}}


def given(name: str, value: object) -> Row:
    """Return a setting whose name is not known before."""
    return {name: value}


# Flags.


@pytest.mark.parametrize(
    ("flag", "then"),
    [
        *((flag, "at once") for flag in PARTS),
        ("include_suppliers", "cut"),
        ("include_suppliers", "its part left out"),
        ("include_suppliers", "its parent left out"),
    ],
)
def test_what_a_flag_fills_comes_for_rows_that_were_read_without(flag: str, then: str) -> None:
    group = PARTS[flag]
    with Shop(group, apart=60) as shop:
        shop.run(**given(flag, value=False))
        shop.server.now += HOUR
        if then == "cut":
            shop.cut(None, 2, **given(flag, value=True))
        elif then != "at once":
            shop.run(list(group.streams)["part" in then], **given(flag, value=True))
        shop.settle(**given(flag, value=True))


@pytest.mark.parametrize("flag", COLUMNS)
def test_a_column_that_a_flag_fills_is_filled_for_old_rows_or_that_is_told(flag: str) -> None:
    group, column = COLUMNS[flag]
    (stream,) = group.streams
    with Shop(group, apart=60) as shop:
        shop.run(**given(flag, value=False))
        assert not any(row[column] for row in shop.loader.rows(stream))
        shop.server.now += HOUR
        result = shop.run(**given(flag, value=True))
        empty = sum(not row[column] for row in shop.loader.rows(stream))
        assert told(result, flag) or not empty, f"{empty} of {group.count} rows: no {column}"


@pytest.mark.parametrize("flag", ["include_suppliers", "include_movements"])
def test_a_flag_that_comes_in_the_middle_of_a_first_load_fills_all_rows(flag: str) -> None:
    with Shop(PARTS[flag], apart=60) as shop:
        shop.cut(None, 2, **given(flag, value=False))
        shop.settle(**given(flag, value=True))


@pytest.mark.parametrize("flag", ["include_bom", "include_suppliers", "include_movements"])
def test_what_a_flag_keeps_from_coming_is_not_gone(flag: str) -> None:
    """Cin7 has the rows; nobody asked for them."""
    with Shop(PARTS[flag], apart=60) as shop:
        shop.run(**given(flag, value=True), **WEEKLY)
        for _ in range(3):
            shop.pass_days()
            shop.run(**given(flag, value=False), **WEEKLY)
        assert not shop.removed()


# Two witnesses, one of which was kept from seeing.

KEPT: dict[str, tuple[Group, Row]] = {
    "nothing (orders)": (FEW_ORDERS, {}),
    "no versions (orders)": (FEW_ORDERS, {"emit_activate_version_messages": False}),
    "no versions (sales)": (OF_SALES, {"emit_activate_version_messages": False}),
    "no versions (adjustments)": (OF_ADJUSTMENTS, {"emit_activate_version_messages": False}),
    "no versions (products)": (OF_PRODUCTS, {"emit_activate_version_messages": False}),
    "no versions (locations)": (OF_LOCATIONS, {"emit_activate_version_messages": False}),
    "no versions (categories)": (OF_CATEGORIES, {"emit_activate_version_messages": False}),
    "a filter (orders)": (
        FEW_ORDERS,
        {"stream_maps": {"sales_orders": {"__filter__": "id % 10 != 4"}}},
    ),
    "a filter (categories)": (
        OF_CATEGORIES,
        {"stream_maps": {"product_categories": {"__filter__": "id % 10 != 4"}}},
    ),
    "a filter of the part (orders)": (
        FEW_ORDERS,
        {"stream_maps": {"sales_order_lines": {"__filter__": "orderId % 10 != 4"}}},
    ),
    "skip_ids (sales)": (OF_SALES, {"skip_ids": {"sales": [guid(3)]}}),
    "skip_ids (adjustments)": (OF_ADJUSTMENTS, {"skip_ids": {"stock_adjustments": [guid(3)]}}),
    "documents_where (sales)": (OF_SALES, {"documents_where": {"sales": {"Status": [VOIDED]}}}),
    "start_date (orders)": (FEW_ORDERS, {"start_date": "later"}),
    "start_date (sales)": (OF_SALES, {"start_date": "later"}),
    "start_date (transfers)": (OF_TRANSFERS, {"start_date": "later"}),
    "a flag (suppliers)": (PARTS["include_suppliers"], {"include_suppliers": False}),
    "no whole reading (orders)": (FEW_ORDERS, {"full_refresh_days": 0}),
    "stock_incremental (stock)": (FEW_STOCK, {"stock_incremental": True}),
}


@pytest.mark.parametrize("kept", KEPT)
def test_a_row_stays_that_one_reading_misses_and_another_was_kept_from(kept: str) -> None:
    """It goes only when two whole readings in a row, in two runs, did not bring it."""
    group, between = KEPT[kept]
    with Shop(group, apart=60, newest=2 * HOUR) as shop:
        if "start_date" in between:
            between = {"start_date": stamp(shop.server.now - 2.5 * HOUR)}
        shop.run(**WEEKLY)
        for _ in range(2):
            shop.pass_days()
            assert shop.run(**{**WEEKLY, **between}).exit_code == 0
        shop.pass_days()
        bring_back = shop.hide(3)
        shop.run(**WEEKLY)
        bring_back()
        assert not shop.removed()


HALVES: dict[str, tuple[Group, Row, int]] = {
    "nothing (sales)": (OF_SALES, {}, 4),
    "skip_ids (sales)": (OF_SALES, {"skip_ids": {"sales": [guid(6)]}}, 4),
    "skip_ids (adjustments)": (
        OF_ADJUSTMENTS,
        {"skip_ids": {"stock_adjustments": [guid(1), guid(6)]}},
        4,
    ),
    "start_date (sales)": (OF_SALES, {"start_date": "later"}, 4),
    "start_date (orders)": (OF_ORDERS, {"start_date": "later"}, 2),
    "documents_where (sales)": (OF_SALES, {"documents_where": {"sales": {"Status": [VOIDED]}}}, 2),
    "a filter (orders)": (
        OF_ORDERS,
        {"stream_maps": {"sales_orders": {"__filter__": "id % 100 != 7"}}},
        4,
    ),
    "a flag (suppliers)": (PARTS["include_suppliers"], {"include_suppliers": False}, 2),
    "no versions (orders)": (OF_ORDERS, {"emit_activate_version_messages": False}, 4),
}


@pytest.mark.parametrize("half", ["first", "second"])
@pytest.mark.parametrize("kept", HALVES)
def test_a_reading_of_which_a_half_was_kept_from_rows_is_no_witness(kept: str, half: str) -> None:
    group, between, calls = HALVES[kept]
    apart, number = (60, 6) if group is not OF_ORDERS else (1, 6 if half == "first" else 506)
    with Shop(
        group, apart=apart, newest=2 * HOUR, statuses=(COMPLETED, VOIDED) if group.kind else ()
    ) as shop:
        if "start_date" in between:
            between = {"start_date": stamp(shop.server.now - 2 * HOUR - group.count / 2 * apart)}
            number = 1
        shop.run(**WEEKLY)
        for _ in range(2):
            shop.pass_days()
            first, second = ({**WEEKLY, **between}, WEEKLY)
            if half == "second":
                first, second = second, first
            shop.cut(None, calls, **first)
            shop.run(**second)
        shop.pass_days()
        bring_back = shop.hide(number)
        shop.run(**WEEKLY)
        bring_back()
        assert not shop.removed()


@pytest.mark.parametrize("group", [FEW_ORDERS, OF_SALES, OF_CATEGORIES], ids=str)
def test_versions_that_are_sent_later_remove_nothing_that_one_reading_misses(group: Group) -> None:
    with Shop(group, apart=60, newest=2 * HOUR) as shop:
        for _ in range(2):
            shop.run(**WEEKLY, emit_activate_version_messages=False)
            shop.pass_days()
        bring_back = shop.hide(3)
        shop.run(**WEEKLY)
        bring_back()
        assert not shop.removed()


@pytest.mark.parametrize("kept", ["documents_where", "skip_ids", "both", "left the filter"])
def test_documents_that_settings_leave_out_are_never_gone(kept: str) -> None:
    settings: Row = {**WEEKLY}
    if kept != "skip_ids":
        settings |= ONLY_COMPLETED
    if kept in ("skip_ids", "both"):
        settings |= {"skip_ids": {"sales": [guid(2)]}}
    with Shop(OF_SALES, statuses=(COMPLETED, VOIDED)) as shop:
        shop.run(**WEEKLY)
        for number in range(3):
            shop.pass_days()
            if number == 1 and kept == "left the filter":
                shop.change(4, Status=VOIDED)
            assert shop.run(**settings).exit_code == 0
        assert not shop.removed()
        shop.pass_days()
        shop.settle(**WEEKLY)


# The catalog.


@pytest.mark.parametrize("group", [OF_SALES, OF_ADJUSTMENTS, OF_PRODUCTS, OF_ORDERS], ids=str)
def test_full_tables_that_come_and_go_in_mid_reading_lose_nothing(group: Group) -> None:
    calls = 2 if group is OF_ORDERS else 3
    with Shop(group, apart=60) as shop:
        full = reading_whole(*group.streams)
        shop.run()
        shop.change(0, 5)
        shop.run(edit=full, requests_per_day=calls)
        shop.change(1, 6)
        shop.run()
        assert not shop.wrong(lambda _row: True)
        shop.change(2, 7)
        shop.run(edit=full, requests_per_day=calls)
        shop.pass_days(1)
        shop.run(edit=full)
        shop.change(3)
        shop.settle()
        assert not shop.removed()


@pytest.mark.parametrize("where", ["metadata", "entry", "metadata and entry"])
@pytest.mark.parametrize("group", [OF_PRODUCTS, FEW_ORDERS], ids=str)
def test_full_table_is_obeyed_wherever_the_catalog_says_it_or_that_is_told(
    group: Group, where: str
) -> None:
    stream, part = group.streams
    with Shop(group, apart=60) as shop:
        shop.run(part)
        shop.server.now += HOUR
        result = shop.run(part, edit=reading_whole(stream, where=where.split()))
        assert len(result.keys(stream, group.by)) == group.count or told(result, "FULL_TABLE")


@pytest.mark.parametrize("which", ["parent", "part"])
@pytest.mark.parametrize("group", [OF_SALES, OF_PRODUCTS, FEW_ORDERS], ids=str)
def test_a_full_table_is_read_whole_whatever_is_cut_from_the_same_answers(
    group: Group, which: str
) -> None:
    """Every row is read by streams whose replication method is FULL_TABLE (docs/gone.md)."""
    stream, (key, _) = list(group.streams.items())[which == "part"]
    with Shop(group, apart=60) as shop:
        shop.run()
        shop.server.now += HOUR
        result = shop.run(edit=reading_whole(stream))
        assert len(result.keys(stream, key)) == group.count or told(result, "FULL_TABLE")


@pytest.mark.parametrize(
    ("group", "columns"),
    [
        (OF_ORDERS, ["lineItems", "modifiedDate"]),
        (OF_SALES, ["Order", "header_modified"]),
        (OF_PRODUCTS, ["BillOfMaterialsProducts", "LastModifiedOn"]),
    ],
    ids=str,
)
def test_columns_that_are_deselected_for_a_while_take_nothing_from_parts_and_bookmark(
    group: Group, columns: list[str]
) -> None:
    edit = deselecting(str(group), *columns)
    with Shop(group, apart=60) as shop:
        shop.run()
        for number in range(2):
            shop.change(number)
            result = shop.run(edit=edit)
            assert result.exit_code == 0, result.stderr
            assert not shop.wrong(lambda _row: True)
            assert len(result.records(str(group))) < group.count
        shop.change(3)
        shop.settle()


@pytest.mark.parametrize(
    ("group", "column"), [(OF_ORDERS, "createdDate"), (OF_PRODUCTS, "CreatedDate")], ids=str
)
def test_another_replication_key_in_the_catalog_is_refused_or_loses_nothing(
    group: Group, column: str
) -> None:
    def edit(catalog: Row) -> None:
        entry, own = entries(catalog, str(group))
        entry["replication_key"] = own["replication-key"] = column
        own["valid-replication-keys"] = [column]

    with Shop(group, apart=60) as shop:
        shop.run()
        for number in (1, 2):
            shop.change(number)
            result = shop.run(edit=edit)
            if result.exit_code == 1:
                result.failed_with_one_line(str(group))
            else:
                assert not shop.wrong(lambda _row: True)
        shop.settle()


# full_refresh_days, start_date, recheck_days, stock_incremental.


@pytest.mark.parametrize("group", [OF_SALES, OF_ADJUSTMENTS, OF_PRODUCTS, OF_ORDERS], ids=str)
def test_a_whole_reading_that_is_turned_off_half_way_is_made_up_for(group: Group) -> None:
    with Shop(group, apart=60) as shop:
        shop.run(**WEEKLY)
        shop.pass_days()
        shop.change_unseen()
        shop.cut(None, 2, **WEEKLY)
        if group.kind is None:
            shop.change(0)
        result = shop.run()
        assert result.exit_code == 0, result.stderr
        shop.pass_days()
        shop.settle(**WEEKLY)
        assert not shop.removed()


DATES: dict[str, tuple[tuple[float | None, int], ...]] = {
    "earlier while the first load is cut": ((3, 2), (6, 2)),
    "none while the first load is cut": ((3, 2),),
    "later while the first load is cut": ((None, 2), (3, 0)),
    "later and cut while the first load is cut": ((None, 2), (3, 2)),
    "later while the part before is cut": ((2, 0), (None, 2), (1, 0)),
    "earlier while the part before is cut": ((1, 0), (3, 2), (5, 2)),
    "to and fro": ((2, 0), (None, 2), (1, 2), (6, 2), (1, 0)),
}


@pytest.mark.parametrize("dates", DATES)
@pytest.mark.parametrize("group", [OF_SALES, OF_TRANSFERS, OF_ORDERS], ids=str)
def test_a_start_date_that_moves_to_and_fro_loses_nothing(group: Group, dates: str) -> None:
    with Shop(group, apart=DAY if group.kind else 120) as shop:
        unit, began = (DAY, shop.server.now) if group.kind else (120 * 90, shop.server.now)
        for days, calls in DATES[dates]:
            date = None if days is None else stamp(began - HOUR - days * unit)
            shop.run(start_date=date, **(given("requests_per_day", calls) if calls else {}))
            shop.server.now += HOUR
        shop.settle()


def test_a_document_without_stamp_that_changed_before_a_start_date_comes_when_that_goes() -> None:
    with Shop(OF_ADJUSTMENTS) as shop:
        shop.run()
        shop.change(1)
        shop.run(start_date=stamp(shop.server.now - 4 * DAY))
        shop.change(2)
        shop.run(start_date=stamp(shop.server.now - 4 * DAY))
        shop.settle()


def test_documents_that_changed_without_a_trace_come_when_recheck_days_come_back() -> None:
    with Shop(OF_ADJUSTMENTS) as shop:
        for number in range(8):
            shop.put(number, "first", EffectiveDate=stamp(shop.server.now - number * HOUR))
        shop.run(recheck_days=7)
        shop.server.now += DAY
        shop.change_unseen()
        shop.run(recheck_days=0)
        shop.server.now += DAY
        shop.settle(recheck_days=7)


@pytest.mark.parametrize("first", [True, False], ids=["on first", "off first"])
def test_stock_incremental_that_comes_and_goes_loses_nothing(first: bool) -> None:  # noqa: FBT001
    with Shop(STOCK_ALONE, apart=1) as shop:
        for number in range(4):
            shop.run(stock_incremental=first == (number % 2 == 0))
            shop.change(number, 590 + number)
        shop.settle(stock_incremental=True)
        shop.server.now += HOUR
        shop.change_unseen()
        shop.settle(stock_incremental=False)
        assert not shop.removed()


def test_a_first_load_of_stock_that_is_cut_goes_on_when_stock_incremental_changes() -> None:
    with Shop(STOCK_ALONE, apart=1) as shop:
        shop.cut(None, 2, stock_incremental=False)
        shop.cut(None, 1, stock_incremental=True)
        shop.settle(stock_incremental=True)


# Ids.


def test_a_document_that_was_owed_and_skipped_is_owed_again_or_said_to_be_missing() -> None:
    with Shop(OF_SALES) as shop:
        account: Account = shop.server  # type: ignore[assignment]
        shop.table.drop(guid(5))
        shop.run()
        shop.put(5, "new")
        shop.server.now += HOUR
        account.spoil(SALES, [5], BROKEN["500"])
        assert shop.run().exit_code == 1
        shop.server.now += HOUR
        assert shop.run(skip_ids={"sales": [guid(5)]}).exit_code == 0
        shop.server.now += HOUR
        result = shop.run()
        assert told(result, guid(5)) or not shop.wrong(lambda _row: True), result.stderr


@pytest.mark.parametrize("days", [0, 7])
def test_a_document_that_is_skipped_no_more_comes_with_the_next_whole_reading(days: int) -> None:
    """Without one, docs/incremental.md says to load it with ``only_ids``."""
    with Shop(OF_SALES) as shop:
        shop.run(full_refresh_days=days)
        shop.pass_days()
        shop.change(3)
        shop.run(skip_ids={"sales": [guid(3)]}, full_refresh_days=days)
        if days:
            shop.pass_days()
        else:
            shop.run(only_ids={"sales": [guid(3)]})
        shop.settle(full_refresh_days=days)
        assert not shop.removed()


def test_an_id_to_read_and_to_skip_is_refused_or_named() -> None:
    with Shop(OF_SALES) as shop:
        shop.run()
        ids = {"sales": [guid(3)]}
        result = shop.run(only_ids=ids, skip_ids=ids)
        if result.exit_code == 1:
            result.failed_with_one_line("only_ids", "skip_ids")
        else:
            assert not asked(result, SALES)
            assert told(result, "skip_ids")


# Stream maps.


def test_what_a_filter_kept_back_comes_when_it_goes_or_is_told() -> None:
    maps: Row = {"sales_orders": {"__filter__": "id not in (2, 3)"}}
    with Shop(OF_ORDERS, apart=1) as shop:
        shop.run()
        shop.change(1, 2)
        shop.run(stream_maps=maps)
        shop.server.now += DAY
        result = shop.run()
        wrong = shop.wrong(lambda _row: True)
        assert told(result, "filter", "stream_maps") or not wrong, wrong


@pytest.mark.parametrize("method", ["FULL_TABLE", "INCREMENTAL"])
def test_an_alias_of_two_streams_that_goes_removes_no_row_of_either(method: str) -> None:
    with omni() as server:
        orders(server, 20)
        table = orders(server, 30, path="/v1/PurchaseOrders")
        for row in table.visible():
            table.drop(row["id"])
            table.put({**row, "id": row["id"] + 1_000})
        streams = ["sales_orders", "purchase_orders"]
        full = streams if method == "FULL_TABLE" else []
        books = Pipeline(server, [], streams, full=full, settings=WEEKLY)
        alias: Row = {"purchase_orders": {"__alias__": "sales_orders"}}
        none: Row = {}
        for maps in (none, alias, alias, none, none):
            assert books.run(stream_maps=maps).exit_code == 0
            server.now += 8 * DAY
            held = [books.loader.keys(name, "id") for name in streams]
            assert len(held[0] | held[1]) == 50
        sales = server.table("/v1/SalesOrders")
        (hidden,) = [row for row in sales.visible() if row["id"] == 4]
        for maps in (alias, none):
            if not maps:
                sales.drop(4)
            books.run(stream_maps=maps)
            server.now += 8 * DAY
        sales.put(hidden)
        assert 4 in books.loader.keys("sales_orders", "id")


# State.


WRONG: tuple[object, ...] = (None, [], "x", -1)


@pytest.mark.parametrize("shift", [0, 1], ids=["null or a text", "a list or a number"])
@pytest.mark.parametrize("group", [FEW_ORDERS, OF_SALES, OF_ADJUSTMENTS, OF_PRODUCTS], ids=str)
def test_state_with_a_wrong_entry_gives_one_line_or_a_reading_that_loses_nothing(
    group: Group, shift: int
) -> None:
    group = replace(group, streams=dict(list(group.streams.items())[:1]))
    (stream,) = group.streams
    with Shop(group, apart=60) as shop:
        shop.run()
        shop.change(1, 2, 3, 4, 5, 6)
        if group.kind:
            account: Account = shop.server  # type: ignore[assignment]
            account.spoil(group.kind, [1], BROKEN["500"])
        shop.run(requests_per_day=12, **WEEKLY)
        shop.server.now += HOUR
        good, loader = copy.deepcopy(shop.state), copy.deepcopy(shop.loader)
        assert good
        bad = []
        for number, (name, value) in enumerate(good["bookmarks"][stream].items()):
            wrong = WRONG[(2 * number + shift) % 4]
            # Nobody can tell what was owed, nor how many rows came: that costs a doubt.
            is_untold = wrong is None and name in {"owed", "rows_of_reading"}
            if is_untold or (wrong == [] and isinstance(value, list)):
                continue
            shop.state, shop.loader = copy.deepcopy(good), copy.deepcopy(loader)
            shop.state["bookmarks"][stream][name] = wrong
            try:
                result = shop.run()
            except TypeError as error:
                bad.append(f"{name} {wrong!r} for {value!r}: leaves as it is: {error}")
                continue
            if result.exit_code and not result.calls and len(result.errors) == 1:
                continue
            if result.exit_code or shop.wrong(lambda _row: True):
                bad.append(f"{name} {wrong!r} for {value!r}: {result.exit_code} {result.errors}")
        assert not bad, "\n".join(bad)


# A few calls a day.

ALTERNATING: dict[str, tuple[Group, tuple[Row, Row]]] = {
    "full_refresh_days (sales)": (OF_SALES, ({"full_refresh_days": 1}, {})),
    "full_refresh_days (orders)": (OF_ORDERS, ({"full_refresh_days": 1}, {})),
    "FULL_TABLE (orders)": (OF_ORDERS, ({"edit": reading_whole(*OF_ORDERS.streams)}, {})),
    "FULL_TABLE (products)": (OF_PRODUCTS, ({"edit": reading_whole(*OF_PRODUCTS.streams)}, {})),
    "start_date (sales)": (OF_SALES, ({"start_date": "2026-08-30"}, {})),
    "skip_ids (sales)": (OF_SALES, ({"skip_ids": {"sales": [guid(90)]}}, {})),
}


@pytest.mark.parametrize("what", ALTERNATING)
def test_settings_that_alternate_hold_up_no_load_of_a_few_calls_a_day(what: str) -> None:
    group, (odd, even) = ALTERNATING[what]
    with Shop(group, apart=60) as shop:
        for number in range(12):
            result = shop.run(**(even if number % 2 else odd), requests_per_day=3)
            shop.server.now += DAY
            if not shop.wrong(lambda _row: True):
                break
        assert not shop.wrong(lambda _row: True), result.stderr
        shop.settle(**even)


@pytest.mark.parametrize("calls", [3, 4])
@pytest.mark.parametrize("later", [True, False])
def test_a_flag_that_is_switched_in_mid_load_holds_up_no_load(calls: int, *, later: bool) -> None:
    """One that is switched in each run does: rows look another way, and the list begins anew."""
    with Shop(PARTS["include_suppliers"], apart=60) as shop:
        shop.run(include_suppliers=not later, requests_per_day=calls)
        for _ in range(16):
            shop.server.now += DAY
            result = shop.run(include_suppliers=later, requests_per_day=calls)
        assert not shop.wrong(lambda _row: True).get("products"), result.stderr
        shop.settle(include_suppliers=True)


@pytest.mark.parametrize("group", [OF_SALES, OF_ADJUSTMENTS], ids=str)
def test_filters_that_alternate_lose_nothing_in_the_end(group: Group) -> None:
    where: Row = {"documents_where": {str(group): {"Status": [VOIDED]}}}
    with Shop(group, statuses=(COMPLETED, VOIDED)) as shop:
        for number in range(4):
            shop.run(**({} if number % 2 else where), requests_per_day=3)
            shop.server.now += DAY
        shop.settle()


@pytest.mark.parametrize("group", OF_DOCUMENTS, ids=str)
def test_a_part_that_is_selected_later_comes_by_a_few_calls_a_day(group: Group) -> None:
    part = list(group.streams)[1]
    with Shop(group, apart=60) as shop:
        shop.run(part)
        for number in range(8):
            shop.server.now += DAY
            shop.change(number)
            shop.run(requests_per_day=4, start_date=None)
            if not shop.wrong(lambda _row: True):
                break
        shop.settle()
