"""Singer tap for Cin7 Omni and Cin7 Core.

Without Singer, ``read`` gives the rows of a stream to any Python program::

    from tap_cin7 import read

    rows = read({"api": "omni", "username": "...", "api_key": "..."}, "products")
    for row in rows:
        print(row["styleCode"], row["name"])
    print(rows.complete, rows.state)
"""

from __future__ import annotations

from tap_cin7.errors import Cin7Error
from tap_cin7.library import Rows, read

__all__ = ["Cin7Error", "Rows", "read"]
