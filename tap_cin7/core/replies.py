"""What each reply of Cin7 Core means.

Core says little by status: its call limit comes as 429, 503, 400 or a passing 403, errors can
come inside a 200, and a path that the account does not have answers 200 with an HTML page (seen),
a redirect to one, or 404 (documented). The names of an envelope match without regard to case, as
those of rows do.

A 403 is tried once more, and longer where the stream was read before in this run, since it may be
the call limit. Then it means wrong credentials where Cin7 says so or nothing can be read, and else
a stream that this account may not read.

Relies on: core-unknown-id, empty-answers, refusals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import urljoin, urlsplit

import msgspec

from tap_cin7.client.replies import (
    HtmlAnswer,
    Lasting,
    NotFound,
    WrongAnswer,
    check_body,
    check_status,
    not_as_asked,
    quote,
    retry_after,
)
from tap_cin7.errors import (
    NotAvailable,
    RecordGone,
    Refused,
    Retriable,
    StreamFailed,
    StreamSkipped,
    WrongCredentials,
)
from tap_cin7.reading.expected import is_json, wrong
from tap_cin7.rows.repair import NOT_JSON, repaired, split_fields, split_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

    from tap_cin7.client.replies import Address
    from tap_cin7.errors import Cin7Error
    from tap_cin7.reading.expected import ExpectedRows

T = TypeVar("T")

_VALUE = msgspec.json.Decoder(float_hook=Decimal)
_BRACE, _BRACKET = b"{", b"["
_BOM = b"\xef\xbb\xbf"
_ERROR_CODE = re.compile(rb'"ErrorCode"', re.IGNORECASE)
_ID_AT_END = re.compile(r"/[^/]*\d[^/]*$")
_LIMIT_WORDS = ("api limit", "calls per", "too many requests")
_GONE_WORDS = ("not found", "does not exist", "not exist")
_WRONG_CREDENTIALS_WORDS = ("incorrect credentials",)
"""What really wrong credentials say beside 403 (two public sources)."""
KNOWN_WORDS = (*_LIMIT_WORDS, *_GONE_WORDS, *_WRONG_CREDENTIALS_WORDS)
"""All that replies are known by."""
_REFUSED_EVERYWHERE = 2
"""Streams that are refused, none having been read, before the credentials are held to be wrong."""
NOT_AVAILABLE = (
    "Cin7 Core does not have this endpoint for this account; it may belong to a module that is "
    "not switched on"
)


class Denied(Lasting):
    """A 403: a stream that may not be read, or wrong credentials."""

    times = 2


class DeniedAfterAll(Denied):
    """A 403 of a stream that was read in this run: the call limit in disguise, which passes.

    It is over in 31 s (seen), as long as four tries take.
    """

    times = 4


class NoEndpoint(Lasting):
    """A redirect to a page, or an HTML page with 404: what stands for a path that is not there."""

    times = 2


class CoreReplies:
    """The replies of one run.

    Attributes:
        accepted: Whether a call was answered with data.

    """

    def __init__(self, address: Address, _now: Callable[[], float]) -> None:
        """Start before the first call to an address."""
        self.accepted = False
        self._address = address
        self._places: dict[str, str] = {}
        """Where each stream has asked last: a list and its documents lie in two places."""
        self._readable: set[str] = set()
        self._refused: set[str] = set()

    def taken(
        self, stream: str, response: requests.Response, read: Callable[[requests.Response], T]
    ) -> T:
        """Return what ``read`` makes of a reply.

        Raises:
            Cin7Error: As ``check_core`` and ``read``; a denial is told apart from a call limit.

        """
        place = self._places[stream] = _place(response)
        try:
            check_core(response)
            result = read(response)
        except Denied as denial:
            if place in self._readable:
                raise DeniedAfterAll(str(denial)) from denial
            raise
        self.accepted = True
        self._readable.add(place)
        return result

    def lasting(self, stream: str, error: Lasting) -> Cin7Error:
        """Return what a failure means that has come twice in a row."""
        doubt = "" if self.accepted else self._address.doubt()
        if isinstance(error, Denied):
            return self._refusal(stream, error)
        if isinstance(error, NotFound):
            return RecordGone(f"{error}{doubt}")
        was_read = self._places[stream] in self._readable
        if isinstance(error, HtmlAnswer | NoEndpoint) and not was_read:
            return NotAvailable(f"{NOT_AVAILABLE}{doubt}")
        return StreamFailed(f"{error}{doubt}")

    def _refusal(self, stream: str, denial: Denied) -> Cin7Error:
        place = self._places[stream]
        self._refused.add(place)
        are_wrong = _says(str(denial), _WRONG_CREDENTIALS_WORDS)
        if are_wrong or (not self.accepted and len(self._refused) >= _REFUSED_EVERYWHERE):
            return WrongCredentials(
                f"Cin7 Core does not accept the credentials ({denial}): check account_id and "
                "application_key"
            )
        words = f"this account may not read it (403, Cin7 says: {denial})"
        if place in self._readable:
            return StreamFailed(words)
        return StreamSkipped(
            f"{words}. The user of the API application needs the right to read it in Cin7 Core"
        )


def _place(response: requests.Response) -> str:
    """Return the path of a call, without the id that those of V1 end with."""
    path = urlsplit(response.request.url or "").path.lower()
    return _ID_AT_END.sub("", path)


def check_core(response: requests.Response) -> None:
    """Raise what the status of a Core reply means.

    Raises:
        Refused: For the call limit in any of its forms.
        Denied: For 403.
        NotAvailable: For 405, an endpoint that this account does not have.
        NoEndpoint: For a redirect to a page of the same host, and for 404 with an HTML page.
        NotFound: For 404, and for a 400 that says that there is no such record.
        Retriable, StreamFailed: As ``check_status``.

    """
    status = response.status_code
    if status < HTTPStatus.BAD_REQUEST:
        if response.is_redirect and _leads_to_same_host(response):
            raise NoEndpoint(f"{status}, a redirect to a page")
        check_status(response)
        return
    words = quote(response)
    if status == HTTPStatus.TOO_MANY_REQUESTS or _says(words, _LIMIT_WORDS):
        raise Refused(words, retry_after(response.headers.get("Retry-After")))
    if status in (HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED):
        raise Denied(words or str(status))
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        raise NotAvailable(NOT_AVAILABLE)
    if status == HTTPStatus.NOT_FOUND and response.content.lstrip()[:1] == b"<":
        raise NoEndpoint(f"{status} with an HTML page")
    if status == HTTPStatus.NOT_FOUND or (
        status == HTTPStatus.BAD_REQUEST and _says(words, _GONE_WORDS)
    ):
        raise NotFound(f"{status}, Cin7 says: {words or 'nothing'}")
    check_status(response)


def _leads_to_same_host(response: requests.Response) -> bool:
    url = response.request.url or ""
    return urlsplit(urljoin(url, response.headers["Location"])).netloc == urlsplit(url).netloc


@dataclass(frozen=True)
class RawPage:
    """A page of a list, its rows still bytes.

    Attributes:
        rows: The rows.
        total: The ``Total`` of the envelope, None where it has none or it is not a number.

    """

    rows: list[msgspec.Raw]
    total: int | None


class RawRows(NamedTuple):
    """The rows of a document, still bytes, and what stands beside them.

    Attributes:
        rows: The rows.
        envelope: The decoded fields of the envelope without the rows, by the names that came;
            empty where the body is the row or rows.

    """

    rows: list[msgspec.Raw]
    envelope: dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """What is asked for: a list, or the rows of a document.

    Attributes:
        rows: What a row of it looks like.
        name: Name of the list in the envelope; None where the body itself is the row or the list.
        other_names: Names that the vendor's samples have in its place.
        least: A ``Total`` that is larger announces rows, so that there must be a list; a list may
            be null up to it. None where it may never be.

    """

    rows: ExpectedRows
    name: str | None
    other_names: tuple[str, ...] = ()
    least: int | None = None


def core_page(response: requests.Response, wanted: Wanted) -> RawPage:
    """Return a page of a list.

    Raises:
        HtmlAnswer: If the body is an HTML page.
        WrongAnswer: If it is JSON, but not that list: a missing list must never pass for an
            empty one.
        Refused, Denied, NotFound, Retriable: For an error inside a 200, and for what is no JSON.

    """
    body = _json_of(response)
    if not isinstance(body, dict):
        if wanted.name is not None:
            raise wrong(response, f"an object with {wanted.name}")
        return RawPage(_rows(response, wanted, body), None)
    announced = _field(body, "Total")
    total = None if announced is None else _value(announced)
    known = total if isinstance(total, int) and not isinstance(total, bool) else None
    found = _list_in(body, wanted)
    if found is not None and bytes(found) == b"null":
        if wanted.least is None or known is None or known > wanted.least:
            raise wrong(response, f"an object with {wanted.name}")
        return RawPage([], known)
    return RawPage(_rows(response, wanted, found), known)


def core_rows(response: requests.Response, wanted: Wanted) -> RawRows:
    """Return the rows of a document or of a list without pages.

    Raises:
        HtmlAnswer, WrongAnswer, Refused, Denied, NotFound, Retriable: As ``core_page``.

    """
    body = _json_of(response)
    if wanted.name is None:
        if not isinstance(body, dict):
            return RawRows(_rows(response, wanted, body), {})
        row = msgspec.Raw(response.content.removeprefix(_BOM))
        wanted.rows.check(response, [row])
        return RawRows([row], {})
    if not isinstance(body, dict):
        raise wrong(response, f"an object with {wanted.name}")
    found = _list_in(body, wanted)
    envelope = {name: _value(raw) for name, raw in body.items() if raw is not found}
    return RawRows(_rows(response, wanted, found), envelope)


def _json_of(response: requests.Response) -> dict[str, msgspec.Raw] | bytes:
    """Return the fields of a body that is an object, else its bytes; raise errors inside."""
    check_body(response)
    content = response.content.removeprefix(_BOM)
    if content.lstrip()[:1] != _BRACE:
        if _ERROR_CODE.search(content):
            for row in _objects(response, content):
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


def _rows(
    response: requests.Response, wanted: Wanted, raw: bytes | msgspec.Raw | None
) -> list[msgspec.Raw]:
    if raw is None:
        raise wrong(response, "a list of rows")
    rows = _objects(response, raw)
    wanted.rows.check(response, rows)
    return rows


def _objects(response: requests.Response, raw: bytes | msgspec.Raw) -> list[msgspec.Raw]:
    try:
        return split_rows(raw)
    except ValueError as error:
        if is_json(raw):
            raise wrong(response, "a list of rows") from error
        raise not_as_asked(response, "a list of rows") from error


def _list_in(envelope: Mapping[str, msgspec.Raw], wanted: Wanted) -> msgspec.Raw | None:
    """Return the list of an envelope by its name; the vendor's samples have two for some."""
    names = filter(None, (wanted.name, *wanted.other_names))
    return next(filter(None, (_field(envelope, name) for name in names)), None)


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
        raise NotFound(said)
    if isinstance(code, int) and code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Retriable(said)
    raise WrongAnswer(said)


def _says(words: str, parts: tuple[str, ...]) -> bool:
    """Tell whether any of some parts stands in what Cin7 says."""
    lowered = words.lower()
    return any(part in lowered for part in parts)
