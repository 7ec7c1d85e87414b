"""Cin7 Omni: its address, authentication and limits, its responses, and its readers.

Relies on: empty-answers, refusals.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from requests.auth import HTTPBasicAuth

from tap_cin7.client.client import Service
from tap_cin7.client.quota import Limits
from tap_cin7.client.responses import HtmlResponse, NotFound, check_status, quote
from tap_cin7.errors import StreamFailed, StreamSkipped, WrongCredentials
from tap_cin7.omni.by_key import IdReader, WholeListReader
from tap_cin7.omni.by_stamp import StampReader

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from tap_cin7.client.responses import MaybePermanent
    from tap_cin7.errors import Cin7Error
    from tap_cin7.omni.resource import OmniResource
    from tap_cin7.reading.reader import Reader, Reading

T = TypeVar("T")


class OmniResponses:
    """Checks the responses of one run.

    Attributes:
        had_data: Whether a response had data.

    """

    def __init__(self, hint: str) -> None:
        """Take a hint that ``base_url`` may be wrong, for errors before any data came."""
        self.had_data = False
        self._hint = hint

    def parse(
        self, _stream: str, response: requests.Response, read: Callable[[requests.Response], T]
    ) -> T:
        """Return what ``read`` returns for a response.

        Raises:
            Cin7Error: As ``check_omni`` and ``read``.

        """
        check_omni(response)
        result = read(response)
        self.had_data = True
        return result

    def permanent_error(self, _stream: str, error: MaybePermanent) -> Cin7Error | None:
        """Return the final error for a failure that repeats; None for HTML after data came."""
        if isinstance(error, HtmlResponse) and self.had_data:
            return None
        hint = "" if self.had_data else self._hint
        return StreamFailed(f"{error}{hint}")


def check_omni(response: requests.Response) -> None:
    """Raise an error for the status of a response.

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


OMNI = Service(
    name="omni",
    title="Cin7 Omni",
    base_url="https://api.cin7.com/api",
    auth=HTTPBasicAuth,
    limits=Limits(per_second=3, per_minute=60, per_day=5_000),
    responses=OmniResponses,
    counted="by API connection",
)


class OmniReaders:
    """Factory of the readers of one run."""

    def reader(self, reading: Reading[OmniResource]) -> Reader:
        """Return the reader of a resource of Omni: of some ids, of a whole list, or by stamp."""
        only = (reading.settings.only_ids or {}).get(reading.resource.name)
        if only is not None:
            return IdReader(reading, only)
        stamp = reading.resource.stamp_under(reading.settings)
        return WholeListReader(reading) if stamp is None else StampReader(reading, stamp)
