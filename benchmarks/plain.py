"""What is compared with: a tap as the SDK's template makes it, with the schemas of sales orders.

Line tables are streams of their own over the same answers, each with a ``parse_response`` that
yields its rows, so that the list is asked for once for each of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from requests.auth import HTTPBasicAuth
from singer_sdk import RESTStream, Tap
from singer_sdk.pagination import PageNumberPaginator
from typing_extensions import override

from tap_cin7.omni.resources.lines import SalesOrderLines as Lines
from tap_cin7.omni.resources.lines import SalesOrderLineSizes as Sizes
from tap_cin7.omni.resources.sales import SalesOrders as Orders

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import requests
    from singer_sdk import Stream
    from singer_sdk.helpers.types import Context


class SalesOrders(RESTStream[int]):
    """Sales orders by page number, with everything else as the SDK does it."""

    name = "sales_orders"
    path = "/v1/SalesOrders"
    primary_keys = Orders.schema.key
    replication_key = "modifiedDate"
    schema: ClassVar[dict[str, Any]] = Orders.schema.json_schema

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


class SalesOrderLines(SalesOrders):
    """The lines of the orders."""

    name = "sales_order_lines"
    primary_keys = Lines.schema.key
    replication_key = "parent_modified"
    schema: ClassVar[dict[str, Any]] = Lines.schema.json_schema

    @override
    def parse_response(self, response: requests.Response) -> Iterator[dict[str, Any]]:
        for order in super().parse_response(response):
            head = {"orderId": order["id"], "parent_modified": order["modifiedDate"]}
            for number, line in enumerate(order["lineItems"], start=1):
                yield {**head, "repetition": number, **line}


class SalesOrderLineSizes(SalesOrders):
    """The sizes of the lines."""

    name = "sales_order_line_sizes"
    primary_keys = Sizes.schema.key
    replication_key = "parent_modified"
    schema: ClassVar[dict[str, Any]] = Sizes.schema.json_schema

    @override
    def parse_response(self, response: requests.Response) -> Iterator[dict[str, Any]]:
        for order in super().parse_response(response):
            head = {"orderId": order["id"], "parent_modified": order["modifiedDate"]}
            for line in order["lineItems"]:
                for number, size in enumerate(line["sizes"] or (), start=1):
                    yield {**head, "lineId": line["id"], "repetition": number, **size}


_STREAMS: dict[str, type[SalesOrders]] = {
    one.name: one for one in (SalesOrders, SalesOrderLines, SalesOrderLineSizes)
}


class PlainTap(Tap):
    """The tap around them."""

    name = "tap-plain"
    config_jsonschema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "base_url": {"type": "string"},
            "streams": {"type": "array", "items": {"type": "string"}},
        },
    }

    @override
    def discover_streams(self) -> Sequence[Stream]:
        return [_STREAMS[name](self) for name in self.config["streams"]]


if __name__ == "__main__":
    PlainTap.cli()
