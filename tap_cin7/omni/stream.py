"""OmniStream: a list resource of Cin7 Omni.

Resources with a stamp are read by the lossless walk, the others page by page in a stable
order, where a short page is the last one (documented).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast
from urllib.parse import urlencode

from typing_extensions import override

from tap_cin7 import answers
from tap_cin7.bookmarks import (
    UNSTAMPED,
    VALUE,
    configured_start,
    last_bookmark,
    starting_point,
    whole_read_done,
    whole_read_due,
)
from tap_cin7.fields import RECORD_KEY_PARTS
from tap_cin7.omni.walk import PAGE_ROWS, Ask, Walk
from tap_cin7.seen import Seen
from tap_cin7.stream import Cin7Stream, Expected, Page
from tap_cin7.values import now, whole_second

if TYPE_CHECKING:
    from collections.abc import Container, Hashable, Iterator, Sequence

    import requests

    from tap_cin7.outline import Outline
    from tap_cin7.tap import TapCin7

_LONGEST_QUERY = 1_800
"""Characters of a query string that are safe; about 2,000 answer 404 (seen)."""
_NO_DATE_BEFORE = "1900-01-01T00:00:00Z"
"""Stamps before this stand for "no date"; day one of year one is the one that is known."""
_CREATED = "createdDate"
_MODIFIED = "modifiedDate"


class OmniStream(Cin7Stream):
    """A list resource of Cin7 Omni."""

    outline_fields = (_MODIFIED, _CREATED)
    order: ClassVar[str] = "id ASC"
    """Stable order of a resource without a stamp."""
    null_stamps: ClassVar[bool] = False
    """Whether rows are known to come without a modification time."""
    incremental_setting: ClassVar[str | None] = None
    """Setting that makes a resource incremental whose stamp can't be trusted by default."""

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Take ``modifiedDate`` as the replication key where the resource has it."""
        super().__init_subclass__(**kwargs)
        if "schema" in vars(cls) and "replication_key" not in vars(cls):
            has_stamp = _MODIFIED in vars(cls)["schema"]["properties"]
            # The SDK declares a property here and takes a plain value just as well.
            cls.replication_key = _MODIFIED if has_stamp else None  # type: ignore[method-assign,assignment]
        if "schema" in vars(cls):
            cls.stamp_column = cast("str | None", vars(cls)["replication_key"])

    def __init__(self, tap: TapCin7) -> None:
        """Set up the stream."""
        super().__init__(tap)
        self._stamp = self.stamp_column
        if self.incremental_setting is not None and self.config.get(self.incremental_setting):
            self._stamp = self.replication_key = _MODIFIED
        self._narrowed: str | None = None

    @override
    def check(self, response: requests.Response) -> None:
        answers.check_omni(response)

    @override
    def pages(self) -> Iterator[Page]:
        self._narrowed = self._selected_fields()
        if self._stamp is None:
            yield from self._numbered_pages()
            return
        began = now()
        whole = whole_read_due(self, began)
        start = configured_start(self) if whole else starting_point(self)
        since = None if start is None else whole_second(start)
        first = last_bookmark(self) is None
        if self.null_stamps or UNSTAMPED in self.family[0].stream_state:
            yield from self._stamped_and_unstamped_pages(self._stamp, since)
        else:
            yield from self._walked_pages(self._stamp, since)
        yield Page([], whole_read_done(self, began, whole=whole or first))

    @override
    def probe(self) -> Expected | None:
        self._ask("", f"{self._stamp} ASC" if self._stamp else self.order, rows=1)
        return None

    # One request.

    def _ask(self, where: str, order: str, page: int = 1, rows: int = PAGE_ROWS) -> list[Outline]:
        params: dict[str, str | int] = {"order": order, "page": page, "rows": rows}
        if where:
            params["where"] = where
        if self._narrowed:
            narrowed = {**params, "fields": self._narrowed}
            if len(urlencode(narrowed)) < _LONGEST_QUERY:
                params = narrowed
        found: list[Outline] = self.call(params, lambda r: self.outlines(answers.omni_rows(r)))
        return found

    def _selected_fields(self) -> str | None:
        """Return the fields to ask for; None when all are selected anyway."""
        properties = self.declared["properties"]
        needed = {*self._identity, self._stamp, _CREATED}
        for field in properties.values():
            needed.update(field.get(RECORD_KEY_PARTS, ()))
        wire = [name for name, field in properties.items() if RECORD_KEY_PARTS not in field]
        for part in self.parts:
            needed |= part.parent_fields()
        if self.selected:
            needed |= {name for name in wire if self.mask.get(("properties", name), True)}
        wanted = [name for name in wire if name in needed]
        return None if len(wanted) == len(wire) else ",".join(wanted)

    # Resources without a stamp.

    def _numbered_pages(self) -> Iterator[Page]:
        seen = Seen()
        page = 1
        while True:
            rows = self._ask("", self.order, page)
            keyed = self.with_key(rows)
            new = [row for row in keyed if seen.add(self._key_of(row))]
            self.tally.duplicates += len(keyed) - len(new)
            yield Page(new)
            if len(rows) < PAGE_ROWS or not new:
                return
            page += 1

    # Resources with a stamp.

    def _walk(
        self, stamp: str, clauses: Sequence[str] = (), first: list[Outline] | None = None
    ) -> Walk:
        """Return a walk by a stamp.

        Args:
            stamp: The field to go by.
            clauses: Conditions of which every row must meet one.
            first: The answer to the first request, when it is known already.

        """
        known = first

        def fetch(ask: Ask) -> list[Outline]:
            nonlocal known
            if known is not None:
                answer, known = known, None
                return answer
            where = _either(clauses, f"{stamp}>='{ask.since}'" if ask.since else "")
            return self._ask(where, f"{stamp} ASC", ask.page, ask.rows)

        return Walk(
            fetch=fetch,
            key_of=self._key_of,
            stamp_of=lambda row: row.fields.get(stamp),
            warn=lambda line: self.logger.warning("%s: %s", self.name, line),
            width=self._width,
        )

    def _key_of(self, outline: Outline) -> Hashable:
        return self.key_of(outline.fields)

    def _width(self) -> int:
        """Tell how many windows of a long list to ask for at once; some of them are wasted."""
        if self.tally.latency < self.run.quota.limits.sustained_interval:
            return 1
        return self.calls_to_use_the_quota()

    def _walked_pages(
        self,
        stamp: str,
        since: str | None,
        first: list[Outline] | None = None,
        unstamped: Container[Hashable] = (),
    ) -> Iterator[Page]:
        """Yield the pages of a walk.

        Args:
            stamp: The field to go by.
            since: Whole second to start from.
            first: The answer to the first request, when it is known already.
            unstamped: Keys of the rows without a stamp that were sent already.

        """
        walk = self._walk(stamp, first=first)
        # A run that starts again before its old bookmark does not forget how far it was.
        reached = last_bookmark(self) or ""
        dropped = 0
        for rows in walk.pages(since):
            self.tally.duplicates += walk.duplicates - dropped
            dropped = walk.duplicates
            reached = max([reached, *(row.fields[stamp] for row in rows if row.fields.get(stamp))])
            position = {VALUE: reached} if reached else {}
            new = [r for r in rows if r.fields.get(stamp) or self._key_of(r) not in unstamped]
            self.tally.duplicates += len(rows) - len(new)
            yield Page(self.with_key(new), position | self._unstamped_bookmark(stamp, rows))

    def _unstamped_bookmark(self, stamp: str, rows: list[Outline]) -> dict[str, Any]:
        created = [
            row.fields[_CREATED]
            for row in rows
            if not row.fields.get(stamp) and row.fields.get(_CREATED)
        ]
        if not created:
            return {}
        return {UNSTAMPED: max([*created, self.family[0].stream_state.get(UNSTAMPED, "")])}

    # Rows without a modification time, which no filter on it finds.

    def _stamped_and_unstamped_pages(self, stamp: str, since: str | None) -> Iterator[Page]:
        """Yield rows with and without a stamp; one request when little has changed.

        Rows without a stamp are walked by their creation time with a bookmark of their own.
        """
        unstamped_since = self._unstamped_start()
        clauses = (f"{stamp} IS NULL", f"{stamp}<'{_NO_DATE_BEFORE}'")
        unstamped = _either(clauses, f"{_CREATED}>='{unstamped_since}'" if unstamped_since else "")
        together = f"{unstamped} OR {stamp}>='{since}'" if since else ""
        first = self._ask(together, f"{stamp} ASC")
        if len(first) < PAGE_ROWS:
            yield from self._walked_pages(stamp, since, first)
            return
        walk = self._walk(_CREATED, clauses)
        sent = Seen()
        for rows in walk.pages(unstamped_since):
            for row in rows:
                sent.add(self._key_of(row))
            yield Page(self.with_key(rows), self._unstamped_bookmark(stamp, rows))
        yield from self._walked_pages(stamp, since, None if since else first, sent)

    def _unstamped_start(self) -> str | None:
        bookmark = self.family[0].stream_state.get(UNSTAMPED)
        if last_bookmark(self) is None or not bookmark:
            return None
        return whole_second(self.overlap_start(bookmark))


def _either(clauses: Sequence[str], bound: str) -> str:
    """Return the condition that a row meets one of some clauses, and a bound with it.

    Written without brackets, which the API is not known to take: AND binds before OR, and the
    bound stands behind each clause, so that reading from left to right comes to the same.
    """
    if not clauses or not bound:
        return " OR ".join(clauses) or bound
    return " OR ".join(f"{clause} AND {bound}" for clause in clauses)
