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

from singer_sdk.contrib.msgspec import MsgSpecWriter, serialize_jsonl
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

    @override
    def write_message(self, message: Message) -> None:
        self._write(self.format_message(message))
        if message.type != SingerMessageType.RECORD:
            self._write(None)

    def write_record(
        self, stream: str, record: Record, version: int | None, extracted: datetime
    ) -> None:
        """Write a RECORD message without making an object of it first."""
        message: dict[str, object] = {"type": "RECORD", "stream": stream, "record": record}
        if version is not None:
            message["version"] = version
        message["time_extracted"] = extracted
        self._write(serialize_jsonl(message))

    def _write(self, line: bytearray | None) -> None:
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
