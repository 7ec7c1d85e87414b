"""Which rows of a list a query asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sandbox.core.account import Refused
from sandbox.stamps import ticks_of, to_ticks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sandbox.core.resources import CoreList
    from sandbox.entry import Entry, Row

Test: TypeAlias = "Callable[[Row], bool]"

ONLY_TYPE = "\0Type"
"""Stands for V1's narrower view of sales and purchases; no client can send it by mistake."""
_DEPRECATED = ("IncludeDeprecated", lambda row: row["Status"] != "Deprecated")
_UNUSED: Test = lambda row: bool(row["RemainingAmount"])  # noqa: E731
# Rows that stay hidden unless a flag asks for them.
_HIDDEN: dict[str, tuple[str, Test]] = {
    "products": _DEPRECATED,
    "customers": _DEPRECATED,
    "suppliers": _DEPRECATED,
    "customer_credits": ("ShowUsedCredits", _UNUSED),
    "supplier_deposits": ("ShowUsedDeposits", _UNUSED),
}
_NAME = {"Name": "^Name"}
_ID_NAME = {"ID": "=ID", **_NAME}
_STATUS = {"Status": "=Status"}
_SALE = {
    **_STATUS,
    "Search": "~OrderNumber",
    "CreditNoteStatus": "=CreditNoteStatus",
    "CreatedSince": ">OrderDate",
}
_PURCHASE = {**_STATUS, "Search": "~OrderNumber", "CreditNoteStatus": "=CreditNoteStatus"}
_FILTERS: dict[str, dict[str, str]] = {
    "accounts": {"Code": "=Code", **_NAME, "Type": "=Type", **_STATUS},
    "attribute_sets": _ID_NAME,
    "bank_accounts": {"ID": "=AccountID", "Name": "^AccountName", "Bank": "=Bank"},
    "brands": _NAME,
    "carriers": {"CarrierID": "=CarrierID"},
    "crm_leads": _ID_NAME,
    "crm_opportunities": {"ID": "=ID"},
    "crm_task_categories": _ID_NAME,
    "crm_tasks": _ID_NAME,
    "crm_workflows": _ID_NAME,
    "customer_credits": {"CustomerID": "=CustomerID"},
    "customer_templates": {"CustomerId": "=CustomerID"},
    "customers": _ID_NAME,
    "deals": {"ID": "=ID"},
    "disassembly_list": {**_STATUS, "Search": "~DisassemblyNumber"},
    "discount_rules": {"ID": "=ID"},
    "finished_goods_list": {**_STATUS, "Search": "~AssemblyNumber"},
    "fixed_asset_types": {"FixedAssetTypeID": "=FixedAssetTypeID", **_NAME},
    "inventory_write_off_list": {**_STATUS, "Search": "~InventoryWriteOffNumber"},
    "journals": {"TaskID": "=TaskID", **_STATUS, "Search": "~JournalNumber"},
    "locations": {**_ID_NAME, "Deprecated": "=IsDeprecated"},
    "me_addresses": {"ID": "=AddressID"},
    "me_contacts": {"ID": "=ContactID", **_NAME},
    "money_task_list": {**_STATUS, "TaskType": "=TaskType"},
    "payment_terms": {**_ID_NAME, "IsActive": "=IsActive"},
    "product_availability": {
        **_ID_NAME,
        "Sku": "=SKU",
        "Location": "=Location",
        "Batch": "=Batch",
    },
    "product_categories": _NAME,
    "product_families": {"ID": "=ID", "Name": "~Name", "Sku": "~SKU"},
    "production_order_list": {**_STATUS, "Search": "~OrderNumber"},
    "production_resource_list": _NAME,
    "production_work_centers": _NAME,
    "products": {"ID": "=ID", "Name": "~Name", "Sku": "~SKU"},
    "purchase_credit_note_list": _PURCHASE,
    "purchase_list": {
        **_PURCHASE,
        "OrderStatus": "=OrderStatus",
        "InvoiceStatus": "=InvoiceStatus",
        "UnstockStatus": "=UnstockStatus",
        # RestockReceivedStatus is what the documentation says and the server ignores.
        "StockReceivedStatus": "=StockReceivedStatus",
    },
    "sale_credit_note_list": _SALE,
    "sale_list": {
        **_SALE,
        "QuoteStatus": "=QuoteStatus",
        "OrderStatus": "=OrderStatus",
        "CombinedPickStatus": "=CombinedPickingStatus",
        "CombinedPackStatus": "=CombinedPackingStatus",
        "CombinedShippingStatus": "=CombinedShippingStatus",
        "CombinedInvoiceStatus": "=CombinedInvoiceStatus",
        "ExternalID": "=ExternalID",
        "OrderLocationID": "=OrderLocationID",
    },
    "shipping_zones": {"ID": "=ZoneID"},
    "stock_adjustment_list": _STATUS,
    "stock_transfer_list": {**_STATUS, "Search": "~Number"},
    "stocktake_list": _STATUS,
    "suppliers": _ID_NAME,
    "supplier_deposits": {"SupplierID": "=SupplierID"},
    "tax_rules": {**_ID_NAME, "IsActive": "=IsActive", "Account": "=Account"},
    "templates": {"Type": "=Type", **_NAME},
    # Both bounds are exclusive (documented).
    "transactions": {"FromDate": ">>EffectiveDate", "ToDate": "<<EffectiveDate"},
    "units_of_measure": _NAME,
}
"""Query parameter -> how it compares and with which field; all others are ignored.

Search looks into several fields (documented); here it is the document's number alone.
"""


