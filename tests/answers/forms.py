"""What comes in place of a right answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.losses.standin import Reply, encoded

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from tests.answers.account import Account, Kind
    from tests.losses.standin import Row

HTML = b"<!DOCTYPE html><html><head><title>Error</title></head><body>Try again later</body></html>"
_JSON = {"Content-Type": "application/json; charset=utf-8"}
_HTML = {"Content-Type": "text/html; charset=utf-8"}
_NOBODY = "00000000-0000-0000-0000-000000000000"

DocumentForm: TypeAlias = "Callable[[Account, Kind, str], Reply]"


def _says(body: Any, status: int = 200) -> Reply:  # noqa: ANN401
    return Reply(json.dumps(body).encode(), status, dict(_JSON))


def _always(body: Any, status: int = 200) -> DocumentForm:  # noqa: ANN401
    return lambda _account, _kind, _wanted: _says(body, status)


def _bytes(body: bytes, status: int = 200, headers: Row | None = None) -> DocumentForm:
    return lambda _account, _kind, _wanted: Reply(body, status, dict(headers or _JSON))


def _right(account: Account, kind: Kind, wanted: str) -> Row:
    return kind.document(next(row for row in account.rows(kind) if row[kind.by] == wanted))


def _with_id(value: object) -> DocumentForm:
    """Return an answer that has everything of the document but its id."""

    def form(account: Account, kind: Kind, wanted: str) -> Reply:
        found = _right(account, kind, wanted)
        inner = found[kind.wrapper][0] if kind.wrapper else found
        inner[kind.key] = value
        if kind.wrapper:
            found["ProductionOrderID"] = value
        return Reply(encoded(found))

    return form


def _without_id(account: Account, kind: Kind, wanted: str) -> Reply:
    found = _right(account, kind, wanted)
    inner = found.pop(kind.wrapper)[0] if kind.wrapper else found
    del inner[kind.key]
    return Reply(encoded({kind.wrapper: [inner]} if kind.wrapper else inner))


def _shell(account: Account, kind: Kind, wanted: str) -> Reply:
    """All the names of the document, and nothing in them."""
    found = _right(account, kind, wanted)
    inner = found[kind.wrapper][0] if kind.wrapper else found
    hollow: Row = dict.fromkeys(inner)
    return Reply(encoded({kind.wrapper: [hollow]} if kind.wrapper else hollow))


def _another(account: Account, kind: Kind, wanted: str) -> Reply:
    other = next(row for row in account.rows(kind) if row[kind.by] != wanted)
    return Reply(encoded(kind.document(other)))


def _list(_account: Account, kind: Kind, _wanted: str) -> Reply:
    return _says({"Total": 0, "Page": 1, kind.records_key: []})


def _cut(account: Account, kind: Kind, wanted: str) -> Reply:
    body = encoded(_right(account, kind, wanted))
    return Reply(body[: len(body) // 2])


def _broken_off(account: Account, kind: Kind, wanted: str) -> Reply:
    body = encoded(_right(account, kind, wanted))
    return Reply(body[: len(body) // 2], headers={"Content-Length": str(len(body))})


NOT_FOUND: dict[str, DocumentForm] = {
    "404 with an error array": _always([{"ErrorCode": 404, "Exception": "Not found"}], 404),
    "404 with an error": _always({"ErrorCode": 404, "Exception": "Not found"}, 404),
    "404 with a message": _always({"Message": "No HTTP resource was found"}, 404),
    "404 in HTML": _bytes(HTML, 404, _HTML),
    "404 in plain text": _bytes(b"Not Found", 404, {"Content-Type": "text/plain"}),
    "404 with nothing": _bytes(b"", 404),
    "400 not found": _always(
        [{"ErrorCode": 400, "Exception": "Document with specified TaskID not found"}], 400
    ),
    "400 not found, bare": _always(
        {"ErrorCode": 400, "Exception": "Document with specified ID not found"}, 400
    ),
}
HOLLOW: dict[str, DocumentForm] = {
    "an empty object": _always({}),
    "null": _always(None),
    "an empty list": _always([]),
    "a list of null": _always([None]),
    "a list of an empty object": _always([{}]),
    "false": _always(body=False),
    "a number": _always(0),
    "an empty text": _always(""),
    "nothing": _bytes(b""),
    "blanks": _bytes(b" \r\n"),
    "204": _bytes(b"", 204),
    "a shell": _shell,
    "no id": _without_id,
    "id null": _with_id(None),
    "id empty": _with_id(""),
    "id of zeros": _with_id(_NOBODY),
}
FOREIGN: dict[str, DocumentForm] = {
    "a message": _always({"Message": "An error has occurred."}),
    "a small message": _always({"message": "Endpoint request timed out"}),
    "a text": _always("Please try again"),
    "no errors": _always({"errors": []}),
    "errors": _always({"Errors": ["Something went wrong"]}),
    "an error": _always({"ErrorCode": 500, "Exception": "Something went wrong"}),
    "an error array": _always([{"ErrorCode": 400, "Exception": "Something went wrong"}]),
    "not found in a 200": _always(
        [{"ErrorCode": 400, "Exception": "Document with specified ID not found"}]
    ),
    "another document": _another,
    "a list of nothing": _list,
    "HTML": _bytes(HTML, 200, _HTML),
    "HTML that says JSON": _bytes(HTML),
    "plain text": _bytes(b"Service is restarting", 200, {"Content-Type": "text/plain"}),
    "JSON cut short": _cut,
    "a connection broken off": _broken_off,
}
BROKEN: dict[str, DocumentForm] = {
    "500": _always([{"ErrorCode": 500, "Exception": "Object reference not set"}], 500),
    "503 in HTML": _bytes(HTML, 503, _HTML),
}
GROUPS = {"hollow": HOLLOW, "foreign": FOREIGN, "not found": {**NOT_FOUND, **BROKEN}}
DOCUMENTS: dict[str, DocumentForm] = {**HOLLOW, **FOREIGN, **NOT_FOUND, **BROKEN}
