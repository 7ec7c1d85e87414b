"""What the rows of each list must say to agree with the other lists."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.core.world import (
    BINS_PER_WAREHOUSE,
    CREDIT_EVERY,
    DEPRECATED_EVERY,
    FIRST_YEAR,
    RUN_EVERY,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.core.mould import Draw
    from sandbox.entry import Row

_NUMBERS = {
    "AssemblyNumber": "FG",
    "DisassemblyNumber": "DA",
    "InventoryWriteOffNumber": "WO",
    "JournalNumber": "JN",
    "StocktakeNumber": "ST",
    "OpportunityNumber": "OP",
}
_SIZES_OF_FAMILY = 3
HOLLOW_EVERY = 6
"""One purchase of so many is a simple one that /advanced-purchase has only a shell of."""
_VOID_SHARE = 0.08
_PURCHASES = ("Simple Purchase", "Advanced Purchase", "Service Purchase")
_SIMPLE, _SERVICE = 0, 2


def _deprecated(draw: Draw) -> str:
    is_last = draw.index % DEPRECATED_EVERY == DEPRECATED_EVERY - 1
    return "Deprecated" if is_last else "Active"


def _product(draw: Draw) -> Row:
    facts = draw.world.product(draw.index)
    own = {name: facts[name] for name in ("ProductID", "ProductSKU", "ProductName")}
    draw.inside = {"Suppliers": own, "CustomPrices": own}
    return {"Status": _deprecated(draw)} | {
        name: facts[name] for name in ("SKU", "Name", "Barcode", "WeightUnits", "DimensionsUnits")
    }


def _family(draw: Draw) -> Row:
    first = draw.index * _SIZES_OF_FAMILY
    members = range(first, min(first + _SIZES_OF_FAMILY, draw.world.counts["products"]))
    return {
        "SKU": f"FAM-{draw.index:05d}",
        "Name": f"Family {draw.index}",
        "Products": [
            {
                "ID": facts["ProductID"],
                "SKU": facts["SKU"],
                "Name": facts["Name"],
                "Option1": ("S", "M", "L")[position],
                "Option2": "",
                "Option3": None,
            }
            for position, facts in enumerate(map(draw.world.product, members))
        ],
    }


def _customer(draw: Draw) -> Row:
    facts = draw.world.customer(draw.index)
    draw.inside = {
        "ProductPrices": facts,
        "Addresses": {"CustomerID": facts["CustomerID"], "Line1": "1 Queen Street"},
        "Contacts": {"CustomerID": facts["CustomerID"], "Name": draw.world.person(draw.index)},
    }
    name = facts["CustomerName"]
    return {"Name": name, "DisplayName": name, "Status": _deprecated(draw)}


def _supplier(draw: Draw) -> Row:
    facts = draw.world.supplier(draw.index)
    own = {"SupplierID": facts["SupplierID"]}
    draw.inside = {"Addresses": own, "Contacts": own}
    return {"Name": facts["SupplierName"], "Status": _deprecated(draw)}


def _location(draw: Draw) -> Row:
    world = draw.world
    place = draw.index % (BINS_PER_WAREHOUSE + 1)
    facts: Row = {"Name": world.location_name(draw.index), "Bins": [], "Deprecated": None}
    facts |= {"ParentID": None, "ParentName": ""}
    if place:
        parent = draw.index - place
        facts["ParentID"] = world.id("locations", parent)
        facts["ParentName"] = world.location_name(parent)
        return facts
    last = min(draw.index + BINS_PER_WAREHOUSE + 1, world.counts["locations"])
    for row in range(draw.index + 1, last):
        name = world.location_name(row)
        facts["Bins"].append(
            {
                "ID": world.id("locations", row),
                "Name": name,
                "IsDeprecated": False,
                "IsStaging": None,
            }
        )
    return facts


def _sale(draw: Draw) -> Row:
    number = draw.index + 1
    facts: Row = {
        "OrderNumber": f"SO-{number:05d}",
        "InvoiceNumber": f"INV-{number:05d}",
        "CreditNoteNumber": "",
        "CreditNoteStatus": "NOT AVAILABLE",
        "Status": "VOIDED",
    }
    if draw.luck.random() >= _VOID_SHARE:
        facts["Status"] = draw.luck.choice(("DRAFT", "ORDERED", "INVOICED", "COMPLETED"))
    if draw.index % CREDIT_EVERY == 0:
        facts |= {"CreditNoteNumber": f"CN-{number:05d}", "CreditNoteStatus": "AUTHORISED"}
    where = draw.luck.randrange(draw.world.warehouses) if draw.world.warehouses else 0
    return facts | {"OrderLocationID": draw.world.location(where)["LocationID"]}


def _purchase(draw: Draw) -> Row:
    number = draw.index + 1
    hollow = draw.index % HOLLOW_EVERY == 1
    kind = _SIMPLE if hollow else draw.luck.randrange(len(_PURCHASES))
    facts: Row = {
        "OrderNumber": f"PO-{number:05d}",
        "InvoiceNumber": f"SUP-{number}",
        "CreditNoteNumber": "",
        "CreditNoteStatus": "NOT AVAILABLE",
        "Type": _PURCHASES[kind],
        "IsServiceOnly": kind == _SERVICE,
        "BlindReceipt": False,
        "Status": "RECEIVED",
        "CombinedReceivingStatus": "FULLY RECEIVED",
    }
    if not hollow:
        facts["CombinedReceivingStatus"] = draw.luck.choice(
            ("FULLY RECEIVED", "PARTIALLY RECEIVED", "NOT RECEIVED")
        )
        if draw.luck.random() < _VOID_SHARE:
            facts["Status"] = "VOIDED"
    if draw.index % CREDIT_EVERY == 0:
        facts |= {"CreditNoteNumber": f"PCN-{number:05d}", "CreditNoteStatus": "AUTHORISED"}
    return facts


def _transaction(draw: Draw) -> Row:
    sale = draw.one_of("sale_list")
    return {} if sale is None else {"TaskID": draw.world.id("sale_list", sale)}


def _credit(draw: Draw) -> Row:
    used = draw.index % 3 == 0
    amount = Decimal(draw.luck.randrange(1, 10**9)).scaleb(-4)
    return {"Amount": amount, "RemainingAmount": 0 if used else amount}


def _money_task(draw: Draw) -> Row:
    stream = ("customers", "suppliers")[draw.index % 2]
    partner = draw.one_of(stream)
    facts: Row = {"CustomerID": None, "SupplierID": "", "SupplierCustomerName": ""}
    if partner is None:
        return facts
    if stream == "customers":
        customer = draw.world.customer(partner)
        return facts | customer | {"SupplierCustomerName": customer["CustomerName"]}
    supplier = draw.world.supplier(partner)
    return facts | supplier | {"SupplierCustomerName": supplier["SupplierName"]}


def _production_row(draw: Draw) -> Row:
    is_run = draw.index % RUN_EVERY == RUN_EVERY - 1
    order = draw.index - is_run
    return {
        "Type": "R" if is_run else "O",
        "ProductionOrderID": draw.world.id("production_order_list", order),
        "OrderNumber": f"MO-{order + 1:05d}",
        "TotalCount": draw.world.counts["production_order_list"],
    }


def _transfer(draw: Draw) -> Row:
    count = draw.world.warehouses
    if not count:
        return {}
    start = draw.luck.randrange(count)
    sender, receiver = (draw.world.location(place % count) for place in (start, start + 1))
    return {
        "From": sender["LocationID"],
        "FromLocation": sender["Location"],
        "To": receiver["LocationID"],
        "ToLocation": receiver["Location"],
        "Number": f"TR-{draw.index + 1:05d}",
        "Status": draw.luck.choice(("COMPLETED", "COMPLETED", "IN TRANSIT", "DRAFT", "VOIDED")),
    }


def _calendar(draw: Draw) -> Row:
    return {"Year": FIRST_YEAR + draw.index}


def _numbered(draw: Draw) -> Row:
    number = draw.index + 1
    return {name: f"{prefix}-{number:05d}" for name, prefix in _NUMBERS.items()}


_FACTS: dict[str, Callable[[Draw], Row]] = {
    "accounts": lambda draw: {"Name": f"Account {draw.index}"},
    "price_tiers": lambda draw: {"Name": draw.world.tier(draw.index)},
    "customer_credits": _credit,
    "supplier_deposits": _credit,
    "customers": _customer,
    "suppliers": _supplier,
    "locations": _location,
    "products": _product,
    "product_families": _family,
    "product_availability": lambda draw: draw.world.stock(draw.index),
    "sale_list": _sale,
    "purchase_list": _purchase,
    "transactions": _transaction,
    "money_task_list": _money_task,
    "production_order_list": _production_row,
    "production_factory_calendars": _calendar,
    "stock_transfer_list": _transfer,
}


def facts_of(stream: str, draw: Draw) -> Row:
    """Return the facts of a row."""
    return _FACTS.get(stream, _numbered)(draw)
