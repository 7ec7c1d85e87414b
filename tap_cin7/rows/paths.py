"""Nested paths: locate values and nested objects in a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Path: TypeAlias = tuple[str | int, ...]
"""Names of fields and positions in lists, from 0."""
At: TypeAlias = "tuple[At, str | int] | None"
"""A path as a linked list, cheap to extend: the path so far and its next step; None at the root."""
Element: TypeAlias = "tuple[tuple[Any, ...], At, int]"
"""An object at a path: the objects on the way, itself last; its path; its number in its list,
from 1, or that of the object around it."""


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


def elements(record: Any, steps: Iterable[str]) -> Iterator[Element]:  # noqa: ANN401
    """Yield the objects at a path in a record.

    Args:
        record: The record.
        steps: The path: ``Order`` goes into an object, ``Lines[]`` to the elements of a list,
            ``priceColumns{}`` to the entries of an open object as ``name`` and ``value``.

    """
    found: Iterator[Element] = iter([((record,), None, 1)])
    for step in steps:
        found = _inside(found, field_of(step), is_open=step.endswith("{}"))
    return found


def _inside(found: Iterator[Element], name: str, *, is_open: bool) -> Iterator[Element]:
    for owners, above, number in found:
        inner, at = owners[-1].get(name), (above, name)
        if isinstance(inner, list):
            for index, one in enumerate(inner):
                if type(one) is dict:
                    yield (*owners, one), (at, index), index + 1
        elif type(inner) is dict and is_open:
            for index, (entry, value) in enumerate(inner.items()):
                yield (*owners, {"name": entry, "value": value}), (at, entry), index + 1
        elif type(inner) is dict and inner:
            yield (*owners, inner), at, number
