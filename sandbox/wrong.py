"""Answers that come in time, with a status and a body, and are not what was asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from sandbox.api import JSON, NOT_FOUND, OK, Answer
from sandbox.entry import decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.entry import Row

_BAD_REQUEST, _FORBIDDEN = 400, 403
_HTML = b"<!DOCTYPE html><html><head><title>Not found</title></head><body>Not found</body></html>"
_ERROR = {"ErrorCode": 500, "Exception": "Something went wrong"}
_SAYS: dict[str, Any] = {
    "null": None,
    "hollow": {},
    "message": {"Message": "An error has occurred.", "Details": []},
    "no-errors": {"errors": []},
}

_REFUSALS = {
    "not-found": Answer(NOT_FOUND, _HTML, content_type="text/html; charset=utf-8"),
    "unknown-id": Answer(
        _BAD_REQUEST,
        encode([{"ErrorCode": 400, "Exception": "Record with specified ID not found"}]),
    ),
    "denied": Answer(_FORBIDDEN, encode([{"ErrorCode": 403, "Exception": "Forbidden"}])),
}


def wrong(kind: str, answer: Answer, other: bytes) -> Answer:
    """Return what comes in place of a right answer.

    Args:
        kind: One of ``faults.WRONG_KINDS`` or ``LYING_KINDS``.
        answer: The right one.
        other: Body of the last document of another id, if there was one.

    """
    if kind in _SAYS:
        return replace(answer, body=encode(_SAYS[kind]))
    if kind in _REFUSALS:
        return _REFUSALS[kind]
    if answer.status != OK or answer.content_type != JSON:
        return answer
    try:
        if not answer.is_list:
            return replace(answer, body=_document(kind, answer, other))
        rows = _with_rows(_ROWS[kind], decode(answer.body), answer.wrapper)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # planted: wrong enough
        return answer
    return replace(answer, body=encode(rows))


def _document(kind: str, answer: Answer, other: bytes) -> bytes:
    whole = decode(answer.body)
    if kind == "foreign":
        return other or b"null"
    if kind == "shell" and isinstance(whole, dict):
        rows = whole.get(answer.wrapper) if answer.wrapper else None
        hollow = dict.fromkeys(whole)
        return encode(hollow | ({answer.wrapper: [dict.fromkeys(rows[0])]} if rows else {}))
    return encode(_ERROR)


_ROWS: dict[str, Callable[[list[Row]], Any]] = {
    "shell": lambda _rows: None,
    "foreign": lambda _rows: "none",
    "error-row": lambda _rows: [_ERROR],
    "no-rows": lambda _rows: [],
    "half": lambda rows: rows[: len(rows) // 2],
}
"""What a list has in place of its rows."""


def _with_rows(change: Callable[[list[Row]], Any], whole: Any, wrapper: str | None) -> Any:  # noqa: ANN401
    """Return a list with other rows; where none are left, Total says that there are none."""
    if wrapper is None:
        return change(whole)
    rows = change(whole[wrapper])
    told = {"Total": 0} if rows == [] and "Total" in whole else {}
    return {**whole, wrapper: rows, **told}
