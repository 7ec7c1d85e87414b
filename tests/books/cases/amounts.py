"""Rule 5: discounts, tax, and lines without a product; and amounts in several currencies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.books.accounts import AU, CORE, CORE_AU, NZ, US
from tests.books.books import Answers, book, mart

if TYPE_CHECKING:
    from tests.books.core import Core
    from tests.books.omni import Document, Omni

INCL = {"taxStatus": "Incl"}


def net(order: Document, columns: str = "sum(net)") -> str:
    return mart("invoice_lines", columns, order_key=order.key)


@book("O01", NZ)
def discounts_of_line_and_order(books: Omni) -> Answers:
    order = books.order([books.line(books.item(), 2, 50, discount=10)], discountTotal=9)
    yield net(order), 81  # 2 x 50 - 10 - 9


@book("O01b", NZ)
def the_orders_discount_is_shared_by_value(books: Omni) -> Answers:
    dear, cheap = books.item("DEAR"), books.item("CHEAP")
    lines = [books.line(dear, 3, 100), books.line(cheap, 2, 60, discount=20)]
    order = books.order(lines, discountTotal=40)
    # 300 and 100 after their own discounts: 40 is 10 % of 400
    yield net(order), 360
    yield mart("invoice_lines", "net", order_key=order.key, product_key=dear.key), 270
    yield mart("invoice_lines", "net", order_key=order.key, product_key=cheap.key), 90


@book("O02", NZ)
def tax_in_the_price_is_taken_out(books: Omni) -> Answers:
    order = books.order([books.line(books.item(), 2, 57.5)], **INCL)
    yield net(order), 100  # 115 / 1.15


@book("O02b", NZ)
def tax_and_discounts_together(books: Omni) -> Answers:
    lines = [books.line(books.item(), 1, 115), books.line(books.item(), 1, 130, discount=15)]
    order = books.order(lines, discountTotal=23, **INCL)
    yield net(order), 180  # (115 + 115 - 23) / 1.15 = 207 / 1.15


@book("T01", NZ)
def lines_have_their_own_tax_rate(books: Omni) -> Answers:
    taxed, free = books.item("HAT"), books.item("BOOK")
    lines = [books.line(taxed, 1, 115, taxRate=15), books.line(free, 1, 100, taxRate=0)]
    order = books.order(lines, total=215, **INCL)
    yield mart("invoice_lines", "net", order_key=order.key, product_key=taxed.key), 100
    yield mart("invoice_lines", "net", order_key=order.key, product_key=free.key), 100


@book("T02", NZ)
def where_no_line_has_a_rate_the_documents_counts(books: Omni) -> Answers:
    lines = [books.line(books.item(), 1, 115, taxRate=0), books.line(books.item(), 1, 23)]
    order = books.order(lines, **INCL)
    yield net(order), 120  # (115 + 23) / 1.15


@book("T03", NZ)
def two_rates_and_a_discount_of_the_order(books: Omni) -> Answers:
    high, low = books.item("HIGH"), books.item("LOW")
    lines = [books.line(high, 1, 230, taxRate=15), books.line(low, 1, 110, taxRate=10)]
    order = books.order(lines, discountTotal=34, total=306, **INCL)
    # 34 is 10 % of 340: 207 / 1.15 = 180, 99 / 1.10 = 90
    yield mart("invoice_lines", "net", order_key=order.key, product_key=high.key), 180
    yield mart("invoice_lines", "net", order_key=order.key, product_key=low.key), 90


@book("T04", NZ)
def without_tax_nothing_is_taken_out(books: Omni) -> Answers:
    exempt = books.order([books.line(books.item(), 1, 100)], taxStatus="Exempt", taxRate=15)
    yield net(exempt), 100
    on_top = books.order([books.line(books.item(), 1, 100)])
    yield net(on_top), 100


@book("O21b", NZ)
def an_amount_of_a_credit_note_is_money_and_no_unit(books: Omni) -> Answers:
    item = books.item()
    note = books.credit_note([books.line(item, 1, 100), books.line(None, -0.1775, 100)])
    yield mart("returns", "sum(net)", credit_note_id=note.id), 82.25  # 100 - 17.75
    yield mart("daily_sales", "sum(units)", product_key=item.key), -1


@book("T05", AU)
def a_line_without_a_product_counts_in_money_only(books: Omni) -> Answers:
    item = books.item()
    order = books.order(
        [books.line(item, 2, 50), books.line(None, 3, 10, name="Gift wrap")],
        invoiceDate="2026-02-11T00:00:00",  # no other sale is of that day
    )
    yield net(order), 130  # 100 + 30
    day = "cast(day as date) = date '2026-02-11'"
    yield mart("daily_sales", "sum(net), sum(units)", day, source_relation=books.schema), (130, 2)


@book("C01", CORE)
def a_sale_of_core(books: Core) -> Answers:
    lines = [books.line(books.item(), 2, 50)]
    sale = books.sale(lines, invoices=[books.invoice(lines)])
    yield mart("invoice_lines", "sum(net)", order_key=sale.key), 100


@book("C02", CORE)
def what_is_invoiced_of_an_order(books: Core) -> Answers:
    item = books.item()
    sale = books.sale(
        [books.line(item, 10, 50)], invoices=[books.invoice([books.line(item, 4, 50)])]
    )
    yield mart("invoice_lines", "sum(net), sum(quantity)", order_key=sale.key), (200, 4)
    yield mart("order_lines", "sum(net), sum(quantity)", order_key=sale.key), (500, 10)


@book("C02b", CORE)
def prices_of_core_with_tax_and_discount(books: Core) -> Answers:
    # 2 x 57.50 = 115 with 15 tax in it
    lines = [books.line(books.item(), 2, 57.5, Tax=15)]
    sale = books.sale(
        lines, invoices=[books.invoice(lines, inclusive=True)], TaxCalculation="Inclusive"
    )
    yield mart("invoice_lines", "sum(net)", order_key=sale.key), 100
    # 2 x 50 less 10 %
    lines = [books.line(books.item(), 2, 50, discount=10)]
    sale = books.sale(lines, invoices=[books.invoice(lines)])
    yield mart("invoice_lines", "sum(net)", order_key=sale.key), 90


@book("O13", NZ)
def a_rate_of_nothing_is_an_unknown_amount(books: Omni) -> Answers:
    item = books.item()
    order = books.order([books.line(item, 1, 100)], currencyCode="AUD", currencyRate=0)
    yield net(order, "net, net_base"), (100, None)
    order = books.order([books.line(item, 1, 100)], currencyCode="AUD", currencyRate=None)
    yield net(order, "net, net_base"), (100, None)
    yield mart("orders", "document_net, net_base", order_key=order.key), (100, None)


@book("T06", NZ)
def a_rate_multiplies(books: Omni) -> Answers:
    order = books.order([books.line(books.item(), 1, 100)], currencyCode="AUD", currencyRate=1.1)
    yield net(order, "net, net_base, currency"), (100, 110, "AUD")
    yield mart("orders", "total, total_base", order_key=order.key), (115, 126.5)


@book("T07", US)
def a_rate_divides(books: Omni) -> Answers:
    order = books.order(
        [books.line(books.item(), 1, 100)],
        currencyCode="CAD",
        currencyRate=1.25,
        invoiceDate="2026-05-01T16:00:00",
    )
    yield net(order, "net, net_base"), (100, 80)  # 100 / 1.25
    credit = books.credit_note(
        [books.line(books.item(), 1, 50)], currencyCode="CAD", currencyRate=1.25
    )
    yield mart("returns", "net, net_base", credit_note_id=credit.id), (50, 40)


@book("A1", AU)
def another_company_has_its_own_currency_and_cost(books: Omni) -> Answers:
    item = books.item(cost=7)
    order = books.order([books.line(item, 1, 100)])
    yield mart("orders", "base_currency, net_base", order_key=order.key), ("AUD", 100)
    yield mart("products", "unit_cost_base", product_key=item.key), 7
    columns = "company, base_currency, net_base"
    yield mart("daily_sales", columns, product_key=item.key), ("Hats AU", "AUD", 100)
    # none of it is in a sum of NZD
    nzd = "base_currency = 'NZD'"
    for name in ("invoice_lines", "daily_sales", "cogs"):
        query = mart(name, "count(*)", nzd, source_relation=books.schema)
        yield query, 0


@book("A1b", NZ)
def every_amount_in_base_currency_says_which(books: Omni) -> Answers:
    books.order([books.line(books.item(), 1, 100, unitCost=4)])
    for name in (
        "orders",
        "order_lines",
        "invoice_lines",
        "returns",
        "cogs",
        "daily_sales",
        "receivables",
        "payables",
        "purchase_lines",
        "inventory_movements",
        "stock_levels",
        "products",
        "customers",
    ):
        wrong = "coalesce(base_currency, '') <> 'NZD'"
        yield mart(name, "count(*)", wrong, source_relation=books.schema), 0


@book("A1c", CORE_AU)
def another_company_of_core_has_its_own_currency(books: Core) -> Answers:
    lines = [books.line(books.item(), 1, 100)]
    sale = books.sale(lines, invoices=[books.invoice(lines)])
    yield mart("orders", "base_currency, net_base", order_key=sale.key), ("AUD", 100)
    wrong = "base_currency = 'NZD'"
    yield mart("daily_sales", "count(*)", wrong, source_relation=books.schema), 0


@book("T08", NZ)
def a_credit_note_with_tax_in_it_and_a_discount(books: Omni) -> Answers:
    item = books.item()
    note = books.credit_note([books.line(item, 1, 115, discount=11.5)], taxStatus="Incl")
    yield mart("returns", "sum(net)", credit_note_id=note.id), 90  # 103.50 / 1.15


@book("T09", NZ)
def a_purchase_line_without_a_product_is_money_and_moves_nothing(books: Omni) -> Answers:
    item = books.item()
    order = books.purchase([books.line(item, 10, 5), books.line(None, 1, 30, name="Setting up")])
    yield mart("purchase_lines", "sum(net)", purchase_id=order.id), 80  # 50 + 30
    moved = "sum(quantity), sum(value_base)"
    yield mart("inventory_movements", moved, document_id=order.id), (10, 50)


@book("T10", CORE_AU)
def a_line_of_core_without_a_product_counts_in_money_only(books: Core) -> Answers:
    item = books.item()
    lines = [books.line(item, 2, 50), books.line(None, 3, 10)]
    invoice = books.invoice(lines, InvoiceDate="2026-02-11T00:00:00")  # no other sale of that day
    sale = books.sale(lines, invoices=[invoice])
    yield mart("invoice_lines", "sum(net)", order_key=sale.key), 130
    day = "cast(day as date) = date '2026-02-11'"
    yield mart("daily_sales", "sum(net), sum(units)", day, source_relation=books.schema), (130, 2)


@book("T11", CORE)
def a_credit_note_of_core_with_tax_in_it(books: Core) -> Answers:
    item = books.item()
    sold = [books.line(item, 2, 57.5, Tax=15)]
    back = [books.line(item, 1, 57.5, Tax=7.5)]
    note = books.credit_note(back, inclusive=True)
    sale = books.sale(
        sold,
        invoices=[books.invoice(sold, inclusive=True)],
        credit_notes=[note],
        TaxCalculation="Inclusive",
    )
    yield mart("returns", "sum(net)", order_key=sale.key), 50  # 57.50 - 7.50
    yield mart("daily_sales", "sum(net)", product_key=item.key), 50  # 100 - 50


@book("T12", CORE)
def an_unknown_rate_of_core_is_an_unknown_amount(books: Core) -> Answers:
    lines = [books.line(books.item(), 1, 100)]
    invoice = books.invoice(lines, CurrencyConversionRate=0)
    sale = books.sale(lines, invoices=[invoice], CustomerCurrency="AUD", CurrencyRate=0)
    yield mart("invoice_lines", "net, net_base", order_key=sale.key), (100, None)


@book("T13", NZ)
def the_base_currency_itself_needs_no_rate(books: Omni) -> Answers:
    order = books.order([books.line(books.item(), 1, 100)], currencyRate=0)
    yield net(order, "net, net_base"), (100, 100)


@book("T14", NZ)
def stock_is_worth_its_cost(books: Omni) -> Answers:
    item, branch = books.item(cost=4.5), books.branch()
    books.stock(item, branch, 6)
    yield mart("stock_levels", "sum(on_hand), sum(value_base)", product_key=item.key), (6, 27)


@book("T15", NZ)
def the_tax_of_an_order_is_that_of_its_lines(books: Omni) -> Answers:
    taxed, free = books.item("HAT"), books.item("BOOK")
    lines = [books.line(taxed, 1, 100, taxRate=15), books.line(free, 1, 100, taxRate=0)]
    order = books.order(lines, total=215)
    yield mart("orders", "document_net, tax, total", order_key=order.key), (200, 15, 215)


@book("T16", NZ)
def words_of_cin7_count_in_any_case(books: Omni) -> Answers:
    order = books.order([books.line(books.item(), 1, 115)], taxStatus="INCL")
    yield net(order), 100
    void = books.order([books.line(books.item(), 1, 115)], status="Void", isVoid=None)
    yield net(void, "count(*)"), 0
    note = books.credit_note([books.line(books.item(), 1, 115)], status="VOID")
    yield mart("returns", "count(*)", credit_note_id=note.id), 0
