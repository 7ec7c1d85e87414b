"""Lists of Core: whole whatever their pages, order and Total, and followed where they can be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
import pytest

from tap_cin7.core.resource import CoreList, Flag
from tap_cin7.errors import Cin7Error, DailyQuotaUsed, Incomplete, TimeUsed
from tap_cin7.reading.position import Position
from tap_cin7.rows.fields import DATETIME, STR, TEXT_KEY, record, record_key
from tests.unit.core.account import START, Account, Table, probe, run

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping


class Brands(CoreList):
    path = "/brand"
    records_key = "Rows"
    schema = record(ID=TEXT_KEY("Id"), Name=STR("Name"))


class Orders(CoreList):
    path = "/orders"
    records_key = "Rows"
    since_param = "UpdatedSince"
    stamp_field = "Updated"
    bounded_by_start_date = True
    schema = record(ID=TEXT_KEY("Id"), Updated=DATETIME("Last change"))


class FlaggedOrders(Orders):
    flags: ClassVar = {"IncludeSuppliers": Flag("include_suppliers", ())}


def brands(count: int, **table: Any) -> tuple[Account, Table]:  # noqa: ANN401
    served = Table(**table)
    for number in range(count):
        served.put(f"b{number:05d}", ID=f"b{number:05d}", Name=f"brand {number}")
    return Account(tables={"/brand": served}), served


def windows(account: Account) -> list[tuple[int, int]]:
    return [(query["Page"], query["Limit"]) for _, query in account.calls]


@pytest.mark.parametrize(
    ("count", "most", "calls"),
    [
        (0, 1_000, 1),
        (1, 1_000, 1),
        (300, 1_000, 1),
        (999, 1_000, 1),
        # As many rows as a page can have: there may be more of them.
        (1_000, 1_000, 2),
        (100, 100, 2),
        (1_500, 1_000, 2),
        (2_500, 1_000, 3),
        (250, 100, 3),
        (1_100, 500, 3),
        (9_000, 1_000, 10),
    ],
)
def test_the_calls_of_a_quiet_list(count: int, most: int, calls: int) -> None:
    account, served = brands(count, most=most)
    result = run(account, Brands)
    assert result.error is None
    assert result.is_whole
    assert {row["ID"] for row in result.records} == set(served.rows)
    assert len(result.records) == count
    assert len(account.calls) == calls


@pytest.mark.parametrize(("count", "calls"), [(0, 1), (7, 2), (99, 2), (100, 4), (2_500, 5)])
def test_the_calls_of_a_list_without_total(count: int, calls: int) -> None:
    account, _ = brands(count, total=None)
    result = run(account, Brands)
    assert result.error is None
    assert result.is_whole
    assert len(result.records) == count
    assert len(account.calls) == calls


def orders(count: int, **table: Any) -> tuple[Account, Table]:  # noqa: ANN401
    served = Table(stamp="Updated", since="UpdatedSince", **table)
    account = Account(tables={"/orders": served})
    for number in range(count):
        account.clock.seconds += 60
        served.put(f"o{number:04d}", ID=f"o{number:04d}", Updated=account.now)
    account.clock.seconds += 3_600
    return account, served


def test_the_bookmark_is_the_latest_stamp_and_the_next_run_starts_before_it() -> None:
    account, served = orders(20)
    first = run(account, Orders)
    assert first.position.replication_key_value == served.rows["o0019"]["Updated"]
    assert first.is_whole
    served.put("o0003", Updated=account.now)
    second = run(account, Orders, first.position)
    # Five minutes of overlap.
    assert {row["ID"] for row in second.records} == {"o0003", *(f"o{n:04d}" for n in range(14, 20))}
    assert not second.is_whole
    assert len(account.calls) == 2


def test_a_bookmark_never_passes_the_moment_at_which_the_reading_began() -> None:
    account, served = orders(5)
    served.put("future", ID="future", Updated="2099-01-01T00:00:00Z")
    began = account.now
    result = run(account, Orders)
    assert result.position.replication_key_value == began
    assert any("2099-01-01" in line and "future" in line for line in result.log)
    assert len(result.log) == 1
    served.put("o0002", Updated=account.now)
    again = run(account, Orders, result.position)
    assert "o0002" in {row["ID"] for row in again.records}


def test_what_changes_while_a_list_is_read_comes_with_the_next_run() -> None:
    account, served = orders(1_500, order="descending")
    moves = iter(range(100, 200))
    account.between = lambda _path: served.put(f"o{next(moves):04d}", Updated=account.now)
    first = run(account, Orders, lookback_seconds=0)
    account.between = lambda _path: None
    assert first.error is None
    held = {row["ID"]: row["Updated"] for row in first.records}
    second = run(account, Orders, first.position, lookback_seconds=0)
    held |= {row["ID"]: row["Updated"] for row in second.records}
    assert {key: value[:19] for key, value in held.items()} == {
        key: row["Updated"][:19] for key, row in served.rows.items()
    }


def test_a_short_list_hands_on_what_it_has_and_keeps_its_bookmark() -> None:
    account, served = orders(30)
    before = run(account, Orders).position
    served.put("o0001", Updated=account.now)
    served.total = lambda right: right + 13
    result = run(account, Orders, before)
    assert isinstance(result.error, Incomplete)
    assert "o0001" in {row["ID"] for row in result.records}
    assert result.position == msgspec.structs.replace(before, place=None)
    assert not result.is_whole


def test_a_full_table_reads_all_and_start_date_bounds_the_rest() -> None:
    account, served = orders(20)
    state = run(account, Orders).position
    start = served.rows["o0015"]["Updated"]
    assert len(run(account, Orders, state, full_table=True, start_date=start).records) == 20
    bounded = run(account, Orders, start_date=start)
    assert len(bounded.records) == 5
    assert not bounded.is_whole


def test_full_refresh_days_reads_the_list_whole_now_and_then() -> None:
    account, _ = orders(20)
    state = run(account, Orders, full_refresh_days=7).position
    assert len(run(account, Orders, state, full_refresh_days=7).records) < 20
    account.clock.seconds += 8 * 86_400
    whole = run(account, Orders, state, full_refresh_days=7)
    # What changed comes first.
    assert len({row["ID"] for row in whole.records}) == 20
    assert len(whole.records) == 26
    assert whole.is_whole


class Transfers(CoreList):
    path = "/orders"
    records_key = "Rows"
    stamp_field = "Updated"
    schema = Orders.schema


def test_a_list_that_shows_stamps_and_has_no_filter_is_compared_here() -> None:
    account, served = orders(20)
    served.since = None
    first = run(account, Transfers)
    second = run(account, Transfers, first.position)
    assert len(first.records) == 20
    assert len(second.records) == 6
    assert "UpdatedSince" not in account.calls[-1][1]


class Leads(CoreList):
    path = "/orders"
    records_key = "Rows"
    since_param = "UpdatedSince"
    schema = record(ID=TEXT_KEY("Id"))


def test_a_first_reading_that_is_empty_leaves_all_rows_to_the_next_one() -> None:
    account, served = orders(20)
    hidden, served.rows = served.rows, {}
    first = run(account, Leads)
    assert (first.error, first.records) == (None, [])
    served.rows = hidden
    account.clock.seconds += 3_600
    second = run(account, Leads, first.position)
    assert len(second.records) == 20


def test_a_list_that_filters_and_shows_no_stamp_goes_by_the_beginning_of_its_reading() -> None:
    account, served = orders(20)
    began = account.now
    first = run(account, Leads)
    assert first.position == Position(read_since=began)
    account.clock.seconds += 3_600
    served.put("o0007", Updated=account.now)
    second = run(account, Leads, first.position)
    assert [row["ID"] for row in second.records] == ["o0007"]
    assert account.calls[-1][1]["UpdatedSince"] == "2026-03-01T01:15:00Z"


class Postings(CoreList):
    path = "/postings"
    records_key = "Rows"
    has_read_at = True
    schema = record(record_key=record_key(), Amount=STR("Amount"))


@pytest.mark.parametrize("count", [50, 2_300])
def test_rows_without_any_key_are_each_counted_once(count: int) -> None:
    served = Table()
    for number in range(count):
        served.put(str(number), Amount=str(number // 3))
    account = Account(tables={"/postings": served})
    began = account.now
    first, second = run(account, Postings), run(account, Postings)
    keys = {row["record_key"] for row in first.records}
    assert len(keys) == len(first.records) == count
    assert keys == {row["record_key"] for row in second.records}
    assert {row["read_at"] for row in first.records} == {began}


def test_rows_without_any_key_that_slide_are_read_again() -> None:
    served = Table()
    for number in range(2_300):
        served.put(str(number), Amount=str(number // 3))
    account = Account(tables={"/postings": served})

    def slide(_path: str) -> None:
        if len(account.calls) == 2:
            served.drop("17")

    account.between = slide
    result = run(account, Postings)
    assert result.error is None
    assert sorted(row["Amount"] for row in result.records if row["Amount"] == "5") == ["5"] * 3
    assert {row["Amount"] for row in served.rows.values()} <= {
        row["Amount"] for row in result.records
    }


class Hooks(CoreList):
    path = "/hooks"
    paged = False
    records_key = "Hooks"
    has_credentials = True
    aliases: ClassVar = {"HookID": "ID"}
    schema = record(ID=TEXT_KEY("Id"), Name=STR("Name"))


def test_secrets_never_leave_and_columns_are_found_under_their_other_names() -> None:
    account = Account(
        documents={"/hooks": lambda _name: {"Hooks": [{"hookid": "1", "PASSWORD": "p4ss"}]}}
    )
    account.id_param = "any"
    account.get = with_param(account)  # type: ignore[method-assign]
    result = run(account, Hooks)
    assert [row["ID"] for row in result.records] == ["1"]
    assert "p4ss" not in str(result)


def with_param(account: Account) -> Callable[..., Any]:
    """Let a call without parameters ask for a document."""
    get = account.get
    return lambda path, params, read, metrics: get(path, {"any": "", **params}, read, metrics)


class Calendars(CoreList):
    path = "/calendar"
    paged = False
    years = True
    schema = record(Year=STR("Year"), ID=TEXT_KEY("Id"))


def test_calendars_are_asked_for_year_by_year_and_missing_years_are_none() -> None:
    account = Account(id_param="Year")
    account.documents["/calendar"] = lambda year: (
        None if year == "2025" else {"ID": f"c{year}", "Year": year}
    )
    result = run(account, Calendars)
    assert [query["Year"] for _, query in account.calls] == [2024, 2025, 2026, 2027]
    assert [row["ID"] for row in result.records] == ["c2024", "c2026", "c2027"]
    assert not result.is_whole
    assert run(account, Calendars, start_date="2026-05-01T00:00:00.000000Z").error is None
    assert [query["Year"] for _, query in account.calls][4:] == [2026, 2027]


def test_only_ids_brings_just_these_rows_and_no_position() -> None:
    account, _ = orders(20)
    result = run(account, Orders, only_ids={"orders": ["O0003", "o0005", "o9999"]})
    assert sorted(row["ID"] for row in result.records) == ["o0003", "o0005"]
    assert result.position == Position()
    assert not result.is_whole
    assert any("o9999" in line for line in result.log)


class Customers(CoreList):
    path = "/orders"
    records_key = "Rows"
    id_param = "ID"
    schema = Orders.schema


def test_only_ids_asks_for_rows_by_id_where_the_list_can() -> None:
    account, _ = orders(20)
    run(account, Customers, only_ids={"customers": ["o0003"]})
    assert account.calls == [("/orders", {"Page": 1, "Limit": 1_000, "ID": "o0003"})]


def test_a_list_that_ignores_the_id_is_read_whole() -> None:
    account, _ = orders(2_300)
    result = run(account, Customers, only_ids={"customers": ["O2299", "o9999"]})
    assert [row["ID"] for row in result.records] == ["o2299"]
    assert [line for line in result.log if "no row" in line] == ["there is no row o9999"]


def test_a_row_that_cin7_says_is_gone_is_named_without_reading_the_list() -> None:
    account = Account(documents={"/orders": lambda _name: None})
    account.get = with_param(account)  # type: ignore[method-assign]
    result = run(account, Customers, only_ids={"customers": ["o9999"]})
    assert result.error is None
    assert any("there is no row o9999" in line for line in result.log)
    assert len(account.calls) == 1


class Levels(CoreList):
    path = "/orders"
    records_key = "Rows"
    id_param = "ID"
    code_param = "Sku"
    named_by = ("ID", "SKU")
    schema = record(record_key=record_key("ID", "Bin"), ID=STR("Id"), SKU=STR("Code"), Bin=STR("B"))


@pytest.mark.parametrize(
    ("name", "parameter", "sent"),
    [
        ("1F0C2F5E-0000-4000-8000-00000000000A", "ID", "1f0c2f5e-0000-4000-8000-00000000000a"),
        ("Sku-A", "Sku", "Sku-A"),
    ],
)
def test_stock_is_named_by_its_product_or_the_code_of_it(
    name: str, parameter: str, sent: str
) -> None:
    guid = "1f0c2f5e-0000-4000-8000-00000000000a"
    account = Account(tables={"/orders": Table(records_key="Rows")})
    for place in ("B1", "B2", None):
        account.tables["/orders"].put(str(place), ID=guid, SKU="SKU-A", Bin=place)
    result = run(account, Levels, only_ids={"levels": [name]})
    assert [row["Bin"] for row in result.records] == ["B1", "B2", None]
    assert [query.get(parameter) for _, query in account.calls] == [sent]


def test_rows_of_a_list_without_ids_are_looked_for_among_yesterday_s_changes_first() -> None:
    account, table = orders(3_000)
    run(account, Orders, only_ids={"orders": ["o2999"]})
    assert all(table.since in query for _, query in account.calls)
    result = run(account, Orders, only_ids={"orders": ["o0007", "o2999"]})
    assert sorted(row["ID"] for row in result.records) == ["o0007", "o2999"]


def test_a_probe_asks_for_one_row() -> None:
    account, _ = orders(2_500)
    result = run(account, Orders)
    assert str(result.position.replication_key_value) > START
    expected = probe(account, Orders)
    assert expected is not None
    assert (expected.rows, expected.calls) == (2_500, 3)
    assert account.calls[-1] == ("/orders", {"Page": 1, "Limit": 1})


def test_a_place_is_forgotten_before_rows_come_without_what_a_flag_filled_there() -> None:
    account, _ = orders(2_500)
    _limited(account, 2)
    cut = run(account, FlaggedOrders, include_suppliers=True)
    assert cut.position.place
    account.between = lambda _path: None
    result = run(account, FlaggedOrders, cut.position, pages=1, include_suppliers=False)
    assert result.records
    assert result.position.place is None


@pytest.mark.parametrize("names", [["b00001"], ["b00001", "B00001", "|b00001"]])
def test_a_row_is_found_by_all_its_names(names: list[str]) -> None:
    account, _ = brands(3)
    result = run(account, Brands, only_ids={"brands": names})
    assert [row["ID"] for row in result.records] == ["b00001"]
    assert result.metrics.named == dict.fromkeys(names, True)
    assert result.log == []


def _limited(account: Account, calls: int, stop: type[Cin7Error] = DailyQuotaUsed) -> None:
    left = iter(range(calls))

    def between(_path: str) -> None:
        if next(left, None) is None:
            raise stop("no call is left")

    account.between = between


def test_a_short_page_ends_no_resumed_reading_of_changes_without_a_total() -> None:
    account, served = orders(3_500, total=None, order="descending")
    position = run(account, Orders).position
    for number in range(3_000):
        account.clock.seconds += 1
        served.put(f"o{number:04d}", Updated=account.now)
    account.clock.seconds += 3_600
    _limited(account, 2)
    cut = run(account, Orders, position)
    assert cut.position.place
    account.between = lambda _path: None
    whole, pages = served.answer, iter(range(1))

    def once_short(query: Mapping[str, Any], dice: random.Random) -> dict[str, Any]:
        body = whole(query, dice)
        if int(query["Page"]) > 1 and next(pages, None) is not None:
            body["Rows"] = body["Rows"][:400]
        return body

    served.answer = once_short  # type: ignore[method-assign]
    resumed = run(account, Orders, cut.position)
    later = run(account, Orders, resumed.position)
    came = {row["ID"] for one in (cut, resumed, later) for row in one.records}
    assert came >= {f"o{number:04d}" for number in range(3_000)}


def test_a_list_whose_first_page_changed_gets_on_with_two_calls_a_run() -> None:
    account, served = orders(3_500)
    _limited(account, 1)
    position = run(account, Orders).position
    served.put("o0995", Updated=account.now)
    for _ in range(20):
        account.clock.seconds += 86_400
        _limited(account, 2)
        result = run(account, Orders, position)
        position = result.position
        if result.error is None:
            break
    assert result.error is None


def test_the_end_of_the_time_does_not_hide_that_changes_are_incomplete() -> None:
    account, served = orders(3_500)
    _limited(account, 1)
    position = run(account, Orders).position
    served.total = lambda right: right + 1
    _limited(account, 3, TimeUsed)
    result = run(account, Orders, position)
    assert isinstance(result.error, Incomplete)
    assert result.position.place != position.place
