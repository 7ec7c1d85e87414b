"""The least that reading sales orders can cost in Python: ask, decode, write lines."""

from __future__ import annotations

import sys
from decimal import Decimal

import msgspec
import requests


def main() -> None:
    """Read sales orders from the address given and write them as RECORD messages."""
    (base_url,) = sys.argv[1:]
    session = requests.Session()
    session.auth = ("demo", "demo-key")
    decode = msgspec.json.Decoder(float_hook=Decimal).decode
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
            message = {"type": "RECORD", "stream": "sales_orders", "record": row}
            output.write(encode(message))
            output.write(b"\n")
        if len(rows) < 250:
            return
        page += 1


if __name__ == "__main__":
    main()
