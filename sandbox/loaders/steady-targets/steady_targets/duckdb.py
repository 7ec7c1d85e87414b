"""target-duckdb 0.8.0 that loses no rows and loads what waits by time too.

Six things are put right:

- The release loads each batch from a CSV file and lets DuckDB guess its dialect. Since DuckDB 1.3
  the guess is wrong when the first row holds an instant that ends in ``Z``, and in any version
  when all columns are text: the row is taken for a header and lost without a word. The loader's
  repository has the fix (jwills/target-duckdb, pull request 58), its releases do not.
- It fails on a table without columns beside its key.
- It loads a batch when ``batch_size_rows`` rows have come, however long that takes.
- It does not make the directory of its file.
- It takes no notice of ACTIVATE_VERSION; see ``versions``.
- It keeps a STATE to itself that comes when no row waits any more, such as that which says that a
  version was activated.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import target_duckdb

from steady_targets import BATCH_WAIT_LIMIT_SECONDS
from steady_targets.lines import Lines
from steady_targets.versions import BEGINNING, obeying, with_version, with_version_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import duckdb

_GUESSED = r"WITH (new_line '\r\n')"
_TOLD = (
    "WITH (auto_detect false, header false, delimiter ',', quote '\"', escape '\"', "
    r"new_line '\r\n')"
)

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


class BatchLimit:
    """What the number of waiting rows is compared with: a number of rows, or a time.

    The release asks ``rows >= batch_size_rows`` for each row. This answers in its place, and says
    yes to the first row after so many seconds too.
    """

    def __init__(self, rows: int, seconds: float) -> None:
        """Start waiting with the first row."""
        self._rows = rows
        self._seconds = seconds
        self._due: float | None = None

    def __le__(self, rows: int) -> bool:
        """Return whether so many rows are to be loaded now."""
        now = time.monotonic()
        if self._due is None:
            self._due = now + self._seconds
        if rows < self._rows and now < self._due:
            return False
        self._due = None
        return True


class LastState:
    """The last STATE of some lines; all that came before it is loaded when the lines are over."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Look at lines as they pass."""
        self._lines = lines
        self._line = ""

    def __iter__(self) -> Iterator[str]:
        """Yield the lines."""
        for line in self._lines:
            if '"STATE"' in line[:BEGINNING]:
                self._line = line
            yield line

    def emit(self) -> None:
        """Hand it back."""
        if self._line:
            target_duckdb.emit_state(json.loads(self._line)["value"])


def _steady_connect(config: Mapping[str, Any]) -> _Connection:
    filepath = config.get("path", config.get("filepath"))
    if filepath and ":" not in filepath:
        Path(filepath).parent.mkdir(parents=True, exist_ok=True)
    return _Connection(_connect(config))


def _steady_persist(connection: object, config: Mapping[str, Any], messages: Iterable[str]) -> None:
    limit = BatchLimit(
        config.get("batch_size_rows", target_duckdb.DEFAULT_BATCH_SIZE_ROWS),
        config.get("batch_wait_limit_seconds", BATCH_WAIT_LIMIT_SECONDS),
    )
    lines = Lines(messages)
    obeyed = LastState(obeying(lines, connection, config))
    _persist_lines(connection, {**config, "batch_size_rows": limit}, obeyed)
    obeyed.emit()
    lines.conclude()


def main() -> None:
    """Run target-duckdb."""
    target_duckdb.duckdb_connect = _steady_connect
    target_duckdb.persist_lines = _steady_persist
    target_duckdb.add_metadata_columns_to_schema = with_version_column
    target_duckdb.add_metadata_values_to_record = with_version
    target_duckdb.main()
