"""The tap as users run it: its command line, with a configuration and a catalog."""

from __future__ import annotations

import json
import re
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.child import python, run

if TYPE_CHECKING:
    from collections.abc import Collection

    from benchmarks.server import Server

TAP = python("-m", "tap_cin7")
WITHOUT_LIMITS: dict[str, Any] = {
    "requests_per_second": 1_000,
    "requests_per_minute": 1_000_000,
    "requests_per_day": 10_000_000,
}
_SUMMARY = re.compile(r"SUMMARY (\w+)[^:]*: (\d+) rows(?:, \d+ unique keys)?(?:, (\d+) calls)?")


def config(server: Server, api: str = "omni", **settings: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the configuration that leads to a sandbox."""
    if api == "omni":
        access = {"base_url": server.omni, "username": "demo", "api_key": "demo-key"}
    else:
        access = {
            "base_url": server.core,
            "account_id": "demo-account",
            "application_key": "demo-application-key",
        }
    return {"api": api, **access, **settings}


@cache
def _discovered(api: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "catalog.json"
        line = [*TAP, "--config=ENV", "--discover"]
        run(line, output, core=None, variables={"TAP_CIN7_API": api})
        return output.read_text()


def command(
    folder: Path,
    config: dict[str, Any],
    streams: Collection[str] = (),
    state: Path | None = None,
) -> list[str]:
    """Return the command line of a run.

    Args:
        folder: Takes the files; one for each run that is under way.
        config: The configuration.
        streams: The streams to read; none means those that are read by default.
        state: The state to start from.

    """
    catalog = json.loads(_discovered(config["api"]))
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if streams and not item["breadcrumb"]:
                item["metadata"]["selected"] = entry["tap_stream_id"] in streams
    line = [*TAP]
    for option, content in (("config", config), ("catalog", catalog)):
        path = folder / f"{option}.json"
        path.write_text(json.dumps(content))
        line += [f"--{option}", str(path)]
    return line if state is None else [*line, "--state", str(state)]


def rows_and_calls(log: str) -> dict[str, tuple[int, int]]:
    """Return rows and calls by stream, as the lines that end a run tell them."""
    return {name: (int(rows), int(calls or 0)) for name, rows, calls in _SUMMARY.findall(log)}


def last_state(output: Path) -> dict[str, Any]:
    """Return the value of the last STATE message of a run's output."""
    last = ""
    with output.open() as lines:
        for line in lines:
            if line.startswith('{"type":"STATE"'):
                last = line
    value: dict[str, Any] = json.loads(last)["value"]
    return value
