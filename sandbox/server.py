"""Sandbox: the server in a thread of its own, with its data and call log in reach of a test."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from sandbox import control
from sandbox.edits import Edits
from sandbox.faults import Fault, Faults
from sandbox.gate import Gate
from sandbox.omni import OmniApi, generate
from sandbox.quota import Quota
from sandbox.wire import OpenProtocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from typing_extensions import Self

    from sandbox.api import Api, Call
    from sandbox.store import Store

START_SECONDS = 10.0


class _Server(uvicorn.Server):
    """Stops at once, where uvicorn would look only every tenth of a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._wake.wait(), 1)

    def stop(self) -> None:
        self.should_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake.set)


@dataclass
class Sandbox:
    """A stand-in for Cin7 on a port of this machine.

    ::

        with Sandbox(rows={"sales_orders": 5000}, faults=Faults(rate=0.1)) as server:
            requests.get(f"{server.base_url}/v1/SalesOrders", auth=server.auth)

    Two servers with the same seed and sizes hold the same data.

    Args:
        seed: What the data come from.
        rows: Number of rows by stream.
        default_rows: Number of rows of the other streams; small lists stay small.
        crowd: Sales orders that share one second; None means as many as fit.
        null_stamps: Share of rows without modifiedDate by stream; payments have some anyway.
        username: API username of Omni.
        api_key: Key of the Omni connection.
        denied: Omni streams that the connection may not read.
        quota: Limits of Omni; none by default.
        faults: What goes wrong.
        edits_per_call: Rows edited after each answered list call.
        edits_stream: Stream that is edited; None means the one being read.
        latency_seconds: How long every answer takes at least.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.

    """

    seed: int = 1
    rows: Mapping[str, int] = field(default_factory=dict)
    default_rows: int = 300
    crowd: int | None = None
    null_stamps: Mapping[str, float] = field(default_factory=dict)
    username: str = "demo"
    api_key: str = field(default="demo-key", repr=False)
    denied: Collection[str] = ()
    quota: Quota = field(default_factory=Quota)
    faults: Faults = field(default_factory=Faults)
    edits_per_call: int = 0
    edits_stream: str | None = None
    latency_seconds: float = 0.0
    host: str = "127.0.0.1"
    port: int = 0

    def __post_init__(self) -> None:
        """Make the data and the application, without listening yet."""
        self.omni = OmniApi(
            generate(self.seed, self.rows, self.default_rows, self.crowd, self.null_stamps),
            credentials={self.username: self.api_key},
            denied=frozenset(self.denied),
            quota=self.quota,
        )
        apis: list[Api] = [self.omni]
        self._gate = Gate(
            apis,
            self.faults,
            Edits(self.edits_per_call, self.edits_stream, self.seed),
            self.latency_seconds,
        )
        routes = [*control.routes(self._gate), Route("/{path:path}", self._gate)]
        config = uvicorn.Config(
            Starlette(routes=routes),
            http=OpenProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._thread: threading.Thread | None = None

    @property
    def store(self) -> Store:
        """Omni's data."""
        return self.omni.store

    @property
    def base_url(self) -> str:
        """What the tap takes as ``base_url`` for Omni."""
        return self.url + self.omni.prefix

    @property
    def url(self) -> str:
        """Where the server listens."""
        return f"http://{self.host}:{self.port}"

    @property
    def auth(self) -> tuple[str, str]:
        """Username and key for Omni."""
        return self.username, self.api_key

    @property
    def calls(self) -> list[Call]:
        """Every call since the start or the last reset, refused ones included."""
        return self._gate.calls

    def reset_calls(self) -> None:
        """Empty the call log."""
        self._gate.calls.clear()

    def fail_next(self, stream: str, fault: Fault, times: int = 1) -> None:
        """Let the next calls of a stream (``*``: of any) fail."""
        self.faults.fail_next(stream, fault, times)

    def always(self, stream: str, fault: Fault) -> None:
        """Let every call of a stream (``*``: of any) fail."""
        self.faults.always(stream, fault)

    def heal(self, stream: str) -> None:
        """Let a stream answer again."""
        self.faults.heal(stream)

    def start(self) -> Self:
        """Listen, and return once calls are answered."""
        listener = socket.create_server((self.host, self.port))
        self.port = listener.getsockname()[1]
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the sandbox server did not start")
            time.sleep(0.005)
        return self

    def stop(self) -> None:
        """Stop listening and wait for the thread to end."""
        if self._thread is not None:
            self._server.stop()
            self._thread.join()
            self._thread = None

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        """Stop."""
        self.stop()
