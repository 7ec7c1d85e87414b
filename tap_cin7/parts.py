"""Parts: rows cut from a record that is fetched anyway, at no call of their own.

A part names its parent and where in the parent's record it sits. It is written together with
its parent, selected or not, and shares the parent's way and bookmark. Where the API gives a
line no id, its position within the parent is part of the key; where it gives one that is not
promised to be unique, the key counts its repetitions, so that no two lines ever merge.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_cin7.stream import Cin7Stream, Expected, Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests

    from tap_cin7.shape import Row

LINE_NUMBER = "line_number"
"""Added column: position within the list that the line sits in, from 1."""
REPETITION = "repetition"
"""Added column: 1, or 2, 3, ... where one id repeats within the parent."""
PARENT_MODIFIED = "parent_modified"
"""Added column: the parent's last change."""

_Found = tuple[Any, tuple[Any, ...], int]


class PartStream(Cin7Stream):
    """A stream whose rows are cut from the records of another."""

    selected_by_default = False
    parent: ClassVar[type[Cin7Stream]]
    """The stream whose records hold the parts."""
    source: ClassVar[str | dict[str, dict[str, str]]]
    """Where in the parent: ``""`` is the record itself, ``Order`` an object in it,
    ``Invoices[].Lines[]`` the lines of all invoices, ``priceColumns{}`` one row per entry of
    an open object, as ``name`` and ``value``. Several places, each with copies of its own,
    give their rows one after the other."""
    copies: ClassVar[dict[str, str]] = {}
    """Columns copied from the parent or from an element on the way: column -> path, such as
    ``ID`` or ``Invoices[].TaskID``; ``=text`` is that text."""

    @property
    @override
    def replication_key(self) -> str | None:
        in_step = self.parent.stamp_column is not None
        return PARENT_MODIFIED if in_step and PARENT_MODIFIED in self._columns else None

    @replication_key.setter
    def replication_key(self, new_value: str | None) -> None:
        """Leave the parent's way to the parent, whatever a catalog says."""

    @property
    def _places(self) -> dict[str, dict[str, str]]:
        if isinstance(self.source, str):
            return {self.source: self.copies}
        return {place: {**self.copies, **copies} for place, copies in self.source.items()}

    @property
    def _columns(self) -> dict[str, Any]:
        columns: dict[str, Any] = vars(type(self))["schema"]["properties"]
        return columns

    @override
    def check(self, response: requests.Response) -> None:
        """Parts make no calls."""

    @override
    def probe(self) -> Expected | None:
        return self._cin7_tap.stream_of(self.parent).probe()

    @override
    def pages(self) -> Iterator[Page]:
        """Yield the parts alone; a run has them written by their parent instead."""
        parent = self._cin7_tap.stream_of(self.parent)
        for page in parent.pages():
            records = map(parent.opened, page.rows)
            yield Page([row for record in records for row in self.cut(record)], page.bookmark)

    def parent_fields(self) -> set[str]:
        """Return the fields of the parent that the parts are made of."""
        paths = [
            *self._places,
            *(path for copies in self._places.values() for path in copies.values()),
        ]
        return {path.split(".")[0].rstrip("[]{}") for path in paths}

    def write_schema(self) -> None:
        """Write the SCHEMA message, before the first row that the parent's records hold."""
        self._write_schema_message()

    def write_cuts(self, record: Row) -> None:
        """Write the rows that a record of the parent holds."""
        for row in self.cut(record):
            self.tally.emitted(self.key_of(row))
            self._write_record_message(row)

    def cut(self, record: Row) -> Iterator[Row]:
        """Yield the rows that a shaped record of the parent holds.

        Args:
            record: The parent's record; neither it nor what is in it is changed.

        """
        repetitions: Counter[tuple[Any, ...]] = Counter()
        modified = record.get(self.parent.stamp_column or "")
        for source, copies in self._places.items():
            steps = source.split(".") if source else []
            for element, way, position in _descend(record, steps):
                row = self._row(element, copies, steps, way)
                if LINE_NUMBER in self._columns:
                    row[LINE_NUMBER] = position
                if PARENT_MODIFIED in self._columns:
                    row[PARENT_MODIFIED] = modified
                if self._complete(row):
                    if REPETITION in self._columns:
                        identity = tuple(
                            row.get(name) for name in self._identity if name != REPETITION
                        )
                        repetitions[identity] += 1
                        row[REPETITION] = repetitions[identity]
                    yield row

    def _row(
        self, element: Row, copies: dict[str, str], steps: list[str], way: tuple[Any, ...]
    ) -> Row:
        columns = self._columns
        row = {name: value for name, value in element.items() if name in columns}
        for column, path in copies.items():
            row[column] = path[1:] if path.startswith("=") else _copied(path.split("."), steps, way)
        return row

    def _complete(self, row: Row) -> bool:
        """Put defaults in empty key columns; return False when a key is still missing."""
        for name in self._identity:
            if name != REPETITION and row.get(name) is None:
                row[name] = self._columns[name].get("default")
                if row[name] is None:
                    self.shape.without_key += 1
                    return False
        return True


def _descend(
    element: Any,  # noqa: ANN401
    steps: list[str],
    way: tuple[Any, ...] = (),
    position: int = 1,
) -> Iterator[_Found]:
    """Yield the elements at the end of the steps, with all elements on the way to them."""
    way = (*way, element)
    if not steps:
        if isinstance(element, dict):
            yield element, way, position
        return
    step, rest = steps[0], steps[1:]
    inner = element.get(step.rstrip("[]{}"))
    if not inner:
        return
    if step.endswith("{}"):
        inner = [{"name": name, "value": value} for name, value in inner.items()]
    elif not step.endswith("[]"):
        yield from _descend(inner, rest, way, position)
        return
    for number, item in enumerate(inner, start=1):
        if isinstance(item, dict):
            yield from _descend(item, rest, way, number)


def _copied(path: list[str], steps: list[str], way: tuple[Any, ...]) -> Any:  # noqa: ANN401
    """Return the value at a path that shares its first steps with the way to an element."""
    depth = 0
    while depth < min(len(steps), len(path) - 1) and path[depth] == steps[depth]:
        depth += 1
    value = way[depth]
    for name in path[depth:]:
        value = value.get(name) if isinstance(value, dict) else None
    return value
