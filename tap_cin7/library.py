"""Reading without Singer: the rows of a stream as dicts, for any Python program.

A run of the tap works in its own thread and queues its messages, a little ahead of the consumer; so
state, quota, retries and the treatment of odd values are those of the tap.
"""

from __future__ import annotations

import contextlib
import copy
import signal
import threading
from queue import Empty, Full, Queue
from typing import TYPE_CHECKING, Any, cast

from tap_cin7.errors import BadInput, Cin7Error, RunStopped, TargetGone, TimeUsed
from tap_cin7.rows.encoding import decode_record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from singer_sdk.singerlib.encoding.simple import Message

    from tap_cin7.tap import TapCin7

_CHUNKS_AHEAD = 16
_POLL_SECONDS = 0.1
"""Seconds after which a thread that waits for the queue looks again."""


def read(settings: Mapping[str, Any], stream: str, state: Mapping[str, Any] | None = None) -> Rows:
    """Read a stream.

    Nothing is requested before the first row is taken. Settings come only from the arguments, not
    from the environment.

    Args:
        settings: The tap's settings, such as ``{"api": "omni", "username": ..., "api_key": ...}``.
        stream: The stream's name, such as ``sales_orders``.
        state: The ``state`` of an earlier reading, for what has changed since.

    Returns:
        The rows, to be iterated once.

    Raises:
        Cin7Error: If settings, stream or state can't be used.

    """
    from tap_cin7.tap import TapCin7  # noqa: PLC0415 - keeps the import of this module cheap

    with _signals_kept():
        tap = TapCin7(
            config=dict(settings), state=copy.deepcopy(dict(state or {})), message_writer=Messages()
        )
    return rows_of(tap, stream)


def rows_of(tap: TapCin7, stream: str) -> Rows:
    """Return the rows of a stream; ``Messages`` must be the ``message_writer`` of the tap.

    Raises:
        BadInput: If there is no such stream, or a setting is missing.

    """
    streams = {one.name: one for one in tap.cin7_streams}
    if stream not in streams:
        raise BadInput(
            f"there is no stream {stream!r} in this api; the streams are: "
            f"{', '.join(sorted(streams))}"
        )
    for one in streams.values():
        one.selected = one.name == stream
    _ = tap.run  # fails here if a setting is missing, rather than with the first row
    return Rows(tap, stream)


class Rows:
    """The rows of one stream, to be iterated once.

    Each row is a dict like the tap's records: dates are text (RFC 3339), numbers with a decimal
    point are ``Decimal``, so that no digit is lost.

    Attributes:
        state: What the next reading needs to continue from here; kept up to date while rows are
            taken, and valid after an error too: it never runs ahead of the rows taken.
        complete: Whether all rows were read; False until the last one is taken.

    """

    def __init__(self, tap: TapCin7, stream: str) -> None:
        """Set up the reading of a stream; nothing is requested yet."""
        self.state: dict[str, Any] = copy.deepcopy(dict(tap.state))
        self.complete = False
        self._tap = tap
        self._stream = stream
        self._writer = cast("Messages", tap.message_writer)
        self._error: BaseException | None = None
        self._begun = False

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the rows.

        Raises:
            Cin7Error: After the last row that could be read, if the reading failed; at once if the
                rows were taken before.

        """
        if self._begun:
            raise Cin7Error("these rows were taken before: read anew, with their state")
        self._begun = True
        worker = threading.Thread(target=self._work, daemon=True)
        worker.start()
        try:
            for line in self._writer.lines():
                message = decode_record(line)
                if message["type"] == "RECORD":
                    yield message["record"]
                elif message["type"] == "STATE":
                    self.state = message["value"]
        finally:
            self._writer.closed.set()
            self._tap.run.client.clock.end(RunStopped("nobody takes the rows any more"))
            worker.join()
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        from tap_cin7.run.sync import Sync  # noqa: PLC0415 - as above
        from tap_cin7.singer.stream import groups_of  # noqa: PLC0415

        try:
            groups = groups_of([one for one in self._tap.cin7_streams if one.selected])
            if groups:  # a snapshot may not be due
                sync = Sync(self._tap.run, groups, cast("Any", self._writer), self._tap.state)
                sync.all()
                error = next(iter(sync.errors), None)
                self.complete = error is None
                self._error = None if isinstance(error, TimeUsed) else error
            else:
                self.complete = True
        except BaseException as error:  # noqa: BLE001 - raised where the rows are taken
            self._error = error
        finally:
            self._writer.end()


class Messages:
    """A queue of messages between the thread of a run and the consumer of its rows.

    Attributes:
        closed: Set when the consumer is gone.

    """

    def __init__(self) -> None:
        """Set up an empty queue."""
        from tap_cin7.singer.output import Writer  # noqa: PLC0415 - as above

        self.closed = threading.Event()
        self._format = Writer().format_message
        self._queue: Queue[bytes | None] = Queue(_CHUNKS_AHEAD)

    def write_message(self, message: Message) -> None:
        """Queue a message."""
        self.write_lines(bytes(self._format(message)))

    def write_lines(self, *pieces: bytes) -> None:
        """Queue complete lines, given in pieces.

        Raises:
            TargetGone: If the consumer is gone.

        """
        lines = b"".join(pieces)
        while not self.closed.is_set():
            with contextlib.suppress(Full):
                self._queue.put(lines, timeout=_POLL_SECONDS)
                return
        raise TargetGone("nobody takes the rows any more")

    def end(self) -> None:
        """Mark the end of the messages."""
        with contextlib.suppress(TargetGone):
            self.write_lines(b"")

    def lines(self) -> Iterator[bytes]:
        """Yield the lines until the end mark."""
        while chunk := self._next():
            yield from chunk.splitlines()

    def _next(self) -> bytes:
        while True:
            with contextlib.suppress(Empty):
                return self._queue.get(timeout=_POLL_SECONDS) or b""


@contextlib.contextmanager
def _signals_kept() -> Iterator[None]:
    """Restore the signal handlers, which the SDK replaces as if the tap were a program."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
