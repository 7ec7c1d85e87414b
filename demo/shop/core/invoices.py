"""Core's invoices and credit notes, with the money that came in and went back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

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
    spot,
    stamp,
)
from demo.shop.core.ledger import (
    FREIGHT,
    REVENUE,
    bank,
    credit_amount,
    invoice_amount,
)
from demo.shop.core.sale_lines import freight, picked, sale_line, sums
from demo.shop.money import BASE, Amount, fine, parts
from demo.shop.trade import ZERO

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from demo.shop.trade import Credit, Order
    from sandbox.entry import Row


_PROFORMA = 90_000


def invoices_of(order: Order) -> list[Row]:
    """Return the invoices: one a shipment, and before it the one that was voided."""
    if order.proforma:
        number = _PROFORMA + order.number
        amount = order.invoice(order.units, freight=True)
        return [_invoice(order, order.units, number, VOIDED, order.created, amount, [])]
    found = []
    for shipment in order.shipments:
        amount = invoice_amount(order, shipment)
        made = shipment.invoiced or shipment.at
        if shipment.void_number:
            number = shipment.void_number
            found.append(_invoice(order, shipment.units, number, VOIDED, made, amount, []))
        shares = parts(amount.gross, [share for _, share in order.paid])
        paid = [
            _payment(order, "payment", (shipment.number, at), amount, at)
            for (at, _), amount in zip(order.paid, shares, strict=True)
        ]
        status = DRAFT
        if shipment.invoiced is not None:
            status = PAID if sum(shares, ZERO) == amount.gross else AUTHORISED
        found.append(_invoice(order, shipment.units, shipment.number, status, made, amount, paid))
    return found


def _invoice(  # noqa: PLR0913, PLR0917 - the parts of a paper
    order: Order,
    units: dict[int, int],
    number: int,
    status: str,
    made: datetime,
    amount: Amount,
    paid: list[Row],
) -> Row:
    lines = [sale_line(order, position, count) for position, count in units.items()]
    rule = AU_SALE if order.customer.currency != BASE else NZ_SALE
    first = order.proforma or units is order.shipments[0].units
    address = order.customer.address
    return {
        "TaskID": guid("invoice", number),
        "InvoiceNumber": f"INV-{number:05d}",
        "Memo": "",
        "Status": status,
        "InvoiceDate": day_of(made),
        "InvoiceDueDate": day_of(made + timedelta(days=order.customer.days)),
        "CurrencyConversionRate": order.rate,
        "BillingAddressLine1": address.line,
        "BillingAddressLine2": f"{address.city} {address.postcode} {address.country}",
        "LinkedFulfillmentNumber": "" if order.proforma else str(_fulfilment_of(order, units)),
        "Lines": [line | {"Account": REVENUE} for line in lines],
        "AdditionalCharges": [
            one | {"Account": FREIGHT} for one in (freight(order, rule) if first else [])
        ],
        "Payments": paid,
        **sums(amount),
        "Paid": sum((one["Amount"] for one in paid), ZERO),
    }


def _fulfilment_of(order: Order, units: dict[int, int]) -> int:
    return next(at for at, one in enumerate(order.shipments, 1) if one.units is units)


def _payment(order: Order, kind: str, key: object, amount: Decimal, at: datetime) -> Row:
    return {
        "ID": guid(kind, key),
        "Reference": "",
        "Amount": amount,
        "DatePaid": day_of(at),
        "Account": bank(order.customer.currency),
        "CurrencyRate": order.rate,
        "DateCreated": stamp(at),
    }


def credit_note(order: Order, credit: Credit) -> Row:
    """Return a credit note; what was put back on the shelf is its ``Restock``."""
    amount = credit_amount(order, credit)
    line = sale_line(order, credit.position, credit.quantity) | {
        "AverageCost": fine(credit.cost / credit.quantity),
        "Account": REVENUE,
    }
    shipment = next(one for one in order.shipments if credit.position in one.units)
    refunds = []
    if credit.refunded is not None:
        refunds = [_payment(order, "refund", credit.number, amount.gross, credit.refunded)]
    return {
        "TaskID": guid("credit", credit.number),
        "CreditNoteInvoiceNumber": f"INV-{shipment.number:05d}",
        "Memo": "",
        "Status": AUTHORISED,
        "CreditNoteDate": day_of(credit.at),
        "CreditNoteNumber": f"CR-{credit.number:05d}",
        "CreditNoteConversionRate": order.rate,
        "Lines": [line],
        "AdditionalCharges": [],
        "Refunds": refunds,
        "Restock": [
            picked(one)
            | {
                "RestockLocation": spot(one.place, one.bin)["Location"],
                "RestockLocationID": spot(one.place, one.bin)["LocationID"],
                "RestockDate": day_of(credit.at),
            }
            for one in credit.goods
        ],
        **sums(amount),
        "RestockStatus": AUTHORISED if credit.goods else NOT_AVAILABLE,
    }
