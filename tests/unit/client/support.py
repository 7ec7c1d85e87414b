"""A raw server for answers that no HTTP library would send, and a clock that does not sleep."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import requests
from typing_extensions import override

from tap_cin7.client.clock import RunClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class QuickClock(RunClock):
    """A clock whose waits only move its hands."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 1_000.0
        self.waits: list[float] = []

    @override
    def now(self) -> float:
        return self.time

    @override
    def _pause(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += seconds


class Wire:
    """One connection of the raw server."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._reader = connection.makefile("rb")

    def request(self) -> str:
        """Read one request; return its first line and headers, empty at the end."""
        lines = []
        with suppress(OSError):
            while line := self._reader.readline().decode("latin-1"):
                lines.append(line)
                if not line.strip():
                    break
        return "".join(lines)

    def send(self, data: bytes) -> bool:
        """Send bytes; return whether anybody takes them."""
        try:
            self._connection.sendall(data)
        except OSError:
            return False
        return True

    def reset(self) -> None:
        """Close at once."""
        self._connection.shutdown(socket.SHUT_RDWR)


def answer(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    """Return a whole answer, with its length unless headers say otherwise."""
    told = {"Content-Length": str(len(body))}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in told.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


@contextmanager
def wire_server(serve: Callable[[Wire], None]) -> Iterator[str]:
    """Serve each connection by a function on a thread of its own; yield the address."""
    listener = socket.create_server(("127.0.0.1", 0))
    open_ones: list[socket.socket] = []

    def handle(connection: socket.socket) -> None:
        with connection:
            serve(Wire(connection))

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            open_ones.append(connection)
            threading.Thread(target=handle, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        # Closing alone leaves the thread that accepts, and so the port, as they are.
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in open_ones:
            connection.close()


@contextmanager
def answering(*answers: bytes) -> Iterator[tuple[str, list[str]]]:
    """Serve some answers one after the other, the last one for ever; yield address and requests."""
    left = list(answers)
    asked: list[str] = []
    turn = threading.Lock()

    def serve(wire: Wire) -> None:
        while request := wire.request():
            with turn:
                asked.append(request)
                reply = left.pop(0) if len(left) > 1 else left[0]
            if not wire.send(reply):
                return

    with wire_server(serve) as address:
        yield address, asked


def reply(status: int, body: str | bytes = b"", **headers: str) -> requests.Response:
    """Return a reply as the session gives it."""
    response = requests.Response()
    response.status_code = status
    response._content = body.encode() if isinstance(body, str) else body  # noqa: SLF001
    response.encoding = "utf-8"
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return response
