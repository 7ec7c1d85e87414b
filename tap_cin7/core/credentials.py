"""Credentials in data: removed from rows that hold the URLs of webhooks.

The rule, for a row of a list that ``has_credentials``, at any depth of it:

- A field whose name suggests a credential or headers is taken out, and so is what stands beside
  such a name (``{"Name": "X-Api-Key", "Value": ..}``). Columns of the stream stay.
- In every text, addresses above all, ``***`` takes the place of the user before an ``@``, of the
  value after a name that suggests a credential, of what follows ``Bearer`` or ``Basic``, and of
  parts of a path or query that look random: incoming webhooks are often known by these alone.

When in doubt it is a credential. Names count in any letter case and form (``X-Api-Key``,
``apiKey``, ``API_KEY``, ``api%5Fkey``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Collection

_MASK = "***"
_PARTS = re.compile(
    "passw|passphrase|passcode|pwd|secret|token|bearer|credential|authori[sz]|signature|cookie"
    "|header|username|apikey|accesskey|privatekey|key$"
)
"""Matches anywhere in a name, in lower case without punctuation."""
_LAST_WORDS = {"auth", "pass", "user", "login", "sig", "hmac", "jwt", "otp", "pin"}
_LAST_WORDS_IN_QUERIES = {*_LAST_WORDS, "code", "sid", "pw"}
"""Last words of a name in ``name=value``; elsewhere a code is a status or a country."""
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_NAMING = {"name", "key", "header", "field"}
"""Fields, in lower case, that say what the other fields of their object hold."""

_USER = re.compile(r"(?:(?<=//)[^/?#\s]*|(?<!\S)[^/?#\s@:]+:[^/?#\s]*)@")
_SCHEME = re.compile(r"\b((?i:bearer|basic)\s+)(?=\S*(?:[\d=]|[a-z][A-Z]))\S{6,}")
_NAMED = re.compile(r"(?<![\w.%\[\]-])([\w.%\[\]-]+)[\\\"']*\s*([=:])\s*")
_VALUE = {"=": re.compile(r"[^\s&#]*"), ":": re.compile(r".*")}
_ENCODED = re.compile(r"[^\s&#;=]*")
_MOST_ENCODINGS = 4
"""Most levels of encoding of an address; beyond that it counts as a credential."""
_SEGMENT = re.compile(r"(?:(?<=[^/]/)|(?<==))[^/?&#=\s]+")
_RANDOM = re.compile(
    r"(?<![a-z0-9])(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{16,}"
    r"|[a-f0-9]{8}-(?:[a-f0-9]{4}-){3}[a-f0-9]{12}",
    re.IGNORECASE,
)


def without_credentials(fields: dict[str, Any], columns: Collection[str] = ()) -> dict[str, Any]:
    """Return an object without what looks like a credential.

    Args:
        fields: The decoded fields.
        columns: Names, in lower case, of fields that always stay.

    """
    if not columns and any(_names_one(name, value) for name, value in fields.items()):
        return {name: one for name, one in fields.items() if name.lower() in _NAMING}
    return {
        _masked(name): _cleaned(value)
        for name, value in fields.items()
        if name.lower() in columns or not _is_secret(name, _LAST_WORDS)
    }


def _names_one(name: str, value: object) -> bool:
    return name.lower() in _NAMING and isinstance(value, str) and _is_secret(value, _LAST_WORDS)


def _cleaned(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return without_credentials(value)
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    return _masked(value) if isinstance(value, str) else value


def _is_secret(name: str, last_words: Collection[str]) -> bool:
    words = _WORD.findall(unquote(name))
    if not words:
        return False
    return bool(_PARTS.search("".join(words).lower())) or words[-1].lower() in last_words


def _masked(text: str) -> str:
    text = _USER.sub(f"{_MASK}@", text)
    text = _SCHEME.sub(rf"\g<1>{_MASK}", text)
    text = _without_named(text)
    return _SEGMENT.sub(lambda one: _MASK if _RANDOM.search(one[0]) else one[0], text)


def _without_named(text: str) -> str:
    """Return a text without the values of credentials: ``token=..``, ``Authorization: ..``."""
    kept, start = [], 0
    for found in _NAMED.finditer(text):
        name, separator = found.groups()
        if found.start() < start:
            continue
        is_query = separator == "="
        if _is_secret(name, _LAST_WORDS_IN_QUERIES if is_query else _LAST_WORDS):
            value = _VALUE[separator].match(text, found.end())
        else:
            value = _ENCODED.match(text, found.end()) if is_query else None
            value = value if value and _hides_one(value[0]) else None
        if value and value[0]:
            kept += [text[start : found.end()], _MASK]
            start = value.end()
    return "".join(kept) + text[start:]


def _hides_one(value: str) -> bool:
    """Return whether a value of a query is an encoded address with a credential."""
    plain, before = unquote(value), value
    for _ in range(_MOST_ENCODINGS):
        if plain == before:
            return plain != value and _masked(plain) != plain
        plain, before = unquote(plain), plain
    return True
