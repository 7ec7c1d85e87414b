"""The settings: one flat table, and checks whose messages say what to write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from tap_cin7.instants import instant, is_in_the_future

if TYPE_CHECKING:
    from collections.abc import Mapping

_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
CREDENTIALS = {
    "omni": ("username", "api_key"),
    "core": ("account_id", "application_key"),
    "core_v1": ("account_id", "application_key"),
}
"""The two settings that hold the credentials of each API, the secret one last."""
_TITLES = {"omni": "Cin7 Omni", "core": "Cin7 Core", "core_v1": "Cin7 Core V1"}
_API_NAMES = ", ".join(CREDENTIALS)
_SENT_IN_HEADERS = {"user_agent", *(name for pair in CREDENTIALS.values() for name in pair)}
_TITLED = {
    "api": "API",
    "api_key": "API key",
    "account_id": "Account ID",
    "base_url": "Base URL",
    "include_bom": "Include BOM",
    "only_ids": "Only IDs",
}
_TRUTH = {"true", "1", "yes", "on", "false", "0", "no", "off"}
_FIRST_SIGN = ord(" ")
"""What comes before it in Latin-1 are control characters."""


def _setting(kind: str, description: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"type": [kind, "null"], "description": description, **more}


def _titled(properties: dict[str, Any]) -> dict[str, Any]:
    """Give each setting the title that forms show."""
    for name, setting in properties.items():
        setting["title"] = _TITLED.get(name, name.replace("_", " ").capitalize())
    return properties


def _secret(description: str) -> dict[str, Any]:
    return _setting("string", description, secret=True, writeOnly=True)


SETTINGS: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": _titled(
        {
            "api": _setting(
                "string",
                f"Which product to read: {_API_NAMES}; required for a run",
                enum=list(CREDENTIALS),
            ),
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
                "everything when empty. It bounds documents (orders, sales, purchases, payments, "
                "stock documents, ledger), never master data such as products and customers",
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
                "integer",
                "Calls that may start in a minute; by default Cin7's limit of 60",
                minimum=1,
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
                "Where the count of calls lives: memory, an SQLite file (sqlite:quota.db) or a "
                "Redis server (redis://host:6379/0), so that several processes share one quota "
                "and the day's count survives a restart",
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
                "After how many days a stream is read whole again, because Cin7's filters are "
                "known to miss changes; 0 turns it off",
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
            "max_run_minutes": _setting(
                "integer",
                "After how many minutes the run ends as a success at the next page or document, "
                "state saved, so that the next run goes on from there; 0 sets no limit",
                default=0,
                minimum=0,
            ),
            "emit_activate_version_messages": _setting(
                "boolean",
                "End whole reads with ACTIVATE_VERSION, so that targets mark or remove rows that "
                "are gone from Cin7",
                default=True,
            ),
            "extra_fields": _setting(
                "boolean",
                "Add the column extra_fields to each stream: what Cin7 sent beyond the catalog or "
                "what does not fit its column",
                default=True,
            ),
            "snapshot_interval_hours": _setting(
                "integer",
                "At most one stock snapshot is taken in so many hours, counted from midnight UTC",
                default=24,
                minimum=1,
            ),
            "only_ids": _setting(
                "object",
                "Stream name -> list of ids: read just these and move no bookmark, such as "
                '{"sales": ["3f0c..."]}',
            ),
        }
    ),
}
"""JSON schema of the configuration; the SDK adds its built-in settings."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a run, checked and with their defaults.

    Attributes are named as the settings of ``SETTINGS``; ``start_date`` is a canonical instant.

    """

    api: str
    username: str | None = None
    api_key: str | None = None
    account_id: str | None = None
    application_key: str | None = None
    base_url: str | None = None
    start_date: str | None = None
    lookback_seconds: int = 300
    requests_per_second: int | None = None
    requests_per_minute: int | None = None
    requests_per_day: int | None = None
    quota_reserve_percent: int = 0
    quota_store: str = "memory"
    max_parallel_requests: int = 5
    request_timeout: int = 60
    user_agent: str | None = None
    full_refresh_days: int = 0
    transactions_lookback_days: int = 60
    include_bom: bool = True
    include_suppliers: bool = True
    include_attachments: bool = True
    include_reorder_levels: bool = True
    include_custom_prices: bool = True
    include_movements: bool = False
    stock_incremental: bool = False
    max_run_minutes: int = 0
    emit_activate_version_messages: bool = True
    extra_fields: bool = True
    snapshot_interval_hours: int = 24
    only_ids: dict[str, list[str]] | None = None

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Settings:
        """Return the settings of a configuration that was checked."""
        known = {name: config[name] for name in cls.__struct_fields__ if name in config}
        start = known.get("start_date")
        if known.get("only_ids") is not None:
            known["only_ids"] = {
                stream: [str(one) for one in ids] for stream, ids in known["only_ids"].items()
            }
        return msgspec.convert({**known, "start_date": instant(start) if start else None}, cls)


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
    elif "object" in types and name == "only_ids":
        return _wrong_ids(value)
    elif types and "string" in types and not isinstance(value, str):
        shown = "" if setting.get("secret") else f", not {value!r}"
        return [f"setting {name!r} must be text in quotes{shown}"]
    return []


def _wrong_ids(value: Any) -> list[str]:  # noqa: ANN401
    if isinstance(value, dict) and all(
        isinstance(ids, list) and all(isinstance(one, (str, int)) for one in ids)
        for ids in value.values()
    ):
        return []
    return ['setting \'only_ids\' must look like {"<stream>": ["<id>", ...]}']


def _wrong_texts(config: Mapping[str, Any]) -> list[str]:
    found = []
    texts = {
        name: value
        for name, value in config.items()
        if isinstance(value, str) and not _is_blank(value)
    }
    api = texts.get("api")
    if api and api not in CREDENTIALS:
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


def missing(config: Mapping[str, Any]) -> list[str]:
    """Return what a run still needs that the configuration does not say, one line each."""
    config = without_nulls(config)
    api = config.get("api")
    if api is None:
        return [f"setting 'api' is missing: write one of {_API_NAMES}"]
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
