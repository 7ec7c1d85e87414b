"""Credentials on a request: two headers (Omni has HTTP Basic)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from requests.auth import AuthBase
from typing_extensions import override

if TYPE_CHECKING:
    from requests import PreparedRequest


class CoreAuth(AuthBase):
    """The account id and application key of Cin7 Core."""

    def __init__(self, account_id: str, application_key: str) -> None:
        """Take the two credentials."""
        self._headers = {
            "api-auth-accountid": account_id,
            "api-auth-applicationkey": application_key,
        }

    @override
    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Put both headers on a request."""
        r.headers.update(self._headers)
        return r
