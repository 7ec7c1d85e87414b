"""Answers that never end, or are far more than they look."""

from __future__ import annotations

import asyncio
import gzip
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from sandbox import wire
from sandbox.api import OK, Answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.types import Receive, Scope, Send

BOMB_BYTES = 1 << 30
_MEMBER_BYTES = 1 << 24
_BLANKS = b" " * (1 << 16)
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Wait: "


@cache
def bomb() -> bytes:
    """Return a list without rows but with a gigabyte of blanks, packed into a megabyte."""
    blanks = gzip.compress(b" " * _MEMBER_BYTES)
    members = [gzip.compress(b"["), *[blanks] * (BOMB_BYTES // _MEMBER_BYTES), gzip.compress(b"]")]
    return b"".join(members)


async def explode(send: Send, headers: dict[str, str]) -> None:
    """Send the bomb."""
    packed = await asyncio.to_thread(bomb)
    await wire.whole(send, Answer(OK, packed, {**headers, "Content-Encoding": "gzip"}))


async def drip(scope: Scope, receive: Receive, send: Send, answer: Answer, pause: float) -> None:
    """Begin a list, and send one blank after the other until the client hangs up."""
    await wire.start(send, replace(answer, status=OK), length=None)
    await send({"type": "http.response.body", "body": b"[", "more_body": True})
    with _unending(scope):
        async for _ in _pauses(receive, pause):
            await send({"type": "http.response.body", "body": b" ", "more_body": True})


async def drip_headers(scope: Scope, receive: Receive, pause: float) -> None:
    """Begin the headers, and never come to their end."""
    transport = wire.transport_of(scope)
    transport.write(_HEAD)
    with _unending(scope):
        async for _ in _pauses(receive, pause):
            transport.write(b".")


async def flood(scope: Scope, receive: Receive, send: Send, answer: Answer) -> None:
    """Begin a list, and send blanks as fast as they are taken."""
    await wire.start(send, replace(answer, status=OK), length=None)
    await send({"type": "http.response.body", "body": b"[", "more_body": True})
    with _unending(scope):
        async for _ in _pauses(receive, 0):
            await send({"type": "http.response.body", "body": _BLANKS, "more_body": True})


@contextmanager
def _unending(scope: Scope) -> Iterator[None]:
    """Note that the server need not wait for the end of this answer when it stops."""
    transport = wire.transport_of(scope)
    wire.OpenProtocol.unending.add(transport)
    try:
        yield
    finally:
        wire.OpenProtocol.unending.discard(transport)
        transport.abort()


async def _pauses(receive: Receive, seconds: float) -> AsyncIterator[None]:
    """Yield after each pause until the client has hung up."""
    left = asyncio.ensure_future(wire.gone(receive))
    try:
        while not left.done():
            await asyncio.wait({left}, timeout=seconds)
            yield
    finally:
        left.cancel()
