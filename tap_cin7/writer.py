"""Singer messages to stdout, whole and flushed when it matters.

The SDK's msgspec writer flushes after every message, which is one system call a record, and
with an unbuffered stdout (``PYTHONUNBUFFERED``, usual in containers) it takes a write for done
that a full pipe cut short. Here records wait in a buffer until it is full or another kind of
message follows: STATE and SCHEMA go out at once, so a STATE never arrives before its records.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, BinaryIO

from singer_sdk.contrib.msgspec import MsgSpecWriter, encoder
from singer_sdk.singerlib.encoding.base import SingerMessageType
from typing_extensions import override

from tap_cin7.errors import TargetGone

if TYPE_CHECKING:
    from datetime import datetime

    from singer_sdk.helpers.types import Record
    from singer_sdk.singerlib.encoding.simple import Message

_BUFFER_BYTES = 1 << 16


class _Borrowed(io.BufferedWriter):
    """Buffers a stdout that is not its own to close."""

    @override
    def close(self) -> None:
        self.flush()


class Writer(MsgSpecWriter):
    """Writes messages as lines of JSON with exact decimals."""

    def __init__(self) -> None:
        """Open nothing yet: stdout may still be replaced."""
        super().__init__()
        self._raw: object = None
        self._buffered: BinaryIO | io.BufferedWriter | None = None
        self._waiting: list[bytes] = []
        self._size = 0
        self._over: TargetGone | None = None

    @override
    def write_message(self, message: Message) -> None:
        # A copy: the SDK encodes all messages into one buffer.
        self.write_line(bytes(self.format_message(message)))
        if message.type != SingerMessageType.RECORD:
            self._send(flush=True)

    def frame(self, stream: str, version: int | None, extracted: datetime) -> Frame:
        """Return the frame that records of a stream leave in."""
        return Frame(self, stream, version, extracted)

    def write_line(self, *pieces: bytes) -> None:
        """Write the pieces of one line.

        Raises:
            TargetGone: If stdout can't be written to, or could not be before.

        """
        self._waiting += pieces
        self._size += sum(map(len, pieces))
        if self._size >= _BUFFER_BYTES:
            self._send()

    def _send(self, *, flush: bool = False) -> None:
        # Records may be lost by now: a state that got through after them would hide that.
        if self._over is not None:
            raise self._over
        lines, self._waiting, self._size = b"".join(self._waiting), [], 0
        try:
            self._out().write(lines)
            if flush:
                self._out().flush()
        except OSError as error:
            self._over = TargetGone.because(error)
            raise self._over from error

    def _out(self) -> BinaryIO | io.BufferedWriter:
        stdout = sys.stdout.buffer
        if self._buffered is None or stdout is not self._raw:
            self._raw = stdout
            unbuffered = isinstance(stdout, io.RawIOBase)
            self._buffered = _Borrowed(stdout, _BUFFER_BYTES) if unbuffered else stdout
        return self._buffered


class Frame:
    """What stands around records in RECORD messages that differ in nothing else."""

    def __init__(
        self, writer: Writer, stream: str, version: int | None, extracted: datetime
    ) -> None:
        """Encode what stands before and after a record."""
        after: dict[str, object] = {} if version is None else {"version": version}
        after["time_extracted"] = extracted
        self._writer = writer
        self._before = encoder.encode({"type": "RECORD", "stream": stream})[:-1] + b',"record":'
        self._after = b"," + encoder.encode(after)[1:] + b"\n"

    def write_row(self, row: Record) -> None:
        """Write the RECORD message of a row."""
        self.write(encoder.encode(row))

    def write(self, record: bytes) -> None:
        """Write the RECORD message of a record that is JSON already."""
        self._writer.write_line(self._before, record, self._after)
