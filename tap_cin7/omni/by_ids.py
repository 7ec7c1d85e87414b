"""Named rows of a resource: ``only_ids``, which moves no bookmark."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from tap_cin7.errors import Incomplete
from tap_cin7.omni.listing import LONGEST_QUERY, Listing
from tap_cin7.omni.numbered import Numbered
from tap_cin7.reading.reader import Expected, Page
from tap_cin7.rows.keys import KeySet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_cin7.omni.resource import OmniResource
    from tap_cin7.reading.reader import Reading

_MOST_IDS = 100
"""Ids of one request: as many are safe, a few hundred answer 404 (seen)."""
_CODES = ("reference", "code", "styleCode")
"""Columns by which people know a row, the first one that there is."""
_ROOM = LONGEST_QUERY - 200
"""Characters that ids may take in a query string; the rest is for order and page."""


class ByIds:
    """One reading of the rows with some ids; ids that are gone bring nothing.

    Attributes:
        is_whole: Whether the reading sets out to bring every row: never.

    """

    is_whole = False
    is_resumed = False

    def __init__(self, reading: Reading[OmniResource], ids: Sequence[str]) -> None:
        """Set up the reading; nothing is asked of Cin7 yet.

        Args:
            reading: What is read.
            ids: Values of the first column of the key, or after a bar the reference or code of
                the row, such as ``|SO-01234``.

        """
        self._reading = reading
        self._listing = Listing(reading)
        self._column = reading.resource.order_columns()[0]
        field = reading.resource.schema.fields[self._column]
        self._are_numbers = "integer" in field.types
        self._unsent: list[str] = []
        names = list(dict.fromkeys(map(str.strip, map(str, ids))))
        self._ids = [name for name in names if not name.startswith("|")]
        self._codes = [name[1:].strip() for name in names if name.startswith("|")]
        self._code_column = next(filter(reading.resource.schema.fields.get, _CODES), None)

    def pages(self) -> Iterator[Page]:
        """Yield the rows, without a position.

        Raises:
            Incomplete: At the end, if ids can't be asked for, or rows may be missing.

        """
        seen = KeySet()
        is_whole = True
        for where in self._conditions():
            numbered = Numbered(
                fetch=partial(self._listing.ask, where, self._listing.by_key),
                read=self._reading.codec.rows,
                group_of=self._listing.group_of,
            )
            for rows in numbered.pages():
                yield Page([row for row in rows if seen.add(row.key)])
            is_whole &= numbered.is_proven and numbered.turns_pages
        if self._unsent:
            raise Incomplete(f"ids are whole numbers, not {', '.join(self._unsent)}")
        if not is_whole:
            raise Incomplete("Cin7 does not keep the rows in order: some may be missing")

    def estimate(self, most_calls: int) -> Expected | None:  # noqa: ARG002 - it takes none
        """Return how many ids there are to ask for; nothing is asked."""
        return Expected(len(self._ids), sum(1 for _ in self._conditions()))

    def _conditions(self) -> Iterator[str]:
        """Yield one condition for each request."""
        self._unsent.clear()
        if self._code_column is not None:
            yield from (f"{self._code_column}={_quoted(code)}" for code in self._codes)
        waiting = iter(self._written())
        while some := list(islice(waiting, _MOST_IDS)):
            while some:
                count, room = 0, _ROOM
                while count < len(some) and room >= (size := len(quote_plus(some[count])) + 3):
                    count, room = count + 1, room - size
                yield f"{self._column} IN ({','.join(some[: max(count, 1)])})"
                some = some[max(count, 1) :]

    def _written(self) -> Iterator[str]:
        for one in self._ids:
            if not self._are_numbers:
                yield _quoted(one)
            elif one.isdecimal() and one.isascii():
                yield one
            else:
                self._unsent.append(one)


def _quoted(text: str) -> str:
    return "'{}'".format(text.replace("'", "''"))
