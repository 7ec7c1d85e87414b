"""Where rows are cut from other rows, and the columns that the tap adds to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_cin7.rows.fields import OPEN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_cin7.rows.fields import Table

LINE_NUMBER = "line_number"
"""Added column: position within the list that the row sits in, from 1."""
REPETITION = "repetition"
"""Added column: 1, or 2, 3, ... where the rest of the key repeats within the parent's record."""
PARENT_MODIFIED = "parent_modified"
"""Added column: the parent's stamp."""
EXTRA_FIELDS = "extra_fields"
"""Added column: what has no column, and values that their column's type can't hold, by path."""
EXTRA: Table = {
    EXTRA_FIELDS: OPEN(
        "Added by the tap: what Cin7 sent beyond these columns or against their types, by path"
    )
}
"""The column ``extra_fields`` as catalogs declare it; no resource does."""


@dataclass(frozen=True)
class Place:
    """Where in a parent's record rows are cut.

    Attributes:
        steps: The way there: ``Order`` goes into an object, ``Lines[]`` to the elements of a
            list, ``priceColumns{}`` to the entries of an open object as ``name`` and ``value``.
            No steps stand for the record itself.
        copies: Columns that come from the parent or from an element on the way: column -> path
            from the parent's record; ``=text`` is that text.

    """

    steps: tuple[str, ...]
    copies: Mapping[str, str]
