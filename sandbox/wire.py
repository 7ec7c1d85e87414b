"""The ways a connection goes wrong below HTTP: uvicorn's protocol with its transport at hand."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

    from sandbox.api import Answer

_LINGER_ZERO = struct.pack("ii", 1, 0)


class OpenProtocol(H11Protocol):
    """Remembers the transport of each connection, which ASGI hides."""

    transports: ClassVar[dict[object, asyncio.Transport]] = {}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the transport."""
        super().connection_made(transport)
        self.transports[self.server, self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self.transports.pop((self.server, self.client), None)
        super().connection_lost(exc)


def _transport(scope: Scope) -> asyncio.Transport:
    return OpenProtocol.transports[tuple(scope["server"]), tuple(scope["client"])]


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def reset(scope: Scope, receive: Receive) -> None:
    """Break the connection off with a TCP reset, without any answer."""
    transport = _transport(scope)
    peer: socket.socket = transport.get_extra_info("socket")
    # Without lingering, closing a socket sends RST instead of FIN.
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
    transport.abort()
    await _gone(receive)


async def truncate(scope: Scope, receive: Receive, send: Send, answer: Answer) -> None:
    """Announce the whole body, send half of it and hang up."""
    await start(send, answer, length=len(answer.body) + 1)
    half = answer.body[: len(answer.body) // 2]
    await send({"type": "http.response.body", "body": half, "more_body": True})
    _transport(scope).close()
    await _gone(receive)


async def whole(send: Send, answer: Answer) -> None:
    """Send an answer as it should be."""
    await start(send, answer, length=len(answer.body))
    await send({"type": "http.response.body", "body": answer.body})


async def start(send: Send, answer: Answer, *, length: int) -> None:
    """Send the status line and headers, with the given Content-Length."""
    headers: Mapping[str, str] = {
        "Content-Type": answer.content_type,
        "Content-Length": str(length),
        **answer.headers,
    }
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": [
                (name.lower().encode("latin-1"), value.encode("latin-1"))
                for name, value in headers.items()
            ],
        }
    )
