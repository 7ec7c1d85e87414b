"""Windows: the pages that Cin7 gives by number.

A page has a number, and a size up to a limit. Two pages of one size never overlap, two of different
sizes may: that is how a window can begin before the one before it ends.
"""

from __future__ import annotations

from typing import NamedTuple


class Window(NamedTuple):
    """A page by number, from 1, and its size."""

    page: int
    limit: int

    @property
    def start(self) -> int:
        """Position of its first row in the list, from 0."""
        return self.end - self.limit

    @property
    def end(self) -> int:
        """Position after its last row."""
        return self.page * self.limit


def window_at(position: int, most: int) -> Window:
    """Return the window that reaches furthest among those that hold a position of the list.

    Args:
        position: The position, from 0; the window begins there or before it.
        most: Rows that Cin7 gives at once.

    """
    limit = max(range(most, most // 2, -1), key=lambda limit: (position // limit + 1) * limit)
    return Window(position // limit + 1, limit)
