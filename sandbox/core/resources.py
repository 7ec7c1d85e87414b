"""What Core offers, from the facts: lists, and documents by the ids in them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from sandbox import facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.facts import CoreFact, Parent

Total: TypeAlias = Literal["right", "missing", "limit"]
"""Whether the envelope's Total is right, left out, or the asked Limit instead."""

DEFAULT_ROWS, MAX_ROWS = 100, 1_000
SINGLES = frozenset(one.stream for one in facts.core().values() if one.kind == "single")
"""One object without any parameter."""
BY_YEAR = frozenset(one.stream for one in facts.core().values() if one.kind == "by-year")
"""One object per year."""
SECOND_PATHS = {one.second_path: one.path for one in facts.core().values() if one.second_path}
"""Paths that give the same as another one."""
ZONELESS = frozenset(one.stream for one in facts.core().values() if not one.zone)
"""Lists that leave out the zone of their stamps."""
_LISTED = ("list", "single", "by-year")


@dataclass(frozen=True)
class CoreList:
    """One list, or a single object."""

    name: str
    path: str
    records_key: str | None
    properties: Mapping[str, Any]
    keys: tuple[str, ...]
    stamp: str | None
    since: str | None
    until: str | None
    total: Total
    page: bool
    most_rows: int
    order: str | None
    paged: bool
    """What each says is said of ``facts.CoreFact``; ``page`` is whether Page is sent."""


@dataclass(frozen=True)
class CoreDetail:
    """Documents by the id of their header row."""

    name: str
    path: str
    records_key: str | None
    properties: Mapping[str, Any]
    keys: tuple[str, ...]
    header: str
    id_param: str
    copies: tuple[str, ...]


@cache
def lists() -> dict[str, CoreList]:
    """Return all lists by name."""
    return {one.stream: _list(one) for one in facts.core().values() if one.kind in _LISTED}


@cache
def details() -> dict[str, CoreDetail]:
    """Return all kinds of documents by name, those that repeat a part of another left out."""
    return {
        one.stream: _detail(one, one.parent)
        for one in facts.core().values()
        if one.parent is not None and one.repeats is None
    }


def _list(fact: CoreFact) -> CoreList:
    return CoreList(
        fact.stream,
        fact.path,
        fact.wrapper,
        _on_the_wire(fact),
        fact.keys,
        fact.stamp,
        fact.since,
        fact.until,
        fact.total if "Total" in fact.envelope else "missing",
        "Page" in fact.envelope,
        fact.most_rows,
        fact.order,
        fact.kind != "list" or fact.paged,
    )


def _detail(fact: CoreFact, parent: Parent) -> CoreDetail:
    return CoreDetail(
        fact.stream,
        fact.path,
        fact.wrapper,
        _on_the_wire(fact),
        fact.keys,
        parent.stream,
        parent.parameter,
        fact.copies,
    )


def _on_the_wire(fact: CoreFact) -> dict[str, Any]:
    """Return the fields of a row; of two spellings of one name the later is the wire's."""
    spelt = {name.lower(): name for name in fact.fields}
    return facts.definitions({name: fact.fields[name] for name in spelt.values()})
