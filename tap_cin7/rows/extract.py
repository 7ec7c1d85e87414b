"""Extract the rows of child streams from the nested objects of a parent's record."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from tap_cin7.rows.conform import Conformer
from tap_cin7.rows.elements import CHUNK
from tap_cin7.rows.encoding import as_json
from tap_cin7.rows.extra_fields import EXTRA_FIELDS, Deviations
from tap_cin7.rows.fields import REPETITION, Record
from tap_cin7.rows.paths import PathWalker, field_of, value_at
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

Get: TypeAlias = "Callable[[Parent, tuple[Any, ...]], Any]"
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


class Parent(NamedTuple):
    """A row from which others are extracted.

    Attributes:
        record: Its conformed values.
        added: Columns that the reader adds.

    """

    record: dict[str, Any]
    added: Mapping[str, Any]


class _ChildRows:
    """The rows of a child stream in one record, and how often each key occurs."""

    __slots__ = ("jsons", "keys", "repetitions")

    def __init__(self) -> None:
        self.keys: list[Hashable] = []
        self.jsons: list[bytes] = []
        self.repetitions: dict[tuple[Any, ...], int] = {}

    def take(self, output: int) -> EncodedRecords:
        """Return the rows collected so far, and start collecting anew."""
        made = EncodedRecords(output, self.keys, self.jsons)
        self.keys, self.jsons = [], []
        return made


class _Inherited(NamedTuple):
    """The columns and key parts that child rows copy from their parent."""

    columns: dict[str, Any]
    key: list[Any]


class _Copy(NamedTuple):
    """A column that is copied from the parent.

    Attributes:
        name: The column.
        get: Gets its value from the parent and the objects along the path to a row.
        default: Replaces null.
        position: Its position in the key, None if it is not part of it.
        is_selected: Whether records carry it.

    """

    name: str
    get: Get
    default: Any
    position: int | None
    is_selected: bool


class _Location:
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
        self._walker = PathWalker(place.steps)
        self._notes = output.notes
        self._has_extras = output.has_extras
        self._key = key = output.key
        self._of_record: list[_Copy] = []
        self._of_item: list[_Copy] = []
        for name, path in copies.items():
            depth, get = _getter(parent, place.steps, path)
            position = key.index(name) if name in key else None
            default = None if position is None else fields[name].default
            is_selected = (name,) not in hidden
            copied = self._of_item if depth else self._of_record
            copied.append(_Copy(name, get, default, position, is_selected))
        self._own_key = [
            (position, name, fields[name].default)
            for position, name in enumerate(key)
            if name in own
        ]
        self._number = key.index(LINE_NUMBER) if LINE_NUMBER in key else None
        self._repetition = key.index(REPETITION) if REPETITION in key else None
        self._shows_number = LINE_NUMBER in fields and (LINE_NUMBER,) not in hidden
        self._foreign = {(name,) for name in table.keys() - set(own)}
        self._hidden = {path for path in hidden if path[0] in own} | self._foreign
        self._is_conformed = bool(table) and all(
            _same_kind(table[name], fields[name]) for name in own if name in table
        )
        self._lacks_columns = any(name not in table for name in own)
        self._conform = Conformer({name: fields[name] for name in own}).conform

    def extract(self, parent: Parent, below: Below | None, rows: _ChildRows) -> Iterator[None]:
        """Add the rows of one record; yield after each chunk of them.

        Args:
            parent: The record.
            below: Returns the deviations of a row; None if the record has none.
            rows: Collects the rows.

        """
        common = _with(_Inherited({}, [1] * len(self._key)), self._of_record, parent, ())
        for siblings in self._walker.walk(parent.record):
            for index, item in enumerate(siblings.items):
                if type(item) is dict:
                    own = _with(common, self._of_item, parent, (*siblings.owners, item))
                    found = below(siblings.path_of(index)) if below else None
                    self._add(item, siblings.first + index, own, found, rows)
                    if len(rows.keys) == CHUNK:
                        yield

    def _add(
        self,
        row: dict[str, Any],
        number: int,
        inherited: _Inherited,
        found: Deviations | None,
        rows: _ChildRows,
    ) -> None:
        """Add one row, unless it has no key."""
        if found is not None and self._walker.reaches_entries:
            found = found.inside("value")
        if not self._is_conformed or (self._lacks_columns and found is not None):
            row, found = self._conformed(row, found or Deviations())
        shown = without(row, self._hidden) if self._hidden else row
        record = {**shown, **inherited.columns}
        key = inherited.key.copy()
        for position, name, default in self._own_key:
            value = row.get(name)
            if value is None:
                value = record[name] = default
            key[position] = value
        if self._number is not None:
            key[self._number] = number
        if None in key:
            self._notes.without_key += 1
            return
        if self._repetition is not None:
            identity = tuple(key)
            count = rows.repetitions[identity] = rows.repetitions.get(identity, 0) + 1
            key[self._repetition] = record[REPETITION] = count
        if self._shows_number:
            record[LINE_NUMBER] = number
        bare = key[0] if len(key) == 1 else tuple(key)
        extras = self._notes.take(found.without(self._hidden), bare) if found else None
        if self._has_extras:
            record[EXTRA_FIELDS] = extras
        rows.keys.append(bare)
        rows.jsons.append(as_json(record))

    def _conformed(
        self, item: dict[str, Any], found: Deviations
    ) -> tuple[dict[str, Any], Deviations]:
        """Conform a row to the columns of its stream: the parent may declare fewer, or none."""
        row = decode_row(as_json(without(item, self._foreign))).value
        rest = Deviations(repaired=found.repaired)
        for extra in found.extras:
            if extra.is_unknown and len(extra.path) == 1:
                row[str(extra.path[0])] = extra.value
            else:
                rest.extras.append(extra)
        return self._conform(row, None, rest), rest


class Extractor:
    """Extracts the rows of all child streams of one resource."""

    def __init__(self, fields: Table, outputs: Sequence[Output], stamp: str | None) -> None:
        """Resolve the columns of all child streams.

        Args:
            fields: The columns of the resource.
            outputs: The streams; those that are not child streams are ignored.
            stamp: The column that becomes ``parent_modified``.

        """
        self._children: dict[int, list[_Location]] = {}
        for number, output in enumerate(outputs):
            for place in output.places or ():
                location = _Location(output, place, fields, stamp)
                self._children.setdefault(number, []).append(location)

    def extract(self, parent: Parent, deviations: Deviations) -> Iterator[EncodedRecords]:
        """Yield the records of each child stream that has any, in chunks."""
        below = _index(deviations) if deviations and self._children else None
        for number, locations in self._children.items():
            rows = _ChildRows()
            for location in locations:
                for _ in location.extract(parent, below, rows):
                    yield rows.take(number)
            if rows.keys:
                yield rows.take(number)


def _with(
    inherited: _Inherited, copies: list[_Copy], parent: Parent, owners: tuple[Any, ...]
) -> _Inherited:
    """Return inherited values with more columns."""
    if not copies:
        return inherited
    columns, key = inherited.columns.copy(), inherited.key.copy()
    for name, get, default, position, is_selected in copies:
        value = get(parent, owners)
        if value is None:
            value = default
        if is_selected:
            columns[name] = value
        if position is not None:
            key[position] = value
    return _Inherited(columns, key)


def without(row: dict[str, Any], paths: Collection[tuple[str, ...]]) -> dict[str, Any]:
    """Return a row without the fields at the given paths."""
    if not paths:
        return row
    kept = {name: value for name, value in row.items() if (name,) not in paths}
    for name in {path[0] for path in paths} & kept.keys():
        if type(kept[name]) is dict:
            kept[name] = without(kept[name], [p[1:] for p in paths if p[0] == name])
    return kept


def _index(deviations: Deviations) -> Below:
    """Return a lookup of deviations by the paths above them."""
    below: defaultdict[Path, Deviations] = defaultdict(Deviations)
    for extra in deviations.extras:
        for length in range(len(extra.path) + 1):
            rest = extra._replace(path=extra.path[length:])
            below[extra.path[:length]].extras.append(rest)
    for path in deviations.repaired:
        for length in range(len(path) + 1):
            below[path[:length]].repaired.append(path[length:])
    return below.get


def _getter(fields: Table, steps: tuple[str, ...], path: str) -> tuple[int, Get]:
    """Return the depth, along the path to a row, of a copied value, and a getter for it."""
    if path.startswith("="):
        return 0, lambda _, __: path[1:]
    names, depth = path.split("."), 0
    while depth < min(len(steps), len(names) - 1) and names[depth] == steps[depth]:
        depth += 1
    if depth == 0 and names[0] not in fields:
        return 0, lambda parent, _: parent.added.get(names[0])
    if depth == 0:
        return 0, lambda parent, _: value_at(parent.record, names)
    return depth, lambda _, owners: value_at(owners[depth], names[depth:])


def _table_at(fields: Table, steps: tuple[str, ...]) -> Table:
    """Return the declared columns at a path; none if the path is not declared."""
    try:
        return Record(fields).at(".".join(steps))
    except KeyError:
        return {}


def _same_kind(one: Field, other: Field) -> bool:
    return (one.types, one.format, one.wire) == (other.types, other.format, other.wire)
