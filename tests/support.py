"""The harness: the real command line in a process of its own, against a real HTTP server.

Most runs are forked from a process that has imported the tap; see ``tests.processes``.
"""

from __future__ import annotations

import json
import os
import signal
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from sandbox.stamps import NO_DATE, from_ticks, to_ticks
from tests.processes import PATIENCE_SECONDS, TAP, finish, forked, watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sandbox import Sandbox
    from tests.processes import Process, Starter

Row: TypeAlias = dict[str, Any]
Version: TypeAlias = tuple[tuple[Any, ...], "str | None"]
Reply: TypeAlias = "tuple[int, Mapping[str, str], bytes]"

HASTY = (
    "-c",
    """
from tap_cin7.cli import main
from tap_cin7.client import client
client.FIRST_WAIT, client.LONGEST_WAIT = 0.01, 0.3
main()
""",
)
"""The tap with its waits between retries cut short; nothing else is changed."""
QUICK = {
    "requests_per_second": 1_000,
    "requests_per_minute": 1_000_000,
    "requests_per_day": 10_000_000,
}
_CONCERNS_THE_TAP = (
    "PYTHONUNBUFFERED",
    "TAP_CIN7_",
    "SINGER_",
    "LOGLEVEL",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
)


@dataclass(frozen=True)
class Result:
    """What a run left behind."""

    exit_code: int
    stdout: bytes
    stderr: str

    @cached_property
    def messages(self) -> list[Row]:
        """Every line of stdout; a line that is no Singer message fails the test."""
        messages = [json.loads(line, parse_float=Decimal) for line in self.stdout.splitlines()]
        kinds = {"SCHEMA", "RECORD", "STATE", "ACTIVATE_VERSION"}
        assert {message["type"] for message in messages} <= kinds
        return messages

    @cached_property
    def records(self) -> dict[str, list[Row]]:
        """Records by stream."""
        found: dict[str, list[Row]] = {}
        for message in self.messages:
            if message["type"] == "RECORD":
                found.setdefault(message["stream"], []).append(message["record"])
        return found

    @property
    def schemas(self) -> dict[str, Row]:
        """Schemas by stream."""
        return {one["stream"]: one["schema"] for one in self.messages if one["type"] == "SCHEMA"}

    @property
    def states(self) -> list[Row]:
        """The values of the STATE messages."""
        return [one["value"] for one in self.messages if one["type"] == "STATE"]

    @property
    def errors(self) -> list[str]:
        """The texts of the ERROR lines."""
        return self._logged("ERROR")

    @property
    def warnings(self) -> list[str]:
        """The texts of the WARNING lines, but for what the SDK says of old Pythons."""
        return [line for line in self._logged("WARNING") if "PythonEOLWarning" not in line]

    def _logged(self, level: str) -> list[str]:
        parts = (line.split(" | ", 3) for line in self.stderr.splitlines())
        return [part[3] for part in parts if len(part) > 3 and part[1].strip() == level]


