"""Snapshots: the rows of a list as they are now, kept beside those of earlier runs.

Cin7 shows stock only as it is. A snapshot is cut from the rows that a run reads anyway, at no call
of its own, with the instant of the run in its key: one instant for all rows of a run, so that they
add up. At most one is taken in each interval, by default a day of UTC; nothing in it is ever gone.
Intervals of up to a day are counted from each midnight, longer ones from midnight of the day of
the last snapshot: a nightly run that starts a minute earlier than the day before takes one all the
same.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from tap_cin7.reading.cuts import Cut, Part
from tap_cin7.rows.fields import DATETIME, INT
from tap_cin7.rows.places import Place

if TYPE_CHECKING:
    from tap_cin7.reading.resource import Resource

SNAPSHOT_AT = "snapshot_at"
"""Added column: the instant of the run that took the snapshot."""
SNAPSHOT_ROWS = "snapshot_rows"
"""Added column: how many rows the snapshot has; one with fewer was torn by a kill in mid write."""
_DAY_HOURS = 24


def snapshot_of(parent: type[Resource]) -> Cut:
    """Return the rows of a resource with the instant of the run in their key."""
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
        """Return where the rows are cut, with the canonical instant of the run."""
        return tuple(
            Place(place.steps, {**place.copies, SNAPSHOT_AT: f"={moment}"})
            for place in cls.schema.places
        )


def is_due(last: str | None, moment: str, interval_hours: int) -> bool:
    """Tell whether another snapshot is to be taken.

    Args:
        last: Canonical instant of the last snapshot, None without any.
        moment: Canonical instant of this run.
        interval_hours: Length of the intervals.

    """
    if last is None:
        return True
    before, now = _time(last), _time(moment)
    if interval_hours > _DAY_HOURS:
        midnight = before.replace(hour=0, minute=0, second=0, microsecond=0)
        return now >= midnight + timedelta(hours=interval_hours)
    return (before.date(), before.hour // interval_hours) != (
        now.date(),
        now.hour // interval_hours,
    )


def _time(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp.replace("Z", "+00:00"))
