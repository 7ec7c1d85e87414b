"""Extract the rows of child streams from the nested objects of a parent's record."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from tap_cin7.rows.conform import Conformer
from tap_cin7.rows.encoding import as_json
from tap_cin7.rows.extra_fields import EXTRA_FIELDS, UNKNOWN, Deviations
from tap_cin7.rows.fields import REPETITION, Record
from tap_cin7.rows.keys import complete_key
from tap_cin7.rows.paths import elements, field_of, path_of, value_at
from tap_cin7.rows.repair import decode_row

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence

    from tap_cin7.rows.extra_fields import Notes
    from tap_cin7.rows.fields import Field, Table
    from tap_cin7.rows.paths import Path

LINE_NUMBER = "line_number"
"""Added column: position of the row in its list, from 1."""
PARENT_MODIFIED = "parent_modified"
"""Added column: the parent's stamp."""
_OF_THE_TAP = {LINE_NUMBER, REPETITION, EXTRA_FIELDS}

Get: TypeAlias = "Callable[[Mapping[str, Any], tuple[Any, ...]], Any]"
Below: TypeAlias = "Callable[[Path], Deviations | None]"
"""Returns the deviations below a path, with paths relative to it."""


@dataclass(frozen=True)
class Place:
    """Where in a parent's record the rows of a child stream are.

    Attributes:
        steps: The path there: ``Order`` goes into an object, ``Lines[]`` to the elements of a
            list, ``priceColumns{}`` to the entries of an open object as ``name`` and ``value``.
            Empty for the record itself.
        copies: Columns copied from the parent or an object along the path: column -> path from
            the parent's record; ``=text`` is a constant.

    """

    steps: tuple[str, ...]
    copies: Mapping[str, str]


