"""What the shared part of the server asks of an API: sign in, answer, and word its errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.quota import CallLimit
    from sandbox.store import Store

JSON = "application/json; charset=utf-8"
OK, NOT_FOUND, TOO_MANY = 200, 404, 429


@dataclass(frozen=True)
class Answer:
    """What goes back to the client."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON
    is_list: bool = False
    wrapper: str | None = None
    """Name of the list of rows in the envelope; None where the body is the rows or the row."""
    announced: int = 0
    """Length that Content-Length tells where it lies."""


@dataclass(frozen=True)
class Incoming:
    """What a client asks for; ``path`` starts below the API's prefix."""

    method: str
    path: str
    query: Mapping[str, str]
    query_string: str
    headers: Mapping[str, str]


@dataclass
class Call:
    """One line of the call log; ``status`` stays 0 when the connection broke unanswered."""

    time: float
    api: str
    stream: str
    method: str
    path: str
    query: dict[str, str]
    status: int = 0
    ended: float = 0.0


class ServedApi(Protocol):
    """One of the APIs that the server stands in for."""

    name: str
    prefix: str
    quota: CallLimit

    @property
    def store(self) -> Store:
        """The data."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """The credentials that sign a call in."""

    def stream_of(self, path: str) -> str:
        """Return the stream that a path belongs to, or nothing."""

    def key_of(self, stream: str) -> str | None:
        """Return the first key column of a stream."""

    def sign_in(self, ask: Incoming) -> Answer | None:
        """Return the refusal of a call with wrong credentials."""

    def answer(self, ask: Incoming) -> Answer:
        """Answer a call that was let in."""

    def over_limit(self, wait: float) -> Answer:
        """Return the refusal of a call that comes ``wait`` seconds too early."""

    def fault(self, kind: str) -> Answer:
        """Return a failure of the kinds that are Core's own."""

    def error(
        self, status: int, text: str = "", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Return an error in this API's words."""
