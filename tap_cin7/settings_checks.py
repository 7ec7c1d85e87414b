"""Checks of the settings; the messages say what to write."""

from __future__ import annotations

import re
from contextlib import suppress
from difflib import get_close_matches
from types import NoneType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from tap_cin7.instants import instant, is_in_the_future
from tap_cin7.settings import API_NAMES, CREDENTIALS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_TITLES = {"omni": "Cin7 Omni", "core": "Cin7 Core", "core_v1": "Cin7 Core V1"}
_SENT_IN_HEADERS = {"user_agent", *(name for pair in CREDENTIALS.values() for name in pair)}
_WHOLE = re.compile(r"[+-]?\d{1,30}", re.ASCII)
_BOOLEANS = {
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off"), False),
}
_VALUES = list[str | int | bool]
_IDS = '{"<stream>": ["<id>", ...]}', dict[str, _VALUES]
_OBJECTS: dict[str, tuple[str, Any]] = {
    "only_ids": _IDS,
    "skip_ids": _IDS,
    "documents_where": (
        '{"<stream>": {"<column>": ["<value>", ...]}}',
        dict[str, dict[str, _VALUES]],
    ),
}
"""Setting that is an object -> its form, for messages, and its type."""
_KINDS: dict[str, tuple[str, Any]] = {
    "integer": ("a whole number", int),
    "boolean": ("true or false", bool),
    "object": ("a JSON object such as {}", dict),
    "string": ("text in quotes", str),
}
"""JSON type of a setting -> its form, for messages, and its Python type."""
_MOST = 10**9
"""Largest number of a setting: none needs more, and dates and waits could overflow."""
_NULL = "__NULL__"
"""Stands for null in a stream map, where a configuration can't hold null."""
_HEADER = re.compile("[ -\xff]*")
"""What a header can hold: Latin-1 without the control characters below space."""


