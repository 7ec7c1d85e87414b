"""Windows: pages by number and size.

Two pages of one size never overlap, two of different sizes may: that is how a window can begin
before the previous one ends.
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
    """Return the window that contains a position of the list and ends furthest on.

    Args:
        position: The position, from 0; the window begins there or before it.
        most: The most rows that a page can have.

    """
    limit = max(range(most, most // 2, -1), key=lambda limit: (position // limit + 1) * limit)
    return Window(position // limit + 1, limit)
