"""Sharing: how many streams use one client side by side."""

from __future__ import annotations

from typing import NamedTuple


class Sharing(NamedTuple):
    """How many streams are being fetched; each number is at least 1.

    Attributes:
        begun: Those that have something left to ask for.
        asking: Those of them that do not wait for room.
        kinds: Those that take turns.

    """

    begun: int = 1
    asking: int = 1
    kinds: int = 1
