"""What happens to loaded rows between builds: values change, rows come, go, or are marked gone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

import yaml
from hypothesis import strategies as st

from tests.dbt.package import PACKAGE

if TYPE_CHECKING:
    import duckdb

Table = tuple[str, str]
"""Schema and name."""
_STAGING = PACKAGE / "models" / "staging"


@dataclass(frozen=True)
class Edit:
    """One change. Numbers choose among what is there, whatever that is by then.

    Attributes:
        kind: ``copy`` gives a column the value of another row, ``like`` adds a row that differs
            from another in its key, ``mark`` is how loaders say that a row is gone.
        table: Which table.
        row: Which row.
        other: Which other row.
        column: Which column.

    """

    kind: Literal["copy", "like", "remove", "mark", "unmark"]
    table: int
    row: int
    other: int
    column: int

    def apply(self, connection: duckdb.DuckDBPyConnection, tables: list[Table]) -> None:
        """Change a table."""
        schema, name = tables[self.table % len(tables)]
        table = f"{schema}.{name}"
        ids = [one for (one,) in connection.execute(f"select rowid from {table}").fetchall()]  # noqa: S608
        if not ids:
            return
        row, other = ids[self.row % len(ids)], ids[self.other % len(ids)]
        described = connection.execute(f"describe {table}").fetchall()
        keys = _keys(name)
        columns = [
            one
            for one, *_ in described
            if one.replace("_", "") not in keys and not one.startswith("_sdc_")
        ]
        if self.kind == "copy":
            column = columns[self.column % len(columns)]
            changed = (
                f'update {table} set "{column}" = '  # noqa: S608
                f'(select "{column}" from {table} where rowid = {other}) where rowid = {row}'
            )
        elif self.kind == "like":
            # The last key is that of the row in its document.
            key, kind = [one[:2] for one in described if one[0].replace("_", "") in keys][-1]
            new = {"VARCHAR": f"\"{key}\" || '-{self.other}'"}.get(kind, f'"{key}" + 1000')
            if kind.startswith("TIMESTAMP"):
                new = f"\"{key}\" + interval '{self.other % 50} hours'"
            changed = (
                f'insert into {table} select * replace ({new} as "{key}") '  # noqa: S608
                f"from {table} where rowid = {row}"
            )
        elif self.kind == "remove":
            changed = f"delete from {table} where rowid = {row}"  # noqa: S608
        else:
            gone = "'2026-06-30'" if self.kind == "mark" else "null"
            changed = f"update {table} set _sdc_deleted_at = {gone} where rowid = {row}"  # noqa: S608
        connection.execute(changed)


@cache
def _keys(stream: str) -> frozenset[str]:
    """Return the key columns of a stream, without underscores."""
    for path in _STAGING.glob("*/*__models.yml"):
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            if model["name"].endswith(f"__{stream}"):
                columns = model["data_tests"][0]["unique_key"]["arguments"]["columns"]
                return frozenset(one.replace("_", "") for one in columns)
    raise LookupError(stream)


_NUMBER = st.integers(0, 10_000)
EDITS = st.builds(
    Edit,
    st.sampled_from(["copy", "copy", "copy", "copy", "like", "remove", "mark", "unmark"]),
    _NUMBER,
    _NUMBER,
    _NUMBER,
    _NUMBER,
)
HISTORIES = st.lists(st.lists(EDITS, min_size=1, max_size=12), min_size=1, max_size=4)
"""The edits before each build but the first."""
