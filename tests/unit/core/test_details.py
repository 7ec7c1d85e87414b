"""Documents: what changed is fetched, nothing else, and an interruption costs nothing."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_cin7.core.index_lists import IndexRow
from tap_cin7.core.plans import DigestPlan
from tap_cin7.core.resource import CoreDetail, CoreList
from tap_cin7.instants import shifted
from tap_cin7.reading.position import Load, Position
from tap_cin7.rows.fields import DATETIME, STR, TEXT_KEY, record
from tap_cin7.settings import Settings
from tests.unit.core.account import START, Account, Result, Table, run

DAY = 86_400


class Sales(CoreDetail):
    class List(CoreList):
        path = "/saleList"
        records_key = "Rows"
        since_param = "UpdatedSince"
        stamp_field = "Updated"
        bounded_by_start_date = True
        schema = record(SaleID=TEXT_KEY("Id"), Updated=DATETIME("Last change"), Status=STR("State"))

    path = "/sale"
    index = List
    id_field = "SaleID"
    id_param = "ID"
    schema = record(ID=TEXT_KEY("Id"), Status=STR("State"), Body=STR("What it holds"))


class Adjustments(CoreDetail):
    class List(CoreList):
        path = "/adjustmentList"
        records_key = "Rows"
        schema = record(TaskID=TEXT_KEY("Id"), Date=DATETIME("Day"), Status=STR("State"))

    path = "/adjustment"
    index = List
    id_field = "TaskID"
    id_param = "TaskID"
    dated_by = "Date"
    schema = record(TaskID=TEXT_KEY("Id"), Status=STR("State"), Body=STR("What it holds"))


class Machines(CoreDetail):
    class List(CoreList):
        path = "/machineList"
        records_key = "Rows"
        schema = record(MachineID=TEXT_KEY("Id"), Name=STR("Name"))

    path = "/machine"
    index = List
    id_field = "MachineID"
    id_param = "ID"
    status_fields = ()
    schema = record(MachineID=TEXT_KEY("Id"), Body=STR("What it holds"))


@dataclass
class Book:
    """Documents of an account, with a target that keeps the latest of each.

    Attributes:
        resource: What they are.
        stamped: Whether their list tells the last change.
        held: What the target has: id -> body.
        state: The state of the stream.
        fetched: Ids that were fetched in the last run.

    """

    resource: type[CoreDetail]
    table: Table
    account: Account
    bodies: dict[str, str] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    state: Position | None = None
    fetched: list[str] = field(default_factory=list)
    versions: int = 0

    @property
    def key(self) -> str:
        return self.resource.schema.key[0]

    def put(self, name: str, **fields: Any) -> None:  # noqa: ANN401
        """Add a document or change it; its row changes with it."""
        self.versions += 1
        self.bodies[name] = f"body {self.versions}"
        row = dict(fields)
        if self.table.stamp:
            row.setdefault(self.table.stamp, self.account.now)
        if self.resource is Machines:
            row["Name"] = f"name {self.versions}"
        self.table.put(name, **{self.resource.id_field: name}, **row)

    def drop(self, name: str) -> None:
        self.table.drop(name)
        del self.bodies[name]

    def run(self, *, dies_after: int | None = None, **options: Any) -> Result:  # noqa: ANN401
        """Run, and let the target take what came."""
        self.account.dies_after = dies_after
        options.setdefault("recheck_days", 0)
        before = len(self.account.calls)
        result = run(self.account, self.resource, self.state, **options)
        self.account.dies_after = None
        self.state = result.position
        self.fetched = [
            str(query[self.account.id_param])
            for path, query in self.account.calls[before:]
            if path == self.resource.path
        ]
        for row in result.records:
            self.held[row[self.key]] = row["Body"]
        return result

    def old(self) -> set[str]:
        """Return the documents that the target has not as they are."""
        return {name for name, body in self.bodies.items() if self.held.get(name) != body}

    def later(self, seconds: float) -> None:
        self.account.clock.seconds += seconds


def book(resource: type[CoreDetail], *, most: int = 1_000, order: str = "insertion") -> Book:
    index = resource.index
    table = Table(order=order, most=most, stamp=index.stamp(), since=index.since_param)
    account = Account(tables={index.path: table}, id_param=resource.id_param or "")
    made = Book(resource, table, account)

    def document(name: str) -> dict[str, Any] | None:
        if name not in made.bodies:
            return None
        status = table.rows[name].get("Status") if name in table.rows else None
        return {made.key: name, "Status": status, "Body": made.bodies[name]}

    account.documents[resource.path] = document
    return made


def sales(count: int, *, apart: int = 60) -> Book:
    made = book(Sales)
    for number in range(count):
        made.put(f"s{number:04d}", Status="ORDERED")
        made.later(apart)
    made.later(3_600)
    return made


def adjustments(count: int, *, days: int = 400, status: str = "COMPLETED") -> Book:
    made = book(Adjustments)
    for number in range(count):
        date = shifted(START, -number * days * DAY // max(count, 1))
        made.put(f"a{number:05d}", Date=date[:10] + "T00:00:00", Status=status)
    return made


# With a stamp.


def test_a_first_load_goes_from_the_newest_down_and_the_next_run_fetches_nothing() -> None:
    made = sales(20)
    made.run()
    assert made.fetched == [f"s{number:04d}" for number in reversed(range(20))]
    assert not made.old()
    result = made.run()
    assert made.fetched == []
    assert result.error is None
    assert len(made.account.calls) == 22


def test_a_first_load_is_whole_also_where_it_takes_several_runs() -> None:
    made = sales(5)
    assert made.run().is_whole
    made = sales(5)
    assert not made.run(dies_after=3).is_whole
    assert made.run().is_whole
    assert not made.old()
    assert not made.run().is_whole


def test_what_changed_comes_before_what_is_left_and_one_run_brings_both() -> None:
    made = sales(30)
    made.run(dies_after=1 + 10)
    assert len(made.held) == 10
    made.put("s0025", Status="SHIPPED")
    made.later(60)
    made.put("s0003", Status="SHIPPED")
    made.later(3_600)
    made.run()
    assert made.fetched[:2] == ["s0025", "s0003"]
    assert len(made.fetched) == 2 + 19
    assert not made.old()
    made.run()
    assert made.fetched == []


@pytest.mark.parametrize("lookback", [0, 300, 86_400 * 30])
def test_an_interruption_after_each_document_costs_no_call_and_loses_none(lookback: int) -> None:
    made = sales(12)
    fetched = []
    for _ in range(12):
        made.run(pages=1, lookback_seconds=lookback)
        fetched += made.fetched
    made.run(lookback_seconds=lookback)
    assert not made.old()
    assert sorted(fetched) == sorted(made.bodies)
    assert made.fetched == []


def test_a_document_that_changes_just_before_it_is_fetched_is_fetched_again() -> None:
    made = sales(3)
    made.run()
    made.put("s0001", Status="PICKED")
    made.run()
    # The second change has the stamp of the first: no list can show it.
    stamp = made.table.rows["s0001"]["Updated"]
    made.put("s0001", Status="PICKED", Updated=stamp)
    made.later(3_600)
    made.run()
    assert not made.old()
    made.later(3_600)
    made.run()
    assert made.fetched == []


def test_a_full_table_ignores_the_bookmark_and_goes_on_where_it_stopped() -> None:
    made = sales(20)
    made.run()
    assert not made.run(full_table=True, dies_after=8).is_whole
    assert len(made.fetched) == 7
    assert made.run(full_table=True).is_whole
    assert len(made.fetched) == 13
    made.run(full_table=True)
    assert len(made.fetched) == 20


def test_an_old_state_goes_on_where_it_stopped() -> None:
    made = sales(20)
    stamps = [made.table.rows[f"s{number:04d}"]["Updated"] for number in range(20)]
    for number in range(8):
        made.held[f"s{number:04d}"] = made.bodies[f"s{number:04d}"]
    resume = {
        "since": None,
        "began": made.account.now,
        "whole": False,
        "position": [stamps[7], "s0007"],
    }
    made.state = Position(resume=resume)
    made.put("s0002", Status="SHIPPED")
    made.later(3_600)
    made.run(pages=3)
    assert made.fetched == ["s0008", "s0009", "s0010"]
    assert made.state.resume is None
    made.run()
    # Version 0.1 did not remember the documents of the overlap: they come once more.
    overlap = {"s0005", "s0006", "s0007"}
    assert {*made.fetched} - overlap == {"s0002", *(f"s{n:04d}" for n in range(11, 20))}
    assert not made.old()


def test_the_periodic_whole_read_fetches_all_and_brings_changes_first() -> None:
    made = sales(10)
    made.run(full_refresh_days=7)
    made.later(8 * DAY)
    made.put("s0002", Status="SHIPPED")
    made.later(60)
    made.run(full_refresh_days=7, dies_after=4)
    assert made.fetched[0] == "s0002"
    first = list(made.fetched)
    made.run(full_refresh_days=7)
    assert sorted({*first, *made.fetched}) == sorted(made.bodies)
    assert len(first) + len(made.fetched) <= 11
    made.run(full_refresh_days=7)
    assert made.fetched == []


def test_start_date_bounds_documents() -> None:
    made = sales(10)
    made.run(start_date=made.table.rows["s0006"]["Updated"])
    assert sorted(made.fetched) == [f"s{number:04d}" for number in range(6, 10)]


def test_a_document_that_can_not_be_had_is_owed_and_the_others_come() -> None:
    made = sales(5)
    made.account.documents["/sale"] = lambda name: (
        None if name == "s0003" else {"ID": name, "Body": made.bodies[name]}
    )
    result = made.run()
    assert len(result.records) == 4
    assert any("is owed: s0003" in line for line in result.log)
    assert "1 documents could not be had and are owed: s0003" in str(result.error)
    assert not result.is_whole
    assert result.position.replication_key_value == made.table.rows["s0004"]["Updated"]
    made.account.documents["/sale"] = lambda name: {"ID": name, "Body": made.bodies[name]}
    assert made.run().error is None
    assert made.fetched == ["s0003"]
    assert not made.old()


def test_only_ids_fetches_just_these_and_moves_no_bookmark() -> None:
    made = sales(5)
    result = made.run(only_ids={"sales": ["s0003", "s0001", "s0003", "s9999"]})
    assert sorted(made.fetched) == ["s0001", "s0003", "s9999"]
    assert {row["ID"] for row in result.records} == {"s0001", "s0003"}
    assert result.position == Position()
    assert not result.is_whole
    assert str(result.error) == "could not be had: s9999"
    assert made.account.paths().count("/saleList") == 0
    assert all(row["header_modified"] >= START for row in result.records)


def test_a_list_that_is_short_brings_its_documents_and_moves_nothing() -> None:
    made = sales(5)
    made.table.total = lambda right: right + 3
    result = made.run()
    assert not made.old()
    assert result.position == Position()
    assert "announced 8 rows and gave 5" in str(result.error)


# Some of them only.

OPEN = {"sales": {"Status": ["ordered", "PICKED"]}}


def test_only_documents_that_are_wanted_are_fetched() -> None:
    made = sales(6)
    made.put("s0001", Status="SHIPPED")
    made.put("s0004", Status="PICKED")
    made.later(3_600)
    result = made.run(documents_where=OPEN)
    assert sorted(made.fetched) == ["s0000", "s0002", "s0003", "s0004", "s0005"]
    assert not result.is_whole
    assert result.error is None
    made.later(3_600)
    made.run(documents_where=OPEN)
    assert made.fetched == []


def test_what_is_not_wanted_any_more_is_fetched_once_more() -> None:
    made = sales(4)
    made.run(documents_where=OPEN)
    for status in ("SHIPPED", "CLOSED"):
        made.put("s0002", Status=status)
        made.later(3_600)
        made.run(documents_where=OPEN)
        assert made.fetched == (["s0002"] if status == "SHIPPED" else [])
    assert made.old() == {"s0002"}


def test_another_filter_brings_what_the_one_before_left_out() -> None:
    made = sales(4)
    made.put("s0001", Status="SHIPPED")
    made.later(3_600)
    made.run(documents_where=OPEN)
    made.run(documents_where={"sales": {"Status": ["SHIPPED"]}})
    assert made.fetched == ["s0001"]
    made.run()
    assert not made.old()


def test_unstamped_documents_that_are_not_wanted_are_left_out_too() -> None:
    made = adjustments(30)
    made.put("a00003", Status="DRAFT")
    where = {"adjustments": {"Status": ["DRAFT"]}}
    made.run(documents_where=where)
    assert made.fetched == ["a00003"]
    made.run(documents_where=where)
    assert made.fetched == ["a00003"]
    made.put("a00003", Status="COMPLETED")
    made.later(60)
    made.run(documents_where=where)
    assert made.fetched == ["a00003"]


# Without one.


def test_a_quiet_run_fetches_no_final_document() -> None:
    made = adjustments(300)
    made.run()
    assert len(made.fetched) == 300
    assert not made.old()
    made.later(DAY)
    made.run()
    assert made.fetched == []


def test_documents_that_are_not_final_are_fetched_in_each_run() -> None:
    made = adjustments(20)
    made.put("a00007", Status="DRAFT")
    made.run()
    made.run()
    assert made.fetched == ["a00007"]


@pytest.mark.large
def test_a_changed_row_makes_its_period_be_fetched_and_no_other() -> None:
    made = adjustments(4_000, days=4_000)
    made.run()
    made.put("a00012", Status="VOIDED")
    made.run()
    assert made.fetched == ["a00012"]
    # It was fetched in the very seconds in which the list showed it as changed.
    made.later(60)
    made.run()
    assert made.fetched == ["a00012"]
    made.later(60)
    made.run()
    assert made.fetched == []
    # Years ago: the documents of a month, or of a part of it.
    made.put("a03000", Status="VOIDED")
    made.run()
    assert "a03000" in made.fetched
    assert len(made.fetched) <= 31
    assert not made.old()


def test_a_document_that_moves_to_another_period_is_fetched() -> None:
    made = adjustments(500, days=500)
    made.run()
    made.put("a00005", Date=shifted(START, -300 * DAY))
    made.run()
    assert "a00005" in made.fetched
    assert not made.old()


def test_days_that_become_months_make_nothing_be_fetched() -> None:
    made = adjustments(600, days=600)
    made.run()
    for _ in range(15):
        made.later(40 * DAY)
        made.run()
        assert made.fetched == []


def test_rows_without_a_date_and_rows_of_no_calendar_have_a_period_of_their_own() -> None:
    made = adjustments(50)
    made.put("none", Status="COMPLETED", Date=None)
    made.put("odd", Status="COMPLETED", Date="9999-12-31T00:00:00")
    made.run()
    assert not made.old()
    made.put("odd", Status="COMPLETED", Date="9999-12-30T00:00:00")
    made.run()
    assert set(made.fetched) <= {"none", "odd"}
    assert not made.old()


def test_documents_without_status_and_date_are_told_apart_by_id() -> None:
    made = book(Machines)
    for number in range(300):
        made.put(f"m{number:03d}")
    made.run()
    made.run()
    assert made.fetched == []
    made.put("m123")
    made.run()
    assert "m123" in made.fetched
    assert len(made.fetched) <= 6


def test_an_interrupted_load_of_unstamped_documents_fetches_none_twice() -> None:
    made = adjustments(120, days=20)
    fetched = []
    for _ in range(12):
        made.run(pages=10)
        fetched += made.fetched
    assert sorted(fetched) == sorted(made.bodies)
    made.run()
    assert made.fetched == []
    assert not made.old()


@pytest.mark.large
def test_the_state_of_100000_documents_over_ten_years_is_small() -> None:
    rows = [
        IndexRow(
            f"{number:08x}-0000-4000-8000-000000000000",
            "",
            shifted(START, -number * 3_650 * DAY // 100_000) if number % 100 else "",
            is_final=True,
            digest=number * 0x9E37_79B9_7F4A_7C15 % 2**64,
        )
        for number in range(100_000)
    ]
    plan = DigestPlan(Position(), Settings(api="core", recheck_days=0), has_dates=True, now=START)
    waiting = plan.begin(rows, START)
    assert len(waiting) == 100_000
    sizes = [len(str(plan.done(row, START).seen)) for row in waiting[:2_000]]
    position = plan.over()
    assert max(*sizes, len(str(position.seen))) + 400 < 8_000
    quiet = DigestPlan(position, Settings(api="core", recheck_days=0), has_dates=True, now=START)
    assert quiet.begin(rows, START) == []
    last = DigestPlan(quiet.over(), Settings(api="core", recheck_days=0), has_dates=True, now=START)
    changed = [rows[0]._replace(digest=1), *rows[1:]]
    assert 0 < len(last.begin(changed, START)) < 2_000


def test_full_refresh_days_fetches_final_documents_too() -> None:
    made = adjustments(25)
    made.run(full_refresh_days=3)
    made.later(4 * DAY)
    first = made.run(full_refresh_days=3, dies_after=11)
    fetched = [*made.fetched]
    assert len(fetched) == 10
    assert isinstance(first.position.load, Load)
    # What was fetched so soon after its list may have been behind it: once more.
    made.later(60)
    made.run(full_refresh_days=3)
    assert sorted(made.fetched) == sorted(made.bodies)
    made.later(60)
    made.run(full_refresh_days=3)
    assert sorted(fetched + made.fetched) == sorted(made.bodies)
    made.run(full_refresh_days=3)
    assert made.fetched == []


# Histories.


@dataclass
class History:
    """Random changes and runs."""

    made: Book
    dice: random.Random
    fetches: int = 0

    def change(self) -> None:
        dice, made = self.dice, self.made
        names = [*made.table.rows]
        event = dice.choice(("new", "edit", "edit", "edit", "undo", "re-date", "drop", "wait"))
        made.later(dice.choice((0.1, 1.0, 20.0, 400.0, 3_600.0, 3.0 * DAY)))
        if event == "wait":
            return
        if event == "new" or not names:
            made.put(f"d{made.versions:05d}", Status=self.status(), Date=self.date())
            return
        name = dice.choice(names)
        row = made.table.rows[name]
        if event == "drop":
            made.drop(name)
        elif event == "re-date":
            made.put(name, **self.kept(row, Date=self.date(), Note=str(made.versions)))
        elif event == "undo":
            made.put(name, **self.kept(row, Status="DRAFT"))
            made.later(5)
            made.put(name, **self.kept(row, Status="COMPLETED", Note=str(made.versions)))
        else:
            made.put(name, **self.kept(row, Status=self.status(), Note=str(made.versions)))

    def kept(self, row: dict[str, Any], **changes: Any) -> dict[str, Any]:  # noqa: ANN401
        own = {self.made.resource.id_field, self.made.table.stamp}
        return {n: v for n, v in {**row, **changes}.items() if n not in own}

    def status(self) -> str:
        return self.dice.choice(("DRAFT", "COMPLETED", "COMPLETED", "VOIDED"))

    def date(self) -> str | None:
        days = self.dice.choice((0, 1, 2, 40, 200, 1_000, 2_000))
        return self.dice.choice((None, *[shifted(START, -days * DAY)[:10] + "T00:00:00"] * 9))

    def run(self) -> None:
        end = self.dice.choice(("none", "call", "page", "page"))
        size = self.dice.randint(0, 12)
        before = self.made.state
        if end == "call":
            self.made.run(dies_after=size, **self.options())
        elif end == "page":
            self.made.run(pages=max(1, size), **self.options())
        else:
            self.made.run(**self.options())
        if self.dice.random() < 0.1:
            self.made.state = before  # the last state was lost

    def options(self) -> dict[str, Any]:
        days = self.dice.choice((0, 0, 0, 5))
        return {"full_refresh_days": days, "lookback_seconds": self.dice.choice((60, 300))}


@pytest.mark.parametrize("resource", [Sales, Adjustments, Machines])
@given(dice=st.integers(0).map(random.Random))
def test_after_any_history_one_quiet_run_brings_all_as_it_is(
    resource: type[CoreDetail], dice: random.Random
) -> None:
    made = book(resource, order=dice.choice(("insertion", "ascending", "descending")))
    history = History(made, dice)
    for _ in range(dice.randint(0, 25)):
        history.change()
    for _ in range(dice.randint(1, 8)):
        history.run()
        for _ in range(dice.randint(0, 4)):
            history.change()
    made.later(60)
    result = made.run()
    for _ in range(3):  # that most documents are gone is believed when it was said often enough
        if result.error is not None:
            assert "too few to believe it" in str(result.error)
            made.later(DAY)
            result = made.run()
    assert result.error is None
    assert not made.old()
    for _ in range(2):
        made.later(60)
        made.run()
    finals = {n for n, row in made.table.rows.items() if row.get("Status") != "DRAFT"}
    recent = {
        name
        for name, row in made.table.rows.items()
        if made.table.stamp and row[made.table.stamp] > shifted(made.account.now, -400)
    }
    if resource is Sales:
        assert set(made.fetched) <= recent
    elif resource is Adjustments:
        assert not finals & set(made.fetched)
    else:
        assert made.fetched == []


def test_a_filter_of_an_older_state_is_the_same_however_it_is_written() -> None:
    made = sales(6)
    made.later(3_600)
    made.run(documents_where=OPEN)
    written = msgspec.json.encode(OPEN["sales"], order="sorted").decode()
    assert made.state is not None
    made.state = msgspec.structs.replace(made.state, where=written)
    made.put("s0002", Status="SHIPPED")
    made.later(3_600)
    made.run(documents_where=OPEN)
    assert made.fetched == ["s0002"]
    assert not made.old()
