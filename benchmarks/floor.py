"""The least that reading sales orders can cost in Python: ask, decode, cut, write lines.

Numbers with a point are kept as the text that came, which costs less than decimals and loses no
digit; nothing is looked at, so that a row leaves as it came, right or wrong.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import msgspec
import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Row = dict[str, Any]


def _lines(order: Row) -> Iterator[Row]:
    head = {"orderId": order["id"], "parent_modified": order["modifiedDate"]}
    for line in order["lineItems"]:
        yield head | line


def _sizes(order: Row) -> Iterator[Row]:
    head = {"orderId": order["id"], "parent_modified": order["modifiedDate"]}
    for line in order["lineItems"]:
        head["lineId"] = line["id"]
        for size in line["sizes"] or ():
            yield head | size


_CUTS: dict[str, Callable[[Row], Iterator[Row]]] = {
    "sales_orders": lambda order: iter((order,)),
    "sales_order_lines": _lines,
    "sales_order_line_sizes": _sizes,
}


def main() -> None:
    """Read sales orders from the address given and write some streams as RECORD messages."""
    base_url, *streams = sys.argv[1:]
    cuts = [(stream, _CUTS[stream]) for stream in streams]
    session = requests.Session()
    session.auth = ("demo", "demo-key")
    decode = msgspec.json.Decoder(float_hook=msgspec.Raw).decode
    encode = msgspec.json.Encoder(decimal_format="number").encode
    output = sys.stdout.buffer
    page = 1
    while True:
        answer = session.get(
            f"{base_url}/v1/SalesOrders",
            params={"order": "modifiedDate ASC", "page": str(page), "rows": "250"},
            timeout=60,
        )
        rows = decode(answer.content)
        for row in rows:
            for stream, cut in cuts:
                for record in cut(row):
                    output.write(encode({"type": "RECORD", "stream": stream, "record": record}))
                    output.write(b"\n")
        if len(rows) < 250:
            return
        page += 1


if __name__ == "__main__":
    main()
