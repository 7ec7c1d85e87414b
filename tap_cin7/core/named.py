"""Named rows of a list: ``only_ids``, which moves no bookmark.

A row costs one call where the list can be asked for an id, a code or a number. Other lists are
read from yesterday's changes on first, since notifications name what has just changed, and whole
only for what is not among them. Parameters that a server does not know are ignored (seen), so an
answer counts only when it holds all that it announces.
"""

from __future__ import annotations

import re
import uuid
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
"""Names that are asked for one by one; for more of them the list itself is cheaper."""
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def split_name(name: str) -> tuple[str, str]:
    """Return the id and the number that a name consists of, either of them empty.

    Args:
        name: ``<id>``, ``|<number>``, or both: the number counts where the id finds nothing.

    """
    one, _, number = (part.strip() for part in name.partition("|"))
    try:
        return str(uuid.UUID(one)), number
    except ValueError:
        return one, number


def spelled(name: str) -> str:
    """Return a name as messages have it."""
    return " or ".join(filter(None, split_name(name)))


class NamedRows:
    """One reading of the rows of a list that some names name.

    Attributes:
        missing: Names that no row was found for yet.

    """

    def __init__(
        self,
        resource: type[CoreList],
        names: Collection[str],
        ask: Callable[[Mapping[str, str], Window], RawPage],
        made: Callable[[RawPage], list[Row]],
    ) -> None:
        """Set up the reading; nothing is asked yet.

        Args:
            resource: The list.
            names: As ``split_name`` takes them; compared without regard to case.
            ask: Asks for a page with further query parameters.
            made: Makes rows of a page.

        """
        self._resource = resource
        self._ask = ask
        self._made = made
        self._open = {name: {part.lower() for part in split_name(name) if part} for name in names}
        self.missing = dict.fromkeys(names)

    def pages(
        self, read: Callable[[str | None], Iterator[list[Row]]], now: str
    ) -> Iterator[list[Row]]:
        """Yield the named rows.

        Args:
            read: Reads the list from an instant on, None for all of it.
            now: Cin7's time.

        """
        if len(self._open) <= _MOST_CALLS:
            for name in list(self._open):
                yield self._asked(name)
        if self._open and self._resource.id_param is None and self._resource.since_param:
            yield from self._among(read(moved(now, -DAY_SECONDS)))
            self._open = {name: self._open[name] for name in self._open if name in self.missing}
        if self._open:
            yield from self._among(read(None))

    def _asked(self, name: str) -> list[Row]:
        """Return the rows of a name; it stays open if this answer does not prove to be all."""
        resource = self._resource
        one, number = split_name(name)
        is_id = _GUID.fullmatch(one) is not None
        code = number or ("" if is_id else one)
        if resource.id_param is not None and (is_id or resource.code_param is None):
            filters = {resource.id_param: one or number}
        elif resource.code_param is not None and code:
            filters = {resource.code_param: code}
        else:
            return []
        try:
            page = self._ask(filters, Window(1, PAGE_ROWS))
        except RecordGone:
            del self._open[name]
            return []
        rows = self._made(page)
        named = [row for row in rows if self._open[name] & self._names(row)]
        if resource.id_param not in filters and not named:  # the letter case may matter
            return []
        if page.total is None and (len(named) < len(rows) or len(rows) >= PAGE_ROWS):
            return []
        if page.total is not None and page.total > len(rows):
            return []
        del self._open[name]
        if named:
            self.missing.pop(name)
        return named

    def _among(self, pages: Iterator[list[Row]]) -> Iterator[list[Row]]:
        wanted = {part: name for name, parts in self._open.items() for part in parts}
        for rows in pages:
            named = []
            for row in rows:
                hits = wanted.keys() & self._names(row)
                for part in hits:
                    self.missing.pop(wanted[part], None)
                if hits:
                    named.append(row)
            yield named

    def _names(self, row: Row) -> set[str]:
        parts = row.key if isinstance(row.key, tuple) else (row.key,)
        named_by = (row.values.get(column) for column in self._resource.named_by)
        return {str(name).lower() for name in (*parts, *named_by) if name is not None}
