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
    from collections.abc import Collection, Hashable

    from tap_cin7.rows.fields import Table

EXTRA_FIELDS = "extra_fields"
"""Added column: values that have no column or don't fit its type, by path."""
EXTRA: Table = {
    EXTRA_FIELDS: OPEN(
        "Added by the tap: what Cin7 sent beyond these columns or against their types, by path"
    )
}
"""The column as catalogs declare it; resources do not."""
_MOST_NOTES = 1_000
"""Most paths to note; a stream with more of them has fields without fixed names."""
_LONGEST_NOTE = 200
"""Most characters to note of a path: a name may be as long as a value."""


class Extra(NamedTuple):
    """A value that no column holds.

    Attributes:
        path: Its path.
        value: The value as received.
        is_unknown: Whether no column has its name; otherwise it does not fit its column's type.

    """

    path: Path
    value: Any
    is_unknown: bool


@dataclass(slots=True)
class Deviations:
    """How one row differs from its schema.

    Attributes:
        extras: Values that no column holds.
        repaired: Paths of repaired values.

    """

    extras: list[Extra] = field(default_factory=list)
    repaired: list[Path] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self.extras or self.repaired)

    def unknown(self, at: At, value: Any) -> None:  # noqa: ANN401
        """Keep a value whose name no column has."""
        self.extras.append(Extra(path_of(at), loadable(value), is_unknown=True))

    def odd(self, at: At, value: Any) -> None:  # noqa: ANN401
        """Keep a value that its column can't hold, unless it is blank."""
        if not is_blank(value):
            self.extras.append(Extra(path_of(at), loadable(value), is_unknown=False))

    def without(self, fields: Collection[tuple[str, ...]]) -> Deviations:
        """Return the deviations outside the given fields."""
        if not fields or not self:
            return self
        return Deviations(
            [extra for extra in self.extras if not is_below(extra.path, fields)],
            [path for path in self.repaired if not is_below(path, fields)],
        )

    def inside(self, name: str) -> Deviations:
        """Return the deviations with their paths below a field."""
        return Deviations(
            [extra._replace(path=(name, *extra.path)) for extra in self.extras],
            [(name, *path) for path in self.repaired],
        )


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
        for path, value, is_unknown in deviations.extras:
            if not is_unknown:
                self._note_odd(path, key)
            elif len(self.unknown) < _MOST_NOTES:
                self.unknown.add(_noted(path))
            kept[path_text(path)] = value
        for path in deviations.repaired:
            self._note_odd(path, key)
        return kept or None

    def _note_odd(self, path: Path, key: Hashable) -> None:
        if len(self.odd) < _MOST_NOTES:
            self.odd.setdefault(_noted(path), key)


def _noted(path: Path) -> str:
    """Return a path for the log, truncated if it is too long."""
    text = path_pattern(path)
    return text if len(text) <= _LONGEST_NOTE else f"{text[:_LONGEST_NOTE]}..."
