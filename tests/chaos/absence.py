"""Schedules for what is gone and what is left: troubles that look like absence, budgets that end
runs, runs for events beside regular ones, and a loader that deletes for good.

A schedule changes the account, lets time go by, and runs the tap under a trouble, a budget, or
both. What always holds: no row that Cin7 has is removed; exit code 0 stands for complete streams
only; a snapshot is whole. At the end all is quiet: within a few runs everything is there as Cin7
has it, and within a few whole readings nothing else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.absence.accounts import BRANDS, CONTACTS, STOCK, answered, availability, stock
from tests.absence.pipeline import DAY, HOUR, PATIENT, RUNS, Pipeline, Watched, activated, runs
from tests.losses.accounts import ORDERS, SALE, SALE_LIST, adjustments, brands, guid, orders, sale
from tests.losses.accounts import sales as served_sales
from tests.losses.harness import only, run
from tests.losses.standin import Core, Omni, Reply, keys, stamp

if TYPE_CHECKING:
    from tests.losses.harness import Result
    from tests.losses.standin import Call, Hook, Row, Standin, Table

_DAYS = 5
_BEHIND = -200 * DAY
_MOST_DAYS = 100
_QUIET_RUNS = 8
_WHOLE_READINGS = 8
CATEGORIES = "/v1/ProductCategories"
AVAILABILITY = "/ref/productavailability"
ADJUSTMENT = "/stockadjustment"
SNAPSHOTS = "stock_snapshots"


@dataclass(frozen=True)
class Listed:
    """A stream of the schedules.

    Attributes:
        stream: Its name.
        path: Of its list.
        column: What tells its rows apart.
        edited: A field that edits write to.
        by: The same as ``column``, where the list has another name for it.
        wrapper: Name of the list in the envelope of Core.
        held: Whether the stream has the field that is edited.

    """

    stream: str
    path: str
    column: str
    edited: str
    by: str = ""
    wrapper: str = ""
    held: bool = True


OMNI = (
    Listed("sales_orders", ORDERS, "id", "reference"),
    Listed("contacts", CONTACTS, "id", "company"),
    Listed("product_categories", CATEGORIES, "id", "name"),
    Listed("stock", STOCK, "code", "available"),
)
CORE = (
    Listed("sales", SALE_LIST, "ID", "Status", "SaleID", "SaleList", held=False),
    Listed("brands", BRANDS, "ID", "Name", wrapper="BrandList"),
    Listed("product_availability", AVAILABILITY, "ID", "OnHand", wrapper="ProductAvailabilityList"),
    Listed(
        "stock_adjustments",
        "/stockadjustmentList",
        "TaskID",
        "Reference",
        wrapper="StockAdjustmentList",
    ),
)


@dataclass(frozen=True)
class Trouble:
    """What is wrong with the answers of one run.

    Attributes:
        how: ``short`` and ``empty`` concern one page, ``empties`` all from one on, ``unordered``
            and ``backward`` each; ``documents`` are a third of those that Core gives by id.
        place: Which of the streams.
        page: From which call of its list on.

    """

    how: str
    place: int
    page: int

    def __repr__(self) -> str:
        return f"Trouble({self.how!r}, {self.place}, {self.page})"


@dataclass(frozen=True)
class Plan:
    """What a run is like.

    Attributes:
        trouble: What is wrong with the answers.
        calls: How many calls the day has left.
        full: Places of streams that are read as full tables.
        meanwhile: Numbers of calls, and what befalls a list at them: add, edit or delete.
        event: Number of the call at which a run for a sale goes on beside this one.
        is_late: Whether the rows of that run are loaded last, before this one tells what is gone.

    """

    trouble: Trouble | None = None
    calls: int | None = None
    full: frozenset[int] = frozenset()
    meanwhile: tuple[tuple[int, str, int, int], ...] = ()
    event: int = 0
    is_late: bool = False

    def __repr__(self) -> str:
        given = {n: v for n, v in vars(self).items() if v != getattr(QUIET, n, ...)}
        return f"Plan({', '.join(f'{n}={v!r}' for n, v in given.items())})"


QUIET = Plan()


class Absence(RuleBasedStateMachine):
    """One account, what befalls it, and the runs over it."""

    api: ClassVar[str]
    listed: ClassVar[tuple[Listed, ...]]

    def __init__(self) -> None:
        """Set up nothing yet: ``open`` does."""
        super().__init__()
        self.log: list[str] = []
        self.server: Standin | None = None
        self._numbers = 100_000
        self._days = 0.0
        self._blocked: set[str] = set()
        self._refresh = 0

    # Steps.

    def open(self, size: int, seed: int = 1, most: int = 1_000, days: int = 0) -> None:
        """Open the account.

        Args:
            size: How many rows a list has, about.
            seed: Of its random orders.
            most: Rows that a page of Core has at most.
            days: ``full_refresh_days`` of all runs but the last ones.

        """
        self.log.append(f"schedule.open({size}, {seed}, {most}, {days})")
        self._refresh = days
        self.server = server = self._account(size, seed, most)
        server.__enter__()
        watched = [Watched(one.stream, self._table(one), one.column, one.by) for one in self.listed]
        more = [SNAPSHOTS] if self.api == "omni" else ["sale_order_lines"]
        self.pipeline = Pipeline(server, watched, more)

    def happen(self, what: str, place: int, count: int) -> None:
        """Let something befall a list: ``add``, ``edit`` or ``delete``."""
        self.log.append(f"schedule.happen({what!r}, {place}, {count})")
        self._happen(what, place, count)

    def wait(self, hours: float) -> None:
        """Let time pass at Cin7."""
        if self._days + hours / 24 < _MOST_DAYS:
            self.log.append(f"schedule.wait({hours})")
            self._days += hours / 24
            self._server.now += hours * HOUR

    def run(self, plan: Plan) -> Result:
        """Run the tap as planned, and load what it writes."""
        server = self._server
        trouble = plan.trouble if self._may_happen(plan.trouble) else None
        if trouble is not None:
            self._break(trouble)
        for number, what, place, count in plan.meanwhile:
            server.before("*", number, self._changing(what, place, count))
        events: list[Result] = []
        if plan.event:
            server.before("*", plan.event, self._notifying(events))
        full = [self.listed[place].stream for place in plan.full]
        streams = [one.stream for one in self.pipeline.watched]
        catalog = only(self.api, *streams, *self.pipeline.more, RUNS, full=full)
        settings: dict[str, Any] = {**PATIENT, "full_refresh_days": self._refresh}
        if plan.calls:
            settings["requests_per_day"] = plan.calls
        result = run(server, catalog, self.pipeline.state, **settings)
        self.log.append(f"schedule.run({plan!r})  # exit {result.exit_code}")
        server.calm()
        self._load(result, events, is_late=plan.is_late)
        self._check(plan, trouble, result)
        return result

    def finish(self) -> None:
        """Let all be quiet, and compare the loader with Cin7."""
        self.log.append("schedule.finish()")
        calls: list[int] = []
        for _ in range(_QUIET_RUNS):
            self._server.now += DAY
            result = self.run(QUIET)
            calls.append(len(result.calls))
            if result.exit_code == 0 and not self.pipeline.missing():
                break
        assert result.exit_code == 0, result.stderr
        assert not self.pipeline.missing(), f"{len(self.pipeline.missing())} rows never came"
        rows = sum(len(one.at_cin7()) for one in self.pipeline.watched)
        # Each run fetches the documents of ``recheck_days``; the third believes an emptied list.
        assert sum(calls) < 200 + (2 + len(calls)) * rows, f"{calls} calls for {rows} rows"
        self._refresh = _DAYS
        for _ in range(_WHOLE_READINGS):
            self._server.now += (_DAYS + 1) * DAY
            result = self.run(QUIET)
            if result.exit_code == 0 and not self.pipeline.extra():
                break
        assert result.exit_code == 0, result.stderr
        assert not self.pipeline.extra(), f"{len(self.pipeline.extra())} rows never went"
        assert not self.pipeline.missing()
        self._compare()

    def teardown(self) -> None:
        """Compare at the end, and stop the server."""
        try:
            if self.server is not None and self.pipeline.state is not None:
                self.finish()
        except AssertionError as error:
            script = "\n".join(self.log)
            raise AssertionError(
                f"{error}\n\nschedule = {type(self).__name__}()\n{script}"
            ) from error
        finally:
            self.close()

    def close(self) -> None:
        """Stop the server."""
        if self.server is not None:
            self.server.__exit__()

    # The account.

    @property
    def _server(self) -> Standin:
        assert self.server is not None
        return self.server

    def _account(self, size: int, seed: int, most: int) -> Standin:
        """Return the account with its rows."""
        raise NotImplementedError

    def _table(self, listed: Listed) -> Table:
        """Return the rows of a stream."""
        raise NotImplementedError

    def _new(self, listed: Listed, number: int) -> Row:
        """Return a row that nobody has seen."""
        raise NotImplementedError

    def _happen(self, what: str, place: int, count: int) -> None:
        listed = self.listed[place]
        table = self._table(listed)
        rows = table.visible()
        self._numbers += 1
        if what == "add":
            for number in range(count):
                table.put(self._new(listed, self._numbers + number))
            self._numbers += count
            return
        chance = self._server.random
        for row in chance.sample(rows, min(count, len(rows))):
            key = row[table.by]
            if what == "delete":
                table.drop(key)
            else:
                moved = {table.stamp: stamp(self._server.now)} if table.stamp else {}
                table.put({**row, **moved, listed.edited: self._word(listed)})

    def _word(self, listed: Listed) -> object:
        """Return a value that no row has had."""
        is_number = listed.edited in ("available", "OnHand")
        return self._numbers if is_number else f"E{self._numbers}"

    def _changing(self, what: str, place: int, count: int) -> Hook:
        def change(_call: Call) -> Reply | None:
            with self._server.lock:
                self._happen(what, place, count)
            return None

        return change

    def _notifying(self, events: list[Result]) -> Hook:
        """Return what runs the tap for one sale; Omni sends no events."""
        del events
        return lambda _call: None

    # Troubles.

    def _may_happen(self, trouble: Trouble | None) -> bool:
        """Tell whether a whole reading without trouble lies behind the last trouble of a list.

        Twice in a row the same rows may be hidden by what nothing refutes: then they are gone for
        all that the tap can know.
        """
        return trouble is not None and self.listed[trouble.place].stream not in self._blocked

    def _break(self, trouble: Trouble) -> None:
        listed = self.listed[trouble.place]
        self._blocked.add(listed.stream)
        seen = 0

        def mangle(_call: Call, reply: Reply) -> Reply:
            nonlocal seen
            seen += 1
            is_meant = seen >= trouble.page if trouble.how == "empties" else seen == trouble.page
            if trouble.how in ("unordered", "backward") or is_meant:
                reply.body = self._broken(json.loads(reply.body), listed, trouble.how)
            return reply

        self._server.after(listed.path, None, mangle)

    def _broken(self, body: Any, listed: Listed, how: str) -> bytes:  # noqa: ANN401
        rows = body[listed.wrapper] if listed.wrapper else body
        changed: list[Row] = []
        if how == "short":
            changed = rows[: len(rows) * 4 // 5]
        elif how == "unordered":
            changed = self._server.random.sample(rows, len(rows))
        elif how == "backward":
            changed = rows[::-1]
        return json.dumps({**body, listed.wrapper: changed} if listed.wrapper else changed).encode()

    # What holds for every run.

    def _load(self, result: Result, events: list[Result], *, is_late: bool) -> None:
        """Load a run, and what other runs wrote while it was under way."""
        beside = [message for one in events for message in one.messages]
        messages = result.messages
        kinds = [one["type"] for one in messages]
        end = kinds.index("ACTIVATE_VERSION") if "ACTIVATE_VERSION" in kinds else 0
        self.pipeline.loader.take(messages[:end] if is_late else [])
        self.pipeline.loader.take(beside)
        self.pipeline.loader.take(messages[end:] if is_late else messages)

    def _check(self, plan: Plan, trouble: Trouble | None, result: Result) -> None:
        self.pipeline.judge(result)
        for listed in self.listed:
            is_sound = trouble is None or self.listed[trouble.place] != listed
            if is_sound and activated(result, listed.stream):
                self._blocked.discard(listed.stream)
        told = [name for name, row in runs(result).items() if not row["complete"]]
        assert told or result.exit_code == 0, result.stderr
        is_disturbed = trouble is not None or plan.meanwhile or plan.event
        if result.exit_code == 0 and not is_disturbed:
            assert not self.pipeline.missing(), f"{len(self.pipeline.missing())} rows are missing"
        shown = result.records(SNAPSHOTS)
        if shown and not is_disturbed:
            assert keys(shown, "code") == self.pipeline.watched[3].at_cin7()

    def _compare(self) -> None:
        for listed in self.listed:
            if not listed.held:
                continue
            table = self._table(listed)
            right = {row[table.by]: str(row.get(listed.edited)) for row in table.visible()}
            rows = self.pipeline.loader.rows(listed.stream)
            held = {row[listed.column]: str(row.get(listed.edited)) for row in rows}
            stale = [key for key, text in right.items() if held[key] != text]
            assert not stale, f"{listed.stream}: {len(stale)} rows are old: {stale[:3]}"


class OmniAccount(Absence):
    """An account of Omni: lists by stamp, by id, and stock with its snapshots."""

    api = "omni"
    listed = OMNI

    def _account(self, size: int, seed: int, most: int) -> Standin:
        del most
        server = Omni(ahead=_BEHIND, seed=seed)
        orders(server, size)
        orders(server, size // 2 + 3, path=CONTACTS, text="company")
        orders(server, size // 2 + 7, path=CATEGORIES, text="name")
        stock(server, size + 11)
        return server

    def _table(self, listed: Listed) -> Table:
        assert isinstance(self.server, Omni)
        return self.server.tables[listed.path]

    def _new(self, listed: Listed, number: int) -> Row:
        moment = stamp(self._server.now)
        if listed.stream == "stock":
            grain = {"productId": number, "productOptionId": number, "branchId": 1, "size": None}
            return {**grain, "code": f"C{number}", "available": 1, "modifiedDate": moment}
        return {"id": number, "modifiedDate": moment, listed.edited: "new"}


class CoreAccount(Absence):
    """An account of Core: lists, documents with a stamp and without, and events of sales."""

    api = "core"
    listed = CORE

    def _account(self, size: int, seed: int, most: int) -> Standin:
        server = Core(ahead=_BEHIND, seed=seed)
        served_sales(server, min(size // 10, 60) + 5, most=most)
        brands(server, size, most=most)
        availability(server, size + 11, most=most)
        adjustments(server, min(size // 20, 30) + 3, most=most)
        return server

    def _table(self, listed: Listed) -> Table:
        assert isinstance(self.server, Core)
        return self.server.lists[listed.path].table

    def _new(self, listed: Listed, number: int) -> Row:
        if listed.stream == "sales":
            return sale(number, stamp(self._server.now))
        if listed.stream == "stock_adjustments":
            day = stamp(self._server.now)[:10]
            moment = f"{day}T00:00:00Z"
            return {"TaskID": guid(number), "EffectiveDate": moment, "Status": "COMPLETED"}
        return {"ID": guid(number), "SKU": f"S{number}", "Name": "new", "Location": "Main"}

    def _notifying(self, events: list[Result]) -> Hook:
        def notify(_call: Call) -> Reply | None:
            rows = self._table(CORE[0]).visible()
            if rows and not events:
                with self._server.lock:
                    key = self._server.random.choice(rows)["SaleID"]
                    self._table(CORE[0]).edit(key, Status="VOIDED")
                body = {"EventType": "Sale/Voided", "SaleID": key}
                events.append(self.pipeline.notification(body))
            return None

        return notify

    def _break(self, trouble: Trouble) -> None:
        if trouble.how != "documents":
            super()._break(trouble)
            return
        missing = answered({"Message": "not found"}, 404)

        def hook(call: Call) -> Reply | None:
            asked = call.query.get("ID") or call.query.get("TaskID") or ""
            return missing(call) if int(asked[:8] or 0) % 3 == trouble.page % 3 else None

        for path in (SALE, "/stockadjustment"):
            self._server.before(path, None, hook)


def machine(base: type[Absence]) -> type[Absence]:
    """Return the state machine of an account."""
    places = st.integers(0, len(base.listed) - 1)
    hows = ["short", "empty", "empties", "unordered", "backward"]
    troubles = st.builds(
        Trouble,
        st.sampled_from([*hows, "documents"] if base.api == "core" else hows),
        places,
        st.integers(1, 5),
    )
    changes = st.tuples(
        st.sampled_from(["add", "add", "edit", "edit", "delete"]),
        places,
        st.sampled_from([1, 3, 30, 300]),
    )
    meanwhile = st.tuples(st.integers(1, 20), changes).map(lambda one: (one[0], *one[1]))
    plans = st.builds(
        Plan,
        trouble=st.one_of(st.none(), troubles),
        calls=st.sampled_from([None, None, None, 5, 12, 30]),
        full=st.one_of(
            st.just(frozenset[int]()),
            st.frozensets(st.integers(0, 1 if base.api == "omni" else 0), max_size=2),
        ),
        meanwhile=st.lists(meanwhile, max_size=3).map(tuple),
        event=st.sampled_from([0, 0, 1, 4, 15] if base.api == "core" else [0]),
        is_late=st.booleans(),
    )

    class Machine(base):  # type: ignore[misc, valid-type]
        @initialize(
            size=st.sampled_from([3, 60, 270, 800, 1_300]),
            seed=st.integers(1, 50),
            most=st.sampled_from([100, 250, 1_000]),
            days=st.sampled_from([0, _DAYS]),
            plan=plans,
        )
        def opened(self, *, size: int, seed: int, most: int, days: int, plan: Plan) -> None:
            self.open(size, seed, most, days)
            self.run(plan)

        @rule(
            befalls=st.lists(changes, max_size=3),
            hours=st.sampled_from([1.0, 5.0, 24.0, 150.0]),
            plan=plans,
        )
        def round(self, befalls: list[tuple[str, int, int]], hours: float, plan: Plan) -> None:
            for change in befalls:
                self.happen(*change)
            self.wait(hours)
            self.run(plan)

    Machine.__name__ = Machine.__qualname__ = f"{base.api.title()}Absence"
    return Machine


OmniAbsence = machine(OmniAccount)
CoreAbsence = machine(CoreAccount)
