"""Responses of Cin7 Core: statuses, errors, and the rows in them.

The status says little: the call limit comes as 429, 503, 400 or a transient 403, errors can come
inside a 200, and a path that the account does not have gives 200 with an HTML page (seen), a
redirect to one, or 404 (documented). The names of an envelope are compared without regard to case,
as those of rows are.

A 403 is retried once, and longer where the stream was read before in this run, since it may be the
call limit. Then it means wrong credentials where Cin7 says so or nothing can be read, and else a
stream that this account may not read.

Relies on: core-unknown-id, empty-answers, refusals.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import urljoin, urlsplit

import msgspec

from tap_cin7.client.responses import (
    HtmlResponse,
    MaybePermanent,
    NotFound,
    UnexpectedResponse,
    check_body,
    check_status,
    malformed,
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
from tap_cin7.reading.expected import ExpectedRows, rows_in, unexpected
from tap_cin7.rows.encoding import OddNumber
from tap_cin7.rows.extra_fields import loadable
from tap_cin7.rows.repair import BOM, decode, split_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

    from tap_cin7.core.resource import CoreResource
    from tap_cin7.errors import Cin7Error

T = TypeVar("T")

_ERROR_CODE = re.compile(rb'"ErrorCode"', re.IGNORECASE)
_ID_AT_END = re.compile(r"/[^/]*\d[^/]*$")
_LIMIT_WORDS = ("api limit", "calls per", "too many requests")
_GONE_WORDS = ("not found", "does not exist", "not exist")
_WRONG_CREDENTIALS_WORDS = ("incorrect credentials",)
"""Text of the 403 for wrong credentials (two public sources)."""
KNOWN_WORDS = (*_LIMIT_WORDS, *_GONE_WORDS, *_WRONG_CREDENTIALS_WORDS)
"""Texts by which responses are distinguished."""
_REFUSED_EVERYWHERE = 2
"""Streams refused, with none read, before the credentials are considered wrong."""
NOT_AVAILABLE = (
    "Cin7 Core does not have this endpoint for this account; it may belong to a module that is "
    "not switched on"
)


class Denied(MaybePermanent):
    """A 403: a stream that may not be read, or wrong credentials."""


class DeniedAfterSuccess(Denied):
    """A 403 of a stream that was read in this run: the call limit in disguise, which is transient.

    It is over in 31 s (seen), as long as four tries take.
    """

    times = 4


class NoEndpoint(MaybePermanent):
    """A redirect to a page, or an HTML page with 404: the path does not exist."""


class CoreResponses:
    """Checks the responses of one run.

    Attributes:
        had_data: Whether a response had data.

    """

    def __init__(self, hint: str) -> None:
        """Take a hint that ``base_url`` may be wrong, for errors before any data came."""
        self.had_data = False
        self._hint = hint
        self._paths: dict[str, str] = {}
        """The path that each stream requested last: a list and its documents have two."""
        self._readable: set[str] = set()
        self._refused: set[str] = set()

    def parse(
        self, stream: str, response: requests.Response, read: Callable[[requests.Response], T]
    ) -> T:
        """Return what ``read`` returns for a response.

        Raises:
            Cin7Error: As ``check_core`` and ``read``; a denial is distinguished from a call limit.

        """
        path = self._paths[stream] = _path_of(response)
        try:
            check_core(response)
            result = read(response)
        except Denied as denial:
            if path in self._readable:
                raise DeniedAfterSuccess(str(denial)) from denial
            raise
        self.had_data = True
        self._readable.add(path)
        return result

    def permanent_error(self, stream: str, error: MaybePermanent) -> Cin7Error:
        """Return the final error for a failure that repeats."""
        doubt = "" if self.had_data else self._hint
        if isinstance(error, Denied):
            return self._refusal(stream, error)
        if isinstance(error, NotFound):
            return RecordGone(f"{error}{doubt}")
        was_read = self._paths[stream] in self._readable
        if isinstance(error, HtmlResponse | NoEndpoint) and not was_read:
            return NotAvailable(f"{NOT_AVAILABLE}{doubt}")
        return StreamFailed(f"{error}{doubt}")

    def _refusal(self, stream: str, denial: Denied) -> Cin7Error:
        path = self._paths[stream]
        self._refused.add(path)
        are_wrong = _says(str(denial), _WRONG_CREDENTIALS_WORDS)
        if are_wrong or (not self.had_data and len(self._refused) >= _REFUSED_EVERYWHERE):
            return WrongCredentials(
                f"Cin7 Core does not accept the credentials ({denial}): check account_id and "
                "application_key"
            )
        words = f"this account may not read it (403, Cin7 says: {denial})"
        if path in self._readable:
            return StreamFailed(words)
        return StreamSkipped(
            f"{words}. The user of the API application needs the right to read it in Cin7 Core"
        )


def _path_of(response: requests.Response) -> str:
    """Return the path of a call, without the id at the end of those of V1."""
    path = urlsplit(response.request.url or "").path.lower()
    return _ID_AT_END.sub("", path)


def check_core(response: requests.Response) -> None:
    """Raise an error for the status of a response.

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


