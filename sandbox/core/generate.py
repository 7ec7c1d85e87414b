"""Make Core's data from the schemas and a seed: rows when first read, details when asked for."""

from __future__ import annotations

import random
from functools import cached_property, partial
from typing import TYPE_CHECKING

from sandbox.core.documents import records_of
from sandbox.core.mould import Draw, Mould, luck_of
from sandbox.core.pools import Pools, stamp_text
from sandbox.core.resources import ZONELESS, CoreDetail, CoreList, details, lists
from sandbox.core.rows import facts_of
from sandbox.core.store import CoreStore
from sandbox.core.world import CREDIT_EVERY, MIRRORS, World, sizes
from sandbox.entry import Entry
from sandbox.omni.pools import FIRST_DAY, SPAN_SECONDS
from sandbox.stamps import TICKS_PER_SECOND
from sandbox.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.entry import Row

CROWDED = "sale_list"
_REPEATED_EVERY = 10
"""One ledger line of so many is the same as the one before it."""
_NESTED = frozenset({"object", "array"})
_ROUNDED_TO = (1, 1, 1, 10, 100, 1_000)
_TICKS_PER_MILLISECOND = TICKS_PER_SECOND // 1_000


def generate(
    seed: int, rows: Mapping[str, int], default_rows: int, crowd: int | None = None
) -> CoreStore:
    """Return the data of all streams.

    Args:
        seed: The same seed and sizes give the same data.
        rows: Number of rows by list.
        default_rows: Number of rows of the other lists.
        crowd: Sales that share one millisecond; None means a third of them.

    """
    world = World(sizes(lists(), rows, default_rows))
    makers = Makers(world, seed)
    tables = [_table(resource, makers, seed, crowd) for resource in lists().values()]
    return CoreStore(tables, makers.records)


class Makers:
    """Makes any row and any detail."""

    def __init__(self, world: World, seed: int) -> None:
        """Take what exists and what drawn values come from."""
        self.world = world
        self._seed = seed
        self._moulds: dict[str, Mould] = {}

    @cached_property
    def _pools(self) -> Pools:
        return Pools(self.world, self._seed)

    def _mould(self, resource: CoreList | CoreDetail) -> Mould:
        if resource.name not in self._moulds:
            properties = resource.properties
            self._moulds[resource.name] = Mould(resource.name, properties, self._pools)
        return self._moulds[resource.name]

    def row(self, stream: str, index: int, stamp: str | None) -> Row:
        """Return a row of a list."""
        if stream in MIRRORS:
            source = self.row(MIRRORS[stream], index * CREDIT_EVERY, stamp)
            return {name: source[name] for name in lists()[stream].properties}
        resource = lists()[stream]
        repeated = stream == "transactions" and index % _REPEATED_EVERY == _REPEATED_EVERY - 1
        index -= repeated
        draw = Draw(self.world, index, luck_of(self._seed, stream, index))
        facts = facts_of(stream, draw)
        if resource.keys:
            facts |= zip(resource.keys, self.world.key(stream, index), strict=True)
        if resource.stamp is not None:
            facts[resource.stamp] = stamp
        return self._mould(resource).make(draw, facts)

    def records(self, stream: str, header: Row) -> list[Row]:
        """Return the records of a detail: what follows from the id, in the header's state."""
        resource = details()[stream]
        key = tuple(header[name] for name in lists()[resource.header].keys)
        draw = Draw(self.world, 0, luck_of(self._seed, stream, key))
        mould = self._mould(resource)
        common = {
            name: header[name]
            for name, definition in resource.properties.items()
            if name in header and _NESTED.isdisjoint(definition["type"])
        }
        return records_of(stream, header, common, lambda facts: mould.make(draw, facts))


def _table(resource: CoreList, makers: Makers, seed: int, crowd: int | None) -> Table:
    name, world = resource.name, makers.world
    source, step = MIRRORS.get(name, name), CREDIT_EVERY if name in MIRRORS else 1
    stamps = _stamps(seed, source, world.counts[source], crowd)[::step]
    entries = []
    for index, ticks in enumerate(stamps):
        stamp = stamp_text(ticks, zoned=name not in ZONELESS) if resource.stamp else None
        make = partial(makers.row, name, index, stamp)
        entries.append(Entry(world.key(name, index), stamp, ticks, make))
    return Table(name, resource.keys, resource.stamp, entries, partial(makers.row, name))


def _stamps(seed: int, stream: str, count: int, crowd: int | None) -> list[int]:
    luck = random.Random(f"{seed}:core {stream}:stamps")
    milliseconds = SPAN_SECONDS * 1_000
    stamps = []
    for _ in range(count):
        moment = luck.randrange(milliseconds)
        moment -= moment % luck.choice(_ROUNDED_TO)
        stamps.append(FIRST_DAY + moment * _TICKS_PER_MILLISECOND)
    if stream == CROWDED and count:
        midday = FIRST_DAY + (milliseconds // 2 + 913) * _TICKS_PER_MILLISECOND
        crowded = count // 3 if crowd is None else min(crowd, count)
        for index in luck.sample(range(count), crowded):
            stamps[index] = midday
    return stamps
