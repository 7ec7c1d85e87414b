"""How much of Cin7's published limits a run uses, at several latencies of the server.

Nothing is scaled: the limits are the published ones and the runs take their minutes, all at
the same time. Counted are the calls that begin within two of the tap's minute windows after
the first one (a window is a second longer than Cin7's minute, so a few per cent less than all
is the most that can be reached); bursts that the limit per second allows lie within, so that
they do not distort.
"""

from __future__ import annotations

import json
import math
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

from benchmarks.child import run
from benchmarks.report import Report
from benchmarks.server import serving
from benchmarks.tap import WITHOUT_LIMITS, command, config, last_state, rows_and_calls

LATENCIES = (0.1, 1.0, 2.0, 4.0)
SPAN_SECONDS = 2 * 61.0
CALLS_ALLOWED = SPAN_SECONDS / 60 * 60
OMNI_LIMITS = ("--limits", "real")
CORE_LIMITS = ("--core-limit", "60")
APART_SECONDS = 1.5
OMNI_PAGE, CORE_PAGE = 250, 1_000


@dataclass(frozen=True)
class Load:
    """What is read, in a hundred calls and some.

    Attributes:
        title: How the table names it.
        api: The API.
        streams: The streams; none means all.
        server: What the sandbox holds and allows.
        page: Rows that one call brings.
        least: The target of calls started by latency.
        useful: The least share of the calls at 2 s latency that bring something, in %.
        prepared: Path of the list that the sandbox is slow to make ready.

    """

    title: str
    api: str
    streams: tuple[str, ...]
    server: tuple[str, ...]
    page: int
    least: dict[float, float]
    useful: float = 0
    prepared: str = ""


LOADS = (
    Load(
        "all Omni streams",
        "omni",
        (),
        ("--default-rows", "1300", *OMNI_LIMITS),
        OMNI_PAGE,
        dict.fromkeys(LATENCIES, 95),
    ),
    Load(
        "all Omni streams, no crowd",
        "omni",
        (),
        ("--default-rows", "1300", "--crowd", "1", "--rows", "sales_orders=4100", *OMNI_LIMITS),
        OMNI_PAGE,
        {2.0: 95},
        useful=98,
    ),
    Load(
        "all Omni streams, one of them long",
        "omni",
        (),
        ("--default-rows", "1300", "--crowd", "1", "--rows", "sales_orders=40000", *OMNI_LIMITS),
        OMNI_PAGE,
        {2.0: 95},
        useful=95,
    ),
    Load(
        "Omni contacts",
        "omni",
        ("contacts",),
        ("--default-rows", "0", "--rows", "contacts=32000", *OMNI_LIMITS),
        OMNI_PAGE,
        {2.0: 95},
        useful=95,
    ),
    Load(
        "Core sale_list",
        "core",
        ("sale_list",),
        ("--default-rows", "0", "--rows", "sale_list=130000", *CORE_LIMITS),
        CORE_PAGE,
        {},
        prepared="/saleList",
    ),
    Load(
        "Core sales (details)",
        "core",
        ("sales",),
        ("--default-rows", "10", "--rows", "sale_list=130", *CORE_LIMITS),
        1,
        {2.0: 95},
    ),
)


@dataclass(frozen=True)
class Use:
    """How a run used the quota.

    Attributes:
        started: Calls that began within the span, as a share of those that Cin7 allows, in %.
        needed: Calls that the rows would have filled, and one more for the end of each list of
            several pages, as a share of all that were made, in %.
        refused: Calls that the limits refused.

    """

    started: float
    needed: float
    refused: int


def measure() -> Report:
    """Measure every load at every latency, and a run that finds nothing new."""
    report = Report(
        "Quota use, and a run that finds nothing new",
        ("calls started of those allowed, %", *(f"{seconds:g} s" for seconds in LATENCIES)),
    )
    jobs = [(load, latency) for load in LOADS for latency in LATENCIES]
    calls, seconds = _nothing_new()
    # A server that makes its rows takes the time of the runs that are under way already.
    ready = Barrier(len(jobs))
    with ThreadPoolExecutor(len(jobs)) as pool:
        uses = list(pool.map(partial(_use, ready), range(len(jobs)), *zip(*jobs, strict=True)))
    by_job = dict(zip(((load.title, latency) for load, latency in jobs), uses, strict=True))
    for load in LOADS:
        found = [by_job[load.title, latency] for latency in LATENCIES]
        report.rows.append((load.title, *(f"{use.started:.1f}" for use in found)))
        least = min(use.needed for use in found)
        refused = ", ".join(str(use.refused) for use in found)
        report.notes.append(
            f"- {load.title}: at least {least:.0f} % of the calls were needed; refused: {refused}"
        )
        for latency, bound in load.least.items():
            use = by_job[load.title, latency]
            what = f"quota used, {load.title} at {latency:g} s"
            report.target(what, use.started, " %", least=bound)
        if load.useful:
            what = f"calls that were needed, {load.title} at 2 s"
            report.target(what, by_job[load.title, 2.0].needed, " %", least=load.useful)
    report.target("calls refused", sum(use.refused for use in uses), most=0)
    report.target("calls of a run over all Omni streams with nothing new", calls, most=23)
    report.target("its time at 1 s latency under Cin7's limits", seconds, " s", most=10)
    return report


def _use(ready: Barrier, number: int, load: Load, latency: float) -> Use:
    with (
        tempfile.TemporaryDirectory() as folder,
        serving("--warm", *load.server, "--latency", str(latency), core=None) as server,
    ):
        if load.prepared:
            server.prepare(load.prepared)
        ready.wait()
        # One after the other, lest the starts of so many programs get in each other's way.
        time.sleep(APART_SECONDS * number)
        line = command(Path(folder), config(server, load.api), load.streams)
        log = run(line, core=None).log
        calls = server.calls()
    return _counted(load, calls, log)


def _counted(load: Load, calls: list[dict[str, Any]], log: str) -> Use:
    # Calls that nobody waits for when the run is over have no status.
    refused = sum(call["status"] not in (0, 200) for call in calls)
    starts = sorted(call["time"] for call in calls)
    if starts[-1] - starts[0] < SPAN_SECONDS - 1:
        raise ValueError(f"{load.title}: too short a run for a measurement")
    within = sum(start - starts[0] < SPAN_SECONDS for start in starts)
    told = rows_and_calls(log).items()
    needed = sum(_needed(name, rows, load.page) for name, (rows, made) in told if made)
    return Use(100 * within / CALLS_ALLOWED, 100 * needed / len(calls), refused)


def _needed(stream: str, rows: int, page: int) -> int:
    """Return the calls that a first load takes at least, the proof of its end included."""
    pages = math.ceil(rows / page) or 1
    if page == 1 or pages == 1:  # documents have no end to ask for
        return pages
    # What lies behind the last row is asked for once more. Payments without a stamp are a list
    # of their own, with a last page and an end of its own.
    return pages + 1 + (2 if stream == "payments" else 0)


def _nothing_new() -> tuple[int, float]:
    """Return calls and seconds of a run over all Omni streams right after another."""
    # Stock and the lists without a stamp are read whole: here a page holds each of them.
    holds = ("--default-rows", "200", "--rows", "stock=200")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        state = folder / "state.json"
        with serving(*holds) as server:
            output = folder / "first.jsonl"
            run(command(folder, config(server, **WITHOUT_LIMITS)), output)
            state.write_text(json.dumps(last_state(output)))
        with serving(*holds, "--latency", "1", *OMNI_LIMITS) as server:
            seconds = run(command(folder, config(server), state=state)).seconds
            return len(server.calls()), seconds