class RawRows(NamedTuple):
    """Rows as bytes, and the rest of their response.

    Attributes:
        rows: The rows.
        total: The ``Total`` beside them, None where there is none or it is not a whole number.
        envelope: The decoded fields beside them, by their names in lower case; empty where the
            body is the row or rows.

    """

    rows: list[msgspec.Raw]
    total: int | None = None
    envelope: Mapping[str, Any] = {}


def core_rows(
    response: requests.Response, resource: type[CoreResource], least: int | None = None
) -> RawRows:
    """Return the rows of a resource in a response.

    Args:
        response: The response.
        resource: What was requested.
        least: Largest ``Total`` beside which a list may be null; None where it may never be null.
            A larger one announces rows.

    Raises:
        HtmlResponse: If the body is an HTML page.
        UnexpectedResponse: If it is JSON, but not those rows: a missing list must never pass for an
            empty one.
        Refused, Denied, NotFound, Retriable: For an error inside a 200, and for what is not JSON.

    """
    body = _body(response, resource)
    total, envelope = None, {}
    if not isinstance(body, dict):
        rows = rows_in(response, body)
    elif resource.records_key is None:
        rows = [msgspec.Raw(response.content.removeprefix(BOM))]
    else:
        names = [name.lower() for name in (resource.records_key, *resource.other_records_keys)]
        found = next((body[name] for name in names if name in body), None)
        if found is None:
            raise unexpected(response, "a list of rows")
        envelope = {name: _value(raw) for name, raw in body.items() if raw is not found}
        total = envelope.get("total")
        total = total if type(total) is int else None
        is_null = bytes(found) == b"null"
        if is_null and (least is None or total is None or total > least):
            raise unexpected(response, f"an object with {resource.records_key}")
        rows = [] if is_null else rows_in(response, found)
    ExpectedRows(resource.schema, resource.aliases).check(response, rows)
    return RawRows(rows, total, envelope)


def _body(
    response: requests.Response, resource: type[CoreResource]
) -> dict[str, msgspec.Raw] | bytes:
    """Return the fields of an object, by their names in lower case, or the bytes of an array.

    An array is allowed where the rows have no envelope. Errors inside are raised.
    """
    check_body(response)
    content = response.content.removeprefix(BOM)
    if content.lstrip()[:1] == b"{":
        fields = _fields(response, content)
        _raise_error(fields)
        return fields
    if _ERROR_CODE.search(content):
        for row in rows_in(response, content):
            _raise_error(_fields(response, row))
    if resource.records_key is not None:
        raise unexpected(response, f"an object with {resource.records_key}")
    return content


def _fields(response: requests.Response, body: bytes | msgspec.Raw) -> dict[str, msgspec.Raw]:
    try:
        return {name.lower(): value for name, value in split_fields(body).items()}
    except ValueError as error:
        raise malformed(response, "JSON") from error


def _value(raw: msgspec.Raw) -> Any:  # noqa: ANN401
    value = decode(bytes(raw)).value
    return None if type(value) is OddNumber else loadable(value)


def _raise_error(fields: Mapping[str, msgspec.Raw]) -> None:
    if not {"errorcode", "exception"} <= fields.keys():
        return
    code, text = _value(fields["errorcode"]), str(_value(fields["exception"]))
    said = f"an error inside a 200: {code} {text}"[:300]
    if code == HTTPStatus.TOO_MANY_REQUESTS or _says(text, _LIMIT_WORDS):
        raise Refused(said)
    if code == HTTPStatus.FORBIDDEN:
        raise Denied(said)
    if code == HTTPStatus.NOT_FOUND or _says(text, _GONE_WORDS):
        raise NotFound(said)
    if isinstance(code, int) and code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Retriable(said)
    raise UnexpectedResponse(said)


def _says(words: str, parts: tuple[str, ...]) -> bool:
    """Return whether what Cin7 says contains any of some texts."""
    lowered = words.lower()
    return any(part in lowered for part in parts)
