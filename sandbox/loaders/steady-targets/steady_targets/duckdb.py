"""target-duckdb 0.8.0 that loses no rows and loads what waits by time too.

Six things are put right:

- The release loads each batch from a CSV file and lets DuckDB guess its dialect. Since DuckDB 1.3
  the guess is wrong when the first row holds an instant that ends in ``Z``, and in any version
  when all columns are text: the row is taken for a header and lost without a word. The loader's
  repository has the fix (jwills/target-duckdb, pull request 58), its releases do not.
- It fails on a table without columns beside its key.
- It loads a batch when ``batch_size_rows`` rows have come, however long that takes; here also after
  some seconds, whether lines come or not.
- It does not make the directory of its file.
- It takes no notice of ACTIVATE_VERSION; see ``versions``.
- At the end it hands back the state of its last batch, or the first one where no row came: a state
  that comes after the last row is lost, and with it the version of a whole reading.
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import target_duckdb

from steady_targets import BATCH_WAIT_LIMIT_SECONDS
from steady_targets.lines import NOTHING, Lines, warn_only
from steady_targets.versions import BEGINNING, obeying, with_version, with_version_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import duckdb

_GUESSED = r"WITH (new_line '\r\n')"
_TOLD = (
    "WITH (auto_detect false, header false, delimiter ',', quote '\"', escape '\"', "
    r"new_line '\r\n')"
)

_STREAM = re.compile(r'{"type": ?"RECORD", ?"stream": ?"([^"\\]+)"')

_connect = target_duckdb.duckdb_connect
_persist_lines = target_duckdb.persist_lines


class _Connection:
    """A DuckDB connection that states the dialect of CSV files."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._connection, name)

    def execute(self, query: str | None, *args: Any) -> duckdb.DuckDBPyConnection:  # noqa: ANN401
        if query is None:
            # The UPDATE of a table without columns beside its key: DuckDB refuses it as such.
            return self._connection
        if query.startswith("COPY "):
            if not query.endswith(_GUESSED):
                raise RuntimeError(f"this is not the COPY of target-duckdb 0.8.0: {query}")
            query = query.removesuffix(_GUESSED) + _TOLD
        return self._connection.execute(query, *args)


class Loading:
    """Lines, and what makes the release load what has waited for so many seconds.

    A schema that comes again does: before it asks on, it loads the rows of all streams.
    """

    def __init__(self, lines: Iterable[str], seconds: float) -> None:
        """Take lines."""
        self._lines = lines
        self._seconds = seconds
        self._schemas: dict[str, str] = {}
        self._waiting: set[str] = set()
        self._due = 0.0

    def __iter__(self) -> Iterator[str]:
        """Yield the lines."""
        for line in self._lines:
            beginning = line[:BEGINNING]
            if '"SCHEMA"' in beginning:
                self._schemas[json.loads(line)["stream"]] = line
            elif '"RECORD"' in beginning:
                if not self._waiting:
                    self._due = time.monotonic() + self._seconds
                self._waiting.add(_stream_of(line))
            if line != NOTHING:
                yield line
            if self._waiting and time.monotonic() >= self._due:
                yield from (self._schemas[stream] for stream in sorted(self._waiting))
                self._waiting.clear()


def _stream_of(line: str) -> str:
    """Return the stream of a RECORD; its record is not looked into where that can be helped."""
    found = _STREAM.match(line)
    stream: str = found[1] if found else json.loads(line)["stream"]
    return stream


class LastState:
    """Lines, and the last STATE among them."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Take lines."""
        self._lines = lines
        self._last: str | None = None

    def __iter__(self) -> Iterator[str]:
        """Yield the lines."""
        for line in self._lines:
            if '"STATE"' in line[:20]:
                self._last = line
            yield line

    def hand_back(self) -> None:
        """Hand back the state, once all rows before it are loaded."""
        if self._last is not None:
            target_duckdb.emit_state(json.loads(self._last)["value"])


def _steady_connect(config: Mapping[str, Any]) -> _Connection:
    filepath = config.get("path", config.get("filepath"))
    if filepath and ":" not in filepath:
        Path(filepath).parent.mkdir(parents=True, exist_ok=True)
    return _Connection(_connect(config))


def _steady_persist(connection: object, config: Mapping[str, Any], messages: IO[str]) -> None:
    lines = Lines(messages)
    seconds = config.get("batch_wait_limit_seconds", BATCH_WAIT_LIMIT_SECONDS)
    states = LastState(Loading(lines, seconds))
    _persist_lines(connection, config, obeying(states, connection, config))
    states.hand_back()
    lines.conclude()


def main() -> None:
    """Run target-duckdb."""
    warn_only()
    target_duckdb.duckdb_connect = _steady_connect
    target_duckdb.persist_lines = _steady_persist
    target_duckdb.add_metadata_columns_to_schema = with_version_column
    target_duckdb.add_metadata_values_to_record = with_version
    target_duckdb.main()
