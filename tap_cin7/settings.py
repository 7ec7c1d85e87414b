"""The settings, each declared once, with its type, default and description.

The JSON schema of the configuration is made of the declarations, and docs/settings.md and the
definitions for Meltano and its Hub are made of the schema (``make docs``).
"""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

import msgspec

from tap_cin7.instants import instant

if TYPE_CHECKING:
    from collections.abc import Mapping

CREDENTIALS = {
    "omni": ("username", "api_key"),
    "core": ("account_id", "application_key"),
    "core_v1": ("account_id", "application_key"),
}
"""API -> the settings that hold its credentials, the secret one last."""
API_NAMES = ", ".join(CREDENTIALS)
"""The APIs, for messages."""
_KINDS = {str: "string", int: "integer", bool: "boolean", dict: "object"}


def _setting(description: str, default: Any = None, **schema: Any) -> Any:  # noqa: ANN401
    return field(
        default=default,
        repr=not schema.get("secret"),
        metadata={"description": description, **schema},
    )


def _secret(description: str) -> Any:  # noqa: ANN401
    return _setting(description, secret=True, writeOnly=True)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a run, checked and with their defaults; ``start_date`` is canonical.

    Keywords beside description and default go into the JSON schema unchanged. The title that forms
    show is made of the name by default.
    """

    api: str = _setting(
        f"Which product to read: {API_NAMES}; required for a run",
        title="API",
        enum=list(CREDENTIALS),
    )
    username: str | None = _setting("Cin7 Omni: the API username")
    api_key: str | None = _secret("Cin7 Omni: the key of the API connection")
    account_id: str | None = _setting("Cin7 Core: the account id", title="Account ID")
    application_key: str | None = _secret("Cin7 Core: the key of the API application")
    base_url: str | None = _setting(
        "Address of the API; by default the published one of the product", title="Base URL"
    )
    start_date: str | None = _setting(
        "First modification time wanted, such as 2026-01-31 or 2026-01-31T00:00:00Z; everything "
        "when empty. It bounds documents (orders, sales, purchases, payments, stock documents, "
        "ledger), never master data such as products and customers"
    )
    lookback_seconds: int = _setting(
        "Overlap of an incremental run: how far behind its bookmark a stream starts", 300, minimum=0
    )
    requests_per_second: int | None = _setting(
        "Calls that may start in a second; by default 3 for Omni, and for Core the minute's calls "
        "spread evenly",
        minimum=1,
    )
    requests_per_minute: int | None = _setting(
        "Calls that may start in a minute; by default Cin7's limit of 60", minimum=1
    )
    requests_per_day: int | None = _setting(
        "Calls that may start in 24 hours; by default 5000 for Omni and no limit for Core",
        minimum=1,
    )
    quota_reserve_percent: int = _setting(
        "Share of every limit to leave for other apps that use the same key",
        0,
        minimum=0,
        maximum=90,
    )
    quota_store: str = _setting(
        "Where the count of calls lives: memory, an SQLite file (sqlite:quota.db) or a Redis "
        "server (redis://host:6379/0), so that several processes share one quota and the day's "
        "count survives a restart",
        "memory",
    )
    max_parallel_requests: int = _setting(
        "Calls in flight at once; 1 means strictly one after the other", 5, minimum=1, maximum=32
    )
    request_timeout: int = _setting(
        "Seconds that Cin7 may take to answer one call", 60, minimum=1, maximum=86_400
    )
    retry_wait_seconds: int = _setting(
        "Wait before the second try of a call; further waits grow in proportion, up to 60 times as "
        "long; 0 waits for nothing",
        1,
        minimum=0,
        maximum=86_400,
    )
    user_agent: str | None = _setting("Sent with every call; by default tap-cin7/<version>")
    full_refresh_days: int = _setting(
        "After how many days a stream is read whole again, because Cin7's filters are known to "
        "miss changes; 0 turns it off",
        0,
        minimum=0,
    )
    transactions_lookback_days: int = _setting(
        "Core: how many days of accounting dates behind its bookmark transactions are read again",
        60,
        minimum=0,
    )
    recheck_days: int = _setting(
        "Core: how many days back, by their business date, completed documents whose list shows no "
        "modification time are fetched again by each run; 0 turns it off",
        7,
        minimum=0,
    )
    include_bom: bool = _setting(
        "Core products: with bill of materials", default=True, title="Include BOM"
    )
    include_suppliers: bool = _setting("Core products: with suppliers", default=True)
    include_attachments: bool = _setting("Core products: with attachments", default=True)
    include_reorder_levels: bool = _setting("Core products: with reorder levels", default=True)
    include_custom_prices: bool = _setting("Core products: with custom prices", default=True)
    include_movements: bool = _setting(
        "Core products: with the whole stock ledger, which can be huge", default=False
    )
    include_customer_prices: bool = _setting(
        "Core customers: with the prices of their own", default=True
    )
    include_transactions: bool = _setting("Core sales: with their ledger postings", default=True)
    include_resource_attachments: bool = _setting(
        "Core production resources: with attachments", default=True
    )
    stock_incremental: bool = _setting(
        "Omni: read stock by its last transaction instead of whole; misses changes that are no "
        "stock transaction, such as incoming and open sales quantities",
        default=False,
    )
    max_run_minutes: int = _setting(
        "After how many minutes the run ends as a success at the next page or document, state "
        "saved, so that the next run goes on from there; 0 sets no limit",
        0,
        minimum=0,
    )
    emit_activate_version_messages: bool = _setting(
        "End whole reads with ACTIVATE_VERSION, so that targets mark or remove rows that are gone "
        "from Cin7",
        default=True,
    )
    extra_fields: bool = _setting(
        "Add the column extra_fields to each stream: what Cin7 sent beyond the catalog or what "
        "does not fit its column",
        default=True,
    )
    snapshot_interval_hours: int = _setting(
        "At most one stock snapshot is taken in so many hours, counted from midnight UTC",
        24,
        minimum=1,
    )
    only_ids: dict[str, list[str]] | None = _setting(
        "Stream name -> list of ids: read just these and move no bookmark, such as "
        '{"sales": ["3f0c..."]}; a number after a bar finds Core\'s documents too, such as '
        '"|SO-01234"',
        title="Only IDs",
    )
    skip_ids: dict[str, list[str]] | None = _setting(
        "Core: stream name -> list of ids: documents that are never asked for, because Cin7 fails "
        'to give them, such as {"sales": ["3f0c..."]}; they are never reported as gone',
        title="Skip IDs",
    )
    documents_where: dict[str, dict[str, list[str]]] | None = _setting(
        "Core: stream name -> column of the list that names its documents -> list of values: only "
        "documents whose row there has one of the values are fetched, such as "
        '{"sales": {"Status": ["COMPLETED"]}}'
    )

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Settings:
        """Return the settings of a checked configuration."""
        known = {one.name: config[one.name] for one in fields(cls) if one.name in config}
        for name in ("only_ids", "skip_ids", "documents_where"):
            known[name] = _texts(known.get(name))
        start = known.get("start_date")
        known["start_date"] = instant(start) if start else None
        return msgspec.convert(known, cls)

    def skipped(self, stream: str) -> set[str]:
        """Return the ids, in lower case, of the documents of a stream that are never requested."""
        return {one.strip().lower() for one in (self.skip_ids or {}).get(stream, ())}


def _texts(value: Any) -> Any:  # noqa: ANN401
    """Convert the values in nested objects and lists to text, as JSON spells them."""
    if isinstance(value, dict):
        return {name: _texts(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_texts(inner) for inner in value]
    return value if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _properties() -> dict[str, Any]:
    hints = get_type_hints(Settings)
    return {one.name: _property(one.name, hints[one.name], one) for one in fields(Settings)}


def _property(name: str, hint: Any, declared: Field[Any]) -> dict[str, Any]:  # noqa: ANN401
    (kind,) = (one for one in get_args(hint) or (hint,) if one is not NoneType)
    default = {} if declared.default is None else {"default": declared.default}
    return {
        "type": [_KINDS[get_origin(kind) or kind], "null"],
        "title": name.replace("_", " ").capitalize().replace("Api", "API"),
        **declared.metadata,
        **default,
    }


SETTINGS: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": _properties(),
}
"""JSON schema of the configuration; the SDK adds its built-in settings."""
