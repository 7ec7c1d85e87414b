"""State: the positions of streams, read from a state file and written into STATE messages.

A stream and its parts are read together, but a run may leave some of them out. So each has its own
position, and the position of the group is the earliest: the least of their bookmarks, a marker only
if all of them have the same, and every document that one of them is owed or has to get again. Facts
about the list itself are stored once, in the entry of the stream that is requested (the source). So
are the digests, which are long: each member that has seen the rows keeps a hash of their text, so
that one newly added to the selection is read in full.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from tap_cin7.errors import BadInput
from tap_cin7.instants import instant, is_in_the_future
from tap_cin7.reading.position import (
    BOOKMARK,
    ROWS_OF_READING,
    SEEN_MARK,
    SNAPSHOT_AT,
    SOURCE_ONLY,
    TOO_EARLY,
    TOO_FEW,
    TURNS,
    VERSION,
    VERSION_BEFORE,
    VERSION_OF_READING,
    WHOLE_REACHED,
    WHOLE_ROWS,
    Position,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping, Sequence

    Entry = MutableMapping[str, Any]

_SEEN = "seen"
_DATES = (
    BOOKMARK,
    "whole_read_at",
    "read_since",
    "read_before",
    "unstamped_since",
    "owed_checked_at",
)
_LOADS = ("resume", "load")
_MARKERS = (*_LOADS, "place", "cut_at")
_NUMBERS = {WHOLE_ROWS, ROWS_OF_READING, VERSION, VERSION_BEFORE, VERSION_OF_READING}
_TYPES: Mapping[str, Any] = {
    TOO_FEW: list[str],
    TOO_EARLY: list[str],
    WHOLE_REACHED: tuple[str, str],
    SEEN_MARK: str,
}
"""Types of the entries that are not fields of ``Position``."""
_EMPTY: tuple[object, ...] = ({}, [], "")
"""Values of a marker that is over, as some states write it."""


def _debts(debts: Sequence[Sequence[list[Any]]]) -> list[list[Any]]:
    return list({debt[0].lower(): debt for owed in debts for debt in owed}.values())


def _filter(texts: Sequence[str]) -> str:
    """Return the filter that documents were fetched by; for several, a text unequal to each."""
    return " ".join(sorted({*texts} - {""}))


def _unsettled(texts: Sequence[str]) -> str:
    """Return all tokens, even if repeated, and the latest instant: waiting longer does no harm."""
    parts = [text.partition("|") for text in texts]
    return f"{max(part[0] for part in parts)}|{''.join(part[2] for part in parts)}"


def _flags(members: Sequence[Entry]) -> list[str] | None:
    """Return the flags that all members were read with; older states do not have them."""
    found = [member.get("flags") for member in members]
    if not any(one is not None for one in found):
        return None
    return sorted(set.intersection(*({*(one or ())} for one in found)))


_JOINED: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "owed": _debts,
    "again": _unsettled,
    "where": _filter,
    "matched": "".join,
    "loaded_from": max,
}
"""Entry -> how to combine its values of a stream and its parts."""


def position_of(
    source: Entry, members: Sequence[Entry], snapshots: Sequence[Entry] = ()
) -> Position:
    """Return the common position of a stream and its parts.

    Args:
        source: State entry of the stream that is requested, selected or not.
        members: State entries of the selected streams that its records fill.
        snapshots: Those of snapshots, which keep no bookmark.

    """
    values: dict[str, Any] = {}
    for name in _DATES:
        found: list[Any] = [member.get(name) for member in members]
        values[name] = None if None in found else min(found, default=None)
    for name in _MARKERS:
        found = [member.get(name) for member in (*members, *snapshots)]
        values[name] = found[0] or None if all(one == found[0] for one in found) else None
    values |= {name: source.get(name) for name in (*SOURCE_ONLY, WHOLE_ROWS)}
    for name, joined in _JOINED.items():
        # Older states have them only in the source's entry.
        found = [member.get(name, source.get(name)) for member in members]
        known = [one for one in found if one is not None]
        values[name] = joined(known) if known else None
    values["flags"] = _flags(members)
    text = source.get(_SEEN)
    is_seen = text is not None and all(member.get(SEEN_MARK) == _mark(text) for member in members)
    values[_SEEN] = text if is_seen else None
    return msgspec.convert(values, Position)


def merge_position(
    position: Position, source: Entry, members: Sequence[tuple[Entry, str | None]]
) -> None:
    """Merge the position of a page into state.

    Args:
        position: The changes; unset fields change nothing.
        source: State entry of the stream that is requested, selected or not.
        members: State entry and replication key of each selected stream; a stream without a
            replication key keeps no bookmark.

    """
    changes: dict[str, Any] = msgspec.to_builtins(position)
    seen = changes.pop(_SEEN, UNSET)
    source.update((name, changes.pop(name)) for name in SOURCE_ONLY if name in changes)
    if seen is not UNSET:
        source[_SEEN] = seen
        changes[SEEN_MARK] = None if seen is None else _mark(seen)
    bookmark = changes.pop(BOOKMARK, None)
    for entry, replication_key in members:
        entry.update(changes)
        if replication_key is not None and bookmark is not None:
            entry["replication_key"] = replication_key
            entry[BOOKMARK] = bookmark


def _mark(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def check_state(state: Any, streams: Mapping[str, str | None], api: str) -> dict[str, Any]:  # noqa: ANN401
    """Check a state file before a run uses it.

    Args:
        state: Content of the file.
        streams: Replication key by stream.
        api: Name of the API.

    Returns:
        The state with its dates in canonical form, which compares as text.

    Raises:
        BadInput: If the state is of another tap or api, or holds an invalid bookmark or one in
            the future, before which changes would be skipped.

    """
    bookmarks = state.get("bookmarks", {}) if isinstance(state, dict) else None
    if not isinstance(bookmarks, dict) or (state and not state.keys() & {"bookmarks", TURNS}):
        raise BadInput(
            "the state file is not a state of this tap: it must look like "
            '{"bookmarks": {"<stream>": {...}}}'
        )
    if bookmarks and not streams.keys() & bookmarks.keys():
        raise BadInput(
            f"the state file is of another tap or api: api {api!r} has no stream "
            f"{', '.join(sorted(bookmarks)[:5])!r}; give the state that tap-cin7 wrote for it"
        )
    checked = {}
    for name, entry in bookmarks.items():
        if not isinstance(entry, dict):
            raise BadInput(f"the state of stream {name!r} must be an object, not {entry!r}")
        checked[name] = _checked(name, streams[name], entry) if name in streams else entry
    return {**state, "bookmarks": checked}


def _checked(stream: str, replication_key: str | None, entry: dict[str, Any]) -> dict[str, Any]:
    held = {
        name: value
        for name, value in entry.items()
        if value is not None and not (name in _LOADS and value in _EMPTY)
    }
    key = held.get("replication_key", replication_key)
    if replication_key is not None and BOOKMARK in held and key != replication_key:
        raise BadInput(
            f"the state file is of another tap or api: its bookmark of {stream!r} is by {key!r}, "
            f"this api's is by {replication_key!r}"
        )
    for name in _DATES:
        if name in held:
            held[name] = _bookmark(stream, name, held[name])
    if SNAPSHOT_AT in held:
        held[SNAPSHOT_AT] = _stamp(stream, SNAPSHOT_AT, held[SNAPSHOT_AT])
    if "resume" in held:
        held["resume"] = _resume_marker(stream, held["resume"])
    for name in _NUMBERS & held.keys():
        value = held[name]
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise BadInput(
                f"the state's {name} of stream {stream!r} must be a whole number: {value!r}; "
                "take it out of the state"
            )
    try:
        msgspec.convert(held, Position)
        for name in _TYPES.keys() & held.keys():
            msgspec.convert(held[name], _TYPES[name])
    except msgspec.ValidationError as error:
        raise BadInput(
            f"the state of stream {stream!r} is not as tap-cin7 writes it ({error}); take the "
            "stream out of the state to read it whole"
        ) from error
    return held


def _stamp(stream: str, name: str, value: object) -> str:
    stamp = _date(value)
    if stamp is None:
        raise BadInput(
            f"the state's {name} of stream {stream!r} is not a date: {value!r}; write one such as "
            "2026-01-31T00:00:00Z, or take the stream out of the state to read it whole"
        )
    return stamp


def _bookmark(stream: str, name: str, value: object) -> str:
    stamp = _stamp(stream, name, value)
    if is_in_the_future(stamp):
        raise BadInput(
            f"the state's {name} of stream {stream!r} lies in the future: {value!r}; rows that "
            "change before then would never be read, so write the time of the last good run, or "
            "take the stream out of the state to read it whole"
        )
    return stamp


def _date(value: object) -> str | None:
    try:
        return instant(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _resume_marker(stream: str, value: object) -> dict[str, Any]:
    """Return the marker of version 0.1 with canonical dates."""
    match value:
        case {
            "since": since,
            "began": began,
            "whole": bool(whole),
            "position": [str(stamp), str(document)],
        }:
            first, start, reached = _date(since), _date(began), _date(stamp)
            if (first or since is None) and start and (reached or not stamp):
                position = [reached or "", document]
                return {"since": first, "began": start, "whole": whole, "position": position}
    raise BadInput(
        f"the state's resume of stream {stream!r} is not as tap-cin7 writes it: {value!r}; take it "
        "out of the state to start from the bookmark"
    )
