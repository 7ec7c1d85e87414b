"""Objects from a schema: what they refer to first, then their facts, then drawn values."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.core.pools import Pool, Pools
    from sandbox.core.world import World
    from sandbox.entry import Row

_MOST_ITEMS = 2
_MOST_LINES = 4
_NEVER_EMPTY = frozenset(
    {"StockReceived", "Invoice", "Invoices", "Fulfilments", "CreditNotes", "ExternalHeaders"}
)


@dataclass
class Draw:
    """One record in the making.

    Attributes:
        world: What exists.
        index: Number of the row, for streams whose facts follow from it.
        luck: Where drawn values come from.
        inside: Facts for the objects of a nested field, by the field's name.

    """

    world: World
    index: int
    luck: random.Random
    inside: dict[str, Row] = field(default_factory=dict)

    def one_of(self, stream: str) -> int | None:
        """Return the index of some row of a stream, None when it has none."""
        count = self.world.counts[stream]
        return int(self.luck.random() * count) if count else None

    def guid(self) -> str:
        """Return a new id."""
        return str(uuid.UUID(int=self.luck.getrandbits(128), version=4))


def luck_of(seed: int, stream: str, key: object) -> random.Random:
    """Return the luck of one record, the same whenever it is made."""
    return random.Random((seed << 64) ^ (crc32(stream.encode()) << 32) ^ crc32(repr(key).encode()))


Maker: TypeAlias = "Callable[[Draw], Any]"
Reference: TypeAlias = "Callable[[Draw], Row]"


class Mould:
    """The fields of an object, compiled: a pool or a maker for each."""

    def __init__(self, stream: str, properties: Mapping[str, Any], pools: Pools) -> None:
        """Compile an object.

        Args:
            stream: The stream it belongs to.
            properties: JSON schema of its fields.
            pools: What drawn values come from.

        """
        self._references = _references(properties)
        self._fields: list[tuple[str, Pool, int, Maker | None]] = []
        for name, definition in properties.items():
            maker = _maker(stream, name, definition, pools)
            pool = () if maker else pools.pool(stream, name, definition)
            self._fields.append((name, pool, len(pool), maker))

    def make(self, draw: Draw, facts: Row) -> Row:
        """Return an object: the facts where there are any, drawn values elsewhere."""
        known: Row = {}
        for refer in self._references:
            known.update(refer(draw))
        known.update(facts)
        chance = draw.luck.random
        return {
            name: known[name]
            if name in known
            else pool[int(chance() * count)]
            if maker is None
            else maker(draw)
            for name, pool, count, maker in self._fields
        }


def _references(properties: Mapping[str, Any]) -> list[Reference]:
    found: list[Reference] = []
    if "ProductID" in properties or "ComponentProductID" in properties:
        dropped = frozenset({"Name"} if "ProductName" in properties else ())
        found.append(partial(_product, dropped))
    if not properties.keys().isdisjoint({"LocationID", "Location", "LocationName"}):
        found.append(_location)
    if not properties.keys().isdisjoint({"CustomerID", "CustomerName"}):
        found.append(partial(_partner, "customers"))
    if not properties.keys().isdisjoint({"SupplierID", "SupplierName"}):
        found.append(partial(_partner, "suppliers"))
    return found


def _product(dropped: frozenset[str], draw: Draw) -> Row:
    index = draw.one_of("products")
    if index is None:
        return {}
    facts = draw.world.product(index)
    return {name: value for name, value in facts.items() if name not in dropped}


def _location(draw: Draw) -> Row:
    warehouses = draw.world.warehouses
    return draw.world.location(int(draw.luck.random() * warehouses)) if warehouses else {}


def _partner(stream: str, draw: Draw) -> Row:
    index = draw.one_of(stream)
    if index is None:
        return {}
    return draw.world.customer(index) if stream == "customers" else draw.world.supplier(index)


def _maker(stream: str, name: str, definition: Mapping[str, Any], pools: Pools) -> Maker | None:
    if "items" in definition:
        return _items_maker(stream, name, definition["items"], pools)
    if "properties" in definition:
        single = Mould(stream, definition["properties"], pools)
        return lambda draw: single.make(draw, draw.inside.get(name, {}))
    if "object" in definition["type"]:
        return _tiers
    return _guid if _is_id(name, pools.pool(stream, name, definition)) else None


def _items_maker(stream: str, name: str, items: Mapping[str, Any], pools: Pools) -> Maker:
    if "properties" not in items:
        values = ("Summer", "Größe") if "string" in items["type"] else ()
        return lambda draw: list(values[: draw.luck.randrange(3)])
    mould = Mould(stream, items["properties"], pools)
    most = _MOST_LINES if name.endswith("Lines") else _MOST_ITEMS
    least = 1 if name.endswith("Lines") or name in _NEVER_EMPTY else 0

    def make(draw: Draw) -> list[Row]:
        count = draw.luck.randint(least, most)
        facts = draw.inside.get(name, {})
        return [mould.make(draw, facts) for _ in range(count)]

    return make


def _tiers(draw: Draw) -> Row:
    return {tier: round(draw.luck.random() * 100, 4) for tier in draw.world.tiers}


def _guid(draw: Draw) -> str:
    return draw.guid()


def _is_id(name: str, pool: Pool) -> bool:
    """Tell the fields that hold an id and have no values of their own."""
    from_notes = any(isinstance(one, str) and len(one) > 100 for one in pool)  # noqa: PLR2004
    return name.endswith("ID") and from_notes
