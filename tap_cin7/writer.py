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
    from collections.abc import Callable
    from datetime import datetime

    from singer_sdk.helpers.types import Record
    from singer_sdk.singerlib.encoding.simple import Message

_BUFFER_BYTES = 1 << 16


class _Borrowed(io.BufferedWriter):
    """Buffers a stdout that is not its own to close."""

    @override
    def close(self) -> None:
        self.flush()


class Frame:
    """What stands around records in RECORD messages that differ in nothing else."""

    def __init__(
        self,
        write: Callable[[bytes], None],
        stream: str,
        version: int | None,
        extracted: datetime,
    ) -> None:
        """Encode what stands before and after a record."""
        after: dict[str, object] = {} if version is None else {"version": version}
        after["time_extracted"] = extracted
        self._write = write
        self._before = encoder.encode({"type": "RECORD", "stream": stream})[:-1] + b',"record":'
        self._after = b"," + encoder.encode(after)[1:] + b"\n"

    def write_row(self, row: Record) -> None:
        """Write the RECORD message of a row."""
        self.write(encoder.encode(row))

    def write(self, record: bytes) -> None:
        """Write the RECORD message of a record that is JSON already."""
        self._write(b"".join((self._before, record, self._after)))


class Writer(MsgSpecWriter):
    """Writes messages as lines of JSON with exact decimals."""

    def __init__(self) -> None:
        """Open nothing yet: stdout may still be replaced."""
        super().__init__()
        self._raw: object = None
        self._buffered: BinaryIO | io.BufferedWriter | None = None

    @override
    def write_message(self, message: Message) -> None:
        self._write(self.format_message(message))
        if message.type != SingerMessageType.RECORD:
            self._write(None)

    def frame(self, stream: str, version: int | None, extracted: datetime) -> Frame:
        """Return the frame that records of a stream leave in."""
        return Frame(self._write, stream, version, extracted)

    def _write(self, line: bytes | bytearray | None) -> None:
        """Write a line, or send out what waits.

        Raises:
            TargetGone: If nobody reads stdout any more.

        """
        try:
            if line is None:
                self._out().flush()
            else:
                self._out().write(line)
        except BrokenPipeError as error:
            raise TargetGone from error

    def _out(self) -> BinaryIO | io.BufferedWriter:
        stdout = sys.stdout.buffer
        if self._buffered is None or stdout is not self._raw:
            self._raw = stdout
            unbuffered = isinstance(stdout, io.RawIOBase)
            self._buffered = _Borrowed(stdout, _BUFFER_BYTES) if unbuffered else stdout
        return self._buffered
