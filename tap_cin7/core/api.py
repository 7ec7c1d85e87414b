"""Cin7 Core: its address, authentication and limits, and its readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from requests.auth import AuthBase
from typing_extensions import override

from tap_cin7.client.client import Service
from tap_cin7.client.quota import Limits
from tap_cin7.core.details import DetailReader
from tap_cin7.core.index_lists import IndexLists
from tap_cin7.core.lists import ListReader
from tap_cin7.core.resource import CoreDetail
from tap_cin7.core.responses import CoreResponses

if TYPE_CHECKING:
    from requests import PreparedRequest

    from tap_cin7.core.resource import CoreList
    from tap_cin7.reading.reader import Reader, Reading
    from tap_cin7.reading.resource import Listed


@dataclass(frozen=True, repr=False)
class CoreAuth(AuthBase):
    """The account id and application key of Cin7 Core, in two headers of a request."""

    account_id: str
    application_key: str

    @override
    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Put both headers on a request."""
        r.headers["api-auth-accountid"] = self.account_id
        r.headers["api-auth-applicationkey"] = self.application_key
        return r


CORE = Service(
    name="core",
    title="Cin7 Core",
    base_url="https://inventory.dearsystems.com/ExternalApi/v2",
    auth=CoreAuth,
    limits=Limits(per_second=None, per_minute=60, per_day=None),
    responses=CoreResponses,
    counted="by key or by account (see docs, Sharing a quota)",
)


class CoreReaders:
    """Factory of the readers of one run, which share their index lists."""

    def __init__(self) -> None:
        """Begin a run."""
        self._shared = IndexLists()

    def reader(self, reading: Reading[Listed]) -> Reader:
        """Return a reader of a list or of documents, V2 or V1."""
        if issubclass(reading.resource, CoreDetail):
            return DetailReader(cast("Reading[CoreDetail]", reading), self._shared)
        return ListReader(cast("Reading[CoreList]", reading), self._shared)
