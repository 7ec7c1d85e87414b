"""Position: the typed bookmark of a resource, and all other keys of state.

The rule: an absent entry means nothing, because some orchestrators merge a new state into the old
one. What has ended is marked ``over``, not removed: a marker of an interrupted reading is always
written with all its entries; lists and texts are replaced as a whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, UnsetType

from tap_cin7.instants import DAY_SECONDS, day_of, shifted

if TYPE_CHECKING:
    from collections.abc import Sequence

TURNS = "turns"
"""Beside the entries of streams: what interrupted runs have left to the next one."""
BOOKMARK = "replication_key_value"
SNAPSHOT_AT = "snapshot_at"
"""When the last snapshot was taken; also the column with that instant."""
SEEN_MARK = "seen_mark"
"""Which ``Position.seen`` of its parent a part has taken in."""
VERSION = "version"
"""Version of the last whole reading that was believed; ``VERSION_BEFORE``: of the previous one."""
VERSION_BEFORE = "version_before"
VERSION_OF_READING = "version_of_reading"
"""Version of a whole reading that takes several runs."""
ROWS_OF_READING = "rows_of_reading"
"""How many rows it has brought so far."""
WHOLE_ROWS = "whole_rows"
WHOLE_REACHED = "whole_reached"
"""The bookmark before the last whole reading that was believed, and the latest stamp in it."""
TOO_FEW = "too_few"
"""Times of the whole readings since then, in a row, that were not believed for their few rows."""
TOO_EARLY = "doubted"
"""The same of those that ended before the bookmark; older versions keep both kinds here."""
_DAYS_FOR_NONE = 3


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """Progress of a reading over several runs; documents are read one by one, newest first.

    Documents with a stamp: those from ``fresh`` down to ``position`` are in, those below it down
    to ``since`` are left, what changed after ``fresh`` comes first in the next run. Documents
    without one are read by periods, which are kept in ``Position.seen``; the marker only says that
    the reading is under way.

    Attributes:
        began: When it began, by Cin7's clock; names the reading.
        since: Lower bound of the stamps; None for everything.
        until: Upper bound of the stamps, exclusive; None for no bound.
        whole: Whether it is a periodic whole read.
        fresh: Stamp up to which changes made meanwhile are in; the bookmark once it is over. Of
            Omni, where no other bookmark tells: when they, or once all rows, had come.
        position: Stamp and id of the last document that was written on the way down; empty
            before the first. Of Omni a second, empty for lists read by key, and the reader's
            place as JSON.
        partial: Whether it is no witness: documents were left out by ``skip_ids``, or by a
            ``start_date`` that was later when it began.
        ended: Of a pass of Omni that is over but for the changes beside it: its last stamp if that
            lies before the bookmark, else empty. None for all other loads.
        over: Whether the reading is complete, so that the rest no longer applies.

    """

    began: str
    since: str | None = None
    until: str | None = None
    whole: bool = False
    fresh: str = ""
    position: tuple[str, str] = ("", "")
    partial: bool = False
    ended: str | None = None
    over: bool = False


class ListPlace(msgspec.Struct, frozen=True, array_like=True):
    """How far the reading of a list by page number has come.

    Attributes:
        covered: How many rows from its start are read; 0 where the list is read by dates.
        page_rows: How many rows its pages have.
        total: The ``Total`` that it announced, None where it announced none, -1 where rows slid:
            what is read from here on proves nothing.
        top: Hashes of its first rows.
        end: Hashes of the last rows that are read.
        began: When the reading began, by Cin7's clock.
        reached: The latest stamp that was read.
        flags: As in ``Position``; None where an older version has written it.
        since: Lower bound of the stamps; empty for all, None as above.
        is_next: Whether it comes before the changes, in runs that have calls for only one of them.
        dates: Of a list that is read by dates: up to which one it is read, and up to which the next
            run reads on; empty for no bound. None for other lists.

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
    dates: tuple[str, str] | None = None


