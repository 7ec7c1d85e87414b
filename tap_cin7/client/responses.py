"""Responses: the checks that both APIs share, and the quotes of what Cin7 says.

The rule: a success status proves nothing until the body is the requested JSON. What Cin7 says in
an error is quoted to the user, capped, in one line and without credentials. The checks of a single
API are in its own package.
"""

from __future__ import annotations

import base64
import re
from datetime import datetime, timezone
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

import msgspec

from tap_cin7.client.clock import http_date
from tap_cin7.client.redaction import Redactor
from tap_cin7.errors import NOT_JSON, Cin7Error, Refused, Retriable, StreamFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

T = TypeVar("T")

_SECONDS = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:s|sec|secs|second|seconds)?\s*", re.IGNORECASE)
_TAGS = re.compile(
    r"<(?:script|style).*?(?:</(?:script|style)>|\Z)|<[^>]*(?:>|\Z)", re.DOTALL | re.IGNORECASE
)
_LONGEST_QUOTE = 300
_MOST_READ = 1 << 16
"""Bytes of an error's body that are parsed; real ones have some hundreds."""
_LONGEST_WAIT = 7 * 86_400.0


class MaybePermanent(Retriable):
    """A failure that is reinterpreted when it repeats."""

    times: ClassVar[int] = 2
    """How often it comes in a row before ``Responses.permanent_error`` decides."""


class HtmlResponse(MaybePermanent):
    """An HTML page where JSON was requested."""

    times = 3


class UnexpectedResponse(MaybePermanent):
    """JSON that was not requested: null, an empty shell, another document, a message."""


class NotFound(MaybePermanent):
    """A 404, or an error that says the same."""


class Responses(Protocol):
    """Checks the responses of one API; keeps what it must know across the calls of a run."""

    def parse(
        self, stream: str, response: requests.Response, read: Callable[[requests.Response], T], /
    ) -> T:
        """Return what ``read`` returns for a response.

        Args:
            stream: The stream that sent the request.
            response: The response.
            read: Reads the response; raises ``Retriable`` when it is not what was requested.

        Raises:
            Cin7Error: If the response is no success.

        """

    def permanent_error(self, stream: str, error: MaybePermanent, /) -> Cin7Error | None:
        """Return the final error for a failure that repeats; None to try again."""


def retry_after(text: str | None) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for.

    Args:
        text: Seconds, an HTTP date, or text such as ``60 Seconds`` (seen on Core).

    Returns:
        Seconds, from none to a week; None when there is no header or it can't be read.

    """
    if not text:
        return None
    if match := _SECONDS.fullmatch(text):
        return min(float(match[1]), _LONGEST_WAIT)
    moment = http_date(text)
    if moment is None:
        return None
    seconds = (moment - datetime.now(timezone.utc)).total_seconds()
    return min(max(seconds, 0.0), _LONGEST_WAIT)


def check_body(response: requests.Response) -> None:
    """Check that a body can be JSON at all.

    Raises:
        Retriable: If it is empty.
        HtmlResponse: If it is an HTML page.

    """
    start = response.content[:100].lstrip()[:1] or response.content.lstrip()[:1]
    if not start:
        raise Retriable(f"{response.status_code} with an empty body")
    if start == b"<":
        raise HtmlResponse(f"{response.status_code} with an HTML page: {quote(response)[:80]}")


def malformed(response: requests.Response, wanted: str) -> Retriable:
    """Return the error for a body that can't be parsed.

    Args:
        response: The response.
        wanted: What was requested, such as ``a list of rows``.

    """
    return Retriable(f"{response.status_code} with a body that is not {wanted}: {quote(response)}")


def quote(response: requests.Response) -> str:
    """Return what a response says, as one short line fit for a log."""
    text = response.content[:_MOST_READ].decode("utf-8", "replace")
    try:
        text = _message_in(msgspec.json.decode(response.content[:_MOST_READ])) or text
    except NOT_JSON:
        if text.lstrip().startswith("<"):
            # Masked first: a part of a credential may look like a tag.
            text = _TAGS.sub(" ", _without_credentials(text, response))
    line = " ".join(_without_credentials(text, response).split())
    return line if len(line) <= _LONGEST_QUOTE else line[:_LONGEST_QUOTE] + "..."


def _without_credentials(text: str, response: requests.Response) -> str:
    """Return a text without the credentials of its request, before it is cut anywhere."""
    headers = response.request.headers if response.request is not None else {}
    secrets = [value for name, value in headers.items() if name.lower().startswith("api-auth-")]
    if encoded := headers.get("Authorization", "").removeprefix("Basic "):
        pair = base64.b64decode(encoded).decode("latin-1")
        secrets += [encoded, pair.partition(":")[2]]
    return Redactor(secrets).mask(text)


def _message_in(body: Any) -> str:  # noqa: ANN401
    if isinstance(body, str):
        return body
    if isinstance(body, list):
        return "; ".join(filter(None, map(_message_in, body[:5])))
    if isinstance(body, dict):
        for name in ("Exception", "message", "Message", "error", "errors"):
            if body.get(name):
                return _message_in(body[name])
    return ""


def check_status(response: requests.Response) -> None:
    """Raise the error for a status that means the same on both APIs.

    Raises:
        Refused: For 429.
        Retriable: For 5xx and other transient statuses.
        StreamFailed: For redirects, which would carry the credentials elsewhere, and for
            every other status but success.

    """
    status = response.status_code
    seconds = retry_after(response.headers.get("Retry-After"))
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise Refused(quote(response), seconds)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in (
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_EARLY,
    ):
        raise Retriable(f"{status} {quote(response)}", seconds)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        raise StreamFailed(
            f"{status}: Cin7 answers with a redirect, which is not followed because it would "
            "carry the credentials elsewhere; check base_url"
        )
    if status >= HTTPStatus.BAD_REQUEST:
        raise StreamFailed(f"{status}, Cin7 says: {quote(response) or 'nothing'}")
