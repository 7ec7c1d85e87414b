"""No value of the account leaves: not in a report, not in the log, whatever happens."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.support import http_server
from tests.verify.support import config, run_verify, told

if TYPE_CHECKING:
    from collections.abc import Callable
    from http.server import BaseHTTPRequestHandler

    from sandbox import Sandbox
    from tests.support import Reply, Row

    Spoil = Callable[[str, int, bytes], "tuple[int, bytes]"]

CANARY = "canary"
NUMBER = 31415926
"""Stands in every number that is not a position or a count of the envelope."""
ID = "cafebabe"
"""Begins every GUID."""
MOMENT = "11:22:33.4445556"
"""The time of day of every date."""
SIGNS = (CANARY, str(NUMBER), f"{NUMBER:,}", ID, MOMENT[:8])
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:\.\d+)?(.*)")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ids: dict[str, str] = {}
"""Marked id -> the one that the account knows."""
_OF_THE_ENVELOPE = {"Total", "Page", "id"}


def marked(value: Any, name: str = "") -> Any:  # noqa: ANN401
    """Return a value with a canary in each text, number, id and date of it."""
    if isinstance(value, dict):
        return {key: marked(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [marked(one, name) for one in value]
    if isinstance(value, str):
        if date := _DATE.fullmatch(value):
            return f"{date[1]}T{MOMENT}{date[2]}"
        return _marked_id(value) if _GUID.fullmatch(value) else f"{CANARY} {value}"
    if isinstance(value, bool) or value is None or name in _OF_THE_ENVELOPE:
        return value
    return NUMBER


def _marked_id(guid: str) -> str:
    found = ID + guid[8:]
    _ids[found] = guid
    return found


def texts(value: Any) -> Any:  # noqa: ANN401
    """Return a value with a text in place of each number and truth, which fits no column."""
    if isinstance(value, dict):
        return {
            name: one if name in _OF_THE_ENVELOPE else texts(one) for name, one in value.items()
        }
    if isinstance(value, list):
        return [texts(one) for one in value]
    return value if value is None or isinstance(value, str) else f"{CANARY} {value}"


def values(_path: str, _number: int, body: bytes) -> tuple[int, bytes]:
    return 200, json.dumps(marked(json.loads(body))).encode()


def misfits(_path: str, _number: int, body: bytes) -> tuple[int, bytes]:
    return 200, json.dumps(texts(json.loads(body))).encode()


def unknown(_path: str, _number: int, body: bytes) -> tuple[int, bytes]:
    """Add fields of all forms, and one whose name is a value."""
    more = f'{{"NewField": "{CANARY}", "a {CANARY} 7": 1, "Lots": [{{"{ID}-1": {NUMBER}}}], '
    return 200, body.replace(b"{", more.encode()) if b'{"Total' not in body else body


_ERRORS: list[tuple[int, str]] = [
    (400, f'{{"ErrorCode": 400, "Exception": "{CANARY} not found"}}'),
    (400, f'"{CANARY} is not a valid date time"'),
    (403, f"{CANARY} may not"),
    (404, f"<html>{CANARY}</html>"),
    (500, f'{{"message": "{CANARY}"}}'),
    (503, CANARY),
    (200, f'{{"ErrorCode": 500, "Exception": "{CANARY}"}}'),
    (200, f"<html>{CANARY}</html>"),
    (200, f'{{"message": "{CANARY}"}}'),
    (200, f'[{{"{CANARY}": "{CANARY}"}}]'),
    (200, f'"{CANARY}"'),
    (200, f"[{CANARY}"),
]


def errors(_path: str, number: int, body: bytes) -> tuple[int, bytes]:
    """Answer every other call with an error that quotes a value."""
    if number % 2:
        return 200, json.dumps(marked(json.loads(body))).encode()
    status, text = _ERRORS[number // 2 % len(_ERRORS)]
    return status, text.encode()


def refusals(_path: str, number: int, body: bytes) -> tuple[int, bytes]:
    """Refuse a few calls for the limit, in words that quote a value."""
    return (429, f"{CANARY}: calls per minute".encode()) if number in (5, 6) else (200, body)


@pytest.mark.parametrize(
    ("spoil", "form", "expected"),
    [
        (values, "json", None),
        (misfits, "json", None),
        (misfits, "text", None),
        (unknown, "json", None),
        (errors, "json", None),
        (errors, "text", None),
        (refusals, "json", "limits"),
    ],
)
@pytest.mark.parametrize("api", ["omni", "core"])
def test_no_canary_leaves(
    account: Sandbox, api: str, spoil: Spoil, form: str, expected: str | None
) -> None:
    numbers = itertools.count(1)

    def answer(request: BaseHTTPRequestHandler) -> Reply:
        path = _GUID.sub(lambda found: _ids.get(found[0], found[0]), request.path)
        found = requests.get(account.url + path, headers=dict(request.headers), timeout=30)
        if found.status_code != 200:
            return found.status_code, {}, found.content
        status, body = spoil(path, next(numbers), found.content)
        return status, {"Date": found.headers["Date"], "Retry-After": "0"}, body

    with http_server(answer) as address:
        prefix = account.base_url if api == "omni" else account.core_base_url
        where = address + prefix.removeprefix(account.url)
        settings: Row = config(account, api, base_url=where)
        result = run_verify(
            settings, f"--verify={form}", TAP_CIN7_LOGLEVEL="DEBUG", LOGLEVEL="DEBUG"
        )
    output = result.stdout.decode() + result.stderr
    assert not [sign for sign in SIGNS if sign in output.lower()], output
    assert "Traceback" not in output
    assert "failed unexpectedly" not in output
    if form == "text":
        assert expected is None or f"  {expected}: " in output
    else:
        found = {one["id"] for one in told(result)["assumptions"] if one["verdict"] == "refuted"}
        assert expected is None or expected in found
