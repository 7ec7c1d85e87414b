"""What each reply of Cin7 Omni means.

Relies on: empty-answers, refusals.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from tap_cin7.client.replies import (
    HtmlAnswer,
    NotFound,
    check_body,
    check_status,
    not_as_asked,
    quote,
)
from tap_cin7.errors import StreamFailed, StreamSkipped, WrongCredentials
from tap_cin7.reading.expected import is_json, wrong
from tap_cin7.rows.repair import split_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    import msgspec
    import requests

    from tap_cin7.client.replies import Address, Lasting
    from tap_cin7.errors import Cin7Error
    from tap_cin7.reading.expected import ExpectedRows

T = TypeVar("T")


class OmniReplies:
    """The replies of one run.

    Attributes:
        accepted: Whether a call was answered with data.

    """

    def __init__(self, address: Address, _now: Callable[[], float]) -> None:
        """Start before the first call to an address."""
        self.accepted = False
        self._address = address

    def taken(
        self, _stream: str, response: requests.Response, read: Callable[[requests.Response], T]
    ) -> T:
        """Return what ``read`` makes of a reply.

        Raises:
            Cin7Error: As ``check_omni`` and ``read``.

        """
        check_omni(response)
        result = read(response)
        self.accepted = True
        return result

    def lasting(self, _stream: str, error: Lasting) -> Cin7Error | None:
        """Return what a failure means that has come twice in a row.

        HTML pages pass, once data has come.
        """
        if isinstance(error, HtmlAnswer) and self.accepted:
            return None
        doubt = "" if self.accepted else self._address.doubt()
        return StreamFailed(f"{error}{doubt}")


def check_omni(response: requests.Response) -> None:
    """Raise what the status of an Omni reply means.

    Raises:
        WrongCredentials: For 401, a wrong or regenerated key.
        StreamSkipped: For 403, an endpoint that is switched off for this connection.
        NotFound: For 404, which on a list never means that there is no data.
        Refused, Retriable, StreamFailed: As ``check_status``.

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
    if response.status_code == HTTPStatus.NOT_FOUND:
        raise NotFound(f"404, Cin7 says: {quote(response) or 'nothing'}")
    check_status(response)


def omni_rows(response: requests.Response, wanted: ExpectedRows) -> list[msgspec.Raw]:
    """Return the rows of an Omni list: a bare array of objects, each as its bytes.

    Args:
        response: The answer.
        wanted: What a row looks like.

    Raises:
        WrongAnswer: If the body is other JSON. A page that is no list must never pass for
            an empty one: the stream would end as complete with rows missing.
        Retriable: If it is no JSON.

    """
    check_body(response)
    try:
        rows = split_rows(response.content)
    except ValueError as error:
        if is_json(response.content):
            raise wrong(response, "a list of rows") from error
        raise not_as_asked(response, "a list of rows") from error
    wanted.check(response, rows)
    return rows
