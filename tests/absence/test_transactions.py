"""C2 for Core's ledger: it has no keys, only dates, and is longer than a run."""

from __future__ import annotations

import json
import signal
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from typing_extensions import override

from tests.absence.accounts import BEHIND
from tests.absence.pipeline import DAY, HOUR, PATIENT, Pipeline, runs
from tests.absence.test_progress import WEEKLY, until_done
from tests.losses.accounts import guid
from tests.losses.harness import run
from tests.losses.standin import Core, Reply, stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from tests.losses.harness import Result
    from tests.losses.standin import Call, Row

PATH = "/transactions"
STREAM = "transactions"
MOST = 100
PAGES = 12
COLUMNS = (
    "TaskID",
    "DebitAccountCode",
    "CreditAccountCode",
    "Amount",
    "Reference",
    "Transaction",
    "Type",
)
ORDERS: dict[str, Callable[[Row], Any]] = {
    "newest first": lambda row: [-ord(one) for one in str(row.get("EffectiveDate") or "")],
    "oldest first": lambda row: str(row.get("EffectiveDate") or ""),
    "by id": lambda row: row["_id"],
    "shuffled": lambda row: row["_id"] * 7_919 % 10_007,
}
"""By what the list may be sorted, the same way at each request."""


@dataclass(frozen=True)
class Served:
    """How Core serves the ledger.

    Attributes:
        most: The most rows of a page, whatever was asked.
        order: One of ``ORDERS``.
        total: Whether the envelope tells it.
        inclusive: Whether a row on a bound itself is given.
        ignored: Parameters that change nothing.

    """

    most: int = MOST
    order: str = "by id"
    total: bool = True
    inclusive: bool = False
    ignored: Collection[str] = ()


SERVED = [
    pytest.param(Served(order="newest first"), id="newest first"),
    pytest.param(Served(order="oldest first", inclusive=True), id="oldest first, inclusive"),
    pytest.param(Served(order="by id", total=False), id="by id, no Total"),
    pytest.param(
        Served(order="shuffled", inclusive=True, total=False), id="shuffled, inclusive, no Total"
    ),
]
TWICE = [SERVED[0], SERVED[3]]


class Books(Core):
    """An account of Core with a ledger: rows without keys, filtered by their accounting date."""

    def __init__(self, served: Served | None = None, **options: Any) -> None:  # noqa: ANN401
        """Start without postings."""
        super().__init__(ahead=BEHIND, **options)
        self.served = served or Served()
        self.postings: list[Row] = []

    def day(self, ago: float = 0) -> str:
        """Return the business date of some days ago, as Core writes it."""
        today = datetime.fromtimestamp(self.now, timezone.utc).date()
        return f"{today - timedelta(days=ago)}T00:00:00"

    def post(self, day: str | None, reference: str, **more: object) -> Row:
        """Add a posting, and return it."""
        number = len(self.postings)
        row: Row = {
            "TaskID": guid(sum(map(ord, reference))),
            "DebitAccountCode": "610",
            "CreditAccountCode": "800",
            "Amount": 12.5,
            "EffectiveDate": day,
            "Reference": reference,
            "Transaction": "Sale",
            "Type": "Sale",
            **more,
            "_id": number,
        }
        self.postings.append(row)
        return row

    def post_again(self, row: Row) -> None:
        """Add a posting that is entirely equal to one."""
        self.postings.append({**row, "_id": len(self.postings)})

    @override
    def _answer(self, call: Call) -> Reply:
        if call.path != PATH:
            return super()._answer(call)
        page, asked = int(call.query.get("Page", "1")), int(call.query.get("Limit", "100"))
        rows = [row for row in self.postings if self._is_within(row, call.query)]
        rows.sort(key=ORDERS[self.served.order])
        size = min(asked, self.served.most)
        shown = [
            {name: value for name, value in row.items() if not name.startswith("_")}
            for row in rows[(page - 1) * size : page * size]
        ]
        envelope: Row = {"Total": len(rows)} if self.served.total else {}
        return Reply(json.dumps({**envelope, "Page": page, "Transactions": shown}).encode())

    def _is_within(self, row: Row, query: dict[str, str]) -> bool:
        bounds = {
            name: _moment(query[name])
            for name in ("FromDate", "ToDate")
            if query.get(name) and name not in self.served.ignored
        }
        if not bounds:
            return True
        if not row.get("EffectiveDate"):
            return False
        have = _moment(row["EffectiveDate"])
        if self.served.inclusive and have in bounds.values():
            return bounds.get("FromDate", have) <= have <= bounds.get("ToDate", have)
        earliest, latest = bounds.get("FromDate"), bounds.get("ToDate")
        return (earliest is None or have > earliest) and (latest is None or have < latest)


