"""The shop as Core keeps it: lists, and the documents behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo.shop.core import (
    counts,
    goods,
    ledger,
    moves,
    partners,
    purchases,
    sales,
    settings,
)
from demo.shop.core.availability import availability
from demo.shop.core.ids import day_of
from demo.shop.core.purchase_papers import purchase_id
from demo.shop.core.sale_lines import sale_id
from demo.shop.levels import last_changes
from demo.shop.money import BASE
from demo.shop.storing import STOCKTAKE

if TYPE_CHECKING:
    from datetime import date

    from demo.shop.books import Books
    from sandbox.entry import Row

__all__ = ["CoreShop", "shop"]


@dataclass(frozen=True)
class CoreShop:
    """Core's data.

    Attributes:
        lists: Rows by stream.
        details: Documents by stream and by the id of their header.

    """

    lists: dict[str, list[Row]]
    details: dict[str, dict[str, Row]]


def shop(books: Books, until: date) -> CoreShop:
    """Return Core's data of a shop after its last day."""
    sold = {sale_id(one): sales.sale(one) for one in books.orders}
    heads = [sales.header(one, sold[sale_id(one)]) for one in books.orders]
    bought = {purchase_id(one): purchases.document(one) for one in books.purchases}
    bought_heads = [purchases.header(one) for one in bought.values()]
    built = moves.assemblies(books)
    papers = {
        "stock_adjustment": [counts.adjustment(x) for x in books.counts if x.reason != STOCKTAKE],
        "stocktake": [counts.stocktake(x) for x in books.counts if x.reason == STOCKTAKE],
        "stock_transfer": [moves.transfer(one) for one in books.transfers],
        "finished_goods": [moves.finished_goods(one) for one in built],
    }
    postings = _postings(books, built, until)
    details = {"sales": sold, "purchases": bought} | {
        _DETAIL.get(name, f"{name}s"): {detail["TaskID"]: detail for _, detail in rows}
        for name, rows in papers.items()
    }
    lists = {
        **settings.settings(),
        "locations": partners.locations(),
        "products": goods.products(books, last_changes(books)),
        "product_families": goods.families(books),
        "customers": partners.customers(books),
        "suppliers": partners.supplier_rows(books),
        "sale_list": heads,
        "sale_credit_note_list": [
            {name: value for name, value in row.items() if name not in _SALES_ONLY}
            for row in heads
            if row["CreditNoteNumber"]
        ],
        "purchase_list": bought_heads,
        "purchase_credit_note_list": [],
        **{f"{name}_list": [row for row, _ in rows] for name, rows in papers.items()},
        "product_availability": list(availability(books)),
        "transactions": ledger.transactions(postings),
        "journals": [_journal(one) for one in ledger.rents(books, until)],
    }
    return CoreShop(lists, details)


_DETAIL = {"finished_goods": "finished_goods"}
_SALES_ONLY = frozenset({"SaleInvoicesTotalAmount", "CombinedPaymentTotal"})


def _postings(books: Books, built: list[moves.Assembly], until: date) -> list[ledger.Posting]:
    found = [x for one in books.orders for x in ledger.of_sale(one, sale_id(one))]
    for purchase in books.purchases:
        found += ledger.of_purchase(purchase, purchase_id(purchase))
    for count in books.counts:
        found += ledger.of_count(count, counts.count_id(count))
    for assembly in built:
        found += assembly.postings
    return found + ledger.rents(books, until)


def _journal(one: ledger.Posting) -> Row:
    return {
        "TaskID": one.task,
        "Status": "AUTHORISED",
        "JournalNumber": one.reference,
        "Currency": BASE,
        "CurrencyConversionRate": 1,
        "EffectiveDate": day_of(one.day),
        "Narration": one.text,
        "Notes": "",
        "Lines": [
            {
                "Debit": one.debit,
                "Credit": one.credit,
                "Reference": one.text,
                "Amount": one.amount,
                "BaseAmount": one.amount,
            }
        ],
        "Attachments": [],
    }
