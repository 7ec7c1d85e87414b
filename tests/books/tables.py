"""Tables as the loaders make them of the tap's catalog, empty until a book writes into them."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, cast

from tests.dbt.package import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

Product = Literal["omni", "core"]
Kind = Literal["integer", "number", "boolean", "date-time", "string", "object", "array"]


@dataclass(frozen=True, eq=False)
class Stream:
    """Fields of a stream by name, and what kind each is."""

    name: str
    fields: Mapping[str, Kind]


@cache
def streams(product: Product) -> Mapping[str, Stream]:
    """Return the streams of a product, as the tap's catalog has them."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as config:
        json.dump({"api": product}, config)
        config.flush()
        done = subprocess.run(
            [sys.executable, "-m", "tap_cin7", "--config", config.name, "--discover"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    return {
        one["tap_stream_id"]: Stream(
            one["tap_stream_id"],
            {name: _kind(field) for name, field in one["schema"]["properties"].items()},
        )
        for one in json.loads(done.stdout)["streams"]
    }


def _kind(field: Mapping[str, Any]) -> Kind:
    if field.get("format") == "date-time":
        return "date-time"
    types = field.get("type", "string")
    named = [types] if isinstance(types, str) else types
    return cast("Kind", next(one for one in named if one != "null"))
