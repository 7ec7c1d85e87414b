"""Singer messages to stdout, flushed when it matters.

The SDK's msgspec writer flushes after every message, which is one system call a record. Here
records wait in the buffer until it is full or another kind of message follows: STATE and SCHEMA
go out at once, and so a STATE never arrives before its records.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.singerlib.encoding.base import SingerMessageType
from typing_extensions import override

if TYPE_CHECKING:
    from singer_sdk.singerlib.encoding.simple import Message


class Writer(MsgSpecWriter):
    """Writes messages as lines of JSON with exact decimals."""

    @override
    def write_message(self, message: Message) -> None:
        out = sys.stdout.buffer
        out.write(self.format_message(message))
        if message.type != SingerMessageType.RECORD:
            out.flush()
