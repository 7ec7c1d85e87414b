"""Core's sales: the whole document, and its row in the lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.shop.core.fulfilments import fulfilment, movements
from demo.shop.core.ids import (
    AU_SALE,
    AUTHORISED,
    DRAFT,
    NOT_AVAILABLE,
    NZ_SALE,
    PAID,
    VOIDED,
    day_of,
    guid,
    location_id,
    stamp,
)
from demo.shop.core.invoices import credit_note, invoices_of
from demo.shop.core.ledger import (
    REVENUE,
    of_sale,
)
from demo.shop.core.sale_lines import address_of, freight, sale_id, sale_line, sums
from demo.shop.money import BASE, Amount
from demo.shop.people import SELLER
from demo.shop.trade import ZERO, State

if TYPE_CHECKING:
    from demo.shop.trade import Order
    from sandbox.entry import Row


_BLOCK = {
    State.DRAFT: DRAFT,
    State.OPEN: AUTHORISED,
    State.DONE: AUTHORISED,
    State.VOID: VOIDED,
}


def header(order: Order, sale: Row) -> Row:
    """Return the row of the sale list that belongs to a document."""
    invoices = [one for one in sale["Invoices"] if one["Status"] != VOIDED]
    shown = (invoices or sale["Invoices"])[-1:]
    notes = sale["CreditNotes"]
    invoiced = sum((one["Total"] for one in invoices), ZERO)
    paid = sum((one["Paid"] for one in invoices), ZERO)
    refunded = sum((pay["Amount"] for one in notes for pay in one["Refunds"]), ZERO)
    return {
        "SaleID": sale["ID"],
        "OrderNumber": sale["Order"]["SaleOrderNumber"],
        "Status": sale["Status"],
        "OrderDate": sale["SaleOrderDate"],
        "InvoiceDate": shown[0]["InvoiceDate"] if shown else None,
        "Customer": sale["Customer"],
        "CustomerID": sale["CustomerID"],
        "InvoiceNumber": shown[0]["InvoiceNumber"] if shown else "",
        "CustomerReference": sale["CustomerReference"],
        "InvoiceAmount": invoiced - sum((one["Total"] for one in notes), ZERO),
        "PaidAmount": paid - refunded,
        "SaleInvoicesTotalAmount": invoiced,
        "InvoiceDueDate": shown[0]["InvoiceDueDate"] if shown else None,
        "ShipBy": sale["ShipBy"],
        "BaseCurrency": BASE,
        "CustomerCurrency": sale["CustomerCurrency"],
        "CreditNoteNumber": notes[0]["CreditNoteNumber"] if notes else "",
        "Updated": sale["LastModifiedOn"],
        "QuoteStatus": sale["Quote"]["Status"],
        "OrderStatus": sale["Order"]["Status"],
        **{name: sale[name] for name in _COMBINED},
        "CombinedPaymentTotal": paid,
        "CreditNoteStatus": AUTHORISED if notes else NOT_AVAILABLE,
        "Type": sale["Type"],
        "SourceChannel": sale["SourceChannel"],
        "ExternalID": sale["ExternalID"],
        "OrderLocationID": location_id(order.place),
        "RestockStatus": notes[0]["RestockStatus"] if notes else "",
    }


_COMBINED = (
    "CombinedPickingStatus",
    "CombinedPackingStatus",
    "CombinedShippingStatus",
    "FulFilmentStatus",
    "CombinedInvoiceStatus",
    "CombinedPaymentStatus",
    "CombinedTrackingNumbers",
)


def sale(order: Order) -> Row:
    """Return a sale with all that belongs to it, in the newest state."""
    one, key = order.customer, sale_id(order)
    address = address_of(one.address, one.name, one.person)
    rule = AU_SALE if one.currency != BASE else NZ_SALE
    invoices = invoices_of(order)
    block = _BLOCK[order.state]
    lines = [sale_line(order, position, count) for position, count in order.units.items()]
    for sold, line in zip(order.lines, lines, strict=True):
        line |= {"DropShip": False, "BackorderQuantity": 0, "Backorder": False}
        if order.shipments:
            line["BackorderQuantity"] = sold.quantity - sold.shipped
            line["Backorder"] = sold.shipped < sold.quantity
    return {
        "ID": key,
        "Customer": one.name,
        "CustomerID": guid("customer", one.number),
        "Contact": one.person,
        "Phone": one.phone,
        "Email": one.email,
        "DefaultAccount": REVENUE,
        "SkipQuote": True,
        "BillingAddress": {
            name: value
            for name, value in address.items()
            if name not in {"Company", "Contact", "ShipToOther"}
        },
        "ShippingAddress": address,
        "ShippingNotes": "",
        "BaseCurrency": BASE,
        "CustomerCurrency": one.currency,
        "TaxRule": rule,
        "TaxCalculation": "Inclusive" if one.is_retail else "Exclusive",
        "Terms": one.terms,
        "PriceTier": one.tier,
        "ShipBy": day_of(order.ship_by),
        "Location": order.place.name,
        "SaleOrderDate": day_of(order.created),
        "LastModifiedOn": stamp(order.changed),
        "Note": "",
        "CustomerReference": f"REF{order.number}" if order.channel == "B2B" else "",
        "COGSAmount": sum((shipment.cost for shipment in order.shipments), ZERO),
        **_statuses(order, invoices),
        "CombinedTrackingNumbers": ",".join(
            f"TRK{order.number}-{number}" for number in range(1, len(order.shipments) + 1)
        ),
        "Carrier": "Courier",
        "CurrencyRate": order.rate,
        "SalesRepresentative": SELLER.name,
        "Type": "Simple Sale" if len(order.shipments) < 2 else "Advanced Sale",  # noqa: PLR2004
        "SourceChannel": "Shopify" if order.channel == "Web" else "",
        "ExternalID": f"shop-{order.number}" if order.channel == "Web" else "",
        "ServiceOnly": False,
        "Quote": {
            "Memo": "",
            "Status": VOIDED if order.state is State.VOID else NOT_AVAILABLE,
            "Prepayments": [],
            "Lines": [],
            "AdditionalCharges": [],
            **sums(Amount(ZERO, ZERO, ZERO, ZERO)),
        },
        "Order": {
            "SaleOrderNumber": f"SO-{order.number:05d}",
            "Memo": "",
            "Status": block,
            "Lines": lines,
            "AdditionalCharges": freight(order, rule),
            **sums(order.invoice(order.units, freight=True)),
        },
        "Fulfilments": [
            fulfilment(order, shipment, number)
            for number, shipment in enumerate(order.shipments, 1)
        ],
        "Invoices": invoices,
        "CreditNotes": [credit_note(order, one) for one in order.credits],
        "ManualJournals": {"Status": NOT_AVAILABLE, "Lines": []},
        "AdditionalAttributes": {f"AdditionalAttribute{n}": None for n in range(1, 11)},
        "Attachments": [],
        "InventoryMovements": list(movements(order)),
        "Transactions": [
            {
                "TaskID": key,
                "TransactionID": posting.id,
                "Debit": posting.debit,
                "Credit": posting.credit,
                "Description": posting.text,
                "Amount": posting.amount,
                "EffectiveDate": day_of(posting.day),
            }
            for posting in of_sale(order, key)
        ],
    }


def _statuses(order: Order, invoices: list[Row]) -> Row:
    if order.state is State.VOID:
        names = (*_COMBINED[:-1], "Status")
        return dict.fromkeys(names, VOIDED)
    if order.state is State.DRAFT:
        return dict.fromkeys(_COMBINED[:-1], NOT_AVAILABLE) | {"Status": DRAFT}
    sent = "" if order.is_shipped else "PARTIALLY " if order.shipments else "NOT "
    live = [one for one in invoices if one["Status"] != VOIDED]
    paid, total = (sum((one[name] for one in live), ZERO) for name in ("Paid", "Total"))
    states = {one["Status"] for one in live}
    is_paid = bool(live) and paid == total and order.invoiced is not None
    status = "ORDERED"
    if order.invoiced is not None:
        status = "COMPLETED" if is_paid else "INVOICED"
    elif order.shipments:
        status = "INVOICING" if order.is_shipped else "PARTIALLY SHIPPED"
    invoice = NOT_AVAILABLE
    if live:
        invoice = DRAFT if DRAFT in states else PAID if is_paid else AUTHORISED
    return {
        "Status": status,
        "CombinedPickingStatus": f"{sent}PICKED",
        "CombinedPackingStatus": f"{sent}PACKED",
        "CombinedShippingStatus": f"{sent}SHIPPED",
        "FulFilmentStatus": f"{sent}FULFILLED",
        "CombinedInvoiceStatus": invoice,
        "CombinedPaymentStatus": PAID if is_paid else "PARTIALLY PAID" if paid else "UNPAID",
    }
