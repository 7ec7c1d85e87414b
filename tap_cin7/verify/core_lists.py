"""Probes of Core's lists, on a sample of them.

The first page of each list that is large on most accounts is requested, as in a run. The ten
largest are examined more closely.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeVar

from typing_extensions import override

from tap_cin7.core.endpoints import ListEndpoint, change_filter
from tap_cin7.core.index_lists import digest
from tap_cin7.core.resource import CoreDetail, CoreList
from tap_cin7.errors import Cin7Error, GaveUp, RunStopped
from tap_cin7.instants import whole_second
from tap_cin7.reading.position import Position
from tap_cin7.reading.reader import Reading
from tap_cin7.reading.resource import Listed
from tap_cin7.rows.codec import RowCodec
from tap_cin7.rows.repair import decode_row
from tap_cin7.verify.account import Account, ParsedPage, ParsedRow, seconds_between
from tap_cin7.verify.findings import Probes, holds, refuted, safe_name, unseen

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    import msgspec

    from tap_cin7.run.run import Run
    from tap_cin7.verify.findings import Evidence

R = TypeVar("R", bound=Listed)

_FIRST = (
    "sale_list",
    "products",
    "customers",
    "purchase_list",
    "product_availability",
    "stock_adjustment_list",
    "stock_transfer_list",
    "money_task_list",
    "suppliers",
    "finished_goods_list",
    "inventory_write_off_list",
    "disassembly_list",
    "production_order_list",
    "journals",
    "stocktake_list",
    "locations",
)
"""Lists that are large, or named by documents, on most accounts."""
_SAMPLE = 10
_FEW = 10
"""Rows of a small page."""
_REREAD_ROWS = 100
"""Rows to request once more: enough to show an order, and quicker than a full page."""
_MOST_FIELDS = 5
_MOST_FILTERED = 3
"""Most lists whose filter is tested."""
_MOST_PAGES = 2
"""Most pages of a list that is read to its end."""
_PAGE_SIZES = {"customers": 100, "products": 500, "locations": 500}
"""Page sizes that are smaller than 1,000 rows (seen)."""
_LEAST_ROWS = 4
"""Least rows of a list for a comparison."""
_LEAST_IN_ORDER = 8
"""Least rows of a list for a verdict on its order."""
_EDIT_TOLERANCE = 10
"""Rows by which a list may grow or shrink between two pages."""
_NEWEST = 20
_FAR_FUTURE = "9000-01-01T00:00:00Z"


class Core(Account[CoreList]):
    """An account of Core.

    Attributes:
        first: The lists of the sample.
        rest: The lists outside the sample.
        details: The kinds of documents.
        documents: The rows of the documents that were fetched, one of a kind.

    """

    def __init__(self, run: Run, most_calls: int) -> None:
        """Take the run; nothing is requested yet."""
        super().__init__(run, most_calls)
        resources = run.api.resources()
        lists = [one for one in resources if issubclass(one, CoreList)]
        first = [one for name in _FIRST for one in lists if one.name == name]
        self.first = first or lists
        self.rest = [one for one in lists if one not in first and not one.years]
        self.details = [one for one in resources if issubclass(one, CoreDetail)]
        self.documents: dict[type[CoreDetail], Sequence[ParsedRow]] = {}

    @override
    def request(
        self, resource: type[CoreList], query: Mapping[str, str], number: int, rows: int | None
    ) -> tuple[Sequence[msgspec.Raw], int | None]:
        flags = resource.switched_on(self.run.settings)
        endpoint = ListEndpoint(resource, self.reading(resource), query, flags)
        rows = rows or endpoint.page_rows
        found = endpoint.page(number, rows) if resource.paged else endpoint.request({})
        return found.rows, found.total

    def reading(self, resource: type[R]) -> Reading[R]:
        """Return a ``Reading`` of a resource whose rows are not written."""
        return Reading(
            resource=resource,
            client=self.client,
            codec=RowCodec(resource.columns()),
            settings=self.run.settings,
            position=Position(),
            full_table=False,
            metrics=self.metrics,
            log=logging.getLogger("tap-cin7"),
        )

    def largest(self) -> list[ParsedPage[CoreList]]:
        """Return the first pages of the largest lists, the largest first."""
        paged = [page for page in self.lists.values() if page.resource.paged]
        return sorted(paged, key=lambda page: -max(len(page.rows), page.total or 0))[:_SAMPLE]


PROBES: Probes[Core] = Probes()


@PROBES.declare()
def survey(core: Core) -> Iterable[Evidence]:
    """Request the first pages of the sample."""
    for resource in core.first:
        core.survey(resource)
    return ()


# Pages and totals.


@PROBES.declare("core-page-size", "no list fills a page")
def page_sizes(core: Core) -> Iterator[Evidence]:
    """Compare full pages with the known sizes."""
    full = 0
    for page in core.largest():
        rows, usual = len(page.rows), _page_size(page)
        if page.total is None or page.total <= rows or rows in (0, usual):
            full += rows == usual
        elif core.page(page.resource, number=2, rows=rows).rows:
            yield refuted(f"a page has {rows} rows of {page.total:,}, not {usual:,}", page.stream)
        else:
            text = f"Total {page.total:,}, and nothing behind {rows} rows"
            yield refuted(text, page.stream, assumption="core-total")
    if full:
        yield holds(f"{full} lists have a page of the known size")


@PROBES.declare("core-total", "no list is short enough to be counted")
def totals(core: Core) -> Iterator[Evidence]:
    """Compare each ``Total`` with the rows of its list."""
    right = 0
    for page in core.largest():
        if not page.resource.total_is_right:
            continue
        if page.total is None:
            yield refuted("no Total", page.stream)
            continue
        count = _count(core, page, page.total)
        right += count == page.total
        if count not in (None, page.total):
            yield refuted(f"Total {page.total:,}, but {count:,} rows", page.stream)
    if right:
        yield holds(f"{right} lists have as many rows as their Total")


def _count(core: Core, page: ParsedPage[CoreList], total: int) -> int | None:
    """Return how many rows a list of at most two pages has; None where that is not known."""
    rows, usual = len(page.rows), _page_size(page)
    if total <= rows and (rows != usual or total < rows):
        return rows
    if rows != usual or total > _MOST_PAGES * usual:
        return None
    behind = core.page(page.resource, number=2, rows=rows)
    if behind.keys and {*behind.keys} <= {*page.keys}:
        return None  # the server ignores the page number
    count = len({*page.keys, *behind.keys})
    # Rows may be added, removed and moved meanwhile.
    return total if behind.rows and abs(count - total) <= _EDIT_TOLERANCE else count


def _page_size(page: ParsedPage[CoreList]) -> int:
    return _PAGE_SIZES.get(page.stream, ListEndpoint.page_rows)


@PROBES.declare("core-pages", "no list has enough rows")
def pages(core: Core) -> Iterator[Evidence]:
    """Request a small second page: its rows must differ from the first ones."""
    for page in core.largest():
        few = min(_FEW, len(page.rows) // 2)
        if few < 2 or not page.keys:  # noqa: PLR2004 - one row shows nothing
            continue
        behind = core.page(page.resource, number=2, rows=few)
        again = len({*behind.keys} & {*page.keys[:few]})
        # Rows may move meanwhile.
        verdict = refuted if 2 * again > few else holds
        text = f"{again} of {few} rows of the first page came on the second again"
        yield verdict(text, page.stream)
        return


# Two reads.


@PROBES.declare("core-order", "no list of the sample has enough rows")
def rereads(core: Core) -> Iterator[Evidence]:
    """Request first rows once more, and compare their order and content.

    If they differ, they are requested a third time, since somebody may have edited them meanwhile.
    """
    indexes = {one.index for one in core.details if one.index.stamp() is None}
    tried = [one for one in core.lists if one in indexes]
    for resource in dict.fromkeys([*tried, *(page.resource for page in core.largest())]):
        is_index, first = resource in indexes, core.lists[resource]
        if not first.rows or (len(first.rows) < _LEAST_ROWS and not is_index):
            continue
        second = core.page(resource, rows=_REREAD_ROWS)
        seen = _Comparison(first, second)
        if not (seen.keeps_order and seen.keeps_rows):
            third = core.page(resource, rows=_REREAD_ROWS)
            seen = _Comparison(second, third, seen.changed)
        if seen.rows >= _LEAST_IN_ORDER:
            verdict = holds if seen.keeps_order else refuted
            text = f"{seen.moves} of {seen.rows} rows changed their places"
            yield verdict(text if seen.moves else "0 moves", resource.name)
        if is_index and seen.keeps_rows:
            text = f"{seen.rows} rows, {len(seen.changed)} changed"
            yield holds(text, resource.name, assumption="core-header-rows")
        elif is_index:
            names = ", ".join(safe_name(name) for name, _ in seen.fields.most_common(_MOST_FIELDS))
            text = f"{len(seen.changed)} of {seen.rows} rows differ each time, in {names}"
            yield refuted(text, resource.name, assumption="core-header-rows")
    text = "no list of the sample names documents without stamp"
    yield unseen(text, assumption="core-header-rows")


class _Comparison:
    """Two reads of the first rows of a list, compared.

    Attributes:
        rows: Number of rows in both.
        moves: Number of those that moved.
        changed: The keys of those that differ.
        fields: Field -> in how many rows it differs.
        keeps_order: Whether edits may explain the rows that moved.
        keeps_rows: Whether edits may explain the rows that changed.

    """

    def __init__(
        self,
        first: ParsedPage[CoreList],
        second: ParsedPage[CoreList],
        suspects: Container[Any] | None = None,
    ) -> None:
        """Compare two reads; if suspects are given, only these count as changed."""
        before = {row.key: row for row in first.rows}
        pairs = [(before[row.key], row) for row in second.rows if row.key in before]
        volatile = first.resource.volatile
        differing = [
            (one, other)
            for one, other in pairs
            if (suspects is None or one.key in suspects)
            and digest(one.raw, volatile) != digest(other.raw, volatile)
        ]
        self.rows = len(pairs)
        self.moves = _moves(first.keys, second.keys)
        self.changed = {one.key for one, _ in differing}
        self.fields = Counter(name for pair in differing for name in _differing(*pair))
        self.keeps_order = self.moves <= max(2, self.rows // 10)
        self.keeps_rows = len(self.changed) <= self.rows // 10


def _moves(before: Sequence[Any], after: Sequence[Any]) -> int:
    """Return how many rows must move to turn one order into the other."""
    place = {key: number for number, key in enumerate(before)}
    ends: list[int] = []  # least end of the rising subsequences of each length
    numbers = [place[key] for key in dict.fromkeys(after) if key in place]
    for number in numbers:
        at = bisect_left(ends, number)
        ends[at : at + 1] = [number]
    return len(numbers) - len(ends)


def _differing(one: ParsedRow, other: ParsedRow) -> Iterator[str]:
    """Yield the names, as received, of the fields in which two rows differ."""
    for name in decode_row(other.raw).value:
        if one.sent.get(name.lower()) != other.sent.get(name.lower()):
            yield name


# The filter by change.


@PROBES.declare("core-since", "no list with such a filter has enough rows")
def since(core: Core) -> Iterator[Evidence]:
    """Request the rows changed lately, and those changed after a date in the far future."""
    filtered = [
        page
        for page in core.largest()
        if page.resource.since_param
        and not page.resource.has_read_at
        and len({*page.stamps}) >= _LEAST_ROWS
    ]
    for page in filtered[:_MOST_FILTERED]:
        yield _changed_lately(core, page)
        if page is filtered[0]:
            yield from _changed_never(core, page.resource)


def _changed_lately(core: Core, page: ParsedPage[CoreList]) -> Evidence:
    stamps = sorted(page.stamps)
    bound = whole_second(stamps[-min(_NEWEST, len(stamps) // 2)])
    came = core.page(page.resource, change_filter(page.resource, bound))
    older = [stamp for stamp in came.stamps if whole_second(stamp) < bound]
    wanted = page.keys_since(bound)
    missing = len(wanted - {*came.keys})
    source = f"{page.stream}, {page.resource.since_param}"
    if older:
        seconds = seconds_between(min(older), bound)
        text = f"{len(older)} of {len(came.stamps)} rows are up to {seconds:,.0f} s older"
        return refuted(text, source)
    if 2 * missing > len(wanted):
        return refuted(f"{missing} of {len(wanted)} rows did not come", source)
    at_bound = sum(whole_second(stamp) == bound for stamp in came.stamps)
    return holds(f"{len(came.rows)} rows, none older, {at_bound} of the second itself", source)


def _changed_never(core: Core, resource: type[CoreList]) -> Iterator[Evidence]:
    try:
        came = core.page(resource, change_filter(resource, _FAR_FUTURE))
    except (GaveUp, RunStopped):
        raise
    except Cin7Error:
        yield refuted(f"an empty list is {core.responses.shape}", assumption="empty-answers")
        return
    if not came.rows:  # otherwise Cin7 ignores the filter, which is reported already
        verdict = holds if came.shape.endswith("[]") else refuted
        yield verdict(f"an empty list is {came.shape}", assumption="empty-answers")
