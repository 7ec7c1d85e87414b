"""Schedules as state machines of hypothesis: an account changes, runs end, the target is right.

The steps of a schedule change the account, turn the habits of the server, and run the tap, which
ends in one of many ways. At the end all is quiet and two runs follow. After the first, an ordinary
one, the target has every row as Cin7 shows it. After the second, which reads everything again, it
has nothing else: what is gone has gone.
"""

from __future__ import annotations

import signal
import tempfile
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, Literal, ParamSpec, TypeAlias, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from sandbox import Clock, Sandbox, odd
from sandbox.changes import Plans
from sandbox.faults import LYING_KINDS, Faults
from sandbox.stamps import TICKS_PER_SECOND, from_ticks
from tests.chaos.accounts import CORE, OMNI, Account, Stream
from tests.chaos.runs import End, Result, catalog, run, write
from tests.chaos.target import Target, merged

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.store import Store
    from tests.chaos.target import Key, Row

_P = ParamSpec("_P")
_T = TypeVar("_T")
Whole: TypeAlias = Literal["no state", "full", "days"]

DAYS_BEHIND = -7 * 86_400
_DAY = 90_000
"""Seconds, and some more."""
_MOST_DAYS = 3
_AHEAD = {1: 90, 3: 7_200, 30: 86_400, 300: 10**9}
"""Seconds by which a stamp is wrong, by the count of its event."""
_MOST_ADDED = 30
_MOST_TRICKLING = 5
_TRICKLE_SECONDS = 3.0
_SETTLING_SECONDS = 60.0
_SHARE_DELETED = 4
_QUICK = {
    "requests_per_second": 1_000,
    "requests_per_minute": 60_000,
    "requests_per_day": 10_000_000,
    "request_timeout": 20,
    "retry_wait_seconds": 0,
}
_UNHEARD_OF = "NeverHeardOf"
_GUARD = "nothing is reported as gone"
_NOT_BELIEVED = "before the next run says so too"
_TOO_LOW = 11
"""A ``Total`` that is the size of no page, so that a page of as many rows never seems to be all."""
_MOST_DOUBTS = 3
"""Readings in a row that are not believed; the next one is."""


@dataclass(frozen=True)
class Event:
    """Something that befalls the account.

    Attributes:
        what: A change of the sandbox; ``trickle`` edits rows some seconds apart, ``swap`` deletes
            one and adds another, ``lines`` takes lines out of documents, ``advance`` moves Cin7's
            clock.
        table: Whose rows.
        count: How many, or seconds.

    """

    what: str
    table: str
    count: int

    def __repr__(self) -> str:
        return f"Event({self.what!r}, {self.table!r}, {self.count})"


@dataclass(frozen=True)
class Plan:
    """What a run is like.

    Attributes:
        end: How it ends before its time, if it does.
        meanwhile: Number of a call, and what befalls the account after it.
        churn: Rows that are edited after each page, in the list that it is of.
        fault_rate: Share of calls that meet a fault, in percent.
        wrong_rate: Share of calls that are answered with something else, in percent.
        lies: Whether lists may be short, and look whole.
        spoilt: Share of documents, in percent, that are answered with something else whenever they
            are asked for, and with what.
        broken: Tables whose lists are answered with something else each time, and with what.
        outage: Calls that find Cin7 down, from which call on.
        left_out: Streams that are not selected.
        full: Streams that are read as full tables.
        parallel: Calls in flight.
        lost: STATE messages at the end that the target did not persist.
        crash: Whether the target has lost the records after them, too.
        merges: Whether the new state is merged into the old one.

    """

    end: End | None = None
    meanwhile: tuple[tuple[int, Event], ...] = ()
    churn: int = 0
    fault_rate: int = 0
    wrong_rate: int = 0
    lies: bool = False
    spoilt: tuple[int, str] | None = None
    broken: tuple[tuple[str, str], ...] = ()
    outage: tuple[int, int] | None = None
    left_out: frozenset[str] = frozenset()
    full: frozenset[str] = frozenset()
    parallel: int = 5
    lost: int = 0
    crash: bool = False
    merges: bool = False

    def __repr__(self) -> str:
        given = {n: v for n, v in vars(self).items() if v != getattr(QUIET, n, ...)}
        return f"Plan({', '.join(f'{n}={v!r}' for n, v in given.items())})"


