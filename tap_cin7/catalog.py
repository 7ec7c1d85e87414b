"""Whether a catalog file can be worked with: it must be one that discovery of this api wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_cin7.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_cin7.stream import Cin7Stream


def check_catalog(catalog: Any, streams: Iterable[type[Cin7Stream]], api: str) -> None:  # noqa: ANN401
    """Check a catalog before the SDK takes it.

    Args:
        catalog: What the file holds.
        streams: The streams of the configured api.
        api: Its name.

    Raises:
        BadInput: If it is no catalog, has no streams, or is of another tap or api.

    """
    entries = catalog.get("streams") if isinstance(catalog, dict) else None
    if not isinstance(entries, list) or not entries:
        raise BadInput(
            'the catalog file has no streams: it must look like {"streams": [...]}, as '
            "tap-cin7 --discover writes it"
        )
    keys = {vars(stream)["name"]: set(vars(stream)["schema"]["required"]) for stream in streams}
    known = 0
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("schema"), dict):
            raise BadInput("an entry of the catalog file has no schema; discover it anew")
        name = entry.get("tap_stream_id") or entry.get("stream")
        if name not in keys:
            continue
        known += 1
        given = entry.get("key_properties")
        if given and set(given) != keys[name]:
            raise BadInput(
                f"the catalog file is of another tap or api: its {name!r} has the key "
                f"{', '.join(given)}, that of api {api!r} is {', '.join(sorted(keys[name]))}"
            )
    if not known:
        raise BadInput(
            f"the catalog file is of another tap or api: api {api!r} has none of its streams; "
            "discover it anew with this configuration"
        )
