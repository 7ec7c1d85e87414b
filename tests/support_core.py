"""The Core side of the harness: which settings lead to Core, and what its sandbox holds."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.stamps import from_ticks, to_ticks
from tests.processes import MEASURED, afresh, finish, peak
from tests.support import config_for, discovered, environment, run_cli, run_tap, started

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from contextlib import AbstractContextManager

    from sandbox import Sandbox
    from tests.support import Result, Row, Running

ALL_OUT = {"requests_per_second": 100_000}
_KEPT = ("Status", "header_modified", "parent_modified")
_IMPATIENT = """
from tap_cin7.cli import main
from tap_cin7.client import client
client.FIRST_WAIT, client.LONGEST_WAIT = 0.01, 0.3
main()
"""
"""The tap with short waits."""


def settings(server: Sandbox | str, *, api: str = "core", **overrides: object) -> Row:
    """Return the settings of Core for a sandbox, or for an address.

    Args:
        server: The sandbox or the address.
        api: core or core_v1.
        overrides: Settings to add or change.

    """
    if isinstance(server, str):
        access: Row = {
            "base_url": server,
            "account_id": "demo-account",
            "application_key": "demo-application-key",
        }
    else:
        access = dict(server.core_access)
        if api == "core_v1":
            access["base_url"] = server.core_v1_base_url
    return {"api": api, "username": None, "api_key": None, **access, **ALL_OUT, **overrides}


def run_core(
    server: Sandbox | str,
    catalog: Row | None = None,
    state: Row | None = None,
    *,
    hasty: bool = False,
    **overrides: Any,  # noqa: ANN401
) -> Result:
    """Run the tap against Core to its end; the arguments are those of ``run_tap``."""
    return run_tap(server, catalog, state, hasty=hasty, **settings(server, **overrides))


def started_core(
    server: Sandbox,
    catalog: Row | None = None,
    state: Row | None = None,
    **overrides: Any,  # noqa: ANN401
) -> AbstractContextManager[Running]:
    """Start a run against Core that the test will end."""
    return started(server, catalog, state, **settings(server, **overrides))


def run_impatient(server: Sandbox, catalog: Row, **overrides: Any) -> Result:  # noqa: ANN401
    """Run the tap against Core with its patience cut short."""
    with _options(config_for(server, **settings(server, **overrides)), catalog) as options:
        return run_cli(*options, launch=("-c", _IMPATIENT))


def peak_memory(server: Sandbox, catalog: Row, **overrides: Any) -> int:  # noqa: ANN401
    """Run the tap and return how much memory it ever had resident, in kB."""
    with _options(config_for(server, **settings(server, **overrides)), catalog) as options:
        result = finish(options, launch=MEASURED, environment=environment(), start=afresh)
    assert result.exit_code == 0, result.stderr
    return peak(result.stderr)


@contextmanager
def _options(config: Row, catalog: Row) -> Iterator[list[str]]:
    with tempfile.TemporaryDirectory() as name:
        options = []
        for option, content in (("config", config), ("catalog", catalog)):
            path = Path(name) / option
            path.write_text(json.dumps(content))
            options.append(f"--{option}={path}")
        yield options


def select(*streams: str, api: str = "core", slim: Collection[str] = ()) -> Row:
    """Return a catalog of nothing but some streams, which takes no time to read.

    Args:
        streams: The streams to read; none means every one, those on request included.
        api: core or core_v1.
        slim: Streams of which only keys, stamps and the status are selected.

    """
    catalog = discovered(api)
    for entry in catalog["streams"]:
        stream = entry["tap_stream_id"]
        kept = {*entry["key_properties"], *_KEPT}
        for item in entry["metadata"]:
            name = item["breadcrumb"][-1:]
            if not name:
                item["metadata"]["selected"] = not streams or stream in streams
            elif stream in slim:
                item["metadata"]["selected"] = name[0] in kept
    if streams:
        entries = catalog["streams"]
        catalog["streams"] = [one for one in entries if one["tap_stream_id"] in streams]
        assert len(catalog["streams"]) == len(set(streams))
    return catalog


def canonical(stamp: str | None) -> str | None:
    """Return a stamp as the tap must write it, worked out by the sandbox's own arithmetic."""
    if not stamp:
        return None
    return from_ticks(to_ticks(stamp if stamp.endswith("Z") else f"{stamp}Z"), digits=6)


def listed(server: Sandbox, stream: str) -> set[tuple[Any, str | None]]:
    """Return first key column and canonical stamp of each row as it stands in the sandbox."""
    with server.core.store.lock:
        entries = list(server.core.store.tables[stream].by_id)
    return {(entry.key[0], canonical(entry.stamp)) for entry in entries}


def written(stream: str, key: str, stamp: str, *results: Result) -> set[tuple[Any, Any]]:
    """Return key and stamp of each record of a stream that was written."""
    return {(row[key], row[stamp]) for row in records(stream, *results)}


def records(stream: str, *results: Result) -> list[Row]:
    """Return the records of a stream that were written, in order."""
    return [row for result in results for row in result.records.get(stream, [])]


def unique(stream: str, *results: Result) -> set[tuple[Any, ...]]:
    """Return the primary keys of a stream that were written."""
    keys = keys_of(stream, *results)
    return {tuple(row[name] for name in keys) for row in records(stream, *results)}


def keys_of(stream: str, *results: Result) -> list[str]:
    """Return the names of a stream's key columns."""
    return next(
        list(message["key_properties"])
        for result in results
        for message in result.messages
        if message["type"] == "SCHEMA" and message["stream"] == stream
    )


def asked(server: Sandbox, path: str) -> list[dict[str, str]]:
    """Return the queries of the calls to a path since the log was emptied."""
    return [call.query for call in server.calls if call.path == path]


def warned(result: Result, *words: str) -> list[str]:
    """Return the warnings that hold all of some words."""
    return [line for line in result.warnings if all(word in line for word in words)]
