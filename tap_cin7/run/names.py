"""Settings that name streams and columns: what they name must exist in the API that is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_cin7.core.resource import CoreDetail
from tap_cin7.errors import BadInput
from tap_cin7.reading.resource import Listed
from tap_cin7.settings_checks import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_cin7.reading.resource import Resource
    from tap_cin7.settings import Settings


def check_names(settings: Settings, resources: Iterable[type[Resource]]) -> None:
    """Check the streams and columns that settings name.

    Args:
        settings: The settings.
        resources: What the configured API has.

    Raises:
        BadInput: If one of them does not exist, or the setting is not for it.

    """
    known = {resource.name: resource for resource in resources}
    listed = {one.name for one in known.values() if issubclass(one, Listed)}
    lists = {one.name: one.index for one in known.values() if issubclass(one, CoreDetail)}
    problems = [
        f"setting 'only_ids' names what can't be asked for by id: {name}; name streams of this "
        "api, and for rows that are cut from documents the stream of these"
        + did_you_mean(name, listed)
        for name in sorted({*(settings.only_ids or {})} - listed)
    ]
    for setting in ("skip_ids", "documents_where"):
        problems += [
            f"setting {setting!r} names what is not a stream of documents: {name}; it takes "
            "streams of this api whose rows are fetched one by one" + did_you_mean(name, lists)
            for name in sorted({*(getattr(settings, setting) or {})} - lists.keys())
        ]
    wanted = settings.documents_where or {}
    problems += [
        f"setting 'documents_where' names a column that {lists[stream].name!r}, which lists the "
        f"documents of {stream!r}, does not have: {column}"
        + did_you_mean(column, lists[stream].schema.fields)
        for stream in sorted(wanted.keys() & lists.keys())
        for column in sorted(wanted[stream].keys() - lists[stream].schema.fields.keys())
    ]
    if problems:
        raise BadInput("; ".join(problems))
