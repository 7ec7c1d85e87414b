"""The settings: one flat table, and checks whose messages say what to write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tap_cin7.apis import APIS
from tap_cin7.values import instant

if TYPE_CHECKING:
    from collections.abc import Mapping

_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_API_NAMES = ", ".join(APIS)
_SENT_IN_HEADERS = {"user_agent", *(name for api in APIS.values() for name in api.credentials)}
_FIRST_SIGN = ord(" ")
"""What comes before it in Latin-1 are control characters."""


def _setting(kind: str, description: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"type": [kind, "null"], "description": description, **more}


def _secret(description: str) -> dict[str, Any]:
    return _setting("string", description, secret=True, writeOnly=True)


SETTINGS: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "api": _setting("string", f"Which product to read: {_API_NAMES}; required for a run"),
        "username": _setting("string", "Cin7 Omni: the API username"),
        "api_key": _secret("Cin7 Omni: the key of the API connection"),
        "account_id": _setting("string", "Cin7 Core: the account id"),
        "application_key": _secret("Cin7 Core: the key of the API application"),
        "base_url": _setting(
            "string", "Address of the API; by default the published one of the product"
        ),
        "start_date": _setting(
            "string",
            "First modification time wanted, such as 2026-01-31 or 2026-01-31T00:00:00Z; "
            "everything when empty",
        ),
        "lookback_seconds": _setting(
            "integer",
            "Overlap of an incremental run: how far behind its bookmark a stream starts",
            default=300,
            minimum=0,
        ),
        "requests_per_second": _setting(
            "integer",
            "Calls that may start in a second; by default 3 for Omni, and for Core the "
            "minute's calls spread evenly",
            minimum=1,
        ),
        "requests_per_minute": _setting(
            "integer", "Calls that may start in a minute; by default Cin7's limit of 60", minimum=1
        ),
        "requests_per_day": _setting(
            "integer",
            "Calls that may start in 24 hours; by default 5000 for Omni and no limit for Core",
            minimum=1,
        ),
        "quota_reserve_percent": _setting(
            "integer",
            "Share of every limit to leave for other apps that use the same key",
            default=0,
            minimum=0,
            maximum=90,
        ),
        "quota_store": _setting(
            "string",
            "Where the count of calls lives: memory, an SQLite file (sqlite:quota.db) or a Redis "
            "server (redis://host:6379/0), so that several processes share one quota and the "
            "day's count survives a restart",
            default="memory",
        ),
        "max_parallel_requests": _setting(
            "integer",
            "Calls in flight at once; 1 means strictly one after the other",
            default=5,
            minimum=1,
            maximum=32,
        ),
        "request_timeout": _setting(
            "integer", "Seconds that Cin7 may take to answer one call", default=60, minimum=1
        ),
        "user_agent": _setting("string", "Sent with every call; by default tap-cin7/<version>"),
        "full_refresh_days": _setting(
            "integer",
            "After how many days a stream is read whole again, because Cin7's filters are known "
            "to miss changes; 0 turns it off",
            default=0,
            minimum=0,
        ),
        "transactions_lookback_days": _setting(
            "integer",
            "Core: how many days of accounting dates behind its bookmark transactions are read "
            "again",
            default=60,
            minimum=0,
        ),
        **{
            setting: _setting("boolean", f"Core products: {what}", default=default)
            for setting, what, default in (
                ("include_bom", "with bill of materials", True),
                ("include_suppliers", "with suppliers", True),
                ("include_attachments", "with attachments", True),
                ("include_reorder_levels", "with reorder levels", True),
                ("include_custom_prices", "with custom prices", True),
                ("include_movements", "with the whole stock ledger, which can be huge", False),
            )
        },
        "stock_incremental": _setting(
            "boolean",
            "Omni: read stock by its last transaction instead of whole; misses changes that "
            "are no stock transaction, such as incoming and open sales quantities",
            default=False,
        ),
    },
}
"""JSON schema of the configuration; the SDK adds its built-in settings."""


def environment_problems(
    environment: Mapping[str, str], prefix: str, schema: Mapping[str, Any]
) -> list[str]:
    """Return the variables whose text is no whole number where the setting is one.

    Args:
        environment: The environment variables.
        prefix: What the tap's variables begin with.
        schema: The settings.

    """
    found = []
    for name, setting in schema["properties"].items():
        text = environment.get(prefix + name.upper(), "").strip()
        if "integer" in setting.get("type", ()) and text and not _WHOLE.fullmatch(text):
            found.append(
                f"setting {name!r} must be a whole number, not {text!r} ({prefix}{name.upper()})"
            )
    return found


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
    elif types and "string" in types and not isinstance(value, str):
        shown = "" if setting.get("secret") else f", not {value!r}"
        return [f"setting {name!r} must be text in quotes{shown}"]
    return []


def _wrong_texts(config: Mapping[str, Any]) -> list[str]:
    found = []
    texts = {
        name: value
        for name, value in config.items()
        if isinstance(value, str) and not _is_blank(value)
    }
    api = texts.get("api")
    if api and api not in APIS:
        found.append(f"setting 'api' must be one of {_API_NAMES}, not {api!r}")
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


def missing(config: Mapping[str, Any]) -> list[str]:
    """Return what a run still needs that the configuration does not say, one line each."""
    config = without_nulls(config)
    api = config.get("api")
    if api is None:
        return [f"setting 'api' is missing: write one of {_API_NAMES}"]
    chosen = APIS[api]
    lacking = [
        f"setting {name!r} is missing: {chosen.title} needs {' and '.join(chosen.credentials)}"
        for name in chosen.credentials
        if name not in config
    ]
    foreign = sorted(
        {
            name
            for other in APIS.values()
            for name in other.credentials
            if name not in chosen.credentials and name in config
        }
    )
    if foreign and lacking:
        lacking = [f"{line}, but {' and '.join(foreign)} belong to another api" for line in lacking]
    return lacking
