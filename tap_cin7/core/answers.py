"""What each reply of Cin7 Core means.

Core says little by status: its call limit comes as 429, 503, 400 or a passing 403, errors can
come inside a 200, and a path that the account does not have answers 200 with an HTML page.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec

from tap_cin7.answers import (
    are_objects,
    check_common,
    check_text,
    decode,
    decode_with,
    quote,
    retry_after,
)
from tap_cin7.errors import (
    RecordGone,
    Refused,
    Retriable,
    StreamFailed,
    StreamSkipped,
)

if TYPE_CHECKING:
    import requests

_BRACKET = ord("[")
_ENVELOPE = msgspec.json.Decoder(dict[str, msgspec.Raw])
_RAW_ROWS = msgspec.json.Decoder(list[msgspec.Raw] | None)
_LIMIT_WORDS = ("api limit", "calls per", "too many requests")
_GONE_WORDS = ("not found", "does not exist", "not exist")


class Denied(Retriable):
    """A 403: the call limit in disguise, or wrong credentials when it lasts."""


class HtmlAnswer(Retriable):
    """An HTML page where JSON was asked for: an endpoint that is not there, when it lasts."""


def check_core(response: requests.Response) -> None:
    """Raise what the status of a Core reply means.

    Raises:
        Refused: For the call limit in any of its forms.
        Denied: For 403.
        StreamSkipped: For 405, an endpoint that this account does not have.
        RecordGone: For 404, and for a 400 that says that there is no such record.

    """
    status = response.status_code
    if status < HTTPStatus.BAD_REQUEST:
        check_common(response)
        return
    words = quote(response)
    if status == HTTPStatus.TOO_MANY_REQUESTS or _says(words, _LIMIT_WORDS):
        raise Refused(words, retry_after(response.headers.get("Retry-After")))
    if status in (HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED):
        raise Denied(words or str(status))
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        raise StreamSkipped(NOT_AVAILABLE)
    if status == HTTPStatus.NOT_FOUND or (
        status == HTTPStatus.BAD_REQUEST and _says(words, _GONE_WORDS)
    ):
        raise RecordGone(f"{status}, Cin7 says: {words or 'nothing'}")
    check_common(response)


def core_body(response: requests.Response) -> Any:  # noqa: ANN401
    """Return the body of a Core reply.

    Raises:
        HtmlAnswer: If it is an HTML page.
        Refused, Denied, RecordGone, Retriable, StreamFailed: For an error inside a 200.

    """
    _check_html(response)
    body = decode(response)
    for error in body if isinstance(body, list) else [body]:
        if isinstance(error, dict) and "ErrorCode" in error and "Exception" in error:
            _raise_error(error)
    return body


@dataclass(frozen=True)
class RawPage:
    """A page of a list, its rows still bytes.

    Attributes:
        rows: The rows.
        total: The ``Total`` of the envelope, None where it has none.

    """

    rows: list[msgspec.Raw]
    total: int | None


def core_page(response: requests.Response, records_key: str | None) -> RawPage:
    """Return a page of a list.

    Raises:
        HtmlAnswer, Refused, Denied, Retriable, StreamFailed: As ``core_body``.

    """
    _check_html(response)
    try:
        envelope = decode_with(_ENVELOPE, response)
    except msgspec.ValidationError:
        return RawPage(_listed(response.content if core_body(response) else b"[]"), None)
    if "ErrorCode" in envelope and "Exception" in envelope:
        core_body(response)
    total = msgspec.json.decode(envelope["Total"]) if "Total" in envelope else None
    rows = envelope.get(records_key or "") or _only_list(envelope)
    return RawPage(_listed(rows), total if isinstance(total, int) else None)


def _listed(raw: bytes | msgspec.Raw | None) -> list[msgspec.Raw]:
    try:
        rows = None if raw is None else _RAW_ROWS.decode(raw) or []
    except msgspec.ValidationError:
        rows = None
    if rows is None or not are_objects(rows):
        raise Retriable("200 without the list of rows")
    for row in rows:
        check_text(row)
    return rows


def _only_list(envelope: dict[str, msgspec.Raw]) -> msgspec.Raw | None:
    """Return the one list of an envelope: two names are told for some (vendor documentation)."""
    lists = [raw for raw in envelope.values() if memoryview(raw)[0] == _BRACKET]
    return lists[0] if len(lists) == 1 else None


def _check_html(response: requests.Response) -> None:
    if response.content.lstrip()[:1] == b"<":
        raise HtmlAnswer(f"{response.status_code} with an HTML page: {quote(response)[:80]}")


def _raise_error(error: dict[str, Any]) -> None:
    code, words = error["ErrorCode"], str(error["Exception"])
    said = f"an error inside a 200: {code} {words}"[:300]
    if code == HTTPStatus.TOO_MANY_REQUESTS or _says(words, _LIMIT_WORDS):
        raise Refused(said)
    if code == HTTPStatus.FORBIDDEN:
        raise Denied(said)
    if code == HTTPStatus.NOT_FOUND or _says(words, _GONE_WORDS):
        raise RecordGone(said)
    if isinstance(code, int) and code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Retriable(said)
    raise StreamFailed(said)


def _says(words: str, parts: tuple[str, ...]) -> bool:
    """Tell whether any of some parts stands in what Cin7 says."""
    lowered = words.lower()
    return any(part in lowered for part in parts)


NOT_AVAILABLE = (
    "Cin7 Core does not have this endpoint for this account; it may belong to a module that is "
    "not switched on"
)


def rows_of(body: Any, records_key: str | None) -> list[dict[str, Any]]:  # noqa: ANN401
    """Return the rows of a reply.

    Args:
        body: The decoded body.
        records_key: Name of the list in the envelope; None where the body is the row or rows.

    Raises:
        Retriable: If the list is not there. A missing list must never pass for an empty one.

    """
    rows = body
    if records_key is not None and isinstance(body, dict):
        lists = [value for value in body.values() if isinstance(value, list)]
        rows = body.get(records_key, lists[0] if len(lists) == 1 else body)
        rows = [] if rows is None else rows
    elif isinstance(body, dict):
        rows = [body]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Retriable(f"200 without a list of {records_key or 'rows'}")
    return rows