class Debt(msgspec.Struct, frozen=True, array_like=True):
    """A document that is owed.

    Attributes:
        id: Its id, as Cin7 spells it.
        at: Earliest stamp or business date of its index rows; empty where they have none.
        days: Number of days on which it was tried.
        tried: When it was last tried, by Cin7's clock.
        stamp: Stamp of its latest index row; empty where that has none or is not known.

    """

    id: str
    at: str
    days: int
    tried: str
    stamp: str = ""


class Position(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Changes to the state of a stream and its parts; unset entries stay as they are.

    Attributes:
        replication_key_value: The bookmark: every row changed up to here is in.
        whole_read_at: When the last whole read began, for ``full_refresh_days``.
        read_since: When a list that filters by change but shows no stamp was last read.
        read_before: When it was read before that.
        unstamped_since: Creation time of the last row without a stamp.
        resume: Marker of version 0.1; written as null once it is over.
        load: Progress of a reading over several runs.
        seen: What was seen, as compact text (digests by period, documents inside the lookback).
        loaded_from: The ``start_date`` with which all was loaded; empty for everything.
        flags: The settings, of those that fill columns, with which all was loaded.
        place: Progress of a reading of a list by page number; null once it is over.
        again: Documents without a stamp that are to be fetched once more, as compact text.
        where: Value of ``documents_where`` when the documents were fetched, as JSON.
        matched: Documents that it matched, as compact text.
        owed: Documents that their list names and Cin7 could not give.
        owed_checked_at: When the list was last read from the oldest of them on.
        listed: How many documents the index list named when it was last believed.
        list_doubted: Times of the readings of it since then that were not believed.
        whole_rows: How many rows the last whole reading that was believed brought.
        cut_at: Second and place, or id, at which a run was interrupted while it read what lies
            behind its bookmark again, a crowded second, or by key what has no order by stamp; empty
            once a run got past it.

    """

    replication_key_value: str | UnsetType | None = UNSET
    whole_read_at: str | UnsetType | None = UNSET
    read_since: str | UnsetType | None = UNSET
    read_before: str | UnsetType | None = UNSET
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


SOURCE_ONLY = ("listed", "list_doubted")
"""Entries kept only with the requested stream, not with its parts: they describe its list."""


def is_whole_read_due(days: int, last: str | None, began: str) -> bool:
    """Return whether a whole read of what was read before is due by ``full_refresh_days``.

    Args:
        days: The setting; 0 turns it off.
        last: When the last whole read began, None when there was none.
        began: When this reading began.

    """
    return bool(days) and (last is None or last < shifted(began, -days * DAY_SECONDS))


def lacks_history(position: Position, start: str | None) -> bool:
    """Return whether what is in was loaded with a later ``start_date``.

    Args:
        position: The position of the stream.
        start: The setting, None for everything.

    """
    loaded_from = position.loaded_from or None
    return loaded_from is not None and (start or "") < loaded_from


def loaded_from(position: Position, start: str | None, since: str) -> str:
    """Return from when on all is loaded, once the changes since an instant are.

    A later ``start_date`` leaves out what lies between. States that do not say with which one they
    were loaded are of versions that did not keep it: with the present one.

    Args:
        position: The position of the stream.
        start: The setting, None for everything.
        since: Where the changes begin without it; empty in a first load.

    """
    start, known = start or "", position.loaded_from
    if not isinstance(known, str):
        return start
    return max(known, start) if start > since else known


def doubts(rows: int, before: int | None, doubted: Sequence[str], now: str) -> list[str]:
    """Return the times of the readings not believed, this one included; empty if it is believed.

    Args:
        rows: How many rows this reading brought.
        before: How many the last reading that was believed brought; None without one.
        doubted: Times of the readings since then that were not believed.
        now: Time of this one, canonical.

    """
    if not before or 2 * rows >= before:
        return []
    readings = [*doubted, now]
    if rows:
        return readings if len(readings) == 1 else []
    return readings if len({day_of(one) for one in readings}) < _DAYS_FOR_NONE else []
