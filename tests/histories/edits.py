"""What happens to loaded rows between builds: values change, rows come, go, or are marked gone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

import yaml
from hypothesis import strategies as st

from tests.dbt.package import PACKAGE

if TYPE_CHECKING:
    from tests.histories.places import Place, Table

_TEXT = {"varchar", "text"}
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

    def apply(self, place: Place, tables: list[Table]) -> None:
        """Change a table."""
        schema, name = tables[self.table % len(tables)]
        table = f"{schema}.{name}"
        rows = place.rows(table)
        if not rows:
            return
        row, other = rows[self.row % len(rows)], rows[self.other % len(rows)]
        described = place.ask(
            "select column_name, data_type from information_schema.columns "  # noqa: S608
            f"where table_schema = '{schema}' and table_name = '{name}' order by ordinal_position"
        )
        kinds = {one: kind.lower() for one, kind in described}
        keys = [one for one in kinds if one.replace("_", "").lower() in _keys(name)]
        if self.kind == "copy":
            columns = [one for one in kinds if one not in keys and not one.startswith("_sdc_")]
            column = columns[self.column % len(columns)]
            changed = (
                f'update {table} set "{column}" = '  # noqa: S608
                f'(select "{column}" from {table} where {other}) where {row}'
            )
        elif self.kind == "like":
            # The last key is that of the row in its document.
            new = self._other_key(keys[-1], kinds[keys[-1]])
            listed = ", ".join(f'"{one}"' for one in kinds)
            values = ", ".join(new if one == keys[-1] else f'"{one}"' for one in kinds)
            changed = f"insert into {table} ({listed}) select {values} from {table} where {row}"  # noqa: S608
        elif self.kind == "remove":
            changed = f"delete from {table} where {row}"  # noqa: S608
        else:
            gone = "'2026-06-30'" if self.kind == "mark" else "null"
            changed = f"update {table} set _sdc_deleted_at = {gone} where {row}"  # noqa: S608
        place.execute(changed)

    def _other_key(self, key: str, kind: str) -> str:
        if kind.startswith("timestamp"):
            return f"\"{key}\" + interval '{self.other % 50} hours'"
        return f"\"{key}\" || '-{self.other}'" if kind in _TEXT else f'"{key}" + 1000'


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
