"""What the rows of a part are made of, on the way to becoming records."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec import UNSET

if TYPE_CHECKING:
    from collections.abc import Hashable

    from tap_cin7.rows.fields import Table
    from tap_cin7.rows.roads import Get, Parent
    from tap_cin7.rows.telling import Telling


class Made(NamedTuple):
    """A record that is ready to leave: which output it is of, its primary key, its JSON."""

    output: int
    key: Hashable
    json: bytes


made = partial(tuple.__new__, Made)
"""Makes one of a tuple; a named tuple's own way takes three times as long."""


@dataclass(frozen=True, slots=True)
class Part:
    """The columns of a part, and where its records go.

    Attributes:
        output: Its number among the outputs.
        fields: Its columns.
        key: Those of its primary key.
        deselected: Breadcrumbs of columns not selected.
        stamp: The parent's column that becomes ``parent_modified``.
        telling: Tells what was odd.

    """

    output: int
    fields: Table
    key: tuple[str, ...]
    deselected: frozenset[tuple[str, ...]]
    stamp: str | None
    telling: Telling


class Source(NamedTuple):
    """Where a copied column comes from.

    Attributes:
        depth: How deep on the way it stands: 0 is the record.
        get: Gets it.
        default: What stands for null.
        start: How its member starts; None where it is not selected.
        place: Its place in the key, None where it is not part of it.

    """

    depth: int
    get: Get
    default: Any
    start: bytes | None
    place: int | None

    def value(self, parent: Parent, way: tuple[Any, ...]) -> Any:  # noqa: ANN401
        """Return the value, or what stands for null."""
        value = self.get(parent, way)
        return self.default if value is None or value is UNSET else value


class Head(msgspec.Struct, gc=False):
    """What rows have in common: the copied parts of their key, and members of their JSON."""

    key: list[Any]
    members: list[bytes]


class Rows:
    """The records of one part that are cut from one row, and how often each key has come."""

    def __init__(self) -> None:
        """Start with none."""
        self.made: list[Made] = []
        self.repetitions: dict[tuple[Any, ...], int] = {}
