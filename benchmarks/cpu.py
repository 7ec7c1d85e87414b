"""Records per second and processor time per record, against a plain tap and the floor."""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.child import python, run
from benchmarks.report import Report, ratios
from benchmarks.server import Server, serving
from benchmarks.tap import WITHOUT_LIMITS, command, config

FEW, MANY = 2_500, 22_500
ROUNDS = 5
STREAM = "sales_orders"


class PerRecord(NamedTuple):
    """What one record costs, in microseconds."""

    wall: float
    cpu: float


def measure() -> Report:
    """Measure everything."""
    options = [("--warm", "--default-rows", "0", "--rows", f"{STREAM}={n}") for n in (FEW, MANY)]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        few, many = (stack.enter_context(serving(*option)) for option in options)
        lines = [_lines(folder, server) for server in (few, many)]
        exact = _compared(folder, lines[0])
        rounds: dict[str, list[PerRecord]] = {name: [] for name in lines[0]}
        for _ in range(ROUNDS):
            for name, taken in rounds.items():
                taken.append(_per_record(lines[0][name], lines[1][name]))
    return _report(rounds, exact)


def _lines(folder: Path, server: Server) -> dict[str, list[str]]:
    """Return the command line of each contestant."""
    place = folder / server.omni.rpartition(":")[2].partition("/")[0]
    place.mkdir()
    plain = place / "plain.json"
    plain.write_text(json.dumps({"base_url": server.omni}))
    return {
        "tap-cin7": command(place, config(server, **WITHOUT_LIMITS), [STREAM]),
        "plain SDK tap": python("-m", "benchmarks.plain", "--config", str(plain)),
        "floor": python("-m", "benchmarks.floor", server.omni),
    }


def _per_record(few: list[str], many: list[str]) -> PerRecord:
    """Return the cost without start-up, which two runs of different length have in common."""
    short, long = (run(line, variables={"LOGLEVEL": "WARNING"}) for line in (few, many))
    scale = 1e6 / (MANY - FEW)
    return PerRecord((long.seconds - short.seconds) * scale, (long.cpu - short.cpu) * scale)


def _compared(folder: Path, lines: dict[str, list[str]]) -> int:
    """Return how many decimals the tap wrote digit by digit as they came."""
    outputs = []
    for name in ("tap-cin7", "floor"):
        outputs.append(folder / f"{name}.jsonl")
        run(lines[name], outputs[-1])
    count = 0
    with outputs[0].open() as ours, outputs[1].open() as theirs:
        records = (line for line in ours if line.startswith('{"type":"RECORD"'))
        for our, their in zip(records, theirs, strict=True):
            one, other = (json.loads(line, parse_float=Decimal) for line in (our, their))
            count += _same_decimals(one["record"], other["record"])
    return count


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


def _report(rounds: dict[str, list[PerRecord]], exact: int) -> Report:
    report = Report(
        "Records per second and processor time per record",
        ("sales orders", "records/s", "CPU, µs/record"),
        notes=[f"{exact:,} decimals compared with what was sent: all equal, digit by digit."],
    )
    for name, taken in rounds.items():
        wall, cpu = (median(values) for values in zip(*taken, strict=True))
        report.rows.append((name, f"{1e6 / wall:,.0f}", f"{cpu:.0f}"))
    ours, plain, floor = rounds.values()
    faster = ratios([one.wall for one in plain], [one.wall for one in ours])
    report.target("records/s against the plain SDK tap", faster, " times", least=4)
    dearer = ratios([one.cpu for one in ours], [one.cpu for one in floor])
    report.target("CPU per record against the floor", dearer, " times", most=2)
    return report
