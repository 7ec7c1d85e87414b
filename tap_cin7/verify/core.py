"""Core on trial: what its lists and documents are taken to do, on a sample of them.

The lists that are large on most accounts are asked for their first page, as a run would. The ten
largest of them are looked at more closely; calls that are left in the end go to the other lists.
"""

from __future__ import annotations

import re
import uuid
from bisect import bisect_left
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_cin7.core.endpoints import ListEndpoint, get_document
from tap_cin7.core.header_lists import digest
from tap_cin7.core.resource import CoreDetail, CoreList
from tap_cin7.errors import (
    Cin7Error,
    GaveUp,
    NotAvailable,
    RecordGone,
    RunStopped,
    StreamFailed,
    StreamSkipped,
)
from tap_cin7.instants import whole_second
from tap_cin7.rows.repair import decode_row
from tap_cin7.verify.account import CallsUsed, seconds_between
from tap_cin7.verify.findings import spelled_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from tap_cin7.verify.account import Account, Answer, Row

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
_AGAIN = 100
"""Rows that are asked for once more: enough to show an order, and quicker than a full page."""
_MOST_FIELDS = 5
_MOST_PAGES = 2
"""Pages of the longest list that is read to its end."""
_MOST_DOCUMENTS = 12
_PAGE_SIZES = {"customers": 100, "products": 500, "locations": 500}
"""Rows of a page where it has fewer than 1,000 (seen)."""
_LEAST_ROWS = 4
"""Rows of the shortest list that says something."""
_LEAST_IN_ORDER = 8
"""Rows of the shortest list that says something of an order."""
_EDITED = 10
"""Rows by which a list may grow or shrink between two pages."""
_NEWEST = 20
_FAR = "9000-01-01T00:00:00Z"
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_STATE = re.compile(r"\b[A-Z]{2,}(?: [A-Z]{2,})*\b")


class _Flag(NamedTuple):
    """A flag, the columns that it fills, and the column that says that it has to."""

    stream: str
    name: str
    columns: tuple[str, ...]
    hint: str = ""


_FLAGS = (
    _Flag(
        "products",
        "IncludeBOM",
        ("BillOfMaterialsProducts", "BillOfMaterialsServices"),
        "BillOfMaterial",
    ),
    _Flag("products", "IncludeSuppliers", ("Suppliers",)),
    _Flag("products", "IncludeReorderLevels", ("ReorderLevels",)),
    _Flag("products", "IncludeCustomPrices", ("CustomPrices",)),
    _Flag("products", "IncludeAttachments", ("Attachments",)),
    _Flag("customers", "IncludeProductPrices", ("ProductPrices",)),
    _Flag("sales", "IncludeTransactions", ("Transactions",)),
    _Flag("production_resources", "IncludeAttachments", ("ResourceAttachments",)),
)


