"""Lists in pages: the real page size, the envelope, and the collections left empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.api import OK, Answer
from sandbox.core.account import Refused
from sandbox.core.resources import DEFAULT_ROWS, MAX_ROWS
from sandbox.core.selection import Selection
from sandbox.entry import encode
from sandbox.stamps import TICKS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.core.resources import CoreList
    from sandbox.core.store import CoreStore
    from sandbox.entry import Entry

_MOST_WITH_BOM = 500
# Collections that come as [] unless their flag is set.
_ASKED_FOR: dict[str, dict[str, str]] = {
    "products": {
        "BillOfMaterialsProducts": "IncludeBOM",
        "BillOfMaterialsServices": "IncludeBOM",
        "Suppliers": "IncludeSuppliers",
        "Movements": "IncludeMovements",
        "Attachments": "IncludeAttachments",
        "ReorderLevels": "IncludeReorderLevels",
        "CustomPrices": "IncludeCustomPrices",
    },
    "customers": {"ProductPrices": "IncludeProductPrices"},
}
_MUST_EXIST = {"accounts": ("Code", "Account with specified ID not found")}


class Lists:
    """Answers lists."""

    def __init__(self, store: CoreStore) -> None:
        """Take the data."""
        self._store = store
        self._selection = Selection(store)

    def answer(self, resource: CoreList, query: Mapping[str, str]) -> Answer:
        """Answer one page.

        Raises:
            Refused: The query cannot be understood.

        """
        habits = self._store.habits.of(resource.name)
        self._store.settle(resource.name)
        found = self._selection.entries(resource, query, habits.order)
        if habits.shows is not None:
            found = found[: habits.shows]
        parameter, words = _MUST_EXIST.get(resource.name, ("", ""))
        if not found and query.get(parameter):
            raise Refused(words)
        rows: Sequence[Entry] = found
        head = b""
        if resource.paged:
            page, limit = _number(query, "Page", 1), _number(query, "Limit", DEFAULT_ROWS)
            if resource.name == "products" and "Limit" not in query:
                page = 1  # Page alone was seen to have no effect
            size = min(limit, habits.page_size or MAX_ROWS, _most_rows(resource, query))
            rows = found[(page - 1) * size : page * size]
            head = self._head(resource, query, len(found), page, limit)
        bodies = [_body(resource, entry, query) for entry in rows]
        name = resource.records_key or ""
        body = b'{%b"%b":[%b]}' % (head, name.encode(), b",".join(bodies))
        return Answer(OK, body, is_list=True, wrapper=name)

    def _head(
        self, resource: CoreList, query: Mapping[str, str], count: int, page: int, limit: int
    ) -> bytes:
        total = self._total(resource, query, count, limit)
        if total is not None:
            return b'"Total":%b,"Page":%d,' % (encode(total), page)
        return b'"Page":%d,' % page if resource.page else b""

    def _total(
        self, resource: CoreList, query: Mapping[str, str], count: int, limit: int
    ) -> int | None:
        habits = self._store.habits.of(resource.name)
        total = resource.total if habits.total == "seen" else habits.total
        if isinstance(total, int):
            return total
        if total == "stale":
            moment = self._store.clock.ticks() - round(habits.stale_seconds * TICKS_PER_SECOND)
            return self._selection.count_at(resource, query, moment)
        return {"right": count, "missing": None, "limit": limit, "true": True}[total]


def _most_rows(resource: CoreList, query: Mapping[str, str]) -> int:
    with_bom = resource.name == "products" and query.get("IncludeBOM", "").lower() == "true"
    return _MOST_WITH_BOM if with_bom else resource.most_rows


def _body(resource: CoreList, entry: Entry, query: Mapping[str, str]) -> bytes:
    empty = [
        name
        for name, flag in _ASKED_FOR.get(resource.name, {}).items()
        if query.get(flag, "").lower() != "true"
    ]
    if not empty:
        return entry.body
    return encode(entry.row | {name: [] for name in empty})


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise Refused(f"{name} must be a whole number from 1")
    return int(text)
