"""The ways a connection goes wrong below HTTP: uvicorn's protocol with its transport at hand."""

from __future__ import annotations

import socket
import struct
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

    from sandbox.api import Answer

Ends: TypeAlias = "tuple[tuple[str, int | None] | None, tuple[str, int] | None]"
"""Address of the server and of its client."""

_LINGER_ZERO = struct.pack("ii", 1, 0)


class OpenProtocol(H11Protocol):
    """Remembers the transport of each connection, which ASGI hides."""

    transports: ClassVar[dict[Ends, asyncio.Transport]] = {}
    unending: ClassVar[set[asyncio.Transport]] = set()
    """Those in the middle of an answer that has no end."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the transport."""
        super().connection_made(transport)
        self.transports[self.server, self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self.transports.pop((self.server, self.client), None)
        super().connection_lost(exc)


def transport_of(scope: Scope) -> asyncio.Transport:
    """Return the transport of a call."""
    return OpenProtocol.transports[tuple(scope["server"]), tuple(scope["client"])]


def transports_at(port: int) -> list[asyncio.Transport]:
    """Return the transports of all clients of a port."""
    known = OpenProtocol.transports.copy().items()
    return [one for (server, _), one in known if server is not None and server[1] == port]


async def gone(receive: Receive) -> None:
    """Wait until the client has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def reset(scope: Scope, receive: Receive) -> None:
    """Break the connection off with a TCP reset, without any answer."""
    transport = transport_of(scope)
    peer: socket.socket = transport.get_extra_info("socket")
    # Without lingering, closing a socket sends RST instead of FIN.
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
    transport.abort()
    await gone(receive)


async def truncate(scope: Scope, receive: Receive, send: Send, answer: Answer) -> None:
    """Announce the whole body, send half of it and hang up."""
    half = answer.body[: len(answer.body) // 2]
    await fall_short(scope, receive, send, replace(answer, body=half), len(answer.body) + 1)


async def fall_short(
    scope: Scope, receive: Receive, send: Send, answer: Answer, length: int
) -> None:
    """Announce more bytes than are sent, and hang up."""
    await start(send, answer, length=length)
    await send({"type": "http.response.body", "body": answer.body, "more_body": True})
    transport_of(scope).close()
    await gone(receive)


async def whole(send: Send, answer: Answer) -> None:
    """Send an answer as it should be."""
    await start(send, answer, length=len(answer.body))
    await send({"type": "http.response.body", "body": answer.body})


async def start(send: Send, answer: Answer, *, length: int | None) -> None:
    """Send the status line and headers, with the given Content-Length or in chunks."""
    headers: Mapping[str, str] = {
        "Content-Type": answer.content_type,
        **({} if length is None else {"Content-Length": str(length)}),
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
