"""What Omni's documents have in common: people, addresses, and the lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.shop.money import SYMBOLS, cents, fine
from demo.shop.omni.ids import (
    LINES_PER_DOCUMENT,
    branch_id,
    customer_id,
    instant,
    naming,
    sizes,
    style_code,
    supplier_id,
)
from demo.shop.trade import State

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from demo.shop.goods import Item
    from demo.shop.people import Address, Place
    from demo.shop.supply import Purchase
    from demo.shop.trade import Order
    from sandbox.entry import Row

STATUS = {
    State.DRAFT: "DRAFT",
    State.OPEN: "APPROVED",
    State.DONE: "APPROVED",
    State.VOID: "VOID",
}


def buyer(order: Order) -> Row:
    """Return what a document says of its customer."""
    one = order.customer
    return {
        "memberId": customer_id(one),
        "firstName": one.first,
        "lastName": one.last,
        "company": one.company,
        "email": one.email,
        "memberEmail": one.email,
        "phone": one.phone,
        **_addressed("delivery", one.first, one.last, one.company, one.address),
        **_addressed("billing", one.first, one.last, one.company, one.address),
        "paymentTerms": one.terms,
        "currencyCode": one.currency,
        "currencyRate": order.rate,
        "currencySymbol": SYMBOLS[one.currency],
        "taxStatus": "Incl" if one.is_retail else "Excl",
        "taxRate": one.tax,
    }


def seller(purchase: Purchase) -> Row:
    """Return what a purchase says of its supplier."""
    one = purchase.supplier
    first, _, last = one.contact.partition(" ")
    place = purchase.place.address
    return {
        "memberId": supplier_id(one),
        "firstName": first,
        "lastName": last,
        "company": one.company,
        "email": one.email,
        "memberEmail": one.email,
        **_addressed("billing", first, last, one.company, one.address),
        **_addressed("delivery", "", "", purchase.place.name, place),
        "paymentTerms": f"{one.days} days",
        "currencyCode": one.currency,
        "currencyRate": purchase.rate,
        "currencySymbol": SYMBOLS[one.currency],
        "taxStatus": "Excl" if one.tax else "Exempt",
        "taxRate": one.tax,
    }


def handled(place: Place, created: datetime, changed: datetime) -> Row:
    """Return branch and stamps of a document."""
    return {
        "createdDate": instant(created),
        "modifiedDate": instant(changed),
        "branchId": branch_id(place),
        "branchEmail": f"{place.name.lower()}@shop.example",
        "internalComments": "",
        "customFields": {},
        "surcharge": 0,
        "surchargeDescription": "",
    }


def imported(at: datetime | None) -> Row:
    """Return whether accounting took the document over."""
    status = "NotImported" if at is None else "Imported"
    return {"importDate": instant(at), "accountingImportStatus": status}


def line(document: int, position: int, item: Item, quantity: int, created: datetime) -> Row:
    """Return the fields that lines of all documents have."""
    return {
        "id": line_id(document, position),
        "createdDate": instant(created),
        "transactionId": document,
        "parentId": 0,
        **naming(item),
        "integrationRef": "",
        "sort": position + 1,
        "qty": quantity,
    }


def trade_line(document: int, position: int, item: Item, quantity: int, created: datetime) -> Row:
    """Return the fields that lines with prices have beside those."""
    packed = "".join(
        f"{one['qty']}|{one['name']}|{one['code']}|{one['barcode']}"
        for one in sizes(item, quantity)
    )
    return line(document, position, item, quantity, created) | {
        "styleCode": style_code(item),
        "barcode": item.barcode,
        "supplierCode": f"S{item.sku}",
        "sizeCodes": packed,
        "lineComments": "",
    }


def line_id(document: int, position: int) -> int:
    """Return the id of a line."""
    return document * LINES_PER_DOCUMENT + position + 1


def unit_cost(cost: Decimal, quantity: int) -> Decimal:
    """Return the cost of one of some units."""
    return fine(cost / quantity)


def with_tax(total: Decimal, tax_percent: int, *, included: bool) -> Decimal:
    """Return a document's total with its tax, which is on the whole of it."""
    return total if included else total + cents(total * tax_percent / 100)


def _addressed(kind: str, first: str, last: str, company: str, address: Address) -> Row:
    return {
        f"{kind}FirstName": first,
        f"{kind}LastName": last,
        f"{kind}Company": company,
        f"{kind}Address1": address.line,
        f"{kind}Address2": "",
        f"{kind}City": address.city,
        f"{kind}State": address.state,
        f"{kind}PostalCode": address.postcode,
        f"{kind}Country": address.country,
    }
