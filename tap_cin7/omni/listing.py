"""The list of one resource: its requests, their ``where`` conditions, and its rows.

Conditions have no brackets, which the API is not known to take: AND binds before OR, and the bounds
follow each alternative, so that evaluation from left to right gives the same result.

Relies on: omni-fields, omni-or-null, omni-query-length, omni-where.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tap_cin7.client.responses import check_body
from tap_cin7.instants import shifted
from tap_cin7.omni.windows import FIRST_PAGE, PAGE_ROWS
from tap_cin7.reading.expected import ExpectedRows, rows_in
from tap_cin7.reading.reader import Estimate
from tap_cin7.reading.windows import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    import msgspec
    import requests

    from tap_cin7.omni.resource import OmniResource
    from tap_cin7.omni.windows import Request
    from tap_cin7.reading.reader import Reading
    from tap_cin7.rows.codec import Row

UNSTAMPED = ""
"""Stands for the second of rows without a stamp: before all others, as Cin7 sorts them."""
FIRST_SECOND = "1900-01-01T00:00:00Z"
"""Stamps before this mean "no date"; the only known one is day one of year one."""
LONGEST_QUERY = 1_800
"""Characters of a query string that are safe; about 2,000 get a 404 (seen)."""
_GALLOP = 8
_PRECISION = 16
"""An estimate is wrong by at most one in so many."""
_MOST_ROWS = 100_000_000
"""More rows than any account has: a list that seems to have them ignores page numbers."""


class Listing:
    """The list of one resource.

    Attributes:
        by_key: The ``order`` in which rows keep their places.
        read: Decodes rows; None for each that has no key.
        warn: Logs a warning.
        metrics: Counts what the reading does.

    """

    def __init__(self, reading: Reading[OmniResource]) -> None:
        """Request no more fields than the selected streams need."""
        self._reading = reading
        resource = reading.resource
        self.by_key = ", ".join(f"{name} ASC" for name in resource.order_columns())
        self._rows = ExpectedRows(resource.schema)
        self._groups = resource.group_columns()
        self.read = reading.codec.rows
        self.warn = reading.log.warning
        self.metrics = reading.metrics
        needed = reading.codec.needed_fields()
        self._fields = None if needed is None else ",".join(needed)

    def page(self, where: str, order: str, window: Window = FIRST_PAGE) -> list[msgspec.Raw]:
        """Return the rows of a page, each as its bytes.

        Args:
            where: The condition; empty for all rows.
            order: The order.
            window: The page.

        """
        params: dict[str, str | int] = {
            "order": order,
            "page": window.page,
            "rows": window.limit,
            **({"where": where} if where else {}),
        }
        if self._fields:
            narrowed = {**params, "fields": self._fields}
            if len(urlencode(narrowed)) < LONGEST_QUERY:
                params = narrowed
        reading = self._reading
        read = partial(omni_rows, wanted=self._rows)
        return reading.client.get(reading.resource.path, params, read, self.metrics)

    def width(self) -> int:
        """Return how many requests to have in flight at once; 1 for one after the other."""
        return self._reading.client.width(self.metrics)

    def group_of(self, row: Row) -> tuple[Any, ...]:
        """Return the group of a row: the values that the order by key relies on."""
        return tuple([row.values.get(name) for name in self._groups])

    def estimate(self, where: str, order: str, most_calls: int) -> Estimate | None:
        """Estimate how many rows a list has; exact if one page holds them all.

        Longer lists are probed by pages of one row.

        Args:
            where: The condition.
            order: The order.
            most_calls: How many calls it may take.

        Returns:
            Rows, and calls that a run would take; None where Cin7 ignores page numbers.

        """
        first = len(self.page(where, order))
        if first < PAGE_ROWS:
            return Estimate(first, 1)
        least, beyond, probe = PAGE_ROWS, _MOST_ROWS, PAGE_ROWS + 1
        for _ in range(most_calls - 1):
            if self.page(where, order, Window(probe, 1)):
                least = probe
            else:
                beyond = probe
            has_end = beyond < _MOST_ROWS
            probe = max(least + 1, math.isqrt(least * beyond)) if has_end else least * _GALLOP
            if probe >= beyond or (beyond - least) * _PRECISION <= beyond:
                break
        if probe >= _MOST_ROWS:
            return None
        return Estimate(least, math.ceil(least / PAGE_ROWS))


def alternatives(clauses: Sequence[str], bounds: Sequence[str]) -> str:
    """Return the condition of rows that match one of the clauses and one of the bounds.

    Args:
        clauses: Conditions; none matches all rows.
        bounds: Conditions; none matches all rows.

    """
    return " OR ".join(
        " AND ".join(filter(None, (clause, bound)))
        for clause in clauses or ("",)
        for bound in bounds or ("",)
    )


def without_stamp(stamp: str) -> tuple[str, str]:
    """Return conditions of which rows without a stamp match one."""
    return f"{stamp} IS NULL", f"{stamp}<'{FIRST_SECOND}'"


def since(stamp: str, second: str) -> str:
    """Return the condition of rows from a second on."""
    return f"{stamp}>='{second}'"


def bounds_of(stamp: str, request: Request) -> tuple[str, ...]:
    """Return conditions of which the rows of a request by stamp match one.

    Args:
        stamp: The field.
        request: The request.

    """
    if request.until == UNSTAMPED:
        return without_stamp(stamp)
    bounds = [since(stamp, request.since)] if request.since else []
    if request.until is not None:
        bounds.append(f"{stamp}<'{second_after(request.until)}'")
    return (" AND ".join(bounds),) if bounds else ()


def second_after(second: str) -> str:
    """Return the next second; that of ``UNSTAMPED`` is ``FIRST_SECOND``."""
    return shifted(second, 1) if second else FIRST_SECOND


def omni_rows(response: requests.Response, wanted: ExpectedRows) -> list[msgspec.Raw]:
    """Return the rows of an Omni list: a bare array of objects, each as its bytes.

    Args:
        response: The response.
        wanted: Checks the rows.

    Raises:
        UnexpectedResponse: If the body is other JSON. A page that is not a list must never pass for
            an empty one: the stream would end as complete with rows missing.
        Retriable: If it is not JSON.

    """
    check_body(response)
    rows = rows_in(response, response.content)
    wanted.check(response, rows)
    return rows
