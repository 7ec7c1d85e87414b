"""Whether a response holds what was requested, checked before anything follows from it.

The rule: a response with something else counts as none. A list holds rows of its stream: objects
with a field of the stream's key (with any field of the stream where rows have no key). A document
carries the id that was asked for, letter case apart. An error object or a message never becomes a
row, whatever the status says (errors inside a 200 and empty shells were seen on live accounts).
What is wrong is asked for once more, then the list has failed and the document is owed.

Relies on: answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tap_cin7.client.responses import WrongAnswer, not_as_asked, quote
from tap_cin7.errors import NOT_JSON
from tap_cin7.rows.repair import split_fields, split_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import requests

    from tap_cin7.rows.fields import Record

_ERRORS = frozenset({"errorcode", "exception", "error", "errors", "message"})
"""Names, in lower case, under which Cin7 and what stands before it speak of errors."""
_FEW = 3
"""Of so many rows each is checked; of more the first and the last."""


class ExpectedRows:
    """The rows that a stream's list may hold."""

    def __init__(self, schema: Record, aliases: Iterable[str] = ()) -> None:
        """Take the names of the fields by which rows are known.

        Args:
            schema: What Cin7 sends of the stream.
            aliases: Other names under which fields of the key may come.

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
            WrongAnswer: If one of them is not a row of the stream.

        """
        looked_at = rows if len(rows) <= _FEW or not self._has_key else (rows[0], rows[-1])
        if not all(map(self.holds, looked_at)):
            raise wrong(response, "a list of its rows")

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
        fields: The fields of the object, by the names that came.
        name: The field, whatever the case of its letters.

    """
    held = (_text(raw) for other, raw in fields.items() if other.lower() == name.lower())
    return next(filter(None, held), None)


def _text(raw: msgspec.Raw) -> str:
    try:
        return str(msgspec.json.decode(raw) or "").strip().lower()
    except NOT_JSON:
        return ""


def wrong(response: requests.Response, wanted: str) -> WrongAnswer:
    """Return the error for a response that holds something else.

    Args:
        response: The response.
        wanted: What was requested.

    """
    return WrongAnswer(
        f"{response.status_code} with an answer that is not {wanted}: {quote(response) or 'empty'}"
    )


def rows_in(response: requests.Response, raw: bytes | msgspec.Raw) -> list[msgspec.Raw]:
    """Return the rows of a list, each as its bytes.

    Args:
        response: The response.
        raw: The list, a part of the body or all of it.

    Raises:
        WrongAnswer: If it is other JSON.
        Retriable: If it is not JSON.

    """
    try:
        return split_rows(raw)
    except ValueError as error:
        error_of = wrong if _is_json(raw) else not_as_asked
        raise error_of(response, "a list of rows") from error


def _is_json(raw: bytes | msgspec.Raw) -> bool:
    try:
        msgspec.json.decode(raw)
    except NOT_JSON:
        return False
    return True
