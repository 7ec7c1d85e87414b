"""What each reply of Cin7 Core means.

Core says little by status: its call limit comes as 429, 503, 400 or a passing 403, errors can
come inside a 200, and a path that the account does not have answers 200 with an HTML page. The
names of an envelope match without regard to case, as those of rows do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from tap_cin7.client.replies import (
    check_body,
    check_status,
    not_as_asked,
    quote,
    retry_after,
)
from tap_cin7.errors import (
    RecordGone,
    Refused,
    Retriable,
    StreamFailed,
    StreamSkipped,
    WrongCredentials,
)
from tap_cin7.rows.repair import NOT_JSON, repaired, split_fields, split_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

    from tap_cin7.client.replies import Address, Lasting
    from tap_cin7.errors import Cin7Error

T = TypeVar("T")

_VALUE = msgspec.json.Decoder(float_hook=Decimal)
_BRACE, _BRACKET = b"{", b"["
_BOM = b"\xef\xbb\xbf"
_ERROR_CODE = re.compile(rb'"ErrorCode"', re.IGNORECASE)
_LIMIT_WORDS = ("api limit", "calls per", "too many requests")
_GONE_WORDS = ("not found", "does not exist", "not exist")
_LONGEST_DENIAL = 45.0
"""Seconds after which a 403 is not a call limit any more: that one is over in 31 s (seen)."""
NOT_AVAILABLE = (
    "Cin7 Core does not have this endpoint for this account; it may belong to a module that is "
    "not switched on"
)


class Denied(Retriable):
    """A 403: the call limit in disguise, or wrong credentials when it lasts."""


class CoreReplies:
    """The replies of one run.

    Attributes:
        accepted: Whether a call was answered with data.

    """

    def __init__(self, address: Address, now: Callable[[], float]) -> None:
        """Start before the first call.

        Args:
            address: Where the API is asked.
            now: Tells the time of the run in seconds.

        """
        self.accepted = False
        self._address = address
        self._now = now
        self._denied_since: float | None = None
        self._readable: set[str] = set()

    def taken(
        self, stream: str, response: requests.Response, read: Callable[[requests.Response], T]
    ) -> T:
        """Return what ``read`` makes of a reply.

        Raises:
            Cin7Error: As ``check_core`` and ``read``; a denial is told apart from a call limit.

        """
        try:
            check_core(response)
            result = read(response)
        except Denied as denial:
            raise self._meaning(denial) from denial
        except RecordGone as error:
            if self.accepted:
                raise
            raise RecordGone(f"{error}{self._address.doubt()}") from error
        self.accepted = True
        self._denied_since = None
        self._readable.add(stream)
        return result

    def lasting(self, stream: str, error: Lasting) -> Cin7Error:
        """Return what HTML pages in a row mean: an endpoint that is not there, unless it was."""
        if stream in self._readable:
            return StreamFailed(str(error))
        doubt = "" if self.accepted else self._address.doubt()
        return StreamSkipped(f"{NOT_AVAILABLE}{doubt}")

    def _meaning(self, denial: Denied) -> Cin7Error:
        """Tell the call limit from wrong credentials: those are denied at once, or for long."""
        now = self._now()
        if self._denied_since is None:
            self._denied_since = now
        if self.accepted and now - self._denied_since <= _LONGEST_DENIAL:
            return Refused(str(denial))
        return WrongCredentials(
            f"Cin7 Core does not accept the credentials ({denial}): check account_id and "
            "application_key"
        )


def check_core(response: requests.Response) -> None:
    """Raise what the status of a Core reply means.

    Raises:
        Refused: For the call limit in any of its forms.
        Denied: For 403.
        StreamSkipped: For 405, an endpoint that this account does not have.
        RecordGone: For 404, and for a 400 that says that there is no such record.
        Retriable, StreamFailed: As ``check_status``.

    """
    status = response.status_code
    if status < HTTPStatus.BAD_REQUEST:
        check_status(response)
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
    check_status(response)


@dataclass(frozen=True)
class RawPage:
    """A page of a list, its rows still bytes.

    Attributes:
        rows: The rows.
        total: The ``Total`` of the envelope, None where it has none or it is not a number.

    """

    rows: list[msgspec.Raw]
    total: int | None


@dataclass(frozen=True)
class RawRows:
    """The rows of a document, still bytes, and what stands beside them.

    Attributes:
        rows: The rows.
        envelope: The decoded fields of the envelope without the rows, by the names that came;
            empty where the body is the row or rows.

    """

    rows: list[msgspec.Raw]
    envelope: dict[str, Any]


def core_page(response: requests.Response, records_key: str | None) -> RawPage:
    """Return a page of a list.

    Args:
        response: The reply.
        records_key: Name of the list in the envelope.

    Raises:
        HtmlAnswer: If the body is an HTML page.
        Refused, Denied, RecordGone, Retriable, StreamFailed: For an error inside a 200, or when
            the list is not there. A missing list must never pass for an empty one.

    """
    body = _json_of(response)
    if not isinstance(body, dict):
        return RawPage(_rows(response, body), None)
    announced = _field(body, "Total")
    total = None if announced is None else _value(announced)
    is_number = isinstance(total, int) and not isinstance(total, bool)
    return RawPage(_rows(response, _list_in(body, records_key)), total if is_number else None)


def core_rows(response: requests.Response, records_key: str | None) -> RawRows:
    """Return the rows of a document or of a list without pages.

    Args:
        response: The reply.
        records_key: Name of the list in the envelope; None where the body itself is the row or
            the list of rows.

    Raises:
        HtmlAnswer, Refused, Denied, RecordGone, Retriable, StreamFailed: As ``core_page``.

    """
    body = _json_of(response)
    if not isinstance(body, dict):
        return RawRows(_rows(response, body), {})
    if records_key is None:
        return RawRows([msgspec.Raw(response.content.removeprefix(_BOM))], {})
    found = _list_in(body, records_key)
    envelope = {name: _value(raw) for name, raw in body.items() if raw is not found}
    return RawRows(_rows(response, found), envelope)


def _json_of(response: requests.Response) -> dict[str, msgspec.Raw] | bytes:
    """Return the fields of a body that is an object, else its bytes; raise errors inside."""
    check_body(response)
    content = response.content.removeprefix(_BOM)
    if content.lstrip()[:1] != _BRACE:
        if _ERROR_CODE.search(content):
            for row in _rows(response, content):
                _raise_error(_fields(response, row))
        return content
    fields = _fields(response, content)
    _raise_error(fields)
    return fields


def _fields(response: requests.Response, body: bytes | msgspec.Raw) -> dict[str, msgspec.Raw]:
    try:
        return split_fields(body)
    except ValueError as error:
        raise not_as_asked(response, "JSON") from error


def _rows(response: requests.Response, raw: bytes | msgspec.Raw | None) -> list[msgspec.Raw]:
    if raw is None:
        raise not_as_asked(response, "a list of rows")
    if bytes(memoryview(raw)[:20]).strip() == b"null":
        return []
    try:
        return split_rows(raw)
    except ValueError as error:
        raise not_as_asked(response, "a list of rows") from error


def _list_in(envelope: Mapping[str, msgspec.Raw], records_key: str | None) -> msgspec.Raw | None:
    """Return the list of an envelope: by its name, else the only one that there is.

    The vendor's documentation has two names for some.
    """
    named = None if records_key is None else _field(envelope, records_key)
    if named is not None:
        return named
    lists = [raw for raw in envelope.values() if bytes(memoryview(raw)[:1]) == _BRACKET]
    return lists[0] if len(lists) == 1 else None


def _field(envelope: Mapping[str, msgspec.Raw], name: str) -> msgspec.Raw | None:
    if name in envelope:
        return envelope[name]
    lowered = name.lower()
    return next((raw for other, raw in envelope.items() if other.lower() == lowered), None)


def _value(raw: bytes | msgspec.Raw) -> Any:  # noqa: ANN401
    try:
        return _VALUE.decode(raw)
    except NOT_JSON:
        return _VALUE.decode(repaired(bytes(raw)))


def _raise_error(fields: Mapping[str, msgspec.Raw]) -> None:
    told, words = _field(fields, "ErrorCode"), _field(fields, "Exception")
    if told is None or words is None:
        return
    code, text = _value(told), str(_value(words))
    said = f"an error inside a 200: {code} {text}"[:300]
    if code == HTTPStatus.TOO_MANY_REQUESTS or _says(text, _LIMIT_WORDS):
        raise Refused(said)
    if code == HTTPStatus.FORBIDDEN:
        raise Denied(said)
    if code == HTTPStatus.NOT_FOUND or _says(text, _GONE_WORDS):
        raise RecordGone(said)
    if isinstance(code, int) and code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Retriable(said)
    raise StreamFailed(said)


def _says(words: str, parts: tuple[str, ...]) -> bool:
    """Tell whether any of some parts stands in what Cin7 says."""
    lowered = words.lower()
    return any(part in lowered for part in parts)
