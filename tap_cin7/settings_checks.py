"""Checks of the settings, whose messages say what to write."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from tap_cin7.instants import instant, is_in_the_future
from tap_cin7.settings import API_NAMES, CREDENTIALS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_TITLES = {"omni": "Cin7 Omni", "core": "Cin7 Core", "core_v1": "Cin7 Core V1"}
_SENT_IN_HEADERS = {"user_agent", *(name for pair in CREDENTIALS.values() for name in pair)}
_TRUTH = {"true", "1", "yes", "on", "false", "0", "no", "off"}
_FIRST_SIGN = ord(" ")
"""What comes before it in Latin-1 are control characters."""


def environment_problems(
    environment: Mapping[str, str], prefix: str, schema: Mapping[str, Any]
) -> list[str]:
    """Return the variables whose text is not what its setting takes.

    Args:
        environment: The environment variables.
        prefix: What the tap's variables begin with.
        schema: The settings.

    """
    found = []
    for name, setting in schema["properties"].items():
        text = environment.get(prefix + name.upper(), "").strip()
        variable = prefix + name.upper()
        kinds = setting.get("type", ())
        if not text:
            continue
        if "integer" in kinds and not _WHOLE.fullmatch(text):
            found.append(f"setting {name!r} must be a whole number, not {text!r} ({variable})")
        if "boolean" in kinds and text.lower() not in _TRUTH:
            found.append(f"setting {name!r} must be true or false, not {text!r} ({variable})")
        if "object" in kinds and not _is_json_object(text):
            found.append(f"setting {name!r} must be a JSON object such as {{}} ({variable})")
    return found


def _is_json_object(text: str) -> bool:
    try:
        return isinstance(msgspec.json.decode(text), dict)
    except msgspec.DecodeError:
        return False


def without_nulls(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a configuration really sets, so that defaults take the place of the rest.

    Null and blank text stand for "not set": that is how orchestrators pass on a setting that
    nobody filled in.
    """
    return {name: value for name, value in config.items() if not _is_blank(value)}


def _is_blank(value: Any) -> bool:  # noqa: ANN401
    return value is None or (isinstance(value, str) and not value.strip())


def problems(config: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a configuration, one line each, naming what to write.

    Args:
        config: The configuration as given.
        schema: The settings, built-in ones included.

    """
    known = schema["properties"]
    found = [
        f"setting {name!r} is unknown; the settings are: {', '.join(sorted(known))}"
        for name in config
        if name not in known
    ]
    for name, value in config.items():
        if name in known and not _is_blank(value):
            found += _wrong(name, value, known[name])
    return found + _wrong_texts(config)


def _wrong(name: str, value: Any, setting: Mapping[str, Any]) -> list[str]:  # noqa: ANN401
    types = setting.get("type", [])
    if "integer" in types:
        least, most = setting.get("minimum", 0), setting.get("maximum")
        bounds = f"a whole number from {least}" + ("" if most is None else f" to {most}")
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if not is_whole or value < least or (most is not None and value > most):
            return [f"setting {name!r} must be {bounds}, not {value!r}"]
    elif "boolean" in types:
        if not isinstance(value, bool):
            return [f"setting {name!r} must be true or false, not {value!r}"]
    elif name in _FORMS:
        is_right, form = _FORMS[name]
        return [] if is_right(value) else [f"setting {name!r} must look like {form}"]
    elif types and "string" in types and not isinstance(value, str):
        shown = "" if setting.get("secret") else f", not {value!r}"
        return [f"setting {name!r} must be text in quotes{shown}"]
    return []


def _is_of_lists(value: Any, items: tuple[type, ...]) -> bool:  # noqa: ANN401
    return isinstance(value, dict) and all(
        isinstance(found, list) and all(isinstance(one, items) for one in found)
        for found in value.values()
    )


def _is_of_ids(value: Any) -> bool:  # noqa: ANN401
    return _is_of_lists(value, (str, int))


def _is_of_columns(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, dict) and all(
        _is_of_lists(columns, (str, int, bool)) for columns in value.values()
    )


_IDS = '{"<stream>": ["<id>", ...]}'
_FORMS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "only_ids": (_is_of_ids, _IDS),
    "skip_ids": (_is_of_ids, _IDS),
    "documents_where": (_is_of_columns, '{"<stream>": {"<column>": ["<value>", ...]}}'),
}
"""Settings that are objects: whether one has its form, and what that is."""


def _wrong_texts(config: Mapping[str, Any]) -> list[str]:
    found = []
    texts = {
        name: value
        for name, value in config.items()
        if isinstance(value, str) and not _is_blank(value)
    }
    api = texts.get("api")
    if api and api not in CREDENTIALS:
        found.append(f"setting 'api' must be one of {API_NAMES}, not {api!r}")
    found += [
        f"setting {name!r} holds a character that can't be sent to Cin7: use Latin letters, "
        "digits and signs on one line"
        for name in sorted(_SENT_IN_HEADERS & texts.keys())
        if not _fits_a_header(texts[name])
    ]
    start = texts.get("start_date")
    if start:
        try:
            instant(start)
        except ValueError:
            found.append(
                "setting 'start_date' must be a date such as 2026-01-31 or "
                f"2026-01-31T00:00:00Z, not {start!r}"
            )
        else:
            if is_in_the_future(instant(start)):
                found.append(
                    f"setting 'start_date' lies in the future: {start!r}; nothing would be read"
                )
    address = texts.get("base_url")
    if address and not _is_address(address):
        found.append("setting 'base_url' must be an address such as https://api.cin7.com/api")
    return found


def _fits_a_header(text: str) -> bool:
    try:
        sent = text.strip().encode("latin-1")
    except UnicodeEncodeError:
        return False
    return not any(byte < _FIRST_SIGN for byte in sent)


def _is_address(text: str) -> bool:
    # The standard library lets these pass or drops them silently.
    if not text.isprintable() or any(sign in text for sign in " ?#"):
        return False
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.username is None
            and (parts.port is None or parts.port > 0)
        )
    except ValueError:
        return False


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the end of a message that points to the known name that a misspelt one resembles."""
    by_letters = {one.lower(): one for one in known}
    close = get_close_matches(name.lower(), by_letters, n=1)
    return f"; did you mean {by_letters[close[0]]!r}?" if close else ""


def missing(config: Mapping[str, Any]) -> list[str]:
    """Return what a run still needs that the configuration does not say, one line each."""
    config = without_nulls(config)
    api = config.get("api")
    if api is None:
        return [f"setting 'api' is missing: write one of {API_NAMES}"]
    chosen = CREDENTIALS[api]
    lacking = [
        f"setting {name!r} is missing: {_TITLES[api]} needs {' and '.join(chosen)}"
        for name in chosen
        if name not in config
    ]
    foreign = sorted(
        {
            name
            for pair in CREDENTIALS.values()
            for name in pair
            if name not in chosen and name in config
        }
    )
    if foreign and lacking:
        lacking = [f"{line}, but {' and '.join(foreign)} belong to another api" for line in lacking]
    return lacking
