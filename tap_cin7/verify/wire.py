"""The wire: what answers look like from outside, and errors without a word of the account.

The rule: no value of the account leaves. What Cin7 says in an error may hold one, so that of an
error nothing goes on but its status, its form, and the words that the tap knows it by. That is seen
to before anybody reads the answer, so that neither the log nor an error has more.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from tap_cin7.client.responses import Responses, quote
from tap_cin7.core.responses import KNOWN_WORDS
from tap_cin7.errors import Cin7Error
from tap_cin7.rows.repair import split_fields

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from tap_cin7.client.responses import Lasting

T = TypeVar("T")

_KINDS = {b"<": "an HTML page", b"[": "a list"}
_NO_ROWS = {b"[]": "[]", b"null": "null", b"{}": "{}", b"": "nothing"}


@dataclass(frozen=True)
class Seen:
    """One answer, from outside.

    Attributes:
        form: What its body is.
        seconds: How long it took.
        size: Bytes of its body.
        is_packed: Whether it was compressed.
        has_date: Whether it had a ``Date`` header.

    """

    form: str
    seconds: float
    size: int
    is_packed: bool
    has_date: bool


class Wire(Responses):
    """The replies of an API, watched and without words."""

    def __init__(self, responses: Responses) -> None:
        """Stand before the replies of an API."""
        self._responses = responses
        self.seen: list[Seen] = []

    @property
    def accepted(self) -> bool:  # type: ignore[override]
        """Whether a call was answered with data."""
        return self._responses.accepted

    @property
    def form(self) -> str:
        """The form of the last answer."""
        return self.seen[-1].form if self.seen else "no answer"

    def taken(
        self, stream: str, response: requests.Response, read: Callable[[requests.Response], T], /
    ) -> T:
        """Return what ``read`` makes of a reply.

        Raises:
            Cin7Error: As the replies of the API, without Cin7's words.

        """
        self.seen.append(
            Seen(
                f"{response.status_code} with {_form(response.content)}",
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
            return self._responses.taken(stream, response, read)
        except Cin7Error as error:
            if not is_error:
                error.args = (self.form,)
            raise

    def lasting(self, stream: str, error: Lasting, /) -> Cin7Error | None:
        """Return what a failure means that has come several times in a row."""
        return self._responses.lasting(stream, error)


def _known_words(response: requests.Response) -> bytes:
    """Return the body of an error with nothing but what the tap knows errors by."""
    text = quote(response).lower()
    words = ", ".join(filter(text.__contains__, KNOWN_WORDS)) or _form(response.content)
    is_page = response.content.lstrip()[:1] == b"<"
    return f"<p>{words}</p>".encode() if is_page else words.encode()


def _form(body: bytes) -> str:
    """Return what a body is, without what it says."""
    body = body.strip()
    if body in _NO_ROWS:
        return _NO_ROWS[body]
    kind = _KINDS.get(body[:1], f"text of {len(body)} bytes")
    return _form_of_object(body) if body[:1] == b"{" else kind


def _form_of_object(body: bytes) -> str:
    try:
        values = [bytes(raw) for raw in split_fields(body).values()]
    except ValueError:
        return "a broken object"
    if b"[]" in values:
        return "an object with []"
    has_list = any(value[:1] == b"[" for value in values)
    return "an object with null" if b"null" in values and not has_list else "an object"
