"""What Core offers, read from the tap's own streams, and what is told of each list beside that."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from tap_cin7.apis import APIS

if TYPE_CHECKING:
    from collections.abc import Mapping

Total: TypeAlias = Literal["right", "missing", "limit"]
"""Whether the envelope's Total is right, left out, or the asked Limit instead."""

DEFAULT_ROWS, MAX_ROWS = 100, 1_000
_ADDED = frozenset({"header_modified", "parent_modified", "line_number", "repetition", "row_id"})
_RECORD_KEY = "x-record-key-parts"
_NO_TOTAL = frozenset(
    {
        "customer_credits",
        "customer_templates",
        "deals",
        "production_order_list",
        "production_resource_list",
        "production_suspend_reasons",
        "production_work_centers",
        "supplier_deposits",
        "templates",
    }
)
_WRONG_TOTAL = frozenset({"payment_terms"})
_MOST_ROWS = {"customers": 100, "locations": 500}
_SINCE = {
    "products": "ModifiedSince",
    "customers": "ModifiedSince",
    "suppliers": "ModifiedSince",
    "product_families": "ModifiedSince",
    "crm_leads": "ModifiedSince",
    "crm_opportunities": "ModifiedSince",
    "sale_list": "UpdatedSince",
    "sale_credit_note_list": "UpdatedSince",
    "purchase_list": "UpdatedSince",
    "purchase_credit_note_list": "UpdatedSince",
}
# The orders that were seen; the other lists have none that anybody could rely on.
_ORDER = {
    "products": "SKU",
    "purchase_list": "OrderNumber",
    "purchase_credit_note_list": "OrderNumber",
}
_UNPAGED = frozenset({"price_tiers", "webhooks"})
SINGLES = frozenset({"me", "production_reference_data", "shipping_zones_enabled"})
"""One object without any parameter."""
BY_YEAR = frozenset({"production_factory_calendars"})
"""One object per year."""
SECOND_PATHS = {"/ref/accountBank": "/ref/account/bank"}
"""Paths that give the same as another one."""
ZONELESS = frozenset({"purchase_list", "purchase_credit_note_list"})
"""Lists that leave out the zone of their stamps."""
_STAMPLESS = frozenset({"transactions"})
# The tap leaves credentials out, the API does not.
_UNTOLD: dict[str, tuple[str, ...]] = {
    "webhooks": ("ExternalUserName", "ExternalPassword", "ExternalBearerToken", "ExternalHeaders"),
}


@dataclass(frozen=True)
class CoreList:
    """One list, or a single object."""

    name: str
    path: str
    records_key: str | None
    properties: Mapping[str, Any]
    keys: tuple[str, ...]
    stamp: str | None

    @property
    def since(self) -> str | None:
        """Query parameter that filters by modification; its partners come with it."""
        return _SINCE.get(self.name)

    @property
    def total(self) -> Total:
        """What the envelope's Total is like."""
        if self.name in _WRONG_TOTAL:
            return "limit"
        return "missing" if self.name in _NO_TOTAL else "right"

    @property
    def most_rows(self) -> int:
        """Rows that a page has at most, whatever Limit asks for."""
        return _MOST_ROWS.get(self.name, MAX_ROWS)

    @property
    def order(self) -> str | None:
        """Field that the rows are sorted by."""
        return _ORDER.get(self.name)

    @property
    def paged(self) -> bool:
        """Whether there are pages."""
        return self.name not in _UNPAGED


@dataclass(frozen=True)
class CoreDetail:
    """Documents by the id of their header row."""

    name: str
    path: str
    records_key: str | None
    properties: Mapping[str, Any]
    header: str
    id_param: str
    copies: Mapping[str, str]


@cache
def lists() -> dict[str, CoreList]:
    """Return all lists by name. Columns that the tap adds are not on the wire."""
    return {cls.name: _list(cls) for cls in _classes() if hasattr(cls, "since_param")}


@cache
def details() -> dict[str, CoreDetail]:
    """Return all kinds of details by name."""
    return {
        cls.name: CoreDetail(
            cls.name,
            cls.path,
            cls.records_key,
            _on_the_wire(cls.schema, cls.copies),
            cls.header.name,
            cls.id_param,
            cls.copies,
        )
        for cls in _classes()
        if hasattr(cls, "header")
    }


def _classes() -> list[Any]:
    # On the class these are plain values, although the SDK declares them for instances.
    return list(APIS["core"].streams())


def _list(cls: Any) -> CoreList:  # noqa: ANN401 - see _classes
    properties = _on_the_wire(cls.schema, {})
    for name in _UNTOLD.get(cls.name, ()):
        properties[name] = {"type": ["string", "null"]}
    keys: list[str] = []
    for name in cls.schema["required"]:
        keys.extend(cls.schema["properties"][name].get(_RECORD_KEY, [name]))
    stamp = None if cls.name in _STAMPLESS else getattr(cls, "stamp_column", None)
    key = tuple(name for name in keys if name in properties)
    return CoreList(cls.name, cls.path, cls.records_key, properties, key, stamp)


def _on_the_wire(schema: Mapping[str, Any], copies: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: definition
        for name, definition in schema["properties"].items()
        if _RECORD_KEY not in definition and name not in _ADDED and name not in copies
    }
