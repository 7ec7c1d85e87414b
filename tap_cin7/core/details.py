"""Documents of Core: one call each, so only those that changed are fetched, and resumably.

The header list, a thousand rows a call, says which documents there are; a plan says which of
them to fetch, in which order, and what is true once each is written: ``changes`` where header
rows have a stamp, ``digests`` where they have none. Several documents are on their way at once.
One that can't be had is owed (``owed``): it does not stop the others.

Relies on: core-unknown-id.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from tap_cin7 import skew
from tap_cin7.client.patience import TRIES
from tap_cin7.core.asking import ListCalls, change_filter
from tap_cin7.core.changes import ByStamp
from tap_cin7.core.digests import ByDigest
from tap_cin7.core.documents import Document, Documents
from tap_cin7.core.header_rows import HeaderRows
from tap_cin7.core.headers import Header, token, tokens_in
from tap_cin7.core.lists import paging_of
from tap_cin7.core.named import spelled, split_name
from tap_cin7.core.owed import FIRST, IN_A_ROW, MOST, Owed
from tap_cin7.core.resource import HEADER_MODIFIED, READ_AT
from tap_cin7.core.whole import PAGE_ROWS, WholeList
from tap_cin7.core.windows import Window
from tap_cin7.errors import Cin7Error, Incomplete, RecordGone, StreamFailed, StreamSkipped
from tap_cin7.instants import moved
from tap_cin7.reading.credible import doubts
from tap_cin7.reading.position import Position, lacks_history
from tap_cin7.reading.prefetch import in_order
from tap_cin7.reading.reader import Expected, Page
from tap_cin7.rows.codec import RowCodec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tap_cin7.core.header_lists import HeaderLists
    from tap_cin7.core.headers import Plan
    from tap_cin7.core.resource import CoreDetail
    from tap_cin7.reading.reader import Reading
    from tap_cin7.rows.codec import Row

_TURN = 10
"""Documents of a kind after which other kinds that wait get their turn."""
_TRIES_IN_VAIN = 2
"""Tries of a document after the one before it could not be had, or of one that is owed."""
_MOST_MATCHED = 2_000
"""Documents that ``documents_where`` wanted which state remembers."""
_REFUSALS = 3
"""Documents that are refused, none having been had, before their kind is held to be."""
_NAMED = 5
"""Documents that a message names at the most."""
_DAY = len("2026-01-31")
_TURN_OVER = Page([], ends_turn=True)


class Fetched(NamedTuple):
    """A document with the header that named it.

    Attributes:
        header: The header.
        document: The document; None where it was not to be had or not to be asked for.
        failure: Why it was not to be had.

    """

    header: Header
    document: Document | None
    failure: StreamFailed | StreamSkipped | None = None


class DetailReader:
    """Reads the documents of one resource once."""

    def __init__(self, reading: Reading[CoreDetail], shared: HeaderLists) -> None:
        """Decide what to read; nothing is asked yet."""
        self._reading = reading
        self._resource = reading.resource
        self._header = reading.resource.header
        settings = reading.settings
        flags = reading.resource.switched_on(settings)
        self._documents = Documents(reading.resource, reading.client, reading.tally, flags)
        self._ids = (settings.only_ids or {}).get(reading.resource.name)
        skipped = (settings.skip_ids or {}).get(reading.resource.name, [])
        self._skipped = {one.strip().lower() for one in skipped}
        self._where = settings.documents_where or {}
        where = self._where.get(reading.resource.name)
        self._where_text = msgspec.json.encode(where, order="sorted").decode() if where else ""
        self._position = self._known()
        debts = self._position.owed or ()
        self._owed = Owed(debt for debt in debts if debt.id.lower() not in self._skipped)
        self._matched = dict.fromkeys(tokens_in(self._position.matched or ""))
        self._in_vain = 0
        self._had_any = False
        self._plan = self._new_plan()
        self._shared = shared
        if self._ids is None and not self._filters():
            shared.want(self._resource)

    @property
    def is_whole(self) -> bool:
        """Whether this reading sets out to bring every document."""
        return self._ids is None and not self._where_text and self._plan.is_whole

    @property
    def is_resumed(self) -> bool:
        """Whether it goes on with a reading of every document that an earlier run began."""
        return self.is_whole and self._plan.is_resumed

    def pages(self) -> Iterator[Page]:
        """Yield a page for each document.

        Raises:
            Incomplete: At the end, if documents are owed, or may be missing in their list.
            Cin7Error: If the list or the documents can't be read.

        """
        if self._ids is not None:
            yield from self._named(self._ids)
            return
        rows, began, short = self._header_rows()
        self._reading.tally.announced = rows.total
        headers = rows.give(self._resource)
        if short is None and not self._filters():
            yield from self._believed(headers, began)
        if short is None and self._owed:
            yield from self._still_owed(headers, began)
        self._name_future(headers)
        waiting = self._plan.begin(headers, began)
        named = {header.id.lower(): header for header in headers}
        self._reading.tally.skipped_ids = sorted(self._skipped & named.keys())
        # What is made before its turn: no document yet.
        yield Page([], Position(where=self._where_text) if self._where_text else None)
        # A bookmark says that all documents up to it are in: it can't move by half a list.
        keeps = short is None or self._header.stamp() is None
        yield from self._documents_of(waiting, named, began, keeps=keeps)
        if short is not None:
            raise short
        yield Page([], self._with_owed(self._plan.over()))
        if self._owed:
            raise Incomplete(_owes(self._owed))
        is_whole = self.is_whole and not self._reading.tally.skipped_ids
        yield Page([], self._plan.proven(), is_whole=is_whole)

    def estimate(self, most_calls: int) -> Expected | None:  # noqa: ARG002 - one is enough
        """Ask for one header row and return what the list announces."""
        total = self._header_calls(self._filters()).page(Window(1, 1)).total
        if total is None:
            return None
        return Expected(total, total + max(1, math.ceil(total / PAGE_ROWS)))

    # What to read.

    def _known(self) -> Position:
        """Return where the reading stands: of a full table, where an interrupted one stopped."""
        position = self._reading.position
        before = position.where or ""
        if before and before != self._where_text:
            # What another filter left out is not in.
            return Position(listed=position.listed, list_doubted=position.list_doubted)
        if not self._reading.full_table:
            return position
        load = position.load or None
        if load is None or load.over or load.since is not None:
            return Position(listed=position.listed, list_doubted=position.list_doubted)
        return msgspec.structs.replace(position, replication_key_value=None)

    def _new_plan(self) -> Plan:
        reading, resource = self._reading, self._resource
        settings = reading.settings
        now = reading.client.server_clock.now()
        if resource.stamp() is None:
            has_dates = resource.dated_by is not None
            return ByDigest(self._position, settings, has_dates=has_dates, now=now)
        is_bounded = resource.bounded_by_start_date and not reading.full_table
        start = settings.start_date if is_bounded else None
        if is_bounded and lacks_history(self._position, start):
            reading.log.info(
                "start_date was %s when its documents were loaded: what changed before comes now",
                self._position.loaded_from,
            )
        return ByStamp(self._position, settings, start=start, now=now)

    def _filters(self) -> dict[str, str]:
        """Return the query parameters by which the header list is filtered."""
        return change_filter(self._header, self._plan.since)

    def _header_calls(self, filters: Mapping[str, str]) -> ListCalls:
        reading = self._reading
        has_rows = bool(self._position.listed)
        return ListCalls(self._header, reading.client, reading.tally, filters, has_rows=has_rows)

    def _header_rows(self) -> tuple[HeaderRows, str, Incomplete | None]:
        """Return the rows of the header list, when their reading began, and why some may lack."""
        if self._filters():
            rows = HeaderRows(self._header, [self._resource], self._where)
            return self._read(rows, self._filters())
        rows = self._shared.claim(self._resource)
        if rows.began:
            return rows, rows.began, None
        try:
            return self._read(rows, {})
        finally:
            self._shared.end(self._header)

    def _read(
        self, rows: HeaderRows, filters: Mapping[str, str]
    ) -> tuple[HeaderRows, str, Incomplete | None]:
        calls, reading = self._header_calls(filters), self._reading
        started = reading.client.clock.now()
        paging = paging_of(
            calls, is_filtered=bool(calls.filters), rows_before=self._position.listed or None
        )
        whole = WholeList(paging, rows.codec, self._warn)
        whole.refuted = reading.tally.refuted
        short = None
        try:
            for entries in whole.entries():
                for row, raw in entries:
                    rows.take(row, raw)
        except Incomplete as error:
            short = error
        began = reading.client.server_clock.at(started)
        rows.total = whole.total
        if short is None:
            rows.complete(began)
        return rows, began, short

    def _believed(self, headers: Sequence[Header], began: str) -> Iterator[Page]:
        """Note how many documents a whole list names.

        Raises:
            Incomplete: If it names so few that it can't be believed.

        """
        before = self._position.listed or None
        doubted = doubts(len(headers), before, self._position.list_doubted or (), began)
        if doubted:
            yield Page([], Position(list_doubted=tuple(doubted)))
            raise Incomplete(
                f"its list names {len(headers)} documents and named {before}: too few to "
                "believe it before the next run says so too"
            )
        yield Page([], Position(listed=len(headers), list_doubted=()))

    def _still_owed(self, headers: Sequence[Header], began: str) -> Iterator[Page]:
        """Forget what is owed and its list does not name any more.

        A list that is filtered is read once more for that, once a day, from the oldest of them on.
        """
        since = ""
        if self._filters():
            if (self._position.owed_checked_at or "")[:_DAY] == began[:_DAY]:
                return
            since = self._owed.oldest
            rows = HeaderRows(self._header, [self._resource], self._where)
            _, _, short = self._read(rows, change_filter(self._header, since or None))
            if short is not None:
                return
            headers = rows.give(self._resource)
        gone = self._owed.keep({header.id.lower() for header in headers}, since)
        if gone:
            self._warn(f"owed no longer, since the list does not name them: {', '.join(gone)}")
        yield Page([], Position(owed=self._owed.as_state(), owed_checked_at=began))

    def _name_future(self, headers: Sequence[Header]) -> None:
        last = max(headers, key=lambda header: header.stamp, default=None)
        now = self._reading.client.server_clock.now()
        if last is not None and last.stamp > moved(now, skew.STAMP):
            self._warn(
                f"{last.id} is dated in the future ({last.stamp}), so it comes again with each run"
            )

    # Documents.

    def _documents_of(
        self, waiting: Sequence[Header], named: dict[str, Header], began: str, *, keeps: bool
    ) -> Iterator[Page]:
        """Yield what is owed and what waits, each document with where the reading then stands.

        Raises:
            Incomplete: If so many documents in a row can't be had that none may be.

        """
        is_waiting = {header.id.lower() for header in waiting}
        debts = [
            named.get(debt.id.lower())
            or Header(debt.id, debt.at, debt.at, is_final=False, digest=0)
            for debt in self._owed.to_try(began)
            if debt.id.lower() not in is_waiting
        ]
        fetched = (one for one in waiting if one.is_wanted or token(one.id) in self._matched)
        self._expect(len(debts) + sum(1 for _ in fetched))
        yield from self._owed_ones(debts[:FIRST])
        yield from self._waiting_ones(waiting, keeps=keeps)
        yield from self._owed_ones(debts[FIRST:])

    def _owed_ones(self, headers: Sequence[Header]) -> Iterator[Page]:
        for fetched in self._in_turns(headers):
            if fetched is None:
                yield _TURN_OVER
                continue
            header, document, failure = fetched
            if document is None:
                self._note_failure(header, failure)
                yield Page([], Position(owed=self._owed.as_state()))
                if self._in_vain >= IN_A_ROW:
                    return
            else:
                self._owed.paid(header.id)
                rows = self._rows(document, header.stamp or None)
                yield Page(rows, Position(owed=self._owed.as_state()))

    def _waiting_ones(self, waiting: Sequence[Header], *, keeps: bool) -> Iterator[Page]:
        failed: list[tuple[Header, Cin7Error | None]] = []
        has_room = True
        for fetched in self._in_turns(waiting):
            if fetched is None:
                yield _TURN_OVER
                continue
            header, document, failure = fetched
            if failure is not None:
                failed.append((header, failure))
                if self._in_vain >= IN_A_ROW:
                    raise Incomplete(
                        f"{self._in_vain} documents in a row could not be had, so that none may be "
                        f"at present; the last one: {failure}"
                    )
                continue
            if document is None:
                self._plan.done(header, "")
                continue
            has_room = self._commit(failed) and has_room
            self._owed.paid(header.id)
            self._note_match(header)
            position = self._with_owed(self._plan.done(header, document.asked_at))
            rows = self._rows(document, header.stamp or None)
            yield Page(rows, position if keeps and has_room else None)
        if not self._commit(failed) or not has_room:
            raise Incomplete(f"more than {MOST} documents could not be had")

    def _commit(self, failed: list[tuple[Header, Cin7Error | None]]) -> bool:
        """Owe what failed, since a later document was had; return whether state has room for it."""
        new = sum(header.id not in self._owed for header, _ in failed)
        has_room = len(self._owed) + new <= MOST
        if has_room:
            for header, failure in failed:
                self._note_failure(header, failure)
                self._plan.done(header, "")
        failed.clear()
        return has_room

    def _note_match(self, header: Header) -> None:
        """Remember a document that is wanted, so that it is fetched once more when it is not."""
        self._matched.pop(token(header.id), None)
        if self._where_text and header.is_wanted:
            self._matched[token(header.id)] = None
            if len(self._matched) > _MOST_MATCHED:
                del self._matched[next(iter(self._matched))]

    def _note_failure(self, header: Header, failure: Cin7Error | None) -> None:
        now = self._reading.client.server_clock.now()
        self._owed.failed(header.id, header.stamp or header.date, now)
        self._warn(f"could not be had, and is owed: {failure}")

    def _in_turns(self, headers: Sequence[Header]) -> Iterator[Fetched | None]:
        """Yield documents in their order, and None where other kinds that wait have their turn.

        Several documents are on their way at once, none of them beyond the end of a turn: what
        waited when a run is stopped would have to be asked for again.
        """
        waiting = deque(headers)
        while waiting:
            is_alone = self._reading.client.sharing().kinds < 2  # noqa: PLR2004
            size = len(waiting) if is_alone else _TURN
            some = [waiting.popleft() for _ in range(min(size, len(waiting)))]
            for fetched in in_order(self._fetched, some, self._width):
                if fetched.failure is not None:
                    self._in_vain += 1
                elif fetched.document is not None:
                    self._in_vain, self._had_any = 0, True
                is_refused = isinstance(fetched.failure, StreamSkipped)
                if is_refused and self._in_vain >= _REFUSALS and not self._had_any:
                    raise fetched.failure  # type: ignore[misc]
                self._reading.tally.documents_done += fetched.document is not None
                yield fetched
            if waiting:
                yield None

    def _fetched(self, header: Header) -> Fetched:
        is_left_out = not header.is_wanted and token(header.id) not in self._matched
        if is_left_out or header.id.lower() in self._skipped:
            return Fetched(header, None)
        # What was just in vain is most likely in vain again: no minutes of waits for each.
        tries = _TRIES_IN_VAIN if self._in_vain or header.id in self._owed else TRIES
        try:
            document = self._documents.get(header.id, header.other_id, tries)
        except (StreamFailed, StreamSkipped) as failure:
            return Fetched(header, None, failure)
        return Fetched(header, document)

    def _named(self, ids: Sequence[str]) -> Iterator[Page]:
        """Yield just the documents with some ids; their position is nobody's bookmark.

        Their header rows are not asked for: the moment of the call stands for the stamp, as of
        which they are what Cin7 has.

        Raises:
            Incomplete: At the end, if some could not be had.

        """
        names = list(dict.fromkeys(map(str.strip, ids)))
        self._expect(len(names))
        yield Page([])
        failed = []
        for name, found in zip(names, in_order(self._by_name, names, self._width), strict=True):
            self._reading.tally.documents_done += 1
            self._reading.tally.named[name] = not isinstance(found, Cin7Error)
            if isinstance(found, RecordGone):
                self._warn(str(found))
            elif isinstance(found, Cin7Error):
                failed.append(spelled(name))
                self._warn(f"could not be had: {found}")
            else:
                yield Page(self._rows(found, found.asked_at))
        if failed:
            raise Incomplete(f"could not be had: {_listed(failed)}")

    def _by_name(self, name: str) -> Document | Cin7Error:
        """Return a document by its id or, where that finds none, by its number.

        Some notifications hold the id of a task (seen), and people know numbers. A number that the
        list does not find is none of a document; an id that finds none may be one of a document
        that can't be had.
        """
        one, number = split_name(name)
        failure: Cin7Error | None = None
        try:
            if one:
                try:
                    return self._documents.get(one)
                except StreamFailed as error:
                    failure = error
            found = self._numbered(number) if number else []
            if found:
                return self._documents.get(found[0])
        except (StreamFailed, StreamSkipped) as error:
            return error
        return failure or RecordGone(f"there is no document {spelled(name)}")

    def _numbered(self, number: str) -> list[str]:
        """Return the ids of the documents with a number, as their list finds them."""
        header = self._header
        if header.code_param is None:
            return []
        filters = {header.code_param: number}
        calls = ListCalls(header, self._reading.client, self._reading.tally, filters)
        codec = RowCodec(
            header.columns(), wanted=(self._resource.id_field, *header.named_by), extra_fields=False
        )
        rows = filter(None, codec.rows(calls.page(Window(1, PAGE_ROWS)).rows))
        return [
            str(row.values[self._resource.id_field])
            for row in rows
            if number.lower() in {str(row.values.get(name)).lower() for name in header.named_by}
        ]

    def _rows(self, document: Document, stamp: str | None) -> list[Row]:
        added = dict(document.copies)
        if self._resource.stamp() is None:
            added[READ_AT] = document.asked_at
        else:
            added[HEADER_MODIFIED] = stamp
        made = self._reading.codec.rows(document.rows, added)
        return [row for row in made if row is not None]

    # What is true afterwards.

    def _with_owed(self, position: Position) -> Position:
        if self._where_text or self._position.matched:
            position = msgspec.structs.replace(position, matched="".join(self._matched))
        if not self._owed and not self._position.owed:
            return position
        return msgspec.structs.replace(position, owed=self._owed.as_state())

    def _expect(self, documents: int) -> None:
        tally = self._reading.tally
        tally.documents = documents
        tally.calls_expected = tally.calls + documents

    def _width(self) -> int:
        # One after the other while documents can't be had: each may be the last that is tried.
        return 1 if self._in_vain else self._reading.client.width(self._reading.tally)

    def _warn(self, words: str) -> None:
        self._reading.log.warning("%s", words)


def _owes(owed: Owed) -> str:
    return f"{len(owed)} documents could not be had and are owed: {_listed(owed.ids)}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"
