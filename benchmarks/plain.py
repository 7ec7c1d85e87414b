"""What is compared with: a tap as the SDK's template makes it, with the schema of sales orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from requests.auth import HTTPBasicAuth
from singer_sdk import RESTStream, Tap
from singer_sdk.pagination import PageNumberPaginator
from typing_extensions import override

from tap_cin7.omni.sales import SalesOrders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk import Stream
    from singer_sdk.helpers.types import Context


class PlainSalesOrders(RESTStream[int]):
    """Sales orders by page number, with everything else as the SDK does it."""

    name = "sales_orders"
    path = "/v1/SalesOrders"
    primary_keys = ("id",)
    replication_key = "modifiedDate"
    schema: ClassVar[dict[str, Any]] = vars(SalesOrders)["schema"]

    @property
    @override
    def url_base(self) -> str:
        return str(self.config["base_url"])

    @property
    @override
    def authenticator(self) -> HTTPBasicAuth:
        return HTTPBasicAuth("demo", "demo-key")

    @override
    def get_new_paginator(self) -> PageNumberPaginator:
        return PageNumberPaginator(1)

    @override
    def get_url_params(
        self, context: Context | None, next_page_token: int | None
    ) -> dict[str, Any]:
        return {"order": "modifiedDate ASC", "page": next_page_token, "rows": 250}


class PlainTap(Tap):
    """The tap around it."""

    name = "tap-plain"
    config_jsonschema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {"base_url": {"type": "string"}},
    }

    @override
    def discover_streams(self) -> Sequence[Stream]:
        return [PlainSalesOrders(self)]


if __name__ == "__main__":
    PlainTap.cli()
