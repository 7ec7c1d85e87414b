"""Masked responses: without values of the account, and observed from outside.

The rule: no value of the account gets into a report. Cin7's words in an error may hold one, so only
its status, the shape of its body, and the words by which the tap recognizes errors are kept. The
rest is masked before the response is parsed, so neither the log nor an error has more.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from tap_cin7.client.responses import Responses, quote
from tap_cin7.core.responses import KNOWN_WORDS
from tap_cin7.errors import Cin7Error
from tap_cin7.rows.repair import split_fields

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from tap_cin7.client.responses import MaybePermanent

T = TypeVar("T")

_KINDS = {b"<": "an HTML page", b"[": "a list"}
_WITHOUT_ROWS = {b"[]": "[]", b"null": "null", b"{}": "{}", b"": "nothing"}


class Observed(NamedTuple):
    """One response, from outside.

    Attributes:
        shape: Its status and the form of its body.
        seconds: Seconds that it took.
        size: Size of its body in bytes.
        is_compressed: Whether it was compressed.
        has_date: Whether it had a ``Date`` header.

    """

    shape: str
    seconds: float
    size: int
    is_compressed: bool
    has_date: bool


class MaskedResponses(Responses):
    """Masks and observes the responses of an API.

    Attributes:
        observed: All responses so far.

    """

    def __init__(self, responses: Responses) -> None:
        """Wrap the parser of an API's responses."""
        self._responses = responses
        self.observed: list[Observed] = []

    @property
    def shape(self) -> str:
        """The shape of the last response."""
        return self.observed[-1].shape if self.observed else "no answer"

    def parse(
        self, stream: str, response: requests.Response, read: Callable[[requests.Response], T], /
    ) -> T:
        """Return the result of ``read`` on a response, masked if it is an error.

        Raises:
            Cin7Error: As the wrapped parser does, without Cin7's words.

        """
        self.observed.append(
            Observed(
                f"{response.status_code} with {_shape(response.content)}",
                response.elapsed.total_seconds(),
                len(response.content),
                "Content-Encoding" in response.headers,
                "Date" in response.headers,
            )
        )
        is_error = response.status_code >= HTTPStatus.BAD_REQUEST
        if is_error:
            response._content = _known_words(response)  # noqa: SLF001 - where requests keeps it
        try:
            return self._responses.parse(stream, response, read)
        except Cin7Error as error:
            if not is_error:
                error.args = (self.shape,)
            raise

    def permanent_error(self, stream: str, error: MaybePermanent, /) -> Cin7Error | None:
        """Return the meaning of a failure that has repeated."""
        return self._responses.permanent_error(stream, error)


def _known_words(response: requests.Response) -> bytes:
    """Return the body of an error, reduced to the words by which the tap recognizes errors."""
    text = quote(response).lower()
    words = ", ".join(filter(text.__contains__, KNOWN_WORDS)) or _shape(response.content)
    is_page = response.content.lstrip()[:1] == b"<"
    return f"<p>{words}</p>".encode() if is_page else words.encode()


def _shape(body: bytes) -> str:
    """Return the form of a body, without its content."""
    body = body.strip()
    if body in _WITHOUT_ROWS:
        return _WITHOUT_ROWS[body]
    if body[:1] != b"{":
        return _KINDS.get(body[:1], f"text of {len(body)} bytes")
    try:
        values = [bytes(raw) for raw in split_fields(body).values()]
    except ValueError:
        return "a broken object"
    if b"[]" in values:
        return "an object with []"
    has_list = any(value[:1] == b"[" for value in values)
    return "an object with null" if b"null" in values and not has_list else "an object"
