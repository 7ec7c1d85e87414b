"""Parts: rows cut from a record that is fetched anyway, at no call of their own.

A part names its parent and its place in the parent's record, and has the columns found there plus
its own. It is emitted together with its parent, selected or not, and shares the parent's bookmark.
Where the API gives a line no id, its position is part of the key; where it gives one that is not
promised to be unique, the key counts its repetitions, so that no two lines merge.

Snapshots: the rows of a list as they are now, kept beside those of earlier runs.

Cin7 shows stock only as it is. A snapshot is cut from the rows that a run reads anyway, at no call
of its own, with the instant of the run in its key: one instant for all rows of a run, so that they
add up. At most one is taken in each interval, by default a day of UTC; nothing in it is ever gone.
Intervals of up to a day are counted from each midnight, longer ones from midnight of the day of
the last snapshot: a nightly run that starts a minute earlier than the day before takes one all the
same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_cin7.instants import day_of, shifted
from tap_cin7.reading.position import SNAPSHOT_AT
from tap_cin7.reading.resource import Resource
from tap_cin7.rows.extract import LINE_NUMBER, PARENT_MODIFIED, Place
from tap_cin7.rows.fields import DATETIME, INT, KEY, REPETITION, Record, table

if TYPE_CHECKING:
    from tap_cin7.rows.fields import Field, Table
    from tap_cin7.settings import Settings

NUMBERED: Table = {LINE_NUMBER: KEY("Added by the tap: position in its list, from 1")}
"""Key column of lines that have no id of their own."""
REPEATED: Table = {
    REPETITION: KEY("Added by the tap: 1, or 2, 3 and so on where an id repeats in the document")
}
"""Key column of lines whose id is not promised to be unique."""
SNAPSHOT_ROWS = "snapshot_rows"
"""Added column: how many rows the snapshot has; one with fewer rows was killed in mid write."""
_Copies = Mapping[str, str]
_DAY_HOURS = 24
_MODIFIED = DATETIME(
    "Added by the tap: the parent's last change, or when it was read where Cin7 tells none; rows "
    "older than their parent are stale"
)


@dataclass(frozen=True)
class Cut(Record):
    """The columns of a part's records, and where its rows come from.

    Attributes:
        parent: The resource whose records hold the rows.
        places: Their places; the rows of several places follow each other.

    """

    parent: type[Resource]
    places: tuple[Place, ...]


def cut(
    parent: type[Resource],
    source: str | Mapping[str, _Copies] | Sequence[tuple[str, _Copies]],
    *bases: Table,
    **own: Field,
) -> Cut:
    """Return the schema of a part: the rows at a place of the parent's record.

    Args:
        parent: The resource that holds them.
        source: Their path (see ``Place``), or several paths, each with copies of its own.
        bases: More tables of own columns, such as ``NUMBERED``.
        own: Columns beside those found at the path; they take precedence over them.
            A field ``.of(path)`` is copied from the parent.

    """
    named = {source: {}} if isinstance(source, str) else source
    sources = list(named.items() if isinstance(named, Mapping) else named)
    columns = table(*bases, **own)
    copies = {name: field.source for name, field in columns.items() if field.source is not None}
    found: Table = {}
    # A part of the record itself has only its own columns: all others are in the parent.
    for path, _ in sources:
        found |= parent.schema.at(path) if path else {}
    found = {name: replace(field, is_key=False) for name, field in found.items()}
    fields = {**columns, **{n: f for n, f in found.items() if n not in columns}}
    fields.setdefault(PARENT_MODIFIED, _MODIFIED)
    places = tuple(
        Place(tuple(filter(None, path.split("."))), {**copies, **more}) for path, more in sources
    )
    return Cut(fields, parent, places)


class Part(Resource):
    """A stream whose rows are cut from the records of another resource."""

    schema: ClassVar[Cut]

    @classmethod
    @override
    def stamp(cls) -> str | None:
        """Return the added column with the parent's stamp, where the parent has one."""
        return None if cls.schema.parent.stamp() is None else PARENT_MODIFIED

    @classmethod
    def is_left_out(cls, settings: Settings) -> bool:
        """Return whether the settings keep its place in the parent empty."""
        empty = cls.schema.parent.left_empty(settings)
        steps = (place.steps[0] for place in cls.schema.places if place.steps)
        return any(step.removesuffix("[]") in empty for step in steps)


def snapshot_of(parent: type[Resource]) -> Cut:
    """Return the schema of a snapshot: a resource's, with the instant of the run in the key."""
    key = DATETIME("Added by the tap: when the run began that took the snapshot")
    fields = {
        SNAPSHOT_AT: replace(key, is_key=True),
        SNAPSHOT_ROWS: INT("Added by the tap: how many rows the snapshot has"),
        **parent.schema.fields,
    }
    return Cut(fields, parent, (Place((), {}),))


class Snapshot(Part):
    """A stream that keeps the rows of another as they were."""

    shows_what_is_gone: ClassVar[bool] = False

    @classmethod
    def places_at(cls, moment: str) -> tuple[Place, ...]:
        """Return the places of the rows, which copy the canonical instant of the run."""
        return tuple(
            Place(place.steps, {**place.copies, SNAPSHOT_AT: f"={moment}"})
            for place in cls.schema.places
        )


def is_due(last: str | None, moment: str, interval_hours: int) -> bool:
    """Return whether another snapshot is to be taken.

    Args:
        last: Canonical instant of the last snapshot, None without any.
        moment: Canonical instant of this run.
        interval_hours: Length of the intervals.

    """
    if last is None:
        return True
    if interval_hours > _DAY_HOURS:
        midnight = f"{day_of(last)}T00:00:00.000000Z"
        # The last one may be of a clock that was ahead.
        return not midnight <= moment < shifted(midnight, interval_hours * 3_600)
    days, hours = (day_of(last), day_of(moment)), (int(last[11:13]), int(moment[11:13]))
    return days[0] != days[1] or hours[0] // interval_hours != hours[1] // interval_hours
