"""``extra_fields``: keeps values without a column by path, and logs each path once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_cin7.rows.coercion import is_blank
from tap_cin7.rows.encoding import OddNumber, is_too_big
from tap_cin7.rows.fields import OPEN
from tap_cin7.rows.paths import At, Path, is_below, path_of, path_pattern, path_text
from tap_cin7.rows.repair import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable

    from tap_cin7.rows.fields import Table

EXTRA_FIELDS = "extra_fields"
"""Added column: values that have no column or don't fit its type, by path."""
EXTRA: Table = {
    EXTRA_FIELDS: OPEN(
        "Added by the tap: what Cin7 sent beyond these columns or against their types, by path"
    )
}
"""The column as catalogs declare it; resources do not."""
UNKNOWN, ODD, REPAIRED = range(3)
_MOST_NOTES = 1_000
"""Most paths to note; a stream with more of them has fields without fixed names."""
_LONGEST_NOTE = 200
"""Most characters to note of a path: a name may be as long as a value."""


class Deviation(NamedTuple):
    """How one value differs from its column.

    Attributes:
        path: Its path.
        value: The value as received; None if it was repaired.
        what: ``UNKNOWN`` if no column has its name, ``ODD`` if it does not fit the type of its
            column, ``REPAIRED`` if it was illegal.

    """

    path: Path
    value: Any
    what: int


class Deviations(list[Deviation]):
    """How one row differs from its schema."""

    def unknown(self, at: At, value: Any) -> None:  # noqa: ANN401
        """Keep a value whose name no column has."""
        self.append(Deviation(path_of(at), loadable(value), UNKNOWN))

    def odd(self, at: At, value: Any) -> None:  # noqa: ANN401
        """Keep a value that its column can't hold, unless it is blank."""
        if not is_blank(value):
            self.append(Deviation(path_of(at), loadable(value), ODD))

    def repaired(self, paths: Iterable[Path], at: At = None) -> None:
        """Note the repaired values of an object by their paths in it."""
        self += (Deviation((*path_of(at), *path), None, REPAIRED) for path in paths)

    def without(self, fields: Collection[tuple[str, ...]]) -> Deviations:
        """Return the deviations outside the given fields."""
        return Deviations(one for one in self if not is_below(one.path, fields))


def loadable(value: Any, levels: int = DEEPEST) -> Any:  # noqa: ANN401
    """Return a value for ``extra_fields`` in a form that loaders can hold."""
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
        odd: Path -> key of the first row whose value there did not fit its column or had to be
            repaired.
        without_key: How many rows were left out for lack of a key.

    """

    unknown: set[str] = field(default_factory=set)
    odd: dict[str, Hashable] = field(default_factory=dict)
    without_key: int = 0

    def take(self, deviations: Deviations, key: Hashable) -> dict[str, Any] | None:
        """Note the paths of a row's deviations; return its ``extra_fields``, None for none."""
        kept = {}
        for path, value, what in deviations:
            if what != UNKNOWN and len(self.odd) < _MOST_NOTES:
                self.odd.setdefault(_noted(path), key)
            elif what == UNKNOWN and len(self.unknown) < _MOST_NOTES:
                self.unknown.add(_noted(path))
            if what != REPAIRED:
                kept[path_text(path)] = value
        return kept or None


def _noted(path: Path) -> str:
    """Return a path for the log, truncated if it is too long."""
    text = path_pattern(path)
    return text if len(text) <= _LONGEST_NOTE else f"{text[:_LONGEST_NOTE]}..."
