"""Catalog files: check that discovery of this api wrote one, and apply what users set in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, ValidationError, convert

from tap_cin7.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_cin7.reading.resource import Resource


class _Schema(Struct):
    properties: dict[str, _Schema] | None = None
    items: _Schema | None = None


class _Metadata(Struct):
    breadcrumb: list[str]
    metadata: dict[str, Any]


class _Entry(Struct):
    """What the SDK takes for granted of an entry."""

    tap_stream_id: str
    schema: _Schema
    key_properties: list[str] | None = None
    metadata: list[_Metadata] = []


class _Catalog(Struct):
    streams: list[_Entry]


def check_catalog(catalog: Any, resources: Iterable[type[Resource]], api: str) -> None:  # noqa: ANN401
    """Check a catalog before the SDK takes it.

    Args:
        catalog: Content of the file.
        resources: The resources of the configured api.
        api: Its name.

    Raises:
        BadInput: If it is not a catalog, has no streams, is malformed, is of another tap or api,
            or names another key than the stream has.

    """
    entries = catalog.get("streams") if isinstance(catalog, dict) else None
    if not isinstance(entries, list) or not entries:
        raise BadInput(
            'the catalog file has no streams: it must look like {"streams": [...]}, as '
            "tap-cin7 --discover writes it"
        )
    try:
        entries = convert(catalog, _Catalog).streams
    except ValidationError as error:
        raise BadInput(
            f"the catalog file is not as tap-cin7 --discover writes it ({error}); discover it anew"
        ) from error
    keys = {resource.name: set(resource.schema.key) for resource in resources}
    known = 0
    for entry in entries:
        name, given = entry.tap_stream_id, entry.key_properties
        if name not in keys:
            continue
        known += 1
        if given is not None and set(given) != keys[name]:
            raise BadInput(
                f"the catalog file is of another tap or api, or was changed: its {name!r} has the "
                f"key {', '.join(given) or '(none)'}, that of api {api!r} is "
                f"{', '.join(sorted(keys[name]))}; discover it anew"
            )
    if not known:
        raise BadInput(
            f"the catalog file is of another tap or api: api {api!r} has none of its streams; "
            "discover it anew with this configuration"
        )


def with_methods(catalog: Any) -> Any:  # noqa: ANN401
    """Return a catalog whose entries have the replication method that their metadata sets.

    The Singer specification lets users set ``replication-method`` there; the SDK looks at the
    entry only. Anything but a catalog is returned unchanged: ``check_catalog`` refuses it.
    """
    if not isinstance(catalog, dict) or not isinstance(catalog.get("streams"), list):
        return catalog
    return {**catalog, "streams": [_with_method(entry) for entry in catalog["streams"]]}


def _with_method(entry: Any) -> Any:  # noqa: ANN401
    match entry:
        case {"metadata": [*items]}:
            for item in items:
                match item:
                    case {"breadcrumb": [], "metadata": {"replication-method": str(method)}}:
                        return {**entry, "replication_method": method}
    return entry
