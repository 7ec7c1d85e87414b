"""Run after run over one account, into one loader, and what holds for all of them."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.absence.loader import Loader
from tests.losses.harness import Result, cli, config_for, only, run, write
from tests.losses.standin import keys

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.losses.standin import Row, Standin, Table

HOUR = 3_600.0
DAY = 24 * HOUR
RUNS = "tap_cin7_runs"
PATIENT: dict[str, Any] = {"retry_wait_seconds": 0}


@dataclass(frozen=True)
class Watched:
    """A stream, and the rows at Cin7 that it shows.

    Attributes:
        stream: The stream.
        table: The rows.
        column: What tells them apart there and in the stream.
        field: The same, where the table has another name for it.

    """

    stream: str
    table: Table
    column: str
    field: str = ""

    def at_cin7(self) -> set[Any]:
        """Return what Cin7 has at this moment."""
        return keys(self.table.visible(), self.field or self.column)


@dataclass
class Pipeline:
    """One account, one loader, and the state that goes from run to run.

    Attributes:
        server: The account.
        watched: The streams that are read, with the tables that they show.
        more: More streams to select.
        full: Streams to read as full tables.
        settings: Settings of all runs.
        state: What the loader handed back last.

    """

    server: Standin
    watched: Iterable[Watched]
    more: Iterable[str] = ()
    full: Iterable[str] = ()
    settings: Row = field(default_factory=dict)
    state: Row | None = None
    loader: Loader = field(default_factory=Loader)

    def __post_init__(self) -> None:
        """Make the catalog."""
        streams = [one.stream for one in self.watched]
        self.catalog = only(self.server.api, *streams, *self.more, RUNS, full=self.full)

    def run(self, **settings: Any) -> Result:  # noqa: ANN401
        """Run the tap, load what it writes, and check what holds for every run."""
        chosen = {**PATIENT, **self.settings, **settings}
        result = run(self.server, self.catalog, self.state, **chosen)
        self.take(result)
        return result

    def take(self, result: Result) -> None:
        """Load what a run wrote, keep its state, and check what holds for every run."""
        assert result.exit_code in (0, 1), result.stderr
        assert "Traceback" not in result.stderr, result.stderr
        assert result.messages[-1]["type"] == "STATE", result.stderr
        self.loader.take(result.messages)
        self.state = result.state
        self.nothing_is_lost()
        if result.exit_code == 0 and "max_run_minutes" not in result.stderr:
            told = {name: row["note"] for name, row in runs(result).items() if not row["complete"]}
            assert set(told.values()) <= {"skipped"}, told

    def notified(self, *bodies: Row) -> Result:
        """Run for the bodies of webhooks, with the state as it is, which stays."""
        with tempfile.TemporaryDirectory(prefix="absence-") as name:
            events = Path(name, "events.jsonl")
            events.write_text("\n".join(map(json.dumps, bodies)))
            config = config_for(self.server, **{**PATIENT, **self.settings})
            files = write(Path(name), config=config, catalog=self.catalog, state=self.state)
            result = cli(*files, "--from-event", str(events))
        assert result.exit_code == 0, result.stderr
        self.loader.take(result.messages)
        self.nothing_is_lost()
        return result

    def nothing_is_lost(self) -> None:
        """Check that no row was removed that Cin7 has."""
        for one in self.watched:
            removed = keys(self.loader.removed.get(one.stream, []), one.column)
            held = self.loader.keys(one.stream, one.column)
            lost = (removed & one.at_cin7()) - held
            assert not lost, f"{one.stream}: {len(lost)} rows removed that Cin7 has"

    def missing(self, stream: str | None = None) -> set[Any]:
        """Return what Cin7 has and the loader has not, of one stream or of all."""
        found: set[Any] = set()
        for one in self.watched:
            if stream in (None, one.stream):
                found |= one.at_cin7() - self.loader.keys(one.stream, one.column)
        return found

    def extra(self) -> set[Any]:
        """Return what the loader has and Cin7 has not."""
        found: set[Any] = set()
        for one in self.watched:
            found |= self.loader.keys(one.stream, one.column) - one.at_cin7()
        return found

    def is_complete_or_says_so(self, result: Result) -> bool:
        """Check that a run that says it has all rows has them, and return whether it says so."""
        if result.exit_code == 0:
            assert not self.missing(), f"{len(self.missing())} rows are missing"
            return True
        told = [name for name, row in runs(result).items() if not row["complete"]]
        assert told, result.stderr
        assert result.errors, result.stderr
        return False

    def settle(self, *, within: int = 2, days: float = 1.0, calls: int | None = None) -> None:
        """Let quiet runs bring everything.

        Args:
            within: After how many of them at most all is there, and the run a success.
            days: That pass before each.
            calls: That all of them may make.

        """
        self.server.calm()
        made = 0
        for _ in range(within):
            self.server.now += days * DAY
            result = self.run()
            made += len(result.calls)
            if result.exit_code == 0 and not self.missing():
                break
        assert result.exit_code == 0, result.stderr
        assert not self.missing(), f"{len(self.missing())} rows never came back"
        assert calls is None or made <= calls, made


def runs(result: Result) -> dict[str, Row]:
    """Return what ``tap_cin7_runs`` tells of each stream."""
    return {row["stream"]: row for row in result.records(RUNS)}


def versions(result: Result, stream: str) -> set[int | None]:
    """Return the versions of the records of a stream."""
    return {
        one.get("version")
        for one in result.messages
        if one["type"] == "RECORD" and one["stream"] == stream
    }


def version(result: Result, stream: str) -> int:
    """Return the one version that all records of a stream have."""
    (found,) = versions(result, stream)
    assert isinstance(found, int), found
    return found


def activated(result: Result, stream: str) -> list[int]:
    """Return the versions that are activated for a stream."""
    return [one["version"] for one in result.kinds("ACTIVATE_VERSION") if one["stream"] == stream]
