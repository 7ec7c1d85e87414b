"""Output: write Singer messages to stdout as complete lines.

RECORD lines are built only here. Records are buffered until the buffer is full or another kind of
message follows: STATE and SCHEMA are flushed at once, so a STATE never arrives before its records.
The SDK's msgspec writer flushes after every message, which is one system call per record, and with
an unbuffered stdout (``PYTHONUNBUFFERED``, usual in containers) it ignores short writes to a full
pipe.
"""

from __future__ import annotations

import io
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING, BinaryIO

from singer_sdk.contrib.msgspec import MsgSpecWriter, encoder
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.singerlib.encoding.base import SingerMessageType
from typing_extensions import override

from tap_cin7.errors import TargetGone
from tap_cin7.rows.encoding import decode_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk.mapper import StreamMap
    from singer_sdk.singerlib.encoding.simple import Message

_BUFFER_BYTES = 1 << 16


class _Borrowed(io.BufferedWriter):
    """Buffers stdout, and leaves it open when closed."""

    @override
    def close(self) -> None:
        self.flush()


class Writer(MsgSpecWriter):
    """Writes messages as lines of JSON with exact decimals."""

    def __init__(self) -> None:
        """Set up; stdout is not opened yet, since it may still be replaced."""
        super().__init__()
        self._raw: object = None
        self._buffered: BinaryIO | io.BufferedWriter | None = None
        self._waiting: list[bytes] = []
        self._size = 0
        self._gone: TargetGone | None = None

    @override
    def write_message(self, message: Message) -> None:
        # A copy: the SDK encodes all messages into one buffer.
        self.write_lines(bytes(self.format_message(message)))
        if message.type != SingerMessageType.RECORD:
            self._send(flush=True)

    def write_lines(self, *pieces: bytes) -> None:
        """Write one or more whole lines, in pieces so that large ones are not copied.

        Raises:
            TargetGone: If stdout can't be written to, or could not be before.

        """
        self._waiting += pieces
        self._size += sum(map(len, pieces))
        if self._size >= _BUFFER_BYTES:
            self._send()

    def _send(self, *, flush: bool = False) -> None:
        # Records may be lost by now, and a state written after them would hide that.
        if self._gone is not None:
            raise self._gone
        pieces, self._waiting, self._size = self._waiting, [], 0
        try:
            self._out().writelines(pieces)
            if flush:
                self._out().flush()
        except OSError as error:
            self._gone = TargetGone.because(error)
            raise self._gone from error

    def _out(self) -> BinaryIO | io.BufferedWriter:
        stdout = sys.stdout.buffer
        if self._buffered is None or stdout is not self._raw:
            self._raw = stdout
            unbuffered = isinstance(stdout, io.RawIOBase)
            self._buffered = _Borrowed(stdout, _BUFFER_BYTES) if unbuffered else stdout
        return self._buffered


class RecordLines:
    """Writes the RECORD lines of one stream.

    Attributes:
        filtered: Number of records that the user's stream maps filtered out.

    """

    def __init__(self, writer: Writer, maps: list[StreamMap], version: int | None) -> None:
        """Prepare the lines.

        Args:
            writer: Takes the lines.
            maps: The SDK's stream maps and flattening for this stream.
            version: Table version that the records carry.

        """
        self.filtered = 0
        self._writer = writer
        self._maps = maps
        self._after: dict[str, object] = {} if version is None else {"version": version}
        first = maps[0]
        plain = len(maps) == 1 and type(first) is SameRecordTransform
        self._is_plain = plain and not first.flattening_enabled
        self._before = [_before(one.stream_alias) for one in maps]
        self.extracted_now()

    def extracted_now(self) -> None:
        """Set the extraction time of the records that follow to now."""
        after = {**self._after, "time_extracted": datetime.now(timezone.utc)}
        self._end = b"," + encoder.encode(after)[1:] + b"\n"
        self._between = self._end + self._before[0]

    def write(self, records: Sequence[bytes]) -> None:
        """Write records that are already encoded."""
        if self._is_plain and records:
            lines = self._between.join(records)
            self._writer.write_lines(self._before[0], lines, self._end)
            return
        for row in map(decode_record, records):
            for one, before in zip(self._maps, self._before, strict=True):
                mapped = one.transform(row)
                if mapped is None:
                    self.filtered += 1
                else:
                    self._writer.write_lines(before + encoder.encode(mapped) + self._end)


def _before(alias: str) -> bytes:
    return encoder.encode({"type": "RECORD", "stream": alias})[:-1] + b',"record":'
