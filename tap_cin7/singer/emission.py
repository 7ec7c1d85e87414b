"""What leaves of one group: SCHEMA, RECORDs, and the message that older rows are gone.

The rule: what is gone is told, and only where it is known. A reading that holds every row of its
resource gives its records a new table version and ends with ACTIVATE_VERSION, after its last
record and before the STATE that says so; targets then mark or remove what has an older version.
Never after a reading that failed, was stopped or filtered, and never where a stream that had rows
has none or less than half of them: then something is wrong rather than gone, and the stream
counts as incomplete. An empty list tells nothing either where no state says what was there, since
the rows of the target may be many. Between whole readings records carry the version of the last.

The records of a snapshot leave together, at the end of such a reading: a part of one would pass
for all the stock there was.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

from singer_sdk.mapper import RemoveRecordTransform
from singer_sdk.singerlib import ActivateVersionMessage

from tap_cin7.errors import Incomplete
from tap_cin7.reading.snapshots import Snapshot
from tap_cin7.rows.keys import DistinctCount
from tap_cin7.singer.output import RecordLines

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from tap_cin7.reading.reader import Page
    from tap_cin7.rows.codec import Row
    from tap_cin7.settings import Settings
    from tap_cin7.singer.output import Writer
    from tap_cin7.singer.stream import Cin7Stream, StreamGroup

_log = logging.getLogger("tap-cin7")
_VERSION = "version"
_ROWS = "whole_rows"
_ROWS_AT_ONCE = 50
"""Rows whose records leave stream by stream; more would make the joined lines large."""
_HELD_IN_MEMORY = 1 << 23
"""Bytes of a snapshot that wait in memory; more of them wait on disk."""


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

    def released(self) -> Iterator[bytes]:
        """Yield the records, which are kept no longer."""
        with self._lines as lines:
            lines.seek(0)
            for line in lines:
                yield line[:-1]


class Emission:
    """What leaves of the streams of one group in one run.

    Attributes:
        written: Counts of the records of each stream.

    """

    def __init__(
        self, group: StreamGroup, writer: Writer, settings: Settings, *, is_whole: bool
    ) -> None:
        """Prepare; nothing is written yet.

        Args:
            group: The streams.
            writer: Takes the messages.
            settings: Whether versions are announced at all.
            is_whole: Whether the reading sets out to bring every row.

        """
        self._streams = group.streams
        self._writer = writer
        self._versions = [
            _version_of(stream, is_whole=is_whole)
            if settings.emit_activate_version_messages and stream.resource.shows_what_is_gone
            else None
            for stream in group.streams
        ]
        self.written = [Written() for _ in group.streams]
        self._held = [
            _Held() if issubclass(stream.resource, Snapshot) else None for stream in group.streams
        ]
        self._lines = [
            RecordLines(writer, stream.stream_maps, version)
            for stream, version in zip(group.streams, self._versions, strict=True)
        ]

    def begin(self) -> None:
        """Write the SCHEMA messages."""
        for stream in self._streams:
            stream.write_schema()

    def write(self, page: Page) -> None:
        """Write the records of a page; those of a snapshot wait."""
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
        else:
            held.add(keys[output], jsons[output])
        keys[output], jsons[output] = [], []

    def announce_what_is_gone(self) -> None:
        """End a reading that is known to hold every row.

        Raises:
            Incomplete: If a stream has lost so many rows that the reading can't be believed.

        """
        counted = [
            written if held is None else held.counted
            for written, held in zip(self.written, self._held, strict=True)
        ]
        self._refuse_the_doubtful(counted)
        self._release(counted)
        for number, stream in enumerate(self._streams):
            rows, version = counted[number].unique_keys, self._versions[number]
            says_nothing = not rows and not stream.stream_state.keys() & {_ROWS, _VERSION}
            stream.remember_whole_reading()
            stream.stream_state[_ROWS] = rows
            if version is None or self._lines[number].filtered:
                continue
            stream.stream_state[_VERSION] = version
            if not says_nothing:
                self._activate(stream, version)

    def _refuse_the_doubtful(self, counted: list[Written]) -> None:
        doubtful = [
            f"{stream.name} had {before} rows and has {written.unique_keys}"
            for stream, written in zip(self._streams, counted, strict=True)
            if (before := stream.stream_state.get(_ROWS)) and 2 * written.unique_keys < before
        ]
        if doubtful:
            _log.warning(
                "%s: nothing is reported as gone; if this is right, take %r of the stream out of "
                "the state once",
                "; ".join(doubtful),
                _ROWS,
            )
            raise Incomplete("too many rows are missing to believe the list")

    def _release(self, counted: list[Written]) -> None:
        for number, held in enumerate(self._held):
            if held is not None:
                for json in held.released():
                    self._lines[number].write((json,))
                self.written[number] = counted[number]

    def _activate(self, stream: Cin7Stream, version: int) -> None:
        for one in stream.stream_maps:
            if not isinstance(one, RemoveRecordTransform):
                self._writer.write_message(
                    ActivateVersionMessage(stream=one.stream_alias, version=version)
                )


def _version_of(stream: Cin7Stream, *, is_whole: bool) -> int | None:
    """Return the version of a stream's records: a new one for a whole reading."""
    last = stream.stream_state.get(_VERSION)
    if not is_whole:
        return last
    now = time.time_ns() // 1_000_000
    return now if last is None else max(now, last + 1)
