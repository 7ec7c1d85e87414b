"""Finishing: from the canonical values of a row to its key and the records of all outputs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec import UNSET

from tap_cin7.rows.cutting import Cutter
from tap_cin7.rows.encoding import as_json
from tap_cin7.rows.keys import key_of_parts
from tap_cin7.rows.numbers import decoded
from tap_cin7.rows.parts import Made, Part
from tap_cin7.rows.places import EXTRA_FIELDS, PARENT_MODIFIED, Place
from tap_cin7.rows.roads import Parent
from tap_cin7.rows.telling import Notes, Telling

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from tap_cin7.rows.fields import Record, Table
    from tap_cin7.rows.keys import WholeRowKeys
    from tap_cin7.rows.paths import Found
    from tap_cin7.rows.roads import Access

_ITSELF = Place((), {})
_plain = msgspec.json.decode


@dataclass(frozen=True)
class Output:
    """One stream that a codec makes records for.

    Attributes:
        fields: All its columns (never changed by selection).
        deselected: Breadcrumbs of columns not selected: ("total",), ("billing", "city").
        places: Where its rows are cut; None for the row itself.
        notes: Takes what was odd.

    """

    fields: Table
    deselected: frozenset[tuple[str, ...]]
    places: tuple[Place, ...] | None
    notes: Notes

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of the primary key."""
        return tuple(name for name, field in self.fields.items() if field.is_key)

    def hidden(self, stamp: str | None) -> frozenset[tuple[str, ...]]:
        """Return the breadcrumbs of what does not leave: never the key nor the stamp.

        Args:
            stamp: The column with the last change of the resource.

        """
        kept = {*self.key, stamp if self.places is None else PARENT_MODIFIED}
        return frozenset(path for path in self.deselected if path[0] not in kept)

    def takes(self, place: Place) -> set[str]:
        """Return the fields of the resource that rows at a place are made of."""
        selected = {name for name in self.fields if (name,) not in self.deselected} | {*self.key}
        paths = {path for name, path in place.copies.items() if name in selected}
        paths |= {place.steps[0]} if place.steps else selected - place.copies.keys()
        return {path.split(".")[0].rstrip("[]{}") for path in paths if path[:1] != "="}


class Row(msgspec.Struct, frozen=True, gc=False):
    """What is known of one row.

    Attributes:
        key: Primary key of the resource: the bare value of one column, a tuple of several.
        values: The wanted fields in canonical form, None where the row has none.
        records: The records made of it, in the order of the outputs.

    """

    key: Hashable
    values: Mapping[str, Any]
    records: Sequence[Made]


@dataclass(frozen=True)
class Task:
    """What a codec is asked for.

    Attributes:
        schema: What the resource declares, added columns aside.
        wanted: Fields whose values the reader must see.
        stamp: The column that parts get as ``parent_modified``.
        outputs: The streams to make records for.
        extra_fields: Whether records carry the column ``extra_fields``.
        notes: Takes the rows that have no key.
        whole_row_keys: Makes the keys of rows that have nothing but themselves.

    """

    schema: Record
    wanted: tuple[str, ...]
    stamp: str | None
    outputs: Sequence[Output]
    extra_fields: bool
    notes: Notes
    whole_row_keys: WholeRowKeys

    def needed(self) -> set[str]:
        """Return the fields of the resource that something is made of."""
        fields = self.schema.fields
        grains = [
            one.record_key_parts for one in fields.values() if one.record_key_parts is not None
        ]
        if () in grains:
            return set(fields)
        stamps = set() if self.stamp is None else {self.stamp}
        needed = {*self.schema.key, *self.wanted, *stamps, *chain(*grains)}
        for output in self.outputs:
            needed.update(*(output.takes(place) for place in output.places or (_ITSELF,)))
        return needed & fields.keys()


class _Own(NamedTuple):
    """An output that takes the row itself."""

    output: int
    hidden: frozenset[tuple[str, ...]]
    encode: Callable[[Any], bytes]
    telling: Telling


