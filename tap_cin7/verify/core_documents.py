"""Probes of Core's documents, of flags and stock levels, and of the lists outside the sample.

One document of each kind that a list of the sample names is fetched; the calls that are left at the
end go to the other lists.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from tap_cin7.core.endpoints import get_document
from tap_cin7.core.resource import CoreDetail
from tap_cin7.errors import GaveUp, NotAvailable, RecordGone, StreamFailed, StreamSkipped
from tap_cin7.rows.coercion import is_guid
from tap_cin7.verify.findings import Probes, holds, refuted, unseen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_cin7.reading.resource import Resource
    from tap_cin7.verify.account import ParsedRow
    from tap_cin7.verify.core_lists import Core
    from tap_cin7.verify.findings import Evidence

_MOST_DOCUMENTS = 12
_STATE = re.compile(r"\b[A-Z]{2,}(?: [A-Z]{2,})*\b")
_FILLED_WHERE = {"IncludeBOM": "BillOfMaterial"}
"""Flag -> the column that tells in which rows its columns must be filled."""

PROBES: Probes[Core] = Probes()


@PROBES.declare("core-document-id")
def documents(core: Core) -> Iterator[Evidence]:
    """Request one document of each kind that a list of the sample names."""
    order = [*core.first, *core.rest]
    named = [
        (resource, row)
        for resource in sorted(core.details, key=lambda one: order.index(one.index))
        if resource.selected_by_default and (row := _row_naming(core, resource))
    ]
    cases: Counter[str] = Counter()
    for resource, row in named[:_MOST_DOCUMENTS]:
        yield from _document(core, resource, row, cases)
    if not named:
        yield unseen("no list of the sample names a document")
    if cases:
        counts = ", ".join(f"{count} in {case} letters" for case, count in cases.most_common())
        yield holds(counts, assumption="core-guid-case")
    else:
        yield unseen("no GUID came", assumption="core-guid-case")


def _row_naming(core: Core, resource: type[CoreDetail]) -> ParsedRow | None:
    """Return the last row of a list that names a document: it is seldom the newest."""
    page = core.lists.get(resource.index)
    for row in reversed(page.rows if page else ()):
        if row.values.get(resource.id_field) and resource.wanted(row.values):
            return row
    return None


def _document(
    core: Core, resource: type[CoreDetail], header: ParsedRow, cases: Counter[str]
) -> Iterator[Evidence]:
    """Request a document, and count the letter cases of its ids."""
    requested = str(header.sent[resource.id_field.lower()])
    other = str(header.sent.get((resource.also_named_by or "").lower()) or "")
    try:
        document = get_document(core.reading(resource), requested, other, most_tries=1)
    except StreamSkipped as error:
        core.fail(resource, error)
        return
    except StreamFailed as error:
        if isinstance(error.__cause__, NotAvailable):
            core.fail(resource, error.__cause__)
            return
        verdict = unseen if isinstance(error.__cause__, (GaveUp, RecordGone)) else refuted
        yield verdict(core.responses.shape, resource.name)
        return
    yield holds("as asked for", resource.name)
    rows = core.documents[resource] = [core.row(resource, raw) for raw in document.rows]
    for row in rows:
        carried = str(row.sent.get((resource.id_param or "ID").lower()))
        cases.update(_case(one) for one in (requested, carried) if is_guid(one))
        if carried != requested and carried.lower() == requested.lower():
            text = f"{_case(requested)} letters in the list, {_case(carried)} ones in the document"
            yield refuted(text, resource.name, assumption="core-guid-case")


def _case(guid: str) -> str:
    return "small" if guid == guid.lower() else "capital" if guid == guid.upper() else "mixed"


@PROBES.declare("core-unknown-id", "no document could be asked for")
def unknown_id(core: Core) -> Iterator[Evidence]:
    """Request a document that does not exist."""
    for resource in core.documents:
        verdict = refuted
        try:
            get_document(core.reading(resource), str(uuid.uuid4()), most_tries=1)
        except StreamFailed as error:
            if isinstance(error.__cause__, GaveUp):
                continue
            if isinstance(error.__cause__, RecordGone):
                verdict = holds
        yield verdict(core.responses.shape, resource.name)
        return


@PROBES.declare("core-final-states", "no list of the sample names documents with states")
def states(core: Core) -> Iterator[Evidence]:
    """Count the states of documents without a stamp; name only the documented states."""
    documented = _documented_states(core.run.api.resources())
    for resource in {one.index: one for one in core.details if one.status_fields}.values():
        page = core.lists.get(resource.index)
        if page is None or resource.index.stamp() is not None:
            continue
        counts = Counter(
            str(row.sent.get(name.lower()) or "").strip().upper()
            for row in page.rows
            for name in resource.status_fields
        )
        del counts[""]
        if strange := counts.keys() - documented:
            count = sum(counts[state] for state in strange)
            text = f"{count} rows in {len(strange)} states that are not documented"
            yield refuted(text, page.stream)
        elif counts:
            text = ", ".join(f"{state} {count}" for state, count in sorted(counts.items()))
            yield holds(text, page.stream)


def _documented_states(resources: Iterable[type[Resource]]) -> set[str]:
    """Return the states that the vendor's documentation names, and those that count as final."""
    states = {*CoreDetail.final}
    for resource in resources:
        for name, field in resource.schema.fields.items():
            if "Status" in name:
                states.update(_STATE.findall(field.description))
    return states


@PROBES.declare("core-flags", "nothing came that was asked for with flags")
def flags(core: Core) -> Iterator[Evidence]:
    """Check whether the columns of each requested flag are filled in any row."""
    rows = {page.stream: page.rows for page in core.lists.values()}
    rows |= {resource.name: found for resource, found in core.documents.items()}
    filled: list[str] = []
    empty: list[str] = []
    asked = (
        (one, flag)
        for one in (*core.first, *core.rest, *core.details)
        for flag in one.switched_on(core.run.settings)
    )
    for resource, flag in asked:
        found, source = rows.get(resource.name, ()), f"{resource.name} {flag}"
        if not found:
            continue
        if any(row.values.get(name) for row in found for name in resource.flags[flag].columns):
            filled.append(source)
            continue
        empty.append(source)
        hint = _FILLED_WHERE.get(flag, "")
        if hints := sum(bool(row.values.get(hint)) for row in found):
            text = f"nothing is filled, although {hints} of {len(found)} rows say {hint}"
            yield refuted(text, source)
    for source in filled:
        yield holds("filled", source)
    verdict = holds if filled else unseen
    for source in empty:
        yield verdict("nothing to fill was seen", source)


@PROBES.declare("core-availability-grain", "product_availability shows no row")
def grain(core: Core) -> Iterator[Evidence]:
    """Look for stock levels that were received twice."""
    for page in core.lists.values():
        if page.stream == "product_availability" and page.rows:
            twice = len(page.keys) - len({*page.keys})
            verdict = refuted if twice else holds
            yield verdict(f"{len(page.keys)} rows, {twice} of a grain twice")


@PROBES.declare()
def others(core: Core) -> Iterable[Evidence]:
    """Request lists outside the sample, as far as calls are left."""
    for resource in islice(core.rest, core.metrics.most - core.metrics.calls):
        core.survey(resource)
    return ()
