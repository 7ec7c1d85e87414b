"""Servers that the tests of this room share."""

from __future__ import annotations

from tests.servers import own, small

__all__ = ["own", "small"]
