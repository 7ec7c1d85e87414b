"""Named rows of a list: ``only_ids``, which moves no bookmark.

A row costs one call where the list can be asked for an id. Other lists are read from yesterday's
changes on first, since notifications name what has just changed, and whole only for what is not
among them. Parameters that a server does not know are ignored (seen), so an answer by id counts
only when it holds all that it announces.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tap_cin7.core.whole import PAGE_ROWS
from tap_cin7.core.windows import Window
from tap_cin7.errors import RecordGone
from tap_cin7.instants import DAY_SECONDS, moved

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from tap_cin7.core.replies import RawPage
    from tap_cin7.core.resource import CoreList
    from tap_cin7.rows.codec import Row

_MOST_CALLS = 50
"""Ids that are asked for one by one; for more of them the list itself is cheaper."""
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class NamedRows:
    """One reading of the rows of a list that some ids name.

    Attributes:
        missing: Ids, in small letters, that no row was found for yet.

    """

    def __init__(
        self,
        resource: type[CoreList],
        ids: Collection[str],
        ask: Callable[[Mapping[str, str], Window], RawPage],
        made: Callable[[RawPage], list[Row]],
    ) -> None:
        """Set up the reading; nothing is asked yet.

        Args:
            resource: The list.
            ids: What names the rows; compared without regard to case.
            ask: Asks for a page with further query parameters.
            made: Makes rows of a page.

        """
        self._resource = resource
        self._ask = ask
        self._made = made
        self._spelled = {one.strip().lower(): one.strip() for one in ids}
        self._open = set(self._spelled)
        self.missing = set(self._open)

    def pages(
        self, read: Callable[[str | None], Iterator[list[Row]]], now: str
    ) -> Iterator[list[Row]]:
        """Yield the named rows.

        Args:
            read: Reads the list from an instant on, None for all of it.
            now: Cin7's time.

        """
        if self._resource.id_param is not None and len(self._open) <= _MOST_CALLS:
            for one in sorted(self._open):
                yield self._by_id(one)
        elif self._resource.since_param is not None:
            yield from self._among(read(moved(now, -DAY_SECONDS)))
            self._open &= self.missing
        if self._open:
            yield from self._among(read(None))

    def _by_id(self, one: str) -> list[Row]:
        """Return the rows of an id; it stays open if this answer does not prove to be all."""
        resource = self._resource
        is_code = resource.code_param is not None and not _GUID.fullmatch(one)
        parameter = resource.code_param if is_code else resource.id_param
        asked = one if _GUID.fullmatch(one) else self._spelled[one]
        try:
            page = self._ask({parameter or "": asked}, Window(1, PAGE_ROWS))
        except RecordGone:
            self._open.discard(one)
            return []
        rows = self._made(page)
        named = [row for row in rows if one in self._names(row)]
        if is_code and not named:  # the letter case may matter to the server
            return []
        if page.total is None and (len(named) < len(rows) or len(rows) >= PAGE_ROWS):
            return []
        if page.total is not None and page.total > len(rows):
            return []
        self._open.discard(one)
        if named:
            self.missing.discard(one)
        return named

    def _among(self, pages: Iterator[list[Row]]) -> Iterator[list[Row]]:
        wanted = frozenset(self._open)
        for rows in pages:
            named = []
            for row in rows:
                hits = wanted & self._names(row)
                if hits:
                    self.missing -= hits
                    named.append(row)
            yield named

    def _names(self, row: Row) -> set[str]:
        parts = row.key if isinstance(row.key, tuple) else (row.key,)
        named_by = (row.values.get(column) for column in self._resource.named_by)
        return {str(name).lower() for name in (*parts, *named_by) if name is not None}
