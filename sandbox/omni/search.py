"""Find the rows that a list call asks for: by index where that does, else by looking at all."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from sandbox.omni import match, order, where

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.entry import Entry, Row
    from sandbox.omni.resources import Resource
    from sandbox.store import Store
    from sandbox.table import Table

_REMEMBERED = 16


class Search:
    """Finds rows in a store, and remembers what took long until the data change."""

    def __init__(self, store: Store) -> None:
        """Take the data."""
        self._store = store
        self._luck = random.Random(len(store.tables))
        self._results: dict[tuple[str, str, str, str], tuple[int, Sequence[Entry]]] = {}

    def rows(self, resource: Resource, query: Mapping[str, str], page: slice) -> Sequence[Entry]:
        """Return a slice of the rows that a query asks for.

        Raises:
            Malformed: The query cannot be understood.

        """
        table = self._store.tables[resource.name]
        text = query.get("where", "").strip()
        clause = where.parse(text) if text else None
        sorting = order.parse(query.get("order", ""), resource.columns)
        filtered = query.get(resource.filter, "") if resource.filter else ""
        shuffled = self._store.habits.of(resource.name).ties == "random"
        bounds = match.window(clause, table.stamp)
        if not filtered and bounds is not None and _is_by_stamp(sorting, table):
            low, high = table.between(*bounds)
            if page.start >= high - low:
                return ()
            if shuffled:
                return self._untied(table, low, high, page)
            return table.by_stamp[low:high][page]
        if shuffled and sorting:
            pairs = self._matching(resource, text, filtered)
            self._luck.shuffle(pairs)
            return order.sort(pairs, sorting)[page]
        if not filtered and clause is None and _is_by_key(sorting, table):
            return table.by_id[page]
        return self._search(resource, (text, query.get("order", ""), filtered))[page]

    def _search(self, resource: Resource, asked: tuple[str, str, str]) -> Sequence[Entry]:
        """Return all rows that fulfil the clause, in order; remembered until the data change."""
        table = self._store.tables[resource.name]
        question = (resource.name, *asked)
        known = self._results.get(question)
        if known is not None and known[0] == table.revision:
            return known[1]
        text, ordering, filtered = asked
        pairs = self._matching(resource, text, filtered)
        result: list[Entry] = order.sort(pairs, order.parse(ordering, resource.columns))
        if len(self._results) >= _REMEMBERED:
            self._results.pop(next(iter(self._results)))
        self._results[question] = table.revision, result
        return result

    def _matching(self, resource: Resource, text: str, filtered: str) -> list[tuple[Row, Entry]]:
        fulfils = match.predicate(where.parse(text), resource.columns) if text else None
        return [
            (row, entry)
            for entry in self._store.tables[resource.name].by_id
            for row in (entry.row,)
            if (fulfils is None or fulfils(row))
            and (not filtered or row[str(resource.filter)] == filtered)
        ]

    def _untied(self, table: Table, low: int, high: int, page: slice) -> Sequence[Entry]:
        """Return a page of a slice of ``by_stamp``, rows of one stamp in random order."""
        within = table.by_stamp[low:high]
        at = page.start
        while at and within[at - 1].by_stamp[0] == within[page.start].by_stamp[0]:
            at -= 1
        skipped, found = page.start - at, []
        while at < min(page.stop, len(within)):
            end = at
            while end < len(within) and within[end].by_stamp[0] == within[at].by_stamp[0]:
                end += 1
            found += self._luck.sample(within[at:end], end - at)
            at = end
        return found[skipped : skipped + page.stop - page.start]


def _is_by_stamp(sorting: Sequence[order.Sorting], table: Table) -> bool:
    return [(one.name, one.descending) for one in sorting] == [(table.stamp, False)]


def _is_by_key(sorting: Sequence[order.Sorting], table: Table) -> bool:
    names = tuple(one.name for one in sorting)
    return table.keys[: len(names)] == names and not any(one.descending for one in sorting)
