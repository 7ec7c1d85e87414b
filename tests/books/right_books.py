"""Books in which all agrees: documents with the ledger, movements with the shelf."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.books.accounts import omni_account
from tests.books.books import Account
from tests.books.core import Core

if TYPE_CHECKING:
    from tests.books.omni import Omni

DEBTORS, CREDITORS = "610", "800"
BANK, SALES, COST, SHELF, TAX = "090", "200", "310", "630", "820"


def right_omni(schema: str) -> Omni:
    """Write a purchase, a sale, and a return."""
    books = omni_account(schema, "NZD", "Pacific/Auckland", "multiply", "Hats NZ")
    customer, branch, item = books.contact(), books.branch(), books.item(cost=5)
    of = {"branchId": branch.id, "memberId": customer}
    bought = books.purchase([books.line(item, 10, 5)], branchId=branch.id)
    books.payment(bought, 57.5, -1, orderType="PurchaseOrder")  # 50 and 15 %
    sold = books.order([books.line(item, 4, 50, unitCost=5)], **of)
    books.payment(sold, 230)  # 200 and 15 %
    back = books.credit_note([books.line(item, 1, 50, unitCost=5)], **of)
    books.payment(back, 57.5, -1, orderType="CreditNote")
    books.stock(item, branch, 7)  # 10 - 4 + 1
    return books


def right_core(schema: str) -> Core:
    """Write a purchase and a sale, both paid in part, with what they post."""
    books = Core(Account("core", schema, {"company": "Hats NZ"}))
    debtors = {"SystemAccount": "Accounts receivable", "SystemAccountCode": "DEBTORS"}
    creditors = {"SystemAccount": "Accounts payable", "SystemAccountCode": "CREDITORS"}
    books.ledger_account(DEBTORS, "Accounts receivable", "CURRENT", "ASSET", **debtors)
    books.ledger_account(CREDITORS, "Accounts payable", "CURRLIAB", "LIABILITY", **creditors)
    books.ledger_account(BANK, "Bank", "BANK", "ASSET")
    books.ledger_account(SALES, "Sales", "REVENUE", "REVENUE")
    books.ledger_account(COST, "Cost of goods sold", "DIRECTCOSTS", "EXPENSE")
    books.ledger_account(SHELF, "Inventory", "CURRENT", "ASSET")
    books.ledger_account(TAX, "Tax", "CURRLIAB", "LIABILITY")
    customer = books.customer(AccountReceivable=DEBTORS)
    supplier = books.supplier(AccountPayable=CREDITORS)
    item = books.item(cost=5)

    # Bought 10 at 5: 50 and 7.50 tax; 20 are paid.
    lines = [books.line(item, 10, 5)]
    received = books.receipt([(item, 10)], "2026-05-01")
    invoice = books.invoice(lines, payments=[books.payment(20)])
    bought = books.purchase(
        lines,
        receipts=[received],
        invoices=[invoice],
        movements=[books.moved(item, 50, received["TaskID"], "2026-05-01")],
        CombinedReceivingStatus="FULLY RECEIVED",
        **supplier,
    )
    of_purchase = {"TaskID": bought.id, "Type": "Purchase"}
    books.posting(SHELF, CREDITORS, 50, "2026-05-01", **of_purchase)
    books.posting(TAX, CREDITORS, 7.5, "2026-05-01", **of_purchase)
    books.posting(CREDITORS, BANK, 20, "2026-05-20", **of_purchase)

    # Sold 4 at 20: 80 and 12 tax, which had cost 20; 50 are paid.
    lines = [books.line(item, 4, 20, AverageCost=5)]
    invoice = books.invoice(lines, payments=[books.payment(50)])
    sold = books.sale(
        lines,
        invoices=[invoice],
        fulfilments=[books.fulfilment([(item, 4)])],
        movements=[books.moved(item, 20, invoice["TaskID"])],
        **customer,
    )
    of_sale = {"TaskID": sold.id, "Type": "Sale"}
    books.posting(DEBTORS, SALES, 80, "2026-05-01", **of_sale)
    books.posting(DEBTORS, TAX, 12, "2026-05-01", **of_sale)
    books.posting(BANK, DEBTORS, 50, "2026-05-20", **of_sale)
    books.posting(COST, SHELF, 20, "2026-05-02", **of_sale)

    books.available(item, 6, StockOnHand=30)  # 10 - 4, at 5
    return books