def environment(**variables: str) -> dict[str, str]:
    """Return this process's environment without what would change how the tap runs."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(_CONCERNS_THE_TAP)
    }
    return inherited | variables


def config_for(server: Sandbox | str, **overrides: object) -> Row:
    """Return the configuration for a sandbox, or for Omni at an address.

    Args:
        server: The sandbox or the address.
        overrides: Settings to add or change; None takes one out.

    """
    if isinstance(server, str):
        where: Row = {"base_url": server, "username": "demo", "api_key": "demo-key"}
    else:
        where = dict(server.access)
    config = {"api": "omni"} | where | QUICK | overrides
    return {name: value for name, value in config.items() if value is not None}


def run_cli(*arguments: str, launch: Sequence[str] = TAP, **variables: str) -> Result:
    """Run the tap with bare arguments and environment variables."""
    done = finish(arguments, environment=environment(**variables), launch=launch)
    return Result(done.exit_code, done.stdout, done.stderr)


def run_tap(
    server: Sandbox | str,
    catalog: Row | None = None,
    state: Row | None = None,
    *,
    hasty: bool = False,
    variables: Mapping[str, str] | None = None,
    **overrides: object,
) -> Result:
    """Run the tap to its end.

    Args:
        server: A sandbox, or the address of another server.
        catalog: What to select; everything when left out.
        state: The state to start from.
        hasty: Cut the waits between retries short.
        variables: Environment variables to set.
        overrides: Settings to add or change; None takes one out.

    """
    with tempfile.TemporaryDirectory() as folder:
        arguments = _files(Path(folder), config_for(server, **overrides), catalog, state)
        return run_cli(*arguments, launch=HASTY if hasty else TAP, **(variables or {}))


def _files(folder: Path, config: Row, catalog: Row | None, state: Row | None) -> list[str]:
    arguments = []
    for option, content in (("config", config), ("catalog", catalog), ("state", state)):
        if content is not None:
            path = folder / f"{option}.json"
            path.write_text(json.dumps(content))
            arguments += [f"--{option}", str(path)]
    return arguments


class Running:
    """A run under way, its output read line by line."""

    def __init__(self, process: Process, log: Path) -> None:
        """Watch a process that logs to a file."""
        self._process = process
        self._log = log
        self._read = b""

    def read_records(self, count: int) -> None:
        """Read on until some more records have come."""
        assert self._process.stdout is not None
        while count and (line := self._process.stdout.readline()):
            self._read += line
            count -= line.startswith(b'{"type":"RECORD"')

    def send(self, signal_number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(signal_number)

    def hang_up(self) -> None:
        """Close the reading end of its output."""
        assert self._process.stdout is not None
        self._process.stdout.close()

    def finish(self) -> Result:
        """Read what is left and wait for the end."""
        pipe = self._process.stdout
        assert pipe is not None
        with watched(self._process):
            if not pipe.closed:
                self._read += pipe.read()
            exit_code = self._process.wait()
        return Result(exit_code, self._read, self._log.read_text())

    def kill(self) -> Result:
        """Kill the process without warning; a line cut in two is left out, as a target would."""
        self.send(signal.SIGKILL)
        result = self.finish()
        whole, _, _ = result.stdout.rpartition(b"\n")
        return Result(result.exit_code, whole, result.stderr)


@contextmanager
def started(
    server: Sandbox,
    catalog: Row | None = None,
    state: Row | None = None,
    *,
    start: Starter = forked,
    variables: Mapping[str, str] | None = None,
    **overrides: object,
) -> Iterator[Running]:
    """Start a run that the test will end; whatever is left of it is killed.

    Args:
        server: The sandbox.
        catalog: What to select; everything when left out.
        state: The state to start from.
        start: How the process is made.
        variables: Environment variables to set.
        overrides: Settings to add or change; None takes one out.

    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        arguments = _files(folder, config_for(server, **overrides), catalog, state)
        log = folder / "log"
        with (
            log.open("wb") as stderr,
            start(
                arguments,
                stderr=stderr,
                environment=environment(**(variables or {})),
            ) as process,
        ):
            try:
                yield Running(process, log)
            finally:
                process.kill()


def wait_until(done: Callable[[], bool]) -> None:
    """Wait until something has happened; fail when it never does."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        assert time.monotonic() < deadline, "waited in vain"
        threading.Event().wait(0.01)


@cache
def _discovered(api: str) -> str:
    result = run_cli("--config=ENV", "--discover", TAP_CIN7_API=api)
    assert result.exit_code == 0, result.stderr
    return result.stdout.decode()


def discovered(api: str = "omni") -> Row:
    """Return the catalog that ``--discover`` writes; a copy of one's own."""
    catalog: Row = json.loads(_discovered(api))
    return catalog


