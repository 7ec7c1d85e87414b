"""Rule 1: what suppliers are owed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.books.accounts import CORE, NZ
from tests.books.books import Answers, book, mart

if TYPE_CHECKING:
    from tests.books.core import Core
    from tests.books.omni import Document, Omni


def due(of: Document | str, columns: str = "outstanding") -> str:
    return mart("payables", columns, document_id=of if isinstance(of, str) else of.id)


def of_100(books: Omni, **header: object) -> Document:
    untaxed = {"taxStatus": "Exempt", "taxRate": 0}
    return books.purchase([books.line(books.item(), 10, 10)], **untaxed, **header)


@book("P01", NZ)
def money_that_goes_out_pays_a_purchase(books: Omni) -> Answers:
    order = of_100(books)
    books.payment(order, 40, -1, orderType="PurchaseOrder")
    yield due(order), 60


@book("P02", NZ)
def money_that_comes_back_is_owed_again(books: Omni) -> Answers:
    order = of_100(books)
    books.payment(order, 100, -1, orderType="PurchaseOrder")
    books.payment(order, 25, 1, orderType="PurchaseOrder")
    yield due(order), 25  # 100 - (100 - 25)


@book("P03", NZ)
def only_false_excludes_a_payment(books: Omni) -> Answers:
    order = of_100(books)
    books.payment(order, 30, -1, orderType="PurchaseOrder", isAuthorized=False)
    books.payment(order, 20, -1, orderType="PurchaseOrder", isAuthorized=None)
    yield due(order), 80  # 100 - 20


@book("P04", NZ)
def terms_of_suppliers_are_read_alike(books: Omni) -> Answers:
    order = of_100(books, invoiceDate="2026-01-01T00:00:00", paymentTerms="Net 30")
    yield due(order, "days_overdue, ageing"), (150, "over_90")
    order = of_100(books, invoiceDate="2026-05-01T00:00:00", paymentTerms="20th month following")
    yield due(order, "days_overdue, ageing"), (10, "1_30")  # due 20 June
    order = of_100(books, paymentTerms="on sale or return")
    yield due(order, "due_at, days_overdue, ageing"), (None, None, "no_terms")


@book("P05", NZ)
def what_is_paid_before_the_suppliers_invoice_is_a_deposit(books: Omni) -> Answers:
    supplier = books.contact(type="Supplier")
    order = of_100(books, memberId=supplier, invoiceDate=None, fullyReceivedDate=None)
    books.payment(order, 45, -1, orderType="PurchaseOrder")
    where = "document_type = 'deposit'"
    yield mart("payables", "sum(outstanding)", where, supplier_id=supplier), -45


@book("P06", NZ)
def voided_purchases_are_not_owed(books: Omni) -> Answers:
    order = of_100(books, isVoid=True, status="VOID")
    yield due(order, "coalesce(sum(outstanding), 0)"), 0


@book("C37", CORE)
def an_invoice_of_a_supplier_is_owed_less_what_was_paid_by_today(books: Core) -> Answers:
    lines = [books.line(books.item(), 10, 10)]
    payments = [books.payment(15, "2026-06-01"), books.payment(100, "2026-07-01")]
    invoice = books.invoice(lines, payments=payments, Status="PAID")
    books.purchase(lines, invoices=[invoice])
    yield due(invoice["TaskID"]), 100  # 115 - 15; the rest is paid tomorrow


@book("C38", CORE)
def a_prepayment_to_a_supplier_is_a_deposit(books: Core) -> Answers:
    lines = [books.line(books.item(), 10, 10)]
    supplier = books.item().id  # any id
    books.purchase(lines, prepayments=[books.payment(60)], SupplierID=supplier)
    where = "document_type = 'deposit'"
    yield mart("payables", "sum(outstanding)", where, supplier_id=supplier), -60


@book("C39", CORE)
def a_credit_note_of_a_supplier_is_minus(books: Core) -> Answers:
    lines = [books.line(books.item(), 1, 100)]
    note = books.purchase_credit_note(lines, refunds=[books.payment(15)])
    books.purchase(lines, credit_notes=[note])
    yield due(note["TaskID"], "outstanding, document_type"), (-100, "credit_note")  # -115 + 15
