"""What each reply means: take it, wait, retry, skip the stream, or stop.

Both APIs are read defensively: a success status proves nothing until the body is the JSON that
was asked for. Bodies are decoded with exact decimals. What Cin7 says in an error is quoted to
the user, capped, in one line.
"""

from __future__ import annotations

import base64
import re
from datetime import datetime, timezone
from decimal import Decimal
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from tap_cin7.errors import (
    Refused,
    Retriable,
    StreamFailed,
    StreamSkipped,
    WrongCredentials,
)
from tap_cin7.redaction import Redactor

if TYPE_CHECKING:
    import requests

T = TypeVar("T")

_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_BRACE = ord("{")
_RAW_ROWS = msgspec.json.Decoder(list[msgspec.Raw])
_SECONDS = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:s|sec|secs|second|seconds)?\s*", re.IGNORECASE)
_TAGS = re.compile(r"<(?:script|style).*?</(?:script|style)>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_LONGEST_QUOTE = 300
_LONGEST_WAIT = 7 * 86_400.0
NO_JSON = (ValueError, ArithmeticError, RecursionError)
"""What decoding raises: beside broken text, exponents out of range and bottomless nesting."""


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
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    seconds = (moment - datetime.now(timezone.utc)).total_seconds()
    return min(max(seconds, 0.0), _LONGEST_WAIT)


def decode(response: requests.Response) -> Any:  # noqa: ANN401
    """Return the JSON of a body, numbers with every digit.

    Raises:
        Retriable: If the body is empty, cut off or no JSON.

    """
    return decode_with(_DECODER, response)


def decode_with(decoder: msgspec.json.Decoder[T], response: requests.Response) -> T:
    """Return what a decoder makes of a body.

    Raises:
        Retriable: If the body is empty, cut off or no JSON.
        msgspec.ValidationError: If it is JSON of another shape.

    """
    if not response.content.strip():
        raise Retriable(f"{response.status_code} with an empty body")
    try:
        return decoder.decode(response.content)
    except msgspec.ValidationError:
        raise
    except NO_JSON as error:
        words = quote(response)
        raise Retriable(f"{response.status_code} with a body that is no JSON: {words}") from error


def quote(response: requests.Response) -> str:
    """Return what a reply says, as one short line fit for a log."""
    text = response.text
    try:
        text = _said(_DECODER.decode(response.content)) or text
    except NO_JSON:
        text = _TAGS.sub(" ", text)
    line = " ".join(_without_credentials(text, response).split())
    return line if len(line) <= _LONGEST_QUOTE else line[:_LONGEST_QUOTE] + "..."


def _without_credentials(text: str, response: requests.Response) -> str:
    """Return a text without the credentials of its request, before it is cut anywhere."""
    headers = response.request.headers if response.request is not None else {}
    secrets = []
    for name, value in headers.items():
        if name.lower() == "authorization":
            encoded = value.removeprefix("Basic ")
            pair = base64.b64decode(encoded).decode("latin-1")
            secrets += [encoded, pair.partition(":")[2]]
        elif name.lower().startswith("api-auth-"):
            secrets.append(value)
    return Redactor(secrets).clean(text)


def _said(body: Any) -> str:  # noqa: ANN401
    if isinstance(body, str):
        return body
    if isinstance(body, list):
        return "; ".join(filter(None, map(_said, body[:5])))
    if isinstance(body, dict):
        for name in ("Exception", "message", "Message", "error", "errors"):
            if body.get(name):
                return _said(body[name])
    return ""


def check_common(response: requests.Response) -> None:
    """Raise what a status means on either API.

    Raises:
        Refused: For 429.
        Retriable: For 5xx and other passing states.
        StreamFailed: For redirects, which would carry the credentials elsewhere, and for
            every other status that is no success.

    """
    status = response.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise Refused(quote(response), retry_after(response.headers.get("Retry-After")))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in (
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_EARLY,
    ):
        raise Retriable(f"{status} {quote(response)}")
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        raise StreamFailed(
            f"{status}: Cin7 answers with a redirect, which is not followed because it would "
            "carry the credentials elsewhere; check base_url"
        )
    if status >= HTTPStatus.BAD_REQUEST:
        raise StreamFailed(f"{status}, Cin7 says: {quote(response) or 'nothing'}")


def check_omni(response: requests.Response) -> None:
    """Raise what the status of an Omni reply means.

    Raises:
        WrongCredentials: For 401, a wrong or regenerated key.
        StreamSkipped: For 403, an endpoint that is switched off for this connection.

    """
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        raise WrongCredentials(
            f"Cin7 Omni does not accept the credentials (401, {quote(response) or 'no words'}): "
            "check username and api_key; the key changes when somebody regenerates it"
        )
    if response.status_code == HTTPStatus.FORBIDDEN:
        raise StreamSkipped(
            "this connection may not read it (403). To switch it on in Cin7 Omni: Settings > "
            "Integrations & API > API v1 > Permissions of the connection, tick Read for this "
            "resource"
        )
    check_common(response)


def are_objects(rows: list[msgspec.Raw]) -> bool:
    """Tell whether all elements of an array are objects."""
    return all(memoryview(row)[0] == _BRACE for row in rows)


def check_text(row: msgspec.Raw) -> None:
    """Look into the texts of a row, which the decoder of raw rows does not.

    Raises:
        Retriable: If the row is not in valid UTF-8.

    """
    text = bytes(row)
    try:
        if not text.isascii():
            text.decode()
    except UnicodeDecodeError as error:
        raise Retriable(f"200 with a row that is no valid UTF-8: {error}") from error


def omni_rows(response: requests.Response) -> list[msgspec.Raw]:
    """Return the rows of an Omni list: a bare array of objects, each as its bytes.

    Raises:
        Retriable: If the body is anything else. A page that is no list must never pass for
            an empty one: the stream would end as complete with rows missing.

    """
    try:
        rows = decode_with(_RAW_ROWS, response)
    except msgspec.ValidationError:
        rows = None
    if rows is None or not are_objects(rows):
        raise Retriable(f"200 with a body that is no list of rows: {quote(response)}")
    return rows
