"""target-duckdb 0.8.0, told that its CSV files have no header.

The release loads each batch from a CSV file and lets DuckDB guess its dialect. Since DuckDB 1.3
the guess is wrong when the first row holds an instant that ends in ``Z``, and in any version when
all columns are text: the row is taken for a header and lost without a word. The loader's
repository has the fix (jwills/target-duckdb, pull request 58); once a release has it, this
package can go.

The release also fails on a table without columns beside its key, which is put right here too.
"""  # noqa: INP001 - a module alone, installed as such

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import target_duckdb

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

_GUESSED = r"WITH (new_line '\r\n')"
_TOLD = (
    "WITH (auto_detect false, header false, delimiter ',', quote '\"', escape '\"', "
    r"new_line '\r\n')"
)

_connect = target_duckdb.duckdb_connect


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


def _headerless(config: Mapping[str, Any]) -> _Connection:
    return _Connection(_connect(config))


def main() -> None:
    """Run target-duckdb."""
    target_duckdb.duckdb_connect = _headerless
    target_duckdb.main()
