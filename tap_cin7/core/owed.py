"""What is owed: documents that their list names and Cin7 could not give.

The rule: a document that can't be fetched is owed once a later one was fetched, or the run ends;
the others go on and the position moves. Each run tries what is owed first, as far as that leaves it
calls and time for others; what failed in five runs on five days is tried once a day. What the list,
read from the oldest owed document on and proven, no longer names is gone, and no longer owed. State
keeps at most 200 documents of a stream; beyond that the position stops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_cin7.core.index_lists import IndexRow
from tap_cin7.instants import day_of
from tap_cin7.reading.position import Debt

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tap_cin7.errors import Cin7Error
    from tap_cin7.reading.reader import Reading

MOST_OWED = 200
"""Documents of a stream that state keeps."""
MOST_FAILURES_IN_A_ROW = 20
"""Documents that fail in a row before a resource is given up for this run."""
_DAYS_OF_EVERY_RUN = 5


class Owed:
    """The owed documents of one resource.

    Attributes:
        failures: How many documents in a row could not be fetched.
        paid_at: When those were requested that were owed and are no more, by id in lower case.
        has_room: Whether state has room for all that failed.

    """

    def __init__(
        self, reading: Reading[Any], debts: Collection[Debt], skipped: Collection[str]
    ) -> None:
        """Start from what state keeps.

        Args:
            reading: The reading that fetches them.
            debts: What is owed.
            skipped: Ids, in lower case, that are not requested at present; they stay owed.

        """
        self._reading = reading
        self._debts = {debt.id.lower(): debt for debt in debts}
        self._skipped = skipped
        self._aside: list[tuple[IndexRow, Cin7Error | None]] = []
        self.failures = 0
        self.paid_at: dict[str, str] = {}
        self.has_room = True

    @property
    def open(self) -> list[Debt]:
        """Those that may be requested."""
        return [debt for name, debt in self._debts.items() if name not in self._skipped]

    def __contains__(self, document: str) -> bool:
        """Return whether a document is owed, or was until this run fetched it."""
        return document.lower() in self.paid_at or document.lower() in self._debts

    def to_try(self, now: str, named: Mapping[str, IndexRow]) -> list[IndexRow]:
        """Return those that this run tries, least recently tried first.

        Args:
            now: Cin7's time.
            named: Their index rows by id in lower case; the list may be filtered.

        """
        return [
            named.get(debt.id.lower(), IndexRow(debt.id, debt.stamp or debt.at, debt.at))
            for debt in sorted(self.open, key=lambda debt: debt.tried)
            if debt.days < _DAYS_OF_EVERY_RUN or day_of(debt.tried) != day_of(now)
        ]

    def set_aside(self, row: IndexRow, failure: Cin7Error | None = None) -> None:
        """Note a document that was not fetched, until a later one is.

        Args:
            row: Its index row.
            failure: Why it could not be fetched; None if it was not requested.

        """
        self._aside.append((row, failure))

    def owe(self) -> list[IndexRow]:
        """Owe what failed, if state has room for it; return, in their order, all set aside."""
        aside, self._aside = self._aside, []
        failed = [(row, failure) for row, failure in aside if failure is not None]
        if len(self.open) + sum(row.id not in self for row, _ in failed) > MOST_OWED:
            self.has_room = False
            return []
        for row, failure in failed:
            self.failed(row, failure)
        return [row for row, _ in aside]

    def failed(self, row: IndexRow, failure: Cin7Error) -> None:
        """Owe a document that could not be fetched."""
        now, at = self._reading.client.server_clock.now(), row.stamp or row.date
        before = self._debts.get(row.id.lower()) or Debt(row.id, at, 0, "")
        is_new_day = day_of(before.tried) != day_of(now)
        self._debts[row.id.lower()] = Debt(
            row.id, min(at, before.at) or at, before.days + is_new_day, now, row.stamp
        )
        self._reading.log.warning("could not be had, and is owed: %s", failure)

    def paid(self, document: str, requested_at: str) -> None:
        """Note that a document was fetched, and when it was requested."""
        self.paid_at[document.lower()] = requested_at
        self._debts.pop(document.lower(), None)

    def keep_named(self, named: Collection[str], since: str) -> None:
        """Keep what a proven list still names, and forget the rest.

        Args:
            named: The ids that it names, in lower case.
            since: Lower bound of its stamps; empty for none.

        """
        gone = [one for one, debt in self._debts.items() if one not in named and debt.at >= since]
        if gone:
            ids = ", ".join(self._debts.pop(one).id for one in gone)
            self._reading.log.warning("owed no longer, since the list does not name them: %s", ids)

    def as_state(self) -> tuple[Debt, ...]:
        """Return them as state keeps them."""
        return tuple(self._debts.values())
