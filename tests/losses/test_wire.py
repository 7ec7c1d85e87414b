"""Rows 13 and 15: bodies that were cut, accounts of which nothing can be read; and what is near."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from tests.losses.accounts import ORDERS, SALE_LIST, brands, guid, orders, sale_list, sales
from tests.losses.harness import discovered, run
from tests.losses.standin import Core, Omni, Reply, stamp

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

    from tests.losses.standin import Call


PACKED = gzip.compress(b"[]")
LIES = {
    "announced more": (b"Content-Length: 90000", b"[]"),
    "announced less than nothing": (b"Content-Length: -5", b"[]"),
    "announced no number": (b"Content-Length: abc", b"[]"),
    "announced twice": (b"Content-Length: 2\r\nContent-Length: 90000", b"[]"),
    "announced beside chunks": (
        b"Transfer-Encoding: chunked\r\nContent-Length: 90000",
        b"2\r\n[]\r\n0\r\n\r\n",
    ),
    "a packed body that is not finished": (
        b"Content-Encoding: gzip\r\nContent-Length: %d" % (len(PACKED) - 8),
        PACKED[:-8],
    ),
    "chunks that break off": (b"Transfer-Encoding: chunked", b"2\r\n[]\r\n"),
}
"""Answers whose length lies and whose body reads ``[]``: header lines and body."""


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("number", [1, 2])
def test_an_empty_list_whose_length_lies_is_asked_for_again(lie: str, number: int) -> None:
    headers, body = LIES[lie]

    def tell(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + headers + b"\r\n\r\n" + body)
        handler.wfile.flush()

    with Omni(ahead=-3_600) as server:
        orders(server, 400)
        server.before(ORDERS, number, lambda _call: Reply(raw=tell))
        result = run(server, "sales_orders")
        assert result.exit_code == 0, result.stderr
        assert len(result.keys("sales_orders")) == 400
        assert any("sales_orders" in line for line in result.warnings), result.stderr


@pytest.mark.parametrize("what", ["list", "document"])
def test_a_cut_answer_of_core_is_asked_for_again(what: str) -> None:
    with Core() as server:
        sales(server, 5)
        path = SALE_LIST if what == "list" else "/sale"

        def cut(_call: Call, reply: Reply) -> Reply:
            body = (
                b'{"Total":0,"SaleList":[]}'
                if what == "list"
                else b'{"ID":"%s"}' % (guid(4).encode())
            )
            return Reply(body, headers={"Content-Length": str(len(reply.body) + len(body))})

        server.after(path, 1, cut)
        result = run(server, "sales", max_parallel_requests=1)
        assert result.exit_code == 0, result.stderr
        assert {row["ID"] for row in result.records("sales") if row["Order"]} == {
            guid(number) for number in range(5)
        }
        assert result.warnings


def test_a_length_that_is_right_for_a_packed_body_is_believed() -> None:
    with Omni(ahead=-3_600) as server:
        orders(server, 100)

        def pack(_call: Call, reply: Reply) -> Reply:
            body = gzip.compress(reply.body)
            return Reply(body, headers={"Content-Encoding": "gzip"})

        server.after(ORDERS, None, pack)
        result = run(server, "sales_orders")
        assert result.exit_code == 0, result.stderr
        assert len(result.keys("sales_orders")) == 100
        assert len(result.calls) == 1


# Nothing at all can be read.


def test_an_account_that_may_read_nothing_is_a_failure() -> None:
    with Omni() as server:
        server.before("*", None, lambda _call: Reply(b'"not permitted"', 403))
        result = run(server, ["sales_orders", "products", "users"])
        assert result.exit_code == 1, result.stderr
        assert len(result.errors) == 1, result.stderr
        assert "Traceback" not in result.stderr


@pytest.mark.parametrize("api", ["omni", "core"])
def test_a_base_address_that_answers_web_pages_only_is_a_failure(api: str) -> None:
    with Omni() if api == "omni" else Core() as server:
        page = b"<!DOCTYPE html><html><body>Welcome</body></html>"
        server.before("*", None, lambda _call: Reply(page, headers={"Content-Type": "text/html"}))
        result = run(server, "branches" if api == "omni" else "brands")
        assert result.exit_code == 1, result.stderr
        assert "Traceback" not in result.stderr
        assert result.errors
        assert "base_url" in result.stderr


def test_one_readable_stream_is_enough_for_a_success() -> None:
    with Omni(ahead=-3_600) as server:
        orders(server, 5)
        server.before("/v1/Products", None, lambda _call: Reply(b'"no"', 403))
        result = run(server, ["sales_orders", "products"])
        assert result.exit_code == 0, result.stderr
        assert any("products" in line for line in result.warnings)


def test_an_account_that_is_empty_but_readable_is_a_success() -> None:
    with Core() as server:
        brands(server, 0)
        sale_list(server, 0)
        assert run(server, ["brands", "sale_list"]).exit_code == 0


@pytest.mark.parametrize("api", ["omni", "core"])
def test_nothing_selected_is_a_failure(api: str) -> None:
    catalog = discovered(api)
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = False
    with Omni() if api == "omni" else Core() as server:
        result = run(server, catalog)
        result.failed_with_one_line("select")
        assert not result.calls


def test_a_stamp_without_a_bookmark_is_not_lost_when_all_is_refused_later() -> None:
    with Omni(ahead=-3_600) as server:
        orders(server, 5)
        first = run(server, "sales_orders")
        server.before("*", None, lambda _call: Reply(b'"not permitted"', 403))
        second = run(server, "sales_orders", first.state)
        assert second.exit_code == 1
        assert second.bookmark("sales_orders") == first.bookmark("sales_orders")
        assert stamp(server.now) > first.bookmark("sales_orders")["replication_key_value"]