@dataclass(frozen=True)
class Output:
    """One stream that a codec makes records for.

    Attributes:
        fields: All its columns, selected or not.
        deselected: Breadcrumbs of columns not selected: ("total",), ("billing", "city").
        places: Where its rows are in the parent's record; None for the record itself.
        notes: Collects what was odd in its rows.

    """

    fields: Table
    deselected: frozenset[tuple[str, ...]]
    places: tuple[Place, ...] | None
    notes: Notes

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of the primary key."""
        return tuple(name for name, field in self.fields.items() if field.is_key)

    @property
    def has_extras(self) -> bool:
        """Whether its records carry ``extra_fields``."""
        return EXTRA_FIELDS in self.fields and (EXTRA_FIELDS,) not in self.deselected

    def hidden(self, stamp: str | None) -> frozenset[tuple[str, ...]]:
        """Return the breadcrumbs of what records omit: never the key nor the stamp.

        Args:
            stamp: The stamp column of the resource.

        """
        kept = {*self.key, stamp if self.places is None else PARENT_MODIFIED}
        return frozenset(path for path in self.deselected if path[0] not in kept)

    def takes(self, place: Place) -> set[str]:
        """Return the fields of the resource that rows at a place need."""
        selected = {name for name in self.fields if (name,) not in self.deselected} | {*self.key}
        paths = {path for name, path in place.copies.items() if name in selected}
        paths |= {place.steps[0]} if place.steps else selected - place.copies.keys()
        return {field_of(path.split(".")[0]) for path in paths if path[:1] != "="}


class EncodedRecords(NamedTuple):
    """The encoded records that one row gives to one output.

    Attributes:
        output: The index of the output.
        keys: Their primary keys: bare values of one column, tuples of several.
        jsons: The records as JSON, in the order of the keys.

    """

    output: int
    keys: Sequence[Hashable]
    jsons: Sequence[bytes]


class Location:
    """One place of a child stream's rows: builds their columns and keys."""

    def __init__(self, output: Output, place: Place, parent: Table, stamp: str | None) -> None:
        """Resolve the source of each column.

        Args:
            output: The stream.
            place: The place.
            parent: The columns of the parent.
            stamp: The parent's column that becomes ``parent_modified``.

        """
        fields, table = output.fields, _table_at(parent, place.steps)
        copies = {name: path for name, path in place.copies.items() if name in fields}
        if PARENT_MODIFIED in fields and stamp:
            copies.setdefault(PARENT_MODIFIED, stamp)
        if not place.steps:
            copies |= {n: n for n in fields if n not in {*table, *copies, *_OF_THE_TAP}}
        own = [name for name in fields if name not in copies and name not in _OF_THE_TAP]
        hidden = output.hidden(stamp)
        self._steps = place.steps
        self._notes = output.notes
        self._has_extras = output.has_extras
        self._key = {name: fields[name].default for name in output.key}
        self._repetition = output.key.index(REPETITION) if REPETITION in self._key else None
        self._of_record: dict[str, Get] = {}
        self._of_item: dict[str, Get] = {}
        for name, path in copies.items():
            depth, get = _getter(parent, place.steps, path)
            if (name,) not in hidden:
                (self._of_item if depth else self._of_record)[name] = get
        self._shows_number = LINE_NUMBER in fields and (LINE_NUMBER,) not in hidden
        self._foreign = {(name,) for name in table.keys() - set(own)}
        self._hidden = {path for path in hidden if path[0] in own} | self._foreign
        self._is_conformed = bool(table) and all(
            _same_kind(table[name], fields[name]) for name in own if name in table
        )
        self._lacks_columns = any(name not in table for name in own)
        self._conform = Conformer({name: fields[name] for name in own}).conform

    def extract(
        self,
        record: dict[str, Any],
        added: Mapping[str, Any],
        below: Below | None,
        repetitions: defaultdict[tuple[Hashable, ...], int],
    ) -> Iterator[tuple[Hashable, bytes]]:
        """Yield the key and the JSON of each row in one record that has a key.

        Args:
            record: The record.
            added: Columns that the reader adds.
            below: Returns the deviations of a row; None if the record has none.
            repetitions: Counts the rows of the record by their key.

        """
        common = {name: get(added, (record,)) for name, get in self._of_record.items()}
        for owners, at, number in elements(record, self._steps):
            row, found = owners[-1], below(path_of(at)) if below else None
            if found is not None and self._steps and self._steps[-1].endswith("{}"):
                found = Deviations(one._replace(path=("value", *one.path)) for one in found)
            if not self._is_conformed or (self._lacks_columns and found is not None):
                row, found = self._conformed(row, found or Deviations())
            made = {**without(row, self._hidden), **common}
            for name, get in self._of_item.items():
                made[name] = get(added, owners)
            if self._shows_number:
                made[LINE_NUMBER] = number
            key = self._key_of(made, repetitions)
            if key is None:
                self._notes.without_key += 1
                continue
            extras = self._notes.take(found.without(self._hidden), key) if found else None
            if self._has_extras:
                made[EXTRA_FIELDS] = extras
            yield key, as_json(made)

    def _key_of(
        self, row: dict[str, Any], repetitions: defaultdict[tuple[Hashable, ...], int]
    ) -> Hashable | None:
        """Complete the key of a row and return it; None if it has none."""
        if self._repetition is not None:
            row[REPETITION] = 1
        key = complete_key(row, self._key)
        if None in key:
            return None
        if self._repetition is not None:
            identity = tuple(key)
            repetitions[identity] += 1
            key[self._repetition] = row[REPETITION] = repetitions[identity]
        return key[0] if len(key) == 1 else tuple(key)

    def _conformed(
        self, item: dict[str, Any], found: Deviations
    ) -> tuple[dict[str, Any], Deviations]:
        """Conform a row to the columns of its stream: the parent may declare fewer, or none."""
        row = decode_row(as_json(without(item, self._foreign))).value
        rest = Deviations()
        for one in found:
            if one.what == UNKNOWN and len(one.path) == 1:
                row[str(one.path[0])] = one.value
            else:
                rest.append(one)
        return self._conform(row, None, rest), rest


def without(row: dict[str, Any], paths: Collection[tuple[str, ...]]) -> dict[str, Any]:
    """Return a row without the fields at the given paths."""
    if not paths:
        return row
    kept = {name: value for name, value in row.items() if (name,) not in paths}
    for name in {path[0] for path in paths} & kept.keys():
        if type(kept[name]) is dict:
            kept[name] = without(kept[name], [p[1:] for p in paths if p[0] == name])
    return kept


def by_path(deviations: Deviations) -> Below:
    """Return a lookup of deviations by the paths above them."""
    below: defaultdict[Path, Deviations] = defaultdict(Deviations)
    for one in deviations:
        for length in range(len(one.path) + 1):
            below[one.path[:length]].append(one._replace(path=one.path[length:]))
    return below.get


def _getter(fields: Table, steps: tuple[str, ...], path: str) -> tuple[int, Get]:
    """Return the depth, along the path to a row, of a copied value, and a getter for it."""
    if path.startswith("="):
        return 0, lambda _, __: path[1:]
    names, depth = path.split("."), 0
    while depth < min(len(steps), len(names) - 1) and names[depth] == steps[depth]:
        depth += 1
    if depth == 0 and names[0] not in fields:
        return 0, lambda added, _: added.get(names[0])
    return depth, lambda _, owners: value_at(owners[depth], names[depth:])


def _table_at(fields: Table, steps: tuple[str, ...]) -> Table:
    """Return the declared columns at a path; none if the path is not declared."""
    try:
        return Record(fields).at(".".join(steps))
    except KeyError:
        return {}


def _same_kind(one: Field, other: Field) -> bool:
    return (one.types, one.format, one.wire) == (other.types, other.format, other.wire)
