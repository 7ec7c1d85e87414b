"""Rule 2: what was sold had a cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.books.accounts import CORE, CORE_AU, NZ
from tests.books.books import Answers, book, guid, mart

if TYPE_CHECKING:
    from tests.books.core import Core
    from tests.books.omni import Omni

MARGIN = "sum(net_base), sum(cost_base), sum(margin_base)"


@book("O04", NZ)
def a_kit_without_a_cost_costs_its_components(books: Omni) -> Answers:
    kit, left, right = books.item("KIT", cost=0), books.item("LEFT"), books.item("RIGHT")
    sold = books.line(kit, 2, 40, unitCost=0)
    parts = [
        books.line(left, 2, 0, unitCost=3, parentId=sold["id"]),
        books.line(right, 2, 0, unitCost=4, parentId=sold["id"]),
    ]
    order = books.order([sold, *parts])
    # 2 x 3 + 2 x 4
    yield mart("invoice_lines", "sum(cost_base)", order_key=order.key), 14
    yield mart("cogs", "sum(cost_base)", order_key=order.key), 14
    # 2 x 40, once
    yield mart("invoice_lines", "sum(net), sum(quantity)", order_key=order.key), (80, 2)
    yield mart("daily_sales", MARGIN, product_key=kit.key), (80, 14, 66)


@book("O04b", NZ)
def a_kit_with_a_cost_has_that_cost(books: Omni) -> Answers:
    kit, part = books.item("KIT"), books.item("PART")
    sold = books.line(kit, 2, 40, unitCost=10)
    order = books.order([sold, books.line(part, 4, 0, unitCost=3, parentId=sold["id"])])
    # its own: 2 x 10, and not 4 x 3
    yield mart("invoice_lines", "sum(cost_base)", order_key=order.key), 20


@book("O04c", NZ)
def two_kits_of_one_order_keep_their_components_apart(books: Omni) -> Answers:
    kit, part = books.item("KIT", cost=0), books.item("PART")
    first = books.line(kit, 1, 40, unitCost=0)
    second = books.line(kit, 3, 40, unitCost=None)
    order = books.order(
        [
            first,
            second,
            books.line(part, 6, 0, unitCost=2, parentId=second["id"]),
            books.line(part, 2, 0, unitCost=5, parentId=first["id"]),
        ]
    )
    # 2 x 5 of the first, 6 x 2 of the second
    yield mart("invoice_lines", "sum(cost_base)", "quantity = 1", order_key=order.key), 10
    yield mart("invoice_lines", "sum(cost_base)", "quantity = 3", order_key=order.key), 12
    yield mart("cogs", "sum(cost_base)", order_key=order.key), 22


@book("O12", NZ)
def a_service_has_no_cost_and_says_so(books: Omni) -> Answers:
    goods, service = books.item("GOODS"), books.item("ENGRAVING", cost=None, stockControl="Labour")
    order = books.order(
        [
            books.line(goods, 1, 100, unitCost=60),
            books.line(service, 1, 100, unitCost=None, name="Engraving"),
        ]
    )
    yield mart("daily_sales", "sum(margin_base)", product_key=service.key), 100
    yield mart("daily_sales", "has_cost", product_key=service.key), False
    yield mart("daily_sales", "sum(margin_base), min(cost_base)", product_key=goods.key), (40, 60)
    yield mart("daily_sales", "has_cost", product_key=goods.key), True
    # 200 - 60
    lines = mart("invoice_lines", "sum(net_base) - sum(cost_base)", order_key=order.key)
    yield lines, 140


@book("M01", NZ)
def a_day_with_one_line_without_cost_has_no_cost(books: Omni) -> Answers:
    item = books.item(cost=None)
    books.order([books.line(item, 1, 100, unitCost=60)])
    books.order([books.line(item, 1, 100, unitCost=None)])
    # one row of that day and product: 200 - 60
    columns = "count(*), sum(margin_base), min(cast(has_cost as varchar))"
    yield mart("daily_sales", columns, product_key=item.key), (1, 140, "false")


@book("M02", NZ)
def margin_is_net_less_cost(books: Omni) -> Answers:
    known = "net_base is not null"
    difference = "abs(sum(margin_base) - sum(net_base) + sum(cost_base)) < 0.01"
    yield mart("daily_sales", difference, known, source_relation=books.schema), True
    missing = "margin_base is null and net_base is not null"
    missing = mart("daily_sales", "count(*)", missing, source_relation=books.schema)
    yield missing, 0


@book("M03", NZ)
def a_return_takes_its_cost_back_only_with_the_goods(books: Omni) -> Answers:
    item = books.item()
    books.order([books.line(item, 3, 100, unitCost=60)])
    books.credit_note([books.line(item, 1, 100, unitCost=60)])
    books.credit_note([books.line(item, 1, 100, unitCost=60, qtyShipped=0)])
    # net 300 - 100 - 100; cost 180 - 60, for the second one is not back on the shelf
    yield mart("daily_sales", MARGIN, product_key=item.key), (100, 120, -20)
    yield mart("cogs", "sum(cost_base)", product_key=item.key), 120
    yield mart("returns", "sum(net), sum(cost_base)", product_key=item.key), (200, 60)


@book("M04", NZ)
def a_foreign_order_has_its_cost_in_base_currency(books: Omni) -> Answers:
    item = books.item()
    order = books.order(
        [books.line(item, 1, 100, unitCost=60)], currencyCode="AUD", currencyRate=1.1
    )
    # 100 x 1.1 = 110; the cost is not multiplied
    columns = "sum(net), sum(net_base), sum(cost_base)"
    yield mart("invoice_lines", columns, order_key=order.key), (100, 110, 60)


@book("C05", CORE)
def movements_say_the_cost_of_a_sale(books: Core) -> Answers:
    item = books.item(cost=6.5)
    lines = [books.line(item, 15, 20, AverageCost=6.5)]
    invoice = books.invoice(lines)
    sale = books.sale(
        lines,
        invoices=[invoice],
        fulfilments=[books.fulfilment([(item, 15)])],
        # FIFO: 10 at 5 and 5 at 8
        movements=[
            books.moved(item, 50, invoice["TaskID"]),
            books.moved(item, 40, invoice["TaskID"]),
        ],
    )
    yield mart("invoice_lines", "sum(cost_base)", order_key=sale.key), 90
    yield mart("daily_sales", MARGIN, product_key=item.key), (300, 90, 210)
    yield mart("cogs", "sum(cost_base)", order_key=sale.key), 90


@book("C05b", CORE)
def part_invoices_share_the_cost_by_quantity(books: Core) -> Answers:
    item = books.item(cost=6.5)
    lines = [books.line(item, 15, 20, AverageCost=6.5)]
    first = books.invoice([books.line(item, 5, 20, AverageCost=6.5)])
    second = books.invoice([books.line(item, 10, 20, AverageCost=6.5)])
    books.sale(
        lines,
        invoices=[first, second],
        fulfilments=[books.fulfilment([(item, 15)])],
        movements=[books.moved(item, 90, first["TaskID"])],
    )
    # 90 / 15 = 6 each, whichever task the movements name
    yield mart("invoice_lines", "sum(cost_base)", invoice_id=first["TaskID"]), 30
    yield mart("invoice_lines", "sum(cost_base)", invoice_id=second["TaskID"]), 60


@book("C05c", CORE)
def what_is_not_invoiced_yet_is_in_cogs_only(books: Core) -> Answers:
    item = books.item(cost=9)
    sale = books.sale(
        [books.line(item, 10, 50, AverageCost=9)],
        invoices=[books.invoice([books.line(item, 4, 50, AverageCost=9)])],
        fulfilments=[books.fulfilment([(item, 10)])],
        movements=[books.moved(item, 80, guid())],
    )
    # 80 / 10 = 8 each; 4 are invoiced
    yield mart("invoice_lines", "sum(cost_base)", order_key=sale.key), 32
    yield mart("cogs", "sum(cost_base)", order_key=sale.key), 80


@book("C05d", CORE)
def lines_of_one_product_share_its_cost_by_quantity(books: Core) -> Answers:
    item = books.item(cost=9)
    lines = [books.line(item, 2, 50, AverageCost=9), books.line(item, 3, 40, AverageCost=9)]
    sale = books.sale(
        lines,
        invoices=[books.invoice(lines)],
        fulfilments=[books.fulfilment([(item, 5)])],
        movements=[books.moved(item, 25, guid())],
    )
    # 25 / 5 = 5 each
    yield mart("invoice_lines", "sum(cost_base)", "quantity = 2", order_key=sale.key), 10
    yield mart("invoice_lines", "sum(cost_base)", "quantity = 3", order_key=sale.key), 15


@book("C05e", CORE)
def products_of_one_sale_keep_their_costs_apart(books: Core) -> Answers:
    hat, coat = books.item("HAT", cost=1), books.item("COAT", cost=1)
    lines = [books.line(hat, 1, 50, AverageCost=1), books.line(coat, 1, 90, AverageCost=1)]
    books.sale(
        lines,
        invoices=[books.invoice(lines)],
        fulfilments=[books.fulfilment([(hat, 1), (coat, 1)])],
        movements=[books.moved(hat, 20, guid()), books.moved(coat, 30, guid())],
    )
    yield mart("daily_sales", MARGIN, product_key=hat.key), (50, 20, 30)
    yield mart("daily_sales", MARGIN, product_key=coat.key), (90, 30, 60)


@book("C40", CORE)
def without_movements_the_average_stands(books: Core) -> Answers:
    item = books.item(cost=7)
    lines = [books.line(item, 4, 20, AverageCost=6.5)]
    sale = books.sale(lines, invoices=[books.invoice(lines)])
    # 4 x 6.50 of the line, not 4 x 7 of the product
    yield mart("invoice_lines", "sum(cost_base)", order_key=sale.key), 26
    yield mart("cogs", "count(*)", order_key=sale.key), 0


@book("C41", CORE)
def a_pair_that_cancels_is_no_return(books: Core) -> Answers:
    item = books.item()
    lines = [books.line(item, 3, 20, AverageCost=9)]
    task = guid()
    # picked, undone, and picked again
    movements = [books.moved(item, cost, task) for cost in (30, -30, 30)]
    sale = books.sale(
        lines,
        invoices=[books.invoice(lines)],
        fulfilments=[books.fulfilment([(item, 3)])],
        movements=movements,
    )
    yield mart("cogs", "sum(cost_base)", order_key=sale.key), 30
    yield mart("cogs", "count(*)", "document_type = 'return'", order_key=sale.key), 0
    yield mart("invoice_lines", "sum(cost_base)", order_key=sale.key), 30


@book("C42", CORE)
def a_restocked_return_brings_its_cost_back(books: Core) -> Answers:
    item = books.item()
    lines = [books.line(item, 5, 20, AverageCost=9)]
    note = books.credit_note([books.line(item, 2, 20, AverageCost=9)], restocked=[(item, 2)])
    invoice = books.invoice(lines)
    sale = books.sale(
        lines,
        invoices=[invoice],
        fulfilments=[books.fulfilment([(item, 5)])],
        credit_notes=[note],
        movements=[
            books.moved(item, 40, invoice["TaskID"]),
            books.moved(item, -16, note["TaskID"], "2026-05-10"),
        ],
    )
    returned = "document_type = 'return'"
    yield mart("cogs", "sum(cost_base)", order_key=sale.key), 24  # 40 - 16
    yield mart("cogs", "sum(cost_base)", returned, order_key=sale.key), -16
    # what was sold had cost 40: the return is no cheaper sale
    yield mart("invoice_lines", "sum(cost_base)", order_key=sale.key), 40
    yield mart("returns", "sum(cost_base)", order_key=sale.key), 16
    # 100 - 40 less 40 - 16
    yield mart("daily_sales", MARGIN, product_key=item.key), (60, 24, 36)


@book("C43", CORE)
def cogs_tells_who_bought_what_where(books: Core) -> Answers:
    customer, item = books.customer(), books.item()
    lines = [books.line(item, 1, 20)]
    sale = books.sale(
        lines,
        invoices=[books.invoice(lines)],
        fulfilments=[books.fulfilment([(item, 1)])],
        movements=[books.moved(item, 5, guid())],
        SourceChannel="Shopify",
        **customer,
    )
    key = books.key(customer["CustomerID"])
    columns = "sku, customer_key, location, channel"
    yield mart("cogs", columns, order_key=sale.key), (item.sku, key, "Main", "Shopify")


@book("M05", NZ)
def cogs_of_omni_tells_it_too(books: Omni) -> Answers:
    customer, branch, item = books.contact(), books.branch("Shop"), books.item()
    order = books.order(
        [books.line(item, 2, 20, unitCost=7)],
        memberId=customer,
        branchId=branch.id,
        projectName="B2B",
        source="Backend",
    )
    columns = "sku, customer_key, sum(cost_base)"
    query = mart("cogs", columns, order_key=order.key)
    yield f"{query} group by sku, customer_key", (item.sku, books.key(customer), 14)
    where = "location is not null and channel is not null"
    yield mart("cogs", "count(*)", where, order_key=order.key), 1


@book("C44", CORE)
def a_foreign_sales_cost_is_in_base_currency_already(books: Core) -> Answers:
    item = books.item()
    lines = [books.line(item, 1, 100, AverageCost=60)]
    sale = books.sale(
        lines,
        invoices=[books.invoice(lines, CurrencyConversionRate=1.1)],
        fulfilments=[books.fulfilment([(item, 1)])],
        movements=[books.moved(item, 60, guid())],
        CustomerCurrency="AUD",
        CurrencyRate=1.1,
    )
    columns = "sum(net), sum(net_base), sum(cost_base)"
    yield mart("invoice_lines", columns, order_key=sale.key), (100, 110, 60)


@book("C45", CORE_AU)
def the_other_company_costs_its_own(books: Core) -> Answers:
    item = books.item(cost=9)
    lines = [books.line(item, 2, 50, AverageCost=9)]
    books.sale(
        lines,
        invoices=[books.invoice(lines)],
        fulfilments=[books.fulfilment([(item, 2)])],
        movements=[books.moved(item, 10, guid())],
    )
    yield mart("daily_sales", MARGIN, product_key=item.key), (100, 10, 90)
    yield mart("daily_sales", "base_currency", product_key=item.key), "AUD"


@book("M06", NZ)
def of_a_kit_that_is_shipped_in_part_the_part_has_cost(books: Omni) -> Answers:
    kit, left, right = books.item("KIT", cost=0), books.item("LEFT"), books.item("RIGHT")
    sold = books.line(kit, 2, 40, unitCost=0, qtyShipped=1)
    parts = [
        books.line(left, 2, 0, unitCost=3, qtyShipped=1, parentId=sold["id"]),
        books.line(right, 2, 0, unitCost=4, qtyShipped=1, parentId=sold["id"]),
    ]
    order = books.order([sold, *parts])
    yield mart("cogs", "sum(cost_base)", order_key=order.key), 7  # 3 + 4
    yield mart("invoice_lines", "sum(cost_base)", order_key=order.key), 14  # 2 x 3 + 2 x 4


@book("M07", NZ)
def a_component_without_a_cost_leaves_the_kit_without_one(books: Omni) -> Answers:
    kit, left, right = books.item("KIT", cost=None), books.item("LEFT"), books.item("RIGHT", None)
    sold = books.line(kit, 1, 40, unitCost=None)
    parts = [
        books.line(left, 1, 0, unitCost=3, parentId=sold["id"]),
        books.line(right, 1, 0, unitCost=None, parentId=sold["id"]),
    ]
    books.order([sold, *parts])
    # What is known of the cost is 3; that it is not all of it, has_cost says.
    yield mart("daily_sales", "has_cost", product_key=kit.key), False


@book("C48", CORE)
def a_line_of_core_without_any_cost_says_so(books: Core) -> Answers:
    item = books.item(cost=None, Type="Service")
    lines = [books.line(item, 1, 100, AverageCost=None)]
    books.sale(lines, invoices=[books.invoice(lines)])
    yield mart("daily_sales", "margin_base, has_cost", product_key=item.key), (100, False)


@book("C49", CORE)
def a_voided_invoice_takes_no_share_of_the_cost(books: Core) -> Answers:
    item = books.item()
    lines = [books.line(item, 4, 20, AverageCost=9)]
    issued = books.invoice(lines)
    sale = books.sale(
        lines,
        invoices=[books.invoice(lines, Status="VOIDED"), issued],
        fulfilments=[books.fulfilment([(item, 4)])],
        movements=[books.moved(item, 28, issued["TaskID"])],
    )
    yield mart("invoice_lines", "sum(cost_base)", order_key=sale.key), 28
    yield mart("cogs", "sum(cost_base)", order_key=sale.key), 28


@book("C27", CORE)
def a_sale_that_is_shipped_in_part_has_the_cost_of_that_part(books: Core) -> Answers:
    item = books.item(cost=9)
    lines = [books.line(item, 10, 50, AverageCost=9)]
    sale = books.sale(
        lines,
        invoices=[books.invoice(lines)],
        fulfilments=[books.fulfilment([(item, 4)])],
        movements=[books.moved(item, 40, guid())],
    )
    # 40 over 10 ordered, of which 10 are invoiced: what left is on the invoice, and no more
    yield mart("invoice_lines", "sum(cost_base)", order_key=sale.key), 40
    yield mart("cogs", "sum(cost_base)", order_key=sale.key), 40


@book("C28", CORE)
def more_than_ordered_costs_what_its_movements_say(books: Core) -> Answers:
    item = books.item(cost=9)
    invoiced = [books.line(item, 6, 50, AverageCost=9)]
    sale = books.sale(
        [books.line(item, 5, 50, AverageCost=9)],
        invoices=[books.invoice(invoiced)],
        fulfilments=[books.fulfilment([(item, 6)])],
        movements=[books.moved(item, 60, guid())],
    )
    # Shipped and invoiced in full: both are equal.
    yield mart("cogs", "sum(cost_base)", order_key=sale.key), 60
    yield mart("invoice_lines", "sum(cost_base)", order_key=sale.key), 60


@book("C29", CORE)
def an_old_sale_without_order_lines_has_its_cost(books: Core) -> Answers:
    item = books.item(cost=9)
    lines = [books.line(item, 4, 20, AverageCost=9)]
    sale = books.sale(
        [],
        invoices=[books.invoice(lines)],
        fulfilments=[books.fulfilment([(item, 4)])],
        movements=[books.moved(item, 28, guid())],
    )
    yield mart("cogs", "sum(cost_base)", order_key=sale.key), 28
    yield mart("invoice_lines", "sum(net), sum(cost_base)", order_key=sale.key), (80, 28)


@book("C30", CORE)
def a_return_that_was_undone_and_made_again_counts_once(books: Core) -> Answers:
    item = books.item()
    lines = [books.line(item, 5, 20, AverageCost=8)]
    invoice = books.invoice(lines)
    note = books.credit_note([books.line(item, 2, 20, AverageCost=8)], restocked=[(item, 2)])
    back = [books.moved(item, cost, note["TaskID"], "2026-05-10") for cost in (-16, 16, -16)]
    sale = books.sale(
        lines,
        invoices=[invoice],
        fulfilments=[books.fulfilment([(item, 5)])],
        credit_notes=[note],
        movements=[books.moved(item, 40, invoice["TaskID"]), *back],
    )
    of_type = "sum(cost_base)"
    yield mart("cogs", of_type, "document_type = 'return'", order_key=sale.key), -16
    yield mart("cogs", of_type, "document_type = 'sale'", order_key=sale.key), 40


@book("M08", NZ)
def goods_exchanged_on_an_order_count_both_ways(books: Omni) -> Answers:
    item = books.item()
    order = books.order([books.line(item, 3, 10, unitCost=4), books.line(item, -1, 10, unitCost=4)])
    # 30 - 10; 3 - 1; 12 - 4
    yield mart("invoice_lines", "sum(net), sum(quantity)", order_key=order.key), (20, 2)
    yield mart("daily_sales", MARGIN, product_key=item.key), (20, 8, 12)
    yield mart("inventory_movements", "sum(quantity)", product_key=item.key), -2


@book("C60", CORE)
def a_cost_says_where_it_is_from(books: Core) -> Answers:
    moved, average = books.item(), books.item()
    bare = books.item(cost=None, Type="Service")
    lines = [
        books.line(moved, 1, 10, AverageCost=4),
        books.line(average, 1, 20, AverageCost=4),
        books.line(bare, 1, 30, AverageCost=None),
    ]
    sale = books.sale(
        lines,
        invoices=[books.invoice(lines)],
        fulfilments=[books.fulfilment([(moved, 1)])],
        movements=[books.moved(moved, 5, guid())],
    )
    columns = "cost_base, cost_source, has_cost"
    for item, answer in (
        (moved, (5, "movements", True)),
        (average, (4, "line", True)),
        (bare, (0, None, False)),
    ):
        of = {"order_key": sale.key, "product_key": item.key}
        yield mart("invoice_lines", columns, **of), answer


@book("C61", CORE)
def movements_say_the_cost_where_no_fulfilment_does(books: Core) -> Answers:
    whole, part = books.item(cost=6.5), books.item(cost=9)
    lines = [books.line(whole, 15, 20, AverageCost=6.5)]
    sold = books.sale(
        lines, invoices=[books.invoice(lines)], movements=[books.moved(whole, 90, guid())]
    )
    yield mart("invoice_lines", "sum(cost_base)", order_key=sold.key), 90
    yield mart("daily_sales", MARGIN, product_key=whole.key), (300, 90, 210)
    yield mart("cogs", "sum(cost_base)", order_key=sold.key), 90
    in_part = books.sale(
        [books.line(part, 10, 50, AverageCost=9)],
        invoices=[books.invoice([books.line(part, 4, 50, AverageCost=9)])],
        movements=[books.moved(part, 80, guid())],
    )
    # 80 / 10 = 8 each; 4 are invoiced
    yield mart("invoice_lines", "sum(cost_base)", order_key=in_part.key), 32
    yield mart("cogs", "sum(cost_base)", order_key=in_part.key), 80


@book("C62", CORE)
def lines_without_fulfilments_share_a_products_cost_by_quantity(books: Core) -> Answers:
    item = books.item(cost=9)
    lines = [books.line(item, 2, 50, AverageCost=9), books.line(item, 3, 40, AverageCost=9)]
    sale = books.sale(
        lines, invoices=[books.invoice(lines)], movements=[books.moved(item, 25, guid())]
    )
    yield mart("invoice_lines", "sum(cost_base)", "quantity = 2", order_key=sale.key), 10
    yield mart("invoice_lines", "sum(cost_base)", "quantity = 3", order_key=sale.key), 15
    columns = "sku, location"
    yield mart("cogs", columns, order_key=sale.key), (item.sku, "Main")
