"""The server in a thread of its own: it starts, hangs up for a while, and stops at once."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from functools import partial
from typing import TYPE_CHECKING

import uvicorn

from sandbox.wire import OpenProtocol, transports_at

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.types import ASGIApp

START_SECONDS = 10.0


class _Server(uvicorn.Server):
    """Stops at once, where uvicorn would look only every tenth of a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._wake = asyncio.Event()
        self.loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        self.loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._wake.wait(), 1)

    def wake(self) -> None:
        self._wake.set()


class Listener:
    """A server on a port of this machine."""

    def __init__(self, app: ASGIApp, host: str) -> None:
        """Take what is served, without listening yet."""
        self._server = _Server(
            uvicorn.Config(
                app,
                http=OpenProtocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                date_header=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._host = host
        self._port = 0
        self._thread: threading.Thread | None = None
        self._held: socket.socket | None = None

    def start(self, port: int) -> int:
        """Listen, and return the port once calls are answered.

        Raises:
            RuntimeError: The server did not start.

        """
        listener = socket.create_server((self._host, port))
        _without_delay(listener)
        self._port = listener.getsockname()[1]
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._server.started or self._server.loop is None:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the sandbox server did not start")
            time.sleep(0.005)
        return self._port

    def stop(self) -> None:
        """Stop listening and wait for the thread to end."""
        if self._thread is not None and self._server.loop is not None:
            self._server.should_exit = True
            with contextlib.suppress(RuntimeError):  # the loop has ended by itself
                self._server.loop.call_soon_threadsafe(self._end)
            self._thread.join()
            self._thread = None
        if self._held is not None:
            self._held.close()

    def refuse(self, seconds: float | None = None) -> None:
        """Hang up on everybody and refuse new connections, for a time or until ``accept``.

        Answers that are under way when this is called from a plan still leave.
        """
        self._run(partial(self._refuse, seconds))

    def accept(self) -> None:
        """Accept connections again."""
        self._run(self._accept)

    def _run(self, do: Callable[[], Coroutine[None, None, None]]) -> None:
        loop = self._server.loop
        if loop is None:
            raise RuntimeError("the sandbox server does not run")
        task = asyncio.run_coroutine_threadsafe(do(), loop)
        if threading.current_thread() is not self._thread:
            task.result(START_SECONDS)

    async def _refuse(self, seconds: float | None) -> None:
        for server in self._server.servers:
            server.close()
        self._server.servers = []
        if self._held is None:
            # Bound without listening, the port is kept and connections are refused.
            self._held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._held.bind((self._host, self._port))
        for transport in transports_at(self._port):
            transport.close()
        if seconds is not None:
            asyncio.get_running_loop().call_later(seconds, self.accept)

    async def _accept(self) -> None:
        if self._held is None:
            return
        held, self._held = self._held, None
        _without_delay(held)
        config, state = self._server.config, self._server.server_state
        made = partial(OpenProtocol, config, state, self._server.lifespan.state)
        loop = asyncio.get_running_loop()
        self._server.servers = [await loop.create_server(made, sock=held)]

    def _end(self) -> None:
        for transport in transports_at(self._port):
            if transport in OpenProtocol.unending:
                transport.abort()
        self._server.wake()


def _without_delay(listener: socket.socket) -> None:
    # asyncio knows the socket for TCP too late to set this, and answers in two writes stall.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
