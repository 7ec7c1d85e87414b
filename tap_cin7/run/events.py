"""Notifications: find the documents that webhook bodies name, so that a run reads just these.

Only ids and the document number are taken from a body; everything else in it is text of doubtful
form (numbers, flags and dates as strings, in the vendor's samples) and is read from Cin7 instead.
Delivery is at least once and unordered, so a document may be named many times. Ids are in upper
case in many samples, and some are those of a task: then the number finds the document. A body that
names nothing usable is reported with the reason, so that it does not pass for done.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_cin7.errors import NOT_JSON
from tap_cin7.rows.coercion import is_guid, lower_guid
from tap_cin7.rows.repair import BOM
from tap_cin7.settings_checks import is_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class EventKind(NamedTuple):
    """What the events of a kind name.

    Attributes:
        paths: Paths of ids in the body; the first with any is used, and of alternatives
            separated by a bar the first one.
        streams: The streams that the ids belong to, the documents first.

    """

    paths: tuple[str, ...]
    streams: tuple[str, ...]


_AVAILABILITY = EventKind(("ID|ProductID|SKU",), ("product_availability",))
_KINDS = {
    ".*transfer": EventKind(
        ("TaskID|StockTransferID",), ("stock_transfers", "stock_transfer_list")
    ),
    "sale/": EventKind(("SaleID|SaleTaskID|TaskID",), ("sales", "sale_list")),
    "purchase/": EventKind(
        ("TaskID|PurchaseID", "CustomerDetailsList[].ID", "PurchaseDetailsList[].ID"),
        ("purchases", "purchase_list"),
    ),
    "product/": EventKind(("ProductDetailsList[].ID",), ("products",)),
    "customer/": EventKind(("CustomerDetailsList[].Customer.ID|ID",), ("customers",)),
    "supplier/": EventKind(("SupplierDetailsList[].Supplier.ID|ID",), ("suppliers",)),
    "lead/": EventKind(("LeadID", "LeadsDetailsList[].LeadID"), ("crm_leads",)),
    "opportunity/": EventKind(("OpportunityID",), ("crm_opportunities",)),
    "stock/availablestocklevelchanged": _AVAILABILITY,
    "task/overdue": EventKind(("ID|TaskID",), ("crm_tasks",)),
}
"""Regex of the start of an EventType -> its kind (vendor's samples, and live accounts)."""
_NUMBERS = "OrderNumber|SaleOrderNumber|PurchaseOrderNumber|TransferNumber|Number"


@dataclass
class Event:
    """A webhook body.

    Attributes:
        line: The body as received.
        label: Its name in messages.
        names: Stream -> ids, or ids with the document number after a bar.
        problems: Why the body, or a part of it, names nothing usable.
        is_broken: Whether it is not JSON.

    """

    line: bytes
    label: str
    names: dict[str, dict[str, None]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    is_broken: bool = False

    def is_done(self, named: Callable[[str], Mapping[str, bool]]) -> bool:
        """Return whether every document that it names was read.

        Args:
            named: Returns what was requested of a stream: name -> whether it was received.

        """
        return not self.problems and all(
            named(stream).get(one, False) for stream in self.documents for one in self.names[stream]
        )

    def is_untried(self, named: Callable[[str], Mapping[str, bool]]) -> bool:
        """Return whether no document that it names was requested; arguments as for ``is_done``."""
        return bool(self.documents) and all(
            named(stream).keys().isdisjoint(self.names[stream]) for stream in self.documents
        )

    @property
    def documents(self) -> set[str]:
        """The streams of documents that it names, without those of their lists."""
        firsts = {kind.streams[0] for kind in _KINDS.values()}
        return firsts & self.names.keys()


def events_of(content: bytes) -> list[Event]:
    """Return the events of a file that holds one body, or one per line.

    Args:
        content: The file's bytes.

    """
    content = content.removeprefix(BOM)
    try:
        whole = json.loads(content)
    except NOT_JSON:
        lines = enumerate(content.split(b"\n"), start=1)
        return [_event(line, f"line {number}") for number, line in lines if line.strip()]
    return [_event(json.dumps(whole).encode(), "the body")]


def _event(line: bytes, label: str) -> Event:
    event = Event(line, label)
    try:
        body = json.loads(line)
    except NOT_JSON as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else error
        event.is_broken = True
        event.problems.append(f"{label} is not JSON: {why}")
    else:
        _note(event, body)
    return event


def _note(event: Event, body: Any) -> None:  # noqa: ANN401
    """Add what a body names; the receiver may have stored headers with it, which hold its type."""
    kind = ""
    if isinstance(body, dict) and isinstance(body.get("headers"), dict) and "body" in body:
        kind = _text(body["headers"], "event-type")
        body = body["body"]
    rows = body if isinstance(body, list) else [body]
    for row in rows:
        if isinstance(row, dict):
            _note_row(event, row, _text(row, "EventType") or kind)
    if not event.names and not event.problems:
        event.problems.append(f"{event.label} is not a notification")


def _note_row(event: Event, row: Mapping[str, Any], name: str) -> None:
    known = _AVAILABILITY if not name and _is_availability(row) else _kind_of(name)
    if known is None:
        what = f"event {name!r}" if name else f"{event.label} without an EventType"
        event.problems.append(f"{what} names no document that is known")
        return
    number = _text(row, _NUMBERS)
    ids = next(filter(None, (_ids(row, path) for path in known.paths)), [])
    names = [f"{one}|{number}" if number and is_guid(one) else one for one in ids]
    if not names and not number:
        event.problems.append(f"event {name!r} came without {known.paths[0]}")
    for stream in known.streams:
        if names or number:
            event.names.setdefault(stream, {}).update(dict.fromkeys(names or [f"|{number}"]))


def _kind_of(name: str) -> EventKind | None:
    """Return the kind of an event; z equals s, since the vendor's own pages mix them."""
    folded = name.strip().lower().replace(" ", "").replace("z", "s")
    return next((kind for start, kind in _KINDS.items() if re.match(start, folded)), None)


def _is_availability(row: Mapping[str, Any]) -> bool:
    """Return whether a row reports changed stock, which a live account sent without a type."""
    names = {name.lower() for name in row}
    return bool(names & {"sku", "productid"}) and bool(names & {"available", "onhand", "location"})


def _ids(row: Mapping[str, Any], path: str) -> list[str]:
    """Return the ids at a path, GUIDs in lower case."""
    outer, _, inner = path.rpartition("[].")
    elements = _at(row, [outer]) if outer else [row]
    ids = [one for element in elements if (one := _text(element, inner))]
    return [lower_guid(one) for one in ids]


def _text(value: Any, paths: str) -> str:  # noqa: ANN401
    """Return the first text or number at paths that are separated by bars."""
    for path in paths.split("|"):
        for held in _at(value, path.split(".")):
            name = held.strip() if isinstance(held, str) else held
            if is_id(name):
                return str(name)
    return ""


def _at(value: Any, steps: list[str]) -> Iterator[Any]:  # noqa: ANN401
    """Yield the values at a path; names match without regard to case."""
    if not steps:
        yield value
        return
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        if name.lower() == steps[0].lower():
            for one in inner if isinstance(inner, list) else [inner]:
                yield from _at(one, steps[1:])
