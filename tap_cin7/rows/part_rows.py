"""The rows of a part at one place: which columns they have, and where each comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import UNSET

from tap_cin7.rows.dict_access import DictAccess
from tap_cin7.rows.dict_way import Mender, decoded
from tap_cin7.rows.encoding import as_json
from tap_cin7.rows.parts import Head, Part, Rows, Source
from tap_cin7.rows.paths import Found, Path
from tap_cin7.rows.places import LINE_NUMBER, PARENT_MODIFIED, REPETITION
from tap_cin7.rows.roads import Batch, Get, Parent, Road, is_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_cin7.rows.fields import Field
    from tap_cin7.rows.places import Place

COUNTED = {LINE_NUMBER, REPETITION}
Below: TypeAlias = "Callable[[Path], Found | None]"
"""Gives what was found below a path, by paths from there."""


class PartRows:
    """Makes the records of one part at one place.

    Attributes:
        part: The part.
        of_owner: Columns that come from an object on the way.
        of_element: Columns that come from inside of the row itself.
        counted: Which of ``line_number`` and ``repetition`` are written.
        own_key: Key columns of the row itself: their place in the key, and what gets them.
        comes_once: Whether all rows of a record stand in one list.
        encode: Encodes an element without what is not its part's.
        takes_whole: Whether elements leave as they are, with columns in front.
        is_typed: Whether the parent's table has all columns with the same types.

    """

    def __init__(self, part: Part, place: Place, road: Road) -> None:
        """Look up where each column comes from."""
        fields, table, depth = part.fields, road.table, len(place.steps)
        copies = {name: path for name, path in place.copies.items() if name in fields}
        if PARENT_MODIFIED in fields and part.stamp:
            copies.setdefault(PARENT_MODIFIED, part.stamp)
        if not place.steps:
            copies |= {n: n for n in fields if n not in {*table, *copies, *COUNTED}}
        own = [name for name in fields if name not in copies and name not in COUNTED]
        sources = [_source(part, name, *road.source(path)) for name, path in copies.items()]
        self.part = part
        self._of_record = [source for source in sources if source.depth == 0]
        self.of_owner = [source for source in sources if 0 < source.depth < depth]
        self.of_element = [source for source in sources if 0 < source.depth == depth]
        self.counted = [n for n in sorted(COUNTED & fields.keys()) if (n,) not in part.deselected]
        self.own_key = [
            (position, name, road.access.get((name,)))
            for position, name in enumerate(part.key)
            if name in own
        ]
        self.comes_once = part.has_one_place and len(place.steps) == 1
        self._access = road.access
        self._hidden = {path for path in part.deselected if path[0] in own}
        self._hidden |= {(name,) for name in table if name not in own}
        self.encode = road.access.encode(self._hidden)
        self._is_declared = bool(table)
        self.is_typed = self._is_declared and all(
            _same_type(table[name], fields[name]) for name in own if name in table
        )
        self.takes_whole = self.is_typed and not self._hidden
        self._lacks = any(name not in table for name in own)
        self._mender = Mender({name: fields[name] for name in own})
        self._is_entry = bool(place.steps) and place.steps[-1].endswith("{}")

    def head(self, parent: Parent) -> Head:
        """Return what all rows have in common that are cut from one record."""
        return _with(Head([1] * len(self.part.key), []), self._of_record, parent, ())

    def cut(
        self, batch: Batch, parent: Parent, head: Head, rows: Rows, below: Below | None = None
    ) -> None:
        """Make the records of some elements, whatever they are.

        Args:
            batch: The elements.
            parent: What they are cut from.
            head: What ``head`` has returned for it.
            rows: Takes the records.
            below: Gives what was odd; None where nothing was.

        """
        head = _with(head, self.of_owner, parent, batch.way)
        for index, item in enumerate(batch.items):
            if is_object(item):
                own = _with(head, self.of_element, parent, (*batch.way, item))
                found = below(batch.path_of(index)) if below else None
                self._cut(batch, index, own, rows, found)

    def _cut(self, batch: Batch, index: int, head: Head, rows: Rows, found: Found | None) -> None:
        item, number, part = batch.items[index], batch.first + index, self.part
        if found is not None:
            found = found.inside("value") if self._is_entry else found.without(self._hidden)
        is_mended = not self.is_typed or (self._lacks and found is not None)
        if is_mended:
            item, found = self._mended(item, found or Found())
        key, stand_ins = self._key(item, number, head, is_mended=is_mended)
        if None in key:
            part.telling.notes.without_key += 1
            return
        members = head.members + [member_start(n) + as_json(v) for n, v in stand_ins.items()]
        if REPETITION in part.key:
            identity = tuple(key)
            count = rows.repetitions[identity] = rows.repetitions.get(identity, 0) + 1
            key[part.key.index(REPETITION)] = count
            members.append(member_start(REPETITION) + b"%d" % count)
        if LINE_NUMBER in self.counted:
            members.append(member_start(LINE_NUMBER) + b"%d" % number)
        whole = None if batch.jsons is None or is_mended else batch.jsons[index]
        json = self._json(item, whole, stand_ins, is_mended=is_mended)
        bare = key[0] if len(key) == 1 else tuple(key)
        told = part.telling.nothing if found is None else part.telling(found, bare)
        parts = [one for one in (*members, json[1:-1], told) if one]
        rows.keys.append(bare)
        rows.jsons.append(b"{%b}" % b",".join(parts))

    def _mended(self, item: Any, found: Found) -> tuple[Any, Found]:  # noqa: ANN401
        """Return an element as its part declares it: its parent may declare less, or nothing."""
        row = decoded(self.encode(item))[0] if self._is_declared else dict(item)
        rest = Found(repaired=found.repaired)
        for extra in found.extras:
            if extra.is_unknown and len(extra.path) == 1:
                row[str(extra.path[0])] = extra.value
            else:
                rest.extras.append(extra)
        return self._mender.mend(row, rest), rest

    def _key(
        self,
        item: Any,  # noqa: ANN401
        number: int,
        head: Head,
        *,
        is_mended: bool,
    ) -> tuple[list[Any], dict[str, Any]]:
        """Return the key, with None for what is missing, and own columns that take a default."""
        key, stand_ins = head.key.copy(), {}
        if LINE_NUMBER in self.part.key:
            key[self.part.key.index(LINE_NUMBER)] = number
        for place, name, get in self.own_key:
            value = item.get(name) if is_mended else get(item)
            if value is None or value is UNSET:
                value = stand_ins[name] = self.part.fields[name].default
            key[place] = value
        return key, stand_ins

    def _json(
        self,
        item: Any,  # noqa: ANN401
        whole: bytes | None,
        stand_ins: Mapping[str, Any],
        *,
        is_mended: bool,
    ) -> bytes:
        if not is_mended and not stand_ins:
            return whole if whole and self.takes_whole else self.encode(item)
        access = DictAccess() if is_mended else self._access
        return access.encode(self._hidden | {(name,) for name in stand_ins})(item)


def _source(part: Part, name: str, depth: int, get: Get) -> Source:
    start = None if (name,) in part.deselected else member_start(name)
    if name not in part.key:
        return Source(depth, get, None, start, None)
    return Source(depth, get, part.fields[name].default, start, part.key.index(name))


def _with(head: Head, sources: list[Source], parent: Parent, way: tuple[Any, ...]) -> Head:
    """Return a head with more copied columns."""
    if not sources:
        return head
    key, members = head.key.copy(), head.members.copy()
    for _, get, default, start, place in sources:
        value = get(parent, way)
        if value is None or value is UNSET:
            value = default
        if start is not None:
            members.append(start + as_json(value))
        if place is not None:
            key[place] = value
    return Head(key, members)


def member_start(name: str) -> bytes:
    """Return how a member of a JSON object starts."""
    return as_json(name) + b":"


def _same_type(one: Field, other: Field) -> bool:
    return (one.types, one.format) == (other.types, other.format)
