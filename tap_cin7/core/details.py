"""Details of Core: one call per document, so only changed ones are fetched, and resumably.

The header list says which documents changed. Their ids are sorted by the header's stamp and
fetched in that order, several in flight; each one that is written moves the position in state,
so that an interrupted backfill goes on with the next. State holds one position, no entry per
document, and the ids wait in a few bytes each.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_cin7 import values
from tap_cin7.ahead import in_order
from tap_cin7.bookmarks import RESUME, VALUE, starting_point, whole_read_done, whole_read_due
from tap_cin7.core.answers import rows_of
from tap_cin7.core.stream import CoreStream
from tap_cin7.errors import RecordGone
from tap_cin7.fields import DATETIME
from tap_cin7.stream import Expected, Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_cin7.core.lists import ListStream
    from tap_cin7.shape import Row

HEADER_MODIFIED = "header_modified"
"""Added column: the stamp of the header row, by which details are read incrementally."""
_FINAL = {"COMPLETED", "VOIDED", "CREDITED", "CLOSED", "VOID"}
_STAMP_WIDTH = len("2026-01-01T00:00:00.000000Z")


class DetailStream(CoreStream):
    """Documents in full, fetched one by one as their header list says."""

    header: ClassVar[type[ListStream]]
    """The list that names the documents."""
    id_field: ClassVar[str]
    """Field of the header row that holds the id."""
    id_param: ClassVar[str]
    """Query parameter of the detail that takes the id; empty where the path ends with it."""
    copies: ClassVar[dict[str, str]] = {}
    """Columns copied from the envelope: column -> field of the envelope."""

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Add the header's stamp as a column where the header has one."""
        super().__init_subclass__(**kwargs)
        if "schema" not in vars(cls):
            return
        if cls.header.stamp_column is not None:
            cls.stamp_column = HEADER_MODIFIED
            added = DATETIME("Added by the tap: last change as the header list tells it")
            vars(cls)["schema"]["properties"][HEADER_MODIFIED] = added.json_schema()
        cls.replication_key = cls.stamp_column  # type: ignore[method-assign,assignment]

    @staticmethod
    def wanted(header: dict[str, Any]) -> bool:  # noqa: ARG004
        """Tell whether a header row has a detail of this kind."""
        return True

    @override
    def pages(self) -> Iterator[Page]:
        began = values.now()
        resume = self._resume()
        whole = whole_read_due(self, began)
        if resume is not None:
            since, began, whole = resume["since"], resume["began"], resume["whole"]
        else:
            since = starting_point(self)
        done = _packed(*resume["position"]) if resume is not None else b""
        changed = self._changed(since, began, whole=whole)
        waiting = sorted(entry for entry in changed if entry > done)
        marker = {"since": since, "began": began, "whole": whole}
        for entry, rows in in_order(self._fetched, waiting, lambda: self.run.parallel):
            yield Page(rows, {RESUME: {**marker, "position": list(_unpacked(entry))}})
        last = waiting[-1] if waiting else done
        reached = _unpacked(last)[0] if last else ""
        whole_read = whole_read_done(self, began, whole=whole or since is None)
        yield Page([], self._bookmark(reached, began) | whole_read)

    @override
    def probe(self) -> Expected | None:
        header = self.header(self._cin7_tap)
        header.tries = self.tries
        expected = header.expected(starting_point(self))
        if expected is None:
            return None
        return Expected(expected.rows, expected.rows + expected.calls)

    def _resume(self) -> dict[str, Any] | None:
        """Return where the last run stopped, when all parts of the family stopped there."""
        markers = [member.stream_state.get(RESUME) for member in self.family]
        return markers[0] if all(marker == markers[0] for marker in markers) else None

    def _bookmark(self, reached: str, began: str) -> dict[str, Any]:
        bookmark: dict[str, Any] = {RESUME: None}
        if self.stamp_column is not None:
            before = self.family[0].stream_state.get(VALUE) or ""
            latest = max(before, min(reached, began))
            if latest:
                bookmark[VALUE] = latest
        return bookmark

    def _changed(self, since: str | None, began: str, *, whole: bool) -> Iterator[bytes]:
        """Yield an entry for each document to fetch: stamp and id, packed."""
        header = self.header(self._cin7_tap)
        header.tally = self.tally
        header.record_type = None  # its rows are read here and written nowhere
        stamp_column = header.stamp_column
        for outlines in header.read(None if whole else since, began):
            for outline in outlines:
                row = outline.row()
                header_id = row.get(self.id_field)
                if not header_id or not self.wanted(row):
                    continue
                stamp = (outline.fields.get(stamp_column) if stamp_column else None) or ""
                if whole and since and stamp < since and str(row.get("Status")).upper() in _FINAL:
                    continue
                yield _packed(stamp, str(header_id))

    def _fetched(self, entry: bytes) -> tuple[bytes, list[Row]]:
        stamp, header_id = _unpacked(entry)
        try:
            rows = self.records_of(header_id)
        except RecordGone as gone:
            self.logger.warning("%s: %s is gone (%s)", self.name, header_id, gone)
            return entry, []
        kept = [row for row in rows if self.shape(row)]
        if self.stamp_column is not None:
            for row in kept:
                row[HEADER_MODIFIED] = stamp or None
        return entry, kept

    def records_of(self, header_id: str) -> list[Row]:
        """Ask for the records of one document, as Cin7 sends them.

        Raises:
            RecordGone: If the document does not exist any more.

        """
        path = self.path if self.id_param else f"{self.path}/{header_id}"
        body = self.get({self.id_param: header_id} if self.id_param else {}, path)
        rows = rows_of(body, self.records_key)
        for row in rows:
            for column, name in self.copies.items():
                row.setdefault(column, body.get(name) if isinstance(body, dict) else None)
        return rows


def _packed(stamp: str, header_id: str) -> bytes:
    """Return stamp and id in a few bytes that sort by stamp, then by id."""
    return stamp.ljust(_STAMP_WIDTH).encode() + _packed_id(header_id)


def _packed_id(header_id: str) -> bytes:
    try:
        guid = uuid.UUID(header_id)
    except ValueError:
        return b"\1" + header_id.encode()
    return b"\0" + guid.bytes if str(guid) == header_id else b"\1" + header_id.encode()


def _unpacked(entry: bytes) -> tuple[str, str]:
    stamp, kind, rest = entry[:_STAMP_WIDTH], entry[_STAMP_WIDTH], entry[_STAMP_WIDTH + 1 :]
    header_id = rest.decode() if kind else str(uuid.UUID(bytes=rest))
    return stamp.decode().strip(), header_id
