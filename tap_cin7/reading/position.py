"""Position: the typed bookmark of a resource, as it lies in state, and all other keys of state.

The rule: no meaning hangs on the absence of an entry, because some orchestrators merge a new
state into the old one. What has ended is marked ``over``, not removed: a marker of an interrupted
reading has all its entries each time; lists and texts are replaced as a whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, UnsetType

from tap_cin7.instants import DAY_SECONDS, day_of, shifted

if TYPE_CHECKING:
    from collections.abc import Sequence

TURNS = "turns"
"""Beside the entries of streams: what runs that were cut have left to the next one."""
BOOKMARK = "replication_key_value"
SNAPSHOT_AT = "snapshot_at"
"""When the last snapshot was taken; also the column with that instant."""
SEEN_MARK = "seen_mark"
"""Which ``Position.seen`` a stream has taken in that has it from its parent."""
VERSION = "version"
"""Version of the last whole reading that was believed; ``VERSION_BEFORE``: of the one before it."""
VERSION_BEFORE = "version_before"
VERSION_OF_READING = "version_of_reading"
"""Version of a whole reading that takes several runs."""
ROWS_OF_READING = "rows_of_reading"
"""How many rows it has brought so far."""
WHOLE_ROWS = "whole_rows"
WHOLE_REACHED = "whole_reached"
"""The bookmark before the last whole reading that was believed, and the latest timestamp in it."""
DOUBTED = "doubted"
"""When the whole readings since were made that were not believed."""
_DAYS_FOR_NONE = 3


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """Progress of a reading over several runs; documents are read one by one, newest first.

    Documents with a stamp: those from ``fresh`` down to ``position`` are in, those below it down
    to ``since`` are left, what changed after ``fresh`` comes first in the next run. Documents
    without one are read by periods, which ``Position.seen`` knows; the marker says no more than
    that the reading is under way.

    Attributes:
        began: When it began, by Cin7's clock; names the reading.
        since: From which stamp on it reads; None for everything.
        until: Up to which stamp it reads, that excluded; None for no bound.
        whole: Whether it is a periodic whole read.
        fresh: Up to which stamp the changes are in that came while it goes on; it becomes the
            bookmark when the reading is over.
        position: Stamp and id of the last document that was written on the way down; empty
            before the first.
        partial: Whether it is no witness: documents were left out by ``skip_ids``, or by a
            ``start_date`` that was later when it began.
        over: Whether the reading is complete, so that the rest means nothing any more.

    """

    began: str
    since: str | None = None
    until: str | None = None
    whole: bool = False
    fresh: str = ""
    position: tuple[str, str] = ("", "")
    partial: bool = False
    over: bool = False


class ListPlace(msgspec.Struct, frozen=True, array_like=True):
    """How far the reading of a list by page number has come.

    Attributes:
        covered: How many rows from its start are read.
        page_rows: How many rows its pages have.
        total: The ``Total`` that it announced, None where it announced none.
        top: Marks of its first rows.
        end: Marks of the last rows that are read.
        began: When the reading began, by Cin7's clock.
        reached: The latest stamp that was read.
        flags: As in ``Position``; None where an older version has written it.
        since: From which stamp on rows were wanted; empty for all, None as above.
        is_next: Whether its turn comes before that of the changes, in runs that have calls for one
            of the two only.

    """

    covered: int
    page_rows: int
    total: int | None
    top: tuple[str, ...]
    end: tuple[str, ...]
    began: str = ""
    reached: str = ""
    flags: tuple[str, ...] | None = None
    since: str | None = None
    is_next: bool = False


class Debt(msgspec.Struct, frozen=True, array_like=True):
    """A document that is owed.

    Attributes:
        id: Its id, as Cin7 spells it.
        at: Stamp or business date of its index row; empty where it has none.
        days: On how many days it was tried.
        tried: When it was tried last, by Cin7's clock.

    """

    id: str
    at: str
    days: int
    tried: str


class Position(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a page changes in the state of its stream and parts; unset entries stay as they are.

    Attributes:
        replication_key_value: The bookmark: every row changed up to here is in.
        whole_read_at: When the last whole read began, for ``full_refresh_days``.
        read_since: When a list was read that filters by change but shows no stamp.
        unstamped_since: Creation time of the last row among those without a stamp.
        resume: Marker of version 0.1; written as null once it is over.
        load: How far the reading of documents has come.
        seen: Compact texts of what was seen (digests by period, documents inside the lookback).
        loaded_from: The ``start_date`` from which on all is in; empty for everything.
        flags: The settings under which all is in that some columns need to be filled.
        place: How far the reading of a list by page number has come; null once it is over.
        again: Documents without a stamp that are fetched once more, as compact text.
        where: What ``documents_where`` wanted when the documents were fetched, as JSON.
        matched: Documents that it wanted, as compact text.
        owed: Documents that their list names and Cin7 could not give.
        owed_checked_at: When the list was last read from the oldest of them on.
        listed: How many documents the index list named when it was last believed.
        list_doubted: When readings of it were made since that were not believed.
        whole_rows: How many rows the last whole reading brought that was believed.
        cut_at: Second and key at which a run was cut while it read again what lies behind its
            bookmark, or a crowded second; empty once a run got past it.

    """

    replication_key_value: str | UnsetType | None = UNSET
    whole_read_at: str | UnsetType | None = UNSET
    read_since: str | UnsetType | None = UNSET
    unstamped_since: str | UnsetType | None = UNSET
    resume: dict[str, Any] | UnsetType | None = UNSET
    load: Load | UnsetType | None = UNSET
    seen: str | UnsetType | None = UNSET
    loaded_from: str | UnsetType | None = UNSET
    flags: tuple[str, ...] | UnsetType | None = UNSET
    place: ListPlace | UnsetType | None = UNSET
    again: str | UnsetType | None = UNSET
    where: str | UnsetType | None = UNSET
    matched: str | UnsetType | None = UNSET
    owed: tuple[Debt, ...] | UnsetType | None = UNSET
    owed_checked_at: str | UnsetType | None = UNSET
    listed: int | UnsetType | None = UNSET
    list_doubted: tuple[str, ...] | UnsetType | None = UNSET
    whole_rows: int | UnsetType | None = UNSET
    cut_at: tuple[str, str] | UnsetType | None = UNSET


