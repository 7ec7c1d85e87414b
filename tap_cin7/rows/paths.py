"""Nested paths: locate values and nested objects in a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

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


def elements(
    owners: tuple[Any, ...], steps: Sequence[str], at: At = None, number: int = 1
) -> Iterator[tuple[tuple[Any, ...], At, int]]:
    """Yield the objects at a path such as ``Invoices[].Lines[]``.

    Args:
        owners: The objects that were gone through, the record first.
        steps: The steps left: ``Order`` goes into an object, ``Lines[]`` to the elements of a
            list, ``priceColumns{}`` to the entries of an open object as ``name`` and ``value``.
        at: The path so far.
        number: The number of the last owner in its list, from 1.

    Yields:
        The objects on the way, that at the path last; its path; its number.

    """
    if not steps:
        yield owners, at, number
        return
    name = field_of(steps[0])
    inner, at, rest = owners[-1].get(name), (at, name), steps[1:]
    if isinstance(inner, list):
        for index, one in enumerate(inner):
            if type(one) is dict:
                yield from elements((*owners, one), rest, (at, index), index + 1)
    elif type(inner) is dict and steps[0].endswith("{}"):
        for index, (name, value) in enumerate(inner.items()):
            entry = {"name": name, "value": value}
            yield from elements((*owners, entry), rest, (at, name), index + 1)
    elif type(inner) is dict and inner:
        yield from elements((*owners, inner), rest, at, number)
