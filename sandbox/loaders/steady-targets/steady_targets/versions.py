"""Table versions for target-duckdb 0.8.0, which takes no notice of them.

Where the release adds its metadata columns, each row gets the version of its record too.
ACTIVATE_VERSION marks the rows with a smaller version or none as deleted, or removes them where
``hard_delete`` asks for it; rows of that version or a greater one stay. Without metadata columns
nothing tells versions apart, and the message changes nothing.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import target_duckdb
from target_duckdb.db_sync import DbSync

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_COLUMN = "_sdc_table_version"
BEGINNING = 40
"""Characters of a line among which its type stands."""

_add_columns = target_duckdb.add_metadata_columns_to_schema
_add_values = target_duckdb.add_metadata_values_to_record


def with_version_column(message: dict[str, Any]) -> dict[str, Any]:
    """Add the metadata columns to a SCHEMA message."""
    extended: dict[str, Any] = _add_columns(message)
    extended["schema"]["properties"][_COLUMN] = {"type": ["null", "integer"]}
    return extended


def with_version(message: dict[str, Any]) -> dict[str, Any]:
    """Return the record of a RECORD message with the values of the metadata columns."""
    record: dict[str, Any] = _add_values(message)
    record[_COLUMN] = message.get("version")
    return record


def obeying(
    lines: Iterable[str],
    connection: Any,  # noqa: ANN401 - a connection in disguise
    config: Mapping[str, Any],
) -> Iterator[str]:
    """Yield lines, and activate versions in between.

    Args:
        lines: The lines of the input.
        connection: Connection to the database.
        config: Settings of the target.

    """
    if not (config.get("add_metadata_columns") or config.get("hard_delete")):
        yield from lines
        return
    schemas: dict[str, str] = {}
    for line in lines:
        beginning = line[:BEGINNING]
        if '"SCHEMA"' in beginning:
            schemas[json.loads(line)["stream"]] = line
        elif '"ACTIVATE_VERSION"' in beginning:
            message = json.loads(line)
            schema = schemas[message["stream"]]
            # A schema that comes again makes the release load what waits, before it asks on.
            yield schema
            _activate(message["version"], json.loads(schema), connection, config)
        yield line


def _activate(
    version: int,
    schema: dict[str, Any],
    connection: Any,  # noqa: ANN401
    config: Mapping[str, Any],
) -> None:
    stream = schema["stream"]
    sync = DbSync(connection, config, with_version_column(schema))
    connection.execute(
        f"UPDATE {sync.table_name(stream)} SET _sdc_deleted_at = ? "  # noqa: S608
        f"WHERE _sdc_deleted_at IS NULL AND ({_COLUMN} IS NULL OR {_COLUMN} < ?)",
        [datetime.now(timezone.utc).isoformat(), version],
    )
    if config.get("hard_delete"):
        sync.delete_rows(stream)
