"""What a night costs in calls on a Core account, by its size.

Runs over all that is read by default, a day apart by Cin7's clock: a first load, one after which
nothing has changed, and one before which one row of each header list has changed. Documents are
completed, so each one that the second run fetches is a call too many. At 30,000 rows the documents
are those of one kind: fetching all kinds once would take half an hour, and show the same lists.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.child import run
from benchmarks.report import Report
from benchmarks.server import serving
from benchmarks.tap import WITHOUT_LIMITS, command, config, last_state
from tap_cin7.core.resource import CoreList
from tap_cin7.run.apis import APIS

if TYPE_CHECKING:
    from collections.abc import Collection

    from benchmarks.server import Server

SMALL, MEDIUM, LARGE = 300, 3_000, 30_000
DOCUMENTS_OF_LARGE = "stock_adjustments"
HEADER_LISTS = (
    "disassembly_list",
    "finished_goods_list",
    "inventory_write_off_list",
    "money_task_list",
    "production_order_list",
    "stock_adjustment_list",
)
"""Lists that show no change time."""
_DAY_SECONDS = 86_400
_COMPLETED = {"Status": "COMPLETED", "OrderStatus": "COMPLETED"}
_MOST_CALLS = 110
_MOST_MORE = 40


def measure() -> Report:
    """Count the calls of each run at each size."""
    report = Report(
        "Calls of a nightly run, Core, everything that is read by default",
        ("rows of each list", "first load", "nothing new", "a row of each header list changed"),
    )
    counts = {
        SMALL: _nights(SMALL),
        MEDIUM: _nights(MEDIUM),
        LARGE: _nights(LARGE, [*_lists(), DOCUMENTS_OF_LARGE]),
    }
    for size, nights in counts.items():
        kinds = f", documents of {DOCUMENTS_OF_LARGE} only" if size == LARGE else ""
        report.rows.append((f"{size:,}{kinds}", *(f"{night.total():,}" for night in nights)))
    small, medium = counts[SMALL][1].total(), counts[MEDIUM][1].total()
    report.target("calls with nothing new", small, most=_MOST_CALLS)
    report.target("calls with nothing new, ten times the rows", medium, most=small + _MOST_MORE)
    return report


def _lists() -> list[str]:
    """Return the lists that are read by default."""
    resources = APIS["core"].resources()
    return [one.name for one in resources if issubclass(one, CoreList) and one.selected_by_default]


def _nights(size: int, streams: Collection[str] = ()) -> list[Counter[str]]:
    """Return the calls of three runs by stream.

    Args:
        size: Rows of each list.
        streams: What is read; none means what is read by default.

    """
    with (
        tempfile.TemporaryDirectory() as name,
        serving("--default-rows", str(size), core=None) as server,
    ):
        # A state from the future would be refused.
        server.order("clock", advance=-4 * _DAY_SECONDS)
        for stream in HEADER_LISTS:
            _change(server, stream, size, **_COMPLETED)
        state = None
        nights = []
        for night in range(3):
            server.order("clock", advance=_DAY_SECONDS)
            if night == 2:
                for stream in HEADER_LISTS:
                    _change(server, stream, 1, Reference="changed")
            server.forget()
            state = _run(Path(name), server, streams, state)
            nights.append(Counter(call["stream"] for call in server.calls()))
        return nights


def _change(server: Server, stream: str, count: int, **fields: str) -> None:
    server.order("change", api="core", what="edit", stream=stream, count=count, fields=fields)


def _run(folder: Path, server: Server, streams: Collection[str], state: Path | None) -> Path:
    output = folder / "output.jsonl"
    line = command(folder, config(server, "core", **WITHOUT_LIMITS), streams, state)
    run(line, output, core=None)
    kept = folder / "state.json"
    kept.write_text(json.dumps(last_state(output)))
    return kept
