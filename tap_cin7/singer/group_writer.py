"""Writes the messages of one group: SCHEMA, RECORDs, and ACTIVATE_VERSION for rows that are gone.

``witness`` decides which version records carry and when rows are gone. ACTIVATE_VERSION is written
after the last record of a reading and before the STATE that says so.

The records of a snapshot are written together, at the end of such a reading: a part of one would
pass for all the stock there was. Each carries their number, which shows whether a kill has cut the
snapshot short. A reading that took several runs writes none, since this run has only some of the
rows: the next one that begins anew does.

Relies on: loader.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

from singer_sdk.singerlib import ActivateVersionMessage

from tap_cin7.reading.keyset import KeyCount
from tap_cin7.reading.parts import SNAPSHOT_ROWS, Part, Snapshot
from tap_cin7.singer.output import RecordLines
from tap_cin7.singer.witness import Witness

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from tap_cin7.reading.reader import Page, Reader
    from tap_cin7.rows.codec import Row
    from tap_cin7.singer.output import Writer
    from tap_cin7.singer.stream import Cin7Stream, StreamGroup

_ROWS_AT_ONCE = 50
"""Rows whose records are written stream by stream; more would make the joined lines large."""
_STAGED_IN_MEMORY = 1 << 23
"""Bytes of a snapshot to stage in memory; the rest is staged on disk."""
_log = logging.getLogger("tap-cin7")


@dataclass(eq=False)
class _StreamOutput:
    """The records of one stream on their way out.

    Attributes:
        stream: The stream.
        lines: Writes its records.
        staged: Records of a snapshot, one per line, until the reading has brought every row; None
            for other streams.
        counted: Counts of the records written or staged.
        keys: Keys of the records that the next flush writes.
        jsons: Those records.

    """

    stream: Cin7Stream
    lines: RecordLines
    staged: SpooledTemporaryFile[bytes] | None
    counted: KeyCount = field(default_factory=KeyCount)
    keys: list[Hashable] = field(default_factory=list)
    jsons: list[bytes] = field(default_factory=list)

    @property
    def counts(self) -> KeyCount:
        """Counts of the records written."""
        return self.counted if self.staged is None else KeyCount()

    def flush(self) -> None:
        """Write the records, or stage those of a snapshot."""
        if not self.keys:
            return
        if self.staged is None:
            self.lines.write(self.jsons)
        else:
            self.staged.writelines(json + b"\n" for json in self.jsons)
        self.counted.update(self.keys)
        self.keys, self.jsons = [], []

    def write_staged(self) -> None:
        """Write the staged records."""
        if self.staged is None:
            return
        end = b"}"
        if SNAPSHOT_ROWS in self.stream.sent:
            # A row that changed during the reading may come twice, but counts once.
            end = b',"%s":%d}' % (SNAPSHOT_ROWS.encode(), self.counted.unique_keys)
        with self.staged as lines:
            lines.seek(0)
            for line in lines:
                self.lines.write((line[:-2] + end,))
        self.staged = None


class GroupWriter:
    """Writes the messages of the streams of one group in one run."""

    def __init__(self, group: StreamGroup, writer: Writer, reader: Reader) -> None:
        """Prepare; nothing is written yet.

        Args:
            group: The streams.
            writer: Takes the messages.
            reader: Says whether the reading is to bring every row.

        """
        self._source = group.source
        self._writer = writer
        self._witness = Witness(group, reader)
        self._reader = reader
        self._is_begun = False
        self._outputs = [
            _StreamOutput(
                stream,
                RecordLines(writer, stream.stream_maps, self._witness.versions.get(stream.name)),
                SpooledTemporaryFile(max_size=_STAGED_IN_MEMORY)  # noqa: SIM115
                if issubclass(stream.resource, Snapshot)
                else None,
            )
            for stream in group.streams
        ]

    @property
    def counts(self) -> list[KeyCount]:
        """Counts of the records of each stream."""
        return [one.counts for one in self._outputs]

    def begin(self) -> None:
        """Write the SCHEMA messages, once."""
        if not self._is_begun:
            self._is_begun = True
            for one in self._outputs:
                one.stream.write_schema()

    def write(self, page: Page) -> None:
        """Write the records of a page; stage those of a snapshot."""
        self.begin()
        self._witness.note(page)
        for one in self._outputs:
            one.lines.extracted_now()
        for place in range(0, len(page.rows), _ROWS_AT_ONCE):
            self._write(page.rows[place : place + _ROWS_AT_ONCE])
        for one in self._outputs:
            if one.lines.filtered:
                self._witness.disqualify(one.stream)

    def _write(self, rows: Sequence[Row]) -> None:
        """Write the records of some rows, those of each stream together."""
        for row in rows:
            for made in row.records:
                one = self._outputs[made.output]
                if one.staged is not None and self._reader.is_resumed:
                    continue
                one.keys += made.keys
                one.jsons += made.jsons
                if row.large:  # its records do not all fit into memory
                    one.flush()
        for one in self._outputs:
            one.flush()

    def announce_what_is_gone(self, page: Page, now: str) -> None:
        """End a reading that is proven to hold every row.

        Args:
            page: Its last page.
            now: Cin7's time.

        Raises:
            Incomplete: If the reading is not believed.

        """
        own = (one.counts.unique_keys for one in self._outputs if one.stream is self._source)
        # If the source is not selected, its keys are not counted: rows may have come twice.
        self._witness.believe(next(own, self._witness.rows), page, now)
        for one in self._outputs:
            stream = one.stream
            if one.staged is not None and self._reader.is_resumed:
                one.staged.close()
                _log.info(
                    "%s: none is taken, since its rows came in several runs; the next run that "
                    "reads all of them takes it",
                    stream.name,
                )
                continue
            one.write_staged()
            stream.remember_whole_reading()
            # Rows that settings leave out are not gone.
            resource = stream.resource
            if issubclass(resource, Part) and resource.is_left_out(stream.settings):
                continue
            version = self._witness.advance_version(stream)
            if version is not None:
                for table in stream.tables:
                    self._writer.write_message(ActivateVersionMessage(table, version))
