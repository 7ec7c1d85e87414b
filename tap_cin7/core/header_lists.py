"""Header lists that several readers of a run want: each is read once for all of them.

Disassemblies follow the list that the stream ``disassembly_list`` reads too, and one list of
production orders names orders, runs and attachments. The rule: a reading of a whole list serves
every reader that comes after it; a reader that comes meanwhile waits for it; a reading that fails
serves nobody, and the next reader asks for itself. Only a list that is not filtered by change is
shared, because each reader has a bookmark of its own.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tap_cin7.core.header_rows import HeaderRows

if TYPE_CHECKING:
    from tap_cin7.core.header_rows import Where
    from tap_cin7.core.resource import CoreDetail, CoreList


class HeaderLists:
    """The header lists of one run. Safe to use from several threads."""

    def __init__(self, where: Where) -> None:
        """Begin with no reading.

        Args:
            where: Which documents are wanted.

        """
        self._where = where
        self._wanted: dict[type[CoreList], list[type[CoreDetail]]] = {}
        self._begun: dict[type[CoreList], HeaderRows] = {}
        self._changed = threading.Condition()

    def want(self, resource: type[CoreDetail]) -> None:
        """Note, before the run asks for anything, that the header list of a resource is wanted."""
        self._wanted.setdefault(resource.header, []).append(resource)

    def offer(self, header: type[CoreList]) -> HeaderRows | None:
        """Return what takes the rows of a reading that begins, None where it would serve nobody.

        Whoever gets one calls ``end``, whatever comes of the reading.
        """
        with self._changed:
            if header in self._begun or header not in self._wanted:
                return None
            return self._begin(header)

    def claim(self, resource: type[CoreDetail]) -> HeaderRows:
        """Return the rows of a resource's list, complete unless the caller is to read them.

        Waits for a reading that is under way. Whoever gets incomplete rows calls ``end``.
        """
        header = resource.header
        with self._changed:
            self._changed.wait_for(lambda: header not in self._begun or self._begun[header].began)
            rows = self._begun.get(header)
            return rows if rows is not None and rows.has(resource) else self._begin(header)

    def end(self, header: type[CoreList]) -> None:
        """Note that a reading is over; it was for nothing unless its rows are complete."""
        with self._changed:
            if not self._begun[header].began:
                del self._begun[header]
            self._changed.notify_all()

    def _begin(self, header: type[CoreList]) -> HeaderRows:
        rows = self._begun[header] = HeaderRows(header, self._wanted[header], self._where)
        return rows
