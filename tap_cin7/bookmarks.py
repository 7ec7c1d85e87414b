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
WHOLE = "whole_read_at"
_DAY = 86_400
KEY = "replication_key"


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
    if stream.replication_method != "INCREMENTAL" or state.get(KEY) != stream.replication_key:
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
    """Return the canonical instant from which the stream is to be read."""
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


def check_state(state: Any, streams: Iterable[Cin7Stream], api: str) -> None:  # noqa: ANN401
    """Check a state file before anything is read by it.

    Raises:
        BadInput: If the state is of another tap or api, or holds a bookmark that is no date.

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
            f"{', '.join(sorted(bookmarks)[:5])}; give the state that tap-cin7 wrote for it"
        )
    for name, bookmark in bookmarks.items():
        if not isinstance(bookmark, dict):
            raise BadInput(f"the state of stream {name!r} must be an object, not {bookmark!r}")
        if name in known:
            _check_bookmark(known[name], bookmark)


def _check_bookmark(stream: Cin7Stream, bookmark: Mapping[str, Any]) -> None:
    key, value = bookmark.get(KEY), bookmark.get(VALUE)
    if key is None or value is None or stream.replication_key is None:
        return
    if key != stream.replication_key:
        raise BadInput(
            f"the state file is of another tap or api: its bookmark of {stream.name!r} is by "
            f"{key!r}, this api's is by {stream.replication_key!r}"
        )
    try:
        usable = isinstance(value, str) and instant(value) is not None
    except ValueError:
        usable = False
    if not usable:
        raise BadInput(
            f"the state's bookmark of stream {stream.name!r} is no date: {value!r}; write one "
            "such as 2026-01-31T00:00:00Z, or take the stream out of the state to read it whole"
        )
