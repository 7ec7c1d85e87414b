"""Paths: where a value stands in a row, and what was found there that has no place in a column."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

Path: TypeAlias = tuple[str | int, ...]
"""Names of fields and positions in lists, from 0."""


class Extra(NamedTuple):
    """A value that no column takes.

    Attributes:
        path: Where it stood.
        value: The value as it came.
        is_unknown: Whether no column has its name; else its column's type can't hold it.

    """

    path: Path
    value: Any
    is_unknown: bool


@dataclass(slots=True)
class Found:
    """What was odd in one row.

    Attributes:
        extras: Values that no column takes.
        repaired: Where text had to be replaced.

    """

    extras: list[Extra] = field(default_factory=list)
    repaired: list[Path] = field(default_factory=list)

    def without(self, fields: Collection[tuple[str, ...]]) -> Found:
        """Return the same but for what was found in some fields."""
        if not fields or not (self.extras or self.repaired):
            return self
        return Found(
            [extra for extra in self.extras if not _is_below(extra.path, fields)],
            [path for path in self.repaired if not _is_below(path, fields)],
        )

    def inside(self, name: str) -> Found:
        """Return the same as found in a field of that name."""
        return Found(
            [extra._replace(path=(name, *extra.path)) for extra in self.extras],
            [(name, *path) for path in self.repaired],
        )


NOTHING = Found()
"""Stands for a row in which nothing was odd; nobody adds to it."""


def spelled(path: Path) -> str:
    """Return a path as records tell it: ``Lines[0].NewField``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)[1:]


def general(path: Path) -> str:
    """Return a path as logs tell it, the same for all elements: ``Lines[].NewField``."""
    return "".join("[]" if isinstance(step, int) else f".{step}" for step in path)[1:]


def _is_below(path: Path, some: Iterable[tuple[str, ...]]) -> bool:
    """Tell whether a path leads to one of some fields, or to what is inside of it."""
    return any(path[: len(one)] == one for one in some)