def _moment(text: str) -> datetime:
    """Return a date, with a time or without, as the moment that Core takes it for."""
    return datetime.fromisoformat(text[:19])


def contents(rows: Iterable[Row]) -> Counter[tuple[Any, ...]]:
    """Return how often each content is among the rows, dates to the second."""
    return Counter(
        (
            str(row.get("EffectiveDate") or "")[:19],
            *(Decimal(str(row[name])) if name == "Amount" else row[name] for name in COLUMNS),
        )
        for row in rows
    )


class LedgerPipeline(Pipeline):
    """Run after run over a ledger, where what counts is how often a row is there.

    Attributes:
        moves_under_way: Whether rows move from page to page during a run, so that a loader may
            have some of them too often until the next reading.

    """

    server: Books

    def __init__(self, server: Books, **how: Any) -> None:  # noqa: ANN401
        """Begin without a state."""
        super().__init__(server, [], more=[STREAM], **how)
        self._held: Counter[tuple[Any, ...]] = Counter()
        self.moves_under_way = False

    def at_cin7(self) -> Counter[tuple[Any, ...]]:
        """Return what Cin7 has at this moment, and how often."""
        return contents(self.server.postings)

    def held(self) -> Counter[tuple[Any, ...]]:
        """Return what the loader has, and how often."""
        return contents(self.loader.rows(STREAM))

    @override
    def nothing_is_lost(self) -> None:
        held, right = self.held(), self.at_cin7()
        lost = (self._held & right) - held
        assert not lost, f"{sum(lost.values())} postings removed that Cin7 has"
        extra = Counter() if self.moves_under_way else held - right
        assert not extra, f"{sum(extra.values())} postings more than Cin7 has: {[*extra][:2]}"
        self._held = held

    @override
    def missing(self, stream: str | None = None) -> set[Any]:
        return {*(self.at_cin7() - self.held())}

    def ended_by(self, sign: signal.Signals, call: int, **settings: Any) -> None:  # noqa: ANN401
        """Run until a signal ends it before one of its calls is answered."""
        chosen = {**PATIENT, **self.settings, **settings}
        result = run(self.server, self.catalog, self.state, end=(PATH, call, sign), **chosen)
        self.server.calm()
        assert "Traceback" not in result.stderr, result.stderr
        self.loader.take(result.messages)
        self.state = result.state or self.state
        self.nothing_is_lost()


