"""Core's data: every row has a last change, shown or not, and details follow from the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from sandbox.core.pools import stamp_text
from sandbox.core.resources import ZONELESS, details, lists
from sandbox.core.world import MIRRORS
from sandbox.stamps import TICKS_PER_SECOND
from sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sandbox.entry import Entry, Key, Row
    from sandbox.table import Table

Documents: TypeAlias = "Callable[[str, Row], list[Row]]"
"""The records of a detail, from its stream and the row of the list that names it."""

_VOID_EVERY = 5
_VOIDABLE = frozenset({"DRAFT", "AUTHORISED", "ORDERED", "INVOICED", "COMPLETED", "RECEIVED"})
_MIRROR_OF = {source: mirror for mirror, source in MIRRORS.items()}


class CoreStore(Store):
    """All lists of Core, and the details of their rows.

    The lists of credit notes show rows of the sale and purchase lists: a change of one is a
    change of the other.

    Args:
        tables: The lists.
        documents: What the details are made by.

    """

    void_fields: Mapping[str, Any] = {"Status": "VOIDED"}
    status_field = "Status"

    def __init__(self, tables: Iterable[Table], documents: Documents) -> None:
        super().__init__(tables)
        self.documents = documents
        self._vanished: set[tuple[str, str]] = set()
        self._touched = 0

    def records(self, stream: str, header_id: str) -> list[Row]:
        """Return the records of one document, in full.

        Raises:
            KeyError: There is no such document (any more).

        """
        with self.lock:
            if (stream, header_id) in self._vanished:
                raise KeyError(header_id)
            # Lists and documents come from one database: both show a change at once by default.
            table = self.tables[details()[stream].header]
            now = self.clock.ticks()
            table.settle(now)
            entry = table.shown((header_id,))
            behind = round(self.habits.of(table.name).behind_seconds * TICKS_PER_SECOND)
            if behind:
                entry = table.at(entry.key, now - behind)
            return self.documents(stream, entry.row)

    def detail(self, stream: str, header_id: str) -> Row:
        """Return the one record of a document, in full.

        Raises:
            KeyError: There is no such document (any more).

        """
        return self.records(stream, header_id)[0]

    def vanish(self, stream: str, header_id: str) -> None:
        """Let a detail be gone although the list still shows its row."""
        self._vanished.add((stream, header_id))

    def edit(self, stream: str, key: object, **changes: Any) -> Entry:  # noqa: ANN401
        """Change fields of a row; its last change moves to the present."""
        entry = super().edit(MIRRORS.get(stream, stream), key, **changes)
        return self.tables[stream].by_key.get(entry.key, entry)

    def touch(self, stream: str, *keys: object, **changes: Any) -> str:  # noqa: ANN401
        """Change some rows at one and the same new second, and void one of them now and then."""
        with self.lock:
            source = self.tables[MIRRORS.get(stream, stream)]
            stamp = self._next_stamp(source)
            for key in keys:
                self._touched += 1
                fields = changes | ({source.stamp: stamp} if source.stamp is not None else {})
                row = self.row(source.name, key)
                if self._touched % _VOID_EVERY == 0 and row.get("Status") in _VOIDABLE:
                    fields |= self.void_fields
                self.edit(source.name, key, **fields)
            return stamp

    def add(self, stream: str, row: Mapping[str, Any] | None = None) -> Entry:
        """Add a row; fields that are not given are made as for the others."""
        return super().add(MIRRORS.get(stream, stream), row)

    def delete(self, stream: str, key: object) -> None:
        """Remove a row for good."""
        super().delete(MIRRORS.get(stream, stream), key)
        mirror = _MIRROR_OF.get(MIRRORS.get(stream, stream))
        found = key if isinstance(key, tuple) else (key,)
        if mirror is not None and found in self.tables[mirror].by_key:
            super().delete(mirror, key)

    def is_editable(self, stream: str) -> bool:
        """Tell whether edits of a stream show: here they move rows, stamp or not."""
        return stream in self.tables

    def _next_stamp(self, table: Table) -> str:
        return stamp_text(self._next_ticks(), zoned=table.name not in ZONELESS)

    def _ticks(self, table: Table, stamp: object) -> int:
        return self._next_ticks() if table.stamp is None else super()._ticks(table, stamp)

    def _put(self, table: Table, row: Row, key: Key | None = None) -> Entry:
        if not table.keys and key is None:
            key = (len(table.history),)
        entry = super()._put(table, row, key)
        mirror = _MIRROR_OF.get(table.name)
        if mirror is not None and row["CreditNoteNumber"]:
            shown = {name: row[name] for name in lists()[mirror].properties}
            super()._put(self.tables[mirror], shown)
        return entry