QUIET = Plan()


def events(account: Account) -> st.SearchStrategy[Event]:
    """Return what may befall an account."""
    tables = [one.table for one in account.tables]
    whats = ["edit", "bulk", "add", "delete", "void", "vanish", "swap", "misdate"]
    if account.api == "omni":
        whats.append("lines")
    return st.one_of(
        st.builds(
            Event, st.sampled_from(whats), st.sampled_from(tables), st.sampled_from([1, 3, 30, 300])
        ),
        st.builds(Event, st.just("advance"), st.just(""), st.sampled_from([1, 20, 60])),
    )


def _ends() -> st.SearchStrategy[End]:
    number = st.one_of(st.integers(1, 40), st.integers(40, 3_000))
    return st.one_of(
        st.builds(
            End, st.sampled_from(["TERM", "KILL", "close", "stall"]), st.just("line"), number
        ),
        st.builds(End, st.sampled_from(["TERM", "KILL"]), st.just("call"), st.integers(1, 60)),
        st.builds(End, st.just("minutes"), st.just("line"), st.integers(1, 40)),
    )


def plans(account: Account) -> st.SearchStrategy[Plan]:
    """Return how a run may go."""
    names = [one.name for one in account.streams]
    tables = st.sampled_from([one.table for one in account.tables])
    wrong = st.sampled_from(account.wrong)
    spoilt = st.tuples(st.sampled_from([5, 30, 100]), wrong)
    some = st.frozensets(st.sampled_from(names), max_size=len(names) - 1)
    seldom = st.one_of(st.just(frozenset[str]()), st.just(frozenset[str]()), some)
    return st.builds(
        Plan,
        end=st.one_of(st.none(), st.none(), _ends(), _ends()),
        meanwhile=st.lists(st.tuples(st.integers(1, 40), events(account)), max_size=8).map(tuple),
        churn=st.sampled_from([0, 0, 0, 1, 3]),
        fault_rate=st.sampled_from([0, 0, 0, 10, 40]),
        wrong_rate=st.sampled_from([0, 0, 5, 20]),
        lies=st.booleans(),
        spoilt=st.one_of(st.none(), spoilt) if account.api == "core" else st.none(),
        broken=st.lists(st.tuples(tables, wrong), max_size=1).map(tuple),
        outage=st.one_of(
            st.none(), st.none(), st.tuples(st.integers(1, 30), st.sampled_from([1, 5, 30]))
        ),
        left_out=seldom,
        full=seldom,
        parallel=st.sampled_from([1, 5]),
        lost=st.sampled_from([0, 0, 0, 1, 2, 5, 50]),
        crash=st.booleans(),
        merges=st.booleans(),
    )


@dataclass
class Log:
    """What a schedule did, as a script, with what came of each step."""

    lines: list[str] = field(default_factory=list)

    def add(self, line: str, outcome: object = "") -> None:
        """Note a step."""
        self.lines.append(f"{line}  # {outcome}" if outcome != "" else line)

    def __str__(self) -> str:
        """Return the script."""
        return "\n".join(self.lines)


