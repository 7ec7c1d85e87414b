"""Cutting: the records of all parts, made of the lists and objects of one row.

The innermost lists go first: each element is encoded once, leaves as the record of its part
with a few columns in front, and stands as bytes inside of what surrounds it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tap_cin7.rows.part_loop import PartLoop
from tap_cin7.rows.part_rows import Below, PartRows
from tap_cin7.rows.parts import Made, Part, Rows
from tap_cin7.rows.paths import Found, Path
from tap_cin7.rows.roads import Access, Parent, Road

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tap_cin7.rows.fields import Table
    from tap_cin7.rows.places import Place


class _Node:
    """A list or object of a record, and all that is cut there."""

    def __init__(self, road: Road) -> None:
        self.road = road
        self._cuts: list[tuple[PartRows, PartLoop | None]] = []

    def add(self, part: Part, place: Place) -> None:
        """Cut the rows of a part here."""
        rows = PartRows(part, place, self.road)
        self._cuts.append((rows, PartLoop(rows) if PartLoop.knows(rows) else None))

    @property
    def takes_whole(self) -> bool:
        """Whether elements leave as they are, so that they need to be encoded but once."""
        return any(rows.takes_whole for rows, _ in self._cuts)

    def cut(
        self, parent: Parent, into: Mapping[int, Rows], below: Below | None, *, whole: bool
    ) -> None:
        """Make the records of all parts that are cut here.

        Args:
            parent: The record; with ``whole``, lists in it are bytes afterwards.
            into: Takes the records, by the number of their output.
            below: Gives what was odd; None where nothing was.
            whole: Whether elements are encoded for all parts at once.

        """
        batches = self.road.batches(parent.record, whole=whole)
        if not batches:
            return
        for rows, loop in self._cuts:
            head, taken = rows.head(parent), into[rows.part.output]
            if loop is not None and below is None:
                loop.cut(batches, parent, head, taken)
                continue
            for batch in batches:
                if loop is not None and below is not None and below(batch.path) is None:
                    loop.cut([batch], parent, head, taken)
                else:
                    rows.cut(batch, parent, head, taken, below)


class Cutter:
    """Cuts the parts of one resource."""

    def __init__(
        self,
        fields: Table,
        parts: Sequence[tuple[Part, tuple[Place, ...]]],
        access: Callable[[Table], Access],
    ) -> None:
        """Compile.

        Args:
            fields: The columns of the resource.
            parts: The parts with their places.
            access: Reaches the fields of the objects of a table.

        """
        self._outputs = sorted(part.output for part, _ in parts)
        # Repetitions are counted over the places of a part in their order, so these go first.
        self._in_order: list[_Node] = []
        shared: dict[tuple[str, ...], _Node] = {}
        for part, places in parts:
            for place in places:
                node = _Node(Road(fields, place.steps, access))
                if len(places) > 1:
                    self._in_order.append(node)
                else:
                    node = shared.setdefault(place.steps, node)
                node.add(part, place)
        self._shared = [
            (node, node.takes_whole)
            for node in sorted(shared.values(), key=lambda node: -len(node.road.steps))
        ]

    def cut(self, parent: Parent) -> list[Made]:
        """Return the records of all parts that have some; lists of the parent may be bytes then."""
        into = {output: Rows() for output in self._outputs}
        below = _index(parent.found)
        for node in self._in_order:
            node.cut(parent, into, below, whole=False)
        for node, whole in self._shared:
            node.cut(parent, into, below, whole=whole)
        return [Made(output, rows.keys, rows.jsons) for output, rows in into.items() if rows.keys]


def _index(found: Found) -> Below | None:
    """Return what gives what was found below a path; None where nothing was found."""
    if not found.extras and not found.repaired:
        return None
    below: defaultdict[Path, Found] = defaultdict(Found)
    for extra in found.extras:
        for length in range(len(extra.path) + 1):
            rest = extra._replace(path=extra.path[length:])
            below[extra.path[:length]].extras.append(rest)
    for path in found.repaired:
        for length in range(len(path) + 1):
            below[path[:length]].repaired.append(path[length:])
    return below.get
