"""Each habit of the stand-in refutes the assumptions that it breaks, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.stamps import TICKS_PER_SECOND, from_ticks, to_ticks
from tap_cin7.assumptions import ASSUMPTIONS
from tests.verify.support import refuted, verdicts, verified

if TYPE_CHECKING:
    from sandbox import Sandbox
    from sandbox.clock import DateHeader

OMNI: list[tuple[str, dict[str, Any], str]] = [
    ("*", {}, ""),
    ("*", {"ties": "random"}, ""),
    ("*", {"late_seconds": (0, 20)}, ""),
    ("*", {"shows": 20}, ""),
    ("*", {"case": "upper"}, ""),
    ("*", {"ignores": ["fields"]}, ""),
    ("*", {"ignores": ["order"]}, "omni-order"),
    ("*", {"ignores": ["where"]}, "omni-where omni-or-null"),
    ("*", {"alternatives": False}, "omni-or-null"),
    ("*", {"ignores": ["page"]}, "omni-pages"),
    # A page that is not full then need not be the last one.
    ("*", {"page_size": 100}, "omni-page-size omni-end"),
    ("*", {"ignores": ["rows"]}, "omni-page-size omni-end"),
    ("*", {"twice": True}, "omni-ids"),
    ("*", {"empty": "null"}, "empty-answers"),
    ("*", {"extra": {"Brandnew": 1}}, ""),
    ("contacts", {"plant": {"isActive": "sometimes"}}, ""),
    # One list that is cut short shows it, too.
    ("sales_orders", {"page_size": 249}, "omni-page-size omni-end"),
    ("contacts", {"plant": {"modifiedDate": "2999-01-01T00:00:00Z"}}, "omni-stamps"),
]
CORE: list[tuple[str, dict[str, Any], str]] = [
    ("*", {}, ""),
    ("*", {"order": "ascending"}, ""),
    ("*", {"order": "descending"}, ""),
    ("*", {"order": "random"}, "core-order"),
    ("*", {"total": "missing"}, "core-total"),
    ("*", {"total": "limit"}, "core-total"),
    ("*", {"total": 0}, "core-total"),
    ("*", {"total": 10_000}, "core-total"),
    ("*", {"total": "stale"}, ""),
    ("*", {"shows": 10}, ""),
    ("*", {"page_size": 25}, "core-page-size"),
    ("*", {"ignores": ["Page"]}, "core-pages"),
    ("*", {"ignores": ["UpdatedSince", "ModifiedSince"]}, "core-since"),
    ("*", {"ignores": ["IncludeBOM"]}, "core-flags"),
    ("*", {"case": "lower"}, ""),
    ("*", {"empty": "null"}, "empty-answers"),
    ("*", {"empty": "missing"}, "empty-answers"),
    ("*", {"extra": {"Brandnew": None}}, ""),
    ("sale_list", {"plant": {"InvoiceAmount": "much"}}, ""),
    ("stock_adjustment_list", {"volatile": ["Reference"]}, "core-header-rows"),
    ("*", {"volatile": ["Comment"]}, "core-header-rows"),
    # The tap does not count this one.
    ("production_order_list", {"volatile": ["TotalCount"]}, ""),
    ("stock_adjustment_list", {"plant": {"Status": "FROZEN"}}, "core-final-states"),
    ("sales", {"guids": "upper"}, "core-guid-case"),
    ("product_availability", {"twice": True}, "core-availability-grain"),
    ("sales", {"plant": {"ID": "0f0f0f0f-0000-4000-8000-000000000000"}}, "core-document-id"),
]


@pytest.mark.parametrize(
    ("api", "stream", "habits", "expected"),
    [*(("omni", *one) for one in OMNI), *(("core", *one) for one in CORE)],
    ids=repr,
)
def test_a_habit_refutes_what_it_breaks(
    account: Sandbox, api: str, stream: str, habits: dict[str, Any], expected: str
) -> None:
    account.behave(stream, **habits)
    report = verified(account, api)
    assert refuted(report).keys() == {*expected.split()}, refuted(report)
    assert report.is_good is not bool(expected)


@pytest.mark.parametrize("api", ["omni", "core"])
def test_a_good_account_shows_all_that_one_reading_can_show(account: Sandbox, api: str) -> None:
    found = verdicts(verified(account, api))
    needs = {one.id for one in ASSUMPTIONS.values() if one.needs}
    needs |= {"refusals", "omni-delay"}  # nothing is refused there, and nobody edits
    if api == "core":
        needs.add("core-page-size")  # no list fills a page
    assert {one for one, verdict in found.items() if verdict == "unseen"} == needs & found.keys()


@pytest.mark.parametrize("header", ["missing", "nonsense"])
def test_a_clock_that_nobody_can_read_is_refuted(account: Sandbox, header: DateHeader) -> None:
    account.time.date_header = header
    assert refuted(verified(account, "omni")).keys() == {"clock"}


def test_a_clock_that_is_off_is_told_in_seconds_and_holds(account: Sandbox) -> None:
    account.time.offset_seconds = 900.0
    report = verified(account, "core")
    assert refuted(report) == {}
    (clock,) = [one for one in report.findings if one.assumption.id == "clock"]
    assert any(f"{seconds} s ahead of" in clock.evidence for seconds in (899, 900, 901))


def test_a_change_that_shows_late_is_measured(account: Sandbox) -> None:
    """It carries a time an hour before one that had shown, and was not there."""
    with account.store.lock:
        table = account.store.tables["sales_orders"]
        key, newest = table.by_stamp[0].key, to_ticks(str(table.by_stamp[-1].stamp))
    stamp = from_ticks(newest - 36_000 * TICKS_PER_SECOND)
    account.after(30, lambda: account.store.edit("sales_orders", key, modifiedDate=stamp), "*")
    report = verified(account, "omni", lookback_seconds=300)
    assert refuted(report).keys() == {"omni-delay"}, refuted(report)


@pytest.mark.parametrize("api", ["omni", "core"])
def test_edits_meanwhile_refute_nothing(account: Sandbox, api: str) -> None:
    account.gate.edits.per_call = 2
    report = verified(account, api)
    account.gate.edits.per_call = 0
    assert refuted(report) == {}


def test_a_refusal_by_the_limit_is_told(account: Sandbox) -> None:
    account.fail_next("contacts", "retry-after")
    assert refuted(verified(account, "omni")).keys() == {"limits"}
