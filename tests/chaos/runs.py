"""Runs of the tap that end as a schedule says: at a line of output, at a call, or by themselves."""

from __future__ import annotations

import json
import os
import signal
import threading
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

from tests.processes import finish, forked, watched
from tests.support import environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.chaos.target import Row
    from tests.processes import Process

How: TypeAlias = Literal["TERM", "KILL", "close", "stall", "minutes"]
"""A signal; the target dies; the target stops reading, then a signal comes; ``max_run_minutes``."""
Where: TypeAlias = Literal["line", "call"]

_STALL_SECONDS = 0.1


@dataclass(frozen=True)
class End:
    """How a run ends before its time.

    Attributes:
        how: See ``How``.
        where: Whether ``number`` counts lines of output or calls.
        number: At which of them; for ``minutes`` hundredths of a second.

    """

    how: How
    where: Where = "line"
    number: int = 1

    def __repr__(self) -> str:
        return f"End({self.how!r}, {self.where!r}, {self.number})"


@dataclass
class Result:
    """What a run left behind."""

    exit_code: int
    stderr: str
    messages: list[Row] = field(default_factory=list)

    @property
    def states(self) -> list[int]:
        """Positions of the STATE messages."""
        return [place for place, one in enumerate(self.messages) if one["type"] == "STATE"]


def run(
    arguments: list[str],
    folder: Path,
    end: End | None,
    at_call: Callable[[int, Callable[[], None]], None],
) -> Result:
    """Run the tap once, its waits cut short.

    Args:
        arguments: Its command line.
        folder: Where it runs.
        end: How it ends, None for by itself.
        at_call: Arranges for something to be done once so many calls were answered.

    """
    minute = end.number / 100 if end is not None and end.how == "minutes" else 60.0
    errors = folder / "stderr"
    with (
        errors.open("wb") as log,
        forked(
            arguments,
            stderr=log,
            environment=environment(),
            launch=("-c", f"from tests.chaos.haste import main; main({minute})"),
            folder=folder,
        ) as process,
        watched(process),
    ):
        if end is not None and end.where == "call" and end.how in ("TERM", "KILL"):
            number = signal.SIGTERM if end.how == "TERM" else signal.SIGKILL
            at_call(end.number, lambda: _send(process.pid, number))
        lines = _read(process, end)
        exit_code = process.wait()
    return Result(exit_code, errors.read_text(errors="replace"), [_told(one) for one in lines])


def _read(process: Process, end: End | None) -> list[bytes]:
    """Return the whole lines that a target has of a run, doing at one of them what ends it."""
    lines: list[bytes] = []
    assert process.stdout is not None
    with process.stdout as pipe:
        for line in pipe:
            if line.endswith(b"\n"):
                lines.append(line)
            if end is None or end.where != "line" or len(lines) != end.number:
                continue
            if end.how == "close":
                break
            if end.how == "stall":
                threading.Event().wait(_STALL_SECONDS)
            if end.how != "minutes":
                _send(process.pid, signal.SIGKILL if end.how == "KILL" else signal.SIGTERM)
            if end.how == "stall":
                threading.Event().wait(_STALL_SECONDS)
    return lines


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


_decode = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode
"""Takes what is legal JSON only."""


def _told(line: bytes) -> Row:
    message = _decode(line)
    assert message["type"] in {"SCHEMA", "RECORD", "STATE", "ACTIVATE_VERSION"}
    return message


def write(folder: Path, **contents: Any) -> list[str]:  # noqa: ANN401
    """Write files of JSON and return the options that name them."""
    arguments = []
    for option, content in contents.items():
        if content is not None:
            path = folder / f"{option}.json"
            path.write_text(json.dumps(content))
            arguments += [f"--{option}", str(path)]
    return arguments


@cache
def _discovered(api: str) -> bytes:
    variables = environment(TAP_CIN7_API=api)
    return finish(["--config=ENV", "--discover"], environment=variables).stdout


def catalog(api: str, streams: frozenset[str], full: frozenset[str] = frozenset()) -> Row:
    """Return a catalog with some streams selected, some of them as full tables."""
    whole: Row = msgspec.json.decode(_discovered(api))
    whole["streams"] = [one for one in whole["streams"] if one["tap_stream_id"] in streams]
    assert len(whole["streams"]) == len(streams)
    for entry in whole["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = True
                if entry["tap_stream_id"] in full:
                    item["metadata"]["forced-replication-method"] = "FULL_TABLE"
                    entry["replication_method"] = "FULL_TABLE"
    return whole
