"""The loop over lines that are as documented: nearly all rows of parts leave here.

It makes what ``tap_cin7.rows.part_rows`` would make, in a fifth of the time, because it takes
whole lists at once. What it does not know goes there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import UNSET

from tap_cin7.rows.encoding import as_json
from tap_cin7.rows.part_rows import member_start
from tap_cin7.rows.places import REPETITION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_cin7.rows.part_rows import PartRows
    from tap_cin7.rows.parts import Head, Rows
    from tap_cin7.rows.roads import Batch, Parent

_EMPTY = b"{}"


_Lines: TypeAlias = tuple[int, bytes, "list[Any]", "list[bytes]"]
"""Lines that stand side by side: the number of the first, what comes before each, the key so far
and each encoded."""


class PartLoop:
    """Makes the records of one part at one place, where all is as documented."""

    def __init__(self, rows: PartRows) -> None:
        """Prepare.

        Args:
            rows: Makes all other records of the part at the place.

        """
        self._rows = rows
        self._encode = None if rows.takes_whole else rows.encode
        self._own = [get for _, _, get in rows.own_key]
        self._places = [place for place, _, _ in rows.own_key]
        nothing = rows.part.telling.nothing
        self._nothing = [nothing] if nothing else []
        self._counts_repetitions = rows.counted == [REPETITION]
        self._has_number_alone = bool(rows.counted) and not self._own
        self._comes_once = self._counts_repetitions and rows.comes_once
        if rows.counted:
            self._counter = rows.part.key.index(rows.counted[0])
            self._form = b"%b" + member_start(rows.counted[0]) + b"%d,%b"

    @staticmethod
    def knows(rows: PartRows) -> bool:
        """Tell whether a part is of the kind that the loop is for."""
        counts_in_key = len(rows.part.key) > 1 and {*rows.counted} <= {*rows.part.key}
        is_simple = rows.is_typed and not rows.of_element and len(rows.counted) <= 1
        return is_simple and (counts_in_key or not rows.counted)

    def cut(self, batches: Sequence[Batch], parent: Parent, head: Head, rows: Rows) -> None:
        """Make the records of all elements that are cut from a row in which nothing is odd."""
        start = b"{" + b"".join([one + b"," for one in (*head.members, *self._nothing)])
        of_owner = self._rows.of_owner
        for batch in batches:
            prefix, key = start, head.key.copy()
            for _, get, default, name, place in of_owner:
                value = get(parent, batch.way)
                if value is None or value is UNSET:
                    value = default
                if name is not None:
                    prefix += name + as_json(value) + b","
                if place is not None:
                    key[place] = value
            if not self._cut(batch, prefix, key, rows):
                self._rows.cut(batch, parent, head, rows)

    def _cut(self, batch: Batch, prefix: bytes, key: list[Any], rows: Rows) -> bool:
        items, jsons = batch.items, batch.jsons
        if None in key or None in items:
            return False
        if jsons is None or self._encode is not None:
            jsons = list(map(self._encode or as_json, items))
        if _EMPTY in jsons:
            return False
        lines = batch.first, prefix, key, jsons
        if self._has_number_alone:
            self._counted(lines, rows)
            return True
        ids = [list(map(get, items)) for get in self._own]
        if any([None in some or UNSET in some for some in ids]):  # noqa: C419 - few, and quicker
            return False
        if not self._rows.counted:
            self._uncounted(lines, ids, rows)
        elif self._comes_once and len(ids) == 1 and len(set(ids[0])) == len(jsons):
            self._unique(lines, ids[0], rows)
        else:
            self._with_ids(lines, ids, rows)
        return True

    def _uncounted(self, lines: _Lines, ids: list[list[Any]], rows: Rows) -> None:
        """Make records that need no number to be told apart."""
        _, prefix, key, jsons = lines
        for own in zip(*ids, strict=True) if ids else [()] * len(jsons):
            for place, value in zip(self._places, own, strict=True):
                key[place] = value
            rows.keys.append(key[0] if len(key) == 1 else tuple(key))
        rows.jsons += [prefix + json[1:] for json in jsons]

    def _counted(self, lines: _Lines, rows: Rows) -> None:
        """Make records that nothing but a number tells apart."""
        first, prefix, key, jsons = lines
        if self._counts_repetitions:
            identity = tuple(key)
            first = rows.repetitions.get(identity, 0) + 1
            rows.repetitions[identity] = first + len(jsons) - 1
        form, before, after = self._form, key[: self._counter], key[self._counter + 1 :]
        for number, json in enumerate(jsons, first):
            rows.keys.append((*before, number, *after))
            rows.jsons.append(form % (prefix, number, json[1:]))

    def _unique(self, lines: _Lines, ids: list[Any], rows: Rows) -> None:
        """Make records whose ids do not repeat: all that the row has of the part."""
        _, prefix, key, jsons = lines
        (place,) = self._places
        key[self._counter] = 1
        before, after = key[:place], key[place + 1 :]
        rows.keys += [(*before, one, *after) for one in ids]
        prefix = self._form % (prefix, 1, b"")
        rows.jsons += [prefix + json[1:] for json in jsons]

    def _with_ids(self, lines: _Lines, ids: list[list[Any]], rows: Rows) -> None:
        """Make records that have ids of their own."""
        first, prefix, key, jsons = lines
        form, counter = self._form, self._counter
        repetitions, places = rows.repetitions, self._places
        for number, (json, *own) in enumerate(zip(jsons, *ids, strict=True), first):
            for place, value in zip(places, own, strict=True):
                key[place] = value
            key[counter] = 1
            identity = tuple(key)
            if self._counts_repetitions:
                count = repetitions[identity] = repetitions.get(identity, 0) + 1
            else:
                count = number
            if count != 1:
                key[counter] = count
                identity = tuple(key)
            rows.keys.append(identity)
            rows.jsons.append(form % (prefix, count, json[1:]))
