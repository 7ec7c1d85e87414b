"""Nested paths: locate values and nested objects in a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Path: TypeAlias = tuple[str | int, ...]
"""Names of fields and positions in lists, from 0."""
At: TypeAlias = "tuple[At, str | int] | None"
"""A path as a linked list, cheap to extend: the path so far and its next step; None at the root."""


def path_of(at: At) -> Path:
    """Return a linked path as a tuple."""
    steps: list[str | int] = []
    while at is not None:
        at, step = at
        steps.append(step)
    return tuple(reversed(steps))


def path_text(path: Path) -> str:
    """Return a path as records spell it: ``Lines[0].NewField``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)[1:]


def path_pattern(path: Path) -> str:
    """Return a path as logs spell it, without indices: ``Lines[].NewField``."""
    return "".join("[]" if isinstance(step, int) else f".{step}" for step in path)[1:]


def is_below(path: Path, some: Iterable[tuple[str, ...]]) -> bool:
    """Return whether a path is one of some fields or lies below one."""
    return any(path[: len(one)] == one for one in some)


def field_of(step: str) -> str:
    """Return the name of the field that a step goes through: ``Lines`` for ``Lines[]``."""
    return step.rstrip("[]{}")


def value_at(row: Any, names: Iterable[str]) -> Any:  # noqa: ANN401
    """Return the value at a path without lists; None where there is none."""
    for name in names:
        row = row.get(name) if type(row) is dict else None
    return row


class Siblings(NamedTuple):
    """The elements of one list, object or open object.

    Attributes:
        owners: The objects around them, outermost first.
        items: The elements; those that are not objects are no rows, but are numbered too.
        at: The path that they share; the path of one appends its step, if there are steps.
        steps: Their indices or names; None for a single object.
        first: The number of the first.

    """

    owners: tuple[Any, ...]
    items: Iterable[Any]
    at: At
    steps: Sequence[int | str] | None
    first: int

    def path_of(self, index: int) -> Path:
        """Return the path of an element."""
        return path_of(self.at if self.steps is None else (self.at, self.steps[index]))


class PathWalker:
    """Finds the elements at a path such as ``Invoices[].Lines[]`` in a record.

    Attributes:
        steps: The steps: ``Order`` goes into an object, ``Lines[]`` to the elements of a list,
            ``priceColumns{}`` to the entries of an open object as ``name`` and ``value``.
        reaches_entries: Whether it ends at the entries of an open object.

    """

    def __init__(self, steps: tuple[str, ...]) -> None:
        """Parse the steps; without any, the path is the record itself."""
        self.steps = steps
        self.reaches_entries = bool(steps) and steps[-1].endswith("{}")
        self._names = [field_of(step) for step in steps]

    def walk(self, record: Any) -> Iterator[Siblings]:  # noqa: ANN401
        """Yield the elements, those of one list together."""
        if not self._names:
            yield Siblings((), [record], None, None, 1)
        else:
            yield from self._walk((record,), None, 1)

    def _walk(self, owners: tuple[Any, ...], at: At, number: int) -> Iterator[Siblings]:
        name = self._names[len(owners) - 1]
        inner, at = owners[-1].get(name), (at, name)
        if not inner:
            return
        if len(owners) == len(self._names):
            yield self._arrived(owners, inner, at, number)
        elif isinstance(inner, list):
            for index, item in enumerate(inner):
                if type(item) is dict:
                    yield from self._walk((*owners, item), (at, index), index + 1)
        elif type(inner) is dict:
            yield from self._walk((*owners, inner), at, number)

    def _arrived(self, owners: tuple[Any, ...], inner: Any, at: At, number: int) -> Siblings:  # noqa: ANN401
        if self.reaches_entries:
            entries = [{"name": name, "value": value} for name, value in inner.items()]
            return Siblings(owners, entries, at, list(inner), 1)
        if isinstance(inner, list):
            return Siblings(owners, inner, at, range(len(inner)), 1)
        return Siblings(owners, [inner], at, None, number)
