"""Rule 8: what was bought, what came of it, and what it cost in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.books.accounts import CORE, NZ
from tests.books.books import Answers, book, mart

if TYPE_CHECKING:
    from tests.books.core import Core
    from tests.books.core import Document as CoreDocument
    from tests.books.omni import Document, Omni

OPEN = "sum(quantity), sum(quantity_received), sum(quantity_open)"


def bought(of: Document | CoreDocument, columns: str = OPEN) -> str:
    return mart("purchase_lines", columns, purchase_id=of.id)


@book("O22", NZ)
def a_receipt_is_worth_its_price_without_tax_after_discounts(books: Omni) -> Answers:
    item = books.item(cost=99)
    order = books.purchase([books.line(item, 10, 11.5, discount=15)], taxStatus="Incl")
    # (115 - 15) / 1.15 = 86.956...
    yield mart("inventory_movements", "sum(value_base)", product_key=item.key), 86.96
    yield bought(order, "sum(net_base)"), 86.96


@book("O22b", NZ)
def the_orders_discount_and_the_rate_are_in_the_worth_of_a_receipt(books: Omni) -> Answers:
    item = books.item()
    order = books.purchase(
        [books.line(item, 10, 20)], discountTotal=20, currencyCode="USD", currencyRate=1.6
    )
    # (200 - 20) x 1.6
    yield mart("inventory_movements", "sum(value_base)", product_key=item.key), 288
    yield bought(order, "sum(net), sum(net_base)"), (180, 288)


@book("O22c", NZ)
def a_part_that_came_is_worth_its_part(books: Omni) -> Answers:
    item = books.item()
    books.purchase([books.line(item, 10, 20, qtyShipped=4)], fullyReceivedDate=None)
    yield (
        mart("inventory_movements", "sum(quantity), sum(value_base)", product_key=item.key),
        (
            4,
            80,
        ),
    )


@book("O23", NZ)
def what_is_fully_received_is_not_open(books: Omni) -> Answers:
    order = books.purchase([books.line(books.item(), 10, 20, qtyShipped=8)])
    yield bought(order), (10, 8, 0)


@book("U01", NZ)
def what_has_not_come_is_open(books: Omni) -> Answers:
    order = books.purchase(
        [books.line(books.item(), 10, 20, qtyShipped=3)],
        fullyReceivedDate=None,
        stage="Partially Received",
    )
    yield bought(order), (10, 3, 7)


@book("U02", NZ)
def more_than_ordered_has_come_and_nothing_is_open(books: Omni) -> Answers:
    item = books.item()
    order = books.purchase([books.line(item, 10, 20, qtyShipped=12)], fullyReceivedDate=None)
    yield bought(order), (10, 12, 0)
    yield mart("inventory_movements", "sum(quantity)", product_key=item.key), 12


@book("U03", NZ)
def of_void_and_draft_purchases_nothing_is_open(books: Omni) -> Answers:
    never = {"fullyReceivedDate": None, "invoiceDate": None}
    line = {"qtyShipped": 0}
    void = books.purchase(
        [books.line(books.item(), 10, 20, **line)], isVoid=True, status="VOID", **never
    )
    draft = books.purchase(
        [books.line(books.item(), 10, 20, **line)], isApproved=False, status="DRAFT", **never
    )
    yield bought(void, "sum(quantity_open)"), 0
    yield bought(draft, "sum(quantity_open)"), 0


@book("U04", NZ)
def no_line_is_open_below_nothing(books: Omni) -> Answers:
    yield mart("purchase_lines", "count(*)", "quantity_open < 0", source_relation=books.schema), 0


@book("C12", CORE)
def a_completed_purchase_is_not_open(books: Core) -> Answers:
    item = books.item()
    order = books.purchase(
        [books.line(item, 10, 20)],
        receipts=[books.receipt([(item, 8)])],
        Status="COMPLETED",
        CombinedReceivingStatus="PARTIALLY RECEIVED",
    )
    yield bought(order), (10, 8, 0)


@book("C12b", CORE)
def two_lines_of_a_product_share_what_came(books: Core) -> Answers:
    item = books.item()
    order = books.purchase(
        [books.line(item, 6, 20), books.line(item, 4, 19)], receipts=[books.receipt([(item, 8)])]
    )
    yield bought(order), (10, 8, 2)
    yield bought(order, "min(quantity_open)"), 0


@book("C12c", CORE)
def two_lines_of_a_product_of_which_more_came(books: Core) -> Answers:
    item = books.item()
    order = books.purchase(
        [books.line(item, 6, 20), books.line(item, 4, 19)], receipts=[books.receipt([(item, 13)])]
    )
    yield bought(order), (10, 13, 0)


@book("C12d", CORE)
def goods_put_away_have_come_once(books: Core) -> Answers:
    item, other = books.item(), books.item()
    receipt = books.receipt([(item, 8)])
    lines = [{k: v for k, v in one.items() if k != "NonInventory"} for one in receipt["Lines"]]
    both = books.purchase(
        [books.line(item, 10, 20)], receipts=[receipt], PutAway=[receipt | {"Lines": lines}]
    )
    yield bought(both), (10, 8, 2)
    yield mart("inventory_movements", "sum(quantity)", product_key=item.key), 8
    # On accounts with Put Away receipts have no lines.
    put = books.receipt([(other, 5)])
    lines = [{k: v for k, v in one.items() if k != "NonInventory"} for one in put["Lines"]]
    only = books.purchase(
        [books.line(other, 10, 20)],
        receipts=[put | {"Lines": [], "Status": "NOT AVAILABLE"}],
        PutAway=[put | {"Lines": lines}],
    )
    yield bought(only), (10, 5, 5)
    yield mart("inventory_movements", "sum(quantity)", product_key=other.key), 5


@book("C14", CORE)
def what_is_no_inventory_moves_no_stock(books: Core) -> Answers:
    item = books.item("PAPER", Type="Non Inventory")
    order = books.purchase(
        [books.line(item, 3, 20)], receipts=[books.receipt([(item, 3)], non_inventory=True)]
    )
    moved = mart("inventory_movements", "coalesce(sum(quantity), 0)", product_key=item.key)
    yield moved, 0
    yield bought(order), (3, 3, 0)


@book("C15", CORE)
def a_receipt_of_core_is_worth_its_price_without_tax(books: Core) -> Answers:
    item = books.item(cost=99)
    # 10 x 11.50 = 115 with 15 tax in it
    order = books.purchase(
        [books.line(item, 10, 11.5, Tax=15)],
        receipts=[books.receipt([(item, 10)])],
        TaxCalculation="Inclusive",
    )
    yield bought(order, "sum(net_base)"), 100
    yield mart("inventory_movements", "sum(value_base)", product_key=item.key), 100
    cheap = books.item(cost=99)
    # 10 x 20 less 10 %, at 1.6: 288; half of it came
    order = books.purchase(
        [books.line(cheap, 10, 20, discount=10)],
        receipts=[books.receipt([(cheap, 5)])],
        SupplierCurrency="USD",
        CurrencyRate=1.6,
    )
    yield bought(order, "sum(net), sum(net_base)"), (180, 288)
    yield mart("inventory_movements", "sum(value_base)", product_key=cheap.key), 144


@book("C16", CORE)
def a_voided_purchase_is_not_open(books: Core) -> Answers:
    order = books.purchase(
        [books.line(books.item(), 10, 20)], order_status="VOIDED", Status="VOIDED"
    )
    yield bought(order, "sum(quantity_open)"), 0


@book("C17", CORE)
def goods_sent_back_to_the_supplier_leave(books: Core) -> Answers:
    item = books.item()
    note = books.purchase_credit_note([books.line(item, 2, 20)], unstocked=[(item, 2)])
    books.purchase(
        [books.line(item, 10, 20)], receipts=[books.receipt([(item, 10)])], credit_notes=[note]
    )
    yield mart("inventory_movements", "sum(quantity)", product_key=item.key), 8  # 10 - 2


@book("C12e", CORE)
def what_is_called_fully_received_is_not_open(books: Core) -> Answers:
    item = books.item()
    order = books.purchase(
        [books.line(item, 10, 20)],
        receipts=[books.receipt([(item, 8)])],
        CombinedReceivingStatus="FULLY RECEIVED",
    )
    yield bought(order), (10, 8, 0)


@book("C12f", CORE)
def of_a_draft_nothing_is_open(books: Core) -> Answers:
    order = books.purchase([books.line(books.item(), 10, 20)], order_status="DRAFT", Status="DRAFT")
    yield bought(order, "sum(quantity_open)"), 0


@book("C13", CORE)
def two_receipts_of_a_line_add_up(books: Core) -> Answers:
    item = books.item()
    order = books.purchase(
        [books.line(item, 10, 20)],
        receipts=[books.receipt([(item, 3)]), books.receipt([(item, 4)], "2026-05-09")],
    )
    yield bought(order), (10, 7, 3)
    yield (
        mart("inventory_movements", "sum(quantity), sum(value_base)", product_key=item.key),
        (
            7,
            140,
        ),
    )


@book("U05", NZ)
def charges_are_shared_by_value(books: Omni) -> Answers:
    cheap, dear = books.item("CHEAP"), books.item("DEAR")
    lines = [books.line(cheap, 10, 10), books.line(dear, 10, 30)]
    order = books.purchase(lines, freightTotal=40)
    # 40 is 10 % of 100 + 300
    landed = "landed_cost_base, landed_unit_cost_base, net_base"
    yield mart("purchase_lines", landed, purchase_id=order.id, sku=cheap.sku), (110, 11, 100)
    yield mart("purchase_lines", landed, purchase_id=order.id, sku=dear.sku), (330, 33, 300)


@book("U06", NZ)
def charges_with_tax_in_them_in_a_foreign_currency(books: Omni) -> Answers:
    item = books.item()
    order = books.purchase(
        [books.line(item, 10, 23)],
        freightTotal=46,
        taxStatus="Incl",
        currencyCode="USD",
        currencyRate=1.5,
    )
    # goods 230 / 1.15 = 200, freight 46 / 1.15 = 40; 240 x 1.5 = 360
    landed = "net, net_base, landed_cost_base, landed_unit_cost_base"
    yield mart("purchase_lines", landed, purchase_id=order.id), (200, 300, 360, 36)


@book("U07", NZ)
def lead_time_is_from_the_order_to_the_receipt(books: Omni) -> Answers:
    order = books.purchase([books.line(books.item(), 10, 10)])  # 1 May to 5 May
    yield mart("purchase_lines", "lead_days", purchase_id=order.id), 4


@book("C24", CORE)
def charges_of_core_are_shared_by_value_once(books: Core) -> Answers:
    cheap, dear = books.item("CHEAP"), books.item("DEAR")
    lines = [books.line(cheap, 10, 10), books.line(dear, 10, 30)]
    charges = [books.charge(40)]
    received = [books.receipt([(cheap, 10), (dear, 10)])]
    ordered = books.purchase(lines, charges=charges, receipts=received)
    # The invoice says again what the order said.
    again = [books.receipt([(cheap, 10), (dear, 10)])]
    invoice = books.invoice(lines, charges=charges)
    invoiced = books.purchase(lines, charges=charges, receipts=again, invoices=[invoice])
    for order in (ordered, invoiced):
        landed = "landed_cost_base, landed_unit_cost_base"
        yield mart("purchase_lines", landed, purchase_id=order.id, sku=cheap.sku), (110, 11)
        yield mart("purchase_lines", landed, purchase_id=order.id, sku=dear.sku), (330, 33)


@book("C25", CORE)
def lead_time_of_core_is_from_the_order_to_the_receipt(books: Core) -> Answers:
    item = books.item()
    order = books.purchase([books.line(item, 10, 10)], receipts=[books.receipt([(item, 10)])])
    yield mart("purchase_lines", "lead_days", purchase_id=order.id), 4
