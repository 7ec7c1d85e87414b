"""Resources whose rows tell no change: read whole each time, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_cin7.omni.listing import Listing
from tap_cin7.omni.numbered import Numbered
from tap_cin7.reading.reader import Expected, Page
from tap_cin7.rows.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_cin7.omni.resource import OmniResource
    from tap_cin7.reading.reader import Reading


class ByPages:
    """One reading of a resource by page number.

    Attributes:
        is_whole: Whether the reading sets out to bring every row: always.

    """

    is_whole = True
    is_resumed = False

    def __init__(self, reading: Reading[OmniResource]) -> None:
        """Set up the reading; nothing is asked of Cin7 yet."""
        self._reading = reading
        self._listing = Listing(reading)

    def pages(self) -> Iterator[Page]:
        """Yield the pages; the last one says whether the list is known to be whole."""
        listing, tally = self._listing, self._reading.tally
        numbered = Numbered(
            fetch=lambda window: listing.ask("", listing.by_key, window),
            read=self._reading.codec.rows,
            group_of=listing.group_of,
            width=listing.width,
        )
        seen = Seen()
        for rows in numbered.pages():
            new = [row for row in rows if seen.add(row.key)]
            tally.duplicates += len(rows) - len(new)
            yield Page(new)
        if not numbered.turns_pages:
            self._reading.log.warning(
                "the list fills more than one page and Cin7 does not turn pages: rows may be "
                "missing"
            )
        elif not numbered.is_proven:
            self._reading.log.warning(
                "Cin7 does not keep the list in order while it is read: rows may be missing"
            )
        yield Page([], is_whole=numbered.is_proven and numbered.turns_pages)

    def estimate(self, most_calls: int) -> Expected | None:
        """Return about how many rows there are; None where Cin7 does not turn pages."""
        return self._listing.estimate("", self._listing.by_key, most_calls)
