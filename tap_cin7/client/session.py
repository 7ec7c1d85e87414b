"""The HTTP session of a run, shared by all streams.

Redirects are never followed, since they would carry the credentials elsewhere; proxy variables
and ``REQUESTS_CA_BUNDLE`` are honoured. A response must be complete at its deadline and as long as
it announces, else it is requested again; one that is too large fails.

Relies on: answers.
"""

from __future__ import annotations

import http.client
import io
import time
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from typing_extensions import override
from urllib3.connection import HTTPConnection, HTTPSConnection

from tap_cin7.errors import Retriable, StreamFailed

if TYPE_CHECKING:
    import socket

    from typing_extensions import Buffer

_PIECE_BYTES = 1 << 18
LARGEST_BODY = 128 << 20
"""Bytes, decompressed. The largest known pages have some tens of megabytes; a body without end, or
one compressed a thousandfold, must not take the machine's memory."""
TIMEOUTS_PER_RESPONSE = 5
"""The deadline of a whole response, as a multiple of ``request_timeout``. That setting bounds each
silence only; a slow drip has none. A large page takes seconds, so five times a minute is longer
than any response is worth waiting for."""


class SlowResponse(Retriable):
    """A response that was not complete at its deadline."""


class Session(requests.Session):
    """A session with one pooled connection for each call that may be in flight."""

    def __init__(self, connections: int, largest_body: int = LARGEST_BODY) -> None:
        """Set up the session.

        Args:
            connections: How many connections to keep open.
            largest_body: Most bytes of a decompressed body.

        """
        super().__init__()
        self._largest_body = largest_body
        adapter = _Adapter(pool_connections=4, pool_maxsize=connections)
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    @override
    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send a request and return the response with its whole body.

        Raises:
            SlowResponse: If the response is not complete at its deadline.
            StreamFailed: If it is too large.
            Retriable: If it is not as long as it announces.
            requests.RequestException: If there is no response or it breaks off.

        """
        kwargs |= {"allow_redirects": False, "stream": True}
        timeout = kwargs.get("timeout")
        began = time.monotonic()
        try:
            response = super().send(request, **kwargs)
            # Here requests keeps a body that was read.
            response._content = self._body(response)  # noqa: SLF001
        except (requests.RequestException, OSError) as error:
            if timeout and time.monotonic() - began >= TIMEOUTS_PER_RESPONSE * timeout:
                raise SlowResponse(
                    f"no whole answer within {TIMEOUTS_PER_RESPONSE * timeout:g} s"
                ) from error
            raise
        _check_length(response)
        return response

    def _body(self, response: requests.Response) -> bytes:
        pieces = []
        size = 0
        # By default requests reads a body in pieces of 10 kB, at nearly twice the cost.
        for piece in response.iter_content(_PIECE_BYTES):
            pieces.append(piece)
            size += len(piece)
            if size > self._largest_body:
                response.close()
                # No retry: the body would be as large again.
                raise StreamFailed(
                    f"{response.status_code} with a body of more than {self._largest_body} bytes"
                )
        return b"".join(pieces)


def _check_length(response: requests.Response) -> None:
    """Compare a body with its ``Content-Length``.

    Raises:
        Retriable: If they differ: a truncated body can still be valid JSON.

    """
    announced = response.headers.get("Content-Length")
    is_bare = "Content-Encoding" not in response.headers
    if announced is None or response.raw is None or response.status_code < http.client.OK:
        return
    # Of a compressed body in chunks neither length is known.
    came = response.raw.tell() or (len(response.content) if is_bare else None)
    surplus = getattr(getattr(response.raw, "_original_response", None), "surplus", b"")
    if came is not None and announced.strip() != str(came):
        raise Retriable(
            f"{response.status_code} with a body of {came} bytes, announced were {announced}"
        )
    if surplus.strip():
        raise Retriable(f"{response.status_code} with more bytes than the {announced} announced")
    if not _is_unpacked(response.raw):
        raise Retriable(f"{response.status_code} with a packed body that breaks off")


def _is_unpacked(raw: object) -> bool:
    """Return whether a compressed body is complete; urllib3 does not check, its decoder knows."""
    packed = getattr(getattr(raw, "_decoder", None), "_obj", None)
    return bool(getattr(packed, "eof", True))


# A response with a deadline. The timeout of a socket bounds each of its reads, not their sum, so
# the time is checked before each read: that covers headers as well as bodies and needs no thread.
# The last read may take up to one timeout more.


class _TimedStream(io.RawIOBase):
    """The bytes of one response, until its deadline."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase) -> None:
        self._raw = raw
        silence = sock.gettimeout()
        self._deadline = silence and time.monotonic() + TIMEOUTS_PER_RESPONSE * silence
        self.is_over = False

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int | None:
        if self.is_over:
            return 0
        if self._deadline is not None and time.monotonic() >= self._deadline:
            raise TimeoutError("the response is not complete at its deadline")
        return self._raw.readinto(buffer)

    @override
    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """A response with a deadline, counted from when its request was sent.

    Attributes:
        surplus: Bytes after the end of the body.

    """

    surplus = b""

    @override
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._stream = _TimedStream(sock, self.fp.detach())
        self.fp = io.BufferedReader(self._stream)

    def _close_conn(self) -> None:
        self._stream.is_over = True
        self.surplus = self.fp.peek()
        super()._close_conn()  # type: ignore[misc]


class _Connection(HTTPConnection):
    response_class = _Response


class _SecureConnection(HTTPSConnection):
    response_class = _Response


class _Adapter(HTTPAdapter):
    """Uses the connections above, directly and through a proxy."""

    @override
    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = _SecureConnection if pool.scheme == "https" else _Connection
        return pool
