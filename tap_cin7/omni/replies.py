"""What each reply of Cin7 Omni means."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from tap_cin7.client.replies import check_body, check_status, not_as_asked, quote
from tap_cin7.errors import StreamFailed, StreamSkipped, WrongCredentials
from tap_cin7.rows.repair import split_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    import msgspec
    import requests

    from tap_cin7.client.replies import Address, Lasting
    from tap_cin7.errors import Cin7Error

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
        try:
            check_omni(response)
        except StreamFailed as error:
            if response.status_code == HTTPStatus.NOT_FOUND and not self.accepted:
                raise StreamFailed(f"{error}{self._address.doubt()}") from error
            raise
        result = read(response)
        self.accepted = True
        return result

    def lasting(self, _stream: str, error: Lasting) -> Cin7Error | None:
        """Return what HTML pages in a row mean: once data has come, that they will pass."""
        return None if self.accepted else StreamFailed(f"{error}{self._address.doubt()}")


def check_omni(response: requests.Response) -> None:
    """Raise what the status of an Omni reply means.

    Raises:
        WrongCredentials: For 401, a wrong or regenerated key.
        StreamSkipped: For 403, an endpoint that is switched off for this connection.
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
    check_status(response)


def omni_rows(response: requests.Response) -> list[msgspec.Raw]:
    """Return the rows of an Omni list: a bare array of objects, each as its bytes.

    Raises:
        Retriable: If the body is anything else. A page that is no list must never pass for
            an empty one: the stream would end as complete with rows missing.

    """
    check_body(response)
    try:
        return split_rows(response.content)
    except ValueError as error:
        raise not_as_asked(response, "a list of rows") from error
