"""What is owed: documents that their list names and Cin7 could not give.

The rule: a document that can't be had is owed, the others go on and the position moves. Each run
tries what is owed first; what failed in five runs on five days is tried once a day. What the list,
read from the oldest owed document on and proven, does not name any more is gone, and no longer
owed. State keeps at most 200 documents of a stream; beyond that the position stops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_cin7.instants import day_of
from tap_cin7.reading.position import Debt

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

MOST = 200
"""Documents of a stream that state keeps."""
IN_A_ROW = 20
"""Documents in a row without a success after which a kind is given up for this run."""
FIRST = 9
"""Documents that are tried before any other: as long as none was had, they may all be lost."""
_DAYS = 5


class Owed:
    """The documents of one resource that are owed."""

    def __init__(self, debts: Iterable[Debt] = (), skipped: Collection[str] = ()) -> None:
        """Take what state says.

        Args:
            debts: What is owed.
            skipped: Ids in lower case that are not asked for at present: owed again afterwards.

        """
        self._debts = {debt.id.lower(): debt for debt in debts}
        self._skipped = skipped

    def __len__(self) -> int:
        """Return how many are to be had."""
        return len(self._open)

    @property
    def _open(self) -> list[Debt]:
        return [debt for name, debt in self._debts.items() if name not in self._skipped]

    def __contains__(self, document: str) -> bool:
        """Return whether a document is owed."""
        return document.lower() in self._debts

    @property
    def ids(self) -> list[str]:
        """Ids of those that are to be had."""
        return [debt.id for debt in self._open]

    @property
    def oldest(self) -> str:
        """The earliest stamp or date among these."""
        return min(debt.at for debt in self._open)

    def to_try(self, now: str) -> list[Debt]:
        """Return those that this run tries, least recently tried first."""
        wanted = (
            debt for debt in self._open if debt.days < _DAYS or day_of(debt.tried) != day_of(now)
        )
        return sorted(wanted, key=lambda debt: debt.tried)

    def failed(self, document: str, at: str, now: str) -> None:
        """Note that a document could not be had."""
        before = self._debts.get(document.lower()) or Debt(document, at, 0, "")
        is_new_day = day_of(before.tried) != day_of(now)
        self._debts[document.lower()] = Debt(
            document, min(at, before.at) or at, before.days + is_new_day, now
        )

    def paid(self, document: str) -> None:
        """Note that a document is in."""
        self._debts.pop(document.lower(), None)

    def keep(self, named: Collection[str], since: str) -> list[str]:
        """Forget what a proven list does not name any more.

        Args:
            named: The ids that it names, in lower case.
            since: From which stamp on it was read; empty for all of it.

        Returns:
            The ids of those that are gone.

        """
        gone = [one for one, debt in self._debts.items() if one not in named and debt.at >= since]
        return [self._debts.pop(one).id for one in gone]

    def as_state(self) -> tuple[Debt, ...]:
        """Return what state keeps of them."""
        return tuple(self._debts.values())
