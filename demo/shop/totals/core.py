"""Totals from Core's documents and lists."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from demo.shop.money import cents
from demo.shop.totals.sums import ZERO, Held, Sold, still_open

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from demo.shop import CoreShop
    from sandbox.entry import Row


_COUNTED = frozenset({"AUTHORISED", "PAID"})


class _Block(NamedTuple):
    """Lines of an invoice, or with minus of a credit note."""

    sale: Row
    lines: Sequence[Row]
    at: str
    rate: Decimal
    sign: int


def core_sales(shop: CoreShop) -> list[Sold]:
    """Return what Core sold, a line at a time; variants of a family are one product."""
    families = {
        member["ID"]: family["Name"]
        for family in shop.lists["product_families"]
        for member in family["Products"]
    }
    return [
        _sold(block, line, families)
        for sale in shop.details["sales"].values()
        for block in _blocks(sale)
        for line in block.lines
    ]


def core_stock(shop: CoreShop) -> dict[str, Held]:
    """Return units and their cost by location, bins together."""
    sums: defaultdict[str, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for one in shop.lists["product_availability"]:
        pair = sums[one["Location"]]
        pair[0] += one["OnHand"]
        pair[1] += one["StockOnHand"]
    return {name: Held(units, cents(value)) for name, (units, value) in sorted(sums.items())}


def core_receivables(shop: CoreShop) -> dict[tuple[str, str], Decimal]:
    """Return what customers owe, by customer and currency; what is settled is left out."""
    owed: defaultdict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for sale in shop.details["sales"].values():
        key = (sale["CustomerID"], sale["CustomerCurrency"])
        for one in sale["Invoices"]:
            if one["Status"] in _COUNTED:
                owed[key] += one["Total"] - one["Paid"]
        for one in sale["CreditNotes"]:
            if one["Status"] in _COUNTED:
                owed[key] -= one["Total"] - sum((x["Amount"] for x in one["Refunds"]), ZERO)
    return still_open(owed)


def core_payables(shop: CoreShop) -> dict[tuple[str, str], Decimal]:
    """Return what suppliers are owed, by supplier and currency."""
    owed: defaultdict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for one in shop.details["purchases"].values():
        for invoice in one["Invoice"]:
            if invoice["Status"] in _COUNTED:
                key = (one["SupplierID"], one["SupplierCurrency"])
                owed[key] += invoice["Total"] - invoice["Paid"]
    return still_open(owed)


def core_balances(shop: CoreShop) -> dict[str, Decimal]:
    """Return the balance of each account of the ledger: what it received less what it gave."""
    sums: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for one in shop.lists["transactions"]:
        sums[one["DebitAccountCode"]] += one["Amount"]
        sums[one["CreditAccountCode"]] -= one["Amount"]
    return dict(sorted(sums.items()))


def core_order_lines(shop: CoreShop) -> int:
    """Return the number of lines of all orders; Core has none for components of kits."""
    return sum(len(one["Order"]["Lines"]) for one in shop.details["sales"].values())


def _blocks(sale: Row) -> Iterator[_Block]:
    for one in sale["Invoices"]:
        if one["Status"] in _COUNTED:
            rate = one["CurrencyConversionRate"]
            yield _Block(sale, one["Lines"], one["InvoiceDate"], rate, 1)
    for one in sale["CreditNotes"]:
        if one["Status"] in _COUNTED:
            back = {line["SKU"] for line in one["Restock"]}
            lines = [
                line if line["SKU"] in back else line | {"AverageCost": ZERO}
                for line in one["Lines"]
            ]
            rate = one["CreditNoteConversionRate"]
            yield _Block(sale, lines, one["CreditNoteDate"], rate, -1)


def _sold(block: _Block, line: Row, families: Mapping[str, str]) -> Sold:
    included = block.sale["TaxCalculation"] == "Inclusive"
    net = block.sign * (line["Total"] - line["Tax"] if included else line["Total"])
    return Sold(
        month=block.at[:7],
        currency=block.sale["CustomerCurrency"],
        product=families.get(line["ProductID"], line["Name"]),
        units=Decimal(block.sign * line["Quantity"]),
        net=net,
        base=net * block.rate,
        cost=block.sign * line["Quantity"] * line["AverageCost"],
    )
