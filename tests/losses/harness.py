"""Runs of the tap, seen as a pipeline sees them: messages, exit code, log, state.

Each run is ``python -m tap_cin7`` in a process of its own, in a directory of its own. Most are
forked from a process that has imported everything already; see ``tests.processes``.
"""

from __future__ import annotations

import json
import os
import signal
import tempfile
import threading
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.losses.standin import Call, Omni, Reply, Row, Standin
from tests.processes import PATIENCE_SECONDS, forked, watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

QUICK = {
    "requests_per_second": 1_000,
    "requests_per_minute": 60_000,
    "requests_per_day": 10_000_000,
    "request_timeout": 20,
}
ACCESS: dict[str, Row] = {
    "omni": {"api": "omni", "username": "ann.smith", "api_key": "OmniKey-8f3a91"},
    "core": {"api": "core", "account_id": "acc-1b2c3d4e", "application_key": "CoreKey-77aa01"},
}
_NOT_PASSED_ON = ("TAP_CIN7_", "SINGER_", "LOGLEVEL", "PYTHONUNBUFFERED")
_LARGEST_WHOLE = 2**63


def environment(**variables: str) -> dict[str, str]:
    """Return this process's environment without what would change how the tap runs."""
    kept = {k: v for k, v in os.environ.items() if not k.upper().startswith(_NOT_PASSED_ON)}
    return kept | variables


def _strict(token: str) -> object:
    raise AssertionError(f"{token} is not JSON")


def _checked(value: Any) -> None:  # noqa: ANN401
    """Fail on what databases refuse: NUL, lone surrogates, whole numbers beyond 64 bits."""
    if isinstance(value, dict):
        for name, inner in value.items():
            _checked(name)
            _checked(inner)
    elif isinstance(value, list):
        for inner in value:
            _checked(inner)
    elif isinstance(value, str):
        assert "\0" not in value, "a NUL left"
        value.encode()
    elif isinstance(value, int):
        assert -_LARGEST_WHOLE <= value < _LARGEST_WHOLE, "a whole number beyond 64 bits left"
    elif isinstance(value, Decimal):
        assert value.is_finite()
        assert abs(value.adjusted()) < 400, "a number that no database takes left"


@dataclass
class Result:
    """What a run left behind."""

    exit_code: int
    stdout: bytes
    stderr: str
    calls: list[Call] = field(default_factory=list)

    @cached_property
    def messages(self) -> list[Row]:
        """Every line of stdout; one that is not legal fails the test."""
        whole, _, rest = self.stdout.rpartition(b"\n")
        assert not rest or self.exit_code == -signal.SIGKILL, "half a line was written"
        lines = whole.decode().split("\n") if whole else []
        messages = [json.loads(line, parse_float=Decimal, parse_constant=_strict) for line in lines]
        for message in messages:
            assert message["type"] in {"SCHEMA", "RECORD", "STATE", "ACTIVATE_VERSION"}
            if message["type"] == "RECORD":
                _checked(message["record"])
        return messages

    def records(self, stream: str) -> list[Row]:
        """Return the records of a stream, in order."""
        return [
            one["record"]
            for one in self.messages
            if one["type"] == "RECORD" and one["stream"] == stream
        ]

    def keys(self, stream: str, name: str = "id") -> set[Any]:
        """Return the values of one column."""
        return {row[name] for row in self.records(stream)}

    def kinds(self, kind: str) -> list[Row]:
        """Return the messages of one kind."""
        return [one for one in self.messages if one["type"] == kind]

    @property
    def state(self) -> Row | None:
        """The value of the last STATE."""
        states = self.kinds("STATE")
        return states[-1]["value"] if states else None

    def bookmark(self, stream: str) -> Row:
        """Return what the last STATE says of a stream."""
        return ((self.state or {}).get("bookmarks") or {}).get(stream) or {}

    @property
    def errors(self) -> list[str]:
        """The texts of the ERROR lines."""
        return self.logged("ERROR") + self.logged("CRITICAL")

    @property
    def warnings(self) -> list[str]:
        """The texts of the WARNING lines, but for what the SDK says of old Pythons."""
        return [line for line in self.logged("WARNING") if "PythonEOLWarning" not in line]

    def logged(self, level: str) -> list[str]:
        """Return the texts of the log lines of a level."""
        parts = (line.split(" | ", 3) for line in self.stderr.split("\n"))
        return [part[3] for part in parts if len(part) > 3 and part[1].strip() == level]

    def failed_with_one_line(self, *words: str) -> None:
        """Check that the run ended with 1 and one clear line that holds some words."""
        assert self.exit_code == 1, self.stderr
        assert "Traceback" not in self.stderr, self.stderr
        assert len(self.errors) == 1, self.stderr
        for word in words:
            assert word.lower() in self.errors[0].lower(), self.stderr


def only(api: str, *streams: str, full: Iterable[str] = ()) -> Row:
    """Return a catalog with some streams selected, and nothing else in it.

    Args:
        api: Which API.
        streams: The streams to read.
        full: Those of them to read as full tables, whatever discovery says.

    """
    catalog = discovered(api)
    catalog["streams"] = [
        entry for entry in catalog["streams"] if entry["tap_stream_id"] in streams
    ]
    assert len(catalog["streams"]) == len(streams)
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = True
                if entry["tap_stream_id"] in full:
                    item["metadata"]["replication-method"] = "FULL_TABLE"
                    item["metadata"]["forced-replication-method"] = "FULL_TABLE"
                    entry["replication_method"] = "FULL_TABLE"
    return catalog


