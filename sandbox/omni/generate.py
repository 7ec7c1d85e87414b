"""Make Omni's data from the schemas and a seed."""

from __future__ import annotations

import random
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias
from zlib import crc32

from sandbox.entry import Entry, Row
from sandbox.omni.facts import Draw, nested_facts, row_facts
from sandbox.omni.pools import FIRST_DAY, SPAN_SECONDS, Pool, Pools
from sandbox.omni.resources import Resource, resources
from sandbox.omni.world import World, sizes
from sandbox.stamps import NO_DATE, TICKS_PER_SECOND, from_ticks, ticks_of
from sandbox.store import Store
from sandbox.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Maker: TypeAlias = "Callable[[Draw], Any]"

CROWD = 1_000
ROWS_FOR_A_CROWD = 1_600
_CROWDED = "sales_orders"
_NULL_STAMPS = {"payments": 0.3}
_SENTINELS = {"payments": 0.03}
_FINE_SHARE, _OFFSET_SHARE = 0.02, 0.03
# Orders with cartons are the orders, so they are drawn with the same luck.
_TWINS = {"sales_orders_with_cartons": "sales_orders", "bom_masters_v1": "bom_masters"}

_CUSTOM_VALUES = ("Größe 7", "O'Neill", "", None, 7, Decimal("12.5000"), True, False)
_PRICES = (None, 0, Decimal("19.9500"), Decimal("10.00"), Decimal("7.1234567890123456789"))
_OPEN_KEYS: dict[str, tuple[str, ...]] = {
    "priceColumns": ("retailIncNZD", "wholesaleNZD", "costNZD", "priceAUD"),
}
_FIELD_CODES = {"sales_orders": "orders", "contacts": "members"}


def generate(
    seed: int,
    rows: Mapping[str, int],
    default_rows: int,
    crowd: int | None = None,
    null_stamps: Mapping[str, float] | None = None,
) -> Store:
    """Return the data of all streams; rows are made when they are first read.

    Args:
        seed: The same seed and sizes give the same data.
        rows: Number of rows by stream.
        default_rows: Number of rows of the other streams.
        crowd: Sales orders in one second; None means 1,000, or a third of a small list.
        null_stamps: Share of rows without a stamp, by stream.

    """
    lists = resources()
    counts = sizes((one.name for one in lists), rows, default_rows)
    world = World(counts)
    pools = Pools(world, seed)
    shares = _NULL_STAMPS | dict(null_stamps or {})
    tables = []
    for resource in lists:
        name, count = resource.name, counts[resource.name]
        stamps: list[str | None] = [None] * count
        if resource.stamp is not None:
            stamps = _stamps(seed, name, count, _crowd(name, count, crowd), shares.get(name, 0.0))
        maker = _RowMaker(resource, world, pools, seed)
        tables.append(
            Table(
                name,
                resource.keys,
                resource.stamp,
                [
                    Entry(
                        world.key(name, index), stamp, ticks_of(stamp), partial(maker, index, stamp)
                    )
                    for index, stamp in enumerate(stamps)
                ],
                maker,
            )
        )
    return Store(tables)


def _crowd(stream: str, count: int, wanted: int | None) -> int:
    if stream != _CROWDED:
        return 0
    if wanted is not None:
        return min(wanted, count)
    return CROWD if count >= ROWS_FOR_A_CROWD else count // 3


def _stamps(seed: int, stream: str, count: int, crowd: int, nulls: float) -> list[str | None]:
    luck = random.Random(f"{seed}:{stream}:stamps")
    sentinels = nulls + _SENTINELS.get(stream, 0.0)

    def stamp() -> str | None:
        ticks = FIRST_DAY + luck.randrange(SPAN_SECONDS) * TICKS_PER_SECOND
        draw, look = luck.random(), luck.random()
        if draw < sentinels:
            return None if draw < nulls else NO_DATE
        if look < _FINE_SHARE:
            return from_ticks(ticks + luck.randrange(TICKS_PER_SECOND), digits=7)
        return from_ticks(ticks, offset_hours=13 if look < _OFFSET_SHARE else None)

    stamps = [stamp() for _ in range(count)]
    if crowd:
        midnight = from_ticks(FIRST_DAY + SPAN_SECONDS // 2 * TICKS_PER_SECOND)
        for index in luck.sample(range(count), crowd):
            stamps[index] = midnight
    return stamps


class _RowMaker:
    """Makes any row of one stream from its index."""

    def __init__(self, resource: Resource, world: World, pools: Pools, seed: int) -> None:
        self._resource = resource
        self._world = world
        self._mould = _Mould(resource.name, resource.properties, pools)
        twin = _TWINS.get(resource.name, resource.name)
        self._seed = (seed << 64) ^ (crc32(twin.encode()) << 32)

    def __call__(self, index: int, stamp: str | None) -> Row:
        luck = random.Random(self._seed ^ index)
        draw = Draw(self._world, self._resource.name, index, luck)
        facts = row_facts(draw)
        if self._resource.stamp is not None:
            facts[self._resource.stamp] = stamp
        return self._mould.make(draw, facts)


class _Mould:
    """The fields of an object, compiled: a pool or a maker for each."""

    def __init__(self, stream: str, properties: Mapping[str, Any], pools: Pools) -> None:
        self._fields: list[tuple[str, Pool, int, Maker | None]] = []
        for name, definition in properties.items():
            maker = _nested(stream, name, definition, pools)
            pool = () if maker else pools.pool(stream, name, definition)
            self._fields.append((name, pool, len(pool), maker))

    def make(self, draw: Draw, facts: Row) -> Row:
        """Return an object: the facts where there are any, drawn values elsewhere."""
        chance = draw.luck.random
        return {
            name: facts[name]
            if name in facts
            else pool[int(chance() * count)]
            if maker is None
            else maker(draw)
            for name, pool, count, maker in self._fields
        }


def _nested(stream: str, name: str, definition: Mapping[str, Any], pools: Pools) -> Maker | None:
    if "items" in definition:
        items = definition["items"]
        if "properties" not in items:
            pool = pools.pool(stream, name, items)
            return lambda draw: draw.luck.sample(pool, min(len(pool), draw.luck.randrange(4)))
        owner = "product_options" if name == "productOptions" else stream
        mould = _Mould(owner, items["properties"], pools)
        return lambda draw: [mould.make(draw, facts) for facts in nested_facts(draw, name)]
    if "properties" in definition:
        single = _Mould(stream, definition["properties"], pools)
        return lambda draw: single.make(draw, next(iter(nested_facts(draw, name)), {}))
    if "object" in definition["type"]:
        return partial(_open_object, _open_keys(stream, name))
    return None


def _open_keys(stream: str, name: str) -> tuple[str, ...]:
    code = _FIELD_CODES.get(stream, stream)
    return _OPEN_KEYS.get(name) or tuple(f"{code}_{1000 + number}" for number in range(5))


def _open_object(keys: tuple[str, ...], draw: Draw) -> Row:
    values = _PRICES if keys[0] in _OPEN_KEYS["priceColumns"] else _CUSTOM_VALUES
    return {key: draw.luck.choice(values) for key in keys}
