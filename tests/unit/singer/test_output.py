"""The writer: whole lines whatever stdout is, and out at once when it matters."""

from __future__ import annotations

import errno
import io
import json
import os
import sys
import threading
from contextlib import redirect_stdout
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, cast

import pytest
from singer_sdk.helpers._flattening import FlatteningOptions
from singer_sdk.mapper import RemoveRecordTransform as Nothing
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.singerlib import RecordMessage, SchemaMessage, StateMessage
from typing_extensions import override

from tap_cin7.errors import TargetGone
from tap_cin7.singer.output import RecordLines, Writer

if TYPE_CHECKING:
    from singer_sdk.mapper import StreamMap
    from singer_sdk.singerlib.encoding.simple import Message
    from typing_extensions import Buffer

SCHEMA = {"type": "object", "properties": {"id": {"type": ["integer"]}}}


class Sink(io.RawIOBase):
    """Keeps what it is sent; each write takes only so much, as a full pipe does."""

    def __init__(self, at_once: int = sys.maxsize) -> None:
        super().__init__()
        self.taken = b""
        self.writes = 0
        self._at_once = at_once

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, data: Buffer, /) -> int:
        piece = bytes(data)[: self._at_once]
        self.taken += piece
        self.writes += 1
        return len(piece)


@pytest.fixture(params=["buffered", "unbuffered"])
def is_buffered(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "buffered")


def as_stdout(sink: io.RawIOBase, *, is_buffered: bool) -> io.TextIOWrapper:
    """Return a stdout over a sink, built as Python builds it with or without ``-u``."""
    if is_buffered:
        return io.TextIOWrapper(io.BufferedWriter(sink))
    return io.TextIOWrapper(cast("io.BufferedWriter", sink), write_through=True)


def record(number: int, **fields: object) -> RecordMessage:
    return RecordMessage(stream="orders", record={"id": number, **fields})


def write(count: int, **fields: object) -> Writer:
    """Write some records and the state that follows them; return what must outlive stdout."""
    writer = Writer()
    for number in range(count):
        writer.write_message(record(number, **fields))
    writer.write_message(StateMessage(value={}))
    return writer


def lines(sink: Sink) -> list[str]:
    """Return the lines that have arrived; half a line fails the test."""
    assert sink.taken.endswith(b"\n") or not sink.taken
    return sink.taken.decode().splitlines()


def test_a_state_brings_the_records_before_it_along(*, is_buffered: bool) -> None:
    sink = Sink()
    with redirect_stdout(as_stdout(sink, is_buffered=is_buffered)):
        writer = Writer()
        for number in range(3):
            writer.write_message(record(number))
        assert sink.writes == 0
        writer.write_message(StateMessage(value={"bookmarks": {}}))
        messages = [json.loads(line) for line in lines(sink)]
    assert [message["type"] for message in messages] == ["RECORD"] * 3 + ["STATE"]
    assert [message["record"]["id"] for message in messages[:3]] == [0, 1, 2]


@pytest.mark.parametrize(
    "message",
    [StateMessage(value={}), SchemaMessage("orders", SCHEMA, key_properties=["id"])],
    ids=["state", "schema"],
)
def test_what_is_no_record_goes_out_at_once(message: Message, *, is_buffered: bool) -> None:
    sink = Sink()
    with redirect_stdout(as_stdout(sink, is_buffered=is_buffered)):
        Writer().write_message(message)
        assert len(lines(sink)) == 1


def test_a_thousand_records_take_few_writes(*, is_buffered: bool) -> None:
    sink = Sink()
    with redirect_stdout(as_stdout(sink, is_buffered=is_buffered)):
        write(1_000)
        assert len(lines(sink)) == 1_001
    assert sink.writes < 20


def test_decimals_keep_every_digit(*, is_buffered: bool) -> None:
    sink = Sink()
    with redirect_stdout(as_stdout(sink, is_buffered=is_buffered)):
        write(1, total=Decimal("0.10000000000000000010"))
        assert '"total":0.10000000000000000010' in lines(sink)[0]


def test_a_stdout_that_takes_little_at_once_gets_whole_lines(*, is_buffered: bool) -> None:
    sink = Sink(at_once=1_000)
    with redirect_stdout(as_stdout(sink, is_buffered=is_buffered)):
        write(50, text="x" * 10_000)
        messages = [json.loads(line) for line in lines(sink)]
    assert [message["record"]["id"] for message in messages[:-1]] == list(range(50))
    assert {len(message["record"]["text"]) for message in messages[:-1]} == {10_000}


