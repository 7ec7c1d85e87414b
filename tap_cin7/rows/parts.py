"""What the rows of a part are made of, on the way to becoming records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from tap_cin7.rows.fields import Table
    from tap_cin7.rows.roads import Get
    from tap_cin7.rows.telling import Telling


class Made(NamedTuple):
    """The records of one output that were made of one row, ready to leave.

    Attributes:
        output: The number of the output.
        keys: Their primary keys: bare values of one column, tuples of several.
        jsons: The records, in the order of the keys.

    """

    output: int
    keys: Sequence[Hashable]
    jsons: Sequence[bytes]


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
        has_one_place: Whether all its rows stand at the same place.

    """

    output: int
    fields: Table
    key: tuple[str, ...]
    deselected: frozenset[tuple[str, ...]]
    stamp: str | None
    telling: Telling
    has_one_place: bool


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


class Head(msgspec.Struct, gc=False):
    """What rows have in common: the copied parts of their key, and members of their JSON."""

    key: list[Any]
    members: list[bytes]


class Rows:
    """The records of one part that are cut from one row, and how often each key has come."""

    __slots__ = ("jsons", "keys", "repetitions")

    def __init__(self) -> None:
        """Start with none."""
        self.keys: list[Hashable] = []
        self.jsons: list[bytes] = []
        self.repetitions: dict[tuple[Any, ...], int] = {}
