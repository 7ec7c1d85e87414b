"""The codec: the bytes of a row in; its key, its wanted fields and its records out.

Two ways lead from bytes to canonical values. The struct way (``tap_cin7.rows.struct_way``) is
quick and takes rows as they are documented, or as Cin7 was seen to send them before; the dict
way (``tap_cin7.rows.dict_way``) takes and mends all others. Both make the same records but for
the order of columns. Nothing outside of this file knows which one a row went.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_cin7.rows.dict_way import DictWay
from tap_cin7.rows.fields import Record
from tap_cin7.rows.finishing import Finisher, Output, Row, Task
from tap_cin7.rows.keys import WholeRowKeys
from tap_cin7.rows.parts import Made
from tap_cin7.rows.places import EXTRA_FIELDS
from tap_cin7.rows.struct_way import StructWay
from tap_cin7.rows.telling import Notes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import msgspec

    from tap_cin7.rows.paths import Found

_AT_ONCE = 16
"""Rows that are read before they become records: few enough for a processor's cache."""

__all__ = ["Made", "Notes", "Output", "Row", "RowCodec"]


class _Ways(NamedTuple):
    """Both ways, and what makes records of the values that they read."""

    struct_way: StructWay
    finish_struct: Callable[[Any, Found, Mapping[str, Any]], Row | None]
    dict_way: DictWay
    finish_dict: Callable[[Any, Found, Mapping[str, Any]], Row | None]


class RowCodec:
    """The bytes of a row in; its key, wanted fields and records out.

    Attributes:
        notes: Takes the rows without key: those of the first output, or the codec's own.

    """

    def __init__(
        self,
        schema: Record,
        *,
        wanted: Iterable[str] = (),
        stamp: str | None = None,
        outputs: Sequence[Output] = (),
        extra_fields: bool = True,
    ) -> None:
        """Set up; compile when the first row comes.

        Args:
            schema: What the resource declares.
            wanted: Fields whose values the reader must see (stamps, ids, dates, statuses); a
                name that the schema does not have is null in each row.
            stamp: The column that parts get as ``parent_modified``.
            outputs: The streams to make records for; none for rows that are only read.
            extra_fields: Whether records carry the column ``extra_fields``.

        """
        fields = {name: field for name, field in schema.fields.items() if name != EXTRA_FIELDS}
        self.notes = outputs[0].notes if outputs else Notes()
        self._whole_row_keys = WholeRowKeys()
        self._task = Task(
            Record(fields),
            tuple(wanted),
            stamp,
            outputs,
            extra_fields,
            self.notes,
            self._whole_row_keys,
        )
        self._lock = Lock()
        self._ways: _Ways | None = None

    def rows(
        self, raws: Sequence[bytes | msgspec.Raw], added: Mapping[str, Any] | None = None
    ) -> list[Row | None]:
        """Return what is known of some rows, None for each that has no key.

        Args:
            raws: The JSON objects as they came, repaired or not.
            added: Columns that the reader knows and the rows do not say (``header_modified``,
                ``read_at``, copies from an envelope), canonical.

        Raises:
            StreamFailed: If one is not a JSON object, which no row of a page that was split is.

        """
        ways = self._ways or self._compile()
        added = added or {}
        found: list[Row | None] = []
        for place in range(0, len(raws), _AT_ONCE):
            some = list(map(bytes, raws[place : place + _AT_ONCE]))
            for raw, read in zip(some, ways.struct_way.read(some), strict=True):
                if read is None:
                    found.append(self._mended(ways, raw, added))
                else:
                    found.append(ways.finish_struct(*read, added))
        return found

    def row(self, raw: bytes | msgspec.Raw, added: Mapping[str, Any] | None = None) -> Row | None:
        """Return what is known of one row; see ``rows``."""
        (row,) = self.rows((raw,), added)
        return row

    def _mended(self, ways: _Ways, raw: bytes, added: Mapping[str, Any]) -> Row | None:
        with self._lock:
            record, found = ways.dict_way.read(raw)
            ways.struct_way.learn(ways.dict_way.lessons)
        return ways.finish_dict(record, found, added)

    def _compile(self) -> _Ways:
        with self._lock:
            if self._ways is None:
                task = self._task
                dict_way = DictWay(task.schema.fields)
                struct_way = StructWay(task.schema.fields, task.needed())
                self._ways = _Ways(
                    struct_way,
                    Finisher(task, struct_way.access).row,
                    dict_way,
                    Finisher(task, dict_way.access).row,
                )
            return self._ways

    def needed_fields(self) -> list[str] | None:
        """Return the top-level fields on the wire that the outputs and wanted fields take.

        None when all of them are, so that asking for fewer would save nothing.
        """
        fields = self._task.schema.fields
        wire = [name for name, field in fields.items() if field.record_key_parts is None]
        needed = self._task.needed()
        return None if needed.issuperset(wire) else [name for name in wire if name in needed]

    def start_again(self) -> None:
        """Number equal rows from 1 again (streams whose key is the whole row): a list is reread."""
        self._whole_row_keys.start_again()