class Finisher:
    """Makes keys and records of the canonical values that one of the two ways has read."""

    def __init__(self, task: Task, access: Callable[[Table], Access]) -> None:
        """Compile.

        Args:
            task: What is asked for.
            access: Reaches the fields of the objects of a table.

        """
        fields = task.schema.fields
        own = access(fields)
        self._notes = task.notes
        self._whole_row_keys = task.whole_row_keys
        self._put = {name: own.put(name) for name in fields}
        self._wanted = [(name, _seen(name, fields, own)) for name in task.wanted]
        self._get_key = [(name, own.get((name,))) for name in task.schema.key]
        self._defaults = {name: fields[name].default for name in task.schema.key}
        self._grains = {
            name: [own.get((part,)) for part in field.record_key_parts]
            for name, field in fields.items()
            if field.record_key_parts is not None
        }
        self._own: list[_Own] = []
        parts: list[tuple[Part, tuple[Place, ...]]] = []
        for number, output in enumerate(task.outputs):
            has_extras = task.extra_fields and (EXTRA_FIELDS,) not in output.deselected
            telling = Telling(output.notes, has_column=has_extras)
            hidden = output.hidden(task.stamp)
            if output.places is None:
                hidden |= {(name,) for name in fields if name not in output.fields}
                self._own.append(_Own(number, hidden, own.encode(hidden), telling))
            else:
                has_one_place = len(output.places) == 1
                key = output.key
                part = Part(number, output.fields, key, hidden, task.stamp, telling, has_one_place)
                parts.append((part, output.places))
        self._cutter = Cutter(fields, parts, access) if parts else None

    def row(self, record: Any, found: Found, added: Mapping[str, Any]) -> Row | None:  # noqa: ANN401
        """Return what is known of a row, None when it has no key.

        Args:
            record: Its canonical values, which may be changed.
            found: What was odd in it.
            added: Columns that the reader adds.

        """
        key = self._key(record, added)
        if None in key:
            self._notes.without_key += 1
            return None
        bare = key[0] if len(key) == 1 else tuple(key)
        values = {name: get(record, added) for name, get in self._wanted}
        made: list[Made] = []
        if self._cutter is not None:
            made = self._cutter.cut(Parent(record, added, found))
        is_odd = bool(found.extras or found.repaired)
        for number, hidden, encode, telling in self._own:
            json = encode(record)
            told = telling(found.without(hidden), bare) if is_odd else telling.nothing
            made.append(Made(number, (bare,), (b"%b,%b}" % (json[:-1], told) if told else json,)))
        if len(made) > 1:
            made.sort(key=itemgetter(0))
        return Row(bare, values, made)

    def _key(self, record: Any, added: Mapping[str, Any]) -> list[Any]:  # noqa: ANN401
        """Complete the key columns of a record and return their values."""
        if not (added or self._grains):
            return self._completed(record, {})
        # Before anything is added: the key is that of the row as Cin7 sent it.
        keys = {
            name: self._whole_row_keys(record) for name, grain in self._grains.items() if not grain
        }
        for name, value in added.items():
            if name in self._put:
                self._put[name](record, value)
        for name, grain in self._grains.items():
            if grain:
                keys[name] = key_of_parts([get(record) for get in grain])
        return self._completed(record, keys)

    def _completed(self, record: Any, keys: Mapping[str, str]) -> list[Any]:  # noqa: ANN401
        """Put into the key columns what was made for them, or stands for null."""
        key = []
        for name, get in self._get_key:
            value = keys.get(name)
            if value is None:
                value = get(record)
                if value is not None and value is not UNSET:
                    key.append(value)
                    continue
                value = self._defaults[name]
            self._put[name](record, value)
            key.append(value)
        return key


def _seen(name: str, fields: Table, own: Access) -> Callable[[Any, Mapping[str, Any]], Any]:
    """Return what gets a value as a reader may look at it."""
    if name not in fields:
        return lambda _, added: added.get(name)
    get, field = own.get((name,)), fields[name]
    if field.is_decimal:
        # It may be the bytes that came.
        return lambda record, _: (
            None if (value := get(record)) is UNSET else decoded(as_json(value))
        )
    if field.properties is None and field.items is None:
        return lambda record, _: None if (value := get(record)) is UNSET else value
    return lambda record, _: None if (value := get(record)) is UNSET else _plain(as_json(value))
