"""The rows of a list that a query asks for, in the order in which they come."""

from __future__ import annotations

import random
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeAlias

from sandbox.core.filters import chosen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.core.resources import CoreList
    from sandbox.core.store import CoreStore
    from sandbox.entry import Entry, Key
    from sandbox.habits import Order

Asked: TypeAlias = "tuple[tuple[str, str], ...]"

_REMEMBERED = 16
_PAGING = frozenset({"Page", "Limit"})


class Selection:
    """Finds the rows of lists and remembers them until the data change."""

    def __init__(self, store: CoreStore) -> None:
        """Take the data."""
        self._store = store
        self._places: dict[tuple[str, Any, int], Any] = {}
        self._results: dict[tuple[str, Order, Asked], tuple[int, list[Entry]]] = {}
        self._luck = random.Random(len(store.tables))

    def entries(
        self, resource: CoreList, query: Mapping[str, str], order: Order = "seen"
    ) -> list[Entry]:
        """Return all rows that a query asks for, in their order at this moment.

        Raises:
            Refused: A bound is no date.

        """
        table = self._store.tables[resource.name]
        asked = tuple(sorted(pair for pair in query.items() if pair[0] not in _PAGING))
        question = (resource.name, order, asked)
        known = self._results.get(question)
        if known is None or known[0] != table.revision:
            found = self._sorted(resource, chosen(resource, query, table.by_stamp), order)
            if len(self._results) >= _REMEMBERED:
                self._results.pop(next(iter(self._results)))
            known = self._results[question] = table.revision, found
        if order == "random":
            return self._luck.sample(known[1], len(known[1]))
        return known[1]

    def count_at(self, resource: CoreList, query: Mapping[str, str], moment: int) -> int:
        """Return how many rows a query would have found at a moment, in ticks."""
        return len(chosen(resource, query, self._store.tables[resource.name].alive(moment)))

    def _sorted(self, resource: CoreList, found: list[Entry], order: Order) -> list[Entry]:
        if order in {"ascending", "descending"}:
            return found if order == "ascending" else found[::-1]
        if order == "insertion":
            first: dict[Key, int] = {}
            for place, entry in enumerate(self._store.tables[resource.name].history):
                first.setdefault(entry.key, place)
            return sorted(found, key=lambda entry: first[entry.key])
        return sorted(found, key=lambda entry: self._place(resource, entry))

    def _place(self, resource: CoreList, entry: Entry) -> tuple[str, bytes]:
        """Return where a version of a row sorts: an edit puts it somewhere else.

        Lists with an order that was seen have that one.
        """
        version = (resource.name, entry.key, entry.by_stamp[0])
        if version not in self._places:
            name = str(entry.row[resource.order]) if resource.order else ""
            self._places[version] = name, blake2b(repr(version).encode(), digest_size=8).digest()
        place: tuple[str, bytes] = self._places[version]
        return place
