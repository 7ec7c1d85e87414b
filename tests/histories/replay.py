"""Builds of the package, replayed.

dbt takes half a minute to start, and what it says to a database depends only on which tables there
are. So it builds a few times, and what it said is said again to databases with other rows.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.books.builds import DBT
from tests.dbt.package import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.books.databases import Database

    Statements = tuple[str, ...]
_NODE = re.compile(r'"node_id": "model\.cin7\.(\w+)"')
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SAYS_NOTHING = re.compile(r"(select|begin|commit|rollback|with)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Builds:
    """What dbt says to a database in which a build was before.

    Attributes:
        later: Statements of one more build.
        full: Statements of a build with ``--full-refresh``.
        incremental: The models that a later build makes in part.

    """

    later: Statements
    full: Statements
    incremental: tuple[str, ...]


def recorded(database: Database, directory: Path, variables: Mapping[str, object]) -> Builds:
    """Build incremental models and what they rest on, again and anew, and note what dbt says."""
    list(_said(database, directory, variables))
    later = list(_said(database, directory, variables))
    full = list(_said(database, directory, variables, "--full-refresh"))
    manifest = json.loads((directory / "target" / "manifest.json").read_text(encoding="utf-8"))
    return Builds(
        tuple(sql for node, sql in later if not _is_staging(node)),
        tuple(sql for node, sql in full if not _is_staging(node)),
        tuple(
            one["relation_name"]
            for one in manifest["nodes"].values()
            if one["config"].get("materialized") == "incremental"
        ),
    )


def _is_staging(node: str) -> bool:
    # Views of loaded tables stay as they are. PostgreSQL drops those of made tables with these.
    return node.startswith("stg_")


def _said(
    database: Database, directory: Path, variables: Mapping[str, object], *options: str
) -> Iterator[tuple[str, str]]:
    done = subprocess.run(
        [
            *(DBT, "--log-format", "json", "--log-level", "debug", "run"),
            *("--select", "+config.materialized:incremental", "--threads", "1", *options),
            *("--project-dir", PACKAGE, "--profiles-dir", PACKAGE, "--target", database.target),
            *("--target-path", directory / "target", "--log-level-file", "none"),
            *("--vars", json.dumps(variables)),
        ],
        cwd=PACKAGE,
        env={**os.environ, **database.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    for line in done.stdout.splitlines():
        if '"SQLQuery"' not in line:
            continue
        sql = json.loads(line)["data"]["sql"]
        node = _NODE.search(sql)
        statement = _COMMENT.sub("", sql, count=1).strip()
        if node and statement and not _SAYS_NOTHING.match(statement):
            yield node[1], statement
