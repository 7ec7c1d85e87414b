"""The list of one resource: its requests, and what their ``where`` says.

Conditions are written without brackets, which the API is not known to take: AND binds before OR,
and bounds stand behind each alternative, so that reading from left to right comes to the same.

Relies on: omni-fields, omni-or-null, omni-query-length, omni-where.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from tap_cin7.omni.replies import omni_rows
from tap_cin7.omni.scan import FIRST_SECOND, UNSTAMPED, second_after
from tap_cin7.omni.windows import FIRST_PAGE, PAGE_ROWS, Window
from tap_cin7.reading.expected import ExpectedRows
from tap_cin7.reading.reader import Expected

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    import msgspec

    from tap_cin7.omni.resource import OmniResource
    from tap_cin7.omni.windows import Request
    from tap_cin7.reading.reader import Reading
    from tap_cin7.rows.codec import Row

LONGEST_QUERY = 1_800
"""Characters of a query string that are safe; about 2,000 answer 404 (seen)."""
_GALLOP = 8
_PRECISION = 16
"""An estimate is off by at most one in so many."""
_MOST_ROWS = 100_000_000
"""More rows than any account has: who says so does not turn pages."""


class Listing:
    """The list of one resource.

    Attributes:
        by_key: The ``order`` in which rows keep their places.

    """

    def __init__(self, reading: Reading[OmniResource]) -> None:
        """Ask for no more fields than the selected streams need."""
        self._reading = reading
        resource = reading.resource
        self.by_key = ", ".join(f"{name} ASC" for name in resource.order_columns())
        self._rows = ExpectedRows(resource.schema)
        self._groups = resource.group_columns()
        self._key_is_group = self._groups == resource.schema.key
        needed = reading.codec.needed_fields()
        self._fields = None if needed is None else ",".join(needed)

    def ask(self, where: str, order: str, window: Window = FIRST_PAGE) -> list[msgspec.Raw]:
        """Return the rows of a page, each as its bytes.

        Args:
            where: The condition; empty for all rows.
            order: The order.
            window: The page.

        """
        params: dict[str, str | int] = {
            "order": order,
            "page": window.page,
            "rows": window.rows,
            **({"where": where} if where else {}),
        }
        if self._fields:
            narrowed = {**params, "fields": self._fields}
            if len(urlencode(narrowed)) < LONGEST_QUERY:
                params = narrowed
        reading = self._reading
        read = partial(omni_rows, wanted=self._rows)
        return reading.client.get(reading.resource.path, params, read, reading.tally)

    def width(self) -> int:
        """Return how many requests to have under way at once."""
        return self._reading.client.width(self._reading.tally)

    def group_of(self, row: Row) -> Hashable:
        """Return what the order by key goes by."""
        if self._key_is_group:
            return row.key
        return tuple(row.values.get(name) for name in self._groups)

    def estimate(self, where: str, order: str, most_calls: int) -> Expected | None:
        """Return about how many rows a list has; just how many where one page holds them.

        Of longer lists it is found out by whether single pages hold a row.

        Args:
            where: The condition.
            order: The order.
            most_calls: How many calls it may take.

        Returns:
            Rows, and calls that a run would take; None where Cin7 does not turn pages.

        """
        first = len(self.ask(where, order, Window(1, PAGE_ROWS)))
        if first < PAGE_ROWS:
            return Expected(first, 1)
        least, beyond, calls = PAGE_ROWS, PAGE_ROWS + 1, 1
        has_row = True
        while has_row and calls < most_calls and beyond < _MOST_ROWS:
            calls += 1
            has_row = bool(self.ask(where, order, Window(beyond, 1)))
            if has_row:
                least, beyond = beyond, beyond * _GALLOP
        if has_row and beyond >= _MOST_ROWS:
            return None
        while not has_row and calls < most_calls and (beyond - least) * _PRECISION > beyond:
            middle = max(least + 1, math.isqrt(least * beyond))
            if middle == beyond:
                break
            calls += 1
            if self.ask(where, order, Window(middle, 1)):
                least = middle
            else:
                beyond = middle
        return Expected(least, max(1, math.ceil(least / PAGE_ROWS)))


def alternatives(clauses: Sequence[str], bounds: Sequence[str]) -> str:
    """Return the condition that a row meets one of some clauses and one of some bounds.

    Args:
        clauses: Conditions; none stands for all rows.
        bounds: Conditions; none stands for all rows.

    """
    return " OR ".join(
        " AND ".join(filter(None, (clause, bound)))
        for clause in clauses or ("",)
        for bound in bounds or ("",)
    )


def without(stamp: str) -> tuple[str, str]:
    """Return the conditions of which a row meets one that has no stamp."""
    return f"{stamp} IS NULL", f"{stamp}<'{FIRST_SECOND}'"


def since(stamp: str, second: str) -> str:
    """Return the condition that a row has a stamp of a second or later."""
    return f"{stamp}>='{second}'"


def bounds_of(stamp: str, request: Request) -> tuple[str, ...]:
    """Return the conditions of which the rows of a request of an ordered scan meet one.

    Args:
        stamp: The field that the scan goes by.
        request: The request.

    """
    if request.until == UNSTAMPED:
        return without(stamp)
    bounds = [since(stamp, request.since)] if request.since else []
    if request.until is not None:
        bounds.append(f"{stamp}<'{second_after(request.until)}'")
    return (" AND ".join(bounds),) if bounds else ()
