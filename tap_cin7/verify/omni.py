"""Omni on trial: what its lists are taken to do, each looked at in as few calls as it takes.

Each list is asked for its first page, as a run would. The rest is tried on the list whose first
page shows most stamps.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from tap_cin7.errors import Cin7Error, GaveUp, RunStopped
from tap_cin7.instants import BOOKMARK_SKEW, shifted, whole_second
from tap_cin7.omni.listing import FIRST_SECOND, LONGEST_QUERY, alternatives, since, without
from tap_cin7.omni.resource import OmniResource
from tap_cin7.omni.windows import PAGE_ROWS
from tap_cin7.verify.account import CallsUsed, seconds_between

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tap_cin7.verify.account import Account, Answer

_FEW = 10
"""Rows of a small page."""
_LEAST_ROWS = 4
"""Rows of the shortest list that says something of pages."""
_MOST_ENDS = 3
"""Lists whose end is looked at."""
_FRACTION = re.compile(r"\.(\d+)")
_ZONE = re.compile(r"[Zz]$|[+-]\d\d:?\d\d$")


class Omni:
    """The probes of Omni, over what they have in common."""

    def __init__(self, account: Account) -> None:
        """Take the account; nothing is asked yet."""
        self._account = account
        self._found = account.findings
        resources = [one for one in account.run.api.resources() if issubclass(one, OmniResource)]
        self._resources: list[type[OmniResource]] = sorted(
            resources, key=lambda one: (one.rank, one.name)
        )
        self._newest: dict[type[OmniResource], Answer] = {}

    def probes(self) -> Iterator[Callable[[], None]]:
        """Yield the probes, those that most rests on first."""
        yield self._look_at_newest
        yield self._survey
        yield self._order
        yield self._ids
        yield self._page_size
        yield self._where
        yield self._or_null
        yield self._pages
        yield self._end
        yield self._fields
        yield self._query_length
        yield self._stamps
        yield self._delay

    def _look_at_newest(self) -> None:
        """Look at the newest documents, which change most often."""
        documents = [one for one in self._resources if one.bounded_by_start_date and one.stamp()]
        for resource in documents[:2]:
            self._newest[resource] = self._newest_of(resource)

    def _newest_of(self, resource: type[OmniResource]) -> Answer:
        return self._account.page(resource, {"order": f"{_stamp(resource)} DESC"})

    def _survey(self) -> None:
        for resource in self._resources:
            self._account.survey(resource, {"order": _order(resource)})

    def _answers(self) -> Iterator[tuple[type[OmniResource], Answer]]:
        for resource, answer in self._account.lists.items():
            if issubclass(resource, OmniResource):
                yield resource, answer

    def _stamped(self) -> tuple[type[OmniResource], Answer, list[str]] | None:
        """Return the list whose first page shows most seconds, in order."""
        found = [
            (resource, answer, _seconds(resource, answer)) for resource, answer in self._answers()
        ]
        found = [one for one in found if len(set(one[2])) > 3 and one[2] == sorted(one[2])]  # noqa: PLR2004
        return max(found, key=lambda one: len(set(one[2])), default=None)

    # The order.

    def _order(self) -> None:
        lists = rows = 0
        for resource, answer in self._answers():
            seconds = _seconds(resource, answer)
            if seconds != sorted(seconds):
                self._found.refuted(
                    "omni-order", f"{_falls(seconds)} rows against the order", resource.name
                )
            elif len(set(seconds)) > 1:
                lists, rows = lists + 1, rows + len(seconds)
        for resource, answer in self._newest.items():
            seconds = _seconds(resource, answer)[::-1]
            if seconds != sorted(seconds):
                evidence = f"{_falls(seconds)} rows against the falling order"
                self._found.refuted("omni-order", evidence, resource.name)
        if lists:
            self._found.holds("omni-order", f"{rows:,} rows of {lists} lists came by their stamps")
        else:
            self._found.unseen("omni-order", "no list has rows of different seconds")

    def _ids(self) -> None:
        rows = 0
        for resource, answer in self._answers():
            keys = answer.keys
            rows += len(keys)
            if twice := len(keys) - len(set(keys)):
                self._found.refuted(
                    "omni-ids", f"{twice} of {len(keys)} rows have a key twice", resource.name
                )
        if rows:
            self._found.holds("omni-ids", f"{rows:,} rows, no key twice")

    # Pages.

    def _page_size(self) -> None:
        most = max((len(answer.rows) for _, answer in self._answers()), default=0)
        full = sum(len(answer.rows) == PAGE_ROWS for _, answer in self._answers())
        if most > PAGE_ROWS:
            self._found.refuted("omni-page-size", f"a page of {most} rows came")
        elif full:
            self._found.holds("omni-page-size", f"{full} lists have a page of {PAGE_ROWS} rows")
        else:
            self._found.unseen("omni-page-size", f"no list has {PAGE_ROWS} rows")

    def _pages(self) -> None:
        """Two small pages by key: the second goes on behind the first, in order."""
        found = [
            (resource, answer)
            for resource, answer in self._answers()
            if len(answer.rows) >= _LEAST_ROWS and resource.order_columns() == ("id",)
        ]
        if not found:
            self._found.unseen("omni-pages", "no list has enough rows")
            return
        resource, whole = max(found, key=lambda one: len(one[1].rows))
        few = min(_FEW, len(whole.rows) // 2)
        first, second = (
            self._account.page(resource, {"order": _by_key(resource)}, number, few)
            for number in (1, 2)
        )
        if not second.rows:
            self._found.refuted("omni-pages", "the second page is empty", resource.name)
        elif again := len(set(first.keys) & set(second.keys)):
            self._found.refuted(
                "omni-pages",
                f"{again} rows of the first page came on the second again",
                resource.name,
            )
        else:
            self._found.holds("omni-pages", f"two pages of {few} rows share none", resource.name)
        for keys in (first.keys, second.keys):
            if keys != sorted(keys):
                self._found.refuted("omni-order", "ids do not come in their order", resource.name)

    def _end(self) -> None:
        """Ask for what lies behind a short page."""
        short = [(resource, one) for resource, one in self._answers() if len(one.rows) < PAGE_ROWS]
        short.sort(key=lambda one: -len(one[1].rows))
        for resource, answer in [one for one in short if one[1].rows][:_MOST_ENDS]:
            query = {"order": _order(resource)}
            self._judge_end(resource, answer, query)
        stamped = self._stamped()
        if not short and stamped is not None:  # the newest rows of a long list are a short one
            resource, _, _ = stamped
            newest = self._newest_of(resource)
            last = _seconds(resource, newest)
            where = since(_stamp(resource) or "", last[len(last) // 2])
            query = {"where": where, "order": _order(resource)}
            first = self._account.page(resource, query)
            if first.rows and len(first.rows) < PAGE_ROWS:
                self._judge_end(resource, first, query)

    def _judge_end(
        self, resource: type[OmniResource], first: Answer, query: Mapping[str, str]
    ) -> None:
        try:
            behind = self._account.page(resource, query, 2)
        except (CallsUsed, RunStopped, GaveUp):
            raise
        except Cin7Error:
            self._note_empty(self._account.wire.form)
            return
        further = set(behind.keys) - set(first.keys)
        if behind.rows and not further:
            return  # the page does not turn, which says nothing of the end
        if further:
            evidence = f"{len(further)} rows behind a page of {len(first.rows)}"
            self._found.refuted("omni-end", evidence, resource.name)
            if len(first.rows) < PAGE_ROWS:
                self._found.refuted("omni-page-size", evidence, resource.name)
            return
        self._found.holds("omni-end", f"nothing behind {len(first.rows)} rows", resource.name)
        self._note_empty(behind.form)

    def _note_empty(self, form: str) -> None:
        if form == "200 with []":
            self._found.holds("empty-answers", f"an empty list is {form}")
        else:
            self._found.refuted("empty-answers", f"an empty list is {form}")

    # Conditions.

    def _where(self) -> None:
        stamped = self._stamped()
        if stamped is None:
            self._found.unseen("omni-where", "no list has rows of enough different seconds")
            return
        resource, answer, seconds = stamped
        stamp = _stamp(resource) or ""
        ordered = sorted(set(seconds))
        low, high = ordered[len(ordered) // 3], ordered[2 * len(ordered) // 3]
        for where, until in (
            (since(stamp, low), ""),
            (f"{since(stamp, low)} AND {stamp}<'{high}'", high),
        ):
            came = self._account.page(resource, {"where": where, "order": _order(resource)})
            # "<" may include its bound (seen), and some rows may be edited meanwhile.
            outside = sum(
                not low <= second <= (until or "9") for second in _seconds(resource, came, "")
            )
            wanted = {
                row.key
                for row in answer.rows
                if low <= whole_second(row.stamp(stamp) or "0") < (until or "9")
            }
            lacking = len(wanted - set(came.keys)) if until else int(not came.rows)
            name = "both bounds" if until else ">="
            if outside:
                self._found.refuted(
                    "omni-where",
                    f"{outside} of {len(came.rows)} rows are outside",
                    f"{resource.name}, {name}",
                )
            elif 2 * lacking > len(wanted):
                self._found.refuted(
                    "omni-where",
                    f"{lacking} of {len(wanted)} rows did not come",
                    f"{resource.name}, {name}",
                )
            else:
                self._found.holds(
                    "omni-where", f"{len(came.rows)} rows, all inside", f"{resource.name}, {name}"
                )

    def _or_null(self) -> None:
        stamped = self._stamped()
        if stamped is not None:
            self._or(*stamped)
        has_null = [
            resource for resource, _ in self._answers() if resource.null_stamps and _stamp(resource)
        ]
        for resource in has_null or ([stamped[0]] if stamped else []):
            self._null(resource)

    def _or(self, resource: type[OmniResource], _: Answer, seconds: Sequence[str]) -> None:
        """Ask for the first and for the last of some rows, with an OR in between."""
        stamp, ordered = _stamp(resource) or "", sorted(set(seconds))
        early, late = ordered[len(ordered) // 3], ordered[2 * len(ordered) // 3]
        where = alternatives((f"{stamp}<'{early}'", since(stamp, late)), ())
        query = {"where": where, "order": _order(resource)}
        came = _seconds(resource, self._account.page(resource, query))
        # "<" may include its bound (seen).
        between = sum(early < second < late for second in came)
        name = f"{resource.name}, OR"
        if between:
            told = f"{between} of {len(came)} rows fulfil neither side"
            self._found.refuted("omni-or-null", told, name)
        elif not came or came[0] > early or came[-1] < late:
            self._found.refuted("omni-or-null", "one side brings no row", name)
        else:
            told = f"{len(came)} rows, of both sides and no other"
            self._found.holds("omni-or-null", told, name)

    def _null(self, resource: type[OmniResource]) -> None:
        stamp = _stamp(resource) or ""
        where = alternatives(without(stamp), ())
        came = self._account.page(resource, {"where": where, "order": _order(resource)})
        with_one = sum(row.stamp(stamp) >= FIRST_SECOND for row in came.rows)
        known = {row.key for row in self._account.lists[resource].rows if not row.stamp(stamp)}
        if with_one:
            self._found.refuted(
                "omni-or-null",
                f"{with_one} of {len(came.rows)} rows have a stamp",
                f"{resource.name}, IS NULL",
            )
            return
        self._found.holds(
            "omni-or-null", f"{len(came.rows)} rows, none has a stamp", f"{resource.name}, IS NULL"
        )
        lacking = len(known - set(came.keys))
        if known and 2 * lacking > len(known) and len(came.rows) < PAGE_ROWS:
            self._found.refuted(
                "omni-stamps",
                f"IS NULL misses {lacking} of {len(known)} rows without stamp",
                resource.name,
            )

    def _fields(self) -> None:
        found = [
            (resource, answer)
            for resource, answer in self._answers()
            if answer.rows and resource.order_columns() == ("id",) and _stamp(resource)
        ]
        if not found:
            self._found.unseen("omni-fields", "no list has rows")
            return
        resource, _ = max(found, key=lambda one: len(one[1].rows))
        query = {"order": _by_key(resource)}
        whole = self._account.page(resource, query, 1, _FEW)
        scalars = [
            name
            for name, field in resource.schema.fields.items()
            if field.types[0] not in ("array", "object") and name.lower() in whole.rows[0].sent
        ][:8]
        some = self._account.page(resource, {**query, "fields": ",".join(scalars)}, 1, _FEW)
        lacking = {n for row in some.rows for n in scalars if n.lower() not in row.sent}
        if lacking or not some.rows:
            evidence = f"{len(lacking)} of {len(scalars)} fields did not come"
            self._found.refuted("omni-fields", evidence, resource.name)
        else:
            count = len(some.rows[0].sent)
            self._found.holds(
                "omni-fields",
                f"{len(scalars)} fields asked for, {count} came, none is missing",
                resource.name,
            )

    def _query_length(self) -> None:
        resource = next((one for one, answer in self._answers() if answer.rows), None)
        if resource is None:
            self._found.unseen("omni-query-length", "no list has rows")
            return
        query = {"page": "1", "rows": "1", "order": _by_key(resource)}
        room = LONGEST_QUERY - len(urlencode({**query, "fields": ""})) - 1
        names = "id," * (room // len(urlencode({"": "id,"})[1:]))
        fields = names.rstrip(",")
        length = len(urlencode({**query, "fields": fields}))
        try:
            self._account.page(resource, {"order": query["order"], "fields": fields}, 1, 1)
        except (CallsUsed, RunStopped):
            raise
        except Cin7Error:
            self._found.refuted(
                "omni-query-length", f"{length} characters: {self._account.wire.form}"
            )
        else:
            self._found.holds("omni-query-length", f"{length:,} characters were taken")

    # Stamps.

    def _stamps(self) -> None:
        forms: Counter[str] = Counter()
        without_stamp, ahead = 0, 0
        for resource, answer in self._answers():
            if not (stamp := _stamp(resource)):
                continue
            latest = shifted(answer.at, BOOKMARK_SKEW)
            for row in answer.rows:
                text = row.sent.get(stamp.lower())
                if not row.stamp(stamp):
                    without_stamp += 1
                elif isinstance(text, str):
                    forms[_form_of(text)] += 1
                ahead += row.stamp(stamp) > latest
        for resource, answer in self._newest.items():
            latest = shifted(answer.at, BOOKMARK_SKEW)
            ahead += sum(row.stamp(_stamp(resource)) > latest for row in answer.rows)
        if ahead:
            self._found.refuted("omni-stamps", f"{ahead} rows are dated ahead of Cin7's own clock")
        told = ", ".join(f"{count:,} with {form}" for form, count in forms.most_common())
        if told:
            self._found.holds("omni-stamps", f"{told}; {without_stamp} rows have none")
        else:
            self._found.unseen("omni-stamps", "no row has a stamp")

    def _delay(self) -> None:
        """Look at the newest rows once more: what is new among them came later than its stamp."""
        lookback = self._account.run.settings.lookback_seconds
        late = [0.0]
        changed = 0
        waited = 0.0
        for resource, before in self._newest.items():
            stamp = _stamp(resource)
            after = self._newest_of(resource)
            waited = max(waited, seconds_between(before.at, after.at))
            known = {(row.key, row.stamp(stamp)) for row in before.rows}
            stamps = [row.stamp(stamp) for row in before.rows if row.stamp(stamp)]
            oldest, newest = min(stamps, default=""), min(max(stamps, default=""), before.at)
            new = [
                row.stamp(stamp)
                for row in after.rows
                if (row.key, row.stamp(stamp)) not in known and row.stamp(stamp) > oldest
            ]
            changed += len(new)
            # A bookmark is no later than the newest row, nor than Cin7's clock.
            late += [seconds_between(one, newest) for one in new if newest]
        if max(late) > lookback:
            self._found.refuted(
                "omni-delay",
                f"{changed} rows changed in {waited:.0f} s, up to {max(late):,.0f} s behind rows "
                f"that had shown before; lookback_seconds is {lookback}",
            )
        elif changed:
            self._found.holds(
                "omni-delay", f"{changed} rows changed in {waited:.0f} s, and showed in time"
            )
        else:
            self._found.unseen(
                "omni-delay", f"no row changed in the {waited:.0f} s between two looks"
            )


def _stamp(resource: type[OmniResource]) -> str | None:
    has_one = resource.stamped_by in resource.schema.fields
    return resource.stamped_by if has_one else None


def _order(resource: type[OmniResource]) -> str:
    stamp = resource.stamp()
    return f"{stamp} ASC" if stamp else _by_key(resource)


def _by_key(resource: type[OmniResource]) -> str:
    return ", ".join(f"{name} ASC" for name in resource.order_columns())


def _seconds(resource: type[OmniResource], answer: Answer, missing: str | None = None) -> list[str]:
    """Return the seconds of the rows of a list that is ordered by stamp, in their order.

    Args:
        resource: The list.
        answer: Its rows.
        missing: What stands for a missing stamp; None leaves such rows out.

    """
    stamp = resource.stamp()
    if stamp is None:
        return []
    stamps = [row.stamp(stamp) for row in answer.rows]
    has_one = [one >= FIRST_SECOND for one in stamps]
    return [
        whole_second(one) if is_one else missing or ""
        for one, is_one in zip(stamps, has_one, strict=True)
        if is_one or missing is not None
    ]


def _falls(seconds: Sequence[str]) -> int:
    """Return how many of some seconds are earlier than the one before."""
    return sum(late < early for early, late in pairwise(seconds))


def _form_of(text: str) -> str:
    """Return the form of a stamp: its digits behind the second, and its zone."""
    fraction = _FRACTION.search(text)
    zone = _ZONE.search(text)
    name = "no zone" if zone is None else "Z" if zone[0] in "Zz" else "an offset"
    return f"{len(fraction[1]) if fraction else 0} digits and {name}"
