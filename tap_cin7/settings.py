"""The settings: one flat table for the command line, and what a run has of it, typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tap_cin7.instants import instant

if TYPE_CHECKING:
    from collections.abc import Mapping

CREDENTIALS = {
    "omni": ("username", "api_key"),
    "core": ("account_id", "application_key"),
    "core_v1": ("account_id", "application_key"),
}
"""The two settings that hold the credentials of each API, the secret one last."""
API_NAMES = ", ".join(CREDENTIALS)
"""The APIs, for messages."""
_TITLED = {
    "api": "API",
    "api_key": "API key",
    "account_id": "Account ID",
    "base_url": "Base URL",
    "include_bom": "Include BOM",
    "only_ids": "Only IDs",
}


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
                f"Which product to read: {API_NAMES}; required for a run",
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
            "include_customer_prices": _setting(
                "boolean", "Core customers: with the prices of their own", default=True
            ),
            "include_transactions": _setting(
                "boolean", "Core sales: with their ledger postings", default=True
            ),
            "include_resource_attachments": _setting(
                "boolean", "Core production resources: with attachments", default=True
            ),
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
                '{"sales": ["3f0c..."]}; a number after a bar finds Core\'s documents too, such '
                'as "|SO-01234"',
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
    include_customer_prices: bool = True
    include_transactions: bool = True
    include_resource_attachments: bool = True
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
