"""What reading a stream costs in calls, and how it is incremental, as its declaration says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from docs.md import code, codes, link
from tap_cin7.core.endpoints import ListEndpoint
from tap_cin7.core.resource import CoreDetail, CoreList
from tap_cin7.omni.resource import CREATED, OmniResource
from tap_cin7.omni.windows import PAGE_ROWS as OMNI_ROWS
from tap_cin7.reading.parts import Part, Snapshot

if TYPE_CHECKING:
    from tap_cin7.reading.resource import Resource

_OMNI_PAGES = f"about 1 for every {OMNI_ROWS} rows"
_OMNI_FIRST = f"{_OMNI_PAGES}, and 1 that proves its end where there are several pages"
_CORE_PAGES = f"about 1 for every {ListEndpoint.page_rows:,} rows"
_BESIDE = "none beside those of its parent"
_WHOLE = "no, it is read whole each time"


class Reading(NamedTuple):
    """How a stream is read, in Markdown.

    Attributes:
        incremental: By what a run finds what has changed.
        first: Calls of a first load.
        again: Calls of a run that finds nothing new.

    """

    incremental: str
    first: str
    again: str


def reading(resource: type[Resource]) -> Reading:
    """Return how a stream is read."""
    if issubclass(resource, Part):
        return _part(resource)
    if issubclass(resource, OmniResource):
        return _omni(resource)
    if issubclass(resource, CoreDetail):
        return _documents(resource)
    if issubclass(resource, CoreList):
        return _list(resource) if resource.paged else _unpaged(resource)
    return Reading("no, each run adds its own rows", "none", "none")


def _page(resource: type[Resource]) -> str:
    return link(resource.name, f"{resource.name}.md")


def _part(part: type[Part]) -> Reading:
    parent = _page(part.schema.parent)
    if issubclass(part, Snapshot):
        how = "no, at most one snapshot is added in `snapshot_interval_hours`"
        return Reading(how, _BESIDE, _BESIDE)
    how = f"with {parent}"
    if part.stamp() is not None:
        how = f"{code(str(part.stamp()))}, with {parent}"
    return Reading(how, _BESIDE, _BESIDE)


def _omni(resource: type[OmniResource]) -> Reading:
    stamp = resource.stamp()
    if resource.incremental_setting is not None:
        setting = code(resource.incremental_setting)
        how = f"{_WHOLE}; with {setting} by {code(resource.stamped_by)}"
        return Reading(how, _OMNI_FIRST, f"{_OMNI_PAGES}; 1 with {setting}")
    if stamp is None:
        return Reading(_WHOLE, _OMNI_FIRST, _OMNI_PAGES)
    how = code(stamp)
    if resource.null_stamps:
        how += f"; rows without one by {code(CREATED)}"
    return Reading(how, _OMNI_FIRST, "1")


def _documents(resource: type[CoreDetail]) -> Reading:
    index = resource.index
    listed = f"those of the list {_page(index)}, read once for all that want it"
    each = "1 for each document"
    if resource.wanted_by:
        each = (
            f"1 for each row of the list that has such a document (by {codes(resource.wanted_by)})"
        )
    if resource.fallback_path is not None:
        each += f" (2 where {code(resource.fallback_path)} has to be asked)"
    first = f"{each}, and {listed}"
    stamp = index.stamp()
    if stamp is not None:
        how = f"{code(str(resource.stamp()))}, which is {code(stamp)} of its row in {_page(index)}"
        again = "1 for the list" if index.since_param else listed
        return Reading(how, first, again)
    how = (
        f"what changed in the rows of {_page(index)}, which carry no time of a change: a digest "
        "of them is kept by period"
    )
    if not resource.status_fields:
        return Reading(how, first, listed)
    status = " or ".join(map(code, resource.status_fields))
    final = f"final are those whose {status} is one of {codes(sorted(resource.final))}"
    return Reading(how, first, f"{listed}, and 1 for each document that is not final; {final}")


def _list(resource: type[CoreList]) -> Reading:
    first = _CORE_PAGES
    if not resource.total_is_right:
        first += ", and 1 that proves its end"
    if resource.also:
        more = codes(f"{name}={value}" for name, value in resource.also.items())
        first += f", and 1 with {more} where none of these came"
    stamp, filter_ = resource.stamp(), resource.since_param
    if resource.has_read_at:
        how = f"{code(str(stamp))}, an accounting date: `transactions_lookback_days` are read again"
        return Reading(how, first, f"{_CORE_PAGES} of those days")
    if filter_ is not None and stamp is not None:
        return Reading(f"{code(stamp)} (filter {code(filter_)})", first, "1")
    if filter_ is not None:
        how = f"the filter {code(filter_)}, from the beginning of the last reading on"
        return Reading(f"{how}: rows carry no time of their change", first, "1")
    if stamp is not None:
        how = f"{code(stamp)}; Cin7 has no filter by it, so that the whole list is asked for"
        return Reading(how, first, "as a first load")
    return Reading(_WHOLE, first, "as a first load")


def _unpaged(resource: type[CoreList]) -> Reading:
    if resource.years:
        years = "1 for each year from `start_date`, or from two years back, to the next"
        return Reading(_WHOLE, years, "as a first load")
    return Reading(_WHOLE, "1", "1")