def test_a_stdout_that_is_replaced_gets_what_is_written_afterwards(*, is_buffered: bool) -> None:
    writer = Writer()
    for stream in ("orders", "quotes"):
        sink = Sink()
        with redirect_stdout(as_stdout(sink, is_buffered=is_buffered)):
            writer.write_message(SchemaMessage(stream, SCHEMA, key_properties=["id"]))
            (line,) = lines(sink)
        assert json.loads(line)["stream"] == stream


def test_a_reader_that_is_slower_than_the_writer_loses_nothing(*, is_buffered: bool) -> None:
    reading, writing = os.pipe()
    received: list[bytes] = []

    def read() -> None:
        while piece := os.read(reading, 4_096):
            received.append(piece)

    reader = threading.Thread(target=read)
    reader.start()
    stdout = as_stdout(io.FileIO(writing, "w"), is_buffered=is_buffered)
    with redirect_stdout(stdout):
        writer = write(200, text="x" * 5_000)
    stdout.close()
    del writer
    reader.join()
    os.close(reading)
    messages = [json.loads(line) for line in b"".join(received).splitlines()]
    assert [message["record"]["id"] for message in messages[:-1]] == list(range(200))
    assert messages[-1]["type"] == "STATE"


def maps(aliases: list[str], **flattening: object) -> list[StreamMap]:
    """Return stream maps that leave records as they are, for the named outputs."""
    options = FlatteningOptions(**flattening) if flattening else None  # type: ignore[arg-type]
    return [SameRecordTransform(alias, SCHEMA, ["id"], options) for alias in aliases]


def test_a_record_line_is_the_line_that_the_sdk_would_make(*, is_buffered: bool) -> None:
    sink = Sink()
    row = {"id": 1, "total": Decimal("1.50"), "paid": None}
    with redirect_stdout(as_stdout(sink, is_buffered=is_buffered)):
        writer = Writer()
        for version in (None, 7):
            writer.write_message(RecordMessage("orders", dict(row), version=version))
            record_lines = RecordLines(writer, maps(["orders"]), version)
            record_lines.write([b'{"id":1,"total":1.50,"paid":null}'])
        assert sink.writes == 0
        writer.write_message(StateMessage(value={}))
        of_sdk, own, of_sdk_7, own_7, _ = map(json.loads, lines(sink))
    assert datetime.fromisoformat(own.pop("time_extracted")).utcoffset() == timedelta()
    assert own == of_sdk
    assert own_7.pop("time_extracted")
    assert own_7 == of_sdk_7
    assert own_7["version"] == 7


def test_a_record_leaves_once_for_each_of_the_users_maps() -> None:
    sink = Sink()
    with redirect_stdout(as_stdout(sink, is_buffered=True)):
        writer = Writer()
        RecordLines(writer, maps(["a", "b"]), None).write([b'{"id":1.10}'])
        writer.write_message(StateMessage(value={}))
    assert [line.split(',"time')[0] for line in lines(sink)[:2]] == [
        '{"type":"RECORD","stream":"a","record":{"id":1.10}',
        '{"type":"RECORD","stream":"b","record":{"id":1.10}',
    ]


def test_records_that_a_map_keeps_back_are_counted() -> None:
    with redirect_stdout(as_stdout(Sink(), is_buffered=True)):
        record_lines = RecordLines(Writer(), [Nothing("a", SCHEMA, ["id"], None)], None)
        record_lines.write([b'{"id":1}'])
    assert record_lines.filtered == 1


def test_a_target_that_is_gone_is_told_apart_from_other_errors(*, is_buffered: bool) -> None:
    reading, writing = os.pipe()
    stdout = as_stdout(io.FileIO(writing, "w"), is_buffered=is_buffered)
    os.close(reading)
    with redirect_stdout(stdout):
        writer = Writer()
        with pytest.raises(TargetGone):
            writer.write_message(StateMessage(value={}))
        with pytest.raises(TargetGone):
            writer.write_message(record(1, text="x" * 200_000))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, writing)  # so that what waits can be let go
    os.close(nowhere)
    stdout.close()
    del writer


class Filling(Sink):
    """Has no room once, as a full disk that somebody then tidies up."""

    def __init__(self) -> None:
        super().__init__()
        self.is_full = False

    @override
    def write(self, data: Buffer, /) -> int:
        if self.is_full:
            self.is_full = False
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


def test_no_state_gets_through_after_records_that_did_not(*, is_buffered: bool) -> None:
    sink = Filling()
    with redirect_stdout(as_stdout(sink, is_buffered=is_buffered)):
        writer = Writer()
        writer.write_message(StateMessage(value={"bookmarks": {"first": {}}}))
        sink.is_full = True
        with pytest.raises(TargetGone, match="No space left"):
            writer.write_message(record(1, text="x" * 200_000))
        with pytest.raises(TargetGone, match="No space left"):
            writer.write_message(StateMessage(value={"bookmarks": {"second": {}}}))
    assert b"second" not in sink.taken
