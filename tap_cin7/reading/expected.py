"""Checks that a response holds what was requested, before it is used.

The rule: a response with something else counts as none. A list holds rows of its stream: objects
with a field of the stream's key (with any field of the stream where rows have no key). A document
carries the id that was requested, letter case apart. An error object or a message never becomes a
row, whatever the status says (errors inside a 200 and empty shells were seen on live accounts).
An unexpected response is requested once more, then the list has failed and the document is owed.

Relies on: answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tap_cin7.client.responses import UnexpectedResponse, malformed, quote
from tap_cin7.errors import NOT_JSON
from tap_cin7.rows.repair import split_fields, split_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import requests

    from tap_cin7.rows.fields import Record

_ERRORS = frozenset({"errorcode", "exception", "error", "errors", "message"})
"""Fields, in lower case, in which Cin7 and its gateways report errors."""
_CHECKED_ALL = 3
"""Up to so many rows are all checked; of more the first and the last."""


class ExpectedRows:
    """The rows that a stream's list may hold."""

    def __init__(self, schema: Record, aliases: Iterable[str] = ()) -> None:
        """Note the fields by which rows of the stream are recognized.

        Args:
            schema: The fields that Cin7 sends.
            aliases: Other names of fields of the key.

        """
        key: list[str] = []
        for name in schema.key:
            field = schema.fields[name]
            if field.record_key_parts is not None:
                key += field.record_key_parts
            elif field.default is None:  # one with a default need not come
                key.append(name)
        self._names = {name.lower() for name in (*(key or schema.fields), *aliases)}
        self._has_key = bool(key)

    def check(self, response: requests.Response, rows: Sequence[msgspec.Raw]) -> None:
        """Check the rows of a response.

        Raises:
            UnexpectedResponse: If one of them is not a row of the stream.

        """
        looked_at = rows if len(rows) <= _CHECKED_ALL or not self._has_key else (rows[0], rows[-1])
        if not all(map(self.holds, looked_at)):
            raise unexpected(response, "a list of its rows")

    def holds(self, row: msgspec.Raw) -> bool:
        """Return whether an object is a row of the stream."""
        try:
            names = {name.lower() for name in split_fields(row)}
        except ValueError:
            return False
        is_error = not self._has_key and bool((names - self._names) & _ERRORS)
        return not names.isdisjoint(self._names) and not is_error


def id_in(fields: Mapping[str, msgspec.Raw], name: str) -> str | None:
    """Return the id that an object carries in a field, in lower case; None where it has none.

    Args:
        fields: The fields of the object, by their names on the wire.
        name: The field, in any letter case.

    """
    held = (_text(raw) for other, raw in fields.items() if other.lower() == name.lower())
    return next(filter(None, held), None)


def _text(raw: msgspec.Raw) -> str:
    try:
        return str(msgspec.json.decode(raw) or "").strip().lower()
    except NOT_JSON:
        return ""


def unexpected(response: requests.Response, wanted: str) -> UnexpectedResponse:
    """Return the error for a response that holds something else.

    Args:
        response: The response.
        wanted: What was requested.

    """
    return UnexpectedResponse(
        f"{response.status_code} with an answer that is not {wanted}: {quote(response) or 'empty'}"
    )


def rows_in(response: requests.Response, raw: bytes | msgspec.Raw) -> list[msgspec.Raw]:
    """Return the rows of a list, each as its bytes.

    Args:
        response: The response.
        raw: The list, a part of the body or all of it.

    Raises:
        UnexpectedResponse: If it is other JSON.
        Retriable: If it is not JSON.

    """
    try:
        return split_rows(raw)
    except ValueError as error:
        error_of = unexpected if _is_json(raw) else malformed
        raise error_of(response, "a list of rows") from error


def _is_json(raw: bytes | msgspec.Raw) -> bool:
    try:
        msgspec.json.decode(raw)
    except NOT_JSON:
        return False
    return True
