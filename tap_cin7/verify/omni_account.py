"""An account of Omni: requests its lists, and looks at the order of their rows."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from typing_extensions import override

from tap_cin7.instants import whole_second
from tap_cin7.omni.listing import FIRST_SECOND, omni_rows
from tap_cin7.omni.resource import OmniResource
from tap_cin7.omni.windows import PAGE_ROWS
from tap_cin7.reading.expected import ExpectedRows
from tap_cin7.verify.account import Account, ParsedPage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import msgspec

    from tap_cin7.reading.resource import Listed
    from tap_cin7.run.run import Run

LEAST_ROWS = 4
"""Least rows of a list for a test of pages, and least distinct seconds for one of stamps."""


class Omni(Account[OmniResource]):
    """An account of Omni.

    Attributes:
        resources: Its lists, in the order of a run.
        newest: The newest rows of the documents that change most often.

    """

    def __init__(self, run: Run, most_calls: int) -> None:
        """Take the run; nothing is requested yet."""
        super().__init__(run, most_calls)
        resources = [one for one in run.api.resources() if issubclass(one, OmniResource)]
        self.resources = sorted(resources, key=lambda one: (one.rank, one.name))
        self.newest: dict[type[OmniResource], ParsedPage[OmniResource]] = {}

    @override
    def request(
        self, resource: type[OmniResource], query: Mapping[str, str], number: int, rows: int | None
    ) -> tuple[Sequence[msgspec.Raw], None]:
        params: dict[str, str | int] = {"page": number, "rows": rows or PAGE_ROWS, **query}
        read = partial(omni_rows, wanted=ExpectedRows(resource.schema))
        return self.client.get(resource.path, params, read, self.metrics), None

    @override
    def stamp_of(self, resource: type[Listed]) -> str | None:
        """Return the stamp field, even if readers do not trust it by default."""
        stamp = getattr(resource, "stamped_by", "")
        return stamp if stamp in resource.schema.fields else None

    def filtered(self, resource: type[OmniResource], where: str) -> ParsedPage[OmniResource]:
        """Request the rows that meet a condition."""
        return self.page(resource, {"where": where, "order": order_of(resource)})

    def newest_rows(self, resource: type[OmniResource]) -> ParsedPage[OmniResource]:
        """Request the newest rows of a list."""
        return self.page(resource, {"order": f"{resource.stamped_by} DESC"})

    def longest_first(self) -> list[ParsedPage[OmniResource]]:
        """Return the first pages of the lists, longest first."""
        return sorted(self.lists.values(), key=lambda page: -len(page.rows))

    def by_id(self) -> list[ParsedPage[OmniResource]]:
        """Return the first pages of the lists whose key is their id, longest first."""
        return [one for one in self.longest_first() if one.resource.order_columns() == ("id",)]

    def most_seconds(self) -> ParsedPage[OmniResource] | None:
        """Return the ordered page with the most distinct seconds; None if none has enough."""
        pages = [page for page in self.lists.values() if not descents_in(seconds_of(page))]
        pages = [page for page in pages if len({*seconds_of(page)}) >= LEAST_ROWS]
        return max(pages, key=lambda page: len({*seconds_of(page)}), default=None)


def order_of(resource: type[OmniResource]) -> str:
    """Return the ``order`` in which a run reads a list."""
    stamp = resource.stamp()
    return f"{stamp} ASC" if stamp else order_by_key(resource)


def order_by_key(resource: type[OmniResource]) -> str:
    """Return the ``order`` of a list by its key."""
    return ", ".join(f"{name} ASC" for name in resource.order_columns())


def seconds_of(page: ParsedPage[OmniResource], missing: str | None = None) -> list[str]:
    """Return the seconds of the rows of a list that is ordered by stamp, in their order.

    Args:
        page: The rows.
        missing: Replaces a missing stamp; None leaves such rows out.

    """
    if page.resource.stamp() is None:
        return []
    seconds = (
        whole_second(row.stamp) if row.stamp >= FIRST_SECOND else missing for row in page.rows
    )
    return [second for second in seconds if second is not None]


def descents_in(seconds: Sequence[str]) -> int:
    """Return how many seconds are earlier than their predecessor."""
    return sum(late < early for early, late in pairwise(seconds))
