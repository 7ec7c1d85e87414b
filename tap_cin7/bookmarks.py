"""Where an incremental stream starts, and whether a state file can be trusted.

The start is the bookmark minus the overlap, because Cin7 shows a change up to 20 seconds after
the time it carries (seen on live accounts), and never before ``start_date``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_cin7.errors import BadInput
from tap_cin7.values import instant, moved

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tap_cin7.stream import Cin7Stream

VALUE = "replication_key_value"
KEY = "replication_key"
WHOLE = "whole_read_at"
READ_SINCE = "read_since"
"""When a list was read that filters by modification time but shows none."""
UNSTAMPED = "unstamped_since"
"""Creation time of the last row read among those without a modification time."""
RESUME = "resume"
"""Where an interrupted reading of details stopped: since when it reads, when it began, how far
it is."""
_DAY = 86_400


def configured_start(stream: Cin7Stream) -> str | None:
    """Return the canonical ``start_date``, None when everything is wanted."""
    start = stream.config.get("start_date")
    return instant(start) if start else None


def last_bookmark(stream: Cin7Stream) -> str | None:
    """Return the canonical bookmark of a stream and its parts, None when one has none.

    A part that is new to the selection has no bookmark, so all are read from the start: the
    calls that fetch its past bring the others' as well.
    """
    own = [_own_bookmark(member) for member in stream.family]
    return None if None in own else min(filter(None, own), default=None)


def _own_bookmark(stream: Cin7Stream) -> str | None:
    state = stream.stream_state
    if stream.replication_method != "INCREMENTAL":
        return None
    # A state that was written by hand may do without the name of the column.
    if state.get(KEY) not in (None, stream.replication_key):
        return None
    value = state.get(VALUE)
    return instant(value) if value else None


def keep(stream: Cin7Stream, bookmark: Mapping[str, Any]) -> None:
    """Merge a bookmark into the state of a stream, null taking an entry out of it.

    A full-table stream keeps no bookmark.
    """
    kept = dict(bookmark)
    if VALUE in kept:
        if stream.replication_method == "INCREMENTAL":
            kept[KEY] = stream.replication_key
        else:
            del kept[VALUE]
    for name, value in kept.items():
        if value is None:
            stream.stream_state.pop(name, None)
        else:
            stream.stream_state[name] = value


def starting_point(stream: Cin7Stream) -> str | None:
    """Return the canonical instant from which the stream is to be read.

    None stands for everything, which is what a full table means, whatever ``start_date`` says.
    """
    family = stream.family
    if family and all(member.replication_method != "INCREMENTAL" for member in family):
        return None
    start = configured_start(stream)
    bookmark = last_bookmark(stream)
    if bookmark is None:
        return start
    return max(stream.overlap_start(bookmark), start or "")


def whole_read_due(stream: Cin7Stream, began: str) -> bool:
    """Tell whether the periodic full pass is due that ``full_refresh_days`` asks for."""
    days = int(stream.config.get("full_refresh_days") or 0)
    if not days or last_bookmark(stream) is None:
        return False
    last = stream.family[0].stream_state.get(WHOLE)
    return last is None or last < moved(began, -days * _DAY)


def whole_read_done(stream: Cin7Stream, began: str, *, whole: bool) -> dict[str, Any]:
    """Return the bookmark of a whole read that is complete, empty when it was not whole."""
    return {WHOLE: began} if whole and stream.config.get("full_refresh_days") else {}


def check_state(state: Any, streams: Iterable[Cin7Stream], api: str) -> dict[str, Any]:  # noqa: ANN401
    """Check a state file before anything is read by it.

    Returns:
        The state with its dates in canonical form, so that they compare as text, and without
        entries that are null.

    Raises:
        BadInput: If the state is of another tap or api, or holds what can't be a bookmark.

    """
    bookmarks = state.get("bookmarks", {}) if isinstance(state, dict) else None
    if not isinstance(bookmarks, dict) or (state and "bookmarks" not in state):
        raise BadInput(
            "the state file is no state of this tap: it must look like "
            '{"bookmarks": {"<stream>": {...}}}'
        )
    known = {stream.name: stream for stream in streams}
    if bookmarks and not known.keys() & bookmarks.keys():
        raise BadInput(
            f"the state file is of another tap or api: api {api!r} has no stream "
            f"{', '.join(sorted(bookmarks)[:5])!r}; give the state that tap-cin7 wrote for it"
        )
    checked = {}
    for name, bookmark in bookmarks.items():
        if not isinstance(bookmark, dict):
            raise BadInput(f"the state of stream {name!r} must be an object, not {bookmark!r}")
        checked[name] = _checked(known[name], bookmark) if name in known else bookmark
    return {**state, "bookmarks": checked}


_DATES = {VALUE, WHOLE, READ_SINCE, UNSTAMPED}


def _checked(stream: Cin7Stream, bookmark: Mapping[str, Any]) -> dict[str, Any]:
    held = {name: value for name, value in bookmark.items() if value is not None}
    own = stream.replication_key
    if own is not None and VALUE in held and held.get(KEY, own) != own:
        raise BadInput(
            f"the state file is of another tap or api: its bookmark of {stream.name!r} is by "
            f"{held[KEY]!r}, this api's is by {own!r}"
        )
    for name in sorted(held.keys() & _DATES):
        stamp = _date(held[name])
        if stamp is None:
            raise BadInput(
                f"the state's {name} of stream {stream.name!r} is no date: {held[name]!r}; write "
                "one such as 2026-01-31T00:00:00Z, or take the stream out of the state to read "
                "it whole"
            )
        held[name] = stamp
    if RESUME in held:
        marker = _marker(held[RESUME])
        if marker is None:
            raise BadInput(
                f"the state's {RESUME} of stream {stream.name!r} is not as tap-cin7 writes it: "
                f"{held[RESUME]!r}; take it out of the state to start from the bookmark"
            )
        held[RESUME] = marker
    return held


def _date(value: Any) -> str | None:  # noqa: ANN401
    try:
        return instant(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _marker(value: Any) -> dict[str, Any] | None:  # noqa: ANN401
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
    return None
