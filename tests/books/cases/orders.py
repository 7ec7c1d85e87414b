"""Rule 7: orders, their status, what was shipped of them, and who bought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.books.accounts import AU, CORE, NZ
from tests.books.books import Answers, book, mart, number

if TYPE_CHECKING:
    from tests.books.core import Core
    from tests.books.omni import Omni


@book("C06", CORE)
def a_credit_note_that_stands_alone_is_no_order(books: Core) -> Answers:
    customer, item = books.customer(), books.item()
    note = books.credit_note([books.line(item, 1, 40)])
    sale = books.sale(
        [],
        credit_notes=[note],
        order_status="NOT AVAILABLE",
        Type="Credit Note",
        Status="CREDITED",
        **customer,
    )
    yield mart("orders", "count(*)", order_key=sale.key), 0
    yield mart("customers", "orders", customer_key=books.key(customer["CustomerID"])), 0
    # but money all the same
    yield mart("returns", "sum(net)", credit_note_id=note["TaskID"]), 40
    yield mart("daily_sales", "sum(net_base)", product_key=item.key), -40


@book("C06b", CORE)
def a_sale_with_a_credit_note_is_an_order(books: Core) -> Answers:
    item = books.item()
    lines = [books.line(item, 2, 40)]
    note = books.credit_note([books.line(item, 1, 40)])
    sale = books.sale(lines, invoices=[books.invoice(lines)], credit_notes=[note])
    yield mart("orders", "count(*)", order_key=sale.key), 1
    yield mart("returns", "order_key", credit_note_id=note["TaskID"]), sale.key


@book("O11", NZ)
def a_guest_is_no_customer_of_a_number(books: Omni) -> Answers:
    order = books.order([books.line(books.item(), 1, 100)], memberId=0)
    other = books.order([books.line(books.item(), 1, 100)], memberId=None)
    # the one guest, or nobody
    zero = f"customer_key = '{books.key(0)}'"
    guests = mart("customers", "count(*)", zero)
    yield mart("orders", f"customer_key is null or ({guests}) = 1", order_key=order.key), True
    first = mart("orders", "customer_key", order_key=order.key)
    yield (
        mart(
            "orders", f"coalesce(customer_key, '') = coalesce(({first}), '')", order_key=other.key
        ),
        True,
    )


@book("O11b", NZ)
def customers_add_up_to_all_sales(books: Omni) -> Answers:
    customer, item = books.contact(), books.item()
    books.order([books.line(item, 1, 100)], memberId=customer)
    books.order([books.line(item, 1, 60)], memberId=0)
    books.credit_note([books.line(item, 1, 10)], memberId=0)
    yield mart("customers", "sales_base", customer_key=books.key(customer)), 100
    sales = mart("daily_sales", "sum(net_base)", source_relation=books.schema)
    of_all = mart(
        "customers", f"abs(sum(sales_base) - ({sales})) < 0.01", source_relation=books.schema
    )
    yield of_all, True


@book("O14", NZ)
def a_renamed_code_stays_the_same_product(books: Omni) -> Answers:
    item = books.item("NEW")
    old = {"code": "OLD-CODE", "styleCode": "OLD-CODE"}
    order = books.order([books.line(item, 1, 100, **old)])
    books.order([books.line(item, 2, 100)])
    yield mart("invoice_lines", "product_key", order_key=order.key), item.key
    yield mart("inventory_movements", "sum(quantity)", product_key=item.key), -3
    yield mart("daily_sales", "sum(units)", product_key=item.key), 3


@book("O15", NZ)
def a_line_of_several_sizes_is_sold_by_size(books: Omni) -> Answers:
    product, option = number(), number()
    books.account.write(
        "products",
        id=product,
        status="Public",
        styleCode=f"TEE-{product}",
        name="Tee",
        createdDate="2020-01-01T00:00:00",
        modifiedDate="2026-06-01T00:00:00",
    )
    small, medium = f"TEE-BLK-S-{option}", f"TEE-BLK-M-{option}"
    books.option(
        product,
        option,
        small,
        6,
        size_id=1,
        size="S",
        productOptionCode=f"TEE-BLK-{option}",
        productOptionSizeCode=small,
    )
    books.option(
        product,
        option,
        medium,
        6,
        size_id=2,
        size="M",
        productOptionCode=f"TEE-BLK-{option}",
        productOptionSizeCode=medium,
    )
    line = {
        **books.line(None, 5, 20, unitCost=6),
        "productId": product,
        "productOptionId": option,
        "code": f"TEE-BLK-{option}",
        "name": "Tee",
        "sizeCodes": f"2|S|{small}|;3|M|{medium}|",
        "sizes": [{"name": "S", "code": small, "qty": 2}, {"name": "M", "code": medium, "qty": 3}],
    }
    order = books.order([line], discountTotal=10)
    columns = "sum(quantity)"
    yield mart("invoice_lines", columns, sku=medium), 3
    yield mart("invoice_lines", columns, sku=small), 2
    yield mart("daily_sales", "sum(units), sum(net)", sku=medium), (3, 54)  # 3/5 of 100 - 10
    yield mart("daily_sales", "sum(units), sum(net)", sku=small), (2, 36)  # 2/5
    yield mart("invoice_lines", "sum(net), sum(cost_base)", order_key=order.key), (90, 30)
    yield mart("invoice_lines", "product_key", sku=medium), books.key(option, 2)
    yield mart("inventory_movements", "sum(quantity)", sku=medium), -3
    yield mart("order_lines", "sum(quantity)", order_key=order.key), 5


@book("C03", CORE)
def nothing_picked_is_nothing_shipped(books: Core) -> Answers:
    sale = books.sale([books.line(books.item(), 5, 10)])
    yield mart("order_lines", "sum(quantity), sum(quantity_shipped)", order_key=sale.key), (5, 0)


@book("C03b", CORE)
def fulfilments_say_what_was_shipped(books: Core) -> Answers:
    item = books.item()
    sale = books.sale(
        [books.line(item, 5, 10)],
        fulfilments=[books.fulfilment([(item, 2)]), books.fulfilment([(item, 1)])],
    )
    yield mart("order_lines", "sum(quantity_shipped)", order_key=sale.key), 3


@book("C03c", CORE)
def two_lines_of_a_product_share_what_was_shipped(books: Core) -> Answers:
    item = books.item()
    sale = books.sale(
        [books.line(item, 2, 10), books.line(item, 3, 9)],
        fulfilments=[books.fulfilment([(item, 4)])],
    )
    yield mart("order_lines", "sum(quantity_shipped)", order_key=sale.key), 4
    over = mart("order_lines", "count(*)", "quantity_shipped > quantity", order_key=sale.key)
    yield over, 0


@book("N01", NZ)
def freight_and_surcharge_are_in_the_document_and_not_in_the_goods(books: Omni) -> Answers:
    order = books.order(
        [books.line(books.item(), 2, 50)], freightTotal=20, surcharge=5, discountTotal=10
    )
    # goods 100 - 10, charges 25, tax 15 % of 115
    columns = "goods_net, document_net, tax, total"
    yield mart("orders", columns, order_key=order.key), (90, 115, 17.25, 132.25)


@book("N02", NZ)
def freight_with_tax_in_it(books: Omni) -> Answers:
    order = books.order([books.line(books.item(), 2, 57.5)], freightTotal=11.5, taxStatus="Incl")
    # 115 / 1.15 and 126.50 / 1.15
    columns = "goods_net, document_net, tax, total"
    yield mart("orders", columns, order_key=order.key), (100, 110, 16.5, 126.5)


@book("N03", CORE)
def charges_of_core_are_in_the_document_and_not_in_the_goods(books: Core) -> Answers:
    sale = books.sale([books.line(books.item(), 2, 50)], charges=[books.charge(20)])
    columns = "goods_net, document_net, tax, total"
    yield mart("orders", columns, order_key=sale.key), (100, 120, 18, 138)


@book("N04", AU)
def an_order_of_another_account_with_the_same_customer_id_is_not_his(books: Omni) -> Answers:
    shared = number()
    books.contact(id=shared)
    NZ.contact(id=shared)
    books.order([books.line(books.item(), 1, 100)], memberId=shared)
    NZ.order([NZ.line(NZ.item(), 1, 30)], memberId=shared)
    yield mart("customers", "orders, sales_base", customer_key=books.key(shared)), (1, 100)
    yield mart("customers", "orders, sales_base", customer_key=NZ.key(shared)), (1, 30)


@book("N05", CORE)
def voided_sales_are_no_orders_of_a_customer(books: Core) -> Answers:
    customer = books.customer()
    lines = [books.line(books.item(), 1, 100)]
    books.sale(lines, order_status="VOIDED", Status="VOIDED", **customer)
    books.sale(lines, invoices=[books.invoice(lines)], **customer)
    columns = "orders, sales_base"
    yield mart("customers", columns, customer_key=books.key(customer["CustomerID"])), (1, 100)


@book("O15b", NZ)
def sizes_that_are_shipped_in_part_move_no_more_than_the_line(books: Omni) -> Answers:
    product, option = number(), number()
    books.account.write(
        "products",
        id=product,
        status="Public",
        styleCode=f"TEE-{product}",
        name="Tee",
        createdDate="2020-01-01T00:00:00",
        modifiedDate="2026-06-01T00:00:00",
    )
    one = f"TEE-ONE-{option}"
    books.option(product, option, one, 6, size_id=1, size="S", productOptionSizeCode=one)
    line = {
        **books.line(None, 4, 20, unitCost=6, qtyShipped=3),
        "productId": product,
        "productOptionId": option,
        "code": f"TEE-{option}",
        "sizes": [{"name": "S", "code": one, "qty": 4}],
    }
    order = books.order([line])
    yield mart("inventory_movements", "sum(quantity)", document_id=order.id), -3
    yield mart("order_lines", "sum(quantity), sum(quantity_shipped)", order_key=order.key), (4, 3)


@book("O14b", CORE)
def a_renamed_code_of_core_stays_the_same_product(books: Core) -> Answers:
    item = books.item("NEW")
    old = [books.line(item, 1, 100, SKU="OLD-CODE")]
    new = [books.line(item, 2, 100)]
    books.sale(old, invoices=[books.invoice(old)])
    books.sale(new, invoices=[books.invoice(new)])
    yield mart("daily_sales", "sum(units)", product_key=item.key), 3


def late(books: Omni, promised: str, shipped: str | None) -> str:
    order = books.order(
        [books.line(books.item(), 1, 10, qtyShipped=1 if shipped else 0)],
        estimatedDeliveryDate=f"{promised}T00:00:00",
        dispatchedDate=f"{shipped}T00:00:00" if shipped else None,
    )
    return mart("orders", "is_late", order_key=order.key)


@book("N06", NZ)
def what_leaves_after_the_day_promised_is_late(books: Omni) -> Answers:
    yield late(books, "2026-05-05", "2026-05-08"), True
    yield late(books, "2026-05-05", "2026-05-04"), False
    yield late(books, "2026-05-05", None), True  # eight weeks ago, and it has not left
    yield late(books, "2026-07-10", None), False
    order = books.order(
        [books.line(books.item(), 1, 10)],
        estimatedDeliveryDate="2026-05-05T00:00:00",
        dispatchedDate="2026-05-07T20:00:00",  # 8 May in Auckland
    )
    days = ", ".join(f"cast({name} as date)" for name in ("promised_at", "shipped_at"))
    yield mart("orders", days, order_key=order.key), ("2026-05-05", "2026-05-08")


@book("N07", CORE)
def what_core_ships_after_the_day_promised_is_late(books: Core) -> Answers:
    item = books.item()
    for shipped, is_late in (("2026-05-02", False), ("2026-05-04", True), (None, True)):
        sale = books.sale(
            [books.line(item, 1, 10)],
            fulfilments=[books.fulfilment([(item, 1)], shipped)],
            ShipBy="2026-05-03T00:00:00",
        )
        yield mart("orders", "is_late", order_key=sale.key), is_late
    ahead = books.sale([books.line(item, 1, 10)], ShipBy="2026-07-10T00:00:00")
    yield mart("orders", "is_late", order_key=ahead.key), False


@book("N08", NZ)
def goods_and_charges_are_all_of_a_document(books: Omni) -> Answers:
    books.order([books.line(books.item(), 2, 50)], freightTotal=20, surcharge=5)
    wrong = "abs(goods_net + charges_net - document_net) > 0.005"
    yield mart("orders", "count(*)", wrong, source_relation=books.schema), 0


@book("O15c", NZ)
def a_line_without_sizes_names_its_size_by_the_code(books: Omni) -> Answers:
    product, option = number(), number()
    books.account.write(
        "products",
        id=product,
        status="Public",
        styleCode=f"TEE-{product}",
        name="Tee",
        createdDate="2020-01-01T00:00:00",
        modifiedDate="2026-06-01T00:00:00",
    )
    for size_id, size in ((1, "S"), (2, "M")):
        code = f"TEE-RED-{size}-{option}"
        books.option(
            product, option, code, 6, size_id=size_id, size=size, productOptionSizeCode=code
        )
    line = books.line(None, 2, 20) | {
        "productId": product,
        "productOptionId": option,
        "code": f"TEE-RED-M-{option}",
    }
    order = books.order([line])
    yield mart("invoice_lines", "product_key", order_key=order.key), books.key(option, 2)


@book("N09", NZ)
def drafts_are_no_orders_of_a_customer(books: Omni) -> Answers:
    customer = books.contact()
    books.order([books.line(books.item(), 1, 10)], memberId=customer)
    draft = {"isApproved": False, "status": "DRAFT"}
    books.order([books.line(books.item(), 1, 10)], memberId=customer, **draft)
    key = books.key(customer)
    yield mart("customers", "orders, sales_base", customer_key=key), (1, 10)


@book("N10", NZ)
def an_order_says_how_far_it_is(books: Omni) -> Answers:
    def status(columns: str, paid: float = 0, shipped: float = 2, **header: object) -> str:
        lines = [books.line(books.item(), 2, 50, qtyShipped=shipped)]
        order = books.order(lines, taxStatus="Exempt", **header)
        if paid:
            books.payment(order, paid)
        return mart("orders", columns, order_key=order.key)

    yield status("payment_status", 100), "paid"
    yield status("payment_status", 40), "partly_paid"
    yield status("payment_status"), "not_paid"
    yield status("fulfilment_status, invoice_status"), ("shipped", "invoiced")
    yield status("fulfilment_status", shipped=1, dispatchedDate=None), "partly_shipped"
    columns = "fulfilment_status, invoice_status, order_status"
    new = status(columns, shipped=0, dispatchedDate=None, invoiceDate=None, stage="New")
    yield new, ("not_shipped", "not_invoiced", "New")


@book("N11", NZ)
def an_unauthorised_or_refunded_payment_pays_no_order(books: Omni) -> Answers:
    order = books.order([books.line(books.item(), 1, 100)], taxStatus="Exempt")
    books.payment(order, 100, isAuthorized=False)
    yield mart("orders", "payment_status", order_key=order.key), "not_paid"
    back = books.order([books.line(books.item(), 1, 100)], taxStatus="Exempt")
    books.payment(back, 100)
    books.payment(back, 100, -1)
    yield mart("orders", "payment_status", order_key=back.key), "not_paid"
