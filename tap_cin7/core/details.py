"""Documents of Core: one call each, so only those that changed are fetched, and resumably.

The index list, a thousand rows a call, says which documents there are; a plan (``plans``) says
which of them to fetch, in which order, and the state after each. Several requests are in flight at
once. A document that can't be fetched is owed (``owed``): it does not stop the others.

Relies on: core-unknown-id.
"""

from __future__ import annotations

import math
from functools import partial
from itertools import islice, starmap
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
from msgspec import UNSET

from tap_cin7.client.metrics import TRIES
from tap_cin7.core.by_id import find_document, spelled
from tap_cin7.core.endpoints import ListEndpoint, change_filter, get_document
from tap_cin7.core.index_lists import IndexRow, IndexRows, normalized
from tap_cin7.core.owed import MOST_FAILURES_IN_A_ROW, MOST_OWED, Owed
from tap_cin7.core.plans import DigestPlan, StampPlan, split_tokens, token
from tap_cin7.core.resource import lacking_flags, log_lacking
from tap_cin7.errors import (
    RESUMABLE,
    Cin7Error,
    Incomplete,
    RecordGone,
    StreamFailed,
    StreamSkipped,
)
from tap_cin7.instants import day_of
from tap_cin7.reading.position import Position, doubts, lacks_history
from tap_cin7.reading.prefetch import in_order
from tap_cin7.reading.reader import Estimate, Page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tap_cin7.core.endpoints import Document
    from tap_cin7.core.index_lists import IndexLists, Where
    from tap_cin7.core.plans import Plan
    from tap_cin7.core.resource import CoreDetail
    from tap_cin7.reading.reader import Reading
    from tap_cin7.rows.codec import Row

_TURN_DOCUMENTS = 10
"""Documents of a resource after which others that wait get their turn."""
_MOST_FIRST = 9
"""Owed documents that are tried before all others; all of them may be lost."""
_DEBT_EVERY = 9
"""Documents after which another one that is owed is tried."""
_MOST_PATHS = 2
"""Calls of a try at most: a purchase is found under either of two paths."""
_TRIES_AFTER_FAILURE = 2
"""Tries of a document after the one before it failed, or of one that is owed."""
_MOST_MATCHED = 2_000
"""Most documents matched by ``documents_where`` that state keeps."""
_MOST_DENIED = 3
"""Failures in a row, with nothing fetched before, after which documents far from them tell whether
the whole resource is denied."""
_MOST_LISTED = 5
"""Most documents that a message names."""


Outcome: TypeAlias = "Document | StreamFailed | StreamSkipped"
"""A document, or the error that came instead."""
Entry: TypeAlias = "tuple[IndexRow, bool]"
"""A document to fetch, and whether it is owed."""


