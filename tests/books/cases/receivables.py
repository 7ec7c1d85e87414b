"""Rule 1: what customers owe, since when, and how old it is. Today is 30 June 2026."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.books.accounts import AU, CORE, NZ, US
from tests.books.books import Answers, book, mart

if TYPE_CHECKING:
    from tests.books.core import Core
    from tests.books.omni import Document, Omni


def owed(of: Document | str, columns: str = "outstanding") -> str:
    return mart("receivables", columns, document_id=of if isinstance(of, str) else of.id)


def settled(of: Document | str) -> str:
    """Ask for what is left of a document that may have no row any more."""
    return owed(of, "coalesce(sum(outstanding), 0)")


def deposits(customer: object) -> str:
    where = "document_type = 'deposit'"
    return mart("receivables", "sum(outstanding)", where, customer_id=customer)


def of_100(books: Omni, **header: object) -> Document:
    """Add an order of 100 without tax."""
    untaxed = {"taxStatus": "Exempt", "taxRate": 0}
    return books.order([books.line(books.item(), 1, 100)], **untaxed, **header)


@book("O06", NZ)
def a_refund_undoes_a_payment(books: Omni) -> Answers:
    order = of_100(books)
    books.payment(order, 100)
    books.payment(order, 100, -1)
    yield owed(order), 100  # 100 - (100 - 100)


@book("O06b", NZ)
def a_refund_is_a_refund_with_any_sign(books: Omni) -> Answers:
    order = of_100(books)
    books.payment(order, 100)
    books.payment(order, -30, -1)
    yield owed(order), 30  # 100 - (100 - 30): direction says out, whatever the sign
    other = of_100(books)
    books.payment(other, -40, 1)
    yield owed(other), 60  # direction says in


@book("O07", NZ)
def a_payment_that_is_not_authorised_pays_nothing(books: Omni) -> Answers:
    order = of_100(books)
    books.payment(order, 100, isAuthorized=False)
    yield owed(order), 100


@book("O07b", NZ)
def only_false_is_not_authorised(books: Omni) -> Answers:
    order = of_100(books)
    books.payment(order, 60, isAuthorized=None)
    yield owed(order), 40  # 100 - 60


@book("R01", NZ)
def a_payment_counts_for_the_kind_of_document_it_names(books: Omni) -> Answers:
    order = of_100(books)
    books.payment(order, 25)
    books.payment(order, 70, orderType="PurchaseOrder")  # of a purchase with the same id
    yield owed(order), 75  # 100 - 25


@book("R02", NZ)
def parts_are_paid_and_the_last_part_settles(books: Omni) -> Answers:
    order = books.order([books.line(books.item(), 2, 50)])  # 100 and 15 % tax: 115
    books.payment(order, 40)
    books.payment(order, 25.5)
    yield owed(order, "total, paid, outstanding"), (115, 65.5, 49.5)
    paid = books.order([books.line(books.item(), 2, 50)])
    books.payment(paid, 115)
    yield settled(paid), 0


@book("R03", NZ)
def a_credit_note_is_owed_to_the_customer_until_refunded(books: Omni) -> Answers:
    item = books.item()
    note = books.credit_note([books.line(item, 1, 100)])
    yield owed(note), -115
    yield owed(note, "document_type"), "credit_note"
    refunded = books.credit_note([books.line(item, 1, 100)])
    books.payment(refunded, 115, -1, orderType="CreditNote")
    yield settled(refunded), 0
    half = books.credit_note([books.line(item, 1, 100)])
    books.payment(half, 15, -1, orderType="CreditNote")
    yield owed(half), -100  # -115 + 15


@book("R04", NZ)
def a_foreign_order_is_owed_in_base_currency_too(books: Omni) -> Answers:
    order = of_100(books, currencyCode="AUD", currencyRate=1.1)
    books.payment(order, 25)
    # 100 - 25 = 75 AUD; 75 x 1.1 = 82.50 NZD
    columns = "outstanding, outstanding_base, base_currency"
    yield owed(order, columns), (75, 82.5, "NZD")


@book("R05", US)
def where_the_rate_divides_base_is_amount_by_rate(books: Omni) -> Answers:
    order = of_100(books, currencyCode="CAD", currencyRate=1.25, invoiceDate="2026-05-01T16:00:00")
    yield owed(order, "outstanding, outstanding_base, base_currency"), (100, 80, "USD")


@book("R06", NZ)
def an_unknown_rate_is_an_unknown_amount(books: Omni) -> Answers:
    zero = of_100(books, currencyCode="AUD", currencyRate=0)
    yield owed(zero, "outstanding, outstanding_base"), (100, None)
    empty = of_100(books, currencyCode="AUD", currencyRate=None)
    yield owed(empty, "outstanding, outstanding_base"), (100, None)


@book("R07", NZ)
def the_base_currency_itself_needs_no_rate(books: Omni) -> Answers:
    order = of_100(books, currencyRate=0)
    yield owed(order, "outstanding_base"), 100


@book("R08", NZ)
def drafts_and_voided_orders_owe_nothing(books: Omni) -> Answers:
    draft = of_100(books, isApproved=False, status="DRAFT")
    void = of_100(books, isVoid=True, status="VOID")
    yield settled(draft), 0
    yield settled(void), 0


@book("R09", NZ)
def a_payment_before_the_invoice_is_a_deposit(books: Omni) -> Answers:
    customer = books.contact()
    order = of_100(books, memberId=customer, invoiceDate=None, dispatchedDate=None)
    books.payment(order, 30)
    yield deposits(customer), -30
    yield mart("receivables", "sum(outstanding)", customer_id=customer), -30


@book("R10", NZ)
def a_refunded_deposit_is_gone(books: Omni) -> Answers:
    customer = books.contact()
    order = of_100(books, memberId=customer, invoiceDate=None, dispatchedDate=None)
    books.payment(order, 30)
    books.payment(order, 10, -1)
    yield deposits(customer), -20  # -(30 - 10)


@book("R11", NZ)
def what_happens_after_today_has_not_happened(books: Omni) -> Answers:
    order = of_100(books)
    # 30 June 23:30 and 1 July 00:30 in Auckland, which is 12 hours ahead in winter
    books.payment(order, 20, paymentDate="2026-06-30T11:30:00")
    books.payment(order, 50, paymentDate="2026-06-30T12:30:00")
    yield owed(order), 80  # 100 - 20
    tomorrow = of_100(books, invoiceDate="2026-06-30T12:30:00")
    yield settled(tomorrow), 0


# Terms. Invoiced on 1 January, of which 180 days have passed until 30 June:
# January 30 (the rest), February 28, March 31, April 30, May 31, June 30.


def _overdue(books: Omni, terms: str | None) -> str:
    order = of_100(books, invoiceDate="2026-01-01T00:00:00", paymentTerms=terms)
    return owed(order, "days_overdue")


@book("O08", NZ)
def net_30(books: Omni) -> Answers:
    yield _overdue(books, "Net 30"), 150  # due 31 January: 180 - 30


@book("O08b", NZ)
def days_in_any_case_and_order_of_words(books: Omni) -> Answers:
    for terms in ("30 days", "NET 30 DAYS", "30 Days Net", "30 day", "Due in 30 days"):
        yield _overdue(books, terms), 150  # 180 - 30
    for terms in ("7 days from invoice", "7 Days From Invoice Date", "Invoice 7 days"):
        yield _overdue(books, terms), 173  # 180 - 7
    yield _overdue(books, "Net 14"), 166  # 180 - 14


@book("O09", NZ)
def the_20th_of_the_month_following(books: Omni) -> Answers:
    # due 20 February: 8 + 31 + 30 + 31 + 30
    yield _overdue(books, "20th of the month following"), 130


@book("O09b", NZ)
def the_20th_in_any_case_and_order_of_words(books: Omni) -> Answers:
    for terms in (
        "20TH OF THE MONTH FOLLOWING",
        "20th of following month",
        "20th following month",
        "Due 20th of the month following invoice",
        "20th month following",
    ):
        yield _overdue(books, terms), 130


@book("O09c", NZ)
def the_20th_follows_the_month_of_the_invoice_over_the_years_end(books: Omni) -> Answers:
    order = of_100(
        books, invoiceDate="2025-12-30T12:00:00", paymentTerms="20th of the month following"
    )
    # 31 December in Auckland; due 20 January: 11 + 28 + 31 + 30 + 31 + 30 = 161
    yield owed(order, "days_overdue, cast(due_at as date)"), (161, "2026-01-20")
    # 1 January 00:30 in Auckland, which is 13 hours ahead in summer; due 20 February
    order = of_100(
        books, invoiceDate="2025-12-31T11:30:00", paymentTerms="20th of the month following"
    )
    yield owed(order, "days_overdue, cast(due_at as date)"), (130, "2026-02-20")


@book("R12", NZ)
def cash_on_delivery_is_due_at_once(books: Omni) -> Answers:
    for terms in ("COD", "cod"):
        yield _overdue(books, terms), 180


@book("R13", NZ)
def days_after_the_end_of_the_month(books: Omni) -> Answers:
    # The end of January and 30 days is 2 March: 29 + 30 + 31 + 30 = 120. Some take the end of the
    # month in which the 30th day lies, 31 January: 150. It is one of the two, in any spelling.
    for terms in ("30 days EOM", "30 Days eom", "EOM 30 days"):
        query = _overdue(books, terms).replace("days_overdue", "days_overdue in (120, 150)", 1)
        yield query, True


@book("R14", NZ)
def terms_that_cannot_be_read_have_no_due_date(books: Omni) -> Answers:
    for terms in ("as agreed", "see contract", None, ""):
        order = of_100(books, invoiceDate="2026-01-01T00:00:00", paymentTerms=terms)
        yield owed(order, "due_at, days_overdue, ageing"), (None, None, "no_terms")


@book("R15", AU)
def days_overdue_count_from_the_invoices_day_in_the_accounts_time_zone(books: Omni) -> Answers:
    # 1 January 00:30 in Sydney, which is 11 hours ahead in summer: due 31 January
    order = of_100(books, invoiceDate="2025-12-31T13:30:00", paymentTerms="30 days")
    yield owed(order, "days_overdue, cast(due_at as date)"), (150, "2026-01-31")


@book("R16", US)
def days_overdue_in_the_west(books: Omni) -> Answers:
    # 31 December 23:30 in New York, 5 hours behind: due 30 January, 151 days before 30 June
    order = of_100(books, invoiceDate="2026-01-01T04:30:00", paymentTerms="30 days")
    yield owed(order, "days_overdue, cast(due_at as date)"), (151, "2026-01-30")


@book("R17", NZ)
def ageing_goes_by_days_overdue(books: Omni) -> Answers:
    for invoiced, days, bucket in (
        ("2026-06-15", 0, "not_due"),  # due 15 July
        ("2026-05-31", 0, "not_due"),  # due 30 June, today
        ("2026-05-30", 1, "1_30"),  # due 29 June
        ("2026-05-01", 30, "1_30"),  # due 31 May
        ("2026-04-30", 31, "31_60"),  # due 30 May
        ("2026-04-01", 60, "31_60"),  # due 1 May
        ("2026-03-31", 61, "61_90"),  # due 30 April
        ("2026-03-02", 90, "61_90"),  # due 1 April
        ("2026-03-01", 91, "over_90"),  # due 31 March
    ):
        order = of_100(books, invoiceDate=f"{invoiced}T00:00:00", paymentTerms="30 days")
        yield owed(order, "days_overdue, ageing"), (days, bucket)


# Core says when an invoice is due.


def in_core(books: Core, **fields: object) -> str:
    """Add a sale with an invoice of 100 and 15 tax, and return the id of the invoice."""
    lines = [books.line(books.item(), 2, 50)]
    invoice = books.invoice(lines, **fields)  # type: ignore[arg-type]
    books.sale(lines, invoices=[invoice])
    return str(invoice["TaskID"])


@book("C31", CORE)
def an_invoice_of_core_is_owed_with_tax(books: Core) -> Answers:
    invoice = in_core(books)
    # Due 31 May: 30 days before 30 June.
    columns = "total, paid, outstanding, days_overdue, ageing"
    yield owed(invoice, columns), (115, 0, 115, 30, "1_30")


@book("C32", CORE)
def a_payment_after_today_has_not_come(books: Core) -> Answers:
    payments = [books.payment(50, "2026-06-15"), books.payment(65, "2026-07-05")]
    invoice = in_core(books, payments=payments, Status="PAID")
    yield owed(invoice), 65  # 115 - 50


@book("C33", CORE)
def a_foreign_invoice_counts_at_its_own_rate(books: Core) -> Answers:
    lines = [books.line(books.item(), 2, 50)]
    invoice = books.invoice(lines, payments=[books.payment(15)], CurrencyConversionRate=1.2)
    books.sale(lines, invoices=[invoice], CustomerCurrency="AUD", CurrencyRate=1.1)
    # 115 - 15 = 100 AUD; x 1.2 of the invoice, not 1.1 of the sale
    yield owed(invoice["TaskID"], "outstanding, outstanding_base"), (100, 120)


@book("C34", CORE)
def a_credit_note_of_core_is_owed_until_refunded(books: Core) -> Answers:
    lines = [books.line(books.item(), 2, 50)]
    note = books.credit_note(lines)
    half = books.credit_note(lines, refunds=[books.payment(15)])
    whole = books.credit_note(lines, refunds=[books.payment(115)])
    books.sale(lines, credit_notes=[note, half, whole])
    yield owed(note["TaskID"], "outstanding, document_type"), (-115, "credit_note")
    yield owed(half["TaskID"]), -100
    yield settled(whole["TaskID"]), 0


@book("C11", CORE)
def a_prepayment_of_a_quote_is_a_deposit(books: Core) -> Answers:
    customer = books.customer()
    lines = [books.line(books.item(), 2, 50)]
    books.sale(lines, prepayments=[books.payment(60)], order_status="NOT AVAILABLE", **customer)
    yield deposits(customer["CustomerID"]), -60
    other = "document_type not in ('invoice', 'credit_note')"
    yield (
        mart("receivables", "sum(outstanding)", other, customer_id=customer["CustomerID"]),
        -60,
    )


@book("C35", CORE)
def a_voided_invoice_owes_nothing(books: Core) -> Answers:
    yield settled(in_core(books, Status="VOIDED")), 0
    yield settled(in_core(books, Status="DRAFT")), 0


@book("C36", CORE)
def an_invoice_without_a_due_date_has_no_terms(books: Core) -> Answers:
    lines = [books.line(books.item(), 2, 50)]
    invoice = books.invoice(lines, InvoiceDueDate=None)
    books.sale(lines, invoices=[invoice], Terms="as agreed")
    yield owed(invoice["TaskID"], "due_at, days_overdue, ageing"), (None, None, "no_terms")


@book("R18", NZ)
def who_paid_too_much_has_something_with_us(books: Omni) -> Answers:
    order = of_100(books)
    books.payment(order, 105)
    yield owed(order), -5


@book("R19", NZ)
def a_credit_note_of_tomorrow_is_not_owed_today(books: Omni) -> Answers:
    # 1 July 00:30 in Auckland
    note = books.credit_note(
        [books.line(books.item(), 1, 100)], creditNoteDate="2026-06-30T12:30:00"
    )
    yield settled(note), 0


@book("R20", NZ)
def a_customer_owes_the_sum_of_what_is_open(books: Omni) -> Answers:
    customer = books.contact()
    order = books.order([books.line(books.item(), 1, 100)], memberId=customer)
    books.payment(order, 15)
    books.order([books.line(books.item(), 2, 100)], memberId=customer)
    books.credit_note([books.line(books.item(), 1, 20)], memberId=customer)
    # 115 - 15 + 230 - 23
    key = books.key(customer)
    yield mart("receivables", "sum(outstanding_base)", customer_key=key), 307
    yield mart("customers", "outstanding_base", customer_key=key), 307


@book("C46", CORE)
def a_credit_note_that_stands_alone_is_owed_to_the_customer(books: Core) -> Answers:
    note = books.credit_note([books.line(books.item(), 1, 40)])
    books.sale(
        [],
        credit_notes=[note],
        order_status="NOT AVAILABLE",
        Type="Credit Note",
        Status="CREDITED",
    )
    yield owed(note["TaskID"], "outstanding, document_type"), (-46, "credit_note")


@book("C47", CORE)
def a_prepayment_of_tomorrow_is_no_deposit(books: Core) -> Answers:
    customer = books.customer()
    lines = [books.line(books.item(), 2, 50)]
    prepaid = [books.payment(60, "2026-06-30"), books.payment(40, "2026-07-01")]
    books.sale(lines, prepayments=prepaid, **customer)
    yield deposits(customer["CustomerID"]), -60


@book("R21", NZ)
def another_day_of_the_month_following(books: Omni) -> Answers:
    yield _overdue(books, "10th of the month following"), 140  # due 10 February: 130 + 10


@book("R22", NZ)
def numbers_that_are_no_days_are_not_taken_for_days(books: Omni) -> Answers:
    # Read rightly, or not at all.
    for terms in ("2% 10 Net 30", "50% deposit, balance 30 days"):
        order = of_100(books, invoiceDate="2026-01-01T00:00:00", paymentTerms=terms)
        yield owed(order, "coalesce(days_overdue, 150)"), 150
    order = of_100(books, paymentTerms="30% deposit, balance on delivery")
    yield owed(order, "due_at, days_overdue"), (None, None)


@book("R23", NZ)
def a_payment_without_a_date_was_made_when_it_was_entered(books: Omni) -> Answers:
    order = of_100(books)
    books.payment(order, 40, paymentDate=None)
    yield owed(order), 60