def chosen(resource: CoreList, query: Mapping[str, str], entries: Iterable[Entry]) -> list[Entry]:
    """Return the versions that a query asks for.

    Raises:
        Refused: A bound is no date.

    """
    low, high = _window(resource, query)
    tests = _tests(resource.name, query)
    return [
        entry
        for entry in entries
        if low <= entry.by_stamp[0] <= high and (not tests or _fulfils(tests, entry.row))
    ]


def _window(resource: CoreList, query: Mapping[str, str]) -> tuple[float, float]:
    since, until = (
        query.get(parameter) if parameter else None
        for parameter in (resource.since, resource.until)
    )
    return _ticks(since) if since else float("-inf"), _ticks(until) if until else float("inf")


def _ticks(text: str) -> int:
    date_only = "T" not in text
    try:
        return to_ticks(text + "T00:00:00" if date_only else text)
    except ValueError as error:
        raise Refused(f"{text} is not a date") from error


def _tests(stream: str, query: Mapping[str, str]) -> list[Test]:
    tests = [
        _test(how, query[parameter])
        for parameter, how in _FILTERS.get(stream, {}).items()
        if query.get(parameter)
    ]
    if stream in _HIDDEN:
        flag, shown = _HIDDEN[stream]
        if query.get(flag, "").lower() != "true":
            tests.append(shown)
    if ONLY_TYPE in query:
        tests.append(_test("=Type", query[ONLY_TYPE]))
    if stream == "production_resource_list" and query.get("OnlyActive", "").lower() != "false":
        tests.append(lambda row: row["IsActive"] is True)
    return tests


def _test(how: str, wanted: str) -> Test:
    field, lower = how.lstrip("=^~<>"), wanted.lower()
    if how.startswith(("<", ">")):
        bound = _ticks(wanted)
        if how.startswith(">>"):
            return lambda row: ticks_of(row[field]) > bound
        if how.startswith("<<"):
            return lambda row: 0 <= ticks_of(row[field]) < bound
        return lambda row: ticks_of(row[field]) >= bound
    compare: dict[str, Callable[[str], bool]] = {
        "=": lambda text: text == lower,
        "^": lambda text: text.startswith(lower),
        "~": lambda text: lower in text,
    }
    matches = compare[how[0]]
    return lambda row: matches(str("" if row[field] is None else row[field]).lower())


def _fulfils(tests: list[Test], row: Row) -> bool:
    return all(test(row) for test in tests)
