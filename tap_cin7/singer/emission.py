"""What leaves of one group: SCHEMA, RECORDs, and the message that older rows are gone.

Which version records carry and when rows are gone is decided in ``witness``. ACTIVATE_VERSION
leaves after the last record of a reading and before the STATE that says so.

The records of a snapshot leave together, at the end of such a reading: a part of one would pass
for all the stock there was. Each says how many there are, so that one can be told which a kill in
mid write has torn. A reading that took several runs leaves none, since this run has but a part of
the rows: the next one that begins anew does.

Relies on: loader.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

from singer_sdk.singerlib import ActivateVersionMessage

from tap_cin7.reading.parts import SNAPSHOT_ROWS, Snapshot
from tap_cin7.rows.keys import DistinctCount
from tap_cin7.singer.output import RecordLines
from tap_cin7.singer.witness import Witness, tables_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from tap_cin7.reading.reader import Page, Reader
    from tap_cin7.rows.codec import Row
    from tap_cin7.settings import Settings
    from tap_cin7.singer.output import Writer
    from tap_cin7.singer.stream import StreamGroup

_ROWS_AT_ONCE = 50
"""Rows whose records leave stream by stream; more would make the joined lines large."""
_HELD_IN_MEMORY = 1 << 23
"""Bytes of a snapshot that wait in memory; more of them wait on disk."""
_log = logging.getLogger("tap-cin7")


@dataclass
class Written:
    """Records of one stream that left.

    Attributes:
        rows: How many.

    """

    rows: int = 0
    _keys: DistinctCount = field(default_factory=DistinctCount)

    def add(self, keys: Sequence[Hashable]) -> None:
        """Count records."""
        self.rows += len(keys)
        self._keys.update(keys)

    @property
    def unique_keys(self) -> int:
        """How many different primary keys they have."""
        return len(self._keys)


class _Held:
    """Records that wait until the reading has brought every row.

    Attributes:
        counted: Counts of them.

    """

    def __init__(self) -> None:
        self.counted = Written()
        self._lines = SpooledTemporaryFile(max_size=_HELD_IN_MEMORY)  # noqa: SIM115

    def add(self, keys: Sequence[Hashable], jsons: Sequence[bytes]) -> None:
        """Keep records."""
        self._lines.writelines(json + b"\n" for json in jsons)
        self.counted.add(keys)

    def discard(self) -> None:
        """Keep them no longer."""
        self._lines.close()

    def released(self, *, counted: bool) -> Iterator[bytes]:
        """Yield the records, which are kept no longer.

        Args:
            counted: Whether they have the column that says how many they are.

        """
        # A row that changed while it was read has come twice, and is one row of the snapshot.
        rows = self.counted.unique_keys
        end = b',"%s":%d}' % (SNAPSHOT_ROWS.encode(), rows) if counted else b"}"
        with self._lines as lines:
            lines.seek(0)
            for line in lines:
                yield line[:-2] + end


class Emission:
    """What leaves of the streams of one group in one run.

    Attributes:
        written: Counts of the records of each stream.

    """

    def __init__(
        self,
        group: StreamGroup,
        writer: Writer,
        settings: Settings,
        reader: Reader,
        shared: frozenset[str] = frozenset(),
    ) -> None:
        """Prepare; nothing is written yet.

        Args:
            group: The streams.
            writer: Takes the messages.
            settings: Whether versions are announced at all.
            reader: Tells whether the reading sets out to bring every row.
            shared: Tables into which several streams of the run leave.

        """
        self._group = group
        self._streams = group.streams
        self._writer = writer
        self._witness = Witness(group, reader, settings, shared)
        self._reader = reader
        self._rows = 0
        self._is_begun = False
        self.written = [Written() for _ in group.streams]
        self._held = [
            _Held() if issubclass(stream.resource, Snapshot) else None for stream in group.streams
        ]
        self._lines = [
            RecordLines(writer, stream.stream_maps, version)
            for stream, version in zip(group.streams, self._witness.versions, strict=True)
        ]

    def begin(self) -> None:
        """Write the SCHEMA messages, unless that is done."""
        if not self._is_begun:
            self._is_begun = True
            for stream in self._streams:
                stream.write_schema()

    def write(self, page: Page) -> None:
        """Write the records of a page; those of a snapshot wait."""
        self._rows += len(page.rows)
        self._witness.note(self._rows)
        for lines in self._lines:
            lines.extracted_now()
        for place in range(0, len(page.rows), _ROWS_AT_ONCE):
            self._write(page.rows[place : place + _ROWS_AT_ONCE])

    def _write(self, rows: Sequence[Row]) -> None:
        """Write the records of some rows, those of each stream together."""
        keys: list[list[Hashable]] = [[] for _ in self._streams]
        jsons: list[list[bytes]] = [[] for _ in self._streams]
        for row in rows:
            for made in row.records:
                keys[made.output] += made.keys
                jsons[made.output] += made.jsons
                if row.large:  # which makes more than is to be held at once
                    self._leave(made.output, keys, jsons)
        for output in range(len(self._streams)):
            self._leave(output, keys, jsons)

    def _leave(self, output: int, keys: list[list[Hashable]], jsons: list[list[bytes]]) -> None:
        """Write the records of one stream that wait, or keep those of a snapshot."""
        held = self._held[output]
        if not keys[output]:
            return
        if held is None:
            self._lines[output].write(jsons[output])
            self.written[output].add(keys[output])
        elif not self._reader.is_resumed:
            held.add(keys[output], jsons[output])
        keys[output], jsons[output] = [], []

    def announce_what_is_gone(self, reached: str | None, now: str) -> None:
        """End a reading that is proven to hold every row.

        Args:
            reached: The latest stamp that it brought, None where it does not go by stamps.
            now: Cin7's time.

        Raises:
            Incomplete: If the reading is not believed.

        """
        self._witness.believe(self._unique_rows(), reached, now)
        for number, stream in enumerate(self._streams):
            held = self._held[number]
            if held is not None and self._reader.is_resumed:
                held.discard()
                _log.info(
                    "%s: none is taken, since its rows came in several runs; the next run that "
                    "reads all of them takes it",
                    stream.name,
                )
                continue
            self._release(number)
            stream.remember_whole_reading()
            if self._witness.versions[number] is None or self._lines[number].filtered:
                continue
            version = self._witness.gone_before(number)
            if version is not None:
                for table in tables_of(stream):
                    self._writer.write_message(ActivateVersionMessage(table, version))

    def _unique_rows(self) -> int:
        """Return how many rows were read: those of the source where its records were counted."""
        if self._group.source in self._streams:
            return self.written[self._streams.index(self._group.source)].unique_keys
        return self._rows

    def _release(self, number: int) -> None:
        held = self._held[number]
        if held is not None:
            for json in held.released(counted=SNAPSHOT_ROWS in self._streams[number].sent):
                self._lines[number].write((json,))
            self.written[number] = held.counted
