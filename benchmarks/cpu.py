"""Records per second and processor time per record, against a plain tap and the floor."""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.child import python, run
from benchmarks.report import Report, ratios
from benchmarks.server import Server, serving
from benchmarks.tap import WITHOUT_LIMITS, command, config

ROUNDS = 5
PARENT = "sales_orders"


@dataclass(frozen=True)
class Contest:
    """What the tap, a plain tap and the floor all do.

    Attributes:
        title: Heading of the report.
        streams: The streams that are written; the first is sales orders.
        few: Sales orders of the short run.
        many: Sales orders of the long one; what it costs more is what is measured.
        cheaper: How many times its processor time the plain tap takes.
        dearer: How many times the processor time of the floor it takes.

    """

    title: str
    streams: tuple[str, ...]
    few: int
    many: int
    cheaper: float
    dearer: float


ORDERS = Contest("Records per second and processor time per record", (PARENT,), 2_500, 22_500, 4, 2)


class PerOrder(NamedTuple):
    """What one order costs, in microseconds."""

    wall: float
    cpu: float


def measure() -> Report:
    """Measure orders alone."""
    return outcome(ORDERS)


def outcome(contest: Contest) -> Report:
    """Let them run side by side, round after round."""
    sizes = (contest.few, contest.many)
    options = [("--warm", "--default-rows", "0", "--rows", f"{PARENT}={n}") for n in sizes]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        few, many = (stack.enter_context(serving(*option)) for option in options)
        lines = [_lines(folder, server, contest.streams) for server in (few, many)]
        exact, records = _compared(folder, lines[0])
        rounds: dict[str, list[PerOrder]] = {name: [] for name in lines[0]}
        for _ in range(ROUNDS):
            for name, taken in rounds.items():
                taken.append(_per_order(contest, lines[0][name], lines[1][name]))
    return _report(contest, rounds, exact, records / contest.few)


def _lines(folder: Path, server: Server, streams: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the command line of each contestant."""
    place = folder / server.omni.rpartition(":")[2].partition("/")[0]
    place.mkdir()
    plain = place / "plain.json"
    plain.write_text(json.dumps({"base_url": server.omni, "streams": streams}))
    return {
        "tap-cin7": command(place, config(server, **WITHOUT_LIMITS), streams),
        "plain SDK tap": python("-m", "benchmarks.plain", "--config", str(plain)),
        "floor": python("-m", "benchmarks.floor", server.omni, *streams),
    }


def _per_order(contest: Contest, few: list[str], many: list[str]) -> PerOrder:
    """Return the cost without start-up, which two runs of different length have in common."""
    short, long = (run(line, variables={"LOGLEVEL": "WARNING"}) for line in (few, many))
    scale = 1e6 / (contest.many - contest.few)
    return PerOrder((long.seconds - short.seconds) * scale, (long.cpu - short.cpu) * scale)


def _compared(folder: Path, lines: dict[str, list[str]]) -> tuple[int, int]:
    """Return how many decimals all wrote digit by digit as they came, and how many records.

    Raises:
        ValueError: If one of them wrote other records or other digits.

    """
    found = {}
    for name, line in lines.items():
        output = folder / f"{name}.jsonl"
        run(line, output)
        found[name] = _records(output)
    ours, _, floor = found.values()
    counts = [{stream: len(rows) for stream, rows in one.items()} for one in found.values()]
    if counts[0] != counts[2] or counts[1] != counts[2]:
        raise ValueError(f"not the same records: {dict(zip(found, counts, strict=True))}")
    exact = 0
    for stream, rows in floor.items():
        exact += sum(map(_same_decimals, ours[stream], rows))
    return exact, sum(counts[2].values())


def _records(output: Path) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    with output.open() as lines:
        for line in lines:
            if line.startswith('{"type":"RECORD"'):
                message = json.loads(line, parse_float=Decimal)
                found.setdefault(message["stream"], []).append(message["record"])
    return found


def _same_decimals(ours: Any, theirs: Any) -> int:  # noqa: ANN401
    if isinstance(theirs, dict):
        return sum(_same_decimals(ours[name], value) for name, value in theirs.items())
    if isinstance(theirs, list):
        return sum(_same_decimals(*pair) for pair in zip(ours, theirs, strict=True))
    if not isinstance(theirs, Decimal):
        return 0
    if str(ours) != str(theirs):
        raise ValueError(f"{theirs} became {ours}")
    return 1


def _report(
    contest: Contest, rounds: dict[str, list[PerOrder]], exact: int, records: float
) -> Report:
    report = Report(
        contest.title,
        (f"sales orders, {records:.1f} records each", "records/s", "CPU, µs/record"),
        notes=[f"{exact:,} decimals compared with what was sent: all equal, digit by digit."],
    )
    for name, taken in rounds.items():
        wall, cpu = (median(values) / records for values in zip(*taken, strict=True))
        report.rows.append((name, f"{1e6 / wall:,.0f}", f"{cpu:.0f}"))
    ours, plain, floor = rounds.values()
    cheaper = ratios([one.cpu for one in plain], [one.cpu for one in ours])
    report.target(
        "CPU per record, the plain SDK tap against it", cheaper, " times", least=contest.cheaper
    )
    dearer = ratios([one.cpu for one in ours], [one.cpu for one in floor])
    report.target("CPU per record against the floor", dearer, " times", most=contest.dearer)
    return report
