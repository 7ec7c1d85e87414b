"""Encoding: canonical values as JSON, decimals with every digit they came with."""

from __future__ import annotations

import msgspec

as_json = msgspec.json.Encoder(decimal_format="number").encode
as_sorted_json = msgspec.json.Encoder(decimal_format="number", order="sorted").encode