def only(*streams: str, without: Iterable[str] = ()) -> Row:
    """Return a catalog of nothing but some streams, which takes no time to read.

    Args:
        streams: The streams to read; none means those that are read by default.
        without: Names of fields to leave out, nested ones with a dot.

    """
    catalog = marked(*streams, without=without)
    if streams:
        entries = catalog["streams"]
        catalog["streams"] = [one for one in entries if one["tap_stream_id"] in streams]
        assert len(catalog["streams"]) == len(set(streams))
    return catalog


def marked(*streams: str, without: Iterable[str] = ()) -> Row:
    """Return the whole catalog with some streams selected and some of their fields not.

    Args:
        streams: The streams to read; none means those that are read by default.
        without: Names of fields to leave out, nested ones with a dot.

    """
    catalog = discovered()
    unwanted = {
        tuple(f"properties.{name.replace('.', '.properties.')}".split(".")) for name in without
    }
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"] and streams:
                item["metadata"]["selected"] = entry["tap_stream_id"] in streams
            elif tuple(item["breadcrumb"]) in unwanted:
                item["metadata"]["selected"] = False
    return catalog


def read_by_default(server: Sandbox) -> set[str]:
    """Return the lists of a sandbox that are read where nobody has chosen."""
    chosen = {
        entry["tap_stream_id"]
        for entry in discovered()["streams"]
        for item in entry["metadata"]
        if not item["breadcrumb"] and item["metadata"].get("selected-by-default")
    }
    return chosen & server.store.tables.keys()


def every_list(server: Sandbox) -> Row:
    """Return the catalog with all lists of a sandbox selected and nothing else."""
    return only(*server.store.tables)


def canonical(stamp: str | None) -> str | None:
    """Return a stamp as the tap must write it, worked out by the sandbox's own arithmetic."""
    if stamp is None or stamp.startswith(NO_DATE):
        return None
    return from_ticks(to_ticks(stamp), digits=6)


def standing(server: Sandbox, stream: str) -> set[Version]:
    """Return key and stamp of each row as it stands in the sandbox."""
    with server.store.lock:
        entries = list(server.store.tables[stream].by_key.values())
    return {(entry.key, canonical(entry.stamp)) for entry in entries}


def sent(server: Sandbox, stream: str, *results: Result) -> list[Version]:
    """Return key and stamp of each record that was written, in order."""
    table = server.store.tables[stream]
    return [
        (tuple(row[name] for name in table.keys), row[table.stamp] if table.stamp else None)
        for result in results
        for row in result.records.get(stream, [])
    ]


def lost(server: Sandbox, *results: Result) -> dict[str, set[Version]]:
    """Return, by stream, the rows as they stand that no run has written."""
    missing = {
        stream: standing(server, stream) - set(sent(server, stream, *results))
        for stream in server.store.tables
    }
    return {stream: versions for stream, versions in missing.items() if versions}


def rows_sent(*results: Result) -> int:
    """Return how many records were written."""
    return sum(len(rows) for result in results for rows in result.records.values())


_OF_WHOLE_READS = {
    "version",
    "version_before",
    "version_of_reading",
    "whole_rows",
    "rows_of_reading",
    "too_few",
    "doubted",
}


def bookmarks(result: Result) -> Row:
    """Return how far the last STATE says that each stream is, those without a word left out."""
    kept = {
        stream: {
            name: value
            for name, value in entry.items()
            if name not in _OF_WHOLE_READS and value is not None
        }
        for stream, entry in result.states[-1]["bookmarks"].items()
    }
    return {stream: bookmark for stream, bookmark in kept.items() if bookmark}


def calls(server: Sandbox) -> dict[str, int]:
    """Return how often each stream was asked for since the log was emptied."""
    counts: dict[str, int] = {}
    for call in server.calls:
        counts[call.stream] = counts.get(call.stream, 0) + 1
    return counts


@contextmanager
def http_server(answer: Callable[[BaseHTTPRequestHandler], Reply]) -> Iterator[str]:
    """Serve what a function answers and yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = answer(self)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
