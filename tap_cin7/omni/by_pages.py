"""Resources whose rows tell no change: read whole each time, page by page.

Relies on: omni-ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tap_cin7.errors import Incomplete, StreamFailed
from tap_cin7.omni.listing import Listing
from tap_cin7.omni.numbered import Numbered, Place
from tap_cin7.reading.position import Load, Position
from tap_cin7.reading.reader import Expected, Page
from tap_cin7.rows.keys import KeySet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_cin7.omni.resource import OmniResource
    from tap_cin7.reading.reader import Reading


class ByPages:
    """One reading of a resource by page number.

    Attributes:
        is_whole: Whether the reading sets out to bring every row: always.
        is_resumed: Whether it goes on with one that an earlier run began.

    """

    is_whole = True

    def __init__(self, reading: Reading[OmniResource]) -> None:
        """Set up the reading; nothing is asked of Cin7 yet."""
        self._reading = reading
        self._listing = Listing(reading)
        load = reading.position.load or None
        self._load = None if load is None or load.over else load
        self.is_resumed = self._load is not None

    def pages(self) -> Iterator[Page]:
        """Yield the pages; the last one says that the list is whole.

        Raises:
            Incomplete: At the end, if rows may be missing.

        """
        listing, tally = self._listing, self._reading.tally
        load = self._load or Load(began=self._reading.client.server_clock.now(), whole=True)
        text = load.position[1]
        numbered = Numbered(
            fetch=lambda window: listing.ask("", listing.by_key, window),
            read=self._reading.codec.rows,
            group_of=listing.group_of,
            width=listing.width,
            resumed=msgspec.json.decode(text, type=Place) if text else None,
            may_end=self._may_end,
        )
        seen = KeySet()
        try:
            for rows in numbered.pages():
                new = [row for row in rows if seen.add(row.key)]
                tally.duplicates += len(rows) - len(new)
                if numbered.place is not None and numbered.is_proven:
                    place = msgspec.json.encode(numbered.place).decode()
                    load = msgspec.structs.replace(load, position=("", place))
                    yield Page(new, Position(load=load))
                else:
                    yield Page(new)
        except StreamFailed:
            if load.position[1]:  # only what was cut goes on: a snapshot is taken of one run
                yield Page([], Position(load=msgspec.structs.replace(load, over=True)))
            raise
        if load.position[1]:
            # Also where it is not proven: the next run reads anew.
            yield Page([], Position(load=msgspec.structs.replace(load, over=True)))
        if not numbered.turns_pages:
            tally.refuted.add("omni-pages")
            raise Incomplete(
                "the list fills more than one page and Cin7 does not turn pages: rows may be "
                "missing"
            )
        if not numbered.is_proven:
            tally.refuted.add("omni-order")
            raise Incomplete(
                "Cin7 does not keep the list in order while it is read: rows may be missing"
            )
        yield Page([], is_whole=True)

    def _may_end(self, rows: int, full_pages: int) -> bool:
        """Tell whether a short page is believed to be the last one.

        Not in a first reading of several pages, and not where fewer rows came than before.
        """
        before = self._reading.position.whole_rows or None
        return rows >= before if before is not None else not full_pages

    def estimate(self, most_calls: int) -> Expected | None:
        """Return about how many rows there are; None where Cin7 does not turn pages."""
        return self._listing.estimate("", self._listing.by_key, most_calls)
