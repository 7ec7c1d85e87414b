"""``extra_fields``: what no column takes is kept by its path, which the log names once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_cin7.rows.coercion import is_blank
from tap_cin7.rows.encoding import OddNumber, is_too_big
from tap_cin7.rows.fields import OPEN
from tap_cin7.rows.paths import At, Path, general, is_below, path_of, spelled
from tap_cin7.rows.repair import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable

    from tap_cin7.rows.fields import Table

EXTRA_FIELDS = "extra_fields"
"""Added column: what has no column, and values that their column's type can't hold, by path."""
EXTRA: Table = {
    EXTRA_FIELDS: OPEN(
        "Added by the tap: what Cin7 sent beyond these columns or against their types, by path"
    )
}
"""The column as catalogs declare it; no resource does."""
_MOST_NOTES = 1_000
"""Paths that are noted; a stream that has more of them has fields without fixed names."""
_LONGEST_NOTE = 200
"""Characters of a path that are noted: a name may be as long as a value."""


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
class Deviations:
    """How one row differs from its schema.

    Attributes:
        extras: Values that no column takes.
        repaired: Where text had to be replaced.

    """

    extras: list[Extra] = field(default_factory=list)
    repaired: list[Path] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self.extras or self.repaired)

    def unknown(self, at: At, value: Any) -> None:  # noqa: ANN401
        """Keep a value that no column has the name of."""
        self.extras.append(Extra(path_of(at), loadable(value), is_unknown=True))

    def odd(self, at: At, value: Any) -> None:  # noqa: ANN401
        """Keep a value that its column can't hold, unless it stands for none."""
        if not is_blank(value):
            self.extras.append(Extra(path_of(at), loadable(value), is_unknown=False))

    def without(self, fields: Collection[tuple[str, ...]]) -> Deviations:
        """Return those outside of some fields."""
        if not fields or not self:
            return self
        return Deviations(
            [extra for extra in self.extras if not is_below(extra.path, fields)],
            [path for path in self.repaired if not is_below(path, fields)],
        )

    def inside(self, name: str) -> Deviations:
        """Return them as those of a field of that name."""
        return Deviations(
            [extra._replace(path=(name, *extra.path)) for extra in self.extras],
            [(name, *path) for path in self.repaired],
        )


def loadable(value: Any, levels: int = DEEPEST) -> Any:  # noqa: ANN401
    """Return a value that goes to ``extra_fields`` as loaders can take it."""
    if isinstance(value, OddNumber):
        return value.text
    if is_too_big(value):
        return str(value)
    if not isinstance(value, (dict, list)):
        return value
    if levels == 0:
        return None
    if isinstance(value, dict):
        return {name: loadable(one, levels - 1) for name, one in value.items()}
    return [loadable(one, levels - 1) for one in value]


@dataclass
class Notes:
    """How the rows of one stream differ from its schema, reported once per run.

    Attributes:
        unknown: Paths without indices (``Lines[].NewField``) that have no column.
        odd: Path -> key of the first row whose value its column's type can't hold or whose bytes
            had to be repaired.
        without_key: How many rows lacked a key and were left out.

    """

    unknown: set[str] = field(default_factory=set)
    odd: dict[str, Hashable] = field(default_factory=dict)
    without_key: int = 0

    def take(self, deviations: Deviations, key: Hashable) -> dict[str, Any] | None:
        """Note the paths of a row's deviations; return its ``extra_fields``, None for none."""
        kept = {}
        for path, value, is_unknown in deviations.extras:
            if not is_unknown:
                self._note_odd(path, key)
            elif len(self.unknown) < _MOST_NOTES:
                self.unknown.add(_noted(path))
            kept[spelled(path)] = value
        for path in deviations.repaired:
            self._note_odd(path, key)
        return kept or None

    def _note_odd(self, path: Path, key: Hashable) -> None:
        if len(self.odd) < _MOST_NOTES:
            self.odd.setdefault(_noted(path), key)


def _noted(path: Path) -> str:
    """Return a path for the log, without the end of one that is too long."""
    text = general(path)
    return text if len(text) <= _LONGEST_NOTE else f"{text[:_LONGEST_NOTE]}..."
