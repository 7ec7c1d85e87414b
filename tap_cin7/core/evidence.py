"""Evidence: what reads of a list have shown, and whether it proves that the list is whole."""

from __future__ import annotations

from dataclasses import dataclass, field

from tap_cin7.rows.seen import Seen

_MOST_GONE = 10
"""Rows that may go from a list while it is read several times."""


@dataclass
class Evidence:
    """What one read has shown so far.

    Attributes:
        keys: The keys that it found.
        repeated: Rows whose key another row of the same answer has too.
        moved: Rows that came in two answers without lying in what those share: they changed
            places, and so may others that came in none.
        totals: The ``Total`` of each answer.
        end: Position after the last row; None while the end was not seen.
        is_picture: Whether one answer held the whole list.
        is_exact: Whether nothing slid across any border of two pages.
        is_joined: Whether each page joins the one before it.
        is_topped: Whether the first page was seen again at the end.
        is_confirmed: Whether what lies behind the last row was asked for once more, and empty.
        is_contradicted: Whether it announced far fewer rows than had come before.

    """

    keys: Seen = field(default_factory=Seen)
    repeated: int = 0
    moved: int = 0
    totals: list[int | None] = field(default_factory=list)
    end: int | None = None
    is_picture: bool = False
    is_exact: bool = True
    is_joined: bool = True
    is_topped: bool = False
    is_confirmed: bool = False
    is_contradicted: bool = False

    @property
    def rows(self) -> int:
        """How many rows were found."""
        if self.is_exact and self.is_joined and self.end is not None:
            return self.end
        return len(self.keys) + self.repeated

    def proves(self, total: int | None, known: int, *, is_filtered: bool) -> bool:
        """Tell whether the list is whole.

        Args:
            total: The latest ``Total``, None where there is none to go by.
            known: How many keys all reads found: an empty or short answer never proves what an
                earlier page contradicts.
            is_filtered: Whether what moves to the top comes with the next run anyway.

        """
        if self.is_contradicted or self.rows < known - _MOST_GONE:
            return False
        if self.is_picture or self._is_steady(total):
            return True
        return (
            self.is_joined
            and not self.moved
            and self.end is not None
            and (self.is_topped or is_filtered)
            and (self.is_confirmed if total is None else self.rows >= total)
        )

    def agrees(self, before: Evidence, total: int | None, *, known: int | None) -> bool:
        """Tell whether two reads of a list whose rows move, or share their keys, agree.

        Args:
            before: The read before this one.
            total: As for ``proves``.
            known: How many keys all reads before this one found; None if it found another.

        """
        if before.is_contradicted or self.is_contradicted:
            return False
        if not (before.is_joined and self.moved and self.is_joined and self.end is not None):
            return False
        if before.keys == self.keys and self.end == total:
            return True
        return known is not None and (total is None or known >= total)

    def needs_top(self, total: int | None, *, is_filtered: bool) -> bool:
        """Tell whether the first page must be seen again; arguments as for ``proves``."""
        if self._is_steady(total):
            return False
        return not is_filtered or (total or 0) > self.rows

    def _is_steady(self, total: int | None) -> bool:
        """Tell whether nothing slid, and as many rows came as there were at each answer."""
        return (
            self.is_joined
            and self.is_exact
            and total is not None
            and not self.moved
            and {*self.totals} == {total}
            and self.end == total
        )
