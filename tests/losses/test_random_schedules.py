"""Random schedules: whatever happens between and during runs, one quiet run makes all well.

Each seed is an account, what befalls it, and how the runs over it end. After the last change one
run that nothing disturbs must leave the target with every row as the account shows it: none
lost, none old. ``LOSSES_EXAMPLES`` says how many schedules for each API, ``LOSSES_FIRST`` with
which seed to begin.
"""

from __future__ import annotations

import os
import random
import signal
from operator import itemgetter
from typing import TYPE_CHECKING

import pytest

from tests.losses.accounts import ORDERS, adjustments, brands, guid, sale, sales
from tests.losses.harness import Target, merged, only, run
from tests.losses.standin import Core, Omni, stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.losses.harness import Result
    from tests.losses.standin import Call, List, Row, Standin, Table

EXAMPLES = int(os.environ.get("LOSSES_EXAMPLES", "25"))
FIRST = int(os.environ.get("LOSSES_FIRST", "0"))
SEEDS = range(FIRST, FIRST + EXAMPLES)
PAYMENTS = "/v1/Payments"
HOURS_BEHIND = 4 * 3_600
"""Schedules take up to three hours of Cin7's clock: some end before our present, some after."""


class Schedule:
    """One account, what befalls it, and the runs over it."""

    def __init__(self, server: Standin, chance: random.Random, streams: tuple[str, ...]) -> None:
        """Set up a schedule; ``befall`` is what subclasses add."""
        self.server = server
        self.chance = chance
        self.catalog = only(server.api, *streams)
        self.target = Target()
        self.state: Row | None = None
        self.merges = chance.random() < 0.5
        self.log: list[str] = []

    def befall(self) -> None:
        """Change the account."""

    def calls_of_a_run(self) -> int:
        """Return about how many calls a run makes."""
        return 12

    def play(self) -> Result:
        """Do the runs, the last of them quiet, and return that one."""
        for _ in range(self.chance.randint(1, 4)):
            self.disturbed_run()
            for _ in range(self.chance.randint(0, 3)):
                self.befall()
            self.server.now += self.chance.choice([1, 30, 400, 2_000])
        self.server.calm()
        self.quieten()
        self.server.now += 60
        return self.run()

    def quieten(self) -> None:
        """End what disturbs the answers."""

    def disturbed_run(self) -> None:
        """Do a run during which things happen, and which may be ended."""
        for _ in range(self.chance.randint(0, 3)):
            number = self.chance.randint(1, self.calls_of_a_run())
            self.server.before("*", number, self._happening())
        end = None
        if self.chance.random() < 0.5:
            how = self.chance.choice([signal.SIGTERM, signal.SIGKILL])
            end = ("*", self.chance.randint(1, self.calls_of_a_run()), how)
        self.run(end)
        self.server.calm()

    def _happening(self) -> Callable[[Call], None]:
        def happen(_call: Call) -> None:
            with self.server.lock:
                self.befall()
                self.server.now += self.chance.choice([0, 0, 5, 60, 400])

        return happen

    def run(self, end: tuple[str, int, signal.Signals] | None = None) -> Result:
        """Do one run, with its records to the target and its state kept."""
        parallel = self.chance.choice([1, 5])
        result = run(self.server, self.catalog, self.state, end=end, max_parallel_requests=parallel)
        self.target.take(result)
        if result.state is not None:
            self.state = merged(self.state, result.state) if self.merges else result.state
        told = "ended" if end else "whole"
        self.log.append(f"{told}: exit {result.exit_code}, {len(result.calls)} calls")
        return result


class OmniSchedule(Schedule):
    """Orders and payments: edits, bulk edits in one second, late rows, future stamps."""

    def __init__(self, server: Omni, chance: random.Random) -> None:
        """Fill the account."""
        super().__init__(server, chance, ("payments", "sales_orders"))
        self.tables: list[tuple[Table, str]] = [
            (server.table(ORDERS), "reference"),
            (server.table(PAYMENTS), "comments"),
        ]
        self._next = 1
        for table, text in self.tables:
            crowds = [server.now - chance.randint(500, 9_000) for _ in range(3)]
            for _ in range(chance.choice([0, 20, 260, 700])):
                moment = chance.choice(crowds) if chance.random() < 0.7 else server.now - 20_000
                self._insert(table, text, moment + chance.choice([0, 0, chance.randint(0, 400)]))

    def _insert(self, table: Table, text: str, moment: float, late: float = 0.0) -> None:
        number, self._next = self._next, self._next + 1
        at = stamp(moment)
        unstamped = table is self.tables[1][0] and self.chance.random() < 0.3
        modified = None if unstamped else at
        # Ids in no order of time.
        key = (number * 7_919) % 100_003
        table.put({"id": key, "createdDate": at, "modifiedDate": modified, text: "new"}, late=late)

    def befall(self) -> None:
        """Edit, insert or drop rows of one list."""
        table, text = self.chance.choice(self.tables)
        chance, server = self.chance, self.server
        present = [row["id"] for row in table.visible()]
        late = chance.choice([0.0, 0.0, float(chance.randint(1, 20))])
        kind = chance.choice(["edit", "edit", "bulk", "insert", "drop", "future"])
        word = f"{kind} {len(self.log)} {chance.random():.6f}"
        if kind == "insert" or not present:
            for _ in range(chance.choice([1, 3, 300])):
                self._insert(table, text, server.now, late)
        elif kind == "drop":
            table.drop(*chance.sample(present, min(len(present), 3)))
        else:
            count = chance.choice([300, 600]) if kind == "bulk" else chance.randint(1, 8)
            changes: Row = {text: word}
            for key in chance.sample(present, min(len(present), count)):
                table.edit(key, late=late, **changes)
            if kind == "future":
                odd = chance.choice(present)
                moment = stamp(server.now + chance.choice([90, 7_200, 10**8]))
                table.edit(odd, **{**changes, "modifiedDate": moment})