def _scripted(
    step: Callable[Concatenate[Schedule, _P], _T],
) -> Callable[Concatenate[Schedule, _P], _T]:
    """Return a step that tells, when it fails, the script that led there."""

    @wraps(step)
    def scripted(self: Schedule, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return step(self, *args, **kwargs)
        except AssertionError as error:
            script = f"schedule = {type(self).__name__}()"
            if script in str(error):
                raise
            raise AssertionError(f"{error}\n\n{script}\n{self.log}") from error

    return scripted


class Schedule(RuleBasedStateMachine):
    """One account, what befalls it, and the runs over it."""

    account: ClassVar[Account]

    def __init__(self) -> None:
        """Set up nothing yet: ``open`` does."""
        super().__init__()
        self.log = Log()
        self.target = Target()
        self.state: Row | None = None
        self.server: Sandbox | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="chaos-")
        self._runs = 0
        self._words = 0
        self._deleted: dict[str, int] = {}
        self._spoilt: set[str] = set()
        self._days = 0
        self._late = False
        self._behind: set[str] = set()
        self._loaded = self._was_cut = False

    # Steps.

    def open(  # noqa: PLR0913, PLR0917 - a script reads best with all of them in one line
        self,
        size: int = 0,
        offset: int = 0,
        seed: int = 1,
        whole: Whole = "no state",
        late: int = 0,
        page: int = 0,
    ) -> None:
        """Open the account.

        Args:
            size: Which of its sizes.
            offset: Seconds by which Cin7's clock is ahead of ours.
            seed: Of its data.
            whole: How the last run reads everything again; ``days`` is ``full_refresh_days``.
            late: How many seconds after it was made a change becomes visible, at most.
            page: Rows that a page of Core has at most; 0 for as many as are asked for.

        """
        self.log.add(f"schedule.open({size}, {offset}, {seed}, {whole!r}, {late}, {page})")
        rows = self.account.sizes[size]
        self.whole = whole
        self.server = Sandbox(
            seed=seed,
            default_rows=0,
            rows=rows,
            clock=Clock(offset_seconds=offset),
            faults=Faults(kinds=self.account.faults, delay_seconds=0.01),
        )
        self.server.start()
        self.server.behave(late_seconds=(0, late), page_size=page or None)
        self._sizes = {one.table: rows[one.table] for one in self.account.tables}
        self._offset = offset
        self._late = bool(late)

    def happen(self, event: Event) -> None:
        """Let something befall the account."""
        self.log.add(f"schedule.happen({event!r})", self._happen(event))

    def wait(self, seconds: int) -> None:
        """Let time pass at Cin7."""
        self.log.add(f"schedule.wait({seconds})")
        self.sandbox.time.advance(seconds)

    def behave(self, table: str, switch: str, value: Any) -> None:  # noqa: ANN401
        """Turn a habit of a list and of its documents."""
        self.log.add(f"schedule.behave({table!r}, {switch!r}, {value!r})")
        streams = [one for one in self.account.streams if one.table == table]
        if switch == "behind_seconds":
            if not self._may_be_behind(streams[0]):
                return
            self._behind.add(table)
        for name in {table, *(one.name for one in streams)}:
            if switch == "plant":
                column = next(one.edited for one in streams if one.edited)
                self._spoilt.add(column)
                self.sandbox.behave(name, plant={column: odd(value)})
            else:
                self.sandbox.behave(name, **{switch: value})

    def _may_be_behind(self, stream: Stream) -> bool:
        """Tell whether the documents of a table may be behind its list without being lost.

        Those of which the list tells no stamp must not while all of them are read.
        """
        has_documents = any(
            one.table == stream.table and one.name != stream.table for one in self.account.streams
        )
        is_stamped = any(
            one.table == stream.table and one.stamp == "Updated" for one in self.account.streams
        )
        return has_documents and (is_stamped or (self._loaded and self.whole != "days"))

    @_scripted
    def run(self, plan: Plan) -> Result:
        """Run the tap as planned, and take what the target has of it."""
        resumed = self._resumed()
        result = self._run(plan)
        kept = f"{len(result.messages)} messages, {len(result.states)} states"
        self.log.add(f"schedule.run({plan!r})", f"exit {result.exit_code}, {kept}")
        self._check(plan, result)
        self._persist(plan, result)
        if result.exit_code == 0 and self._was_still(plan):
            self._must_be_there(plan.left_out.union(resumed), result)
        self._was_cut |= result.exit_code != 0 or plan.end is not None
        self._loaded |= result.exit_code == 0 and plan.end is None and not plan.left_out
        return result

    @_scripted
    def finish(self) -> None:
        """Let all be quiet, read, and compare the target with Cin7."""
        self.log.add("schedule.finish()")
        self._calm()
        self._after_a_day()
        self.sandbox.reset_calls()
        resumed = self._resumed()
        self._read(QUIET)
        self._must_be_cheap(len(self.sandbox.calls))
        ordinary = dict.fromkeys(self.account.by_name, Target(self.target))
        if resumed:
            self._read(QUIET)
            ordinary |= dict.fromkeys(resumed, Target(self.target))
        if self.whole == "days":
            self.wait(_DAY)
        if self.whole == "no state":
            self.state = None
        names = frozenset(self.account.by_name)
        whole = self._read(Plan(full=names) if self.whole == "full" else QUIET)
        # A row goes when two whole readings in a row did not bring it, and the first of them may
        # have gone on with one that brought it.
        for _ in range(2):
            if self.whole == "days":
                self.wait(_DAY)
            full = Plan() if self.whole == "days" else Plan(full=names)
            whole = self._read(full)
        truth = self._truth()
        self._compare_with_sandbox(truth)
        for stream in self.account.streams:
            self._compare(stream, ordinary[stream.name], truth, is_whole=False)
            is_whole = _GUARD not in whole.stderr and (
                self.whole == "days" or stream.is_whole_if_asked
            )
            self._compare(stream, self.target, truth, is_whole=is_whole)

    def _read(self, plan: Plan) -> Result:
        """Run once, and again while what is read whole is not believed, if there is a reason.

        The newest rows are gone, or the reading before took several runs: each of them counted
        what had changed, and a small list changes as a whole.
        """
        result = self.run(plan)
        for _ in range(_MOST_DOUBTS):
            if _NOT_BELIEVED in result.stderr and (self._deleted or self._was_cut):
                result = self.run(plan)
        self._must_be_good(result)
        return result

    def _resumed(self) -> list[str]:
        """Return the lists without changes that an earlier run began: its rows are of that time."""
        entries = (self.state or {}).get("bookmarks", {})
        held = {
            one.name: entries.get(one.name, {}) for one in self.account.streams if one.announces
        }
        return [
            name
            for name, entry in held.items()
            if entry.get("place") or not (entry.get("load") or {"over": True})["over"]
        ]

    def _after_a_day(self) -> None:
        """Wait until lists are read from the oldest document that is owed: it may be deleted."""
        if self._offset == DAYS_BEHIND:
            self.wait(_DAY)

    def _must_be_cheap(self, calls: int) -> None:
        """Check that what was missed comes in few calls: each row at most thrice, and the lists."""
        rows = sum(len(self.store.rows(one.table)) for one in self.account.tables)
        assert calls <= 3 * rows + 100, f"{calls} calls for {rows} rows after all is quiet"

    def _truth(self) -> Target:
        """Return what a run that knows nothing reads, while nothing happens."""
        self.state = None
        self._must_be_good(fresh := self._run(QUIET))
        truth = Target()
        truth.take(fresh.messages)
        return truth

    def teardown(self) -> None:
        """Compare at the end, and stop the server."""
        try:
            if self.server is not None and self._runs:
                self.finish()
        finally:
            self.close()

    def close(self) -> None:
        """Stop the server."""
        if self.server is not None:
            self.server.stop()
        self._folder.cleanup()

    # The account.

    @property
    def sandbox(self) -> Sandbox:
        """The server."""
        assert self.server is not None
        return self.server

    @property
    def store(self) -> Store:
        """The account's data."""
        return self.sandbox.store_of(self.account.api)

    def _happen(self, event: Event) -> str:
        if event.what == "advance":
            self.sandbox.time.advance(event.count)
            return ""
        stream = next(one for one in self.account.tables if one.table == event.table)
        with self.store.lock:
            return self._change(event, stream)

    def _change(self, event: Event, stream: Stream) -> str:
        what, table, count = event.what, event.table, event.count
        if what in ("delete", "vanish"):
            return self._delete(what, table, count)
        if what == "swap":
            gone = self._changing("delete", table)
            return f"{gone}, {self._change(Event('add', table, 1), stream)}"
        if what == "trickle":
            for _ in range(min(count, _MOST_TRICKLING)):
                self._change(Event("edit", table, 1), stream)
                self.sandbox.time.advance(_TRICKLE_SECONDS)
            return ""
        if what == "lines":
            return self._cut_lines(table, count)
        if what == "misdate":
            stamp = from_ticks(self.sandbox.time.ticks() + _AHEAD[count] * TICKS_PER_SECOND)
            return self._changing(what, table, stamp=stamp)
        if what == "add":
            count = min(count, _MOST_ADDED)  # the sandbox makes each of them in full
        fields = {} if what == "void" else self._fresh(stream)
        return self._changing(what, table, count=count, **fields)

    def _delete(self, what: str, table: str, count: int) -> str:
        """Delete rows, but never so many in all that nobody would believe it."""
        spent = self._deleted.get(table, 0)
        number = max(min(count, self._sizes[table] // _SHARE_DELETED - spent), 0)
        self._deleted[table] = spent + number
        return self._changing(what, table, count=number)

    def _changing(self, what: Any, table: str, **more: Any) -> str:  # noqa: ANN401
        changed = self.sandbox.change(what, table, api=self.account.api, **more)
        return f"{len(changed)} {what}"

    def _fresh(self, stream: Stream) -> Row:
        """Return a value that no row has had."""
        self._words += 1
        if stream.edited in ("available", "OnHand"):
            return {stream.edited: self._words}
        return {stream.edited: f"word {self._words}"}

    def _cut_lines(self, table: str, count: int) -> str:
        if table != "sales_orders":
            return "nothing"
        self._deleted.setdefault(table, 0)
        # A line that goes in the very second in which its order was read leaves the stamp as it is.
        self.sandbox.time.advance(1)
        for key in self.store.all_keys(table)[: min(count, 3)]:
            lines = self.store.row(table, key)["lineItems"]
            self.store.edit(table, key, lineItems=lines[1:])
        return "cut"

    # Runs.

    def _run(self, plan: Plan) -> Result:
        server = self.sandbox
        self._runs += 1
        folder = Path(self._folder.name, str(self._runs))
        folder.mkdir()
        faults = server.faults
        server.gate.edits.per_call = plan.churn
        faults.rate = (plan.fault_rate + self._wrong_rate(plan)) / 100
        faults.seed, faults.kinds = self._runs, self._kinds(plan)
        if plan.spoilt is not None and self._may_owe:
            faults.spoil(plan.spoilt[1], plan.spoilt[0] / 100)
        for table, kind in plan.broken:
            server.always(table, kind)
        for number, event in plan.meanwhile:
            server.after(number, self._happening(event))
        if plan.outage is not None:
            first, calls = plan.outage
            server.after(first, lambda: server.outages.begin(calls=calls))
        chosen = frozenset(self.account.by_name) - plan.left_out
        arguments = write(
            folder,
            config=self._config(plan),
            catalog=catalog(self.account.api, chosen, plan.full & chosen),
            state=self.state,
        )
        result = run(arguments, folder, plan.end, server.after)
        faults.rate = server.gate.edits.per_call = 0
        faults.mend()
        for table, _ in plan.broken:
            server.heal(table)
        server.outages.end()
        server.gate.plans = Plans()
        return result

    def _kinds(self, plan: Plan) -> tuple[int | str, ...]:
        """Return what calls meet: ordinary faults and wrong answers as often as the plan says."""
        wrong = self.account.wrong + (LYING_KINDS if plan.lies else ())
        return self.account.faults * plan.fault_rate + wrong * self._wrong_rate(plan)

    def _wrong_rate(self, plan: Plan) -> int:
        return plan.wrong_rate if self._may_owe else 0

    @property
    def _may_owe(self) -> bool:
        """Whether a day may pass at the end, after which what is deleted is owed no longer."""
        return self.account.api == "omni" or self._offset == DAYS_BEHIND

    def _happening(self, event: Event) -> Callable[[], None]:
        def happen() -> None:
            self._happen(event)

        return happen

    def _config(self, plan: Plan) -> Row:
        server = self.sandbox
        access = server.access if self.account.api == "omni" else server.core_access
        is_timed = plan.end is not None and plan.end.how == "minutes"
        return {
            "api": self.account.api,
            **access,
            **_QUICK,
            "max_parallel_requests": plan.parallel,
            "full_refresh_days": int(self.whole == "days"),
            "max_run_minutes": int(is_timed),
            **({"recheck_days": 0} if self.account.api == "core" else {}),
        }

    def _check(self, plan: Plan, result: Result) -> None:
        """Check what holds for every run, whatever happened to it."""
        assert "Traceback" not in result.stderr, result.stderr
        allowed = {0, 1}
        if plan.end is not None:
            if plan.end.how in ("TERM", "stall"):
                allowed |= {128 + signal.SIGTERM, -signal.SIGTERM}
            if plan.end.how == "KILL":
                allowed |= {-signal.SIGKILL}
        assert result.exit_code in allowed, (result.exit_code, result.stderr)
        reads_on = plan.end is None or plan.end.how in ("TERM", "minutes")
        if reads_on and result.exit_code in (0, 128 + signal.SIGTERM):
            assert result.messages, result.stderr
            assert result.messages[-1]["type"] == "STATE", result.stderr

    def _was_still(self, plan: Plan) -> bool:
        """Tell whether nothing befell the account in a run, and nothing in it shows late."""
        ends = plan.end is None and not plan.lost
        return ends and not (plan.meanwhile or plan.churn or plan.lies or self._late)

    def _must_be_there(self, left_out: frozenset[str], result: Result) -> None:
        """Check that a run which says that all is well has brought all that there is.

        Args:
            left_out: Streams that were not read, or of which an earlier run had read a part.
            result: Of the run.

        """
        skipped = [line for line in result.stderr.splitlines() if "skipped" in line]
        for stream in self.account.streams:
            is_read = stream.name not in left_out
            if not (stream.table and stream.keys and is_read) or stream.table in self._behind:
                continue
            if any(f" {stream.name}: " in line for line in skipped):
                continue
            there = {tuple(row[n] for n in stream.keys) for row in self.store.rows(stream.table)}
            missing = there - self.target.rows(stream.name).keys()
            told = f"{stream.name}: {len(missing)} rows missing after a run that ended with 0"
            assert not missing, f"{told}: {sorted(missing, key=repr)[:3]}"

    def _persist(self, plan: Plan, result: Result) -> None:
        """Keep the records and the state that the target has persisted."""
        states, messages = result.states, result.messages
        kept = states[: max(len(states) - plan.lost, 0)]
        if plan.lost and plan.crash:
            messages = messages[: kept[-1] + 1] if kept else []
        self.target.take(messages)
        if kept:
            value = result.messages[kept[-1]]["value"]
            self.state = merged(self.state, value) if plan.merges else value

    # The end.

    def _calm(self) -> None:
        server = self.sandbox
        server.behave_well()
        server.faults.rate = 0
        server.accept()
        server.time.advance(_SETTLING_SECONDS)
        for stream in self.account.tables:
            self.store.settle(stream.table)

    def _must_be_good(self, result: Result) -> None:
        doubts = _GUARD in result.stderr and bool(self._deleted)
        assert result.exit_code == 0 or doubts, result.stderr

    def _compare_with_sandbox(self, truth: Target) -> None:
        """Check that the last whole run read what the sandbox has."""
        for stream in self.account.streams:
            if not stream.table:
                continue
            rows, read = self.store.rows(stream.table), truth.rows(stream.name)
            if not stream.keys:
                if stream.name != "money_operations":
                    assert len(read) == len(rows), (stream.name, len(read), len(rows))
                continue
            held = {tuple(row[name] for name in stream.keys): row for row in rows}
            assert read.keys() == held.keys(), (stream.name, read.keys() ^ held.keys())
            edited = stream.edited
            if edited and edited not in self._spoilt:
                for key, row in held.items():
                    assert read[key][edited] == row[edited], (stream.name, key)

    def _compare(self, stream: Stream, target: Target, truth: Target, *, is_whole: bool) -> None:
        ignored = stream.ignored | self._spoilt
        held = _without(ignored, target.rows(stream.name))
        right = _without(ignored, truth.rows(stream.name))
        told = "after the whole run" if is_whole else "after the quiet run"
        if stream.name == "transactions" and not is_whole:
            return
        missing = [key for key in right if key not in held]
        assert not missing, f"{stream.name}: {len(missing)} rows missing {told}: {missing[:3]}"
        stale = [key for key in right if held[key] != right[key]]
        if stale:
            old, new = held[stale[0]], right[stale[0]]
            names = sorted(name for name in new if old.get(name) != new[name])
            shown = [(name, old.get(name), new[name]) for name in names[:3]]
            raise AssertionError(
                f"{stream.name}: {len(stale)} rows stale {told}: {stale[0]}: {shown}"
            )
        extra = [key for key in held if key not in right]
        if stream.parent and not is_whole:
            extra = [key for key in extra if self._is_fresh(stream, key, target, truth)]
        elif not is_whole:  # what is gone leaves after two whole readings
            extra = []
        assert not extra, f"{stream.name}: {len(extra)} rows too many {told}: {extra[:3]}"

    def _is_fresh(self, stream: Stream, key: Key, target: Target, truth: Target) -> bool:
        """Tell whether a line claims to be of its parent as it is."""
        parent = self.account.by_name[stream.parent]
        row = target.rows(stream.name)[key]
        owner = (key[0],)
        if owner not in truth.rows(parent.name):
            return False
        return bool(row["parent_modified"] >= target.rows(parent.name)[owner][parent.stamp])


def _without(names: frozenset[str] | set[str], rows: dict[Key, Row]) -> dict[Key, Row]:
    return {
        key: {name: _alike(value) for name, value in row.items() if name not in names}
        for key, row in rows.items()
    }


def _alike(value: Any) -> Any:  # noqa: ANN401
    """Return a value as it is whatever the habits were when its row was read.

    The names in an open object are data: they come in the case, and with the additions, that a
    habit gave them.
    """
    if isinstance(value, list):
        return [_alike(one) for one in value]
    if isinstance(value, dict):
        return {n.lower(): _alike(one) for n, one in value.items() if n != _UNHEARD_OF}
    return value


def _habits(account: Account) -> st.SearchStrategy[tuple[str, Any]]:
    common: list[st.SearchStrategy[tuple[str, Any]]] = [
        st.tuples(st.just("case"), st.sampled_from(["lower", "upper", "camel", "pascal"])),
        st.tuples(st.just("extra"), st.just({_UNHEARD_OF: {"a": [1]}})),
        st.tuples(
            st.just("plant"),
            st.sampled_from(["surrogate", "latin-1", "control", "nul", "nan", "huge", "deep"]),
        ),
    ]
    if account.api == "omni":
        return st.one_of(*common, st.tuples(st.just("ties"), st.just("random")))
    common.append(st.tuples(st.just("behind_seconds"), st.sampled_from([5, 20])))
    orders = ["insertion", "ascending", "descending", "random"]
    return st.one_of(
        *common,
        st.tuples(st.just("order"), st.sampled_from(orders)),
        st.tuples(
            st.just("total"),
            st.sampled_from(["missing", "true", "limit", "stale", 0, _TOO_LOW, 50_000]),
        ),
        st.tuples(st.just("page_size"), st.sampled_from([3, 10, 25])),
    )


def machine(account: Account) -> type[Schedule]:
    """Return the state machine of an account."""
    tables = st.sampled_from([one.table for one in account.tables])
    sizes = st.integers(0, len(account.sizes) - 1)

    class Machine(Schedule):
        @initialize(
            size=sizes,
            offset=st.sampled_from([0, -900, 900, *[DAYS_BEHIND] * 3]),
            seed=st.integers(1, 5),
            whole=st.sampled_from(["no state", "full", "days"]),
            late=st.sampled_from([0, 20, 20]),
            page=st.sampled_from([0, 5, 10, 25] if account.api == "core" else [0]),
            plan=plans(account),
        )
        def opened(  # noqa: PLR0913 - each is drawn for itself
            self,
            *,
            size: int,
            offset: int,
            seed: int,
            whole: Whole,
            late: int,
            page: int,
            plan: Plan,
        ) -> None:
            # State in which Cin7 is a day ahead of us would be refused.
            self.open(size, DAYS_BEHIND if whole == "days" else offset, seed, whole, late, page)
            self.run(plan)

        @rule(
            habits=st.lists(st.tuples(tables, _habits(account)), max_size=2),
            trickling=st.sampled_from(["", *(one.table for one in account.tables)]),
            befalls=st.lists(events(account), max_size=5),
            seconds=st.sampled_from([0, 0, 1, 5, 30, 400, 2_000, _DAY]),
            plan=plans(account),
        )
        def round(
            self,
            habits: list[tuple[str, tuple[str, Any]]],
            trickling: str,
            befalls: list[Event],
            seconds: int,
            plan: Plan,
        ) -> None:
            for table, habit in habits:
                self.behave(table, *habit)
            for event in befalls:
                self.happen(event)
            if trickling:
                self.happen(Event("trickle", trickling, 3))
            if seconds < _DAY or (self._offset == DAYS_BEHIND and self._days < _MOST_DAYS):
                self._days += seconds == _DAY
                self.wait(seconds)
            self.run(plan)

    Machine.account = account
    Machine.__name__ = Machine.__qualname__ = f"{account.api.title()}Schedule"
    return Machine


OmniSchedule = machine(OMNI)
CoreSchedule = machine(CORE)