class DetailReader:
    """Reads the documents of one resource once."""

    def __init__(self, reading: Reading[CoreDetail], shared: IndexLists) -> None:
        """Decide what to read; nothing is requested yet."""
        self._reading, self._shared = reading, shared
        self._resource = resource = reading.resource
        self._index = resource.index
        settings = reading.settings
        self._warn = partial(reading.log.warning, "%s")
        self._ids = (settings.only_ids or {}).get(resource.name)
        self._skipped = settings.skipped(resource.name)
        wanted = (settings.documents_where or {}).get(resource.name, {})
        self._where = where = normalized(wanted)
        self._where_text = _text_of(where)
        self._flags = resource.flags_on(settings)
        self._position = self._known()
        self._owed = Owed(reading, self._position.owed or (), self._skipped)
        self._matched = dict.fromkeys(split_tokens(self._position.matched or ""))
        self._moves = True
        self._passed: set[str] = set()
        # Failures in a row of what waits: what is owed adds none, or it would block the others.
        self._lost = 0
        self._plan = self._new_plan()
        self._filters = change_filter(self._index, self._plan.since)
        if self._ids is None and not self._filters:
            shared.want(resource, where)

    @property
    def is_whole(self) -> bool:
        """Whether this reading is to bring every document."""
        return self._ids is None and not self._where_text and self._plan.is_whole

    @property
    def is_resumed(self) -> bool:
        """Whether it resumes a reading of every document that an earlier run began."""
        return self.is_whole and self._plan.is_resumed

    def pages(self) -> Iterator[Page]:
        """Yield a page for each document.

        Raises:
            Incomplete: At the end, if documents are owed, or may be missing in their list.
            Cin7Error: If the list or the documents can't be read.

        """
        if self._ids is not None:
            yield from self._by_id(self._ids)
            return
        index, metrics = self._index_rows(), self._reading.metrics
        metrics.announced = index.total
        rows, began, short = index.give(self._resource), index.began, index.short
        if short is None and not self._filters:
            yield from self._check_count(rows, began)
        if short is None and self._owed.open:
            yield from self._recheck_owed(rows, began)
        last = max(rows, key=lambda row: row.stamp, default=IndexRow(""))
        self._reading.warn_of_future(last.id, last.stamp)
        waiting = self._plan.begin(rows, began)
        named = {row.id.lower(): row for row in rows}
        metrics.skipped_ids = sorted(self._skipped & named.keys())
        if metrics.skipped_ids:
            self._plan.leave_out()
        # Prefetched before its turn, and without a document.
        yield Page([], self._new_conditions())
        # A bookmark means that all documents up to it are in: half a list must not move it.
        self._moves = short is None or self._index.stamp() is None
        yield from self._documents_of(waiting, named, began)
        if short is not None:
            raise short
        yield Page([], self._with_owed(self._plan.over()))
        owed = [debt.id for debt in self._owed.open]
        is_whole = self.is_whole and not (self._plan.is_partial or owed)
        position = Position(whole_read_at=self._plan.whole_read_at)
        yield Page([], position, is_whole=is_whole, announced=len(named))
        if owed:
            ids = _first_of(owed)
            raise Incomplete(f"{len(owed)} documents could not be had and are owed: {ids}")

    def estimate(self, most_calls: int) -> Estimate | None:  # noqa: ARG002 - one is enough
        """Request one index row and return what the list announces."""
        listed = self._endpoint(self._filters).estimate()
        return None if listed is None else Estimate(listed.rows, listed.rows + listed.calls)

    # What to read.

    def _known(self) -> Position:
        """Return the position to start from: of a full table, that of an interrupted one."""
        position = self._reading.position
        anew = Position(
            listed=position.listed, list_doubted=position.list_doubted, owed=position.owed
        )
        if _text_in_state(position.where or "") != self._where_text:
            # What another filter left out was not loaded, what none did is not in ``matched``.
            return anew
        if self._ids is None and (lacking := lacking_flags(position.flags, self._flags)):
            log_lacking(self._reading, lacking)
            return anew
        if not self._reading.full_table:
            return position
        load = position.load or None
        if load is None or load.over or load.since is not None:
            return anew
        return msgspec.structs.replace(position, replication_key_value=None)

    def _new_plan(self) -> Plan:
        reading, resource = self._reading, self._resource
        settings = reading.settings
        now = reading.client.server_clock.now()
        if resource.stamp() is None:
            has_dates = resource.dated_by is not None
            return DigestPlan(self._position, settings, has_dates=has_dates, now=now)
        is_bounded = resource.bounded_by_start_date and not reading.full_table
        start = settings.start_date if is_bounded else None
        if is_bounded and lacks_history(self._position, start):
            reading.log_history(self._position.loaded_from, "documents")
        return StampPlan(self._position, settings, start=start, now=now)

    def _new_conditions(self) -> Position | None:
        """Return the state with a new filter or new flags; None if neither changed."""
        before = self._reading.position
        changes: dict[str, Any] = {}
        if self._where_text != (before.where or ""):
            changes["where"] = self._where_text
        if self._resource.flags and self._flags != before.flags:
            changes["flags"] = self._flags
        return msgspec.structs.replace(self._plan.position(), **changes) if changes else None

    def _endpoint(self, filters: Mapping[str, str]) -> ListEndpoint:
        has_rows = bool(self._position.listed)
        return ListEndpoint(self._index, self._reading, filters, has_rows=has_rows)

    def _index_rows(self) -> IndexRows:
        if self._filters:
            return self._filtered(self._filters)
        endpoint, before = self._endpoint({}), self._position.listed or None
        return self._shared.rows(self._resource, lambda rows: rows.read(endpoint, before))

    def _filtered(self, filters: Mapping[str, str]) -> IndexRows:
        rows = IndexRows(self._index, {self._resource: self._where})
        rows.read(self._endpoint(filters), self._position.listed or None)
        return rows

    def _check_count(self, rows: Sequence[IndexRow], began: str) -> Iterator[Page]:
        """Check how many documents a whole list names, and note it.

        Raises:
            Incomplete: If there are too few to be believed.

        """
        before = self._position.listed or None
        doubted = doubts(len(rows), before, self._position.list_doubted or (), began)
        if doubted:
            yield Page([], Position(list_doubted=tuple(doubted)))
            raise Incomplete(
                f"its list names {len(rows)} documents and named {before}: too few to "
                "believe it before the next run says so too"
            )
        yield Page([], Position(listed=len(rows), list_doubted=()))

    def _recheck_owed(self, rows: Sequence[IndexRow], began: str) -> Iterator[Page]:
        """Forget owed documents that their list no longer names.

        A filtered list is read again for that, once a day, from the oldest of them on.
        """
        since = ""
        if self._filters:
            if day_of(self._position.owed_checked_at or "") == day_of(began):
                return
            since = min(debt.at for debt in self._owed.open)
            index = self._filtered(change_filter(self._index, since or None))
            if index.short is not None:
                return
            rows = index.give(self._resource)
        self._owed.keep_named({row.id.lower() for row in rows}, since)
        yield Page([], Position(owed=self._owed.as_state(), owed_checked_at=began))

    # Documents.

    def _documents_of(
        self, waiting: Sequence[IndexRow], named: Mapping[str, IndexRow], began: str
    ) -> Iterator[Page]:
        """Yield what is owed and what waits, each document with the state after it.

        Raises:
            Incomplete: If so many documents in a row fail that all may.

        """
        entries = self._with_debts(waiting, self._owed.to_try(began, named))
        self._expect(sum(starmap(self._is_requested, entries)))
        try:
            yield from self._in_turns(entries)
        except RESUMABLE:
            # The position stays; as a debt, what failed takes only its share of the next run.
            self._owed.owe()
            yield Page([], self._with_owed(Position()))
            raise
        self._owe()
        if not self._owed.has_room:
            raise Incomplete(f"more than {MOST_OWED} documents could not be had")

    def _with_debts(self, waiting: Sequence[IndexRow], debts: Sequence[IndexRow]) -> list[Entry]:
        """Return what is owed and what waits, so that neither blocks the other for good.

        What is owed comes first, as far as it can't use up more than half of what the run has left.
        Then one of it comes after every ninth document that waits; the first of them sooner, where
        the calls of the run may not last that long.
        """
        if not debts:
            return [(row, False) for row in waiting]
        rest = ((row, True) for row in debts)
        seconds, calls = self._most_debts()
        entries: list[Entry] = list(islice(rest, int(min(_MOST_FIRST, seconds / 2, calls / 2))))
        until_debt = max(int(min(_DEBT_EVERY, calls)), 1)
        for row in waiting:
            entries.append((row, False))
            if self._is_requested(row, is_debt=False):
                until_debt -= 1
                if not until_debt:
                    entries += islice(rest, 1)
                    until_debt = _DEBT_EVERY
        return [*entries, *rest]

    def _most_debts(self) -> tuple[float, float]:
        """Return how many owed documents may use up the time and the calls that the run has."""
        client, settings = self._reading.client, self._reading.settings
        seconds = client.clock.seconds_left() / (_TRIES_AFTER_FAILURE * settings.request_timeout)
        day = client.quota.left()[1]
        return seconds, math.inf if day is None else day / (_TRIES_AFTER_FAILURE * _MOST_PATHS)

    def _in_turns(self, entries: Sequence[Entry]) -> Iterator[Page]:
        """Fetch documents in their order, in turns while other resources wait.

        Several requests are in flight at once, none beyond the end of a turn: what waits when a
        run is stopped would have to be requested again.
        """
        start, owed, metrics = 0, self._owed, self._reading.metrics
        while start < len(entries):
            is_alone = self._reading.client.concurrency().taking_turns < 2  # noqa: PLR2004
            stop = len(entries) if is_alone else start + _TURN_DOCUMENTS
            fetched = in_order(self._fetched, entries[start:stop], self._width)
            outcomes = zip(entries[start:stop], fetched, strict=True)
            for behind, ((row, is_debt), outcome) in enumerate(outcomes, start + 1):
                if outcome is None:
                    if not is_debt:
                        owed.set_aside(row)
                    continue
                is_failure = isinstance(outcome, Cin7Error)
                owed.failures = owed.failures + 1 if is_failure else 0
                self._lost = self._lost + (not is_debt) if is_failure else 0
                metrics.documents_done += not is_failure
                may_be_denied = owed.failures >= _MOST_DENIED and not metrics.documents_done
                if (
                    may_be_denied
                    and not is_debt
                    and isinstance(outcome, StreamSkipped)
                    and self._are_denied(entries[behind:])
                ):
                    if not self._had_any():
                        # What a cut run owes of a resource that it never had still waits.
                        yield Page([], Position(owed=()))
                    raise outcome
                page_of = self._owed_page if is_debt else self._waiting_page
                page = page_of(row, outcome)
                if page is not None:
                    yield page
            start = stop
            if start < len(entries):
                yield Page([], ends_turn=True)

    def _fetched(self, entry: Entry) -> Outcome | None:
        """Return a document, None where it is not to be requested."""
        row, is_debt = entry
        if not self._is_requested(row, is_debt):
            return None
        # After a failure the next one is likely: no minutes of waits for each.
        tries = _TRIES_AFTER_FAILURE if self._owed.failures or is_debt else TRIES
        try:
            return get_document(self._reading, row.id, row.other_id, tries)
        except (StreamFailed, StreamSkipped) as failure:
            return failure

    def _are_denied(self, behind: Sequence[Entry]) -> bool:
        """Return whether documents far from those that were denied are denied, too.

        Where nothing else waits, these tell of all only if no run has ever had one.
        """
        waiting = [entry for entry in behind if not entry[1] and self._is_requested(*entry)]
        if not waiting:
            return not self._had_any()
        far = {len(waiting) - 1, len(waiting) // 2}
        return all(isinstance(self._fetched(waiting[one]), StreamSkipped) for one in far)

    def _had_any(self) -> bool:
        """Return whether an earlier run had documents of the resource."""
        state = self._reading.position
        load = state.load or None
        return bool(state.replication_key_value or state.seen or (load and load.position[0]))

    def _is_requested(self, row: IndexRow, is_debt: bool) -> bool:  # noqa: FBT001
        """Return whether a document is requested.

        What is owed is, unless all may be lost at present: it was wanted once, whatever
        ``documents_where`` wants now. What waits is if that matches it, or matched it before.
        """
        if is_debt:
            return self._owed.failures < MOST_FAILURES_IN_A_ROW
        is_wanted = row.is_wanted or token(row.id) in self._matched
        return is_wanted and row.id.lower() not in self._skipped and row.id not in self._owed

    def _owed_page(self, row: IndexRow, outcome: Outcome) -> Page:
        if isinstance(outcome, Cin7Error):
            self._owed.failed(row, outcome)
            return Page([], self._with_owed(Position()))
        self._owed.paid(row.id, outcome.requested_at)
        self._note_match(row, outcome.requested_at)
        position = Position()
        if row.id in self._passed and self._moves and self._owed.has_room:
            position = self._plan.done(row, outcome.requested_at)
        return Page(self._rows(outcome, row.stamp), self._with_owed(position))

    def _waiting_page(self, row: IndexRow, outcome: Outcome) -> Page | None:
        if isinstance(outcome, Cin7Error):
            self._owed.set_aside(row, outcome)
            if self._lost >= MOST_FAILURES_IN_A_ROW:
                raise Incomplete(
                    f"{self._lost} documents in a row could not be had, so that none may "
                    f"be at present; the last one: {outcome}"
                )
            return None
        self._owe()
        self._note_match(row, outcome.requested_at)
        position = self._with_owed(self._plan.done(row, outcome.requested_at))
        records = self._rows(outcome, row.stamp)
        return Page(records, position if self._moves and self._owed.has_room else None)

    def _owe(self) -> None:
        """Owe what failed and move the position past what was set aside.

        What was owed and changed is settled by when it was paid, before this or after it.
        """
        for row in self._owed.owe():
            self._passed.add(row.id)
            self._plan.done(row, self._owed.paid_at.get(row.id.lower(), ""))

    def _note_match(self, row: IndexRow, requested_at: str) -> None:
        """Remember a match, so that the document is fetched once more when it no longer matches.

        It is forgotten once the document was fetched late enough to show what its row does.
        """
        self._matched.pop(token(row.id), None)
        is_kept = row.is_wanted or not self._plan.is_settled(row, requested_at)
        if self._where_text and is_kept:
            self._matched[token(row.id)] = None
            while len(self._matched) > _MOST_MATCHED:
                del self._matched[next(iter(self._matched))]

    def _by_id(self, ids: Sequence[str]) -> Iterator[Page]:
        """Yield only the documents with some ids; no bookmark moves.

        Their index rows are not requested: the time of the call, at which they are up to date,
        stands for the stamp.

        Raises:
            Incomplete: At the end, if some could not be fetched.

        """
        names = list(dict.fromkeys(map(str.strip, ids)))
        metrics = self._reading.metrics
        self._expect(len(names))
        yield Page([])
        skipped = [name for name in names if name.lower() in self._skipped]
        for name in skipped:
            self._warn(f"{name} is in skip_ids and so not asked for, although it is named")
            metrics.named[name] = True
        metrics.skipped_ids = skipped
        names = [name for name in names if name not in skipped]
        find = partial(find_document, reading=self._reading)
        failed = []
        for name, found in zip(names, in_order(find, names, self._width), strict=True):
            metrics.documents_done += 1
            metrics.named[name] = not isinstance(found, Cin7Error)
            if isinstance(found, RecordGone):
                self._warn(str(found))
            elif isinstance(found, Cin7Error):
                failed.append(spelled(name))
                self._warn(f"could not be had: {found}")
            else:
                yield Page(self._rows(found, found.requested_at))
        if failed:
            raise Incomplete(f"could not be had: {_first_of(failed)}")

    def _rows(self, document: Document, stamp: str) -> list[Row]:
        is_stamped = self._resource.stamp() is not None
        added = {
            self._resource.part_stamp(): stamp or None if is_stamped else document.requested_at
        }
        made = self._reading.codec.rows(document.rows, {**document.copies, **added})
        return [row for row in made if row is not None]

    def _with_owed(self, position: Position) -> Position:
        before, owed = self._position, self._owed.as_state()
        return msgspec.structs.replace(
            position,
            matched="".join(self._matched) if self._where_text or before.matched else UNSET,
            owed=owed if owed or before.owed else UNSET,
        )

    def _expect(self, documents: int) -> None:
        metrics = self._reading.metrics
        metrics.documents = documents
        metrics.calls_expected = metrics.calls + documents

    def _width(self) -> int:
        # One after the other while documents fail: each may be the last that is tried.
        return 1 if self._owed.failures else self._reading.client.width(self._reading.metrics)


def _text_of(where: Where) -> str:
    return msgspec.json.encode(where, order="sorted").decode() if where else ""


def _text_in_state(text: str) -> str:
    """Return a filter as it stands in state now; older versions kept it as it was written."""
    try:
        return _text_of(normalized(msgspec.json.decode(text, type=dict[str, list[str]])))
    except msgspec.MsgspecError:  # of several streams together
        return text


def _first_of(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    return f"{', '.join(names[:_MOST_LISTED])}{more}"