def discovered(api: str) -> Row:
    """Return the catalog of an API; a copy of one's own."""
    catalog: Row = json.loads(_discovered(api))
    return catalog


@cache
def _discovered(api: str) -> bytes:
    result = cli("--config=ENV", "--discover", TAP_CIN7_API=api)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def config_for(server: Standin | str, **settings: object) -> Row:
    """Return the configuration for a server; None takes a setting out."""
    if isinstance(server, str):
        config = {**ACCESS["omni"], "base_url": server}
    else:
        config = {**ACCESS[server.api], "base_url": server.url}
    return {k: v for k, v in {**config, **QUICK, **settings}.items() if v is not None}


def write(folder: Path, **contents: object) -> list[str]:
    """Write files of JSON, text as it is, and return the options that name them."""
    arguments = []
    for option, content in contents.items():
        if content is not None:
            path = folder / f"{option}.json"
            path.write_text(content if isinstance(content, str) else json.dumps(content))
            arguments += [f"--{option}", str(path)]
    return arguments


def _run(
    arguments: list[str], variables: Mapping[str, str], began: Callable[[int], None]
) -> Result:
    with (
        tempfile.TemporaryDirectory(prefix="losses-") as name,
        Path(name, "stdout").open("w+b") as out,
        Path(name, "stderr").open("w+b") as err,
        forked(
            arguments,
            stdout=out,
            stderr=err,
            environment=environment(**variables),
            folder=Path(name),
        ) as process,
        watched(process),
    ):
        began(process.pid)
        exit_code = process.wait()
        out.seek(0)
        err.seek(0)
        return Result(exit_code, out.read(), err.read().decode(errors="replace"))


def cli(*arguments: str, **variables: str) -> Result:
    """Run the tap with bare arguments and environment variables."""
    return _run(list(arguments), variables, lambda _pid: None)


def run(
    server: Standin | str,
    catalog: Row | str | Iterable[str] | None,
    state: Row | None = None,
    *,
    end: tuple[str, int, signal.Signals] | None = None,
    variables: Mapping[str, str] | None = None,
    **settings: object,
) -> Result:
    """Run the tap to its end.

    Args:
        server: The stand-in, or another address.
        catalog: The catalog; or the name of a stream, or several, to select; None gives none.
        state: The state to start from.
        end: A signal to send before a call is answered: path, its number from now on, signal.
        variables: Environment variables.
        settings: Settings to add or change; None takes one out.

    """
    api = server.api if isinstance(server, Standin) else Omni.api
    if isinstance(catalog, str):
        catalog = only(api, catalog)
    elif catalog is not None and not isinstance(catalog, dict):
        catalog = only(api, *catalog)
    before = len(server.calls) if isinstance(server, Standin) else 0
    pid: list[int] = []
    known = threading.Event()

    def began(number: int) -> None:
        pid.append(number)
        known.set()

    def send(_call: Call) -> Reply | None:
        assert end is not None
        known.wait(PATIENCE_SECONDS)
        os.kill(pid[0], end[2])
        if end[2] != signal.SIGKILL:
            # The signal is to come while this call is under way.
            threading.Event().wait(0.05)
        return None

    if end is not None:
        assert isinstance(server, Standin)
        server.before(end[0], end[1], send)
    with tempfile.TemporaryDirectory(prefix="losses-") as name:
        config = config_for(server, **settings)
        arguments = write(Path(name), config=config, catalog=catalog, state=state)
        result = _run(arguments, variables or {}, began)
    if isinstance(server, Standin):
        result.calls = server.calls[before:]
    return result


def merged(old: Any, new: Any) -> Any:  # noqa: ANN401
    """Return a state merged into an older one, as orchestrators do: objects are, nothing else."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{name: merged(old.get(name), value) for name, value in new.items()}}
    return new


class Target:
    """What a target that upserts by key holds."""

    def __init__(self) -> None:
        """Start empty."""
        self._keys: dict[str, list[str]] = {}
        self._rows: dict[str, dict[tuple[Any, ...], tuple[Row, int | None]]] = {}

    def take(self, *results: Result) -> None:
        """Take what runs wrote."""
        for message in (one for result in results for one in result.messages):
            stream = message.get("stream", "")
            if message["type"] == "SCHEMA":
                self._keys[stream] = message["key_properties"]
            elif message["type"] == "RECORD":
                row = message["record"]
                key = tuple(row[name] for name in self._keys[stream])
                self._rows.setdefault(stream, {})[key] = row, message.get("version")
            elif message["type"] == "ACTIVATE_VERSION":
                held = self._rows.get(stream, {})
                version = message["version"]
                # As loaders do: what has a smaller version, or none, is gone.
                self._rows[stream] = {k: one for k, one in held.items() if (one[1] or 0) >= version}

    def rows(self, stream: str) -> list[Row]:
        """Return the rows of a stream."""
        return [row for row, _ in self._rows.get(stream, {}).values()]
