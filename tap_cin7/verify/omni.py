"""Probes of Omni: test what its lists are taken to do, each in as few calls as possible.

The first page of each list is requested, as in a run. The rest is tested on the list whose first
page has the most distinct stamps.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from tap_cin7.errors import Cin7Error, GaveUp, RunStopped
from tap_cin7.instants import BOOKMARK_SKEW, shifted
from tap_cin7.omni.listing import (
    FIRST_SECOND,
    LONGEST_QUERY,
    alternatives,
    since,
    without_stamp,
)
from tap_cin7.omni.windows import PAGE_ROWS
from tap_cin7.verify.account import END_OF_TIME, seconds_between
from tap_cin7.verify.findings import Probes, holds, refuted, unseen
from tap_cin7.verify.omni_account import (
    LEAST_ROWS,
    Omni,
    descents_in,
    order_by_key,
    order_of,
    seconds_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_cin7.omni.resource import OmniResource
    from tap_cin7.verify.account import ParsedPage
    from tap_cin7.verify.findings import Evidence

_FEW = 10
"""Rows of a small page."""
_MOST_ENDS = 3
"""Most lists whose end is tested."""
_MOST_FIELDS = 8
_FRACTION = re.compile(r"\.(\d+)")
_ZONE = re.compile(r"[Zz]$|[+-]\d\d:?\d\d$")


PROBES: Probes[Omni] = Probes()


@PROBES.declare()
def newest(omni: Omni) -> Iterable[Evidence]:
    """Request the newest documents, which change most often."""
    documents = [one for one in omni.resources if one.bounded_by_start_date and one.stamp()]
    for resource in documents[:2]:
        omni.newest[resource] = omni.newest_rows(resource)
    return ()


@PROBES.declare()
def survey(omni: Omni) -> Iterable[Evidence]:
    """Request the first page of each list."""
    for resource in omni.resources:
        omni.survey(resource, {"order": order_of(resource)})
    return ()


# The first pages.


@PROBES.declare("omni-order", "no list has rows of different seconds")
def order(omni: Omni) -> Iterator[Evidence]:
    """Look for rows that break the requested order."""
    lists = rows = 0
    for page in omni.lists.values():
        seconds = seconds_of(page)
        if falls := descents_in(seconds):
            yield refuted(f"{falls} rows against the order", page.stream)
        elif len({*seconds}) > 1:
            lists, rows = lists + 1, rows + len(seconds)
    for page in omni.newest.values():
        if falls := descents_in(seconds_of(page)[::-1]):
            yield refuted(f"{falls} rows against the falling order", page.stream)
    if lists:
        yield holds(f"{rows:,} rows of {lists} lists came by their stamps")


@PROBES.declare("omni-ids")
def ids(omni: Omni) -> Iterator[Evidence]:
    """Look for keys that were received twice."""
    rows = 0
    for page in omni.lists.values():
        rows += len(page.keys)
        if twice := len(page.keys) - len({*page.keys}):
            yield refuted(f"{twice} of {len(page.keys)} rows have a key twice", page.stream)
    if rows:
        yield holds(f"{rows:,} rows, no key twice")


@PROBES.declare("omni-page-size", f"no list has {PAGE_ROWS} rows")
def page_size(omni: Omni) -> Iterator[Evidence]:
    """Compare the longest pages with the known size."""
    sizes = [len(page.rows) for page in omni.lists.values()]
    if max(sizes, default=0) > PAGE_ROWS:
        yield refuted(f"a page of {max(sizes)} rows came")
    elif full := sizes.count(PAGE_ROWS):
        yield holds(f"{full} lists have a page of {PAGE_ROWS} rows")


@PROBES.declare("omni-where", "no list has rows of enough different seconds")
def where(omni: Omni) -> Iterator[Evidence]:
    """Request the rows since a second, and those between two seconds."""
    if (page := omni.most_seconds()) is None:
        return
    low, high = _thirds(page)
    at_least = since(page.resource.stamped_by, low)
    between = f"{at_least} AND {page.resource.stamped_by}<'{high}'"
    for condition, until, name in ((at_least, END_OF_TIME, ">="), (between, high, "both bounds")):
        came = omni.filtered(page.resource, condition)
        # "<" may include its bound (seen), and some rows may be edited meanwhile.
        outside = sum(not low <= second <= until for second in seconds_of(came, ""))
        wanted = page.keys_since(low, until)
        missing = len(wanted - {*came.keys})
        source = f"{page.stream}, {name}"
        if outside:
            yield refuted(f"{outside} of {len(came.rows)} rows are outside", source)
        elif 2 * missing > len(wanted):
            yield refuted(f"{missing} of {len(wanted)} rows did not come", source)
        else:
            yield holds(f"{len(came.rows)} rows, all inside", source)


@PROBES.declare("omni-or-null")
def or_null(omni: Omni) -> Iterator[Evidence]:
    """Test ``OR``, and ``IS NULL`` on lists that are known to have rows without a stamp."""
    page = omni.most_seconds()
    if page is not None:
        yield _either_side(omni, page)
    stamped = [one for one in omni.lists.values() if omni.stamp_of(one.resource)]
    with_null = [one for one in stamped if one.resource.null_stamps]
    for one in with_null or filter(None, [page]):
        yield from _is_null(omni, one)


def _either_side(omni: Omni, page: ParsedPage[OmniResource]) -> Evidence:
    """Request the first and the last third of the rows with an ``OR``."""
    stamp = page.resource.stamped_by
    early, late = _thirds(page)
    condition = alternatives((f"{stamp}<'{early}'", since(stamp, late)), ())
    seconds = seconds_of(omni.filtered(page.resource, condition))
    # "<" may include its bound (seen).
    between = sum(early < second < late for second in seconds)
    source = f"{page.stream}, OR"
    if between:
        return refuted(f"{between} of {len(seconds)} rows fulfil neither side", source)
    if not seconds or seconds[0] > early or seconds[-1] < late:
        return refuted("one side brings no row", source)
    return holds(f"{len(seconds)} rows, of both sides and no other", source)


def _is_null(omni: Omni, page: ParsedPage[OmniResource]) -> Iterator[Evidence]:
    """Request the rows without a stamp."""
    came = omni.filtered(page.resource, alternatives(without_stamp(page.resource.stamped_by), ()))
    stamped = sum(row.stamp >= FIRST_SECOND for row in came.rows)
    source = f"{page.stream}, IS NULL"
    if stamped:
        yield refuted(f"{stamped} of {len(came.rows)} rows have a stamp", source)
        return
    yield holds(f"{len(came.rows)} rows, none has a stamp", source)
    known = {row.key for row in page.rows if not row.stamp}
    missing = len(known - {*came.keys})
    if 2 * missing > len(known) and len(came.rows) < PAGE_ROWS:
        text = f"IS NULL misses {missing} of {len(known)} rows without stamp"
        yield refuted(text, page.stream, assumption="omni-stamps")


# The next page.


@PROBES.declare("omni-pages", "no list has enough rows")
def pages(omni: Omni) -> Iterator[Evidence]:
    """Request two small pages by key: the second must follow the first, in order."""
    page = next((one for one in omni.by_id() if len(one.rows) >= LEAST_ROWS), None)
    if page is None:
        return
    few = min(_FEW, len(page.rows) // 2)
    query = {"order": order_by_key(page.resource)}
    first, second = (omni.page(page.resource, query, number, few) for number in (1, 2))
    if not second.rows:
        yield refuted("the second page is empty", page.stream)
    elif again := len({*first.keys} & {*second.keys}):
        yield refuted(f"{again} rows of the first page came on the second again", page.stream)
    else:
        yield holds(f"two pages of {few} rows share none", page.stream)
    if any(keys != sorted(keys) for keys in (first.keys, second.keys)):
        yield refuted("ids do not come in their order", page.stream, assumption="omni-order")


@PROBES.declare("omni-end")
def end(omni: Omni) -> Iterator[Evidence]:
    """Request the page after a short one; without one, after the newest rows of a long list."""
    short = [page for page in omni.longest_first() if len(page.rows) < PAGE_ROWS]
    for page in short[:_MOST_ENDS]:
        if page.rows:
            yield from _page_after(omni, page)
    stamped = omni.most_seconds()
    if not short and stamped is not None:
        resource = stamped.resource
        seconds = seconds_of(omni.newest_rows(resource))
        page = omni.filtered(resource, since(resource.stamped_by, seconds[len(seconds) // 2]))
        if 0 < len(page.rows) < PAGE_ROWS:
            yield from _page_after(omni, page)


def _page_after(omni: Omni, page: ParsedPage[OmniResource]) -> Iterator[Evidence]:
    try:
        behind = omni.page(page.resource, page.query, 2)
    except (GaveUp, RunStopped):
        raise
    except Cin7Error:
        yield _empty_list(omni.responses.shape)
        return
    if further := {*behind.keys} - {*page.keys}:
        text = f"{len(further)} rows behind a page of {len(page.rows)}"
        yield refuted(text, page.stream)
        yield refuted(text, page.stream, assumption="omni-page-size")
    elif not behind.rows:  # otherwise Cin7 ignores the page number: no verdict on the end
        yield holds(f"nothing behind {len(page.rows)} rows", page.stream)
        yield _empty_list(behind.shape)


def _empty_list(shape: str) -> Evidence:
    verdict = holds if shape == "200 with []" else refuted
    return verdict(f"an empty list is {shape}", assumption="empty-answers")


# Queries.


@PROBES.declare("omni-fields", "no list has rows")
def fields(omni: Omni) -> Iterator[Evidence]:
    """Request only some fields of a list."""
    stamped = (one for one in omni.by_id() if omni.stamp_of(one.resource))
    page = next((one for one in stamped if one.rows), None)
    if page is None:
        return
    query = {"order": order_by_key(page.resource)}
    row = omni.page(page.resource, query, 1, _FEW).rows[0]
    names = [
        name
        for name, field in page.resource.schema.fields.items()
        if field.types[0] not in ("array", "object") and name.lower() in row.sent
    ][:_MOST_FIELDS]
    came = omni.page(page.resource, {**query, "fields": ",".join(names)}, 1, _FEW).rows
    missing = {name for row in came for name in names if name.lower() not in row.sent}
    if missing or not came:
        yield refuted(f"{len(missing)} of {len(names)} fields did not come", page.stream)
    else:
        text = f"{len(names)} fields asked for, {len(came[0].sent)} came, none is missing"
        yield holds(text, page.stream)


@PROBES.declare("omni-query-length", "no list has rows")
def query_length(omni: Omni) -> Iterator[Evidence]:
    """Send a query string of the tap's maximum length."""
    resource = next((one for one, page in omni.lists.items() if page.rows), None)
    if resource is None:
        return
    by_key = order_by_key(resource)
    query = {"page": "1", "rows": "1", "order": by_key}
    room = LONGEST_QUERY - len(urlencode({**query, "fields": ""})) - 1
    names = ",".join(["id"] * (room // len(urlencode({"": "id,"})[1:])))
    length = len(urlencode({**query, "fields": names}))
    try:
        omni.page(resource, {"order": by_key, "fields": names}, 1, 1)
    except RunStopped:
        raise
    except Cin7Error:
        yield refuted(f"{length} characters: {omni.responses.shape}")
    else:
        yield holds(f"{length:,} characters were taken")


# Stamps.


@PROBES.declare("omni-stamps", "no row has a stamp")
def stamps(omni: Omni) -> Iterator[Evidence]:
    """Count the formats of stamps, and the stamps ahead of Cin7's clock."""
    formats: Counter[str] = Counter()
    unstamped = ahead = 0
    for page in omni.lists.values():
        if stamp := omni.stamp_of(page.resource):
            texts = [row.sent.get(stamp.lower()) for row in page.rows if row.stamp]
            formats.update(_format_of(text) for text in texts if isinstance(text, str))
            unstamped += len(page.rows) - len(texts)
    for page in (*omni.lists.values(), *omni.newest.values()):
        latest = shifted(page.at, BOOKMARK_SKEW)
        ahead += sum(stamp > latest for stamp in page.stamps)
    if ahead:
        yield refuted(f"{ahead} rows are dated ahead of Cin7's own clock")
    if formats:
        counts = ", ".join(f"{count:,} with {name}" for name, count in formats.most_common())
        yield holds(f"{counts}; {unstamped} rows have none")


@PROBES.declare("omni-delay")
def delay(omni: Omni) -> Iterator[Evidence]:
    """Request the newest rows once more: a new one among them appeared after its stamp."""
    lookback = omni.run.settings.lookback_seconds
    late, changed, waited = 0.0, 0, 0.0
    for resource, before in omni.newest.items():
        after = omni.newest_rows(resource)
        waited = max(waited, seconds_between(before.at, after.at))
        known = {(row.key, row.stamp) for row in before.rows}
        oldest = min(before.stamps, default="")
        # A bookmark is no later than the newest row, nor than Cin7's clock.
        bookmark = min(max(before.stamps, default=""), before.at)
        rows = [row for row in after.rows if (row.key, row.stamp) not in known]
        new = [row.stamp for row in rows if row.stamp > oldest]
        changed += len(new)
        if new and bookmark:
            late = max(late, seconds_between(min(new), bookmark))
    if late > lookback:
        yield refuted(
            f"{changed} rows changed in {waited:.0f} s, up to {late:,.0f} s behind rows that had "
            f"shown before; lookback_seconds is {lookback}"
        )
    elif changed:
        yield holds(f"{changed} rows changed in {waited:.0f} s, and showed in time")
    else:
        yield unseen(f"no row changed in the {waited:.0f} s between two looks")


def _thirds(page: ParsedPage[OmniResource]) -> tuple[str, str]:
    """Return the two seconds that divide a page into thirds."""
    seconds = sorted({*seconds_of(page)})
    return seconds[len(seconds) // 3], seconds[2 * len(seconds) // 3]


def _format_of(text: str) -> str:
    """Return the format of a stamp: its fractional digits and its zone."""
    fraction = _FRACTION.search(text)
    zone = _ZONE.search(text)
    name = "no zone" if zone is None else "Z" if zone[0] in "Zz" else "an offset"
    return f"{len(fraction[1]) if fraction else 0} digits and {name}"
