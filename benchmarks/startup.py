"""Start-up, against the SDK's own."""

from __future__ import annotations

from statistics import median

from benchmarks.child import python, run
from benchmarks.report import Report, ratios

ROUNDS = 9
BARE = python("-m", "benchmarks.bare")
TAP = python("-m", "tap_cin7")
LINES = {
    "import singer_sdk": python("-c", "import singer_sdk"),
    "bare SDK tap --version": [*BARE, "--version"],
    "bare SDK tap --discover": [*BARE, "--discover"],
    "tap-cin7 --version": [*TAP, "--version"],
    "tap-cin7 --discover, Omni": [*TAP, "--config=ENV", "--discover"],
    "tap-cin7 --discover, Core": [*TAP, "--config=ENV", "--discover"],
}


def measure() -> Report:
    """Measure, each program in turn in each round, after one round that writes the bytecode."""
    rounds: dict[str, list[float]] = {name: [] for name in LINES}
    for number in range(ROUNDS + 1):
        for name, line in LINES.items():
            api = {"TAP_CIN7_API": "core" if name.endswith("Core") else "omni"}
            cost = run(line, variables=api)
            if number:
                rounds[name].append(cost.seconds)
    report = Report("Start-up", ("program", "seconds"))
    report.rows += [(name, f"{median(taken):.2f}") for name, taken in rounds.items()]
    for what, base, most in (
        ("tap-cin7 --version", "bare SDK tap --version", 1.1),
        ("tap-cin7 --discover, Core", "bare SDK tap --discover", 1.5),
    ):
        report.target(
            f"{what} against {base}", ratios(rounds[what], rounds[base]), " times", most=most
        )
    return report
