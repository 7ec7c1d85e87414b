"""A tap that nobody has asked for anything yet, and its streams by name."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from tap_cin7.singer.stream import groups_of
from tap_cin7.tap import TapCin7

if TYPE_CHECKING:
    from tap_cin7.singer.stream import Cin7Stream, StreamGroup

CREDENTIALS = {
    "omni": {"username": "somebody", "api_key": "a-key"},
    "core": {"account_id": "somebody", "application_key": "a-key"},
}


def tap(api: str = "omni", catalog: dict[str, Any] | None = None, **settings: Any) -> TapCin7:  # noqa: ANN401
    """Return a tap that would call a machine where nobody listens."""
    return TapCin7(
        config={"api": api, "base_url": "http://127.0.0.1:9/api", **CREDENTIALS[api], **settings},
        catalog=catalog,
    )


def tap_of(*names: str, api: str = "omni", **settings: Any) -> TapCin7:  # noqa: ANN401
    """Return a tap whose catalog has some streams only: quicker to set up than one with all."""
    entries = _entries(api)
    return tap(api, {"streams": [entries[name] for name in names]}, **settings)


@cache
def _entries(api: str) -> dict[str, Any]:
    return {one["tap_stream_id"]: one for one in tap(api).catalog_dict["streams"]}


def select(one: TapCin7, *names: str) -> list[Cin7Stream]:
    """Select just some streams and return all."""
    for stream in one.cin7_streams:
        stream.selected = stream.name in names
    return one.cin7_streams


def group(one: TapCin7, *names: str) -> StreamGroup:
    """Return the only group that some streams make."""
    (found,) = groups_of(select(one, *names))
    return found