def of_ledger(
    served: Served | None = None,
    *,
    count: int = PAGES * MOST,
    days: int = 1_095,
    server: Books | None = None,
    **how: Any,  # noqa: ANN401
) -> LedgerPipeline:
    """Return a pipeline of a ledger over three years, the last of it posted yesterday.

    Of each day with postings one comes twice; in the order of their ids the two lie far apart.
    One day has the same posting twenty times.
    """
    books = server or Books(served)
    dates = (count - 20) // 4
    first = [
        books.post(books.day(1 + days - (number + 1) * days // dates), f"P{number}.{line}")
        for number in range(dates)
        for line in range(3)
    ]
    for row in first[::3]:
        books.post_again(row)
    same = first[len(first) // 2]
    while len(books.postings) < count:
        books.post_again(same)
    return LedgerPipeline(books, **how)


def asked(result: Result) -> list[dict[str, str]]:
    """Return the queries for the ledger, in the order in which they came."""
    return [call.query for call in result.calls if call.path == PATH]


def all_is_there(pipeline: LedgerPipeline) -> None:
    """Check that the loader has each posting as often as Cin7."""
    lacking = pipeline.at_cin7() - pipeline.held()
    assert not lacking, f"{sum(lacking.values())} postings are missing: {[*lacking][:2]}"
    assert pipeline.held() == pipeline.at_cin7()


def tell_complete(result: Result) -> None:
    """Check that a run says that it has the whole ledger."""
    assert runs(result)[STREAM]["complete"] is True


# A first load that is longer than a run.


@pytest.mark.parametrize("total", [True, False], ids=["Total", "no Total"])
@pytest.mark.parametrize("inclusive", [False, True], ids=["exclusive", "inclusive"])
@pytest.mark.parametrize("order", ORDERS)
def test_a_ledger_longer_than_a_run_is_read_by_several(
    order: str, *, inclusive: bool, total: bool
) -> None:
    pipeline = of_ledger(Served(order=order, inclusive=inclusive, total=total))
    with pipeline.server:
        results = until_done(pipeline, 6, within=12)
        assert len(results) > 1
        tell_complete(results[-1])
        all_is_there(pipeline)


@pytest.mark.parametrize(("calls", "within"), [(3, 20), (9, 8)])
def test_a_ledger_is_read_by_runs_of_so_many_calls(calls: int, within: int) -> None:
    pipeline = of_ledger(count=200 * calls)
    with pipeline.server:
        until_done(pipeline, calls, within=within)
        all_is_there(pipeline)


def test_full_pages_of_1000_rows_are_read_by_several_runs() -> None:
    pipeline = of_ledger(Served(most=1_000), count=9_000)
    with pipeline.server:
        until_done(pipeline, 5, within=12)
        all_is_there(pipeline)


@pytest.mark.parametrize("served", TWICE)
def test_a_ledger_with_a_time_in_each_date_is_read_by_several_runs(served: Served) -> None:
    pipeline = of_ledger(served)
    with pipeline.server as server:
        for row in server.postings:
            hour = sum(map(ord, row["Reference"])) % 24
            row["EffectiveDate"] = f"{row['EffectiveDate'][:10]}T{hour:02d}:59:59"
        until_done(pipeline, 6, within=14)
        all_is_there(pipeline)


@pytest.mark.parametrize("served", TWICE)
def test_a_ledger_of_few_crowded_days_and_a_very_old_one_is_read_by_several_runs(
    served: Served,
) -> None:
    """Each of the days fits into a run."""
    with Books(served) as server:
        pipeline = LedgerPipeline(server)
        server.post("1990-01-01T00:00:00", "opening balance")
        for ago in (2_000, 400, 390, 3):
            for number in range(290):
                server.post(server.day(ago), f"{ago} days ago, {number // 2}")
        until_done(pipeline, 7, within=30)
        all_is_there(pipeline)


# A reading that fits into a run.


SMALL_PAGES = [
    *((1, 1_000), (2, 90), (3, 85), (4, 81), (4, 100), (5, 97), (6, 95), (7, 93), (8, 91)),
    *((9, 89), (9, 98), (10, 96), (11, 95), (12, 94), (13, 93)),
]
LARGE_PAGES = [(1, 1_000), (2, 990), (3, 985), (4, 981)]
"""Pages and limits of a reading in one run, as of the version before this could take several."""


@pytest.mark.parametrize("spare", [10_000, 0], ids=["any number of calls", "just enough calls"])
@pytest.mark.parametrize(
    ("served", "count", "calls"),
    [
        (Served(), PAGES * MOST, SMALL_PAGES),
        (Served(total=False), PAGES * MOST, [*SMALL_PAGES, (13, 99), (1, 1_000)]),
        (Served(most=1_000), 2_950, LARGE_PAGES[:3]),
        (Served(most=1_000, total=False), 3_000, [*LARGE_PAGES, (4, 996), (1, 1_000)]),
    ],
    ids=["Total", "no Total", "1000 rows a page, Total", "1000 rows a page, no Total"],
)
def test_a_ledger_that_a_run_can_read_costs_the_same_calls_as_ever(
    served: Served, count: int, calls: list[tuple[int, int]], spare: int
) -> None:
    pipeline = of_ledger(served, count=count)
    with pipeline.server as server:
        first = pipeline.run(requests_per_day=len(calls) + spare)
        assert first.exit_code == 0, first.stderr
        assert [(int(one["Page"]), int(one["Limit"])) for one in asked(first)] == calls
        assert not any({"FromDate", "ToDate"} & query.keys() for query in asked(first))
        all_is_there(pipeline)
        server.now += DAY
        server.post(server.day(), "new")
        second = pipeline.run()
        assert second.exit_code == 0, second.stderr
        pages = 1 if served.total else 2
        assert [query["Page"] for query in asked(second)] == [str(n + 1) for n in range(pages)]
        assert all("FromDate" in query for query in asked(second))
        assert not any("ToDate" in query for query in asked(second))
        all_is_there(pipeline)


def test_a_lookback_of_several_pages_that_a_run_can_read_is_asked_for_as_a_whole() -> None:
    pipeline = of_ledger(days=70)
    with pipeline.server as server:
        assert pipeline.run().exit_code == 0
        server.now += DAY
        result = pipeline.run()
        assert result.exit_code == 0, result.stderr
        pages = {query["Page"] for query in asked(result)}
        assert len({query["FromDate"] for query in asked(result)}) == 1
        assert not any("ToDate" in query for query in asked(result))
        assert 10 <= len(pages) <= len(SMALL_PAGES)


def test_a_ledger_that_was_read_by_several_runs_is_asked_for_as_any_other() -> None:
    pipeline = of_ledger(Served(order="shuffled"))
    with pipeline.server as server:
        until_done(pipeline, 6, within=12)
        server.now += DAY
        server.post(server.day(), "new")
        pipeline.run()
        server.now += DAY
        server.post(server.day(), "newer")
        result = pipeline.run()
        assert result.exit_code == 0, result.stderr
        (query,) = asked(result)
        assert "FromDate" in query
        assert "ToDate" not in query
        all_is_there(pipeline)


# A whole reading that is due.


@pytest.mark.parametrize("served", SERVED)
def test_new_postings_come_before_the_rest_of_a_whole_reading(
    served: Served,
) -> None:
    pipeline = of_ledger(served, settings=WEEKLY)
    with pipeline.server as server:
        assert pipeline.run().exit_code == 0
        server.now += 8 * DAY
        made: list[str] = []
        for number in range(30):
            made.append(f"new {number}")
            server.post(server.day(), made[-1])
            server.now += HOUR
            result = pipeline.run(requests_per_day=6)
            held = {row["Reference"] for row in pipeline.loader.rows(STREAM)}
            # What was posted before this run may wait for the next one.
            assert {*made[:-1]} <= held, result.stderr
            if result.exit_code == 0:
                break
            server.now += DAY / 8
        assert result.exit_code == 0, result.stderr
        assert number > 0
        server.now += HOUR
        assert pipeline.run().exit_code == 0
        all_is_there(pipeline)


def test_far_back_dated_postings_come_with_whole_readings_of_several_runs() -> None:
    pipeline = of_ledger(settings=WEEKLY)
    with pipeline.server as server:
        assert pipeline.run().exit_code == 0
        for number in range(2):
            server.now += 8 * DAY
            server.post(server.day(300), f"far back-dated {number}")
            results = until_done(pipeline, 6, within=14, days=0.1)
            assert len(results) > 1
            all_is_there(pipeline)


# What is posted meanwhile.


@pytest.mark.parametrize("served", SERVED)
def test_what_is_posted_between_the_runs_of_a_first_load_comes_too(
    served: Served,
) -> None:
    pipeline = of_ledger(served)
    with pipeline.server as server:
        recent = [row for row in server.postings if row["EffectiveDate"] >= server.day(12)]
        for number in range(14):
            result = pipeline.run(requests_per_day=6)
            if result.exit_code == 0:
                break
            server.now += DAY
            for ago in (0, 1, 10, 29):
                server.post(server.day(ago), f"{number}: {ago} days ago")
            server.post_again(recent[number % len(recent)])
        assert result.exit_code == 0, result.stderr
        tell_complete(result)
        if pipeline.missing():
            server.now += DAY
            result = pipeline.run()
            assert result.exit_code == 0, result.stderr
        all_is_there(pipeline)


@pytest.mark.parametrize("served", TWICE)
def test_what_is_posted_between_the_calls_of_a_first_load_comes_too(served: Served) -> None:
    """Rows move from page to page then: at most one quiet run more brings what they hid."""
    pipeline = of_ledger(served)
    pipeline.moves_under_way = True
    with pipeline.server as server:
        left = [0, 1, 10, 29] * 3

        def post(call: Call) -> None:
            if left and int(call.query["Page"]) % 2 == 0:
                server.post(server.day(left.pop()), f"with {len(left)} left")

        server.before(PATH, None, post)
        for _ in range(16):
            server.now += DAY
            result = pipeline.run(requests_per_day=6)
            if result.exit_code == 0:
                break
        assert result.exit_code == 0, result.stderr
        server.calm()
        if pipeline.missing():
            server.now += DAY
            assert pipeline.run().exit_code == 0
        assert not pipeline.missing()


# Accounts that dates do not cut.


@pytest.mark.parametrize("served", SERVED)
def test_where_a_last_date_is_ignored_nothing_is_lost_and_no_run_is_endless(
    served: Served,
) -> None:
    pipeline = of_ledger(replace(served, ignored=("ToDate",)))
    with pipeline.server as server:
        for _ in range(6):
            server.now += DAY
            result = pipeline.run(requests_per_day=6)
            assert len(result.calls) <= 6
            if result.exit_code == 0:
                all_is_there(pipeline)
            server.post(server.day(), "new")
        server.now += DAY
        result = pipeline.run()
        assert result.exit_code == 0, result.stderr
        assert len(result.calls) < 10 * PAGES
        all_is_there(pipeline)


@pytest.mark.parametrize("ago", [0, 500], ids=["today", "long ago"])
@pytest.mark.parametrize("served", TWICE)
def test_a_day_that_is_longer_than_a_run_waits_for_a_run_that_can_read_it(
    served: Served, ago: int
) -> None:
    with Books(served) as server:
        day = server.day(ago)
        for number in range(PAGES * MOST):
            server.post(day, f"P{number // 3}")
        pipeline = LedgerPipeline(server)
        for _ in range(4):
            server.now += HOUR
            result = pipeline.run(requests_per_day=5)
            assert result.exit_code == 1, result.stderr
            assert result.errors
            assert len(result.calls) <= 5
        server.now += HOUR
        result = pipeline.run()
        assert result.exit_code == 0, result.stderr
        assert len(result.calls) < 10 * PAGES
        all_is_there(pipeline)


# When a row was read.


def test_all_rows_of_a_run_were_read_at_once_and_those_of_the_next_one_later() -> None:
    with Books(seconds_per_call=7.0) as server:
        pipeline = of_ledger(server=server)
        moments: list[str] = []
        for result in until_done(pipeline, 6, within=12):
            told = {row["read_at"] for row in result.records(STREAM)}
            assert len(told) <= 1
            moments += told
        assert len(moments) > 1
        assert moments == sorted({*moments})


@pytest.mark.parametrize("served", TWICE)
def test_of_each_day_the_newest_reading_is_whole(served: Served) -> None:
    """Of what was read several times, the rows with the latest ``read_at`` are right."""
    pipeline = of_ledger(served)
    with pipeline.server as server:
        for number in range(14):
            result = pipeline.run(requests_per_day=6)
            if result.exit_code == 0:
                break
            server.now += DAY
            server.post(server.day(number + 2), f"back-dated {number}")
        assert result.exit_code == 0, result.stderr
        server.now += DAY
        assert pipeline.run().exit_code == 0
        latest: dict[str, str] = {}
        for row in pipeline.loader.rows(STREAM):
            day = str(row["EffectiveDate"])[:10]
            latest[day] = max(latest.get(day, ""), row["read_at"])
        newest = [
            row
            for row in pipeline.loader.rows(STREAM)
            if row["read_at"] == latest[str(row["EffectiveDate"])[:10]]
        ]
        assert contents(newest) == pipeline.at_cin7()


# Where a reading begins.


@pytest.mark.parametrize("inclusive", [False, True], ids=["exclusive", "inclusive"])
def test_postings_of_the_day_of_the_start_date_come_too(*, inclusive: bool) -> None:
    pipeline = of_ledger(Served(inclusive=inclusive))
    with pipeline.server as server:
        start = sorted(row["EffectiveDate"] for row in server.postings)[-100]
        assert pipeline.run(start_date=f"{start}Z").exit_code == 0
        due = [row for row in server.postings if row["EffectiveDate"] >= start]
        assert pipeline.held() == contents(due)


@pytest.mark.parametrize("served", SERVED)
def test_a_load_from_a_start_date_on_that_is_stopped_and_killed_brings_no_more_than_that(
    served: Served,
) -> None:
    pipeline = of_ledger(served, count=1_600)
    with pipeline.server as server:
        start = sorted(row["EffectiveDate"] for row in server.postings)[400]
        earlier = [row for row in server.postings if row["EffectiveDate"] < start]
        assert earlier
        pipeline.settings = {"start_date": f"{start}Z"}
        few = {"requests_per_day": 6}
        assert pipeline.run(**few).exit_code == 1
        pipeline.ended_by(signal.SIGTERM, 4, **few)
        assert pipeline.run(**few).exit_code in (0, 1)
        pipeline.ended_by(signal.SIGKILL, 3, **few)
        until_done(pipeline, 6, within=14)
        assert not pipeline.held() & contents(earlier)
        due = [row for row in server.postings if row["EffectiveDate"] >= start]
        assert pipeline.held() == contents(due)


def test_a_load_that_is_killed_in_each_second_run_gets_to_its_end() -> None:
    pipeline = of_ledger()
    with pipeline.server as server:
        for _ in range(12):
            server.now += DAY
            result = pipeline.run(requests_per_day=6)
            if result.exit_code == 0:
                break
            pipeline.ended_by(signal.SIGKILL, 2, requests_per_day=6)
        assert result.exit_code == 0, result.stderr
        all_is_there(pipeline)


# Odd ledgers.


@pytest.mark.parametrize(("count", "total"), [(599, True), (600, True), (601, True), (600, False)])
def test_a_ledger_that_ends_at_a_page_or_beside_it_is_read_by_several_runs(
    count: int, *, total: bool
) -> None:
    pipeline = of_ledger(Served(total=total), count=count)
    with pipeline.server:
        until_done(pipeline, 4, within=12)
        all_is_there(pipeline)


@pytest.mark.parametrize("served", TWICE)
def test_postings_of_next_year_come_too_and_hide_no_later_ones(served: Served) -> None:
    pipeline = of_ledger(served)
    with pipeline.server as server:
        for number in range(150):
            server.post(server.day(-200 - number), f"planned {number // 2}")
        until_done(pipeline, 6, within=14)
        all_is_there(pipeline)
        server.now += DAY
        server.post(server.day(), "today")
        server.post(server.day(-300), "planned later")
        assert pipeline.run().exit_code == 0
        all_is_there(pipeline)


@pytest.mark.parametrize("given", [True, False], ids=["null", "missing"])
@pytest.mark.parametrize("order", ["oldest first", "shuffled"])
def test_postings_without_a_date_hold_up_no_other(order: str, *, given: bool) -> None:
    pipeline = of_ledger(Served(order=order))
    with pipeline.server as server:
        for number in range(7):
            row = server.post(None, f"undated {number // 2}")
            if not given:
                del row["EffectiveDate"]
        for _ in range(14):
            server.now += DAY
            result = pipeline.run(requests_per_day=6)
            assert len(result.calls) <= 6
            if result.exit_code == 0:
                break
        dated = contents(row for row in server.postings if row.get("EffectiveDate"))
        assert not dated - pipeline.held()


def test_keys_do_not_depend_on_how_many_runs_it_took() -> None:
    at_once = of_ledger()
    with at_once.server as server:
        assert at_once.run().exit_code == 0
        in_parts = LedgerPipeline(server)
        assert len(until_done(in_parts, 6, within=30)) > 1
        keys = in_parts.loader.keys(STREAM, "record_key")
        assert keys == at_once.loader.keys(STREAM, "record_key")


@pytest.mark.parametrize("is_of_old", [False, True])
def test_a_posting_dated_in_the_future_shortens_no_look_back(*, is_of_old: bool) -> None:
    with Books() as server:
        pipeline = LedgerPipeline(server, settings={"transactions_lookback_days": 10})
        for ago in range(5, 40):
            server.post(server.day(ago), f"{ago} days")
        newest = server.day(5)
        server.post(server.day(-90), "next quarter")
        assert pipeline.run().exit_code == 0
        assert pipeline.state is not None
        if is_of_old:  # earlier versions went on from the time of the run
            entry = pipeline.state["bookmarks"][STREAM]
            entry["replication_key_value"] = stamp(server.now)
        for _ in range(2):
            server.now += DAY
            result = pipeline.run()
            assert result.exit_code == 0, result.stderr
        (query,) = asked(result)
        # The bound is exclusive, so it is one day more.
        assert query["FromDate"] == f"{_moment(newest) - timedelta(days=11):%Y-%m-%dT%H:%M:%SZ}"
