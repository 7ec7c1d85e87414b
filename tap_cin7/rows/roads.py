"""Roads: the way from a record to the rows that are cut from it, in dicts and in structs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

import msgspec

from tap_cin7.rows.dict_access import DictAccess
from tap_cin7.rows.encoding import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from tap_cin7.rows.fields import Table
    from tap_cin7.rows.paths import Found, Path

_STRUCT = type(msgspec.Struct)
_EMPTY = b"{}"
Get: TypeAlias = "Callable[[Parent, tuple[Any, ...]], Any]"
"""Gets a value from a record or from one of the objects on the way to a row."""
_Way: TypeAlias = "tuple[tuple[Any, ...], Path, int]"
"""The objects that were passed, where the last of them stands, and the number of what follows."""


class Access(Protocol):
    """How the fields of objects of one table are reached."""

    def get(self, path: tuple[str, ...]) -> Callable[[Any], Any]:
        """Return what gets the value at a path, ``UNSET`` where there is none."""

    def put(self, name: str) -> Callable[[Any, Any], None]:
        """Return what puts a value into a field."""

    def encode(self, without: Collection[tuple[str, ...]]) -> Callable[[Any], bytes]:
        """Return what encodes an object without the fields at some paths."""


class Parent(NamedTuple):
    """A row that is cut.

    Attributes:
        record: Its canonical values.
        added: Columns that the reader adds.
        found: What was odd in it.

    """

    record: Any
    added: Mapping[str, Any]
    found: Found


class Batch(msgspec.Struct, gc=False):
    """Elements that stand side by side.

    Attributes:
        way: The objects around them, from the record on.
        items: The elements; what is not an object is not a row, but has a number.
        path: Where they stand; the path of one goes on with its step, if there are steps.
        steps: Their positions or names.
        first: The number of the first.
        jsons: All of them encoded, where somebody takes them whole.

    """

    way: tuple[Any, ...]
    items: Sequence[Any]
    path: Path
    steps: Sequence[int | str] | None
    first: int
    jsons: list[bytes] | None

    def path_of(self, index: int) -> Path:
        """Return where an element stands."""
        return self.path if self.steps is None else (*self.path, self.steps[index])


class Road:
    """The way from a record to the rows of a place.

    Attributes:
        steps: The steps of the place.
        table: The declared fields of its rows; empty where nobody has declared any.
        access: Reaches them.

    """

    def __init__(
        self, fields: Table, steps: tuple[str, ...], access: Callable[[Table], Access]
    ) -> None:
        """Look the tables up."""
        self.steps = steps
        self._names = tuple(step.rstrip("[]{}") for step in steps)
        tables = [fields]
        for step, name in zip(steps, self._names, strict=True):
            field = tables[-1].get(name)
            inner = field and (field.items or field).properties
            tables.append({} if step.endswith("{}") else dict(inner or {}))
        # What nobody has declared is a dict in both ways.
        self._access = [access(table) if table else DictAccess() for table in tables]
        self._fields = fields
        self.table, self.access = tables[-1], self._access[-1]
        gets = [one.get((name,)) for one, name in zip(self._access, self._names, strict=False)]
        self._inner = list(zip(gets[:-1], self._names, strict=False))
        if steps:
            self._get = gets[-1]
            self._put = self._access[-2].put(self._names[-1])
            self._of_entries = steps[-1].endswith("{}")

    def source(self, path: str) -> tuple[int, Get]:
        """Return how deep on the way a copied value stands, and what gets it."""
        if path.startswith("="):
            return 0, lambda _, __: path[1:]
        names, depth = path.split("."), 0
        while depth < min(len(self.steps), len(names) - 1) and names[depth] == self.steps[depth]:
            depth += 1
        if depth == 0 and names[0] not in self._fields:
            return 0, lambda parent, _: parent.added.get(names[0])
        get = self._access[depth].get(tuple(names[depth:]))
        if depth == 0:
            return 0, lambda parent, _: get(parent.record)
        return depth, lambda _, way: get(way[depth])

    def batches(self, record: Any, *, whole: bool) -> list[Batch]:  # noqa: ANN401
        """Return the elements at the end of the road, those of one list together.

        Args:
            record: The record; with ``whole``, lists in it are bytes afterwards.
            whole: Whether elements are encoded.

        """
        if not self.steps:
            return [Batch((), [record], (), None, 1, [as_json(record)] if whole else None)]
        ways: list[_Way] = [((record,), (), 1)]
        for get, name in self._inner:
            ways = [further for way in ways for further in _further(way, get, name)]
        return [batch for way in ways if (batch := self._arrived(*way, whole=whole)) is not None]

    def _arrived(
        self, way: tuple[Any, ...], path: Path, number: int, *, whole: bool
    ) -> Batch | None:
        owner = way[-1]
        inner, path = self._get(owner), (*path, self._names[-1])
        if not inner:
            return None
        if self._of_entries:
            entries = [{"name": name, "value": value} for name, value in inner.items()]
            return Batch(way, entries, path, list(inner), 1, None)
        if type(inner) is list:
            if not whole:
                return Batch(way, inner, path, range(len(inner)), 1, None)
            jsons = list(map(as_json, inner))
            self._put(owner, msgspec.Raw(b"[%b]" % b",".join(jsons)))
            return Batch(way, inner, path, range(len(inner)), 1, jsons)
        json = as_json(inner)
        return None if json == _EMPTY else Batch(way, [inner], path, None, number, [json])


def is_object(value: Any) -> bool:  # noqa: ANN401
    """Tell whether a value is an object in one of the two ways.

    Asking ``isinstance`` for structs takes six times as long.
    """
    return type(type(value)) is _STRUCT or type(value) is dict


def _further(way: _Way, get: Callable[[Any], Any], name: str) -> list[_Way]:
    """Return the ways to the objects in a field of the object that a way leads to."""
    passed, path, number = way
    inner, path = get(passed[-1]), (*path, name)
    if type(inner) is list:
        return [
            ((*passed, item), (*path, index), index + 1)
            for index, item in enumerate(inner)
            if is_object(item)
        ]
    return [((*passed, inner), path, number)] if is_object(inner) else []
