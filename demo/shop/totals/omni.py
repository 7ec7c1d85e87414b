"""Totals from Omni's rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from demo.shop.money import cents
from demo.shop.totals.sums import ZERO, Held, Sold, still_open
from sandbox.entry import Row

if TYPE_CHECKING:
    from collections.abc import Iterator


OmniRows: TypeAlias = Mapping[str, Sequence[Row]]
"""Rows by stream."""


def omni_sales(rows: OmniRows) -> list[Sold]:
    """Return what Omni sold, a line at a time."""
    orders = (one for one in rows["sales_orders"] if _is_sale(one))
    sales = [x for one in orders for x in _omni_lines(one, one["invoiceDate"], 1)]
    for one in rows["credit_notes"]:
        if one["status"] == "APPROVED":
            sales += _omni_lines(one, one["creditNoteDate"], -1)
    return sales


def omni_stock(rows: OmniRows) -> dict[str, Held]:
    """Return units by branch, and what they cost by the cost price of the option."""
    costs = {
        (one["id"], one["size"]): one["priceColumns"]["costNZD"] for one in rows["product_options"]
    }
    sums: defaultdict[str, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for one in rows["stock"]:
        pair = sums[one["branchName"]]
        pair[0] += one["stockOnHand"]
        pair[1] += one["stockOnHand"] * costs[one["productOptionId"], one["size"]]
    return {name: Held(units, cents(value)) for name, (units, value) in sorted(sums.items())}


def omni_receivables(rows: OmniRows) -> dict[tuple[int, str], Decimal]:
    """Return what customers owe, by contact and currency; what is settled is left out."""
    owed: defaultdict[tuple[int, str], Decimal] = defaultdict(lambda: ZERO)
    paid = _omni_paid(rows)
    for one in rows["sales_orders"]:
        if _is_sale(one):
            key = (one["memberId"], one["currencyCode"])
            owed[key] += one["total"] - paid["SalesOrder", one["id"]]
    for one in rows["credit_notes"]:
        if one["status"] == "APPROVED":
            key = (one["memberId"], one["currencyCode"])
            owed[key] -= one["total"] - paid["CreditNote", one["id"]]
    return still_open(owed)


def omni_payables(rows: OmniRows) -> dict[tuple[int, str], Decimal]:
    """Return what suppliers are owed, by contact and currency."""
    owed: defaultdict[tuple[int, str], Decimal] = defaultdict(lambda: ZERO)
    paid = _omni_paid(rows)
    for one in rows["purchase_orders"]:
        if _is_sale(one):
            key = (one["memberId"], one["currencyCode"])
            owed[key] += one["total"] - paid["PurchaseOrder", one["id"]]
    return still_open(owed)


def omni_order_lines(rows: OmniRows) -> int:
    """Return the number of lines of all orders, those of components of kits left out."""
    return sum(line["parentId"] == 0 for one in rows["sales_orders"] for line in one["lineItems"])


def _is_sale(order: Row) -> bool:
    return order["status"] == "APPROVED" and not order["isVoid"] and bool(order["invoiceDate"])


def _omni_lines(one: Row, at: str, sign: int) -> Iterator[Sold]:
    kept = 1 - one["discountTotal"] / one["productTotal"]
    tax = 1 + Decimal(one["taxRate"]) / 100 if one["taxStatus"] == "Incl" else Decimal(1)
    for line in one["lineItems"]:
        if line["parentId"]:
            continue
        net = sign * (line["qty"] * line["unitPrice"] - line["discount"]) * kept / tax
        # On a credit note only what is put back on the shelf gives its cost back.
        costed = line["qty"] if sign > 0 else -line["qtyShipped"]
        yield Sold(
            month=at[:7],
            currency=one["currencyCode"],
            product=line["name"],
            units=Decimal(sign * line["qty"]),
            net=net,
            base=net * one["currencyRate"],
            cost=costed * line["unitCost"],
        )


def _omni_paid(rows: OmniRows) -> defaultdict[tuple[str, int], Decimal]:
    found: defaultdict[tuple[str, int], Decimal] = defaultdict(lambda: ZERO)
    for one in rows["payments"]:
        found[one["orderType"], one["orderId"]] += one["amount"]
    return found
