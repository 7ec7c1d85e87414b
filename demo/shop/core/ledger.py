"""Core's ledger: what each paper posts, from one account to another, in base currency.

Goods that arrive wait in 631 for their invoice. What came back or was counted goes through the
cost of goods sold and 640. Transfers between locations post nothing: the goods stay in 630, on
their way too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from demo.shop.core.ids import day_of, guid
from demo.shop.money import BASE, Amount, added, cents, parts
from demo.shop.storing import OPENING, STOCKTAKE
from demo.shop.trade import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from demo.shop.books import Books
    from demo.shop.supply import Count, Purchase
    from demo.shop.trade import Credit, Order, Shipment
    from sandbox.entry import Row

BANK, BANK_OTHER = "090", "091"
REVENUE, FREIGHT, COGS, RENT, ADJUSTED = "200", "210", "310", "400", "640"
RECEIVABLE, INVENTORY, UNINVOICED, WORK, PAYABLE = "610", "630", "631", "635", "800"
TAX, ROUNDING, CAPITAL = "820", "860", "970"
_RENT = Decimal("4200.00")


@dataclass(frozen=True)
class Posting:
    """An amount that goes from one account to another.

    Attributes:
        task: Id of the paper.
        debit: Account that receives.
        credit: Account that gives.
        amount: How much, never negative.
        day: Accounting date.
        reference: Number of the paper.
        text: What it is for.
        kind: Type of the paper, as ``transactions`` names it.

    """

    task: str
    debit: str
    credit: str
    amount: Decimal
    day: date
    reference: str
    text: str
    kind: str

    @property
    def id(self) -> str:
        """Id of the posting in its paper."""
        return guid(self.task, self.debit, self.credit, self.amount, self.day, self.text)


def bank(currency: str) -> str:
    """Return the account that money in a currency goes to and comes from."""
    return BANK if currency == BASE else BANK_OTHER


def invoice_amount(order: Order, shipment: Shipment) -> Amount:
    """Return the sum of the invoice of a shipment; the first one charges the freight."""
    return order.invoice(shipment.units, freight=shipment is order.shipments[0])


def credit_amount(order: Order, credit: Credit) -> Amount:
    """Return the sum of a credit note."""
    sold = order.lines[credit.position]
    return added([order.taxed(sold.total(credit.quantity, order.promo))])


def of_sale(order: Order, task: str) -> list[Posting]:
    """Return what a sale posts."""
    found: list[Posting] = []
    number = f"SO-{order.number:05d}"

    def post(debit: str, credit: str, amount: Decimal, at: datetime, text: str) -> None:
        if amount:
            found.append(Posting(task, debit, credit, amount, at.date(), number, text, "Sale"))

    for shipment in order.shipments:
        post(COGS, INVENTORY, shipment.cost, shipment.at, "Cost of goods sold")
        if shipment.invoiced is None:
            continue
        amount = invoice_amount(order, shipment)
        gross, tax = cents(amount.gross * order.rate), cents(amount.tax * order.rate)
        freight = ZERO
        if shipment is order.shipments[0]:
            freight = cents(order.taxed(order.freight).net * order.rate)
        post(RECEIVABLE, REVENUE, gross - tax - freight, shipment.invoiced, "Sale of goods")
        post(RECEIVABLE, FREIGHT, freight, shipment.invoiced, "Freight charged")
        post(RECEIVABLE, TAX, tax, shipment.invoiced, "Tax on sales")
        account = bank(order.customer.currency)
        shares = parts(gross, [share for _, share in order.paid])
        for (at, _), paid in zip(order.paid, shares, strict=True):
            post(account, RECEIVABLE, paid, at, "Payment received")
    for credit in order.credits:
        amount = credit_amount(order, credit)
        gross, tax = cents(amount.gross * order.rate), cents(amount.tax * order.rate)
        post(REVENUE, RECEIVABLE, gross - tax, credit.at, "Goods credited")
        post(TAX, RECEIVABLE, tax, credit.at, "Tax credited")
        if credit.goods:
            post(INVENTORY, COGS, credit.cost, credit.at, "Goods restocked")
        if credit.refunded is not None:
            account = bank(order.customer.currency)
            post(RECEIVABLE, account, gross, credit.refunded, "Refund")
    return found


def of_purchase(purchase: Purchase, task: str) -> list[Posting]:
    """Return what a purchase posts."""
    found: list[Posting] = []
    number = f"PO-{purchase.number:05d}"

    def post(debit: str, credit: str, amount: Decimal, at: datetime, text: str) -> None:
        if amount < 0:
            debit, credit, amount = credit, debit, -amount
        if amount:
            found.append(Posting(task, debit, credit, amount, at.date(), number, text, "Purchase"))

    for receipt in purchase.receipts:
        post(INVENTORY, UNINVOICED, receipt.value, receipt.at, "Goods received")
    if purchase.invoiced is not None:
        amount = purchase.amount
        gross, tax = cents(amount.gross * purchase.rate), cents(amount.tax * purchase.rate)
        value = sum((one.value for one in purchase.receipts), ZERO)
        post(UNINVOICED, PAYABLE, value, purchase.invoiced, "Goods invoiced")
        post(TAX, PAYABLE, tax, purchase.invoiced, "Tax on purchases")
        post(ROUNDING, PAYABLE, gross - tax - value, purchase.invoiced, "Rounding")
        if purchase.paid is not None:
            post(PAYABLE, bank(purchase.supplier.currency), gross, purchase.paid, "Payment made")
    return found


def of_count(count: Count, task: str) -> list[Posting]:
    """Return what a correction of stock posts, a line at a time."""
    kind = "StockTake" if count.reason == STOCKTAKE else "StockAdjustment"
    other = CAPITAL if count.reason == OPENING else ADJUSTED
    found = []
    for one in count.corrections:
        debit, credit = (INVENTORY, other) if one.value > 0 else (other, INVENTORY)
        text = f"{count.reason}: {one.item.sku} {one.batch}".strip()
        day, number = count.at.date(), f"ST-{count.number:05d}"
        found.append(Posting(task, debit, credit, abs(one.value), day, number, text, kind))
    return found


def of_assembly(task: str, number: str, cost: Decimal, at: datetime) -> list[Posting]:
    """Return what the assembly of kits posts: their components become the kit."""
    day = at.date()
    return [
        Posting(task, WORK, INVENTORY, cost, day, number, "Components used", "FinishedGoods"),
        Posting(task, INVENTORY, WORK, cost, day, number, "Kit assembled", "FinishedGoods"),
    ]


def rents(books: Books, until: date) -> list[Posting]:
    """Return the rent, posted by journal on the first of each month."""
    days = (books.start + timedelta(days=one) for one in range((until - books.start).days + 1))
    return [
        Posting(
            guid("journal", number), RENT, BANK, _RENT, day, f"JN-{number:05d}", "Rent", "Journal"
        )
        for number, day in enumerate((one for one in days if one.day == 1), 1)
    ]


def transactions(postings: list[Posting]) -> list[Row]:
    """Return the rows of the ledger, the oldest day first."""
    ordered = sorted(postings, key=lambda one: (one.day, one.kind, one.reference, one.task))
    return [
        {
            "TaskID": one.task,
            "DebitAccountCode": one.debit,
            "CreditAccountCode": one.credit,
            "Amount": one.amount,
            "EffectiveDate": day_of(one.day),
            "Reference": one.reference,
            "Transaction": one.text,
            "Type": one.kind,
        }
        for one in ordered
    ]


def in_paper(postings: list[Posting]) -> Iterator[Row]:
    """Return postings as the details of stock papers repeat them."""
    for one in postings:
        yield {
            "ID": one.id,
            "Debit": one.debit,
            "Credit": one.credit,
            "Amount": one.amount,
            "EffectiveDate": day_of(one.day),
        }
