"""Lists in pages: the real page size, the envelope, and the collections left empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.api import OK, Answer
from sandbox.core.account import Refused
from sandbox.core.resources import DEFAULT_ROWS
from sandbox.core.selection import Selection
from sandbox.entry import encode

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
        self._selection = Selection(store)

    def answer(self, resource: CoreList, query: Mapping[str, str]) -> Answer:
        """Answer one page.

        Raises:
            Refused: The query cannot be understood.

        """
        found = self._selection.entries(resource, query)
        parameter, words = _MUST_EXIST.get(resource.name, ("", ""))
        if not found and query.get(parameter):
            raise Refused(words)
        rows: Sequence[Entry] = found
        head = b""
        if resource.paged:
            page, limit = _number(query, "Page", 1), _number(query, "Limit", DEFAULT_ROWS)
            if resource.name == "products" and "Limit" not in query:
                page = 1  # Page alone was seen to have no effect
            size = min(limit, _most_rows(resource, query))
            rows = found[(page - 1) * size : page * size]
            head = _head(resource, len(found), page, limit)
        bodies = [_body(resource, entry, query) for entry in rows]
        name = (resource.records_key or "").encode()
        body = b'{%b"%b":[%b]}' % (head, name, b",".join(bodies))
        return Answer(OK, body, is_list=True)


def _head(resource: CoreList, count: int, page: int, limit: int) -> bytes:
    if resource.total != "missing":
        return b'"Total":%d,"Page":%d,' % (count if resource.total == "right" else limit, page)
    return b'"Page":%d,' % page if resource.page else b""


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
