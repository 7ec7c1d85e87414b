"""Endpoints: the requests for lists and for documents, and the checks and repairs of their rows.

A response is a document only if it carries the id that was requested: null, empty shells and other
documents come with 200 (a public client and a public re-order tool met them).

Some documents have a second endpoint, for when the first one gives an empty shell. One report from
a live account says that ``/advanced-purchase`` gave a simple purchase with hollow receiving blocks,
which ``/purchase`` held; ``/purchase`` gives 400 for all others.

Relies on: core-document-id.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from urllib.parse import quote

import msgspec

from tap_cin7.client.metrics import TRIES, Tries
from tap_cin7.client.responses import HtmlResponse, UnexpectedResponse
from tap_cin7.core.credentials import without_credentials
from tap_cin7.core.responses import core_rows
from tap_cin7.errors import (
    NOT_JSON,
    RESUMABLE,
    GaveUp,
    NotAvailable,
    RecordGone,
    Refused,
    Retriable,
    StreamFailed,
)
from tap_cin7.instants import whole_second
from tap_cin7.reading.expected import id_in, unexpected
from tap_cin7.reading.reader import Estimate
from tap_cin7.rows.encoding import as_json
from tap_cin7.rows.extra_fields import loadable
from tap_cin7.rows.repair import decode_row, split_fields, split_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

    from tap_cin7.core.resource import CoreDetail, CoreList
    from tap_cin7.core.responses import RawRows
    from tap_cin7.reading.reader import Reading


@dataclass(frozen=True)
class ListEndpoint:
    """Requests the pages of a list.

    Attributes:
        resource: The list.
        reading: The reading that needs it.
        filters: Query parameters that filter its rows.
        flags: Query parameters that settings switch on.
        has_rows: Whether it is known to have rows, so that null can't stand for an empty list.
        page_rows: The most rows that a page can have (documented); real pages may hold fewer
            (seen).
        page_sizes: Page sizes seen on live accounts; a list of so many rows may be longer.

    """

    resource: type[CoreList]
    reading: Reading[Any]
    filters: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
    has_rows: bool = False
    page_rows: ClassVar[int] = 1_000
    page_sizes: ClassVar[frozenset[int]] = frozenset({100, 500, 1_000})

    def width(self) -> int:
        """Return how many requests may be in flight at once."""
        return self.reading.client.width(self.reading.metrics)

    def page(self, page: int, limit: int) -> RawRows:
        """Return a page and its ``Total``, if that is usable."""
        least = 0 if page == 1 and not self.has_rows else None
        return self.request(dict(zip(self.resource.page_params, (page, limit), strict=True)), least)

    def first_page(self, filters: Mapping[str, str]) -> RawRows:
        """Return the first page of the list under further filters."""
        return replace(self, filters={**self.filters, **filters}).page(1, self.page_rows)

    def estimate(self) -> Estimate | None:
        """Request one row and return what the list announces; None where it announces nothing."""
        total = self.page(1, 1).total
        return None if total is None else Estimate(total, max(1, -(-total // self.page_rows)))

    def request(self, query: Mapping[str, str | int], least: int | None = None) -> RawRows:
        """Return the rows in one response.

        Args:
            query: Query parameters beside those of the list.
            least: As for ``core_rows``.

        """
        resource = self.resource

        def read(response: requests.Response) -> RawRows:
            try:
                found = core_rows(response, resource, least)
            except (UnexpectedResponse, Retriable) as error:
                if not resource.has_credentials or isinstance(error, Refused):
                    raise
                hidden = "a wrong answer, which is not shown, since it may hold credentials"
                raise type(error)(f"{response.status_code} with {hidden}") from None
            if resource.is_single and len(found.rows) != 1:
                raise unexpected(response, "an object")
            total = found.total if resource.total_is_right else None
            return found._replace(rows=self._cleaned(found.rows), total=total)

        query = {**query, **resource.params, **self.flags, **self.filters}
        return self.reading.client.get(resource.path, query, read, self.reading.metrics)

    def _cleaned(self, rows: list[msgspec.Raw]) -> list[msgspec.Raw]:
        resource = self.resource
        if resource.aliases:
            rows = [renamed(row, resource.aliases) for row in rows]
        if resource.has_credentials:
            columns = {name.lower() for name in resource.schema.fields}
            fields = (without_credentials(decode_row(bytes(row)).value, columns) for row in rows)
            rows = [msgspec.Raw(as_json(loadable(one))) for one in fields]
        return rows


def renamed(row: msgspec.Raw, aliases: Mapping[str, str]) -> msgspec.Raw:
    """Return a row with aliases renamed to their columns.

    Args:
        row: The row as Cin7 sends it.
        aliases: Name on the wire -> column that it fills unless the row has that one too.

    """
    fields = split_fields(row)
    spelled = {name.lower(): name for name in fields}
    for name, column in aliases.items():
        if name.lower() in spelled and column.lower() not in spelled:
            fields = {column: fields.pop(spelled[name.lower()]), **fields}
    return msgspec.Raw(msgspec.json.encode(fields))


def change_filter(resource: type[CoreList], since: str | None) -> dict[str, str]:
    """Return the filter for rows that changed since a canonical instant."""
    if since is None or resource.since_param is None:
        return {}
    return {resource.since_param: whole_second(since)}


class Document(NamedTuple):
    """The records of one document.

    Attributes:
        rows: The records, as their bytes.
        copies: Columns of all of them that only the envelope has.
        requested_at: When it was requested, by Cin7's clock: its content is not older.

    """

    rows: list[msgspec.Raw]
    copies: Mapping[str, Any]
    requested_at: str


def get_document(
    reading: Reading[CoreDetail], document: str, other_id: str = "", most_tries: int = TRIES
) -> Document:
    """Request one document.

    Args:
        reading: The reading that needs it.
        document: Its id.
        other_id: Another id that it may carry instead.
        most_tries: Most times to request it.

    Raises:
        StreamFailed: If Cin7 does not give it, or failed to before the run ended between two tries.
        Cin7Error: If no document of this resource can be read.

    """
    resource, client = reading.resource, reading.client
    started, name, tries = client.clock.now(), resource.id_param or "ID", Tries(most_tries)
    ids = {document.lower(), other_id.lower() or document.lower()}

    def read(response: requests.Response) -> RawRows:
        try:
            found = core_rows(response, resource)
        except HtmlResponse as page:  # for one document it does not prove that there is none
            raise UnexpectedResponse(str(page)) from page
        carried = {id_in(split_fields(row), name) or "" for row in found.rows}
        carried = {*carried, str(found.envelope.get(name.lower()) or "").lower()} - {""}
        if not carried <= ids or (name in resource.schema.key and not carried):
            reading.metrics.refuted.add("core-document-id")
            raise unexpected(response, "the document with that id")
        return found

    def requested(path: str) -> RawRows:
        query = {**resource.params, **resource.switched_on(reading.settings)}
        if resource.id_param is None:
            path = f"{path}/{quote(document, safe='')}"
        else:
            query[resource.id_param] = document
        return client.get(path, query, read, reading.metrics, tries)

    try:
        found = _from_either(requested, resource)
    except (StreamFailed, NotAvailable) as error:
        raise StreamFailed(f"{document}: {error}") from error
    except RESUMABLE as stop:
        if not tries.failure:
            raise
        raise StreamFailed(f"{document}: {tries.failure}, and the run ended") from stop
    copies = {
        column: found.envelope[field.lower()]
        for column, field in resource.copies.items()
        if field.lower() in found.envelope
    }
    return Document(found.rows, copies, client.server_clock.at(started))


def _from_either(requested: Callable[[str], RawRows], resource: type[CoreDetail]) -> RawRows:
    """Return the rows of the endpoint, or of the second one if the first gives an empty shell."""
    found: RawRows | StreamFailed
    try:
        found = requested(resource.path)
    except (GaveUp, RecordGone):
        raise
    except StreamFailed as failure:
        found = failure
    second = resource.fallback_path
    if second and (isinstance(found, StreamFailed) or any(map(is_shell, found.rows))):
        try:
            other = requested(second)
            return other._replace(rows=[as_advanced(row) for row in other.rows])
        except StreamFailed as failure:
            if isinstance(failure, GaveUp) and not isinstance(found, StreamFailed):
                raise
    if isinstance(found, StreamFailed):
        raise found
    return found


# Simple purchases at the endpoint of advanced ones.

_BLOCKS = ("StockReceived", "PutAway", "Invoice", "CreditNote", "ManualJournals")


def is_shell(raw: msgspec.Raw) -> bool:
    """Return whether a document lacks content that its own statuses imply."""
    try:
        record = _lowered(msgspec.json.decode(raw))
    except NOT_JSON:
        return False
    order = record.get("order")
    has_lines = isinstance(order, dict) and bool(_lowered(order).get("lines"))
    if not record.get("status") and not has_lines:
        return not any(_has_content(record.get(name.lower())) for name in _BLOCKS)
    is_simple = str(record.get("type") or "").lower().startswith("simple")
    receiving = str(record.get("combinedreceivingstatus") or "").upper()
    is_received = receiving.endswith("RECEIVED") and "NOT" not in receiving
    return is_simple and is_received and not _has_content(record.get("stockreceived"))


def _lowered(record: dict[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in record.items()}


def _has_content(blocks: Any) -> bool:  # noqa: ANN401
    """Return whether a block, or any in a list of blocks, has a status or lines."""
    listed = blocks if isinstance(blocks, list) else [blocks]
    dicts = [_lowered(block) for block in listed if isinstance(block, dict)]
    return any(block.get("status") or block.get("lines") for block in dicts)


def as_advanced(raw: msgspec.Raw) -> msgspec.Raw:
    """Return a simple purchase in the form of an advanced one: single blocks as lists.

    They get the id that their own endpoints call their task id. Everything else is unchanged, to
    the last digit of a number.
    """
    try:
        record = split_fields(raw)
        document = record.get(_spelled(record, "ID"))
        for block_name in _BLOCKS:
            name = _spelled(record, block_name)
            with_ids = [_with_task_id(block, document) for block in _as_rows(record.get(name))]
            record[name] = msgspec.Raw(msgspec.json.encode(with_ids))
    except NOT_JSON:
        return raw
    return msgspec.Raw(msgspec.json.encode(record))


def _spelled(record: dict[str, msgspec.Raw], name: str) -> str:
    """Return a name in the letter case in which a record has it."""
    return next((key for key in record if key.lower() == name.lower()), name)


def _as_rows(raw: msgspec.Raw | None) -> list[msgspec.Raw]:
    if raw is None or bytes(raw) == b"null":
        return []
    return split_rows(raw) if bytes(raw).startswith(b"[") else [raw]


def _with_task_id(block: msgspec.Raw, document: msgspec.Raw | None) -> msgspec.Raw:
    if not bytes(block).startswith(b"{") or document is None:
        return block
    fields = split_fields(block)
    name = _spelled(fields, "TaskID")
    if bytes(fields.get(name, b"null")) not in (b"null", b'""'):
        return block
    return msgspec.Raw(msgspec.json.encode({**fields, name: document}))
