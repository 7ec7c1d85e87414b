"""OmniStream: what all Omni streams share. (being written)"""

from __future__ import annotations

from tap_cin7.stream import Cin7Stream


class OmniStream(Cin7Stream):
    """A list resource of Cin7 Omni."""
