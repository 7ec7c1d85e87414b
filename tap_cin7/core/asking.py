"""Asking for lists: their query, and their rows before anything else sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from tap_cin7.client.responses import WrongAnswer
from tap_cin7.core.credentials import without_credentials
from tap_cin7.core.replies import RawPage, Wanted, core_page, core_rows
from tap_cin7.errors import Refused, Retriable
from tap_cin7.instants import whole_second
from tap_cin7.reading.expected import ExpectedRows, wrong
from tap_cin7.rows.encoding import as_json
from tap_cin7.rows.extra_fields import loadable
from tap_cin7.rows.repair import decode_row, split_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    import requests

    from tap_cin7.client.client import Client
    from tap_cin7.client.metrics import Tally
    from tap_cin7.core.resource import CoreList
    from tap_cin7.core.windows import Window


@dataclass(frozen=True)
class ListCalls:
    """The calls for one list.

    Attributes:
        resource: The list.
        client: Makes the calls.
        tally: Counts them.
        filters: More query parameters.
        has_rows: Whether rows of it are known, so that it can't be null instead of empty.

    """

    resource: type[CoreList]
    client: Client
    tally: Tally
    filters: Mapping[str, str]
    has_rows: bool = False

    def page(self, window: Window) -> RawPage:
        """Return a page and its ``Total``, if that is one to go by."""
        resource = self.resource
        query: dict[str, str | int] = {
            "Page": window.page,
            "Limit": window.limit,
            **resource.params,
            **self.filters,
        }

        wanted = self._wanted(0 if window.page == 1 and not self.has_rows else None)

        def read(response: requests.Response) -> RawPage:
            answer = core_page(response, wanted)
            total = answer.total if resource.total_is_right else None
            return RawPage(self._cleaned(answer.rows), total)

        return self.client.get(resource.path, query, read, self.tally)

    def rows(self, query: Mapping[str, str | int]) -> list[msgspec.Raw]:
        """Return the rows of a list that has no pages.

        Args:
            query: Query parameters beside those of the list.

        """
        resource = self.resource
        wanted = self._wanted(None)

        def read(response: requests.Response) -> list[msgspec.Raw]:
            try:
                rows = core_rows(response, wanted).rows
            except (WrongAnswer, Retriable) as error:
                if not resource.has_credentials or isinstance(error, Refused):
                    raise
                said = "is not shown, since it may hold credentials"
                raise type(error)(
                    f"{response.status_code} with a wrong answer, which {said}"
                ) from None
            if resource.is_single and len(rows) != 1:
                raise wrong(response, "an object")
            return self._cleaned(rows)

        query = {**resource.params, **self.filters, **query}
        return self.client.get(resource.path, query, read, self.tally)

    def _wanted(self, least: int | None) -> Wanted:
        resource = self.resource
        rows = ExpectedRows(resource.schema, resource.aliases)
        return Wanted(rows, resource.records_key, resource.other_records_keys, least)

    def _cleaned(self, rows: list[msgspec.Raw]) -> list[msgspec.Raw]:
        resource = self.resource
        if resource.aliases:
            rows = [renamed(row, resource.aliases) for row in rows]
        if resource.has_credentials:
            columns = {name.lower() for name in resource.schema.fields}
            rows = [_without_credentials(row, columns) for row in rows]
        return rows


def _without_credentials(row: msgspec.Raw, columns: set[str]) -> msgspec.Raw:
    fields = without_credentials(decode_row(bytes(row)).value, columns)
    return msgspec.Raw(as_json(loadable(fields)))


def renamed(row: msgspec.Raw, aliases: Mapping[str, str]) -> msgspec.Raw:
    """Return a row with its columns under their names.

    Args:
        row: The row as Cin7 sends it.
        aliases: Name on the wire -> column that it fills unless the row has that one too.

    """
    fields = split_fields(row)
    present = {name.lower() for name in fields}
    for name, column in aliases.items():
        found = next((own for own in fields if own.lower() == name.lower()), None)
        if found is not None and column.lower() not in present:
            fields = {column: fields.pop(found), **fields}
    return msgspec.Raw(msgspec.json.encode(fields))


def change_filter(resource: type[CoreList], since: str | None) -> dict[str, str]:
    """Return the query parameters that leave what changed since a canonical instant."""
    if since is None or resource.since_param is None:
        return {}
    return {resource.since_param: whole_second(since)}