OF_THE_SOURCE = ("listed", "list_doubted")
"""Entries that lie once, with the stream that is asked for: what its list has said."""


def is_whole_read_due(days: int, last: str | None, began: str) -> bool:
    """Return whether ``full_refresh_days`` asks for a whole read of what was read before.

    Args:
        days: The setting; 0 turns it off.
        last: When the last whole read began, None when there was none.
        began: When this reading begins.

    """
    return bool(days) and (last is None or last < shifted(began, -days * DAY_SECONDS))


def lacks_history(position: Position, start: str | None) -> bool:
    """Return whether ``start_date`` was later when the documents were loaded that are there.

    Args:
        position: Where the stream stands.
        start: The setting, None for everything.

    """
    loaded_from = position.loaded_from or None
    return loaded_from is not None and (start or "") < loaded_from


def doubts(rows: int, before: int | None, doubted: Sequence[str], now: str) -> list[str]:
    """Return the readings in a row that are not believed, this one included; empty if it is.

    Args:
        rows: How many rows this reading brought.
        before: How many the last one brought that was believed; None where there was none.
        doubted: When the readings since were made that were not believed.
        now: When this one was made, canonical.

    """
    if not before or 2 * rows >= before:
        return []
    readings = [*doubted, now]
    if rows:
        return readings if len(readings) == 1 else []
    return readings if len({day_of(one) for one in readings}) < _DAYS_FOR_NONE else []