class CoreSchedule(Schedule):
    """Sales and adjustments in full, a reference list: edits, drafts that vanish, odd totals."""

    def __init__(self, server: Core, chance: random.Random) -> None:
        """Fill the account."""
        super().__init__(server, chance, ("brands", "sale_list", "sales", "stock_adjustments"))
        self.sales = sales(server, chance.choice([0, 5, 40]), apart=chance.choice([0.0, 30.0]))
        self.adjustments = adjustments(server, chance.choice([0, 3, 25]))
        self.brands = brands(server, chance.choice([0, 5, 60]))
        self._next = 1_000
        for served in self._served():
            served.most = chance.choice([10, 25, 1_000])
            served.order = chance.choice(["insertion", "newest first", "random"])
            # In an order that is random each time nothing but the Total tells what is missing.
            if served.order != "random":
                served.total = chance.choice([served.total, lambda right: right // 2, None])

    def _served(self) -> tuple[List, ...]:
        return self.sales, self.adjustments, self.brands

    def calls_of_a_run(self) -> int:
        """Return about how many calls a run makes."""
        return self.chance.choice([8, 40, 80])

    def quieten(self) -> None:
        """Let lists come in one order and say how many they are."""
        for served in self._served():
            served.order, served.total = "insertion", lambda right: right

    def befall(self) -> None:
        """Edit, insert or drop rows of one list."""
        served = self.chance.choice(self._served())
        table = served.table
        present = [row[table.by] for row in table.visible()]
        late = self.chance.choice([0.0, 0.0, float(self.chance.randint(1, 20))])
        word = f"E{len(self.log)} {self.chance.random():.6f}"
        kind = self.chance.choice(["edit", "edit", "bulk", "insert", "vanish", "both"])
        if kind in ("vanish", "both") and present:
            table.drop(*self.chance.sample(present, min(len(present), 2)))
            present = [row[table.by] for row in table.visible()]
        if kind in ("insert", "both") or not present:
            for _ in range(2):
                self._insert(served, late)
        elif kind != "vanish":
            count = 20 if kind == "bulk" else 2
            for key in self.chance.sample(present, min(len(present), count)):
                self._edit(served, key, word, late)

    def _insert(self, served: List, late: float) -> None:
        key, self._next = guid(self._next), self._next + 1
        if served is self.sales:
            served.table.put(sale(self._next - 1, stamp(self.server.now)), late=late)
        elif served is self.brands:
            served.table.put({"ID": key, "Name": "new"}, late=late)
        else:
            served.table.put(
                {
                    "TaskID": key,
                    "EffectiveDate": "2026-03-01T00:00:00Z",
                    "Status": self.chance.choice(["DRAFT", "COMPLETED"]),
                    "Reference": "new",
                },
                late=late,
            )

    def _edit(self, served: List, key: str, word: str, late: float) -> None:
        if served is self.sales:
            served.table.edit(key, late=late, Status=word)
        elif served is self.brands:
            served.table.edit(key, late=late, Name=word)
        else:
            served.table.edit(key, late=late, Reference=word)


def short_of(
    target: Target, stream: str, table: Table, told: Callable[[Row], object], key: str
) -> list[object]:
    """Return the keys of visible rows that the target lacks or holds in an older version."""
    column = table.by if stream != "sales" else "ID"
    held = {row[column]: told(row) for row in target.rows(stream)}
    return [
        row[table.by] for row in table.visible() if held.get(row[table.by], ...) != row.get(key)
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_after_any_schedule_one_quiet_run_brings_omni_up_to_date(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    ahead = chance.uniform(-900, 900) - chance.choice([0, HOURS_BEHIND])
    pace = chance.choice([0.0, 0.3, 2.0, 20.0])
    with Omni(ahead=ahead, seconds_per_call=pace, seed=seed) as server:
        schedule = OmniSchedule(server, chance)
        quiet = schedule.play()
        assert quiet.exit_code == 0, quiet.stderr
        for stream, (table, text) in zip(
            ("sales_orders", "payments"), schedule.tables, strict=True
        ):
            short = short_of(schedule.target, stream, table, itemgetter(text), text)
            assert not short, f"{stream}: {len(short)} lost or old; {schedule.log}"


@pytest.mark.parametrize("seed", SEEDS)
def test_after_any_schedule_one_quiet_run_brings_core_up_to_date(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    ahead = chance.uniform(-900, 900) - chance.choice([0, HOURS_BEHIND])
    pace = chance.choice([0.0, 0.3, 2.0, 20.0])
    with Core(ahead=ahead, seconds_per_call=pace, seed=seed) as server:
        schedule = CoreSchedule(server, chance)
        quiet = schedule.play()
        assert quiet.exit_code == 0, quiet.stderr
        target = schedule.target
        wanted: list[tuple[str, List, str, Callable[[Row], object]]] = [
            ("sale_list", schedule.sales, "Status", lambda row: row["Status"]),
            ("sales", schedule.sales, "Status", lambda row: row["Order"]["Status"]),
            ("brands", schedule.brands, "Name", lambda row: row["Name"]),
            ("stock_adjustments", schedule.adjustments, "Reference", lambda row: row["Reference"]),
        ]
        for stream, served, key, told in wanted:
            short = short_of(target, stream, served.table, told, key)
            assert not short, f"{stream}: {len(short)} lost or old; {schedule.log}"