def from_environment(
    environment: Mapping[str, str], prefix: str, schema: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Return the settings in environment variables, and the problems of those that are wrong.

    A blank variable counts as not set.

    Args:
        environment: The environment variables.
        prefix: Prefix of the tap's variables.
        schema: JSON schema of the settings.

    """
    config, wrong = {}, []
    for name, setting in schema["properties"].items():
        variable = prefix + name.upper()
        text = environment.get(variable, "")
        if not text.strip():
            continue
        kind = _kind(setting)
        value = _read(text, kind)
        if value is None:
            shown = "" if kind == "object" else f", not {text!r}"
            wrong.append(f"setting {name!r} ({variable}) must be {_KINDS[kind][0]}" + shown)
        config[name] = value
    return config, wrong


def _kind(setting: Mapping[str, Any]) -> str:
    kind: str = next(one for one in setting["type"] if one != "null")
    return kind


def _read(text: str, kind: str) -> Any:  # noqa: ANN401
    """Parse the text of a setting; None if it is not of the kind."""
    bare = text.strip()
    if kind == "integer":
        return int(bare) if _WHOLE.fullmatch(bare) else None
    if kind == "boolean":
        return _BOOLEANS.get(bare.lower())
    if kind == "object":
        with suppress(msgspec.DecodeError, RecursionError):
            return msgspec.json.decode(bare, type=dict)
        return None
    return text


def without_nulls(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that a configuration sets, so that the rest get their defaults.

    Null and blank text mean "not set": orchestrators send them for settings left empty.
    """
    return {
        name: value
        for name, value in config.items()
        if value is not None and not (isinstance(value, str) and not value.strip())
    }


def problems(config: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Return the problems of a configuration, one line each, naming what to write.

    Args:
        config: The configuration as given.
        schema: JSON schema of the settings, with those of the SDK.

    """
    known = schema["properties"]
    found = [_unknown(name, known) for name in config if name not in known]
    given = without_nulls(config)
    for name, value in given.items():
        if name in known:
            found += _wrong(name, value, known[name])
    if given.get("flattening_enabled") is True and "flattening_max_depth" not in given:
        found.append("setting 'flattening_max_depth' is missing: flattening_enabled needs it")
    return [*found, *_wrong_texts(config), *_wrong_maps(config.get("stream_maps"))]


def _unknown(name: str, known: Iterable[str]) -> str:
    hint = did_you_mean(name, known) or f"; the settings are: {', '.join(sorted(known))}"
    return f"setting {name!r} is unknown{hint}"


def _wrong(name: str, value: Any, setting: Mapping[str, Any]) -> list[str]:  # noqa: ANN401
    kind = _kind(setting)
    form, wanted = _OBJECTS.get(name, _KINDS[kind])
    if kind == "object":
        fits = _converts(value, wanted)
        if fits and name in ("only_ids", "skip_ids"):
            fits = all(is_id(one) for ids in value.values() for one in ids)
    else:
        fits = isinstance(value, wanted) and isinstance(value, bool) is (kind == "boolean")
    if kind == "integer":
        least, most = setting.get("minimum", 0), setting.get("maximum", _MOST)
        form += f" from {least} to {most}"
        fits = fits and least <= value <= most
    shown = "" if kind == "object" or setting.get("secret") else f", not {value!r}"
    return [] if fits else [f"setting {name!r} must be {form}" + shown]


def is_id(value: Any) -> bool:  # noqa: ANN401
    """Return whether a value can be sent as an id: a whole number, or text on one line."""
    if isinstance(value, str):
        return value.isprintable() and bool(value.strip())
    return isinstance(value, int) and not isinstance(value, bool)


def _converts(value: Any, wanted: Any) -> bool:  # noqa: ANN401
    try:
        msgspec.convert(value, wanted)
    except msgspec.ValidationError:
        return False
    return True


def _wrong_maps(maps: Any) -> list[str]:  # noqa: ANN401
    return [
        f"setting 'stream_maps' must have {form} for {place!r}, not {value!r}"
        for place, value, form, types in _entries(maps if isinstance(maps, dict) else {})
        if not isinstance(value, (NoneType, *types)) and (value != _NULL or list in types)
    ]


def _entries(maps: Mapping[str, Any]) -> Iterator[tuple[str, Any, str, tuple[type, ...]]]:
    """Yield the path of each value in stream maps, the value, and the form and types to expect."""
    for stream, columns in maps.items():
        if stream == "__else__":
            yield stream, columns, "null", ()
            continue
        yield stream, columns, "an object or null", (dict,)
        for name, value in columns.items() if isinstance(columns, dict) else ():
            place = f"{stream}.{name}"
            if name == "__else__":
                yield place, value, "null", ()
            elif name == "__key_properties__":
                yield place, value, "a list or null", (list,)
            else:
                yield place, value, "text in quotes or null", (str,)


def _wrong_texts(config: Mapping[str, Any]) -> list[str]:
    found = []
    texts = {name: one for name, one in without_nulls(config).items() if isinstance(one, str)}
    api = texts.get("api")
    if api and api not in CREDENTIALS:
        found.append(f"setting 'api' must be one of {API_NAMES}, not {api!r}")
    found += [
        f"setting {name!r} holds a character that can't be sent to Cin7: use Latin letters, "
        "digits and punctuation on one line"
        for name in sorted(_SENT_IN_HEADERS & texts.keys())
        if not _HEADER.fullmatch(texts[name].strip())
    ]
    start = texts.get("start_date")
    try:
        if start and is_in_the_future(instant(start)):
            found.append(
                f"setting 'start_date' lies in the future: {start!r}; nothing would be read"
            )
    except ValueError:
        found.append(
            "setting 'start_date' must be a date such as 2026-01-31 or "
            f"2026-01-31T00:00:00Z, not {start!r}"
        )
    address = texts.get("base_url")
    if address and not _is_address(address):
        found.append("setting 'base_url' must be an address such as https://api.cin7.com/api")
    return found


def _is_address(text: str) -> bool:
    # ``urlsplit`` accepts these or drops them silently.
    if not text.isprintable() or any(character in text for character in " ?#"):
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
    """Return the end of a message that suggests a known name similar to a misspelt one."""
    by_letters = {one.lower(): one for one in known}
    close = get_close_matches(name.lower(), by_letters, n=1)
    return f"; did you mean {by_letters[close[0]]!r}?" if close else ""


def missing(config: Mapping[str, Any], variables: Iterable[str] = ()) -> list[str]:
    """Return the settings that a run still needs, one line each.

    Args:
        config: The configuration.
        variables: Names of environment variables, one of which may be a misspelt setting.

    """
    config = without_nulls(config)
    api = config.get("api")
    if api is None:
        return [f"setting 'api' is missing: write one of {API_NAMES}"]
    chosen = CREDENTIALS[api]
    lacking = [
        f"setting {name!r} is missing: {_TITLES[api]} needs {' and '.join(chosen)}"
        + _misspelt(name, variables)
        for name in chosen
        if name not in config
    ]
    others = {name for pair in CREDENTIALS.values() for name in pair} - {*chosen}
    foreign = sorted(others & config.keys())
    if foreign and lacking:
        lacking = [f"{line}, but {' and '.join(foreign)} belong to another api" for line in lacking]
    return lacking


def _misspelt(name: str, variables: Iterable[str]) -> str:
    """Return the end of a message that suggests a variable similar to a setting."""
    ours = (one for one in variables if one.startswith("TAP_CIN7_"))
    by_setting = {one.rpartition("CORE_")[2].removeprefix("TAP_CIN7_"): one for one in ours}
    close = get_close_matches(name.upper(), by_setting, n=1, cutoff=0.8)
    return f"; is {by_setting[close[0]]} in the environment meant for it?" if close else ""
