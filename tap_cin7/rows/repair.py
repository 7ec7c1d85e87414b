"""Repair of illegal JSON: one bad value never costs a row, a page or a stream.

Cin7 may send a lone half of a surrogate pair, bytes that are not UTF-8, raw control characters
in a text, ``NaN`` and ``Infinity``, or thousands of levels of nesting. A page is split into rows
here even if one of them is illegal; the codec, which knows its key, repairs the row itself. A body
that is cut off or is not JSON is refused: it is never repaired into a shorter one.

How to split a response (``Total`` and the like are decoded from their own bytes)::

    rows = split_rows(response.content)  # a bare list
    fields = split_fields(response.content)  # an envelope: name -> the bytes of the value
    rows = split_rows(fields["SaleList"])

Both are as fast as msgspec while a body is legal, and both raise ``ValueError`` if the body has
another form. Repairs: text that is not Unicode becomes U+FFFD, control characters are escaped, NUL
is removed because PostgreSQL refuses it, and anything nested deeper than 100 levels becomes null.
``NaN``, ``Infinity`` and numbers out of range become ``OddNumber``: columns hold null instead, and
``extra_fields`` their text.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tap_cin7.errors import NOT_JSON, StreamFailed
from tap_cin7.rows.encoding import DECIMALS, OddNumber, exact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_cin7.rows.paths import Path

DEEPEST = 100
"""Most levels of nesting to keep: loaders recurse, and the deepest real document has 8."""
_MOST_DIGITS = 1_000
_TOO_DEEP = "\udfff\udffe\udfff"
"""Placeholder for anything nested too deeply while a body is read."""
_TOO_DEEP_TEXT = json.dumps(_TOO_DEEP)
_BRACKET = re.compile(r'"(?:[^"\\]+|\\.)*"|[\[\]{}]', re.DOTALL)
_DELIMITER = re.compile(rb'"(?:[^"\\]+|\\.)*"|[\[\]{},]', re.DOTALL)
_NAME = re.compile(rb'("(?:[^"\\]+|\\.)*")\s*:', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_SURROGATE_OR_NUL = re.compile("[\ud800-\udfff\x00]")
_ODD_TEXT = re.compile("[\ud800-\udfff\x00-\x1f]")
BOM = b"\xef\xbb\xbf"
_BRACE = ord("{")
_NUL = b"\\u0000"
"""JSON escape of NUL, the one character that no loader takes."""
_decoded_value = msgspec.json.Decoder(float_hook=DECIMALS.create_decimal).decode
_RAW_ROWS = msgspec.json.Decoder(list[msgspec.Raw])
_RAW_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Repaired(NamedTuple):
    """A decoded value, and what was repaired in it.

    Attributes:
        value: Plain Python values; numbers that no loader can hold are ``OddNumber``.
        repaired: Paths of the values that were repaired.

    """

    value: Any
    repaired: list[Path]


def split_rows(array: bytes | msgspec.Raw) -> list[msgspec.Raw]:
    """Return the rows of a JSON array of objects, each as its bytes, legal or not.

    Raises:
        ValueError: If it is anything else, or is cut off.

    """
    try:
        rows = _RAW_ROWS.decode(array)
    except NOT_JSON:
        rows = [msgspec.Raw(piece) for piece in _pieces(bytes(array), b"[", b"]")]
    if any(memoryview(row)[0] != _BRACE for row in rows):
        raise ValueError("not a list of objects")
    return rows


def split_fields(body: bytes | msgspec.Raw) -> dict[str, msgspec.Raw]:
    """Return the fields of a JSON object, each value as its bytes, legal or not.

    Raises:
        ValueError: If it is anything else, or is cut off.

    """
    try:
        return _RAW_FIELDS.decode(body)
    except NOT_JSON:
        return dict(_named(piece) for piece in _pieces(bytes(body), b"{", b"}"))


def decode_row(raw: bytes) -> Repaired:
    """Decode a row to a dict, with exact numbers.

    Raises:
        StreamFailed: If it is not a JSON object; rows from ``split_rows`` always are.

    """
    try:
        row = decode(raw)
    except NOT_JSON as error:
        raise StreamFailed(f"a row that can't be decoded: {error}") from error
    if not isinstance(row.value, dict):
        raise StreamFailed("a row that is not an object")
    return row


def decode(raw: bytes) -> Repaired:
    """Decode JSON with exact numbers, repaired where necessary.

    Raises:
        ValueError: If it can't be repaired, or is cut off.

    """
    # ``rfind`` looks for the first character of the escape, which is rarer than its last digit.
    if raw.rfind(_NUL) < 0:
        try:
            return Repaired(_decoded_value(raw), [])
        except NOT_JSON:
            pass
    return read(raw)


def read(body: bytes) -> Repaired:
    """Decode and repair a body, without trying the fast decoder first.

    Raises:
        ValueError: If it can't be repaired, or is cut off.

    """
    text = _shallow(body.removeprefix(BOM).decode(errors="surrogateescape"))
    odd_text = _SURROGATE_OR_NUL
    try:
        value = _decoded(text, strict=True)
    except ValueError:
        value = _decoded(text, strict=False)
        odd_text = _ODD_TEXT
    repaired: list[Path] = []
    return Repaired(_legal(value, (), odd_text, repaired), repaired)


def _whole(text: str) -> int | OddNumber:
    return int(text) if len(text) <= _MOST_DIGITS else OddNumber(text)


def _decoded(text: str, *, strict: bool) -> Any:  # noqa: ANN401
    decoder = json.JSONDecoder(
        parse_float=exact, parse_int=_whole, parse_constant=OddNumber, strict=strict
    )
    return decoder.decode(text)


def _legal(value: Any, at: Path, odd_text: re.Pattern[str], repaired: list[Path]) -> Any:  # noqa: ANN401
    """Return a value with its texts repaired; add the paths of these."""
    if isinstance(value, dict):
        return {
            _legal_text(name): _legal(one, (*at, _legal_text(name)), odd_text, repaired)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [_legal(one, (*at, index), odd_text, repaired) for index, one in enumerate(value)]
    if type(value) is not str or not odd_text.search(value):
        return value
    repaired.append(at)
    return None if value == _TOO_DEEP else _legal_text(value)


def _legal_text(text: str) -> str:
    return _SURROGATE.sub("\ufffd", text).replace("\x00", "")


def _shallow(text: str) -> str:
    """Return a JSON text with a placeholder for anything nested deeper than ``DEEPEST``."""
    kept, start, depth = [], 0, 0
    for token in _BRACKET.finditer(text):
        bracket = token[0]
        if bracket in "[{":
            depth += 1
            if depth == DEEPEST + 1:
                kept.append(text[start : token.start()])
        elif bracket in "]}":
            depth -= 1
            if depth == DEEPEST:
                kept.append(_TOO_DEEP_TEXT)
                start = token.end()
    if depth > DEEPEST:
        raise ValueError("cut off in the middle of a value")
    return "".join(kept) + text[start:] if kept else text


def _pieces(body: bytes, opening: bytes, closing: bytes) -> Iterator[bytes]:
    """Yield the bytes between the commas of the outermost array or object.

    Raises:
        ValueError: If the body is anything else, is cut off, or can't be repaired.

    """
    body = body.removeprefix(BOM).strip()
    if not (body.startswith(opening) and body.endswith(closing)):
        raise ValueError("neither whole nor of the form that was asked for")
    read(body)
    depth, start = 0, 1
    for token in _DELIMITER.finditer(body):
        delimiter = token[0]
        if delimiter in (b"[", b"{"):
            depth += 1
        elif delimiter in (b"]", b"}"):
            depth -= 1
        if (delimiter == b"," and depth == 1) or not depth:
            piece = body[start : token.start()].strip()
            if piece:
                yield piece
            start = token.end()


def _named(piece: bytes) -> tuple[str, msgspec.Raw]:
    match = _NAME.match(piece)
    if match is None:
        raise ValueError("a field without a name")
    return str(read(match[1]).value), msgspec.Raw(piece[match.end() :].strip())