class Core:
    """The probes of Core, over what they have in common."""

    def __init__(self, account: Account) -> None:
        """Take the account; nothing is asked yet."""
        self._account = account
        self._found = account.findings
        resources = account.run.api.resources()
        lists = [one for one in resources if issubclass(one, CoreList)]
        self._details = [one for one in resources if issubclass(one, CoreDetail)]
        first = [one for name in _FIRST for one in lists if one.name == name]
        self._first = first or lists
        self._rest = [one for one in lists if one not in first and not one.years]
        self._fetched: dict[str, Sequence[Row]] = {}

    def probes(self) -> Iterator[Callable[[], None]]:
        """Yield the probes, those that most rests on first."""
        yield self._survey
        yield self._page_sizes
        yield self._totals
        yield self._pages
        yield self._twice
        yield self._since
        yield self._documents
        yield self._unknown_id
        yield self._states
        yield self._flags
        yield self._grain
        yield self._others

    def _survey(self) -> None:
        for resource in self._first:
            self._account.survey(resource)

    def _others(self) -> None:
        """Ask for lists that are not of the sample, as far as calls are left."""
        for resource in islice(self._rest, max(self._account.left, 0)):
            self._account.survey(resource)

    def _answers(self) -> Iterator[tuple[type[CoreList], Answer]]:
        for resource, answer in self._account.lists.items():
            if issubclass(resource, CoreList):
                yield resource, answer

    def _largest(self) -> list[tuple[type[CoreList], Answer]]:
        paged = [one for one in self._answers() if one[0].paged]
        return sorted(paged, key=lambda one: -max(len(one[1].rows), one[1].total or 0))[:_SAMPLE]

    # Pages and totals.

    def _page_sizes(self) -> None:
        """Hold full pages against the sizes that are known."""
        full = 0
        for resource, answer in self._largest():
            rows, usual = len(answer.rows), _PAGE_SIZES.get(resource.name, ListEndpoint.page_rows)
            if answer.total is None or answer.total <= rows or not rows or rows == usual:
                full += rows == usual
                continue
            if self._account.page(resource, number=2, rows=rows).rows:
                self._found.refuted(
                    "core-page-size",
                    f"a page has {rows} rows of {answer.total:,}, not {usual:,}",
                    resource.name,
                )
            else:
                self._found.refuted(
                    "core-total",
                    f"Total {answer.total:,}, and nothing behind {rows} rows",
                    resource.name,
                )
        if full:
            self._found.holds("core-page-size", f"{full} lists have a page of the known size")
        else:
            self._found.unseen("core-page-size", "no list fills a page")

    def _totals(self) -> None:
        """Hold each ``Total`` against the rows of its list."""
        right = 0
        for resource, answer in self._largest():
            if not resource.total_is_right:
                continue
            if answer.total is None:
                self._found.refuted("core-total", "no Total", resource.name)
                continue
            count = self._count(resource, answer, answer.total)
            right += count == answer.total
            if count not in (None, answer.total):
                told = f"Total {answer.total:,}, but {count:,} rows"
                self._found.refuted("core-total", told, resource.name)
        if right:
            self._found.holds("core-total", f"{right} lists have as many rows as their Total")
        else:
            self._found.unseen("core-total", "no list is short enough to be counted")

    def _count(self, resource: type[CoreList], answer: Answer, total: int) -> int | None:
        """Return how many rows a list of at most two pages has; None where that is not known."""
        rows, usual = len(answer.rows), _PAGE_SIZES.get(resource.name, ListEndpoint.page_rows)
        if total <= rows and (rows != usual or total < rows):
            return rows
        if rows != usual or total > _MOST_PAGES * usual:
            return None
        behind = self._account.page(resource, number=2, rows=rows)
        if behind.keys and {*behind.keys} <= {*answer.keys}:
            return None  # the page does not turn
        count = len({*answer.keys, *behind.keys})
        # Rows may come, go and slide meanwhile.
        return total if behind.rows and abs(count - total) <= _EDITED else count

    def _pages(self) -> None:
        """Ask for a small second page: its rows are others than the first ones."""
        for resource, answer in self._largest():
            few = min(_FEW, len(answer.rows) // 2)
            if few < 2 or not answer.keys:  # noqa: PLR2004 - of one row nobody can tell
                continue
            behind = self._account.page(resource, number=2, rows=few)
            again = {*behind.keys} & {*answer.keys[:few]}
            # Rows may change their places meanwhile.
            verdict = self._found.refuted if 2 * len(again) > few else self._found.holds
            told = f"{len(again)} of {few} rows of the first page came on the second again"
            verdict("core-pages", told, resource.name)
            return
        self._found.unseen("core-pages", "no list has enough rows")

    # Two readings.

    def _twice(self) -> None:
        """Ask for first rows once more: is the order the same, and are the rows?

        What differs is asked for a third time, since somebody may have changed it meanwhile.
        """
        headers = {one.header for one in self._details if one.header.stamp() is None}
        tried = dict(one for one in self._answers() if one[0] in headers) | dict(self._largest())
        for resource, answer in tried.items():
            if not answer.rows or (len(answer.rows) < _LEAST_ROWS and resource not in headers):
                continue
            again = self._account.page(resource, rows=_AGAIN)
            seen = _Twice.of(resource, answer, again)
            if not seen.is_same:
                third = self._account.page(resource, rows=_AGAIN)
                seen = _Twice.of(resource, again, third, seen.changed)
            verdict = self._found.holds if seen.keeps_order else self._found.refuted
            if seen.rows >= _LEAST_IN_ORDER:
                told = f"{seen.moves} of {seen.rows} rows changed their places"
                verdict("core-order", "0 moves" if not seen.moves else told, resource.name)
            if resource in headers and seen.keeps_rows:
                told = f"{seen.rows} rows, {len(seen.changed)} changed"
                self._found.holds("core-header-rows", told, resource.name)
            elif resource in headers:
                names = ", ".join(seen.fields)
                told = f"{len(seen.changed)} of {seen.rows} rows differ each time, in {names}"
                self._found.refuted("core-header-rows", told, resource.name)
        self._found.unseen("core-order", "no list of the sample has enough rows")
        self._found.unseen(
            "core-header-rows", "no list of the sample names documents without stamp"
        )

    # The filter by change.

    def _since(self) -> None:
        tried = 0
        for resource, answer in self._largest():
            stamp = resource.stamp()
            if resource.since_param is None or stamp is None or resource.has_read_at:
                continue
            stamps = sorted(row.stamp(stamp) for row in answer.rows if row.stamp(stamp))
            if len(set(stamps)) < _LEAST_ROWS:
                continue
            tried += 1
            self._filter(resource, answer, stamps)
            if tried == 1:
                self._nothing_since(resource)
            if tried == 3:  # noqa: PLR2004 - lists of as many kinds
                return
        if not tried:
            self._found.unseen("core-since", "no list with such a filter has enough rows")

    def _filter(self, resource: type[CoreList], answer: Answer, stamps: Sequence[str]) -> None:
        stamp = resource.stamp()
        bound = whole_second(stamps[-min(_NEWEST, len(stamps) // 2)])
        came = self._account.page(resource, {resource.since_param or "": bound})
        dated = [row.stamp(stamp) for row in came.rows if row.stamp(stamp)]
        older = [one for one in dated if whole_second(one) < bound]
        wanted = {row.key for row in answer.rows if whole_second(row.stamp(stamp) or "0") >= bound}
        lacking = len(wanted - set(came.keys))
        name = f"{resource.name}, {resource.since_param}"
        if older:
            seconds = seconds_between(min(older), bound)
            self._found.refuted(
                "core-since",
                f"{len(older)} of {len(dated)} rows are up to {seconds:,.0f} s older",
                name,
            )
        elif 2 * lacking > len(wanted):
            self._found.refuted("core-since", f"{lacking} of {len(wanted)} rows did not come", name)
        else:
            at_bound = sum(whole_second(one) == bound for one in dated)
            self._found.holds(
                "core-since",
                f"{len(came.rows)} rows, none older, {at_bound} of the second itself",
                name,
            )

    def _nothing_since(self, resource: type[CoreList]) -> None:
        try:
            came = self._account.page(resource, {resource.since_param or "": _FAR})
        except (CallsUsed, RunStopped, GaveUp):
            raise
        except Cin7Error:
            self._found.refuted("empty-answers", f"an empty list is {self._account.wire.form}")
            return
        if came.rows:
            return  # the filter is ignored, which was told before
        verdict = self._found.holds if came.form.endswith("[]") else self._found.refuted
        verdict("empty-answers", f"an empty list is {came.form}")

    # Documents.

    def _documents(self) -> None:
        """Fetch a document of each kind that a list of the sample names."""
        cases: Counter[str] = Counter()
        fetched = 0
        for resource in self._in_order():
            header = self._account.lists.get(resource.header)
            row = header and _document_in(resource, header)
            if not resource.selected_by_default or not row or fetched == _MOST_DOCUMENTS:
                continue
            fetched += 1
            self._fetch(resource, row, cases)
        if not fetched:
            self._found.unseen("core-document-id", "no list of the sample names a document")
        forms = ", ".join(f"{count} in {case} letters" for case, count in cases.most_common())
        if cases:
            self._found.holds("core-guid-case", forms)
        else:
            self._found.unseen("core-guid-case", "no GUID came")

    def _in_order(self) -> list[type[CoreDetail]]:
        """Return the documents in the order of the lists that name them."""
        order = [*self._first, *self._rest]
        return sorted(self._details, key=lambda one: order.index(one.header))

    def _fetch(self, resource: type[CoreDetail], header: Row, cases: Counter[str]) -> None:
        asked = str(header.sent[resource.id_field.lower()])
        other = str(header.sent.get((resource.also_named_by or "").lower()) or "")
        account = self._account
        try:
            came = get_document(account.reading(resource), asked, other, tries=1)
        except StreamSkipped as error:
            account.fail(resource, error)
            return
        except StreamFailed as error:
            if isinstance(error.__cause__, NotAvailable):
                account.fail(resource, error.__cause__)
                return
            is_odd = not isinstance(error.__cause__, (GaveUp, RecordGone))
            verdict = self._found.refuted if is_odd else self._found.unseen
            verdict("core-document-id", account.wire.form, resource.name)
            return
        self._found.holds("core-document-id", "as asked for", resource.name)
        self._fetched[resource.name] = [account.row(resource, raw) for raw in came.rows]
        for row in self._fetched[resource.name]:
            told = row.sent.get(resource.response_id().lower())
            for one in (asked, told):
                if isinstance(one, str) and _GUID.fullmatch(one):
                    cases[_case(one)] += 1
            if isinstance(told, str) and told.lower() == asked.lower() and told != asked:
                self._found.refuted(
                    "core-guid-case",
                    f"{_case(asked)} letters in the list, {_case(told)} ones in the document",
                    resource.name,
                )

    def _unknown_id(self) -> None:
        """Ask for documents that nobody has."""
        account = self._account
        for resource in self._in_order():
            if resource.name not in self._fetched:
                continue
            verdict = self._found.refuted
            try:
                get_document(account.reading(resource), str(uuid.uuid4()), tries=1)
            except StreamFailed as error:
                if isinstance(error.__cause__, GaveUp):
                    continue
                if isinstance(error.__cause__, RecordGone):
                    verdict = self._found.holds
            verdict("core-unknown-id", account.wire.form, resource.name)
            return
        self._found.unseen("core-unknown-id", "no document could be asked for")

    def _states(self) -> None:
        """Count the states of documents; those that nobody documents by their number only."""
        known = _documented(self._account.run.api.resources())
        for resource in {one.header: one for one in self._details if one.status_fields}.values():
            answer = self._account.lists.get(resource.header)
            if answer is None or resource.header.stamp() is not None or not answer.rows:
                continue
            states = Counter(
                str(row.sent.get(name.lower()) or "").strip().upper()
                for row in answer.rows
                for name in resource.status_fields
            )
            states.pop("", None)
            told = ", ".join(f"{state} {states[state]}" for state in sorted(states.keys() & known))
            strange = states.keys() - known
            name = resource.header.name
            if strange:
                count = sum(states[one] for one in strange)
                evidence = f"{count} rows in {len(strange)} states that are not documented"
                self._found.refuted("core-final-states", evidence, name)
            elif told:
                self._found.holds("core-final-states", told, name)
        self._found.unseen("core-final-states", "no list of the sample names documents with states")

    # Products and stock.

    def _flags(self) -> None:
        """Look whether what was asked for with flags has come in any row."""
        rows = {res.name: one.rows for res, one in self._answers()} | self._fetched
        sent = {
            (one.name, flag)
            for one in (*self._first, *self._rest, *self._details)
            for flag in one.switched_on(self._account.run.settings)
        }
        filled: list[str] = []
        empty: list[str] = []
        for stream, flag, columns, hint in _FLAGS:
            found = rows.get(stream, ())
            if not found or (stream, flag) not in sent:
                continue
            if any(row.values.get(name) for row in found for name in columns):
                filled.append(f"{stream} {flag}")
                self._found.holds("core-flags", "filled", filled[-1])
                continue
            empty.append(f"{stream} {flag}")
            if hints := sum(bool(row.values.get(hint)) for row in found):
                told = f"nothing is filled, although {hints} of {len(found)} rows say {hint}"
                self._found.refuted("core-flags", told, f"{stream} {flag}")
        tell = self._found.holds if filled else self._found.unseen
        for one in empty:
            tell("core-flags", "nothing to fill was seen", one)
        if not filled and not empty:
            self._found.unseen("core-flags", "nothing came that was asked for with flags")

    def _grain(self) -> None:
        for resource, answer in self._answers():
            if resource.name != "product_availability" or not answer.rows:
                continue
            keys = answer.keys
            twice = len(keys) - len(set(keys))
            verdict = self._found.refuted if twice else self._found.holds
            verdict("core-availability-grain", f"{len(keys)} rows, {twice} of a grain twice")
            return
        self._found.unseen("core-availability-grain", "product_availability shows no row")


class _Twice(NamedTuple):
    """Two readings of the first rows of a list.

    Attributes:
        rows: Rows that both brought.
        moves: How many of them changed their places.
        changed: The keys of those that differ.
        fields: The fields in which they differ, those of most rows first.

    """

    rows: int
    moves: int
    changed: set[Any]
    fields: list[str]

    @classmethod
    def of(
        cls,
        resource: type[CoreList],
        first: Answer,
        second: Answer,
        suspects: Collection[Any] | None = None,
    ) -> _Twice:
        """Compare two readings.

        Args:
            resource: The list.
            first: One reading.
            second: The one after it.
            suspects: The keys of rows that count as changed if they differ; None for all.

        """
        before = {row.key: row for row in first.rows}
        pairs = [(before[row.key], row) for row in second.rows if row.key in before]
        changed = [
            pair
            for pair in pairs
            if (suspects is None or pair[0].key in suspects)
            and len({digest(row.raw, resource.volatile) for row in pair}) > 1
        ]
        counted = Counter(name for pair in changed for name in _differing(*pair))
        names = [spelled_name(name) for name, _ in counted.most_common(_MOST_FIELDS)]
        moves = _moves(first.keys, second.keys)
        return cls(len(pairs), moves, {row.key for row, _ in changed}, names)

    @property
    def keeps_order(self) -> bool:
        """Whether no more rows moved than somebody may have edited."""
        return self.moves <= max(2, self.rows // 10)

    @property
    def keeps_rows(self) -> bool:
        """Whether no more rows changed than somebody may have edited."""
        return len(self.changed) <= self.rows // 10

    @property
    def is_same(self) -> bool:
        """Whether nothing is to be looked at again."""
        return self.keeps_order and self.keeps_rows


def _moves(before: Sequence[Any], after: Sequence[Any]) -> int:
    """Return how many rows of two readings have to move to come from one order to the other."""
    place = {key: number for number, key in enumerate(before)}
    ends: list[int] = []  # of the longest rising rows of each length
    numbers = [place[key] for key in dict.fromkeys(after) if key in place]
    for number in numbers:
        at = bisect_left(ends, number)
        ends[at : at + 1] = [number]
    return len(numbers) - len(ends)


def _differing(one: Row, other: Row) -> Iterator[str]:
    """Yield the names of the fields in which two rows differ, as they came."""
    for name in decode_row(other.raw).value:
        if one.sent.get(name.lower()) != other.sent.get(name.lower()):
            yield name


def _document_in(resource: type[CoreDetail], header: Answer) -> Row | None:
    """Return a row that names a document of a kind, the last of a list: it is seldom the newest."""
    for row in reversed(header.rows):
        if row.values.get(resource.id_field) and resource.wanted(row.values):
            return row
    return None


def _case(guid: str) -> str:
    return "small" if guid == guid.lower() else "capital" if guid == guid.upper() else "mixed"


def _documented(resources: Iterable[type[Any]]) -> set[str]:
    """Return the states that the vendor's documentation names, and those that count as final."""
    known = {*CoreDetail.final}
    for resource in resources:
        if hasattr(resource, "schema"):
            for name, field in resource.schema.fields.items():
                if "Status" in name:
                    known |= set(_STATE.findall(field.description))
    return known
