"""Notifications: which documents a webhook's body names, so that a run reads just these.

From a body only ids are taken; everything else in it is text of doubtful form (numbers, flags and
dates as strings, in the vendor's samples) and is read from Cin7 instead. Delivery is at least once
and in no order, so one document may be named many times. Ids come in upper case in many samples.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from tap_cin7.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator

_log = logging.getLogger("tap-cin7")
_SALE = ("sales", "sale_list")
_PURCHASE = ("purchases", "purchase_list")
_SALE_EVENTS = (
    "Created",
    "QuoteAuthorised",
    "OrderAuthorised",
    "Voided",
    "Backordered",
    "PickAuthorised",
    "PackAuthorised",
    "CreditNoteAuthorised",
    "Undo",
    "PartialPaymentReceived",
    "FullPaymentReceived",
    "AdditionalAttributesChanged",
    "ShipmentTrackingNumberChanged",
    "AttachmentAdded",
)
_PURCHASE_EVENTS = (
    "OrderAuthorised",
    "InvoiceAuthorised",
    "StockReceivedAuthorised",
    "CreditNoteAuthorised",
)
_OPPORTUNITY_EVENTS = ("Authorized", "Voided", "Converted", "AttachmentAdded")
_EVENTS: dict[str, tuple[str, tuple[str, ...]]] = {
    **{f"Sale/{event}": ("SaleID", _SALE) for event in _SALE_EVENTS},
    "Sale/ShipmentAuthorised": ("SaleTaskID", _SALE),
    "Sale/InvoiceAuthorised": ("SaleTaskID", _SALE),
    **{f"Purchase/{event}": ("TaskID", _PURCHASE) for event in _PURCHASE_EVENTS},
    "Purchase/Updated": ("CustomerDetailsList[].ID", _PURCHASE),
    "Product/Updated": ("ProductDetailsList[].ID", ("products",)),
    "Customer/Updated": ("CustomerDetailsList[].Customer.ID", ("customers",)),
    "Supplier/Updated": ("SupplierDetailsList[].Supplier.ID", ("suppliers",)),
    "Lead/Updated": ("LeadsDetailsList[].LeadID", ("crm_leads",)),
    "Lead/Converted": ("LeadID", ("crm_leads",)),
    **{
        f"Opportunity/{event}": ("OpportunityID", ("crm_opportunities",))
        for event in _OPPORTUNITY_EVENTS
    },
    "Stock/AvailableStockLevelChanged": ("ID|ProductID|SKU", ("product_availability",)),
    "Task/Overdue": ("ID|TaskID", ("crm_tasks",)),
}
"""Event -> where its body holds ids, and the streams that they are ids of (vendor's samples).

Where the samples leave open which field it is, the first one that holds something counts.
"""
_FOLDED = {event.lower(): what for event, what in _EVENTS.items()}


def ids_of(text: str, name: str) -> dict[str, list[str]]:
    """Return the ids that webhook bodies name, by stream.

    Unknown events are named in the log and skipped, and so are bodies without an id.

    Args:
        text: One body, or one a line.
        name: Where the text comes from, for messages.

    Raises:
        BadInput: If it is not JSON.

    """
    found: dict[str, dict[str, None]] = {}
    for body in _bodies(text, name):
        event = str(next(_at(body, ["EventType"])) or "")
        known = _FOLDED.get(event.lower())
        if known is None:
            _log.warning("event %r names no document that is known, skipped", event)
            continue
        path, streams = known
        held = _at(body, path.split("."))
        ids = [str(one).lower() for one in held if one and isinstance(one, str | int)]
        if not ids:
            _log.warning("event %r came without %s, skipped", event, path)
        for stream in streams:
            found.setdefault(stream, {}).update(dict.fromkeys(ids))
    return {stream: list(ids) for stream, ids in found.items() if ids}


def _bodies(text: str, name: str) -> Iterator[dict[str, Any]]:
    try:
        values = [json.loads(text)]
    except ValueError:
        values = list(_lines(text, name))
    for value in values:
        for body in value if isinstance(value, list) else [value]:
            if isinstance(body, dict):
                yield body


def _lines(text: str, name: str) -> Iterator[Any]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield json.loads(line)
            except ValueError as error:
                raise BadInput(
                    f"line {number} of the events in {name} is not JSON: {error}"
                ) from error


def _at(value: Any, steps: list[str]) -> Iterator[Any]:  # noqa: ANN401
    """Yield what stands at a path; names match without regard to case."""
    if not steps:
        yield value
        return
    if not isinstance(value, dict):
        return
    folded = {key.lower(): held for key, held in value.items()}
    names = steps[0].removesuffix("[]").lower().split("|")
    inner = next((folded[name] for name in names if folded.get(name)), None)
    for one in inner if isinstance(inner, list) else [inner]:
        yield from _at(one, steps[1:])
